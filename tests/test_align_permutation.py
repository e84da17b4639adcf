"""How many correlations are real, and similarity weighted by them: against definitions, known truths, and on bad input."""

import numpy as np
import pytest
import torch

from mmlearn.align import CCA, permutation_test, weighted_similarity
from mmlearn.evaluate import cosine_similarity


def known_views(n, p, q, correlations, seed=0):
    """Gaussian views with these population correlations and no others, turned about at random."""
    rng = np.random.default_rng(seed)
    r, k = np.array(correlations), len(correlations)
    shared, views = rng.standard_normal((n, k)), []
    for d in (p, q):
        V = rng.standard_normal((n, d))
        V[:, :k] = np.sqrt(r) * shared + np.sqrt(1 - r) * V[:, :k]
        views.append(V @ np.linalg.qr(rng.standard_normal((d, d)))[0])
    return views


# The permutation test


def test_it_counts_the_correlations_that_are_there():
    found = permutation_test(*known_views(500, 20, 15, [0.9, 0.7, 0.5]), 6)
    assert found.significant() == 3
    np.testing.assert_allclose(found.p_values[:3], 1 / 200)
    assert (np.diff(found.p_values) >= 0).all() and found.null.shape == (199, 6)


@pytest.mark.parametrize("reg", [0, 0.3])
def test_its_correlations_are_those_of_cca(reg):
    X, Y = known_views(200, 9, 6, [0.9, 0.5])
    expected = CCA(4, reg=reg).fit(X, Y).correlations_
    np.testing.assert_allclose(permutation_test(X, Y, 4, reg=reg, permutations=3).correlations, expected, atol=1e-10)


def test_the_null_of_the_first_is_cca_of_permuted_pairs():
    X, Y = known_views(60, 5, 4, [0.8])
    found = permutation_test(X, Y, 2, permutations=5, seed=3)
    rng = np.random.default_rng(3)
    expected = [CCA(1, reg=0).fit(X, Y[rng.permutation(60)]).correlations_[0] for _ in range(5)]
    np.testing.assert_allclose(found.null[:, 0], expected, atol=1e-10)


def test_unrelated_views_are_called_related_as_rarely_as_it_says():
    """At level 0.05 the number of 200 such tests that cry wolf is binomial: 20 or more would have probability 0.003."""
    p = [permutation_test(*known_views(40, 4, 3, [], seed), 1, permutations=39, seed=seed).p_values[0] for seed in range(200)]
    assert (np.array(p) <= 0.05).sum() < 20
    assert 0.4 < np.mean(p) < 0.62


def test_a_real_first_correlation_does_not_make_the_second_significant():
    found = [permutation_test(*known_views(300, 5, 5, [0.95], seed), 2, permutations=39, seed=seed) for seed in range(60)]
    assert all(f.significant() >= 1 for f in found)
    assert sum(f.significant() >= 2 for f in found) < 12


def test_what_comes_out_as_one_whatever_the_pairing_shows_nothing():
    X, Y = known_views(30, 20, 20, [0.9])
    found = permutation_test(X, Y, 3, permutations=19)
    np.testing.assert_allclose(found.correlations, 1)
    assert (found.p_values == 1).all() and found.significant() == 0
    assert permutation_test(X, Y, 1, reg=1.0, permutations=19).correlations[0] < 1


def test_constant_and_repeated_columns_change_nothing():
    X, Y = known_views(100, 4, 4, [0.8])
    padded = np.column_stack([X, np.full(100, 3.0), X[:, 0]])
    a, b = (permutation_test(view, Y, 2, permutations=9) for view in (X, padded))
    np.testing.assert_allclose(a.null, b.null, atol=1e-9)
    np.testing.assert_array_equal(a.p_values, b.p_values)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"X": np.full((20, 3), np.nan)}, "X holds NaN"),
        ({"Y": np.zeros((19, 3))}, "X has 20, Y has 19"),
        ({"Y": np.zeros((20, 3))}, "Y varies in 0 directions only"),
        ({"X": np.ones((1, 3)), "Y": np.ones((1, 3))}, "at least 3 pairs; got 1"),
        ({"n_components": 0}, "n_components must be a whole number of at least 1; got 0"),
        ({"n_components": 4}, "n_components=4 is too many: X varies in 3 directions"),
        ({"permutations": 0}, "permutations must be"),
        ({"permutations": 9.5}, "permutations must be"),
        ({"reg": -1}, "reg must be a finite number of at least 0; got -1"),
        ({"reg": np.inf}, "reg must be"),
    ],
)
def test_bad_input(change, words):
    rng = np.random.default_rng(0)
    given = {"X": rng.normal(size=(20, 3)), "Y": rng.normal(size=(20, 3)), "n_components": 1, "permutations": 9} | change
    with pytest.raises(ValueError, match=words):
        permutation_test(**given)


# Weighted similarity


def test_weights_multiply_both_sides_before_lengths_are_taken():
    rng = np.random.default_rng(0)
    A, B, r = rng.normal(size=(5, 3)), rng.normal(size=(4, 3)), np.array([0.9, 0.5, 0.1])
    for power in (1, 2.5):
        W = np.diag(r ** (2 * power))
        expected = A @ W @ B.T / np.sqrt(np.outer(np.diag(A @ W @ A.T), np.diag(B @ W @ B.T)))
        np.testing.assert_allclose(weighted_similarity(A, B, r, power), expected)
    np.testing.assert_allclose(weighted_similarity(A, B, r), weighted_similarity(torch.tensor(A), B, torch.tensor(r), 1))
    np.testing.assert_allclose(weighted_similarity(A, B, r, 0), cosine_similarity(A, B))


def test_a_row_without_length_is_similar_to_nothing():
    A = np.array([[0.0, 0.0], [0.0, 2.0]])
    np.testing.assert_array_equal(weighted_similarity(A, A, [1, 0]), np.zeros((2, 2)))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([[1.0, 2.0]], [[1.0, 2.0]], [0.5]), r"2 numbers of at least 0, one a column of A; got shape \(1,\)"),
        (([[1.0, 2.0]], [[1.0, 2.0]], [0.5, -0.1]), "smallest -0.1"),
        (([[1.0, 2.0]], [[1.0, 2.0]], [0.5, np.nan]), "at least 0"),
        (([[1.0, 2.0]], [[1.0]], [0.5, 0.5]), "equal numbers of columns"),
        (([[1.0, np.nan]], [[1.0, 2.0]], [0.5, 0.5]), "A holds NaN"),
        (([[1.0]], [[1.0]], [0.5], -1), "power must be a finite number of at least 0; got -1"),
        (([[1.0]], [[1.0]], [0.5], None), "power must be"),
    ],
)
def test_bad_input_of_weighted_similarity(arguments, words):
    with pytest.raises(ValueError, match=words):
        weighted_similarity(*arguments)
