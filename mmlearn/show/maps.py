"""What a network sees, laid out to be looked at: maps and filters, attention over a picture, keypoints and matches."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmlearn.show.output import COLOURS, CYCLE, WIDTH, drawable, present, styled
from mmlearn.show.pictures import pixels

_CELL = 0.3  # inches above a picture for its title


@styled
def maps(
    maps: Any, titles: Sequence[str] | None = None, columns: int = 8, diverging: bool = False, each: bool = True,
    *, title: str = "", name: str | None = None,
) -> Any:  # fmt: skip
    """Show maps or filters, numbers at places, as small pictures.

    Args:
        maps: (k, h, w), or a list of (h, w) of any sizes; arrays or tensors of any numbers.
        titles: one a map, or none.
        columns: maps a line, at most.
        diverging: blue below 0, white at 0, red above, as suits the weights of a filter; else dark to light.
        each: every map in its own range, from its least to its largest; else all in one.
        title: a line above all.
        name: the file's name in a script.

    Returns:
        The matplotlib Figure.

    Raises:
        ValueError: there are no maps, one has not two axes or values that are not finite, or unequal numbers.
    """
    maps = [_numbers(one, "maps") for one in maps]
    titles = [""] * len(maps) if titles is None else list(titles)
    if not maps or columns < 1 or len(titles) != len(maps):
        raise ValueError(f"maps has {len(maps)} maps, titles {len(titles)}, columns is {columns}; accepted are as many, from 1")
    together = np.concatenate([one.ravel() for one in maps])
    figure, places = _grid(len(maps), columns, max(one.shape[0] / one.shape[1] for one in maps), title, any(titles))
    for axes, one, text in zip(places, maps, titles, strict=False):
        low, high = _range(one if each else together, diverging)
        axes.imshow(one, cmap="RdBu_r" if diverging else "gray", vmin=low, vmax=high, interpolation="nearest")
        axes.set_title(drawable(text), fontsize=8.5)
    return present(figure, name, f"{title or 'maps'}: {len(maps)} maps; {', '.join(t for t in titles if t)}".rstrip("; "))


@styled
def overlay(
    images: Sequence, weights: Sequence, titles: Sequence[str] | None = None, columns: int = 6,
    *, veil: float = 0.85, framed: bool = False, title: str = "", name: str | None = None,
) -> Any:  # fmt: skip
    """Show pictures, and where someone looks at them: bright where the weight is large, dark where it is small.

    Args:
        images: pictures, as `show.pictures` takes them.
        weights: for each one (rows, columns) numbers from 0 up, laid over the whole picture.
        titles, columns, title, name: as in `maps`.
        veil: how dark a weight of 0 is, from 0, not at all, to 1, black.
        framed: draw a frame around the place of the largest weight.

    Raises:
        ValueError: unequal numbers, negative weights, weights that are no grid, `veil` out of range.
    """
    images, weights = [pixels(image) for image in images], [_numbers(grid, "weights") for grid in weights]
    titles = [""] * len(images) if titles is None else list(titles)
    if not images or columns < 1 or not len(images) == len(weights) == len(titles):
        raise ValueError(f"images, weights, titles have {len(images)}, {len(weights)}, {len(titles)} items; they must be as many")
    if any(grid.min() < 0 for grid in weights):
        raise ValueError("weights has negative numbers; accepted are numbers from 0 up, as attention gives them")
    if not 0 <= veil <= 1:
        raise ValueError(f"veil is {veil}; accepted are numbers from 0 to 1")
    shape = max(image.shape[0] / image.shape[1] for image in images)
    figure, places = _grid(len(images), columns, shape, title, any(titles))
    for axes, image, grid, text in zip(places, images, weights, titles, strict=False):
        box = (-0.5, image.shape[1] - 0.5, image.shape[0] - 0.5, -0.5)
        axes.imshow(image, cmap="gray", vmin=0, vmax=255 if image.dtype == np.uint8 else 1)
        dark = veil * (1 - grid / max(grid.max(), 1e-12))
        axes.imshow(np.zeros_like(grid), cmap="gray", alpha=dark, extent=box, interpolation="bilinear")
        if framed:
            _frame(axes, grid, image.shape[:2])
        axes.set_title(drawable(text), fontsize=8.5)
    return present(figure, name, f"{title or 'attention over pictures'}: {'; '.join(t for t in titles if t)}".rstrip(": "))


def _frame(axes: Any, grid: np.ndarray, size: tuple[int, int]) -> None:
    """A frame around the place of the grid's largest number, on a picture of this height and width."""
    from matplotlib.patches import Rectangle

    high, wide = (pixels / cells for pixels, cells in zip(size, grid.shape, strict=True))
    row, column = np.unravel_index(grid.argmax(), grid.shape)
    corner = column * wide - 0.5, row * high - 0.5
    axes.add_patch(Rectangle(corner, wide, high, fill=False, edgecolor="white", linewidth=1.2))


@styled
def keypoints(image: Any, points: Any, most: int = 100, *, title: str = "", name: str | None = None) -> Any:
    """Show a picture with circles at its keypoints, as large as what each describes, with a line to where it points.

    Args:
        image: a picture, as `show.pictures` takes it.
        points: (n, 4): x, y, diameter in pixels, angle in degrees.
        most: how many to draw, the first of them.
        title: a line above.
        name: the file's name in a script.

    Raises:
        ValueError: `points` has other than four columns.
    """
    from matplotlib.figure import Figure

    shown, points = pixels(image), _points(points, "points", 4)[:most]
    tall = WIDTH * 0.7 * shown.shape[0] / shown.shape[1]
    figure = Figure(figsize=(WIDTH * 0.7, tall + (0.4 if title else 0.05)), layout="constrained")
    axes = _bare(figure.add_subplot())
    axes.imshow(shown, cmap="gray", vmin=0, vmax=255 if shown.dtype == np.uint8 else 1)
    for x, y, diameter, angle in points:
        turn, radius = np.deg2rad(angle), diameter / 2
        circle = np.linspace(0, 2 * np.pi, 24)
        axes.plot(x + radius * np.cos(circle), y + radius * np.sin(circle), color=COLOURS["orange"], linewidth=1.2)
        axes.plot([x, x + radius * np.cos(turn)], [y, y + radius * np.sin(turn)], color=COLOURS["orange"], linewidth=1.2)
    axes.set(xlim=(-0.5, shown.shape[1] - 0.5), ylim=(shown.shape[0] - 0.5, -0.5), title=drawable(title))
    return present(figure, name, f"{title or 'a picture'} with {len(points)} keypoints")


@styled
def matches(
    first: Any, second: Any, points_a: Any, points_b: Any, pairs: Any, most: int = 40,
    marks: Sequence[bool] | None = None, *, title: str = "", name: str | None = None,
) -> Any:  # fmt: skip
    """Show two pictures side by side, with a line between each two points that were matched.

    Args:
        first, second: pictures, as `show.pictures` takes them.
        points_a, points_b: (n, 4) or (n, 2), the points of each; x and y are used.
        pairs: (m, 2), indices into the two.
        most: how many lines to draw, evenly chosen.
        marks: for each pair whether it is right: green, else red. Without them neighbouring lines differ in colour.
        title: a line above.
        name: the file's name in a script.

    Raises:
        ValueError: other shapes, an index without a point, or other than one mark a pair.
    """
    from matplotlib.figure import Figure

    left, right = _colour(first), _colour(second)
    a, b = _points(points_a, "points_a", 2)[:, :2], _points(points_b, "points_b", 2)[:, :2]
    pairs = _points(pairs, "pairs", 2).astype(int)
    if len(pairs) and (pairs.min() < 0 or (pairs.max(axis=0) >= (len(a), len(b))).any()):
        last = tuple(pairs.max(axis=0).tolist())
        raise ValueError(f"pairs has indices up to {last}; accepted are those of {len(a)} and {len(b)} points")
    if marks is not None and len(marks) != len(pairs):
        raise ValueError(f"marks has {len(marks)} items and pairs {len(pairs)}; accepted is one a pair")
    canvas = np.full((max(len(left), len(right)), left.shape[1] + right.shape[1] + 8, 3), 255, np.uint8)
    canvas[: len(left), : left.shape[1]] = left
    canvas[: len(right), left.shape[1] + 8 :] = right
    figure = Figure(figsize=(WIDTH, WIDTH * len(canvas) / canvas.shape[1] + (0.4 if title else 0.05)), layout="constrained")
    axes = _bare(figure.add_subplot())
    axes.imshow(canvas)
    drawn = np.linspace(0, len(pairs) - 1, min(most, len(pairs))).astype(int)
    for turn, k in enumerate(drawn):
        ends = a[pairs[k, 0]], b[pairs[k, 1]] + (left.shape[1] + 8, 0)
        colour = CYCLE[turn % 6] if marks is None else COLOURS["green" if marks[k] else "red"]
        axes.plot(*zip(*ends, strict=True), color=colour, linewidth=1, marker="o", markersize=3)
    axes.set(xlim=(-0.5, canvas.shape[1] - 0.5), ylim=(len(canvas) - 0.5, -0.5), title=drawable(title))
    return present(figure, name, f"{title or 'two pictures'}: {len(pairs)} matched points, {len(drawn)} of them drawn")


def _grid(count: int, columns: int, shape: float, title: str, titled: bool) -> tuple[Any, list]:
    """A figure and its places, bare axes in reading order; `shape` is height by width of the tallest."""
    from matplotlib.figure import Figure

    across = min(columns, count)
    down = -(-count // across)
    side = WIDTH / max(across, 4)
    tall = down * (side * shape + (_CELL if titled else 0.04)) + (0.35 if title else 0.02)
    figure = Figure(figsize=(side * across, tall), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02)
    if title:
        figure.suptitle(drawable(title), x=0.01, ha="left", fontsize=11)
    places = [_bare(axes) for axes in figure.subplots(down, across, squeeze=False).ravel()]
    for axes in places[count:]:
        axes.remove()
    return figure, places[:count]


def _bare(axes: Any) -> Any:
    """Axes without ticks, frame and grid."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.grid(False)
    return axes


def _range(values: np.ndarray, diverging: bool) -> tuple[float, float]:
    """The least and largest number to tell apart; symmetric about 0 for diverging colours; never empty."""
    low, high = float(values.min()), float(values.max())
    if diverging:
        low, high = -max(abs(low), abs(high)), max(abs(low), abs(high))
    return (low, high) if high > low else (low, low + 1)


def _numbers(values: Any, argument: str) -> np.ndarray:
    """One map as floats (h, w)."""
    array = np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
    if array.ndim != 2 or not array.size or array.dtype.kind not in "fiub" or not np.isfinite(array).all():
        raise ValueError(f"{argument} has one of shape {array.shape}; accepted is (height, width), finite numbers")
    return array.astype(float)


def _points(values: Any, argument: str, least: int) -> np.ndarray:
    """Rows of at least so many numbers."""
    array = np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
    if array.ndim != 2 or array.shape[1] < least:
        raise ValueError(f"{argument} has shape {array.shape}; accepted are rows of at least {least} numbers")
    return array


def _colour(picture: Any) -> np.ndarray:
    """A picture as uint8 (H, W, 3)."""
    array = pixels(picture)
    array = array if array.dtype == np.uint8 else (255 * array).round().astype(np.uint8)
    return np.repeat(array[..., None], 3, axis=2) if array.ndim == 2 else array[..., :3]
