"""Maps of one space onto the other, against the closed forms of scipy and scikit-learn."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from sklearn.base import clone
from sklearn.linear_model import Ridge

from mmlearn.align import NetworkMap, Procrustes, RidgeMap, procrustes, ridge_map
from mmlearn.evaluate import cosine_similarity, recall_at_k

rng = np.random.default_rng(0)


@pytest.mark.parametrize("n", [50, 8], ids=["tall", "wide"])
def test_ridge_is_scikit_learns(n):
    X, Y = rng.standard_normal((n, 12)) + 1, rng.standard_normal((n, 5))
    theirs = Ridge(alpha=3.0, fit_intercept=False, solver="svd").fit(X, Y).coef_.T
    np.testing.assert_allclose(ridge_map(X, Y, 3.0), theirs, atol=1e-10)


def test_without_ridge_the_smallest_of_the_best_maps():
    X, Y = rng.standard_normal((8, 12)), rng.standard_normal((8, 5))
    np.testing.assert_allclose(ridge_map(X, Y), np.linalg.pinv(X) @ Y, atol=1e-10)


def test_the_estimators_ridge_is_relative_and_its_views_are_centred():
    X, Y = rng.standard_normal((60, 6)) * 5 + 2, rng.standard_normal((60, 4)) - 1
    alpha = 0.5 * X.var(axis=0).mean() * len(X)
    theirs = Ridge(alpha=alpha).fit(X, Y)
    A, B = RidgeMap(reg=0.5).fit(X, Y).transform(X, Y)
    np.testing.assert_allclose(A, theirs.predict(X) - Y.mean(axis=0), atol=1e-10)
    np.testing.assert_allclose(B, Y - Y.mean(axis=0))
    A, B = RidgeMap(reg=0.5, towards=0).fit(X, Y).transform(X, Y)
    assert A.shape == B.shape == (60, 6)
    np.testing.assert_allclose(A, X - X.mean(axis=0))


def test_procrustes_is_scipys_and_orthogonal():
    X, Y = rng.standard_normal((30, 6)), rng.standard_normal((30, 6))
    Q = procrustes(X, Y)
    np.testing.assert_allclose(Q, orthogonal_procrustes(X, Y)[0], atol=1e-10)
    np.testing.assert_allclose(Q.T @ Q, np.eye(6), atol=1e-12)


def test_procrustes_undoes_a_rotation_and_a_mirror():
    X = rng.standard_normal((40, 5)) * [5, 4, 3, 2, 1]
    turn = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    for Q in (turn, turn * [-1, 1, 1, 1, 1]):
        A, B = Procrustes(5).fit(X, 3 * X @ Q + 7).transform(X, 3 * X @ Q + 7)
        np.testing.assert_allclose(A, B, atol=1e-8)


def test_a_network_bends_where_a_matrix_cannot():
    X = rng.standard_normal((600, 3))
    Y = np.abs(X) - np.abs(X).mean(axis=0)
    settings = dict(steps=120, batch=64, lr=2e-2, weight_decay=0.0, loss="squared")
    straight, bent = (NetworkMap(hidden=hidden, **settings).fit(X[:500], Y[:500]) for hidden in ((), (32,)))
    errors = []
    for model in (straight, bent):
        A, B = model.transform(X[500:], Y[500:])
        errors.append(((A - B) ** 2).mean() / (B**2).mean())
    assert errors[0] > 0.8 and errors[1] < 0.2
    assert clone(bent).get_params() == bent.get_params()


@pytest.mark.parametrize("towards", [0, 1])
def test_a_network_leaves_the_view_it_maps_to(towards):
    X, Y = rng.standard_normal((50, 4)), rng.standard_normal((50, 3))
    model = NetworkMap(towards=towards, hidden=(5,), steps=3, batch=20).fit(X, Y, validation=[X, Y])
    still = (X, Y)[towards]
    assert [e.shape for e in model.transform(X, Y)] == [still.shape] * 2
    np.testing.assert_allclose(
        model.transform(still, view=towards), (still - still.mean(0)) / (still - still.mean(0)).std(), atol=1e-6
    )


def test_all_of_them_find_pairs_of_a_shared_space():
    shared = rng.standard_normal((300, 6))
    X, Y = (shared @ np.linalg.qr(rng.standard_normal((6, 6)))[0] for _ in range(2))
    for model in (RidgeMap(0.01), RidgeMap(0.01, towards=0), Procrustes(6), NetworkMap(steps=60, batch=100, lr=3e-2)):
        A, B = model.fit(X[:250], Y[:250]).transform(X[250:], Y[250:])
        assert recall_at_k(cosine_similarity(B, A), 1) > 0.9, model


X3 = np.ones((5, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ridge_map(X3, np.ones((4, 2))), "equal numbers of rows"),
        (lambda: ridge_map(X3, X3, -1), "reg must be"),
        (lambda: ridge_map(np.full((5, 3), np.nan), X3), "NaN"),
        (lambda: procrustes(X3, np.ones((5, 2))), "X has 3 and Y 2"),
        (lambda: RidgeMap(towards=2).fit(X3, X3), "towards is 2"),
        (lambda: RidgeMap(reg=float("nan")).fit(X3, X3), "reg must be"),
        (lambda: RidgeMap().fit([X3, X3, X3]), "got 3 views"),
        (lambda: Procrustes(4).fit(X3, X3), "n_components is 4"),
        (lambda: NetworkMap(towards=3).fit(X3, X3), "towards is 3"),
        (lambda: NetworkMap(loss="far").fit(X3, X3), "loss is 'far'"),
        (lambda: NetworkMap().fit([X3, X3, X3]), "got 3 views"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_constant_views_are_survived():
    for model in (RidgeMap(), Procrustes(2), NetworkMap(steps=2)):
        A, B = model.fit(X3, X3).transform(X3, X3)
        assert np.isfinite(A).all() and np.isfinite(B).all()
