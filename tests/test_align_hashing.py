"""Binary codes: the rotation, the packing, the distances, the search, and that codes find pairs."""

import numpy as np
import pytest
from sklearn.base import clone

from mmlearn import evaluate
from mmlearn.align import CrossModalHash, hamming_distances, hamming_search, itq_rotation, pack_bits

RNG = np.random.default_rng(0)


def quantisation_error(V, R):
    Z = V @ R
    return float(((np.where(Z >= 0, 1, -1) - Z) ** 2).sum())


def pairs(n=600, shared=12, noise=0.5, seed=0):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n, shared))
    return [Z @ rng.standard_normal((shared, d)) + noise * rng.standard_normal((n, d)) for d in (40, 30)]


def test_the_rotation_is_one_and_its_error_falls():
    V = RNG.standard_normal((500, 8)) * np.linspace(2, 0.1, 8)
    errors = []
    for iterations in (0, 1, 5, 30):
        R = itq_rotation(V, iterations, seed=3)
        np.testing.assert_allclose(R.T @ R, np.eye(8), atol=1e-10)
        errors.append(quantisation_error(V, R))
    assert errors == sorted(errors, reverse=True) and errors[-1] < 0.97 * errors[0]


def test_points_on_a_turned_cube_are_found_exactly():
    """Corners of a cube, turned: some rotation makes them ±1, with no error left. From a start not far off, ITQ finds it."""
    corners = RNG.choice([-1.0, 1.0], size=(400, 4))
    turn = np.linalg.qr(RNG.standard_normal((4, 4)))[0]
    V = corners @ turn
    least = min(quantisation_error(V, itq_rotation(V, 100, seed)) for seed in range(8))
    assert least < 1e-15 * len(V) * 4


def test_bits_are_packed_and_distances_counted():
    Z = RNG.standard_normal((30, 70))  # neither a whole byte nor a whole word
    Z[0, 0] = 0
    codes = pack_bits(Z)
    assert codes.dtype == np.uint8 and codes.shape == (30, 9) and codes[0, 0] >= 128
    differ = ((Z >= 0)[:, None] != (Z >= 0)[None]).sum(axis=2)
    np.testing.assert_array_equal(hamming_distances(codes, codes), differ)


def test_hamming_search_sorts_by_distance_then_number():
    items = RNG.integers(0, 256, size=(3000, 1), dtype=np.uint8)
    queries = RNG.integers(0, 256, size=(7, 1), dtype=np.uint8)
    D = hamming_distances(queries, items)
    order = np.argsort(D, axis=1, kind="stable")[:, :40]
    distances, ids = hamming_search(queries, items, 40)
    np.testing.assert_array_equal(ids, order)
    np.testing.assert_array_equal(distances, np.take_along_axis(D, order, axis=1))


def test_hamming_distances_equal_faiss():
    faiss = pytest.importorskip("faiss")
    items, queries = (RNG.integers(0, 256, size=(n, 8), dtype=np.uint8) for n in (500, 9))
    index = faiss.IndexBinaryFlat(64)
    index.add(items)
    np.testing.assert_array_equal(index.search(queries, 10)[0], hamming_search(queries, items, 10)[0])


def test_codes_find_pairs_better_after_the_rotation_and_worse_than_real_numbers():
    X, Y = pairs()
    R = {}
    for iterations in (0, 50):
        model = CrossModalHash(12, iterations=iterations).fit(X[:400], Y[:400])
        distances = hamming_distances(model.codes(Y[400:], view=1), model.codes(X[400:], view=0))
        R[iterations] = evaluate.recall_at_k(-distances, 10)
    A, B = model.cca_.transform(X[400:], Y[400:])
    real = evaluate.recall_at_k(evaluate.cosine_similarity(B, A), 10)
    assert 2 * evaluate.chance(200, 10) < R[50] < real and R[50] > 0.5


def test_an_aligner_like_others():
    X, Y = pairs()
    model = CrossModalHash(16, seed=2).fit([X, Y])
    A, B = model.transform(X, Y)
    assert A.shape == B.shape == (600, 16) and model.codes(X, view=0).shape == (600, 2)
    np.testing.assert_array_equal(model.codes(Y, view=1), pack_bits(B))
    again = clone(model).fit(X, Y)
    np.testing.assert_array_equal(again.rotation_, model.rotation_)
    assert model.score(X, Y) > 0.3


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: itq_rotation(np.full((3, 2), np.nan)), "V holds NaN"),
        (lambda: itq_rotation(np.ones((3, 2)), -1), "iterations is -1"),
        (lambda: hamming_distances(np.ones((3, 2)), np.ones((3, 2), np.uint8)), "A must be codes uint8.* got float64"),
        (lambda: hamming_distances(np.ones((3, 1), np.uint8), np.ones((3, 2), np.uint8)), "got 1 and 2 bytes"),
        (lambda: hamming_search(np.ones((3, 1), np.uint8), np.ones((4, 1), np.uint8), 5), "k must be .* from 1 to 4.* got 5"),
        (lambda: hamming_search(np.ones((3, 1), np.uint8), np.ones((0, 1), np.uint8), 5), "B must be codes"),
        (lambda: CrossModalHash(8).fit(np.ones((9, 3)), np.ones((8, 3))), "X has 9, Y has 8"),
        (lambda: CrossModalHash(8).fit(RNG.normal(size=(9, 3)), RNG.normal(size=(9, 3))), "n_components=8 is too many"),
        (lambda: CrossModalHash(8).transform(np.ones((9, 3)), view=0), "not been fitted"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
