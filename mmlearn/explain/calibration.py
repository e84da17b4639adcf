"""Calibration: of all decisions made with 80% confidence, 80% should be right.

Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural networks", ICML.
"""

from typing import NamedTuple

import numpy as np


class Reliability(NamedTuple):
    """Decisions sorted into bins by their confidence; NaN where a bin is empty."""

    confidence: np.ndarray  # (bins,) the mean of each bin
    accuracy: np.ndarray  # (bins,) the share that is right
    count: np.ndarray  # (bins,)


def reliability(probabilities: np.ndarray, labels: np.ndarray, bins: int = 15) -> Reliability:
    """Confidence, the largest probability of a row, against accuracy, in bins of equal width (lower, upper].

    Args:
        probabilities: (n, classes), rows that sum to 1.
        labels: (n,) the right class.
        bins: how many.

    Raises:
        ValueError: shapes that do not fit, rows that are no probabilities, or no bin.
    """
    P, y = np.asarray(probabilities, float), np.asarray(labels)
    if P.ndim != 2 or y.shape != P.shape[:1] or not len(P):
        raise ValueError(f"probabilities has shape {P.shape} and labels {y.shape}; accepted are (n, classes) and (n,), n above 0")
    if not (np.all(P >= -1e-6) and np.allclose(P.sum(1), 1, atol=1e-3)):
        raise ValueError("probabilities has rows that are not probabilities; give softmax(logits)")
    if bins < 1:
        raise ValueError(f"bins is {bins}; accepted is 1 or more")
    confidence, right = P.max(1), P.argmax(1) == y
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(place, weights=each, minlength=bins) / count for each in (confidence, right)]
    return Reliability(*means, count)


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """Σ over bins of (share of the decisions in it) × |accuracy - confidence|: 0 is calibrated. See `reliability`."""
    confidence, accuracy, count = reliability(probabilities, labels, bins)
    return float(np.nansum(count * np.abs(accuracy - confidence)) / count.sum())


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The T > 0 for which softmax(logits / T) has the smallest cross-entropy: temperature scaling.

    Fit it on validation rows. It changes no decision, only how sure the model says it is: T above 1 makes it less sure.

    Args:
        logits: (n, classes), finite.
        labels: (n,) the right class.

    Raises:
        ValueError: shapes that do not fit, or logits that are not finite.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    Z, y = np.asarray(logits, float), np.asarray(labels)
    if Z.ndim != 2 or y.shape != Z.shape[:1] or not len(Z) or not np.isfinite(Z).all():
        raise ValueError(f"logits has shape {Z.shape} and labels {y.shape}; accepted are finite (n, classes) and (n,), n above 0")
    rows = np.arange(len(Z))
    # over log T, in which the loss has one valley; e^±5 is surer, or less sure, than anyone needs
    found = minimize_scalar(lambda t: -log_softmax(Z * np.exp(-t), axis=1)[rows, y].mean(), bounds=(-5, 5), method="bounded")
    return float(np.exp(found.x))
