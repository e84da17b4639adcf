"""Recurrent attention: a memory that looks at all modalities several times, each time knowing what it saw before."""

import functools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmlearn.fusion.base import keep, shares
from mmlearn.fusion.simple import averaged
from mmlearn.fusion.steps import Attending, present, weighted_mean


class Glimpse(nn.Module):
    """One look of the memory m at one modality: x = tanh(P Σ_t a_t h_t), a = softmax of w · (tanh(W h_t) ∘ tanh(M m))."""

    def __init__(self, dim: int):
        super().__init__()
        self.own, self.memory, self.found = (nn.Linear(dim, dim) for _ in range(3))
        self.score = nn.Linear(dim, 1, bias=False)

    def forward(self, hidden: Tensor, real: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """hidden (batch, length, dim), real (batch, length), memory (batch, dim) → what is found (batch, dim), and weights."""
        seen = self.own(hidden).tanh() * self.memory(memory).tanh()[:, None]
        weights = shares(self.score(seen).squeeze(2), real)
        return self.found(weighted_mean(weights, hidden)).tanh(), weights


class RecurrentAttention(Attending):
    """The dual attention network of Nam, Ha & Kim (2017), "Dual Attention Networks for Multimodal Reasoning and Matching",
    CVPR, with one memory for all modalities (there "r-DAN"), for any number of them.

    m_0 = ∏_m tanh(P_m mean of the h_mt)
    m_k = m_{k−1} + ∏_m x_mk                    for k = 1 … rounds
    h = m_rounds

    x_mk is what the memory m_{k−1} finds in modality m (see `Glimpse`; there text has no P). Products are of each dimension,
    ∏ over the modalities that are there: a missing one counts as ones, which scale nothing.

    Args:
        rounds: how often the memory looks.

    Raises:
        ValueError: rounds is not a positive integer.
    """

    def __init__(self, dims: Sequence[int], out_dim: int, rounds: int = 2):
        super().__init__(dims, out_dim)
        if not isinstance(rounds, int) or rounds < 1:
            raise ValueError(f"rounds is {rounds!r}; accepted is a positive integer")
        self.start = nn.ModuleList([nn.Linear(out_dim, out_dim) for _ in self.dims])
        self.rounds = nn.ModuleList([nn.ModuleList([Glimpse(out_dim) for _ in self.dims]) for _ in range(rounds)])

    def attend(self, hidden: list[Tensor], real: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Weights: for each modality (batch, rounds, length), which sum to 1 over its real steps."""
        there = present(real)
        first = [start(averaged(h, r)).tanh() for start, h, r in zip(self.start, hidden, real, strict=True)]
        memory, looked = _product(first, there), []
        for glimpses in self.rounds:
            looks = [glimpse(h, r, memory) for glimpse, h, r in zip(glimpses, hidden, real, strict=True)]
            memory = memory + _product([found for found, _ in looks], there)
            looked.append([weights for _, weights in looks])
        return memory, [torch.stack(rounds, dim=1) for rounds in zip(*looked, strict=True)]


def _product(parts: list[Tensor], there: Tensor) -> Tensor:
    """∏ of (batch, d), one a modality, with ones for what is not there, by `there` (batch, modalities)."""
    return functools.reduce(torch.mul, [keep(part, there[:, m, None], 1.0) for m, part in enumerate(parts)])
