"""Chapter 04: a mean that sees no padding, and folds by speaker."""

import numpy as np

from mmlearn.exercises.audio_features.common import close
from mmlearn.exercises.engine import Exercise, Mistake


def masked_mean(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(batch, rows, frames), (batch,) -> (batch, rows): the mean over each item's own frames."""
    real = np.arange(x.shape[2]) < np.asarray(lengths)[:, None]  # (batch, frames)
    return np.where(real[:, None], x, 0).sum(2) / np.asarray(lengths)[:, None]


def masked_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    batch, rows, n = {"standard": (3, 2, 6), "large": (30, 40, 90)}[variant]
    tiny = np.array([[[2.0, 4.0, -100.0, -100.0]], [[1.0, 2.0, 3.0, 6.0]]])
    lengths = rng.integers(1, n, size=batch)
    x = rng.normal(-30, 10, size=(batch, rows, n))
    silent = np.where(np.arange(n) < lengths[:, None, None], x, -100.0)
    full = rng.normal(size=(batch, rows, n)), np.full(batch, n)
    return [(tiny, np.array([2, 4])), (silent, lengths), (x, rng.permutation(lengths)), full]


MASKED = Exercise(
    id="audio_features.masked_mean",
    title="a mean that sees no padding",
    reference=masked_mean,
    cases=masked_cases,
    variants=("standard", "large"),
    tolerance=1e-4,  # float32 will do
    mistakes=[
        Mistake("plain", "the padding is in your mean: the longer the pad, the more the item sounds like silence. `lengths` says "
                "how many frames are real", wrong=lambda x, n: x.mean(2)),
        Mistake("longest", "you cut at the longest item of the batch. The shorter ones still hold padding up to there",
                wrong=lambda x, n: x[:, :, : n.max()].mean(2)),
        Mistake("divisor", "you summed the real frames only, which is right, but divided by the padded length. Divide by each "
                "item's own",
                wrong=lambda x, n: np.where(np.arange(x.shape[2]) < n[:, None, None], x, 0).sum(2) / x.shape[2]),
        Mistake("sum", "this is the sum. Divide by each item's number of frames",
                wrong=lambda x, n: np.where(np.arange(x.shape[2]) < n[:, None, None], x, 0).sum(2)),
        Mistake("numerator", "you divided by the right length, but the padding is still in the sum",
                wrong=lambda x, n: x.sum(2) / n[:, None]),
        Mistake("one-off", "one frame too many or too few: the real frames are number 0 … length-1",
                when=lambda got, _, x, n: any(close(got, [i[:, :k].mean(1) for i, k in zip(x, m, strict=True)])
                                              for m in (np.minimum(n + 1, x.shape[2]), np.maximum(n - 1, 1)))),
        Mistake("end", "you took frames from the end. Padding comes last: the real frames stand first",
                when=lambda got, _, x, n: close(got, [i[:, -k:].mean(1) for i, k in zip(x, n, strict=True)])),
        Mistake("shortest", "you cut every item to the shortest one. Each has frames of its own",
                wrong=lambda x, n: x[:, :, : n.min()].mean(2)),
        Mistake("axis", "you averaged over the bands. Frames are the last axis: (batch, rows) should remain",
                when=lambda got, _, x, n: np.shape(got) == (x.shape[0], x.shape[2]) and x.shape[1] != x.shape[2]),
        Mistake("last", "this is the last real frame. The mean over all real ones was asked for",
                when=lambda got, _, x, n: close(got, x[np.arange(len(x)), :, n - 1])),
    ],
    hints=(
        "Which frames of item i are real? Those whose number is below lengths[i].",
        "real = np.arange(frames) < lengths[:, None] is (batch, frames). Put zeros where it is false, sum over frames, and "
        "divide by lengths, not by the number of frames.",
        "real = np.arange(x.shape[2]) < lengths[:, None]\ntotal = np.where(real[:, None], x, …).sum(…)\nreturn total / …",
    ),
)  # fmt: skip


def leave_one_speaker_out(speakers: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """(n,) names -> one (train, test) pair of index arrays a speaker, in alphabetical order of who is left out."""
    speakers = np.asarray(speakers)
    return [(np.flatnonzero(speakers != who), np.flatnonzero(speakers == who)) for who in np.unique(speakers)]


def folds_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    names, n = {"standard": (["theo", "ada", "lucas"], 12), "large": (["f", "c", "a", "e", "b", "d"], 300)}[variant]
    some = np.array([*names, *rng.choice(names, n)])  # everyone at least once, and the first is not the alphabet's first
    return [(np.array(["bea", "ada", "bea", "gus"]),), (some,)]


def _folds(got) -> list[tuple[list, list]]:
    """Folds as lists of ascending numbers, whatever they were."""
    return [tuple(sorted(np.asarray(part).tolist()) for part in fold) for fold in got]


FOLDS = Exercise(
    id="audio_features.leave_one_speaker_out",
    title="test on a voice that training never heard",
    reference=leave_one_speaker_out,
    cases=folds_cases,
    variants=("standard", "large"),
    agrees=lambda got, expected: _folds(got) == _folds(expected),  # in whatever order the indices of a part come
    mistakes=[
        Mistake("tuples", "np.where returns a tuple, one array a dimension: take [0] of it, or use np.flatnonzero",
                when=lambda got, expected, s: all(isinstance(part, tuple) and len(part) == 1 for fold in got for part in fold)),
        Mistake("swapped", "train and test are the wrong way round: you train on one voice and test on all others",
                when=lambda got, expected, s: _folds([fold[::-1] for fold in got]) == _folds(expected)),
        Mistake("masks", "these are masks of True and False. Their positions were asked for: np.flatnonzero gives them",
                when=lambda got, expected, s: np.asarray(got[0][0]).dtype == bool),
        Mistake("one-item", "you leave out one *recording* at a time. The same voice is still in training, so nothing is unseen",
                when=lambda got, expected, s: len(got) == len(s) != len(expected)),
        Mistake("everyone", "your training part still holds the speaker you test on",
                when=lambda got, expected, s: all(len(train) == len(s) for train, _ in got)),
        Mistake("order", "the folds are right, but not in alphabetical order of who is left out (np.unique sorts)",
                when=lambda got, expected, s: _folds(got) != _folds(expected)
                and sorted(_folds(got)) == sorted(_folds(expected))),
        Mistake("names", "these are the names of the speakers. The indices of their recordings were asked for",
                when=lambda got, expected, s: np.asarray(got[0][0]).dtype.kind in "UO"),
        Mistake("test-only", "these are the test parts alone. Each fold is a pair: what to train on, what to test on",
                when=lambda got, expected, s: all(np.ndim(part) == 1 and np.array_equal(part, test)
                                                  for part, (_, test) in zip(got, expected, strict=True))),
        Mistake("one-fold", "this is one fold. Every speaker is left out once",
                when=lambda got, expected, s: len(got) == 2 and np.ndim(got[0][0]) == 0 or len(got) == 1),
    ],
    hints=(
        "For one speaker: which recordings are theirs (test), and which are not (train)? Then do it for each.",
        "np.unique(speakers) gives the voices, sorted. np.flatnonzero(speakers == who) gives the positions of one of them.",
        "return [(np.flatnonzero(speakers … who), np.flatnonzero(speakers … who)) for who in np.unique(speakers)]",
    ),
)  # fmt: skip
