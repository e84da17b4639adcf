"""What the checks of this chapter share: tensors from a generator, and softmaxes with and without their masks."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine.compare import plain
from mmlearn.fusion.base import shares


def drawn(rng: np.random.Generator, *shape: int) -> Tensor:
    """Normal numbers, float64."""
    return torch.from_numpy(rng.normal(size=shape))


def there(rng: np.random.Generator, rows: int, columns: int) -> Tensor:
    """A mask with something missing: one row with everything, one with nothing, the others with one column at least."""
    mask = torch.from_numpy(rng.random((rows, columns)) < 0.6)
    mask[torch.arange(rows), torch.from_numpy(rng.integers(0, columns, rows))] = True
    mask[0], mask[1] = True, False
    mask[2, -1] = not mask[2, :-1].any()
    return mask


def only_nothing(got: Any, expected: Any, mask: Tensor) -> bool:
    """Whether an answer is right but for the rows in which nothing is there."""
    got, expected, some = np.asarray(plain(got)), np.asarray(plain(expected)), np.asarray(plain(mask)).any(axis=1)
    wrong = ~np.isclose(got, expected, rtol=1e-5, atol=1e-8).reshape(len(got), -1).all(axis=1)
    return bool(wrong.any() and not wrong[some].any())


def zero_scores(scores: Tensor, mask: Tensor, dim: int) -> Tensor:
    """The mistake of masking with a score of 0."""
    return scores.masked_fill(~mask, 0).softmax(dim)


__all__ = ["drawn", "only_nothing", "shares", "there", "zero_scores"]
