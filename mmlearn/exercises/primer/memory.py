"""A cell with a memory: one step of an LSTM."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn import layers
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.primer.common import any_of, close


def lstm_step(x: Tensor, h: Tensor, c: Tensor, W: Tensor, U: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The library's cell with these weights."""
    cell = layers.LSTMCell(W.shape[1], U.shape[1])
    return cell_with(cell, W, U, b).step(x @ W.T + b, (h, c))


def cell_with(cell: nn.Module, W: Tensor, U: Tensor, b: Tensor) -> nn.Module:
    cell = cell.double().requires_grad_(False)
    cell.from_input.weight.copy_(W), cell.from_state.weight.copy_(U), cell.from_input.bias.copy_(b)
    return cell


def lstm_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """A single number first, so that a wrong answer can be followed by hand."""
    n, inputs, hidden = {"standard": (3, 4, 2), "large": (40, 16, 32)}[variant]

    def case(n: int, d: int, k: int) -> tuple:
        return (
            normal(rng, n, d),
            *(normal(rng, n, k) for _ in "hc"),
            normal(rng, 4 * k, d),
            normal(rng, 4 * k, k),
            normal(rng, 4 * k),
        )

    return [case(1, 1, 1), case(n, inputs, hidden), case(n + 1, inputs, hidden)]


def gates(x: Tensor, h: Tensor, W: Tensor, U: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    """What stands before the bends, in the order in, forget, candidate, out."""
    return (x @ W.T + h @ U.T + b).chunk(4, dim=-1)


def lstm_with(memory: Callable[..., Tensor], read: Callable[..., Tensor] | None = None) -> Callable[..., tuple]:
    """An LSTM with a mistake: `memory` makes the new c from (i, f, g, o, c), `read` the new h from (g, o, new c, old c)."""

    def step(x, h, c, W, U, b):
        i, f, g, o = gates(x, h, W, U, b)
        new = memory(i, f, g, o, c)
        return (torch.sigmoid(o) * torch.tanh(new)) if read is None else read(g, o, new, c), new

    return step


def right_memory(i: Tensor, f: Tensor, g: Tensor, o: Tensor, c: Tensor) -> Tensor:
    return torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)


def blocks_of(cut: Callable[[Tensor], tuple]) -> Callable[..., tuple]:
    """An LSTM that takes its four blocks from where `cut` finds them."""

    def step(x, h, c, W, U, b):
        i, f, g, o = cut(x @ W.T + h @ U.T + b)
        new = right_memory(i, f, g, o, c)
        return torch.sigmoid(o) * torch.tanh(new), new

    return step


LSTM = Exercise(
    id="primer.lstm_step",
    title="keep, write, read",
    reference=lstm_step,
    cases=lstm_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("gates", "in and forget gate are swapped: the blocks stand in the order in, forget, candidate, out",
                wrong=lstm_with(lambda i, f, g, o, c: right_memory(f, i, g, o, c))),
        Mistake("order", "the candidate is the third block and the out gate the fourth; you took them the other way round",
                wrong=lstm_with(lambda i, f, g, o, c: right_memory(i, f, o, g, c),
                                lambda g, o, new, old: torch.sigmoid(g) * torch.tanh(new))),
        Mistake("candidate", "the candidate may be negative: it goes through tanh. The sigmoid is for the gates",
                wrong=lstm_with(lambda i, f, g, o, c: torch.sigmoid(f) * c + torch.sigmoid(i) * torch.sigmoid(g))),
        Mistake("no-in-gate", "everything new is written: the in gate should say how much of the candidate enters",
                wrong=lstm_with(lambda i, f, g, o, c: torch.sigmoid(f) * c + torch.tanh(g))),
        Mistake("no-forget-gate", "the old memory stays whole: the forget gate should say how much of it is kept",
                wrong=lstm_with(lambda i, f, g, o, c: c + torch.sigmoid(i) * torch.tanh(g))),
        Mistake("coupled", "you keep 1 - f where you should keep f: at 1 the forget gate is open and keeps everything, in "
                "spite of its name", wrong=lstm_with(lambda i, f, g, o, c: right_memory(i, -f, g, o, c))),
        Mistake("no-bend", "the memory can grow beyond 1, so it goes through tanh before it is read: h' = o · tanh(c')",
                wrong=lstm_with(right_memory, lambda g, o, new, old: torch.sigmoid(o) * new)),
        Mistake("old-memory", "h' reads the old memory. It should read the new one, c'",
                wrong=lstm_with(right_memory, lambda g, o, new, old: torch.sigmoid(o) * torch.tanh(old))),
        Mistake("no-out-gate", "the whole memory is shown: the out gate should say how much of it, h' = o · tanh(c')",
                wrong=lstm_with(right_memory, lambda g, o, new, old: torch.tanh(new))),
        Mistake("read-bend", "the memory goes through a sigmoid on its way out. It may be negative, so it goes through tanh",
                wrong=lstm_with(right_memory, lambda g, o, new, old: torch.sigmoid(o) * torch.sigmoid(new))),
        Mistake("no-sigmoid", "the gates are raw sums. A gate lies between 0 and 1: each goes through a sigmoid",
                when=any_of(lstm_with(lambda i, f, g, o, c: f * c + i * torch.tanh(g),
                            lambda g, o, new, old: o * torch.tanh(new)),
                            lstm_with(lambda i, f, g, o, c: f * c + i * torch.tanh(g)),
                            lstm_with(lambda i, f, g, o, c: f * c + i * g, lambda g, o, new, old: o * torch.tanh(new)))),
        Mistake("reshape", "the numbers were cut in the wrong places: within a row stand first all k sums of the in gate, "
                "then all of the forget gate. chunk(4, dim=-1) cuts like that; reshape to (n, k, 4) or (4, n, k) does not",
                when=any_of(blocks_of(lambda sums: sums.reshape(len(sums), -1, 4).unbind(-1)),
                            blocks_of(lambda sums: sums.reshape(4, len(sums), -1).unbind(0)))),
        Mistake("bias", "the bias b is missing from the four sums",
                wrong=lambda x, h, c, W, U, b: lstm_with(right_memory)(x, h, c, W, U, torch.zeros_like(b))),
        Mistake("no-state", "the gates do not look at the state: W x is there, U h is missing",
                wrong=lambda x, h, c, W, U, b: lstm_with(right_memory)(x, torch.zeros_like(h), c, W, U, b)),
        Mistake("swapped", "both are right, but in the wrong order: return h', then c'",
                when=lambda got, expected, *_: close(got[0], expected[1]) and close(got[1], expected[0])),
    ],
    hints=(
        "All four sums at once are one (n, 4 · hidden) matrix. Which blocks are gates, between 0 and 1, and which is a content?",
        "Compute x Wᵀ + h Uᵀ + b and cut it in four (chunk). Sigmoid for in, forget and out, tanh for the candidate. Then "
        "c' = f · c + i · g and h' = o · tanh(c').",
        "i, f, g, o = (x @ W.T + … + b).chunk(4, dim=-1)\nc = torch.sigmoid(f) * … + torch.sigmoid(i) * …\n"
        "return torch.sigmoid(o) * …, c",
    ),
)  # fmt: skip
