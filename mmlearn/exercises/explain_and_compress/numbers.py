"""What is said with how much confidence, and with how many bits."""

from collections.abc import Callable
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


def each_gap(P: np.ndarray, y: np.ndarray, place: np.ndarray) -> list[float]:
    """The size of the gap of every bin that is not empty."""
    confidence, right = P.max(axis=1), P.argmax(axis=1) == y
    return [abs(right[place == k].mean() - confidence[place == k].mean()) for k in np.unique(place)]


def share_weighted(P: np.ndarray, y: np.ndarray, bins: int, gap: Callable) -> float:
    """Σ share · |gap(confidence, right, number of the bin)|, another gap than the right one."""
    confidence, right, place = P.max(axis=1), P.argmax(axis=1) == y, widths(P, bins)
    return float(sum(np.mean(place == k) * abs(gap(confidence[place == k], right[place == k], k)) for k in np.unique(place)))


def wrong_edges(P: np.ndarray, y: np.ndarray, bins: int) -> list[float]:
    """Bins that are closed below, with the last closed at 1; closed below, nowhere above; closed on both sides; on neither."""
    confidence, right = P.max(axis=1), P.argmax(axis=1) == y
    low, high = (np.arange(bins) + np.array([[0], [1]])) / bins
    c = confidence[:, None]
    inside = [(c >= low) & (c < high), (c >= low) & (c <= high), (c > low) & (c < high)]
    found = [gaps(P, y, np.minimum(np.floor(confidence * bins), bins - 1))]
    return found + [float(np.abs(((right - confidence)[:, None] * each).sum(0)).sum() / len(P)) for each in inside]


def equal_counts(P: np.ndarray, y: np.ndarray, bins: int) -> list[float]:
    """Bins of equally many rows, of which the last are smaller, or those in between."""
    order = np.argsort(P.max(1), kind="stable")
    pieces = np.repeat(np.arange(bins), [len(piece) for piece in np.array_split(order, bins)])
    places = np.empty((2, len(P)))
    places[:, order] = np.arange(len(P)) * bins // len(P), pieces
    return [gaps(P, y, place) for place in places]


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
        Mistake("bin-middle", "the middle of each bin stands for its confidence. Take the mean confidence of the rows in it",
                wrong=lambda P, y, k: share_weighted(P, y, k, lambda c, right, edge: right.mean() - (edge - 0.5) / k)),
        Mistake("errors", "this compares confidence with the share that is *wrong*",
                wrong=lambda P, y, k: share_weighted(P, y, k, lambda c, right, edge: 1 - right.mean() - c.mean())),
        Mistake("largest", "this is the largest of the gaps (the maximum calibration error). Their mean is asked for, each "
                "weighted by its share of the rows",
                when=lambda got, expected, P, y, k: _near(got, max(each_gap(P, y, widths(P, k))))),
        Mistake("summed", "the gaps were added as they are. Weight each by its share of the rows",
                when=lambda got, expected, P, y, k: _near(got, sum(each_gap(P, y, widths(P, k))))),
        Mistake("nearest", "np.round puts a row into the *nearest* bin edge's bin, half a bin off. The upper edge: round up",
                wrong=lambda P, y, k: gaps(P, y, np.round(P.max(1) * k))),
        Mistake("edges", "the edges: a confidence of exactly 1/K belongs to the first bin. Each bin is open below and closed "
                         "above",
                when=lambda got, expected, P, y, k: any(_near(got, one) for one in wrong_edges(P, y, k))),
        Mistake("equal-count", "these bins hold equally many rows. Here they are equally *wide*",
                when=lambda got, expected, P, y, k: any(_near(got, one) for one in equal_counts(P, y, k))),
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


def coded(weight: Tensor, bits: int, turn: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
    """Quantised, but rounded otherwise."""
    s = compress.quantise(weight, bits)[1]
    return turn(weight / s).to(torch.int8), s


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
        Mistake("swapped", "the two are in the wrong order: first q, then s", when=lambda got, expected, w, b: (
            got[0].shape == expected[1].shape and got[1].shape == expected[0].shape)),
        Mistake("one-scale", "there is one scale for the whole matrix. Each row has its own: a small row would have few "
                             "numbers left",
                when=lambda got, expected, w, b: isinstance(got, tuple) and _one_scale(got[1], expected[1])),
        Mistake("asymmetric", "the largest became 2^(b-1), which int8 cannot hold for 8 bits. The largest whole number is "
                              "2^(b-1) - 1",
                when=lambda got, expected, w, b: isinstance(got, tuple) and _times(
                    got[1], expected[1], (2 ** (b - 1) - 1) / 2 ** (b - 1))),
        Mistake("always-8", "this scale is that of 8 bits, whatever `bits` says",
                when=lambda got, expected, w, b: isinstance(got, tuple) and _times(
                    got[1], expected[1], (2 ** (b - 1) - 1) / 127)),
        Mistake("min-max", "the scale goes from the smallest weight of a row to the largest. Symmetric is asked for: the largest "
                "*size* becomes 2^(b-1) - 1, and 0 stays 0", when=lambda got, expected, w, b: isinstance(got, tuple) and _times(
                    got[1], ((w.amax(1) - w.amin(1)) / (2**b - 1))[:, None], 1.0, w.abs().amax(1) > 0)),
        Mistake("all-bits", "this counts from 0 to 2^b - 1 on each side; one of the b bits is the sign",
                when=lambda got, expected, w, b: isinstance(got, tuple) and _times(
                    got[1], expected[1], (2 ** (b - 1) - 1) / (2**b - 1))),
        Mistake("cut", "the numbers were cut off instead of rounded to the nearest: then weights lose up to a whole step, always "
                "towards 0", wrong=lambda w, b: coded(w, b, torch.trunc)),
        Mistake("half-up", "0.5 was added and the rest cut off: right above 0, one too many below. Round to the nearest",
                wrong=lambda w, b: coded(w, b, lambda x: (x + 0.5).trunc())),
        Mistake("floor", "rounded down. The nearest whole number is asked for",
                wrong=lambda w, b: coded(w, b, torch.floor)),
        Mistake("times", "the weights were multiplied by the scale. w ≈ s · q, so q is w *divided* by s",
                when=lambda got, expected, w, b: _is_product(got, w, expected[1])),
        Mistake("dequantised", "this is s · q, numbers as large as the weights. Give the small whole numbers q themselves",
                when=lambda got, expected, w, b: bool(torch.allclose(got[0].float(), expected[0] * expected[1], atol=1e-4))),
        Mistake("columns", "each *column* has a scale here. A row is what one output is made of, and has one",
                when=lambda got, expected, w, b: isinstance(got, tuple) and tuple(got[1].shape) == (1, w.shape[1])),
        Mistake("inverse", "this scale divides: weight ≈ q / s. It should multiply", when=lambda got, expected, w, b: isinstance(
            got, tuple) and _times(got[1] * expected[1].square(), expected[1], 1.0)),
        Mistake("signed-max", "the largest *size* of a row is wanted: a row whose largest weight is negative needs abs()",
                when=lambda got, expected, w, b: isinstance(got, tuple) and _signed(got[1], w, b)),
        Mistake("zeros", "a row of zeros has a scale of 0, and 0 / 0 is NaN. Its scale is 1",
                when=lambda got, expected, w, b: isinstance(got, tuple) and bool((~(got[1] > 0)).any() or got[1].isnan().any())),
        Mistake("type", "the numbers are right, but not stored as torch.int8, which takes one byte a number",
                when=lambda got, expected, w, b: _same(got, expected) and got[0].dtype != torch.int8),
        Mistake("tiny-scale", "right, but for the scale of a row of zeros: some other number above 0 stands there. It is to be 1",
                when=lambda got, expected, w, b: torch.equal(got[0], expected[0]) and _times(got[1], expected[1], 1.0)),
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


def _is_product(got: Any, w: Tensor, s: Tensor) -> bool:
    small = (w * s).abs() < 127  # larger ones do not fit into int8
    return _times(got[1], s, 1.0) and bool(((got[0].float() - (w * s).round()).abs() <= 1)[small].all())


def _times(s: Any, scale: Tensor, factor: float, rows: Tensor | None = None) -> bool:
    rows = scale[:, 0] != 1 if rows is None else rows
    return tuple(s.shape) == tuple(scale.shape) and bool(torch.allclose(s[rows].float(), factor * scale[rows].float(), rtol=1e-3))


def _one_scale(s: Any, scale: Tensor) -> bool:
    values = s.flatten() if isinstance(s, Tensor) else torch.tensor([float(s)])
    return bool((values == values[0]).all()) and bool(torch.isclose(values[0].float(), scale[scale[:, 0] != 1].max(), rtol=0.02))


def _signed(s: Any, w: Tensor, bits: int) -> bool:
    wanted = w.amax(1) / (2 ** (bits - 1) - 1)
    rows = wanted > 0
    return tuple(s.shape) == (len(w), 1) and bool(torch.allclose(s[rows, 0].float(), wanted[rows], rtol=1e-4))
