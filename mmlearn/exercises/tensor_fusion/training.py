"""Factors that never train: how far did each move, and how to mend it."""

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.tensor_fusion.common import close, with_one


class Hidden(nn.Module):
    """Factors in a plain list, where `parameters()` does not find them, and a head, which it finds."""

    def __init__(self, factors: list[Tensor], head: Tensor):
        super().__init__()
        self.factors = [nn.Parameter(factor) for factor in factors]
        self.head = nn.Linear(head.shape[1], len(head), bias=False, dtype=head.dtype)
        with torch.no_grad():
            self.head.weight.copy_(head)


class Step:
    """Moves a model's factors and its head in place, as an optimizer does; the k-th call k times as far as the first."""

    def __init__(self, model: Hidden, moves: list[Tensor]):
        self.model, self.moves, self.calls = model, moves, 0

    def __call__(self) -> None:
        self.calls += 1
        with torch.no_grad():
            self.model.head.weight += 0.25
            for factor, move in zip(self.model.factors, self.moves, strict=True):
                factor += self.calls * move
                factor.grad = -10 * move


def how_far(model: nn.Module, step: Callable[[], None]) -> list[float]:
    """The largest change of each factor, of a copy: `step` would move the model of the case itself."""
    model, step = deepcopy((model, step))
    before = [factor.detach().clone() for factor in model.factors]
    step()
    return [(now - then).abs().max().item() for now, then in zip(model.factors, before, strict=True)]


def step_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """One that does not move, one that grows, one that shrinks, one that does both."""
    n = {"standard": 4, "large": 40}[variant]
    made = []
    for signs in ([0.0, 1.0], [1.0, 0.0, -1.0, 0.5]):
        model = Hidden([normal(rng, n, 2, 3) for _ in signs], normal(rng, 2, 3))
        moves = [sign * normal(rng, n, 2, 3).abs() for sign in signs]
        moves[-1][0, 0, 0] = -7.5  # the largest change of the last is one downwards
        made.append((model, Step(model, moves)))
    return made


def compared(measure: Callable[[Tensor, Tensor], Tensor], copied: bool = True, steps: int = 1) -> Callable[..., list[float]]:
    """`how_far` with another measure of now and then, without copies, or with more steps."""

    def wrong(model: nn.Module, step: Callable[[], None]) -> list[float]:
        before = [f.detach().clone() if copied else f.detach() for f in model.factors]
        for _ in range(steps):
            step()
        return [float(measure(now.detach(), then)) for now, then in zip(model.factors, before, strict=True)]

    return wrong


def largest(now: Tensor, then: Tensor) -> Tensor:
    return (now - then).abs().max()


def a_step_each(model: nn.Module, step: Callable[[], None]) -> list[float]:
    changes = []
    for factor in model.factors:
        then = factor.detach().clone()
        step()
        changes.append(float(largest(factor.detach(), then)))
    return changes


def of_parameters(model: nn.Module, step: Callable[[], None]) -> list[float]:
    before = [p.detach().clone() for p in model.parameters()]
    step()
    return [float(largest(now.detach(), then)) for now, then in zip(model.parameters(), before, strict=True)]


def sizes(model: nn.Module, step: Callable[[], None]) -> list[float]:
    return [float(f.abs().max()) for f in model.factors]


def gradients(model: nn.Module, step: Callable[[], None]) -> list[float]:
    step()
    return [float(f.grad.abs().max()) for f in model.factors]


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
                wrong=compared(largest, copied=False)),
        Mistake("steps", "step() was called more than once. One step is asked for: copy *all* factors, call it once, and then "
                "look at all of them", when=any_of(a_step_each, compared(largest, steps=2), alike=close)),
        Mistake("parameters", "these are the tensors that model.parameters() names, and the factors are not among them: that is "
                "the point. Look at model.factors", wrong=of_parameters),
        Mistake("gradient", "this is the gradient. Asked for is how far the factors themselves moved", wrong=gradients),
        Mistake("abs-late", "the absolute value came after the maximum, and a number that fell far is overlooked: first abs(), "
                "then max()", wrong=compared(lambda now, then: (now - then).max().abs())),
        Mistake("of-the-largest", "this is the change of the largest number. Asked for is the largest change: subtract first",
                wrong=compared(lambda now, then: (now.abs().max() - then.abs().max()).abs())),
        Mistake("signed", "the largest change *upwards*. A number that fell has moved too: take absolute values first",
                wrong=compared(lambda now, then: (now - then).max())),
        Mistake("mean", "this is the mean change. The largest is asked for, since a factor of which only a few numbers move is "
                "alive", wrong=compared(lambda now, then: (now - then).abs().mean())),
        Mistake("norm", "this is the length of the change. Asked for is the largest of its absolute values",
                wrong=compared(lambda now, then: (now - then).norm())),
        Mistake("sizes", "this is how large the factors are, not how far they moved",
                when=any_of(sizes, compared(lambda now, then: now.abs().max()), alike=close)),
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


def output(model: nn.Module, given: list[Tensor]) -> Tensor | None:
    """What the model answers; None where its forward raises, as it may when the factors are kept otherwise."""
    try:
        return model(*given)
    except (RuntimeError, TypeError, AttributeError, ValueError, IndexError, KeyError):
        return None


def trained_shapes(model: nn.Module, given: list[Tensor]) -> list[tuple[int, ...]]:
    """The shapes of those parameters that a loss on the output pulls at."""
    own = [p for p in model.parameters() if p.requires_grad]
    out = output(model, given)
    pulls = torch.autograd.grad(out.square().sum(), own, allow_unused=True) if own and out is not None else []
    return sorted(tuple(p.shape) for p, pull in zip(own, pulls, strict=False) if pull is not None and pull.abs().sum() > 0)


def alike(got: nn.Module, expected: nn.Module) -> bool:
    """Whether it answers as before."""
    given = inputs(expected)
    out, before = output(got, given), output(expected, given)
    return out is not None and out.shape == before.shape and torch.allclose(out.double(), before)


def learn_alike(got: nn.Module, expected: nn.Module) -> bool:
    given = inputs(expected)
    return trained_shapes(got, given) == trained_shapes(expected, given)


def same_and_trains(got: nn.Module, expected: nn.Module) -> bool:
    """Whether it answers as before, and all its factors learn, each once, and are saved."""
    once = named(got) == named(expected) == len(list(got.parameters())) == len(expected.state_dict()) == len(got.state_dict())
    return alike(got, expected) and once and learn_alike(got, expected)


def named(model: nn.Module) -> int:
    return len(list(model.named_parameters()))


def held(model: nn.Module) -> int:
    """How many parameters `parameters()` finds besides the head's."""
    return len(list(model.parameters())) - 2


def new_head(got: nn.Module, expected: nn.Module, *_: object) -> bool:
    own, before = got.head.weight.detach(), expected.head.weight.detach()
    return own.dtype != before.dtype or not torch.equal(own, before)


MENDED = Exercise(
    id="tensor_fusion.mended",
    title="factors that an optimizer can find",
    reference=mended,
    cases=broken_cases,
    variants=("standard", "large"),
    agrees=same_and_trains,
    mistakes=[
        Mistake("module-list", "ModuleList is for modules; for parameters there is a list of their own",
                wrong=lambda model: nn.ModuleList(model.factors)),
        Mistake("overridden", "parameters() was written over. state_dict() and .to() still do not know the factors: register "
                "them instead", when=lambda got, expected, model: held(got) > 0 and named(got) == 2),
        Mistake("new-head", "the head is a new one, and the model answers differently from before. Only where the factors are "
                "kept should change", when=new_head),
        Mistake("dict", "`forward` walks over self.factors; over a dict it gets the names. Use a list of parameters",
                when=lambda got, expected, model: isinstance(got.factors, nn.ParameterDict)),
        Mistake("frozen", "the factors are found, but want no gradient: requires_grad is False",
                when=lambda got, expected, model: held(got) > 0 and not all(p.requires_grad for p in got.parameters())),
        Mistake("buffers", "the factors are buffers now: saved with the model, but no optimizer is given them",
                when=lambda got, expected, model: held(got) == 0 and len(list(got.buffers())) >= len(model.factors)),
        Mistake("still-hidden", "parameters() still finds the head alone. nn.Module sees a Parameter that is an attribute of its "
                "own, or in a ParameterList, but it does not look into a list, a tuple or a dict",
                when=lambda got, expected, model: held(got) == 0),
        Mistake("some", "only some of the factors are "
                "found", when=lambda got, expected, model: 0 < held(got) < len(model.factors)),
        Mistake("forward", "the model's forward no longer runs on vectors as before. It walks over self.factors in the order of "
                "the modalities", when=lambda got, expected, model: output(got, inputs(expected)) is None),
        Mistake("new-numbers", "the factors train, but they are new ones: the model answers differently from before. Keep the "
                "numbers it has", when=lambda got, expected, model: not alike(got, expected)),
        Mistake("not-used", "parameters() finds copies, but `forward` multiplies with others: a gradient never reaches what the "
                "optimizer moves. Register the very tensors that are used, or use those that are registered",
                when=lambda got, expected, model: not learn_alike(got, expected)),
    ],
    hints=(
        "How does nn.Module know which of its attributes are to be trained? Print [name for name, _ in "
        "model.named_parameters()].",
        "torch.nn has containers for modules and for parameters. The factors need only be moved into one, under the same name, "
        "since `forward` reads self.factors.",
        "model.factors = nn.…(model.factors)\nreturn model",
    ),
)  # fmt: skip
