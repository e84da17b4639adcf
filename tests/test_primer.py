"""Chapter 01: its benchmark's live rows, its quiz, and the map of a surface."""

import json
import math

import numpy as np
import pytest
import torch

from mmlearn import data, layers, show
from mmlearn.exercises import quiz


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MMLEARN_FIGURES", str(tmp_path))
    return tmp_path


def stored(part):
    return json.loads(data.resource("results/primer.json").read_text(encoding="utf-8"))["figures"][part]


def test_a_row_of_the_probe_table_again():
    """PCA is exact: nothing depends on a seed."""
    from benchmarks import primer

    parts = primer.digits()
    live = primer.measured(layers.PCA(20).fit(parts["train"][0]).transform, parts)
    row = stored("probe")["PCA, 20"]
    for metric in ("accuracy", "nearest neighbour"):
        assert math.isclose(live[metric], row[metric][0], abs_tol=0.006), metric  # two of 397 digits
    assert row["numbers"] == [20] and live["numbers"] == 20


def test_a_network_of_the_probe_table_again():
    from benchmarks import primer

    parts = primer.digits()
    model = primer.fitted(primer.NETWORKS["perceptron, hidden layer"], parts, seed=0)
    live = primer.measured(primer.of_network(model), parts)
    assert math.isclose(live["accuracy"], stored("probe")["perceptron, hidden layer"]["accuracy"][0], abs_tol=0.02)


def test_the_layers_are_as_equal_as_the_table_says():
    for name, row in stored("equal").items():
        assert max(row["largest difference, millionths"]) < 10, name  # 1e-5
    from benchmarks import primer

    assert primer.attention_gap(0, "random")["largest difference, millionths"] < 10
    assert primer.descent_gap(0, layers.Adam, torch.optim.Adam, lr=0.003)["largest difference, millionths"] < 1e-3


def test_a_short_sequence_is_remembered_and_a_hidden_symbol_is_not():
    from benchmarks import primer

    cell, bias = primer.CELLS["LSTM, forget bias 4"]
    assert primer.remembered(cell, bias, 5, seed=0) > 0.95
    assert primer.remembered(cell, bias, 5, seed=0, hide_first=True, steps=50) < 0.2
    table = stored("memory")
    assert set(primer.CELLS) < set(table)
    assert np.mean(table["LSTM, forget bias 4"]["length 40"]) > np.mean(table["plain cell"]["length 40"])


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("primer")
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") == 10


def test_the_forget_gate_begins_where_it_is_told():
    cell = layers.Recurrent(3, 4, forget_bias=4.0).cells[0]
    assert (cell.from_input.bias[4:8] == 4).all() and not (cell.from_input.bias[:4] == 4).any()
    assert (layers.LSTMCell(3, 4).from_input.bias[4:8] == 1).all()
    with pytest.raises(ValueError, match="no forget gate"):
        layers.Recurrent(3, 4, "rnn", forget_bias=1.0)


def bowl(x, y):
    return x**2 + 4 * y**2


def test_a_surface_is_drawn_with_its_paths_and_points(folder):
    from matplotlib.colors import LogNorm

    paths = {"short": [[-0.5, 0.5], [0.2, 0.1]], "runs off": [[0.5, 0.5], [1e300, -1e300], [np.nan, np.nan]]}
    figure = show.surface(
        bowl, paths, points={"cloud": [[0, 0], [0.1, 0.2]]}, lowest=(0, 0), log=True, title="A bowl", name="bowl"
    )
    axes = figure.axes[0]
    drawn = {line.get_label(): line.get_xydata() for line in axes.lines}
    assert drawn["short"].tolist() == paths["short"]
    assert drawn["runs off: left the picture"].tolist() == [[0.5, 0.5]]  # what follows lies beyond any frame
    assert axes.get_xlim() == (-1, 1) and isinstance(axes.collections[0].norm, LogNorm)
    assert {text.get_text() for text in figure.legends[0].texts} == {
        "short",
        "runs off: left the picture",
        "cloud",
        "start",
        "end",
        "lowest",
    }
    assert (folder / "bowl.png").stat().st_size > 5000
    assert show.surface(bowl, label="height").axes[1].get_ylabel() == "height"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"xlim": (1, -1)}, "xlim is"),
        ({"paths": {"flat": [1, 2, 3]}}, r"'flat' has shape \(3,\)"),
        ({"points": {"none": np.ones((0, 2))}}, r"'none' has shape \(0, 2\)"),
        ({"function": lambda x, y: np.where(x > 0, x, np.nan)}, "finite numbers"),
        ({"function": lambda x, y: 1.0}, r"heights of shape \(\)"),
    ],
)
def test_a_surface_refuses_what_it_cannot_draw(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        show.surface(**{"function": bowl, **options})
