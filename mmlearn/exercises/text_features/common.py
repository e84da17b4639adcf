"""What the exercises of chapter 02 share."""

import numpy as np


def unit(A: np.ndarray) -> np.ndarray:
    """Rows scaled to length one; a row of zeros stays so."""
    length = np.linalg.norm(A, axis=1, keepdims=True)
    return A / np.where(length == 0, 1, length)


def counted(rng: np.random.Generator, n: int, v: int) -> np.ndarray:
    """Bags of words (n, v) in which some words are common, some rare, and every one occurs; no bag is empty."""
    commonness = np.linspace(0.1, 0.9, v)
    counts = rng.poisson(1.2, size=(n, v)) * (rng.random((n, v)) < commonness) + rng.permutation(np.eye(n, v, dtype=int))
    counts[np.arange(n), rng.integers(0, v, n)] += 1
    counts[0] += counts.sum(axis=0) == 0
    return counts.astype(float)

