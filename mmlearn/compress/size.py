"""What a model weighs."""

import io

import torch
from torch import nn


def count(model: nn.Module, nonzero: bool = False) -> int:
    """How many weights it has, shared ones once; with `nonzero`, those that are not zero."""
    return sum(int(p.count_nonzero()) if nonzero else p.numel() for p in model.parameters())


def kilobytes(model: nn.Module) -> float:
    """What its state takes on disk as torch writes it, thousands of bytes: shared weights once, whole numbers as such."""
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    return len(file.getvalue()) / 1000
