"""The plain ways to fuse: side by side, each for itself, added, averaged, the largest, multiplied, weighted.

Which is a joint representation, and what else there is, is mapped in Baltrušaitis, Ahuja & Morency (2019), "Multimodal
Machine Learning: A Survey and Taxonomy", IEEE TPAMI 41(2), section 3. Below, x_m (batch, dims[m]) is what modality m
gives, and all sums run over the modalities that are there.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.fusion.base import Fusion, keep, shares


class Concat(Fusion):
    """Side by side, then a linear layer: W [x_1; …; x_n] + b.

    As W falls into one block a modality, this is the sum of a projection of each: it can do exactly what `Sum` can, and no
    interaction of modalities. A missing modality is zeros and adds nothing.
    """

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.project = nn.Linear(sum(self.dims), out_dim)

    def fuse(self, views: list[Tensor], mask: Tensor) -> Tensor:
        return self.project(torch.cat(views, dim=1))  # (batch, Σ dims) → (batch, out_dim)


class Early(Concat):
    """Side by side, then a network with one hidden layer: V relu(W [x_1; …; x_n] + b) + c.

    Early or feature-level fusion: the first layer sees the raw features of all modalities at once and can learn how they
    interact. A missing modality is zeros and adds nothing to the hidden layer.
    """

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.out = nn.Linear(out_dim, out_dim)

    def fuse(self, views: list[Tensor], mask: Tensor) -> Tensor:
        return self.out(super().fuse(views, mask).relu())


class Late(Fusion):
    """Each modality decides for itself, and the decisions are averaged: mean over m of V_m relu(W_m x_m + b_m) + c_m.

    Late or decision-level fusion, which Kittler et al. (1998), "On Combining Classifiers", IEEE TPAMI 20(3), derive and
    compare with other rules. out_dim is the number of decisions, such as logits of classes. (A linear layer on top changes
    nothing: it acts on an average as it would on each modality's part.) A missing modality casts no vote.
    """

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.decide = nn.ModuleList(
            [nn.Sequential(nn.Linear(d, out_dim), nn.ReLU(), nn.Linear(out_dim, out_dim)) for d in self.dims]
        )

    def fuse(self, views: list[Tensor], mask: Tensor) -> Tensor:
        return averaged(self.decisions(views), mask)

    def decisions(self, views: Sequence[Tensor]) -> Tensor:
        """What each modality says by itself, (batch, modalities, out_dim)."""
        return torch.stack([decide(x) for decide, x in zip(self.decide, views, strict=True)], dim=1)


class Joint(Fusion):
    """The joint projection: relu(Σ_m W_m x_m + b).

    The W_m (out_dim, dims[m]) bring all modalities into one space, where they are added *before* the nonlinearity, so that
    it acts on all of them together: the simplest of the joint representations. A missing modality adds nothing.
    """

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.project = nn.ModuleList([nn.Linear(d, out_dim, bias=False) for d in self.dims])
        self.bias = nn.Parameter(torch.zeros(out_dim))

    def fuse(self, views: list[Tensor], mask: Tensor) -> Tensor:
        # no mask here: what is missing is zeros, and W_m has no bias of its own
        return sum((project(x) for project, x in zip(self.project, views, strict=True)), self.bias).relu()


class Projected(Fusion):
    """Bring every modality to one width, h_m = W_m x_m + b_m; subclasses write how the h_m become one in `combine`."""

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.project = nn.ModuleList([nn.Linear(d, out_dim) for d in self.dims])

    def fuse(self, views: list[Tensor], mask: Tensor) -> Tensor:
        return self.combine(self.hidden(views), mask)

    def hidden(self, views: Sequence[Tensor]) -> Tensor:
        """The h_m, (batch, modalities, out_dim)."""
        return torch.stack([project(x) for project, x in zip(self.project, views, strict=True)], dim=1)

    def combine(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """(batch, out_dim) from the h_m and the mask (batch, modalities); where that is false, h_m is a bias, not data."""
        raise NotImplementedError(f"{type(self).__name__} has no combine(hidden, mask); a subclass must write it")


class Sum(Projected):
    """Σ h_m over the modalities that are there."""

    def combine(self, hidden: Tensor, mask: Tensor) -> Tensor:
        return keep(hidden, mask[:, :, None]).sum(1)


class Mean(Projected):
    """The mean of the h_m that are there: its size does not depend on how many are missing."""

    def combine(self, hidden: Tensor, mask: Tensor) -> Tensor:
        return averaged(hidden, mask)


class Max(Projected):
    """The largest h_m in each dimension, among those that are there."""

    def combine(self, hidden: Tensor, mask: Tensor) -> Tensor:
        return keep(hidden, mask[:, :, None], -torch.inf).amax(1)


class Product(Projected):
    """P (tanh h_1 ∘ … ∘ tanh h_n) + q: every modality scales the others, so that they interact.

    The low-rank bilinear pooling of Kim et al. (2017), "Hadamard Product for Low-rank Bilinear Pooling", ICLR, for n
    modalities. A missing one counts as ones, which scale nothing.
    """

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.out = nn.Linear(out_dim, out_dim)

    def combine(self, hidden: Tensor, mask: Tensor) -> Tensor:
        return self.out(keep(hidden.tanh(), mask[:, :, None], 1.0).prod(1))


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
        return together(shares(self.logits[None], mask), hidden)


class Similarity(Projected):
    """Σ w_m h_m, where who agrees with the others counts more: w = softmax over m of s_m.

    s_m = mean over the other modalities k that are there of cos(h_m, h_k)

    Nothing is learned but the projections: the weights are found anew for every example. Two modalities agree with each other
    equally, so that their weights are 1/2: this needs three. One alone has the weight 1.
    """

    def combine(self, hidden: Tensor, mask: Tensor) -> Tensor:
        return together(self.weights_of(hidden, mask), hidden)

    def weights(self, *inputs: Tensor | None, mask: Tensor | None = None) -> Tensor:
        """How much each modality counts: (batch, modalities), rows sum to 1, 0 where one is missing."""
        views, mask = self.cleaned(inputs, mask)
        return self.weights_of(self.hidden(views), mask)

    @staticmethod
    def weights_of(hidden: Tensor, mask: Tensor) -> Tensor:
        """The weights (batch, modalities) of vectors (batch, modalities, width) of which those in the mask are there."""
        unit = functional.normalize(hidden, dim=2, eps=torch.finfo(hidden.dtype).tiny)
        unit = keep(unit, mask[:, :, None])
        others = unit.sum(1, keepdim=True) - unit  # the cosines with them add up to the product with their sum
        agreement = (unit * others).sum(2) / (mask.sum(1, keepdim=True) - 1).clamp(min=1)
        return shares(agreement, mask)


def averaged(hidden: Tensor, mask: Tensor) -> Tensor:
    """(batch, width): the mean of the vectors (batch, modalities, width) that are in the mask."""
    return keep(hidden, mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)


def together(weights: Tensor, hidden: Tensor) -> Tensor:
    """(batch, width): the sum of vectors (batch, modalities, width) with weights (batch, modalities)."""
    return (weights[:, :, None] * hidden).sum(1)
