"""Answers to chapter 06's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import numpy as np
import scipy.linalg
import torch

from mmlearn.align import CCA


def _ridged(C, reg):
    return C + reg * np.trace(C) / len(C) * np.eye(len(C))


def _roots(M, power):
    values, vectors = np.linalg.eigh(M)
    return vectors * values**power @ vectors.T


# whiten --------------------------------------------------------------------------------------------------------------


def whiten_eigh(C, reg):
    variances, directions = np.linalg.eigh(_ridged(C, reg))
    return directions / np.sqrt(variances)


def whiten_symmetric(C, reg):
    return scipy.linalg.sqrtm(np.linalg.inv(_ridged(C, reg))).real


def whiten_cholesky(C, reg):
    return np.linalg.inv(np.linalg.cholesky(_ridged(C, reg))).T


def whiten_torch(C, reg):
    C = torch.from_numpy(C)
    values, vectors = torch.linalg.eigh(C + reg * C.diagonal().mean() * torch.eye(len(C), dtype=C.dtype))
    return vectors / values.sqrt()


def whiten_rows(C, reg):
    variances, directions = np.linalg.eigh(_ridged(C, reg))
    return directions / np.sqrt(variances)[:, None]


def whiten_late(C, reg):
    variances, directions = np.linalg.eigh(C)
    return directions / (np.sqrt(variances) + reg * np.diag(C).mean())


# solve ---------------------------------------------------------------------------------------------------------------


def _blocks(X, Y, ddof=1):
    X, Y = X - X.mean(0), Y - Y.mean(0)
    n = len(X) - ddof
    return X.T @ X / n, Y.T @ Y / n, X.T @ Y / n


def _cca(X, Y, k, reg, other=None, blocks=None):
    Cxx, Cyy, Cxy = blocks or _blocks(X, Y)
    Wx, Wy = whiten_eigh(Cxx, reg), whiten_eigh(Cyy, reg if other is None else other)
    U, s, Vt = np.linalg.svd(Wx.T @ Cxy @ Wy)
    return Wx, Wy, U, s, Vt


def solve_svd(X, Y, k, reg):
    Wx, Wy, U, s, Vt = _cca(X, Y, k, reg)
    return Wx @ U[:, :k], Wy @ Vt[:k].T, s[:k]


def solve_eigen(X, Y, k, reg):
    """The generalised eigenproblem: between-view covariances against within-view ones."""
    Cxx, Cyy, Cxy = _blocks(X, Y)
    p, q = Cxy.shape
    between = np.block([[np.zeros((p, p)), Cxy], [Cxy.T, np.zeros((q, q))]])
    values, vectors = scipy.linalg.eigh(between, scipy.linalg.block_diag(_ridged(Cxx, reg), _ridged(Cyy, reg)))
    vectors = vectors[:, ::-1][:, :k] * np.sqrt(2)
    return [-vectors[:p], -vectors[p:], values[::-1][:k]]


def solve_torch(X, Y, k, reg):
    Cxx, Cyy, Cxy = (torch.from_numpy(C) for C in _blocks(X, Y))
    Wx, Wy = (whiten_torch(C.numpy(), reg) for C in (Cxx, Cyy))
    U, s, Vh = torch.linalg.svd(Wx.T @ Cxy @ Wy, full_matrices=False)
    return Wx @ U[:, :k], Wy @ Vh[:k].T, s[:k]


def solve_means_left(X, Y, k, reg):
    n = len(X) - 1
    Wx, Wy, U, s, Vt = _cca(X, Y, k, reg, blocks=(X.T @ X / n, Y.T @ Y / n, X.T @ Y / n))
    return Wx @ U[:, :k], Wy @ Vt[:k].T, s[:k]


def solve_not_mapped(X, Y, k, reg):
    Cxx, Cyy, Cxy = _blocks(X, Y)
    Wx, Wy = whiten_symmetric(Cxx, reg), whiten_symmetric(Cyy, reg)
    U, s, Vt = np.linalg.svd(Wx @ Cxy @ Wy)
    return U[:, :k], Vt[:k].T, s[:k]


def solve_rows_of_v(X, Y, k, reg):
    Cxx, Cyy, Cxy = _blocks(X, Y)
    Wx, Wy = whiten_symmetric(Cxx, reg), whiten_symmetric(Cyy, reg)
    U, s, Vt = np.linalg.svd(Wx @ Cxy @ Wy)
    return Wx @ U[:, :k], Wy @ Vt[:, :k], s[:k]


def solve_one_ridge(X, Y, k, reg):
    Wx, Wy, U, s, Vt = _cca(X, Y, k, reg, other=0)
    return Wx @ U[:, :k], Wy @ Vt[:k].T, s[:k]


def solve_by_n(X, Y, k, reg):
    Wx, Wy, U, s, Vt = _cca(X, Y, k, reg, blocks=_blocks(X, Y, ddof=0))
    return Wx @ U[:, :k], Wy @ Vt[:k].T, s[:k]


def solve_all(X, Y, k, reg):
    Wx, Wy, U, s, Vt = _cca(X, Y, k, reg)
    m = len(s)
    return Wx @ U[:, :m], Wy @ Vt[:m].T, s


def solve_signs(X, Y, k, reg):
    A, B, s = solve_svd(X, Y, k, reg)
    return A * np.sign(A[0]), B * -np.sign(A[0]), s


def solve_standardised(X, Y, k, reg):
    return solve_svd((X - X.mean(0)) / X.std(0), (Y - Y.mean(0)) / Y.std(0), k, reg)


def _lower(C, reg):
    """A whitener that is not symmetric."""
    return np.linalg.inv(np.linalg.cholesky(_ridged(C, reg))).T


def solve_untransposed(X, Y, k, reg, whiten=whiten_eigh):
    Cxx, Cyy, Cxy = _blocks(X, Y)
    Wx, Wy = whiten(Cxx, reg), whiten(Cyy, reg)
    U, s, Vt = np.linalg.svd(Wx @ Cxy @ Wy)
    return Wx @ U[:, :k], Wy @ Vt[:k].T, s[:k]


def solve_mapped_across(X, Y, k, reg):
    Wx, Wy, U, s, Vt = _cca(X, Y, k, reg)
    return Wx.T @ U[:, :k], Wy.T @ Vt[:k].T, s[:k]


def solve_lambda_of_x(X, Y, k, reg):
    Cxx, Cyy, Cxy = _blocks(X, Y)
    Wx = _roots(_ridged(Cxx, reg), -0.5)
    Wy = _roots(Cyy + reg * np.diag(Cxx).mean() * np.eye(len(Cyy)), -0.5)
    U, s, Vt = np.linalg.svd(Wx @ Cxy @ Wy)
    return Wx @ U[:, :k], Wy @ Vt[:k].T, s[:k]


def solve_one_lambda(X, Y, k, reg):
    C, p = np.cov(X, Y, rowvar=False), X.shape[1]
    C = C + reg * np.diag(C).mean() * np.eye(len(C))
    Wx, Wy = _roots(C[:p, :p], -0.5), _roots(C[p:, p:], -0.5)
    U, s, Vt = np.linalg.svd(Wx @ C[:p, p:] @ Wy)
    return Wx @ U[:, :k], Wy @ Vt[:k].T, s[:k]


def solve_mixed(X, Y, k, reg):
    A, B, s = solve_svd(X, Y, k, reg)
    return A, B, s * (len(X) - 1) / len(X)


def solve_sums(X, Y, k, reg):
    Wx, Wy, U, s, Vt = _cca(X, Y, k, reg, blocks=[C * (len(X) - 1) for C in _blocks(X, Y)])
    return Wx @ U[:, :k], Wy @ Vt[:k].T, s[:k]


def solve_correlated(X, Y, k, reg):
    A, B, _ = solve_svd(X, Y, k, reg)
    return A, B, np.diag(np.corrcoef(X @ A, Y @ B, rowvar=False)[:k, k:])


def _reversed(of):
    def rising(*given):
        A, B, s = of(*given)
        return A[:, ::-1], B[:, ::-1], s[::-1]

    return rising


def solve_not_mapped_svd(X, Y, k, reg):
    _, _, U, s, Vt = _cca(X, Y, k, reg)
    return U, Vt, s


def solve_rows_turned(X, Y, k, reg):
    Wx, Wy, U, s, Vt = _cca(X, Y, k, reg)
    return Wx @ U[:, :k], Wy @ Vt[:, :k], s[:k]


# held_out_correlations -----------------------------------------------------------------------------------------------


def held_loops(A, B):
    out = []
    for a, b in zip(A.T, B.T, strict=True):
        out.append(0.0 if a.std() == 0 or b.std() == 0 else np.corrcoef(a, b)[0, 1])
    return out


def held_standardised(A, B):
    def z(V):
        spread = V.std(axis=0)
        return (V - V.mean(axis=0)) / np.where(spread > 0, spread, 1)

    return (z(A) * z(B)).mean(axis=0)


def held_torch(A, B):
    A, B = (torch.from_numpy(V - V.mean(0)) for V in (A, B))
    return torch.nn.functional.cosine_similarity(A, B, dim=0)


def held_nan(A, B):
    A, B = A - A.mean(0), B - B.mean(0)
    return (A * B).sum(0) / np.sqrt((A**2).sum(0) * (B**2).sum(0))


def held_cosines(A, B, more=0.0):
    length = np.linalg.norm(A, axis=0) * np.linalg.norm(B, axis=0) + more
    return (A * B).sum(0) / np.where(length > 0, length, 1)


def held_mixed(A, B):
    return [np.cov(a, b)[0, 1] / (a.std() * b.std()) if a.std() * b.std() else 0.0 for a, b in zip(A.T, B.T, strict=True)]


# permutation_p -------------------------------------------------------------------------------------------------------


def _first(X, Y):
    return CCA(1, reg=0).fit(X, Y).correlations_[0]


def _null(X, Y, orders):
    return np.array([_first(X, Y[order]) for order in orders])


def p_list(X, Y, orders):
    return (1 + sum(r >= _first(X, Y) for r in _null(X, Y, orders))) / (1 + len(orders))


def p_true_order_too(X, Y, orders):
    every = [np.arange(len(Y)), *orders]
    return np.mean(_null(X, Y, every) >= _first(X, Y) - 1e-12)


def p_shuffles_x(X, Y, orders):
    r = _first(X, Y) - 1e-9
    return (1 + sum(_first(X[np.argsort(order)], Y) >= r for order in orders)) / (1 + len(orders))


def p_on_top(X, Y, orders):
    true, reached = _first(X, Y), 0
    for order in orders:
        Y = Y[order]
        reached += _first(X, Y) >= true
    return (1 + reached) / (1 + len(orders))


def p_default_ridge(X, Y, orders):
    true = CCA(1).fit(X, Y).correlations_[0]
    return (1 + sum(CCA(1).fit(X, Y[order]).correlations_[0] >= true for order in orders)) / (1 + len(orders))


def p_own_orders(X, Y, orders):
    rng = np.random.default_rng(12)
    while True:  # other orders that happen to give another count
        p = p_list(X, Y, [rng.permutation(len(Y)) for _ in orders])
        if p not in (1, *(change(X, Y, orders) for change in (p_list, p_default_ridge, p_on_top))):
            return p


def p_kept_directions(X, Y, orders):
    cca = CCA(1, reg=0).fit(X, Y)
    null = [np.corrcoef(cca.transform(X, view=0).T, cca.transform(Y[order], view=1).T)[0, 1] for order in orders]
    return (1 + np.sum(np.array(null) >= cca.correlations_[0] - 1e-10)) / (1 + len(orders))


# merge ---------------------------------------------------------------------------------------------------------------


def merge_delta(a, b):
    n, step = a[0] + b[0], b[1] - a[1]
    return n, a[1] + step * b[0] / n, a[2] + b[2] + np.outer(step, step) * a[0] * b[0] / n


def merge_about_zero(a, b):
    n = a[0] + b[0]
    mean = (a[0] * a[1] + b[0] * b[1]) / n
    second = sum(S + m * np.outer(c, c) for m, c, S in (a, b))
    return n, mean, second - n * np.outer(mean, mean)


def merge_about_new_mean(a, b):
    n = a[0] + b[0]
    mean = (a[0] * a[1] + b[0] * b[1]) / n
    return n, mean, sum(S + m * np.outer(c - mean, c - mean) for m, c, S in (a, b))


def merge_torch(a, b):
    n = a[0] + b[0]
    ma, mb, Sa, Sb = (torch.from_numpy(v) for v in (a[1], b[1], a[2], b[2]))
    mean = (a[0] * ma + b[0] * mb) / n
    return [n, mean, Sa + Sb + a[0] * torch.outer(ma - mean, ma - mean) + b[0] * torch.outer(mb - mean, mb - mean)]


def _merged(count=None, mean=None, scatter=None):
    def merge(a, b):
        n, m, S = merge_delta(a, b)
        return count(a, b) if count else n, mean(a, b) if mean else m, scatter(a, b) if scatter else S

    return merge


def _step(a, b):
    return np.outer(b[1] - a[1], b[1] - a[1])


# weighted_similarity -------------------------------------------------------------------------------------------------


def _unit(V):
    return V / np.linalg.norm(V, axis=1, keepdims=True)


def _columns(V):
    return V / np.linalg.norm(V, axis=0)


def weighted_plain(A, B, correlations, power):
    w = correlations**power
    return _unit(A * w) @ _unit(B * w).T


def weighted_metric(A, B, correlations, power):
    M = np.diag(correlations ** (2 * power))
    return A @ M @ B.T / np.sqrt(np.outer(np.diag(A @ M @ A.T), np.diag(B @ M @ B.T)))


def weighted_torch(A, B, correlations, power):
    A, B, w = torch.from_numpy(A), torch.from_numpy(B), torch.from_numpy(correlations) ** power
    return torch.nn.functional.cosine_similarity((A * w)[:, None], (B * w)[None], dim=-1)


# pls -----------------------------------------------------------------------------------------------------------------


def _cut(C, k):
    U, s, Vt = np.linalg.svd(C)
    return U[:, :k], Vt[:k].T, s[:k]


def pls_svd(X, Y, k):
    return _cut((X - X.mean(0)).T @ (Y - Y.mean(0)) / (len(X) - 1), k)


def pls_eigen(X, Y, k):
    C = np.cov(X, Y, rowvar=False)[: X.shape[1], X.shape[1] :]
    values, B = np.linalg.eigh(C.T @ C)
    s, B = np.sqrt(np.maximum(values[::-1][:k], 0)), B[:, ::-1][:, :k]
    return C @ B / s, B, s


def pls_torch(X, Y, k):
    X, Y = (torch.from_numpy(V - V.mean(0)) for V in (X, Y))
    U, s, V = torch.svd(X.T @ Y / (len(X) - 1))
    return U[:, :k], V[:, :k], s[:k]


def _standard(V):
    return (V - V.mean(0)) / V.std(0, ddof=1)


def pls_rows(X, Y, k):
    U, s, Vt = np.linalg.svd(np.cov(X, Y, rowvar=False)[: X.shape[1], X.shape[1] :])
    return U[:, :k], Vt[:, :k], s[:k]


def pls_two_eigh(X, Y, k):
    C = np.cov(X, Y, rowvar=False)[: X.shape[1], X.shape[1] :]
    A, B = (np.linalg.eigh(M)[1][:, ::-1][:, :k] for M in (C @ C.T, C.T @ C))
    turn = np.where(np.arange(k) == 0, -1, 1) * np.sign(np.diag(A.T @ C @ B))  # so that at least one differs, on any machine
    return A * turn, B, np.linalg.svd(C)[1][:k]


def pls_nipals(X, Y, k, symmetric=True):
    X, Y, A, B, s = X - X.mean(0), Y - Y.mean(0), [], [], []
    for _ in range(k):
        (a,), (b,), (c,) = (part.T for part in _cut(X.T @ Y / (len(X) - 1), 1))
        t, u = X @ a, Y @ b
        X = X - np.outer(t, t @ X) / (t @ t)
        Y = Y - (np.outer(u, u @ Y) / (u @ u) if symmetric else np.outer(t, t @ Y) / (t @ t))
        A, B, s = [*A, a], [*B, b], [*s, c]
    return np.transpose(A), np.transpose(B), np.array(s)


def pls_components(X, Y, k):
    A, B = (np.linalg.eigh(np.cov(V, rowvar=False))[1][:, ::-1][:, :k] for V in (X, Y))
    return A, B, np.diag(np.cov(X @ A, Y @ B, rowvar=False)[:k, k:])


def pls_correlated(X, Y, k):
    A, B, _ = pls_svd(X, Y, k)
    return A, B, np.diag(np.corrcoef(X @ A, Y @ B, rowvar=False)[:k, k:])


def pls_loaded(X, Y, k):
    A, B, s = pls_svd(X, Y, k)
    return A * np.sqrt(s), B * np.sqrt(s), s


RIGHT = {
    "cca.whiten": [whiten_eigh, whiten_symmetric, whiten_cholesky, whiten_torch],
    "cca.solve": [solve_svd, solve_eigen, solve_torch],
    "cca.held_out_correlations": [held_loops, held_standardised, held_torch],
    "cca.permutation_p": [p_list, p_true_order_too, p_shuffles_x],
    "cca.merge": [merge_delta, merge_about_new_mean, merge_torch],
    "cca.weighted_similarity": [weighted_plain, weighted_metric, weighted_torch],
    "cca.pls": [pls_svd, pls_eigen, pls_torch],
}

WRONG = {
    "cca.whiten": [
        ("ridge forgotten", lambda C, reg: whiten_eigh(C, 0), "no-ridge"),
        ("reg as it is", lambda C, reg: _roots(C + reg * np.eye(len(C)), -0.5), "absolute"),
        ("reg times trace", lambda C, reg: _roots(C + reg * np.trace(C) * np.eye(len(C)), -0.5), "total"),
        ("added everywhere", lambda C, reg: _roots(C + reg * np.diag(C).mean(), -0.5), "everywhere"),
        ("mean of all entries", lambda C, reg: whiten_cholesky(C + reg * C.mean() * np.eye(len(C)), 0), "mean-of-all"),
        ("no root", lambda C, reg: np.linalg.inv(_ridged(C, reg)), "inverse"),
        ("no root, turned", lambda C, reg: np.linalg.eigh(_ridged(C, reg))[1] / np.linalg.eigh(_ridged(C, reg))[0], "inverse"),
        ("multiplied", lambda C, reg: _roots(_ridged(C, reg), 0.5), "stretched"),
        ("cholesky, not inverted", lambda C, reg: np.linalg.cholesky(_ridged(C, reg)), "stretched"),
        ("directions only", lambda C, reg: np.linalg.eigh(_ridged(C, reg))[1], "turned-only"),
        ("diagonal only", lambda C, reg: np.diag(1 / np.sqrt(np.diag(_ridged(C, reg)))), "scaled-only"),
        ("rows are directions", lambda C, reg: whiten_eigh(C, reg).T, "transposed"),
        ("cholesky, not transposed", lambda C, reg: np.linalg.inv(np.linalg.cholesky(_ridged(C, reg))), "transposed"),
        ("variances only", lambda C, reg: np.linalg.eigvalsh(_ridged(C, reg)), "shape"),
        ("each its own variance", lambda C, reg: _roots(C + reg * np.diag(np.diag(C)), -0.5), "own-variances"),
        ("rows divided", whiten_rows, "rows-scaled"),
        ("lambda beside the root", whiten_late, "late-ridge"),
    ],
    "cca.solve": [
        ("means left in", solve_means_left, "centre"),
        ("among whitened columns", solve_not_mapped, "not-mapped"),
        ("Vt not transposed", solve_rows_of_v, "rows"),
        ("reg ignored", lambda X, Y, k, reg: solve_svd(X, Y, k, 0), "no-ridge"),
        ("ridge in X only", solve_one_ridge, "one-ridge"),
        ("divided by n", solve_by_n, "ddof"),
        ("not whitened", lambda X, Y, k, reg: _cut(_blocks(X, Y)[2], k), "unwhitened"),
        ("squares", lambda X, Y, k, reg: (*solve_svd(X, Y, k, reg)[:2], solve_svd(X, Y, k, reg)[2] ** 2), "squared"),
        ("Y first", lambda X, Y, k, reg: solve_svd(Y, X, k, reg), "swapped"),
        ("not cut", solve_all, "all"),
        ("signs on their own", solve_signs, "signs"),
        ("correlations forgotten", lambda X, Y, k, reg: solve_svd(X, Y, k, reg)[:2], "shape"),
        ("Vt not transposed, other whitener", solve_rows_turned, "rows"),
        ("U, Vt, s as they come", solve_not_mapped_svd, "not-mapped"),
        ("first whitener not transposed", solve_untransposed, "not-between"),
        ("the same, by Cholesky", lambda X, Y, k, reg: solve_untransposed(X, Y, k, reg, _lower), "not-between"),
        ("mapped back by transposes", solve_mapped_across, "map-back"),
        ("lambda of X for Y too", solve_lambda_of_x, "other-ridge"),
        ("one lambda of all columns", solve_one_lambda, "other-ridge"),
        ("between by n, within by n - 1", solve_mixed, "divisors"),
        ("sums", solve_sums, "no-division"),
        ("standardised", solve_standardised, "standardised"),
        ("np.corrcoef", solve_correlated, "correlated"),
        ("rising", _reversed(solve_svd), "rising"),
    ],
    "cca.held_out_correlations": [
        ("NaN", held_nan, "constant"),
        ("not centred", lambda A, B: (A * B).sum(0) / np.sqrt((A**2).sum(0) * (B**2).sum(0)), "centre"),
        ("covariance", lambda A, B: ((A - A.mean(0)) * (B - B.mean(0))).mean(0), "covariance"),
        ("covariance by n - 1", lambda A, B: ((A - A.mean(0)) * (B - B.mean(0))).sum(0) / (len(A) - 1), "covariance"),
        ("np.cov with np.std", held_mixed, "divisors"),
        ("absolute", lambda A, B: np.abs(held_loops(A, B)), "absolute"),
        ("mean", lambda A, B: float(np.mean(held_loops(A, B))), "mean"),
        ("whole matrix", lambda A, B: np.corrcoef(A, B, rowvar=False), "all-pairs"),
        ("one block of it", lambda A, B: np.corrcoef(A, B, rowvar=False)[: A.shape[1], A.shape[1] :], "all-pairs"),
        ("along rows", lambda A, B: [np.corrcoef(a, b)[0, 1] for a, b in zip(A, B, strict=True)], "rows"),
        ("np.mean with ddof 1", lambda A, B: held_loops(A, B) * np.array((len(A) - 1) / len(A)), "divisors"),
        ("squares", lambda A, B: np.square(held_loops(A, B)), "squared"),
        ("sorted", lambda A, B: np.sort(held_loops(A, B)), "sorted"),
        ("falling", lambda A, B: np.sort(held_loops(A, B))[::-1], "sorted"),
        ("one mean for all columns", lambda A, B: held_cosines(A - A.mean(), B - B.mean()), "one-mean"),
        ("1e-8 below", lambda A, B: held_cosines(A - A.mean(0), B - B.mean(0), 1e-8), "pulled"),
    ],
    "cca.permutation_p": [
        ("no one added", lambda X, Y, o: np.mean(_null(X, Y, o) >= _first(X, Y)), "no-one"),
        ("one above only", lambda X, Y, o: (1 + np.sum(_null(X, Y, o) >= _first(X, Y))) / len(o), "half-one"),
        ("one below only", lambda X, Y, o: np.sum(_null(X, Y, o) >= _first(X, Y)) / (1 + len(o)), "half-one"),
        ("greater", lambda X, Y, o: (1 + np.sum(_null(X, Y, o) > _first(X, Y))) / (1 + len(o)), "strictly"),
        ("other side", lambda X, Y, o: (1 + np.sum(_null(X, Y, o) < _first(X, Y))) / (1 + len(o)), "other-side"),
        ("both shuffled", lambda X, Y, o: (1 + sum(_first(X[i], Y[i]) >= _first(X, Y) - 1e-9 for i in o)) / (1 + len(o)), "both"),
        ("not fitted anew", p_kept_directions, "not-refitted"),
        ("a number", lambda X, Y, o: 1 + np.sum(_null(X, Y, o) >= _first(X, Y)), "count"),
        ("percent", lambda X, Y, o: 100 * p_list(X, Y, o), "percent"),
        ("all of them", lambda X, Y, o: _null(X, Y, o) >= _first(X, Y), "shape"),
        ("default ridge", p_default_ridge, "ridge"),
        ("at most", lambda X, Y, o: (1 + np.sum(_null(X, Y, o) <= _first(X, Y))) / (1 + len(o)), "other-side"),
        ("both shuffled, compared as they are", lambda X, Y, o: (1 + sum(
            _first(X[i], Y[i]) >= _first(X, Y) for i in o)) / (1 + len(o)), "both"),
        ("one on top of the other", p_on_top, "on-top"),
        ("orders of its own", p_own_orders, "other-count"),
    ],
    "cca.merge": [
        ("mean of means", _merged(mean=lambda a, b: (a[1] + b[1]) / 2), "mean-of-means"),
        ("counts crossed", _merged(mean=lambda a, b: (b[0] * a[1] + a[0] * b[1]) / (a[0] + b[0])), "crossed"),
        ("scatters added", _merged(scatter=lambda a, b: a[2] + b[2]), "no-between"),
        ("dot product", _merged(scatter=lambda a, b: a[2] + b[2] + np.sum((b[1] - a[1]) ** 2) * a[0] * b[0] / (a[0] + b[0])),
         "not-outer"),
        ("diagonal only", _merged(scatter=lambda a, b: a[2] + b[2] + np.diag(np.diag(_step(a, b))) * a[0] * b[0] / (a[0] + b[0])),
         "not-outer"),
        ("weight n", _merged(scatter=lambda a, b: a[2] + b[2] + _step(a, b) * (a[0] + b[0])), "between-weight"),
        ("weight 1", _merged(scatter=lambda a, b: a[2] + b[2] + _step(a, b)), "between-weight"),
        ("averaged", _merged(scatter=lambda a, b: (a[0] * a[2] + b[0] * b[2]) / (a[0] + b[0])), "averaged"),
        ("averaged, with between", _merged(scatter=lambda a, b: (a[0] * a[2] + b[0] * b[2]) / (a[0] + b[0])
                                           + _step(a, b) * a[0] * b[0] / (a[0] + b[0]) ** 2), "averaged"),
        ("larger count", _merged(count=lambda a, b: max(a[0], b[0])), "count"),
        ("two parts", lambda a, b: merge_delta(a, b)[:2], "shape"),
        ("about zero", merge_about_zero, "about-zero"),
        ("covariance", lambda a, b: (*merge_delta(a, b)[:2], merge_delta(a, b)[2] / (a[0] + b[0] - 1)), "covariance"),
        ("taken off", _merged(scatter=lambda a, b: a[2] + b[2] - _step(a, b) * a[0] * b[0] / (a[0] + b[0])), "sign"),
    ],
    "cca.weighted_similarity": [
        ("plain", lambda A, B, r, p: _unit(A) @ _unit(B).T, "unweighted"),
        ("power ignored", lambda A, B, r, p: _unit(A * r) @ _unit(B * r).T, "power"),
        ("only A", lambda A, B, r, p: _unit(A * r**p) @ _unit(B).T, "one-side"),
        ("only B", lambda A, B, r, p: _unit(A) @ _unit(B * r**p).T, "one-side"),
        ("weights last", lambda A, B, r, p: (_unit(A) * r**p) @ (_unit(B) * r**p).T, "order"),
        ("no length", lambda A, B, r, p: (A * r**p) @ (B * r**p).T, "length"),
        ("squared", lambda A, B, r, p: _unit(A * r**p * r**p) @ _unit(B * r**p * r**p).T, "twice"),
        ("divided", lambda A, B, r, p: _unit(A / r**p) @ _unit(B / r**p).T, "divided"),
        ("transposed", lambda A, B, r, p: weighted_plain(B, A, r, p), "transposed"),
        ("no transpose", lambda A, B, r, p: (A * r**p) @ B, "raises"),
        ("times power", lambda A, B, r, p: _unit(A * r * p) @ _unit(B * r * p).T, "power"),
        ("root on each side", lambda A, B, r, p: weighted_plain(A, B, r, p / 2), "half"),
        ("columns to length one", lambda A, B, r, p: _columns(A * r**p) @ _columns(B * r**p).T, "columns"),
    ],
    "cca.pls": [
        ("not centred", lambda X, Y, k: _cut(X.T @ Y / (len(X) - 1), k), "centre"),
        ("divided by n", lambda X, Y, k: _cut((X - X.mean(0)).T @ (Y - Y.mean(0)) / len(X), k), "ddof"),
        ("not divided", lambda X, Y, k: _cut((X - X.mean(0)).T @ (Y - Y.mean(0)), k), "no-division"),
        ("CCA", lambda X, Y, k: solve_svd(X, Y, k, 0), "whitened"),
        ("standardised", lambda X, Y, k: pls_svd(_standard(X), _standard(Y), k), "standardised"),
        ("Vt not transposed", pls_rows, "rows"),
        ("root of the singular value in each", pls_loaded, "scaled"),
        ("Y first", lambda X, Y, k: pls_svd(Y, X, k), "swapped"),
        ("squares", lambda X, Y, k: (*pls_svd(X, Y, k)[:2], pls_svd(X, Y, k)[2] ** 2), "squared"),
        ("standardised by n", lambda X, Y, k: pls_svd(X / X.std(0), Y / Y.std(0), k), "standardised"),
        ("two eigh", pls_two_eigh, "signs"),
        ("np.corrcoef", pls_correlated, "correlated"),
        ("rising", _reversed(pls_svd), "rising"),
        ("CCA with a huge ridge", lambda X, Y, k: solve_svd(X, Y, k, 1e9), "huge-ridge"),
        ("NIPALS", pls_nipals, "deflated"),
        ("PLS regression", lambda X, Y, k: pls_nipals(X, Y, k, symmetric=False), "deflated"),
        ("two PCAs", pls_components, "components"),
        ("not cut", lambda X, Y, k: pls_svd(X, Y, min(X.shape[1], Y.shape[1])), "all"),
    ],
}  # fmt: skip
