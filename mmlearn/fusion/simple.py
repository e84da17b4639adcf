"""The plain ways to fuse: side by side, added, averaged, the largest, multiplied, weighted.

Which is a joint representation, and what else there is, is mapped in Baltrušaitis, Ahuja & Morency (2019), "Multimodal
Machine Learning: A Survey and Taxonomy", IEEE TPAMI 41(2), section 3.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmlearn.fusion.base import Fusion, shares


class Concat(Fusion):
    """Side by side, then a linear layer: W [x_1; …; x_n] + b.

    As W falls into one block a modality, this is the sum of a projection of each: where nothing is missing it can do exactly
    what `Sum` can, and no interaction of modalities. A missing modality is stood in for by a learned vector, zeros at first.
    """

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.stand_ins = nn.ParameterList([torch.zeros(d) for d in self.dims])
        self.project = self._head(sum(self.dims), out_dim)

    def _head(self, width: int, out_dim: int) -> nn.Module:
        return nn.Linear(width, out_dim)

    def fuse(self, views: list[Tensor], mask: Tensor) -> Tensor:
        filled = [torch.where(mask[:, m, None], x, s) for m, (x, s) in enumerate(zip(views, self.stand_ins, strict=True))]
        return self.project(torch.cat(filled, dim=1))  # (batch, Σ dims) → (batch, out_dim)


class Joint(Concat):
    """Side by side, then a network with one hidden layer: the plainest that can learn an interaction, such as XOR."""

    def _head(self, width: int, out_dim: int) -> nn.Module:
        return nn.Sequential(nn.Linear(width, out_dim), nn.ReLU(), nn.Linear(out_dim, out_dim))


class Projected(Fusion):
    """Bring every modality to one width, h_m = W_m x_m + b_m; subclasses write how the h_m become one in `combine`."""

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.project = nn.ModuleList([nn.Linear(d, out_dim) for d in self.dims])

    def fuse(self, views: list[Tensor], mask: Tensor) -> Tensor:
        hidden = torch.stack([project(x) for project, x in zip(self.project, views, strict=True)], dim=1)
        return self.combine(hidden, mask[:, :, None])  # (batch, modalities, out_dim), (batch, modalities, 1)

    def combine(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """(batch, out_dim) from the projections; those where the mask is false hold a bias, not data."""
        raise NotImplementedError(f"{type(self).__name__} has no combine(hidden, mask); a subclass must write it")


class Sum(Projected):
    """Σ h_m over the modalities that are there."""

    def combine(self, hidden: Tensor, mask: Tensor) -> Tensor:
        return torch.where(mask, hidden, 0.0).sum(1)


class Mean(Projected):
    """The mean of the h_m that are there: its size does not depend on how many are missing."""

    def combine(self, hidden: Tensor, mask: Tensor) -> Tensor:
        return torch.where(mask, hidden, 0.0).sum(1) / mask.sum(1).clamp(min=1)


class Max(Projected):
    """The largest h_m in each dimension, among those that are there."""

    def combine(self, hidden: Tensor, mask: Tensor) -> Tensor:
        return hidden.masked_fill(~mask, -torch.inf).amax(1)


class Product(Projected):
    """P (tanh h_1 ∘ … ∘ tanh h_n): every modality scales the others, so that they interact.

    The low-rank bilinear pooling of Kim et al. (2017), "Hadamard Product for Low-rank Bilinear Pooling", ICLR, for n
    modalities. A missing one counts as ones, which scale nothing.
    """

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.out = nn.Linear(out_dim, out_dim)

    def combine(self, hidden: Tensor, mask: Tensor) -> Tensor:
        return self.out(torch.where(mask, hidden.tanh(), 1.0).prod(1))


class Weighted(Projected):
    """Σ w_m h_m with weights that are positive and sum to one over the modalities that are there.

    Args:
        weights: one positive number a modality, kept fixed; learned, and equal at first, where not given.

    Raises:
        ValueError: weights are more or fewer than the modalities, or one is not positive and finite.
    """

    def __init__(self, dims: Sequence[int], out_dim: int, weights: Sequence[float] | None = None):
        super().__init__(dims, out_dim)
        start = torch.ones(len(self.dims)) if weights is None else torch.as_tensor(weights, dtype=torch.float32)
        if start.shape != (len(self.dims),) or not (start.isfinite() & (start > 0)).all():
            raise ValueError(f"weights is {weights}; accepted are {len(self.dims)} positive numbers, one a modality")
        self.logits = nn.Parameter(start.log(), requires_grad=weights is None)

    def combine(self, hidden: Tensor, mask: Tensor) -> Tensor:
        weights = shares(self.logits[None, :, None].expand(mask.shape), mask)  # (batch, modalities, 1)
        return (weights * hidden).sum(1)
