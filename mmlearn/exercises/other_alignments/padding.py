"""Words that are none, left out of a score."""

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
from mmlearn.exercises.other_alignments.common import close, rows_unit


def caption_scores(words: Tensor, real: Tensor, regions: Tensor, sharpness: float) -> Tensor:
    """The library's, its scores alone."""
    return align.attended_similarity(words, real, regions, sharpness)[0]


def per_word(
    words: Tensor, regions: Tensor, sharpness: float, *, axis: int = -1, unit: bool = True, cosine: bool = True
) -> Tensor:
    """cos of every word with what it finds in every picture, (b, c, t); padding gives what it gives. Or with a mistake."""
    w, r = (rows_unit(words), rows_unit(regions)) if unit else (words, regions)
    weights = (sharpness * torch.einsum("btd,crd->bctr", w, r)).softmax(axis)
    found = torch.einsum("bctr,crd->bctd", weights, r)
    return ((rows_unit(found) if cosine else found) * (rows_unit(words) if cosine else w)[:, None]).sum(-1)


def mean_of_real(each: Tensor, real: Tensor) -> Tensor:
    """The mean of (b, c, t) over real words."""
    return each.masked_fill(~real[:, None], 0).sum(-1) / real.sum(1)[:, None]


def slipped(**mistake: Any) -> Callable[..., bool]:
    """Whether this mistake was made with the words, and none with their padding."""
    return on_clean(lambda w, real, r, s: mean_of_real(per_word(w.masked_fill(~real[..., None], 0), r, s, **mistake), real))


def first_ones(words: Tensor, real: Tensor, regions: Tensor, sharpness: float) -> Tensor:
    """As if the real words were always the first ones."""
    return caption_scores(words, torch.arange(real.shape[1]) < real.sum(1)[:, None], regions, sharpness)


def share(real: Tensor) -> Tensor:
    """What part of each sentence is real, (b, 1)."""
    return real.sum(dim=1, keepdim=True) / real.shape[1]


def padded_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Padding that is noise, padding that is NaN, in front and between; as many pictures as captions or not; no padding."""
    b, c, t, r, d = {"standard": (3, 4, 5, 6, 4), "large": (8, 10, 9, 25, 16)}[variant]
    lengths = torch.from_numpy(rng.permutation(np.r_[1, t, rng.integers(2, t, b - 2)]))
    real = torch.arange(t) < lengths[:, None]
    noise = 2 * normal(rng, b, t, d)
    holes = noise.masked_fill(~real[..., None], math.nan)
    full = torch.ones(2, 2, dtype=torch.bool)
    return [
        (normal(rng, 2, 2, 3), full, normal(rng, 1, 2, 3), 3.0),
        (noise, real, normal(rng, c, r, d), 9.0),
        (noise, real, normal(rng, b, r, d), 4.0),
        (noise, real.flip(1), normal(rng, c, r, d), 5.0),
        (noise, real[:, rng.permutation(t)], normal(rng, c, r, d), 9.0),
        (holes, real, normal(rng, c, r, d), 9.0),
    ]


def on_clean(wrong: Callable[..., Any]) -> Callable[..., bool]:
    """Whether the answer is this one's where padding is a number; where it is NaN, nothing is asked but that it failed."""

    def recognised(got: Any, _: Any, words: Tensor, real: Tensor, regions: Tensor, sharpness: float) -> bool:
        return bool(words.isnan().any()) or close(got, wrong(words, real, regions, sharpness))

    return recognised


PADDED = Exercise(
    id="other_alignments.caption_scores",
    title="every caption in every picture, and padding is silent",
    reference=caption_scores,
    cases=padded_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("nan", "right while padding holds numbers, but here it holds NaN, and NaN · 0 is NaN. Fill the padding with "
                "something harmless before you compute with it (masked_fill, torch.where)",
                when=lambda got, _, words, *rest: bool(words.isnan().any()) and bool(np.isnan(np.asarray(plain(got))).any())),
        Mistake("padding-counts", "padding is averaged in like words: a caption's score depends on how long its *neighbours* "
                "in the batch are", when=on_clean(lambda w, real, r, s: per_word(w, r, s).mean(-1))),
        Mistake("divided-by-all", "padding adds nothing, but it is still counted: divide by the number of real words of each "
                "caption, not by t", when=lambda got, _, w, real, r, s: close(got, caption_scores(w, real, r, s) * share(real))),
        Mistake("at-end", "right where padding stands at the end. Here it also stands in front or between: go by `real`, not by "
                "how many are real", when=on_clean(first_ones)),
        Mistake("axis", "softmax ran over the words. Each word spreads its own weight over the regions: the last axis",
                when=slipped(axis=-2)),
        Mistake("not-unit", "no vector was brought to length one before the products, so that long regions attract every word",
                when=slipped(unit=False)),
        Mistake("product", "a word was compared with what it found by a dot product. Divide by the length of what it found: a "
                "cosine", when=slipped(cosine=False)),
        Mistake("batch-mean", "each caption was divided by the *mean* number of real words in the batch. Divide by its own",
                when=lambda got, _, w, real, r, s: close(
                    got, caption_scores(w, real, r, s) * real.sum(1)[:, None] / real.sum(1).double().mean())),
        Mistake("summed", "the words were added up. Take their mean, else long captions win every picture",
                when=lambda got, _, w, real, r, s: close(got, caption_scores(w, real, r, s) * real.sum(1)[:, None])),
        Mistake("inverted", "the mask is turned round: true means that a word is real",
                when=on_clean(lambda w, real, r, s: (per_word(w, r, s) * ~real[:, None]).sum(-1) / (~real).sum(1)[:, None])),
        Mistake("transposed", "the right numbers, lying across: row i is caption i, column j picture j",
                when=lambda got, expected, *_: close(np.transpose(plain(got)), expected)),
        Mistake("pairs-only", "this compares caption i with picture i alone. Every caption meets every picture: (b, c)",
                when=lambda got, *_: np.ndim(plain(got)) == 1),
        Mistake("per-word", "one number a word is a good step. Now the mean over the real words of each caption: (b, c)",
                when=lambda got, *_: np.ndim(plain(got)) == 3),
    ],
    hints=(
        "The exercise before did one caption and one picture. What is new: two more axes, and words that are none.",
        "Fill padding with zeros first. torch.einsum(\"btd,crd->bctr\", words, regions) has all cosines at once; softmax over "
                "the last axis; another einsum gives what each word found, (b, c, t, d). Mean over real words: a sum in which "
                "padding is 0, "
                "divided by how many are real.",
        "words = words.masked_fill(~real[..., None], 0)\nw, r = …   # length one; functional.normalize leaves zeros zero\n"
        "cosines = torch.einsum(\"btd,crd->bctr\", w, r)\nweights = …\nfound = torch.einsum(\"bctr,crd->bctd\", weights, r)\n"
        "each = functional.cosine_similarity(w[:, None], found, dim=-1)   # (b, c, t)\nreturn (each * real[:, None]).sum(-1) "
        "/ …",
    ),
)  # fmt: skip
