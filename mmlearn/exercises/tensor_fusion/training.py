"""Factors that never train: how far did each move, and how to mend it."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.tensor_fusion.common import with_one


class Step:
    """Moves each of a model's factors in place, as an optimizer does."""

    def __init__(self, model: SimpleNamespace, moves: list[Tensor]):
        self.model, self.moves = model, moves

    def __call__(self) -> None:
        with torch.no_grad():
            for factor, move in zip(self.model.factors, self.moves, strict=True):
                factor += move


def how_far(model: SimpleNamespace, step: Callable[[], None]) -> list[float]:
    """The largest change of each factor."""
    before = [factor.detach().clone() for factor in model.factors]
    step()
    return [(now - then).abs().max().item() for now, then in zip(model.factors, before, strict=True)]


def step_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """One that does not move, one that grows, one that shrinks, one that does both."""
    n = {"standard": 4, "large": 40}[variant]
    made = []
    for signs in ([0.0, 1.0], [1.0, 0.0, -1.0, 0.5]):
        model = SimpleNamespace(factors=[normal(rng, n, 2, 3).requires_grad_() for _ in signs])
        moves = [sign * normal(rng, n, 2, 3).abs() for sign in signs]
        moves[-1][0, 0, 0] = -7.5  # the largest change of the last is one downwards
        made.append((model, Step(model, moves)))
    return made


def compared(measure: Callable[[Tensor], Tensor], **copied: bool) -> Callable[..., list[float]]:
    """`how_far` with another measure of the change, or without copies."""

    def wrong(model: SimpleNamespace, step: Callable[[], None]) -> list[float]:
        before = [f.detach().clone() if copied.get("copied", True) else f for f in model.factors]
        step()
        return [float(measure((now - then).detach())) for now, then in zip(model.factors, before, strict=True)]

    return wrong


HOW_FAR = Exercise(
    id="tensor_fusion.how_far",
    title="did a parameter move?",
    reference=how_far,
    cases=step_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("alias", "everything seems to stand still. Is step() called between the two looks? And is what you kept from "
                "before a "
                "*copy*? A step changes tensors in place, so the same tensor under another name has moved along",
                wrong=compared(lambda change: change.abs().max(), copied=False)),
        Mistake("signed", "the largest change *upwards*. A number that fell has moved too: take absolute values first",
                wrong=compared(lambda change: change.max())),
        Mistake("mean", "this is the mean change. The largest is asked for, since a factor of which only a few numbers move is "
                "alive", wrong=compared(lambda change: change.abs().mean())),
        Mistake("norm", "this is the length of the change. Asked for is the largest of its absolute values",
                wrong=compared(lambda change: change.norm())),
        Mistake("sizes", "this is how large the factors are, not how far they moved",
                when=lambda got, expected, model, step: np.allclose(got, [float(f.abs().max()) for f in model.factors])),
    ],
    hints=(
        "A step changes tensors in place. What do you have to keep so as to see a difference afterwards?",
        "Copy every factor (detach, clone), call step, then subtract and take the largest absolute value of each.",
        "before = [factor.detach().… for factor in model.factors]\nstep()\n"
        "return [float((now - then).….…) for now, then in zip(model.factors, before)]",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


class Broken(nn.Module):
    """Low-rank fusion that keeps its factors in a plain list, and a linear layer on top."""

    def __init__(self, dims: list[int], out_dim: int, rank: int, classes: int):
        super().__init__()
        self.factors = [nn.Parameter(torch.empty(d + 1, rank, out_dim, dtype=torch.float64)) for d in dims]
        self.head = nn.Linear(out_dim, classes, dtype=torch.float64)

    def forward(self, *vectors: Tensor) -> Tensor:
        product = 1
        for x, factor in zip(vectors, self.factors, strict=True):
            product = product * torch.einsum("bi,irk->brk", with_one(x), factor)
        return self.head(product.sum(1))


def mended(model: nn.Module) -> nn.Module:
    """The same numbers, where `parameters()` finds them."""
    model.factors = nn.ParameterList(model.factors)
    return model


def broken_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Models of two modalities and of more."""
    made = []
    for dims in {"standard": ([3, 2], [3, 2, 4]), "large": ([20, 30], [10, 12, 14, 9])}[variant]:
        model = Broken(dims, 5, 2, 3)
        with torch.no_grad():
            for tensor in [*model.factors, *model.head.parameters()]:
                tensor.copy_(normal(rng, *tensor.shape))
        made.append((model,))
    return made


def inputs(model: nn.Module) -> list[Tensor]:
    """The same vectors for models of one shape."""
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(6, f.shape[0] - 1, generator=generator, dtype=torch.float64) for f in model.factors]


def trained_shapes(model: nn.Module) -> list[tuple[int, ...]]:
    """The shapes of those parameters that a loss on the output pulls at."""
    own = [p for p in model.parameters() if p.requires_grad]
    pulls = torch.autograd.grad(model(*inputs(model)).square().sum(), own, allow_unused=True) if own else []
    return sorted(tuple(p.shape) for p, pull in zip(own, pulls, strict=True) if pull is not None and pull.abs().sum() > 0)


def output(model: nn.Module) -> Tensor:
    with torch.no_grad():
        return model(*inputs(model))


def same_and_trains(got: nn.Module, expected: nn.Module) -> bool:
    """Whether it answers as before, and all its factors learn, each once."""
    alike = torch.allclose(output(got), output(expected))
    once = len(list(got.parameters())) == len(list(expected.parameters()))
    return alike and once and trained_shapes(got) == trained_shapes(expected)


def held(model: nn.Module) -> int:
    """How many parameters `parameters()` finds besides the head's."""
    return len(list(model.parameters())) - 2


MENDED = Exercise(
    id="tensor_fusion.mended",
    title="factors that an optimizer can find",
    reference=mended,
    cases=broken_cases,
    variants=("standard", "large"),
    agrees=same_and_trains,
    mistakes=[
        Mistake("frozen", "the factors are found, but want no gradient: requires_grad is False",
                when=lambda got, expected, model: held(got) > 0 and not all(p.requires_grad for p in got.parameters())),
        Mistake("buffers", "the factors are buffers now: saved with the model, but no optimizer is given them",
                when=lambda got, expected, model: held(got) == 0 and len(list(got.buffers())) >= len(model.factors)),
        Mistake("still-hidden", "parameters() still finds the head alone. nn.Module sees a Parameter that is an attribute of its "
                "own, or in a ParameterList, but it does not look into a list, a tuple or a dict",
                when=lambda got, expected, model: held(got) == 0),
        Mistake("some", "only some of the factors are "
                "found", when=lambda got, expected, model: 0 < held(got) < len(model.factors)),
        Mistake("new-numbers", "the factors train, but they are new ones: the model answers differently from before. Keep the "
                "numbers it has", when=lambda got, expected, model: not torch.allclose(output(got), output(expected))),
        Mistake("not-used", "parameters() finds copies, but `forward` multiplies with others: a gradient never reaches what the "
                "optimizer moves. Register the very tensors that are used, or use those that are registered",
                when=lambda got, expected, model: trained_shapes(got) != trained_shapes(expected)),
    ],
    hints=(
        "How does nn.Module know which of its attributes are to be trained? Print [name for name, _ in "
        "model.named_parameters()].",
        "torch.nn has containers for modules and for parameters. The factors need only be moved into one, under the same name, "
        "since `forward` reads self.factors.",
        "model.factors = nn.…(model.factors)\nreturn model",
    ),
)  # fmt: skip
