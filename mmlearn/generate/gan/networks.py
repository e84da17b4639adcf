"""A generator and a discriminator of small pictures: DCGAN, and with a condition its projection form.

Pictures are floats from -1 to 1, (b, channels, size, size); `as_pictures` makes uint8 of them, `as_input` the way back.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.generate.gan.blocks import ConditionalBatchNorm, Down, Up, spectral


class Generator(nn.Module):
    """Noise (and a condition) to pictures: a small map of 4 × 4, then twice the side until it is large enough.

    Args:
        noise_dim: width of the noise.
        condition_dim: width of the condition; 0 for none. It joins the noise, and sets every normalisation's scale and shift.
        size: side of the pictures: 8, 16, 32, 64, …
        width: channels before the last layer; each layer further back has twice as many.
        channels: of the pictures.

    Raises:
        ValueError: a size that is not 4 times a power of two.
    """

    def __init__(self, noise_dim: int = 64, condition_dim: int = 0, size: int = 32, width: int = 16, channels: int = 3):
        super().__init__()
        self.noise_dim, self.condition_dim, self.size = noise_dim, condition_dim, size
        widths = [width * 2**i for i in reversed(range(stages(size)))]
        self.start = nn.Linear(noise_dim + condition_dim, widths[0] * 16)
        self.ups = nn.ModuleList(Up(a, b, condition_dim) for a, b in zip(widths, [*widths[1:], width], strict=True))
        self.normalise = ConditionalBatchNorm(width, condition_dim)
        self.out = nn.Conv2d(width, channels, 3, padding=1)
        self.to(memory_format=torch.channels_last)  # a CPU filters faster where a place's channels lie side by side

    def forward(self, noise: Tensor, condition: Tensor | None = None) -> Tensor:
        """noise (b, noise_dim), condition (b, condition_dim) -> (b, channels, size, size), from -1 to 1.

        Raises:
            ValueError: noise or condition of another shape.
        """
        _check("noise", noise, self.noise_dim)
        if self.condition_dim:
            _check("condition", condition, self.condition_dim)
        seed = noise if condition is None else torch.cat([noise, condition], dim=1)
        x = self.start(seed).unflatten(1, (-1, 4, 4)).contiguous(memory_format=torch.channels_last)
        for up in self.ups:
            x = up(x, condition)
        return self.out(functional.relu(self.normalise(x, condition))).tanh()


class Discriminator(nn.Module):
    """Pictures (and their conditions) to one score each: does it look real, and does it fit?

    The projection discriminator of Miyato and Koyama (ICLR 2018): with φ(x) what was seen in the picture and e(y) a linear map of
    the condition, the score is  ψ(φ(x)) + e(y) · φ(x):  a question about the picture alone, and one about the two.

    Args:
        condition_dim: width of the condition; 0 for none.
        size: side of the pictures.
        width: channels of the first layer; each further one has twice as many.
        channels: of the pictures.
    """

    def __init__(self, condition_dim: int = 0, size: int = 32, width: int = 16, channels: int = 3):
        super().__init__()
        self.condition_dim, self.size, self.channels = condition_dim, size, channels
        widths = [channels, *(width * 2**i for i in range(stages(size)))]
        self.downs = nn.Sequential(*(Down(a, b) for a, b in zip(widths, widths[1:], strict=False)))
        self.dim = widths[-1] * 16
        self.real = spectral(nn.Linear(self.dim, 1))
        self.fits = spectral(nn.Linear(condition_dim, self.dim, bias=False)) if condition_dim else None
        self.to(memory_format=torch.channels_last)

    def features(self, pictures: Tensor) -> Tensor:
        """φ: pictures -> (b, dim).

        Raises:
            ValueError: pictures of another shape.
        """
        if pictures.ndim != 4 or tuple(pictures.shape[1:]) != (self.channels, self.size, self.size):
            accepted = f"(b, {self.channels}, {self.size}, {self.size})"
            raise ValueError(f"pictures has shape {tuple(pictures.shape)}; accepted is {accepted}")
        return self.downs(pictures.contiguous(memory_format=torch.channels_last)).flatten(1)

    def score(self, seen: Tensor, condition: Tensor | None = None) -> Tensor:
        """Features (b, dim) and conditions (b, condition_dim) -> (b,). Several conditions need the features only once."""
        real = self.real(seen)[:, 0]
        if self.fits is None:
            return real
        _check("condition", condition, self.condition_dim)
        return real + (self.fits(condition) * seen).sum(dim=1)

    def forward(self, pictures: Tensor, condition: Tensor | None = None, other: Tensor | None = None) -> Any:
        """(b,) logits, large for a real picture that fits its condition; two of them if an other condition is asked about too."""
        seen = self.features(pictures)
        scores = self.score(seen, condition)
        return scores if other is None else (scores, self.score(seen, other))


def stages(size: int) -> int:
    """How often 4 is doubled to reach `size`.

    Raises:
        ValueError: it never does.
    """
    n = int(math.log2(size / 4)) if size >= 8 else 0
    if n < 1 or 4 * 2**n != size:
        raise ValueError(f"size is {size}; accepted are 8, 16, 32, 64 and so on")
    return n


def as_input(pictures: Tensor) -> Tensor:
    """Pictures uint8, 0 to 255 -> floats from -1 to 1.

    Raises:
        TypeError: not uint8.
    """
    if pictures.dtype != torch.uint8:
        raise TypeError(f"pictures is {pictures.dtype}; accepted is uint8, 0 to 255")
    return pictures.float() / 127.5 - 1


def as_pictures(generated: Tensor) -> Tensor:
    """Floats from -1 to 1 -> uint8, 0 to 255; what is beyond is cut off."""
    return ((generated.detach().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)


def _check(name: str, x: Tensor | None, width: int) -> None:
    if x is None or x.ndim != 2 or x.shape[1] != width:
        given = "None" if x is None else tuple(x.shape)
        raise ValueError(f"{name} is {given}; accepted is (b, {width})")
