"""Chapter 07: the inverse root of a covariance."""

from typing import Any

import numpy as np

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.nonlinear_cca.common import close, numbers


def inverse_root(C: np.ndarray, ridge: float) -> np.ndarray:
    values, U = np.linalg.eigh(C + ridge * np.eye(len(C)))
    return U / np.sqrt(values) @ U.T


def covariances(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Also one that has directions without any variance."""
    d = {"standard": 3, "large": 15}[variant]
    full, poor = rng.normal(size=(4 * d, d)) * np.linspace(3, 0.3, d), rng.normal(size=(d, d - 1)) @ rng.normal(size=(d - 1, d))
    return [(np.cov(rng.normal(size=(2, 9))), 0.1), (np.cov(full.T), 0.01), (poor.T @ poor / d, 0.5)]


def by(power: float):
    """The power of the ridged matrix; nothing where there is nothing."""

    def of(C: np.ndarray, ridge: float) -> np.ndarray:
        values, U = np.linalg.eigh(C + ridge * np.eye(len(C)))
        return U * values**power @ U.T

    return of


def of_entries(C: np.ndarray) -> np.ndarray:
    """Every entry to the power -1/2: no number where it is negative."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return C**-0.5


def without_ridge(got: Any, C: np.ndarray) -> bool:
    """The inverse root of C itself, which where C is singular is no number, or a huge one."""
    values, U = np.linalg.eigh(C)
    if values[0] > 1e-9:
        return close(got, U / np.sqrt(values) @ U.T)
    return bool(np.isnan(numbers(got)).any() or np.abs(numbers(got)).max() > 1e3)


def whitens(got: Any, C: np.ndarray, ridge: float) -> bool:
    W = numbers(got)
    S = C + ridge * np.eye(len(C))
    return close(W.T @ S @ W, np.eye(len(C))) or close(W @ S @ W.T, np.eye(len(C)))


ROOT = Exercise(
    id="nonlinear_cca.inverse_root",
    title="the symmetric whitener",
    reference=inverse_root,
    cases=covariances,
    variants=("standard", "large"),
    mistakes=[
        Mistake("inverse", "that is the inverse; its *root* is wanted: divide by the roots of the eigenvalues", wrong=by(-1)),
        Mistake("root", "that is the root, not the inverse root", wrong=by(0.5)),
        Mistake("entries", "a root or a quotient was taken of every entry; it must be taken of the eigenvalues",
                when=lambda got, _, C, r: any(close(np.abs(numbers(got)), np.abs(M)) for M in (
                    1 / np.sqrt(np.abs(C + r * np.eye(len(C)))), np.sqrt(np.abs(np.linalg.inv(C + r * np.eye(len(C))))),
                    1 / np.sqrt(np.abs(C) + r))) or close(got, of_entries(C + r * np.eye(len(C))))),
        Mistake("no-ridge", "the ridge is missing: C + ridge × I", when=lambda got, _, C, r: without_ridge(got, C)),
        Mistake("relative", "your ridge is relative to the trace or the mean variance; here it is added as it stands",
                when=lambda got, _, C, r: any(close(got, by(-0.5)(C, r * np.trace(C) / m)) for m in (1, len(C)))),
        Mistake("ridge-late", "the ridge came too late: it is added to the eigenvalues before the root, not to the roots or "
                "to the result", when=lambda got, _, C, r: any(close(got, U @ np.diag(1 / (np.sqrt(np.maximum(v, 0)) + r)) @ U.T)
                                                       for v, U in [np.linalg.eigh(C)])),
        Mistake("everywhere", "the ridge was added to every entry; only the diagonal has it: + ridge × I",
                when=lambda got, _, C, r: any(close(got, U / np.sqrt(np.abs(v)) @ U.T) for v, U in [np.linalg.eigh(C + r)])),
        Mistake("not-turned-back", "this whitens, but is not symmetric: turn back with U.T after dividing",
                when=lambda got, _, C, r: whitens(got, C, r)),
        Mistake("wrong-side", "U and U.T changed places: the columns of U are the eigenvectors",
                when=lambda got, _, C, r: any(close(got, U.T / np.sqrt(v) @ U)
                                              for v, U in [np.linalg.eigh(C + r * np.eye(len(C)))])),
    ],
    hints=(
        "A symmetric matrix is U diag(l) Uᵀ. Whatever is done to it is done to l.",
        "np.linalg.eigh of C + ridge × I; divide by the roots of the eigenvalues, between U and U.T.",
        "l, U = np.linalg.eigh(C + …)\nreturn U @ np.diag(…) @ U.T",
    ),
)  # fmt: skip
