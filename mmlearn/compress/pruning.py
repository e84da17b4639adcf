"""Pruning: leave out the weights that matter least, taking small for unimportant.

LeCun, Denker and Solla (1990), "Optimal brain damage", NIPS, judged weights by what the loss would lose; Han, Pool, Tran and
Dally (2015), "Learning both weights and connections for efficient neural networks", NIPS, by their size, as is done here.
"""

import copy

import torch
from torch import Tensor, nn


def magnitude_masks(weights: list[Tensor], share: float) -> list[Tensor]:
    """Which weights to keep, bool of their shapes: all but the `share` of smallest size, in all tensors together.

    round(share × number of weights) are left out; of equal ones those that come first.

    Raises:
        ValueError: share is not from 0 to 1, or there is no weight.
    """
    if not 0 <= share <= 1 or not weights:
        raise ValueError(f"share is {share} for {len(weights)} tensors; accepted are 0 to 1, and at least one tensor")
    sizes = torch.cat([w.detach().abs().flatten() for w in weights])
    keep = torch.ones(len(sizes), dtype=torch.bool, device=sizes.device)
    keep[sizes.sort(stable=True).indices[: round(share * len(sizes))]] = False
    return [part.view_as(w) for part, w in zip(keep.split([w.numel() for w in weights]), weights, strict=True)]


def prune(model: nn.Module, share: float) -> nn.Module:
    """A copy of a model in which the `share` of smallest weights is zero; vectors, such as biases, stay whole.

    It is not faster: a matrix with zeros costs as much to multiply with, unless the machine can skip them.
    """
    pruned = copy.deepcopy(model)
    weights = [p for p in pruned.parameters() if p.ndim > 1]
    with torch.no_grad():
        for weight, keep in zip(weights, magnitude_masks(weights, share), strict=True):
            weight.mul_(keep)
    return pruned


def prune_units(first: nn.Linear, second: nn.Linear, share: float) -> tuple[nn.Linear, nn.Linear]:
    """Two layers, with only something elementwise between them, without the `share` of units that say least: really smaller.

    A unit says as much as |weights into it| × |weights out of it|, lengths of vectors, the bias counted among those into it.

    Raises:
        ValueError: the layers do not follow each other, or share would leave no unit.
    """
    if first.out_features != second.in_features:
        raise ValueError(f"first gives {first.out_features} numbers and second takes {second.in_features}; they must be as many")
    units = first.out_features
    left = units - round(share * units)
    if not 0 <= share < 1 or not left:
        raise ValueError(f"share is {share} of {units} units; accepted is a share from 0 that leaves at least one")
    into = first.weight if first.bias is None else torch.cat([first.weight, first.bias[:, None]], dim=1)
    says = into.detach().norm(dim=1) * second.weight.detach().norm(dim=0)
    keep = says.sort(descending=True, stable=True).indices[:left].sort().values
    a = nn.Linear(first.in_features, left, bias=first.bias is not None).to(first.weight)
    b = nn.Linear(left, second.out_features, bias=second.bias is not None).to(second.weight)
    with torch.no_grad():
        a.weight.copy_(first.weight[keep])
        b.weight.copy_(second.weight[:, keep])
        if first.bias is not None:
            a.bias.copy_(first.bias[keep])
        if second.bias is not None:
            b.bias.copy_(second.bias)
    return a, b
