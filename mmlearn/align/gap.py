"""The modality gap: in a space learned by contrast, pictures and captions lie in two clouds apart from each other.

Liang et al., 2022, "Mind the gap: understanding the modality gap in multi-modal contrastive representation learning",
NeurIPS, sections 2 and 4.
"""

from typing import Any

import numpy as np

from mmlearn.arrays import as_matrix


def modality_gap(A: Any, B: Any) -> float:
    """The distance of the two centres, ‖mean(a / |a|) - mean(b / |b|)‖: 0 to 2.

    Args:
        A, B: embeddings (n, k) and (m, k) of two media in one space, numpy or torch; a row of zeros stays where it is.

    Raises:
        ValueError: an unfit matrix, or unequal numbers of columns.
    """
    A, B = _unit_rows(A, B)
    return float(np.linalg.norm(A.mean(axis=0) - B.mean(axis=0)))


def move_gap(A: Any, B: Any, share: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Unit rows, each medium moved half of `share` of the gap towards the other, and made unit again.

    With 1 the centres meet before rows are made unit again, which parts them a little; below 0 the gap widens. The paper
    asks so whether the gap matters.

    Returns:
        (n, k) and (m, k), float64.

    Raises:
        ValueError: as `modality_gap`; also for a `share` that is not finite.
    """
    if not np.isfinite(share):
        raise ValueError(f"share is {share}; accepted are finite numbers")
    A, B = _unit_rows(A, B)
    half = share / 2 * (A.mean(axis=0) - B.mean(axis=0))
    return _unit(A - half), _unit(B + half)


def _unit_rows(A: Any, B: Any) -> tuple[np.ndarray, np.ndarray]:
    A, B = as_matrix(A, "A"), as_matrix(B, "B")
    if A.shape[1] != B.shape[1]:
        raise ValueError(f"A has {A.shape[1]} columns and B {B.shape[1]}; accepted are equal numbers, of one space")
    return _unit(A), _unit(B)


def _unit(X: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(X, axis=1, keepdims=True)
    return X / np.where(length > 0, length, 1)
