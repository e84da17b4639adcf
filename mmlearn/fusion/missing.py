"""When a modality is missing: leave some out in training so that none is relied upon, or guess it from those that are there.

How much of either is worth it is measured in chapter 14; a survey is Wu, Wang, Chen & Carneiro (2024), "Deep Multimodal Learning
with Missing Modality: A Survey", arXiv:2409.07825.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.base import BaseEstimator
from torch import Tensor

from mmlearn.align import ridge_map
from mmlearn.arrays import as_matrix, as_numpy


def drop_modalities(
    mask: Tensor, share: float | Sequence[float], generator: torch.Generator | None = None, *, keep_one: bool = True
) -> Tensor:
    """Modality dropout: leave out each modality of each row with probability `share`, independently.

    For training, so that a network meets rows with something missing and does not rely on one modality alone: the ModDrop of
    Neverova, Wolf, Taylor & Nebout (2016), "ModDrop: Adaptive Multi-modal Gesture Recognition", IEEE TPAMI 38(8). Nothing is
    scaled up to make up for it, as dropout of single units does: a fusion is told what is missing.

    Args:
        mask: (batch, modalities) bool, true where a modality is there; `torch.ones(batch, modalities, dtype=torch.bool)` if
            all are.
        share: the probability, one for all or one a modality, from 0 to 1.
        generator: of the random numbers, on the device of the mask; torch's own where not given.
        keep_one: a row that would lose its last modality keeps one of those it had, each equally likely. With n modalities
            and one share p for all, a modality is then missing with probability p - pⁿ / n instead of p; with p = 1 every
            row keeps exactly one.

    Returns:
        A new mask of the same shape, false wherever the old one is.

    Raises:
        ValueError: mask is not a bool tensor of two dimensions, or a share is not a probability.
    """
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool or mask.ndim != 2:
        got = f"{mask.dtype} {tuple(mask.shape)}" if isinstance(mask, Tensor) else type(mask).__name__
        raise ValueError(f"mask is {got}; accepted is a bool tensor (batch, modalities)")
    shares = torch.as_tensor(share, dtype=torch.float32, device=mask.device)
    if shares.shape not in ((), mask.shape[1:]) or not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(f"share is {share}; accepted are a probability from 0 to 1, or {mask.shape[1]}, one a modality")
    left = mask & (torch.rand(mask.shape, generator=generator, device=mask.device) >= shares)
    if not keep_one:
        return left
    luck = torch.rand(mask.shape, generator=generator, device=mask.device).masked_fill(~mask, -1)
    saved = mask & (luck == luck.amax(1, keepdim=True))  # one of those there, all equally likely
    return torch.where(left.any(1, keepdim=True), left, saved)


class CrossModalImputer(BaseEstimator):
    """Guess missing modalities from those that are there, by ridge regression.

    Each set of modalities has a map of its own to each modality outside it, learnt from the training rows that have both. So
    what is guessed is the mean that a linear model expects, not a likely example: guesses vary less than data does.

    Args:
        reg: relative: reg × the number of rows is added to the diagonal of XᵀX, where X are the columns of what is there,
            scaled to mean 0 and variance 1. 0 is least squares.

    Attributes:
        means_: of each modality, (dims[m],): the guess where nothing is there, or where no training row could tell.
        predictors_: (modalities that are there, modality that is not) → `Predictor`.
    """

    def __init__(self, reg: float = 0.1):
        self.reg = reg

    def fit(self, views: Sequence[Any], mask: Any = None) -> "CrossModalImputer":
        """Learn from views, (n, dims[m]) each, and mask (n, modalities) bool, true where a modality is there (default: all).

        Raises:
            ValueError: shapes that do not fit, a modality that no row has, or reg below 0.
        """
        if not isinstance(self.reg, Real) or not 0 <= self.reg < np.inf:
            raise ValueError(f"reg is {self.reg!r}; accepted is a finite number of at least 0")
        views, mask = _cleaned(views, mask)
        if never := np.flatnonzero(~mask.any(0)).tolist():
            raise ValueError(f"mask says that no row has modality {', '.join(map(str, never))}; there is nothing to learn from")
        self.means_ = [view[there].mean(axis=0) for view, there in zip(views, mask.T, strict=True)]
        self.predictors_: dict[tuple[tuple[int, ...], int], Predictor] = {}
        for known, m in _questions(len(views)):
            rows = mask[:, [*known, m]].all(1)
            if rows.any():
                X = np.hstack([views[k][rows] for k in known])
                self.predictors_[known, m] = Predictor.learnt(X, views[m][rows], self.reg)
        return self

    def transform(self, views: Sequence[Any], mask: Any = None) -> list[np.ndarray]:
        """The views with guesses wherever `mask` is false or a view is None; what is there stays as it is.

        Raises:
            ValueError: shapes that do not fit, or other modalities than in `fit`.
        """
        views, mask = _cleaned(views, mask, [len(mean) for mean in self.means_])
        filled = [view.copy() for view in views]
        for pattern in np.unique(mask, axis=0):
            rows = (mask == pattern).all(1)
            known = tuple(np.flatnonzero(pattern).tolist())
            for m in np.flatnonzero(~pattern):
                filled[m][rows] = self._guess([views[k][rows] for k in known], known, int(m))
        return filled

    def _guess(self, there: list[np.ndarray], known: tuple[int, ...], m: int) -> np.ndarray:
        predictor = self.predictors_.get((known, m))
        return self.means_[m] if predictor is None else predictor.predict(np.hstack(there))


class Predictor(NamedTuple):
    """A ridge regression on scaled columns: X (n, d) to Y (n, e)."""

    means: np.ndarray  # (d,) of X
    scales: np.ndarray  # (d,)
    weights: np.ndarray  # (d, e)
    start: np.ndarray  # (e,) the mean of Y

    @classmethod
    def learnt(cls, X: np.ndarray, Y: np.ndarray, reg: float) -> "Predictor":
        """From rows that have both; `reg` as in `CrossModalImputer`."""
        means, spread, start = X.mean(axis=0), X.std(axis=0), Y.mean(axis=0)
        scales = np.where(spread > 1e-9 * (1 + np.abs(means)), spread, np.inf)  # a column that does not vary says nothing
        return cls(means, scales, ridge_map((X - means) / scales, Y - start, reg * len(X)), start)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """(n, e) guesses for rows X (n, d)."""
        return self.start + (X - self.means) / self.scales @ self.weights


def _questions(modalities: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """Every set of modalities but the empty one and that of all, with each modality outside it."""
    for size in range(1, modalities):
        for known in combinations(range(modalities), size):
            yield from ((known, m) for m in range(modalities) if m not in known)


def _cleaned(views: Sequence[Any], mask: Any, dims: Sequence[int] | None = None) -> tuple[list[np.ndarray], np.ndarray]:
    """Views with zeros where something is missing, whatever stands there, and a mask (n, modalities) that is always there."""
    given = [len(view) for view in views if view is not None]
    if len(set(given)) != 1:
        raise ValueError(f"views have {given} rows; accepted are equal numbers, and at least one modality")
    if dims is None and len(given) < len(views):
        raise ValueError("views has None for a modality; fit needs some of its rows, and mask for the others")
    if dims is not None and len(views) != len(dims):
        raise ValueError(f"views has {len(views)} modalities; it was fitted with {len(dims)}")
    shape = (given[0], len(views))
    mask = np.ones(shape, bool) if mask is None else as_numpy(mask, "mask")
    if mask.dtype != bool or mask.shape != shape:
        raise ValueError(f"mask is {mask.dtype} {mask.shape}; accepted is bool (rows, modalities) = {shape}")
    mask = mask & [view is not None for view in views]
    cleaned = []
    for m, view in enumerate(views):
        array = np.zeros((shape[0], dims[m])) if view is None else as_numpy(view, f"views[{m}]")
        if dims is not None and array.shape[1:] != (dims[m],):
            raise ValueError(f"views[{m}] has shape {array.shape}; it was fitted with {dims[m]} columns")
        cleaned.append(as_matrix(np.where(mask[:, m, None], array, 0), f"views[{m}]"))
    return cleaned, mask
