"""What is said with how much confidence, and with how many bits."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn import compress, explain
from mmlearn.exercises.engine import Exercise, Mistake


def gaps(P: np.ndarray, y: np.ndarray, place: np.ndarray, squared: bool = False, mean: bool = False) -> float:
    """The gaps of the bins named by `place`, weighted by their share, or all alike with `mean`."""
    confidence, right = P.max(axis=1), P.argmax(axis=1) == y
    found = [(np.mean(place == k), right[place == k].mean() - confidence[place == k].mean()) for k in np.unique(place)]
    each = [gap**2 if squared else abs(gap) for _, gap in found]
    return float(np.mean(each)) if mean else float(sum(share * gap for (share, _), gap in zip(found, each, strict=True)))


def widths(P: np.ndarray, bins: int) -> np.ndarray:
    return np.ceil(P.max(axis=1) * bins)


def all_classes(P: np.ndarray, y: np.ndarray, bins: int) -> float:
    """The probabilities of all classes, each against whether it is right."""
    p, right = P.ravel(), (np.arange(P.shape[1]) == y[:, None]).ravel()
    place = np.ceil(p * bins)
    return float(sum(np.mean(place == k) * abs(right[place == k].mean() - p[place == k].mean()) for k in np.unique(place)))


def own_probability(P: np.ndarray, y: np.ndarray, bins: int) -> float:
    """The probability of the right class in the place of the confidence."""
    p, right = P[np.arange(len(P)), y], P.argmax(1) == y
    place = np.ceil(p * bins)
    return float(sum(np.mean(place == k) * abs(right[place == k].mean() - p[place == k].mean()) for k in np.unique(place)))


def calibration_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Rows that can be counted by hand, some on the edges of bins, then random ones; in each some bins are empty."""
    n, classes = {"standard": (60, 3), "large": (800, 10)}[variant]
    by_hand = np.array([[0.9, 0.1], [0.75, 0.25], [0.75, 0.25], [0.4, 0.6], [0.5, 0.5], [0.25, 0.75]])
    logits = rng.normal(size=(n, classes)) * 2
    P = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    mostly = P.argmax(1) * (rng.random(n) < 0.8)
    return [(by_hand, np.array([0, 0, 1, 1, 0, 0]), 4), (P, rng.integers(0, classes, n), 10), (P, mostly, 7)]


CALIBRATION_ERROR = Exercise(
    id="explain_and_compress.calibration_error",
    title="how far confidence lies from being right",
    reference=lambda P, y, bins: explain.expected_calibration_error(P, y, bins),
    cases=calibration_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-bins", "this is the gap between the mean confidence and the accuracy of all rows: too sure here and too "
                           "shy there "
                "cancel out. Bin by bin", wrong=lambda P, y, k: gaps(P, y, np.zeros(len(P)))),
        Mistake("plain-mean", "every bin counts the same here, however few rows it has. Weight each by its share of the rows",
                wrong=lambda P, y, k: gaps(P, y, widths(P, k), mean=True)),
        Mistake("all-bins", "the gaps were added and divided by the number of bins. Weight each bin by its share of the rows",
                when=lambda got, expected, P, y, k: _near(
                    got, gaps(P, y, widths(P, k), mean=True) * len(np.unique(widths(P, k))) / k)),
        Mistake("edges", "the edges: a confidence of exactly 1/K belongs to the first bin. Each bin is open below and closed "
                         "above",
                wrong=lambda P, y, k: gaps(P, y, np.minimum(np.floor(P.max(1) * k), k - 1))),
        Mistake("equal-count", "these bins hold equally many rows. Here they are equally *wide*",
                wrong=lambda P, y, k: gaps(P, y, np.argsort(np.argsort(P.max(1), kind="stable")) * k // len(P))),
        Mistake("row-by-row", "this is the mean over rows of |right - confidence|, without bins: even a calibrated model is "
                              "far from 0 "
                "there", wrong=lambda P, y, k: float(np.abs((P.argmax(1) == y) - P.max(1)).mean())),
        Mistake("squared", "the gaps were squared; their size is asked for",
                when=lambda got, expected, P, y, k: any(
                    _near(got, f(gaps(P, y, widths(P, k), squared=True))) for f in (float, np.sqrt))),
        Mistake("all-classes", "the probabilities of all classes went into the bins. Only the largest of each row, its "
                               "confidence, does",
                wrong=all_classes),
        Mistake("right-class", "this bins the probability of the *right* class. Confidence is that of the class decided for, "
                               "right or "
                "not", wrong=own_probability),
        Mistake("not-divided", "the gaps were weighted by numbers of rows. Divide by how many rows there are",
                when=lambda got, expected, P, y, k: _near(got, len(P) * expected)),
        Mistake("signed", "gaps of opposite signs cancel out: take their size, bin by bin",
                when=lambda got, expected, P, y, k: _near(abs(float(got)), gaps(P, y, np.zeros(len(P))))),
        Mistake("nan", "empty bins give NaN: the mean of no rows. Leave them out",
                when=lambda got, *_: bool(np.isnan(float(got)))),
    ],
    hints=(
        "For every row three things are needed: its confidence, whether it is right, and the number of its bin.",
        "np.ceil(confidence * bins) numbers the bins with their upper edge inside. For each number that occurs: the share of "
        "rows, "
        "times the size of (mean of right - mean of confidence).",
        "confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels\nplace = np.ceil(…)\ntotal = 0.0\n"
        "for k in np.unique(place):\n    inside = place == k\n    total += inside.mean() * abs(…)\nreturn float(total)",
    ),
)  # fmt: skip


def _near(got: Any, wanted: float) -> bool:
    return np.shape(got) == () and bool(np.isclose(float(got), wanted, rtol=1e-5, atol=1e-7))


# ----------------------------------------------------------------------------------------------------


def coded(weight: Tensor, most: float, rows: bool = True, how: str = "round") -> tuple[Tensor, Tensor]:
    """Quantised with another largest number, one scale for all, or rounded otherwise."""
    s = weight.abs().amax(1, keepdim=True) if rows else weight.abs().amax().expand(len(weight), 1)
    s = torch.where(s > 0, s / most, 1.0)
    q = getattr(weight / s, how)()
    return (q.clamp(-128, 127)).to(torch.int8), s


def quantise_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Rows of unequal size, one of zeros, one in which the largest is negative; 8, 4, 3 bits."""
    rows, columns = {"standard": (4, 6), "large": (40, 50)}[variant]
    by_hand = torch.tensor([[0.1, -0.7, 0.3], [0.0, 0.0, 0.0], [5.0, 1.2, -2.1]])
    W = rng.normal(size=(rows, columns)) * np.arange(1, rows + 1)[:, None]
    W[0, 0], W[1] = -9.0, 0.0
    W = torch.from_numpy(W.astype(np.float32))
    return [(by_hand, 4), (W, 8), (W, 4), (W, 3)]


def agrees(got: Any, expected: tuple[Tensor, Tensor]) -> bool:
    """q as int8 and s; a weight within rounding of halfway may go either way."""
    if not isinstance(got, (tuple, list)) or len(got) != 2 or not all(isinstance(part, Tensor) for part in got):
        return False
    (q, s), (wanted, scale) = got, expected
    if q.dtype != torch.int8 or q.shape != wanted.shape or s.shape != scale.shape:
        return False
    return bool((q.int() - wanted.int()).abs().max() <= 1 and (q != wanted).float().mean() < 0.01) and bool(
        torch.allclose(s.float(), scale.float(), rtol=1e-4)
    )


def _same(got: Any, wanted: tuple[Tensor, Tensor]) -> bool:
    """The same numbers, of whatever type."""
    try:
        q, s = (part.float() for part in got)
        return bool(torch.equal(q, wanted[0].float())) and bool(torch.allclose(s, wanted[1].float(), rtol=1e-4))
    except (TypeError, AttributeError, RuntimeError, ValueError):
        return False


QUANTISE = Exercise(
    id="explain_and_compress.quantise",
    title="small whole numbers and a scale a row",
    reference=compress.quantise,
    cases=quantise_cases,
    variants=("standard", "large"),
    agrees=agrees,
    mistakes=[
        Mistake("one-scale", "there is one scale for the whole matrix. Each row has its own: a small row would have few "
                             "numbers left",
                when=lambda got, expected, w, b: isinstance(got, tuple) and _one_scale(got[1], expected[1])),
        Mistake("asymmetric", "the largest became 2^(b-1), which int8 cannot hold for 8 bits. The largest whole number is "
                              "2^(b-1) - 1",
                wrong=lambda w, b: coded(w, 2 ** (b - 1))),
        Mistake("all-bits", "this counts from 0 to 2^b - 1 on each side; one of the b bits is the sign",
                when=lambda got, expected, w, b: isinstance(got, tuple) and _times(
                    got[1], expected[1], (2 ** (b - 1) - 1) / (2**b - 1))),
        Mistake("cut", "the numbers were cut off instead of rounded to the nearest: then weights lose up to a whole step, always "
                "towards 0", wrong=lambda w, b: coded(w, 2 ** (b - 1) - 1, how="trunc")),
        Mistake("floor", "rounded down. The nearest whole number is asked for",
                wrong=lambda w, b: coded(w, 2 ** (b - 1) - 1, how="floor")),
        Mistake("columns", "each *column* has a scale here. A row is what one output is made of, and has one",
                when=lambda got, expected, w, b: isinstance(got, tuple) and tuple(got[1].shape) == (1, w.shape[1])),
        Mistake("inverse", "this scale divides: weight ≈ q / s. It should multiply", when=lambda got, expected, w, b: isinstance(
            got, tuple) and _times(got[1] * expected[1].square(), expected[1], 1.0)),
        Mistake("signed-max", "the largest *size* of a row is wanted: a row whose largest weight is negative needs abs()",
                when=lambda got, expected, w, b: isinstance(got, tuple) and _signed(got[1], w, b)),
        Mistake("zeros", "a row of zeros has a scale of 0, and 0 / 0 is NaN. Its scale is 1",
                when=lambda got, expected, w, b: isinstance(got, tuple) and bool((~(got[1] > 0)).any() or got[1].isnan().any())),
        Mistake("type", "the numbers are right, but not stored as torch.int8: a float takes four times the room",
                when=lambda got, expected, w, b: _same(got, expected) and got[0].dtype != torch.int8),
        Mistake("scale-shape", "the scales are right, but not of shape (rows, 1): then s * q does not fit row by row",
                when=lambda got, expected, w, b: isinstance(got, tuple) and tuple(got[1].shape) == (len(w),)),
    ],
    hints=(
        "Which whole number is the largest with b bits, one of which is the sign? What must the scale be so that each row's "
        "largest "
        "size becomes just that?",
        "most = 2^(b-1) - 1; scale = the largest |w| of each row, keepdim, divided by most, and 1 where that is 0; then "
        "divide, round, "
        "convert.",
        "most = …\ns = weight.abs().amax(dim=1, keepdim=True) / most\ns = torch.where(s > 0, s, …)\nreturn (…).round().to(…), s",
    ),
)  # fmt: skip


def _times(s: Any, scale: Tensor, factor: float) -> bool:
    rows = scale[:, 0] != 1
    return tuple(s.shape) == tuple(scale.shape) and bool(torch.allclose(s[rows].float(), factor * scale[rows].float(), rtol=1e-3))


def _one_scale(s: Any, scale: Tensor) -> bool:
    values = s.flatten() if isinstance(s, Tensor) else torch.tensor([float(s)])
    return bool((values == values[0]).all()) and bool(torch.isclose(values[0].float(), scale[scale[:, 0] != 1].max(), rtol=0.02))


def _signed(s: Any, w: Tensor, bits: int) -> bool:
    wanted = w.amax(1) / (2 ** (bits - 1) - 1)
    rows = wanted > 0
    return tuple(s.shape) == (len(w), 1) and bool(torch.allclose(s[rows, 0].float(), wanted[rows], rtol=1e-4))
