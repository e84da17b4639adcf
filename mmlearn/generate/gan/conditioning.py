"""What a condition is made of before it is given to a generator, and how the noise is drawn.

Conditioning augmentation is that of Zhang et al. (StackGAN, ICCV 2017, section 3.2), truncation that of Brock et al. (Large Scale
GAN Training for High Fidelity Natural Image Synthesis, ICLR 2019, section 3.1).
"""

import torch
from torch import Tensor, nn


class ConditioningAugmentation(nn.Module):
    """A cloud of conditions instead of one: c = μ(s) + σ(s) · ε, with ε normal.

    Sentences are few and lie far apart. Drawn from a cloud around each, conditions fill the space between them, so the generator
    learns what to do there as well. The Kullback-Leibler divergence keeps the clouds from shrinking to points.

    Args:
        inputs: width of the sentence's vector s.
        dim: width of the condition c.
    """

    def __init__(self, inputs: int, dim: int):
        super().__init__()
        self.dim = dim
        self.mean, self.log_variance = nn.Linear(inputs, dim), nn.Linear(inputs, dim)
        nn.init.zeros_(self.log_variance.weight)
        nn.init.constant_(self.log_variance.bias, -3.0)  # small clouds at first: a large one would drown the sentence

    def forward(self, s: Tensor, spread: float = 1.0) -> tuple[Tensor, Tensor]:
        """s (b, inputs) -> c (b, dim), and the divergence from a standard normal, one number a row, (b,).

        Args:
            s: vectors of sentences.
            spread: factor on σ; 0 gives the middle of the cloud.
        """
        mean, log_variance = self.mean(s), self.log_variance(s)
        c = mean + spread * (log_variance / 2).exp() * torch.randn_like(mean)
        return c, divergence(mean, log_variance)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Of normals with these means and logarithms of variances, (…, d), from the standard normal: a mean over d, (…).

    KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² - log σ² - 1)
    """
    return 0.5 * (mean**2 + log_variance.exp() - log_variance - 1).mean(dim=-1)


def truncated_noise(n: int, dim: int, bound: float | None = None, generator: torch.Generator | None = None) -> Tensor:
    """Normal noise (n, dim); with a bound, numbers beyond it are drawn again until they are within.

    A smaller bound gives pictures that are more typical, and less different.

    Raises:
        ValueError: a bound that is not above 0.
    """
    if bound is not None and not bound > 0:
        raise ValueError(f"bound is {bound}; accepted is a number above 0, or None for noise without a bound")
    if bound is None:
        return torch.randn(n, dim, generator=generator)
    low, high = (torch.special.ndtr(torch.tensor(x, dtype=torch.float64)) for x in (-bound, bound))
    u = low + (high - low) * torch.rand(n, dim, generator=generator, dtype=torch.float64)
    return torch.special.ndtri(u).float()  # the same distribution at once: no number has to wait for its turn
