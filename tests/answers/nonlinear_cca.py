"""Answers to chapter 07's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import numpy as np
import scipy.linalg
import torch
from scipy.spatial.distance import cdist

# gaussian_kernel -----------------------------------------------------------------------------------------------------


def _squares(A, B):
    return ((A[:, None] - B[None]) ** 2).sum(axis=2)


def gaussian_broadcast(A, B, gamma):
    return np.exp(-gamma * _squares(A, B))


def gaussian_loops(A, B, gamma):
    K = np.empty((len(A), len(B)))
    for i, a in enumerate(A):
        for j, b in enumerate(B):
            K[i, j] = np.exp(-gamma * (a - b) @ (a - b))
    return K


def gaussian_torch(A, B, gamma):
    return torch.exp(-gamma * torch.cdist(torch.from_numpy(A), torch.from_numpy(B)) ** 2)


def gaussian_scipy(A, B, gamma):
    return np.exp(-gamma * cdist(A, B, "sqeuclidean"))


# centre_kernel -------------------------------------------------------------------------------------------------------


def centre_matrix(K):
    H = np.eye(len(K)) - 1 / len(K)
    return H @ K @ H


def centre_twice(K):
    K = K - K.mean(axis=0)
    return K - K.mean(axis=1, keepdims=True)


def centre_torch(K):
    K = torch.as_tensor(K)
    return K - K.mean(0) - K.mean(1)[:, None] + K.mean()


# dual_correlations ---------------------------------------------------------------------------------------------------


def _smoother(K, ridge):
    return K @ np.linalg.inv(K + ridge * np.eye(len(K)))


def dual_inverse(K, L, ridge, k):
    values = np.linalg.eigvals(_smoother(K, ridge) @ _smoother(L, ridge)).real
    return np.sqrt(np.clip(np.sort(values)[::-1][:k], 0, 1))


def dual_roots(K, L, ridge, k):
    """Symmetric roots of the smoothers, then singular values."""

    def root(K):
        values, U = np.linalg.eigh(K)
        values = np.maximum(values, 0)
        return U * np.sqrt(values / (values + ridge)) @ U.T

    return np.linalg.svd(root(K) @ root(L), compute_uv=False)[:k]


def dual_torch(K, L, ridge, k):
    K, L = torch.from_numpy(K), torch.from_numpy(L)
    one = torch.eye(len(K), dtype=K.dtype)
    R = torch.linalg.solve(K + ridge * one, K) @ torch.linalg.solve(L + ridge * one, L)
    return torch.linalg.eigvals(R).real.sort(descending=True).values[:k].clamp_min(0).sqrt()


def _dual(values, k):
    return np.sqrt(np.abs(np.sort(np.linalg.eigvals(values).real)[::-1][:k]))


def _values(K, L, ridge):
    return np.linalg.eigvals(_smoother(K, ridge) @ _smoother(L, ridge)).real


def dual_complex(K, L, ridge, k):
    return np.sqrt(np.sort(_values(K, L, ridge).astype(complex))[::-1][:k])


def dual_rising(K, L, ridge, k):
    return np.sort(dual_inverse(K, L, ridge, k))


def dual_smallest(K, L, ridge, k):
    return np.sqrt(np.maximum(np.sort(np.linalg.eigvals(_smoother(K, ridge) @ _smoother(L, ridge)).real)[:k], 0))


# fourier_features ----------------------------------------------------------------------------------------------------


def fourier_plain(X, W, b):
    return (2 / W.shape[1]) ** 0.5 * np.cos(X @ W + b)


def fourier_complex(X, W, b):
    return np.sqrt(2 / len(b)) * np.exp(1j * (X @ W + b)).real


def fourier_torch(X, W, b):
    X, W, b = map(torch.from_numpy, (X, W, b))
    return (2 / len(b)) ** 0.5 * torch.cos(torch.addmm(b, X, W))


# inverse_root --------------------------------------------------------------------------------------------------------


def root_eigh(C, ridge):
    values, U = np.linalg.eigh(C + ridge * np.eye(len(C)))
    return U @ np.diag(values**-0.5) @ U.T


def root_scipy(C, ridge):
    return np.linalg.inv(scipy.linalg.sqrtm(C + ridge * np.eye(len(C))).real)


def root_svd(C, ridge):
    U, s, Vt = np.linalg.svd(C + ridge * np.eye(len(C)))
    return (U / np.sqrt(s)) @ Vt


def root_on_eigenvalues(C, ridge):
    values, U = np.linalg.eigh(C)
    return U / np.sqrt(values + ridge) @ U.T


def _eigh(C, ridge):
    return np.linalg.eigh(C + ridge * np.eye(len(C)))


def root_late(C, ridge):
    values, U = np.linalg.eigh(C)
    return U @ np.diag(1 / (np.sqrt(np.maximum(values, 0)) + ridge)) @ U.T


def root_everywhere(C, ridge):
    values, U = np.linalg.eigh(C + ridge)
    return U / np.sqrt(np.abs(values)) @ U.T


def root_entries(C, ridge):
    return 1 / np.sqrt(np.abs(C + ridge * np.eye(len(C))))


def root_power_of_entries(C, ridge):
    with np.errstate(invalid="ignore"):
        return (C + ridge * np.eye(len(C))) ** -0.5


def root_no_ridge(C, ridge):
    with np.errstate(invalid="ignore", divide="ignore"):
        values, U = np.linalg.eigh(C)
        return U @ np.diag(values**-0.5) @ U.T


def root_powers(power):
    def power_of(C, ridge):
        values, U = _eigh(C, ridge)
        return U * values**power @ U.T

    return power_of


def root_half(C, ridge):
    values, U = _eigh(C, ridge)
    return U / np.sqrt(values)


def root_cholesky(C, ridge):
    return np.linalg.inv(np.linalg.cholesky(C + ridge * np.eye(len(C))))


def root_swapped(C, ridge):
    values, U = _eigh(C, ridge)
    return U.T / np.sqrt(values) @ U


# correlation_loss ----------------------------------------------------------------------------------------------------


def _cov(a, b):
    return a.T @ b / (len(a) - 1)


def _eye(v):
    return torch.eye(v.shape[1], dtype=v.dtype)


def loss_inverse_of_factor(A, B, ridge):
    a, b = A - A.mean(0), B - B.mean(0)
    La, Lb = (torch.linalg.inv(torch.linalg.cholesky(_cov(v, v) + ridge * _eye(v))) for v in (a, b))
    return -torch.linalg.svdvals(La @ _cov(a, b) @ Lb.T).sum()


def loss_nuclear(A, B, ridge):
    a, b = A - A.mean(0, keepdim=True), B - B.mean(0, keepdim=True)
    La, Lb = (torch.linalg.cholesky(torch.cov(v.T) + ridge * _eye(v)) for v in (a, b))
    T = torch.linalg.solve(La, torch.linalg.solve(Lb, _cov(b, a)).T)
    return -torch.linalg.matrix_norm(T, "nuc")


def _changed(centre=True, ddof=1, ridges=(1, 1), total=lambda T: -torch.linalg.svdvals(T).sum()):
    def loss(A, B, ridge):
        a, b = (A - A.mean(0), B - B.mean(0)) if centre else (A, B)
        n = len(a) - ddof
        Ca, Cb = (v.T @ v / n + (ridge if r else 1e-9) * _eye(v) for v, r in zip((a, b), ridges, strict=True))
        return total(_half(Ca) @ (a.T @ b / n) @ _half(Cb))

    return loss


def _half(C):
    values, U = torch.linalg.eigh(C)
    return U @ torch.diag(values.clamp_min(1e-12) ** -0.5) @ U.T


def loss_by_eigenvectors(A, B, ridge):
    return _changed()(A, B, ridge)


def loss_by_svd(A, B, ridge):
    """Whitened by the singular vectors of the centred outputs themselves."""
    T = []
    for v in (A, B):
        U, s, Vt = torch.linalg.svd(v - v.mean(0), full_matrices=False)
        T.append(U * (s / torch.sqrt(s**2 / (len(v) - 1) + ridge)) / (len(v) - 1) ** 0.5 @ Vt)
    return -torch.linalg.svdvals(T[0].T @ T[1]).sum()


def loss_detached(A, B, ridge):
    return loss_nuclear(A.detach(), B.detach(), ridge)


def _by_factors(left=lambda L: torch.linalg.inv(L), right=lambda L: torch.linalg.inv(L).T, ridge_of=lambda C, r: r, cut=lambda C: C,
                total=lambda T: -torch.linalg.svdvals(T).sum()):  # fmt: skip
    """The loss by Cholesky factors, with one thing done differently."""

    def loss(A, B, ridge):
        a, b = A - A.mean(0), B - B.mean(0)
        L_a, L_b = (torch.linalg.cholesky(cut(C + ridge_of(C, ridge) * _eye(C))) for C in (_cov(a, a), _cov(b, b)))
        return total(left(L_a) @ _cov(a, b) @ right(L_b))

    return loss


def loss_upper(A, B, ridge):
    a, b = A - A.mean(0), B - B.mean(0)
    L_a, L_b = (torch.linalg.cholesky(_cov(v, v) + ridge * _eye(v)) for v in (a, b))
    half = torch.linalg.solve_triangular(L_a, _cov(a, b), upper=True)
    return -torch.linalg.svdvals(torch.linalg.solve_triangular(L_b, half.T, upper=True)).sum()


def loss_not_transposed(A, B, ridge):
    a, b = A - A.mean(0), B - B.mean(0)
    L_a, L_b = (torch.linalg.cholesky(_cov(v, v) + ridge * _eye(v)) for v in (a, b))
    half = torch.linalg.solve_triangular(L_a, _cov(a, b), upper=False)
    return -torch.linalg.svdvals(torch.linalg.solve_triangular(L_b, half, upper=False)).sum()


def loss_zero_gradient(A, B, ridge):
    return loss_nuclear(A, B, ridge).detach() + 0 * (A.sum() + B.sum())


def loss_nan_hidden(A, B, ridge):
    """NaN in the gradient replaced by 0, and so with silent units the whole of it."""
    A2, B2 = A.clone(), B.clone()
    for view in (A2, B2):
        view.register_hook(torch.nan_to_num)
    return loss_by_eigenvectors(A2, B2, ridge)


def loss_half_the_gradient(A, B, ridge):
    """Right for B, twice too long for A."""
    A2 = A.clone()
    A2.register_hook(lambda g: 2 * g)
    return loss_nuclear(A2, B, ridge)


def _roots(T):
    return -torch.linalg.eigvalsh(T.T @ T).sqrt().sum()


def _clamped_roots(T):
    return -torch.linalg.eigvalsh(T.T @ T).clamp(min=1e-12).sqrt().sum()


def loss_half_detached(A, B, ridge):
    return loss_nuclear(A, B.detach(), ridge)


# maxvar --------------------------------------------------------------------------------------------------------------


def maxvar_svd(views, k):
    U, _, _ = np.linalg.svd(np.concatenate(views, axis=1), full_matrices=False)
    return U[:, :k] * (len(U) - 1) ** 0.5


def maxvar_projections(views, k):
    """Eigenvectors of the sum of the projections onto each view."""
    P = sum(v @ v.T for v in views) / (len(views[0]) - 1)
    return np.linalg.eigh(P)[1][:, ::-1][:, :k] * np.sqrt(len(P) - 1)


def maxvar_covariance(views, k):
    H = np.hstack(views)
    values, V = np.linalg.eigh(np.cov(H.T))
    T = H @ V[:, ::-1][:, :k]
    return T / T.std(axis=0, ddof=1)


def _left(views):
    return np.linalg.svd(np.hstack(views), full_matrices=False)


def maxvar_scores(views, k):
    U, s, _ = _left(views)
    return U[:, :k] * s[:k]


def maxvar_first_columns(views, k):
    H = np.hstack(views)
    T = H @ np.linalg.eigh(H.T @ H)[1][:, :k]
    return T / T.std(axis=0, ddof=1)


def maxvar_narrow_sum(views, k):
    d = min(v.shape[1] for v in views)
    return maxvar_svd([sum(v[:, :d] for v in views)], min(k, d))


RIGHT = {
    "nonlinear_cca.gaussian_kernel": [gaussian_broadcast, gaussian_loops, gaussian_torch, gaussian_scipy],
    "nonlinear_cca.centre_kernel": [centre_matrix, centre_twice, centre_torch],
    "nonlinear_cca.dual_correlations": [dual_inverse, dual_roots, dual_torch],
    "nonlinear_cca.fourier_features": [fourier_plain, fourier_complex, fourier_torch],
    "nonlinear_cca.inverse_root": [root_eigh, root_scipy, root_svd, root_on_eigenvalues],
    "nonlinear_cca.correlation_loss": [loss_inverse_of_factor, loss_nuclear],
    "nonlinear_cca.maxvar": [maxvar_svd, maxvar_projections, maxvar_covariance],
}

WRONG = {
    "nonlinear_cca.gaussian_kernel": [
        ("not squared", lambda A, B, g: np.exp(-g * np.sqrt(_squares(A, B))), "root"),
        ("plus", lambda A, B, g: np.exp(g * _squares(A, B)), "sign"),
        ("divided by gamma", lambda A, B, g: np.exp(-_squares(A, B) / g), "divided"),
        ("gamma as sigma", lambda A, B, g: np.exp(-_squares(A, B) / (2 * g**2)), "divided"),
        ("twice", lambda A, B, g: np.exp(-2 * g * _squares(A, B)), "half"),
        ("half", lambda A, B, g: np.exp(-g * _squares(A, B) / 2), "half"),
        ("mean", lambda A, B, g: np.exp(-g * ((A[:, None] - B) ** 2).mean(2)), "mean"),
        ("no gamma", lambda A, B, g: np.exp(-_squares(A, B)), "no-gamma"),
        ("gamma squared", lambda A, B, g: np.exp(-(g**2) * _squares(A, B)), "gamma-squared"),
        ("sum before the square", lambda A, B, g: np.exp(-g * (A[:, None] - B).sum(-1) ** 2), "sum-first"),
        ("city blocks", lambda A, B, g: np.exp(-g * np.abs(A[:, None] - B).sum(-1)), "absolute"),
        ("no exp", lambda A, B, g: -g * _squares(A, B), "no-exp"),
        ("distances", lambda A, B, g: _squares(A, B), "no-exp"),
        ("transposed", lambda A, B, g: gaussian_broadcast(B, A, g), "transposed"),
    ],
    "nonlinear_cca.centre_kernel": [
        ("columns only", lambda K: K - K.mean(0), "one-side"),
        ("rows only", lambda K: K - K.mean(1, keepdims=True), "one-side"),
        ("no whole", lambda K: K - K.mean(0) - K.mean(1, keepdims=True), "whole-missing"),
        ("whole taken off", lambda K: K - K.mean(0) - K.mean(1, keepdims=True) - K.mean(), "whole-sign"),
        ("one number", lambda K: K - K.mean(), "whole-only"),
        ("no keepdims", lambda K: K - K.mean(0) - K.mean(1) + K.mean(), "same-axis"),
        ("sums", lambda K: K - K.sum(0) - K.sum(1, keepdims=True) + K.sum(), "sums"),
    ],
    "nonlinear_cca.dual_correlations": [
        ("squared", lambda K, L, r, k: dual_inverse(K, L, r, k) ** 2, "no-root"),
        ("ones", lambda K, L, r, k: np.ones(k), "no-ridge"),
        ("ridge 1e-9", lambda K, L, r, k: dual_inverse(K, L, 1e-9, k), "no-ridge"),
        ("no ridge in L", lambda K, L, r, k: _dual(_smoother(K, r) @ _smoother(L, 1e-10), k), "one-ridge"),
        ("smallest", dual_smallest, "smallest"),
        ("rising", dual_rising, "rising"),
        ("ridge times n", lambda K, L, r, k: dual_inverse(K, L, r * len(K), k), "ridge-n"),
        ("plain product", lambda K, L, r, k: _dual(K @ L, k), "product"),
        ("unsorted", lambda K, L, r, k: np.sqrt(np.abs(_values(K, L, r)[:k])), "unsorted"),
        ("complex", dual_complex, "complex"),
        ("eigvalsh", lambda K, L, r, k: np.sqrt(np.linalg.eigvalsh(_smoother(K, r) @ _smoother(L, r))[::-1][:k]), "eigvalsh"),
        ("singular values", lambda K, L, r, k: np.linalg.svd(_smoother(K, r) @ _smoother(L, r))[1][:k], "singular"),
        ("their roots", lambda K, L, r, k: np.sqrt(np.linalg.svd(_smoother(K, r) @ _smoother(L, r))[1][:k]), "singular"),
        ("relative to the mean", lambda K, L, r, k: _dual(_smoother(K, r * K.trace() / len(K))
                                                          @ _smoother(L, r * L.trace() / len(L)), k), "relative"),
        ("relative to the trace", lambda K, L, r, k: _dual(_smoother(K, r * K.trace()) @ _smoother(L, r * L.trace()), k), "relative"),
        ("ridge beside K squared", lambda K, L, r, k: _dual(_smoother(K @ K, r) @ _smoother(L @ L, r), k), "ridge-k"),
        ("not cut", lambda K, L, r, k: dual_inverse(K, L, r, len(K)), "shape"),
    ],
    "nonlinear_cca.fourier_features": [
        ("no factor", lambda X, W, b: np.cos(X @ W + b), "unscaled"),
        ("no two", lambda X, W, b: np.cos(X @ W + b) / np.sqrt(len(b)), "no-two"),
        ("no root", lambda X, W, b: 2 / len(b) * np.cos(X @ W + b), "no-root"),
        ("no shift", lambda X, W, b: np.sqrt(2 / len(b)) * np.cos(X @ W), "no-shift"),
        ("sine", lambda X, W, b: np.sqrt(2 / len(b)) * np.sin(X @ W + b), "sine"),
        ("rows of X", lambda X, W, b: np.sqrt(2 / len(X)) * np.cos(X @ W + b), "rows"),
        ("columns of X", lambda X, W, b: np.sqrt(2 / len(W)) * np.cos(X @ W + b), "rows"),
        ("both", lambda X, W, b: np.hstack([np.cos(X @ W), np.sin(X @ W)]) / np.sqrt(len(b)), "shape"),
    ],
    "nonlinear_cca.inverse_root": [
        ("inverse", lambda C, r: np.linalg.inv(C + r * np.eye(len(C))), "inverse"),
        ("root", root_powers(0.5), "root"),
        ("entries", root_entries, "entries"),
        ("power of the entries", root_power_of_entries, "entries"),
        ("no ridge", root_no_ridge, "no-ridge"),
        ("relative ridge", lambda C, r: root_eigh(C, r * np.trace(C) / len(C)), "relative"),
        ("ridge on the roots", root_late, "ridge-late"),
        ("ridge everywhere", root_everywhere, "everywhere"),
        ("not turned back", root_half, "not-turned-back"),
        ("Cholesky", root_cholesky, "not-turned-back"),
        ("U and U.T", root_swapped, "wrong-side"),
    ],
    "nonlinear_cca.correlation_loss": [
        ("positive", lambda *a: -loss_nuclear(*a), "sign"),
        ("not centred", _changed(centre=False), "centre"),
        ("no ridge", _changed(ridges=(0, 0)), "no-ridge"),
        ("one ridge", _changed(ridges=(1, 0)), "no-ridge"),
        ("by n", _changed(ddof=0), "ddof"),
        ("squares", _changed(total=lambda T: -(T**2).sum()), "squares"),
        ("trace", _changed(total=lambda T: -torch.trace(T)), "trace"),
        ("mean", _changed(total=lambda T: -torch.linalg.svdvals(T).mean()), "mean"),
        ("first", _changed(total=lambda T: -torch.linalg.svdvals(T)[0]), "mean"),
        ("detached", loss_detached, "no-gradient"),
        ("item", lambda *a: torch.tensor(loss_nuclear(*a).item()), "no-gradient"),
        ("half detached", loss_half_detached, "no-gradient"),
        ("no gradient at all", loss_zero_gradient, "wrong-gradient"),
        ("NaN hidden", loss_nan_hidden, "wrong-gradient"),
        ("whitening cut off", _by_factors(cut=lambda C: C.detach()), "wrong-gradient"),
        ("clamped roots", _by_factors(total=_clamped_roots), "wrong-gradient"),
        ("one view's gradient doubled", loss_half_the_gradient, "wrong-gradient"),
        ("roots of eigenvalues", _by_factors(total=_roots), "nan-gradient"),
        ("transposed factors", _by_factors(lambda L: torch.linalg.inv(L).T, lambda L: torch.linalg.inv(L)), "turned"),
        ("right factor not transposed", _by_factors(right=torch.linalg.inv), "turned"),
        ("left factor transposed", _by_factors(left=lambda L: torch.linalg.inv(L).T), "turned"),
        ("upper", loss_upper, "turned"),
        ("not transposed between", loss_not_transposed, "turned"),
        ("relative ridge", _by_factors(ridge_of=lambda C, r: r * C.diagonal().mean()), "relative"),
        ("trace by factors", _by_factors(total=lambda T: -torch.trace(T)), "trace"),
        ("Frobenius", _by_factors(total=lambda T: -torch.linalg.matrix_norm(T)), "length"),
        ("eigenvectors", loss_by_eigenvectors, "nan-gradient"),
        ("singular vectors", loss_by_svd, "nan-gradient"),
    ],
    "nonlinear_cca.maxvar": [
        ("length one", lambda v, k: _left(v)[0][:, :k], "length"),
        ("by n", lambda v, k: _left(v)[0][:, :k] * np.sqrt(len(v[0])), "ddof"),
        ("scores", maxvar_scores, "scores"),
        ("last", lambda v, k: _left(v)[0][:, -k:] * np.sqrt(len(v[0]) - 1), "last"),
        ("eigh of the projections, first columns", lambda v, k: np.linalg.eigh(sum(h @ h.T for h in v))[1][:, :k] * np.sqrt(len(v[0]) - 1), "last"),
        ("eigh of the covariance, first columns", maxvar_first_columns, "last"),
        ("rising", lambda v, k: maxvar_svd(v, k)[:, ::-1], "rising"),
        ("two views", lambda v, k: maxvar_svd(v[:2], k), "two-views"),
        ("summed", maxvar_narrow_sum, "sum"),
        ("the first view", lambda v, k: maxvar_svd(v[:1], k), "one-view"),
        ("its columns", lambda v, k: v[0][:, :k], "one-view"),
    ],
}  # fmt: skip
