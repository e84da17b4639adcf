"""The joint projection, and the two ReLUs with which it answers XOR."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.fusion_protocol.common import array


def summed(views: list, weights: list) -> Tensor:
    """Σ W_m x_m over the views that are given."""
    return sum(x @ W.T for x, W in zip(views, weights, strict=True) if x is not None)


def joint(views: list, weights: list, bias: Tensor) -> Tensor:
    return (summed(views, weights) + bias).relu()


def joint_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Two modalities, unequally wide; three; and three of which the middle one is missing."""
    b, k = {"standard": (4, 6), "large": (50, 16)}[variant]

    def case(*dims: int) -> tuple[list, list, Tensor]:
        return [normal(rng, b, d) for d in dims], [normal(rng, k, d) for d in dims], normal(rng, k)

    views, weights, bias = case(3, 2, 4)
    return [case(3, 2), case(5, 3, 2), ([views[0], None, views[2]], weights, bias)]


def bias_each(views: list, weights: list, bias: Tensor) -> Tensor:
    return sum(x @ W.T + bias for x, W in zip(views, weights, strict=True) if x is not None).relu()


def relu_each(views: list, weights: list, bias: Tensor) -> Tensor:
    return sum((x @ W.T).relu() for x, W in zip(views, weights, strict=True) if x is not None) + bias


def network_each(views: list, weights: list, bias: Tensor) -> Tensor:
    return sum((x @ W.T + bias).relu() for x, W in zip(views, weights, strict=True) if x is not None)


def same_as(*wrong: Any) -> Any:
    """For a mistake that can be made in several ways."""
    return lambda got, _, *arguments: any(np.allclose(array(got), array(function(*arguments))) for function in wrong)


JOINT = Exercise(
    id="fusion_protocol.joint_projection",
    title="add the projections, then bend",
    reference=joint,
    cases=joint_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("none", "a modality that the whole batch lacks is given as None. Leave it out of the sum",
                wrong=lambda views, weights, bias: sum(x @ W.T for x, W in zip(views, weights, strict=True)) + bias),
        Mistake("wrong-weights", "the modality that is missing was left out, but its weights were not: so each one after it "
                "meets its neighbour's. Keep each view beside its own weights",
                wrong=lambda views, weights, bias:
                (sum(x @ W.T for x, W in zip([x for x in views if x is not None], weights, strict=False)) + bias).relu()),
        Mistake("transposed", "W_m has shape (k, d_m), as nn.Linear stores it: a batch of rows x is multiplied by its transpose",
                wrong=lambda views, weights, bias:
                (sum(x @ W for x, W in zip(views, weights, strict=True) if x is not None) + bias).relu()),
        Mistake("bend-each", "each modality is bent by itself and then added: no bend sees two of them together, so XOR stays "
                "out "
                "of reach. Add first",
                when=same_as(relu_each, network_each, lambda v, w, b: relu_each(v, w, b).relu())),
        Mistake("no-relu", "the sum is right, but it is not bent: without the ReLU all stays linear",
                wrong=lambda views, weights, bias: summed(views, weights) + bias),
        Mistake("bias-each", "the bias was added once a modality. It belongs to the sum, once", wrong=bias_each),
        Mistake("no-bias", "the bias is missing", wrong=lambda views, weights, bias: summed(views, weights).relu()),
        Mistake("bias-outside", "the bias was added after the ReLU. It belongs inside",
                wrong=lambda views, weights, bias: summed(views, weights).relu() + bias),
        Mistake("mean", "the projections were averaged. Their sum is asked for", wrong=lambda views, weights, bias:
                (summed(views, weights) / sum(x is not None for x in views) + bias).relu()),
    ],
    hints=(
        "What has to happen first for a bend to see both modalities at once?",
        "Loop over pairs of view and weights, skip None, add x @ W.T; then the bias; then relu.",
        "total = bias\nfor x, W in zip(views, weights):\n    if x is not None:\n        total = …\nreturn …",
    ),
)  # fmt: skip

CORNERS = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
DIFFER = np.array([False, True, True, False])


def by_hand() -> tuple[Tensor, Tensor, Tensor, float]:
    return torch.tensor([[1.0, -1.0], [-1.0, 1.0]]), torch.zeros(2), torch.ones(2), -0.5


def answers(got: tuple, transposed: bool = False) -> np.ndarray:
    """The logit of each of the four corners, (4,)."""
    W, b, V, c = (array(part) for part in got)
    return np.maximum(CORNERS @ (W if transposed else W.T) + b, 0) @ V + c


def says(*wanted: int) -> Any:
    """Whether these, and no others, of the corners 00, 01, 10, 11 get a logit above 0."""
    return lambda got, _: list(answers(got) > 0) == [bool(one) for one in wanted]


def solves(got: Any, _: Any) -> bool:
    z = answers(got)
    return bool(np.isfinite(z).all() and ((z > 1e-6) == DIFFER).all() and (z[~DIFFER] < -1e-6).all())


BY_HAND = Exercise(
    id="fusion_protocol.xor_by_hand",
    title="two ReLUs that say whether two bits differ",
    reference=by_hand,
    cases=lambda rng, variant: [()],
    agrees=solves,
    mistakes=[
        Mistake("border", "in one of the four cases z is 0 (or as good as): neither yes nor no. Move c a little",
                when=lambda got, _: bool((np.abs(answers(got)) <= 1e-6).any())),
        Mistake("turned-round", "z is above 0 exactly where the bits *agree*. Turn the sign of V and of c",
                when=says(1, 0, 0, 1)),
        Mistake("transposed", "nearly: it would be right if W were transposed. W x multiplies rows of W by x: the columns of "
                "W belong "
                "to the modalities, its rows to the hidden numbers",
                when=lambda got, _: list(answers(got) > 0) != list(DIFFER) == list(answers(got, transposed=True) > 0)),
        Mistake("or", "this says yes as soon as one bit is 1: OR. For two ones it must fall again", when=says(0, 1, 1, 1)),
        Mistake("and", "this says yes for two ones only: AND", when=says(0, 0, 0, 1)),
        Mistake("always", "this says the same in all four cases", when=lambda got, _: len(set(answers(got) > 0)) == 1),
        Mistake("one-only", "it sees one of the two ways to differ, and not the other. Give each way a ReLU of its own",
                when=lambda got, _: (answers(got) > 0).tolist() in ([False, True, False, False], [False, False, True, False])),
    ],
    hints=(
        "The bits u and v can differ in two ways, and there are two ReLUs. Which one could wake for u = 1, v = 0 and sleep in "
        "the "
        "three other cases?",
        "relu(u - v) is 1 for (1, 0) and 0 otherwise; relu(v - u) likewise for (0, 1). Their sum is 0 or 1: where does c put the "
        "border?",
        "W = torch.tensor([[1.0, …], [-1.0, …]])\nreturn W, torch.zeros(2), torch.ones(2), …",
    ),
)  # fmt: skip
