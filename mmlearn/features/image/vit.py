"""A small vision transformer: a picture cut into patches, each of which looks at all the others.

Dosovitskiy et al., An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale, ICLR 2021.
"""

from typing import Any

import torch
from torch import Tensor, nn

from mmlearn.features.image.inputs import scaled
from mmlearn.layers import TransformerBlock


def patches(images: Tensor, side: int) -> Tensor:
    """Cut pictures into squares, in reading order: (b, c, H, W) -> (b, n, c · side²) with n = (H / side) (W / side).

    A patch is flattened as (channel, row, column).

    Raises:
        ValueError: the height or the width is no multiple of `side`, or is 0; or there are not four axes.
    """
    images = torch.as_tensor(images)
    if images.ndim != 4 or side < 1 or images.shape[2] % side or images.shape[3] % side or not images[0].numel():
        shape = tuple(images.shape)
        raise ValueError(f"images has shape {shape} and side is {side}; accepted is (b, c, H, W), H and W multiples of side")
    b, c, height, width = images.shape
    grid = images.reshape(b, c, height // side, side, width // side, side)
    return grid.permute(0, 2, 4, 1, 3, 5).reshape(b, -1, c * side * side)  # (b, row, column, c, y, x), then flattened


class SmallViT(nn.Module):
    """Pictures to logits: patches, a class token, learned positions, transformer blocks.

    Takes pictures (b, channels, size, size), uint8 or floats in [0, 1]; in grey also (b, size, size).

    Args:
        size: side of the pictures in pixels; the positions are learned for it, so other sizes are refused.
        patch: side of a patch in pixels; `size` must be a multiple.
        dim: width of a token.
        depth: number of blocks.
        heads: of the attention in each.
        classes: how many logits.
        channels: 1 for grey pictures, 3 for colour.
        dropout: share that is dropped while training.

    Attributes:
        dim: length of a vector of `features`.
    """

    def __init__(
        self, size: int = 28, patch: int = 4, dim: int = 64, depth: int = 4, heads: int = 4, classes: int = 10,
        channels: int = 1, dropout: float = 0.0,
    ):  # fmt: skip
        super().__init__()
        if patch < 1 or size % patch:
            raise ValueError(f"size is {size} and patch is {patch}; size must be a multiple of patch")
        self.size, self.patch, self.channels, self.dim = size, patch, channels, dim
        self.embed = nn.Linear(channels * patch**2, dim)
        self.class_token = nn.Parameter(0.02 * torch.randn(dim))
        self.positions = nn.Parameter(0.02 * torch.randn(1 + (size // patch) ** 2, dim))
        self.blocks = nn.ModuleList(TransformerBlock(dim, heads, dropout=dropout) for _ in range(depth))
        self.norm, self.classify = nn.LayerNorm(dim), nn.Linear(dim, classes)

    def tokens(self, images: Any) -> Tensor:
        """What goes into the first block: (b, 1 + n, dim), the class token first."""
        x = scaled(images, self.channels, self.positions.device)
        if x.shape[2:] != (self.size, self.size):
            raise ValueError(f"images are {x.shape[2]}×{x.shape[3]} pixels; accepted here is {self.size}×{self.size}")
        x = self.embed(patches((x - 0.5) / 0.25, self.patch))  # (b, n, dim)
        return torch.cat([self.class_token.expand(len(x), 1, -1), x], dim=1) + self.positions

    def _read(self, images: Any) -> tuple[Tensor, list[Tensor]]:
        """The tokens after the last block, and the attention weights of every block."""
        x, looked = self.tokens(images), []
        for block in self.blocks:
            x, weights = block(x)
            looked.append(weights)
        return self.norm(x), looked

    def features(self, images: Any) -> Tensor:
        """(b, dim): the class token after the last block."""
        return self._read(images)[0][:, 0]

    def attention_maps(self, images: Any) -> Tensor:
        """Where every token looks, in every block: (depth, b, heads, 1 + n, 1 + n); each row sums to 1."""
        return torch.stack(self._read(images)[1])

    def forward(self, images: Any) -> Tensor:
        return self.classify(self.features(images))


def rollout(attention: Tensor) -> Tensor:
    """How much of each patch arrives in the class token, through all blocks: (depth, b, heads, 1 + n, 1 + n) -> (b, n).

    Heads are averaged, and half of each token is taken to be itself, which is what the residual connection adds; then
    the blocks are multiplied (Abnar and Zuidema, Quantifying Attention Flow in Transformers, ACL 2020). A rough account: it
    knows nothing of what the values hold, nor of the two-layer networks between.

    Returns:
        (b, n), each row summing to 1.
    """
    mean = attention.mean(dim=2)  # (depth, b, t, t)
    own = torch.eye(mean.shape[-1], device=mean.device, dtype=mean.dtype)
    through = own.expand(mean.shape[1:])
    for block in (mean + own) / 2:
        through = block @ through
    found = through[:, 0, 1:]
    return found / found.sum(dim=1, keepdim=True)
