"""Gated fusion: how much each modality says is decided anew for every example, for every dimension or for all at once."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmlearn.fusion.base import Fusion, shares


class Gated(Fusion):
    """The gated multimodal unit of Arevalo et al. (2017), "Gated Multimodal Units for Information Fusion", arXiv:1702.01992.

    h_m = tanh(W_m x_m + b_m)                        what each modality says
    z = softmax over m of (V_m [x_1; …; x_n] + c_m)  how much it counts, given them all
    h = Σ_m z_m ∘ h_m

    For two modalities the softmax is the paper's unit: z_1 = σ(a_1 − a_2) and z_2 = 1 − z_1. For more the paper has gates
    independent of each other; the softmax keeps what its unit of two has, gates that share out 1, also among those that are
    left when some are missing. A modality alone has all gates at 1.
    """

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.say = nn.ModuleList([nn.Linear(d, out_dim) for d in self.dims])
        self.gate = nn.Linear(sum(self.dims), len(self.dims) * self._gates_each())

    def _gates_each(self) -> int:
        """How many gates a modality has."""
        return self.out_dim

    def fuse(self, views: list[Tensor], mask: Tensor) -> Tensor:
        said = torch.stack([say(x).tanh() for say, x in zip(self.say, views, strict=True)], dim=1)
        return (self._shares(views, mask) * said).sum(1)  # (batch, modalities, out_dim) → (batch, out_dim)

    def gates(self, *inputs: Tensor | None, mask: Tensor | None = None) -> Tensor:
        """How much each modality counts: (batch, modalities, out_dim), sums to 1 over modalities, 0 where one is missing."""
        views, mask = self.cleaned(inputs, mask)
        return self._shares(views, mask)

    def _shares(self, views: list[Tensor], mask: Tensor) -> Tensor:
        scores = self.gate(torch.cat(views, dim=1)).unflatten(1, (len(self.dims), self._gates_each()))
        return shares(scores, mask[:, :, None])


class ScalarGated(Gated):
    """`Gated` with one gate a modality instead of one for each of its dimensions: z_m is a number.

    It can trust a modality more or less, but not in one respect and not in another; and one number a modality can be read
    and drawn. `gates` gives (batch, modalities, 1).
    """

    def _gates_each(self) -> int:
        return 1
