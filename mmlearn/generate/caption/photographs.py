"""Photographs as regions, by eyes that others trained: the last maps of a pretrained network, frozen."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn import features
from mmlearn.features.pictures import ImageEncoder

SIDE, DIM = 7, 320  # of the grid; of a region


class RegionEncoder:
    """Pictures -> (b, 49 · 320), for `features.encode`: what EfficientNet-Lite0's last stage sees at each of 7 × 7 places.

    Raises:
        ValueError: an encoder of another kind, or of another size than 224 pixels.
    """

    medium = "image"

    def __init__(self, encoder: ImageEncoder):
        if encoder.name != "efficientnet_lite0" or encoder.size != 32 * SIDE:
            raise ValueError(f"encoder is {encoder.name} at {encoder.size} pixels; accepted is efficientnet_lite0 at {32 * SIDE}")
        self.encoder, self.name, self.version, self.batch_size = encoder, "regions", encoder.version, 8

    def __call__(self, pictures: Any) -> Tensor:
        maps = self.encoder.network.maps(self.encoder.prepare(pictures))[-2]  # (b, 320, 7, 7)
        return maps.flatten(2).mT.flatten(1)


def photograph_regions(encoder: ImageEncoder, pictures: Sequence, key: str | None = None, progress: bool = True) -> Tensor:
    """Regions (n, 49, 320) of photographs, row by row from the top left; kept on disk as `features.encode` keeps features."""
    flat = features.encode(RegionEncoder(encoder), pictures, key=key, progress=progress)
    return torch.from_numpy(np.asarray(flat)).view(len(flat), SIDE * SIDE, DIM)
