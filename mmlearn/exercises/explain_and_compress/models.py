"""Simple models near one decision, and the way from a baseline to it."""

from collections.abc import Callable
from math import comb
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of, plain


def least_squares(sets: np.ndarray, values: np.ndarray, weights: np.ndarray, constant: bool = True) -> np.ndarray:
    """The coefficients (M,) of the weighted fit, with a constant that is not given or without one."""
    A = np.column_stack([np.ones(len(sets)), sets]) if constant else sets
    root = np.sqrt(weights)
    return np.linalg.lstsq(A * root[:, None], values * root, rcond=None)[0][int(constant) :]


def ridge(sets: np.ndarray, values: np.ndarray, weights: np.ndarray, strength: float) -> np.ndarray:
    A = np.column_stack([np.ones(len(sets)), sets])
    penalty = strength * np.eye(A.shape[1])
    return np.linalg.solve(A.T @ (A * weights[:, None]) + penalty, A.T @ (weights * values))[1:]


def all_sets(modalities: int) -> np.ndarray:
    return (np.arange(2**modalities)[:, None] >> np.arange(modalities) & 1).astype(float)


def surrogate_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """All sets of two, of three, also with Shapley's kernel, and random sets of more with random weights."""
    most, drawn = {"standard": (4, 40), "large": (8, 200)}[variant]
    sets = all_sets(3)
    kernel = np.array([1e5 if s in (0, 3) else 2 / (comb(3, int(s)) * s * (3 - s)) for s in sets.sum(1)])
    chosen = np.vstack([all_sets(2)[:, [0, 1] * (most // 2)], rng.integers(0, 2, (drawn, most)).astype(float)])
    return [
        (all_sets(2), np.array([0.0, 1.0, 2.0, 6.0]), np.array([4.0, 1.0, 2.0, 3.0])),
        (sets, 1.0 + sets[:, :2].min(1), np.ones(8)),
        (sets, rng.normal(size=8), kernel),
        (chosen, 2 + rng.normal(size=len(chosen)), rng.uniform(0.1, 2, len(chosen))),
    ]


def is_ridge(got: Any, expected: np.ndarray, sets: np.ndarray, values: np.ndarray, weights: np.ndarray) -> bool:
    """One of the usual strengths of ridge regression."""
    return np.shape(got) == expected.shape and any(
        np.allclose(np.asarray(plain(got), float), ridge(sets, values, weights, strength), rtol=1e-4, atol=1e-6)
        for strength in (1, 0.1, 0.01, 0.001)
    )


SURROGATE = Exercise(
    id="explain_and_compress.surrogate",
    title="the linear model that comes nearest",
    reference=least_squares,
    cases=surrogate_cases,
    variants=("standard", "large"),
    tolerance=1e-4,
    mistakes=[
        Mistake("no-weights", "every set counts the same here. Multiply each squared difference by its weight",
                wrong=lambda z, v, w: least_squares(z, v, np.ones(len(z)))),
        Mistake("no-constant", "there is no constant c: the fit is forced through 0 where nothing is there. Add a column of "
                               "ones, "
                "and leave its coefficient away at the end", wrong=lambda z, v, w: least_squares(z, v, w, constant=False)),
        Mistake("squared-weights", "the weights act twice: if rows are multiplied by π and then squared, they count with π². "
                "Multiply rows and values by the *root* of π", wrong=lambda z, v, w: least_squares(z, v, w**2)),
        Mistake("rooted-weights", "the root was taken twice, or taken where none is needed: in AᵀπA stands π itself, beside rows "
                "that are multiplied stands its root", wrong=lambda z, v, w: least_squares(z, v, np.sqrt(w))),
        Mistake("values-unweighted", "the rows were multiplied by the root of π, the values not. Both sides belong together",
                wrong=lambda z, v, w: np.linalg.lstsq(
                    np.column_stack([np.ones(len(z)), z]) * np.sqrt(w)[:, None], v, rcond=None)[0][1:]),
        Mistake("rows-unweighted", "the values were multiplied by the root of π, the rows not. Both sides belong together",
                wrong=lambda z, v, w: np.linalg.lstsq(np.column_stack([np.ones(len(z)), z]), v * np.sqrt(w), rcond=None)[0][1:]),
        Mistake("ones-unweighted", "the column of ones is part of the row, and is multiplied by the root of π as well",
                wrong=lambda z, v, w: np.linalg.lstsq(
                    np.column_stack([np.ones(len(z)), z * np.sqrt(w)[:, None]]), v * np.sqrt(w), rcond=None)[0][1:]),
        Mistake("plain-means", "the means that were subtracted do not know the weights. Take weighted means, or a column of "
                "ones", wrong=lambda z, v, w: least_squares(z - z.mean(0), v - v.mean(), w, constant=False)),
        Mistake("fixed-constant", "c was set to v(none). It is one more unknown of the fit, beside the φ", when=any_of(
            lambda z, v, w: least_squares(z, v - v[z.sum(1) == 0].mean(), w, constant=False),
            lambda z, v, w: least_squares(z, v - v[0], w, constant=False))),
        Mistake("with-constant", "the constant is still among the answers: leave it away",
                when=lambda got, expected, z, v, w: np.shape(got) == (z.shape[1] + 1,)),
        Mistake("last-left-away", "the wrong coefficient was left away: the constant's is where the column of ones is",
                wrong=lambda z, v, w: np.linalg.lstsq(
                    np.column_stack([np.ones(len(z)), z]) * np.sqrt(w)[:, None], v * np.sqrt(w), rcond=None)[0][:-1]),
        Mistake("ridge", "something pulls the coefficients towards 0. Plain least squares is asked for", when=is_ridge),
        Mistake("one-by-one", "each modality was fitted by itself. Fit all of them together, or what one explains is given to "
                              "its "
                "neighbours too", wrong=lambda z, v, w: np.array([
                    least_squares(z[:, [m]], v, w)[0] for m in range(z.shape[1])])),
    ],
    hints=(
        "It is a linear regression with M + 1 unknowns, one of them the constant. How can a weight be put on a row of a "
        "least-squares "
        "problem?",
        "A square times π is the square of something times √π. So multiply every row of [1, z] and every value by √π, solve "
        "by least "
        "squares, and give all but the constant.",
        "A = np.column_stack([np.ones(len(sets)), sets])\nroot = np.sqrt(weights)\nfound = np.linalg.lstsq(A * …, values * …, "
        "rcond=None)[0]\nreturn found[…]",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def walked(f: Callable, x: Tensor, baseline: Tensor, places: Tensor) -> Tensor:
    """The mean slope at these places of the way, (d,)."""
    way = (baseline + places.to(x.dtype)[:, None] * (x - baseline)).detach().requires_grad_()
    (slopes,) = torch.autograd.grad(f(way).sum(), way)
    return slopes.mean(0)


def middles(steps: int) -> Tensor:
    return (torch.arange(steps) + 0.5) / steps


def integrated_gradients(f: Callable, x: Tensor, baseline: Tensor, steps: int) -> Tensor:
    """The midpoint rule."""
    return (x - baseline) * walked(f, x, baseline, middles(steps))


class Network:
    """A smooth network of one hidden layer, the same for the same seed; called as the exercise says."""

    def __init__(self, d: int, rng: np.random.Generator):
        self.W, self.v = (torch.from_numpy(rng.normal(size=shape)) for shape in ((6, d), (6,)))

    def __call__(self, x: Tensor) -> Tensor:
        return torch.tanh(x @ self.W.T) @ self.v + (x[:, 0] * x[:, -1])

    def __repr__(self) -> str:
        return "a small network"


def ig_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Two numbers and few steps, then more of both, from a random baseline and from zeros."""
    d, steps = {"standard": (4, 8), "large": (30, 50)}[variant]
    pair = torch.tensor([1.0, -1.0], dtype=torch.float64)
    x, other = (torch.from_numpy(rng.normal(size=d)) for _ in range(2))
    return [
        (Network(2, rng), pair, torch.tensor([-1.0, -0.5], dtype=torch.float64), 4),
        (Network(d, rng), x, other, steps),
        (Network(d, rng), x, torch.zeros(d, dtype=torch.float64), steps),
    ]


INTEGRATED_GRADIENTS = Exercise(
    id="explain_and_compress.integrated_gradients",
    title="slopes on the way from a baseline",
    reference=integrated_gradients,
    cases=ig_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("slopes", "this is the mean slope. Times the way: each number's difference from the baseline",
                wrong=lambda f, x, b, n: walked(f, x, b, middles(n))),
        Mistake("divided-twice", "too small by the number of steps: a mean is taken twice. Gradients of the *sum* of f's "
                "answers, then one mean", wrong=lambda f, x, b, n: integrated_gradients(f, x, b, n) / n),
        Mistake("one-point", "f takes a batch of points (n, d) and got one point (d,): give it point[None], or all at once",
                wrong=lambda f, x, b, n: f(x)),
        Mistake("half-way", "this is the slope half way alone, times the way. Sum over the whole way",
                wrong=lambda f, x, b, n: (x - b) * walked(f, x, b, torch.tensor([0.5]))),
        Mistake("times-x", "the mean slope is multiplied by x, not by the way x - baseline",
                wrong=lambda f, x, b, n: x * walked(f, x, b, middles(n))),
        Mistake("here-only", "this is the slope at the input alone, times the way. Sum over the whole way",
                wrong=lambda f, x, b, n: (x - b) * walked(f, x, b, torch.ones(1))),
        Mistake("from-zero", "the way starts at zeros. It starts at the baseline that is given",
                when=lambda got, expected, f, x, b, n: bool(b.any()) and _is(got, x * walked(f, x, 0 * b, middles(n)))),
        Mistake("left-ends", "the places are at the beginning of each piece, t = k / steps. Take the middle, (k + 1/2) / steps",
                wrong=lambda f, x, b, n: (x - b) * walked(f, x, b, torch.arange(n) / n)),
        Mistake("right-ends", "the places are at the end of each piece, t = (k + 1) / steps. Take the middle, (k + 1/2) / steps",
                wrong=lambda f, x, b, n: (x - b) * walked(f, x, b, (torch.arange(n) + 1) / n)),
        Mistake("linspace", "these places run from 0 to 1 with both ends. Take the middles of equal pieces, (k + 1/2) / steps",
                wrong=lambda f, x, b, n: (x - b) * walked(f, x, b, torch.linspace(0, 1, n))),
        Mistake("summed", "the slopes are added; their mean is asked for, or else the number of steps would change the answer",
                wrong=lambda f, x, b, n: n * integrated_gradients(f, x, b, n)),
        Mistake("sign", "the sign is turned round: from the baseline to the input",
                wrong=lambda f, x, b, n: -integrated_gradients(f, x, b, n)),
        Mistake("only-points", "the places stand for t, but the gradient was not taken at baseline + t (x - baseline)",
                when=any_of(lambda f, x, b, n: (x - b) * walked(f, x, 0 * b, middles(n)),
                            lambda f, x, b, n: (x - b) * walked(f, x - b, 0 * b, middles(n)))),
    ],
    hints=(
        "Which points lie on the way from the baseline to x? All of them can be one batch for f.",
        "Make the points (steps, d), ask for gradients with respect to them, take torch.autograd.grad of the sum of f's "
        "answers: row "
        "k is then the slope at point k. Mean over rows, times the way.",
        "t = (torch.arange(steps, dtype=x.dtype) + 0.5) / steps\nway = (baseline + t[:, None] * (…)).detach().requires_grad_()\n"
        "(slopes,) = torch.autograd.grad(f(way).sum(), way)\nreturn (…) * slopes.mean(0)",
    ),
)  # fmt: skip


def _is(got: Any, wanted: Tensor) -> bool:
    got = plain(got)
    return np.shape(got) == tuple(wanted.shape) and bool(np.allclose(np.asarray(got, float), wanted.detach().numpy(), atol=1e-6))
