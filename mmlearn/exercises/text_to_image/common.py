"""What the checks of this chapter share: random logits and vectors, and numbers that count as equal."""

from functools import partial

import numpy as np
from torch import Tensor

from mmlearn.exercises.engine import compare
from mmlearn.exercises.engine.draws import normal

close = partial(compare.close, atol=1e-7)


def logits(rng: np.random.Generator, n: int, scale: float = 2.0) -> Tensor:
    """(n,) float64, on both sides of 1 and of -1."""
    return scale * normal(rng, n)
