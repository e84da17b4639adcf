"""What the checks of this chapter share: random vectors and factors, and answers of many kinds read alike."""

from functools import partial
from typing import Any

import numpy as np
from torch import Tensor
from torch.nn import functional

from mmlearn.exercises.engine import compare
from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.engine.draws import normal

close = partial(compare.close, atol=1e-7)


def vectors(rng: np.random.Generator, batch: int, dims: list[int]) -> list[Tensor]:
    return [normal(rng, batch, d) for d in dims]


def factors(rng: np.random.Generator, dims: list[int], rank: int, out_dim: int) -> list[Tensor]:
    return [normal(rng, d + 1, rank, out_dim) for d in dims]


def with_one(x: Tensor, front: bool = False) -> Tensor:
    return functional.pad(x, (1, 0) if front else (0, 1), value=1.0)


def shape(got: Any) -> tuple[int, ...]:
    return np.shape(plain(got))


