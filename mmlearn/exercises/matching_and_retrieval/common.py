"""What the checks of this chapter share: rows of length one, rows without their mean, and equal numbers."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from mmlearn.exercises.engine.compare import close


def unit(A: np.ndarray) -> np.ndarray:
    """Rows scaled to length one."""
    return A / np.linalg.norm(A, axis=1, keepdims=True)


def centred(A: np.ndarray) -> np.ndarray:
    return A - A.mean(axis=1, keepdims=True)


def one_of(got: Any, values: Iterable[Any]) -> bool:
    """Whether an answer equals any of several wrong ones."""
    return any(close(got, value) for value in values)


def nearest(S: np.ndarray, k: int) -> np.ndarray:
    """The columns of the k largest numbers of each row, the largest first."""
    return np.argsort(-S, axis=1)[:, :k]
