"""Points on a ring: the smallest world in which a generator can be seen to collapse, and the missing modes counted.

The ring of Gaussians is that of Metz et al. (Unrolled Generative Adversarial Networks, ICLR 2017, section 3.1).
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from mmlearn.generate.gan.blocks import spectral
from mmlearn.generate.gan.losses import discriminator_loss, generator_loss
from mmlearn.train import fit_gan

MODES, RADIUS, DEVIATION = 8, 2.0, 0.1
LOOKS = 8  # at a game as it goes on
NEAR = 3.0  # standard deviations within which a point belongs to a mode


class Coverage(NamedTuple):
    """Attributes:
    modes: how many modes have a fair share of points: a fifth of an equal share, or more.
    near: the share of points that are near any mode.
    """

    modes: int
    near: float


def centres(modes: int = MODES) -> Tensor:
    """The middles of the modes, (modes, 2)."""
    angles = torch.arange(modes) * (2 * math.pi / modes)
    return RADIUS * torch.stack([angles.cos(), angles.sin()], dim=1)


def points_on_ring(n: int, modes: int = MODES, seed: int = 0) -> Tensor:
    """n points, (n, 2), each from one of the modes by chance."""
    dice = torch.Generator().manual_seed(seed)
    which = torch.randint(modes, (n,), generator=dice)
    return centres(modes)[which] + DEVIATION * torch.randn(n, 2, generator=dice)


def coverage(points: Tensor, modes: int = MODES) -> Coverage:
    """How many modes points (n, 2) cover, and how many of the points are near one.

    Raises:
        ValueError: no points, or not of two numbers each.
    """
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"points has shape {tuple(points.shape)}; accepted is (n, 2), at least one point")
    distance, which = torch.cdist(points, centres(modes)).min(dim=1)
    near = distance < NEAR * DEVIATION
    counts = torch.bincount(which[near], minlength=modes)
    return Coverage(int((counts >= 0.2 * len(points) / modes).sum()), float(near.float().mean()))


class PointGenerator(nn.Sequential):
    """Noise (b, noise_dim) to points (b, 2)."""

    def __init__(self, noise_dim: int = 2, width: int = 64):
        super().__init__(nn.Linear(noise_dim, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 2))
        self.noise_dim = noise_dim


class PointDiscriminator(nn.Module):
    """Points to one score each, (b, 2) -> (b,).

    Args:
        width: of its two layers.
        normalised: with spectral normalisation.
        together: each point is also told how far the batch spreads, so that points which are all alike give themselves away (the
            standard deviation of the batch, after Karras et al., ICLR 2018; first such idea: Salimans et al., NIPS 2016).
    """

    def __init__(self, width: int = 64, normalised: bool = False, together: bool = False):
        super().__init__()
        wrap = spectral if normalised else (lambda layer: layer)
        self.together = together
        sizes = [2 + together, width, width]
        layers = [part for a, b in zip(sizes, sizes[1:], strict=False) for part in (wrap(nn.Linear(a, b)), nn.LeakyReLU(0.2))]
        self.layers = nn.Sequential(*layers, wrap(nn.Linear(width, 1)))

    def forward(self, points: Tensor) -> Tensor:
        if self.together:
            spread = points.std(dim=0).mean().expand(len(points), 1)
            points = torch.cat([points, spread], dim=1)
        return self.layers(points)[:, 0]


class Play(NamedTuple):
    """How a game on the ring is played.

    Attributes:
        lr: learning rates of generator and discriminator.
        kind: of the losses.
        normalised, together: as of `PointDiscriminator`.
    """

    lr: tuple[float, float]
    kind: str = "non-saturating"
    normalised: bool = False
    together: bool = False


RECIPES = {
    "a generator in a hurry": Play((2e-3, 2e-4)),
    "equal, minimax": Play((1e-3, 1e-3), "minimax"),
    "equal, non-saturating": Play((1e-3, 1e-3)),
    "a discriminator that is ahead": Play((1e-3, 3e-3)),
}


def play(how: Play, steps: int, seed: int = 0, watch: Callable[[Tensor, int], Any] | None = None) -> list[Coverage]:
    """Train a generator of points; how many modes it covers, eight times on the way.

    Args:
        how: see `Play`.
        steps: turns of each player.
        seed: of all chance.
        watch: (1,000 points, step) -> anything, called at every look.
    """
    torch.manual_seed(seed)
    generator, discriminator, seen = PointGenerator(), PointDiscriminator(64, how.normalised, how.together), []

    def noise(n: int) -> Tensor:
        return torch.randn(n, generator.noise_dim)

    def d_loss(g: nn.Module, d: nn.Module, batch: list[Tensor]) -> Tensor:
        return discriminator_loss(d(batch[0]), d(g(noise(len(batch[0]))).detach()), kind=how.kind)

    def g_loss(g: nn.Module, d: nn.Module, batch: list[Tensor]) -> Tensor:
        return generator_loss(d(g(noise(len(batch[0])))), how.kind)

    def look(g: nn.Module, step: int) -> None:
        points = g(torch.randn(1000, generator.noise_dim, generator=torch.Generator().manual_seed(1)))
        seen.append(coverage(points))
        if watch is not None:
            watch(points, step)

    loader = DataLoader(TensorDataset(points_on_ring(10_000)), 128, shuffle=True, drop_last=True)
    fit_gan(
        generator, discriminator, loader, d_loss, g_loss, steps=steps, lr=how.lr, betas=(0.5, 0.9), watch=look,
        every=max(steps // LOOKS, 1), progress=False, seed=seed, device="cpu",
    )  # fmt: skip
    return seen
