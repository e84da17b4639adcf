"""Grids of pictures with captions, and rows of search results."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlearn.show.output import COLOURS, WIDTH, drawable, present, styled

SIZE = 8.5  # points, of captions
LINE = SIZE * 1.3 / 72  # inches from one line of a caption to the next
GAP = 0.12  # inches between cells


@dataclass
class Cell:
    """One place in a grid, `side` inches wide: a picture with text below it, or text alone in a box."""

    text: str
    side: float
    picture: Any = None
    right: bool = False
    query: bool = False
    most: int = 4  # lines of text below a picture

    def __post_init__(self) -> None:
        self.pixels = None if self.picture is None else pixels(self.picture)
        alone = self.pixels is None
        self.lines = wrap(self.text, self.side - GAP * alone, most=7 if alone else self.most)
        height = LINE * len(self.lines)
        self.high = height + 2 * LINE if alone else self.side * min(1.0, self.pixels.shape[0] / self.pixels.shape[1])
        self.below = 0.0 if alone else height

    def draw(self, figure: Any, left: float, bottom: float, high: float) -> None:
        """Draw it with the bottom left corner of its picture there; all in inches."""
        wide, tall = figure.get_size_inches()
        axes = figure.add_axes((left / wide, bottom / tall, self.side / wide, high / tall), anchor="S")
        axes.set(xticks=[], yticks=[], facecolor="#f5f5f5")
        colour, thick = ("green", 3.0) if self.right else ("blue", 2.0) if self.query else ("grey", 0.4)
        axes.spines[:].set(visible=True, color=COLOURS[colour], linewidth=thick)
        x, y, anchor = (left + self.side / 2) / wide, (bottom - 0.07) / tall, "top"
        if self.pixels is None:
            y, anchor = (bottom + high / 2) / tall, "center"
        else:
            axes.imshow(self.pixels, cmap="gray", vmin=0, vmax=255 if self.pixels.dtype == np.uint8 else 1)
        figure.text(x, y, "\n".join(self.lines), ha="center", va=anchor, fontsize=SIZE, linespacing=1.3)


def pixels(picture: Any) -> np.ndarray:
    """A picture as matplotlib wants it: (H, W), (H, W, 3) or (H, W, 4).

    Takes uint8 or float in [0, 1]: torch tensors (3, H, W), (1, H, W) or (H, W), arrays with channels first or last,
    and PIL pictures.

    Raises:
        ValueError: the shape is none of these, or a number is not in its range.
    """
    array = np.asarray(picture.detach().cpu() if hasattr(picture, "detach") else picture)
    if array.ndim == 3 and array.shape[0] in (1, 3) and (hasattr(picture, "detach") or array.shape[2] not in (1, 3, 4)):
        array = np.moveaxis(array, 0, 2)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    grey_or_colour = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))
    if not grey_or_colour or not array.size:
        raise ValueError(f"images has a picture of shape {array.shape}; accepted: (3, H, W), (H, W, 3) and (H, W)")
    if array.dtype != np.uint8 and not (array.min() >= 0 and array.max() <= 1):
        raise ValueError(f"images has a {array.dtype} picture beyond [0, 1]; accepted are uint8 and floats in [0, 1]")
    return array


def wrap(text: str, inches: float, most: int) -> list[str]:
    """Break a caption into lines of at most `inches`; what does not fit into `most` lines ends in an ellipsis."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    drawable(text)  # refused before it is measured, which would only warn
    font = FontProperties(family="DejaVu Sans", size=SIZE)

    def too_wide(line: str) -> bool:
        return text_to_path.get_text_width_height_descent(line, font, False)[0] > inches * 72

    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            if line and too_wide(f"{line} {word}"):
                lines.append(line)
                line = ""
            line = f"{line} {word}".strip()
        lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1] + "…"]
    for i, line in enumerate(lines):
        while too_wide(line):
            line = line.rstrip("…")[:-1] + "…"
        lines[i] = drawable(line)
    return lines


def _side(columns: int) -> float:
    """The width of a cell in inches when a line has so many: pictures stay small where there are few."""
    return WIDTH / max(columns, 4) - GAP


def _grid(rows: list[list[Cell | None]], title: str) -> Any:
    """Draw rows of cells; a row is as high as its highest picture and its longest caption, so that nothing overlaps."""
    from matplotlib.figure import Figure

    highs = [max(cell.high for cell in row if cell) for row in rows]
    belows = [max(cell.below for cell in row if cell) for row in rows]
    columns = max(len(row) for row in rows)
    pitch = _side(columns) + GAP
    head = 0.3 if title else 0.0
    tall = head + sum(highs) + sum(belows) + 2 * GAP * len(rows)
    figure = Figure(figsize=(columns * pitch, tall))
    figure.text(GAP / 2 / figure.get_figwidth(), 1 - 0.08 / tall, drawable(title), va="top", fontsize=11)
    bottom = tall - head
    for row, high, below in zip(rows, highs, belows, strict=True):
        bottom -= high + GAP
        for column, cell in enumerate(row):
            if cell:
                cell.draw(figure, column * pitch + GAP / 2, bottom, high)
        bottom -= below + GAP
    return figure


@styled
def pictures(
    images: Sequence, titles: Sequence[str] | None = None, columns: int = 6, marks: Sequence[bool] | None = None,
    *, lines: int = 4, title: str = "", name: str | None = None,
) -> Any:  # fmt: skip
    """Show a grid of pictures, each with its caption wrapped below it.

    Args:
        images: pictures of any sizes, as `pixels` takes them.
        titles: one caption a picture, or none.
        columns: pictures a line, at most.
        marks: true where an answer is right: a green frame and a ✓.
        lines: of a caption, at most; what is longer ends in an ellipsis.
        title: a line above the grid.
        name: the file's name in a script.

    Returns:
        The matplotlib Figure.

    Raises:
        ValueError: there are no images, unequal numbers, fewer than one column, or text that the font cannot draw.
    """
    images = list(images)
    titles = [""] * len(images) if titles is None else list(titles)
    marks = [False] * len(images) if marks is None else [bool(m) for m in marks]
    if not images or columns < 1:
        raise ValueError(f"images has {len(images)} pictures and columns is {columns}; both must be at least 1")
    if not len(images) == len(titles) == len(marks):
        raise ValueError(
            f"images, titles, marks have {len(images)}, {len(titles)}, {len(marks)} items; they must be as many"
        )
    columns = min(columns, len(images))
    cells = [
        Cell(f"✓ {text}" if right else text, _side(columns), image, right, most=lines)
        for image, text, right in zip(images, titles, marks, strict=True)
    ]
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    return present(_grid(rows, title), name, title or f"{len(images)} pictures: {'; '.join(t for t in titles if t)}")


@styled
def retrieval(
    query: Any, images: Sequence | None, captions: Sequence, scores: Sequence, correct: Sequence | None = None,
    *, columns: int = 5, quoted: bool = True, title: str = "", name: str | None = None,
) -> Any:  # fmt: skip
    """Show what a search found, best first: the query at the left, the results beside it with their scores.

    Args:
        query: a phrase or a picture; or a list of them, one row of results each, and then every other argument is a
            list with one entry a row.
        images: the pictures found; None shows the captions alone.
        captions: the captions found, "" where there is none.
        scores: the similarity of each, in the order given; words, such as "3 bits differ", stand as they are.
        correct: true where a result is right: a green frame and a ✓.
        columns: results a line; more go on in the next line.
        quoted: put a phrase in quotation marks, as what was searched for; False where it is a heading.
        title: a line above all.
        name: the file's name in a script.

    Returns:
        The matplotlib Figure.

    Raises:
        ValueError: nothing was found, numbers are unequal, or text that the font cannot draw.
    """
    if not isinstance(query, list | tuple):
        query, images, captions, scores = [query], [images], [captions], [scores]
        correct = None if correct is None else [correct]
    images = [None] * len(query) if images is None else images
    correct = [None] * len(query) if correct is None else correct
    given = {"query": query, "images": images, "captions": captions, "scores": scores, "correct": correct}
    if len({len(v) for v in given.values()}) > 1 or not len(query):
        counts = ", ".join(f"{len(v)} {k}" for k, v in given.items())
        raise ValueError(f"query is a list, so every argument needs one entry a query, at least 1; given are {counts}")
    widest = min(columns, max(len(row) for row in captions))
    rows = []
    for parts in zip(*given.values(), strict=True):
        rows += _result_rows(*parts, columns=widest, quoted=quoted)
    phrases = [q for q in query if isinstance(q, str)]
    return present(_grid(rows, title), name, title or f"search results for {'; '.join(phrases) or 'a picture'}")


def _score(score: Any) -> str:
    return score if isinstance(score, str) else f"{float(score):.2f}"


def _result_rows(
    query: Any, images: Any, captions: Sequence, scores: Sequence, correct: Any, columns: int, quoted: bool
) -> list[list[Cell | None]]:
    """The cells of one query: itself, then its results, `columns` a line."""
    count = len(captions)
    images = [None] * count if images is None else images
    correct = [False] * count if correct is None else correct
    if not count == len(images) == len(scores) == len(correct) or count == 0:
        raise ValueError(
            f"images, captions, scores, correct have {len(images)}, {count}, {len(scores)}, {len(correct)} results; "
            "they must be as many, at least 1"
        )
    side = _side(columns + 1)
    phrase = isinstance(query, str)
    words = (f"“{query}”" if quoted else query) if phrase else "searched for"
    first = Cell(words, side, None if phrase else query, query=True)
    cells = [
        Cell(f"{'✓ ' if right else ''}{_score(score)}\n{caption}".strip(), side, image, bool(right))
        for image, caption, score, right in zip(images, captions, scores, correct, strict=True)
    ]
    lines = [cells[i : i + columns] for i in range(0, count, columns)]
    return [[first if i == 0 else None, *line] for i, line in enumerate(lines)]
