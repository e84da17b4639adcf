"""What the checks of this chapter share: losses that must be right and teach, and answers of many kinds read alike."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn import align
from mmlearn.exercises.engine import Mistake
from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.engine.gradients import leaves


def leaf(values: Any) -> Tensor:
    """A tensor that gradients are wanted for, in float64."""
    return torch.tensor(np.asarray(values), dtype=torch.float64, requires_grad=True)


def number(got: Any) -> float:
    """A loss as a plain number, gradient or not."""
    return float(np.asarray(plain(got), float).reshape(()))


def same_number(got: Any, expected: Any) -> bool:
    return bool(np.isclose(number(got), number(expected), rtol=1e-5, atol=1e-7))


def same_gradients(got: Tensor, expected: Tensor) -> bool:
    """Whether two losses pull at their sources alike. The sources are copies of each other: they are matched by their values."""
    wanted, given = leaves(expected), leaves(got)
    try:
        pulls = torch.autograd.grad(got, given, retain_graph=True)
    except RuntimeError:  # something on the way was changed in place
        return False
    for source, pull in zip(wanted, torch.autograd.grad(expected, wanted, retain_graph=True), strict=True):
        mine = next((g for s, g in zip(given, pulls, strict=True) if s.shape == source.shape and torch.equal(s, source)), None)
        if mine is None or not torch.allclose(mine, pull, rtol=1e-3, atol=1e-5 * (1 + float(pull.abs().max()))):
            return False
    return True


def flows(got: Any) -> bool:
    return bool(getattr(got, "requires_grad", False))


def learns(got: Any, expected: Any) -> bool:
    """The right number, and one through which the right gradient flows."""
    return same_number(got, expected) and flows(got) and same_gradients(got, expected)


def any_of(*wrong: Callable[..., Any]) -> Callable[..., bool]:
    """For a mistake that can be made in several ways: whether the number equals one of them."""
    return lambda got, _, *arguments: (
        np.shape(plain(got)) == () and any(same_number(got, function(*arguments)) for function in wrong)
    )


NO_GRADIENT = Mistake(
    "no-gradient", "the number is right, but no gradient flows through it, so nothing can be learnt from it. Return the tensor "
    "itself, without .item(), float() or NumPy on the way",
    when=lambda got, expected, *_: np.shape(plain(got)) == () and not flows(got) and same_number(got, expected),
)  # fmt: skip
HALF_A_GRADIENT = Mistake(
    "half-gradient", "the number is right, but its gradient is not: part of the way back is cut, so that something is no longer "
    "pushed or pulled. Is there a .detach(), a .data or a torch.no_grad() on the way?",
    when=lambda got, expected, *_: flows(got) and same_number(got, expected) and not same_gradients(got, expected),
)  # fmt: skip


def not_finite(got: Any, *_: Any) -> bool:
    return not math.isfinite(number(got))


def diagonal_mask(S: Tensor) -> Tensor:
    return torch.eye(len(S), dtype=torch.bool)


def one_way_logits(logits: Tensor) -> Tensor:
    return functional.cross_entropy(logits, torch.arange(len(logits)))


def cosines(a: Tensor, b: Tensor) -> Tensor:
    return functional.normalize(a, dim=1) @ functional.normalize(b, dim=1).T


def nce(logits: Tensor) -> Tensor:
    target = torch.arange(len(logits))
    return (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target)) / 2


def one_way(a: Tensor, b: Tensor, t: float) -> Tensor:
    return functional.cross_entropy(cosines(a, b) / t, torch.arange(len(a)))


def array(got: Any) -> np.ndarray:
    return np.asarray(plain(got))


def info_nce(a: Tensor, b: Tensor, temperature: float) -> Tensor:
    """The library's, with a float temperature."""
    return align.info_nce(a, b, temperature)
