"""Gradient reversal: to the layers above it nothing happened; those below learn the opposite of what they ask for.

Ganin et al., Domain-Adversarial Training of Neural Networks, JMLR 2016, section 4.2: a classifier learns to tell where an
embedding came from, and the network below it learns to make that impossible, in one backward pass.
"""

import math

import torch
from torch import Tensor


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(context, x: Tensor, strength: float) -> Tensor:
        context.strength = strength
        return x.view_as(x)  # a new node of the graph; x itself would be passed on as if nothing stood here

    @staticmethod
    def backward(context, gradient: Tensor) -> tuple[Tensor, None]:
        return -context.strength * gradient, None


def reverse_gradient(x: Tensor, strength: float = 1.0) -> Tensor:
    """`x` unchanged; its gradient on the way back is multiplied by `-strength`.

    Args:
        x: of any shape.
        strength: λ of the paper; 0 stops the gradient.

    Raises:
        ValueError: `strength` is negative, which would reverse nothing, or not finite.
    """
    if not 0 <= strength < math.inf:
        raise ValueError(f"strength is {strength}; accepted are finite numbers of at least 0")
    return _Reversal.apply(x, strength)
