"""Sequences of unequal length in one batch: which steps are real, and summaries that see only those."""

import torch
from torch import Tensor


def real_steps(lengths: Tensor, longest: int | None = None) -> Tensor:
    """Lengths (b,) -> bool (b, longest), true where a step belongs to its sequence; the rest is padding.

    Raises:
        ValueError: a length is negative or above `longest`.
    """
    lengths = torch.as_tensor(lengths)
    longest = int(lengths.max()) if longest is None else longest
    if int(lengths.min()) < 0 or int(lengths.max()) > longest:
        raise ValueError(f"lengths run from {int(lengths.min())} to {int(lengths.max())}; accepted are 0 to {longest}")
    return torch.arange(longest, device=lengths.device) < lengths[:, None]


def mean_of_steps(x: Tensor, real: Tensor) -> Tensor:
    """x (b, t, d), real (b, t) -> (b, d): the mean over the real steps; zeros where there are none."""
    weights = real[..., None].to(x.dtype)
    total = x.masked_fill(~real[..., None], 0).sum(dim=1)  # filled, not multiplied: 0 · NaN is NaN
    return total / weights.sum(dim=1).clamp_min(1)


def last_step(x: Tensor, real: Tensor) -> Tensor:
    """x (b, t, d), real (b, t) -> (b, d): the last real step; zeros where there are none. Real steps come first."""
    lengths = real.sum(dim=1)
    index = (lengths - 1).clamp_min(0)
    found = x[torch.arange(len(x), device=x.device), index]
    return torch.where(lengths[:, None] > 0, found, torch.zeros_like(found))
