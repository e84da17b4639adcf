"""Pairs of steps, and who may look at whom: bilinear attention and the mask of a bottleneck."""

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.gates_and_attention.common import drawn


def bilinear_attention(F: Tensor, G: Tensor, p: Tensor) -> tuple[Tensor, Tensor]:
    """h = Σ_ij α_ij f_i ∘ g_j, one softmax over all pairs."""
    scores = (F * p) @ G.T
    return weighed(F, G, scores.flatten().softmax(0).view_as(scores))


def weighed(F: Tensor, G: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """The sum of products with given weights (n, r), and these."""
    return (F * (weights @ G)).sum(0), weights


def bilinear_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    sizes = {"standard": [(2, 3, 4), (5, 4, 3), (3, 3, 4), (1, 4, 2)], "large": [(3, 4, 8), (30, 40, 16)]}[variant]
    return [(drawn(rng, n, d), drawn(rng, r, d), drawn(rng, d)) for n, r, d in sizes]


def scores_of(F: Tensor, G: Tensor, p: Tensor) -> Tensor:
    return (F * p) @ G.T


def as_matrix(F: Tensor, G: Tensor, p: Tensor) -> tuple[Tensor, Tensor]:
    """Fᵀ α G, whose diagonal is h."""
    weights = bilinear_attention(F, G, p)[1]
    return F.T @ weights @ G, weights


BILINEAR = Exercise(
    id="gates_and_attention.bilinear_attention",
    title="attention over pairs of steps",
    reference=bilinear_attention,
    cases=bilinear_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("rows", "each row of weights sums to 1. Here one softmax runs over *all* pairs",
                wrong=lambda F, G, p: weighed(F, G, scores_of(F, G, p).softmax(1))),
        Mistake("columns", "each column of weights sums to 1. Here one softmax runs over *all* pairs",
                wrong=lambda F, G, p: weighed(F, G, scores_of(F, G, p).softmax(0))),
        Mistake("no-p", "the score of a pair is p · (f ∘ g); p is not used",
                wrong=lambda F, G, p: weighed(F, G, (F @ G.T).flatten().softmax(0).view(len(F), len(G)))),
        Mistake("p-again", "p scores the pairs; in the sum it has no place",
                wrong=lambda F, G, p: (bilinear_attention(F, G, p)[0] * p, bilinear_attention(F, G, p)[1])),
        Mistake("scaled", "the scores were divided by √d. Here they are p · (f ∘ g) as it is",
                wrong=lambda F, G, p: bilinear_attention(F, G, p / F.shape[1] ** 0.5)),
        Mistake("equal", "the products were summed or averaged without their weights",
                when=lambda got, expected, F, G, p: np.allclose(got[0], F.mean(0) * G.mean(0))
                or np.allclose(got[0], F.sum(0) * G.sum(0))),
        Mistake("sums", "the pairs are lost: the weighted sums of both sides were multiplied. Sum the products instead",
                when=lambda got, expected, F, G, p: np.allclose(got[0], (expected[1].sum(1) @ F) * (expected[1].sum(0) @ G))),
        Mistake("scores", "the second result holds the scores; their softmax is asked for",
                wrong=lambda F, G, p: (bilinear_attention(F, G, p)[0], scores_of(F, G, p))),
        Mistake("flat", "the weights are in one row; give them back as (n, r)",
                when=lambda got, expected, F, G, p: np.shape(got[1]) == (len(F) * len(G),)),
        Mistake("matrix", "Fᵀ α G is (d, d): it multiplies every dimension of F with every one of G. The circle "
                "multiplies number by "
                "number, which is its diagonal", wrong=as_matrix),
        Mistake("added", "f and g were added. Bilinear means that they are multiplied",
                when=lambda got, expected, F, G, p: np.allclose(got[0], expected[1].sum(1) @ F + expected[1].sum(0) @ G)),
    ],
    hints=(
        "p · (f ∘ g) is Σ_k p_k f_k g_k. With p multiplied into F, all scores are one matrix product.",
        "The softmax runs over all n · r numbers: flatten, softmax, and back to (n, r). For the sum, weights @ G holds "
        "for each i what "
        "it gets from all j; multiply by F and add up over i.",
        "scores = (F * p) @ …\nweights = scores.flatten().softmax(dim=0).view_as(scores)\nreturn (F * (…)).sum(dim=0), weights",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def owners(lengths: list[int], tokens: int) -> Tensor:
    """Whose each step is: -1 for the tokens, then the modalities' numbers."""
    return torch.tensor([-1] * tokens + [m for m, length in enumerate(lengths) for _ in range(length)])


def bottleneck_mask(lengths: list[int], tokens: int) -> Tensor:
    """Steps see the tokens and their own; tokens see everything."""
    owner = owners(lengths, tokens)
    return same(owner) | (owner == -1)[:, None] | (owner == -1)


def same(owner: Tensor) -> Tensor:
    return owner[:, None] == owner


def mask_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    most = {"standard": 5, "large": 30}[variant]
    drawn_lengths = [[int(n) for n in rng.integers(1, most, size)] for size in (2, 3, 4)]
    return [([1, 2], 1), ([2, 3], 2), *((lengths, int(rng.integers(2, 5))) for lengths in drawn_lengths), ([4, 2], 3)]


def tokens_last(lengths: list[int], tokens: int) -> Tensor:
    return bottleneck_mask(lengths, tokens).roll((-tokens, -tokens), (0, 1))


def either(rows: bool, columns: bool, between: bool = True):
    """The mask with tokens that may not look, may not be looked at, or not among themselves."""

    def mask(lengths: list[int], tokens: int) -> Tensor:
        owner = owners(lengths, tokens)
        token = owner == -1
        seen = same(owner) & ~(token[:, None] & token)
        seen = seen | (token[:, None] & ~token) * rows | (~token[:, None] & token) * columns
        return seen | (token[:, None] & token) * between

    return mask


def a_token_itself(lengths: list[int], tokens: int) -> Tensor:
    """Tokens that do not see each other, but themselves."""
    return either(True, True, False)(lengths, tokens) | torch.eye(tokens + sum(lengths), dtype=torch.bool)


MASK = Exercise(
    id="gates_and_attention.bottleneck_mask",
    title="who may look at whom through a bottleneck",
    reference=bottleneck_mask,
    cases=mask_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("open", "everybody sees everybody: then the tokens are no bottleneck",
                wrong=lambda lengths, n: torch.ones(n + sum(lengths), n + sum(lengths), dtype=torch.bool)),
        Mistake("walls", "nobody sees beyond its own: steps and tokens never meet", wrong=either(False, False)),
        Mistake("tokens-blind", "tokens see only tokens: nothing ever gets into them", wrong=either(False, True)),
        Mistake("tokens-unseen", "steps do not see the tokens: what gets in never comes out", wrong=either(True, False)),
        Mistake("tokens-apart", "tokens do not see each other. They may look at everything",
                when=lambda got, expected, lengths, n: any(np.array_equal(got, mask(lengths, n))
                                                           for mask in (either(True, True, False), a_token_itself))),
        Mistake("order", "the tokens stand at the end; here they come first", wrong=tokens_last),
        Mistake("inverted", "turned round: true means *may* look (PyTorch's own attention has masks of either kind; look "
                "twice)",
                wrong=lambda lengths, n: ~bottleneck_mask(lengths, n)),
        Mistake("lower", "only the lower triangle is true: that is the mask of a language model, which may not see what "
                "comes later",
                wrong=lambda lengths, n: bottleneck_mask(lengths, n).tril()),
        Mistake("floats", "right, but true and false are asked for (dtype bool): as numbers they would be added to scores",
                when=lambda got, expected, *_: np.asarray(got).dtype != bool and np.array_equal(np.asarray(got) > 0.5, expected)),
    ],
    agrees=lambda got, expected: np.asarray(got).dtype == bool and np.array_equal(np.asarray(got), np.asarray(expected)),
    hints=(
        "Say for every step whose it is: -1 for a token, 0, 1, … for the modalities, in one tensor of T numbers.",
        "The row may look at the column if both are of one owner, or if the row is a token, or if the column is.",
        "owner = torch.tensor([-1] * tokens + [m for m, length in enumerate(lengths) for _ in range(length)])\ntoken = "
        "owner == -1\n"
        "return (owner[:, None] == owner) | … | …",
    ),
)  # fmt: skip
