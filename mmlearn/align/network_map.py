"""A network as the map of one space onto the other: what `mapping.py` does with a matrix, where a matrix is too stiff."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from mmlearn.align.mapping import check_towards
from mmlearn.align.trained import TrainedAligner, network

LOSSES = ("squared", "cosine")


class Distance(nn.Module):
    """How far the mapped rows are from those they belong to: the mean squared difference, or 1 - the mean cosine."""

    def __init__(self, loss: str):
        super().__init__()
        if loss not in LOSSES:
            raise ValueError(f"loss is {loss!r}; accepted are {', '.join(LOSSES)}")
        self.loss = loss

    def forward(self, embeddings: Sequence[Tensor]) -> Tensor:
        a, b = embeddings
        if self.loss == "squared":
            return functional.mse_loss(a, b)
        return 1 - functional.cosine_similarity(a, b).mean()


class NetworkMap(TrainedAligner):
    """One view mapped into the other's space by a network, whose outputs are as wide as that space.

    `n_components` does not count here.

    Args:
        towards: the view that stays, 1 or 0.
        loss: "cosine", since only directions are searched, or "squared".
        training: the arguments of `TrainedAligner`; `hidden` makes the map bend.
    """

    def __init__(self, *, towards: int = 1, loss: str = "cosine", **training: Any):
        super().__init__(**training)
        self.towards, self.loss = towards, loss

    def _networks(self) -> list[nn.Module]:
        if len(self.n_features_) != 2:
            raise ValueError(f"NetworkMap maps one view onto another; got {len(self.n_features_)} views")
        check_towards(self.towards)
        widths = [self.n_features_[1 - self.towards], *self.hidden, self.n_features_[self.towards]]
        networks = [network(widths, self.dropout), nn.Identity()]
        return networks if self.towards == 1 else networks[::-1]

    def _criterion(self) -> nn.Module:
        return Distance(self.loss)
