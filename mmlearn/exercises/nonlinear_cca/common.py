"""What the checks of this chapter share: equal numbers, and columns equal up to their signs."""

from typing import Any

import numpy as np

from mmlearn.exercises.engine import compare
from mmlearn.exercises.engine.compare import plain


def numbers(value: Any) -> np.ndarray:
    """As real numbers; an imaginary part is left out."""
    return np.asarray(np.real(plain(value)), float)


def close(a: Any, b: Any, tolerance: float = 1e-5) -> bool:
    return compare.close(numbers(a), numbers(b), rtol=tolerance, atol=1e-7)


def up_to_sign(got: Any, expected: Any, tolerance: float = 1e-5) -> bool:
    """Columns that agree, each or its opposite."""
    got, expected = numbers(got), numbers(expected)
    if got.shape != expected.shape:
        return False
    return close(got * np.where((got * expected).sum(axis=0) < 0, -1, 1), expected, tolerance)
