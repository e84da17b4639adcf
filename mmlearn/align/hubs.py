"""Hubs in the common space, and two repairs: less say for items that are near to everything."""

from numbers import Real
from typing import Any

import numpy as np
from scipy.special import logsumexp

from mmlearn.arrays import as_matrix


def csls(similarity: Any, neighbours: int = 10) -> np.ndarray:
    """Similarity corrected for hubs: 2 s(q, i) - r(q) - r(i), where r is the mean similarity to the nearest neighbours
    on the other side (cross-domain similarity local scaling; Conneau et al., 2018, "Word translation without parallel
    data", ICLR, section 2.3).

    It looks at all queries at once: a score then depends on which other queries were asked, so report it apart from
    methods that answer each query alone.

    Args:
        similarity: (n_queries, n_items), cosine as a rule; numpy or torch.
        neighbours: how many nearest ones r averages over, at most the smaller side.

    Returns:
        (n_queries, n_items), float64; to rank by, no longer a cosine.

    Raises:
        ValueError: an unfit similarity, or `neighbours` out of range.
    """
    similarity = as_matrix(similarity, "similarity")
    most = min(similarity.shape)
    if not 1 <= neighbours <= most:
        raise ValueError(f"neighbours must be from 1 to {most}, the smaller side of similarity; got {neighbours}")

    def nearest(scores: np.ndarray) -> np.ndarray:
        return np.partition(scores, -neighbours, axis=1)[:, -neighbours:].mean(axis=1)

    return 2 * similarity - nearest(similarity)[:, None] - nearest(similarity.T)


def inverted_softmax(similarity: Any, beta: float = 10.0) -> np.ndarray:
    """log of exp(β s(q, i)) / Σ_q' exp(β s(q', i)): how much of an item's attention is for this query (Smith et al., 2017,
    "Offline bilingual word vectors, orthogonal transformations and the inverted softmax", ICLR, section 2.3).

    An ordinary softmax shares a query's attention among the items, which changes no ranking. The inverted one shares an
    item's among the queries: a hub has to divide its own by many. It looks at all queries at once, as `csls` does, and it
    mends one direction: for columns → rows give it the transpose. `inverted_softmax(S) + inverted_softmax(S.T).T - β * S`
    serves both, since what the second part takes from a row is the same for all its items.

    Args:
        similarity: (n_queries, n_items), cosine as a rule; numpy or torch.
        beta: β > 0, the inverse temperature; chosen on validation pairs. Near 0 each item's mean similarity is taken
            from it, large β compares with the item's nearest query alone.

    Returns:
        (n_queries, n_items), float64, at most 0; to rank each row by.

    Raises:
        ValueError: an unfit similarity, or `beta` out of range.
    """
    similarity = as_matrix(similarity, "similarity")
    if not isinstance(beta, Real) or not 0 < beta < np.inf:
        raise ValueError(f"beta must be a finite number above 0; got {beta!r}")
    scaled = beta * similarity
    return scaled - logsumexp(scaled, axis=0)
