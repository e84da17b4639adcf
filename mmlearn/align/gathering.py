"""One batch over many machines: every process sees the embeddings of all, and gradients find their way back.

A contrastive loss compares each pair with all others, so it cannot be computed from one process's pairs alone. The rule is
short. Forward: gather, so that every process holds the whole batch and the whole loss. Backward: sum what all processes
say of a row, and hand it to the process the row came from. `DistributedDataParallel`, and so `accelerate`, then averages
the gradients of the weights over the processes: the sum over W processes of W equal losses, divided by W, is exactly the
gradient of one process on the whole batch. Without the sum it would be W times too small.
"""

from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist


def gather_with_gradient(x: Tensor) -> Tensor:
    """The rows of all processes, in their order: (n, …) -> (processes · n, …). Alone, x itself.

    Whole numbers and bools are gathered too, without gradients.

    Raises:
        ValueError: the processes hold different shapes.
        RuntimeError: another process is gone, or too late.
    """
    if not dist.is_available() or not dist.is_initialized() or dist.get_world_size() == 1:
        return x
    _check_shapes(x)
    return _Gather.apply(x)


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        parts = [torch.empty_like(x, memory_format=torch.contiguous_format) for _ in range(dist.get_world_size())]
        _together(dist.all_gather, parts, x.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        gradient = gradient.contiguous().clone()
        _together(dist.all_reduce, gradient)
        return gradient.chunk(dist.get_world_size())[dist.get_rank()]


def _together(collective: Any, *arguments: Any) -> None:
    """What all processes do at once; a lost one is named as the likely cause."""
    try:
        collective(*arguments)
    except RuntimeError as error:
        rank, processes = dist.get_rank(), dist.get_world_size()
        reason = str(error).splitlines()[0]
        raise RuntimeError(
            f"process {rank} of {processes} can no longer reach the others: one has ended, or is later than the time limit; "
            f"look for its own error first ({reason})"
        ) from None


def _check_shapes(x: Tensor) -> None:
    shapes: list = [None] * dist.get_world_size()
    _together(dist.all_gather_object, shapes, tuple(x.shape))
    if len(set(shapes)) > 1:
        raise ValueError(f"processes hold the shapes {', '.join(map(str, shapes))}; accepted are equal ones: drop the last batch")
