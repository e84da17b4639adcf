"""Pictures of any size to what a network takes: fitted into a square whole and undistorted, then scaled."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.features.weights import digest, fold_batch_norm


class ImageEncoder(nn.Module):
    """Turns pictures into vectors: fits each into a square, scales the pixels, runs `network`.

    `network` takes a float batch (b, 3, size, size), scaled by `(pixel - mean) / std` with pixels from 0 to 255, and
    gives (b, dim).

    Attributes:
        name, version: which network, and a digest of its weights with the size; features are cached under both.
        dim: length of a vector.
        medium: "image".
        size: side of the square in pixels.
        batch_size: pictures taken at once by `features.encode`.
    """

    medium = "image"

    def __init__(
        self,
        network: nn.Module,
        name: str,
        *,
        dim: int,
        size: int,
        mean: Sequence[float],
        std: Sequence[float],
    ):
        super().__init__()
        self.name, self.version, self.dim = name, f"{digest(network)}-{size}px", dim
        self.size = size
        # Folded and with the channels last, a CPU runs a convolutional network several times faster.
        self.network = fold_batch_norm(network.eval()).requires_grad_(False).to(memory_format=torch.channels_last)
        self.register_buffer("mean", torch.as_tensor(mean, dtype=torch.float32).reshape(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.as_tensor(std, dtype=torch.float32).reshape(-1, 1, 1), persistent=False)

    @property
    def batch_size(self) -> int:
        """Pictures to take at once: on a CPU few, so that a layer's maps stay in its cache (twice the speed)."""
        return 8 if self.mean.device.type == "cpu" else 128

    def prepare(self, images: Tensor | Sequence) -> Tensor:
        """Pictures uint8 (3, H, W) of any sizes to one float batch (b, 3, size, size) as the network was trained on."""
        check_pictures(images)
        batch = torch.stack([square(image, self.size) for image in images]).to(self.mean.device)
        return ((batch - self.mean) / self.std).contiguous(memory_format=torch.channels_last)

    def forward(self, images: Tensor | Sequence) -> Tensor:
        """Pictures uint8 (b, 3, H, W), or a list of (3, H, W) of any sizes, to vectors (b, dim)."""
        return self.network(self.prepare(images))


def square(image: Tensor | np.ndarray, size: int, fill: int = 255) -> Tensor:
    """Fit a picture uint8 (3, H, W) whole into (3, size, size): scaled, never stretched, `fill` (white) beside it."""
    image = as_tensor(image)
    height, width = image.shape[-2:]
    scale = size / max(height, width)
    inner = max(1, round(height * scale)), max(1, round(width * scale))
    if inner != (height, width):
        image = functional.interpolate(image[None], inner, mode="bilinear", antialias=True)[0]
    top, left = (size - inner[0]) // 2, (size - inner[1]) // 2
    return functional.pad(image, (left, size - inner[1] - left, top, size - inner[0] - top), value=fill)


def as_tensor(item: Tensor | np.ndarray) -> Tensor:
    """A tensor of an item, copied if it is an array, since torch takes neither read-only nor mirrored arrays."""
    return torch.from_numpy(item.copy()) if isinstance(item, np.ndarray) else torch.as_tensor(item)


def check_pictures(images: Tensor | Sequence, start: int = 0) -> None:
    """See that every item is a picture; the first has index `start` in messages.

    Raises:
        TypeError: an item is not a tensor or an array of uint8.
        ValueError: its shape is not (3, H, W), or it has no pixels.
    """
    for i, image in enumerate(images, start):
        if "uint8" not in str(getattr(image, "dtype", "")):
            kind = getattr(image, "dtype", type(image).__name__)
            raise TypeError(f"picture {i} is {kind}; accepted are tensors and arrays of uint8, 0 to 255")
        if image.ndim != 3 or image.shape[0] != 3 or 0 in image.shape:
            shape = tuple(image.shape)
            raise ValueError(f"picture {i} has shape {shape}; accepted is (3, height, width), each at least 1")
