"""Co-attention: modalities decide together where in each of them to look.

Lu, Yang, Batra & Parikh (2016), "Hierarchical Question-Image Co-Attention for Visual Question Answering", NeurIPS, section
3.3; for two modalities as there, for more the sums run over all the others.
"""

import functools
from collections.abc import Sequence
from itertools import combinations

import torch
from torch import Tensor, nn

from mmlearn.fusion.base import shares
from mmlearn.fusion.steps import Attending, weighted_mean


class CoAttention(Attending):
    """Parallel: every pair of steps of two modalities has an affinity, and both sides look at once.

    C_mn = tanh(H_m B_mn H_nᵀ)                                   (length_m, length_n)
    a_m = softmax over steps of w_m · tanh(H_m W_m + Σ_{n≠m} C_mn H_n W_n)
    h = tanh(W Σ_m Σ_t a_mt h_mt)

    H_m (length_m, d) holds the steps h_mt of modality m. A missing modality has no affinity to any other and adds nothing; one
    alone looks at itself.
    """

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        n = len(self.dims)
        self.affinity = nn.ModuleList([nn.Linear(out_dim, out_dim, bias=False) for _ in combinations(range(n), 2)])
        self.own = nn.ModuleList([nn.Linear(out_dim, out_dim, bias=False) for _ in range(n)])  # no bias: padding stays 0
        self.score = nn.ModuleList([nn.Linear(out_dim, 1, bias=False) for _ in range(n)])
        self.out = nn.Linear(out_dim, out_dim)

    def attend(self, hidden: list[Tensor], real: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Weights: for each modality (batch, length), which sum to 1 over its real steps."""
        offers = [own(h) for own, h in zip(self.own, hidden, strict=True)]
        seen = list(offers)
        for between, (m, n) in zip(self.affinity, combinations(range(len(hidden)), 2), strict=True):
            affinity = (between(hidden[m]) @ hidden[n].mT).tanh()  # (batch, length_m, length_n), 0 where padding is
            seen[m] = seen[m] + affinity @ offers[n]
            seen[n] = seen[n] + affinity.mT @ offers[m]
        scores = [score(x.tanh()).squeeze(2) for score, x in zip(self.score, seen, strict=True)]
        weights = [shares(s, r) for s, r in zip(scores, real, strict=True)]
        found = [weighted_mean(w, h) for w, h in zip(weights, hidden, strict=True)]
        return self.out(functools.reduce(torch.add, found)).tanh(), weights


class Look(nn.Module):
    """A(H; g): the mean of a modality's steps h_t, weighted by softmax over t of w · tanh(W h_t + b + G g), or without G g."""

    def __init__(self, dim: int, guided: bool):
        super().__init__()
        self.own, self.score = nn.Linear(dim, dim), nn.Linear(dim, 1, bias=False)
        self.guide = nn.Linear(dim, dim, bias=False) if guided else None

    def forward(self, hidden: Tensor, real: Tensor, guide: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """hidden (batch, length, dim), real (batch, length), guide (batch, dim) → what is found (batch, dim), and weights."""
        seen = self.own(hidden) if guide is None else self.own(hidden) + self.guide(guide)[:, None]
        weights = shares(self.score(seen.tanh()).squeeze(2), real)
        return weighted_mean(weights, hidden), weights


class AlternatingCoAttention(Attending):
    """One after the other: the first modality is summed up unguided, the next looks guided by that, the first looks again.

    s = A(H_1; 0)
    x_m = A(H_m; s + x_2 + … + x_{m−1})    for m = 2 … n
    x_1 = A(H_1; x_2 + … + x_n)
    h = tanh(W Σ_m x_m)

    The order of the modalities matters: the first is the one that asks, such as a question. Every look A has parameters of its
    own (see `Look`). A missing modality guides nobody and adds nothing.
    """

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.first = Look(out_dim, guided=False)
        self.looks = nn.ModuleList([Look(out_dim, guided=True) for _ in self.dims])
        self.out = nn.Linear(out_dim, out_dim)

    def attend(self, hidden: list[Tensor], real: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Weights: for each modality (batch, length), which sum to 1 over its real steps; of the first its second look."""
        summary, _ = self.first(hidden[0], real[0])
        others, weights = torch.zeros_like(summary), []
        for look, h, r in zip(self.looks[1:], hidden[1:], real[1:], strict=True):
            found, looked = look(h, r, summary + others)
            others = others + found
            weights.append(looked)
        again, looked = self.looks[0](hidden[0], real[0], others)
        return self.out(again + others).tanh(), [looked, *weights]
