"""Are generated pictures like real ones, and unlike each other? Distances between sets of feature vectors, (n, d) and (m, d).

Whose features is the reader's choice, and decides what counts as alike: by custom the last layer of a network trained on ImageNet
(2,048 numbers); in this course those of a small network trained on the same world. Numbers by different features, or from
different numbers of pictures, cannot be compared. And none of these says whether a picture shows what was asked for.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmlearn.arrays import as_matrix


def frechet_distance(a: Any, b: Any) -> float:
    """‖μ_a - μ_b‖² + tr(C_a + C_b - 2 (C_a C_b)^½): the distance between two normal distributions with these moments.

    With features of Inception v3 it is the FID (Heusel et al., GANs Trained by a Two Time-Scale Update Rule Converge to a Local
    Nash Equilibrium, NeurIPS 2017; Dowson and Landau 1982 for the formula). It is biased: fewer examples give a larger
    distance (Bińkowski et al. 2018), so compare only sets of the same size, and have more examples than features.

    Args:
        a: features (n, d) of real pictures, n at least 2.
        b: features (m, d) of generated ones.

    Raises:
        ValueError: not two sets of vectors of one width, fewer than two of either, or values that are not finite.
    """
    a, b = _two(a, b)
    (mean_a, root_a), (mean_b, root_b) = _moments(a), _moments(b)
    # the trace of (C_a C_b)^½ is the sum of the singular values of C_a^½ C_b^½, which needs no root of a lopsided matrix
    shared = np.linalg.svd(root_a @ root_b.T, compute_uv=False).sum()
    gap = mean_a - mean_b
    return max(float(gap @ gap + (root_a**2).sum() + (root_b**2).sum() - 2 * shared), 0.0)


def _moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean, and R with Rᵀ R the covariance (over n - 1)."""
    mean = x.mean(axis=0)
    return mean, np.linalg.qr((x - mean) / np.sqrt(len(x) - 1), mode="r")


def kernel_distance(a: Any, b: Any) -> float:
    """The squared maximum mean discrepancy with the kernel (x·y/d + 1)³, without bias; so it may fall below 0.

    With features of Inception v3 it is the KID (Bińkowski et al., Demystifying MMD GANs, ICLR 2018); the unbiased estimate is
    Gretton et al., A Kernel Two-Sample Test, JMLR 2012, lemma 6. Its expectation does not depend on how many examples there are.

    Args, Raises: as of `frechet_distance`.
    """
    a, b = _two(a, b)
    n, m = len(a), len(b)
    aa, bb, ab = ((x @ y.T / a.shape[1] + 1) ** 3 for x, y in ((a, a), (b, b), (a, b)))
    within = (aa.sum() - np.trace(aa)) / (n * (n - 1)) + (bb.sum() - np.trace(bb)) / (m * (m - 1))
    return float(within - 2 * ab.mean())


def diversity(features: Any, groups: Sequence | None = None) -> float:
    """The mean Euclidean distance between two pictures; with `groups`, between two of the same group, averaged over groups.

    A group is what was asked for, such as one prompt: a generator that draws the same picture each time has a diversity of 0
    within it. Say beside it what real pictures of the same groups have: nothing else says how much would be right.

    Args:
        features: (n, d).
        groups: n names, one a picture; groups of a single picture have no pairs and are left out.

    Raises:
        ValueError: not (n, d), not n groups, or no two pictures of one group.
    """
    x = as_matrix(features, "features")
    names = np.zeros(len(x), dtype=int) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    if len(names) != len(x):
        raise ValueError(f"groups has {len(names)} entries; accepted are {len(x)}, one a picture")
    means = [_mean_distance(x[names == g]) for g in np.unique(names) if (names == g).sum() > 1]
    if not means:
        raise ValueError("no group has two pictures; diversity is a distance between two")
    return float(np.mean(means))


def _mean_distance(x: np.ndarray) -> float:
    from scipy.spatial.distance import pdist

    return float(pdist(x).mean())


def _two(a: Any, b: Any) -> tuple[np.ndarray, np.ndarray]:
    a, b = as_matrix(a, "a"), as_matrix(b, "b")
    if a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise ValueError(f"a has shape {a.shape} and b {b.shape}; accepted are at least two vectors each, of one width")
    return a, b
