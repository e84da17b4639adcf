"""Chapter 06: what its benchmark stores, measured again at small size; its rows of the table; shards in processes; its quiz."""

import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from cca_zoo import linear as cca_zoo

from benchmarks import align_cca, cca, start_here
from mmlearn import data, evaluate
from mmlearn.align import CCA, weighted_similarity
from mmlearn.exercises import quiz

STORED = json.loads(data.resource("results/cca.json").read_text(encoding="utf-8"))["figures"]


def views(n=300, p=12, q=9, seed=0):
    return cca.two_views(n, p, q, 5, seed)


def test_the_figures_asked_for_are_reached():
    assert STORED["cca_zoo"]["largest_difference"] < 1e-6 and 1 / STORED["cca_zoo"]["times_faster"] <= 1.05
    for row in STORED["cca_zoo_ridge"]:
        assert row["largest_difference"] < 1e-6 and row["time_ratio"] <= 1.05
    assert STORED["stream_difference"] < 1e-10 and STORED["workers"]["largest_difference"] < 1e-10


def test_the_ridge_of_cca_zoo_is_ours_measured_again(monkeypatch):
    monkeypatch.setattr(cca, "FULL", {"n": 400, "p": 20, "q": 15, "k": 6})
    for row in cca.beside_cca_zoo_with_ridge(1, regs=(0.1, 1.0, 10.0)):
        assert row["largest_difference"] < 1e-10


def test_one_ridge_for_both_views_of_cca_zoo_needs_them_at_mean_variance_one():
    """Then c = reg / (1 + reg); with views of unequal scale the two differ."""
    scaled = [V / np.sqrt(V.var(axis=0, ddof=1).mean()) for V in views()]
    ours, theirs = CCA(5, reg=0.5), cca_zoo.RidgeCCA(n_components=5, shrinkage=0.5 / 1.5)
    ours.fit(*scaled), theirs.fit(scaled)
    gap = cca.correlations(*ours.transform(*scaled)) - cca.correlations(*theirs.transform(scaled))
    assert np.abs(gap).max() < 1e-12
    unequal = [10 * scaled[0], scaled[1]]
    gap = cca.correlations(*ours.transform(*scaled)) - cca.correlations(*theirs.fit(unequal).transform(unequal))
    assert np.abs(gap).max() > 1e-4


def test_shards_learned_in_processes_of_their_own_merge_to_one_fit():
    X, Y = views()
    total = CCA(4)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        for task in [pool.submit(CCA(4).partial_fit, X[i::3], Y[i::3]) for i in range(3)]:
            total.merge(task.result())
    np.testing.assert_allclose(total.correlations_, CCA(4).fit(X, Y).correlations_, atol=1e-12)


def test_every_row_of_the_table_retrieves_and_chooses_without_test_pairs(monkeypatch):
    monkeypatch.setattr(start_here, "KS", (2, 4))
    X, Y = views(200)
    rows = np.random.default_rng(0).permutation(200)
    test, val, train = rows[:50], rows[50:80], rows[80:]
    for name, choose in align_cca.ALIGNERS.items():
        hidden = [np.where(np.isin(np.arange(200), test)[:, None], np.nan, V) for V in (X, Y)]
        similarity = choose(*hidden, train, val, 0)
        for view, whole in zip(hidden, (X, Y), strict=True):
            view[test] = whole[test]
        assert evaluate.recall_at_k(similarity(test), 10) > 2 * evaluate.chance(50, 10), name
    assert set(align_cca.KINDS) | set(align_cca.SHUFFLED) <= set(align_cca.ALIGNERS)


def test_the_similarity_of_chapter_00_is_the_library_s():
    X, Y = views(60)
    fitted = CCA(4).fit(X, Y)
    A, B = fitted.transform(X, Y)
    expected = weighted_similarity(B[:, :3], A[:, :3], fitted.correlations_[:3], 2)
    np.testing.assert_array_equal(start_here.similarities(fitted, 3, X, Y, 2), expected)


# Awkward pairs that test_cca.py does not hold


@pytest.mark.parametrize("reg", [0, 0.3])
def test_pairs_seen_twice_change_nothing(reg):
    X, Y = views(60)
    twice = CCA(4, reg=reg).fit(np.tile(X, (2, 1)), np.tile(Y, (2, 1)))
    np.testing.assert_allclose(twice.correlations_, CCA(4, reg=reg).fit(X, Y).correlations_, atol=1e-10)


def test_one_pair_and_zero_vectors():
    X, Y = views(60)
    with pytest.raises(ValueError, match="needs at least 2 pairs; got 1"):
        CCA(1).fit(X[:1], Y[:1])
    with pytest.raises(ValueError, match="X varies in 0 directions only"):
        CCA(1).fit(np.zeros_like(X), Y)
    X[::2] = 0
    fitted = CCA(3).fit(X, Y)
    A, B = fitted.transform(X, Y)
    assert np.isfinite(weighted_similarity(A, B, fitted.correlations_)).all()


def test_the_quiz_explains_every_choice(capsys):
    quiz("cca")
    said = capsys.readouterr().out
    assert said.count("✓") == 6 and said.count("✗") == 12
