"""A small convolutional network: the same few filters slid over every place, and again over what they found.

LeCun et al., Gradient-Based Learning Applied to Document Recognition, Proceedings of the IEEE 1998; with the rectifier of
Krizhevsky et al. (NIPS 2012), and after each convolution the batch normalisation of Ioffe and Szegedy (ICML 2015).
"""

from typing import Any

from torch import Tensor, channels_last, nn
from torch.nn import functional

from mmlearn.features.image.inputs import scaled

GRID = 4  # places along each side that `features` tells apart


class Stage(nn.Module):
    """Filter, normalise, keep what is positive, and of every four places the largest: (b, c, h, w) -> (b, d, ⌈h/2⌉, ⌈w/2⌉)."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3):
        super().__init__()
        # no bias: the normalisation has one of its own
        self.filter = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
        self.normalise = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.normalise(self.filter(x)), inplace=True)
        return functional.max_pool2d(x, 2, ceil_mode=True)  # rounded up, so that one pixel remains one


class SmallCNN(nn.Module):
    """Pictures to logits through three stages, each with twice the channels and half the side of the one before.

    Takes pictures (b, channels, H, W) of any size, uint8 or floats in [0, 1]; in grey also (b, H, W).

    Args:
        classes: how many logits.
        channels: 1 for grey pictures, 3 for colour.
        width: channels of the first stage.

    Attributes:
        dim: length of a vector of `features`: 64 times the width.
    """

    def __init__(self, classes: int = 10, channels: int = 1, width: int = 16):
        super().__init__()
        self.channels, self.dim = channels, 4 * width * GRID**2
        first = Stage(channels, width, kernel=5)  # large enough to look at
        self.stages = nn.Sequential(first, Stage(width, 2 * width), Stage(2 * width, 4 * width))
        self.classify = nn.Linear(self.dim, classes)
        self.to(memory_format=channels_last)  # a CPU filters faster where a place's channels lie side by side

    @property
    def filters(self) -> Tensor:
        """What the first stage looks for: (width, channels, 5, 5)."""
        return self.stages[0].filter.weight.detach()

    def maps(self, images: Any) -> list[Tensor]:
        """What each stage found and where: a list of (b, c, h, w)."""
        x = scaled(images, self.channels, self.classify.weight.device)
        x = (x - 0.5).contiguous(memory_format=channels_last)
        found = []
        for stage in self.stages:
            x = stage(x)
            found.append(x)
        return found

    def features(self, images: Any) -> Tensor:
        """(b, dim): the last maps on a grid of 4 × 4 places, so that what was found counts, and roughly where.

        Pictures of 28 × 28 pixels have just this grid at the end; of other sizes, the places around each are averaged.
        """
        return functional.adaptive_avg_pool2d(self.maps(images)[-1], GRID).flatten(1)

    def forward(self, images: Any) -> Tensor:
        return self.classify(self.features(images))
