"""Kernel canonical correlation analysis: CCA on features that are never written down.

Map each row by some φ to a space with many more columns, even infinitely many, and do CCA there. All that CCA needs to know
of the mapped rows are their inner products, k(a, b) = φ(a)·φ(b), the **kernel**; and a direction in that space is a sum of
mapped training rows, so it is given by one number a row (Hardoon, Szedmak and Shawe-Taylor, 2004, "Canonical correlation
analysis: an overview with application to learning methods", Neural Computation 16, section 4).
"""

from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from mmlearn.align.base import Aligner, check_parameters, check_views
from mmlearn.align.cca import leading_pairs
from mmlearn.arrays import as_matrix

KERNELS = ("rbf", "linear", "poly")
_SAMPLE = 1000  # rows whose distances are looked at for their median


def squared_distances(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """A (n, d), B (m, d) -> (n, m), the squared Euclidean distance of every row of A and every row of B."""
    squares = (A**2).sum(axis=1)[:, None] + (B**2).sum(axis=1) - 2 * A @ B.T
    return np.maximum(squares, 0)  # rounding may leave a tiny negative one


def median_gamma(X: Any) -> float:
    """The width of a Gaussian kernel by the median heuristic: γ = 1 / (2 m²), with m the median distance of two rows.

    Then typical pairs of rows have a kernel of about 0.6, neither all 0 nor all 1 (Garreau, Jitkrittum and Kanagawa, 2017,
    "Large sample analysis of the median heuristic"). Of more than 1,000 rows, 1,000 evenly spaced ones are looked at. Where
    more than half of the distances are 0, the median of the others is taken; where all are, γ is 1.

    Raises:
        ValueError: X is no matrix of finite numbers.
    """
    X = as_matrix(X, "X")
    rows = X[np.linspace(0, len(X) - 1, min(len(X), _SAMPLE)).astype(int)]
    squares = squared_distances(rows, rows)[np.triu_indices(len(rows), k=1)]
    apart = squares[squares > 1e-12 * max(1.0, (rows**2).sum(axis=1).max())]
    middle = np.median(squares) if 2 * len(apart) > len(squares) else np.median(apart) if len(apart) else 0.5
    return float(1 / (2 * middle))


def centred(K: np.ndarray, columns: np.ndarray, whole: float) -> np.ndarray:
    """The kernel of the same rows with the mean taken off in feature space.

    Args:
        K: (m, n), the kernel of any m rows with the n training rows.
        columns: (n,), the column means of the training kernel.
        whole: the mean of all its entries.
    """
    return K - K.mean(axis=1, keepdims=True) - columns + whole


class Feature(NamedTuple):
    """What is kept of one view: training rows, the means of their kernel, and dual weights."""

    rows: np.ndarray  # (n, d), centred
    columns: np.ndarray  # (n,)
    whole: float
    gamma: float
    weights: np.ndarray  # (n, k)


class KernelCCA(Aligner):
    """CCA of two views in the feature spaces of a kernel, exactly, in float64.

    Training rows are kept, and a fit takes O(n²) memory and O(n³) time: a few thousand pairs. With the linear kernel it is
    CCA itself, by another road: `KernelCCA("linear", reg=r)` equals `CCA(reg=d * r)` for views of d columns.

    Args:
        kernel: "rbf", exp(-γ|a - b|²); "linear", a·b; "poly", (γ a·b + 1)^degree; or a function of (n, d) and (m, d) that
            gives the (n, m) inner products of some features.
        gamma: γ; a number, one a view in a pair, or None: the median heuristic (`median_gamma`) for "rbf", and one over the
            mean squared length of the centred rows for "poly".
        degree: of "poly".
        n_components: k, fewer than the pairs.
        reg: ridge, relative: reg × (total variance of the view in feature space) is added to the variance of every direction.
            Never 0 for "rbf" but to see it fail: n distinct rows are linearly independent there, so any two views agree
            perfectly. Choose it on validation pairs.

    Attributes:
        correlations_: (k,), falling; shrunk by the ridge.
        features_: what is kept of each view, see `Feature`; its `weights` (n, k) are the dual ones.
        means_: (d_x,) and (d_y,), taken off before the kernel.
        n_features_: d_x and d_y.
    """

    def __init__(
        self, kernel: str | Callable = "rbf", gamma: float | Sequence[float] | None = None, degree: int = 3,
        n_components: int = 64, reg: float = 0.01,
    ):  # fmt: skip
        self.kernel, self.gamma, self.degree = kernel, gamma, degree
        self.n_components, self.reg = n_components, reg

    def fit(self, X: Any, Y: Any = None) -> "KernelCCA":
        """Learn from pairs X (n, d_x) and Y (n, d_y), or [X, Y].

        Raises:
            ValueError: see `check_views`; a parameter out of range; too few pairs, or a view whose features vary in fewer than
                `n_components` directions (a constant one does in none).
        """
        views = check_views(X, Y)
        self._check_parameters(views)
        gammas = self._gammas([view - view.mean(axis=0) for view in views])
        self.n_features_ = tuple(view.shape[1] for view in views)
        self.means_ = tuple(view.mean(axis=0) for view in views)
        kernels, bases = [], []
        for i, (view, gamma) in enumerate(zip(views, gammas, strict=True)):
            rows = view - self.means_[i]
            K = self._kernel(rows, rows, gamma)
            columns, whole = K.mean(axis=0), float(K.mean())
            kernels.append((rows, columns, whole, gamma))
            bases.append(self._basis(centred(K, columns, whole), "XY"[i]))
        (Ux, fx, ax), (Uy, fy, ay) = bases
        P, correlations, Q = leading_pairs(fx[:, None] * (Ux.T @ Uy) * fy, self.n_components)
        dual = ((Ux * ax) @ P, (Uy * ay) @ Q)
        sign = np.sign(dual[0][np.abs(dual[0]).argmax(axis=0), np.arange(self.n_components)])
        self.features_ = tuple(Feature(*kept, weights * sign) for kept, weights in zip(kernels, dual, strict=True))
        self.correlations_ = np.minimum(correlations, 1)
        return self

    def _basis(self, K: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Whiten a view by its centred kernel K (n, n) = U diag(l) Uᵀ, of rank r.

        Along direction j of feature space the rows have the coordinates √l_j U_j, so the variance l_j / (n - 1); the ridge
        adds λ, and whitening divides by √(l_j / (n - 1) + λ).

        Returns:
            U (n, r); the factors (r,) by which a column of U, of variance 1 / (n - 1), becomes the whitened one; and the
            factors (r,) by which it becomes the dual weights of that direction.
        """
        variances, U = np.linalg.eigh(K / (len(K) - 1))
        keep = variances > len(K) * np.finfo(float).eps * max(variances[-1], 0)
        variances, U = variances[keep], U[:, keep]
        if len(variances) < self.n_components:
            raise ValueError(f"n_components={self.n_components} is too many: {name} varies in {len(variances)} directions only")
        ridged = variances + self.reg * variances.sum()
        return U, np.sqrt(variances / ridged), 1 / np.sqrt(variances * ridged * (len(K) - 1))

    def _embed(self, view: np.ndarray, i: int) -> np.ndarray:
        kept = self.features_[i]
        K = self._kernel(view - self.means_[i], kept.rows, kept.gamma)
        return centred(K, kept.columns, kept.whole) @ kept.weights

    def _kernel(self, A: np.ndarray, B: np.ndarray, gamma: float) -> np.ndarray:
        if self.kernel == "rbf":
            return np.exp(-gamma * squared_distances(A, B))
        if self.kernel == "linear":
            return A @ B.T
        if self.kernel == "poly":
            return (gamma * (A @ B.T) + 1) ** self.degree
        K = as_matrix(self.kernel(A, B), "what kernel returned")
        if K.shape != (len(A), len(B)):
            raise ValueError(f"kernel returned shape {K.shape} for {len(A)} and {len(B)} rows; accepted is {(len(A), len(B))}")
        return K

    def _gammas(self, rows: Sequence[np.ndarray]) -> list[float]:
        if self.gamma is not None:
            return [float(gamma) for gamma in np.broadcast_to(self.gamma, 2)]
        if self.kernel == "poly":
            return [float(len(view) / ((view**2).sum() or 1)) for view in rows]
        return [median_gamma(view) for view in rows]

    def _check_parameters(self, views: Sequence[np.ndarray]) -> None:
        k, pairs = self.n_components, len(views[0])
        check_parameters(k, self.reg)
        if len(views) != 2:
            raise ValueError(f"KernelCCA aligns two views, X and Y; got {len(views)}")
        if not callable(self.kernel) and self.kernel not in KERNELS:
            raise ValueError(f"kernel is {self.kernel!r}; accepted are {', '.join(KERNELS)} or a function")
        given = np.ravel([] if self.gamma is None else self.gamma)
        if len(given) > 2 or not all(isinstance(g, Real) and 0 < g < np.inf for g in given.tolist()):
            raise ValueError(f"gamma must be None, a number above 0, or two of them; got {self.gamma!r}")
        if pairs <= k:
            raise ValueError(f"n_components={k} needs at least {k + 1} pairs; got {pairs}")
