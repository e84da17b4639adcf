"""How far should each direction be trusted in a search?"""

import numpy as np

from mmlearn.align import weighted_similarity
from mmlearn.exercises.cca.common import close
from mmlearn.exercises.engine import Exercise, Mistake


def weighted_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, m, k = {"standard": (4, 3, 5), "large": (40, 30, 64)}[variant]

    def case(n: int, m: int, k: int, power: float) -> tuple:
        A, B = (rng.normal(size=(r, k)) * rng.uniform(0.3, 4, size=(r, 1)) for r in (n, m))
        return A, B, np.sort(rng.uniform(0.2, 0.95, size=k))[::-1].copy(), power

    return [case(3, 2, 2, 1.0), case(n, m, k, 2.0), case(m, n, k, 0.5)]


def unit(V: np.ndarray) -> np.ndarray:
    return V / np.linalg.norm(V, axis=1, keepdims=True)


def is_weighted(*changed):
    return lambda got, _, A, B, r, power: any(close(got, wrong(A, B, r, power)) for wrong in changed)


WEIGHTED = Exercise(
    id="cca.weighted_similarity",
    title="directions that agree little get little say",
    reference=weighted_similarity,
    cases=weighted_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("unweighted", "this is the plain cosine: all directions count "
                              "alike", wrong=lambda A, B, r, p: unit(A) @ unit(B).T),
        Mistake("power", "this is the answer for power 1, whatever power is: was it left out, or used as a factor, which a "
                "cosine does not see? The correlations are raised *to* it",
                wrong=lambda A, B, r, p: unit(A * r) @ unit(B * r).T),
        Mistake("one-side", "only one of the two sides is weighted, so a row is no longer most similar to itself. Weight both",
                when=is_weighted(lambda A, B, r, p: unit(A * r**p) @ unit(B).T, lambda A, B, r, p: unit(A) @ unit(B * r**p).T)),
        Mistake("order", "you brought the rows to length one and weighted them afterwards, so their lengths are not one any "
                         "more. Weight first",
                when=is_weighted(lambda A, B, r, p: (unit(A) * r**p) @ (unit(B) * r**p).T,
                                 lambda A, B, r, p: (unit(A) * r**p) @ unit(B).T)),
        Mistake("length", "these are weighted dot products: a long row wins whatever its direction. Divide by the lengths",
                when=is_weighted(lambda A, B, r, p: (A * r**p) @ (B * r**p).T, lambda A, B, r, p: (A * r**p) @ B.T)),
        Mistake("twice", "the weights enter twice on each side: multiply each coordinate by its correlation to this power once",
                wrong=lambda A, B, r, p: unit(A * r ** (2 * p)) @ unit(B * r ** (2 * p)).T),
        Mistake("half", "each side got only the root of its weight, as if the two had to share it. Both get the whole",
                wrong=lambda A, B, r, p: unit(A * r ** (p / 2)) @ unit(B * r ** (p / 2)).T),
        Mistake("columns", "you brought the *columns* to length one. A cosine compares rows: axis=1",
                when=is_weighted(lambda A, B, r, p: (A * r**p / np.linalg.norm(A * r**p, axis=0)) @ (
                    B * r**p / np.linalg.norm(B * r**p, axis=0)).T)),
        Mistake("divided", "you divided by the weights: now the doubtful directions are the loudest",
                wrong=lambda A, B, r, p: unit(A / r**p) @ unit(B / r**p).T),
        Mistake("transposed", "the numbers are right, but lie across: entry (i, j) compares row i of A with row j of B",
                when=lambda got, expected, *_: close(np.transpose(got), expected)),
    ],
    hints=(
        "The cosine counts every coordinate alike. How can a coordinate be made quieter before the cosine is taken?",
        "Two steps, and their order matters: first scale the columns of both sides, then take the cosine of every row of A with "
        "every row of B.",
        "Column j of A and of B is multiplied by correlations[j] ** power:\n"
        "w = correlations ** …\nA, B = A * w, …\nA = A / np.linalg.norm(A, axis=1, keepdims=True)\n…\nreturn A @ …",
    ),
)  # fmt: skip
