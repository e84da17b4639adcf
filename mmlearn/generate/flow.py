"""Flow matching: noise is carried to a picture along a field of velocities, which a network learns by plain regression.

Lipman et al., Flow Matching for Generative Modeling, ICLR 2023, with the straight paths of Liu et al. (Flow Straight and Fast,
ICLR 2023): x_t = (1 - t) · noise + t · picture, from t = 0 to 1, whose velocity is picture - noise. No second network, no game.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.generate.gan.networks import as_pictures
from mmlearn.generate.gan.sentences import SentenceEncoder

SPREAD = 0.3  # of pixels, -1 to 1, around their mean
LAST = 0.05  # time to go, below which a velocity is not divided further
FREQUENCIES = 4  # of the sines and cosines that stand for a time


class VelocityNetwork(nn.Module):
    """Where a half-made picture should go: a small U-Net (Ronneberger et al., MICCAI 2015), told the time and the condition.

    Args:
        condition_dim: width of the condition; 0 for none.
        width: channels at half the side; at a quarter and an eighth there are twice and four times as many.
        channels: of the pictures.
    """

    def __init__(self, condition_dim: int = 0, width: int = 24, channels: int = 3):
        super().__init__()
        self.condition_dim, inside = condition_dim, 4 * width
        first = nn.Linear(2 * FREQUENCIES + condition_dim, inside)
        self.know = nn.Sequential(first, nn.SiLU(), nn.Linear(inside, inside), nn.LayerNorm(inside))
        widths = [channels, width, 2 * width, 4 * width]
        self.downs = nn.ModuleList(_Step(a, b, inside) for a, b in zip(widths, widths[1:], strict=False))
        self.middle = _Step(4 * width, 4 * width, inside, stride=1)
        ups = zip((8 * width, 4 * width, 2 * width), (2 * width, width, width), strict=True)
        self.ups = nn.ModuleList(_Step(a, b, inside, up=True) for a, b in ups)
        self.out = nn.Conv2d(width + channels, channels, 3, padding=1)
        self.to(memory_format=torch.channels_last)

    def forward(self, x: Tensor, t: Tensor, condition: Tensor | None = None) -> Tensor:
        """x (b, channels, h, w), times t (b,) from 0 to 1, condition (b, condition_dim) -> velocities, the shape of x.

        Raises:
            ValueError: sides that are no multiples of 8, or a condition of another width.
        """
        if x.ndim != 4 or x.shape[2] % 8 or x.shape[3] % 8:
            raise ValueError(f"x has shape {tuple(x.shape)}; accepted is (b, channels, h, w), h and w multiples of 8")
        if self.condition_dim and (condition is None or condition.shape != (len(x), self.condition_dim)):
            given = None if condition is None else tuple(condition.shape)
            raise ValueError(f"condition is {given}; accepted is ({len(x)}, {self.condition_dim})")
        known = self.know(torch.cat([waves(t), *([condition] if self.condition_dim else [])], dim=1))
        start = x = x.contiguous(memory_format=torch.channels_last)
        kept = []
        for down in self.downs:
            x = down(x, known)
            kept.append(x)
        x = self.middle(x, known)
        for up in self.ups:
            x = up(torch.cat([x, kept.pop()], dim=1), known)
        picture = kept_share(t)[:, None, None, None] * start + self.out(torch.cat([x, start], dim=1))
        return (picture - start) / (1 - t).clamp_min(LAST)[:, None, None, None]


class SentenceFlow(nn.Module):
    """Sentences in, pictures out, by a flow.

    Args:
        words: of the sentence encoder's vocabulary.
        width: as of `VelocityNetwork`.
    """

    def __init__(self, words: Sequence[str], width: int = 16):
        super().__init__()
        self.sentences = SentenceEncoder(words)
        self.network = VelocityNetwork(self.sentences.dim, width)

    def paint(self, texts: Sequence[str], steps: int = 10, seed: int = 0) -> Tensor:
        """One picture a sentence, uint8 (n, 3, 32, 32).

        Raises:
            TypeError, ValueError: as `SentenceEncoder.encode` and `flow`.
        """
        vectors = self.sentences.encode(texts)
        dice = torch.Generator().manual_seed(seed)
        noise = torch.randn(len(vectors), 3, 32, 32, generator=dice).to(vectors.device)
        return as_pictures(flow(self.network, noise, vectors, steps))


class _Step(nn.Module):
    """Filter (to half or twice the side), normalise, scale and shift by what is known, bend."""

    def __init__(self, inputs: int, outputs: int, known: int, stride: int = 2, up: bool = False):
        super().__init__()
        down = nn.Conv2d(inputs, outputs, 4 if stride == 2 else 3, stride=stride, padding=1)
        self.filter = nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1) if up else down
        self.normalise = nn.GroupNorm(4, outputs)
        self.choose = nn.Linear(known, 2 * outputs)
        nn.init.normal_(self.choose.weight, std=known**-0.5)  # heard from the first step on

    def forward(self, x: Tensor, known: Tensor) -> Tensor:
        scale, shift = self.choose(known)[:, :, None, None].chunk(2, dim=1)
        return functional.silu(self.normalise(self.filter(x)) * (1 + scale) + shift)


def waves(t: Tensor) -> Tensor:
    """Times (b,) -> (b, 2 · FREQUENCIES): sines and cosines, slow to fast, for a network cannot see small steps of one number."""
    angles = t[:, None] * math.pi * 2.0 ** torch.arange(FREQUENCIES, device=t.device)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def kept_share(t: Tensor) -> Tensor:
    """How much of x_t is kept in the best linear guess of the picture: all at t = 1, nothing at t = 0; (b,) -> (b,).

    Least squares for pictures with standard deviation `SPREAD` (Karras et al., Elucidating the Design Space of Diffusion-Based
    Generative Models, NeurIPS 2022, appendix B.6). The network has to learn the rest only.
    """
    signal = t * SPREAD**2
    return signal / (t * signal + (1 - t) ** 2)


def flow_loss(network: nn.Module, pictures: Tensor, condition: Tensor | None = None) -> Tensor:
    """Mean squared error of the velocity at a random time of each picture's path, from noise drawn for it.

    Args:
        network: as `VelocityNetwork`.
        pictures: (b, channels, h, w), floats from -1 to 1.
        condition: (b, condition_dim).
    """
    noise = torch.randn_like(pictures)
    t = torch.rand(len(pictures), device=pictures.device)
    along = t[:, None, None, None]
    velocity = network((1 - along) * noise + along * pictures, t, condition)
    # weighted by the time to go: late on the path only traces of noise are left, and they shall not count most
    return ((1 - along) * (velocity - (pictures - noise))).square().mean()


@torch.no_grad()
def flow(network: nn.Module, noise: Tensor, condition: Tensor | None = None, steps: int = 20) -> Tensor:
    """Carry noise to pictures in equal steps, each by the velocity half way through it (the midpoint rule).

    Args:
        network: as `VelocityNetwork`; it is asked twice a step.
        noise: (b, channels, h, w).
        condition: (b, condition_dim).
        steps: more are more exact, and slower.

    Returns:
        Pictures (b, channels, h, w), about -1 to 1.

    Raises:
        ValueError: fewer than one step.
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}; accepted is 1 or more")
    network.eval()
    x, width = noise, 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), i * width)
        middle = x + width / 2 * network(x, t, condition)
        x = x + width * network(middle, t + width / 2, condition)
    return x
