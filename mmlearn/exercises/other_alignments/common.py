"""What the exercises of chapter 09 share."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.exercises.engine.compare import plain


def close(a: Any, b: Any, tolerance: float = 1e-5) -> bool:
    """Whether two answers are equal numbers in equal shapes."""
    a, b = np.asarray(plain(a), float), np.asarray(plain(b), float)
    return a.shape == b.shape and np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


def any_of(*wrong: Callable[..., Any]) -> Callable[..., bool]:
    """For a mistake that can be made in several ways: whether the answer equals one of them."""
    return lambda got, _, *arguments: any(close(got, one(*copy.deepcopy(arguments))) for one in wrong)


def normal(rng: np.random.Generator, *shape: int) -> Tensor:
    """Random numbers in float64."""
    return torch.from_numpy(rng.normal(size=shape))


def rows_unit(x: Tensor) -> Tensor:
    """Vectors along the last axis, brought to length one; zeros stay zeros."""
    return functional.normalize(x, dim=-1)


def columns_unit(x: Tensor) -> Tensor:
    return functional.normalize(x, dim=0)

