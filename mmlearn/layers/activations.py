"""Activations: the bends between linear layers. Without one, a stack of linear layers is a single linear layer.

Each is written from exp, erf and a choice, so that it overflows nowhere, has the right slope at zero too, and passes NaN
on. `FACTS` holds what is true of each, range and steepest slope; the tests measure it.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + e⁻ˣ), between 0 and 1: a number as a probability. Its slope is σ(x) (1 - σ(x)), at most 1/4."""
    below = torch.exp(x.masked_fill(x >= 0, 0))  # neither exponent is ever positive: no overflow,
    above = torch.exp(-x.masked_fill(x < 0, 0))  # in the branch that is not taken either, whose gradient would be NaN
    return torch.where(x >= 0, 1 / (1 + above), below / (1 + below))


def tanh(x: Tensor) -> Tensor:
    """(eˣ - e⁻ˣ) / (eˣ + e⁻ˣ), between -1 and 1; the same curve as 2 σ(2x) - 1. Its slope is 1 - tanh²(x)."""
    below, above = torch.expm1(2 * x.masked_fill(x >= 0, 0)), torch.expm1(-2 * x.masked_fill(x < 0, 0))
    return torch.where(x >= 0, -above / (2 + above), below / (2 + below))


def relu(x: Tensor) -> Tensor:
    """max(x, 0). Where x is below 0 its slope is exactly 0: a unit that is there for every example learns no more.

    Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, ICML 2010.
    """
    return torch.where(x <= 0, 0, x)


def leaky_relu(x: Tensor, slope: float = 0.01) -> Tensor:
    """x above 0, slope · x below: never quite dead (Maas, Hannun and Ng, ICML 2013 workshop)."""
    return torch.where(x <= 0, slope * x, x)


def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """x above 0, alpha · (eˣ - 1) below (Clevert, Unterthiner and Hochreiter, ICLR 2016)."""
    return torch.where(x <= 0, alpha * torch.expm1(x.masked_fill(x > 0, 0)), x)


def softplus(x: Tensor) -> Tensor:
    """log(1 + eˣ): ReLU with its corner rounded off, always above 0. Its slope is the sigmoid."""
    below, above = x.masked_fill(x >= 0, 0), x.masked_fill(x < 0, 0)
    return torch.where(x >= 0, above + torch.log1p(torch.exp(-above)), torch.log1p(torch.exp(below)))


def gelu(x: Tensor) -> Tensor:
    """x · Φ(x), Φ being the normal distribution function: least at x = -0.75, where it is -0.17.

    Hendrycks and Gimpel, Gaussian error linear units, arXiv:1606.08415, 2016.
    """
    return x * torch.erfc(-x / math.sqrt(2)) / 2


def silu(x: Tensor) -> Tensor:
    """x · σ(x), also called swish: least at x = -1.28, where it is -0.28.

    Elfwing, Uchibe and Doya, Neural Networks 107, 2018; Ramachandran, Zoph and Le, ICLR 2018 workshop.
    """
    return x * sigmoid(x)


def softmax(x: Tensor, dim: int = -1) -> Tensor:
    """eˣ / Σ eˣ along `dim`: positive numbers that sum to 1. Adding the same number to all changes nothing.

    Raises:
        ValueError: there is nothing along `dim`.
    """
    if x.shape[dim] == 0:
        raise ValueError(f"x has shape {tuple(x.shape)}; softmax needs at least one number along axis {dim}")
    powers = torch.exp(x - x.amax(dim, keepdim=True).detach())  # the largest becomes e⁰ = 1: no overflow
    return powers / powers.sum(dim, keepdim=True)


class Facts(NamedTuple):
    """What is true of an activation of one number, in exact arithmetic.

    Attributes:
        low, high: the ends of its range.
        low_reached, high_reached: whether some x has exactly that value; if not, it is only approached.
        steepest: the largest slope anywhere, reached or approached.
        below: where the slope dies out: "zero" (exactly 0 for all x < 0), "fades" (towards 0) or "alive", for x → -∞.
        above: the same for x → ∞.
    """

    low: float
    high: float
    low_reached: bool
    high_reached: bool
    steepest: float
    below: str
    above: str

    @property
    def range(self) -> str:
        """The range as an interval: a round bracket is an end that is not reached."""
        low, high = (f"{end:.2f}".rstrip("0").rstrip(".") if math.isfinite(end) else f"{'-' * (end < 0)}∞" for end in self[:2])
        return f"{'[' if self.low_reached else '('}{low}, {high}{']' if self.high_reached else ')'}"


FACTS = {
    "sigmoid": Facts(0, 1, False, False, 1 / 4, "fades", "fades"),
    "tanh": Facts(-1, 1, False, False, 1, "fades", "fades"),
    "relu": Facts(0, math.inf, True, False, 1, "zero", "alive"),
    "leaky_relu": Facts(-math.inf, math.inf, False, False, 1, "alive", "alive"),
    "elu": Facts(-1, math.inf, False, False, 1, "fades", "alive"),
    "softplus": Facts(0, math.inf, False, False, 1, "fades", "alive"),
    "gelu": Facts(-0.169971, math.inf, True, False, 1.128904, "fades", "alive"),
    "silu": Facts(-0.278465, math.inf, True, False, 1.099839, "fades", "alive"),
}
"""By name of the function, with the default `slope` and `alpha`."""
