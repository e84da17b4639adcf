"""A padded batch summed up: its last real state, the mean over its real tokens."""

import numpy as np

from mmlearn.exercises.engine import Exercise, Mistake


def last_state(states: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(b, t, d), (b,) -> (b, d): the state after the last real word."""
    return states[np.arange(len(states)), lengths - 1]


def padded(rng: np.random.Generator, b: int, t: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """States with numbers on padding too, as a careless network leaves them; every sequence is shorter than t."""
    lengths = rng.integers(1, t - 1, size=b)
    lengths[0], lengths[-1] = t - 1, 1
    return rng.normal(size=(b, t, d)), lengths


def state_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Padded batches in which every sequence is shorter than the batch is wide."""
    b, t, d = {"standard": (5, 6, 3), "large": (40, 30, 16)}[variant]
    tiny = (np.arange(16.0).reshape(2, 4, 2), np.array([3, 1]))
    return [tiny, padded(rng, b, t, d), padded(rng, b + 1, t + 3, d)]


def _rows(states: np.ndarray) -> np.ndarray:
    return np.arange(len(states))


LAST = Exercise(
    id="text_features.last_state",
    title="the state after the last real word",
    reference=last_state,
    cases=state_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("padding", "this is the last column of the batch. For a short caption that is padding, not its last word",
                wrong=lambda s, n: s[:, -1]),
        Mistake("one-off", "one step too far: a sequence of 3 words has the steps 0, 1, 2",
                wrong=lambda s, n: s[_rows(s), n]),
        Mistake("too-early", "one step too early: the last of 3 words is step 2",
                wrong=lambda s, n: s[_rows(s), np.maximum(n - 2, 0)]),
        Mistake("from-the-end", "a negative index counts from the end of the padded row, so the padding shifts it. Count from "
                "the front",
                wrong=lambda s, n: s[_rows(s), -n]),
        Mistake("longest", "you took the last step of the longest sequence for all. Every sequence has a length of its own",
                wrong=lambda s, n: s[:, n.max() - 1]),
        Mistake("every-pair", "states[:, lengths - 1] takes every length from every sequence: (b, b, d). Sequence i wants its "
                "own "
                "length only: which index runs along with it?", wrong=lambda s, n: s[:, n - 1]),
        Mistake("first", "this is the state after the first word", wrong=lambda s, n: s[:, 0]),
        Mistake("mean", "this is the mean over the words. The last state was asked for",
                wrong=lambda s, n: np.stack([x[:k].mean(0) for x, k in zip(s, n, strict=True)])),
    ],
    hints=(
        "Sequence i ends at step lengths[i] - 1. For one sequence you would write states[i, lengths[i] - 1].",
        "NumPy takes two lists of indices at once, states[rows, steps], and pairs them up: row 0 with step 0, and so on.",
        "rows = np.arange(len(states))\nreturn states[rows, …]",
    ),
)  # fmt: skip


def mean_pool(states: np.ndarray, real: np.ndarray) -> np.ndarray:
    """(b, t, d), bool (b, t) -> (b, d): the mean over the real words; zeros where there are none."""
    return np.where(real[..., None], states, 0).sum(1) / np.maximum(real.sum(1), 1)[:, None]


def pool_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """The padded batches of `state_cases`, one with a sequence of no words, and one with holes between the words."""

    def case(states: np.ndarray, lengths: np.ndarray) -> tuple:
        return states, np.arange(states.shape[1]) < lengths[:, None]

    cases = [case(*one) for one in state_cases(rng, variant)]
    states, real = (part.copy() for part in cases[1])
    real[1] = False
    holes = rng.random(real.shape) < 0.5  # words anywhere, not only at the front
    holes[:, [0, 2]] = False, True
    return [*cases, (states, real), (states, holes)]


POOL = Exercise(
    id="text_features.mean_pool",
    title="the mean over the real words",
    reference=mean_pool,
    cases=pool_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("padding", "padding is counted: a caption's vector then depends on the longest caption of its batch",
                wrong=lambda s, r: s.mean(1)),
        Mistake("divided-by-all", "padding is left out of the sum, but not of the number you divide by",
                wrong=lambda s, r: np.where(r[..., None], s, 0).mean(1)),
        Mistake("sum", "this is the sum over the real words. Long captions get long vectors",
                wrong=lambda s, r: np.where(r[..., None], s, 0).sum(1)),
        Mistake("whole-batch", "you divided by the number of real words of the whole batch. Every caption has its own",
                wrong=lambda s, r: np.where(r[..., None], s, 0).sum(1) / r.sum()),
        Mistake("one-mean", "this is one vector for the whole batch. A caption is a row: (b, d)",
                wrong=lambda s, r: s[r].mean(0)),
        Mistake("last", "this is the last real word alone", wrong=lambda s, r: np.where(
            r.any(1)[:, None], s[_rows(s), r.shape[1] - 1 - r[:, ::-1].argmax(1)], 0)),
        Mistake("first", "this is the first token alone: another way to pool", wrong=lambda s, r: s[:, 0]),
        Mistake("from-the-front", "you took as many words as are real, but from the front. real says *which* they are",
                wrong=lambda s, r: mean_pool(s, np.arange(r.shape[1]) < r.sum(1)[:, None])),
        Mistake("inverted", "this is the mean over the padding. Where is real true?", wrong=lambda s, r: mean_pool(s, ~r)),
        Mistake("one-more", "you divide by one more than there are words. A text without any is the only one that needs help",
                wrong=lambda s, r: np.where(r[..., None], s, 0).sum(1) / (r.sum(1) + 1)[:, None]),
        Mistake("largest", "this is the largest number in each column: max pooling. The mean was asked for",
                when=lambda got, _, s, r: np.allclose(
                    np.asarray(got)[r.any(1)], np.where(r[..., None], s, -np.inf).max(1)[r.any(1)])),
        Mistake("empty", "a caption without a real word gave 0 / 0. Its vector should be zeros: divide by at least 1",
                when=lambda got, expected, s, r: not np.isfinite(np.asarray(got)).all() and np.allclose(
                    np.asarray(got)[r.any(1)], expected[r.any(1)])),
    ],
    hints=(
        "Two things must not see padding: the sum, and the number by which it is divided.",
        "real[..., None] has shape (b, t, 1) and fits the states. The number of real words is real.sum(axis=1), at least 1.",
        "total = np.where(real[..., None], states, 0).sum(axis=…)\nwords = np.maximum(real.sum(axis=1), 1)\nreturn total / …",
    ),
)  # fmt: skip
