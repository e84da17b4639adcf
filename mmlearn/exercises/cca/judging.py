"""Do the directions hold for other pairs, is it more than luck, and how far should each be trusted?"""

from typing import Any

import numpy as np

from mmlearn.align import CCA, weighted_similarity
from mmlearn.exercises.cca.common import arrays, close
from mmlearn.exercises.engine import Exercise, Mistake

# 3 -------------------------------------------------------------------------------------------------------------------


def held_out_correlations(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Pearson's correlation, column by column; 0 where one does not vary."""
    A, B = A - A.mean(axis=0), B - B.mean(axis=0)
    lengths = np.linalg.norm(A, axis=0) * np.linalg.norm(B, axis=0)
    return (A * B).sum(axis=0) / np.where(lengths > 0, lengths, 1)


def held_out_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Embeddings of unequal spreads whose means are not zero and whose correlations have both signs, one column constant."""
    n, k = {"standard": (9, 4), "large": (200, 12)}[variant]

    def views(n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
        A = rng.normal(size=(n, k)) * np.linspace(2, 0.5, k)
        B = 0.7 * A * np.where(np.arange(k) % 2, -1, 1) + 0.6 * rng.normal(size=(n, k))
        return A + 1.5, B * np.linspace(0.5, 3, k) - 0.8

    constant = views(n, k)
    constant[1][:, 1] = 0.25
    return [views(4, 2), views(n, k), constant]


def quiet(function):
    """The same, without a warning where it divides by zero."""

    def silent(*arguments):
        with np.errstate(all="ignore"):
            return function(*arguments)

    return silent


@quiet
def cosines(A, B):
    return (A * B).sum(0) / (np.linalg.norm(A, axis=0) * np.linalg.norm(B, axis=0))


def covariances(A, B):
    return ((A - A.mean(0)) * (B - B.mean(0))).sum(0) / (len(A) - 1)


@quiet
def mixed_divisors(A, B):
    A, B = A - A.mean(0), B - B.mean(0)
    r = (A * B).sum(0) / (len(A) - 1) / (A.std(0) * B.std(0))
    return np.where(np.isfinite(r), r, 0)


def nan_for_constant(got: Any, expected: np.ndarray, *_: Any) -> bool:
    (r,) = arrays(got)
    return r.shape == expected.shape and np.isnan(r).any() and close(np.where(np.isnan(r), 0, r), expected)


HELD_OUT = Exercise(
    id="cca.held_out_correlations",
    title="does each direction agree on these pairs?",
    reference=held_out_correlations,
    cases=held_out_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("constant", "right, but for a column that does not vary: 0 divided by 0 is NaN. Such a column says nothing: 0",
                when=nan_for_constant),
        Mistake("centre", "these are cosines. A correlation is the cosine of *centred* columns: held-out pairs have means of "
                          "their own",
                when=lambda got, _, A, B: close(np.nan_to_num(np.asarray(got, float)), np.nan_to_num(cosines(A, B)))),
        Mistake("covariance", "these are covariances. Divide by both standard deviations",
                when=lambda got, _, A, B: close(got, covariances(A, B)) or close(got, covariances(A, B) * (len(A) - 1) / len(A))),
        Mistake("divisors", "some are too large by n / (n - 1): the covariance is divided by n - 1, the standard deviations by "
                            "n (np.std "
                "does that unless told ddof=1)",
                when=lambda got, _, A, B: close(np.nan_to_num(np.asarray(got, float)), mixed_divisors(A, B))),
        Mistake("absolute", "the signs are gone. On held-out pairs a direction may well disagree, and that must show",
                when=lambda got, expected, A, B: close(got, np.abs(expected))),
        Mistake("mean", "one number for all. Here one correlation a direction is wanted",
                when=lambda got, expected, A, B: np.ndim(got) == 0),
        Mistake("all-pairs", "this compares every column with every column. Column j of A has one partner, column j of B",
                when=lambda got, expected, A, B: np.shape(got) in ((A.shape[1],) * 2, (2 * A.shape[1],) * 2)),
        Mistake("rows", "these are correlations along the rows. A direction is a column: one number for each of the k",
                when=lambda got, expected, A, B: np.shape(got) == (len(A),)),
    ],
    hints=(
        "Pearson's correlation of two columns: centre both, then their cosine.",
        "Centre A and B by their own column means. Sum the products down the rows, and divide by the product of the two "
        "lengths; where "
        "that is zero, the answer is 0.",
        "A, B = A - A.mean(axis=0), …\nproduct = (A * B).sum(axis=0)\nlength = np.linalg.norm(A, axis=0) * …\nreturn product / "
        "np.where(…, length, 1)",
    ),
)  # fmt: skip

# 4 -------------------------------------------------------------------------------------------------------------------


def first(X: np.ndarray, Y: np.ndarray) -> float:
    return CCA(1, reg=0).fit(X, Y).correlations_[0]


def counted(X: np.ndarray, Y: np.ndarray, orders: np.ndarray) -> int:
    least = first(X, Y) - 1e-10
    return sum(first(X, Y[order]) >= least for order in orders)


def permutation_p(X: np.ndarray, Y: np.ndarray, orders: np.ndarray) -> float:
    """The library tests several correlations at once; this is its first."""
    return (1 + counted(X, Y, orders)) / (1 + len(orders))


def permutation_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Views that agree a little, so that some random orders reach them and some do not; from the second case on, one order
    changes nothing."""

    def case(n: int, b: int, *known: np.ndarray) -> tuple:
        while True:
            X, Y = rng.normal(size=(n, 2)), rng.normal(size=(n, 3))
            Y[:, 0] += 0.3 * X[:, 0]
            orders = np.array([*known, *(rng.permutation(n) for _ in range(b - len(known)))])
            reached = counted(X, Y, orders)
            if 2 <= reached <= b - 3 and abs(reached - b / 2) > 1:  # so that the two sides differ
                return X, Y, orders

    return [case(10, 9), case(16, 19, np.arange(16)), case(20, 14, np.arange(20))]


def not_learned_anew(X, Y, orders):
    """The directions of the true pairing, held against random pairings."""
    A, B = CCA(1, reg=0).fit(X, Y).transform(X, Y)
    null = [np.corrcoef(A[:, 0], B[order, 0])[0, 1] for order in orders]
    return (1 + sum(r >= first(X, Y) - 1e-10 for r in null)) / (1 + len(orders))


def strictly_above(X, Y, orders):
    above = first(X, Y) + 1e-10
    return (1 + sum(first(X, Y[order]) > above for order in orders)) / (1 + len(orders))


def p_of(count):
    """A mistake: another number made of how often the correlation was reached, and of how many orders there are."""
    return lambda X, Y, orders: count(counted(X, Y, orders), len(orders))


PERMUTATION = Exercise(
    id="cca.permutation_p",
    title="how often does luck alone reach this correlation?",
    reference=permutation_p,
    cases=permutation_cases,
    mistakes=[
        Mistake("no-one", "this is the plain share. It can be 0, which no finite number of shuffles can show. The true pairing "
                          "is one of "
                "the orders that could have come: count it, above and below", wrong=p_of(lambda c, b: c / b)),
        Mistake("strictly", "an order that reaches *exactly* the correlation counts too (one of ours changes nothing): is it > "
                            "or >=?",
                wrong=strictly_above),
        Mistake("half-one", "one was added on one side of the fraction only. The true pairing counts above and below",
                when=lambda got, _, X, Y, o: any(close(got, wrong) for wrong in (
                    (1 + counted(X, Y, o)) / len(o), counted(X, Y, o) / (1 + len(o))))),
        Mistake("other-side", "you counted the orders that stay *below*. How many reach the correlation, or pass it?",
                when=lambda got, _, X, Y, o: any(close(got, wrong) for wrong in (
                    1 - permutation_p(X, Y, o), (1 + len(o) - counted(X, Y, o)) / (1 + len(o)), 1 - counted(X, Y, o) / len(o)))),
        Mistake("both", "p is 1: were the rows of X and of Y shuffled alike? Then every pair is still together",
                when=lambda got, _, X, Y, o: close(got, 1.0)),
        Mistake("not-refitted", "you kept the directions of the true pairing. But CCA would have looked for the best ones in "
                                "the shuffled "
                "pairs too: fit anew for each order", wrong=not_learned_anew),
        Mistake("count", "this is a number of orders. A p-value is a share: divide by how many there are, the true one included",
                wrong=p_of(lambda c, b: 1 + c)),
        Mistake("percent", "this is a percentage. Give the share, between 0 and "
                           "1", wrong=lambda X, Y, o: 100 * permutation_p(X, Y, o)),
    ],
    hints=(
        "If pictures and captions had nothing to do with each other, any order of the captions would be as good as the true "
        "one. How does the "
        "true one rank among them?",
        "Fit CCA(1, reg=0) on the true pairs, then on (X, Y[order]) for every order. Count those whose correlation is at least "
        "the true one. "
        "Add 1 to the count and to the number of orders, for the true order itself.",
        "def first(Y):\n    return CCA(1, reg=0).fit(X, Y).correlations_[0]\nreached = sum(first(Y[order]) … for order in "
        "orders)\nreturn (1 + …) / …",
    ),
)  # fmt: skip

# 6 -------------------------------------------------------------------------------------------------------------------


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
        Mistake("power", "the weights are the correlations themselves: power has no effect",
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
        Mistake("divided", "you divided by the weights: now the doubtful directions are the loudest",
                wrong=lambda A, B, r, p: unit(A / r**p) @ unit(B / r**p).T),
        Mistake("transposed", "the numbers are right, but lie across: entry (i, j) compares row i of A with row j of B",
                when=lambda got, expected, *_: close(np.transpose(got), expected)),
    ],
    hints=(
        "The cosine counts every coordinate alike. How can a coordinate be made quieter before the cosine is taken?",
        "Multiply column j of A and of B by correlations[j] ** power. Then bring all rows to length one, and take dot products.",
        "w = correlations ** power\nA, B = A * w, …\nA = A / np.linalg.norm(A, axis=1, keepdims=True)\n…\nreturn A @ …",
    ),
)  # fmt: skip
