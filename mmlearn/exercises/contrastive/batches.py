"""What stands in a batch: equal captions, and the pairs that one machine holds."""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn import align
from mmlearn.exercises.contrastive.common import (
    HALF_A_GRADIENT,
    NO_GRADIENT,
    any_of,
    cosines,
    info_nce,
    leaf,
    learns,
    nce,
    not_finite,
    number,
    one_way,
    one_way_logits,
)
from mmlearn.exercises.engine import Exercise, Mistake


def doubles(groups: Tensor) -> Tensor:
    """(n, n): where another pair is of the same group."""
    return (groups[:, None] == groups) & ~torch.eye(len(groups), dtype=torch.bool)


def masked_info_nce(logits: Tensor, groups: Tensor) -> Tensor:
    """`align.info_nce` with groups, from logits."""
    return nce(logits.masked_fill(doubles(groups), -math.inf))


def masked_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Some in common groups, one case without doubles, logits of thousands, and logits about -300."""
    n, kinds = {"standard": (6, 3), "large": (60, 20)}[variant]
    tiny = (leaf([[2.0, 1.0, 0.0], [1.5, 2.0, 0.5], [0.0, 0.3, 1.0]]), torch.tensor([4, 4, 7]))
    groups = torch.from_numpy(np.r_[0, 0, 1, rng.integers(0, kinds, n - 3)])
    mixed = rng.normal(size=(n, n)) + np.eye(n)
    low = leaf(2 * mixed - 300)  # so that a finite number such as -100 is not low, but high
    return [tiny, (leaf(2 * mixed), groups), (leaf(2 * mixed), torch.arange(n) + 5), (leaf(2000 * mixed), groups), (low, groups)]


def softly(logits: Tensor, groups: Tensor) -> Tensor:
    """Every pair of the group counted as right."""
    same = (groups[:, None] == groups).to(logits.dtype)
    target = same / same.sum(1, keepdim=True)
    return -((target * logits.log_softmax(1)).sum(1).mean() + (target * logits.T.log_softmax(1)).sum(1).mean()) / 2


def first_only(logits: Tensor, groups: Tensor) -> Tensor:
    keep = torch.tensor([i for i, g in enumerate(groups.tolist()) if g not in groups[:i].tolist()])
    return nce(logits[keep][:, keep])


def masked_one_way(logits: Tensor, groups: Tensor) -> Tensor:
    return functional.cross_entropy(logits.masked_fill(doubles(groups), -math.inf), torch.arange(len(logits)))


def group_inside(logits: Tensor, groups: Tensor) -> Tensor:
    """Minus the logarithm of the share that the whole group has."""
    own = logits.masked_fill(groups[:, None] != groups, -math.inf)
    return sum((logits.logsumexp(axis) - own.logsumexp(axis)).mean() for axis in (0, 1)) / 2


MASKED = Exercise(
    id="contrastive.masked_info_nce",
    title="an equal caption is no wrong answer",
    reference=masked_info_nce,
    cases=masked_cases,
    variants=("standard", "large"),
    agrees=learns,
    mistakes=[
        NO_GRADIENT,
        HALF_A_GRADIENT,
        Mistake("unmasked", "pairs of one group still count as wrong answers of each other", wrong=lambda z, g: nce(z)),
        Mistake("own", "the partner itself was masked too: its group equals its own. Then nothing is left to find (infinity, "
                "or NaN)",
                when=lambda got, expected, z, g: (not_finite(got) and float(z.detach().abs().max()) < 50)
                or (number(got) > 1e6)),
        Mistake("overflow", "right for small logits, but e to the power of several hundred is infinite. Use cross_entropy or "
                "logsumexp, which take the largest off first",
                when=lambda got, expected, z, g: float(z.detach().abs().max()) > 50 and not_finite(got)),
        Mistake("zero", "the doubles were set to 0, but e⁰ = 1: they still have weight. Which logit has none at all?",
                wrong=lambda z, g: nce(z.masked_fill(doubles(g), 0.0))),
        Mistake("constant", "the doubles were set to a fixed number, which is low only beside *these* logits. Where all "
                "logits are "
                "about -300 it is high. Which logit is below every other?",
                when=any_of(*(lambda z, g, c=c: nce(z.masked_fill(doubles(g), c)) for c in (-1.0, -10.0, -50.0, -100.0)))),
        Mistake("inside-log", "the probabilities of the whole group were added up inside the logarithm, so that finding *any* "
                "of them "
                "is enough. Here doubles are neither right nor wrong: above the fraction stands the partner alone",
                wrong=group_inside),
        Mistake("inverted", "the mask is turned round: the doubles were kept, and the honest mismatches left out",
                wrong=lambda z, g: nce(z.masked_fill(g[:, None] != g, -math.inf))),
        Mistake("as-right", "every pair of the group was counted as a right answer. That is another loss (Khosla et al., "
                "2020), and a "
                "fair one; here they are left out: neither right nor wrong", wrong=softly),
        Mistake("dropped", "pairs were thrown out of the batch. Every pair keeps its row and its column; only what its doubles "
                "add "
                "to the denominator goes", when=any_of(first_only)),
        Mistake("one-direction", "this is one direction. The mean of both is asked for",
                when=any_of(masked_one_way, lambda z, g: masked_one_way(z.T, g))),
        Mistake("one-masked", "only one of the two directions was masked",
                when=any_of(lambda z, g: (masked_one_way(z, g) + one_way_logits(z.T)) / 2,
                            lambda z, g: (masked_one_way(z.T, g) + one_way_logits(z)) / 2)),
        Mistake("not-halved", "the two directions were added, or the batch summed. The mean of both directions and of the "
                "batch is asked for",
                when=any_of(lambda z, g: 2 * masked_info_nce(z, g), lambda z, g: len(z) * masked_info_nce(z, g))),
    ],
    hints=(
        "Which entries of the (n, n) logits stand for two different pairs of the same group? What must they become so that "
        "softmax gives them nothing?",
        "Comparing groups as a column with groups as a row gives (n, n): true for doubles, but also somewhere where nothing "
        "may be "
        "masked. What is left are the logits to silence, in both directions; then InfoNCE as in exercise 3.",
        "same = groups[:, None] == groups\ndoubles = same & ~torch.eye(len(groups), dtype=torch.bool)\n"
        "logits = logits.masked_fill(…, …)\nright = torch.arange(len(logits))\nreturn (functional.cross_entropy(logits, right) "
        "+ …) / 2",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def without_gathering(a: Tensor, b: Tensor, temperature: float, processes: int) -> Tensor:
    """The mean over processes of the loss that each finds among its own pairs."""
    parts = zip(a.chunk(processes), b.chunk(processes), strict=True)
    return torch.stack([align.info_nce(x, y, temperature) for x, y in parts]).mean()


def process_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    each, d = {"standard": (3, 4), "large": (16, 8)}[variant]
    made = []
    for processes in (2, 3, 4):
        a = rng.normal(size=(processes * each, d))
        made.append((leaf(a), leaf(a + rng.normal(size=a.shape)), 0.3, processes))
    return made


def own_against_all(a: Tensor, b: Tensor, t: float, processes: int) -> Tensor:
    return one_way(a, b, t)


def interleaved(a: Tensor, b: Tensor, t: float, processes: int) -> Tensor:
    return torch.stack([info_nce(a[p::processes], b[p::processes], t) for p in range(processes)]).mean()


def one_way_each(a: Tensor, b: Tensor, t: float, processes: int) -> Tensor:
    return torch.stack([one_way(x, y, t) for x, y in zip(a.chunk(processes), b.chunk(processes), strict=True)]).mean()


def pieces_of(a: Tensor, b: Tensor, t: float, size: int) -> Tensor:
    """The mean over pieces of that many pairs."""
    return torch.stack([info_nce(x, y, t) for x, y in zip(a.split(size), b.split(size), strict=True)]).mean()


def same_process(n: int, processes: int) -> Tensor:
    """(n, n): whether two pairs lie on one process."""
    number = torch.arange(n) // (n // processes)
    return number[:, None] == number


WITHOUT = Exercise(
    id="contrastive.without_gathering",
    title="what each machine sees alone",
    reference=without_gathering,
    cases=process_cases,
    variants=("standard", "large"),
    agrees=learns,
    mistakes=[
        NO_GRADIENT,
        HALF_A_GRADIENT,
        Mistake("whole", "this is the loss of the whole batch, as if the processes could see each other's pairs. Here each has "
                "its "
                "own only", wrong=lambda a, b, t, p: info_nce(a, b, t)),
        Mistake("summed", "the processes' losses were added. Their mean is asked for",
                wrong=lambda a, b, t, p: p * without_gathering(a, b, t, p)),
        Mistake("first", "this is one process alone. The mean over all of them is asked for",
                when=any_of(lambda a, b, t, p: info_nce(a[: len(a) // p], b[: len(a) // p], t),
                            lambda a, b, t, p: info_nce(a[-(len(a) // p):], b[-(len(a) // p):], t))),
        Mistake("interleaved", "here the pairs were dealt out like cards. Process 0 has the *first* n/processes pairs, process "
                "1 the "
                "next ones, and so on", wrong=interleaved),
        Mistake("split", "the batch was cut into pieces of `processes` pairs each. There are `processes` pieces: split(k) "
                "wants the "
                "*size* of a piece, chunk(k) how many there are", when=any_of(pieces_of, lambda a, b, t, p: pieces_of(
                    a, b, t, p) * -(-len(a) // p) / p)),
        Mistake("zero", "the pairs of others were set to logit 0, but e⁰ = 1: they still have weight. A process has never "
                "seen them",
                wrong=lambda a, b, t, p: nce(cosines(a, b) / t * same_process(len(a), p))),
        Mistake("all-captions", "here each process compares its own pictures with the captions of all. It has seen its own "
                "captions only",
                wrong=own_against_all),
        Mistake("one-direction", "this is one direction only", wrong=one_way_each),
        Mistake("divided", "divided by the number of processes twice, or by the batch: each process's loss is a mean over its "
                "own pairs "
                "already", when=any_of(lambda a, b, t, p: without_gathering(a, b, t, p) / p,
                                       lambda a, b, t, p: without_gathering(a, b, t, p) / len(a) * p)),
        Mistake("length", "the rows were not brought to length one. align.info_nce does that for you",
                wrong=lambda a, b, t, p: torch.stack(
                    [nce(x @ y.T / t) for x, y in zip(a.chunk(p), b.chunk(p), strict=True)]).mean()),
    ],
    hints=(
        "Cut the batch into as many equal pieces as there are processes. What does each of them compute?",
        "A tensor's chunk gives so many equal pieces, in order; both media have to be cut alike. Each piece gives one loss, "
        "and a "
        "list of such tensors becomes one tensor by torch.stack.",
        "losses = [align.info_nce(x, y, …) for x, y in zip(a.chunk(…), …)]\nreturn torch.stack(losses)…",
    ),
)  # fmt: skip
