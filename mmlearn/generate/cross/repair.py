"""Repair, and how far off it is: only what was hidden is judged, and each example by itself, so that a paired test can follow."""

import torch
from torch import Tensor


def completed(given: Tensor, made: Tensor, seen: Tensor) -> Tensor:
    """The given values (n, c, h, w) where `seen` (n, 1, h, w) is 1, the made ones elsewhere, whatever stands there."""
    return torch.where(seen > 0, given, made)


def hole_error(made: Tensor, true: Tensor, seen: Tensor) -> Tensor:
    """The mean absolute difference of each example over its hidden values: (n,); 0 where nothing is hidden.

    Args:
        made, true: (n, c, h, w).
        seen: (n, 1, h, w), 0 where hidden.

    Raises:
        ValueError: shapes that do not fit.
    """
    if made.shape != true.shape or seen.shape != true[:, :1].shape:
        shapes = f"made {tuple(made.shape)}, true {tuple(true.shape)} and seen {tuple(seen.shape)}"
        raise ValueError(f"{shapes} do not fit; accepted are (n, c, h, w) twice and (n, 1, h, w)")
    hidden = (1 - seen).expand_as(true)
    total = ((made - true).abs() * hidden).flatten(1).sum(1)
    return total / hidden.flatten(1).sum(1).clamp_min(1)
