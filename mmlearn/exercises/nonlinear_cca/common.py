"""What the checks of this chapter share: equal numbers, and columns equal up to their signs."""

from typing import Any

import numpy as np

from mmlearn.exercises.engine.compare import plain


def numbers(value: Any) -> np.ndarray:
    """As real numbers; an imaginary part is left out."""
    return np.asarray(np.real(plain(value)), float)


def close(a: Any, b: Any, tolerance: float = 1e-5) -> bool:
    a, b = numbers(a), numbers(b)
    return a.shape == b.shape and np.allclose(a, b, rtol=tolerance, atol=1e-7, equal_nan=True)


def up_to_sign(got: Any, expected: Any, tolerance: float = 1e-5) -> bool:
    """Columns that agree, each or its opposite."""
    got, expected = numbers(got), numbers(expected)
    if got.shape != expected.shape:
        return False
    return close(got * np.where((got * expected).sum(axis=0) < 0, -1, 1), expected, tolerance)
