"""A widget is a figure first; live controls redraw that figure, and a failure is a sentence on the page."""

import nbformat
import numpy as np
import pytest

from mmlearn import show, widgets

SETUP = """
import numpy as np, ipywidgets
from mmlearn import show, widgets
instances = vars(ipywidgets.widgets.widget)["_instances"]
widget = lambda kind: [w for w in instances.values() if type(w).__name__ == kind][-1]
def find(phrase):
    if phrase == "nothing":
        raise ValueError("phrase is 'nothing'; <accepted> is anything else")
    return [np.zeros((4, 4, 3), "uint8")] * 2, [phrase] * 2, [1, 0]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MMLEARN_FIGURES", str(tmp_path))
    return tmp_path


def find(query):
    return [np.zeros((4, 4, 3), np.uint8)] * 3, ["a caption"] * 3, [0.9, 0.5, 0.1]


def test_a_script_gets_one_figure_of_the_examples(folder, capsys):
    widgets.search(find, find, ["a dog", np.zeros((4, 4, 3), np.uint8)], name="engine")
    assert capsys.readouterr().out.split() == [str(folder / "engine.png")]
    assert [path.name for path in folder.iterdir()] == ["engine.png"]


def test_a_script_gets_the_slider_s_middle_value(folder):
    seen = []
    widgets.slider(lambda k: seen.append(k) or show.curve([1, 2], [1, k]), [1, 2, 3], "k", name="curve")
    widgets.slider(lambda k: seen.append(k) or show.curve([1, 2], [1, k]), [1, 2, 3], "k", start=3, name="curve")
    assert seen == [2, 3]
    assert [path.name for path in folder.iterdir()] == ["curve.png"]


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="examples is empty"):
        widgets.search(find)
    with pytest.raises(ValueError, match="search_picture"):
        widgets.search(find, examples=[np.zeros((4, 4))])
    with pytest.raises(ValueError, match="values is empty"):
        widgets.slider(print, [], "k")
    with pytest.raises(ValueError, match="start is 9"):
        widgets.slider(print, [1, 2], "k", start=9)
    with pytest.raises(TypeError, match="returned None"):
        widgets.slider(lambda k: None, [1, 2], "k")


def test_after_a_failure_figures_show_again(folder):
    with pytest.raises(ZeroDivisionError):
        widgets.slider(lambda k: 1 / 0, [1], "k")
    show.curve([1, 2], [1, 2], name="shown")
    assert (folder / "shown.png").exists()


def run(*cells):
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, kernel_name="python3").execute()
    return notebook.cells


def pictures_of(cell):
    return [output.data["image/png"] for output in cell.outputs if "image/png" in output.get("data", {})]


def test_in_a_kernel_controls_redraw_the_one_figure():
    first, *_, same = run(
        SETUP + "widgets.search(find, examples=['a', 'b'])",
        "widget('Text').value = 'a cat'; assert widget('HTML').value == ''",
        "widget('Text').value = 'nothing'; assert '&lt;accepted&gt; is anything' in widget('HTML').value",
        "show.retrieval('a cat', *find('a cat'))",
    )
    assert pictures_of(first) == pictures_of(same)


def test_in_a_kernel_the_slider_redraws():
    first, _, same = run(
        SETUP + "widgets.slider(lambda k: show.curve([1, 2], [1, k]), [1, 2, 3], 'k')",
        "widget('SelectionSlider').value = 3; assert widget('HTML').value == ''",
        "show.curve([1, 2], [1, 3])",
    )
    assert pictures_of(first) == pictures_of(same) and len(pictures_of(first)) == 1


def test_a_phrase_that_the_figure_cannot_draw_is_searched_all_the_same():
    asked = []

    def found(phrase):
        asked.append(phrase)
        return None, ["a dog"], [0.5]

    widgets.search(found, examples=["狗"], name="dog")
    assert asked == ["狗"]
