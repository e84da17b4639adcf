"""How many of the correlations that CCA found are real? Pair the rows at random, and see how large they come out then.

CCA looks for agreement, so it finds some where there is none: of unrelated views with many columns the first correlation is
far from 0. A permutation of the rows of one view keeps everything about each view and destroys only the pairing; what CCA
finds then is what luck alone brings.
"""

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from mmlearn.align.base import check_views
from mmlearn.align.moments import Moments
from mmlearn.layers.decomposition import whitener


@dataclass(frozen=True)
class Permutations:
    """What a permutation test found.

    Attributes:
        correlations: (k,), those of the true pairing, falling.
        null: (permutations, k): column j holds the largest correlation of permuted pairs among the directions that are left
            when the first j pairs of directions have been taken out.
        p_values: (k,), never falling.
    """

    correlations: np.ndarray
    null: np.ndarray
    p_values: np.ndarray

    def significant(self, level: float = 0.05) -> int:
        """How many correlations, counted from the first, have a p-value of at most `level`."""
        return int(np.append(self.p_values > level, True).argmax())


def permutation_test(
    X: Any, Y: Any, n_components: int = 10, *, reg: float = 0.0, permutations: int = 199, seed: int = 0
) -> Permutations:
    """Test the first correlations of a CCA, one after the other.

    Correlation j (counted from 0) is compared with what random pairings reach among the directions that are left once the
    j pairs before it are taken out: real agreement in those must not count against it, nor for it. A correlation is called
    real only if all before it are, so a p-value is never below the one before (Winkler, Renaud, Smith and Nichols, 2020,
    "Permutation inference for canonical correlation analysis", NeuroImage 220, sections 2.6 and 2.7). Each is
    (1 + times reached) / (1 + permutations): the true pairing is one of the orders that could have come (Phipson and
    Smyth, 2010, Statistical Applications in Genetics and Molecular Biology 9).

    The rows must be exchangeable: keep one of each group of near-duplicates. For the first correlation the test is exact, for
    the others very nearly so where n is well above the columns. With reg = 0 and no more pairs than the columns of both views,
    some correlations are 1 however the rows are paired, and their p-value is 1. The cost of each permutation is
    O(n d_x d_y + k d³): reduce wide views by PCA first.

    Args:
        X, Y: paired views (n, d_x) and (n, d_y).
        n_components: k, how many to test.
        reg: ridge, as in `CCA`.
        permutations: how many random pairings; p-values cannot be below 1 / (permutations + 1).
        seed: of the pairings.

    Raises:
        ValueError: unfit views (see `check_views`), fewer than 3 pairs, a number out of range, or a view that varies in fewer
            directions than `n_components`.
    """
    X, Y = check_views(X, Y)
    for name, value, least in (("n_components", n_components, 1), ("permutations", permutations, 1)):
        if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}; got {value!r}")
    if not 0 <= reg < np.inf:
        raise ValueError(f"reg must be a finite number of at least 0; got {reg!r}")
    if len(X) < 3:
        raise ValueError(f"a permutation test needs at least 3 pairs; got {len(X)}")
    U, V, correlations = _rotated(X, Y, n_components, reg)
    rng = np.random.default_rng(seed)
    null = np.empty((permutations, n_components))
    for row in null:
        between = U.T @ V[rng.permutation(len(V))]  # (r_x, r_y)
        row[:] = [np.linalg.norm(between[j:, j:], 2) for j in range(n_components)]
    # Rounding must not make a pairing miss a correlation that it has reached.
    reached = (null >= correlations - 1e-10).sum(axis=0)
    p_values = np.maximum.accumulate((1 + reached) / (1 + permutations))
    return Permutations(correlations, null, p_values)


def _rotated(X: np.ndarray, Y: np.ndarray, k: int, reg: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All canonical variables U (n, r_x) and V (n, r_y), scaled such that Uᵀ V is their covariance: diagonal, falling."""
    whitened = []
    for name, view in (("X", X), ("Y", Y)):
        moments = Moments.of(view)
        W = whitener(moments.covariance, reg)
        if W.shape[1] < k:
            raise ValueError(f"n_components={k} is too many: {name} varies in {W.shape[1]} directions only")
        whitened.append((view - moments.mean) @ W / np.sqrt(len(view) - 1))
    left, correlations, right = np.linalg.svd(whitened[0].T @ whitened[1])
    return whitened[0] @ left, whitened[1] @ right.T, np.minimum(correlations[:k], 1)
