"""The table of chapters 05 to 09: its protocol, on vectors made up, and one stored row measured again."""

import json

import numpy as np
import pytest

from benchmarks import alignment, record
from mmlearn import data, evaluate


@pytest.fixture
def made_up(monkeypatch):
    """60 pairs whose views share all they have; the first two of every three are one group."""
    rng = np.random.default_rng(0)
    shared = rng.standard_normal((60, 5))
    X, Y = (shared @ rng.standard_normal((5, 5)) for _ in range(2))
    groups = [i // 3 * 2 + (i % 3 == 2) for i in range(60)]
    monkeypatch.setattr(alignment, "vectors", lambda: (groups, X, Y))
    monkeypatch.setattr(alignment, "TEST", 20)
    monkeypatch.setattr(alignment, "VAL", 10)
    monkeypatch.setattr(alignment, "reference", lambda: np.full(100, 0.5))
    return X, Y


def least_squares(X, Y, train, val, seed):
    assert np.isfinite(X[val]).all() and np.isfinite(Y[train]).all()
    W = np.linalg.lstsq(X[train], Y[train], rcond=None)[0]
    return lambda rows: evaluate.cosine_similarity(Y[rows], X[rows] @ W)


def test_a_chooser_cannot_see_test_rows_and_its_similarity_can(made_up):
    seen = []

    def nosy(X, Y, train, val, seed):
        seen.append(int(np.isnan(X).all(axis=1).sum()))
        return lambda rows: -((X[rows][:, None] - X[rows]) ** 2).sum(-1)

    metrics, hits, groups = alignment.one_split(nosy, 0)
    assert seen == [20] and metrics["R@1"] == 1 and hits.shape == groups.shape == (20,)


def test_pairs_of_others_teach_nothing_and_the_gain_is_counted_in_groups(made_up):
    table, gains = alignment.row("good", least_squares, "method")
    assert table["good"]["R@1"] == 1 and gains["good"]["R@10"] == 0.5 and gains["good"]["p"] < 0.001
    wrong, _ = alignment.row("wrong", alignment.on_wrong_pairs(least_squares), "control")
    assert wrong["wrong"]["R@1"] < 0.3


def test_rows_are_kept_one_by_one_in_the_order_of_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "_ROOT", tmp_path)
    for name in ("b", "a"):
        alignment.keep(["a", "b"], table={name: {"kind": "method", "R@1": [0.5]}}, gains={})
    alignment.keep(["a", "b"], table={"a": {"kind": "method", "R@1": [0.75]}})
    assert list(alignment.stored()["table"]) == ["a", "b"] and alignment.stored()["table"]["a"]["R@1"] == [0.75]


def test_every_row_of_the_stored_table_has_its_chooser_and_the_other_way_round():
    rows, kinds = alignment.choosers()
    table = evaluate.Scores.stored("alignment", "table")
    assert [*table.values] == [*rows, "random guessing"]
    assert {name: kind for name, kind in table.kinds.items() if kind != "method"} == kinds | {"random guessing": "chance"}


def test_the_row_of_cca_is_measured_again():
    try:
        alignment.vectors()
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))
    stored = json.loads(data.resource("results/alignment.json").read_text(encoding="utf-8"))["figures"]["table"]["CCA"]
    live, _, _ = alignment.one_split(alignment.cca, 0)
    assert np.isclose(live["R@10"], stored["R@10"][0], atol=0.01)
