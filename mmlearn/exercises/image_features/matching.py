"""Lowe's ratio: a match that may be doubted."""

import numpy as np

from mmlearn.exercises.engine import Exercise, Mistake


def ratio_test(distances: np.ndarray, ratio: float = 0.75) -> np.ndarray:
    """Lowe's test on a table of distances."""
    order = np.argsort(distances, axis=1)
    rows = np.arange(len(distances))
    sure = distances[rows, order[:, 0]] < ratio * distances[rows, order[:, 1]]
    return np.stack([rows[sure], order[sure, 0]], axis=1)


def _nearest_pairs(distances: np.ndarray, keep: np.ndarray) -> np.ndarray:
    rows = np.arange(len(distances))
    return np.stack([rows[keep], distances.argmin(1)[keep]], axis=1)


def _two_best(distances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    best = np.sort(distances, axis=1)
    return best[:, 0], best[:, 1]


def _with_rivals(distances: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """The accepted rows, each with its second nearest."""
    return np.stack([pairs[:, 0], np.argsort(distances, axis=1)[pairs[:, 0], 1]], axis=1)


def ratio_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, m = {"standard": (12, 9), "large": (150, 90)}[variant]
    tiny = np.array([[0.30, 0.90, 1.20], [1.10, 1.00, 1.05], [2.00, 1.40, 0.60], [1.60, 1.90, 1.10]])
    drawn = rng.uniform(0.8, 2.0, size=(n, m))
    drawn[np.arange(n // 2), rng.integers(m, size=n // 2)] *= 0.3  # half of them have one clear partner
    drawn[:, 0] = np.maximum(drawn[:, 0], 0.9)
    ties = np.array([[0.0, 0.0, 1.0], [0.3, 0.3, 0.9], [0.75, 1.0, 2.0], [0.1, 0.9, 0.8], [0.2, 1.0, 1.1]])
    return [(tiny, 0.75), (ties, 0.75), (drawn, 0.75), (drawn, 0.5)]


RATIO = Exercise(
    id="image_features.ratio_test",
    title="a match only where there is no doubt",
    reference=ratio_test,
    cases=ratio_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-test", "every keypoint got its nearest partner, also where a second one is as near. Is there a test, and "
                "does the ratio multiply the second distance?",
                wrong=lambda D, r: _nearest_pairs(D, np.ones(len(D), bool))),
        Mistake("inverted", "you kept the doubtful ones and dropped the sure ones. Which way round is the comparison?",
                wrong=lambda D, r: _nearest_pairs(D, _two_best(D)[0] >= r * _two_best(D)[1])),
        Mistake("threshold", "you compared the nearest distance with the ratio itself. It must be compared with ratio × the "
                "second nearest",
                wrong=lambda D, r: _nearest_pairs(D, _two_best(D)[0] < r)),
        Mistake("side", "the ratio multiplies the wrong side: nearest × ratio < second nearest lets nearly everything pass",
                wrong=lambda D, r: _nearest_pairs(D, _two_best(D)[0] * r < _two_best(D)[1])),
        Mistake("last", "you compared with the farthest, which says nothing about doubt. The second nearest is the rival",
                wrong=lambda D, r: _nearest_pairs(D, D.min(1) < r * D.max(1))),
        Mistake("not-strict", "where nearest and ratio × rival are equal there is doubt: nearer means <, not <=",
                wrong=lambda D, r: _nearest_pairs(D, _two_best(D)[0] <= r * _two_best(D)[1])),
        Mistake("unique", "two partners at the very same distance are the worst doubt there is: np.unique makes one of the two",
                wrong=lambda D, r: _nearest_pairs(D, np.array([np.unique(d)[0] < r * np.unique(d)[1] for d in D]))),
        Mistake("fixed", "your ratio is fixed at 0.75. It is an argument", wrong=lambda D, r: ratio_test(D, 0.75)),
        Mistake("power", "a square too many, or a root: the distances are compared as they are, nearest < ratio × second",
                when=lambda got, _, D, r: np.asarray(got).tolist() in [ratio_test(D, q).tolist() for q in (r**2, r**0.5)]),
        Mistake("second", "you took the rival for the partner. Which column of the sorted indices is the nearest?",
                when=lambda got, expected, D, r: np.array_equal(got, _with_rivals(D, expected))),
        Mistake("mutual", "you also asked that i be the nearest of j. A good idea, but two rows may share a partner here",
                wrong=lambda D, r: np.array([(i, j) for i, j in ratio_test(D, r) if D[:, j].argmin() == i])),
        Mistake("mask", "this says which rows pass. Give the pairs (i, j) of those that do",
                when=lambda got, _, D, r: np.asarray(got).dtype == bool),
        Mistake("across", "the pairs lie across: all i in one row, all j in the other. Each pair is a row",
                when=lambda got, expected, D, r: np.array_equal(np.transpose(got), expected)),
        Mistake("columns", "you looked for partners down the columns. Row i holds the distances of keypoint i: search along it",
                when=lambda got, _, D, r: np.array_equal(got, ratio_test(D.T, r)) or np.array_equal(got, ratio_test(D.T, r)[:,
                ::-1])),
        Mistake("swapped", "right pairs, wrong way round: first the row i, then its partner j",
                when=lambda got, expected, D, r: np.array_equal(np.asarray(got)[:, ::-1], expected)),
        Mistake("partners-only", "these are the partners alone. Whose partners are they? Give pairs (i, j)",
                when=lambda got, expected, D, r: np.array_equal(np.ravel(got), expected[:, 1])),
        Mistake("order", "the right pairs, but not in the order of i",
                when=lambda got, expected, D, r: sorted(map(tuple, np.asarray(got).tolist())) == list(map(tuple,
                expected.tolist()))),
    ],
    hints=(
        "If two candidates are about as near, which of them is it? What would you rather do than guess?",
        "Sort each row: the first is the nearest, the second its rival. Keep row i if nearest < ratio × rival, with the index "
        "of the "
        "nearest as its partner.",
        "order = np.argsort(distances, axis=1)\nrows = np.arange(len(distances))\nfirst, second = distances[rows, …], …\n"
        "sure = …\nreturn np.stack([rows[sure], …], axis=1)",
    ),
)  # fmt: skip
