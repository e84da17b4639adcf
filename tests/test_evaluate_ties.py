"""The pessimistic rule for ties, similarities by Pearson and Euclid, hubs counted, and a repair."""

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.spatial import distance
from scipy.special import softmax

from mmlearn import evaluate
from mmlearn.align import inverted_softmax

RNG = np.random.default_rng(0)


def broken_against(S, relevant):
    """The same order without ties: relevant items a little lower, less than any two scores differ."""
    return S - 1e-6 * relevant


def many_ties(n=30, m=25, right=3):
    S = RNG.integers(0, 5, size=(n, m)).astype(float)
    relevant = np.zeros((n, m), bool)
    for row in relevant:
        row[RNG.permutation(m)[:right]] = True
    return S, relevant


def test_pessimistic_is_the_order_in_which_irrelevant_ones_of_equals_come_first():
    S, relevant = many_ties()
    worst = broken_against(S, relevant)
    # Relevant items that tie with each other are equally right, so their order does not matter.
    np.testing.assert_array_equal(evaluate.ranks(S, relevant, ties="pessimistic"), evaluate.ranks(worst, relevant))
    for k in (1, 5, 25):
        assert evaluate.recall_at_k(S, k, relevant, ties="pessimistic") == evaluate.recall_at_k(worst, k, relevant)
    for measure in (evaluate.median_rank, evaluate.mean_average_precision):
        assert measure(S, relevant, ties="pessimistic") == pytest.approx(measure(worst, relevant), abs=1e-12)


def test_pessimistic_is_never_better_and_the_same_without_ties():
    S, relevant = many_ties()
    untied = S + 0.01 * RNG.permuted(np.tile(np.arange(25), (30, 1)), axis=1)
    for measure in (evaluate.recall_at_k, evaluate.mean_average_precision):
        arguments = (5, relevant) if measure is evaluate.recall_at_k else (relevant,)
        assert measure(S, *arguments, ties="pessimistic") < measure(S, *arguments)
        assert measure(untied, *arguments, ties="pessimistic") == pytest.approx(measure(untied, *arguments))
    assert (evaluate.ranks(S, relevant, ties="pessimistic") >= evaluate.ranks(S, relevant)).all()


def test_a_constant_model_is_chance_or_nothing_and_never_right():
    S = np.zeros((50, 50))
    assert evaluate.recall_at_k(S, 10) == pytest.approx(evaluate.chance(50, 10))
    assert evaluate.recall_at_k(S, 10, ties="pessimistic") == 0
    assert evaluate.median_rank(S, ties="pessimistic") == 50
    assert evaluate.mean_average_precision(S, ties="pessimistic") == pytest.approx(1 / 50)
    assert evaluate.recall_at_k(S, 50, ties="pessimistic") == 1


@pytest.mark.parametrize("measure", [evaluate.ranks, evaluate.median_rank, evaluate.mean_average_precision, evaluate.recall_at_k])
def test_an_unknown_rule_is_named(measure):
    with pytest.raises(ValueError, match="ties is 'optimistic'; accepted are 'expected' and 'pessimistic'"):
        measure(np.eye(12), ties="optimistic")


def test_k_occurrences_by_hand_and_their_sum():
    S = np.array([[0.9, 0.8, 0.1], [0.2, 0.7, 0.3], [0.1, 0.9, 0.4]])
    np.testing.assert_array_equal(evaluate.k_occurrences(S, 1), [1, 2, 0])
    np.testing.assert_array_equal(evaluate.k_occurrences(torch.tensor(S), 2), [1, 3, 2])
    tied = np.array([[1.0, 0.5, 0.5, 0.5], [0.2, 0.2, 0.2, 0.2]])
    np.testing.assert_allclose(evaluate.k_occurrences(tied, 2), [1.5, 1 / 3 + 0.5, 1 / 3 + 0.5, 1 / 3 + 0.5])
    many = RNG.integers(0, 4, size=(40, 30))
    assert evaluate.k_occurrences(many, 7).sum() == pytest.approx(7 * 40)


def test_skewness_is_that_of_scipy_and_grows_with_the_dimensions():
    skews = []
    for d in (3, 300):
        X = RNG.standard_normal((1000, d))
        S = 2 * X @ X.T - (X**2).sum(1)  # nearest by Euclid
        np.fill_diagonal(S, -np.inf)
        N = evaluate.k_occurrences(S, 10)
        assert evaluate.hub_skewness(S, 10) == pytest.approx(stats.skew(N))
        skews.append(evaluate.hub_skewness(S, 10))
    assert skews[0] < 0.5 and skews[1] > 3
    assert evaluate.hub_skewness(np.eye(20), 1) == 0 == evaluate.hub_skewness(np.zeros((7, 5)), 2)


@pytest.mark.parametrize(
    ("S", "k", "words"),
    [(np.eye(3), 4, "k must be a whole number from 1 to 3"), (np.ones((0, 2)), 1, "similarity is empty"),
     (np.full((2, 2), np.nan), 1, "similarity holds NaN")],
)  # fmt: skip
def test_hubs_of_bad_input_are_named(S, k, words):
    for measure in (evaluate.k_occurrences, evaluate.hub_skewness):
        with pytest.raises(ValueError, match=words):
            measure(S, k)


def test_inverted_softmax_by_hand_and_against_a_hub():
    S = RNG.standard_normal((6, 9))
    np.testing.assert_allclose(np.exp(inverted_softmax(S, 3.0)), softmax(3 * S, axis=0))
    hub = np.array([[0.5, 0.6, 0.0], [0.0, 0.6, 0.0], [0.0, 0.6, 0.5]])
    assert (hub.argmax(axis=1) == 1).all()
    np.testing.assert_array_equal(inverted_softmax(torch.tensor(hub)).argmax(axis=1), [0, 1, 2])
    assert np.isfinite(inverted_softmax(S, 1e5)).all()
    both = inverted_softmax(S, 3.0) + inverted_softmax(S.T, 3.0).T - 3 * S
    np.testing.assert_array_equal(both.argsort(axis=1), inverted_softmax(S, 3.0).argsort(axis=1))
    np.testing.assert_array_equal(both.T.argsort(axis=1), inverted_softmax(S.T, 3.0).argsort(axis=1))
    # Near 0 an item's mean over the queries is taken from it.
    np.testing.assert_allclose((inverted_softmax(S, 1e-6) + np.log(6)) / 1e-6, S - S.mean(axis=0), atol=1e-4)


@pytest.mark.parametrize(("S", "beta"), [*((np.eye(3), beta) for beta in (0, -1.0, np.inf, "10")), (np.ones(3), 1.0)])
def test_inverted_softmax_of_bad_input_is_named(S, beta):
    with pytest.raises(ValueError, match="beta must be a finite number above 0|similarity must have two dimensions"):
        inverted_softmax(S, beta)


def test_pearson_and_euclid_are_those_of_numpy_and_scipy():
    A, B = RNG.standard_normal((7, 12)) + 3, RNG.standard_normal((5, 12))
    np.testing.assert_allclose(evaluate.pearson_similarity(A, torch.tensor(B)), np.corrcoef(A, B)[:7, 7:])
    np.testing.assert_allclose(evaluate.euclidean_similarity(A, B), -distance.cdist(A, B))
    assert (evaluate.euclidean_similarity(A, A).argmax(axis=1) == np.arange(7)).all()
    constant = np.full((2, 12), 0.1)
    assert (evaluate.pearson_similarity(constant, B) == 0).all()
    assert (evaluate.cosine_similarity(np.zeros((2, 12)), B) == 0).all()
    for measure in (evaluate.pearson_similarity, evaluate.euclidean_similarity):
        with pytest.raises(ValueError, match="equal numbers of columns; got 12 and 3"):
            measure(A, B[:, :3])
