"""Exact Shapley values: what each modality adds, averaged over all orders in which the modalities could have come.

Shapley (1953), "A value for n-person games", Contributions to the Theory of Games II. For features of a model: Lundberg and Lee
(2017), "A unified approach to interpreting model predictions", NIPS. With thousands of features one has to sample orders; with
three modalities there are eight sets, and nothing stands in the way of the exact sum.
"""

import itertools
from collections.abc import Callable, Sequence
from math import factorial

import torch
from torch import Tensor

MOST = 12
"""Modalities; as many have 4,096 sets, each of which is one run of the model."""


def subsets(modalities: int) -> Tensor:
    """All sets of modalities, (2 ** modalities, modalities) bool; row i has modality m where bit m of i is 1.

    Raises:
        ValueError: fewer than 1 or more than `MOST`.
    """
    if not 1 <= modalities <= MOST:
        raise ValueError(f"modalities is {modalities}; accepted are 1 to {MOST}")
    return (torch.arange(2**modalities)[:, None] >> torch.arange(modalities) & 1).bool()


def shapley_values(value: Callable[[Tensor], Tensor], modalities: int) -> Tensor:
    """φ_m = Σ over sets S without m of |S|! (M - |S| - 1)! / M! · (v(S ∪ m) - v(S)).

    They sum to v(all) - v(none); a modality that never changes v gets 0; two that always do the same get the same.

    Args:
        value: v, from a set (modalities,) bool to a tensor of any shape, the same for every set (such as one number a row).
        modalities: M.

    Returns:
        (modalities, ...): φ, each of the shape of a value.

    Raises:
        ValueError: fewer than 1 or more than `MOST` modalities.
    """
    values = torch.stack([torch.as_tensor(value(there)) for there in subsets(modalities)])  # (2 ** M, ...)
    phi = torch.zeros(modalities, *values.shape[1:], dtype=values.dtype)
    for number, there in enumerate(subsets(modalities)):
        size = int(there.sum())
        for m in torch.nonzero(~there).flatten().tolist():
            weight = factorial(size) * factorial(modalities - size - 1) / factorial(modalities)
            phi[m] += weight * (values[number | 1 << m] - values[number])
    return phi


def interaction(value: Callable[[Tensor], Tensor], modalities: int) -> Tensor:
    """What two modalities give together beyond what each gives alone: the Shapley interaction index,

    I_ab = Σ over sets S without a, b of |S|! (M - |S| - 2)! / (M - 1)! · (v(S ∪ ab) - v(S ∪ a) - v(S ∪ b) + v(S)).

    Above 0 they complete each other (synergy), below 0 they repeat each other (redundancy). Grabisch and Roubens (1999), "An
    axiomatic approach to the concept of interaction among players in cooperative games", International Journal of Game Theory 28.

    Returns:
        (modalities, modalities, ...): symmetric, zeros on the diagonal.

    Raises:
        ValueError: fewer than 2 or more than `MOST` modalities.
    """
    if modalities < 2:
        raise ValueError(f"modalities is {modalities}; an interaction takes 2 or more")
    values = torch.stack([torch.as_tensor(value(there)) for there in subsets(modalities)])
    found = torch.zeros(modalities, modalities, *values.shape[1:], dtype=values.dtype)
    for a, b in itertools.combinations(range(modalities), 2):
        for number, there in enumerate(subsets(modalities)):
            if there[a] or there[b]:
                continue
            size = int(there.sum())
            weight = factorial(size) * factorial(modalities - size - 2) / factorial(modalities - 1)
            joint = values[number | 1 << a | 1 << b] - values[number | 1 << a] - values[number | 1 << b] + values[number]
            found[a, b] += weight * joint
        found[b, a] = found[a, b]
    return found


@torch.no_grad()
def modality_shapley(model: Callable[..., Tensor], inputs: Sequence[Tensor], target: Tensor) -> Tensor:
    """How much each modality moved the model's probability of a class, for every row.

    v(S) is softmax(model(*inputs, mask=S))[target]: a modality outside S is *missing*, as the model was made to take it, not
    replaced by a mean. A model that never met missing modalities in training answers strangely there, and so do its values.

    Args:
        model: called as a fusion is, with `mask`; gives logits (batch, classes).
        inputs: one tensor a modality, (batch, ...).
        target: (batch,) the class in question of each row, such as the one that was decided for.

    Returns:
        (batch, modalities): the sum of a row is its probability with all modalities less that with none.

    Raises:
        ValueError: target is not one class a row.
    """
    batch = len(inputs[0])
    if target.shape != (batch,):
        raise ValueError(f"target has shape {tuple(target.shape)}; accepted is one class a row, ({batch},)")

    def value(there: Tensor) -> Tensor:
        probabilities = model(*inputs, mask=there.to(inputs[0].device).expand(batch, -1)).softmax(1)
        return probabilities.gather(1, target[:, None])[:, 0].cpu()

    return shapley_values(value, len(inputs)).T
