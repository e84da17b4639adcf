"""Products of everything with everything: tensor fusion, whole and with low-rank factors.

Both give each modality a 1 at its end, so that the products of all also hold the products of some: x_a · x_b · 1 is a pair's,
x_a · 1 · 1 one modality's own, and 1 · 1 · 1 the constant. A missing modality is what then suggests itself, [0, …, 0, 1]: it
says nothing of its own, and leaves the others to themselves.
"""

import math
from collections.abc import Sequence
from functools import reduce
from operator import mul

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.fusion.base import Fusion, keep


class Embedded(Fusion):
    """Bring every modality to one width first, h_m = tanh(W_m x_m + b_m); subclasses write how the h_m become one in `combine`.

    What will be multiplied is kept between −1 and 1: products of many modalities neither overflow nor drown each other.

    Args:
        projected: the width of every h_m; None leaves the features as they are, h_m = x_m.

    Raises:
        ValueError: `projected` is not a positive integer or None.
    """

    def __init__(self, dims: Sequence[int], out_dim: int, projected: int | None = 32):
        super().__init__(dims, out_dim)
        if projected is not None and (not isinstance(projected, int) or projected < 1):
            raise ValueError(f"projected is {projected!r}; accepted is a positive integer, or None to keep the features")
        self.widths = self.dims if projected is None else [projected] * len(self.dims)
        self.project = None if projected is None else nn.ModuleList([nn.Linear(d, projected) for d in self.dims])

    def fuse(self, views: list[Tensor], mask: Tensor) -> Tensor:
        if self.project is not None:
            hidden = [project(x).tanh() for project, x in zip(self.project, views, strict=True)]
            views = [keep(h, mask[:, m, None]) for m, h in enumerate(hidden)]  # where missing 0, and not tanh(b_m)
        return self.combine(views)

    def combine(self, hidden: list[Tensor]) -> Tensor:
        """(batch, out_dim) from h_m (batch, widths[m]), zero where missing."""
        raise NotImplementedError(f"{type(self).__name__} has no combine(hidden); a subclass must write it")


class TensorFusion(Embedded):
    """Every product of one number from each modality, weighted: Zadeh et al. (2017), "Tensor Fusion Network for Multimodal
    Sentiment Analysis", EMNLP.

    z_m = [h_m; 1]                                                        (p_m + 1)
    y_k = Σ_ij…l  z_1i z_2j … z_nl  W_ij…lk                               W is (p_1 + 1, …, p_n + 1, out_dim)

    Parameters and work grow with the *product* of the widths: 2 · out_dim · Π (p_m + 1) FLOPs a row, in whichever order one
    sums. What has to be kept in memory does depend on the order, see `contract`. The corner W_p…pk, where only ones meet, is
    the bias. Without a modality the result is the tensor fusion of the others.

    Args:
        projected: each modality is brought to this width first, tanh(W x + b); None multiplies the features as they are.
    """

    def __init__(self, dims: Sequence[int], out_dim: int, projected: int | None = 32):
        super().__init__(dims, out_dim, projected)
        sizes = [p + 1 for p in self.widths]
        self.weight = nn.Parameter(torch.empty(*sizes, out_dim))
        nn.init.uniform_(self.weight, -(math.prod(sizes) ** -0.5), math.prod(sizes) ** -0.5)  # as a linear layer starts

    def combine(self, hidden: list[Tensor]) -> Tensor:
        return contract(self.weight, [with_one(h) for h in hidden])


class LowRank(Embedded):
    """Tensor fusion whose weight is a sum of few simple tensors, so that it need never be built: Liu et al. (2018), "Efficient
    Low-rank Multimodal Fusion with Modality-Specific Factors", ACL.

    W_ij…lk = Σ_r  F_1irk  F_2jrk … F_nlrk                                F_m is (p_m + 1, rank, out_dim)
    y_k     = Σ_r  (z_1 F_1)_rk ∘ … ∘ (z_n F_n)_rk                        z_m = [h_m; 1]

    Parameters, rank · out_dim · Σ (p_m + 1), and work, 2 · rank · out_dim · Σ p_m FLOPs a row in the products of matrices, grow
    with the *sum* of the widths, so that wide features could be taken as they are; the projections, as in tensor fusion, are
    there since products of noisy features are noise (Liu et al. have a network for each modality in their place). Without a
    modality the result is the fusion of the others, each component scaled by the missing factor's last row.

    Args:
        rank: how many simple tensors.
        projected: each modality is brought to this width first, tanh(W x + b); None takes the features as they are.

    Raises:
        ValueError: `rank` is not a positive integer.
    """

    def __init__(self, dims: Sequence[int], out_dim: int, rank: int = 4, projected: int | None = 32):
        super().__init__(dims, out_dim, projected)
        if not isinstance(rank, int) or rank < 1:
            raise ValueError(f"rank is {rank!r}; accepted is a positive integer")
        self.rank = rank
        # a linear layer's bias is what the appended 1 is multiplied with. In a ModuleList: a plain list would hide them from
        # `parameters()`, and so from every optimizer
        self.factors = nn.ModuleList([nn.Linear(p, rank * out_dim) for p in self.widths])
        self._start()

    def _start(self) -> None:
        """Half of each factor's answer from the numbers, half from the 1, so that y has about variance 1 for h of variance 1,
        however many modalities are multiplied and terms added."""
        for factor, p in zip(self.factors, self.widths, strict=True):
            size = 2**-0.5 * self.rank ** (-0.5 / len(self.dims))
            nn.init.normal_(factor.weight, std=size * p**-0.5)
            nn.init.normal_(factor.bias, std=size)

    def combine(self, hidden: list[Tensor]) -> Tensor:
        product = reduce(mul, [factor(h) for factor, h in zip(self.factors, hidden, strict=True)])
        return product.unflatten(1, (self.rank, self.out_dim)).sum(1)  # (batch, rank · out_dim) → (batch, out_dim)

    def expanded(self) -> Tensor:
        """The weight W that the factors stand for, (p_1 + 1, …, p_n + 1, out_dim): for small widths only."""
        factors = [torch.cat([f.weight.T, f.bias[None]]).unflatten(1, (self.rank, self.out_dim)) for f in self.factors]
        weight = factors[0]  # (p_1 + 1, rank, out_dim)
        for factor in factors[1:]:
            weight = torch.einsum("...rk,irk->...irk", weight, factor)
        return weight.sum(-2)


def with_one(x: Tensor) -> Tensor:
    """(batch, d) → (batch, d + 1): a 1 at the end of each row."""
    return functional.pad(x, (0, 1), value=1.0)


def outer(vectors: Sequence[Tensor]) -> Tensor:
    """(batch, Π s_m): all products of one number from each of `vectors` (batch, s_m), the last one's index running fastest."""
    return reduce(lambda a, b: (a[:, :, None] * b[:, None, :]).flatten(1), vectors)


def contract(weight: Tensor, vectors: Sequence[Tensor]) -> Tensor:
    """(batch, out) = Σ_ij…l vectors[0]_i vectors[1]_j … vectors[n-1]_l weight_ij…l.

    The weights meet the batch in one product of matrices: 2 · batch · weight.numel() FLOPs in any order. But the outer product
    of all vectors, batch · Π s_m numbers, is never made. The first k vectors are multiplied out, `weight` is contracted with
    these, and what comes out with the rest: batch · (s_1 … s_k + out · s_k+1 … s_n) numbers, with the k for which that is least.
    (To contract one vector after the other, k = 1, takes less than the whole outer product only where out is below s_1.)

    Args:
        weight: (s_1, …, s_n, out).
        vectors: (batch, s_m) for each of its first n axes.
    """
    *sizes, out = weight.shape
    k = cut(sizes, out)
    rows = outer(vectors[:k]) @ weight.reshape(math.prod(sizes[:k]), -1)  # (batch, s_k+1 … s_n · out)
    if k == len(sizes):
        return rows
    return torch.einsum("bs,bsk->bk", outer(vectors[k:]), rows.unflatten(1, (-1, out)))


def cut(sizes: Sequence[int], out: int) -> int:
    """How many vectors `contract` multiplies out, from 1 to all: those for which the fewest numbers have to be kept."""

    def kept(k: int) -> int:
        rest = math.prod(sizes[k:])
        return math.prod(sizes[:k]) + (out + 1) * rest * (k < len(sizes))

    return min(range(1, len(sizes) + 1), key=kept)
