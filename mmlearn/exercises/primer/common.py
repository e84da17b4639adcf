"""What the checks of this chapter share: random numbers, equal numbers, and the gradient that an answer lets through."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.engine.gradients import history, leaves


def normal(rng: np.random.Generator, *shape: int) -> Tensor:
    """Random numbers in float64."""
    return torch.from_numpy(rng.normal(size=shape))


def close(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-6) -> bool:
    """Whether two answers are equal numbers in equal shapes."""
    a, b = np.asarray(plain(a), float), np.asarray(plain(b), float)
    return a.shape == b.shape and np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True)


def all_close(got: Any, expected: tuple) -> bool:
    """The same of answers in several parts."""
    return len(got) == len(expected) and all(close(a, b) for a, b in zip(got, expected, strict=True))


def any_of(*wrong: Callable[..., Any]) -> Callable[..., bool]:
    """For a mistake that can be made in several ways: whether the answer equals one of them, in its first part at least."""

    def recognised(got: Any, _: Any, *arguments: Any) -> bool:
        found = [function(*copy.deepcopy(arguments)) for function in wrong]
        return any(all_close(got, one) if isinstance(one, tuple) else close(got, one) for one in found)

    return recognised


def made_by(value: Any) -> set[str]:
    """The names of the operations behind a tensor, as autograd calls them: "SigmoidBackward0"."""
    return {step.name() for step in history(value)}


def gradient(value: Any) -> Tensor | None:
    """The slope of the sum of `value` with respect to the tensor it was made from; None if no gradient can flow back."""
    made_from = leaves(value)
    if not made_from:
        return None
    try:
        return torch.autograd.grad(value.sum(), made_from[0], retain_graph=True)[0]
    except RuntimeError:  # the record was used up already, by an answer that asked autograd itself
        return None
