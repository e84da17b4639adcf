"""What the checks of this chapter share: vectors of several modalities, some of them missing."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine.compare import plain


def present(rng: np.random.Generator, n: int, modalities: int) -> Tensor:
    """A mask (n, modalities): in the first row all are there, in each other one at least one is and one is not."""
    mask = rng.random((n, modalities)) < 0.6
    for row in mask:
        some = rng.permutation(modalities)
        row[some[0]], row[some[1]] = True, False
    mask[0] = True
    return torch.from_numpy(mask)


def array(got: Any) -> np.ndarray:
    return np.asarray(plain(got), float)


def zeroed(values: Tensor, mask: Tensor) -> Tensor:
    """Values (b, n, c) with zeros where the mask (b, n) is false."""
    return torch.where(mask[:, :, None], values, 0.0)


def holds_nan(got: Any, *_: Any) -> bool:
    return bool(np.isnan(array(got)).any())


def only_nobody_is_nan(got: Any, _: Any, *arguments: Any) -> bool:
    """NaN in the rows where nothing is there, and in no others; the mask is the last argument."""
    bad = np.isnan(array(got)).reshape(len(arguments[-1]), -1).any(1)
    return bool(bad.any()) and bool((bad == ~array(arguments[-1]).astype(bool).any(1)).all())
