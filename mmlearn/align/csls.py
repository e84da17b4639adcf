"""Cross-domain similarity local scaling: less say for items that are near to everything."""

from typing import Any

import numpy as np

from mmlearn.arrays import as_matrix


def csls(similarity: Any, neighbours: int = 10) -> np.ndarray:
    """Similarity corrected for hubs: 2 s(q, i) - r(q) - r(i), where r is the mean similarity to the nearest neighbours
    on the other side (Conneau et al., 2018, "Word translation without parallel data", ICLR, section 2.3).

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
