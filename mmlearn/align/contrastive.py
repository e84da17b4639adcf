"""Contrastive losses: of all pictures and captions in a batch, each is to find its own partner.

InfoNCE (van den Oord et al., 2018, "Representation learning with contrastive predictive coding", eq. 4) makes that a
classification: the classes of a caption are the pictures of the batch. Asked in both directions it trained ConVIRT (Zhang
et al., 2022) and CLIP (Radford et al., 2021, "Learning transferable visual models from natural language supervision",
figure 3).
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.align.gathering import gather_with_gradient
from mmlearn.align.trained import TrainedAligner

SHARPEST = 100.0
"""The largest 1 / temperature that is learned, as in CLIP: sharper ones make training unstable."""


def info_nce(a: Tensor, b: Tensor, temperature: float | Tensor = 0.07, groups: Tensor | None = None) -> Tensor:
    """Symmetric InfoNCE: the mean of two cross-entropies, a's rows finding their b and b's rows their a.

    With s_ij = cos(a_i, b_j) / temperature it is -1/(2n) Σ_i [log softmax_j(s_ij)_i + log softmax_j(s_ji)_i]. It is
    log n where all embeddings are alike, 0 where every pair is infinitely closer than all else.

    Args:
        a, b: embeddings (n, k); row i of both is one pair. Their lengths do not matter; a row of zeros has cosine 0.
        temperature: above 0; a tensor may be learned.
        groups: (n,) whole numbers. Pairs of one group, such as two pictures with the same caption, are no negatives
            of each other: they are left out of the sums.

    Raises:
        ValueError: the shapes do not fit, there are fewer than 2 pairs, or a fixed temperature is not above 0.
    """
    check_pairs(a, b, groups)
    if not isinstance(temperature, Tensor) and not 0 < temperature < math.inf:
        raise ValueError(f"temperature is {temperature}; accepted are finite numbers above 0")
    logits = unit(a) / temperature @ unit(b).T  # (n, n)
    if groups is not None:
        logits = logits.masked_fill(false_negatives(groups), -math.inf)
    target = torch.arange(len(logits), device=logits.device)
    return (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target)) / 2


class InfoNCE(nn.Module):
    """`info_nce` with a temperature that is learned, on a list of two embeddings, or of more: the mean over pairs of views.

    What is learned is log(1 / temperature), so that it stays above 0; 1 / temperature stays below `SHARPEST`.

    Args:
        temperature: the one to begin with.
        learned: whether it changes.
        gather: collect the pairs of all processes before comparing, where there are several (`gather_with_gradient`).
    """

    def __init__(self, temperature: float = 0.07, learned: bool = True, gather: bool = False):
        super().__init__()
        if not 1 / SHARPEST <= temperature < math.inf:
            raise ValueError(f"temperature is {temperature}; accepted are finite numbers from {1 / SHARPEST}")
        self.log_scale = nn.Parameter(torch.tensor(-math.log(temperature)), requires_grad=learned)
        self.gather = gather

    @property
    def temperature(self) -> float:
        """The present one."""
        return math.exp(-self.log_scale.item())

    def forward(self, embeddings: Sequence[Tensor], groups: Tensor | None = None) -> Tensor:
        with torch.no_grad():  # cut off here, not in the formula, whose gradient would be 0 beyond the cut for good
            self.log_scale.clamp_(max=math.log(SHARPEST))
        if self.gather:
            embeddings = [gather_with_gradient(e) for e in embeddings]
            groups = None if groups is None else gather_with_gradient(groups)
        temperature = torch.exp(-self.log_scale)
        return mean_over_pairs(lambda a, b: info_nce(a, b, temperature, groups), embeddings)


class Contrastive(TrainedAligner):
    """A network for each view, trained with InfoNCE.

    Args:
        temperature: the one to begin with.
        learned: whether it changes.
        training: the arguments of `TrainedAligner`.

    Attributes:
        temperature_: the one at the moment that was kept.
    """

    def __init__(self, *, temperature: float = 0.05, learned: bool = True, **training: Any):
        super().__init__(**training)
        self.temperature, self.learned = temperature, learned

    def fit(self, X: Any, Y: Any = None, *, validation: Sequence[Any] | None = None, groups: Any = None) -> "Contrastive":
        """As `TrainedAligner.fit`; pairs of equal `groups` (n,), any kind of label, are no negatives of each other."""
        return self._fit(X, Y, validation, groups)

    def _criterion(self) -> nn.Module:
        return InfoNCE(self.temperature, self.learned, gather=True)  # alone, there is nothing to gather

    @property
    def temperature_(self) -> float:
        self._check_fitted()
        return self.model_.criterion.temperature


def mean_over_pairs(loss: Any, embeddings: Sequence[Tensor]) -> Tensor:
    """The mean of loss(a, b) over all pairs of views."""
    found = [loss(a, b) for i, a in enumerate(embeddings) for b in embeddings[i + 1 :]]
    if not found:
        raise ValueError(f"a contrastive loss compares at least two views; got {len(embeddings)}")
    return torch.stack(found).mean()


def unit(x: Tensor) -> Tensor:
    """Each row divided by its length; a row of zeros stays, and its gradient stays finite."""
    length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    return x / torch.where(length > 0, length, 1)


def false_negatives(groups: Tensor) -> Tensor:
    """(n, n) bool: true where another pair is of the same group."""
    same = groups[:, None] == groups
    return same & ~torch.eye(len(groups), dtype=torch.bool, device=groups.device)


def check_pairs(a: Tensor, b: Tensor, groups: Tensor | None = None) -> None:
    """Raises:
    ValueError: `a` and `b` are not of one shape (n, k), have fewer than 2 rows, or `groups` is not one label a row.
    """
    if a.ndim != 2 or a.shape != b.shape:
        raise ValueError(f"a has shape {tuple(a.shape)} and b {tuple(b.shape)}; accepted are equal shapes (pairs, k)")
    if len(a) < 2:
        raise ValueError(f"a contrastive loss needs at least 2 pairs in a batch, to tell a pair from a mismatch; got {len(a)}")
    if groups is not None and groups.shape != a.shape[:1]:
        raise ValueError(f"groups has shape {tuple(groups.shape)}; accepted is one label a pair, ({len(a)},)")
