"""Games of modalities: what each adds, and what two give together."""

from collections.abc import Callable
from math import comb, factorial

import numpy as np
import torch
from torch import Tensor

from mmlearn import explain
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of, close


def game(values: Tensor, modalities: int) -> Callable[[Tensor], Tensor]:
    """The values of all sets as a function of the set."""
    return lambda there: values[int((there * 2 ** torch.arange(modalities)).sum())]


def shapley(values: Tensor, modalities: int) -> Tensor:
    """The library's, from the values of all sets."""
    return explain.shapley_values(game(values, modalities), modalities)


def interaction(values: Tensor, modalities: int, a: int, b: int) -> Tensor:
    """The library's, of one pair."""
    return explain.interaction(game(values, modalities), modalities)[a, b]


def weighted_sum(values: Tensor, modalities: int, weight: Callable[[int, int], float]) -> Tensor:
    """Σ over sets without m of weight(|S|, M) (v(S ∪ m) - v(S)), for every m."""
    phi = torch.zeros(modalities, *values.shape[1:], dtype=values.dtype)
    for i in range(2**modalities):
        for m in range(modalities):
            if not i >> m & 1:
                phi[m] += weight(i.bit_count(), modalities) * (values[i | 1 << m] - values[i])
    return phi


def fair(size: int, modalities: int) -> float:
    return factorial(size) * factorial(modalities - size - 1) / factorial(modalities)


def turned(values: Tensor, modalities: int) -> Tensor:
    """Every set with its bits read the other way round: the first modality as the highest bit."""
    return values[[int(f"{i:0{modalities}b}"[::-1], 2) for i in range(2**modalities)]]


def leave_out(v: Tensor, n: int) -> Tensor:
    return torch.stack([v[-1] - v[2**n - 1 - (1 << m)] for m in range(n)])


def alone(v: Tensor, n: int) -> Tensor:
    return torch.stack([v[1 << m] - v[0] for m in range(n)])


def one_order(v: Tensor, n: int) -> Tensor:
    return torch.stack([v[2 ** (m + 1) - 1] - v[2**m - 1] for m in range(n)])


def shapley_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """A whole-number game of two, one of three with several numbers a set, and a larger one."""
    most = {"standard": 4, "large": 6}[variant]
    two = torch.tensor([0.0, 1.0, 2.0, 6.0], dtype=torch.float64)
    return [(two, 2), (torch.from_numpy(rng.normal(size=(8, 5))), 3), (torch.from_numpy(rng.normal(size=2**most)), most)]


SHAPLEY = Exercise(
    id="explain_and_compress.shapley",
    title="what each modality adds, averaged over all orders",
    reference=shapley,
    cases=shapley_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("leave-out", "this is only the last term: by how much v falls when a modality is left out of all of them. Sum "
                "over *every* set without it", wrong=leave_out),
        Mistake("alone", "this is only the first term: what a modality adds to having nothing. Sum over *every* set without it",
                wrong=alone),
        Mistake("one-order", "this is one order of arrival, modality 0 first. Average over all orders", wrong=one_order),
        Mistake("plain-mean", "all sets have the same weight here (that is the Banzhaf value). A set of size |S| stands for "
                "|S|! (M - |S| - 1)! of the M! orders", wrong=lambda v, n: weighted_sum(v, n, lambda s, n: 0.5 ** (n - 1))),
        Mistake("unweighted", "the gains are added without any weight. How many of the M! orders does each set stand for?",
                wrong=lambda v, n: weighted_sum(v, n, lambda s, n: 1.0)),
        Mistake("not-divided", "the weights are right but for M!, by which they have to be divided: it is a mean over orders",
                wrong=lambda v, n: factorial(n) * shapley(v, n)),
        Mistake("too-large", "too large by M: a set stands for |S|! (M - |S| - 1)! of *M!* orders, not of (M - 1)!",
                wrong=lambda v, n: n * shapley(v, n)),
        Mistake("itself", "m itself is neither before nor after: M - |S| - 1 modalities come after it, and |S| are chosen from "
                "the M - 1 others", wrong=lambda v, n: weighted_sum(v, n, lambda s, n: 1 / (n * comb(n, s)))),
        Mistake("itself-after", "M - |S| - 1 modalities come after m: m itself has to be left away",
                wrong=lambda v, n: weighted_sum(v, n, lambda s, n: 1 / comb(n, s))),
        Mistake("size-with", "|S| is the size of the set *before* the modality arrives; here it was counted with it",
                when=lambda got, expected, v, n: close(got, weighted_sum(
                    v, n, lambda s, n: factorial(s + 1) * factorial(max(n - s - 2, 0)) / factorial(n)))),
        Mistake("all-but-one", "the set's own orders are missing: |S|! for those who came before, (M - |S| - 1)! for those who "
                "come after", when=lambda got, expected, v, n: any(close(got, weighted_sum(v, n, w)) for w in (
                    lambda s, n: factorial(s) / factorial(n), lambda s, n: factorial(n - s - 1) / factorial(n)))),
        Mistake("bits", "the modalities are read from the wrong end: modality m is bit m, so that row 1 is the set of modality 0 "
                "alone", wrong=lambda v, n: shapley(turned(v, n), n)),
        Mistake("sign", "the sign is turned round: v with the modality, minus v without", wrong=lambda v, n: -shapley(v, n)),
        Mistake("whole", "this is v itself, or v of each modality alone, not what is *added*: subtract v of the set without it",
                when=lambda got, expected, v, n: close(got, alone(v, n) + v[0]) or close(got, weighted_part(v, n))),
        Mistake("normalised", "the values were divided by their sum. They are asked for in the units of v", when=any_of(
            lambda v, n: shapley(v, n) / shapley(v, n).sum(0), lambda v, n: shapley(v, n) / shapley(v, n).abs().sum(0),
            lambda v, n: shapley(v, n) / shapley(v, n).sum())),
    ],
    hints=(
        "Take one modality m. Which rows of `values` are sets without it, and which row is each of them with m added?",
        "Two loops: over all i from 0 to 2^M - 1, and over all m that are not in i. Add weight · (values[i with m] - values[i]) "
        "to φ_m; the weight depends only on how many modalities i has.",
        "phi = torch.zeros(modalities, *values.shape[1:], dtype=values.dtype)\nfor i in range(2**modalities):\n    before = "
        "i.bit_count()\n    for m in range(modalities):\n        if not i >> m & 1:\n            weight = factorial(before) * … "
        "/ factorial(modalities)\n            phi[m] += weight * (values[…] - values[i])\nreturn phi",
    ),
)  # fmt: skip


def weighted_part(v: Tensor, n: int) -> Tensor:
    """The sum with v(S ∪ m) alone."""
    total = torch.zeros(n, *v.shape[1:], dtype=v.dtype)
    for i in range(2**n):
        for m in range(n):
            if not i >> m & 1:
                total[m] += fair(i.bit_count(), n) * v[i | 1 << m]
    return total


# ----------------------------------------------------------------------------------------------------


def pairwise(v: Tensor, n: int, a: int, b: int, weight: Callable[[int, int], float], sign: float = 1.0) -> Tensor:
    """Σ over sets without a and b of weight(|S|, M) times what both give beyond each."""
    total = torch.zeros_like(v[0])
    for i in range(2**n):
        if not i >> a & 1 and not i >> b & 1:
            one, other, both = v[i | 1 << a], v[i | 1 << b], v[i | 1 << a | 1 << b]
            total = total + weight(i.bit_count(), n) * (both - one - other + sign * v[i])
    return total


def fair_pair(size: int, modalities: int) -> float:
    return factorial(size) * factorial(modalities - size - 2) / factorial(modalities - 1)


def interaction_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """A game of two, and pairs, also in falling order, of games of three and more."""
    most = {"standard": 4, "large": 6}[variant]
    two = torch.tensor([0.5, 1.0, 2.0, 6.0], dtype=torch.float64)
    many = torch.from_numpy(rng.normal(size=2**most))
    three = torch.from_numpy(rng.normal(size=(8, 4)))
    return [(two, 2, 0, 1), (three, 3, 0, 1), (many, most, 2, 0), (many, most, 0, most - 1)]


INTERACTION = Exercise(
    id="explain_and_compress.interaction",
    title="what two give together beyond what each gives",
    reference=interaction,
    cases=interaction_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("empty-only", "this is the term of the empty set alone. Sum over every set without a and b",
                wrong=lambda v, n, a, b: v[1 << a | 1 << b] - v[1 << a] - v[1 << b] + v[0]),
        Mistake("full-only", "this is the term of the largest set alone, all others being there. Sum over every set without a "
                "and b", wrong=lambda v, n, a, b: v[-1] - v[2**n - 1 - (1 << b)] - v[2**n - 1 - (1 << a)]
                + v[2**n - 1 - (1 << a) - (1 << b)]),
        Mistake("no-base", "v(S) itself is missing at the end: it was subtracted twice, once with a and once with b, so it comes "
                "back once", wrong=lambda v, n, a, b: pairwise(v, n, a, b, fair_pair, sign=0.0)),
        Mistake("base-sign", "v(S) has the wrong sign: + v(S), since it was subtracted twice, with a and with b",
                wrong=lambda v, n, a, b: pairwise(v, n, a, b, fair_pair, sign=-1.0)),
        Mistake("shapley-weights", "these are the weights of Shapley values. Here two arrive together: |S|! (M - |S| - 2)! / "
                "(M - 1)!", wrong=lambda v, n, a, b: pairwise(v, n, a, b, fair)),
        Mistake("wrong-factorial", "divided by M!. a and b arrive as one, so there are only (M - 1)! orders",
                wrong=lambda v, n, a, b: interaction(v, n, a, b) / n),
        Mistake("plain-mean", "every set has the same weight here (the Banzhaf interaction). The size of S decides: |S|! (M - "
                "|S| - 2)! / (M - 1)!", wrong=lambda v, n, a, b: pairwise(v, n, a, b, lambda s, n: 0.5 ** (n - 2))),
        Mistake("unweighted", "the terms are added without weights",
                wrong=lambda v, n, a, b: pairwise(v, n, a, b, lambda s, n: 1)),
        Mistake("sign", "the sign is turned round: above 0 must mean that both together give more than the sum of each",
                wrong=lambda v, n, a, b: -interaction(v, n, a, b)),
        Mistake("bits", "the modalities are read from the wrong end: modality m is bit m",
                wrong=lambda v, n, a, b: interaction(turned(v, n), n, a, b)),
        Mistake("what-is-left", "the two Shapley values were subtracted, but what two give together is already shared out among "
                "them. Only v is needed: four values of it for every set S", when=any_of(
                    lambda v, n, a, b: v[1 << a | 1 << b] - shapley(v, n)[[a, b]].sum(0),
                    lambda v, n, a, b: v[1 << a | 1 << b] - v[0] - shapley(v, n)[[a, b]].sum(0),
                    lambda v, n, a, b: v[-1] - shapley(v, n)[[a, b]].sum(0),
                    lambda v, n, a, b: v[-1] - v[0] - shapley(v, n)[[a, b]].sum(0))),
        Mistake("first-two", "these are always modalities 0 and 1. The two that are asked for are a and b",
                wrong=lambda v, n, a, b: interaction(v, n, 0, 1)),
        Mistake("halved", "half of it: the pair is met once, not once as (a, b) and once as (b, a)",
                wrong=lambda v, n, a, b: interaction(v, n, a, b) / 2),
        Mistake("sum-of-values", "this is the two Shapley values added. What is asked for is what goes beyond both",
                wrong=lambda v, n, a, b: shapley(v, n)[a] + shapley(v, n)[b]),
    ],
    hints=(
        "For one set S without a and b, four rows of `values` are needed. Which?",
        "Loop over all i that contain neither a nor b; the term is v with both, minus v with a, minus v with b, plus v of i. The "
        "weight depends on how many modalities i has.",
        "total = torch.zeros_like(values[0])\nfor i in range(2**modalities):\n    if not i >> a & 1 and …:\n        size = "
        "i.bit_count()\n        weight = factorial(size) * factorial(…) / factorial(modalities - 1)\n        total = total + "
        "weight * (values[i | 1 << a | 1 << b] - … - … + values[i])\nreturn total",
    ),
)  # fmt: skip
