"""One more word, by what is kept of the words before."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.captioning.learning import close
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of
from mmlearn.exercises.engine.draws import normal


def looks_back(query: Tensor, keys: Tensor, values: Tensor, scale: float | None = None) -> Tensor:
    """query (b, d) at keys and values (b, s, d)."""
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    return ((keys @ query[..., None]).squeeze(-1) * scale).softmax(1)[:, None].matmul(values).squeeze(1)


def grown(x: Tensor, K: Tensor, V: Tensor, past: tuple) -> tuple[Tensor, Tensor]:
    keys, values = past
    return torch.cat([keys, (x @ K)[:, None]], 1), torch.cat([values, (x @ V)[:, None]], 1)


def cached_step(x: Tensor, Q: Tensor, K: Tensor, V: Tensor, past: tuple) -> tuple[Tensor, tuple]:
    """As `DecoderBlock` looks back, with one head."""
    now = grown(x, K, V, past)
    return looks_back(x @ Q, *now), now


def step_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """A later token, and the first of all."""
    b, s, d, k = {"standard": (2, 3, 4, 3), "large": (10, 12, 16, 8)}[variant]
    weights = [normal(rng, d, k) for _ in range(3)]
    pasts = [(normal(rng, b, s, k), normal(rng, b, s, k)), (torch.zeros(b, 0, k).double(), torch.zeros(b, 0, k).double())]
    return [(normal(rng, b, d), *weights, past) for past in pasts]


def same_step(got: object, expected: tuple) -> bool:
    """Whether two results (out, (keys, values)) agree."""
    if got is None:
        raise TypeError("no answer")
    out, past = got
    return close(out, expected[0]) and len(past) == 2 and all(close(a, b) for a, b in zip(past, expected[1], strict=True))


def step_with(look: Callable = looks_back, grow: Callable = grown, seen: Callable = lambda now, past: now) -> Callable:
    """A cached step with a mistake in how it looks, what it keeps, or what it looks at."""

    def wrong(x: Tensor, Q: Tensor, K: Tensor, V: Tensor, past: tuple) -> tuple:
        now = grow(x, K, V, past)
        return look(x @ Q, *seen(now, past)), now

    return any_of(wrong, alike=same_step)


def in_front(x: Tensor, K: Tensor, V: Tensor, past: tuple) -> tuple[Tensor, Tensor]:
    return torch.cat([(x @ K)[:, None], past[0]], 1), torch.cat([(x @ V)[:, None], past[1]], 1)


def not_kept(x: Tensor, Q: Tensor, K: Tensor, V: Tensor, past: tuple) -> tuple:
    return cached_step(x, Q, K, V, past)[0], past


def raw(x: Tensor, K: Tensor, V: Tensor, past: tuple) -> tuple[Tensor, Tensor]:
    return grown(x, V, K, past)


def by_input(x: Tensor, Q: Tensor, K: Tensor, V: Tensor, past: tuple) -> tuple:
    """Divides by the root of the word's width, not of the key's."""
    now = grown(x, K, V, past)
    return looks_back(x @ Q, *now, x.shape[1] ** -0.5), now


def query_kept(x: Tensor, Q: Tensor, K: Tensor, V: Tensor, past: tuple) -> tuple:
    now = grown(x, Q, V, past)
    return looks_back(x @ Q, *now), now


def across(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """The softmax over the batch."""
    weights = ((keys @ query[..., None]).squeeze(-1) * query.shape[-1] ** -0.5).softmax(0)
    return (weights[:, :, None] * values).sum(1)


def turned(got: tuple, expected: tuple, *_: object) -> bool:
    return same_step((got[0], tuple(got[1])[::-1]), expected)


CACHED_STEP = Exercise(
    id="captioning.cached_step",
    title="one more word, without reading the sentence again",
    reference=cached_step,
    cases=step_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("cache-turned", "right, but the cache comes back as (values, keys). It went in as (keys, values)", when=turned),
        Mistake("not-kept", "what you give back as the cache has not grown: the next word would not know of this one",
                when=any_of(not_kept, alike=same_step)),
        Mistake("not-itself", "the new word does not look at itself: put its key and value into the cache first, then look",
                when=step_with(seen=lambda now, past: past)),
        Mistake("only-itself", "the new word looks at itself alone, and the cache is not used",
                when=step_with(seen=lambda now, past: tuple(x[:, -1:] for x in now))),
        Mistake("front", "the new key and value were put in front. Words stand in their order: the new one at the end, axis 1",
                when=step_with(grow=in_front)),
        Mistake("not-scaled", "the scores are not divided by √k, the root of a key's width",
                when=step_with(look=lambda q, k, v: looks_back(q, k, v, 1.0))),
        Mistake("scaled-twice", "the scores are divided by k. Divide by its root",
                when=step_with(look=lambda q, k, v: looks_back(q, k, v, 1 / q.shape[-1]))),
        Mistake("scaled-by-input", "the scores are divided by the root of d, the width of the word. A key has k numbers, and the "
                "root of k "
                "is asked for: keys.shape[2]", when=any_of(by_input, alike=same_step)),
        Mistake("query-kept", "the new word's query was put into the cache. Later words ask with queries of their own; what they "
                "need of "
                "this one is its key, x @ K", when=any_of(query_kept, alike=same_step)),
        Mistake("values-from-K", "the new value was made with K, as the key was. A value is x @ V",
                when=step_with(grow=lambda x, K, V, past: grown(x, K, K, past))),
        Mistake("across-batch", "the softmax goes over the rows of the batch. It goes over the words of a row, axis 1",
                when=step_with(look=across)),
        Mistake("values-as-keys", "keys and values were taken for each other: scores come from keys, what is added up are values",
                when=step_with(look=lambda q, k, v: looks_back(q, v, k))),
        Mistake("weights-mixed", "the new key was made with V, and the new value with K", when=step_with(grow=raw)),
        Mistake("mean", "this is the mean of all values. They are weighed by a softmax of the scores",
                when=step_with(look=lambda q, k, v: v.mean(1))),
    ],
    hints=(
        "Of a new word three vectors are made: a query, a key, a value. Which of them will later words need again?",
        "Append the new key and value at the end of axis 1. Then the query meets *all* keys, its own too: scores / √k, a "
        "softmax, and "
        "the weighted sum of the values. Give back the result and the grown cache.",
        "keys = torch.cat([past[0], (x @ K)[:, None]], dim=1)\nvalues = …\nscores = (keys @ (x @ Q)[:, :, None]).squeeze(2) / …\n"
        "out = (scores.softmax(dim=1)[:, :, None] * values).sum(dim=1)\nreturn out, (keys, values)",
    ),
)  # fmt: skip
