"""A learned map of one space onto the other: one view stays as it is, the other goes to it.

Ridge regression (Hoerl and Kennard, 1970, "Ridge regression", Technometrics); the orthogonal map, which may only turn and
mirror (Schönemann, 1966, "A generalized solution of the orthogonal Procrustes problem", Psychometrika; for word vectors of two
languages, Conneau et al., 2018); and a network.
"""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.decomposition import PCA

from mmlearn.align.base import Aligner, check_views


def ridge_map(X: Any, Y: Any, reg: float = 0.0) -> np.ndarray:
    """W (d, e), which makes |XW - Y|² + reg |W|² least (sums over all entries, nothing is centred): (XᵀX + reg I)⁻¹ XᵀY.

    Of several that are equally good, which there can be without `reg`, the smallest.

    Args:
        X: (n, d).
        Y: (n, e), row by row.
        reg: at least 0.

    Raises:
        ValueError: see `check_views`; `reg` out of range.
    """
    X, Y = check_views(X, Y)
    _check_reg(reg)
    if reg == 0:
        return np.linalg.lstsq(X, Y, rcond=None)[0]
    if len(X) < X.shape[1]:  # the same by the smaller of two systems: Xᵀ(XXᵀ + reg I)⁻¹ Y
        return X.T @ np.linalg.solve(X @ X.T + reg * np.eye(len(X)), Y)
    return np.linalg.solve(X.T @ X + reg * np.eye(X.shape[1]), X.T @ Y)


def procrustes(X: Any, Y: Any) -> np.ndarray:
    """Q (d, d), the orthogonal matrix (QᵀQ = I; a rotation, or one with a mirror) that makes |XQ - Y| least: UVᵀ of XᵀY = USVᵀ.

    Args:
        X, Y: (n, d), row by row.

    Raises:
        ValueError: see `check_views`; the views have unequal numbers of columns.
    """
    X, Y = check_views(X, Y)
    if X.shape[1] != Y.shape[1]:
        raise ValueError(f"an orthogonal map keeps the number of columns; X has {X.shape[1]} and Y {Y.shape[1]}")
    U, _, Vt = np.linalg.svd(X.T @ Y)
    return U @ Vt


class RidgeMap(Aligner):
    """One view mapped into the other's space by ridge regression; both are centred by the pairs of `fit`.

    The direction matters: what is mapped is drawn to the middle. Queries there find the few items that lie in the middle
    too; mapped items do less harm (Shigeto et al., 2015, "Ridge regression, hubness, and zero-shot learning", ECML-PKDD).

    Args:
        reg: relative, as in `CCA`: reg × the mean variance of the mapped view's columns is added to its covariance's diagonal.
        towards: the view that stays, 1 or 0.

    Attributes:
        map_: (d, e), of centred rows.
        means_: of each view.
    """

    def __init__(self, reg: float = 1.0, towards: int = 1):
        self.reg, self.towards = reg, towards

    def fit(self, X: Any, Y: Any = None) -> "RidgeMap":
        """Learn from pairs (X, Y) or [X, Y].

        Raises:
            ValueError: see `check_views`; a parameter out of range.
        """
        views = _two(X, Y, "RidgeMap")
        _check_reg(self.reg)
        check_towards(self.towards)
        self.n_features_ = tuple(view.shape[1] for view in views)
        self.means_ = [view.mean(axis=0) for view in views]
        moved, target = (views[i] - self.means_[i] for i in (1 - self.towards, self.towards))
        self.map_ = ridge_map(moved, target, self.reg * float((moved**2).sum()) / moved.shape[1])
        return self

    def _embed(self, view: np.ndarray, i: int) -> np.ndarray:
        centred = view - self.means_[i]
        return centred if i == self.towards else centred @ self.map_


class Procrustes(Aligner):
    """View 0 turned onto view 1, both first reduced to the same number of principal components and to the same size.

    Args:
        n_components: k, at most the columns of either view and the pairs.

    Attributes:
        map_: (k, k), orthogonal.
        reductions_: the PCA of each view; scales_: the standard deviation over all its components.
    """

    def __init__(self, n_components: int = 128):
        self.n_components = n_components

    def fit(self, X: Any, Y: Any = None) -> "Procrustes":
        """Learn from pairs (X, Y) or [X, Y].

        Raises:
            ValueError: see `check_views`; `n_components` out of range.
        """
        views = _two(X, Y, "Procrustes")
        most, k = min(min(view.shape) for view in views), self.n_components
        if not isinstance(k, Integral) or not 1 <= k <= most:
            raise ValueError(f"n_components is {k!r}; accepted is a whole number from 1 to {most}, of the pairs and columns")
        self.n_features_ = tuple(view.shape[1] for view in views)
        with np.errstate(invalid="ignore"):  # a constant view has no variance to explain
            self.reductions_ = [PCA(k, svd_solver="full").fit(view) for view in views]
        reduced = [pca.transform(view) for pca, view in zip(self.reductions_, views, strict=True)]
        self.scales_ = [float(each.std()) or 1.0 for each in reduced]
        self.map_ = procrustes(*(each / scale for each, scale in zip(reduced, self.scales_, strict=True)))
        return self

    def _embed(self, view: np.ndarray, i: int) -> np.ndarray:
        reduced = self.reductions_[i].transform(view) / self.scales_[i]
        return reduced @ self.map_ if i == 0 else reduced


def _two(X: Any, Y: Any, name: str) -> Sequence[np.ndarray]:
    views = check_views(X, Y)
    if len(views) != 2:
        raise ValueError(f"{name} maps one view onto another; got {len(views)} views")
    return views


def _check_reg(reg: Any) -> None:
    if not isinstance(reg, Real) or not 0 <= reg < np.inf:
        raise ValueError(f"reg must be a finite number of at least 0; got {reg!r}")


def check_towards(towards: Any) -> None:
    """Raises:
    ValueError: `towards` is no view of two.
    """
    if towards not in (0, 1):
        raise ValueError(f"towards is {towards!r}; accepted are 1, view 0 is mapped into view 1's space, and 0, the other way")
