"""Chapter 07: a kernel, its centring, and random features in its place."""

import numpy as np

from mmlearn.align.kernel_cca import centred, squared_distances
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.nonlinear_cca.common import close

# gaussian_kernel ------------------------------------------------------------------------------------------------------


def gaussian_kernel(A: np.ndarray, B: np.ndarray, gamma: float) -> np.ndarray:
    return np.exp(-gamma * squared_distances(A, B))


def two_clouds(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Unequal numbers of rows; distances above and below 1."""
    d = {"standard": 3, "wide": 12}[variant]
    return [
        (rng.normal(size=(2, d)), rng.normal(size=(3, d)), 0.7),
        (2 + rng.normal(size=(5, d)), rng.normal(size=(4, d)), 0.05),
    ]


GAUSSIAN = Exercise(
    id="nonlinear_cca.gaussian_kernel",
    title="how alike two rows are, by their distance",
    reference=gaussian_kernel,
    cases=two_clouds,
    variants=("standard", "wide"),
    mistakes=[
        Mistake("root", "the *squared* distance belongs in the exponent: no root",
                wrong=lambda A, B, g: np.exp(-g * np.sqrt(squared_distances(A, B)))),
        Mistake("sign", "similar rows must get the larger number: the exponent is negative",
                wrong=lambda A, B, g: np.exp(g * squared_distances(A, B))),
        Mistake("divided", "γ multiplies the squared distance; you divided by it (or by 2 σ²)",
                when=lambda got, _, A, B, g: close(got, np.exp(-squared_distances(A, B) / g))
                or close(got, np.exp(-squared_distances(A, B) / (2 * g**2)))),
        Mistake("half", "there is a factor 2 too many or too few: the exponent is -γ times the squared distance, nothing else",
                when=lambda got, _, A, B, g: any(close(got, np.exp(-g * f * squared_distances(A, B))) for f in (0.5, 2))),
        Mistake("mean", "the squared distance is the *sum* over the columns, not the mean",
                wrong=lambda A, B, g: np.exp(-g * squared_distances(A, B) / A.shape[1])),
        Mistake("no-gamma", "γ is not in it: it multiplies the squared distance",
                wrong=lambda A, B, g: np.exp(-squared_distances(A, B))),
        Mistake("gamma-squared", "γ itself multiplies the squared distance; only the distance is squared",
                wrong=lambda A, B, g: np.exp(-(g**2) * squared_distances(A, B))),
        Mistake("sum-first", "the differences were added up before squaring, where they cancel: square each, then add",
                wrong=lambda A, B, g: np.exp(-g * (A[:, None] - B[None]).sum(axis=2) ** 2)),
        Mistake("absolute", "absolute differences were added up; the squared distance is the sum of their *squares*",
                when=lambda got, _, A, B, g: any(close(got, np.exp(-g * np.abs(A[:, None] - B[None]).sum(axis=2) ** power))
                                                 for power in (1, 2))),
        Mistake("no-exp", "that is the squared distance itself, perhaps times γ; take exp(-…) of it",
                when=lambda got, _, A, B, g: any(close(got, f * squared_distances(A, B)) for f in (1, g, -1, -g))),
        Mistake("transposed", "rows of A go down and rows of B across: (n, m); yours is (m, n)",
                wrong=lambda A, B, g: np.exp(-g * squared_distances(A, B)).T),
    ],
    hints=(
        "First the squared distance of every row of A to every row of B, as an (n, m) array; then one exp.",
        "|a - b|² = |a|² + |b|² - 2 a·b, for all rows at once; or broadcasting: A[:, None] - B[None].",
        "D = ((A[:, None] - B[None]) ** 2).sum(axis=…)\nreturn np.exp(…)",
    ),
)  # fmt: skip


# centre_kernel --------------------------------------------------------------------------------------------------------


def centre_kernel(K: np.ndarray) -> np.ndarray:
    return centred(K, K.mean(axis=0), K.mean())


def kernel_of(rng: np.random.Generator, n: int, d: int = 3) -> np.ndarray:
    X = rng.normal(size=(n, d))
    return gaussian_kernel(X, X, 0.3)


def some_kernels(rng: np.random.Generator, variant: str) -> list[tuple]:
    n = {"standard": 5, "large": 40}[variant]
    X = 2 + rng.normal(size=(n, 3))
    return [(kernel_of(rng, 3),), (kernel_of(rng, n),), (X @ X.T,)]


CENTRE = Exercise(
    id="nonlinear_cca.centre_kernel",
    title="take the mean off where it cannot be seen",
    reference=centre_kernel,
    cases=some_kernels,
    variants=("standard", "large"),
    mistakes=[
        Mistake("one-side", "only the columns' means (or only the rows') are taken off. Both factors must be centred: the "
                "rows' means *and* the columns' means",
                when=lambda got, _, K: close(got, K - K.mean(0)) or close(got, K - K.mean(1, keepdims=True))),
        Mistake("whole-missing", "almost: the product (a - m)·(b - m) has four terms. Which one is missing?",
                wrong=lambda K: K - K.mean(0) - K.mean(1, keepdims=True)),
        Mistake("whole-sign", "the mean of all entries is *added* back: (a - m)·(b - m) = … + m·m",
                wrong=lambda K: K - K.mean(0) - K.mean(1, keepdims=True) - K.mean()),
        Mistake("whole-only", "one number was taken off everywhere; the mean of each row and of each column differ",
                wrong=lambda K: K - K.mean()),
        Mistake("same-axis", "the same means were taken off twice along one axis: K.mean(0) lies along the columns; for rows, "
                "keepdims=True makes it a column",
                when=lambda got, _, K: any(close(got, K - 2 * m + K.mean()) for m in (K.mean(0), K.mean(1, keepdims=True)))),
        Mistake("sums", "sums were taken off where means belong",
                wrong=lambda K: K - K.sum(0) - K.sum(1, keepdims=True) + K.sum()),
    ],
    hints=(
        "You cannot reach φ(a), but you can write (φ(a) - m)·(φ(b) - m) with m = the mean of all φ, and multiply out.",
        "Four terms: k(a, b), minus the mean of row a, minus the mean of column b, plus the mean of everything.",
        "return K - K.mean(axis=0) - K.mean(axis=1, keepdims=True) + …",
    ),
)  # fmt: skip


# fourier_features -----------------------------------------------------------------------------------------------------


def fourier_features(X: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.sqrt(2 / W.shape[1]) * np.cos(X @ W + b)


def waves(rng: np.random.Generator, variant: str) -> list[tuple]:
    d, D = {"standard": (3, 7), "large": (10, 300)}[variant]
    return [
        (rng.normal(size=(n, width)), rng.normal(size=(width, D)), rng.uniform(0, 2 * np.pi, D)) for n, width in ((2, 2), (9, d))
    ]


FOURIER = Exercise(
    id="nonlinear_cca.fourier_features",
    title="a Gaussian kernel in a few columns",
    reference=fourier_features,
    cases=waves,
    variants=("standard", "large"),
    mistakes=[
        Mistake("unscaled", "the factor √(2 / D) is missing: D products of two cosines, each 1/2 on average for equal rows, "
                "must add up to 1", wrong=lambda X, W, b: np.cos(X @ W + b)),
        Mistake("no-two", "√(1 / D) instead of √(2 / D): the mean of cos² is 1/2, so a row's product with itself would be 1/2",
                wrong=lambda X, W, b: np.cos(X @ W + b) / np.sqrt(W.shape[1])),
        Mistake("no-root", "the features are multiplied in pairs, so the factor goes in twice: take its root",
                wrong=lambda X, W, b: np.cos(X @ W + b) * 2 / W.shape[1]),
        Mistake("no-shift", "the shifts b are not used: without them the product depends on where the rows lie, not only on "
                "their difference", wrong=lambda X, W, b: np.sqrt(2 / W.shape[1]) * np.cos(X @ W)),
        Mistake("sine", "a sine instead of a cosine (with a random shift that would do as well, but here cos is asked for)",
                wrong=lambda X, W, b: np.sqrt(2 / W.shape[1]) * np.sin(X @ W + b)),
        Mistake("rows", "D is the number of features, the columns of W; you divided by the rows of X or of W",
                when=lambda got, _, X, W, b: any(close(got, np.sqrt(2 / n) * np.cos(X @ W + b)) for n in X.shape)),
    ],
    hints=(
        "One matrix product, one shift, one cosine, one factor.",
        "D is W.shape[1]. (X @ W + b) is (n, D).",
        "return np.sqrt(2 / …) * np.cos(…)",
    ),
)  # fmt: skip
