"""Retrieval: how far up each query finds what it should.

Every function takes a similarity (n_queries, n_items), numpy or torch, larger meaning nearer, -inf for an item that is
out of the running. `relevant` says which items are right for a query: left out, item i for query i; or a bool matrix
(n_queries, n_items); or for each query an item number or a list of them.

Ties are broken neither for nor against the method: a score is its expected value if equally similar items were put in
random order. A constant similarity therefore scores exactly chance. With `ties="pessimistic"` the irrelevant ones of
equally similar items stand first, so that a constant similarity finds nothing. Never the other way round: an optimistic
rule gives a constant similarity full marks.
"""

from collections.abc import Sequence
from math import comb
from numbers import Integral
from typing import Any

import numpy as np

from mmlearn.arrays import as_matrix, as_numpy
from mmlearn.evaluate.scores import Scores


def cosine_similarity(A: Any, B: Any) -> np.ndarray:
    """Cosine of each row of A (n, d) with each row of B (m, d): (n, m). A row of zeros is similar to nothing: 0."""
    A, B = _two(A, B)
    return _unit(A) @ _unit(B).T


def pearson_similarity(A: Any, B: Any) -> np.ndarray:
    """Pearson's correlation of each row of A (n, d) with each row of B (m, d): (n, m).

    It is the cosine of rows from which their own mean was taken. A constant row is similar to nothing: 0.
    """
    A, B = _two(A, B)
    return _unit(_centred(A)) @ _unit(_centred(B)).T


def euclidean_similarity(A: Any, B: Any) -> np.ndarray:
    """Minus the Euclidean distance of each row of A (n, d) to each row of B (m, d): (n, m), 0 for equals."""
    A, B = _two(A, B)
    squares = (A**2).sum(axis=1)[:, None] - 2 * A @ B.T + (B**2).sum(axis=1)
    return -np.sqrt(np.maximum(squares, 0))


def _two(A: Any, B: Any) -> tuple[np.ndarray, np.ndarray]:
    A, B = as_matrix(A, "A"), as_matrix(B, "B")
    if A.shape[1] != B.shape[1]:
        raise ValueError(f"A and B must have equal numbers of columns; got {A.shape[1]} and {B.shape[1]}")
    return A, B


def _unit(rows: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, 1)


def _centred(rows: np.ndarray) -> np.ndarray:
    """Rows less their mean; exactly zero where a row is constant, whatever rounding does to its mean."""
    constant = np.ptp(rows, axis=1, keepdims=True) == 0
    return np.where(constant, 0.0, rows - rows.mean(axis=1, keepdims=True))


def ranks(similarity: Any, relevant: Any = None, *, ties: str = "expected") -> np.ndarray:
    """Rank of the first relevant item of each query, (n_queries,) float; 1 is best.

    With e irrelevant and a relevant items tied at the best relevant similarity, below g others, the expected rank is
    g + 1 + e / (a + 1), the pessimistic one g + 1 + e.
    """
    pessimistic = _pessimistic(ties)
    above, irrelevant, right = _first_relevant(*_checked(similarity, relevant))
    return above + 1 + irrelevant / (1.0 if pessimistic else right + 1)


def median_rank(similarity: Any, relevant: Any = None, *, ties: str = "expected") -> float:
    """Median over queries of `ranks`; (n_items + 1) / 2 is chance where each query has one relevant item."""
    return float(np.median(ranks(similarity, relevant, ties=ties)))


def hits_at_k(similarity: Any, k: int, relevant: Any = None, *, ties: str = "expected") -> np.ndarray:
    """For each query the probability (n_queries,) that a relevant item is among the first k: 0 or 1 unless items tie.

    These are the scores of single queries that `paired_bootstrap` compares.
    """
    similarity, relevant = _checked(similarity, relevant)
    _check_k(k, similarity.shape[1])
    if _pessimistic(ties):
        return (ranks(similarity, relevant, ties=ties) <= k).astype(float)
    above, irrelevant, right = _first_relevant(similarity, relevant)
    # Of the places left under the better items, filled at random from the tied ones, none goes to a relevant item with
    # probability C(irrelevant, places) / C(tied, places), multiplied out here one relevant item at a time.
    places = np.clip(k - above, 0, irrelevant + right)
    miss = np.ones(len(similarity))
    for i in range(int(right.max())):
        counts = i < right
        rest = np.maximum(irrelevant + right - i, 1)
        miss = np.where(counts, miss * np.clip(rest - places, 0, None) / rest, miss)
    return 1 - miss


def recall_at_k(
    similarity: Any, k: int | Sequence[int] = (1, 5, 10), relevant: Any = None, *, ties: str = "expected"
) -> dict[int, float] | float:
    """Share of queries with a relevant item among the first k (R@k): a dict k → share, or a float if k is one number.

    In retrieval across media "recall" means that one of the right items was found (elsewhere called hit rate), not the
    share of the right items found; where a query has one right item the two are the same.

    Raises:
        ValueError: `similarity` is no matrix, is empty or holds NaN; `relevant` does not fit it or leaves a query
            without a relevant item; k is below 1 or above the number of items; `ties` is no rule.
    """
    if isinstance(k, Sequence):
        return {each: float(hits_at_k(similarity, each, relevant, ties=ties).mean()) for each in k}
    return float(hits_at_k(similarity, k, relevant, ties=ties).mean())


def mean_average_precision(similarity: Any, relevant: Any = None, *, ties: str = "expected") -> float:
    """Mean over queries of average precision: the mean, over relevant items, of the precision at the item's place.

    Within ties it is the expected value (McSherry and Najork, 2008, "Computing information retrieval performance
    measures efficiently in the presence of tied scores", ECIR, eq. 6).
    """
    precision = _worst_average_precision if _pessimistic(ties) else _average_precision
    similarity, relevant = _checked(similarity, relevant)
    return float(np.mean([precision(s, r) for s, r in zip(similarity, relevant, strict=True)]))


def chance(n_items: int, k: int | Sequence[int] = (1, 5, 10), relevant: int = 1) -> dict[int, float] | float:
    """R@k of items in random order, exactly: 1 - C(n - m, k) / C(n, k) for m relevant among n items."""
    if not 1 <= relevant <= n_items:
        raise ValueError(f"relevant must be from 1 to n_items={n_items}; got {relevant}")
    if isinstance(k, Sequence):
        return {each: chance(n_items, each, relevant) for each in k}
    _check_k(k, n_items)
    return 1 - comb(n_items - relevant, k) / comb(n_items, k)


def same_label(queries: Any, items: Any) -> np.ndarray:
    """`relevant` (n_queries, n_items): true where query and item have the same label, such as the picture's number."""
    queries, items = as_numpy(queries, "queries"), as_numpy(items, "items")
    if queries.ndim != 1 or items.ndim != 1:
        raise ValueError(f"queries and items must be one label a row; got shapes {queries.shape} and {items.shape}")
    return queries[:, None] == items


def retrieval_report(
    similarity: Any,
    k: Sequence[int] = (1, 5, 10),
    relevant: Any = None,
    names: tuple[str, str] = ("forward", "backward"),
) -> Scores:
    """R@k, mAP and median rank of both directions and their mean, as a table with the rows `names` and "both".

    Args:
        names: what rows → columns of the similarity is called, then columns → rows, such as ("text → image",
            "image → text").
    """
    similarity, relevant = _checked(similarity, relevant)
    report, both = Scores(), []
    for name, s, r in ((names[0], similarity, relevant), (names[1], similarity.T, relevant.T)):
        _check_every_query(r, "query" if s is similarity else "item, asked the other way round,")
        metrics = {f"R@{each}": share for each, share in recall_at_k(s, k, r).items()}
        both.append({**metrics, "mAP": mean_average_precision(s, r), "median rank": median_rank(s, r)})
        report.add(name, both[-1:])
    report.add("both", [{metric: float(np.mean([b[metric] for b in both])) for metric in both[0]}])
    return report


def _first_relevant(similarity: np.ndarray, relevant: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per query: items above the best relevant one, and irrelevant and relevant ones tied with it (itself included)."""
    best = np.where(relevant, similarity, -np.inf).max(axis=1, keepdims=True)
    tied = similarity == best
    return (similarity > best).sum(axis=1), (tied & ~relevant).sum(axis=1), (tied & relevant).sum(axis=1)


def _average_precision(similarity: np.ndarray, relevant: np.ndarray) -> float:
    """Expected average precision of one query; places are counted from 1 and ties handled block by block."""
    order = np.argsort(-similarity, kind="stable")
    _, block, size = np.unique(-similarity[order], return_inverse=True, return_counts=True)
    right = np.bincount(block, weights=relevant[order])
    before, right_before = np.cumsum(size) - size, np.cumsum(right) - right
    place = np.arange(1, len(order) + 1)
    within = place - before[block] - 1
    # A relevant item that stands here has found those of better blocks, itself, and its share of its own block's.
    found = right_before[block] + 1 + within * (right[block] - 1) / np.maximum(size[block] - 1, 1)
    return float((right[block] / size[block] * found / place).sum() / relevant.sum())


def _worst_average_precision(similarity: np.ndarray, relevant: np.ndarray) -> float:
    """Average precision of one query with the irrelevant ones of tied items first."""
    places = np.flatnonzero(relevant[np.lexsort((relevant, -similarity))]) + 1
    return float(np.mean(np.arange(1, len(places) + 1) / places))


def _pessimistic(ties: str) -> bool:
    if ties not in ("expected", "pessimistic"):
        raise ValueError(f"ties is {ties!r}; accepted are 'expected' and 'pessimistic'")
    return ties == "pessimistic"


def _checked(similarity: Any, relevant: Any) -> tuple[np.ndarray, np.ndarray]:
    similarity = as_matrix(similarity, "similarity", infinite=True)
    relevant = _relevance(relevant, similarity.shape)
    _check_every_query(relevant, "query")
    return similarity, relevant


def _relevance(relevant: Any, shape: tuple[int, int]) -> np.ndarray:
    """Any accepted form of `relevant` as a bool matrix of this shape."""
    if relevant is None:
        if shape[0] != shape[1]:
            raise ValueError(f"relevant is needed where similarity is not square; its shape is {shape}")
        return np.eye(shape[0], dtype=bool)
    if getattr(relevant, "ndim", 1) == 2:
        matrix = as_numpy(relevant, "relevant")
        if matrix.shape != shape or matrix.dtype != bool:
            raise ValueError(f"relevant must be a bool matrix of shape {shape}; got {matrix.dtype} of {matrix.shape}")
        return matrix
    if len(relevant) != shape[0]:
        raise ValueError(f"relevant must have one entry a query, {shape[0]}; got {len(relevant)}")
    matrix = np.zeros(shape, dtype=bool)
    for query, right in enumerate(relevant):
        items = np.atleast_1d(as_numpy(right, "relevant"))
        if items.size and (items.dtype.kind not in "iu" or items.min() < 0 or items.max() >= shape[1]):
            raise ValueError(f"relevant must hold item numbers from 0 to {shape[1] - 1}; query {query} has {right!r}")
        matrix[query, items.astype(int)] = True
    return matrix


def _check_every_query(relevant: np.ndarray, what: str) -> None:
    if not relevant.any(axis=1).all():
        first = int(np.flatnonzero(~relevant.any(axis=1))[0])
        raise ValueError(f"relevant leaves {what} {first} without a relevant item; every one needs at least one")


def _check_k(k: int, n_items: int) -> None:
    if not isinstance(k, Integral) or not 1 <= k <= n_items:
        raise ValueError(f"k must be a whole number from 1 to {n_items}, the number of items; got {k!r}")
