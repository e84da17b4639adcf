"""Bilinear attention: the weights are not those of steps, but of pairs of steps."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmlearn.fusion.base import shares
from mmlearn.fusion.steps import Attending, present


class BilinearAttention(Attending):
    """h = P Σ_ij α_ij f_i ∘ f_j over pairs of steps of different modalities, each pair once.

    f_i = ReLU(W_m x_i + b_m)
    α = softmax over all pairs (i, j) of p · (f_i ∘ f_j)

    Kim, Jun & Zhang (2018), "Bilinear Attention Networks", NeurIPS, with one map (a *glimpse*); there score and product have
    projections of their own, here they share them. For two modalities the pairs are those of the paper; for more they are
    those of all pairs of modalities, under one softmax. In a row with one modality only, its steps are paired with ones, which
    scale nothing: h = P Σ_j α_j f_j.
    """

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.score = nn.Parameter(torch.randn(out_dim) / out_dim**0.5)
        self.out = nn.Linear(out_dim, out_dim)

    def attend(self, hidden: list[Tensor], real: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Weights (batch, steps, steps), the steps of all modalities one after another: the row comes before the column.

        All of an example sum to 1, except where it has one modality only: then the weights of its pairs are all 0.
        """
        f = torch.cat([torch.ones_like(hidden[0][:, :1]), *(h.relu() for h in hidden)], dim=1)  # the partner of one alone first
        lengths = torch.tensor([1, *(h.shape[1] for h in hidden)], device=f.device)
        modality = torch.arange(len(lengths), device=f.device).repeat_interleave(lengths)
        alone = present(real).sum(1, keepdim=True) == 1
        here = torch.cat([alone, *real], dim=1)
        pairs = (modality[:, None] < modality) & here[:, :, None] & here[:, None]  # (batch, 1 + steps, 1 + steps)
        scores = (f * self.score) @ f.mT
        weights = shares(scores.flatten(1), pairs.flatten(1)).view_as(scores)
        return self.out((f * (weights @ f)).sum(1)), weights[:, 1:, 1:]
