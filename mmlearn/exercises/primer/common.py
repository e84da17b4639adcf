"""What the checks of this chapter share: random numbers, equal numbers, and the gradient that an answer lets through."""

from functools import partial
from typing import Any

import torch
from torch import Tensor

from mmlearn.exercises.engine import compare
from mmlearn.exercises.engine.compare import close
from mmlearn.exercises.engine.gradients import history, leaves


def all_close(got: Any, expected: tuple) -> bool:
    """Equal numbers in answers of several parts."""
    return len(got) == len(expected) and all(close(a, b) for a, b in zip(got, expected, strict=True))


any_of = partial(compare.any_of, alike=lambda got, one: (all_close if isinstance(one, tuple) else close)(got, one))


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
