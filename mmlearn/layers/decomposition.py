"""The singular value decomposition at work: principal components, and whitening.

Pearson, On lines and planes of closest fit to systems of points in space, Philosophical Magazine 2, 1901; Eckart and Young,
The approximation of one matrix by another of lower rank, Psychometrika 1, 1936.
"""

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from mmlearn.arrays import as_matrix


def power_iteration(A: np.ndarray, steps: int = 100, seed: int = 0) -> tuple[float, np.ndarray]:
    """The largest eigenvalue of a symmetric matrix A (d, d) without negative ones, and its eigenvector (d,) of length one.

    Multiply any vector by A again and again: of all directions the one that A stretches most comes to outgrow the others, by
    the ratio of the two largest eigenvalues at each step (von Mises and Pollaczek-Geiringer, ZAMM 9, 1929).

    Raises:
        ValueError: A is not square and symmetric, or holds NaN or infinite values.
    """
    A = as_matrix(A, "A")
    if A.shape[0] != A.shape[1] or not np.allclose(A, A.T):
        raise ValueError(f"A has shape {A.shape}; accepted is a symmetric matrix (d, d)")
    v = np.random.default_rng(seed).normal(size=len(A))
    for _ in range(steps):
        v = A @ v
        v /= np.linalg.norm(v) or 1
    return float(v @ A @ v), v


def whitener(covariance: np.ndarray, reg: float = 0.0) -> np.ndarray:
    """W (d, r) such that Wᵀ (C + λI) W = I, where λ = reg × mean variance.

    r is the rank: a constant column, or one that the others determine, adds no direction. With reg > 0 every direction
    has some variance, so r = d (Vinod, 1976, "Canonical ridge and econometrics of joint production", Journal of
    Econometrics 4).
    """
    d = len(covariance)
    ridged = covariance + reg * np.trace(covariance) / d * np.eye(d)
    # Measured by its own spread, a column in millimetres counts as much towards the rank as one in kilometres.
    spread = np.sqrt(np.diag(ridged))
    unit = np.divide(1, spread, out=np.zeros(d), where=spread > 0)
    variances, directions = np.linalg.eigh(unit[:, None] * ridged * unit)
    keep = variances > d * np.finfo(float).eps * variances[-1]
    return unit[:, None] * directions[:, keep] / np.sqrt(variances[keep])


class PCA(TransformerMixin, BaseEstimator):
    """Principal components: the directions along which data vary most, from the SVD of the centred data.

    Args:
        n_components: k, how many to keep; all in which the data vary where not given.
        whiten: divide each by its standard deviation, so that all of them count alike.

    Attributes:
        mean_: (d,).
        components_: (k, d), of length one and at right angles; the largest entry of each is positive.
        explained_variance_: (k,), the variance along each, falling (divisor n - 1).
        explained_variance_ratio_: (k,), its share of the whole.
    """

    def __init__(self, n_components: int | None = None, whiten: bool = False):
        self.n_components = n_components
        self.whiten = whiten

    def fit(self, X: Any, y: Any = None) -> "PCA":
        """Learn from X (n, d); `y` is ignored.

        Raises:
            ValueError: X is no matrix of finite numbers or has one row, or varies in fewer directions than `n_components`.
        """
        X = as_matrix(X, "X")
        self.mean_ = X.mean(axis=0)
        _, s, Vt = np.linalg.svd(X - self.mean_, full_matrices=False)  # rows of Vt are directions
        k = self._how_many(X, s)
        signs = np.sign(Vt[np.arange(len(Vt)), np.abs(Vt).argmax(axis=1)])  # a direction and its opposite are one
        self.components_ = (signs[:, None] * Vt)[:k]
        variance = s**2 / (len(X) - 1)
        self.explained_variance_, self.explained_variance_ratio_ = variance[:k], variance[:k] / variance.sum()
        return self

    def transform(self, X: Any) -> np.ndarray:
        """X (n, d) -> (n, k): how far each row lies along each direction, from the mean."""
        check_is_fitted(self)
        along = (_wide(X, "X", len(self.mean_)) - self.mean_) @ self.components_.T
        return along / np.sqrt(self.explained_variance_) if self.whiten else along

    def inverse_transform(self, Z: Any) -> np.ndarray:
        """Z (n, k) -> (n, d): back to the columns of X; what lay along the directions left out is lost."""
        check_is_fitted(self)
        Z = _wide(Z, "Z", len(self.components_))
        return (Z * np.sqrt(self.explained_variance_) if self.whiten else Z) @ self.components_ + self.mean_

    def _how_many(self, X: np.ndarray, s: np.ndarray) -> int:
        """k; refused where it is more than the directions in which X varies (beyond the rounding of the SVD)."""
        varied = int((s > max(X.shape) * np.finfo(float).eps * s[0]).sum())
        k = varied if self.n_components is None else self.n_components
        if not isinstance(k, Integral) or not 1 <= k <= varied:
            raise ValueError(f"n_components is {self.n_components!r}; X {X.shape} varies in {varied} directions: give 1 to that")
        return k


def _wide(values: Any, name: str, columns: int) -> np.ndarray:
    matrix = as_matrix(values, name)
    if matrix.shape[1] != columns:
        raise ValueError(f"{name} has {matrix.shape[1]} columns; accepted are {columns}, as fitted")
    return matrix
