"""Attention as fusion: over modalities, one vector each; and across them, between the steps of their sequences."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmlearn.fusion.base import Fusion, shares
from mmlearn.fusion.simple import averaged
from mmlearn.fusion.steps import Attending, present, weighted_mean
from mmlearn.layers import attention


class Attention(Fusion):
    """Attention over modalities, with the additive score of Bahdanau, Cho & Bengio (2015), "Neural Machine Translation by
    Jointly Learning to Align and Translate", ICLR.

    h_m = W_m x_m + b_m
    q = mean of the h_m                      what is there, as a whole: it asks
    α = softmax over m of v · tanh(A h_m + B q)
    h = W ReLU(q + Σ_m α_m h_m) + b

    Each α_m is a number, shared out among the modalities that are there; one alone has 1. What was found is added to what
    asked, as in a transformer: on the sum alone the interaction of two modalities is learned far more slowly. And without the
    query a score would know its own modality only, and no linear classifier on the sum could tell XOR: with e_m = exp(score_m),
    the sign of u · Σ_m α_m h_m + c is that of Σ_m e_m (u · h_m + c), which has one term a modality.
    """

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.project = nn.ModuleList([nn.Linear(d, out_dim) for d in self.dims])
        self.of_modality = nn.Linear(out_dim, out_dim, bias=False)
        self.of_query = nn.Linear(out_dim, out_dim, bias=False)
        self.score = nn.Linear(out_dim, 1, bias=False)  # a bias would raise all scores alike, which a softmax does not see
        self.out = nn.Linear(out_dim, out_dim)

    def fuse(self, views: list[Tensor], mask: Tensor) -> Tensor:
        hidden, query, weights = self._attend(views, mask)
        return self.out((query + weighted_mean(weights, hidden)).relu())

    def weights(self, *inputs: Tensor | None, mask: Tensor | None = None) -> Tensor:
        """How much each modality counts: (batch, modalities), sums to 1, 0 where one is missing."""
        return self._attend(*self.cleaned(inputs, mask))[2]

    def _attend(self, views: list[Tensor], mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """h_m (batch, modalities, out_dim), q (batch, out_dim) and α (batch, modalities)."""
        hidden = torch.stack([project(x) for project, x in zip(self.project, views, strict=True)], dim=1)
        query = averaged(hidden, mask)
        scores = self.score((self.of_modality(hidden) + self.of_query(query)[:, None]).tanh())
        return hidden, query, shares(scores.squeeze(2), mask)


class CrossAttention(Attending):
    """Every step of each modality looks at the steps of all the others, and is combined with what it finds.

    f_t = Σ_s α_ts V h_s,  α_t = softmax over s of (Q h_t) · (K h_s) / √d,  s in other modalities than t
    h = W (mean over modalities of the mean over their steps of ReLU(A h_t + B f_t))

    Attention from one medium to another, as in Tsai et al. (2019), "Multimodal Transformer for Unaligned Multimodal Language
    Sequences", ACL; here one layer, one head, and the other modalities looked at together. Where no other modality is there,
    nothing is found: f_t = 0.
    """

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.query, self.value = nn.Linear(out_dim, out_dim), nn.Linear(out_dim, out_dim)
        self.key = nn.Linear(out_dim, out_dim, bias=False)  # a bias would raise all scores of a query alike
        self.own, self.found = nn.Linear(out_dim, out_dim), nn.Linear(out_dim, out_dim, bias=False)
        self.out = nn.Linear(out_dim, out_dim)

    def attend(self, hidden: list[Tensor], real: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Weights (batch, steps, steps), the steps of all modalities one after another: the row looks at the column."""
        h, lengths = torch.cat(hidden, dim=1), [h.shape[1] for h in hidden]
        modality = torch.arange(len(lengths), device=h.device).repeat_interleave(torch.tensor(lengths, device=h.device))
        here = torch.cat(real, dim=1)  # (batch, steps)
        others = (modality[:, None] != modality) & here[:, None]  # (batch, steps, steps)
        found, weights = attention(self.query(h), self.key(h), self.value(h), others)
        together = (self.own(h) + self.found(found)).relu().split(lengths, dim=1)
        means = torch.stack([averaged(x, r) for x, r in zip(together, real, strict=True)], dim=1)
        return self.out(averaged(means, present(real))), weights * here[..., None]
