"""What every stage of a network sees: early maps show edges and colours, late ones parts of things.

Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014; how much each layer knows is measured by a
linear probe on it (Alain and Bengio, ICLR workshop 2017).
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


def maps_of(encoder: nn.Module, images: Any) -> list[Tensor]:
    """The maps after each stage, (b, c, h, w), of a convolutional network in evaluation mode.

    Args:
        encoder: `features.pretrained.image()` as it comes, or a `SmallCNN`.
        images: a batch that the encoder takes.

    Raises:
        TypeError: the encoder has no stages to look at, as those without a `maps` method.
    """
    see, training = _maps(encoder), encoder.training
    encoder.eval()  # in training mode batch normalisation would let the pictures of a batch see each other
    try:
        with torch.inference_mode():
            return see(images)
    finally:
        encoder.train(training)


def layers_of(encoder: nn.Module, images: Sequence, batch_size: int = 8) -> dict[str, np.ndarray]:
    """One representation a stage, each map averaged over its places: name -> (n, channels) float32, the first stage first.

    The last is called "head" where the network says so, as EfficientNet's, which `encode` also gives.

    Raises:
        TypeError: as `maps_of`.
        ValueError: there are no pictures, or `batch_size` is below 1.
    """
    if not len(images) or batch_size < 1:
        raise ValueError(f"images has {len(images)} pictures and batch_size is {batch_size}; both must be at least 1")
    rows = []
    for at in range(0, len(images), batch_size):
        found = maps_of(encoder, images[at : at + batch_size])
        rows.append([stage.mean(dim=(2, 3)).float().cpu().numpy() for stage in found])
    stages = [np.concatenate(parts) for parts in zip(*rows, strict=True)]
    names = [f"stage {i}" for i in range(1, len(stages) + 1)]
    if hasattr(getattr(encoder, "network", None), "_conv_head"):
        names[-1] = "head"
    return dict(zip(names, stages, strict=True))


def _maps(encoder: nn.Module) -> Callable[[Any], list[Tensor]]:
    """The function from pictures to maps: the encoder's own, or that of the network it prepares pictures for."""
    if hasattr(encoder, "maps"):
        return encoder.maps
    network = getattr(encoder, "network", None)
    if not hasattr(network, "maps"):
        name = getattr(encoder, "name", type(encoder).__name__)
        raise TypeError(f"encoder is {name}, which has no maps to look at; accepted are efficientnet_lite0 and SmallCNN")
    return lambda images: network.maps(encoder.prepare(images))
