"""Conditions that are classes: a shape and a colour, as two places of 1 among sixteen numbers."""

import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.data.scenes import COLOURS, SHAPES, Facts, Thing


def condition_of(shape: Tensor, colour: Tensor) -> Tensor:
    """shape (n,) and colour (n,), indices into `scenes.SHAPES` and `scenes.COLOURS` -> (n, 16).

    Raises:
        ValueError: an index that no shape or colour has.
    """
    for name, index, values in (("shape", shape, SHAPES), ("colour", colour, COLOURS)):
        if len(index) and not 0 <= int(index.min()) <= int(index.max()) < len(values):
            raise ValueError(f"{name} runs from {int(index.min())} to {int(index.max())}; accepted are 0 to {len(values) - 1}")
    return torch.cat([functional.one_hot(shape, len(SHAPES)), functional.one_hot(colour, len(COLOURS))], dim=1).float()


def classes_of(condition: Tensor) -> tuple[Tensor, Tensor]:
    """The way back: (n, 16) -> shape (n,) and colour (n,)."""
    shape, colour = condition.split([len(SHAPES), len(COLOURS)], dim=1)
    return shape.argmax(dim=1), colour.argmax(dim=1)


def mismatched(condition: Tensor) -> Tensor:
    """Conditions that are nearly right: (n, 16) -> (n, 16), in each either the shape or the colour is another one."""
    shape, colour = classes_of(condition)
    n, device = len(condition), condition.device
    which = torch.rand(n, device=device) < 0.5
    shape_by = torch.randint(1, len(SHAPES), (n,), device=device)  # 1 to 7 further round: never where it was
    colour_by = torch.randint(1, len(COLOURS), (n,), device=device)
    return condition_of(
        torch.where(which, shape + shape_by, shape) % len(SHAPES), torch.where(which, colour, colour + colour_by) % len(COLOURS)
    )


def every(each: int = 8) -> tuple[Tensor, list[Facts]]:
    """All 64 classes, `each` times: conditions (64 · each, 16), and what they say."""
    shape, colour = (x.flatten().repeat(each) for x in torch.meshgrid(torch.arange(8), torch.arange(8), indexing="ij"))
    return condition_of(shape, colour), [Facts((Thing(SHAPES[s], COLOURS[c]),)) for s, c in zip(shape, colour, strict=True)]
