"""The builder: two notebooks from one source, the same bytes whenever nothing changed."""

import io
import json
import re
import shutil
import tomllib
from pathlib import Path

import nbformat
import pytest
from PIL import Image, PngImagePlugin

from mmlearn.course import build as building
from mmlearn.course.build import build, drift
from mmlearn.course.execute import NOT_STORED, BuildError, scrub, strip_png
from mmlearn.course.notebook import SETUP, assemble
from mmlearn.course.source import STUB, Cell, Chapter, SourceError, read

TOY = Path(__file__).parent / "toy" / "90_toy.py"


def house(folder: Path) -> Path:
    """A course of one toy chapter; returns its source."""
    (folder / "chapters").mkdir(parents=True)
    (folder / "solutions").mkdir()
    return Path(shutil.copy(TOY, folder / "solutions" / TOY.name))


def stored(source: Path) -> dict[str, bytes]:
    return {str(path.relative_to(source.parents[1])): path.read_bytes() for path in source.parents[1].rglob("*.ipynb")}


@pytest.fixture(scope="module")
def executed(tmp_path_factory) -> Path:
    """The toy course, built and executed once."""
    source = house(tmp_path_factory.mktemp("course"))
    assert len(build(source)) == 2
    return source


def cells(source: Path, folder: str) -> dict:
    notebook = nbformat.read(source.parents[1] / folder / "90_toy.ipynb", as_version=4)
    nbformat.validate(notebook)
    return {cell.id: cell for cell in notebook.cells}


def test_blank_has_no_solution_and_no_output(executed):
    blank = cells(executed, "chapters")
    assert STUB in blank["double"].source and "two = 2" not in blank["double"].source
    assert all(not cell.outputs and cell.execution_count is None for cell in blank.values() if cell.cell_type == "code")


def test_solved_hides_nothing(executed):
    solved = cells(executed, "solutions")
    assert "two = 2" in solved["double"].source and "SOLUTION" not in solved["double"].source
    assert solved["use"].outputs[0].text == "[0 2 4]\n"
    assert solved["figure"].outputs[0].data["image/png"]


def test_what_differs_from_run_to_run_or_is_not_ours_is_not_stored(executed):
    solved = cells(executed, "solutions")
    assert solved["address"].outputs[0].text == "<object object at 0x…>\nand one more line\n"
    assert solved["widget"].outputs == []
    assert solved["private"].outputs[0].data["text/markdown"] == NOT_STORED
    assert "caption that is not ours" not in str(solved["private"].outputs)


def test_what_leads_up_to_an_exercise_stays_above_its_heading():
    text = Cell("text", "markdown", "## 3 · Build\n\n**Exercise 1.** Write it.", (), "toy.double", 2, 5)
    notebook = assemble(Chapter(TOY, (text,)), "blank", "")
    heading = "### Exercise 1 · `toy.double` · ●●○○○ · 5 min"
    assert notebook.cells[1].source == f"## 3 · Build\n\n{heading}\n\n**Exercise 1.** Write it."


def test_generated_parts(executed):
    blank = cells(executed, "chapters")
    assert blank["double-text"].source.startswith("### Exercise 1 · `toy.double` · ●●○○○ · 5 min\n\nWrite `double`")
    assert "--no-deps" in blank["setup"].source and blank["setup"].source.endswith("from IPython.display import display")
    assert "/chapters/90_toy.ipynb)" in blank["open-in-colab"].source
    assert blank["double"].metadata.mmlearn.exercise == "toy.double"
    assert blank["card"].source != "Filled in by the builder."


def test_executing_again_gives_the_same_bytes(executed):
    before = stored(executed)
    assert build(executed) == [] and build(executed, execute=True) == [] and stored(executed) == before


def test_no_drift_after_building_and_every_kind_of_drift_found(executed, tmp_path):
    folder = Path(shutil.copytree(executed.parents[1], tmp_path / "copy"))
    assert drift(folder) == []
    blank, solved = folder / "chapters" / "90_toy.ipynb", folder / "solutions" / "90_toy.ipynb"
    whole = blank.read_text(encoding="utf-8")
    blank.write_text(whole.replace("doubles every number", "doubles each number"), encoding="utf-8")
    assert drift(folder) == ["chapters/90_toy.ipynb differs from its source: double-text"]
    blank.write_text(json.dumps(json.loads(whole)), encoding="utf-8")
    assert drift(folder) == ["chapters/90_toy.ipynb is not written as the builder writes it"]
    blank.unlink()
    shutil.copy(solved, folder / "solutions" / "91_orphan.ipynb")
    assert drift(folder) == [
        "chapters/90_toy.ipynb is missing",
        "solutions/91_orphan.ipynb has no source in solutions/",
    ]


def test_output_in_a_blank_notebook_is_drift(executed, tmp_path):
    folder = Path(shutil.copytree(executed.parents[1], tmp_path / "copy"))
    shutil.copy(folder / "solutions" / "90_toy.ipynb", folder / "chapters" / "90_toy.ipynb")
    assert any("'use' stores an output" in sentence for sentence in drift(folder))


def test_one_changed_line_changes_one_line_of_each_notebook(executed, tmp_path, monkeypatch):
    folder = Path(shutil.copytree(executed.parents[1], tmp_path / "copy"))
    source = folder / "solutions" / TOY.name
    before = stored(source)
    source.write_text(source.read_text(encoding="utf-8").replace("on something small", "on something tiny"), encoding="utf-8")
    monkeypatch.setattr(building, "run_notebook", lambda *_, **__: pytest.fail("text changed, so nothing need be run"))
    assert len(build(source)) == 2
    for name, after in stored(source).items():
        lines = list(zip(before[name].splitlines(), after.splitlines(), strict=True))
        assert sum(a != b for a, b in lines) == 1, name


def test_colab_gets_what_it_lacks():
    """A package that the course needs is one that Colab brings, or one that the first cell of every notebook names."""
    brought = {
        "accelerate", "ipywidgets", "matplotlib", "numpy", "opencv-python-headless", "pillow", "safetensors", "scikit-learn",
        "scipy", "soundfile", "tokenizers", "torch", "torchvision", "tqdm", "transformers", "typer",
    }  # fmt: skip
    needed = tomllib.loads((TOY.parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    missing = {re.match(r"[\w-]+", line)[0] for line in needed} - brought
    assert missing == set(SETUP.rsplit("}\"", 1)[1].split())


def test_only_the_changed_cell_loses_its_output_when_nothing_may_run(executed, tmp_path):
    folder = Path(shutil.copytree(executed.parents[1], tmp_path / "copy"))
    source = folder / "solutions" / TOY.name
    source.write_text(source.read_text(encoding="utf-8").replace("np.arange(3)", "np.arange(4)"), encoding="utf-8")
    build(source, execute=False)
    solved = cells(source, "solutions")
    assert solved["use"].outputs == [] and solved["figure"].outputs


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('# %% label="use"', "# %%", "needs label="),
        ('label="use"', 'label="promise"', "2 cells have the label 'promise'"),
        ('label="use"', 'lable="x" label="use"', "unknown key 'lable'"),
        ('tags=["card"]', 'tags=["crad"]', "unknown tag 'crad'"),
        ('tags=["nbval-check-output"]', 'tags=["nbval-skip"]', "unknown tag 'nbval-skip'"),
        ('tags=["private-media"]', 'tags=["private-media", "nbval-check-output"]', "nothing is stored to compare"),
        (" difficulty=2", "", "needs difficulty=1…5"),
        (" difficulty=2", " difficulty=6", "needs difficulty=1…5"),
        ("    ### END SOLUTION\n", "", "must come in pairs"),
        ('label="double" exercise="toy.double"', 'label="double"', "one text and then one code cell"),
        ("print(object())", "### BEGIN SOLUTION\n### END SOLUTION", "code cell of an exercise only"),
    ],
)
def test_a_source_that_breaks_the_format_gets_one_sentence(tmp_path, old, new, message):
    text = TOY.read_text(encoding="utf-8")
    assert old in text
    source = tmp_path / "90_toy.py"
    source.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SourceError, match=message) as caught:
        read(source)
    assert "90_toy.py" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [("1 / 0", "ZeroDivisionError"), ("import sys; print('oh', file=sys.stderr)", "'use' wrote to stderr")],
)
def test_a_cell_that_fails_or_warns_stops_the_build_and_writes_nothing(tmp_path, line, message):
    source = tmp_path / "solutions" / "91_bad.py"
    source.parent.mkdir()
    source.write_text(f'# %% label="use"\n{line}\n', encoding="utf-8")
    with pytest.raises(BuildError, match=message) as caught:
        build(source)
    assert "91_bad" in str(caught.value) and not list(tmp_path.rglob("*.ipynb"))


def test_scrub():
    assert scrub("<a.B object at 0x7f3a2b1c> in 0x10") == "<a.B object at 0x…> in 0x10"


def test_strip_png_keeps_the_pixels_and_drops_the_words():
    words = PngImagePlugin.PngInfo()
    words.add_text("Software", "something 1.2.3")
    image = Image.new("RGB", (5, 4), (1, 2, 3))
    with_words, plain = io.BytesIO(), io.BytesIO()
    image.save(with_words, "PNG", pnginfo=words)
    image.save(plain, "PNG")
    assert with_words.getvalue() != plain.getvalue()
    assert strip_png(with_words.getvalue()) == plain.getvalue()
    assert strip_png(b"no picture") == b"no picture"
