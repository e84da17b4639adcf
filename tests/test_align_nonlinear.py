"""Kernel CCA, generalised CCA and deep CCA: equal to what they must equal, and one sentence for what they cannot use."""

import numpy as np
import pytest
import torch
from sklearn.base import clone

from benchmarks.cca import correlations, two_views
from mmlearn.align import CCA, GCCA, CorrelationLoss, DeepCCA, KernelCCA, median_gamma, total_correlation
from mmlearn.align.kernel_cca import squared_distances


@pytest.fixture(scope="module")
def pairs():
    return two_views(240, 12, 9, 4, seed=0)


@pytest.fixture(scope="module")
def square():
    """Views that share a number, one of them its square: no straight line helps."""
    rng = np.random.default_rng(0)
    shared = rng.standard_normal((900, 1))
    return [np.hstack([f, rng.standard_normal((900, 1))]) + 0.1 * rng.standard_normal((900, 2)) for f in (shared, shared**2)]


# kernel CCA -----------------------------------------------------------------------------------------------------------


def test_a_linear_kernel_gives_cca(pairs):
    X, Y = pairs
    np.testing.assert_allclose(
        KernelCCA("linear", n_components=4, reg=0).fit(X, Y).correlations_, CCA(4, reg=0).fit(X, Y).correlations_, atol=1e-10
    )
    square = X[:, :9]  # views of equal width, so that one ridge of CCA is one ridge here
    kernel, plain = KernelCCA("linear", n_components=3, reg=0.1 / 9).fit(square, Y), CCA(3, reg=0.1).fit(square, Y)
    for ours, theirs in zip(kernel.transform(square + 1, Y), plain.transform(square + 1, Y), strict=True):
        np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=1e-8)


@pytest.mark.parametrize("kernel", ["rbf", "linear", "poly"])
def test_kernel_cca_finds_what_cca_zoo_finds(pairs, kernel):
    from cca_zoo.nonparametric import KCCA

    X, Y = pairs
    gammas = (0.03, 0.05)
    ours = KernelCCA(kernel, gamma=gammas, n_components=4, reg=0.02).fit(X[:120], Y[:120])
    ridges = []
    for kept in ours.features_:
        K = ours._kernel(kept.rows, kept.rows, kept.gamma)
        ridges.append(0.02 * (np.trace(K) - K.mean() * len(K)) / (len(K) - 1))
    shrinkage = [ridge / (1 + ridge) for ridge in ridges]
    theirs = KCCA(4, kernel=kernel, gamma=list(gammas), shrinkage=shrinkage).fit([X[:120], Y[:120]])
    for rows in (slice(120), slice(120, None)):
        got, expected = correlations(*ours.transform(X[rows], Y[rows])), correlations(*theirs.transform([X[rows], Y[rows]]))
        np.testing.assert_allclose(got, expected, atol=1e-8)


def test_whitened_training_pairs_have_the_correlations_that_are_told(pairs):
    """Without ridge, and with features fewer than pairs, embeddings have variance one and correlate as `correlations_` says."""
    X, Y = pairs
    kcca = KernelCCA("poly", degree=2, n_components=3, reg=0).fit(X[:, :3], Y[:, :3])
    A, B = kcca.transform(X[:, :3], Y[:, :3])
    np.testing.assert_allclose(np.cov(A.T), np.eye(3), atol=1e-6)
    np.testing.assert_allclose(correlations(A, B), kcca.correlations_, atol=1e-8)


def test_a_gaussian_kernel_sees_a_square(square):
    train, test = [v[:500] for v in square], [v[500:] for v in square]
    assert abs(CCA(1, reg=0.1).fit(*train).score(*test)) < 0.2
    assert KernelCCA(n_components=1).fit(*train).score(*test) > 0.85


def test_without_ridge_a_gaussian_kernel_always_agrees():
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((2, 80, 3))
    loose = KernelCCA(n_components=10, gamma=1.0, reg=0).fit(X[:40], Y[:40])
    np.testing.assert_allclose(loose.correlations_, 1, atol=1e-6)
    assert abs(loose.score(X[40:], Y[40:])) < 0.3


def test_a_kernel_of_ones_own(pairs):
    X, Y = pairs
    own = KernelCCA(lambda A, B: A @ B.T, n_components=3).fit(X, Y)
    np.testing.assert_allclose(own.correlations_, KernelCCA("linear", n_components=3).fit(X, Y).correlations_, atol=1e-10)
    with pytest.raises(ValueError, match=r"kernel returned shape \(240, 12\)"):
        KernelCCA(lambda A, B: A, n_components=3).fit(X, Y)


def test_the_median_heuristic():
    X = np.array([[0.0], [1.0], [3.0]])  # distances 1, 2, 3
    assert median_gamma(X) == pytest.approx(1 / 8)
    assert median_gamma(np.ones((5, 2))) == 1
    mostly = np.r_[np.zeros((8, 1)), np.ones((2, 1))]  # more than half of the distances are 0
    assert median_gamma(mostly) == pytest.approx(0.5)
    assert (squared_distances(X, X).diagonal() == 0).all()
    twice = np.repeat(np.random.default_rng(0).standard_normal((1200, 3)), 2, axis=0)
    assert 0.05 < median_gamma(twice) < 0.2


def test_duplicated_pairs_change_nothing_but_their_weight(pairs):
    X, Y = pairs
    once = KernelCCA(gamma=0.05, n_components=3, reg=0.05).fit(X, Y)
    twice = KernelCCA(gamma=0.05, n_components=3, reg=0.05).fit(np.r_[X, X], np.r_[Y, Y])
    np.testing.assert_allclose(once.correlations_, twice.correlations_, atol=1e-9)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"kernel": "gauss"}, "kernel is 'gauss'; accepted are rbf, linear, poly or a function"),
        ({"gamma": 0}, "gamma must be None, a number above 0"),
        ({"gamma": (1, 2, 3)}, "gamma must be None"),
        ({"n_components": 0}, "n_components must be a whole number"),
        ({"reg": -1}, "reg must be a finite number"),
        ({"n_components": 240}, "needs at least 241 pairs; got 240"),
        ({"kernel": "linear", "n_components": 10}, "Y varies in 9 directions only"),
    ],
)
def test_kernel_cca_says_what_it_cannot_use(pairs, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        KernelCCA(**{"n_components": 2, **options}).fit(*pairs)


# generalised CCA ------------------------------------------------------------------------------------------------------


def three(pairs):
    X, Y = pairs
    return [X, Y, X[:, :6] @ np.random.default_rng(1).standard_normal((6, 7)) + Y[:, :7]]


@pytest.mark.parametrize("reg", [0, 0.3])
def test_gcca_finds_what_cca_zoo_finds(pairs, reg):
    from cca_zoo import linear as cca_zoo

    views = three(pairs)
    ours = GCCA(4, reg=reg).fit(views)
    ridges = [reg * view.var(axis=0, ddof=1).mean() for view in views]
    shrinkage = [ridge / (1 + ridge) for ridge in ridges]
    theirs = cca_zoo.GCCA(4, shrinkage=shrinkage, view_weights=[1 - c for c in shrinkage]).fit(views)
    A, B = ours.transform(views), theirs.transform(views)
    for i, j in [(0, 1), (0, 2), (1, 2)]:
        np.testing.assert_allclose(correlations(A[i], A[j]), correlations(B[i], B[j]), atol=1e-8)


def test_gcca_of_two_views_is_cca(pairs):
    X, Y = pairs
    gcca, cca = GCCA(4, reg=0).fit(X, Y), CCA(4, reg=0).fit(X, Y)
    np.testing.assert_allclose(gcca.correlations_, cca.correlations_, atol=1e-10)
    np.testing.assert_allclose(correlations(*gcca.transform(X, Y)), cca.correlations_, atol=1e-10)


def test_the_shares_are_what_each_view_predicts_of_the_shared_variable(pairs):
    views = three(pairs)
    gcca = GCCA(3, reg=0).fit(views)
    E = gcca.transform(views)
    t = sum(E) / gcca.shares_  # the shared variables: the sum of the views' whitened parts, brought to variance one
    np.testing.assert_allclose(np.cov(t.T), np.eye(3), atol=1e-8)
    explained = sum(correlations(t, e) ** 2 for e in E)
    np.testing.assert_allclose(explained, gcca.shares_, atol=1e-8)


def test_gcca_in_batches_and_shards_equals_one_fit(pairs):
    views = three(pairs)
    whole, batches = GCCA(3).fit(views), GCCA(3)
    for start in range(0, 240, 70):
        batches.partial_fit([view[start : start + 70] for view in views])
    shards = GCCA(3).fit([v[:100] for v in views]).merge(GCCA(3).fit([v[100:] for v in views]))
    for other in (batches, shards):
        np.testing.assert_allclose(other.shares_, whole.shares_, atol=1e-10)
        np.testing.assert_allclose(other.transform(views)[2], whole.transform(views)[2], atol=1e-8)


def test_gcca_says_what_it_cannot_use(pairs):
    views = three(pairs)
    with pytest.raises(ValueError, match="equal numbers of rows"):
        GCCA(2).fit([views[0], views[1][:-1], views[2]])
    with pytest.raises(ValueError, match="at least two views"):
        GCCA(2).fit([views[0]])
    with pytest.raises(ValueError, match=r"views\[1\] holds NaN"):
        GCCA(2).fit([views[0], views[1] * np.nan, views[2]])
    with pytest.raises(ValueError, match="view 1 varies in 0 directions only"):
        GCCA(2).fit([views[0], np.ones((240, 4)), views[2]])
    with pytest.raises(ValueError, match="view 2 has 7 columns"):
        GCCA(8).fit(views)
    with pytest.raises(ValueError, match="at least 3 rows of each view; got 1"):
        GCCA(2).fit([view[:1] for view in views])
    with pytest.raises(ValueError, match="other must be a GCCA; got CCA"):
        GCCA(2).merge(CCA(2).fit(*views[:2]))
    with pytest.raises(ValueError, match="columns were fitted"):
        GCCA(2).fit(views).partial_fit(views[:2])
    with pytest.raises(ValueError, match="has not been fitted"):
        GCCA(2).transform(views)


# deep CCA -------------------------------------------------------------------------------------------------------------


def test_the_loss_is_minus_the_sum_of_the_canonical_correlations(pairs):
    A, B = (torch.from_numpy(view) for view in pairs)
    for reg in (1e-3, 0.2):
        expected = CCA(9, reg=reg).fit(*pairs).correlations_.sum()
        assert total_correlation(A, B, reg).item() == pytest.approx(expected, abs=1e-6)
    assert CorrelationLoss(0.2)([A, B]).item() == pytest.approx(-expected, abs=1e-6)
    assert total_correlation(A.float(), B.float()).dtype == torch.float32


def test_the_gradient_is_right(pairs):
    A, B = (torch.from_numpy(view[:30, :4]).requires_grad_() for view in pairs)
    assert torch.autograd.gradcheck(lambda a, b: total_correlation(a, b, 1e-2), (A, B))


@pytest.mark.parametrize("trouble", ["constant", "zero", "twins", "few", "one direction", "equal views", "huge"])
def test_gradients_are_numbers_whatever_the_networks_give(trouble):
    generator = torch.Generator().manual_seed(0)
    A, B = torch.randn(2, 50, 8, generator=generator)
    if trouble == "constant":
        A = torch.ones_like(A)
    elif trouble == "zero":
        A, B = torch.zeros_like(A), torch.zeros_like(B)
    elif trouble == "twins":
        A = A[:, :1].repeat(1, 8)
    elif trouble == "few":
        A, B = A[:4], B[:4]
    elif trouble == "one direction":
        A = A[:, :1] @ torch.ones(1, 8) + 5
    elif trouble == "equal views":
        B = A.clone()
    elif trouble == "huge":
        A = A * 1e15
    A.requires_grad_()
    value = total_correlation(A, B)
    value.backward()
    assert torch.isfinite(value) and torch.isfinite(A.grad).all()
    assert -1e-6 <= value.item() <= 8 + 1e-6


def test_the_loss_says_what_it_cannot_use():
    with pytest.raises(ValueError, match="at least 2 pairs in a batch; got 1"):
        total_correlation(torch.ones(1, 3), torch.ones(1, 3))
    with pytest.raises(ValueError, match="equal n; got"):
        total_correlation(torch.ones(4, 3), torch.ones(5, 3))


@pytest.fixture(scope="module")
def deep(square):
    train, val = [v[:600] for v in square], [v[600:700] for v in square]
    return DeepCCA(n_components=1, hidden=(32,), steps=120, batch=128, lr=1e-2, every=30).fit(*train, validation=val)


def test_deep_cca_sees_a_square(square, deep):
    test = [v[700:] for v in square]
    assert abs(CCA(1, reg=0.1).fit(*[v[:600] for v in square]).score(*test)) < 0.2
    assert deep.score(*test) > 0.8
    A, B = deep.transform(*test)
    np.testing.assert_array_equal(A, deep.transform(test[0], view=0))
    assert max(deep.history_.validation.values()) > 0.8


def test_linear_cca_on_top_is_exact(square, deep):
    """The embeddings of all training pairs have variance one and the told correlations (up to the small ridge)."""
    train = [v[:600] for v in square]
    A, B = deep.transform(*train)
    np.testing.assert_allclose(A.std(axis=0), 1, atol=0.01)
    np.testing.assert_allclose(correlations(A, B), deep.correlations_, atol=0.01)
    assert not hasattr(deep, "_pairs")


def test_deep_cca_repeats_itself_and_can_be_cloned(square):
    model = DeepCCA(n_components=1, hidden=(8,), steps=5, batch=64, reg=0.01, seed=3)
    assert clone(model).get_params() == model.get_params() and model.get_params()["reg"] == 0.01
    one, two = (clone(model).fit(*square).transform(square[0], view=0) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_deep_cca_says_what_it_cannot_use(square):
    X, Y = square
    with pytest.raises(ValueError, match="a batch holds 2 pairs; accepted are more than n_components, 2"):
        DeepCCA(n_components=2, batch=2).fit(X, Y)
    with pytest.raises(ValueError, match="a batch holds 1 pairs"):
        DeepCCA(n_components=1).fit(X[:1], Y[:1])
    with pytest.raises(ValueError, match="two views, X and Y; got 3"):
        DeepCCA().fit([X, Y, Y])
    with pytest.raises(ValueError, match="equal numbers of rows"):
        DeepCCA().fit(X, Y[:-1])
    with pytest.raises(ValueError, match="X holds NaN"):
        DeepCCA().fit(X * np.nan, Y)
    with pytest.raises(ValueError, match="has not been fitted"):
        DeepCCA().correlations_  # noqa: B018


def test_a_constant_view_is_told_after_training(square):
    """The networks survive it; that nothing is there to correlate is said in one sentence."""
    with pytest.raises(ValueError, match="varies in 0 directions only"):
        DeepCCA(n_components=1, hidden=(4,), steps=2, batch=64).fit(np.zeros_like(square[0]), square[1])
