"""The notebooks of both folders are what their sources give. Their cells themselves are run by `mmlearn test`, through nbval."""

from pathlib import Path

import nbformat
import pytest

from mmlearn.course.build import drift
from mmlearn.course.cards import BEGIN, END, table_markdown
from mmlearn.course.house import sources
from mmlearn.course.source import read

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted([*(ROOT / "chapters").glob("*.ipynb"), *(ROOT / "solutions").glob("*.ipynb")])
CHAPTERS = [read(path) for path in sources()]


def test_rebuilding_changes_nothing():
    assert drift() == [], "run `mmlearn chapters`"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_notebooks_are_valid_and_solved_ones_are_executed_whole(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == ([None] * len(counts) if path.parent.name == "chapters" else list(range(1, len(counts) + 1)))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)
def test_cells_are_short_and_every_chapter_has_its_parts(chapter):
    long = [cell.label for cell in chapter.cells if cell.kind == "code" and len(cell.solved().splitlines()) > 30]
    assert long == []
    for tag in ("setup", "card"):
        assert sum(tag in cell.tags for cell in chapter.cells) == 1, tag


def test_the_readme_shows_the_measured_chapters():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{BEGIN}\n{table_markdown(sources())}\n{END}" in readme, "run `mmlearn cards`"
