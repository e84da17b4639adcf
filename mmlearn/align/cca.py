"""Canonical correlation analysis: the directions of two views that agree most.

Of all pairs of directions (a, b), the first has the largest correlation of X a with Y b; each next one the largest
among those uncorrelated with all before (Hotelling, 1936, "Relations between two sets of variates", Biometrika 28). Two
steps find them all at once: make the columns of each view uncorrelated and of variance one (whitening); then the
singular vectors of the covariance between the whitened views are the directions, its singular values the correlations.
"""

from functools import cached_property
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from mmlearn.align.base import Aligner, check_views
from mmlearn.align.moments import Moments
from mmlearn.layers.decomposition import whitener


def leading_pairs(M: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The k largest singular values s (k,) of M (p, q), with their vectors U (p, k) and V (q, k).

    The same as a truncated SVD in less than half its time: V are eigenvectors of the smaller of MᵀM and MMᵀ; then M V
    has orthogonal columns of length s, and QR splits it into U and s, losing no digits as division by a small s would.
    """
    if M.shape[0] < M.shape[1]:
        V, s, U = leading_pairs(M.T, k)
        return U, s, V
    V = np.linalg.eigh(M.T @ M)[1][:, ::-1][:, :k]
    U, R = np.linalg.qr(M @ V)
    s = np.diag(R)
    return U * np.where(s < 0, -1, 1), np.abs(s), V


class Solution(NamedTuple):
    """What is learned: correlations (k,), and weights (d_i, k) of each view."""

    correlations: np.ndarray
    weights: tuple[np.ndarray, np.ndarray]


class CCA(Aligner):
    """Exact CCA of two views, by whitening and a singular value decomposition, in float64.

    Only the count, mean and covariance of the data are kept (`moments_`), so pairs may also come in batches
    (`partial_fit`) or from several workers (`merge`), with the same result as one `fit`. After those two, `weights_`
    and `correlations_` are computed when they are next asked for. The cost is O(n d²) for the covariances and O(d³) for
    the rest, d being the columns of both views: reduce views of many thousands of columns first, by PCA for instance.

    Args:
        n_components: k, the number of directions; at most the columns (and the rank) of either view, and fewer than the
            number of pairs.
        reg: ridge, relative: reg × (mean variance of the view) is added to the variance of each of its columns. 0 is
            plain CCA. Choose it on validation pairs.

    Attributes:
        correlations_: (k,), falling. With reg = 0 the correlations of the training pairs; with reg > 0 they are shrunk.
        weights_: (d_x, k) and (d_y, k); the largest entry of each column of the first is positive.
        means_: (d_x,) and (d_y,).
        moments_: the sufficient statistics, see `Moments`.
        n_features_: d_x and d_y.
    """

    def __init__(self, n_components: int = 64, reg: float = 0.1):
        self.n_components = n_components
        self.reg = reg

    def fit(self, X: Any, Y: Any = None) -> "CCA":
        """Learn from pairs X (n, d_x) and Y (n, d_y), or [X, Y]; what was learned before is forgotten.

        Raises:
            ValueError: see `check_views`; also for parameters out of range, and too few pairs, columns or independent
                columns for `n_components`.
        """
        self._learn(*_two(X, Y), forget=True)
        self._solution  # noqa: B018  so that what cannot be solved is said here, not at the first transform
        return self

    def partial_fit(self, X: Any, Y: Any = None) -> "CCA":
        """Learn from one more batch of pairs, of any size. Raises as `fit` does, but takes few pairs to begin with."""
        return self._learn(*_two(X, Y), forget=False)

    def merge(self, other: "CCA") -> "CCA":
        """Add the pairs that another CCA has seen, as if this one had seen them too.

        A new `CCA(reg=1).merge(old)` solves the old problem anew with other parameters, without the data.

        Raises:
            ValueError: `other` is not a fitted CCA, or was fitted with other numbers of columns.
        """
        if not isinstance(other, CCA):
            raise ValueError(f"other must be a CCA; got {type(other).__name__}")
        other._check_fitted()
        self._check_parameters()
        return self._add(other.moments_, other.n_features_)

    @property
    def correlations_(self) -> np.ndarray:
        return self._solution.correlations

    @property
    def weights_(self) -> tuple[np.ndarray, np.ndarray]:
        return self._solution.weights

    @property
    def means_(self) -> tuple[np.ndarray, np.ndarray]:
        self._check_fitted()
        return self.moments_.mean[: self.n_features_[0]], self.moments_.mean[self.n_features_[0] :]

    def _embed(self, view: np.ndarray, i: int) -> np.ndarray:
        return (view - self.means_[i]) @ self.weights_[i]

    @cached_property
    def _solution(self) -> Solution:
        """The whole method: whiten, decompose, and map the directions back to the columns of each view."""
        self._check_fitted()
        self._check_sizes()
        C, p, k = self.moments_.covariance, self.n_features_[0], self.n_components
        Wx, Wy = whitener(C[:p, :p], self.reg), whitener(C[p:, p:], self.reg)
        for name, rank in (("X", Wx.shape[1]), ("Y", Wy.shape[1])):
            if rank < k:
                raise ValueError(f"n_components={k} is too many: {name} varies in {rank} directions only")
        U, correlations, V = leading_pairs(Wx.T @ C[:p, p:] @ Wy, k)
        A, B = Wx @ U, Wy @ V
        # A pair of directions may be turned about together; this settles which way.
        sign = np.sign(A[np.abs(A).argmax(axis=0), np.arange(k)])
        return Solution(np.minimum(correlations, 1), (A * sign, B * sign))

    def _learn(self, X: np.ndarray, Y: np.ndarray, forget: bool) -> "CCA":
        self._check_parameters()
        if forget:
            vars(self).pop("moments_", None)
        return self._add(Moments.of(X, Y), (X.shape[1], Y.shape[1]))

    def _add(self, moments: Moments, n_features: tuple[int, int]) -> "CCA":
        if hasattr(self, "moments_"):
            if n_features != self.n_features_:
                raise ValueError(f"X and Y were fitted with {self.n_features_} columns; got {n_features}")
            moments = self.moments_.merge(moments)
        self.moments_, self.n_features_ = moments, n_features
        vars(self).pop("_solution", None)
        return self

    def _check_parameters(self) -> None:
        k, reg = self.n_components, self.reg
        if not isinstance(k, Integral) or isinstance(k, bool) or k < 1:
            raise ValueError(f"n_components must be a whole number of at least 1; got {k!r}")
        if not isinstance(reg, Real) or not 0 <= reg < np.inf:
            raise ValueError(f"reg must be a finite number of at least 0; got {reg!r}")

    def _check_sizes(self) -> None:
        k, pairs = self.n_components, self.moments_.count
        for name, columns in zip(("X", "Y"), self.n_features_, strict=True):
            if columns < k:
                raise ValueError(f"n_components={k} is too many: {name} has {columns} columns")
        if pairs <= k:
            raise ValueError(f"n_components={k} needs at least {k + 1} pairs; got {pairs}")


def _two(X: Any, Y: Any) -> list[np.ndarray]:
    views = check_views(X, Y)
    if len(views) != 2:
        raise ValueError(f"CCA aligns two views, X and Y; got {len(views)}")
    return views
