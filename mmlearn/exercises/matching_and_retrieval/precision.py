"""Average precision: one number for a ranking with several right answers."""

import numpy as np

from mmlearn import evaluate
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.matching_and_retrieval.common import one_of


def average_precision(scores: np.ndarray, relevant: np.ndarray) -> float:
    """The library's, of a single query."""
    return evaluate.mean_average_precision(np.asarray(scores)[None], np.asarray(relevant)[None])


def precision_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Scores and what is relevant; one item or several are, and seldom the one that scores best."""
    n, right = {"standard": (10, 3), "large": (400, 12)}[variant]
    cases = [(np.array([0.9, 0.2, 0.7, 0.1]), np.array([False, False, True, True]))]
    for count in (1, right, right):
        relevant = np.zeros(n, bool)
        relevant[rng.permutation(n)[:count]] = True
        scores = rng.permutation(n) / n
        scores[scores.argmax()], scores[relevant] = scores.min() - 0.1, scores[relevant] + 0.001  # the best is not always right
        cases.append((scores, relevant))
    order, scores, relevant = rng.permutation(30), np.empty(30), np.zeros(30, bool)
    scores[order], relevant[order[[2, 19]]] = np.arange(30, 0, -1) / 30, True  # one is found late: at place 20
    return [*cases, (scores, relevant)]


def down(scores: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Relevance in the order of the ranking."""
    return relevant[np.argsort(-scores)]


def shares(scores: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """The precision at every place."""
    return np.cumsum(down(scores, relevant)) / np.arange(1, len(scores) + 1)


def from_zero(got, _, scores, relevant):
    """Places from 0: division by zero, or by a tiny number put in against it, where the best item is relevant."""
    right = down(scores, relevant)
    with np.errstate(all="ignore"):
        value = float((np.cumsum(right) / np.arange(len(right)))[right].mean())
    return not np.isfinite(got) or got > 1 or np.isclose(got, value)


def argsort_as_places(scores, relevant):
    places = (1 + np.argsort(-scores))[relevant]
    return np.mean([(places <= p).sum() / p for p in places])


def first_ten(got, _, scores, relevant):
    right, precision = down(scores, relevant)[:10], shares(scores, relevant)[:10]
    found = precision[right].sum()
    return one_of(got, (found / relevant.sum(), found / max(right.sum(), 1), found / 10))


def area(got, _, scores, relevant):
    """What other definitions put in the place of each precision: the best one later on, or a trapezoid."""
    right, precision = down(scores, relevant), shares(scores, relevant)
    best_later = np.maximum.accumulate(precision[::-1])[::-1]
    recall = np.cumsum(right) / right.sum()
    return one_of(got, (best_later[right].mean(), np.trapezoid(precision, recall)))


PRECISION = Exercise(
    id="matching_and_retrieval.average_precision",
    title="one number for a ranking with several right answers",
    reference=average_precision,
    cases=precision_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("unsorted", "you went through the items as they lie. The places are those of the ranking: sort by score first",
                wrong=lambda s, r: (np.cumsum(r) / np.arange(1, len(s) + 1))[r].mean()),
        Mistake("ascending", "you ranked from the lowest score to the highest", wrong=lambda s, r: average_precision(-s, r)),
        Mistake("half-sorted", "your precisions are in the order of the ranking, but you picked from them with `relevant` as it "
                "was given. Pick with the sorted one",
                wrong=lambda s, r: shares(s, r)[r].mean()),
        Mistake("all-places", "you averaged the precision over all places. Only the places where a relevant item stands count",
                wrong=lambda s, r: shares(s, r).mean()),
        Mistake("divided-by-n", "the right sum, divided by the number of items. How many terms has the sum?",
                wrong=lambda s, r: (shares(s, r) * down(s, r)).sum() / len(s)),
        Mistake("sum", "this is the sum over the relevant items. The mean was asked for",
                wrong=lambda s, r: (shares(s, r) * down(s, r)).sum()),
        Mistake("first-ten", "you looked at the first ten places only. A relevant item further down counts too, with its small "
                "precision",
                when=first_ten),
        Mistake("from-zero", "your places count from 0 instead of 1, so a precision can exceed 1 or be a division by zero",
                when=from_zero),
        Mistake("argsort", "np.argsort says which item stands at each place. You used it as the place of each item: that is "
                "another array",
                wrong=argsort_as_places),
        Mistake("reciprocal", "that is one over the place of the first relevant item. Average precision looks at all of them",
                wrong=lambda s, r: 1 / (1 + np.argmax(down(s, r)))),
        Mistake("reciprocals", "you averaged 1 / place. At the second relevant item found, two have been found by then: 2 / "
                "place",
                wrong=lambda s, r: np.mean(1 / (1 + np.flatnonzero(down(s, r))))),
        Mistake("before", "at a relevant item you counted those found *before* it. It stands at place p itself: count it too",
                wrong=lambda s, r: ((np.cumsum(down(s, r)) - 1) / np.arange(1, len(s) + 1))[down(s, r)].mean()),
        Mistake("recall", "you divided by the number of relevant items: that is recall. Precision divides by the place, by how "
                "many have been seen",
                wrong=lambda s, r: (np.cumsum(down(s, r)) / r.sum())[down(s, r)].mean()),
        Mistake("area", "an area under a curve of precision that was interpolated between places. Here every precision counts "
                "as it is",
                when=area),
        Mistake("at-r", "that is the precision among as many places as there are relevant items. Average precision takes one "
                "at each of "
                "their places", wrong=lambda s, r: down(s, r)[: r.sum()].mean()),
    ],
    hints=(
        "Walk down the ranking. Each time you meet a relevant item, ask: what share of what I have seen so far was relevant?",
        "right = relevant in the order of falling scores. np.cumsum(right) says how many were found by each place; divide by "
        "the place, "
        "keep the places where right is true, average.",
        "right = relevant[np.argsort(…)]\nprecision = np.cumsum(right) / np.arange(1, …)\nreturn precision[…].mean()",
    ),
)  # fmt: skip
