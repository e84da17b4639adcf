"""What the checks of this chapter share: whether two answers are equal numbers, or equal but for a factor."""

from typing import Any

import numpy as np

from mmlearn.exercises.engine.compare import plain


def close(got: Any, expected: Any) -> bool:
    """Equal shapes and nearly equal numbers."""
    got, expected = plain(got), plain(expected)
    return np.shape(got) == np.shape(expected) and np.allclose(got, expected, rtol=1e-4, atol=1e-6)


def proportional(got: Any, expected: Any) -> bool:
    """Equal but for one factor."""
    got = np.asarray(plain(got), float)
    return got.shape == np.shape(expected) and close(got * (got * expected).sum() / (got**2).sum(), expected)
