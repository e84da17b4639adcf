"""Chapter 07: CCA from two kernels."""

from typing import Any

import numpy as np

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.nonlinear_cca.common import close, numbers
from mmlearn.exercises.nonlinear_cca.kernels import centre_kernel, gaussian_kernel


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

    uneven = centre_kernel(np.diag([40.0, 1, 2, 50, 3, 60]))  # its eigenvalues do not come in falling order
    return [(*one(8, 0.5), 0.5, 2), (*one(n, 0.2), 0.1, 3), (*one(n, 1.0), 2.0, 4), (uneven, uneven, 5.0, 2)]


def real_and_close(got: Any, expected: np.ndarray) -> bool:
    return not np.iscomplexobj(plain(got)) and close(got, expected, 1e-4)


def all_correlations(K: np.ndarray, L: np.ndarray, ridge: float) -> np.ndarray:
    return dual_correlations(K, L, ridge, len(K))


def among(got: Any, expected: np.ndarray, whole: np.ndarray) -> bool:
    """Whether as many numbers were given as expected, each of them one of the whole list."""
    got = numbers(got)
    return got.shape == expected.shape and bool(np.abs(got[:, None] - whole).min(axis=1).max() < 1e-4)


def singular(K: np.ndarray, L: np.ndarray, ridge: float, k: int) -> np.ndarray:
    return np.linalg.svd(smoother(K, ridge) @ smoother(L, ridge), compute_uv=False)[:k]


def of_lower_half(K: np.ndarray, L: np.ndarray, ridge: float, k: int) -> np.ndarray:
    """What eigvalsh makes of the product, of which it reads one half only."""
    values = np.linalg.eigvalsh(smoother(K, ridge) @ smoother(L, ridge))
    return np.sqrt(np.maximum(values[::-1][:k], 0))


def ridge_alone(K: np.ndarray, ridge: float) -> np.ndarray:
    """The smoother of K² + ridge I instead of K² + ridge K."""
    return K @ np.linalg.solve(K @ K + ridge * np.eye(len(K)), K)


DUAL = Exercise(
    id="nonlinear_cca.dual_correlations",
    title="kernel CCA's correlations",
    reference=dual_correlations,
    cases=centred_pairs,
    variants=("standard", "large"),
    tolerance=1e-4,
    agrees=real_and_close,
    mistakes=[
        Mistake("complex", "your numbers are right, but complex: take .real of the eigenvalues before sorting",
                when=lambda got, expected, *_: np.iscomplexobj(plain(got)) and close(got, expected, 1e-4)),
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
        Mistake("eigvalsh", "np.linalg.eigvalsh is for symmetric matrices, and reads one half only; the product R_K R_L is not "
                "symmetric: np.linalg.eigvals", when=lambda got, _, *a: any(close(got, values, 1e-4) for values in (
                    of_lower_half(*a), of_lower_half(a[1], a[0], *a[2:])))),
        Mistake("singular", "singular values were taken (or their roots); of a matrix that is not symmetric they differ from the "
                "eigenvalues: np.linalg.eigvals",
                when=lambda got, _, *a: any(close(got, f(singular(*a)), 1e-4) for f in (np.copy, np.sqrt))),
        Mistake("relative", "your ridge is relative to the trace or the mean of the diagonal; here it is added as it stands",
                when=lambda got, _, K, L, r, k: any(close(got, leading(smoother(K, r * np.trace(K) / m) @ smoother(
                    L, r * np.trace(L) / m), k), 1e-4) for m in (1, len(K)))),
        Mistake("ridge-k", "the ridge charges αᵀKα, so it is K² + νK that becomes K (K + νI); you used K² + νI",
                when=lambda got, _, K, L, r, k: close(got, leading(ridge_alone(K, r) @ ridge_alone(L, r), k), 1e-4)),
        Mistake("ridge-n", "the ridge was multiplied or divided by the number of rows, or squared; add it to K as it is",
                when=lambda got, _, K, L, r, k: any(close(got, dual_correlations(K, L, s, k), 1e-4)
                                                   for s in (r * len(K), r / len(K), r * (len(K) - 1), r / (len(K) - 1), r**2))),
        Mistake("product", "K and L were multiplied without K (K + ridge I)⁻¹: what K is long in then counts twice",
                when=lambda got, _, K, L, r, k: any(close(got, leading(S, k), 1e-3)
                    for S in (K @ L, (K + r * np.eye(len(K))) @ (L + r * np.eye(len(K)))))),
        Mistake("unsorted", "these are correlations, but not the k largest in falling order: np.linalg.eigvals gives its numbers "
                "in no order, so sort before cutting",
                when=lambda got, expected, K, L, r, k: among(got, expected, all_correlations(K, L, r))),
    ],
    hints=(
        "Two matrices are to be made first, R_K = K (K + ridge I)⁻¹ and the same of L; then one product and its eigenvalues.",
        "np.linalg.solve(K + ridge * I, K) is R_K (they commute, so the order does not matter). The eigenvalues of R_K R_L are "
        "the squared correlations; np.linalg.eigvals may give tiny imaginary parts, so take .real.",
        "R = lambda K: np.linalg.solve(…, K)\nsquares = np.sort(np.linalg.eigvals(R(K) @ R(L)).real)[::-1]\n"
        "return np.sqrt(np.maximum(squares[:k], 0))",
    ),
)  # fmt: skip
