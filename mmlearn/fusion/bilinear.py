"""Bilinear fusion: for every pair of modalities, every product of a number of one with a number of the other, weighted."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmlearn.fusion.tensor import Embedded


class Bilinear(Embedded):
    """Products of two, over all pairs of modalities, and each modality's own linear term.

    y_k = Σ_a<b  h_aᵀ W_abk h_b  +  Σ_a  v_akᵀ h_a  +  c_k                 W_abk is (p_a, p_b)

    The bilinear model of Tenenbaum & Freeman (2000), "Separating Style and Content with Bilinear Models", Neural Computation
    12(6), summed over pairs. Tensor fusion of two modalities is just this; with more, products of three and more are left out,
    and parameters grow with the square of the width, no longer with its n-th power. A missing modality takes its pairs and its
    own term with it; what is left are the other pairs, and of one modality alone its linear term.

    Args:
        projected: each modality is brought to this width first, h = tanh(W x + b); None multiplies the features as they are.
    """

    def __init__(self, dims: Sequence[int], out_dim: int, projected: int | None = 32):
        super().__init__(dims, out_dim, projected)
        self.pairs = [(a, b) for b in range(len(self.dims)) for a in range(b)]
        terms = sum(self.widths) + sum(self.widths[a] * self.widths[b] for a, b in self.pairs)
        self.out = nn.Linear(terms, out_dim)

    def combine(self, hidden: list[Tensor]) -> Tensor:
        products = [(hidden[a][:, :, None] * hidden[b][:, None, :]).flatten(1) for a, b in self.pairs]
        return self.out(torch.cat([*hidden, *products], dim=1))  # (batch, Σ p_a + Σ p_a p_b) → (batch, out_dim)
