"""Descent: from the gradient of a loss to better weights. Each method adds one thought to the one before.

An optimizer is made from a list of weights and asked to `step()` after their gradients were computed. On the gradient of
all data it is gradient descent, on that of a random batch stochastic gradient descent (Robbins and Monro, A stochastic
approximation method, Annals of Mathematical Statistics 22, 1951). Update for update these equal torch.optim's.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from torch import Tensor


class GradientDescent:
    """w ← w - lr · g: a step downhill, as long as the slope is steep.

    Args:
        weights: tensors that require a gradient.
        lr: the learning rate.

    Raises:
        ValueError: no weights, one that takes no gradient, or a learning rate that is not above 0.
    """

    def __init__(self, weights: Iterable[Tensor], lr: float = 0.01):
        self.weights, self.lr = list(weights), lr
        if not self.weights or not all(w.requires_grad for w in self.weights):
            raise ValueError(f"weights has {len(self.weights)} tensors; accepted is at least one, all with requires_grad=True")
        if not lr > 0:
            raise ValueError(f"lr is {lr}; accepted are numbers above 0")
        self.memory: list[dict] = [{} for _ in self.weights]

    def zero_grad(self) -> None:
        """Forget the gradients: `backward` adds to what is there."""
        for w in self.weights:
            w.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Change every weight that has a gradient."""
        for w, memory in zip(self.weights, self.memory, strict=True):
            if w.grad is not None:
                w -= self.change(w.grad, memory)

    def change(self, g: Tensor, memory: dict) -> Tensor:
        """What to take off a weight whose gradient is g; `memory` is this weight's own, from step to step."""
        return self.lr * g


class Momentum(GradientDescent):
    """v ← μ v + g, w ← w - lr · v: a heavy ball, which a slope that keeps its direction makes faster, one that flips does not.

    Polyak, Some methods of speeding up the convergence of iteration methods, USSR Computational Mathematics 4, 1964.
    """

    def __init__(self, weights: Iterable[Tensor], lr: float = 0.01, momentum: float = 0.9):
        super().__init__(weights, lr)
        self.momentum = momentum

    def change(self, g: Tensor, memory: dict) -> Tensor:
        memory["v"] = self.momentum * memory.get("v", 0) + g
        return self.lr * memory["v"]


class RMSprop(GradientDescent):
    """s ← α s + (1 - α) g², w ← w - lr · g / (√s + ε): each weight's step is measured by how large its gradients are.

    Hinton, Srivastava and Swersky, Neural Networks for Machine Learning, lecture 6, 2012.
    """

    def __init__(self, weights: Iterable[Tensor], lr: float = 0.01, alpha: float = 0.99, eps: float = 1e-8):
        super().__init__(weights, lr)
        self.alpha, self.eps = alpha, eps

    def change(self, g: Tensor, memory: dict) -> Tensor:
        memory["s"] = self.alpha * memory.get("s", 0) + (1 - self.alpha) * g**2
        return self.lr * g / (memory["s"].sqrt() + self.eps)


class Adam(GradientDescent):
    """Momentum and RMSprop together, both corrected for having begun at zero.

    m ← β₁ m + (1 - β₁) g, s ← β₂ s + (1 - β₂) g²; w ← w - lr · m̂ / (√ŝ + ε), where m̂ = m / (1 - β₁ᵗ), ŝ = s / (1 - β₂ᵗ).

    Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015, algorithm 1.
    """

    def __init__(
        self, weights: Iterable[Tensor], lr: float = 0.001, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8
    ):
        super().__init__(weights, lr)
        self.betas, self.eps = betas, eps

    def change(self, g: Tensor, memory: dict) -> Tensor:
        b1, b2 = self.betas
        memory["t"] = t = memory.get("t", 0) + 1
        memory["m"] = b1 * memory.get("m", 0) + (1 - b1) * g
        memory["s"] = b2 * memory.get("s", 0) + (1 - b2) * g**2
        m, s = memory["m"] / (1 - b1**t), memory["s"] / (1 - b2**t)
        return self.lr * m / (s.sqrt() + self.eps)


def descend(
    function: Callable[..., Tensor], start: Sequence[float], make: Callable[[list[Tensor]], GradientDescent], steps: int
) -> np.ndarray:
    """The way an optimizer takes down a function.

    Args:
        function: d numbers, as tensors, → one.
        start: where it begins, d numbers.
        make: [weights] → the optimizer.
        steps: how many.

    Returns:
        (steps + 1, d) float64, the start first. Where a step was too large it runs off to infinity and NaN.
    """
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer, path = make([w]), [w.detach().numpy().copy()]
    for _ in range(steps):
        optimizer.zero_grad()
        function(*w).backward()
        optimizer.step()
        path.append(w.detach().numpy().copy())
    return np.stack(path)
