"""Low-rank fusion by its factors, and the weight they stand for."""

from collections.abc import Callable
from functools import reduce
from operator import add, mul

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.tensor_fusion.common import close, factors, shape, vectors, with_one


def answers(factors: list[Tensor], vectors: list[Tensor], one: Callable[[Tensor], Tensor] = with_one) -> list[Tensor]:
    """What each factor makes of its vector, (batch, rank, out_dim)."""
    return [torch.einsum("bi,irk->brk", one(x), F) for F, x in zip(factors, vectors, strict=True)]


def low_rank(factors: list[Tensor], vectors: list[Tensor]) -> Tensor:
    """As `fusion.make("low_rank", …)` does it, with the factors given."""
    return reduce(mul, answers(factors, vectors)).sum(1)


def mixed_up(factors: list[Tensor], vectors: list[Tensor]) -> Tensor:
    """The answers multiplied, but cut up as (batch, out, rank)."""
    return reduce(mul, [a.reshape(len(a), a.shape[2], a.shape[1]) for a in answers(factors, vectors)])


def low_rank_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    batch, dims, rank, out = {"standard": (3, [2, 3, 4], 2, 5), "large": (20, [6, 5, 4, 3], 4, 8)}[variant]
    return [(factors(rng, some, rank, out), vectors(rng, batch, some)) for some in (dims[:1], dims[:2], dims)]


LOW_RANK = Exercise(
    id="tensor_fusion.low_rank",
    title="fusion by factors, without the weight they stand for",
    reference=low_rank,
    cases=low_rank_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("sum-first", "the sum over the rank came before the product. Then all ranks mix, and the whole is no better than "
                "rank 1: multiply the modalities' answers first, and add up the ranks last",
                wrong=lambda F, xs: reduce(mul, [a.sum(1) for a in answers(F, xs)])),
        Mistake("added", "the modalities' answers were added. Then nothing interacts, whatever the rank: multiply them",
                wrong=lambda F, xs: reduce(add, answers(F, xs)).sum(1)),
        Mistake("no-one", "the appended 1 is missing: the last row of each factor never comes into play",
                wrong=lambda F, xs: reduce(mul, answers([f[:-1] for f in F], xs, one=lambda x: x)).sum(1)),
        Mistake("one-first", "the 1 was put in front. It stands at the end, and meets the factor's last row",
                wrong=lambda F, xs: reduce(mul, answers(F, xs, one=lambda x: with_one(x, front=True))).sum(1)),
        Mistake("mean", "this is the mean over the rank. Their sum is asked for",
                wrong=lambda F, xs: reduce(mul, answers(F, xs)).mean(1)),
        Mistake("ranks-left", "the ranks are still there. They are summed, and (batch, out) is left",
                when=lambda got, expected, F, xs: close(got, reduce(mul, answers(F, xs)))
                or close(got, reduce(mul, answers(F, xs)).transpose(0, 1))),
        Mistake("outputs-summed", "the outputs were summed, and the ranks left. Sum over the rank, the middle axis",
                wrong=lambda F, xs: reduce(mul, answers(F, xs)).sum(2)),
        Mistake("other-way", "the sum went over the modalities and the product over the ranks. It is the other way about: "
                "multiply over modalities, then add over ranks", wrong=lambda F, xs: reduce(add, answers(F, xs)).prod(1)),
        Mistake("first-rank", "this is the first rank alone. There are `rank` of them, and they are added",
                wrong=lambda F, xs: reduce(mul, answers(F, xs))[:, 0]),
        Mistake("mixed-up", "ranks and outputs were mixed up: flattened, a factor has its outputs running fastest, so reshape "
                "to (batch, rank, out)", wrong=lambda F, xs: mixed_up(F, xs).sum(2)),
        Mistake("two-only", "only the first two modalities were multiplied. Go over all of them",
                wrong=lambda F, xs: low_rank(F[:2], xs[:2])),
    ],
    hints=(
        "What does one factor (d + 1, rank, out) make of its own vector, before anyone else comes in?",
        "torch.einsum contracts the index they share, and leaves (batch, rank, out), one a modality. These are multiplied "
        "number by number; then one axis is summed.",
        'answer = torch.einsum("bi,irk->…", z, factor)\nproduct = product * answer\nreturn product.sum(dim=…)',
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def grown(factors: list[Tensor]) -> Tensor:
    """The weight with its ranks not yet summed, (d_1 + 1, …, d_n + 1, rank, out_dim)."""
    return reduce(lambda W, F: torch.einsum("...rk,irk->...irk", W, F), factors)


def expanded(factors: list[Tensor]) -> Tensor:
    """As `LowRank.expanded`."""
    return grown(factors).sum(-2)


def factor_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    dims, rank, out = {"standard": ([2, 3, 4], 2, 5), "large": ([5, 6, 3, 4], 4, 7)}[variant]
    return [(factors(rng, some, rank, out),) for some in (dims[:1], dims[:2], dims)]


def turned(factors: list[Tensor]) -> Tensor:
    W = expanded(factors)
    return W.permute(*reversed(range(W.ndim - 1)), W.ndim - 1)


EXPANDED = Exercise(
    id="tensor_fusion.expanded",
    title="the full weight that the factors stand for",
    reference=expanded,
    cases=factor_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("sum-first", "the ranks of each factor were summed before the product. That is one simple tensor, and not the "
                "sum of `rank` of them", wrong=lambda F: grown([f.sum(1, keepdim=True) for f in F]).sum(-2)),
        Mistake("added", "the factors' entries were added. Each entry of the weight is a sum over ranks of *products*",
                wrong=lambda F: reduce(lambda W, f: W[..., None, :, :] + f, F).sum(-2)),
        Mistake("ranks-left", "the ranks are still an axis. Sum over them "
                "last", when=lambda got, expected, F: close(got, grown(F))),
        Mistake("mean", "this is the mean over the ranks. Their sum is asked for", wrong=lambda F: grown(F).mean(-2)),
        Mistake("turned", "the axes are in the wrong order: the first modality comes first, the outputs last", wrong=turned),
        Mistake("outputs-first", "the outputs came first. They are the last axis",
                when=lambda got, expected, F: close(got, expected.movedim(-1, 0))),
        Mistake("flat", "right, but flattened. Give each modality an axis of its own",
                when=lambda got, expected, F: len(shape(got)) == 2 and close(np.reshape(plain(got), shape(expected)), expected)),
        Mistake("first-rank", "this is the first rank alone. There are `rank` of them, and they are added",
                wrong=lambda F: grown([f[:, :1] for f in F]).sum(-2)),
        Mistake("no-one", "the last row of each factor was left out. It belongs to the appended 1, and stays",
                wrong=lambda F: expanded([f[:-1] for f in F])),
        Mistake("three-only", "this works for three modalities only. Any number is asked for, one included: grow the weight in a "
                "loop", wrong=lambda F: torch.einsum("irk,jrk,lrk->ijlk", *F)),
        Mistake("two-only", "this takes the first two modalities only. Any number is asked for, one included: grow the weight in "
                "a loop", wrong=lambda F: torch.einsum("irk,jrk->ijk", *F[:2])),
    ],
    hints=(
        "Begin with one output and one rank: the factors are then vectors. Which tensor do three vectors make?",
        "Grow the weight one modality at a time, ranks and outputs kept: (…, rank, out) with (d + 1, rank, out) gives "
        "(…, d + 1, rank, out). At the end sum over the ranks.",
        'weight = factors[0]\nfor factor in factors[1:]:\n    weight = torch.einsum("...rk,irk->…", weight, factor)\n'
        "return weight.sum(dim=…)",
    ),
)  # fmt: skip
