"""Attention, and who may look where."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn import layers
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.primer.common import any_of, close


def attention_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """A small one, a masked one, a batch, and scores too large for exp."""
    q, k, d, v = {"standard": (3, 4, 5, 2), "large": (40, 60, 32, 16)}[variant]
    some = torch.from_numpy(rng.random((q, k)) < 0.5)
    some[:, 0], some[0, 1:] = True, False  # every query may look somewhere, one of them at a single key only
    batch = (normal(rng, 2, q, d), normal(rng, 2, k, d), normal(rng, 2, k, v))
    # Scores near 2000 and near -2000, a few apart: too large for exp, and lower than any number that only seems low.
    along = torch.ones(d, dtype=torch.float64) / math.sqrt(d)
    signs = torch.tensor([1.0, -1.0], dtype=torch.float64)[:, None, None]
    loud = (2 * math.sqrt(d) * signs * along.expand(2, q, d), 1000 * along + batch[1], batch[2], some)
    tiny = (normal(rng, 2, 3), normal(rng, 2, 3), normal(rng, 2, 1), torch.ones(2, 2, dtype=torch.bool))
    return [tiny, (normal(rng, q, d), normal(rng, k, d), normal(rng, k, v), some), (*batch, some), loud]


def attention_agrees(got: Any, expected: tuple) -> bool:
    """Right numbers, and exactly 0 where it is forbidden to look (the reference has no other zeros, but for rounding)."""
    forbidden = plain(expected[1]) == 0
    return all(close(a, b) for a, b in zip(got, expected, strict=True)) and not np.asarray(plain(got[1]))[forbidden].any()


def attention_with(
    scale: Callable[[Tensor], float] = lambda q: math.sqrt(q.shape[-1]), fill: float = -math.inf, axis: int = -1,
    which: Callable[[Tensor], Tensor] = lambda mask: mask, after: bool = False, divide: Callable[[Tensor], float] = lambda q: 1.0,
) -> Callable[..., tuple]:  # fmt: skip
    """Attention with a mistake in its scale, its mask or its axis; `divide` is what the weights are divided by, late."""

    def attend(query, key, value, mask):
        scores = query @ key.transpose(-2, -1) / scale(query)
        weights = scores.softmax(axis) * mask if after else scores.masked_fill(~which(mask), fill).softmax(axis)
        weights = weights / divide(query)
        return weights @ value, weights

    return attend


def attend_by(root: Callable[[Tensor, Tensor], int]) -> Callable[..., tuple]:
    """Attention that divides by the root of another length, of the key's or the value's."""
    return lambda q, k, v, mask: attention_with(scale=lambda _: math.sqrt(root(k, v)))(q, k, v, mask)


def leaks(got: Any, mask: Tensor) -> bool:
    """Whether forbidden keys get some weight, though every row sums to 1."""
    weights = np.asarray(plain(got[1]))
    sums_to_one = np.allclose(weights.sum(axis=-1), 1, atol=1e-5)
    return bool(sums_to_one and weights[..., ~mask.numpy()].any())


ATTENTION = Exercise(
    id="primer.attention",
    title="look everywhere, take home a weighted mean",
    reference=layers.attention,
    cases=attention_cases,
    variants=("standard", "large"),
    agrees=attention_agrees,
    mistakes=[
        Mistake("unscaled", "the scores are not divided by √d: in wide vectors they grow, and softmax becomes all or nothing",
                wrong=attention_with(scale=lambda q: 1.0)),
        Mistake("d", "you divided by d. A sum of d products has a spread of √d, so divide by the root",
                wrong=attention_with(scale=lambda q: q.shape[-1])),
        Mistake("steps", "√d is the root of the vectors' width, their last axis; you took the number of steps",
                when=any_of(attention_with(scale=lambda q: math.sqrt(q.shape[-2])), attend_by(lambda k, v: k.shape[-2]))),
        Mistake("value-width", "√d belongs to queries and keys, whose products grow with their width; you took that of the "
                "values",
                wrong=attend_by(lambda k, v: v.shape[-1])),
        Mistake("times", "the scores were multiplied by √d, which makes them larger still. Divide",
                wrong=attention_with(scale=lambda q: 1 / math.sqrt(q.shape[-1]))),
        Mistake("scaled-late", "the weights were divided by √d after the softmax, so they no longer sum to 1. Divide the "
                "scores, before it", wrong=attention_with(scale=lambda q: 1.0, divide=lambda q: math.sqrt(q.shape[-1]))),
        Mistake("unmasked", "the mask was not used: some queries look where they may not",
                wrong=attention_with(which=torch.ones_like)),
        Mistake("inverted", "the mask is turned round: true means that a query *may* look there",
                when=lambda got, _, q, k, v, mask: close(got[1], attention_with(which=torch.logical_not)(q, k, v, mask)[1])),
        Mistake("zero", "a forbidden score was set to 0, but e⁰ = 1: it still gets weight. Which number has e to it equal to 0?",
                wrong=attention_with(fill=0.0)),
        Mistake("overflow", "right for small scores, but e to the power of a thousand is infinite, and ∞ / ∞ is NaN. Take "
                "each row's largest score off first (softmax does)",
                when=lambda got, expected, *_: not np.isfinite(np.asarray(plain(got[1]))).all()),
        Mistake("finite", "a forbidden key still gets some weight. A score such as -15 or -100 is low only as long as the "
                "others are higher. Which number is below every other?",
                when=lambda got, _, q, k, v, mask: leaks(got, mask)),
        Mistake("late", "the weights were masked after the softmax, so that those left no longer sum to 1. Mask the scores",
                wrong=attention_with(after=True)),
        Mistake("axis", "softmax ran over the queries. Each query spreads its own weight over the keys: along which axis?",
                wrong=attention_with(axis=-2)),
        Mistake("one", "both were asked for: the result, and the weights that made it",
                when=lambda got, expected, *_: close(got, expected[0])),
        Mistake("scores", "the second part should be the weights after the softmax, each row of which sums to 1",
                when=lambda got, expected, *_: close(got[0], expected[0])),
    ],
    hints=(
        "A query's score for a key is a dot product. What makes scores into weights that sum to 1?",
        "scores = query keyᵀ / √d, of shape (…, q, k); where the mask is false put -∞; softmax along the keys; the weights times "
        "the values are the result. transpose(-2, -1) works for batches too.",
        "scores = query @ key.transpose(-2, -1) / …\nscores = scores.masked_fill(~mask, …)\n"
        "weights = scores.softmax(dim=…)\nreturn …, weights",
    ),
)  # fmt: skip


def window_mask(length: int, width: int) -> Tensor:
    """Not in the library, so that it can be graded."""
    back = torch.arange(length)[:, None] - torch.arange(length)  # how many steps ago
    return (back >= 0) & (back < width)


def true_or_false(got: Any, expected: Tensor) -> bool:
    """A tensor of bool, as `layers.attention` takes it, and the same one."""
    return isinstance(got, Tensor) and got.dtype == torch.bool and torch.equal(got, expected)


def array(got: Any) -> np.ndarray:
    """Whatever kind of mask it is, as an array."""
    return np.asarray(plain(got))


def blocks(length: int, width: int) -> Tensor:
    block = torch.arange(length) // width
    return block[:, None] == block


def late_rows_only(got: Any, expected: Tensor, length: int, width: int) -> bool:
    """Right from the row on in which the window is full, wrong before."""
    got, expected = array(got).astype(bool), plain(expected)
    return np.array_equal(got[width - 1 :], expected[width - 1 :]) and not np.array_equal(got, expected)


def ago(length: int) -> Tensor:
    return torch.arange(length)[:, None] - torch.arange(length)


WINDOW = Exercise(
    id="primer.window_mask",
    title="only the last few steps",
    reference=window_mask,
    cases=lambda rng, variant: [(4, 2), (6, 3), (int(rng.integers(8, 12 if variant == "standard" else 200)), 5), (5, 1)],
    variants=("standard", "large"),
    agrees=true_or_false,
    mistakes=[
        Mistake("added", "these are numbers to *add* to the scores, 0 and -∞, as some libraries want them. Asked for was "
                "bool: true where a step may look", when=lambda got, *_: bool(np.isneginf(array(got).astype(float)).any())),
        Mistake("array", "right, but not a tensor, which is what layers.attention takes: torch.tensor(…), torch.from_numpy(…)",
                when=lambda got, expected, *_: not isinstance(got, Tensor) and np.array_equal(array(got), plain(expected))),
        Mistake("number", "right, but as numbers: a mask is bool, since layers.attention turns it round with ~",
                when=lambda got, expected, *_: array(got).dtype != bool and close(got, expected)),
        Mistake("blocks", "these are blocks that begin anew every `width` steps. The window moves along with the step: how "
                "far is j from i?", when=lambda got, _, length, width: any(
                    np.array_equal(array(got), plain(one))
                    for one in (blocks(length, width), blocks(length, width) & layers.causal_mask(length)))),
        Mistake("negative-start", "the later rows are right, the first are not: there the window would begin before step 0, "
                "and a negative index counts from the end", when=late_rows_only),
        Mistake("future", "some steps look ahead. Step i may look at itself and back, never at what comes later",
                when=lambda got, _, length, width: bool((array(got).astype(bool) & (ago(length) < 0).numpy()).any())
                and not np.array_equal(array(got).astype(bool), (~window_mask(length, width)).numpy())),
        Mistake("too-wide", "one step too many: the step itself counts as one of `width`",
                wrong=lambda length, width: window_mask(length, width + 1)),
        Mistake("too-narrow", "one step too few: with width 1 a step still sees itself",
                when=lambda got, _, length, width: true_or_false(got, window_mask(length, width - 1))),
        Mistake("causal", "this is the whole past. Only the last `width` steps may be seen",
                wrong=lambda length, width: layers.causal_mask(length)),
        Mistake("inverted", "turned round: true is where a step may look",
                when=lambda got, _, length, width: true_or_false(got, ~window_mask(length, width))),
        Mistake("blind", "a step does not see itself here; it should",
                when=lambda got, _, length, width: not np.diag(array(got).astype(bool)).any()),
    ],
    hints=(
        "Entry (i, j) says whether step i may look at step j. How many steps back is j?",
        "i - j is how long ago j was: 0 for the step itself. Which values may it have? Broadcasting gives it for all pairs at "
        "once, from one column and one row of step numbers; & is the *and* of two bool tensors.",
        "step = torch.arange(length)\nback = step[:, None] - …\nreturn (back …) & (back …)",
    ),
)  # fmt: skip
