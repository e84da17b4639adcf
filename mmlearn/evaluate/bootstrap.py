"""Is one system better than another, or was it luck with these test items?"""

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
    a: Any, b: Any, n_resamples: int = 10_000, seed: int = 0, groups: Any = None, level: float = 0.95
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

    Raises:
        ValueError: scores that are not finite or of unequal lengths, fewer than two items or groups, or an option out
            of range.
    """
    a, b = _scores(a, "a"), _scores(b, "b")
    if len(a) != len(b):
        raise ValueError(f"a and b must be scores of the same items; got {len(a)} and {len(b)}")
    if n_resamples < 1 or not 0 < level < 1:
        raise ValueError(f"n_resamples must be at least 1 and level between 0 and 1; got {n_resamples} and {level}")
    sums, counts = _by_group(a - b, groups)
    drawn = _drawn_means(sums, counts, n_resamples, np.random.default_rng(seed))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    reversed_order = min((drawn <= 0).sum(), (drawn >= 0).sum())
    p_value = min(1.0, 2 * (reversed_order + 1) / (n_resamples + 1))
    return Difference(float((a - b).mean()), float(low), float(high), level, float(p_value), len(sums))


def _drawn_means(sums: np.ndarray, counts: np.ndarray, n_resamples: int, rng: np.random.Generator) -> np.ndarray:
    """The mean difference of each resample, (n_resamples,)."""
    n, means = len(sums), []
    at_once = max(1, _AT_ONCE // n)
    for start in range(0, n_resamples, at_once):
        drawn = rng.integers(n, size=(min(at_once, n_resamples - start), n))
        means.append(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    return np.concatenate(means)


def _by_group(differences: np.ndarray, groups: Any) -> tuple[np.ndarray, np.ndarray]:
    """Sum of the differences and number of items of each group; without groups every item is its own."""
    if groups is None:
        number = np.arange(len(differences))
    else:
        groups = as_numpy(groups, "groups")
        if groups.shape != differences.shape:
            raise ValueError(f"groups must be one label an item, {len(differences)}; got shape {groups.shape}")
        number = np.unique(groups, return_inverse=True)[1]
    counts = np.bincount(number)
    if len(counts) < 2:
        raise ValueError(f"at least 2 items, or groups of items, are needed; got {len(counts)}")
    return np.bincount(number, weights=differences), counts


def _scores(values: Any, name: str) -> np.ndarray:
    scores = as_numpy(values, name)
    if scores.ndim != 1 or scores.size == 0 or scores.dtype.kind not in "fiub":
        raise ValueError(f"{name} must be one number an item; got {scores.dtype} of shape {scores.shape}")
    scores = scores.astype(float)
    if not np.isfinite(scores).all():
        raise ValueError(f"{name} holds NaN or infinite values, the first at item {np.argmin(np.isfinite(scores))}")
    return scores
