"""Changes of a picture, each with an amount, and how far they move a representation: invariance, measured.

Goodfellow et al., Measuring Invariances in Deep Networks, NIPS 2009, ask of single units what is asked here of a whole
vector: does it change less when the picture is changed than when it is another picture?
"""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.arrays import as_matrix, as_numpy
from mmlearn.features.image.inputs import batch

LUMA = torch.tensor([0.299, 0.587, 0.114])  # how bright red, green and blue look (ITU-R BT.601)
Pictures = np.ndarray | Tensor


def _change(work: Callable[[Tensor, float], Tensor]) -> Callable[[Any, float], Pictures]:
    """Make of a function on floats (n, 3, H, W) from 0 to 255 one from uint8 to uint8, array to array, tensor to tensor."""

    @functools.wraps(work)
    def changed(images: Any, amount: float) -> Pictures:
        given = batch(images, (3,))
        if "uint8" not in str(given.dtype):
            raise TypeError(f"images is {given.dtype}; accepted is uint8, 0 to 255")
        if not math.isfinite(amount):
            raise ValueError(f"the amount of {work.__name__} is {amount}; accepted are finite numbers")
        tensor = given if isinstance(given, Tensor) else torch.from_numpy(np.ascontiguousarray(given))
        result = work(tensor.float(), float(amount)).clamp(0, 255).round().to(torch.uint8)
        return result if isinstance(given, Tensor) else result.numpy()

    return changed


@_change
def shift(images: Tensor, pixels: float) -> Tensor:
    """Move pictures to the right by `pixels`, to the left if negative; what comes in repeats the border."""
    return _seen_from(images, torch.eye(2), (-pixels, 0.0))


@_change
def rotate(images: Tensor, degrees: float) -> Tensor:
    """Turn pictures about their middle, anticlockwise; corners that come in repeat the border."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return _seen_from(images, torch.tensor([[c, -s], [s, c]]))


@_change
def scale(images: Tensor, factor: float) -> Tensor:
    """Enlarge pictures about their middle, 1 leaving them as they are; below 1 the border is repeated around them."""
    if factor <= 0:
        raise ValueError(f"the amount of scale is {factor}; accepted are factors above 0")
    return _seen_from(images, torch.eye(2) / factor)


@_change
def hue(images: Tensor, degrees: float) -> Tensor:
    """Turn all colours around the colour circle: 120° makes red green, and green blue; grey stays grey.

    In RGB this is a rotation about the axis of greys (Haeberli, Matrix Operations for Image Processing, 1993).
    """
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees)) / math.sqrt(3)
    same, after, before = c + (1 - c) / 3, (1 - c) / 3 + s, (1 - c) / 3 - s
    turn = torch.tensor([[same, before, after], [after, same, before], [before, after, same]])
    return torch.einsum("ij,njhw->nihw", turn, images)


@_change
def grey(images: Tensor, amount: float) -> Tensor:
    """Take the colour out: 0 leaves pictures as they are, 1 makes them grey, equally bright."""
    light = torch.einsum("j,njhw->nhw", LUMA, images)[:, None]
    return images + amount * (light - images)


@_change
def brightness(images: Tensor, amount: float) -> Tensor:
    """Darken towards black (-1) or lighten towards white (1) by this share of the way."""
    return images + abs(amount) * ((255.0 if amount > 0 else 0.0) - images)


@_change
def blur(images: Tensor, sigma: float) -> Tensor:
    """Average each pixel with its neighbours, weighted by a Gaussian of this standard deviation in pixels; 0 leaves it."""
    if sigma < 0:
        raise ValueError(f"the amount of blur is {sigma}; accepted are standard deviations from 0")
    if sigma == 0:
        return images
    reach = math.ceil(3 * sigma)
    weights = torch.exp(-(torch.arange(-reach, reach + 1.0) ** 2) / (2 * sigma**2))
    line = (weights / weights.sum()).repeat(3, 1)  # the same for each channel
    padded = functional.pad(images, [reach] * 4, mode="replicate")
    across = functional.conv2d(padded, line[:, None, None, :], groups=3)
    return functional.conv2d(across, line[:, None, :, None], groups=3)


CHANGES = {
    "shift": shift, "rotate": rotate, "scale": scale, "hue": hue, "grey": grey, "brightness": brightness, "blur": blur,
}  # fmt: skip


def _seen_from(images: Tensor, turn: Tensor, by: tuple[float, float] = (0.0, 0.0)) -> Tensor:
    """Look up every pixel where `turn` (2, 2) about the middle, then `by` (x, y) pixels, leads; beside it the border.

    Between pixels it is interpolated. Where the picture gets smaller it is first blurred, so that nothing flickers.
    """
    height, width = images.shape[2:]
    shrink = float(torch.linalg.det(turn).abs().sqrt())
    if shrink > 1.01:
        images = _smooth(images, shrink)
    y = torch.arange(height) - (height - 1) / 2
    x = torch.arange(width) - (width - 1) / 2
    there = torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], dim=-1) @ turn.T + torch.tensor(by)  # (H, W, 2) as x, y
    grid = 2 * there / torch.tensor([width, height])  # in grid_sample's units, where the sides lie at -1 and 1
    grid = grid.expand(len(images), -1, -1, -1)
    return functional.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)


def _smooth(images: Tensor, shrink: float) -> Tensor:
    """Blur as much as a picture `shrink` times smaller can show."""
    return blur.__wrapped__(images, 0.5 * math.sqrt(shrink**2 - 1))


def sensitivity(
    represent: Callable[[Any], Any], images: Any, change: str | Callable[[Any, float], Any], amounts: Sequence[float]
) -> np.ndarray:
    """How far a change moves a representation, in units of the distance between different pictures.

        mean over pictures x of |r(change(x, a)) - r(x)|  /  mean over pairs of different pictures |r(x) - r(y)|

    with Euclidean distances. 0: invariant. 1: the changed picture is as far from itself as another picture is.

    Args:
        represent: pictures uint8 (n, 3, H, W) -> (n, d).
        images: at least two different ones.
        change: one of `CHANGES`, or a function of pictures and an amount.
        amounts: how much.

    Returns:
        (len(amounts),) float64.

    Raises:
        ValueError: an unknown change, fewer than two pictures, or a representation that is the same for all of them.
    """
    if isinstance(change, str):
        if change not in CHANGES:
            raise ValueError(f"change is {change!r}; accepted are {', '.join(CHANGES)}, or a function")
        change = CHANGES[change]
    X = as_matrix(as_numpy(represent(images), "represent(images)"), "represent(images)")
    squares = (X**2).sum(axis=1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares - 2 * X @ X.T, 0))
    others = apart.sum() / max(len(X) * (len(X) - 1), 1)  # the mean over pairs; the diagonal is 0
    if others < 1e-9 * (1 + np.sqrt(squares.max())):
        raise ValueError(f"represent gives the same vector for all {len(X)} images; accepted are at least two that differ")
    moved = [as_matrix(represent(change(images, amount)), "represent(changed images)") - X for amount in amounts]
    return np.array([np.linalg.norm(step, axis=1).mean() for step in moved]) / others
