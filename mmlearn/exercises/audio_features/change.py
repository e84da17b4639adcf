"""Chapter 04: the slope of each row around each frame."""

import numpy as np

from mmlearn.exercises.audio_features.common import close, proportional
from mmlearn.exercises.engine import Exercise, Mistake


def deltas(x: np.ndarray, reach: int) -> np.ndarray:
    """(rows, frames) -> the slope of each row around each frame. Not in the library, so that it can be graded."""
    padded = np.pad(x, ((0, 0), (reach, reach)), mode="edge")
    n = x.shape[1]
    total = sum(k * (padded[:, reach + k : reach + k + n] - padded[:, reach - k : reach - k + n]) for k in range(1, reach + 1))
    return total / (2 * sum(k * k for k in range(1, reach + 1)))


def _squares(reach: int) -> int:
    return sum(k * k for k in range(1, reach + 1))


def _difference(x: np.ndarray, k: int) -> np.ndarray:
    """x at t + k less x at t - k, with repeated ends."""
    padded = np.pad(x, ((0, 0), (k, k)), mode="edge")
    return padded[:, 2 * k :] - padded[:, : x.shape[1]]


def deltas_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    rows, n = {"standard": (2, 9), "large": (13, 80)}[variant]
    ramp = np.array([[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]])
    return [(3 * ramp, 1), (rng.normal(size=(rows, n)), 2), (rng.normal(size=(rows, n)), 3)]


def _wrong_deltas(x: np.ndarray, reach: int, mode: str = "edge", weigh: bool = True, divide: bool = True) -> np.ndarray:
    """Deltas with one thing done otherwise."""
    padded, n = np.pad(x, ((0, 0), (reach, reach)), mode=mode), x.shape[1]
    w = {k: k if weigh else 1 for k in range(1, reach + 1)}
    total = sum(w[k] * (padded[:, reach + k : reach + k + n] - padded[:, reach - k : reach - k + n]) for k in w)
    return total / (2 * sum(k * k for k in w)) if divide else total


DELTAS = Exercise(
    id="audio_features.deltas",
    title="not only where the spectrum is, but where it goes",
    reference=deltas,
    cases=deltas_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-divisor", "the slopes are too steep by one factor: divide by 2 Σ k²",
                wrong=lambda x, r: _wrong_deltas(x, r, divide=False)),
        Mistake("half-divisor", "every slope is twice too steep: the divisor is *2* Σ k²",
                wrong=lambda x, r: 2 * deltas(x, r)),
        Mistake("unweighted", "each difference counts as often as its distance k: far frames say more about a slope",
                wrong=lambda x, r: _wrong_deltas(x, r, weigh=False)),
        Mistake("sign", "a rising row should have positive deltas: what comes later, minus what came before",
                wrong=lambda x, r: -deltas(x, r)),
        Mistake("zeros", "at both ends you put zeros beside the frames, and found slopes that are not there. Repeat the "
                "first and the last frame instead", wrong=lambda x, r: _wrong_deltas(x, r, mode="constant")),
        Mistake("wrapped", "your ends wrap around: the frame before the first is not the last one (np.roll does that). "
                "Repeat the first and the last frame", wrong=lambda x, r: _wrong_deltas(x, r, mode="wrap")),
        Mistake("reflected", "you mirrored the ends. Here the first and the last frame are repeated (mode=\"edge\")",
                when=lambda got, _, x, r: close(got, _wrong_deltas(x, r, mode="reflect"))
                or close(got, _wrong_deltas(x, r, mode="symmetric"))),
        Mistake("short", "there are fewer frames than before. Repeat the first and the last frame `reach` times, so that every "
                "frame has neighbours", when=lambda got, expected, x, r: np.shape(got)[1] < np.shape(expected)[1]),
        Mistake("axis", "you took differences between rows. Time runs along a row",
                when=lambda got, _, x, r: close(got, deltas(x.T, r).T)),
        Mistake("one-side", "you took the difference to one neighbour (np.diff does that). A slope at t looks to both sides: "
                "what comes later, minus what came before",
                when=lambda got, _, x, r: any(close(got, sign * np.diff(x, axis=1, **{end: x[:, at]})) for sign in (1, -1)
                                              for end, at in (("prepend", slice(1)), ("append", slice(-1, None))))),
        Mistake("only-neighbours", "you looked at the next frame on either side only. Use all distances k = 1 … reach",
                when=lambda got, _, x, r: close(got, deltas(x, 1)) or close(got, np.gradient(x, axis=1))),
        Mistake("range", "range(1, reach) ends at reach - 1. Frames at the distance `reach` count too: range(1, reach + 1)",
                when=lambda got, _, x, r: r == 1 or close(got, deltas(x, r - 1))
                or close(got, deltas(x, r - 1) * _squares(r - 1) / _squares(r))),
        Mistake("square-of-sum", "you divided by the square of a sum. The divisor is 2 Σ k²: square each k, then add",
                wrong=lambda x, r: deltas(x, r) * _squares(r) / (r * (r + 1) / 2) ** 2),
        Mistake("only-farthest", "you used the distance `reach` alone. Add up all distances k = 1 … reach",
                when=lambda got, _, x, r: r > 1 and proportional(got, _difference(x, r))),
        Mistake("rows-padded", "you padded rows as well as frames, so that there are more rows than before. np.pad takes one "
                "pair an axis: ((0, 0), (reach, reach))",
                when=lambda got, _, x, r: np.shape(got) == (x.shape[0] + 2 * r, x.shape[1])),
    ],
    hints=(
        "Fit a straight line through the frames t - reach … t + reach of one row. Its slope is the answer.",
        "Pad with `reach` copies of the first and of the last frame. Then add k · (x[t + k] - x[t - k]) for k = 1 … reach, and "
        "divide by 2 Σ k².",
        "padded = np.pad(x, ((0, 0), (reach, reach)), mode=…)\n"
        "total = sum(k * (padded[:, …] - padded[:, …]) for k in range(1, reach + 1))\nreturn total / …",
    ),
)  # fmt: skip
