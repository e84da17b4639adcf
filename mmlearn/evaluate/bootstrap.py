"""Is one system better than another, or was it luck with these test items?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlearn.arrays import as_numpy

_AT_ONCE = 2_000_000  # random numbers held at a time, so that memory does not grow with n_resamples


@dataclass(frozen=True)
class Difference:
    """How much better the first of two systems is.

    Attributes:
        difference: mean score of a minus mean score of b.
        low, high: the interval.
        level: what share of such intervals would hold the true difference, 0.95 as a rule.
        p_value: about how often luck alone would give a difference this far from zero, on either side.
        n: items, or groups where groups were drawn.
    """

    difference: float
    low: float
    high: float
    level: float
    p_value: float
    n: int

    def __str__(self) -> str:
        interval = f"[{self.low:+.4f}, {self.high:+.4f}]"
        return f"{self.difference:+.4f}, {self.level:.0%} interval {interval}, p = {self.p_value:.2g} (n = {self.n})"


def paired_bootstrap(
    a: Any,
    b: Any,
    n_resamples: int = 10_000,
    seed: int = 0,
    groups: Any = None,
    level: float = 0.95,
    statistic: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Difference:
    """Compare two systems on the same items by drawing the items again, with replacement, many times.

    The interval is the percentile interval (Efron and Tibshirani, 1993, "An introduction to the bootstrap", ch. 13).
    The p-value is twice the share of draws in which the order of the systems is reversed (ties counting as reversed),
    with one added to both counts, since no number of draws can show it to be zero.

    Args:
        a: (n,) scores of one system, one an item, such as `hits_at_k`.
        b: (n,) scores of the other on the same items in the same order.
        groups: (n,) labels; items of one group (five captions of one picture) are drawn together, since they do not
            vary independently.
        statistic: for a figure that is no mean over items but is made of sums, such as corpus BLEU. Then a and b are (n, k),
            what every item adds to k sums (`bleu_counts`), and this makes figures (r,) of sums (r, k) (`bleu_from_counts`).

    Raises:
        ValueError: scores that are not finite or of unequal shapes, fewer than two items or groups, or an option out
            of range.
    """
    a, b = _scores(a, "a", 1 if statistic is None else 2), _scores(b, "b", 1 if statistic is None else 2)
    if a.shape != b.shape:
        raise ValueError(f"a and b must be scores of the same items; got {_size(a)} and {_size(b)}")
    if n_resamples < 1 or not 0 < level < 1:
        raise ValueError(f"n_resamples must be at least 1 and level between 0 and 1; got {n_resamples} and {level}")
    number, rng = _numbers(len(a), groups), np.random.default_rng(seed)
    if statistic is None:
        difference = (a - b).mean()
        drawn = _drawn_means(np.bincount(number, weights=a - b), np.bincount(number), n_resamples, rng)
    else:
        difference, drawn = _drawn_statistics(_summed(a, number), _summed(b, number), statistic, n_resamples, rng)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    reversed_order = min((drawn <= 0).sum(), (drawn >= 0).sum())
    p_value = min(1.0, 2 * (reversed_order + 1) / (n_resamples + 1))
    return Difference(float(difference), float(low), float(high), level, float(p_value), int(number.max()) + 1)


def _drawn_means(sums: np.ndarray, counts: np.ndarray, n_resamples: int, rng: np.random.Generator) -> np.ndarray:
    """The mean difference of each resample, (n_resamples,)."""
    n, means = len(sums), []
    at_once = max(1, _AT_ONCE // n)
    for start in range(0, n_resamples, at_once):
        drawn = rng.integers(n, size=(min(at_once, n_resamples - start), n))
        means.append(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    return np.concatenate(means)


def _drawn_statistics(
    a: np.ndarray, b: np.ndarray, statistic: Callable, n_resamples: int, rng: np.random.Generator
) -> tuple[float, np.ndarray]:
    """The difference of the statistic of all sums (n, k), and of those of each resample (n_resamples,)."""
    n, drawn = len(a), []
    at_once = max(1, _AT_ONCE // n)
    for start in range(0, n_resamples, at_once):
        rows = min(at_once, n_resamples - start)
        chosen = rng.integers(n, size=(rows, n)) + n * np.arange(rows)[:, None]
        often = np.bincount(chosen.ravel(), minlength=rows * n).reshape(rows, n).astype(float)
        drawn.append(_figures(statistic, often @ a) - _figures(statistic, often @ b))
    every = np.ones((1, n))
    return (_figures(statistic, every @ a) - _figures(statistic, every @ b))[0], np.concatenate(drawn)


def _figures(statistic: Callable, sums: np.ndarray) -> np.ndarray:
    """One finite figure a row of sums, or an error that says what came."""
    figures = as_numpy(statistic(sums), "statistic's figures")
    if figures.shape != (len(sums),) or not np.isfinite(figures).all():
        raise ValueError(f"statistic must make one finite number of each row of sums {sums.shape}; got shape {figures.shape}")
    return figures


def _numbers(n: int, groups: Any) -> np.ndarray:
    """The number of each item's group, (n,) from 0; without groups every item is its own."""
    if groups is None:
        number = np.arange(n)
    else:
        groups = as_numpy(groups, "groups")
        if groups.shape != (n,):
            raise ValueError(f"groups must be one label an item, {n}; got shape {groups.shape}")
        number = np.unique(groups, return_inverse=True)[1]
    if number.max() < 1:
        raise ValueError("at least 2 items, or groups of items, are needed; got 1")
    return number


def _summed(values: np.ndarray, number: np.ndarray) -> np.ndarray:
    """The sums (groups, k) of the rows of each group."""
    return np.stack([np.bincount(number, weights=column) for column in values.T], axis=1)


def _size(scores: np.ndarray) -> int | tuple[int, ...]:
    return len(scores) if scores.ndim == 1 else scores.shape


def _scores(values: Any, name: str, ndim: int) -> np.ndarray:
    scores = as_numpy(values, name)
    if scores.ndim != ndim or scores.size == 0 or scores.dtype.kind not in "fiub":
        what = "one number an item" if ndim == 1 else "one row of numbers an item"
        raise ValueError(f"{name} must be {what}; got {scores.dtype} of shape {scores.shape}")
    scores = scores.astype(float)
    if not np.isfinite(scores).all():
        first = np.argwhere(~np.isfinite(scores))[0][0]
        raise ValueError(f"{name} holds NaN or infinite values, the first at item {first}")
    return scores
