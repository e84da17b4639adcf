"""Hubs: items that are near neighbours of far more queries than their share."""

from typing import Any

import numpy as np

from mmlearn.arrays import as_matrix
from mmlearn.evaluate.retrieval import _check_k


def k_occurrences(similarity: Any, k: int = 10) -> np.ndarray:
    """N_k of each item, (n_items,): how many queries have it among their k most similar items.

    Items that tie for the last places share them equally, so that N_k always adds up to k × queries, and its mean is
    k × queries / items.

    Args:
        similarity: (n_queries, n_items), larger meaning nearer; numpy or torch.

    Raises:
        ValueError: `similarity` is no matrix, is empty or holds NaN; k is below 1 or above the number of items.
    """
    similarity = as_matrix(similarity, "similarity", infinite=True)
    _check_k(k, similarity.shape[1])
    last = -np.partition(-similarity, k - 1, axis=1)[:, k - 1 : k]  # the similarity of place k
    above, tied = similarity > last, similarity == last
    share = (k - above.sum(axis=1)) / tied.sum(axis=1)  # of the places left, for each of the tied
    return above.sum(axis=0) + share @ tied


def hub_skewness(similarity: Any, k: int = 10) -> float:
    """How hubby a search is: the skewness of `k_occurrences`, E[(N_k - mean)³] / std³ (Radovanović, Nanopoulos and
    Ivanović, 2010, "Hubs in space", JMLR 11, section 2.2).

    About 0 where every item is found about equally often, large where a few are found by everyone. Items in random
    order have about 1 / √(mean N_k). Where all N_k are equal it is 0.
    """
    N = k_occurrences(similarity, k)
    off = N - N.mean()
    spread = np.sqrt(np.mean(off**2))
    return float(np.mean(off**3) / spread**3) if spread > 1e-12 * N.max() else 0.0
