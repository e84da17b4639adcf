"""Which pictures the representations of this package take: a batch of one shape, uint8 or floats in [0, 1]."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn.arrays import as_numpy

ACCEPTED = "(n, H, W) or (n, 1, H, W) in grey, (n, 3, H, W) in colour"


def batch(images: Any, channels: Sequence[int] = (1, 3)) -> np.ndarray | Tensor:
    """Pictures as one array or tensor (n, c, H, W) of their own type and scale.

    Args:
        images: an array or a tensor, or a list of pictures of equal shapes; uint8, or finite floats.
        channels: how many channels are accepted.

    Raises:
        ValueError: another shape, unequal shapes, no picture or no pixel, values that are not finite.
        TypeError: values that are neither uint8 nor floats.
    """
    if not hasattr(images, "shape"):
        images = _stacked(images)
    kind = str(images.dtype).removeprefix("torch.")
    if kind != "uint8" and not kind.startswith(("float", "bfloat")):
        raise TypeError(f"images is {kind}; accepted are uint8, 0 to 255, and floats, 0 to 1")
    shape = tuple(images.shape)
    images = images[:, None] if images.ndim == 3 else images
    if images.ndim != 4 or images.shape[1] not in channels or 0 in shape:
        accepted = ACCEPTED if 1 in channels else ACCEPTED.partition("in grey, ")[2]
        raise ValueError(f"images has shape {shape}; accepted is {accepted}, with {_or(channels)} channels and at least 1 pixel")
    if kind != "uint8" and not (torch if isinstance(images, Tensor) else np).isfinite(images).all():
        raise ValueError("images holds NaN or infinite values; accepted are finite numbers")
    return images


def scaled(images: Any, channels: int, device: torch.device | None = None) -> Tensor:
    """Pictures as floats in [0, 1], (n, channels, H, W), on a device: what a network of this package takes.

    Raises:
        ValueError, TypeError: as `batch`; or floats beyond [0, 1].
    """
    images = batch(images, (channels,))
    tensor = images if isinstance(images, Tensor) else torch.from_numpy(np.ascontiguousarray(images))
    tensor = tensor.to(device)
    if tensor.dtype == torch.uint8:
        return tensor.float() / 255
    if tensor.min() < 0 or tensor.max() > 1:
        raise ValueError(f"images runs from {tensor.min():.3g} to {tensor.max():.3g}; accepted are floats from 0 to 1, or uint8")
    return tensor.float()


def _stacked(images: Any) -> np.ndarray:
    """A list of pictures as one array."""
    pictures = [as_numpy(image, "images") for image in images]
    shapes = {picture.shape for picture in pictures}
    if len(shapes) != 1:
        raise ValueError(f"images is a list of {len(pictures)} pictures of {len(shapes)} shapes; accepted is one shape for all")
    return np.stack(pictures)


def _or(channels: Sequence[int]) -> str:
    return " or ".join(map(str, channels))
