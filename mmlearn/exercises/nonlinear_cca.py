"""Chapter 07: kernels and their centring, the dual of CCA, random features, a root, a loss with gradients, a shared variable."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn.align.kernel_cca import centred, squared_distances
from mmlearn.exercises.engine import Exercise, Mistake, register
from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.engine.quiz import Choice, Question, ask


def numbers(value: Any) -> np.ndarray:
    return np.asarray(plain(value), float)


def close(a: Any, b: Any, tolerance: float = 1e-5) -> bool:
    a, b = numbers(a), numbers(b)
    return a.shape == b.shape and np.allclose(a, b, rtol=tolerance, atol=1e-7, equal_nan=True)


def up_to_sign(got: Any, expected: Any, tolerance: float = 1e-5) -> bool:
    """Columns that agree, each or its opposite."""
    got, expected = numbers(got), numbers(expected)
    if got.shape != expected.shape:
        return False
    return close(got * np.where((got * expected).sum(axis=0) < 0, -1, 1), expected, tolerance)


# gaussian_kernel -----------------------------------------------------------------------------------------------------


def gaussian_kernel(A: np.ndarray, B: np.ndarray, gamma: float) -> np.ndarray:
    return np.exp(-gamma * squared_distances(A, B))


def two_clouds(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Unequal numbers of rows; distances above and below 1."""
    d = {"standard": 3, "wide": 12}[variant]
    return [
        (rng.normal(size=(2, d)), rng.normal(size=(3, d)), 0.7),
        (2 + rng.normal(size=(5, d)), rng.normal(size=(4, d)), 0.05),
    ]


GAUSSIAN = Exercise(
    id="nonlinear_cca.gaussian_kernel",
    title="how alike two rows are, by their distance",
    reference=gaussian_kernel,
    cases=two_clouds,
    variants=("standard", "wide"),
    mistakes=[
        Mistake("root", "the *squared* distance belongs in the exponent: no root",
                wrong=lambda A, B, g: np.exp(-g * np.sqrt(squared_distances(A, B)))),
        Mistake("sign", "similar rows must get the larger number: the exponent is negative",
                wrong=lambda A, B, g: np.exp(g * squared_distances(A, B))),
        Mistake("divided", "γ multiplies the squared distance; you divided by it (or by 2 σ²)",
                when=lambda got, _, A, B, g: close(got, np.exp(-squared_distances(A, B) / g))
                or close(got, np.exp(-squared_distances(A, B) / (2 * g**2)))),
        Mistake("half", "there is a factor 2 too many or too few: the exponent is -γ times the squared distance, nothing else",
                when=lambda got, _, A, B, g: any(close(got, np.exp(-g * f * squared_distances(A, B))) for f in (0.5, 2))),
        Mistake("mean", "the squared distance is the *sum* over the columns, not the mean",
                wrong=lambda A, B, g: np.exp(-g * squared_distances(A, B) / A.shape[1])),
        Mistake("no-exp", "that is the squared distance itself, perhaps times γ; take exp(-…) of it",
                when=lambda got, _, A, B, g: any(close(got, f * squared_distances(A, B)) for f in (1, g, -1, -g))),
        Mistake("transposed", "rows of A go down and rows of B across: (n, m); yours is (m, n)",
                wrong=lambda A, B, g: np.exp(-g * squared_distances(A, B)).T),
    ],
    hints=(
        "First the squared distance of every row of A to every row of B, as an (n, m) array; then one exp.",
        "|a - b|² = |a|² + |b|² - 2 a·b, for all rows at once; or broadcasting: A[:, None] - B[None].",
        "D = ((A[:, None] - B[None]) ** 2).sum(axis=…)\nreturn np.exp(…)",
    ),
)  # fmt: skip


# centre_kernel -------------------------------------------------------------------------------------------------------


def centre_kernel(K: np.ndarray) -> np.ndarray:
    return centred(K, K.mean(axis=0), K.mean())


def kernel_of(rng: np.random.Generator, n: int, d: int = 3) -> np.ndarray:
    X = rng.normal(size=(n, d))
    return gaussian_kernel(X, X, 0.3)


def some_kernels(rng: np.random.Generator, variant: str) -> list[tuple]:
    n = {"standard": 5, "large": 40}[variant]
    X = 2 + rng.normal(size=(n, 3))
    return [(kernel_of(rng, 3),), (kernel_of(rng, n),), (X @ X.T,)]


CENTRE = Exercise(
    id="nonlinear_cca.centre_kernel",
    title="take the mean off where it cannot be seen",
    reference=centre_kernel,
    cases=some_kernels,
    variants=("standard", "large"),
    mistakes=[
        Mistake("one-side", "only the columns' means (or only the rows') are taken off. Both factors must be centred: the "
                "rows' means *and* the columns' means",
                when=lambda got, _, K: close(got, K - K.mean(0)) or close(got, K - K.mean(1, keepdims=True))),
        Mistake("whole-missing", "almost: the product (a - m)·(b - m) has four terms. Which one is missing?",
                wrong=lambda K: K - K.mean(0) - K.mean(1, keepdims=True)),
        Mistake("whole-sign", "the mean of all entries is *added* back: (a - m)·(b - m) = … + m·m",
                wrong=lambda K: K - K.mean(0) - K.mean(1, keepdims=True) - K.mean()),
        Mistake("whole-only", "one number was taken off everywhere; the mean of each row and of each column differ",
                wrong=lambda K: K - K.mean()),
        Mistake("same-axis", "the same means were taken off twice along one axis: K.mean(0) lies along the columns; for rows, "
                "keepdims=True makes it a column",
                when=lambda got, _, K: any(close(got, K - 2 * m + K.mean()) for m in (K.mean(0), K.mean(1, keepdims=True)))),
        Mistake("sums", "sums were taken off where means belong",
                wrong=lambda K: K - K.sum(0) - K.sum(1, keepdims=True) + K.sum()),
    ],
    hints=(
        "You cannot reach φ(a), but you can write (φ(a) - m)·(φ(b) - m) with m = the mean of all φ, and multiply out.",
        "Four terms: k(a, b), minus the mean of row a, minus the mean of column b, plus the mean of everything.",
        "return K - K.mean(axis=0) - K.mean(axis=1, keepdims=True) + …",
    ),
)  # fmt: skip


# dual_correlations ---------------------------------------------------------------------------------------------------


def smoother(K: np.ndarray, ridge: float) -> np.ndarray:
    """K (K + ridge I)⁻¹: what ridge regression on a view makes of any numbers."""
    return np.linalg.solve(K + ridge * np.eye(len(K)), K)


def leading(S: np.ndarray, k: int) -> np.ndarray:
    """The roots of the k largest eigenvalues of S, falling."""
    return np.sqrt(np.maximum(np.sort(np.linalg.eigvals(S).real)[::-1][:k], 0))


def dual_correlations(K: np.ndarray, L: np.ndarray, ridge: float, k: int) -> np.ndarray:
    return leading(smoother(K, ridge) @ smoother(L, ridge), k)


def centred_pairs(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Centred kernels of two views that share something."""
    n = {"standard": 14, "large": 40}[variant]

    def one(n: int, gamma: float) -> tuple[np.ndarray, np.ndarray]:
        X = rng.normal(size=(n, 2))
        Y = np.c_[X[:, :1] ** 2, rng.normal(size=(n, 1))] + 0.1 * rng.normal(size=(n, 2))
        return centre_kernel(gaussian_kernel(X, X, gamma)), centre_kernel(gaussian_kernel(Y, Y, gamma))

    return [(*one(8, 0.5), 0.5, 2), (*one(n, 0.2), 0.1, 3), (*one(n, 1.0), 2.0, 4)]


DUAL = Exercise(
    id="nonlinear_cca.dual_correlations",
    title="kernel CCA's correlations",
    reference=dual_correlations,
    cases=centred_pairs,
    variants=("standard", "large"),
    tolerance=1e-4,
    mistakes=[
        Mistake("no-root", "these are the *squares* of the correlations: take the root",
                wrong=lambda K, L, r, k: dual_correlations(K, L, r, k) ** 2),
        Mistake("no-ridge", "without the ridge every correlation is 1, whatever the data: add ridge × I before inverting",
                when=lambda got, _, K, L, r, k: np.allclose(numbers(got), 1, atol=0.02)),
        Mistake("one-ridge", "only one of the two views has its ridge",
                when=lambda got, _, K, L, r, k: any(close(got, leading(S, k), 1e-3)
                    for S in (smoother(K, r) @ smoother(L, 1e-10), smoother(K, 1e-10) @ smoother(L, r)))),
        Mistake("smallest", "those are the smallest; the largest k are wanted, the largest first",
                when=lambda got, _, K, L, r, k: close(np.sort(numbers(got)), np.sqrt(np.maximum(np.sort(
                    np.linalg.eigvals(smoother(K, r) @ smoother(L, r)).real)[:k], 0)), 1e-3)),
        Mistake("rising", "right numbers, smallest first: give the largest first",
                when=lambda got, expected, *_: close(numbers(got)[::-1], expected, 1e-4)),
        Mistake("ridge-n", "the ridge was multiplied or divided by the number of rows, or squared; add it to K as it is",
                when=lambda got, _, K, L, r, k: any(close(got, dual_correlations(K, L, s, k), 1e-4)
                                                   for s in (r * len(K), r / len(K), r * (len(K) - 1), r / (len(K) - 1), r**2))),
        Mistake("product", "K and L were multiplied without K (K + ridge I)⁻¹: what K is long in then counts twice",
                when=lambda got, _, K, L, r, k: any(close(got, leading(S, k), 1e-3)
                    for S in (K @ L, (K + r * np.eye(len(K))) @ (L + r * np.eye(len(K)))))),
    ],
    hints=(
        "Two matrices are to be made first, R_K = K (K + ridge I)⁻¹ and the same of L; then one product and its eigenvalues.",
        "np.linalg.solve(K + ridge * I, K) is R_K (they commute, so the order does not matter). The eigenvalues of R_K R_L are "
        "the squared correlations; np.linalg.eigvals may give tiny imaginary parts, so take .real.",
        "R = lambda K: np.linalg.solve(…, K)\nsquares = np.sort(np.linalg.eigvals(R(K) @ R(L)).real)[::-1]\n"
        "return np.sqrt(squares[:k])",
    ),
)  # fmt: skip


# fourier_features ----------------------------------------------------------------------------------------------------


def fourier_features(X: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.sqrt(2 / W.shape[1]) * np.cos(X @ W + b)


def waves(rng: np.random.Generator, variant: str) -> list[tuple]:
    d, D = {"standard": (3, 7), "large": (10, 300)}[variant]
    return [
        (rng.normal(size=(n, width)), rng.normal(size=(width, D)), rng.uniform(0, 2 * np.pi, D)) for n, width in ((2, 2), (9, d))
    ]


FOURIER = Exercise(
    id="nonlinear_cca.fourier_features",
    title="a Gaussian kernel in a few columns",
    reference=fourier_features,
    cases=waves,
    variants=("standard", "large"),
    mistakes=[
        Mistake("unscaled", "the factor √(2 / D) is missing: D products of two cosines, each 1/2 on average for equal rows, "
                "must add up to 1", wrong=lambda X, W, b: np.cos(X @ W + b)),
        Mistake("no-two", "√(1 / D) instead of √(2 / D): the mean of cos² is 1/2, so a row's product with itself would be 1/2",
                wrong=lambda X, W, b: np.cos(X @ W + b) / np.sqrt(W.shape[1])),
        Mistake("no-root", "the features are multiplied in pairs, so the factor goes in twice: take its root",
                wrong=lambda X, W, b: np.cos(X @ W + b) * 2 / W.shape[1]),
        Mistake("no-shift", "the shifts b are not used: without them the product depends on where the rows lie, not only on "
                "their difference", wrong=lambda X, W, b: np.sqrt(2 / W.shape[1]) * np.cos(X @ W)),
        Mistake("sine", "a sine instead of a cosine (with a random shift that would do as well, but here cos is asked for)",
                wrong=lambda X, W, b: np.sqrt(2 / W.shape[1]) * np.sin(X @ W + b)),
        Mistake("rows", "D is the number of features, the columns of W; you divided by the rows of X or of W",
                when=lambda got, _, X, W, b: any(close(got, np.sqrt(2 / n) * np.cos(X @ W + b)) for n in X.shape)),
    ],
    hints=(
        "One matrix product, one shift, one cosine, one factor.",
        "D is W.shape[1]. (X @ W + b) is (n, D).",
        "return np.sqrt(2 / …) * np.cos(…)",
    ),
)  # fmt: skip


# inverse_root --------------------------------------------------------------------------------------------------------


def inverse_root(C: np.ndarray, ridge: float) -> np.ndarray:
    values, U = np.linalg.eigh(C + ridge * np.eye(len(C)))
    return U / np.sqrt(values) @ U.T


def covariances(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Also one that has directions without any variance."""
    d = {"standard": 3, "large": 15}[variant]
    full, poor = rng.normal(size=(4 * d, d)) * np.linspace(3, 0.3, d), rng.normal(size=(d, d - 1)) @ rng.normal(size=(d - 1, d))
    return [(np.cov(rng.normal(size=(2, 9))), 0.1), (np.cov(full.T), 0.01), (poor.T @ poor / d, 0.5)]


def by(power: float):
    """The power of the ridged matrix; nothing where there is nothing."""

    def of(C: np.ndarray, ridge: float) -> np.ndarray:
        values, U = np.linalg.eigh(C + ridge * np.eye(len(C)))
        return U * values**power @ U.T

    return of


def whitens(got: Any, C: np.ndarray, ridge: float) -> bool:
    W = numbers(got)
    S = C + ridge * np.eye(len(C))
    return close(W.T @ S @ W, np.eye(len(C))) or close(W @ S @ W.T, np.eye(len(C)))


ROOT = Exercise(
    id="nonlinear_cca.inverse_root",
    title="the symmetric whitener",
    reference=inverse_root,
    cases=covariances,
    variants=("standard", "large"),
    mistakes=[
        Mistake("inverse", "that is the inverse; its *root* is wanted: divide by the roots of the eigenvalues", wrong=by(-1)),
        Mistake("root", "that is the root, not the inverse root", wrong=by(0.5)),
        Mistake("entries", "a root or a quotient was taken of every entry; it must be taken of the eigenvalues",
                when=lambda got, _, C, r: any(close(np.abs(numbers(got)), np.abs(M)) for M in (
                    1 / np.sqrt(np.abs(C + r * np.eye(len(C)))), np.sqrt(np.abs(np.linalg.inv(C + r * np.eye(len(C))))),
                    1 / np.sqrt(np.abs(C) + r)))),
        Mistake("ridge-late", "the ridge came too late: it is added to the eigenvalues before the root, not to the roots or "
                "to the result", when=lambda got, _, C, r: any(close(got, U @ np.diag(1 / (np.sqrt(np.maximum(v, 0)) + r)) @ U.T)
                                                       for v, U in [np.linalg.eigh(C)])),
        Mistake("everywhere", "the ridge was added to every entry; only the diagonal has it: + ridge × I",
                when=lambda got, _, C, r: any(close(got, U / np.sqrt(np.abs(v)) @ U.T) for v, U in [np.linalg.eigh(C + r)])),
        Mistake("not-turned-back", "this whitens, but is not symmetric: turn back with U.T after dividing",
                when=lambda got, _, C, r: whitens(got, C, r)),
        Mistake("wrong-side", "U and U.T changed places: the columns of U are the eigenvectors",
                when=lambda got, _, C, r: any(close(got, U.T / np.sqrt(v) @ U)
                                              for v, U in [np.linalg.eigh(C + r * np.eye(len(C)))])),
    ],
    hints=(
        "A symmetric matrix is U diag(l) Uᵀ. Whatever is done to it is done to l.",
        "np.linalg.eigh of C + ridge × I; divide by the roots of the eigenvalues, between U and U.T.",
        "l, U = np.linalg.eigh(C + …)\nreturn U @ np.diag(…) @ U.T",
    ),
)  # fmt: skip


# correlation_loss ----------------------------------------------------------------------------------------------------


def correlation_loss(A: Tensor, B: Tensor, ridge: float) -> Tensor:
    a, b = A - A.mean(0), B - B.mean(0)
    factor = [torch.linalg.cholesky(v.mT @ v / (len(v) - 1) + ridge * torch.eye(v.shape[1], dtype=v.dtype)) for v in (a, b)]
    half = torch.linalg.solve_triangular(factor[0], a.mT @ b / (len(a) - 1), upper=False)
    return -torch.linalg.svdvals(torch.linalg.solve_triangular(factor[1], half.mT, upper=False)).sum()


def outputs(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Plain outputs, then ones of which only one column is not silent, where eigenvalues are equal."""
    n, k = {"standard": (20, 3), "large": (60, 6)}[variant]

    def views(n: int, k: int, silent: bool) -> tuple[Tensor, Tensor]:
        A, B = rng.normal(size=(2, n, k)) + 1
        B = B + A
        if silent:
            A[:, 1:] = 0
        return torch.from_numpy(A).requires_grad_(), torch.from_numpy(B).requires_grad_()

    return [(*views(9, 2, False), 0.1), (*views(n, k, False), 0.01), (*views(n, k + 2, True), 0.1)]


def slope(value: Any) -> Tensor | None:
    """How steep a tensor is in each of the leaves it was made from, (leaves,), rising; None where fewer than two are reached."""
    seen, ahead = set(), [getattr(value, "grad_fn", None)]
    leaves = []
    while ahead:
        step = ahead.pop()
        if step is None or step in seen:
            continue
        seen.add(step)
        if hasattr(step, "variable"):
            leaves.append(step.variable)
        ahead += [before for before, _ in step.next_functions]
    if len(leaves) < 2:
        return None
    return torch.stack([g.abs().sum() for g in torch.autograd.grad(value.sum(), leaves, retain_graph=True)]).sort().values


def trains(got: Any, expected: Tensor) -> bool:
    """Equal losses, and gradients to both views that are numbers. (Silent units leave their gradient open.)"""
    return close(got, expected) and slope(got) is not None and bool(torch.isfinite(slope(got)).all())


def flawed(centre: bool = True, ddof: int = 1, ridge: str = "both", sign: int = -1, sums: str = "svd"):
    """The loss with one thing done differently."""

    def loss(A: Tensor, B: Tensor, r: float) -> Tensor:
        a, b = (A - A.mean(0), B - B.mean(0)) if centre else (A, B)
        roots = []
        for i, v in enumerate((a, b)):
            C = v.mT @ v / (len(v) - ddof) + (r if ridge == "both" or (ridge == "one" and i == 0) else 1e-9) * torch.eye(
                v.shape[1], dtype=v.dtype)  # fmt: skip
            l, U = torch.linalg.eigh(C)
            roots.append(U / l.clamp_min(1e-12).sqrt() @ U.mT)
        T = roots[0] @ (a.mT @ b / (len(a) - ddof)) @ roots[1]
        s = torch.linalg.svdvals(T)
        kinds = {"svd": s.sum(), "squares": (s**2).sum(), "trace": torch.trace(T), "mean": s.mean(), "first": s[0]}
        return sign * kinds[sums]

    return loss


def equals(got: Any, other, A: Tensor, B: Tensor, r: float) -> bool:
    return close(got, other(A.detach(), B.detach(), r), 1e-4)


LOSS = Exercise(
    id="nonlinear_cca.correlation_loss",
    title="minus the total correlation, safe to train with",
    reference=correlation_loss,
    cases=outputs,
    variants=("standard", "large"),
    agrees=trains,
    mistakes=[
        Mistake("no-gradient", "the number is right, but no gradient flows back to both views: did something go through numpy, "
                ".item() or .detach()?", when=lambda got, expected, *_: close(got, expected) and slope(got) is None),
        Mistake("nan-gradient", "the number is right, but its gradient is NaN where units are silent: eigenvectors (or the full "
                "SVD) of a matrix with equal eigenvalues have no gradient. Whiten with torch.linalg.cholesky, and sum "
                "torch.linalg.svdvals", when=lambda got, expected, *_: close(got, expected)),
        Mistake("sign", "this grows with the correlation; a loss is made small, so give *minus* the total",
                when=lambda got, _, *a: equals(got, flawed(sign=1), *a)),
        Mistake("centre", "the outputs were not centred: take each column's mean over the batch off first",
                when=lambda got, _, *a: equals(got, flawed(centre=False), *a) or equals(got, flawed(centre=False, ddof=0), *a)),
        Mistake("no-ridge", "the ridge is missing in one view or both", when=lambda got, _, A, B, r:
                any(equals(got, flawed(ridge=which), A, B, r) for which in ("none", "one"))),
        Mistake("ddof", "almost: divide by n - 1, not by n", when=lambda got, _, *a: equals(got, flawed(ddof=0), *a)),
        Mistake("squares", "the squares of the correlations were added; add the singular values themselves",
                when=lambda got, _, *a: equals(got, flawed(sums="squares"), *a)),
        Mistake("trace", "the trace is the sum of the singular values only where the matrix is symmetric and positive; here they "
                "are needed themselves: torch.linalg.svdvals", when=lambda got, _, *a: equals(got, flawed(sums="trace"), *a)),
        Mistake("mean", "the *sum* of the correlations, not their mean or the largest alone", when=lambda got, _, A, B, r:
                any(equals(got, flawed(sums=which), A, B, r) for which in ("mean", "first"))),
    ],
    hints=(
        "Covariances first: of each view with itself, plus ridge × I, and of A with B. Then whiten from both sides without any "
        "eigenvector.",
        "L = torch.linalg.cholesky(C) has L Lᵀ = C, so L⁻¹ whitens. torch.linalg.solve_triangular(L, M, upper=False) is L⁻¹ M. "
        "You need L_A⁻¹ C_AB L_B⁻ᵀ: solve once from the left, transpose, solve again. Singular values do not mind the transpose.",
        "a, b = A - A.mean(0), …\nC = lambda u, v: u.T @ v / (len(u) - 1)\nL_a, L_b = torch.linalg.cholesky(…), …\n"
        "half = torch.linalg.solve_triangular(L_a, …, upper=False)\n"
        "whole = torch.linalg.solve_triangular(L_b, half.T, upper=False)\n"
        "return -torch.linalg.svdvals(whole).sum()",
    ),
)  # fmt: skip


# maxvar --------------------------------------------------------------------------------------------------------------


def maxvar(views: list[np.ndarray], k: int) -> np.ndarray:
    H = np.hstack(views)
    U = np.linalg.svd(H, full_matrices=False)[0]
    return U[:, :k] * np.sqrt(len(H) - 1)


def least_shared(views: list[np.ndarray], k: int) -> np.ndarray:
    return np.linalg.svd(np.hstack(views), full_matrices=False)[0][:, -k:] * np.sqrt(len(views[0]) - 1)


def whitened_views(rng: np.random.Generator, variant: str) -> list[tuple]:
    """White views of unequal width that share a few signals of falling strength."""
    n, widths = {"standard": (30, (4, 3, 5)), "four": (60, (4, 6, 3, 5))}[variant]

    def views(n: int, widths: tuple) -> list[np.ndarray]:
        shared = rng.normal(size=(n, 3)) * [3, 1.5, 0.7]
        made = [shared @ rng.normal(size=(3, d)) + rng.normal(size=(n, d)) for d in widths]
        return [np.linalg.svd(v - v.mean(0), full_matrices=False)[0] * np.sqrt(n - 1) for v in made]

    return [(views(20, (2, 3)), 1), (views(n, widths), 2), (views(2 * n, widths[::-1]), 3)]


MAXVAR = Exercise(
    id="nonlinear_cca.maxvar",
    title="the variables that all views can predict",
    reference=maxvar,
    cases=whitened_views,
    variants=("standard", "four"),
    agrees=up_to_sign,
    mistakes=[
        Mistake("length", "right directions, but of length one: their *variance* (with n - 1) should be one",
                when=lambda got, expected, views, k: up_to_sign(numbers(got) * np.sqrt(len(views[0]) - 1), expected)),
        Mistake("ddof", "almost: variance one with the divisor n - 1, not n",
                when=lambda got, expected, views, k: up_to_sign(numbers(got) * np.sqrt(1 - 1 / len(views[0])), expected)),
        Mistake("scores", "these are right up to their lengths: bring each to variance one",
                when=lambda got, expected, views, k: up_to_sign(numbers(got) / numbers(got).std(0, ddof=1), expected)),
        Mistake("last", "these are the variables that the views agree on *least*: take the largest singular values",
                when=lambda got, _, views, k: any(
                    up_to_sign(numbers(got)[:, ::step], least_shared(views, k)) for step in (1, -1))),
        Mistake("rising", "right variables, in the wrong order: the one that the views agree on most comes first",
                when=lambda got, expected, *_: up_to_sign(numbers(got)[:, ::-1], expected)),
        Mistake("two-views", "only the first two views are in it",
                when=lambda got, _, views, k: len(views) > 2 and up_to_sign(got, maxvar(views[:2], k))),
        Mistake("sum", "the views were added up column by column; their columns have nothing to do with each other before they "
                "are aligned. Put them side by side",
                when=lambda got, _, views, k: any(up_to_sign(got, maxvar([sum(v[:, :d] for v in views)], min(k, d)))
                                                  for d in [min(v.shape[1] for v in views)])),
        Mistake("one-view", "this is one view alone; all of them must be in it",
                when=lambda got, _, views, k: any(up_to_sign(got, maxvar([v], k)) or up_to_sign(got, v[:, :k]) for v in views)),
    ],
    hints=(
        "Every view is white already. Put all their columns side by side: which direction of this wide matrix varies most?",
        "np.linalg.svd(np.hstack(views), full_matrices=False): its first k left singular vectors are the variables, of "
        "length one. How long must they be for variance one?",
        "U, s, Vt = np.linalg.svd(np.hstack(views), full_matrices=False)\nreturn U[:, :k] * …",
    ),
)  # fmt: skip

register(GAUSSIAN, CENTRE, DUAL, FOURIER, ROOT, LOSS, MAXVAR)

# questions -----------------------------------------------------------------------------------------------------------

ask(
    Question(
        "nonlinear_cca.zero",
        "Every canonical correlation of two views is zero, with as many pairs as you like. What do you know?",
        (
            Choice("The views are independent", False, "s and s² are as dependent as can be, and their correlation is zero."),
            Choice("No straight line in one view says anything about a straight line in the other", True,
                   "That is all a correlation looks at. A curve may say everything."),
            Choice("The ridge was too small", False, "A larger ridge makes correlations smaller, not larger."),
        ),
    ),
    Question(
        "nonlinear_cca.perfect",
        "Gaussian kernel CCA gives a training correlation of 1.000 on 500 distinct pairs. What happened?",
        (
            Choice("There is no ridge (or hardly any): with it missing this comes out for any data", True,
                   "The centred kernel of n different rows has rank n - 1, so dual weights give any centred list of numbers."),
            Choice("The views share one feature exactly", False,
                   "They may or may not. Without a ridge you would see the same if they did not; only new pairs can tell."),
            Choice("γ is too small", False, "Even a small γ leaves the kernel at full rank, in exact arithmetic."),
        ),
    ),
    Question(
        "nonlinear_cca.nan",
        "A deep CCA training gives NaN at step 40. The loss was fine until then. What is the likeliest cause?",
        (
            Choice("The learning rate", False,
                   "It can ruin a training, but then the loss climbs first. Here it jumped from fine to NaN in one step."),
            Choice("The covariance was singular, so its inverse root was infinite", False,
                   "The ridge prevents that: the value is finite. It is the gradient that is not."),
            Choice("Two eigenvalues became equal, and the gradient of the eigenvectors divides by their difference", True,
                   "Two silent units are enough: both have exactly the ridge as eigenvalue. Cholesky needs no eigenvectors."),
        ),
    ),
    Question(
        "nonlinear_cca.batch",
        "Deep CCA with 64 outputs and batches of 50 pairs: the loss sits at about -49 from the first step. Why?",
        (
            Choice("It has converged very quickly", False, "Try it with shuffled pairs: the same number."),
            Choice("50 centred points span 49 directions at most, and any two such sets agree perfectly there", True,
                   "The batch must hold more pairs than outputs, and better many times as many."),
            Choice("The ridge is too large", False, "A ridge makes the total smaller than 49."),
        ),
    ),
    Question(
        "nonlinear_cca.maxvar_two",
        "MAXVAR generalised CCA of only two views gives, without ridge, …",
        (
            Choice("the directions of ordinary CCA", True,
                   "The sum of the shares is then 1 + ρ for each direction, so the same order and the same directions."),
            Choice("PCA of both views side by side", False,
                   "Nearly: of both *whitened* views. Without whitening, the view with the larger numbers would decide alone."),
            Choice("nothing, since it needs three", False, "It takes any number from two."),
        ),
    ),
)  # fmt: skip
