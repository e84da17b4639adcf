"""Cross-modal hashing: a few bits an item, and a distance that counts the bits in which two items differ.

Canonical correlation analysis brings both views into one space; a rotation there brings their coordinates as near as it can
to ±1; the signs are the code (CCA-ITQ: Gong, Lazebnik, Gordo and Perronnin, 2013, "Iterative quantization: a Procrustean
approach to learning binary codes for large-scale image retrieval", IEEE TPAMI 35).
"""

from numbers import Integral
from typing import Any

import numpy as np

from mmlearn.align.base import Aligner, check_views
from mmlearn.align.cca import CCA
from mmlearn.arrays import as_matrix, as_numpy


def itq_rotation(V: Any, iterations: int = 50, seed: int = 0) -> np.ndarray:
    """A rotation R (k, k) that makes ||sign(V R) - V R||², the quantisation error, small: V (n, k) -> R.

    From a random rotation, two steps in turn, neither of which can make the error larger: take the signs B of V R, then
    the rotation nearest to mapping V onto B, which is U Wᵀ for the singular vectors of Vᵀ B = U S Wᵀ (the orthogonal
    Procrustes problem; Schönemann, 1966, Psychometrika 31).

    Raises:
        ValueError: V is no matrix of finite numbers, or `iterations` is negative.
    """
    V = as_matrix(V, "V")
    if iterations < 0:
        raise ValueError(f"iterations is {iterations}; it must be at least 0, which gives a random rotation")
    R = np.linalg.qr(np.random.default_rng(seed).standard_normal((V.shape[1], V.shape[1])))[0]
    for _ in range(iterations):
        B = np.where(V @ R >= 0, 1.0, -1.0)
        U, _, Wt = np.linalg.svd(V.T @ B)
        R = U @ Wt
    return R


def pack_bits(Z: Any) -> np.ndarray:
    """The signs of real numbers as bits, eight a byte: (n, k) -> uint8 (n, ⌈k / 8⌉). Zero and more is a 1; the last byte
    is filled up with 0."""
    return np.packbits(as_matrix(Z, "Z") >= 0, axis=1)


def hamming_distances(A: Any, B: Any) -> np.ndarray:
    """In how many bits each code of A (n, bytes) differs from each of B (m, bytes), both uint8: (n, m) int64.

    Raises:
        ValueError: the codes are not as above, or not equally long.
    """
    A, B = _words(A, B)
    distances = np.zeros((len(A), len(B)), np.int64)
    for a, b in zip(A.T, B.T, strict=True):  # 64 bits at a time
        distances += np.bitwise_count(a[:, None] ^ b)
    return distances


def hamming_search(queries: Any, items: Any, k: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """The k codes of `items` (m, bytes) nearest to each of `queries` (n, bytes): distances and numbers, (n, k) int64 each.

    Many distances are equal, as there are few; equals are ordered by number.

    Raises:
        ValueError: unfit codes, as for `hamming_distances`; k is below 1 or above the number of items.
    """
    _words(queries, items)
    m, step = len(items), max(1, (1 << 21) // len(items))
    if not isinstance(k, Integral) or not 1 <= k <= m:
        raise ValueError(f"k must be a whole number from 1 to {m}, the number of items; got {k!r}")
    found = []
    for start in range(0, len(queries), step):
        # Distance and number in one: the smallest keys are the nearest items, equals by number.
        keys = hamming_distances(queries[start : start + step], items) * m + np.arange(m)
        found.append(np.sort(np.partition(keys, k - 1, axis=1)[:, :k], axis=1))
    return np.divmod(np.concatenate(found), m)


class CrossModalHash(Aligner):
    """Binary codes for two views: CCA, directions weighted by their correlation, a rotation by ITQ, signs.

    `transform` gives real numbers (n, n_bits), of which `codes` packs the signs.

    Args:
        n_bits: length of a code; as `n_components` of `CCA`, at most the columns of either view.
        reg: the ridge of `CCA`.
        iterations: of ITQ; 0 leaves a random rotation.
        seed: of the rotation's start.

    Attributes:
        cca_: the fitted CCA.
        rotation_: (n_bits, n_bits).
        n_features_: d_x and d_y.
    """

    def __init__(self, n_bits: int = 64, reg: float = 0.1, iterations: int = 50, seed: int = 0):
        self.n_bits, self.reg, self.iterations, self.seed = n_bits, reg, iterations, seed

    def fit(self, X: Any, Y: Any = None) -> "CrossModalHash":
        """Learn from pairs X (n, d_x) and Y (n, d_y); raises what `CCA.fit` and `itq_rotation` raise."""
        views = check_views(X, Y)
        self.cca_ = CCA(self.n_bits, self.reg).fit(views)
        both = np.concatenate([self._weighted(view, i) for i, view in enumerate(views)])
        self.rotation_ = itq_rotation(both, self.iterations, self.seed)
        self.n_features_ = self.cca_.n_features_
        return self

    def codes(self, X: Any, *, view: int) -> np.ndarray:
        """The codes of one view's items: (n, d_i) -> uint8 (n, ⌈n_bits / 8⌉)."""
        return pack_bits(self.transform(X, view=view))

    def _weighted(self, view: np.ndarray, i: int) -> np.ndarray:
        return self.cca_.transform(view, view=i) * self.cca_.correlations_

    def _embed(self, view: np.ndarray, i: int) -> np.ndarray:
        return self._weighted(view, i) @ self.rotation_


def _words(A: Any, B: Any) -> list[np.ndarray]:
    """Codes as 64-bit words, filled up with zeros: uint8 (n, bytes) -> uint64 (n, ⌈bytes / 8⌉)."""
    named = {"A": as_numpy(A, "A"), "B": as_numpy(B, "B")}
    for name, codes in named.items():
        if codes.dtype != np.uint8 or codes.ndim != 2 or codes.size == 0:
            raise ValueError(f"{name} must be codes uint8 (n, bytes), not empty; got {codes.dtype} of {codes.shape}")
    a, b = (codes.shape[1] for codes in named.values())
    if a != b:
        raise ValueError(f"A and B must be codes of equal length; got {a} and {b} bytes")
    return [np.pad(codes, ((0, 0), (0, -a % 8))).view(np.uint64) for codes in named.values()]
