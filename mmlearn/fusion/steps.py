"""What the fusions of sequences that attend have in common: steps of one width, and weights that can be looked at."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmlearn.fusion.base import SequenceFusion, keep


class Attending(SequenceFusion):
    """Bring every step to one width, h_t = W_m x_t + b_m; subclasses write what looks at what in `attend`.

    Steps carry no number of their place: where order matters, it has to be in the features.
    """

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.project = nn.ModuleList([nn.Linear(d, out_dim) for d in self.dims])

    def fuse_steps(self, steps: list[Tensor], real: list[Tensor]) -> Tensor:
        return self._attended(steps, real)[0]

    def weights(self, *inputs: Tensor | None, mask: Tensor | None = None, lengths: Sequence[Tensor | None] | None = None) -> Any:
        """What looked at what, for inputs as in a call; which weights these are, `attend` says."""
        return self._attended(*self.cleaned_steps(inputs, mask, lengths))[1]

    def attend(self, hidden: list[Tensor], real: list[Tensor]) -> tuple[Tensor, Any]:
        """(batch, out_dim) and the weights, from hidden (batch, length_m, out_dim), zero where not real, and real."""
        raise NotImplementedError(f"{type(self).__name__} has no attend(hidden, real); a subclass must write it")

    def _attended(self, steps: list[Tensor], real: list[Tensor]) -> tuple[Tensor, Any]:
        hidden = [keep(project(x), r[..., None]) for project, x, r in zip(self.project, steps, real, strict=True)]
        return self.attend(hidden, real)


def present(real: list[Tensor]) -> Tensor:
    """(batch, modalities) bool: whether a modality has any real step."""
    return torch.stack([r.any(1) for r in real], dim=1)


def weighted_mean(weights: Tensor, hidden: Tensor) -> Tensor:
    """Σ_t weights_t · hidden_t: (batch, length) and (batch, length, d) → (batch, d)."""
    return (weights[:, None] @ hidden)[:, 0]
