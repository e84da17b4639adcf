"""What the checks of this chapter share: rows of length one, rows without their mean, and equal numbers."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from mmlearn.exercises.engine.compare import plain


def unit(A: np.ndarray) -> np.ndarray:
    """Rows scaled to length one."""
    return A / np.linalg.norm(A, axis=1, keepdims=True)


def centred(A: np.ndarray) -> np.ndarray:
    return A - A.mean(axis=1, keepdims=True)


def close(got: Any, value: Any) -> bool:
    """Whether two answers are equal numbers in equal shapes."""
    a, b = np.asarray(plain(got)), np.asarray(value)
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True)


def one_of(got: Any, values: Iterable[Any]) -> bool:
    """Whether an answer equals any of several wrong ones."""
    return any(close(got, value) for value in values)


def nearest(S: np.ndarray, k: int) -> np.ndarray:
    """The columns of the k largest numbers of each row, the largest first."""
    return np.argsort(-S, axis=1)[:, :k]
