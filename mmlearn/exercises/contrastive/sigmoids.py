"""Every pair its own yes or no."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.exercises.contrastive.common import (
    HALF_A_GRADIENT,
    NO_GRADIENT,
    any_of,
    leaf,
    learns,
    nce,
    not_finite,
    number,
    one_way_logits,
)
from mmlearn.exercises.engine import Exercise, Mistake


def sigmoid_loss(S: Tensor, scale: float, bias: float) -> Tensor:
    """Not in the library, so that it can be graded."""
    signs = 2 * torch.eye(len(S), dtype=S.dtype) - 1
    return -functional.logsigmoid(signs * (scale * S + bias)).sum() / len(S)


def sigmoid_with(
    signs: Callable[[Tensor], Tensor] = lambda S: 2 * torch.eye(len(S), dtype=S.dtype) - 1,
    logits: Callable[..., Tensor] = lambda S, scale, bias: scale * S + bias,
    divide: Callable[[Tensor], float] = len,
) -> Callable[..., Tensor]:  # fmt: skip
    """The loss with a mistake in its signs, its logits or its mean."""
    return lambda S, scale, bias: -functional.logsigmoid(signs(S) * logits(S, scale, bias)).sum() / divide(S)


def sigmoid_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Cosines; the bias that training starts from; and a scale at which a plain sigmoid rounds to 0."""
    n = {"standard": 5, "large": 50}[variant]
    tiny = leaf([[0.9, 0.1], [0.2, 0.5]])
    mixed = rng.uniform(-0.8, 0.8, (n, n)) + 0.15 * np.eye(n)
    return [(tiny, 2.0, -1.0), (leaf(mixed), 10.0, -4.0), (leaf(mixed), 2000.0, -10.0)]


SIGMOID = Exercise(
    id="contrastive.sigmoid_loss",
    title="every pair its own yes or no",
    reference=sigmoid_loss,
    cases=sigmoid_cases,
    variants=("standard", "large"),
    agrees=learns,
    mistakes=[
        NO_GRADIENT,
        HALF_A_GRADIENT,
        Mistake("overflow", "right for small logits, but a sigmoid of -1500 is 0 to the last digit, and its logarithm infinite. "
                "functional.logsigmoid computes both in one step",
                when=lambda got, _, S, scale, bias: scale > 500 and not_finite(got)),
        Mistake("floor", "right for small logits. For large ones a floor or a clamp stops infinity, but it also stops the "
                "gradient. "
                "functional.logsigmoid needs no floor",
                when=lambda got, expected, S, scale, bias: scale > 500 and 0 < number(got) < number(expected)),
        Mistake("mean", "this is the mean over all n² entries. The sum is divided by n, the number of pairs: or the one pair "
                "in each row "
                "would hardly count", wrong=sigmoid_with(divide=lambda S: len(S) ** 2)),
        Mistake("summed", "this is the sum. Divide by n, the number of pairs", wrong=sigmoid_with(divide=lambda S: 1)),
        Mistake("no-signs", "mismatches are pulled together, like pairs. Their logit needs the other sign",
                wrong=sigmoid_with(signs=torch.ones_like)),
        Mistake("signs", "the signs are turned round: pairs are pushed apart and mismatches together",
                wrong=sigmoid_with(signs=lambda S: 1 - 2 * torch.eye(len(S), dtype=S.dtype))),
        Mistake("only-pairs", "only the diagonal counts here: nothing pushes mismatches apart, and all collapses",
                when=any_of(sigmoid_with(signs=lambda S: torch.eye(len(S), dtype=S.dtype)),
                            lambda S, scale, bias: -functional.logsigmoid(scale * S + bias).diagonal().mean())),
        Mistake("bias", "the bias was subtracted, or turned with the sign: it is added to scale · cosine, before the sign",
                when=any_of(sigmoid_with(logits=lambda S, scale, bias: scale * S - bias),
                            lambda S, scale, bias: -functional.logsigmoid(
                                (2 * torch.eye(len(S), dtype=S.dtype) - 1) * scale * S + bias).sum() / len(S))),
        Mistake("bracket", "the bias was multiplied by scale too. It is scale · cosine + bias: the bias stands alone",
                wrong=sigmoid_with(logits=lambda S, scale, bias: scale * (S + bias))),
        Mistake("twice", "this is twice the loss. Every entry stands for both directions at once: it is counted once, and the "
                "sum is "
                "divided by n", wrong=lambda *a: 2 * sigmoid_loss(*a)),
        Mistake("no-bias", "the bias is missing", wrong=sigmoid_with(logits=lambda S, scale, bias: scale * S)),
        Mistake("divided", "scale is 1/temperature: multiply by it",
                wrong=sigmoid_with(logits=lambda S, scale, bias: S / scale + bias)),
        Mistake("softmax", "this is a softmax over the batch, InfoNCE again. Here every entry is a question of its own, "
                "answered by a "
                "sigmoid", when=any_of(lambda S, scale, bias: nce(scale * S), lambda S, scale, bias: one_way_logits(scale * S))),
        Mistake("no-log", "these are probabilities. The loss is minus their logarithms",
                when=any_of(lambda S, scale, bias: -torch.sigmoid(
                    (2 * torch.eye(len(S), dtype=S.dtype) - 1) * (scale * S + bias)).sum() / len(S))),
        Mistake("sign", "the sign of the whole is turned round: a loss is positive", wrong=lambda *a: -sigmoid_loss(*a)),
    ],
    hints=(
        "Each of the n² entries asks: do these two belong together? The truth is yes on the diagonal and no elsewhere.",
        "The formula's z is a matrix that you can make from torch.eye. With it, one expression gives all n² logits of the "
        "*right* "
        "answers; functional.logsigmoid takes the logarithm of their probabilities safely.",
        "signs = 2 * torch.eye(len(S)) - …\nlogits = …\nreturn -functional.logsigmoid(signs * …).sum() / …",
    ),
)  # fmt: skip
