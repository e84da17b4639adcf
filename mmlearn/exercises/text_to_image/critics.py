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


def iterated(norm_v: bool = True, norm_u: bool = True, extra: int = 0, end: Callable | None = None) -> Callable[..., Tensor]:
    """`stretch` with a step left out."""

    def wrong(weight: Tensor, start: Tensor, steps: int) -> Tensor:
        u = start
        for _ in range(steps + extra):
            v = weight.T @ u
            v = functional.normalize(v, dim=0) if norm_v else v
            u = weight @ v
            u = functional.normalize(u, dim=0) if norm_u else u
        return (end or (lambda w, u, v: u @ w @ v))(weight, u, v)

    return wrong


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
                when=any_of(iterated(False, False), iterated(False, True), alike=close)),
        Mistake("eigenvalue", "this is the *square* of it: a step of Wᵀ and a step of W stretch twice. Take u · W v, "
                "where *both* have length 1",
                when=any_of(lambda w, s, n: stretch(w, s, n) ** 2, alike=close)),
        Mistake("one-step-more", "one step too many", wrong=iterated(extra=1)),
        Mistake("one-side", "u · W v asks for the unit vectors of *both* sides: this is the length of Wᵀu or W v with an old "
                "partner", when=any_of(lambda w, s, n: (w.T @ iterated(end=lambda w, u, v: u)(w, s, n)).norm(), alike=close)),
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
                wrong=lambda s, y, r, v: s @ r + ((y @ v.T) * s).mean(1)),
        Mistake("sigmoid", "this is a probability. The losses of this chapter take logits: leave the sigmoid out",
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
