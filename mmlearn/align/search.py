"""Exact search: the k nearest of many items, block by block, so that memory does not grow with queries × items."""

from numbers import Integral
from typing import Any

import numpy as np

from mmlearn.arrays import as_numpy

METRICS = ("inner", "euclidean")
_AT_ONCE = 1 << 22  # similarities held at one time: 16 MB; fewer would stay in a cache, but every block costs a merge
_QUERIES = 1024
_SPARE = 8  # so many more are kept than asked for, since float32 may put neighbours in the wrong order


class FlatIndex:
    """All items as they are. Every query is compared with every one of them, and the answer is exact.

    The comparison is a matrix product in float32. What it finds is compared once more in float64, and so ordered; equals
    are ordered by number.

    Args:
        items: (n, d), numpy or torch; kept as float32, without a copy if they are.
        metric: "inner", the inner product, larger is nearer (the cosine, if all rows have length 1); or "euclidean",
            the distance, smaller is nearer.

    Attributes:
        items: (n, d) float32.

    Raises:
        ValueError: an unknown metric; `items` is no matrix of real numbers, is empty, or holds NaN, infinite or huge values.
    """

    def __init__(self, items: Any, metric: str = "inner"):
        if metric not in METRICS:
            raise ValueError(f"metric is {metric!r}; accepted are {', '.join(map(repr, METRICS))}")
        self.metric = metric
        self.items, squares = _rows(items, "items")
        # The nearest by ||q - x||² = ||q||² - 2 q·x + ||x||² is the one with the largest q·x - ||x||² / 2.
        self._half_squares = squares / 2 if metric == "euclidean" else None

    def __len__(self) -> int:
        return len(self.items)

    def search(self, queries: Any, k: int = 10) -> tuple[np.ndarray, np.ndarray]:
        """The k nearest items of each query, the nearest first.

        Args:
            queries: (q, d), numpy or torch.
            k: how many; at most the number of items.

        Returns:
            Inner products or distances (q, k) float64, and the items' numbers (q, k) int64.

        Raises:
            ValueError: queries unfit as items would be, or with another number of columns; k out of range.
        """
        queries, _ = _rows(queries, "queries")
        if queries.shape[1] != self.items.shape[1]:
            raise ValueError(f"queries must have {self.items.shape[1]} columns, as the items; got {queries.shape[1]}")
        if not isinstance(k, Integral) or isinstance(k, bool) or not 1 <= k <= len(self):
            raise ValueError(f"k must be a whole number from 1 to {len(self)}, the number of items; got {k!r}")
        parts = [self._some(queries[i : i + _QUERIES], int(k)) for i in range(0, len(queries), _QUERIES)]
        return tuple(np.concatenate(each) for each in zip(*parts, strict=True))

    def _some(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        kept = min(k + _SPARE, len(self))
        step = max(_AT_ONCE // len(queries), kept)
        best = None
        for start in range(0, len(self), step):
            scores = queries @ self.items[start : start + step].T  # (q, step)
            if self._half_squares is not None:
                scores -= self._half_squares[start : start + step]
            best = _merged(best, scores, start, kept)
        return self._ordered(queries, best[1], k)

    def _ordered(self, queries: np.ndarray, ids: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The k best of these few (q, kept), measured in float64."""
        found, asked = self.items[ids].astype(np.float64), queries[:, None, :].astype(np.float64)
        if self.metric == "euclidean":
            exact = np.sqrt(((asked - found) ** 2).sum(axis=2))
            order = np.lexsort((ids, exact))[:, :k]
        else:
            exact = (asked @ found.transpose(0, 2, 1))[:, 0]
            order = np.lexsort((ids, -exact))[:, :k]
        return np.take_along_axis(exact, order, axis=1), np.take_along_axis(ids, order, axis=1)


def _merged(best: tuple | None, scores: np.ndarray, start: int, kept: int) -> tuple[np.ndarray, np.ndarray]:
    """The `kept` best of those so far, (scores, ids), and of a block whose first item is `start`; equals by number.

    Hardly any of a later block is better than the worst one kept, so one comparison settles nearly all.
    """
    q = len(scores)
    if best is None:
        last = np.partition(scores, scores.shape[1] - kept, axis=1)[:, -kept]
        row, column = np.divmod(np.flatnonzero(scores >= last[:, None]), scores.shape[1])
        rows, ids, values = row, column + start, scores[row, column]
    else:
        row, column = np.divmod(np.flatnonzero(scores > best[0][:, -1:]), scores.shape[1])
        if not len(row):
            return best
        rows = np.concatenate([np.repeat(np.arange(q), kept), row])
        ids = np.concatenate([best[1].ravel(), column + start])
        values = np.concatenate([best[0].ravel(), scores[row, column]])
    order = np.lexsort((ids, -values, rows))
    first = np.searchsorted(rows[order], np.arange(q))  # where each query's begin
    chosen = order[first[:, None] + np.arange(kept)]
    return values[chosen], ids[chosen]


def _rows(values: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows as float32 (n, d), contiguous, and their squared lengths (n,)."""
    array = as_numpy(values, name)
    if array.dtype.kind not in "fiub" or array.ndim != 2 or array.size == 0:
        raise ValueError(
            f"{name} must be a matrix (rows, columns) of real numbers, not empty; got {array.dtype} of {array.shape}"
        )
    array = np.ascontiguousarray(array, dtype=np.float32)
    squares = np.einsum("ij,ij->i", array, array)
    if not np.isfinite(squares).all():
        bad = int(np.flatnonzero(~np.isfinite(squares))[0])
        raise ValueError(f"{name} holds NaN, infinite or huge values, the first in row {bad}")
    return array, squares
