"""Quantising: a weight as a small whole number, times one scale a row.

Jacob et al. (2018), "Quantization and training of neural networks for efficient integer-arithmetic-only inference", CVPR,
section 2.1, here symmetric (zero is zero) and with a scale for each output.
"""

import copy
import warnings

import torch
from torch import Tensor, nn


def quantise(weight: Tensor, bits: int = 8) -> tuple[Tensor, Tensor]:
    """A matrix as whole numbers q from -(2^(bits-1) - 1) to 2^(bits-1) - 1 and scales s, so that weight ≈ s · q.

    Each row's largest weight becomes the largest whole number; a weight is then off by at most s / 2.

    Args:
        weight: (rows, ...).
        bits: 2 to 8.

    Returns:
        q int8 of the weight's shape, s (rows, 1, …) of its type.

    Raises:
        ValueError: bits out of range, or a weight that is not finite.
    """
    if bits not in range(2, 9):
        raise ValueError(f"bits is {bits}; accepted are 2 to 8")
    if not weight.isfinite().all():
        raise ValueError("weight has numbers that are not finite; there is no scale for them")
    most = 2 ** (bits - 1) - 1
    scale = weight.detach().flatten(1).abs().amax(1) / most
    scale = torch.where(scale > 0, scale, 1).view(-1, *[1] * (weight.ndim - 1))
    return (weight.detach() / scale).round().to(torch.int8), scale


def rounded(model: nn.Module, bits: int = 8) -> nn.Module:
    """A copy of a model whose matrices hold only what `quantise` can say; computed in floating point as before.

    It shows what the accuracy would be, not the time.
    """
    copied = copy.deepcopy(model)
    with torch.no_grad():
        for p in copied.parameters():
            if p.ndim > 1:
                q, scale = quantise(p, bits)
                p.copy_(scale * q)
    return copied


def to_int8(model: nn.Module) -> nn.Module:
    """A copy that really multiplies 8-bit whole numbers in its `nn.Linear` layers, by torch's own dynamic quantisation: the
    weights once, the activations batch by batch. For inference on a CPU.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*quantiz.*|.*torchao.*|.*TypedStorage.*")  # torch means to move it elsewhere
        from torch.ao.quantization import quantize_dynamic

        return quantize_dynamic(copy.deepcopy(model).cpu().eval(), {nn.Linear}, dtype=torch.qint8)
