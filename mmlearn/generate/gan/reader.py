"""Reading a picture of scenes: what is in it, so that a generated picture can be held against its prompt.

The judge is a classifier that was trained on real pictures: for each of the nine places it says "nothing" or a shape, and
a colour. What it reads are facts, as `scenes.parse` reads them from a sentence, so the two can be compared.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.data.scenes import COLOURS, SHAPES
from mmlearn.features.image.cnn import Stage
from mmlearn.features.image.inputs import scaled

NOTHING = len(SHAPES)
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

    def features(self, images: Any) -> Tensor:
        """(b, 9, dim · 9): what was seen at each place, from pictures as uint8 or floats in [0, 1], of any size.

        Raises:
            TypeError, ValueError: not pictures as above.
        """
        x = scaled(images, 3, self.answer.weight.device) - 0.5
        x = functional.interpolate(x, (SIDE, SIDE), mode="bilinear", align_corners=False)
        x = self.look(self.stages(x.contiguous(memory_format=torch.channels_last)))  # (b, dim, 9, 9)
        return functional.unfold(x, 3, stride=3).transpose(1, 2)

    def forward(self, images: Any) -> tuple[Tensor, Tensor]:
        """Logits of the shape at each place, (b, 9, 9), the last for "nothing", and of its colour, (b, 9, 8)."""
        return self.answer(self.features(images)).split([NOTHING + 1, len(COLOURS)], dim=-1)
