"""show.Live: one figure in one place, on a page and in a script."""

import nbformat
import pytest
from matplotlib import pyplot

from mmlearn import show

CELL = """
import matplotlib
matplotlib.use("Agg")
from mmlearn import show
live = show.Live("steps")
for step in range(3):
    live.update(lambda: show.curve([0, 1], [0, step], "x", "y", title=f"step {step}"))
"""


def test_a_page_keeps_only_the_last(tmp_path):
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    nbclient.NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    shown = [o for o in notebook.cells[0].outputs if o.output_type == "display_data"]
    assert len(notebook.cells[0].outputs) == len(shown) == 1
    assert "step 2" in shown[0].data["text/plain"] and "image/png" in shown[0].data


def test_a_script_writes_one_file_anew(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MMLEARN_FIGURES", str(tmp_path))
    live, sizes = show.Live("samples"), []
    for step in range(2):
        figure = live.update(lambda step=step: show.curve([0, 1], [step, 1 - step], "x", "y"))
        sizes.append((tmp_path / "samples.png").read_bytes())
        pyplot.close(figure)
    assert sizes[0] != sizes[1] and [p.name for p in tmp_path.iterdir()] == ["samples.png"]
    assert capsys.readouterr().out.count("samples.png") == 1


def test_what_is_no_figure_is_refused():
    with pytest.raises(TypeError, match="draw gave list; accepted is a function that gives a figure"):
        show.Live().update(lambda: [1])
