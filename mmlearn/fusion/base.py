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
        views, there = self.cleaned(inputs, mask)
        fused = self.fuse(views, there)
        return fused if complete(inputs, mask) else keep(fused, there.any(1, keepdim=True))

    def fuse(self, views: list[Tensor], mask: Tensor) -> Tensor:
        """(batch, out_dim) from views (batch, dims[m]), zero where missing, and their mask (batch, modalities)."""
        raise NotImplementedError(f"{type(self).__name__} has no fuse(views, mask); a subclass of Fusion must write it")

    def cleaned(self, inputs: Sequence[Tensor | None], mask: Tensor | None) -> tuple[list[Tensor], Tensor]:
        """The inputs with zeros where something is missing, and a mask that is always there."""
        there = self._there(inputs, mask, ndim=2)
        if complete(inputs, mask):
            return list(inputs), there
        like = next(x for x in inputs if x is not None)
        views = [like.new_zeros(len(there), d) if x is None else x for x, d in zip(inputs, self.dims, strict=True)]
        return [keep(x, there[:, m, None]) for m, x in enumerate(views)], there

    def _there(self, inputs: Sequence[Tensor | None], mask: Tensor | None, ndim: int) -> Tensor:
        """Inputs and mask checked; (batch, modalities) bool, where something is there."""
        if len(inputs) != len(self.dims):
            raise ValueError(f"inputs has {len(inputs)} modalities; this module was made for {len(self.dims)}: {self.dims}")
        given = [x for x in inputs if x is not None]
        if not given:
            raise ValueError("inputs has no modality at all; give at least one, and mask for the rows that lack it")
        batch, accepted = given[0].shape[:1], "(batch, d)" if ndim == 2 else "(batch, length, d) or (batch, d)"
        for m, (x, d) in enumerate(zip(inputs, self.dims, strict=True)):
            if x is not None and (x.ndim != ndim or x.shape[:1] != batch or x.shape[-1] != d):
                sizes = f"batch {batch[0]} and d {d}" if batch else f"d {d}"
                raise ValueError(f"inputs[{m}] has shape {tuple(x.shape)}; accepted is {accepted}, here with {sizes}")
        self._check_types(given)
        there = torch.ones(*batch, len(inputs), dtype=torch.bool, device=given[0].device)
        if len(given) < len(inputs):
            there &= torch.tensor([x is not None for x in inputs], device=there.device)
        if mask is None:
            return there
        if not isinstance(mask, Tensor) or mask.dtype != torch.bool or mask.shape != there.shape:
            got = f"{mask.dtype} {tuple(mask.shape)}" if isinstance(mask, Tensor) else type(mask).__name__
            raise ValueError(f"mask is {got}; accepted is a bool tensor (batch, modalities) = {tuple(there.shape)}")
        return there & mask

    def _check_types(self, given: list[Tensor]) -> None:
        """One type of number throughout; `torch.autocast` mixes them on purpose, and may."""
        wanted = next((p.dtype for p in self.parameters()), given[0].dtype)
        for x in given:
            if not x.is_floating_point():
                raise ValueError(f"inputs has {x.dtype}; accepted are floating-point features: look numbers of words up first")
            if x.dtype != wanted and not torch.is_autocast_enabled(x.device.type):
                raise ValueError(f"inputs has {x.dtype} and the module {wanted}; convert one of them, or use torch.autocast")


class SequenceFusion(Fusion):
    """A module from one sequence a modality (words, regions, frames) to one vector. Subclasses write `fuse_steps`.

    A modality given as (batch, d) counts as a sequence of one step, so every such variant also fuses vectors. What stands
    beyond the end of a sequence has no influence, and a missing modality is a sequence without any real step.
    """

    accepts = "sequences"

    def forward(
        self, *inputs: Tensor | None, mask: Tensor | None = None, lengths: Sequence[Tensor | None] | None = None
    ) -> Tensor:
        """Fuse a batch.

        Args:
            *inputs: (batch, length_m, dims[m]) or (batch, dims[m]) for each modality m, or None where the whole batch lacks it.
            mask: (batch, modalities) bool, true where the modality is there; all are where it is not given.
            lengths: for each modality (batch,) whole numbers, how many of its steps are real, or None where all are.

        Returns:
            (batch, out_dim).

        Raises:
            ValueError: inputs or lengths are more or fewer than the modalities, or a shape or type is not as above.
        """
        steps, real = self.cleaned_steps(inputs, mask, lengths)
        fused = self.fuse_steps(steps, real)
        if complete(inputs, mask) and lengths is None:
            return fused
        return keep(fused, torch.cat(real, dim=1).any(1, keepdim=True))

    def fuse_steps(self, steps: list[Tensor], real: list[Tensor]) -> Tensor:
        """(batch, out_dim) from steps (batch, length_m, dims[m]), zero where not real, and real (batch, length_m) bool."""
        raise NotImplementedError(f"{type(self).__name__} has no fuse_steps(steps, real); a subclass must write it")

    def cleaned_steps(
        self, inputs: Sequence[Tensor | None], mask: Tensor | None, lengths: Sequence[Tensor | None] | None
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Every modality as a sequence with zeros where nothing is, and which of its steps are real."""
        sequences = [x[:, None] if x is not None and x.ndim == 2 else x for x in inputs]
        there = self._there(sequences, mask, ndim=3)
        if complete(inputs, mask) and lengths is None:
            return sequences, [self._within(x, None, m) for m, x in enumerate(sequences)]
        batch, like = len(there), next(x for x in sequences if x is not None)
        sequences = [like.new_zeros(batch, 1, d) if x is None else x for x, d in zip(sequences, self.dims, strict=True)]
        real = [there[:, m, None] & self._within(x, None if inputs[m] is None else lengths, m) for m, x in enumerate(sequences)]
        return [keep(x, r[..., None]) for x, r in zip(sequences, real, strict=True)], real

    def _within(self, x: Tensor, lengths: Sequence[Tensor | None] | None, m: int) -> Tensor:
        """(batch, length) bool: true for the first lengths[m] steps of each sequence."""
        if lengths is not None and len(lengths) != len(self.dims):
            raise ValueError(f"lengths has {len(lengths)} entries; accepted is one a modality, {len(self.dims)}")
        if lengths is None or lengths[m] is None:
            return torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
        n = torch.as_tensor(lengths[m], device=x.device)
        if n.shape != x.shape[:1] or n.is_floating_point() or (n < 0).any() or (n > x.shape[1]).any():
            raise ValueError(f"lengths[{m}] is {lengths[m]}; accepted are {len(x)} whole numbers from 0 to {x.shape[1]}")
        return torch.arange(x.shape[1], device=x.device) < n[:, None]


def complete(inputs: Sequence[Tensor | None], mask: Tensor | None) -> bool:
    """Nothing is said to be missing, and no sequence is empty: asked first, for masks cost up to a twentieth of a step."""
    return mask is None and all(x is not None and (x.ndim < 3 or x.shape[1] > 0) for x in inputs)


def keep(x: Tensor, mask: Tensor, otherwise: float = 0.0) -> Tensor:
    """x where `mask`, which broadcasts to it, is true, and `otherwise` elsewhere, whatever stands there."""
    # mostly nothing is missing, and copying all of x to say so would cost a tenth of a step
    # where, not a product: NaN times zero is NaN
    return x if bool(mask.all()) else torch.where(mask, x, otherwise)


def shares(scores: Tensor, mask: Tensor, dim: int = 1) -> Tensor:
    """Softmax along `dim` among those where `mask` is true; where none is, all zeros."""
    # the lowest number and not -inf: a softmax of nothing but -inf is NaN, and so would be its gradient
    lowest = torch.finfo(scores.dtype).min
    return keep(keep(scores, mask, lowest).softmax(dim), mask)
