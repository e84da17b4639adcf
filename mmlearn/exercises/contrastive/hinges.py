"""Hinges: the hardest negatives, and those that are semi-hard."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.contrastive.common import (
    HALF_A_GRADIENT,
    NO_GRADIENT,
    any_of,
    array,
    diagonal_mask,
    leaf,
    learns,
)
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import plain


def hinges(S: Tensor, margin: float, fill: float = -math.inf) -> Tensor:
    """The n hinges of the rows, each with its hardest negative."""
    return (margin + S.masked_fill(diagonal_mask(S), fill).amax(dim=1) - S.diagonal()).clamp_min(0)


def triplet(S: Tensor, margin: float) -> Tensor:
    """`align.triplet_loss` with the hardest negatives, from cosines."""
    return hinges(S, margin).sum() + hinges(S.T, margin).sum()


def triplet_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """By hand; random; and cosines below 0, where a diagonal that was set to 0 would win."""
    n = {"standard": 6, "large": 60}[variant]
    tiny = leaf([[0.9, 0.3, 0.8], [0.2, 0.5, 0.6], [0.1, 0.45, 0.4]])
    mixed = rng.uniform(-0.6, 0.6, (n, n)) + 0.3 * np.eye(n)
    below = rng.uniform(-0.9, -0.5, (n, n))
    return [(tiny, 0.2), (leaf(mixed), 0.2), (leaf(below), 0.1)]


def every_negative(S: Tensor, margin: float, mean: bool = False) -> Tensor:
    both = 0
    for T in (S, S.T):
        terms = (margin + T - T.diagonal()[:, None]).clamp_min(0).masked_fill(diagonal_mask(T), 0)
        both = both + terms.sum() / (len(S) - 1 if mean else 1)
    return both


def unhinged(S: Tensor, margin: float) -> Tensor:
    return sum((margin + T.masked_fill(diagonal_mask(T), -math.inf).amax(1) - T.diagonal()).sum() for T in (S, S.T))


def turned_hinge(S: Tensor, margin: float) -> Tensor:
    return sum((margin - T.masked_fill(diagonal_mask(T), -math.inf).amax(1) + T.diagonal()).clamp_min(0).sum() for T in (S, S.T))


def all_against_all(S: Tensor, margin: float) -> list[Tensor]:
    """The two directions, each with n² hinges: the hardest of every row against the partner of every other."""
    mixed = [margin + T.masked_fill(diagonal_mask(T), -math.inf).amax(1)[:, None] - T.diagonal() for T in (S, S.T)]
    return [terms.clamp_min(0).sum() for terms in mixed]


def broadcast_hinges(*both: bool) -> Callable[[Tensor, float], Tensor]:
    """For rows and for columns: whether a column (n, 1) met a vector (n,)."""

    def loss(S: Tensor, margin: float) -> Tensor:
        right = [hinges(S, margin).sum(), hinges(S.T, margin).sum()]
        return sum(mixed if wrong else one for wrong, mixed, one in zip(both, all_against_all(S, margin), right, strict=True))

    return loss


TRIPLET = Exercise(
    id="contrastive.triplet",
    title="the partner closer than the hardest mismatch, by a margin",
    reference=triplet,
    cases=triplet_cases,
    variants=("standard", "large"),
    agrees=learns,
    mistakes=[
        NO_GRADIENT,
        HALF_A_GRADIENT,
        Mistake("one-direction", "this is one direction only. Pictures look for captions and captions for pictures: 2n hinges",
                when=any_of(lambda S, m: hinges(S, m).sum(), lambda S, m: hinges(S.T, m).sum())),
        Mistake("twice", "this is one direction, counted twice. The other one has its own hardest mismatches, down the columns",
                when=any_of(lambda S, m: 2 * hinges(S, m).sum(), lambda S, m: 2 * hinges(S.T, m).sum())),
        Mistake("mean", "this is a mean. The hinges are summed here, over the batch and both directions",
                when=any_of(*(lambda S, m, k=k: triplet(S, m) / (k * len(S)) for k in (1, 2)), lambda S, m: triplet(S, m) / 2)),
        Mistake("own", "the partner itself was among the candidates for the hardest mismatch. Take the diagonal out first",
                wrong=lambda S, m: sum((m + T.amax(1) - T.diagonal()).clamp_min(0).sum() for T in (S, S.T))),
        Mistake("zero-diagonal", "right as long as some mismatch is above 0. The diagonal was set to 0, and where all mismatches "
                "are negative that 0 wins. Which number never wins a maximum?",
                wrong=lambda S, m: hinges(S, m, 0.0).sum() + hinges(S.T, m, 0.0).sum()),
        Mistake("no-hinge", "pairs that are well apart already give a negative number here, and pay for others. Each hinge is at "
                "least 0, before the sum", when=any_of(unhinged, lambda S, m: unhinged(S, m).clamp_min(0))),
        Mistake("no-margin", "the margin is missing: being closer is not enough, it has to be closer by the margin",
                wrong=lambda S, m: triplet(S, 0.0)),
        Mistake("sign", "the sign is turned round: a loss is high where the mismatch is *more* similar than the partner",
                wrong=turned_hinge),
        Mistake("all", "every mismatch was counted. Each row, and each column, has one hinge: that of its most similar mismatch",
                when=any_of(every_negative, lambda S, m: every_negative(S, m, mean=True))),
        Mistake("matrix", "these are n² hinges: a column of shape (n, 1) minus a vector of shape (n,) is a matrix. Each maximum "
                "meets its own partner only, so both need the shape (n,): is there a keepdim, or a [:, None], on one of them?",
                when=any_of(*(broadcast_hinges(*both) for both in ((True, False), (False, True), (True, True))))),
        Mistake("larger-direction", "of each pair's two hinges you took the larger one. Both count: they are added",
                wrong=lambda S, m: torch.maximum(hinges(S, m), hinges(S.T, m)).sum()),
        Mistake("easiest", "this is the least similar mismatch, the easiest one. The hardest is the most similar",
                wrong=lambda S, m: sum((m + T.masked_fill(diagonal_mask(T), math.inf).amin(1) - T.diagonal()).clamp_min(0).sum()
                                       for T in (S, S.T))),
    ],
    hints=(
        "For one picture: which wrong caption is most similar to it, and by how much is it too similar?",
        "A matrix like S in which the partners can never win a maximum gives you all n maxima at once, along one axis; along the "
        "other axis those of the captions. Each becomes a hinge with the diagonal, and only then everything is summed.",
        "own = S.diagonal()\nothers = S.masked_fill(torch.eye(len(S), dtype=torch.bool), …)\n"
        "rows = (margin + others.amax(dim=…) - own).clamp_min(…)\ncolumns = …\nreturn rows.sum() + …",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def semi_hard(S: Tensor, margin: float) -> Tensor:
    """Which mismatches are less similar than the partner, but by less than the margin."""
    own = S.diagonal()[:, None]
    return (S < own) & (S > own - margin)


def semi_hard_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """By hand; one whose cosines lie exactly on both borders (and are exact in binary); random."""
    n = {"standard": 6, "large": 80}[variant]
    tiny = torch.tensor([[0.9, 0.3, 0.8], [0.2, 0.5, 0.6], [0.1, 0.35, 0.4]], dtype=torch.float64)
    mixed = torch.from_numpy(rng.uniform(-0.5, 0.5, (n, n)) + 0.2 * np.eye(n))
    level = torch.tensor([[0.5, 0.5, 0.25, 0.625], [0.0, 0.25, 0.25, 0.125], [0.5, 0.75, 0.75, 0.625], [0.0, 0.25, 0.375, 0.5]],
                         dtype=torch.float64)  # fmt: skip
    return [(tiny, 0.2), (level, 0.25), (mixed, 0.2), (mixed.T.contiguous(), 0.5)]


def equals(wrong: Callable[..., Tensor]) -> Callable[..., bool]:
    return lambda got, _, *arguments: np.array_equal(array(got).astype(bool), plain(wrong(*arguments)))


def one_of(*wrong: Callable[..., Tensor]) -> Callable[..., bool]:
    return lambda got, expected, *arguments: any(equals(function)(got, expected, *arguments) for function in wrong)


def apart(S: Tensor) -> Tensor:
    """How much less similar than the row's partner, (n, n)."""
    return S.diagonal()[:, None] - S


SEMI_HARD = Exercise(
    id="contrastive.semi_hard",
    title="not too easy, not too hard",
    reference=semi_hard,
    cases=semi_hard_cases,
    variants=("standard", "large"),
    agrees=lambda got, expected: array(got).dtype == bool and np.array_equal(array(got), plain(expected)),
    mistakes=[
        Mistake("number", "right, but as numbers. A mask is bool: true or false",
                when=lambda got, expected, *_: array(got).dtype != bool and np.array_equal(array(got) != 0, plain(expected))),
        Mistake("or", "nearly everything is true: one of two conditions is always met. Both have to hold at once: & and not |",
                when=one_of(lambda S, m: (apart(S) < m) | (apart(S) > 0), lambda S, m: (apart(S) <= m) | (apart(S) >= 0),
                            lambda S, m: ((apart(S) < m) | (apart(S) > 0)) & ~diagonal_mask(S))),
        Mistake("both-sides", "these are all within the margin of the partner, above it as well as below. Semi-hard ones are "
                "below",
                when=one_of(lambda S, m: apart(S).abs() < m, lambda S, m: (apart(S).abs() < m) & ~diagonal_mask(S))),
        Mistake("border", "right but for the borders: exactly as similar as the partner, or exactly the margin apart, does not "
                "count (strictly less, strictly more)",
                when=one_of(lambda S, m: (apart(S) <= m) & (apart(S) > 0),
                            lambda S, m: (apart(S) < m) & (apart(S) >= 0) & ~diagonal_mask(S),
                            lambda S, m: (apart(S) <= m) & (apart(S) >= 0) & ~diagonal_mask(S))),
        Mistake("with-hard", "hard mismatches, more similar than the partner, are in it too. Semi-hard is below the partner",
                when=lambda got, _, S, m: any(
                    np.array_equal(array(got).astype(bool), plain(one))
                    for one in (S > S.diagonal()[:, None] - m, (S > S.diagonal()[:, None] - m) & ~diagonal_mask(S)))),
        Mistake("with-easy", "easy mismatches, farther away than the margin, are in it too: their hinge is 0 and teaches nothing",
                when=equals(lambda S, m: S < S.diagonal()[:, None])),
        Mistake("broadcast", "each entry was compared with the partner of its *column*. The partner of a row stands beside its "
                "whole row: what shape does its cosine need, (n,) or (n, 1)?",
                when=equals(lambda S, m: (S < S.diagonal()) & (S > S.diagonal() - m))),
        Mistake("other-side", "these lie *above* the partner by less than the margin: hard ones. Which side is semi-hard?",
                when=equals(lambda S, m: (S > S.diagonal()[:, None]) & (S < S.diagonal()[:, None] + m))),
        Mistake("itself", "the pair itself is marked. It is no mismatch: strictly less similar than the partner",
                when=lambda got, *_: bool(np.diag(array(got)).all())),
        Mistake("inverted", "turned round: true is where a mismatch *is* semi-hard",
                when=equals(lambda S, m: ~semi_hard(S, m) & ~diagonal_mask(S))),
        Mistake("one-each", "one mismatch a row, and the most similar of them. Asked for is the mask of *all* semi-hard ones",
                when=lambda got, expected, S, m: bool((array(got).sum(1) <= 1).all() and (plain(expected).sum(1) > 1).any()
                                                      and not (array(got) & ~plain(expected)).any())),
    ],
    hints=(
        "Two conditions on the cosine of a mismatch, both against the cosine of the row's own partner.",
        "The partner's cosine has to meet every entry of its *row*: which shape makes it do so? Comparing two tensors gives a "
        "mask, and & joins two masks.",
        "own = S.diagonal()[:, …]\nreturn (S < …) & (S > …)",
    ),
)  # fmt: skip
