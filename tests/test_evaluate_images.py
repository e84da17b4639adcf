"""Distances between sets of pictures' features: beside torchmetrics, closed forms, and bad input."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlearn.evaluate import diversity, frechet_distance, kernel_distance

torchmetrics = pytest.importorskip("torchmetrics")


def sets(seed=0, n=200, m=150, d=12, gap=0.5):
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(d, d))
    return rng.normal(size=(n, d)) @ mix, rng.normal(size=(m, d)) @ mix.T + gap


@pytest.mark.parametrize("seed", range(3))
def test_frechet_equals_torchmetrics(seed):
    from torchmetrics.image.fid import _compute_fid

    a, b = sets(seed)
    moments = [torch.from_numpy(x) for s in (a, b) for x in (s.mean(0), np.cov(s.T))]
    assert frechet_distance(a, b) == pytest.approx(float(_compute_fid(*moments)), rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_kernel_equals_torchmetrics(seed):
    from torchmetrics.image.kid import poly_mmd

    a, b = sets(seed, n=60, m=60)
    assert kernel_distance(a, b) == pytest.approx(float(poly_mmd(torch.from_numpy(a), torch.from_numpy(b))), rel=1e-6)


def test_two_normals_with_known_moments():
    """Diagonal covariances: the sum of (μ - ν)² + (σ - τ)² over the dimensions."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=(200_000, 3)) * [1, 2, 3]
    b = rng.normal(size=(200_000, 3)) * [2, 2, 1] + [0, 1, 0]
    assert frechet_distance(a, b) == pytest.approx(1 + 0 + 4 + 1, rel=0.02)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000), st.integers(2, 40), st.integers(1, 8))
def test_a_set_is_at_no_distance_from_itself_and_distances_have_no_direction(seed, n, d):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(n, d)), rng.normal(size=(n + 3, d)) + 1
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6 * d * n)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-6)
    assert frechet_distance(a, b[::-1]) == pytest.approx(frechet_distance(a, b), rel=1e-9), "order says nothing"
    assert kernel_distance(a, b) == pytest.approx(kernel_distance(b, a), rel=1e-9)


def test_fewer_examples_than_features_are_counted_all_the_same():
    a, b = sets(n=5, m=4)
    direct = np.linalg.eigvals(np.cov(a.T) @ np.cov(b.T)).real.clip(0)
    gap = a.mean(0) - b.mean(0)
    expected = gap @ gap + np.trace(np.cov(a.T)) + np.trace(np.cov(b.T)) - 2 * np.sqrt(direct).sum()
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-5)


def test_the_kernel_distance_of_equal_worlds_is_nothing_on_average_and_the_frechet_distance_is_not():
    rng = np.random.default_rng(0)
    pairs = [(rng.normal(size=(50, 5)), rng.normal(size=(50, 5))) for _ in range(200)]
    kernel = [kernel_distance(*pair) for pair in pairs]
    assert abs(np.mean(kernel)) < 3 * np.std(kernel) / np.sqrt(200) and min(kernel) < 0
    assert min(frechet_distance(*pair) for pair in pairs) > 0.1


def test_a_generator_that_draws_one_picture_is_far_by_both():
    a, _ = sets()
    one = np.tile(a[:1], (200, 1))
    other = np.random.default_rng(5).permutation(a)[:150]
    assert frechet_distance(a, one) > 5 * frechet_distance(a[:150], other)
    assert kernel_distance(a, one) > 5 * abs(kernel_distance(a[:150], other))


def test_diversity_is_the_mean_distance_of_two_and_within_groups():
    x = np.array([[0.0, 0], [3, 4], [0, 0], [0, 2], [9, 9]])
    assert diversity(x[:2]) == 5
    assert diversity(x, ["a", "a", "b", "b", "c"]) == pytest.approx((5 + 2) / 2)
    assert diversity(np.ones((4, 2))) == 0
    assert diversity(torch.tensor(x[:2])) == 5
    pairs = [np.linalg.norm(x[i] - x[j]) for i in range(5) for j in range(i)]
    assert diversity(x) == pytest.approx(np.mean(pairs))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: frechet_distance(np.ones((3, 2)), np.ones((3, 4))), "of one width"),
        (lambda: frechet_distance(np.ones((1, 2)), np.ones((3, 2))), "at least two vectors"),
        (lambda: kernel_distance(np.ones((3, 2)), np.ones((1, 2))), "at least two vectors"),
        (lambda: kernel_distance(np.ones((3, 2, 2)), np.ones((3, 2))), "a must have two dimensions"),
        (lambda: frechet_distance(np.full((3, 2), np.nan), np.ones((3, 2))), "a holds NaN"),
        (lambda: diversity(np.ones((3, 2)), ["a", "b", "c"]), "no group has two pictures"),
        (lambda: diversity(np.ones((3, 2)), ["a", "b"]), "groups has 2 entries; accepted are 3"),
        (lambda: diversity(np.ones((1, 2))), "no group has two pictures"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
