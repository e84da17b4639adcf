"""The triplet loss: a pair has to be closer than a mismatch, by a margin; and the choice of the mismatch.

Negatives that are far away teach nothing. FaceNet (Schroff et al., 2015, "FaceNet: A unified embedding for face recognition
and clustering", section 3.2) takes semi-hard ones: farther than the partner, but not by the margin. VSE++ (Faghri et al.,
2018, "VSE++: Improving visual-semantic embeddings with hard negatives", eq. 6) takes the hardest of the batch.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmlearn.align.contrastive import check_pairs, false_negatives, mean_over_pairs, unit
from mmlearn.align.trained import TrainedAligner

NEGATIVES = ("all", "semi-hard", "hardest")


def triplet_loss(a: Tensor, b: Tensor, margin: float = 0.2, negatives: str = "semi-hard", groups: Tensor | None = None) -> Tensor:
    """Σ_i [margin + s(a_i, b_j) - s(a_i, b_i)]₊ with a mismatch j for each i, and the same from b to a; s is the cosine.

    The sum runs over the batch and both directions, so if all embeddings become one point (collapse) it is
    2 · batch · margin. A loss that stays there has collapsed.

    Args:
        a, b: embeddings (n, k); row i of both is one pair. Their lengths do not matter; a row of zeros has cosine 0.
        margin: above 0, in cosine. (Squared distances of unit vectors differ by twice as much.)
        negatives: which mismatch: "all", the mean over every one; "semi-hard", the most similar of those less similar
            than the partner, or, where there is none, the least similar of all; "hardest", the most similar of all.
        groups: (n,) whole numbers; pairs of one group are no negatives of each other.

    Raises:
        ValueError: the shapes do not fit, there are fewer than 2 pairs, or an option is not as above.
    """
    check_pairs(a, b, groups)
    _check_options(margin, negatives)
    S = unit(a) @ unit(b).T
    barred = torch.eye(len(S), dtype=torch.bool, device=S.device)
    if groups is not None:
        barred = barred | false_negatives(groups)
    return _one_direction(S, barred, margin, negatives) + _one_direction(S.T, barred, margin, negatives)


def _one_direction(S: Tensor, barred: Tensor, margin: float, negatives: str) -> Tensor:
    """The hinges of all rows; `barred` (n, n) marks what is no negative."""
    own = S.diagonal()[:, None]  # (n, 1)
    if negatives == "all":
        hinges = (margin + S - own).clamp_min(0).masked_fill(barred, 0)
        return (hinges.sum(dim=1) / (~barred).sum(dim=1).clamp_min(1)).sum()
    chosen = _hardest(S, barred)
    if negatives == "semi-hard":
        softer = barred | (own <= S)
        chosen = torch.where(softer.all(dim=1), -_hardest(-S, barred), _hardest(S, softer))
    hinges = (margin + chosen - own[:, 0]).clamp_min(0)
    return hinges.masked_fill(barred.all(dim=1), 0).sum()  # where a row has no negative at all, there is nothing to learn


def _hardest(S: Tensor, barred: Tensor) -> Tensor:
    """The largest entry of each row among those not barred."""
    return S.masked_fill(barred, -math.inf).amax(dim=1)


def _check_options(margin: float, negatives: str) -> None:
    if not 0 < margin < math.inf:
        raise ValueError(f"margin is {margin}; accepted are finite numbers above 0")
    if negatives not in NEGATIVES:
        raise ValueError(f"negatives is {negatives!r}; accepted are {', '.join(map(repr, NEGATIVES))}")


class TripletLoss(nn.Module):
    """`triplet_loss` on a list of two embeddings, or of more: the mean over pairs of views."""

    def __init__(self, margin: float = 0.2, negatives: str = "semi-hard"):
        super().__init__()
        _check_options(margin, negatives)
        self.margin, self.negatives = margin, negatives

    def forward(self, embeddings: Sequence[Tensor], groups: Tensor | None = None) -> Tensor:
        return mean_over_pairs(lambda a, b: triplet_loss(a, b, self.margin, self.negatives, groups), embeddings)


class Triplet(TrainedAligner):
    """A network for each view, trained with the triplet loss.

    Args:
        margin, negatives: of `triplet_loss`.
        training: the arguments of `TrainedAligner`.
    """

    def __init__(self, *, margin: float = 0.2, negatives: str = "semi-hard", **training: Any):
        super().__init__(**training)
        self.margin, self.negatives = margin, negatives

    def fit(self, X: Any, Y: Any = None, *, validation: Sequence[Any] | None = None, groups: Any = None) -> "Triplet":
        """As `TrainedAligner.fit`; pairs of equal `groups` (n,), any kind of label, are no negatives of each other."""
        return self._fit(X, Y, validation, groups)

    def _criterion(self) -> nn.Module:
        return TripletLoss(self.margin, self.negatives)
