"""Moments of two parts as those of the whole."""

from typing import Any

import numpy as np

from mmlearn.align.moments import Moments
from mmlearn.exercises.cca.common import arrays, close
from mmlearn.exercises.engine import Exercise, Mistake

Part = tuple[int, np.ndarray, np.ndarray]


def merge(a: Part, b: Part) -> Part:
    """The library's."""
    whole = Moments(*a).merge(Moments(*b))
    return whole.count, whole.mean, whole.scatter


def merge_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Parts of unequal sizes and means, one of them of a single row; and two whose means lie close together, far from zero."""
    d = {"standard": 3, "large": 20}[variant]

    def part(n: int, d: int, far: float = 0.0) -> Part:
        m = Moments.of(rng.normal(size=(n, d)) * np.linspace(1, 2, d) + 3 * rng.normal(size=d) + far)
        return m.count, m.mean, m.scatter

    near = [(part(3, 2), part(5, 2)), (part(30, d), part(12, d)), (part(25, d), part(1, d))]
    return [*near, (part(20, d, 1e8), part(30, d, 1e8))]


def with_between(weight):
    """The right merge but for how much the distance of the means counts."""

    def wrong(a: Part, b: Part) -> Part:
        n, mean, _ = merge(a, b)
        step = b[1] - a[1]
        return n, mean, a[2] + b[2] + weight(a[0], b[0]) * np.outer(step, step)

    return wrong


def is_scatter(change):
    """A mistake: this stands where the scatter should; `change(scatter, n, what the means add to it)`."""

    def when(got: Any, expected: Any, a: Part, b: Part) -> bool:
        step, n = b[1] - a[1], a[0] + b[0]
        wrong = change(np.asarray(expected[2]), n, np.outer(step, step) * a[0] * b[0] / n)
        return any(close(got[2], w, atol=1e-6 * np.abs(expected[2]).max()) for w in wrong)

    return when


def parts_differ(*which: int):
    """Only these parts of the answer are wrong."""

    def when(got: Any, expected: Any, *_: Any) -> bool:
        same = [np.shape(g) == np.shape(e) and close(g, e) for g, e in zip(got, expected, strict=True)]
        return [i for i in range(3) if not same[i]] == list(which)

    return when


def weighted_means_swapped(got: Any, _: Any, a: Part, b: Part) -> bool:
    return close(got[1], (b[0] * a[1] + a[0] * b[1]) / (a[0] + b[0]))


def product_of_step(got: Any, _: Any, a: Part, b: Part) -> bool:
    """step @ step, or step * step, where the outer product should be."""
    step, weight = b[1] - a[1], a[0] * b[0] / (a[0] + b[0])
    (scatter,) = arrays(got[2])
    return any(close(scatter, a[2] + b[2] + weight * wrong) for wrong in (step @ step, step * step, np.diag(step * step)))


MERGE = Exercise(
    id="cca.merge",
    title="moments of two parts, as if they had been one",
    reference=merge,
    cases=merge_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("about-zero", "right, but where columns lie far from 0 (at 100,000,000, with a spread of 1) no digit of the "
                "scatter is left: you take a huge n·m mᵀ off huge sums. Use the distance between the two means, which is small",
                when=lambda got, expected, a, b: parts_differ(2)(got, expected) and np.abs(a[1]).max() > 1e6),
        Mistake("mean-of-means", "this is the mean of the two means. A part of many rows must count for more than one of few",
                when=lambda got, _, a, b: close(got[1], (a[1] + b[1]) / 2)),
        Mistake("crossed", "each mean was weighted with the *other* part's count", when=weighted_means_swapped),
        Mistake("no-between", "the scatters were only added. Rows are scattered about the mean of *all* of them: where the two "
                              "means "
                "lie apart, something is missing", when=lambda got, _, a, b: close(got[2], a[2] + b[2])),
        Mistake("not-outer", "the distance of the means enters as a matrix (d, d), as its outer product with itself",
                when=product_of_step),
        Mistake("covariance", "that is the covariance. A scatter is the *sum* over the rows: it is not divided",
                when=is_scatter(lambda S, n, _: (S / n, S / (n - 1)))),
        Mistake("sign", "what the distance of the means adds was taken off. Rows lie farther from a common mean "
                "than from their own",
                when=is_scatter(lambda S, n, between: (S - 2 * between,))),
        Mistake("between-weight", "the distance of the means enters with the wrong weight: of parts of n and m rows it is n·m / "
                                  "(n + m)",
                when=lambda got, expected, a, b: parts_differ(2)(got, expected) and np.linalg.matrix_rank(
                    np.asarray(got[2], float) - a[2] - b[2], tol=1e-6 * np.abs(a[2]).max()) <= 1),
        Mistake("averaged", "you averaged the scatters, as one might covariances. They are sums over rows: they add",
                when=lambda got, _, a, b: any(close(got[2], (a[0] * a[2] + b[0] * b[2]) / (a[0] + b[0]) + w * np.outer(
                    b[1] - a[1], b[1] - a[1])) for w in (0, a[0] * b[0] / (a[0] + b[0]), a[0] * b[0] / (a[0] + b[0]) ** 2))),
        Mistake("count", "mean and scatter are right. How many rows are there now?", when=parts_differ(0)),
    ],
    hints=(
        "Counts add. The new mean lies between the two, nearer to that of the larger part. What happens to squared distances "
        "when the "
        "point they are taken from moves?",
        "For each part, the sum of (row - M)(row - M)ᵀ about another point M is its scatter + count × (mean - M)(mean - M)ᵀ. "
        "Which M do both parts need? Put it in, and add up.",
        "With δ = mean_b - mean_a, what comes to the two scatters is n_a n_b / (n_a + n_b) · δ δᵀ.\n"
        "n = a[0] + b[0]\nstep = b[1] - a[1]\nmean = a[1] + step * …\nscatter = a[2] + b[2] + np.outer(step, step) * …\n"
        "return n, mean, scatter",
    ),
)  # fmt: skip
