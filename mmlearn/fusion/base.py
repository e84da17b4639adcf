"""What every fusion shares: its inputs are checked, and a missing modality has no say."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Fusion(nn.Module):
    """A module from one vector a modality to one vector. Subclasses write `fuse`.

    A modality may be missing: for single rows where `mask` is false, or for the whole batch where it is given as None. What
    stands in its place (zeros, NaN, old values) has no influence on the result or on any gradient. A row in which everything
    is missing gives zeros, so that a classifier on top answers with its bias, what it knows without looking.

    Args:
        dims: the width of each modality's vectors.
        out_dim: the width of the result.

    Raises:
        ValueError: there are no modalities, or a width is not a positive integer.
    """

    accepts = "vectors"

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__()
        self.dims, self.out_dim = list(dims), out_dim
        if not self.dims or any(not isinstance(d, int) or d < 1 for d in [*self.dims, out_dim]):
            raise ValueError(f"dims is {self.dims} and out_dim {out_dim!r}; accepted are positive integers, one a modality")

    def forward(self, *inputs: Tensor | None, mask: Tensor | None = None) -> Tensor:
        """Fuse a batch.

        Args:
            *inputs: (batch, dims[m]) for each modality m, or None where the whole batch lacks it.
            mask: (batch, modalities) bool, true where the modality is there; all are where it is not given.

        Returns:
            (batch, out_dim).

        Raises:
            ValueError: inputs are more or fewer than the modalities, or a shape or type is not as above.
        """
        views, mask = self.cleaned(inputs, mask)
        return torch.where(mask.any(1, keepdim=True), self.fuse(views, mask), 0.0)

    def fuse(self, views: list[Tensor], mask: Tensor) -> Tensor:
        """(batch, out_dim) from views (batch, dims[m]), zero where missing, and their mask (batch, modalities)."""
        raise NotImplementedError(f"{type(self).__name__} has no fuse(views, mask); a subclass of Fusion must write it")

    def cleaned(self, inputs: Sequence[Tensor | None], mask: Tensor | None) -> tuple[list[Tensor], Tensor]:
        """The inputs with zeros where something is missing, and a mask that is always there."""
        if len(inputs) != len(self.dims):
            raise ValueError(f"inputs has {len(inputs)} modalities; this module was made for {len(self.dims)}: {self.dims}")
        given = [x for x in inputs if x is not None]
        if not given:
            raise ValueError("inputs has no modality at all; give at least one, and mask for the rows that lack it")
        batch = len(given[0])
        for m, (x, d) in enumerate(zip(inputs, self.dims, strict=True)):
            if x is not None and x.shape != (batch, d):
                raise ValueError(f"inputs[{m}] has shape {tuple(x.shape)}; accepted is (batch, d) = ({batch}, {d})")
        there = torch.tensor([x is not None for x in inputs], device=given[0].device).expand(batch, -1)
        if mask is not None and (mask.dtype != torch.bool or mask.shape != there.shape):
            raise ValueError(
                f"mask is {mask.dtype} {tuple(mask.shape)}; accepted is bool (batch, modalities) = {tuple(there.shape)}"
            )
        mask = there if mask is None else there & mask
        views = [given[0].new_zeros(batch, d) if x is None else x for x, d in zip(inputs, self.dims, strict=True)]
        # where, not a product: NaN times zero is NaN
        return [torch.where(mask[:, m, None], x, 0.0) for m, x in enumerate(views)], mask


def shares(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax over modalities, dimension 1, among those where `mask` is true; where none is, all zeros."""
    # the lowest number and not -inf: a softmax of nothing but -inf is NaN, and so would be its gradient
    lowest = torch.finfo(scores.dtype).min
    return torch.where(mask, scores.masked_fill(~mask, lowest).softmax(1), 0.0)
