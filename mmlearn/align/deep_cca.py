"""Deep CCA: networks trained so that linear CCA finds as much correlation as possible in what they give.

Andrew, Arora, Bilmes and Livescu, 2013, "Deep canonical correlation analysis", ICML. The loss is minus the total
correlation of a batch: the sum of all its canonical correlations.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.align.base import check_views, mean_correlation
from mmlearn.align.cca import CCA
from mmlearn.align.trained import TrainedAligner

TINY = 1e-8  # variance that every direction has in any case, so that networks that give constants do not stop the training


def total_correlation(A: Tensor, B: Tensor, reg: float = 1e-3) -> Tensor:
    """The sum of the canonical correlations of A (n, p) and B (n, q), with gradients that are always numbers.

    The correlations are the singular values of Wᵀ C V, with C the covariance of A with B, and W, V any whiteners of A and B.
    The whitener of the textbooks is the inverse square root by eigenvectors, U diag(1/√l) Uᵀ, and its gradient divides by
    differences of eigenvalues: two equal ones give 0/0, NaN. They *are* equal as soon as a batch leaves several directions
    empty, having too few pairs or units that say the same. Two choices avoid every such division:

    * whitening by the Cholesky factor, W = L⁻ᵀ with L Lᵀ the covariance: only divisions by its diagonal, which the ridge
      keeps from 0;
    * the sum of all singular values, whose gradient is P Qᵀ from the singular vectors, with no differences in it.

    Everything is computed in float64: the covariance squares the data, and so halves its digits.

    Args:
        A, B: outputs of two networks, row by row of one pair; n should be several times p and q. With n ≤ p the batch itself
            can be turned into perfect agreement, and the loss teaches nothing.
        reg: ridge, relative to the mean variance of each view, as in `CCA`.

    Returns:
        A tensor of shape (), from 0 to min(p, q), of the type of A.

    Raises:
        ValueError: unequal numbers of rows, fewer than two, or not two-dimensional.
    """
    if A.ndim != 2 or B.ndim != 2 or len(A) != len(B):
        raise ValueError(f"A and B must be (n, p) and (n, q) with equal n; got {tuple(A.shape)} and {tuple(B.shape)}")
    if len(A) < 2:
        raise ValueError("a correlation needs at least 2 pairs in a batch; got 1")
    a, b = (view.double() - view.double().mean(dim=0) for view in (A, B))
    half = torch.linalg.solve_triangular(_factor(a, reg), a.T @ b / (len(a) - 1), upper=False)
    whole = torch.linalg.solve_triangular(_factor(b, reg), half.T, upper=False)
    return torch.linalg.svdvals(whole).sum().to(A.dtype)


def _factor(view: Tensor, reg: float) -> Tensor:
    """The lower triangular L with L Lᵀ = the ridged covariance of a centred view."""
    covariance = view.T @ view / (len(view) - 1)
    ridge = reg * covariance.diagonal().mean() + TINY
    return torch.linalg.cholesky(covariance + ridge * torch.eye(len(covariance), dtype=view.dtype, device=view.device))


class CorrelationLoss(nn.Module):
    """Minus the total correlation of two embeddings."""

    def __init__(self, reg: float):
        super().__init__()
        self.reg = reg

    def forward(self, embeddings: Sequence[Tensor]) -> Tensor:
        """[(batch, p), (batch, q)] -> the loss, from -min(p, q) to 0."""
        return -total_correlation(*embeddings, reg=self.reg)


class DeepCCA(TrainedAligner):
    """Two networks, trained to agree, and exact linear CCA on top of what they give for all training pairs.

    A batch only estimates the correlations, so once the networks are trained the last linear step is solved on all pairs.
    With `validation` pairs, the moment with the highest total correlation on them is kept.

    Args:
        reg: ridge of the loss, and of the CCA on top; relative, as in `CCA`.
        training: see `TrainedAligner`; `batch` must be larger than `n_components`, and should be several times as large.

    Attributes:
        correlations_: (k,), of the training pairs, falling.
        cca_: the CCA on top.
        model_, history_, n_features_: see `TrainedAligner`.
    """

    def __init__(self, *, reg: float = 1e-3, **training: Any):
        super().__init__(**{"n_components": 16, "hidden": (256,), **training})
        self.reg = reg

    def fit(self, X: Any, Y: Any = None, *, validation: Sequence[Any] | None = None) -> "DeepCCA":
        """Learn from pairs (X, Y) or [X, Y]; with `validation`, other pairs in one list, keep the best moment by them.

        Raises:
            ValueError: see `TrainedAligner.fit`; more than two views; a batch that is not larger than `n_components`.
        """
        views = check_views(X, Y)
        if len(views) != 2:
            raise ValueError(f"DeepCCA aligns two views, X and Y; got {len(views)}")
        batch = min(self.batch, len(views[0]))
        if batch <= self.n_components:
            raise ValueError(f"a batch holds {batch} pairs; accepted are more than n_components, {self.n_components}, "
                             "since fewer points can always be made to agree")  # fmt: skip
        self._pairs = views
        try:
            super().fit(views, validation=validation)
            self._solve()
        finally:
            del self._pairs
        return self

    @property
    def correlations_(self) -> np.ndarray:
        self._check_fitted()
        return self.cca_.correlations_

    def _criterion(self) -> nn.Module:
        return CorrelationLoss(self.reg)

    def _solve(self) -> None:
        """Linear CCA of what the networks give now for all training pairs."""
        outputs = [super(DeepCCA, self)._embed(view, i) for i, view in enumerate(self._pairs)]
        self.cca_ = CCA(self.n_components, self.reg).fit(outputs)

    def _outputs(self, views: Sequence[np.ndarray]) -> list[np.ndarray]:
        self._solve()
        return super()._outputs(views)

    def _validate(self, embeddings: Sequence[np.ndarray]) -> float:
        """The total correlation of held-out pairs."""
        return self.n_components * mean_correlation(embeddings)

    def _embed(self, view: np.ndarray, i: int) -> np.ndarray:
        return self.cca_.transform(super()._embed(view, i), view=i)
