"""Words that look for regions: all of them, or the best k."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn import align
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.other_alignments.common import any_of, close, columns_unit, rows_unit


def attended(
    words: Tensor, regions: Tensor, sharpness: float, *, axis: int | None = -1, cosine: bool = True, unit_regions: bool = True,
    whole: Callable[[Tensor], Tensor] = lambda each: each.mean(), compare: str = "cosine",
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The exercise, with a mistake where an argument says so."""
    w, r = rows_unit(words), rows_unit(regions)
    scores = w @ r.T if cosine else words @ regions.T
    scaled = sharpness * scores
    weights = scaled.flatten().softmax(0).reshape(scores.shape) if axis is None else scaled.softmax(axis)
    context = weights @ (r if unit_regions else regions)
    if compare == "best":
        return whole(scores.max(dim=1).values), weights
    each = (w * context).sum(1) if compare == "product" else (w * rows_unit(context)).sum(1)
    return whole(each), weights


def attended_reference(words: Tensor, regions: Tensor, sharpness: float) -> tuple[Tensor, Tensor]:
    """The library's, for one sentence and one picture."""
    real = torch.ones(1, len(words), dtype=torch.bool)
    scores, weights = align.attended_similarity(words[None], real, regions[None], sharpness)
    return scores[0, 0], weights[0, 0]


def attended_is(**mistake: Any) -> Callable[..., bool]:
    """Whether both parts are those of this mistake (an answer of one part is judged by the last two mistakes)."""

    def recognised(got: Any, _: Any, *arguments: Any) -> bool:
        return all(close(a, b) for a, b in zip(got, attended(*arguments, **mistake), strict=True))

    return recognised


def attended_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    t, r, d = {"standard": (3, 5, 4), "large": (12, 64, 32)}[variant]
    tiny = (torch.tensor([[2.0, 0.0]]).double(), torch.tensor([[1.0, 0.0], [0.0, 3.0]]).double(), 2.0)
    lengths = torch.from_numpy(rng.uniform(0.3, 3, size=(r, 1)))
    return [tiny, *((2 * normal(rng, t, d), lengths * normal(rng, r, d), s) for s in (0.5, 4.0, 9.0))]


ATTENDED = Exercise(
    id="other_alignments.attended_similarity",
    title="each word looks for its place in the picture",
    reference=attended_reference,
    cases=attended_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("axis", "softmax ran over the words. Each word spreads its own weight over the regions: along which axis?",
                when=attended_is(axis=0)),
        Mistake("not-sharp", "sharpness does not count in your weights. Cosines lie between -1 and 1, so that softmax alone "
                "hardly tells the regions apart", when=lambda got, _, w, r, s: attended_is()(got, _, w, r, 1.0)),
        Mistake("divided", "the cosines were divided by the sharpness, which makes them blunter. Multiply",
                when=lambda got, _, w, r, s: attended_is()(got, _, w, r, 1 / s)),
        Mistake("not-unit", "no row was brought to length one. Do so first with all, words and regions, along the last axis",
                when=attended_is(cosine=False, unit_regions=False)),
        Mistake("columns-unit", "the *columns* were brought to length one. A vector is a row: along which axis is its length?",
                when=lambda got, _, w, r, s: attended_is(cosine=False, unit_regions=False)(
                    got, _, columns_unit(w), columns_unit(r), s)),
        Mistake("whole", "softmax ran over the whole matrix, so that the words share one weight. Each row must sum to 1",
                when=attended_is(axis=None)),
        Mistake("root", "the cosines were divided by √d, as dot products are in chapter 01. Cosines need no such thing: "
                "sharpness alone scales them",
                when=lambda got, _, w, r, s: attended_is()(got, _, w, r, s / math.sqrt(w.shape[1]))),
        Mistake("products", "the weights come from dot products of rows as they are: a long region attracts every word. All "
                "rows must have length one first", when=attended_is(cosine=False)),
        Mistake("unit-late", "the weights are right, but what a word takes home must be the weighted sum of the regions of "
                "*length one*",
                when=attended_is(unit_regions=False)),
        Mistake("product", "the weights are right. The word was compared with what it found by a dot product; a mean of "
                "several unit vectors is shorter than one, so divide by its length: a "
                "cosine", when=attended_is(compare="product")),
        Mistake("best", "you took each word's best region. Asked for is the cosine with the weighted sum of all",
                when=attended_is(compare="best")),
        Mistake("summed", "the cosines of the words were added up, so a longer caption scores higher. Take their mean",
                when=attended_is(whole=lambda each: each.sum())),
        Mistake("each-word", "one cosine a word is a good step. The score of the caption is their mean: one number",
                when=attended_is(whole=lambda each: each)),
        Mistake("swapped", "both parts are right, in the wrong order: the score first, then the weights",
                when=lambda got, expected, *_: close(got[0], expected[1]) and close(got[1], expected[0])),
        Mistake("one", "both were asked for: the score, and the weights that made it",
                when=lambda got, expected, *_: close(got, expected[0]) or close(got, expected[1])),
        Mistake("score-differs", "the weights are right, the score is not: the mean over words of cos(word, what it found)",
                when=lambda got, expected, *_: close(got[1], expected[1]) and np.ndim(plain(got[0])) == 0),
        Mistake("weights-differ", "the weights are not right yet, and the score stands on them. Row i is the softmax, over the "
                "regions, of sharpness times word i's cosines with them",
                when=lambda got, expected, *_: np.shape(plain(got[1])) == expected[1].shape and np.ndim(plain(got[0])) == 0),
    ],
    hints=(
        "It is attention: words are the queries, regions are keys and values at once.",
        "Make all rows length one; cosines = words regionsᵀ, (t, r); weights = softmax of sharpness · cosines along the "
                "regions; found = weights times regions, (t, d). The score is the mean over words of the cosine of each word "
                "with what it "
        "found.",
        "w, r = words / …, regions / …\nweights = (sharpness * w @ r.T).softmax(dim=…)\nfound = weights @ …\n"
        "each = (w * found).sum(1) / found.norm(dim=1)\nreturn each.mean(), …",
    ),
)  # fmt: skip


def sparse_attention(words: Tensor, regions: Tensor, k: int, sharpness: float) -> Tensor:
    """Not in the library, so that it can be graded."""
    return best_of(sharpness * rows_unit(words) @ rows_unit(regions).T, k)


def kept_best(words: Tensor, regions: Tensor, k: int, sharpness: float, *, fill: float = -math.inf, axis: int = 1) -> Tensor:
    """The same with a mistake: what is not among the best gets `fill`; the best along another axis, or of all."""
    scores = sharpness * rows_unit(words) @ rows_unit(regions).T
    flat = scores.flatten()[None] if axis == 2 else scores
    least = flat.topk(min(k, flat.shape[min(axis, 1)]), dim=min(axis, 1)).values.amin(min(axis, 1), keepdim=True)
    return scores.masked_fill(scores < least, fill).softmax(dim=1)


def best_of(scores: Tensor, k: int, largest: bool = True) -> Tensor:
    """Softmax over the k largest, or smallest, of each row."""
    kept = torch.zeros_like(scores, dtype=torch.bool).scatter_(1, scores.topk(k, dim=1, largest=largest).indices, True)
    return scores.masked_fill(~kept, -math.inf).softmax(dim=1)


def cut_late(words: Tensor, regions: Tensor, k: int, sharpness: float) -> Tensor:
    weights = sparse_attention(words, regions, len(regions), sharpness)
    return weights * (sparse_attention(words, regions, k, sharpness) > 0)


def sparse_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    t, r, d = {"standard": (4, 6, 5), "large": (12, 64, 32)}[variant]
    cases = [(normal(rng, 2, 3), normal(rng, 3, 3), 2, 3.0)]
    return cases + [(2 * normal(rng, t, d), normal(rng, r, d), k, s) for k, s in ((1, 9.0), (3, 2.0), (2, 0.5), (r, 4.0))]


SPARSE = Exercise(
    id="other_alignments.sparse_attention",
    title="look at a few places only",
    reference=sparse_attention,
    cases=sparse_cases,
    variants=("standard", "large"),
    agrees=lambda got, expected: close(got, expected) and not np.asarray(plain(got))[plain(expected) == 0].any(),
    mistakes=[
        Mistake("not-summing", "the rest was cut after the softmax, so that what is left no longer sums to 1. Cut before it, "
                "or divide again by the sum", wrong=cut_late),
        Mistake("zero", "the scores of the others were set to 0, but e⁰ = 1: they still get "
                "weight", wrong=lambda *a: kept_best(*a, fill=0.0)),
        Mistake("finite", "the others still get a little weight. Exactly 0 was asked for: which score has e to it equal to 0?",
                when=lambda got, expected, *_: np.allclose(np.asarray(plain(got)).sum(1), 1)
                and close(got, expected, rtol=0.3, atol=0.3)
                and bool(np.asarray(plain(got))[plain(expected) == 0].any())),
        Mistake("all", "k does not count: each word still looks at every "
                "region", wrong=lambda w, r, k, s: sparse_attention(w, r, len(r), s)),
        Mistake("words", "you kept the k best *words* of each region. Each word keeps its k best regions: along a row",
                when=any_of(lambda *a: kept_best(*a, axis=0))),
        Mistake("of-all", "you kept the k best of all pairs together. Each word has k of its "
                "own", when=any_of(lambda *a: kept_best(*a, axis=2),
                                   lambda w, r, k, s: kept_best(w, r, k * len(w), s, axis=2))),
        Mistake("worst", "these are the k *least* similar regions",
                wrong=lambda w, r, k, s: best_of(s * rows_unit(w) @ rows_unit(r).T, k, largest=False)),
        Mistake("one-off", "one region too many or too few: how many are left of each "
                "row?", when=lambda got, _, w, r, k, s: (k == 1 and not np.nan_to_num(np.asarray(plain(got))).any()) or any(
                    close(got, sparse_attention(w, r, j, s)) for j in (k - 1, k + 1) if 1 <= j <= len(r))),
        Mistake("best-one", "only the best region is left of each row. Keep k, and share the weight among them by "
                "softmax", wrong=lambda w, r, k, s: sparse_attention(w, r, 1, s)),
        Mistake("even", "the k regions are right, but they share the weight evenly. The sharper the better one should win",
                when=lambda got, expected, w, r, k, s: close(got, (np.asarray(plain(expected)) > 0) / k)),
        Mistake("not-sharp", "sharpness does not count in your "
                "weights", wrong=lambda w, r, k, s: sparse_attention(w, r, k, 1.0)),
        Mistake("products", "rows must have length one first: these are dot products",
                when=any_of(lambda w, r, k, s: best_of(s * w @ r.T, k))),
    ],
    hints=(
        "Softmax gives exactly 0 to one kind of score only.",
        "Compute sharpness · cosines, (t, r). Find each row's k-th largest score (topk along the row), set everything below "
                "it to -∞, then softmax along the row.",
        "scores = sharpness * …\nleast = scores.topk(k, dim=1).values[:, -1:]   # (t, 1)\n"
        "return scores.masked_fill(scores < least, …).softmax(dim=…)",
    ),
)  # fmt: skip
