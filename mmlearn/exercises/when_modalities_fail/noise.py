"""Noise: of a given strength, and how much of it is too much."""

import math
from collections.abc import Callable

import numpy as np

from mmlearn import evaluate
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of, plain


def power(x: np.ndarray) -> np.ndarray:
    """(n, 1): the mean of squares of each row."""
    return (x**2).mean(axis=1, keepdims=True)


def at_snr(signals: np.ndarray, noise: np.ndarray, snr: float) -> np.ndarray:
    """Signals plus noise that is scaled row by row."""
    return signals + noise * np.sqrt(power(signals) / power(noise) / 10 ** (snr / 10))


def snr_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """By hand; rows of unequal power, not centred, louder than, as loud as and quieter than the noise."""
    n, t = {"standard": (3, 8), "large": (20, 400)}[variant]
    tiny = (np.array([[2.0, -2.0, 2.0, 2.0]]), np.array([[0.5, 0.5, -0.5, 0.5]]), 20.0)
    signals = 10.0 ** rng.uniform(-2, 2, (n, 1)) * (rng.normal(size=(n, t)) + 1)
    noise = 10.0 ** rng.uniform(-2, 2, (n, 1)) * (rng.normal(size=(n, t)) - 0.5)
    return [tiny, (signals, noise, -6.0), (signals[::-1].copy(), noise, 13.0)]


def spread(x: np.ndarray) -> np.ndarray:
    return x.var(axis=1, keepdims=True)


def centred(x: np.ndarray) -> np.ndarray:
    return x - x.mean(axis=1, keepdims=True)


SNR = Exercise(
    id="when_modalities_fail.at_snr",
    title="noise of a given strength",
    reference=at_snr,
    cases=snr_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("power-as-factor", "the quotient of the powers was used as the factor itself. Noise k times as large has k² "
                "times the power", wrong=lambda s, n, snr: s + n * power(s) / power(n) / 10 ** (snr / 10)),
        Mistake("half-root", "the root was taken of only one part: powers *and* decibels both stand under it",
                when=lambda got, _, s, n, snr: any(np.allclose(plain(got), s + n * k) for k in (
                    np.sqrt(power(s) / power(n)) / 10 ** (snr / 10), power(s) / power(n) / 10 ** (snr / 20)))),
        Mistake("twenty", "20 belongs to a factor on samples. Under the root stand powers, and with them 10",
                wrong=lambda s, n, snr: s + n * np.sqrt(power(s) / power(n) / 10 ** (snr / 20))),
        Mistake("signal-scaled", "the ratio is right, but the *signals* were scaled. Leave them as they are",
                when=any_of(lambda s, n, snr: n + s * np.sqrt(power(n) / power(s) * 10 ** (snr / 10)))),
        Mistake("sum", "one power is a sum of squares, the other one a mean",
                when=any_of(lambda s, n, snr: s + (at_snr(s, n, snr) - s) * np.sqrt(n.shape[1]),
                            lambda s, n, snr: s + (at_snr(s, n, snr) - s) / np.sqrt(n.shape[1]))),
        Mistake("centred", "the mean was taken off the noise, which changes its shape; only its strength is yours to set",
                when=any_of(lambda s, n, snr: at_snr(s, centred(n), snr),
                            lambda s, n, snr: s + centred(n) * np.sqrt(power(s) / power(n) / 10 ** (snr / 10)))),
        Mistake("sign", "the noise is too loud where it should be quiet: more decibels mean *less* noise",
                wrong=lambda s, n, snr: s + n * np.sqrt(power(s) / power(n) * 10 ** (snr / 10))),
        Mistake("noise-as-it-is", "the noise was taken as if its power were 1. It may have any: divide by it",
                wrong=lambda s, n, snr: s + n * np.sqrt(power(s) / 10 ** (snr / 10))),
        Mistake("signal-as-it-is", "the signals were taken as if their power were 1: the same noise for loud and quiet ones",
                wrong=lambda s, n, snr: s + n * np.sqrt(1 / power(n) / 10 ** (snr / 10))),
        Mistake("one-for-all", "one power was computed for all rows together. Each row has its own ratio",
                wrong=lambda s, n, snr: s + n * np.sqrt((s**2).mean() / (n**2).mean() / 10 ** (snr / 10))),
        Mistake("variance", "this is the variance, the power about the mean. Here power is the mean of squares, the mean "
                "included",
                wrong=lambda s, n, snr: s + n * np.sqrt(spread(s) / spread(n) / 10 ** (snr / 10))),
        Mistake("natural", "decibels count powers of ten, not of e",
                wrong=lambda s, n, snr: s + n * np.sqrt(power(s) / power(n) / np.exp(snr / 10))),
        Mistake("noise-only", "this is the scaled noise; it is to be added to the signals",
                wrong=lambda s, n, snr: at_snr(s, n, snr) - s),
    ],
    hints=(
        "By how many times must the power of the noise change so that it fits the signal's power and the decibels?",
        "The wanted noise power is the signal's power divided by 10 ** (snr / 10). A factor k on samples is k² on power.",
        "signal_power = (signals**2).mean(axis=1, keepdims=True)\nnoise_power = …\nfactor = np.sqrt(… / noise_power)\n"
        "return signals + factor * noise",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def crossing_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Crosses once; twice, at uneven levels; is touched, then crossed; never; from the start; and comes back; touched, and falls
    from there, at a level or the first one; random."""
    k = {"standard": 6, "large": 40}[variant]
    levels = np.array([0.0, 1.0, 3.0, 4.0, 8.0])
    flat = np.full(5, 0.6)
    made = [
        (levels, np.array([0.9, 0.8, 0.7, 0.4, 0.3]), flat), (levels, np.array([0.8, 0.7, 0.4, 0.9, 0.1]), flat),
        (levels, np.array([0.875, 0.5, 0.75, 0.25, 0.125]), np.full(5, 0.5)),
        (levels, np.array([0.9, 0.85, 0.8, 0.7, 0.65]), flat), (levels, np.array([0.5, 0.9, 0.9, 0.5, 0.4]), flat),
        (levels, np.array([0.8, 0.5, 0.4, 0.5, 0.7]), flat),
        (levels, np.array([0.75, 0.625, 0.5, 0.375, 0.25]), np.full(5, 0.5)),
        (levels, np.array([0.5, 0.375, 0.25, 0.25, 0.125]), np.full(5, 0.5)),
    ]  # fmt: skip
    falling = np.sort(rng.uniform(0.2, 0.95, k))[::-1].copy()
    falling[:2], falling[-1] = (0.99, 0.97), 0.05
    return [*made, (np.sort(rng.uniform(-30, 10, k)), falling, np.linspace(0.7, 0.5, k))]


def below(fused: np.ndarray, alone: np.ndarray) -> np.ndarray:
    return np.flatnonzero(fused < alone)


def between(levels: np.ndarray, ahead: np.ndarray, i: int, turned: bool = False) -> float:
    """Where the difference is 0 between levels i - 1 and i; with turned, counted from the wrong end."""
    if i == 0:
        return float(levels[0])
    share = ahead[i - 1] / (ahead[i - 1] - ahead[i])
    return float(levels[i - 1] + (levels[i] - levels[i - 1]) * (1 - share if turned else share))


def on_the_grid(levels: np.ndarray, fused: np.ndarray, alone: np.ndarray) -> float:
    at = below(fused, alone)
    return float(levels[at[0]]) if len(at) else math.inf


def last_one(levels: np.ndarray, fused: np.ndarray, alone: np.ndarray) -> float:
    """The last passage from above to below."""
    ahead = fused - alone
    at = [i for i in below(fused, alone) if i == 0 or ahead[i - 1] >= 0]
    return between(levels, ahead, at[-1]) if at else math.inf


def touching(levels: np.ndarray, fused: np.ndarray, alone: np.ndarray) -> float:
    at = np.flatnonzero(fused <= alone)
    return between(levels, fused - alone, int(at[0])) if len(at) else math.inf


def wrapped(levels: np.ndarray, fused: np.ndarray, alone: np.ndarray) -> float:
    """From the start below: index -1 is the last level."""
    at, ahead = below(fused, alone), fused - alone
    if not len(at):
        return math.inf
    i = int(at[0])
    return float(levels[i - 1] + (levels[i] - levels[i - 1]) * ahead[i - 1] / (ahead[i - 1] - ahead[i]))


def turned(levels: np.ndarray, fused: np.ndarray, alone: np.ndarray) -> float:
    at = below(fused, alone)
    return between(levels, fused - alone, int(at[0]), turned=True) if len(at) else math.inf


def halfway(levels: np.ndarray, fused: np.ndarray, alone: np.ndarray) -> float:
    at = below(fused, alone)
    if not len(at):
        return math.inf
    return float(levels[0] if at[0] == 0 else (levels[at[0]] + levels[at[0] - 1]) / 2)


def sorted_by_interp(levels: np.ndarray, fused: np.ndarray, alone: np.ndarray) -> float:
    return float(np.interp(0.0, -(fused - alone), levels)) if len(below(fused, alone)) else math.inf


def above_to_below(levels: np.ndarray, fused: np.ndarray, alone: np.ndarray) -> float:
    """The first passage from above, without a look at the first level."""
    ahead = fused - alone
    return next((between(levels, ahead, i) for i in range(1, len(ahead)) if ahead[i - 1] >= 0 > ahead[i]), math.inf)


def place_in(values: str) -> Callable[..., float]:
    """The index at which the curve is below for the first time, or the level before that."""

    def wrong(levels: np.ndarray, fused: np.ndarray, alone: np.ndarray) -> float:
        at = below(fused, alone)
        if not len(at):
            return math.inf
        return float(at[0]) if values == "index" else float(levels[max(at[0] - 1, 0)])

    return wrong


def touches_there(got: object, expected: float, levels: np.ndarray, fused: np.ndarray, alone: np.ndarray) -> bool:
    """Whether the fusion falls from a level at which the curves touch."""
    return bool((fused == alone)[levels == expected].any())


def starts_below(got: object, expected: float, levels: np.ndarray, fused: np.ndarray, alone: np.ndarray) -> bool:
    """Whether it is below from the start; or touches, which a product of signs misses too."""
    return bool(fused[0] < alone[0]) or touches_there(got, expected, levels, fused, alone)


def wrong_where_none(got: object, expected: object, *_: object) -> bool:
    """Only the case without a crossing came out wrong."""
    return bool(np.isinf(expected))


CROSSING = Exercise(
    id="when_modalities_fail.crossing",
    title="from where on one modality is better alone",
    reference=evaluate.crossing,
    cases=crossing_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("never", "where the fusion never falls below, the answer is infinity: np.inf", when=wrong_where_none),
        Mistake("grid", "this is the first *measured* level below. The curves cross before it: between two levels they are "
                "straight lines", wrong=on_the_grid),
        Mistake("last", "this is the last crossing; the first one was asked for", wrong=last_one),
        Mistake("touch", "where the curves only touch, the fusion has not fallen below", wrong=touching),
        Mistake("wrap", "where the fusion is below from the start, the level before the first was used, and index -1 is the "
                "*last* one",
                wrong=wrapped),
        Mistake("swapped", "this is where the fusion comes *above*: are fused and alone the wrong way round?",
                wrong=lambda levels, fused, alone: evaluate.crossing(levels, alone, fused)),
        Mistake("before", "this is the last level at which the fusion was not yet below. The curves cross after it: between two "
                "levels they are straight lines", wrong=place_in("level")),
        Mistake("index", "this is the index of a level; the place among the levels was asked for", wrong=place_in("index")),
        Mistake("signs", "the curve touches at a level and falls from there, which a product of two signs misses: it is 0",
                when=touches_there),
        Mistake("start", "where the fusion is below from the first level on, that level is the answer", when=starts_below),
        Mistake("turned", "the place between the two levels is counted from the wrong end", wrong=turned),
        Mistake("halfway", "halfway between the two levels is only right if the curves lie equally far apart at both",
                wrong=halfway),
        Mistake("interp", "np.interp wants its second argument rising all the way; a curve that comes back makes it answer "
                "anything",
                wrong=sorted_by_interp),
    ],
    hints=(
        "Look at fused - alone. What is the sign before the crossing, and after it?",
        "Find the first index at which the difference is below 0. Two special cases: there is none; it is the first. Else the "
        "difference falls on a straight line from a ≥ 0 to b < 0, and is 0 after the share a / (a - b) of the way.",
        "ahead = fused - alone\nif not (ahead < 0).any():\n    return …\ni = int(np.argmax(ahead < 0))\nif i == 0:\n"
        "    return …\n"
        "a, b = ahead[i - 1], ahead[i]\nreturn levels[i - 1] + (levels[i] - levels[i - 1]) * …",
    ),
)  # fmt: skip
