"""A step of Adam, and the loop around every step."""

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn import layers
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.primer.common import all_close, any_of, close


def adam_step(
    w: Tensor, g: Tensor, m: Tensor, s: Tensor, t: int, lr: float, b1: float, b2: float, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The library's Adam, asked for a single change."""
    memory = {"t": t - 1, "m": m, "s": s}
    optimizer = layers.Adam([w.detach().clone().requires_grad_()], lr, (b1, b2), eps)
    return w - optimizer.change(g, memory), memory["m"], memory["s"]


def adam_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Two weights for the first step, then more for later ones, with an ε that can be seen."""
    n = {"standard": 3, "large": 500}[variant]
    zeros = [torch.zeros(2, dtype=torch.float64) for _ in range(2)]
    later = [(normal(rng, n), 3 * normal(rng, n), normal(rng, n), normal(rng, n) ** 2, t, lr, b1, b2, 0.1)
             for t, lr, b1, b2 in ((2, 0.1, 0.9, 0.99), (5, 0.5, 0.8, 0.95))]  # fmt: skip
    return [(normal(rng, 2), 2 + normal(rng, 2) ** 2, *zeros, 1, 0.1, 0.9, 0.999, 1e-8), *later]


def adam_with(change: Callable[..., Any]) -> Callable[..., tuple]:
    """Adam with a mistake: `change` gets its quantities and says how far to go."""

    def step(w, g, m, s, t, lr, b1, b2, eps):
        old_m, old_s = m, s
        m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g**2
        known = dict(m=m, s=s, t=t, b1=b1, b2=b2, eps=eps, g=g, old_m=old_m, old_s=old_s)
        return w - lr * change(**known), m, s

    return step


def ratio(m: Tensor, s: Tensor, k1: float, k2: float, eps: float) -> Tensor:
    """m over the root of s, divided by k1 and k2 first."""
    return m / k1 / ((s / k2).sqrt() + eps)


def swapped_betas(w: Tensor, g: Tensor, m: Tensor, s: Tensor, t: int, lr: float, b1: float, b2: float, eps: float) -> tuple:
    return adam_step(w, g, m, s, t, lr, b2, b1, eps)


def exchanged(w: Tensor, g: Tensor, m: Tensor, s: Tensor, t: int, lr: float, b1: float, b2: float, eps: float) -> tuple:
    m, s = (1 - b1) * m + b1 * g, (1 - b2) * s + b2 * g**2
    return w - lr * ratio(m, s, 1 - b1**t, 1 - b2**t, eps), m, s


def corrected_memory(w: Tensor, g: Tensor, m: Tensor, s: Tensor, t: int, lr: float, b1: float, b2: float, eps: float) -> tuple:
    w, m, s = adam_step(w, g, m, s, t, lr, b1, b2, eps)
    return w, m / (1 - b1**t), s / (1 - b2**t)


def unsquared(w: Tensor, g: Tensor, m: Tensor, s: Tensor, t: int, lr: float, b1: float, b2: float, eps: float) -> tuple:
    m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g
    return w - lr * ratio(m, s, 1 - b1**t, 1 - b2**t, eps), m, s


ADAM = Exercise(
    id="primer.adam_step",
    title="one step of Adam",
    reference=adam_step,
    cases=adam_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("uncorrected", "both averages begin at zero, so early on they are too small. Divide them by 1 - β₁ᵗ and 1 - β₂ᵗ",
                wrong=adam_with(lambda m, s, eps, **_: ratio(m, s, 1, 1, eps))),
        Mistake("half-corrected", "one of the two averages is corrected for its start at zero, the other is not",
                when=any_of(adam_with(lambda m, s, t, b1, eps, **_: ratio(m, s, 1 - b1**t, 1, eps)),
                            adam_with(lambda m, s, t, b2, eps, **_: ratio(m, s, 1, 1 - b2**t, eps)))),
        Mistake("power", "right at the first step only: the correction is 1 - β to the power of t, and changes from step to step",
                wrong=adam_with(lambda m, s, b1, b2, eps, **_: ratio(m, s, 1 - b1, 1 - b2, eps))),
        Mistake("epsilon", "is ε inside the square root? It is added after the root is taken",
                wrong=adam_with(lambda m, s, t, b1, b2, eps, **_: m / (1 - b1**t) / (s / (1 - b2**t) + eps).sqrt())),
        Mistake("no-epsilon", "ε is missing: where a gradient has always been 0, this divides 0 by 0",
                wrong=adam_with(lambda m, s, t, b1, b2, **_: ratio(m, s, 1 - b1**t, 1 - b2**t, 0))),
        Mistake("short-form", "the short form, with both corrections drawn to the front, corrects s but not ε: it is another, "
                "smaller ε that is added there. Add ε to √ŝ",
                wrong=adam_with(lambda m, s, t, b1, b2, eps, **_: math.sqrt(1 - b2**t) / (1 - b1**t) * m / (s.sqrt() + eps))),
        Mistake("root", "you divided by ŝ itself. The step is measured by its square root, which has the unit of a gradient",
                wrong=adam_with(lambda m, s, t, b1, b2, eps, **_: m / (1 - b1**t) / (s / (1 - b2**t) + eps))),
        Mistake("uphill", "the weights went uphill: is the step subtracted?",
                when=lambda got, expected, w, *_: close(w - got[0], expected[0] - w)),
        Mistake("late", "the correction is one step off: at the first step t is 1, and β₁ is raised to the power 1",
                when=any_of(*(adam_with(lambda m, s, t, b1, b2, eps, _off=off, **_:
                                        ratio(m, s, 1 - b1 ** (t + _off), 1 - b2 ** (t + _off), eps)) for off in (-1, 1)))),
        Mistake("old", "the step was made from the averages as they were before: first bring this gradient in, then step",
                wrong=adam_with(lambda old_m, old_s, t, b1, b2, eps, **_: ratio(old_m, old_s, 1 - b1**t, 1 - b2**t, eps))),
        Mistake("unsquared", "s averages the gradients as they are; it should average their squares", wrong=unsquared),
        Mistake("betas", "the two β are swapped: β₁ belongs to m, β₂ to s", wrong=swapped_betas),
        Mistake("exchanged", "β and 1 - β are exchanged: most of the old stays (β is near 1), a little of the new comes in",
                wrong=exchanged),
        Mistake("no-momentum", "this step goes along the gradient of the moment, as RMSprop does. Adam goes along its average m̂",
                wrong=adam_with(lambda g, s, t, b2, eps, **_: ratio(g, s, 1, 1 - b2**t, eps))),
        Mistake("remembers-corrected", "the corrected averages are for this step only. Remember m and s as they are, or the "
                "correction is applied again at every step", wrong=corrected_memory),
        Mistake("sequence", "all three are right, but in another order: return w, then m, then s",
                when=lambda got, expected, *_: all_close(got, (expected[1], expected[2], expected[0]))),
        Mistake("weights-only", "the weights are right, but Adam must remember: return w, m and s",
                when=lambda got, expected, *_: close(got, expected[0])),
    ],
    hints=(
        "Two running averages, one of the gradients and one of their squares; each is a little of the new and much of the old.",
        "Update m with β₁ and s with β₂; correct both for their start at zero, by dividing by 1 - βᵗ; go against m̂, divided by "
        "(√ŝ + ε); and give back the *uncorrected* m and s.",
        "m = b1 * m + … * g\ns = b2 * s + … * g**2\nm_hat = m / (1 - b1**t)\ns_hat = …\n"
        "return w - lr * m_hat / (… + eps), m, s",
    ),
)  # fmt: skip


Calls = tuple[str, ...]


def loop(
    model: nn.Module, batches: list, loss: Callable, optimizer: Any, epochs: int, *,
    each: Calls = ("zero", "backward", "step"), first: Calls = (), last: Calls = (), after: bool = False,
) -> list[float]:  # fmt: skip
    """The loop with its calls in any order and place, so that mistakes can be told from one another. On copies, since a
    check calls it several times with the same model."""
    model, optimizer = copy.deepcopy((model, optimizer))
    losses = []

    def call(names: Calls, value: Tensor | None = None) -> None:
        for name in names:
            {"zero": optimizer.zero_grad, "step": optimizer.step, "backward": lambda: value.backward()}[name]()

    for _ in range(epochs):
        call(first)
        for batch in batches:
            value = loss(model, batch)
            call(each, value)
            losses.append((loss(model, batch) if after else value).item())
        call(last)
    return losses


def train_loop(model: nn.Module, batches: list, loss: Callable, optimizer: Any, epochs: int) -> list[float]:
    """The right order."""
    return loop(model, batches, loss, optimizer, epochs)


def mistaken(**options: Any) -> Callable[..., list[float]]:
    return lambda *arguments: loop(*arguments, **options)


def batch_by_batch(model: nn.Module, batches: list, loss: Callable, optimizer: Any, epochs: int) -> list[float]:
    """The loops the wrong way round: every batch as often as there are epochs, before the next one."""
    return loop(model, [batch for batch in batches for _ in range(epochs)], loss, optimizer, 1)


def plain_numbers(got: Any, expected: list[float]) -> bool:
    return all(isinstance(value, float) for value in got) and close(got, expected)


def numbers(got: Any) -> list[float]:
    return [float(value) for value in got]


def squared(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    """The mean squared error of a batch."""
    return layers.mse(model(batch[0]), batch[1])


def loop_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Linear models with their batches and an optimizer of their own."""
    inputs, count, epochs = {"standard": (3, 4, 2), "large": (8, 10, 4)}[variant]
    cases = []
    for lr, epochs_now in ((0.1, 1), (0.05, epochs)):
        model = nn.Linear(inputs, 2).double()
        with torch.no_grad():
            model.weight.copy_(normal(rng, 2, inputs))
            model.bias.copy_(normal(rng, 2))
        batches = [(normal(rng, 5, inputs), normal(rng, 5, 2)) for _ in range(count)]
        cases.append((model, batches, squared, layers.GradientDescent(model.parameters(), lr), epochs_now))
    return cases


LOOP = Exercise(
    id="primer.train_loop",
    title="forget, look back, step: over and over",
    reference=train_loop,
    cases=loop_cases,
    variants=("standard", "large"),
    agrees=plain_numbers,
    mistakes=[
        Mistake("tensors", "the losses are right, but they are tensors. Each one holds the record of its whole computation, "
                "and cannot be drawn. What makes a plain number of a tensor?",
                when=lambda got, expected, *_: any(hasattr(v, "detach") for v in got) and close(numbers(got), expected)),
        Mistake("accumulates", "the gradients of all batches so far are added up: backward() adds to what is there. Who "
                "clears it?",
                wrong=mistaken(each=("backward", "step"))),
        Mistake("cleared-once", "the gradients are cleared once an epoch, and in between they add up. Clear them for every batch",
                when=any_of(mistaken(first=("zero",), each=("backward", "step")),
                            mistaken(each=("backward", "step"), last=("zero",)))),
        Mistake("unchanged", "these are the losses of a model that never changes. Is step() called, and are the gradients "
                "still there when it is?", wrong=mistaken(each=("zero", "backward"))),
        Mistake("step-once", "the model changes once an epoch. step() belongs to every batch",
                when=any_of(mistaken(last=("step",), each=("zero", "backward")), mistaken(each=("backward",), last=("step",)),
                            mistaken(first=("zero",), each=("backward",), last=("step",)))),
        Mistake("stale", "step() comes before backward(), and so uses the gradient of the batch before",
                wrong=mistaken(each=("step", "zero", "backward"))),
        Mistake("loops", "the loops are the wrong way round: this trains on one batch for all epochs, then on the next. Which "
                "loop is the outer one?", wrong=batch_by_batch),
        Mistake("one-epoch", "you went through the batches once. epochs says how often",
                when=lambda got, expected, model, batches, *_: len(got) == len(batches) and close(got, expected[: len(got)])),
        Mistake("last", "this is the last loss alone. Keep the loss of every batch, in a list",
                when=lambda got, expected, *_: close(got, expected[-1])),
        Mistake("nested", "one list an epoch, with the losses in it. Put all of them into one flat list: extend, or one "
                "append a batch",
                when=lambda got, expected, *_: np.ndim(plain(got[0])) == 1),
        Mistake("means", "one number an epoch is too few: keep the loss of every batch",
                when=lambda got, expected, m, batches, loss, o, epochs: len(got) == epochs),
        Mistake("after", "these are the losses after each step. Keep the one that the gradient came from, before it",
                wrong=mistaken(after=True)),
        Mistake("shuffled", "the first loss is that of a fresh model, but from there the batches come in another order than they "
                "stand. Take them as they are: shuffling is the DataLoader's business",
                when=lambda got, expected, model, batches, loss, *_: len(got) == len(expected) and any(
                    close(got[0], loss(model, batch)) for batch in batches)),
    ],
    hints=(
        "For every batch three calls, in an order that matters: two of the optimizer, one of the loss.",
        "For each epoch and each batch: compute the loss, clear the old gradients, compute the new ones (backward), let the "
        "optimizer step, and append loss.item(), a plain number.",
        "losses = []\nfor epoch in range(epochs):\n    for batch in batches:\n        value = loss(model, batch)\n"
        "        optimizer.…\n        value.…\n        optimizer.…\n        losses.append(…)\nreturn losses",
    ),
)  # fmt: skip
