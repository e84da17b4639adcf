"""What every aligner promises, and the checks they share."""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from mmlearn.arrays import as_matrix


def check_views(X: Any, Y: Any = None) -> list[np.ndarray]:
    """The views of `fit(X, Y)` or `fit([X, Y, Z])` as float64 matrices (n, d_i): row r of each belongs to one example.

    Raises:
        ValueError: there are fewer than two views, they have unequal numbers of rows, or one is not a two-dimensional
            array of finite real numbers.
    """
    if Y is not None:
        named = {"X": X, "Y": Y}
    elif isinstance(X, (list, tuple)):
        named = {f"views[{i}]": view for i, view in enumerate(X)}
    else:
        raise ValueError("Y is missing: give two views as (X, Y), or a list of views as ([X, Y, ...])")
    if len(named) < 2:
        raise ValueError(f"at least two views are needed; got {len(named)}")
    views = {name: as_matrix(view, name) for name, view in named.items()}
    if len({len(view) for view in views.values()}) > 1:
        rows = ", ".join(f"{name} has {len(view)}" for name, view in views.items())
        raise ValueError(f"views must pair row by row, so have equal numbers of rows; {rows}")
    return list(views.values())


def check_parameters(n_components: Any, reg: Any) -> None:
    """Refuse a number of directions or a ridge that no data could suit.

    Raises:
        ValueError: `n_components` is no whole number from 1, or `reg` no finite number from 0.
    """
    if not isinstance(n_components, Integral) or isinstance(n_components, bool) or n_components < 1:
        raise ValueError(f"n_components must be a whole number of at least 1; got {n_components!r}")
    if not isinstance(reg, Real) or not 0 <= reg < np.inf:
        raise ValueError(f"reg must be a finite number of at least 0; got {reg!r}")


def mean_correlation(embeddings: Sequence[np.ndarray]) -> float:
    """Pearson's correlation of component j of one view with component j of another, averaged over components and over
    pairs of views. A component that does not vary has no correlation and counts as 0.

    Args:
        embeddings: one (n, k) array a view.

    Raises:
        ValueError: there are fewer than two rows.
    """
    if len(embeddings[0]) < 2:
        raise ValueError("a correlation needs at least 2 pairs; got 1")
    units = []
    for embedding in embeddings:
        centred = embedding - embedding.mean(axis=0)
        length = np.linalg.norm(centred, axis=0)
        units.append(centred / np.where(length > 0, length, 1))
    pairs = [(a, b) for i, a in enumerate(units) for b in units[i + 1 :]]
    return float(np.mean([(a * b).sum(axis=0) for a, b in pairs]))


class Aligner(BaseEstimator):
    """An estimator that learns one space for several views, in the manner of scikit-learn.

    A subclass writes `fit(X, Y=None)`, which takes (X, Y) or a list of views, passes them through `check_views`, sets
    `n_features_` (the columns of each view) and returns self; and `_embed(view, i)`, which maps checked rows (n, d_i)
    of view i to (n, k). What follows from these two is written here once. Numpy arrays and torch tensors are taken;
    numpy comes back.
    """

    n_features_: tuple[int, ...]

    def fit(self, X: Any, Y: Any = None) -> "Aligner":
        raise NotImplementedError

    def _embed(self, view: np.ndarray, i: int) -> np.ndarray:
        raise NotImplementedError

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "n_features_")

    def transform(self, X: Any, Y: Any = None, *, view: int | None = None) -> np.ndarray | tuple[np.ndarray, ...]:
        """Embed all views, `A, B = transform(X, Y)` or `transform([X, Y])`, or one alone, `A = transform(X, view=0)`.

        Returns:
            An array (n, k) for one view, a tuple of them for all.

        Raises:
            NotFittedError: nothing has been fitted (a ValueError).
            ValueError: unfit views, a `view` that does not exist, or another number of columns than was fitted.
        """
        self._check_fitted()
        if view is None:
            views = check_views(X, Y)
            if len(views) != len(self.n_features_):
                raise ValueError(f"{len(self.n_features_)} views were fitted; got {len(views)}")
            return tuple(self._embed(self._check_columns(x, i), i) for i, x in enumerate(views))
        if Y is not None:
            raise ValueError("give either all views or one with view=; got both Y and view")
        if view not in range(len(self.n_features_)):
            raise ValueError(f"view is {view!r}; accepted are 0 to {len(self.n_features_) - 1}")
        return self._embed(self._check_columns(as_matrix(X, "X"), view), view)

    def fit_transform(self, X: Any, Y: Any = None) -> tuple[np.ndarray, ...]:
        """`fit`, then `transform` of the same views."""
        return self.fit(X, Y).transform(X, Y)

    def score(self, X: Any, Y: Any = None) -> float:
        """How well the views agree on these pairs, -1 to 1: `mean_correlation`. Give it pairs held out from `fit`."""
        return mean_correlation(self.transform(X, Y))

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(f"this {type(self).__name__} has not been fitted; call fit(X, Y) first")

    def _check_columns(self, view: np.ndarray, i: int) -> np.ndarray:
        if view.shape[1] != self.n_features_[i]:
            raise ValueError(f"view {i} was fitted with {self.n_features_[i]} columns; got {view.shape[1]}")
        return view
