"""How far a layer stretches, and the projection discriminator's score."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.text_to_image.common import close


def stretch(weight: Tensor, start: Tensor, steps: int) -> Tensor:
    """The largest singular value, by power iteration from a vector of the weight's rows."""
    u = start
    for _ in range(steps):
        v = functional.normalize(weight.T @ u, dim=0)
        u = functional.normalize(weight @ v, dim=0)
    return u @ weight @ v


def weight_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """A diagonal one; wide and tall ones of few steps; one whose largest singular value is known and far above the others."""
    a, b = {"standard": (4, 6), "large": (20, 30)}[variant]
    diagonal = torch.diag(torch.tensor([3.0, 2.0, 1.0], dtype=torch.float64))
    cases = [(diagonal, torch.ones(3, dtype=torch.float64), 3)]
    cases += [(normal(rng, a, b), normal(rng, a), 1), (normal(rng, b, a), 5 * normal(rng, b), 2)]
    one, other = (functional.normalize(normal(rng, n), dim=0) for n in (a, b))
    clear = normal(rng, a, b) + 30 * torch.outer(one, other)
    return [*cases, (clear, normal(rng, a), 10)]


def unit(x: Tensor) -> Tensor:
    return functional.normalize(x, dim=0)


def same(x: Tensor) -> Tensor:
    return x


def iterated(
    of_v: Callable = unit, of_u: Callable = unit, count: Callable = same, first: Callable = same, end: Callable | None = None
) -> Callable[..., Tensor]:
    """`stretch` with v, u, the number of steps or the start made otherwise; `end`: of the weight, the last u, v, and u before."""

    def wrong(weight: Tensor, start: Tensor, steps: int) -> Tensor:
        u = first(start)
        for _ in range(count(steps)):
            v, before = of_v(weight.T @ u), u
            u = of_u(weight @ v)
        return end(weight, u, v, before) if end else u @ weight @ v

    return wrong


def by_square(x: Tensor) -> Tensor:
    return x / (x @ x)


def by_largest(x: Tensor) -> Tensor:
    return x / x.abs().max()


def half_a_step_less(first: Callable) -> Callable[..., Tensor]:
    """The new v beside the u that it came from."""
    return iterated(first=first, end=lambda w, u, v, before: before @ w @ v)


def swapped(weight: Tensor, start: Tensor, steps: int) -> Tensor:
    """W first: the start does not fit, unless the weight is square."""
    return stretch(weight.T, start, steps)


STRETCH = Exercise(
    id="text_to_image.stretch",
    title="how far does a layer stretch a vector at most?",
    reference=stretch,
    cases=weight_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("normalised", "this is the weight, divided. Asked for is the number by which it is divided",
                when=lambda got, expected, weight, *_: np.shape(got) == tuple(weight.shape)),
        Mistake("frobenius", "this is the Frobenius norm, the root of the sum of all squares: as large as *all* singular values "
                "together", wrong=lambda w, s, n: w.norm()),
        Mistake("exact", "this is the exact singular value. Asked for is what power iteration knows of it after `steps` steps",
                wrong=lambda w, s, n: torch.linalg.matrix_norm(w, 2)),
        Mistake("never-normalised", "u and v have to be brought to length 1 in every step; otherwise they grow, and the last "
                "product with them",
                when=any_of(iterated(same, same), iterated(same, unit), alike=close)),
        Mistake("eigenvalue", "this is the *square* of it: a step of Wᵀ and a step of W stretch twice. Take u · W v, "
                "where *both* have length 1",
                when=any_of(lambda w, s, n: stretch(w, s, n) ** 2, alike=close)),
        Mistake("one-step-more", "one step too many", wrong=iterated(count=lambda n: n + 1)),
        Mistake("one-step", "this is what one step gives. There are `steps` of them",
                when=any_of(iterated(count=lambda n: 1), alike=close)),
        Mistake("half-a-step-less", "the v is the last one, but not the u: renew u from it once more, then take u · W v",
                when=any_of(half_a_step_less(unit), half_a_step_less(same), alike=close)),
        Mistake("one-side", "this is half a step further than asked, the length of Wᵀu with the last u: end with u · W v",
                when=any_of(iterated(end=lambda w, u, v, before: (w.T @ u).norm()), alike=close)),
        Mistake("length", "to bring a vector x to length 1, divide it by its length, √(x · x): not by x · x, nor by its largest "
                "number", when=any_of(iterated(by_square, by_square), iterated(by_largest, by_largest), alike=close)),
        Mistake("swapped", "`start` is as long as the weight has rows, (a,): begin with Wᵀ u, (b,), and go back with W v",
                wrong=swapped),
        Mistake("sign", "the sign is wrong: a length is not negative", wrong=lambda w, s, n: -stretch(w, s, n)),
    ],
    hints=(
        "What becomes of any vector if you multiply it by Wᵀ and W again and again, and shorten it to length 1 each time?",
        "One step: v from Wᵀu, brought to length 1; then u from W v, brought to length 1. At the end, u · W v.",
        "for _ in range(steps):\n    v = functional.normalize(weight.T @ …, dim=0)\n    u = functional.normalize(…, dim=0)\n"
        "return u @ … @ v",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def projection(seen: Tensor, condition: Tensor, real: Tensor, fits: Tensor) -> Tensor:
    """ψ · φ(x) + (V y) · φ(x)."""
    return seen @ real + ((condition @ fits.T) * seen).sum(dim=1)


def seen_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """One-hot conditions; real-valued ones; as many pictures as features, where a wrong axis goes unnoticed by shape."""
    b, d, c = {"standard": (5, 4, 3), "large": (30, 16, 10)}[variant]
    hot = torch.eye(c, dtype=torch.float64)[torch.from_numpy(rng.integers(c, size=b))]
    conditions = [(b, hot), (b, normal(rng, b, c)), (d, normal(rng, d, c))]
    return [(normal(rng, n, d), y, normal(rng, d), normal(rng, d, c)) for n, y in conditions]


PROJECTION = Exercise(
    id="text_to_image.projection",
    title="one score: is it real, and does it fit?",
    reference=projection,
    cases=seen_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("unconditional", "the condition is nowhere in this score", wrong=lambda s, y, r, v: s @ r),
        Mistake("fit-only", "the part that asks about the picture alone is missing",
                wrong=lambda s, y, r, v: ((y @ v.T) * s).sum(1)),
        Mistake("all-pairs", "this is every picture beside every condition, (b, b). Each picture has one condition: "
                "multiply number "
                "by number, and sum over the features", when=any_of(lambda s, y, r, v: (s @ r)[:, None] + s @ v @ y.T,
                                                                     lambda s, y, r, v: s @ r + s @ v @ y.T, alike=close)),
        Mistake("additive", "picture and condition are only added up: then every picture would prefer the same condition. "
                "They have to "
                "be multiplied", wrong=lambda s, y, r, v: s @ r + (y @ v.T).sum(1)),
        Mistake("axis", "the products were summed over the batch, not over the features",
                when=any_of(lambda s, y, r, v: ((y @ v.T) * s).sum(0),
                            lambda s, y, r, v: s @ r + ((y @ v.T) * s).sum(0), alike=close)),
        Mistake("mean", "the products were averaged over the features. A dot product is their sum",
                when=any_of(lambda s, y, r, v: s @ r + ((y @ v.T) * s).mean(1),
                            lambda s, y, r, v: projection(s, y, r, v) / len(r), alike=close)),
        Mistake("batch", "the second part was summed over the whole batch: each picture has its own",
                when=any_of(lambda s, y, r, v: s @ r + ((y @ v.T) * s).sum(), alike=close)),
        Mistake("added", "the two parts are *added*: real, and fitting",
                when=any_of(lambda s, y, r, v: s @ r - ((y @ v.T) * s).sum(1),
                            lambda s, y, r, v: (s @ r) * ((y @ v.T) * s).sum(1), alike=close)),
        Mistake("largest", "this takes the column of V where y is largest. A condition has several numbers that count: V y is a "
                "product", when=any_of(lambda s, y, r, v: s @ r + (v.T[y.argmax(1)] * s).sum(1), alike=close)),
        Mistake("sigmoid", "this is a probability. The losses of this chapter take scores: leave the sigmoid out",
                wrong=lambda *given: projection(*given).sigmoid()),
        Mistake("column", "asked for is one number a picture, (b,)", wrong=lambda *given: projection(*given)[:, None]),
    ],
    hints=(
        "Two questions, two dot products with φ(x). What is the second vector of each?",
        "The first is with ψ, the same for all pictures. The second is with V y, one for each picture's own condition: multiply "
        "number by number, and sum over the features.",
        "wanted = condition @ fits.T  # (b, d)\nreturn seen @ … + (… * …).sum(dim=1)",
    ),
)  # fmt: skip
