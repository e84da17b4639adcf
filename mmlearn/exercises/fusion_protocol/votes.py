"""Decisions of several modalities: averaged, and multiplied as Bayes' rule has it."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of, close
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.fusion_protocol.common import array, holds_nan, only_nobody_is_nan, present, zeroed
from mmlearn.fusion.simple import averaged

SIZES = {"standard": (4, 3, 2), "large": (40, 5, 7)}


def late_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """All there; some missing, with numbers in their place; nobody there in one row, and NaN in place of what is missing."""
    b, n, c = SIZES[variant]
    mask = present(rng, b, n)
    decisions, nobody = normal(rng, b, n, c), mask.clone()
    nobody[-1] = False
    spoilt = torch.where(nobody[:, :, None], decisions, torch.nan)
    return [(decisions, torch.ones_like(mask)), (decisions, mask), (spoilt, nobody)]


LATE = Exercise(
    id="fusion_protocol.late_fusion",
    title="the average of the decisions that are there",
    reference=averaged,
    cases=late_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("nobody", "right, but for the row in which nothing is there: 0 / 0 is NaN, and zeros are asked for. Divide by "
                "at least 1", when=only_nobody_is_nan),
        Mistake("nan", "what stands in the place of a missing modality may be NaN, and NaN · 0 is NaN. Choose with "
                "torch.where or "
                "masked_fill instead of multiplying", when=holds_nan),
        Mistake("mask-ignored", "this is the average of all entries, also of those that are missing",
                wrong=lambda d, mask: d.mean(1)),
        Mistake("nan-only", "NaN is taken care of, but what stands in the place of a missing modality may be an ordinary number, "
                "too: here such numbers were added up. The mask says which ones count",
                wrong=lambda d, mask: d.nan_to_num().sum(1) / mask.sum(1, keepdim=True).clamp(min=1)),
        Mistake("all-counted", "the missing ones add nothing, but they still count in the divisor: divide each row by how many "
                "are there", wrong=lambda d, mask: zeroed(d, mask).sum(1) / mask.shape[1]),
        Mistake("sum", "this is the sum of the decisions. The average is asked for",
                wrong=lambda d, mask: zeroed(d, mask).sum(1)),
        Mistake("batch-counted", "the sum was divided by how many entries of the *whole batch* are there, not of each row",
                wrong=lambda d, mask: zeroed(d, mask).sum(1) / mask.sum()),
        Mistake("largest", "this is the largest decision in each column. The average is asked for",
                wrong=lambda d, mask: d.masked_fill(~mask[:, :, None], -torch.inf).amax(1).nan_to_num(neginf=0.0)),
        Mistake("softmax", "the decisions were turned into probabilities first. Average them as they are",
                when=any_of(lambda d, mask: averaged(d.softmax(2), mask),
                            lambda d, mask: zeroed(d, mask).softmax(2).sum(1) / mask.sum(1, keepdim=True).clamp(min=1))),
    ],
    hints=(
        "Which entries may you touch at all? Make the others harmless first, then add up, then divide by a number that differs "
        "from row to row.",
        "torch.where(mask[:, :, None], decisions, 0.0) leaves nothing of what is missing. How many are there in each row is "
        "the sum "
        "of the mask's row; .clamp(min=1) keeps it off 0.",
        "there = torch.where(…)\nreturn there.sum(1) / mask.sum(1, keepdim=True).clamp(…)",
    ),
)  # fmt: skip


def bayes(log_p: Tensor, log_prior: Tensor, mask: Tensor) -> Tensor:
    """Log of Π p(y | x_m) / p(y)^(n - 1), normalised, over the modalities that are there."""
    return (log_prior + zeroed(log_p - log_prior, mask).sum(1)).log_softmax(1)


def bayes_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """All there; some missing; one row without anything, and NaN for what is missing; probabilities that round to 0."""
    b, n, c = SIZES[variant]
    c += 1
    mask, prior = present(rng, b, n), normal(rng, c).log_softmax(0)
    log_p, sharp = normal(rng, b, n, c).log_softmax(2), (1000 * normal(rng, b, n, c)).log_softmax(2)
    nobody = mask.clone()
    nobody[-1] = False
    spoilt = torch.where(nobody[:, :, None], log_p, torch.nan)
    every = torch.ones_like(mask)
    return [(log_p, prior, every), (log_p, prior, mask), (spoilt, prior, nobody), (sharp, prior, every)]


def rounds_to_zero(got: object, _: object, log_p: Tensor, *__: object) -> bool:
    """Infinite or NaN in the case whose logarithms are so low that probabilities round to 0, where all are there."""
    return bool(log_p.min() < -700) and not bool(np.isfinite(array(got)).all())


def everywhere_nan(got: object, _: object, log_p: Tensor, prior: Tensor, mask: Tensor) -> bool:
    """NaN in every row in which something is there, also where nothing is missing."""
    return bool(np.isnan(array(got)[mask.any(1).numpy()]).all())


def all_but_nobody(got: object, expected: Tensor, *arguments: Tensor) -> bool:
    """Right in every row but those where nothing is there."""
    there = arguments[-1].any(1)
    return not bool(there.all()) and close(array(got)[there.numpy()], expected[there])


def as_votes(*wrong: Callable) -> Callable:
    """The same probabilities as one of these, once normalised, in the rows where something is there."""

    def when(got: object, _: object, log_p: Tensor, prior: Tensor, mask: Tensor) -> bool:
        there = mask.any(1)
        mine = torch.as_tensor(array(got))[there].softmax(1)
        return any(close(mine, one(log_p, prior, mask)[there].softmax(1)) for one in wrong)

    return when


BAYES = Exercise(
    id="fusion_protocol.bayes_votes",
    title="votes multiplied, the prior counted once",
    reference=bayes,
    cases=bayes_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("underflow", "right at moderate probabilities, but one whose logarithm is -2000 rounds to 0, and its "
                "logarithm is "
                "infinite. Stay with logarithms: add them, and let log_softmax normalise", when=rounds_to_zero),
        Mistake("log-again", "NaN in every row: log_p and log_prior are logarithms already, and a second logarithm, of a "
                "negative number, is NaN", when=everywhere_nan),
        Mistake("nobody", "right, but for the row in which nothing is there: it must give the prior", when=all_but_nobody),
        Mistake("nan", "what stands in the place of a missing modality may be NaN: choose with torch.where or masked_fill "
                "instead "
                "of multiplying", when=holds_nan),
        Mistake("prior-kept", "each posterior holds the prior once, so your product holds it n times. It may count only once",
                wrong=lambda log_p, prior, mask: zeroed(log_p, mask).sum(1).log_softmax(1)),
        Mistake("prior-lost", "the prior was taken out of *every* posterior and not put back: n - 1 of the n are to be removed",
                wrong=lambda log_p, prior, mask: zeroed(log_p - prior, mask).sum(1).log_softmax(1)),
        Mistake("one-taken", "one prior was taken out, in every row. With n modalities there n - 1 are too many",
                wrong=lambda log_p, prior, mask: (zeroed(log_p, mask).sum(1) - prior).log_softmax(1)),
        Mistake("prior-added", "the prior was multiplied n - 1 times more instead of being taken out",
                wrong=lambda log_p, prior, mask: (zeroed(log_p + prior, mask).sum(1) - prior).log_softmax(1)),
        Mistake("all-counted", "n - 1 priors were taken out with n the number of *all* modalities. In each row n is how many are "
                "there",
                wrong=lambda log_p, prior, mask: (zeroed(log_p, mask).sum(1) - (mask.shape[1] - 1) * prior).log_softmax(1)),
        Mistake("mask-ignored", "missing modalities have voted too", wrong=lambda log_p, prior, mask:
                (log_p.sum(1) - (log_p.shape[1] - 1) * prior).log_softmax(1)),
        Mistake("not-normalised", "the classes are in the right order, but a row's probabilities do not add up to 1: "
                "log_softmax along a row, and "
                "as the last step", when=lambda got, expected, *_: close(torch.as_tensor(array(got)).log_softmax(1), expected)),
        Mistake("axis", "log_softmax runs down the batch. The classes of one row are what adds up to 1",
                wrong=lambda log_p, prior, mask: (prior + zeroed(log_p - prior, mask).sum(1)).log_softmax(0)),
        Mistake("averaged", "the votes were averaged. Here they are multiplied: their logarithms are added",
                when=as_votes(lambda log_p, prior, mask: averaged(log_p, mask),
                              lambda log_p, prior, mask: averaged(log_p.exp(), mask).log())),
        Mistake("probabilities", "these are probabilities. Their logarithms are asked for",
                wrong=lambda log_p, prior, mask: bayes(log_p, prior, mask).exp()),
    ],
    hints=(
        "With logarithms a product is a sum and a power is a factor. How many priors are too many in a row with one modality? In "
        "one with none?",
        "What does a modality say *beyond* the prior? log p(y | x_m) - log p(y). Add that up over what is there, and add the "
        "prior once. Normalising is log_softmax.",
        "evidence = torch.where(mask[:, :, None], …, 0.0)\nreturn (log_prior + …).log_softmax(1)",
    ),
)  # fmt: skip
