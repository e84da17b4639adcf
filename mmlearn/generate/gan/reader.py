"""Reading a picture of scenes: what is in it, so that a generated picture can be held against its prompt.

The judge is a classifier that was trained on real pictures: for each of the nine places it says "nothing" or a shape, and
a colour. What it reads are facts, as `scenes.parse` reads them from a sentence, so the two can be compared.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.data.scenes import COLOURS, PLACES, SHAPES
from mmlearn.data.scenes.world import Worlds
from mmlearn.features.image.cnn import Stage
from mmlearn.features.image.inputs import scaled

NOTHING = len(SHAPES)
NOT_ASKED = -100  # the colour of nothing
SIDE = 36  # to which pictures are brought, so that a place is 12 pixels wide


class SceneReader(nn.Module):
    """Pictures of scenes -> what stands at each of the nine places.

    Args:
        width: channels of the first stage.
    """

    def __init__(self, width: int = 24):
        super().__init__()
        self.stages = nn.Sequential(Stage(3, width, kernel=5), Stage(width, 2 * width))  # 36 -> 18 -> 9
        self.look = nn.Sequential(nn.Conv2d(2 * width, 4 * width, 3, padding=1, bias=False), nn.BatchNorm2d(4 * width), nn.ReLU())
        self.dim = 4 * width
        self.answer = nn.Linear(self.dim * 9, NOTHING + 1 + len(COLOURS))
        self.to(memory_format=torch.channels_last)

    def maps(self, images: Any) -> Tensor:
        """(b, dim, 9, 9): what was seen, from pictures (b, 3, h, w) as uint8 or floats in [0, 1], of any size.

        Raises:
            TypeError, ValueError: not pictures as above.
        """
        x = scaled(images, 3, self.answer.weight.device) - 0.5
        x = functional.interpolate(x, (SIDE, SIDE), mode="bilinear", align_corners=False)
        return self.look(self.stages(x.contiguous(memory_format=torch.channels_last)))

    def features(self, images: Any) -> Tensor:
        """(b, dim): the mean of what was seen over the whole picture, for distances between sets of pictures."""
        return self.maps(images).mean(dim=(2, 3))

    def forward(self, images: Any) -> tuple[Tensor, Tensor]:
        """Logits of the shape at each place, (b, 9, 9), the last for "nothing", and of its colour, (b, 9, 8)."""
        places = functional.unfold(self.maps(images), 3, stride=3).transpose(1, 2)  # (b, 9, dim · 9)
        return self.answer(places).split([NOTHING + 1, len(COLOURS)], dim=-1)


def reading_loss(answers: tuple[Tensor, Tensor], shape: Tensor, colour: Tensor) -> Tensor:
    """Cross-entropy at all places: a reader's two logits, shape and colour (b, 9) as of `places_of`."""
    wrong_shape = functional.cross_entropy(answers[0].flatten(0, 1), shape.flatten())
    return wrong_shape + functional.cross_entropy(answers[1].flatten(0, 1), colour.flatten(), ignore_index=NOT_ASKED)


def places_of(worlds: Worlds) -> tuple[Tensor, Tensor]:
    """The truth of n worlds at each place: shape (n, 9), `NOTHING` where there is none, and colour (n, 9), there `NOT_ASKED`."""
    shape = torch.full((len(worlds), len(PLACES)), NOTHING)
    colour = torch.full((len(worlds), len(PLACES)), NOT_ASKED)
    for j in range(worlds.place.shape[1]):
        rows = np.flatnonzero(worlds.place[:, j] >= 0)
        at = worlds.place[rows, j]
        shape[rows, at] = torch.from_numpy(worlds.shape[rows, j]).long()
        colour[rows, at] = torch.from_numpy(worlds.colour[rows, j]).long()
    return shape, colour
