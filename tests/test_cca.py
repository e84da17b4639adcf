"""CCA against its definition, against other people's implementations, in batches and shards, and on bad input."""

import pickle
import subprocess
import sys
import time
import tracemalloc

import numpy as np
import pytest
import scipy.linalg
import torch
from cca_zoo import linear as cca_zoo
from sklearn import cross_decomposition
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from mmlearn.align import CCA, Aligner, check_views, csls
from mmlearn.align.base import mean_correlation
from mmlearn.align.cca import leading_pairs, whitener
from mmlearn.align.moments import Moments


def two_views(n=400, p=9, q=7, shared=4, seed=0, offset=0.0):
    """Views with `shared` correlated directions of different strength, in columns of different scale."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((n, shared)) * np.linspace(3, 0.8, shared)
    X = common @ rng.standard_normal((shared, p)) + rng.standard_normal((n, p))
    Y = common @ rng.standard_normal((shared, q)) + rng.standard_normal((n, q))
    return X * np.geomspace(0.1, 10, p) + offset, Y * np.geomspace(5, 0.2, q) - offset


def principal_angle_correlations(X, Y):
    """Canonical correlations by another road: cosines between column spaces (Björck and Golub, 1973)."""
    Qx, Qy = (scipy.linalg.orth(view - view.mean(axis=0)) for view in (X, Y))
    return np.linalg.svd(Qx.T @ Qy, compute_uv=False)


def column_correlations(A, B):
    return np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(A.T, B.T, strict=True)])


# The definition


@pytest.mark.parametrize(("p", "q"), [(9, 7), (5, 8), (6, 6)])
def test_plain_cca_whitens_each_view_and_pairs_the_components(p, q):
    X, Y = two_views(p=p, q=q)
    k = min(p, q)
    cca = CCA(k, reg=0)
    A, B = cca.fit_transform(X, Y)
    covariance = np.cov(A, B, rowvar=False)
    np.testing.assert_allclose(covariance[:k, :k], np.eye(k), atol=1e-10)
    np.testing.assert_allclose(covariance[k:, k:], np.eye(k), atol=1e-10)
    np.testing.assert_allclose(covariance[:k, k:], np.diag(cca.correlations_), atol=1e-10)
    np.testing.assert_allclose(cca.correlations_, principal_angle_correlations(X, Y), atol=1e-10)


def test_ridge_cca_solves_the_generalised_eigenproblem():
    X, Y = two_views()
    C, p = np.cov(X, Y, rowvar=False), X.shape[1]
    for block in (slice(0, p), slice(p, None)):
        C[block, block] += 0.3 * np.trace(C[block, block]) / len(C[block, block]) * np.eye(len(C[block, block]))
    between = C.copy()
    between[:p, :p] = between[p:, p:] = 0
    expected = scipy.linalg.eigh(between, C - between, eigvals_only=True)[::-1][:5]
    np.testing.assert_allclose(CCA(5, reg=0.3).fit(X, Y).correlations_, expected, atol=1e-12)


def test_ridge_does_not_depend_on_the_unit_of_a_view():
    X, Y = two_views()
    A, B = CCA(4, reg=0.5).fit_transform(X, Y)
    A2, B2 = CCA(4, reg=0.5).fit_transform(1000 * X, Y / 1000)
    np.testing.assert_allclose(column_correlations(A2, B2), column_correlations(A, B), atol=1e-10)


def test_plain_cca_does_not_depend_on_the_unit_of_any_column():
    X, Y = two_views()
    units = 10.0 ** np.arange(-12, 6, 2)
    expected = CCA(7, reg=0).fit(X, Y)
    np.testing.assert_allclose(CCA(7, reg=0).fit(X * units, Y).correlations_, expected.correlations_, atol=1e-9)


def test_same_correlations_as_two_other_implementations():
    X, Y = two_views(n=600)
    ours = CCA(3, reg=0).fit(X, Y).correlations_
    zoo = column_correlations(*cca_zoo.CCA(n_components=3).fit_transform([X, Y]))
    peer = cross_decomposition.CCA(n_components=3, max_iter=20_000, tol=1e-14).fit(X, Y)
    np.testing.assert_allclose(ours, zoo, atol=1e-9)
    np.testing.assert_allclose(ours, column_correlations(*peer.transform(X, Y)), atol=1e-6)


def test_much_faster_than_scikit_learn():
    X, Y = two_views(n=1000, p=40, q=30, shared=12)

    def seconds(work):
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    CCA(10, reg=0).fit(X, Y)
    ours = min(seconds(lambda: CCA(10, reg=0).fit(X, Y)) for _ in range(5))
    theirs = seconds(lambda: cross_decomposition.CCA(n_components=10, max_iter=3000).fit(X, Y))
    assert theirs > 10 * ours


def test_truncated_singular_vectors_equal_a_full_decomposition():
    rng = np.random.default_rng(0)
    for shape in ((30, 20), (20, 30)):
        M = rng.standard_normal(shape) * np.geomspace(1, 1e-7, shape[1])
        U, s, V = leading_pairs(M, 12)
        np.testing.assert_allclose(s, np.linalg.svd(M, compute_uv=False)[:12], atol=1e-8)
        np.testing.assert_allclose(U.T @ U, np.eye(12), atol=1e-12)
        np.testing.assert_allclose(U.T @ M @ V, np.diag(s), atol=1e-8)


def test_whitener_leaves_out_what_does_not_vary():
    rng = np.random.default_rng(0)
    base = rng.standard_normal((50, 3))
    covariance = np.cov(np.column_stack([base, base.sum(axis=1), np.full(50, 7.0)]), rowvar=False)
    W = whitener(covariance)
    assert W.shape == (5, 3)
    np.testing.assert_allclose(W.T @ covariance @ W, np.eye(3), atol=1e-10)
    assert whitener(covariance, reg=0.1).shape == (5, 5)


# Awkward data


@pytest.mark.parametrize("reg", [0, 0.1])
def test_constant_columns_get_no_weight_and_change_nothing(reg):
    X, Y = two_views()
    padded = np.insert(X, 2, 0.1, axis=1)
    cca = CCA(4, reg=reg).fit(padded, Y)
    np.testing.assert_allclose(cca.weights_[0][2], 0, atol=1e-12)
    if reg == 0:
        np.testing.assert_allclose(cca.correlations_, CCA(4, reg=0).fit(X, Y).correlations_, atol=1e-10)
    assert np.isfinite(cca.transform(padded + 1, view=0)).all()


def test_repeated_columns_do_not_change_plain_cca():
    X, Y = two_views()
    repeated = np.column_stack([X, X @ np.ones(9), X[:, 0]])
    np.testing.assert_allclose(
        CCA(5, reg=0).fit(repeated, Y).correlations_, CCA(5, reg=0).fit(X, Y).correlations_, atol=1e-9
    )


def test_more_columns_than_pairs():
    X, Y = two_views(n=30, p=50, q=40)
    np.testing.assert_allclose(CCA(20, reg=0).fit(X, Y).correlations_, 1, atol=1e-9)
    ridged = CCA(20, reg=0.1).fit(X, Y)
    assert (ridged.correlations_ < 1).all()
    assert (np.diff(ridged.correlations_) <= 0).all()


def test_columns_far_from_zero_lose_no_digits():
    X, Y = two_views()
    far, away = two_views(offset=1e6)
    np.testing.assert_allclose(CCA(5, 0).fit(far, away).correlations_, CCA(5, 0).fit(X, Y).correlations_, atol=1e-8)


def test_independent_views_have_small_held_out_correlation():
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((300, 40)), rng.standard_normal((300, 30))
    cca = CCA(10, reg=0).fit(X[:150], Y[:150])
    assert cca.score(X[:150], Y[:150]) > 0.6, "it fits noise"
    assert abs(cca.score(X[150:], Y[150:])) < 0.15, "and held-out pairs show it"


# Batches and shards


@pytest.mark.parametrize("offset", [0.0, 1e4])
@pytest.mark.parametrize("cuts", [[1, 2, 30], [200], [399]])
def test_batches_and_shards_equal_one_fit(cuts, offset):
    X, Y = two_views(offset=offset)
    whole = CCA(4, reg=0.1).fit(X, Y)
    stream, shards = CCA(4, reg=0.1), []
    for x, y in zip(np.split(X, cuts), np.split(Y, cuts), strict=True):
        stream.partial_fit(x, y)
        shards.append(CCA(4, reg=0.1).partial_fit(x, y))
    total = CCA(4, reg=0.1)
    for shard in shards:
        total.merge(shard)
    for other in (stream, total):
        np.testing.assert_allclose(other.correlations_, whole.correlations_, atol=1e-10)
        for ours, theirs in zip(other.transform(X, Y), whole.transform(X, Y), strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-10 * max(1, offset))
        np.testing.assert_allclose(other.score(X, Y), whole.score(X, Y), atol=1e-10)


def test_new_pairs_change_the_solution_and_fit_forgets_the_old():
    X, Y = two_views()
    cca = CCA(3).fit(X[:100], Y[:100])
    before = cca.correlations_
    assert not np.allclose(cca.partial_fit(X[100:], Y[100:]).correlations_, before)
    np.testing.assert_array_equal(cca.fit(X[:100], Y[:100]).correlations_, before)


def test_merge_solves_anew_with_other_parameters_and_without_data():
    X, Y = two_views()
    old = CCA(6, reg=0.1).fit(X, Y)
    anew = CCA(3, reg=2.0).merge(old)
    np.testing.assert_array_equal(anew.correlations_, CCA(3, reg=2.0).fit(X, Y).correlations_)
    assert old.n_components == 6


def test_memory_of_partial_fit_does_not_grow_with_the_pairs():
    def peak(batches):
        rng, cca = np.random.default_rng(0), CCA(5)
        tracemalloc.start()
        for _ in range(batches):
            cca.partial_fit(rng.standard_normal((256, 60)), rng.standard_normal((256, 40)))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(3)
    assert peak(60) < 1.2 * peak(6)


def test_moments_of_parts_merge_to_those_of_the_whole():
    rows = np.random.default_rng(0).standard_normal((50, 4)) + 100
    merged = Moments.of(rows[:1]).merge(Moments.of(rows[1:20])).merge(Moments.of(rows[20:]))
    assert merged.count == 50
    np.testing.assert_allclose(merged.mean, rows.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(merged.covariance, np.cov(rows, rowvar=False), rtol=1e-11)


# The manners of scikit-learn


def test_parameters_clone_and_pickle():
    X, Y = two_views()
    cca = CCA(3, reg=0.2).fit(X, Y)
    assert cca.get_params() == {"n_components": 3, "reg": 0.2}
    fresh = clone(cca).set_params(n_components=2)
    assert not hasattr(fresh, "weights_") and not hasattr(fresh, "correlations_") and not hasattr(fresh, "means_")
    again = pickle.loads(pickle.dumps(cca))
    np.testing.assert_array_equal(again.transform(X, view=0), cca.transform(X, view=0))


def test_forms_of_input_agree():
    X, Y = two_views()
    cca = CCA(3).fit(X, Y)
    A, B = cca.transform(X, Y)
    for other in (CCA(3).fit([X, Y]), CCA(3).fit(X.tolist(), Y.tolist()), CCA(3).fit(torch.tensor(X), torch.tensor(Y))):
        np.testing.assert_allclose(other.transform([X, Y])[0], A, atol=1e-12)
    np.testing.assert_array_equal(cca.transform(X, view=0), A)
    np.testing.assert_array_equal(cca.transform(torch.tensor(Y, requires_grad=True), view=1), B)
    np.testing.assert_array_equal(cca.transform(Y[3:4], view=1).shape, (1, 3))
    half = CCA(3).fit(torch.tensor(X).bfloat16(), torch.tensor(Y).half())
    np.testing.assert_allclose(half.correlations_, cca.correlations_, atol=0.02)


def test_single_precision_input_is_computed_in_double():
    X, Y = (view.astype(np.float32) for view in two_views(offset=1000.0))
    expected = CCA(4, reg=0).fit(X.astype(float), Y.astype(float))
    np.testing.assert_array_equal(CCA(4, reg=0).fit(X, Y).correlations_, expected.correlations_)


def test_input_is_not_changed_and_signs_are_settled():
    X, Y = two_views()
    kept = X.copy(), Y.copy()
    a = CCA(4).fit(X, Y).weights_
    np.testing.assert_array_equal(X, kept[0])
    np.testing.assert_array_equal(Y, kept[1])
    b = CCA(4).fit(X[::-1], Y[::-1]).weights_
    for one, other in zip(a, b, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)
    assert (a[0][np.abs(a[0]).argmax(axis=0), range(4)] > 0).all()


def test_score_is_the_mean_correlation_of_the_components():
    X, Y = two_views(n=500)
    cca = CCA(4, reg=0.1).fit(X[:300], Y[:300])
    A, B = cca.transform(X[300:], Y[300:])
    assert cca.score(X[300:], Y[300:]) == pytest.approx(column_correlations(A, B).mean(), abs=1e-12)
    assert CCA(4, 0).fit(X, Y).score(X, Y) == pytest.approx(CCA(4, 0).fit(X, Y).correlations_.mean(), abs=1e-10)
    assert mean_correlation([np.ones((5, 1)), np.arange(5.0)[:, None]]) == 0


def test_importing_align_does_not_import_torch():
    code = "import sys, mmlearn.align, mmlearn.evaluate; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_aligner_of_three_views_needs_only_fit_and_embed():
    class FirstColumns(Aligner):
        def fit(self, X, Y=None):
            self.n_features_ = tuple(view.shape[1] for view in check_views(X, Y))
            return self

        def _embed(self, view, i):
            return view[:, :2]

    views = [np.random.default_rng(i).standard_normal((6, 3 + i)) for i in range(3)]
    aligner = FirstColumns().fit(views)
    assert [a.shape for a in aligner.transform(views)] == [(6, 2)] * 3
    np.testing.assert_array_equal(aligner.transform(views[2], view=2), views[2][:, :2])
    with pytest.raises(ValueError, match="3 views were fitted; got 2"):
        aligner.transform(views[0], views[1])


# Bad input

GOOD = np.random.default_rng(0).standard_normal((20, 5))
BAD_NUMBER = np.where(np.arange(100).reshape(20, 5) == 37, np.nan, GOOD)


@pytest.mark.parametrize(
    ("X", "Y", "words"),
    [
        (BAD_NUMBER, GOOD, "X holds NaN or infinite values in 1 of its 20 rows, the first of them row 7"),
        (GOOD, GOOD * np.inf, "Y holds NaN or infinite"),
        (GOOD, GOOD[:19], "X has 20, Y has 19"),
        ([GOOD, GOOD[:19]], None, r"views\[0\] has 20, views\[1\] has 19"),
        (GOOD[:, 0], GOOD, "X must have two dimensions"),
        (GOOD, GOOD[None], "Y must have two dimensions"),
        (GOOD[:0], GOOD[:0], "X is empty"),
        (GOOD[:, :0], GOOD, "X is empty"),
        (GOOD.astype(str), GOOD, "X must be a dense array of real numbers"),
        (GOOD + 1j, GOOD, "X must be a dense array of real numbers"),
        ([[1, 2], [3]], GOOD, "X must be a regular array"),
        (GOOD, None, "Y is missing"),
        ([GOOD], None, "at least two views"),
        ([GOOD, GOOD, GOOD], None, "CCA aligns two views, X and Y; got 3"),
        (GOOD[:3], GOOD[:3], "n_components=3 needs at least 4 pairs; got 3"),
        (GOOD[:, :2], GOOD, "n_components=3 is too many: X has 2 columns"),
        (GOOD, np.ones((20, 5)), "Y varies in 0 directions"),
        (GOOD[:, [0, 0, 0, 1, 1]], GOOD, "X varies in 2 directions"),
        (1e200 * GOOD, GOOD, "values too large to square"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_bad_views(X, Y, words):
    with pytest.raises(ValueError, match=words):
        CCA(3, reg=0).fit(X, Y)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"n_components": 0}, "n_components must be a whole number of at least 1; got 0"),
        ({"n_components": 2.5}, "n_components must be"),
        ({"n_components": True}, "n_components must be"),
        ({"n_components": "all"}, "n_components must be"),
        ({"reg": -0.1}, "reg must be a finite number of at least 0; got -0.1"),
        ({"reg": np.nan}, "reg must be"),
        ({"reg": np.inf}, "reg must be"),
        ({"reg": None}, "reg must be"),
    ],
)
def test_bad_parameters(parameters, words):
    with pytest.raises(ValueError, match=words):
        CCA(**parameters).fit(GOOD, GOOD)


def test_bad_use():
    with pytest.raises(NotFittedError, match="has not been fitted"):
        CCA().transform(GOOD, view=0)
    with pytest.raises(NotFittedError, match="has not been fitted"):
        CCA().merge(CCA())
    cca = CCA(2).fit(GOOD, GOOD[:, :3])
    for words, misuse in {
        "view 1 was fitted with 3 columns; got 5": lambda: cca.transform(GOOD, GOOD),
        "view 0 was fitted with 5 columns; got 4": lambda: cca.transform(GOOD[:, :4], view=0),
        "view is 2; accepted are 0 to 1": lambda: cca.transform(GOOD, view=2),
        "Y is missing": lambda: cca.transform(GOOD),
        "got both Y and view": lambda: cca.transform(GOOD, GOOD, view=0),
        r"fitted with \(5, 3\) columns; got \(5, 5\)": lambda: cca.partial_fit(GOOD, GOOD),
        "other must be a CCA": lambda: cca.merge(GOOD),
        "at least 2 pairs": lambda: cca.score(GOOD[:1], GOOD[:1, :3]),
    }.items():
        with pytest.raises(ValueError, match=words):
            misuse()


def test_too_few_pairs_in_a_stream_are_told_when_the_solution_is_needed():
    cca = CCA(4).partial_fit(GOOD[:2], GOOD[:2])
    with pytest.raises(ValueError, match="needs at least 5 pairs; got 2"):
        cca.transform(GOOD, view=0)
    assert cca.partial_fit(GOOD[2:], GOOD[2:]).correlations_.shape == (4,)


# CSLS


def test_csls_by_hand_and_against_hubs():
    similarity = np.array([[0.9, 0.8, 0.1], [0.2, 0.7, 0.3]])
    expected = 2 * similarity - np.array([[0.85], [0.5]]) - np.array([0.55, 0.75, 0.2])
    np.testing.assert_allclose(csls(similarity, neighbours=2), expected, atol=1e-12)
    hub = np.array([[0.5, 0.6, 0.0], [0.0, 0.6, 0.0], [0.0, 0.6, 0.5]])
    assert (hub.argmax(axis=1) == 1).all()
    np.testing.assert_array_equal(csls(torch.tensor(hub), neighbours=2).argmax(axis=1), [0, 1, 2])
    with pytest.raises(ValueError, match="neighbours must be from 1 to 3"):
        csls(hub, neighbours=4)
