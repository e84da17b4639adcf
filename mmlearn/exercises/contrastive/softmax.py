"""InfoNCE, and how low it can get."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.exercises.contrastive.common import (
    HALF_A_GRADIENT,
    NO_GRADIENT,
    any_of,
    cosines,
    diagonal_mask,
    info_nce,
    leaf,
    learns,
    nce,
    not_finite,
    number,
    one_way,
    one_way_logits,
    same_number,
)
from mmlearn.exercises.engine import Exercise, Mistake


def nce_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Rows of unequal length, a small batch, a larger one, and a temperature at which a plain exp is infinite, or 0."""
    n, d = {"standard": (5, 4), "large": (64, 32)}[variant]

    def pairs(n: int, d: int) -> tuple[Tensor, Tensor]:
        a = rng.normal(size=(n, d))
        lengths = rng.uniform(0.3, 4, size=(2, n, 1))
        return leaf(a * lengths[0]), leaf((a + 0.8 * rng.normal(size=(n, d))) * lengths[1])

    sharp = pairs(n, d)
    sharp[1].data[0] = -2 * sharp[0].data[0]  # a partner that is opposite: to softmax its share is 0 to the last digit
    return [(*pairs(2, 3), 0.5), (*pairs(n, d), 0.2), (*sharp, 0.0005)]


def without_own(a: Tensor, b: Tensor, t: float) -> Tensor:
    z = cosines(a, b) / t
    others = z.masked_fill(diagonal_mask(z), -math.inf)
    return ((others.logsumexp(1) + others.logsumexp(0)) / 2 - z.diagonal()).mean()


INFO_NCE = Exercise(
    id="contrastive.info_nce",
    title="which caption belongs to this picture, which picture to this caption?",
    reference=info_nce,
    cases=nce_cases,
    variants=("standard", "large"),
    agrees=learns,
    mistakes=[
        NO_GRADIENT,
        HALF_A_GRADIENT,
        Mistake("underflow", "right at moderate temperatures, but for a partner far less similar than another the softmax rounds "
                "to 0, and the logarithm of that is infinite. Use cross_entropy, logsumexp or log_softmax, which compute both in "
                "one step", when=lambda got, expected, a, b, t: t < 0.01 and number(got) == math.inf),
        Mistake("overflow", "right at moderate temperatures, but cos/T reaches 2000 in one case, and e to that is infinite. Use "
                "cross_entropy, logsumexp or log_softmax, which take the largest off first", when=lambda got, expected, a, b, t:
                t < 0.01 and not_finite(got)),
        Mistake("floor", "right at moderate temperatures. At sharp ones a small constant or a clamp stops infinity, but it also "
                "changes the loss and stops the gradient. cross_entropy, logsumexp and log_softmax need none",
                when=lambda got, expected, a, b, t: t < 0.01 and 0 <= number(got) < number(expected)
                and not same_number(got, one_way(a, b, t)) and not same_number(got, one_way(b, a, t))),
        Mistake("one-normalised", "only one of the two was brought to length one. Cosines need both",
                when=any_of(lambda a, b, t: nce(functional.normalize(a, dim=1) @ b.T / t),
                            lambda a, b, t: nce(a @ functional.normalize(b, dim=1).T / t))),
        Mistake("softmax-twice", "cross_entropy takes logits and applies the softmax itself. Here it was given probabilities: "
                "softmax, twice",
                when=any_of(lambda a, b, t: nce((cosines(a, b) / t).softmax(1)),
                            lambda a, b, t: nce((cosines(a, b) / t).softmax(0)),
                            lambda a, b, t: (one_way_logits((cosines(a, b) / t).softmax(1))
                                             + one_way_logits((cosines(b, a) / t).softmax(1))) / 2)),
        Mistake("length", "the rows were not brought to length one: these are dot products, and long rows win. Cosines are "
                "asked for",
                wrong=lambda a, b, t: nce(a @ b.T / t)),
        Mistake("columns", "you normalised the columns. A row is an item: which axis runs along a row?",
                wrong=lambda a, b, t: nce(functional.normalize(a, dim=0) @ functional.normalize(b, dim=0).T / t)),
        Mistake("one-direction", "this is one direction. The other one, captions looking for pictures, is the same along the "
                "columns",
                when=any_of(one_way, lambda a, b, t: one_way(b, a, t), lambda a, b, t: one_way(a, b, t) / 2)),
        Mistake("not-halved", "the two directions were added. Their mean is asked for, so that chance is ln(n), not 2 ln(n)",
                wrong=lambda a, b, t: 2 * info_nce(a, b, t)),
        Mistake("summed", "this is the sum over the batch. The mean is asked for",
                when=any_of(lambda a, b, t: info_nce(a, b, t) * len(a), lambda a, b, t: info_nce(a, b, t) * 2 * len(a))),
        Mistake("times", "the cosines were multiplied by the temperature. They are divided by it",
                wrong=lambda a, b, t: nce(cosines(a, b) * t)),
        Mistake("no-temperature", "the temperature was not used", wrong=lambda a, b, t: nce(cosines(a, b))),
        Mistake("without-own", "the partner is missing from the denominator: softmax runs over all captions of the batch, its "
                "own "
                "included", wrong=without_own),
        Mistake("no-log", "this is the mean probability of the partner. The loss is minus its logarithm",
                when=any_of(*(lambda a, b, t, s=s: s * ((cosines(a, b) / t).softmax(1).diagonal().mean()
                              + (cosines(a, b) / t).softmax(0).diagonal().mean()) / 2 for s in (1, -1)))),
        Mistake("sign", "the sign is turned round: a loss is positive and falls as pairs agree",
                wrong=lambda a, b, t: -info_nce(a, b, t)),
        Mistake("distances", "these are squared distances. They grow as vectors part: cosines are asked for",
                when=any_of(lambda a, b, t: nce(torch.cdist(functional.normalize(a), functional.normalize(b)) ** 2 / t),
                            lambda a, b, t: nce(torch.cdist(a, b) ** 2 / t))),
    ],
    hints=(
        "It is the cross-entropy of chapter 01, with the captions of the batch as classes. Which class is right for picture i?",
        "You need a matrix (n, n) of logits: cosines, divided by the temperature. functional.cross_entropy takes such logits and "
        "the number of each row's right class. For the other direction, whose rows are they?",
        "a, b = functional.normalize(…), functional.normalize(…)\nlogits = a @ … / …\nright = torch.arange(len(a))\n"
        "return (functional.cross_entropy(logits, …) + functional.cross_entropy(…, …)) / 2",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def floor(n: int, temperature: float) -> float:
    """The lowest InfoNCE loss of n pairs of unit vectors."""
    return math.log1p((n - 1) * math.exp(-n / (n - 1) / temperature))


def at(own: float, other: Callable[[int], float]) -> Callable[[int, float], float]:
    """The loss if partners have one cosine and mismatches another."""
    return lambda n, t: math.log1p((n - 1) * math.exp((other(n) - own) / t))


FLOOR = Exercise(
    id="contrastive.floor",
    title="how low can the loss get at this temperature?",
    reference=floor,
    cases=lambda rng, variant: [
        (2, 1.0), (8, 0.5), (int(rng.integers(100, 600 if variant == "standard" else 5000)), 1.0), (512, 0.1), (64, 0.001)],
    variants=("standard", "large"),
    agrees=lambda got, expected: isinstance(got, (float, np.floating)) and same_number(got, expected),
    mistakes=[
        Mistake("tensor", "the number is right, but not a Python float, which was asked for: float(…) or .item() makes one",
                when=lambda got, expected, *_: not isinstance(got, (float, np.floating)) and same_number(got, expected)),
        Mistake("no-count", "all n - 1 mismatches share the denominator with the partner: here only one of them does",
                wrong=lambda n, t: math.log1p(math.exp(-n / (n - 1) / t))),
        Mistake("mismatch-sign", "the mismatches' cosine is *minus* 1/(n - 1): they are turned away from each other",
                wrong=at(1, lambda n: 1 / (n - 1))),
        Mistake("summed", "the loss is a mean, over the batch and over both directions: in the best batch every row and every "
                "column costs the same, and so does their mean",
                when=any_of(lambda n, t: 2 * floor(n, t), lambda n, t: n * floor(n, t), lambda n, t: 2 * n * floor(n, t))),
        Mistake("overflow", "right at moderate temperatures, but e^(1/T) overflows at T = 0.001. Divide through by it first: "
                "only "
                "e to a *negative* number is left",
                when=lambda got, _, n, t: t < 0.01 and not_finite(got)),
        Mistake("opposite", "here every mismatch has cosine -1. But n vectors cannot all be opposite to one another: the lowest "
                "cosine that all mismatches can have at once is -1/(n - 1)", wrong=at(1, lambda n: -1)),
        Mistake("orthogonal", "here mismatches have cosine 0. They can do a little better: -1/(n - 1)", wrong=at(1, lambda n: 0)),
        Mistake("one-over-n", "the mismatches' cosine is -1/(n - 1), not -1/n. (With two pairs: -1.)",
                wrong=at(1, lambda n: -1 / n)),
        Mistake("chance", "ln(n) is the loss of knowing nothing, where all cosines are equal", wrong=lambda n, t: math.log(n)),
        Mistake("times", "the cosines were multiplied by the temperature. They are divided by it",
                wrong=lambda n, t: math.log1p((n - 1) * math.exp(-n / (n - 1) * t))),
        Mistake("n-mismatches", "a picture has n - 1 mismatches, and the partner is in the denominator once",
                when=any_of(lambda n, t: math.log1p(n * math.exp(-n / (n - 1) / t)))),
        Mistake("no-partner", "the partner is missing from the denominator: softmax runs over all captions, its own included",
                wrong=lambda n, t: math.log(n - 1) - n / (n - 1) / t),
        Mistake("probability", "this is the probability of the partner. The loss is minus its logarithm",
                wrong=lambda n, t: math.exp(-floor(n, t))),
        Mistake("sign", "the sign is turned round: the loss is *minus* the logarithm of a probability, so not below 0",
                when=lambda got, expected, *_: same_number(-number(got), expected)),
        Mistake("base", "this is a logarithm of another base. Cross-entropy uses the natural one",
                when=any_of(lambda n, t: floor(n, t) / math.log(2), lambda n, t: floor(n, t) / math.log(10))),
    ],
    hints=(
        "In the best batch every row of cosines looks the same: one entry for the partner, n - 1 equal entries for the others. "
        "(Why those: the n vectors add up to nothing, so that each one's n cosines, its own 1 among them, add up to 0.)",
        "Write down the logits of one row and the softmax probability of the partner; the loss is minus its logarithm. Only "
        "then make it safe: which factor can be taken out above and below, so that no exponent is positive?",
        "apart = 1 + 1 / (n - 1)  # how much closer the partner is\nreturn math.log(1 + (n - 1) * math.exp(…))",
    ),
)  # fmt: skip
