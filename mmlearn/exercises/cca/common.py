"""What the checks of this chapter share: views that agree in part, and equal numbers."""

from typing import Any

import numpy as np

from mmlearn.exercises.engine.compare import close, plain


def two_views(rng: np.random.Generator, n: int, p: int, q: int) -> tuple[np.ndarray, np.ndarray]:
    """Views that share min(p, q) signals of falling strength, in columns of unequal units, none of them at the origin."""
    k = min(p, q)
    signals = rng.normal(size=(n, k)) * np.linspace(2.5, 0.5, k)
    X, Y = (signals @ rng.normal(size=(k, d)) + rng.normal(size=(n, d)) for d in (p, q))
    return 2 * X * np.linspace(0.5, 1.5, p) + 3, Y * np.linspace(1, 0.4, q) - 2


def covariance(rng: np.random.Generator, d: int) -> np.ndarray:
    """The covariance of columns that are correlated and of unequal variances, the mean of which is not one."""
    rows = rng.normal(size=(3 * d + 4, d)) @ (rng.normal(size=(d, d)) + np.eye(d))
    return np.cov(rows * np.linspace(0.6, 1.9, d), rowvar=False)


def moments(X: np.ndarray, Y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The covariances within X, within Y, and between them."""
    C, p = np.cov(X, Y, rowvar=False), X.shape[1]
    return C[:p, :p], C[p:, p:], C[:p, p:]


def ridged(C: np.ndarray, reg: float) -> np.ndarray:
    return C + reg * np.trace(C) / len(C) * np.eye(len(C))


def root(C: np.ndarray) -> np.ndarray:
    """The symmetric inverse root of C."""
    values, vectors = np.linalg.eigh(C)
    return vectors / np.sqrt(values) @ vectors.T


def of_cross(C: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The first k singular vectors and values of C."""
    U, s, Vt = np.linalg.svd(C)
    return U[:, :k], Vt[:k].T, s[:k]


def standard(V: np.ndarray, ddof: int) -> np.ndarray:
    return (V - V.mean(axis=0)) / V.std(axis=0, ddof=ddof)


def arrays(*values: Any) -> tuple[np.ndarray, ...]:
    return tuple(np.asarray(plain(value), float) for value in values)


def same_pairs(got: Any, expected: Any) -> bool:
    """Directions (A, B) and their strengths: a pair of directions may be turned about together, not one without the other."""
    if len(got) != 3:
        return False
    A, B, s = arrays(*got)
    A2, B2, s2 = arrays(*expected)
    if (A.shape, B.shape, s.shape) != (A2.shape, B2.shape, s2.shape):
        return False
    signs = np.where((A * A2).sum(axis=0) < 0, -1, 1)
    return close(s, s2) and all(close(a * signs, b, atol=1e-6 * np.abs(b).max()) for a, b in ((A, A2), (B, B2)))


def one_turned(got: Any, expected: Any, *_: Any) -> bool:
    """Right but for signs: the columns of A and of B turned about one without the other."""
    (A, B, s), (A2, B2, s2) = arrays(*got), arrays(*expected)
    return close(s, s2) and close(abs(A), abs(A2)) and close(abs(B), abs(B2))
