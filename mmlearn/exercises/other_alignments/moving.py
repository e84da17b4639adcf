"""CORAL: a cloud of vectors given the shape of another."""

import functools
from collections.abc import Callable

import numpy as np

from mmlearn import align
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.other_alignments.common import any_of, close


def power(C: np.ndarray, exponent: float) -> np.ndarray:
    """A symmetric positive matrix to a power."""
    values, vectors = np.linalg.eigh(C)
    return (vectors * values**exponent) @ vectors.T


def moved(
    source: np.ndarray, target: np.ndarray, reg: float, *, ddof: int = 1, out: float = -0.5, into: float = 0.5,
    root: Callable[[np.ndarray, float], np.ndarray] = power, mean: float = 1.0, swap: bool = False,
    ridges: tuple[float, float] = (1.0, 1.0), everywhere: bool = False, summed: bool = False,
) -> np.ndarray:  # fmt: skip
    """CORAL, with a mistake where an argument says so."""
    d = source.shape[1]
    eye = reg * (np.ones((d, d)) if everywhere else np.eye(d))
    weigh = [len(X) - ddof if summed else 1 for X in (source, target)]
    C_s, C_t = (n * np.cov(X.T, ddof=ddof) + r * eye for X, r, n in zip((source, target), ridges, weigh, strict=True))
    steps = [root(C_s, out), root(C_t, into)]
    first, second = steps[::-1] if swap else steps
    return (source - source.mean(0)) @ first @ second + mean * target.mean(0)


def columns(source: np.ndarray, target: np.ndarray, reg: float, ddof: int) -> np.ndarray:
    """Means and variances matched, column by column."""
    ratio = (target.var(axis=0, ddof=ddof) + reg) / (source.var(axis=0, ddof=ddof) + reg)
    return (source - source.mean(0)) * np.sqrt(ratio) + target.mean(0)


def uncentred(source: np.ndarray, target: np.ndarray, reg: float) -> list[np.ndarray]:
    """The source's own mean left where it was, moved along, or put back: every way to forget to take it off."""
    around_zero = moved(source, target, reg, mean=0.0)
    C_s, C_t = (np.cov(X.T) + reg * np.eye(source.shape[1]) for X in (source, target))
    along, own, to = source.mean(0) @ power(C_s, -0.5) @ power(C_t, 0.5), source.mean(0), target.mean(0)
    return [around_zero + shift for shift in (own, along, along + to, along + to - own, own + to)]


def half_root(C: np.ndarray, exponent: float) -> np.ndarray:
    """VΛ^p alone: the eigenvectors are not turned back."""
    values, vectors = np.linalg.eigh(C)
    return vectors * values**exponent


def wrong_way(C: np.ndarray, exponent: float) -> np.ndarray:
    """VᵀΛ^pV: the eigenvectors on the wrong sides."""
    values, vectors = np.linalg.eigh(C)
    return (vectors.T * values**exponent) @ vectors


def cholesky(C: np.ndarray, exponent: float) -> np.ndarray:
    """Another root: it too makes the covariances equal, but turns the cloud as well."""
    L = np.linalg.cholesky(C)
    return np.linalg.inv(L).T if exponent < 0 else L.T


def coral_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, m, d = {"standard": (12, 9, 3), "large": (200, 150, 30)}[variant]
    mix = [rng.normal(size=(d, d)) for _ in range(2)]
    source, target = rng.normal(size=(n, d)) @ mix[0] + 2, rng.normal(size=(m, d)) @ mix[1] - 1
    tiny = (np.array([[0.0, 1.0], [2.0, 1.5], [1.0, 5.0]]), np.array([[1.0, 1.0], [3.0, 2.0], [2.0, 0.0], [0.0, 2.0]]), 0.5)
    return [tiny, (source, target, 1.0), (source, target, 0.2)]


CORAL = Exercise(
    id="other_alignments.coral",
    title="give one cloud the shape of another",
    reference=align.coral,
    cases=coral_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-target-mean", "the cloud has the right shape, but lies around zero: move it to the target's mean",
                wrong=lambda s, t, reg: moved(s, t, reg, mean=0.0)),
        Mistake("own-mean", "the cloud has the right shape, but stays where it was: its own mean was added back, or never "
                "taken off. It should come to lie around the target's",
                when=lambda got, _, *a: any(close(got, one) for one in uncentred(*a))),
        Mistake("eigenvectors", "the eigenvectors are not where they belong: np.linalg.eigh gives them as the *columns* of V, "
                "and the root is VΛ^pVᵀ, both factors", when=any_of(
                    functools.partial(moved, root=half_root), functools.partial(moved, root=wrong_way),
                    functools.partial(moved, root=lambda C, p: half_root(C, p) if p < 0 else half_root(C, p).T))),
        Mistake("everywhere", "reg was added to every entry of the covariances. It belongs on the diagonals",
                wrong=lambda s, t, reg: moved(s, t, reg, everywhere=True)),
        Mistake("undivided", "these are sums of squares, not covariances: divide by n - 1, of each cloud its own",
                wrong=lambda s, t, reg: moved(s, t, reg, summed=True)),
        Mistake("order", "coloured first and whitened after. The matrices do not commute: first take the source's covariance "
                "away, then give it the target's", wrong=lambda s, t, reg: moved(s, t, reg, swap=True)),
        Mistake("no-root", "whitening needs C^(-1/2), not C⁻¹ or C: the covariance of XA is AᵀCA, so A counts twice",
                when=any_of(*(functools.partial(moved, out=o, into=i) for o, i in ((-1, 1), (-1, 0.5), (-0.5, 1))))),
        Mistake("not-whitened", "the target's covariance was given to a cloud that still had its own. Whiten the source first",
                when=any_of(lambda s, t, reg: moved(s, t, reg, out=0.0))),
        Mistake("not-coloured", "the source is whitened, but does not get the target's "
                "covariance", wrong=lambda s, t, reg: moved(s, t, reg, into=0.0)),
        Mistake("backwards", "this gives the *target* the source's shape. The source, which has the labels, is to be moved",
                when=any_of(lambda s, t, reg: moved(t, s, reg))),
        Mistake("other-root", "the covariance comes out right, but the cloud is turned as well: a Cholesky factor is a root, "
                "though not the symmetric one. Take it from the eigenvectors: V λ^(±1/2) Vᵀ", when=any_of(
                    functools.partial(moved, root=cholesky),
                    functools.partial(moved, root=lambda C, p: cholesky(C, p).T))),
        Mistake("columns", "you matched each column's spread alone. CORAL matches the covariances too", when=any_of(
                    lambda s, t, reg: columns(s, t, 0.0, 1), lambda s, t, reg: columns(s, t, 0.0, 0),
                    lambda s, t, reg: columns(s, t, reg, 1))),
        Mistake("no-ridge", "reg was not added to both covariances' diagonals", when=any_of(
                    *(functools.partial(moved, ridges=ridges) for ridges in ((0, 0), (1, 0), (0, 1))))),
        Mistake("divisor", "nearly: these covariances are divided by n. Here the divisor is n - 1, as np.cov has it",
                wrong=lambda s, t, reg: moved(s, t, reg, ddof=0)),
    ],
    hints=(
        "Whitening, which you know from chapter 01, takes a covariance away. How would you give one?",
        "Covariances of both, with reg on the diagonal. A symmetric C = VΛVᵀ has the root C^(p) = VΛ^pVᵀ (np.linalg.eigh). "
                "Centre the source, multiply by C_s^(-1/2), then by C_t^(1/2), and add the target's mean.",
        "def power(C, p):\n    values, V = np.linalg.eigh(C)\n    return V * values**p @ V.T\n"
        "C_s = np.cov(source, rowvar=False) + reg * …\nC_t = …\nreturn (source - …) @ power(C_s, …) @ power(C_t, …) + …",
    ),
)  # fmt: skip
