"""Generate both notebooks of every chapter from its one source, the same bytes whenever nothing changed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmlearn.course.cards import card_markdown
from mmlearn.course.execute import BuildError, run_notebook, settle
from mmlearn.course.house import root, sources
from mmlearn.course.notebook import FOLDERS, assemble
from mmlearn.course.source import Chapter, read


def build(source: Path, *, execute: bool | None = None) -> list[Path]:
    """Write the blank and the solved notebook of one source; return the files that changed.

    Args:
        source: `solutions/NN_topic.py`; the blank notebook goes to `chapters/` beside that folder.
        execute: run the solved notebook; None runs it only if a code cell differs from the stored one, and otherwise
            carries the stored outputs over. False never runs it: cells that differ are left without output.

    Raises:
        SourceError: the source does not follow the format.
        BuildError: a cell failed or wrote to stderr.
    """
    chapter = read(source)
    targets = {kind: _target(chapter, kind) for kind in FOLDERS}
    notebooks = {kind: assemble(chapter, kind, card_markdown(chapter.name)) for kind in FOLDERS}
    solved = notebooks["solved"]
    stored = _load(targets["solved"])
    if execute or (execute is None and (stored is None or _code(stored) != _code(solved))):
        try:
            run_notebook(solved, source.parent, profile="laptop")
        except BuildError as error:
            raise BuildError(f"{chapter.name}: {error}") from error
        settle(solved, chapter.name)
    elif stored is not None:
        _carry_over(stored, solved)
    return [target for kind, target in targets.items() if _write(target, notebooks[kind])]


def drift(folder: Path | None = None) -> list[str]:
    """What differs between the stored notebooks and what the sources give, a sentence each; executes nothing."""
    folder = folder or root()
    found, expected = [], set()
    for source in sources(folder=folder / "solutions"):
        chapter = read(source)
        for kind in FOLDERS:
            target = _target(chapter, kind)
            expected.add(target)
            found += _differences(target, assemble(chapter, kind, card_markdown(chapter.name)), folder)
    for stored in sorted([*(folder / "chapters").glob("*.ipynb"), *(folder / "solutions").glob("*.ipynb")]):
        if stored not in expected:
            found.append(f"{stored.relative_to(folder)} has no source in solutions/")
    return found


def _differences(target: Path, wanted: Any, folder: Path) -> Iterator[str]:
    name = target.relative_to(folder)
    stored = _load(target)
    if stored is None:
        yield f"{name} is missing"
        return
    for cell in stored.cells:
        if cell.cell_type == "code" and target.parent.name == "chapters" and (cell.outputs or cell.execution_count):
            yield f"{name}: cell {cell.id!r} stores an output"
    if target.read_text(encoding="utf-8") != _text(stored):
        yield f"{name} is not written as the builder writes it"
    _carry_over(stored, wanted)
    if _text(stored) != _text(wanted):
        ours = {cell.id: cell for cell in stored.cells}
        changed = [cell.id for cell in wanted.cells if ours.get(cell.id) != cell]
        gone = [id for id in ours if id not in {cell.id for cell in wanted.cells}]
        yield f"{name} differs from its source: {', '.join([*changed, *gone]) or 'the order of cells, or metadata'}"


def _target(chapter: Chapter, kind: str) -> Path:
    return chapter.path.parent.parent / FOLDERS[kind] / f"{chapter.name}.ipynb"


def _load(path: Path) -> Any | None:
    import nbformat

    return nbformat.read(path, as_version=4) if path.exists() else None


def _code(notebook: Any) -> list[tuple[str, str]]:
    return [(cell.id, cell.source) for cell in notebook.cells if cell.cell_type == "code"]


def _carry_over(stored: Any, fresh: Any) -> None:
    """Give the cells of `fresh` the outputs of the equal cells of `stored`."""
    before = {cell.id: cell for cell in stored.cells if cell.cell_type == "code"}
    for cell in fresh.cells:
        if cell.cell_type == "code" and cell.id in before and before[cell.id].source == cell.source:
            cell.outputs = before[cell.id].outputs
            cell.execution_count = before[cell.id].execution_count


def _text(notebook: Any) -> str:
    import nbformat

    return nbformat.writes(notebook).rstrip("\n") + "\n"


def _write(path: Path, notebook: Any) -> bool:
    """Write if it differs; whether it did."""
    content = _text(notebook).encode()
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return True
