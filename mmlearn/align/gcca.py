"""Generalised CCA: one space for any number of views.

With two views there is one correlation to make large; with more there are several, and several ways to add them up
(Kettenring, 1971, "Canonical analysis of several sets of variables", Biometrika 58). MAXVAR, the one here, asks for
something that no view is: a shared variable t, of variance one, that all views can predict as well as possible,

    maximise over t    Σ_i (share of the variance of t that view i predicts).

Whiten every view, put the whitened columns side by side, and the answer are their principal components.
"""

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from mmlearn.align.base import Aligner, check_parameters, check_views
from mmlearn.align.moments import Moments
from mmlearn.layers.decomposition import whitener


class Solution(NamedTuple):
    """What is learned: the sums of predicted shares (k,), and weights (d_i, k) of each view."""

    shares: np.ndarray
    weights: tuple[np.ndarray, ...]


class GCCA(Aligner):
    """MAXVAR generalised CCA of two or more views, exactly, in float64, from the covariances of all columns alone.

    So views may come in batches (`partial_fit`) or from several workers (`merge`), as for `CCA`, and equal one `fit`. An
    embedding is what its view predicts the shared variables to be: the more a view knows of one, the longer it is along it.
    The cost is O(n d²) + O(d³), d being the columns of all views together.

    Args:
        n_components: k, at most the columns (and the rank) of each view, and fewer than the rows.
        reg: ridge, relative: reg × (mean variance of the view) is added to the variance of each of its columns.

    Attributes:
        shares_: (k,), falling, from the number of views m (all predict t perfectly) to 0; shrunk where reg > 0.
        correlations_: (shares_ - 1) / (m - 1), which for two views and reg = 0 are the correlations of CCA.
        weights_: (d_i, k) for each view.
        means_: (d_i,) for each view.
        moments_: the sufficient statistics, see `Moments`.
        n_features_: the columns of each view.
    """

    def __init__(self, n_components: int = 64, reg: float = 0.1):
        self.n_components = n_components
        self.reg = reg

    def fit(self, X: Any, Y: Any = None) -> "GCCA":
        """Learn from views [X, Y, Z, …] or (X, Y), row by row of one example each; forgets what was learned before.

        Raises:
            ValueError: see `check_views`; parameters out of range; too few rows, columns or independent columns.
        """
        vars(self).pop("moments_", None)
        self.partial_fit(X, Y)
        self._solution  # noqa: B018  so that what cannot be solved is said here, not at the first transform
        return self

    def partial_fit(self, X: Any, Y: Any = None) -> "GCCA":
        """Learn from one more batch of rows, of any size. Raises as `fit` does, but takes few rows to begin with."""
        check_parameters(self.n_components, self.reg)
        views = check_views(X, Y)
        return self._add(Moments.of(*views), tuple(view.shape[1] for view in views))

    def merge(self, other: "GCCA") -> "GCCA":
        """Add the rows that another GCCA has seen, as if this one had seen them too.

        Raises:
            ValueError: `other` is not a fitted GCCA, or was fitted with other numbers of columns.
        """
        if not isinstance(other, GCCA):
            raise ValueError(f"other must be a GCCA; got {type(other).__name__}")
        other._check_fitted()
        check_parameters(self.n_components, self.reg)
        return self._add(other.moments_, other.n_features_)

    @property
    def shares_(self) -> np.ndarray:
        return self._solution.shares

    @property
    def correlations_(self) -> np.ndarray:
        return (self.shares_ - 1) / (len(self.n_features_) - 1)

    @property
    def weights_(self) -> tuple[np.ndarray, ...]:
        return self._solution.weights

    @property
    def means_(self) -> tuple[np.ndarray, ...]:
        self._check_fitted()
        return tuple(self.moments_.mean[columns] for columns in self._columns())

    def _embed(self, view: np.ndarray, i: int) -> np.ndarray:
        return (view - self.means_[i]) @ self.weights_[i]

    def _columns(self) -> list[slice]:
        """Which of all columns are those of each view."""
        ends = np.cumsum(self.n_features_)
        return [slice(end - d, end) for end, d in zip(ends, self.n_features_, strict=True)]

    @cached_property
    def _solution(self) -> Solution:
        """Whiten each view, then find the principal components of all whitened columns together.

        Let v be such a component, of unit length, and s its variance. Then t = H v / √s with H the whitened columns, and
        view i predicts t by W_i v_i √s: the ridge regression of t on it.
        """
        self._check_fitted()
        self._check_sizes()
        C, k, columns = self.moments_.covariance, self.n_components, self._columns()
        W = [whitener(C[c, c], self.reg) for c in columns]
        for i, w in enumerate(W):
            if w.shape[1] < k:
                raise ValueError(f"n_components={k} is too many: view {i} varies in {w.shape[1]} directions only")
        blocks = [[Wi.T @ C[ci, cj] @ Wj for cj, Wj in zip(columns, W, strict=True)] for ci, Wi in zip(columns, W, strict=True)]
        shares, V = np.linalg.eigh(np.block(blocks))
        shares, V = shares[::-1][:k], V[:, ::-1][:, :k]
        parts = np.split(V, np.cumsum([w.shape[1] for w in W])[:-1])
        weights = [w @ part * np.sqrt(np.maximum(shares, 0)) for w, part in zip(W, parts, strict=True)]
        sign = np.sign(weights[0][np.abs(weights[0]).argmax(axis=0), np.arange(k)])
        return Solution(np.clip(shares, 0, len(W)), tuple(w * np.where(sign < 0, -1, 1) for w in weights))

    def _add(self, moments: Moments, n_features: tuple[int, ...]) -> "GCCA":
        if hasattr(self, "moments_"):
            if n_features != self.n_features_:
                raise ValueError(f"views of {self.n_features_} columns were fitted; got {n_features}")
            moments = self.moments_.merge(moments)
        self.moments_, self.n_features_ = moments, n_features
        vars(self).pop("_solution", None)
        return self

    def _check_sizes(self) -> None:
        k, rows = self.n_components, self.moments_.count
        for i, columns in enumerate(self.n_features_):
            if columns < k:
                raise ValueError(f"n_components={k} is too many: view {i} has {columns} columns")
        if rows <= k:
            raise ValueError(f"n_components={k} needs at least {k + 1} rows of each view; got {rows}")
