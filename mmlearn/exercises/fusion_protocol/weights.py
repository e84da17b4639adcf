"""How much each modality counts: learned, and shared among those that are there; found, by who agrees with whom."""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of, same
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.engine.gradients import leaves
from mmlearn.exercises.fusion_protocol.common import array, only_nobody_is_nan, present
from mmlearn.fusion.base import shares


def learned(a: Tensor, mask: Tensor) -> Tensor:
    return shares(a.expand(mask.shape), mask)


def learned_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """All there; some missing; a row without anything; numbers that overflow a plain exp; one of 800 that is missing, and a
    missing one that is far above all that are there. The numbers want a gradient, in torch's usual float32.
    """
    b, n = {"standard": (4, 3), "large": (40, 6)}[variant]
    a = normal(rng, n).float()
    mask = present(rng, b, n)
    nobody, first, last = mask.clone(), torch.ones_like(mask), torch.ones_like(mask)
    nobody[-1], first[1:, 0], last[1:, -1] = False, False, False
    large, one = torch.cat([a[:-1] + 800, a[-1:] + 799]), torch.cat([a[:1] + 800, a[1:]])
    low = torch.cat([a[:-1] - 130, a[-1:]])
    cases = [(a, torch.ones_like(mask)), (a, mask), (a, nobody), (large, mask), (one, first), (low, last)]
    return [(numbers.clone().requires_grad_(), there) for numbers, there in cases]


def overshadowed(got: Any, expected: Tensor, a: Tensor, mask: Tensor) -> bool:
    """Wrong only in rows where a missing modality's number is far above all that are there."""
    wrong = ~np.isclose(array(got), array(expected), atol=1e-5).all(1)
    ahead = (a - torch.where(mask, a, -torch.inf).amax(1, keepdim=True)).masked_fill(mask, -torch.inf).amax(1).detach().numpy()
    return bool(wrong.any() and (ahead[wrong] > 50).all())


def overflows(got: Any, _: Any, a: Tensor, mask: Tensor) -> bool:
    """NaN, there or in the gradient, where a plain exp overflows; of numbers so low that it underflows nothing is asked."""
    return bool(a.min() < -100) or bool(a.max() > 700) and (bool(np.isnan(array(got)).any()) or bool(np.isnan(pull(got)).any()))


def pull(weights: Tensor) -> np.ndarray:
    """The gradient that reaches the free numbers from a sum of the weights with unequal factors."""
    factors = torch.arange(weights.numel(), dtype=weights.dtype).reshape(weights.shape).sin()
    return torch.autograd.grad((weights * factors).sum(), leaves(weights), retain_graph=True)[0].numpy()


def same_values(got: Any, expected: Any) -> bool:
    return same(got, expected, 1e-5)


def learns(got: Any, expected: Tensor) -> bool:
    """The right weights, and the right gradient through them."""
    flows = getattr(got, "requires_grad", False)
    return same_values(got, expected) and flows and np.allclose(pull(got), pull(expected), atol=1e-5)


def spread(a: Tensor, mask: Tensor) -> Tensor:
    return a.expand(mask.shape)


def ratio(a: Tensor, mask: Tensor) -> Tensor:
    return a * mask / (a * mask).sum(1, keepdim=True)


LEARNED = Exercise(
    id="fusion_protocol.learned_weights",
    title="shares of one, among those that are there",
    reference=learned,
    cases=learned_cases,
    variants=("standard", "large"),
    agrees=learns,
    mistakes=[
        Mistake("no-gradient", "the weights are right, but no gradient flows through them, so they cannot be learned. Stay with "
                "tensors, without .detach(), .item() or NumPy on the way",
                when=lambda got, expected, *_: same_values(got, expected) and not getattr(got, "requires_grad", False)),
        Mistake("nan-gradient", "the weights are right, but their gradient is NaN: somewhere on the way stood a softmax of "
                "nothing but "
                "-inf. Zeroing its result afterwards does not mend the way back. Use a very low number instead of -inf",
                when=lambda got, expected, *_: same_values(got, expected) and bool(np.isnan(pull(got)).any())),
        Mistake("nobody", "right, but for the row in which nothing is there: it must be zeros, not NaN", when=only_nobody_is_nan),
        Mistake("nobody-shares", "right, but for the row in which nothing is there: there the missing ones have got shares. "
                "It must "
                "be zeros", when=lambda got, expected, a, mask: not mask.any(1).all()
                and same_values(array(got)[mask.any(1).numpy()], expected[mask.any(1)])),
        Mistake("not-low-enough", "the missing ones got a low score, but not low enough: the a_m may be as low themselves, and "
                "then the missing ones take a share. The lowest number there is: torch.finfo(a.dtype).min",
                when=lambda got, expected, a, mask: bool(a.min() < -100)),
        Mistake("all-counted", "the softmax ran over all modalities, also the missing: if a missing one is much the largest, "
                "nothing is left to share. Mask before the softmax (and take off the largest of those that are there)",
                when=overshadowed),
        Mistake("overflow", "right for small numbers, but e to the 800 is infinite. softmax takes the largest off first",
                when=overflows),
        Mistake("mask-ignored", "missing modalities have got a share", wrong=lambda a, mask: spread(a, mask).softmax(1)),
        Mistake("not-shared", "the missing ones have no weight, but the others did not get theirs: rows must still sum to 1",
                wrong=lambda a, mask: torch.where(mask, spread(a, mask).softmax(1), 0.0)),
        Mistake("zero-score", "a score of 0 is no absence: e to the 0 is 1. The missing ones need a very low score",
                when=any_of(lambda a, mask: torch.where(mask, spread(a, mask), 0.0).softmax(1),
                            lambda a, mask: torch.where(mask, spread(a, mask), 0.0).softmax(1) * mask)),
        Mistake("axis", "the softmax runs down the batch. A row is an example: its weights sum to 1",
                when=any_of(lambda a, mask: shares(spread(a, mask), mask, dim=0),
                            lambda a, mask: torch.where(mask | ~mask.any(1, keepdim=True), a, -torch.inf).softmax(0) * mask)),
        Mistake("no-exp", "the numbers were divided by their sum. They may be negative: a softmax takes e to their power first",
                when=any_of(ratio, lambda a, mask: torch.where(mask.any(1, keepdim=True), ratio(a, mask), 0.0))),
        Mistake("equal", "every modality that is there got the same weight: where are the learned numbers?",
                when=lambda got, expected, a, mask: same_values(got, mask / mask.sum(1, keepdim=True).clamp(min=1))),
    ],
    hints=(
        "A softmax gives everybody something. Which score makes its share exactly 0? And what if all scores of a row are that "
        "low?",
        "masked_fill(~mask, lowest number) before the softmax, torch.where(mask, …, 0.0) after it. The lowest number is "
        "torch.finfo(a.dtype).min; a -inf that is *added* to a gives NaN in the gradient of a row of nothing but -inf.",
        "scores = a.expand(mask.shape).masked_fill(~mask, …)\nreturn torch.where(mask, …, 0.0)",
    ),
)  # fmt: skip


def agreement(hidden: Tensor) -> Tensor:
    """The mean cosine of each modality with the others, (b, n)."""
    unit = functional.normalize(hidden, dim=2)
    return ((unit @ unit.mT).sum(2) - 1) / (hidden.shape[1] - 1)


def found(hidden: Tensor, sharpness: float) -> Tensor:
    return (sharpness * agreement(hidden)).softmax(1)


def similar_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Three modalities of unequal lengths, two of them near each other; two; more of them, sharper; and three, very sharp."""
    b, n, k = {"standard": (4, 4, 6), "large": (50, 6, 24)}[variant]
    near = normal(rng, b, 1, k) + 0.5 * normal(rng, b, 3, k)
    near[:, 2] = normal(rng, b, k)
    lengths = torch.from_numpy(rng.uniform(0.2, 5, (b, 3, 1)))
    return [(near * lengths, 1.0), (normal(rng, b, 2, k), 3.0), (normal(rng, b, n, k) + 0.3, 5.0), (near, 1e4)]


def plain_sum(hidden: Tensor) -> Tensor:
    return agreement(hidden) * (hidden.shape[1] - 1)


def across(hidden: Tensor, itself: bool = False) -> Tensor:
    """`agreement`, but with lengths taken across the modalities; what it has with itself is taken off, or 1 for it."""
    unit = functional.normalize(hidden, dim=1)
    own = unit.square().sum(2) if itself else 1
    return ((unit @ unit.mT).sum(2) - own) / (hidden.shape[1] - 1)


def no_negative(hidden: Tensor) -> Tensor:
    """`agreement` of cosines that are cut off at 0."""
    unit = functional.normalize(hidden, dim=2)
    return ((unit @ unit.mT).clamp(min=0).sum(2) - 1) / (hidden.shape[1] - 1)


def with_mean(hidden: Tensor, unit: bool) -> Tensor:
    """The cosine of each modality with the mean of all, of the vectors or of those made of length one."""
    vectors = functional.normalize(hidden, dim=2) if unit else hidden
    return functional.cosine_similarity(vectors, vectors.mean(1, keepdim=True), dim=2)


SIMILAR = Exercise(
    id="fusion_protocol.similarity_weights",
    title="who agrees with the others counts more",
    reference=found,
    cases=similar_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("dots", "these are dot products: a long vector agrees with everybody. Bring all to length one first",
                wrong=lambda h, t: (t * ((h @ h.mT).sum(2) - h.square().sum(2)) / (h.shape[1] - 1)).softmax(1)),
        Mistake("overflow", "right for moderate sharpness, but e to the 9000 is infinite. softmax takes the largest off first",
                when=lambda got, expected, h, t: t > 100 and bool(np.isnan(array(got)).any())),
        Mistake("self", "the mean runs over n instead of the n - 1 others (whether the cosine with itself is in it, a 1 for "
                "everybody, makes no difference after a softmax)",
                wrong=lambda h, t: (t * (plain_sum(h) + 1) / h.shape[1]).softmax(1)),
        Mistake("sum", "the cosines were added up. Their mean over the n - 1 others is asked for",
                wrong=lambda h, t: (t * plain_sum(h)).softmax(1)),
        Mistake("no-softmax", "these are the mean cosines themselves. Weights are positive and sum to 1: a softmax of them",
                wrong=lambda h, t: t * agreement(h)),
        Mistake("shares", "these are the cosines divided by their sum. Cosines can be negative, so that weights could be: use a "
                "softmax", wrong=lambda h, t: agreement(h) / agreement(h).sum(1, keepdim=True)),
        Mistake("axis", "the softmax runs down the batch. The weights of one example sum to 1",
                wrong=lambda h, t: (t * agreement(h)).softmax(0)),
        Mistake("norm-axis", "the lengths were taken across the modalities. A vector runs along the last axis",
                when=any_of(lambda h, t: (t * across(h)).softmax(1), lambda h, t: (t * across(h, True)).softmax(1))),
        Mistake("no-negative", "negative cosines were cut off at 0. Who points the other way disagrees, and should count less",
                wrong=lambda h, t: (t * no_negative(h)).softmax(1)),
        Mistake("with-mean", "this is the cosine with the *mean* vector, of which each modality is itself a part. Take the mean "
                "of the cosines with the others",
                when=any_of(lambda h, t: (t * with_mean(h, True)).softmax(1), lambda h, t: (t * with_mean(h, False)).softmax(1))),
        Mistake("no-sharpness", "the sharpness was not used", wrong=lambda h, t: agreement(h).softmax(1)),
        Mistake("divided", "the mean cosines were divided by the sharpness. They are multiplied by it: it is no temperature",
                wrong=lambda h, t: (agreement(h) / t).softmax(1)),
        Mistake("outsider", "who agrees *least* has got most. The sign is turned round",
                wrong=lambda h, t: (-t * agreement(h)).softmax(1)),
    ],
    hints=(
        "All cosines of a row's n vectors with each other are one small matrix (n, n). What stands on its diagonal?",
        "functional.normalize(hidden, dim=2), then @ with its .mT gives (b, n, n). Sum along a row (with or without the 1 of "
        "the diagonal: a softmax does not notice what everybody has), divide by n - 1.",
        "unit = functional.normalize(hidden, dim=2)\ncosines = unit @ unit.mT\nagreement = …\nreturn (sharpness * "
        "agreement).softmax(…)",
    ),
)  # fmt: skip
