"""What stands where, as a condition that keeps its places: layouts, and the layers of a generator and a discriminator for them.

A layout gives shape and colour at each of the nine places, (b, 9) each, as `reader.places_of` reads them from worlds. "Where"
before "what" is the idea of Reed et al. (Learning What and Where to Draw, NIPS 2016); a layout between a sentence and its picture
that of Hong et al. (Inferring Semantic Layout for Hierarchical Text-to-Image Synthesis, CVPR 2018).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.data.scenes import COLOURS
from mmlearn.generate.gan.blocks import Down, spectral
from mmlearn.generate.gan.reader import NOTHING

GRID = 3  # places a side
CHANNELS = NOTHING + 1 + len(COLOURS)  # of a layout's map
_MOVED = 0.5  # share of untrue layouts in which a thing stands elsewhere; in the others it has another shape or colour


def layout_map(shape: Tensor, colour: Tensor) -> Tensor:
    """Shape and colour at each place, (b, 9) -> (b, 17, 3, 3): ones and zeros, a channel for each shape, nothing, each colour."""
    shapes = functional.one_hot(shape, NOTHING + 1)
    colours = functional.one_hot(colour.clamp_min(0), len(COLOURS)) * (shape != NOTHING)[..., None]
    return torch.cat([shapes, colours], dim=2).float().transpose(1, 2).unflatten(2, (GRID, GRID))


def untrue(shape: Tensor, colour: Tensor) -> tuple[Tensor, Tensor]:
    """Layouts that are wrong about one thing: it has another shape, or another colour, or it stands elsewhere.

    Where something stands already, the two change places.

    Args:
        shape, colour: (b, 9), with at least one thing a row.
    """
    what = torch.stack([shape, colour], dim=2)
    rows = torch.arange(len(what), device=what.device)
    at = torch.multinomial((shape != NOTHING).float(), 1)[:, 0]
    thing = what[rows, at]
    to = torch.multinomial((what != thing[:, None]).any(dim=2).float(), 1)[:, 0]  # never one that looks the same
    moved, other = what.clone(), what.clone()
    moved[rows, at], moved[rows, to] = what[rows, to], thing
    which, by = torch.randint(2, rows.shape, device=what.device), torch.randint(1, NOTHING, rows.shape, device=what.device)
    other[rows, at, which] = (thing[rows, which] + by) % NOTHING  # there are as many colours as shapes
    either = torch.rand(rows.shape, device=what.device) < _MOVED
    return torch.where(either[:, None, None], moved, other).unbind(dim=2)


class SpatialNorm(nn.Module):
    """Batch normalisation, then a scale and a shift for each channel and place, chosen by what stands there.

    Park et al., Semantic Image Synthesis with Spatially-Adaptive Normalization (SPADE, CVPR 2019).
    """

    def __init__(self, channels: int):
        super().__init__()
        self.normalise = nn.BatchNorm2d(channels, affine=False)
        self.choose = nn.Conv2d(CHANNELS, 2 * channels, 1)
        nn.init.normal_(self.choose.weight, std=0.1)
        nn.init.zeros_(self.choose.bias)

    def forward(self, x: Tensor, layout: Tensor) -> Tensor:
        """x (b, channels, h, w), layout (b, 17, 3, 3) -> the shape of x."""
        scale, shift = stretched(self.choose(layout), x.shape[2]).chunk(2, dim=1)
        return self.normalise(x) * (1 + scale) + shift


class LayoutGenerator(nn.Module):
    """Noise and a layout to pictures of 32 × 32: a small map of 4 × 4, then twice the side three times.

    Args:
        noise_dim: width of the noise.
        width: channels before the last layer; each layer further back has twice as many.
    """

    def __init__(self, noise_dim: int = 32, width: int = 16):
        super().__init__()
        self.noise_dim = noise_dim
        widths = [8 * width, 4 * width, 2 * width, width]
        self.start, self.stand = nn.Linear(noise_dim, widths[0] * 16), nn.Conv2d(CHANNELS, widths[0], 1)
        self.norms = nn.ModuleList(SpatialNorm(channels) for channels in widths)
        steps = zip(widths, widths[1:], strict=False)
        self.ups = nn.ModuleList(nn.ConvTranspose2d(a, b, 4, stride=2, padding=1) for a, b in steps)
        self.out = nn.Conv2d(width, 3, 3, padding=1)
        self.to(memory_format=torch.channels_last)

    def forward(self, noise: Tensor, layout: Tensor) -> Tensor:
        """noise (b, noise_dim), layout (b, 17, 3, 3) -> pictures (b, 3, 32, 32), from -1 to 1."""
        x = self.start(noise).unflatten(1, (-1, 4, 4)) + stretched(self.stand(layout), 4)
        x = x.contiguous(memory_format=torch.channels_last)
        for normalise, up in zip(self.norms, self.ups, strict=False):  # the last norm has no step up
            x = up(functional.relu(normalise(x, layout)))
        return self.out(functional.relu(self.norms[-1](x, layout))).tanh()


class LayoutDiscriminator(nn.Module):
    """Pictures and layouts to one score each: does it look real, and is at each place what should be there?

    The projection discriminator, place by place: with φ_p(x) what was seen at place p and e(y_p) a linear map of what should
    stand there, the score is  ψ(φ(x)) + Σ_p e(y_p) · φ_p(x).

    Args:
        width: channels of the first layer; each further one has twice as many.
    """

    def __init__(self, width: int = 32):
        super().__init__()
        self.downs = nn.Sequential(Down(3, width), Down(width, 2 * width), Down(2 * width, 4 * width))  # 32 -> 16 -> 8 -> 4
        self.real = spectral(nn.Linear(4 * width * 16, 1))
        self.fits = spectral(nn.Linear(CHANNELS, 4 * width * 4, bias=False))
        self.to(memory_format=torch.channels_last)

    def forward(self, pictures: Tensor, *layouts: Tensor) -> list[Tensor]:
        """Pictures (b, 3, 32, 32); for each of the layouts (b, 17, 3, 3), their scores (b,)."""
        seen = self.downs(pictures.contiguous(memory_format=torch.channels_last))
        real = self.real(seen.flatten(1))[:, 0]
        places = functional.unfold(seen.contiguous(), 2).transpose(1, 2)  # 4 × 4 holds nine squares of 2 × 2: (b, 9, dim)
        return [real + (places * self.fits(y.flatten(2).transpose(1, 2))).sum(dim=(1, 2)) for y in layouts]


def stretched(places: Tensor, side: int) -> Tensor:
    """Numbers at nine places, (b, c, 3, 3) -> (b, c, side, side)."""
    return functional.interpolate(places, (side, side), mode="bilinear", align_corners=False)
