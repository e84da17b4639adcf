"""A layer that turns gradients round."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn import layers
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.engine.gradients import leaves
from mmlearn.exercises.other_alignments.common import close


def sent_back(value: Any) -> Tensor | Exception | None:
    """What arrives at the tensor that `value` was made from when 1, 2, 3 … is sent back; None if nothing, or the error."""
    if not isinstance(value, Tensor) or not value.requires_grad:
        return None
    asked = torch.arange(1, value.numel() + 1, dtype=value.dtype).reshape(value.shape)
    if value.grad_fn is None:  # the very tensor that was given: what is asked of it is its gradient
        return asked
    same = [leaf for leaf in leaves(value) if leaf.shape == value.shape]
    if not same:
        return None
    try:
        return torch.autograd.grad(value, same[0], asked, retain_graph=True, allow_unused=True)[0]
    except Exception as error:  # whatever the learner's backward raises
        return error


def gradient_is(wanted: Callable[[Tensor, float], Tensor]) -> Callable[..., bool]:
    """Whether the gradient that came back is this one: of what was sent (1, 2, 3 …) and of the strength."""

    def recognised(got: Any, _: Any, x: Tensor, strength: float) -> bool:
        back = sent_back(got)
        asked = torch.arange(1, x.numel() + 1, dtype=x.dtype).reshape(x.shape)
        return isinstance(back, Tensor) and close(back, wanted(asked, strength))

    return recognised


def reversal_agrees(got: Any, expected: Tensor) -> bool:
    """The same values, and the same gradient behind them."""
    back = sent_back(got)
    return close(got, expected) and isinstance(back, Tensor) and close(back, sent_back(expected))


def reversal_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, d = {"standard": (3, 4), "large": (50, 30)}[variant]
    tiny = (torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True), 0.5)
    return [tiny, *((normal(rng, n, d).requires_grad_(), s) for s in (2.0, 0.1, 0.0))]


REVERSAL = Exercise(
    id="other_alignments.reverse_gradient",
    title="unchanged on the way there, turned round on the way back",
    reference=layers.reverse_gradient,
    cases=reversal_cases,
    variants=("standard", "large"),
    agrees=reversal_agrees,
    mistakes=[
        Mistake("not-applied", "your class was called like a function, which makes an object of it. Call it by "
                ".apply(x, strength)",
                when=lambda got, *_: isinstance(got, torch.autograd.Function)),
        Mistake("order", "backward gives its gradients in the wrong order: first x's, then None for the strength, as in forward",
                when=lambda got, *_: isinstance(sent_back(got), Exception) and "different than None" in str(sent_back(got))),
        Mistake("arity", "the backward pass failed. forward took two arguments after the context, x and strength, so backward "
                "must give two gradients back: None for one that is a plain number",
                when=lambda got, *_: isinstance(sent_back(got), Exception) and "gradients" in str(sent_back(got))),
        Mistake("value", "the values themselves have changed. On the way there x passes as it is; only its gradient is turned",
                when=lambda got, expected, *_: np.shape(plain(got)) == np.shape(plain(expected)) and not close(got, expected)),
        Mistake("no-gradient", "right values, but no gradient comes back to x at all: it was cut off from its history (by "
                "detach, by NumPy, or by a backward that gives None)",
                when=lambda got, expected, *_: close(got, expected) and sent_back(got) is None),
        Mistake("backward", "the values are right, but backward raises an error when a gradient arrives. It gets (context, "
                "gradient), and what it needs of forward must have been kept in the context",
                when=lambda got, *_: isinstance(sent_back(got), Exception)),
        Mistake("at-zero", "right, but for a strength of 0: then nothing of the gradient may come back",
                when=lambda got, expected, x, strength: strength == 0 and isinstance(sent_back(got), Tensor)),
        Mistake("identity", "the gradient comes back as it was sent: nothing is reversed", when=gradient_is(lambda g, s: g)),
        Mistake("strength", "the gradient is reversed, but whatever the strength, by 1", when=gradient_is(lambda g, s: -g)),
        Mistake("sign", "the gradient is scaled by the strength, but keeps its sign: those below would *help* the layers above",
                when=gradient_is(lambda g, s: s * g)),
        Mistake("constant", "what was sent back is ignored: each entry gets -strength alone. Multiply the gradient that "
                "arrives",
                when=gradient_is(lambda g, s: torch.full_like(g, -s))),
        Mistake("divided", "the gradient is divided by the strength. A larger strength should push harder",
                when=gradient_is(lambda g, s: -g / s)),
        Mistake("added", "the old gradient is still in it: (1 - strength) of what was sent came back. Both ways lead to x; "
                "one must be cut off with detach", when=gradient_is(lambda g, s: (1 - s) * g)),
        Mistake("gradient", "the values are right, but what comes back is not -strength times the gradient that arrived",
                when=lambda got, expected, *_: close(got, expected) and isinstance(sent_back(got), Tensor)),
    ],
    hints=(
        "What does backward have to know that only forward is told? The context is there to carry it.",
        "forward keeps the strength in the context (context.strength = …) and gives x.view_as(x), the same numbers in a new "
                "tensor. "
                "backward multiplies what arrives, and gives None as the second gradient, the strength's.",
        "class Reversal(torch.autograd.Function):\n    @staticmethod\n    def forward(context, x, strength):\n        "
        "context.strength = …\n"
        "        return x.view_as(x)\n    @staticmethod\n    def backward(context, gradient):\n        return …, None\n"
        "return Reversal.apply(x, strength)",
    ),
)  # fmt: skip
