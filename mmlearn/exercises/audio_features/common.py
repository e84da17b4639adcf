"""What the checks of this chapter share: whether two answers are equal numbers, or equal but for a factor."""

from functools import partial
from typing import Any

import numpy as np

from mmlearn.exercises.engine import compare
from mmlearn.exercises.engine.compare import plain

close = partial(compare.close, rtol=1e-4)


def proportional(got: Any, expected: Any) -> bool:
    """Equal but for one factor."""
    got = np.asarray(plain(got), float)
    return got.shape == np.shape(expected) and close(got * (got * expected).sum() / (got**2).sum(), expected)
