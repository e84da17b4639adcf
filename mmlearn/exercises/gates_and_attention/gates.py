"""Modalities as wholes: gates, attention over them, and attention that may decline."""

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.gates_and_attention.common import drawn, only_nothing, shares, there, zero_scores
from mmlearn.fusion.simple import averaged


def gated_unit(said: Tensor, scores: Tensor, mask: Tensor) -> Tensor:
    """Gates that share out 1 among the modalities that are there, and their sum."""
    return (shares(scores, mask[:, :, None]) * present(said, mask)).sum(1)


def present(x: Tensor, mask: Tensor) -> Tensor:
    """x (b, M, …) with zeros where the mask is false."""
    return torch.where(mask[:, :, None], x, 0.0)


def gated_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Everything there; finite numbers and then NaN where something is missing; gates of each dimension, and scalar ones; and
    scores of a thousand."""
    b, n, d = {"standard": (5, 3, 4), "large": (40, 4, 16)}[variant]
    said, full = drawn(rng, b, n, d), torch.ones(b, n, dtype=torch.bool)
    some, cases = there(rng, b, n), [(drawn(rng, 1, 2, 3), 2 * drawn(rng, 1, 2, 3), torch.ones(1, 2, dtype=torch.bool))]
    for width in (d, 1):
        scores = 2 * drawn(rng, b, n, width)
        gone = ~some[:, :, None]
        cases += [(said, scores, full), (said, scores, some)]
        cases += [(said.masked_fill(gone, torch.nan), scores.masked_fill(gone, torch.nan), some)]
    return [*cases, (said, 1000 * drawn(rng, b, n, d).abs() + 800, some)]


GATED = Exercise(
    id="gates_and_attention.gated_unit",
    title="gates that share out 1 among the modalities that are there",
    reference=gated_unit,
    cases=gated_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("mask-forgotten", "modalities that are missing were weighed like the others: the mask is not used",
                wrong=lambda h, s, m: (s.softmax(1) * h).sum(1)),
        Mistake("sigmoid", "each gate was squashed by itself. Here gates compete: over the modalities they sum to 1",
                wrong=lambda h, s, m: (torch.where(m[:, :, None], s, -torch.inf).sigmoid() * present(h, m)).sum(1)),
        Mistake("dimensions", "the softmax ran over the dimensions. Who competes with whom? Modality with modality, axis 1",
                wrong=lambda h, s, m: (torch.where(m[:, :, None], s, -1e9).softmax(2) * present(h, m)).sum(1)),
        Mistake("zero-score", "the scores of what is missing were set to 0. But e⁰ = 1: it still takes its share. Which "
                "score has "
                "none?", wrong=lambda h, s, m: (zero_scores(s, m[:, :, None], 1) * present(h, m)).sum(1)),
        Mistake("not-shared", "the softmax ran over all modalities, and the missing were struck out after it: what is left no "
                "longer sums to 1", wrong=lambda h, s, m: (present(torch.nan_to_num(s).softmax(1), m) * present(h, m)).sum(1)),
        Mistake("nothing", "right, but for rows in which nothing is there: they must give zeros. (A softmax of nothing "
                "but -inf is "
                "0 / 0.)", when=lambda got, expected, h, s, m: only_nothing(got, expected, m)),
        Mistake("overflow", "right for small scores, but e to the power of a thousand is infinite. Let a softmax do it",
                when=lambda got, expected, h, s, m: float(s.nan_to_num().max()) > 700),
        Mistake("nan", "the gate of what is missing is 0, but NaN times 0 is NaN. Fill what is missing before you multiply",
                when=lambda got, expected, h, s, m: bool(torch.as_tensor(got).isnan().any()) if h.isnan().any()
                else only_nothing(got, expected, m)),
        Mistake("mean", "this is the mean over the modalities. The gates have shared out already: add up",
                wrong=lambda h, s, m: gated_unit(h, s, m) / h.shape[1]),
        Mistake("tanh-again", "`said` is what comes out of the tanh already", wrong=lambda h, s, m: gated_unit(h.tanh(), s, m)),
    ],
    hints=(
        "The mask has one number a modality, scores and said a vector each: mask[:, :, None] fits to both.",
        "Give the scores of what is missing the lowest number there is, so that the softmax over axis 1 leaves it "
        "nothing; and fill "
        "what it says with zeros. (The lowest number rather than -inf: think of a row without anything.)",
        "there = mask[:, :, None]\ngates = scores.masked_fill(~there, torch.finfo(scores.dtype).min).softmax(dim=…)\n"
        "return (gates * said.masked_fill(~there, …)).sum(dim=…)",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def modality_weights(hidden: Tensor, mask: Tensor, A: Tensor, B: Tensor, v: Tensor) -> Tensor:
    """Bahdanau's weights, the mean of what is there asking."""
    return asked_by(averaged(present(hidden, mask), mask), hidden, mask, A, B, v)


def asked_by(q: Tensor, hidden: Tensor, mask: Tensor, A: Tensor, B: Tensor, v: Tensor) -> Tensor:
    """The weights for any question q (b, d)."""
    return shares(torch.tanh(present(hidden, mask) @ A.T + (q @ B.T)[:, None]) @ v, mask)


def weights_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    b, n, d, k = {"standard": (5, 3, 4, 3), "large": (40, 4, 16, 8)}[variant]
    layers = drawn(rng, k, d), drawn(rng, k, d), 2 * drawn(rng, k)
    hidden, some = drawn(rng, b, n, d) + 0.5, there(rng, b, n)
    tiny = (drawn(rng, 1, 2, d), torch.ones(1, 2, dtype=torch.bool), *layers)
    gone = hidden.masked_fill(~some[:, :, None], torch.nan)
    return [tiny, (hidden, torch.ones_like(some), *layers), (hidden, some, *layers), (gone, some, *layers)]


WEIGHTS = Exercise(
    id="gates_and_attention.modality_weights",
    title="attention over modalities, asked by their mean",
    reference=modality_weights,
    cases=weights_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("mask-forgotten", "modalities that are missing were asked and weighed like the others: the mask is not used",
                wrong=lambda h, m, A, B, v: asked_by(h.mean(1), h, torch.ones_like(m), A, B, v)),
        Mistake("no-question", "the question q plays no part: every modality scores itself alone. (Outside the tanh of "
                "the sum, q "
                "adds the same to all scores of a row, and the softmax does not see it.)",
                wrong=lambda h, m, A, B, v: asked_by(torch.zeros_like(h[:, 0]), h, m, A, B, v)),
        Mistake("mean-of-all", "the question is the sum over what is there divided by *all* modalities. Count those that "
                "are there",
                wrong=lambda h, m, A, B, v: asked_by(present(h, m).mean(1), h, m, A, B, v)),
        Mistake("sum", "the question is the sum of what is there; the mean is asked for",
                wrong=lambda h, m, A, B, v: asked_by(present(h, m).sum(1), h, m, A, B, v)),
        Mistake("no-tanh", "the tanh is missing. Without it the question adds the same to all scores of a row, and the "
                "softmax does "
                "not see it",
                wrong=lambda h, m, A, B, v: shares((present(h, m) @ A.T) @ v, m)),
        Mistake("exchanged", "A and B are exchanged: A is for the modalities, B for the question",
                wrong=lambda h, m, A, B, v: modality_weights(h, m, B, A, v)),
        Mistake("not-shared", "the weights of a row do not sum to 1 where something is missing: the softmax must run over "
                "what is "
                "there, not over all",
                wrong=lambda h, m, A, B, v: torch.where(m, (torch.tanh(present(h, m) @ A.T + (averaged(present(h, m), m) @ B.T)
                                                            [:, None]) @ v).softmax(1), 0.0)),
        Mistake("nothing", "right, but for rows in which nothing is there: their weights must be 0, not NaN and not equal "
                "parts",
                when=lambda got, expected, h, m, *_: only_nothing(got, expected, m)),
        Mistake("nan", "something that is missing has a say: it may be NaN, and then so is the question. Fill it first",
                when=lambda got, expected, h, m, *_: bool(torch.as_tensor(got).isnan().any()) and bool(h.isnan().any())),
    ],
    hints=(
        "Fill what is missing with zeros first. What do you divide by to get a mean of those that are there?",
        "One question a row, one score a modality: (q @ B.T)[:, None] is added to each modality's A h. Then tanh, then v, "
        "then the "
        "softmax of exercise 1.",
        "hidden = hidden.masked_fill(~mask[:, :, None], 0)\nquestion = hidden.sum(dim=1) / …\n"
        "scores = torch.tanh(hidden @ A.T + …) @ v\nweights = scores.masked_fill(~mask, …).softmax(dim=1)\nreturn weights "
        "* mask",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def attention_or_nobody(scores: Tensor, mask: Tensor) -> Tensor:
    """A softmax beside one more score, 0, that is always there."""
    filled = scores.masked_fill(~mask, -torch.inf)
    return torch.cat([filled, torch.zeros_like(scores[:, :1])], dim=1).softmax(1)[:, :-1]


def nobody_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Scores of all sizes: plain, all far below 0, and thousands of either sign."""
    b, n = {"standard": (5, 3), "large": (40, 8)}[variant]
    scores, some = 2 * drawn(rng, b, n), there(rng, b, n)
    tiny = torch.tensor([[1.0, -1.0]]).double(), torch.ones(1, 2, dtype=torch.bool)
    two = torch.tensor([[1000.0, 1000.0], [1000.0, 999.0]]).double(), torch.ones(2, 2, dtype=torch.bool)
    large = [(1000 * scores, some), (-1000 * scores.abs(), some), two]
    return [tiny, (scores, torch.ones_like(some)), (scores, some), (scores - 4, some), *large]


def exponentials(scores: Tensor, mask: Tensor) -> Tensor:
    return torch.where(mask, scores.exp(), 0.0)


def shifted(scores: Tensor, mask: Tensor) -> Tensor:
    """The largest score taken off, but not off nobody's."""
    z = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    e = exponentials(z - z.amax(1, keepdim=True), mask)
    return e / (1 + e.sum(1, keepdim=True))


NOBODY = Exercise(
    id="gates_and_attention.attention_or_nobody",
    title="attention that may decline",
    reference=attention_or_nobody,
    cases=nobody_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("softmax", "the weights of a row always sum to 1: nobody is missing below the fraction", wrong=shares),
        Mistake("sigmoid", "each weight was squashed by itself. The others belong below the fraction as well",
                wrong=lambda s, m: torch.where(m, s.sigmoid(), 0.0)),
        Mistake("shifted", "right only where the largest score is 0: taking a number off all scores changes nothing in a "
                "softmax, but "
                "then nobody's score has to move as well", wrong=shifted),
        Mistake("mask-forgotten", "what is missing still counts below the fraction, or takes a share",
                wrong=lambda s, m: attention_or_nobody(s, torch.ones_like(m))),
        Mistake("struck-out", "what is missing gets nothing, but still counts below the fraction",
                wrong=lambda s, m: torch.where(m, attention_or_nobody(s, torch.ones_like(m)), 0.0)),
        Mistake("zero-score", "a score of 0 for what is missing makes it another nobody: e⁰ = 1 is added below for each",
                wrong=lambda s, m: torch.where(m, attention_or_nobody(s.masked_fill(~m, 0), torch.ones_like(m)), 0.0)),
        Mistake("overflow", "right for small scores, but e to the power of a thousand is infinite. Let a softmax do it",
                when=lambda got, expected, s, m: float(s.abs().max()) > 700),
        Mistake("nobody-returned", "nobody's share was returned as well: one weight a modality is asked for",
                when=lambda got, expected, s, m: got.shape == (len(s), s.shape[1] + 1)),
    ],
    hints=(
        "The 1 below the fraction is e⁰. It looks like one more modality, whose score is always 0.",
        "Put a column of zeros beside the scores, after masking, and take one softmax over all. Nobody is always there, "
        "so a row is "
        "never empty, and -inf is safe.",
        "scores = scores.masked_fill(~mask, …)\nnobody = torch.zeros_like(scores[:, :1])\n"
        "return torch.cat([scores, nobody], dim=1).softmax(dim=1)[…]",
    ),
)  # fmt: skip
