"""Exact search: equal to faiss and to a sort of everything, ties by number, memory bounded, bad input named."""

import numpy as np
import pytest
import torch

from mmlearn.align import FlatIndex
from mmlearn.align import search as module

RNG = np.random.default_rng(0)
ITEMS = RNG.standard_normal((3000, 24)).astype(np.float32)
QUERIES = RNG.standard_normal((40, 24)).astype(np.float32)


def by_sorting(queries, items, k, metric):
    """All similarities in float64, sorted, equals by number."""
    Q, X = queries.astype(float), items.astype(float)
    if metric == "inner":
        S = Q @ X.T
        order = np.argsort(-S, axis=1, kind="stable")[:, :k]
    else:
        S = np.linalg.norm(Q[:, None] - X, axis=2)
        order = np.argsort(S, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(S, order, axis=1), order


@pytest.mark.parametrize("metric", ["inner", "euclidean"])
@pytest.mark.parametrize("k", [1, 10, 3000])
def test_it_finds_what_a_sort_of_everything_finds(metric, k, monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", 20_000)  # several blocks, the last one short
    monkeypatch.setattr(module, "_QUERIES", 16)
    scores, ids = FlatIndex(ITEMS, metric).search(QUERIES, k)
    expected = by_sorting(QUERIES, ITEMS, k, metric)
    np.testing.assert_array_equal(ids, expected[1])
    np.testing.assert_allclose(scores, expected[0], atol=1e-9)


@pytest.mark.parametrize("metric", ["inner", "euclidean"])
def test_it_equals_faiss(metric):
    faiss = pytest.importorskip("faiss")
    theirs = {"inner": faiss.IndexFlatIP, "euclidean": faiss.IndexFlatL2}[metric](24)
    theirs.add(ITEMS)
    ours = FlatIndex(ITEMS, metric)
    for queries in (QUERIES, QUERIES[:1]):
        scores, ids = ours.search(queries, 10)
        wanted, numbers = theirs.search(queries, 10)
        np.testing.assert_array_equal(ids, numbers)
        np.testing.assert_allclose(scores, wanted if metric == "inner" else np.sqrt(wanted), atol=1e-4)


@pytest.mark.parametrize("metric", ["inner", "euclidean"])
def test_equals_are_ordered_by_number(metric, monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", 500)
    items = RNG.integers(-1, 2, size=(2000, 3))  # 27 different vectors, each many times
    queries = RNG.integers(-2, 3, size=(20, 3))
    _, ids = FlatIndex(items, metric).search(queries, 60)
    np.testing.assert_array_equal(ids, by_sorting(queries, items, 60, metric)[1])


def test_a_query_alone_is_answered_as_among_many():
    index = FlatIndex(ITEMS)
    _, together = index.search(QUERIES, 5)
    alone = [index.search(query[None], 5)[1][0] for query in QUERIES]
    np.testing.assert_array_equal(together, alone)


def test_far_from_the_origin_distances_keep_their_digits():
    far = ITEMS.astype(float) + 100
    distances, ids = FlatIndex(far, "euclidean").search(far[:20], 1)
    np.testing.assert_array_equal(ids[:, 0], np.arange(20))
    assert (distances == 0).all()


def test_tensors_zeros_and_constant_items():
    _, ids = FlatIndex(torch.from_numpy(ITEMS)).search(torch.from_numpy(QUERIES), 3)
    np.testing.assert_array_equal(ids, FlatIndex(ITEMS).search(QUERIES, 3)[1])
    scores, ids = FlatIndex(np.ones((50, 4))).search(np.zeros((2, 4)), 3)
    np.testing.assert_array_equal(ids, [[0, 1, 2]] * 2)
    assert (scores == 0).all()


@pytest.mark.parametrize(
    ("items", "queries", "k", "words"),
    [
        (np.ones((0, 3)), QUERIES, 1, "items must be a matrix .* not empty"),
        (np.ones(3), QUERIES, 1, "items must be a matrix"),
        ([["a"]], QUERIES, 1, "items must be a matrix .* of real numbers"),
        (np.where(np.arange(3000)[:, None] == 7, np.nan, ITEMS), QUERIES, 1, "items holds NaN.* first in row 7"),
        (ITEMS, QUERIES * np.inf, 1, "queries holds NaN"),
        (ITEMS, QUERIES[:, :5], 1, "queries must have 24 columns, as the items; got 5"),
        (ITEMS, QUERIES, 3001, "k must be a whole number from 1 to 3000.* got 3001"),
        (ITEMS, QUERIES, 0, "k must be a whole number"),
        (ITEMS, QUERIES, 2.0, "k must be a whole number"),
    ],
)
def test_bad_input_is_named(items, queries, k, words):
    with pytest.raises(ValueError, match=words):
        FlatIndex(items).search(queries, k)


def test_an_unknown_metric_is_named():
    with pytest.raises(ValueError, match="metric is 'cosine'; accepted are 'inner', 'euclidean'"):
        FlatIndex(ITEMS, "cosine")
