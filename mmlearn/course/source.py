"""A chapter's source, `solutions/NN_topic.py`: a script in jupytext's percent format whose cells carry labels.

    # %% [markdown] label="rows-text" exercise="topic.rows" difficulty=1 minutes=5     the text of an exercise
    # %% label="rows" exercise="topic.rows"                                            its code, with a marked solution
    # %% label="plot" tags=["nbval-check-output"]                                      any other cell

A label is the cell's id in both notebooks, so that grades and translations survive edits.
"""

import re
from dataclasses import dataclass
from pathlib import Path

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = "...  # your code here"
KEYS = {"label", "exercise", "difficulty", "minutes", "tags"}
TAGS = {
    "setup": "imports; in a notebook it also installs the course on Colab",
    "card": "a markdown cell that the builder fills with what the chapter was measured to need",
    "nbval-check-output": "its output is compared when the notebooks are tested",
    "private-media": "its output is seen live but not stored",
}


class SourceError(ValueError):
    """A chapter's source does not follow the format; the message names file and cell."""


@dataclass(frozen=True)
class Cell:
    """One cell: `kind` is "code" or "markdown"; `difficulty` (1 to 5) and `minutes` stand on an exercise's text."""

    label: str
    kind: str
    text: str
    tags: tuple[str, ...] = ()
    exercise: str | None = None
    difficulty: int | None = None
    minutes: int | None = None

    def blank(self) -> str:
        """The text with its solution replaced by a stub at the solution's indentation."""
        return re.sub(rf"([ \t]*){BEGIN}\n.*?{END}[^\n]*", rf"\1{STUB}", self.text, flags=re.DOTALL)

    def solved(self) -> str:
        """The text with its solution, without the marks."""
        return re.sub(rf"^[ \t]*(?:{BEGIN}|{END})[^\n]*\n?", "", self.text, flags=re.MULTILINE).rstrip("\n")


@dataclass(frozen=True)
class Chapter:
    """A source read: its cells in order."""

    path: Path
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """Such as "00_start_here"."""
        return self.path.stem

    @property
    def title(self) -> str:
        """Its first heading, or its name."""
        headings = (re.match(r"# (.+)", cell.text) for cell in self.cells if cell.kind == "markdown")
        return next((found[1].strip() for found in headings if found), self.name)

    @property
    def exercises(self) -> list[Cell]:
        """The texts of its exercises, in order."""
        return [cell for cell in self.cells if cell.exercise and cell.kind == "markdown"]


def read(path: Path) -> Chapter:
    """Read and check one source.

    Raises:
        SourceError: a cell lacks a label or shares one, carries an unknown key or tag, an exercise is incomplete, or
            the marks of a solution do not pair.
    """
    import jupytext

    notebook = jupytext.reads(path.read_text(encoding="utf-8"), "py:percent")
    cells = tuple(_cell(path, number, raw) for number, raw in enumerate(notebook.cells, 1))
    labels = [cell.label for cell in cells]
    for label in labels:
        if labels.count(label) > 1:
            raise SourceError(f"{path.name}: {labels.count(label)} cells have the label {label!r}; each needs its own")
    _check_exercises(path, cells)
    return Chapter(path, cells)


def _cell(path: Path, number: int, raw: dict) -> Cell:
    """One cell of jupytext's as ours."""
    metadata, text = dict(raw.metadata), raw.source
    metadata.pop("lines_to_next_cell", None)  # jupytext's note of blank lines
    label = metadata.get("label")
    where = f"{path.name}: cell {number} ({label or (text.splitlines() or ['empty'])[0][:60]!r})"
    if not isinstance(label, str) or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", label):
        raise SourceError(f'{where} needs label="…" of letters, digits, - and _; it has {label!r}')
    if unknown := metadata.keys() - KEYS:
        raise SourceError(f"{where} has the unknown key {sorted(unknown)[0]!r}; accepted are {', '.join(sorted(KEYS))}")
    if unknown := set(metadata.get("tags", ())) - TAGS.keys():
        raise SourceError(f"{where} has the unknown tag {sorted(unknown)[0]!r}; accepted are {', '.join(sorted(TAGS))}")
    if {"private-media", "nbval-check-output"} <= set(metadata.get("tags", ())):
        raise SourceError(f"{where} cannot be private-media and nbval-check-output at once: nothing is stored to compare")
    metadata["tags"] = tuple(metadata.get("tags", ()))
    cell = Cell(kind=raw.cell_type, text=text, **metadata)
    if text.count(BEGIN) != text.count(END) or BEGIN in cell.blank() or END in cell.blank():
        raise SourceError(f"{where}: '{BEGIN}' and '{END}' must come in pairs, each on a line of its own")
    return cell


def _check_exercises(path: Path, cells: tuple[Cell, ...]) -> None:
    """Every exercise has a text, with difficulty and minutes, then a code cell, which alone has a marked solution."""
    texts = [cell for cell in cells if cell.exercise and cell.kind == "markdown"]
    codes = [cell for cell in cells if cell.exercise and cell.kind == "code"]
    for cell in texts:
        if cell.difficulty not in (1, 2, 3, 4, 5) or not isinstance(cell.minutes, int):
            raise SourceError(f"{path.name}: the text of exercise {cell.exercise} needs difficulty=1…5 and minutes=…")
    if [cell.exercise for cell in texts] != [cell.exercise for cell in codes] or len(set(texts)) != len(texts):
        raise SourceError(
            f"{path.name}: every exercise needs one text and then one code cell; the texts are of "
            f"{[cell.exercise for cell in texts]}, the code cells of {[cell.exercise for cell in codes]}"
        )
    for cell in cells:
        if (BEGIN in cell.text) != (cell in codes):
            raise SourceError(f"{path.name}: cell {cell.label!r}: a solution stands in the code cell of an exercise only")
