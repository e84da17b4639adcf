"""Do the directions hold for other pairs, and is it more than luck?"""

from functools import lru_cache
from typing import Any

import numpy as np

from mmlearn.align import CCA
from mmlearn.exercises.cca.common import arrays, close
from mmlearn.exercises.engine import Exercise, Mistake

# 3 -------------------------------------------------------------------------------------------------------------------


def held_out_correlations(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Pearson's correlation, column by column; 0 where one does not vary."""
    A, B = A - A.mean(axis=0), B - B.mean(axis=0)
    lengths = np.linalg.norm(A, axis=0) * np.linalg.norm(B, axis=0)
    return (A * B).sum(axis=0) / np.where(lengths > 0, lengths, 1)


def held_out_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Embeddings of unequal spreads whose means are not zero and whose correlations have both signs; then one
    column constant, and one of small numbers."""
    n, k = {"standard": (9, 4), "large": (200, 12)}[variant]

    def views(n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
        A = rng.normal(size=(n, k)) * np.linspace(2, 0.5, k)
        B = 0.7 * A * np.where(np.arange(k) % 2, -1, 1) + 0.6 * rng.normal(size=(n, k))
        return A + 1.5, B * np.linspace(0.5, 3, k) - 0.8

    constant = views(n, k)
    constant[1][:, 1] = 0.25
    small = views(n, k)
    small[0][:, 0] *= 1e-6
    return [views(4, 2), views(n, k), constant, small]


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


def times(factor):
    """A mistake: every correlation is too large or too small by a factor of n."""
    return lambda got, expected, A, _: close(np.nan_to_num(np.asarray(got, float)), expected * factor(len(A)))


def pulled_to_zero(got: Any, expected: np.ndarray, A: np.ndarray, B: np.ndarray) -> bool:
    """A small number was added below the line: that shows where columns are small, and only there."""
    (r,) = arrays(got)
    small = np.minimum(A.std(axis=0), B.std(axis=0)) < 1e-4
    return small.any() and close(r[~small], expected[~small], rtol=1e-3) and bool((abs(r[small]) < abs(expected[small])).all())


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
        Mistake("divisors", "all are off by one factor: the covariance and the standard deviations are divided by different "
                "numbers, n here and n - 1 there (np.std takes n, unless told ddof=1)",
                when=lambda *given: times(lambda n: n / (n - 1))(*given) or times(lambda n: (n - 1) / n)(*given)),
        Mistake("squared", "these are squares. Where the correlation is negative, that must show",
                when=lambda got, expected, *_: close(got, expected**2)),
        Mistake("sorted", "the right correlations, but sorted. Entry j belongs to direction j",
                when=lambda got, expected, *_: close(np.sort(got), np.sort(expected))),
        Mistake("one-mean", "one mean was taken off all columns. Each column has a mean of its own: mean(axis=0)",
                when=lambda got, _, A, B: close(np.nan_to_num(np.asarray(got, float)), np.nan_to_num(
                    cosines(A - A.mean(), B - B.mean())))),
        Mistake("pulled", "right but for a column of small numbers: was something added below the line, to be safe? It pulls the "
                "correlation of such a column towards 0. Ask whether the length is 0 instead", when=pulled_to_zero),
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


def first(X: np.ndarray, Y: np.ndarray, reg: float = 0.0) -> float:
    return remembered(X.tobytes(), Y.tobytes(), len(X), reg)


@lru_cache(maxsize=1024)  # every known mistake asks for the same orders
def remembered(x: bytes, y: bytes, n: int, reg: float) -> float:
    X, Y = (np.frombuffer(view).reshape(n, -1) for view in (x, y))
    return CCA(1, reg=reg).fit(X, Y).correlations_[0]


def counted(X: np.ndarray, Y: np.ndarray, orders: np.ndarray, reg: float = 0.0) -> int:
    least = first(X, Y, reg) - 1e-10
    return sum(first(X, Y[order], reg) >= least for order in orders)


def permutation_p(X: np.ndarray, Y: np.ndarray, orders: np.ndarray) -> float:
    """The library tests several correlations at once; this is its first."""
    return (1 + counted(X, Y, orders)) / (1 + len(orders))


def permutation_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Views that agree a little, so that some random orders reach them and some do not, and more or fewer with a ridge; from
    the second case on, one order changes nothing."""

    def case(n: int, b: int, *known: np.ndarray) -> tuple:
        while True:
            X, Y = rng.normal(size=(n, 2)), rng.normal(size=(n, 3))
            Y[:, 0] += 0.3 * X[:, 0]
            X, Y = X * [0.3, 1.5], Y * [0.3, 1.0, 2.0]  # no matter without a ridge
            orders = np.array([*known, *(rng.permutation(n) for _ in range(b - len(known)))])
            reached = counted(X, Y, orders)
            with_ridge = counted(X, Y, orders, reg=0.1)
            if 2 <= reached <= b - 3 and abs(reached - b / 2) > 1 and abs(with_ridge - reached) > 1:  # so that mistakes differ
                return X, Y, orders

    return [case(10, 9), case(16, 19, np.arange(16)), case(20, 14, np.arange(20))]


def not_learned_anew(X, Y, orders):
    """The directions of the true pairing, held against random pairings."""
    A, B = CCA(1, reg=0).fit(X, Y).transform(X, Y)
    null = [np.corrcoef(A[:, 0], B[order, 0])[0, 1] for order in orders]
    return (1 + sum(r >= first(X, Y) - 1e-10 for r in null)) / (1 + len(orders))


def above(X, Y, orders):
    true = first(X, Y) + 1e-10
    return sum(first(X, Y[order]) > true for order in orders)


def strictly_above(X, Y, orders):
    return (1 + above(X, Y, orders)) / (1 + len(orders))


def on_top(X, Y, orders):
    """Each order shuffles what the one before has left."""
    true, reached = first(X, Y) - 1e-10, 0
    for order in orders:
        Y = Y[order]
        reached += first(X, Y) >= true
    return (1 + reached) / (1 + len(orders))


def both_shuffled(X, Y, orders):
    """Of 1 + orders, those that rounding leaves at or above the true correlation, which all of them are."""
    return (1 + sum(first(X[order], Y[order]) >= first(X, Y) for order in orders)) / (1 + len(orders))


def another_count(got, _, X, Y, orders):
    """A p-value as it should be, but of another number of orders."""
    count = float(got) * (1 + len(orders)) - 1
    return abs(count - round(count)) < 1e-6 and 0 <= round(count) <= len(orders)


def p_of(count):
    """A mistake: another number made of how often the correlation was reached, and of how many orders there are."""
    return lambda X, Y, orders: count(counted(X, Y, orders), len(orders))


PERMUTATION = Exercise(
    id="cca.permutation_p",
    title="how often does luck alone reach this correlation?",
    reference=permutation_p,
    cases=permutation_cases,
    mistakes=[
        Mistake("ridge", "you used CCA's default ridge of 0.1. Plain CCA was asked for: reg=0",
                wrong=lambda X, Y, o: (1 + counted(X, Y, o, reg=0.1)) / (1 + len(o))),
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
                    1 - permutation_p(X, Y, o), *((1 + len(o) - c) / (1 + len(o)) for c in (above(X, Y, o), counted(X, Y, o))),
                    *(1 - c / len(o) for c in (above(X, Y, o), counted(X, Y, o)))))),
        Mistake("not-refitted", "you kept the directions of the true pairing. But CCA would have looked for the best ones in "
                                "the shuffled "
                "pairs too: fit anew for each order", wrong=not_learned_anew),
        Mistake("count", "this is a number of orders. A p-value is a share: divide by how many there are, the true one included",
                wrong=p_of(lambda c, b: 1 + c)),
        Mistake("percent", "this is a percentage. Give the share, between 0 and "
                           "1", wrong=lambda X, Y, o: 100 * permutation_p(X, Y, o)),
        Mistake("on-top", "each order was applied to rows that the one before had shuffled already. "
                "Every order starts from the true pairing: Y[order], with Y as it was given", wrong=on_top),
        Mistake("both", "p is nearly 1: were the rows of X and of Y shuffled alike? Then every pair is still together",
                when=lambda got, _, X, Y, o: close(got, 1.0) or close(got, both_shuffled(X, Y, o))),
        Mistake("other-count", "the fraction is made as it should be, but another number of orders is counted. "
                "Is it Y[order] for each row of `orders`, and not orders or shuffles of your own?", when=another_count),
    ],
    hints=(
        "If pictures and captions had nothing to do with each other, any order of the captions would be as good as the true "
        "one. How does the "
        "true one rank among them?",
        "Write a small function for the first correlation of X with some Y. Ask it once for the true pairs and once "
        "for each order. Then count, and mind what the true order adds to the fraction.",
        "def first(Y):\n    return CCA(1, reg=0).fit(X, Y).correlations_[0]\nreached = sum(first(Y[order]) … for order in "
        "orders)\nreturn (1 + …) / …",
    ),
)  # fmt: skip
