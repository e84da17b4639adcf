"""From a chapter's source to its two notebooks, before anything is executed: blank for learners, solved for readers."""

from typing import Any

from mmlearn.course.repository import colab_badge, install_requirement
from mmlearn.course.source import Cell, Chapter

FOLDERS = {"blank": "chapters", "solved": "solutions"}

# `--no-deps` leaves Colab's torch, numpy, transformers … as they are, and so the few packages Colab lacks are named.
# eSpeak NG's loader (spoken captions) is left out: it is GPL, and a chapter that uses it says how to add it.
SETUP = """\
try:
    import mmlearn
except ModuleNotFoundError:  # on Colab: add the course, leave torch and numpy as they are
    %pip install -q --no-deps "{requirement}" pooch resvg-py faiss-cpu captum
"""


def assemble(chapter: Chapter, kind: str, card: str) -> Any:
    """The notebook of `chapter`, without outputs.

    Args:
        chapter: as read by `source.read`.
        kind: "blank" or "solved".
        card: markdown for the cell tagged `card`.
    """
    from nbformat import v4

    numbers = {cell.exercise: number for number, cell in enumerate(chapter.exercises, 1)}
    badge = v4.new_markdown_cell(colab_badge(f"{FOLDERS[kind]}/{chapter.name}.ipynb"), id="open-in-colab")
    notebook = v4.new_notebook(cells=[badge])
    for cell in chapter.cells:
        new = v4.new_code_cell if cell.kind == "code" else v4.new_markdown_cell
        notebook.cells.append(new(_text(cell, kind, card, numbers), id=cell.label, metadata=_metadata(cell)))
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "mmlearn": {"chapter": chapter.name},
    }
    return notebook


def _text(cell: Cell, kind: str, card: str, numbers: dict[str, int]) -> str:
    if "setup" in cell.tags:
        return SETUP.format(requirement=install_requirement()) + "\n" + cell.text
    if "card" in cell.tags:
        return card
    if cell.exercise and cell.kind == "markdown":
        # what leads up to it, such as a section's own heading, stays above
        before, task, after = cell.text.partition("**Exercise ")
        before, after = (before, after) if task else ("", cell.text)
        return f"{before}{_heading(cell, numbers[cell.exercise])}\n\n{task}{after}"
    return cell.blank() if kind == "blank" else cell.solved()


def _heading(cell: Cell, number: int) -> str:
    dots = "●" * cell.difficulty + "○" * (5 - cell.difficulty)
    return f"### Exercise {number} · `{cell.exercise}` · {dots} · {cell.minutes} min"


def _metadata(cell: Cell) -> dict:
    """What stays on a cell: tags for nbval, and on an exercise's code its id, by which a grader finds it."""
    metadata: dict = {"tags": list(cell.tags)} if cell.tags else {}
    if cell.exercise and cell.kind == "code":
        metadata["mmlearn"] = {"exercise": cell.exercise}
    return metadata
