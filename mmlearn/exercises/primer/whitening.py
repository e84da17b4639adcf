"""Whitening: uncorrelated columns of variance one."""

import math
from typing import Any

import numpy as np

from mmlearn import layers
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.primer.common import close


def whiten(X: np.ndarray) -> np.ndarray:
    """PCA with every direction at variance one."""
    return layers.PCA(whiten=True).fit_transform(X)


def whiten_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Clouds of unequal spreads along any directions, none of them at the origin."""
    n, d = {"standard": (12, 3), "large": (300, 20)}[variant]

    def cloud(n: int, d: int) -> np.ndarray:
        """Rows stretched unequally along random directions, away from the origin."""
        turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
        return rng.normal(size=(n, d)) * np.linspace(4, 0.5, d) @ turn + 3 * rng.normal(size=d)

    return [(cloud(6, 2),), (cloud(n, d),), (cloud(2 * n, d),)]


def up_to_sign(got: Any, expected: np.ndarray) -> bool:
    """A direction and its opposite are the same direction."""
    got = np.asarray(plain(got), float)
    signs = np.where((got * expected).sum(axis=0) < 0, -1, 1)
    return got.shape == expected.shape and np.allclose(got * signs, expected, rtol=1e-5, atol=1e-6)


def centred_svd(X: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.linalg.svd(X - X.mean(axis=0), full_matrices=False)


def turned_by_svd(X: np.ndarray) -> np.ndarray:
    return (X - X.mean(axis=0)) @ centred_svd(X)[2].T


def standardised(X: np.ndarray) -> np.ndarray:
    return (X - X.mean(axis=0)) / X.std(axis=0, ddof=1)


def is_white(got: Any, X: np.ndarray) -> bool:
    """Uncorrelated and of variance one, along whatever directions."""
    return np.allclose(np.cov(np.asarray(plain(got), float).T), np.eye(X.shape[1]), atol=1e-5)


def nearly(got: Any, expected: np.ndarray) -> bool:
    """Right to two percent: a ridge, or another small number, is in it."""
    got = np.asarray(plain(got), float)
    signs = np.where((got * expected).sum(axis=0) < 0, -1, 1)
    return bool(np.abs(got * signs - expected).max() < 0.02 * np.abs(expected).max())


def uncentred(X: np.ndarray) -> np.ndarray:
    U, _, _ = np.linalg.svd(X, full_matrices=False)
    return U * math.sqrt(len(X) - 1)


WHITEN = Exercise(
    id="primer.whiten",
    title="uncorrelated, and all equally spread",
    reference=whiten,
    cases=whiten_cases,
    variants=("standard", "large"),
    agrees=up_to_sign,
    mistakes=[
        Mistake("centre", "the mean is still in the data, and the first direction points at it. Subtract each column's mean "
                "first",
                when=lambda got, _, X: up_to_sign(got, uncentred(X)) or np.abs(np.asarray(plain(got)).mean(axis=0)).max() > 0.05),
        Mistake("pca-only", "the columns are uncorrelated, but their variances still differ: this is PCA. Divide each column "
                "by its standard deviation", when=lambda got, _, X: up_to_sign(got, layers.PCA().fit_transform(X))),
        Mistake("variance", "you divided by the variance. To bring a spread to one, divide by its square root",
                when=lambda got, _, X: up_to_sign(got, layers.PCA().fit_transform(X) / layers.PCA().fit(X).explained_variance_)),
        Mistake("unit-length", "each column has length one; its *variance* should be one, and there are n rows in it: "
                "how much longer must it be?", when=lambda got, _, X: up_to_sign(got, centred_svd(X)[0])),
        Mistake("ddof", "almost: the variance is one if you divide by n; divide by n - 1, as np.cov does",
                when=lambda got, _, X: up_to_sign(got, centred_svd(X)[0] * math.sqrt(len(X)))),
        Mistake("scaled-only", "every column has variance one, but they are still correlated: turn the data first, onto the "
                "directions of the SVD", when=lambda got, _, X: up_to_sign(got, (X - X.mean(0)) / X.std(0, ddof=1))
                or up_to_sign(got, (X - X.mean(0)) / X.std(0))),
        Mistake("rising", "white, but from the smallest direction to the largest (np.linalg.eigh sorts that way). Begin with the "
                "largest", when=lambda got, expected, X: up_to_sign(np.asarray(plain(got))[:, ::-1], expected)),
        Mistake("scaled-first", "white, but along other directions: the columns were brought to variance one before the SVD, "
                "which then finds the directions of *those* data. Centre only",
                when=lambda got, _, X: up_to_sign(got, centred_svd(standardised(X))[0] * math.sqrt(len(X) - 1))),
        Mistake("multiplied", "the spread of each direction was multiplied in once more. Divide by it",
                when=lambda got, _, X: any(up_to_sign(got, turned_by_svd(X) * centred_svd(X)[1] / by)
                                           for by in (1.0, math.sqrt(len(X) - 1)))),
        Mistake("turned-back", "white, and turned back to the axes of X (that is ZCA). Here the columns should be the "
                "directions themselves, the largest first",
                when=lambda got, _, X: close(got, centred_svd(X)[0] @ centred_svd(X)[2] * math.sqrt(len(X) - 1))),
        Mistake("transposed", "np.linalg.svd gives Vᵀ: its *rows* are the directions. Multiply by its transpose",
                when=lambda got, _, X: any(up_to_sign(got, (X - X.mean(0)) @ centred_svd(X)[2] / spread)
                                           for spread in (centred_svd(X)[1] / math.sqrt(len(X) - 1), 1.0))),
        Mistake("other-directions", "white, but along other directions: whitened data stay white when they are turned, so "
                "there are many answers (Cholesky gives one). Here the columns should be the principal directions, the "
                "largest first",
                when=lambda got, _, X: is_white(got, X)),
        Mistake("nearly", "nearly: is something added to the variances before the root, such as 1e-5? Here every direction "
                "varies, so nothing need be added", when=lambda got, expected, _: nearly(got, expected)),
    ],
    hints=(
        "Two things are wanted: no two columns correlated, and every column of variance one. The SVD of the centred data "
        "gives both.",
        "With X - mean = U S Vᵀ, the columns of U are uncorrelated and of length one. What must they be multiplied by, so that "
        "their variance (with n - 1) is one? Or: turn with V, then divide each column by its standard deviation.",
        "U, S, Vt = np.linalg.svd(X - …, full_matrices=False)\nreturn U * np.sqrt(…)",
    ),
)  # fmt: skip
