"""Random inputs that the checks of several chapters draw."""

import numpy as np
import torch
from torch import Tensor


def normal(rng: np.random.Generator, *shape: int) -> Tensor:
    """Standard normal numbers, float64."""
    return torch.from_numpy(rng.normal(size=shape))
