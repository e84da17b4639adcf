"""Cosines in a common space whose directions do not all deserve the same say."""

from numbers import Real
from typing import Any

import numpy as np

from mmlearn.arrays import as_matrix, as_numpy
from mmlearn.evaluate import cosine_similarity


def weighted_similarity(A: Any, B: Any, correlations: Any, power: float = 1.0) -> np.ndarray:
    """Cosine of each row of A with each row of B, coordinate j of both multiplied by correlations[j] ** power first.

    CCA scales all directions to variance one, those too that hardly agree. Their correlations say how far each can be trusted
    (Gong, Ke, Isard and Lazebnik, 2014, "A multi-view embedding space for modeling internet images, tags, and their
    semantics", IJCV 106, section 3.3).

    Args:
        A: (n, k) rows of one view in the common space, such as queries.
        B: (m, k) rows of the other.
        correlations: (k,), of 0 or more, one a direction.
        power: 0 counts all directions alike.

    Returns:
        (n, m). A row that is all zero is similar to nothing: 0.

    Raises:
        ValueError: unfit matrices, other than one correlation a column, a negative one, or a negative power.
    """
    A, B, weights = as_matrix(A, "A"), as_matrix(B, "B"), as_numpy(correlations, "correlations")
    if A.shape[1] != B.shape[1]:
        raise ValueError(f"A and B must have equal numbers of columns; got {A.shape[1]} and {B.shape[1]}")
    if A.shape[1:] != weights.shape or not (weights >= 0).all():
        raise ValueError(
            f"correlations must be {A.shape[1]} numbers of at least 0, one a column of A; got shape {weights.shape}"
            + (f" with the smallest {np.min(weights):.3g}" if weights.size else "")
        )
    if not isinstance(power, Real) or not 0 <= power < np.inf:
        raise ValueError(f"power must be a finite number of at least 0; got {power!r}")
    weights = weights.astype(float) ** power
    return cosine_similarity(A * weights, B * weights)
