"""Domain adaptation: labels here, pictures of another kind there; what is learned here shall hold there too.

The cheap ways, which need no training: give the source the target's means and variances, or its whole covariance (CORAL: Sun,
Feng and Saenko, Return of frustratingly easy domain adaptation, AAAI 2016). The dear one is in `domain_adversarial.py`.
"""

from typing import Any

import numpy as np

from mmlearn.arrays import as_matrix


def match_moments(source: Any, target: Any) -> np.ndarray:
    """The source with each column's mean and standard deviation those of the target (n, d). A constant column moves only.

    Raises:
        ValueError: unfit matrices, or of unequal widths.
    """
    source, target = check_domains(source, target)
    spread = source.std(axis=0)
    return (source - source.mean(axis=0)) * (target.std(axis=0) / np.where(spread > 0, spread, 1)) + target.mean(axis=0)


def coral(source: Any, target: Any, reg: float = 1.0) -> np.ndarray:
    """The source with the target's mean and covariance: (source - mean_s) C_s^(-1/2) C_t^(1/2) + mean_t, (n, d).

    C are covariances (divisor n - 1) with `reg` added to the diagonal, and the roots the symmetric ones.

    Args:
        source: (n, d).
        target: (m, d), rows of other things.
        reg: at least 0; with 0 the source must vary in all directions.

    Raises:
        ValueError: unfit matrices, of unequal widths or of one row; `reg` out of range, or too small for this source.
    """
    source, target = check_domains(source, target)
    if not 0 <= reg < np.inf:
        raise ValueError(f"reg is {reg!r}; accepted are finite numbers of at least 0")
    if min(len(source), len(target)) < 2:
        raise ValueError(f"a covariance needs at least 2 rows; source has {len(source)} and target {len(target)}")
    C_s, C_t = (np.atleast_2d(np.cov(X, rowvar=False)) + reg * np.eye(X.shape[1]) for X in (source, target))
    return (source - source.mean(axis=0)) @ _power(C_s, -0.5, "source") @ _power(C_t, 0.5, "target") + target.mean(axis=0)


def check_domains(source: Any, target: Any) -> tuple[np.ndarray, np.ndarray]:
    """Rows of two domains as matrices (n, d) and (m, d).

    Raises:
        ValueError: unfit matrices, or of unequal widths.
    """
    source, target = as_matrix(source, "source"), as_matrix(target, "target")
    if source.shape[1] != target.shape[1]:
        raise ValueError(f"source and target must have equal numbers of columns; got {source.shape[1]} and {target.shape[1]}")
    return source, target


def _power(C: np.ndarray, power: float, name: str) -> np.ndarray:
    """A symmetric positive matrix to a power, by its eigenvectors."""
    values, vectors = np.linalg.eigh(C)
    if power < 0 and values[0] <= 1e-10 * max(values[-1], 1e-300):
        raise ValueError(f"{name} does not vary in all its {len(C)} directions, so it cannot be whitened; give a reg above 0")
    return (vectors * np.maximum(values, 0) ** power) @ vectors.T
