"""What a decoder is shown: a picture as a grid of regions, or as one vector.

A small convolutional network, trained with the decoder. A pretrained network's maps serve as well: `as_regions(maps)`.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.features.image.cnn import Stage
from mmlearn.features.image.inputs import scaled
from mmlearn.generate.caption.decoder import Memory

GRID = 6  # places along each side that `PictureVector` tells apart


def as_regions(maps: Tensor) -> Tensor:
    """Maps (b, d, h, w) -> regions (b, h · w, d), row by row.

    Raises:
        ValueError: another number of axes.
    """
    if maps.ndim != 4:
        raise ValueError(f"maps has shape {tuple(maps.shape)}; accepted is (b, d, h, w)")
    return maps.flatten(2).transpose(1, 2)


class PictureRegions(nn.Module):
    """Pictures to regions: three stages, each of half the side of the one before; then every place says what it is, and where.

    Takes pictures (b, 3, H, W) of any size, uint8 or floats in [0, 1]; a region is a square of 8 × 8 pixels, and sees more.
    A filter gives the same wherever it is, so each place also gets its two coordinates (Liu et al., An Intriguing Failing of
    Convolutional Neural Networks and the CoordConv Solution, NeurIPS 2018).

    Args:
        dim: width of a region.
        width: channels of the first stage; each further one has twice as many.
    """

    def __init__(self, dim: int = 128, width: int = 16):
        super().__init__()
        self.dim = dim
        # the first stage steps over every other place at once: a filter at all of them would cost more than all that follows
        first = nn.Conv2d(3, width, 5, stride=2, padding=2, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
        self.stages = nn.Sequential(*first, Stage(width, 2 * width), Stage(2 * width, 4 * width))
        self.out = nn.Conv2d(4 * width + 2, dim, 3, padding=1, bias=False)
        self.normalise = nn.BatchNorm2d(dim)  # else regions start small beside words, and are overlooked for long
        self.to(memory_format=torch.channels_last)  # a CPU filters faster where a place's channels lie side by side

    def maps(self, images: Any) -> Tensor:
        """(b, dim, ⌈H/8⌉, ⌈W/8⌉), none below zero.

        Raises:
            TypeError, ValueError: not pictures as above.
        """
        x = scaled(images, 3, self.out.weight.device) - 0.5
        x = self.stages(x.contiguous(memory_format=torch.channels_last))
        return functional.relu(self.normalise(self.out(torch.cat([x, coordinates(x)], dim=1))))

    def forward(self, images: Any) -> Memory:
        """Regions (b, ⌈H/8⌉ · ⌈W/8⌉, dim), all real."""
        regions = as_regions(self.maps(images))
        return Memory(regions, torch.ones(regions.shape[:2], dtype=torch.bool, device=regions.device))


def coordinates(x: Tensor) -> Tensor:
    """For maps (b, d, h, w): (b, 2, h, w), how far right and how far down each place is, from -1 to 1."""
    down, right = (torch.linspace(-1, 1, n, dtype=x.dtype, device=x.device) if n > 1 else x.new_zeros(1) for n in x.shape[2:])
    return torch.stack(torch.meshgrid(right, down, indexing="xy")).expand(len(x), -1, -1, -1)


class PictureVector(nn.Module):
    """Pictures to one vector: the regions of `PictureRegions`, side by side, through one layer.

    Args:
        dim: width of the vector.
        width: as of `PictureRegions`.
    """

    def __init__(self, dim: int = 128, width: int = 16):
        super().__init__()
        self.dim = dim
        self.see = PictureRegions(dim, width)
        self.out = nn.Linear(dim * GRID**2, dim)

    def forward(self, images: Any) -> Memory:
        """One region (b, 1, dim). Pictures of 48 × 48 have just the grid of 6 × 6; of other sizes, places around are averaged."""
        grid = functional.adaptive_avg_pool2d(self.see.maps(images), GRID)
        vector = self.out(grid.flatten(1))[:, None]
        return Memory(vector, torch.ones(vector.shape[:2], dtype=torch.bool, device=vector.device))
