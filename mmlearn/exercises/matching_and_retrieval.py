"""Chapter 05: a similarity, borrowed captions, measuring a ranking, ties, hubs, bits, a search that skips most items."""

import numpy as np

from mmlearn import evaluate
from mmlearn.align import hashing
from mmlearn.exercises.engine import Exercise, Mistake, register
from mmlearn.exercises.engine.quiz import Choice, Question, ask


def unit(A: np.ndarray) -> np.ndarray:
    """Rows scaled to length one."""
    return A / np.linalg.norm(A, axis=1, keepdims=True)


# 1 -------------------------------------------------------------------------------------------------------------------


def pearson_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, m, d = {"standard": (4, 3, 6), "large": (40, 30, 64)}[variant]

    def rows(k: int) -> np.ndarray:  # each row has a mean and a length of its own
        return rng.normal(size=(k, d)) * rng.uniform(0.3, 4, (k, 1)) + rng.normal(size=(k, 1)) * 3 + np.linspace(0, 2, d)

    tiny = (np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, 4.0, 6.0], [5.0, 4.0, 4.0]]))
    return [tiny, (rows(n), rows(m)), (rows(m), rows(n))]


PEARSON = Exercise(
    id="matching_and_retrieval.pearson_similarity",
    title="rise and fall together, whatever level and scale",
    reference=evaluate.pearson_similarity,
    cases=pearson_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("cosine", "these are the cosines of the rows as they are. Pearson takes something from each row first",
                wrong=evaluate.cosine_similarity),
        Mistake("column-means", "you took the mean of each *column* away. Pearson compares two rows, and each has a mean of "
                "its own",
                when=lambda got, _, A, B: np.allclose(got, unit(A - A.mean(0)) @ unit(B - B.mean(0)).T, equal_nan=True)),
        Mistake("whole-mean", "you took one mean over the whole matrix away. Every row has its own",
                wrong=lambda A, B: unit(A - A.mean()) @ unit(B - B.mean()).T),
        Mistake("covariance", "these are covariances or plain products: a row with large numbers wins. What must each row be "
                "divided by?",
                when=lambda got, _, A, B: any(np.allclose(got, _centred(A) @ _centred(B).T / n)
                                              for n in (1, A.shape[1], A.shape[1] - 1))),
        Mistake("one-side", "only one of the two sides has lost its mean, or only one has length one. Treat A and B alike",
                when=lambda got, _, A, B: any(np.allclose(got, one) for one in (
                    unit(_centred(A)) @ unit(B).T, unit(A) @ unit(_centred(B)).T,
                    unit(_centred(A)) @ _centred(B).T, _centred(A) @ unit(_centred(B)).T))),
        Mistake("divisor", "nearly: all numbers are off by one factor. np.std divides by d, a covariance with d - 1 does not "
                "fit it",
                when=lambda got, expected, A, B: any(np.allclose(got, expected * f) for f in (
                    A.shape[1] / (A.shape[1] - 1), (A.shape[1] - 1) / A.shape[1], A.shape[1], A.shape[1] - 1))),
        Mistake("block", "this is the correlation of all rows of A *and* B with each other. Only A against B was asked for: "
                "(n, m)",
                when=lambda got, _, A, B: np.shape(got) == (len(A) + len(B),) * 2),
        Mistake("distance", "one minus the correlation is a distance. The most alike should get the largest number",
                wrong=lambda A, B: 1 - evaluate.pearson_similarity(A, B)),
    ],
    hints=(
        "You have written a cosine before. Two rows that differ only by a constant should count as equal: what takes a "
        "constant away?",
        "Subtract from each row its own mean (axis=1, keepdims=True), divide it by its length, then multiply the matrices.",
        "A = A - A.mean(axis=…, keepdims=True)\nA = A / np.linalg.norm(…)\nB = …\nreturn A @ …",
    ),
)  # fmt: skip


def _centred(A: np.ndarray) -> np.ndarray:
    return A - A.mean(axis=1, keepdims=True)


# 2 -------------------------------------------------------------------------------------------------------------------


def borrow(similarity: np.ndarray, texts: np.ndarray, m: int) -> np.ndarray:
    """The mean of the text vectors of the m most similar training pictures. Not in the library."""
    return texts[np.argsort(-similarity, axis=1)[:, :m]].mean(axis=1)


def borrow_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, N, d = {"standard": (4, 9, 3), "large": (30, 200, 16)}[variant]
    tiny = (np.array([[0.1, 0.9, 0.5]]), np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 3.0]]), 2)
    return [tiny, *((rng.permuted(np.tile(np.arange(N) / N, (n, 1)), axis=1), rng.normal(size=(N, d)), m) for m in (1, 3, 5))]


BORROW = Exercise(
    id="matching_and_retrieval.borrow",
    title="words for a picture, borrowed from its neighbours",
    reference=borrow,
    cases=borrow_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("farthest", "you borrowed from the m *least* similar pictures. Does your sort rise or fall?",
                wrong=lambda S, T, m: borrow(-S, T, m)),
        Mistake("nearest-only", "you borrowed from the nearest picture alone, whatever m says",
                wrong=lambda S, T, m: borrow(S, T, 1)),
        Mistake("sum", "this is the sum of the m text vectors. The mean was asked for", wrong=lambda S, T, m: m * borrow(S, T,
                m)),
        Mistake("all", "you averaged over all training pictures: every picture gets nearly the same words. Only the m nearest "
                "count",
                when=lambda got, _, S, T, m: any(np.allclose(got, one) for one in (
                    S @ T, S @ T / S.sum(1, keepdims=True), np.tile(T.mean(0), (len(S), 1))))),
        Mistake("weighted", "you weighted the neighbours by their similarity. A fair idea, but the plain mean was asked for",
                when=lambda got, _, S, T, m: np.allclose(got, _weighted(S, T, m))),
        Mistake("not-averaged", "these are the m text vectors one by one. What one vector stands for all of them?",
                when=lambda got, _, S, T, m: np.shape(got) == (len(S), m, T.shape[1])),
        Mistake("one-vector", "you averaged over the pictures too. Every row of similarity is a picture, and gets a vector of "
                "its own",
                when=lambda got, _, S, T, m: np.shape(got) == (T.shape[1],) and len(S) > 1),
        Mistake("one-off", "one neighbour too many or too few. What does a slice [:m] hold?",
                when=lambda got, _, S, T, m: any(np.allclose(got, borrow(S, T, k)) for k in (m - 1, m + 1) if 0 < k)),
    ],
    hints=(
        "For one picture: which training pictures are nearest, and what are *their* captions' vectors?",
        "np.argsort(-similarity, axis=1) has the numbers of the training pictures, nearest first. Indexing texts with an array "
        "(n, m) "
        "of numbers gives (n, m, d).",
        "near = np.argsort(…, axis=1)[:, :m]   # (n, m)\nreturn texts[near].mean(axis=…)",
    ),
)  # fmt: skip


def _weighted(S: np.ndarray, T: np.ndarray, m: int) -> np.ndarray:
    near = np.argsort(-S, axis=1)[:, :m]
    weights = np.take_along_axis(S, near, axis=1)
    return (weights[..., None] * T[near]).sum(1) / weights.sum(1, keepdims=True)


# 3 -------------------------------------------------------------------------------------------------------------------


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
    return cases


def _sorted(scores: np.ndarray, relevant: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Relevance in the order of the ranking, places from 1, and how many are relevant."""
    return relevant[np.argsort(-scores)], np.arange(1, len(scores) + 1), int(relevant.sum())


def _precision(scores: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    right, place, _ = _sorted(scores, relevant)
    return np.cumsum(right) / place


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
        Mistake("all-places", "you averaged the precision over all places. Only the places where a relevant item stands count",
                wrong=lambda s, r: _precision(s, r).mean()),
        Mistake("divided-by-n", "the right sum, divided by the number of items. How many terms has the sum?",
                wrong=lambda s, r: (_precision(s, r) * _sorted(s, r)[0]).sum() / len(s)),
        Mistake("sum", "this is the sum over the relevant items. The mean was asked for",
                wrong=lambda s, r: (_precision(s, r) * _sorted(s, r)[0]).sum()),
        Mistake("from-zero", "your places count from 0 instead of 1, so a precision can exceed 1 or be a division by zero",
                when=lambda got, _, s, r: not np.isfinite(got) or np.isclose(got, _from_zero(s, r))),
        Mistake("reciprocal", "that is one over the place of the first relevant item. Average precision looks at all of them",
                wrong=lambda s, r: 1 / (1 + np.argmax(_sorted(s, r)[0]))),
        Mistake("reciprocals", "you averaged 1 / place. At the second relevant item found, two have been found by then: 2 / "
                "place",
                wrong=lambda s, r: np.mean(1 / (1 + np.flatnonzero(_sorted(s, r)[0])))),
        Mistake("at-r", "that is the precision among as many places as there are relevant items. Average precision takes one "
                "at each of "
                "their places", wrong=lambda s, r: _sorted(s, r)[0][: r.sum()].mean()),
    ],
    hints=(
        "Walk down the ranking. Each time you meet a relevant item, ask: what share of what I have seen so far was relevant?",
        "right = relevant in the order of falling scores. np.cumsum(right) says how many were found by each place; divide by "
        "the place, "
        "keep the places where right is true, average.",
        "right = relevant[np.argsort(…)]\nprecision = np.cumsum(right) / np.arange(1, …)\nreturn precision[…].mean()",
    ),
)  # fmt: skip


def _from_zero(scores: np.ndarray, relevant: np.ndarray) -> float:
    right, place, _ = _sorted(scores, relevant)
    with np.errstate(all="ignore"):
        return float((np.cumsum(right) / (place - 1))[right].mean())


# 4 -------------------------------------------------------------------------------------------------------------------


def pessimistic_ranks(similarity: np.ndarray) -> np.ndarray:
    """The library's, for square similarities."""
    return evaluate.ranks(similarity, ties="pessimistic")


def tie_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n = {"standard": 8, "large": 100}[variant]
    tiny = np.array([[0.5, 0.5, 0.1], [0.2, 0.7, 0.9], [0.3, 0.3, 0.3]])
    hub = rng.integers(0, 4, size=(n, n)) + 1.0 * (np.arange(n) == 0)  # a popular column: the two directions differ
    return [(tiny,), (hub / 4,), (np.zeros((n, n)),), (rng.permutation(n * n).reshape(n, n) / n,)]


def _right(S: np.ndarray) -> np.ndarray:
    return np.diag(S)[:, None]


TIES = Exercise(
    id="matching_and_retrieval.pessimistic_ranks",
    title="in doubt, against the method",
    reference=pessimistic_ranks,
    cases=tie_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("optimistic", "this is the optimistic rule: among equals the right item stands first. Your constant model has "
                "R@1 = 100%",
                wrong=lambda S: 1 + (S > _right(S)).sum(1)),
        Mistake("expected", "this is the expected rank, in the middle of the equals. Pessimistic means: after all of them",
                wrong=lambda S: evaluate.ranks(S)),
        Mistake("from-zero", "your ranks begin at 0. The best possible rank is 1", wrong=lambda S: pessimistic_ranks(S) - 1),
        Mistake("itself", "one too many everywhere: the right item counts itself among those that are not worse. Add 1, or "
                "count it, not both",
                wrong=lambda S: pessimistic_ranks(S) + 1),
        Mistake("direction", "you ranked down the columns: for each item the queries. A row is a query: count along it",
                when=lambda got, _, S: np.allclose(got, pessimistic_ranks(S.T))),
        Mistake("broadcast", "each score was compared with the right score of its *column*. The right score of a query must "
                "stand beside its "
                "whole row: shape (n, 1)", wrong=lambda S: (S >= np.diag(S)).sum(1)),
        Mistake("order", "np.argsort breaks ties by the items' order, so your ranks depend on where an item happens to lie. "
                "Count instead: how "
                "many items score as much or more?", when=lambda got, _, S: any(np.allclose(got, one) for one in (
                    _by_order(S), _by_order(S) - 1, _by_order(S, "stable")))),
        Mistake("worst", "you counted the items that score less or the same. A rank counts those that score more or the same",
                wrong=lambda S: (S <= _right(S)).sum(1)),
    ],
    hints=(
        "A rank can be counted instead of sorted for: how many items stand before the right one?",
        "In row i the right score is entry (i, i). Before it stands whatever scores more; under the pessimistic rule, whatever "
        "scores the "
        "same as well. Does the right item count itself?",
        "right = np.diag(similarity)[:, None]   # (n, 1)\nreturn (similarity … right).sum(axis=…)",
    ),
)  # fmt: skip


def _by_order(S: np.ndarray, kind: str | None = None) -> np.ndarray:
    order = np.argsort(-S, axis=1, kind=kind)
    return 1 + np.argmax(order == np.arange(len(S))[:, None], axis=1)


# 5 -------------------------------------------------------------------------------------------------------------------


def occurrence_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    q, n, k = {"standard": (7, 5, 2), "large": (200, 120, 10)}[variant]
    tiny = np.array([[0.9, 0.8, 0.1], [0.2, 0.7, 0.3]])
    S = rng.normal(size=(q, n)) + rng.normal(size=n)  # some items are popular
    return [(tiny, 1), (tiny, 2), (S, k), (S, 1), (S.T.copy(), min(k, 5))]


def _among(S: np.ndarray, k: int) -> np.ndarray:
    return np.argsort(-S, axis=1)[:, :k]


OCCURRENCES = Exercise(
    id="matching_and_retrieval.k_occurrences",
    title="how often is each item found?",
    reference=evaluate.k_occurrences,
    cases=occurrence_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("direction", "you counted for each query. How often is each *item*, each column, among the first k of a row?",
                when=lambda got, _, S, k: np.shape(got) == (len(S),) and np.allclose(got, evaluate.k_occurrences(S.T, min(k,
                    len(S))))),
        Mistake("worst", "these are the k least similar items of each query", wrong=lambda S, k: evaluate.k_occurrences(-S, k)),
        Mistake("first-only", "you counted the first place only, whatever k says", wrong=lambda S,
                k: evaluate.k_occurrences(S, 1)),
        Mistake("share", "these are shares. N_k is a count: all of them together make k × queries",
                when=lambda got, expected, S, k: any(np.allclose(got, expected / t) for t in (len(S), k, k * len(S)))),
        Mistake("too-short", "items that nobody finds are missing at the end: their count is 0. np.bincount has minlength for "
                "that",
                when=lambda got, expected, S, k: np.ndim(got) == 1 and len(got) < len(expected)
                and np.allclose(got, expected[: len(got)])),
        Mistake("distinct", "this leaves items that nobody finds out. Every item gets a number, also if it is 0",
                when=lambda got, expected, S, k: np.allclose(got, expected[expected > 0])),
        Mistake("indices", "these are the numbers of the items found. How often does each number occur?",
                when=lambda got, _, S, k: np.shape(got) == (len(S), k)),
        Mistake("similarity", "you added similarities. N_k counts: one for each query that has the item among its first k",
                when=lambda got, _, S, k: np.allclose(got, S.sum(0))
                or np.allclose(got, np.bincount(_among(S, k).ravel(), np.take_along_axis(S, _among(S, k), 1).ravel(),
                    S.shape[1]))),
    ],
    hints=(
        "First: which items does each query find among its first k? Then: how often does each item's number appear there?",
        "np.argsort(-similarity, axis=1)[:, :k] has the items found, (queries, k). np.bincount counts how often each number "
        "occurs in a flat "
        "array; tell it how many items there are.",
        "found = np.argsort(…, axis=1)[:, :k]\nreturn np.bincount(found.ravel(), minlength=…)",
    ),
)  # fmt: skip


# 6 -------------------------------------------------------------------------------------------------------------------


def itq_step(V: np.ndarray, R: np.ndarray) -> np.ndarray:
    """One round of the library's loop: take signs, then the nearest rotation."""
    U, _, Wt = np.linalg.svd(V.T @ np.where(V @ R >= 0, 1.0, -1.0))
    return U @ Wt


def itq_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, k = {"standard": (40, 3), "large": (300, 12)}[variant]
    cases = []
    for _ in range(3):
        V = rng.normal(size=(n, k)) * np.linspace(2, 0.5, k)
        cases.append((V, np.linalg.qr(rng.normal(size=(k, k)))[0]))
    return [(np.array([[2.0, 0.5], [-1.5, 1.0], [-1.0, -2.0]]), np.eye(2)), *cases]


def _svd(V: np.ndarray, R: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.linalg.svd(V.T @ np.where(V @ R >= 0, 1.0, -1.0))


ITQ = Exercise(
    id="matching_and_retrieval.itq_step",
    title="turn the cloud towards the corners of a cube",
    reference=itq_step,
    cases=itq_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("transposed", "the right rotation, turned the other way: its transpose. Does V @ R come nearer to B with yours?",
                when=lambda got, expected, V, R: np.allclose(got, expected.T)),
        Mistake("v-for-vt", "np.linalg.svd gives the third factor already transposed: U, s, Wt. You transposed it once more",
                when=lambda got, _, V, R: np.allclose(got, _svd(V, R)[0] @ _svd(V, R)[2].T)),
        Mistake("stretched", "your matrix also stretches: the singular values are still in it. A rotation has all of them "
                "equal to 1",
                when=lambda got, _, V, R: any(np.allclose(got, M) for M in (
                    V.T @ np.where(V @ R >= 0, 1.0, -1.0), np.linalg.lstsq(V, np.where(V @ R >= 0, 1.0, -1.0), rcond=None)[0]))),
        Mistake("signs-before", "the signs are those of V, not of V @ R: then R does not matter, and a second round changes "
                "nothing",
                when=lambda got, _, V, R: np.allclose(got, itq_step(V, np.eye(V.shape[1])))),
        Mistake("bits", "your B has 0 and 1. The corners of the cube are ±1",
                when=lambda got, _, V, R: np.allclose(got, _with_zeros(V, R))),
        Mistake("relative", "this is the rotation that turns V @ R towards B. The new R applies to V itself",
                when=lambda got, _, V, R: np.allclose(got, itq_step(V @ R, np.eye(V.shape[1])))),
        Mistake("unchanged", "R came back as it was: in this step B is fixed and the best R is computed anew",
                wrong=lambda V, R: R),
    ],
    hints=(
        "Two things in turn. With R fixed, which corners B of the cube are nearest to the points V R? With B fixed, which "
        "rotation brings V "
        "nearest to B?",
        "B = the signs of V @ R, as ±1. The rotation that brings V nearest to B is U Wᵀ, from the singular value decomposition "
        "of VᵀB.",
        "B = np.where(…, 1.0, -1.0)\nU, s, Wt = np.linalg.svd(…)\nreturn U @ …",
    ),
)  # fmt: skip


def _with_zeros(V: np.ndarray, R: np.ndarray) -> np.ndarray:
    U, _, Wt = np.linalg.svd(V.T @ (V @ R >= 0))
    return U @ Wt


# 7 -------------------------------------------------------------------------------------------------------------------


def hamming_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, m, size = {"standard": (3, 4, 2), "large": (30, 50, 16)}[variant]
    tiny = (np.array([[0b11110000]], np.uint8), np.array([[0b11110001], [0b00001111], [0b11110000]], np.uint8))
    return [tiny, *((rng.integers(0, 256, (a, size), np.uint8), rng.integers(0, 256, (b, size), np.uint8)) for a, b in ((n,
        m), (m, n)))]


HAMMING = Exercise(
    id="matching_and_retrieval.hamming_distances",
    title="in how many bits do two codes differ?",
    reference=hashing.hamming_distances,
    cases=hamming_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("bytes", "you counted the *bytes* that differ. Two different bytes differ in 1 to 8 bits",
                wrong=lambda A, B: (A[:, None] != B).sum(2)),
        Mistake("same", "you counted the bits that are equal: a similarity. The distance counts those that differ",
                wrong=lambda A, B: 8 * A.shape[1] - hashing.hamming_distances(A, B)),
        Mistake("and", "you counted the bits that are 1 in both (A & B). Which operation has a 1 where two bits differ?",
                wrong=lambda A, B: np.bitwise_count(A[:, None] & B).sum(2)),
        Mistake("or", "you counted the bits that are 1 in either (A | B). Which operation has a 1 only where two bits differ?",
                wrong=lambda A, B: np.bitwise_count(A[:, None] | B).sum(2)),
        Mistake("xor-sum", "you added the bytes of A ^ B as numbers. Count the ones in each byte instead",
                wrong=lambda A, B: (A[:, None] ^ B).sum(2)),
        Mistake("difference", "you added differences of bytes taken as numbers: 128 and 127 differ by 1, and in all eight bits",
                when=lambda got, _, A, B: any(np.allclose(got, one) for one in (
                    np.abs(A[:, None].astype(int) - B).sum(2), (A[:, None] - B).sum(2)))),
        Mistake("not-summed", "these are the counts of each byte. A code has several: add them up",
                when=lambda got, _, A, B: np.shape(got) == (len(A), len(B), A.shape[1])),
        Mistake("share", "this is the share of bits that differ. The number was asked for",
                wrong=lambda A, B: hashing.hamming_distances(A, B) / (8 * A.shape[1])),
        Mistake("transposed", "the numbers are right, but lie across: entry (i, j) compares row i of A with row j of B",
                when=lambda got, expected, A, B: np.allclose(np.transpose(got), expected)),
    ],
    hints=(
        "Which operation on two bits gives 1 exactly where they differ? NumPy applies it to whole bytes.",
        "A[:, None] ^ B has shape (n, m, bytes). np.bitwise_count says how many ones are in each byte.",
        "different = A[:, None] ^ …\nreturn np.bitwise_count(different).sum(axis=…)",
    ),
)  # fmt: skip


# 8 -------------------------------------------------------------------------------------------------------------------


def probe_search(query: np.ndarray, items: np.ndarray, cell: np.ndarray, centres: np.ndarray, nprobe: int, k: int) -> np.ndarray:
    """The k nearest by Euclid among the items of the nprobe nearest cells. The library has only exact search."""
    opened = np.argsort(((centres - query) ** 2).sum(1))[:nprobe]
    among = np.flatnonzero(np.isin(cell, opened))
    return among[np.argsort(((items[among] - query) ** 2).sum(1), kind="stable")[:k]]


def probe_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Queries near the border of two cells; few cells opened, all of them, or fewer items in them than asked for."""
    n, cells, d, k = {"standard": (60, 5, 2, 3), "large": (2000, 30, 8, 10)}[variant]
    items = rng.normal(size=(n, d))
    centres = 1.2 * rng.normal(size=(cells, d))
    cell = ((items[:, None] - centres) ** 2).sum(2).argmin(1)
    # Near the edge of a cell, as many queries are, and never as near to one centre as to another.
    between = [0.55 * centres[i] + 0.45 * centres[(i + 1) % cells] for i in range(5)]
    lists = [(query, items, cell, centres, probes, k) for query in between for probes in (1, 2, cells)]
    lists += [(query, items, cell, centres, 2, n // 2) for query in between]  # more than one cell has
    tiny = (np.array([0.0]), np.array([[1.0], [0.4], [-2.0], [9.0]]), np.array([1, 1, 0, 2]), np.array([[-0.5], [1.5],
        [9.0]]), 1, 2)
    return [tiny, *lists]


def _direct(query: np.ndarray, items: np.ndarray, cell: np.ndarray, centres: np.ndarray, nprobe: int, k: int) -> np.ndarray:
    return np.argsort(((items - query) ** 2).sum(1))[:k]


def _in_first_cells(query, items, cell, centres, nprobe, k):
    """The items of the opened cells, as they lie."""
    return np.flatnonzero(np.isin(cell, np.argsort(((centres - query) ** 2).sum(1))[:nprobe]))


PROBE = Exercise(
    id="matching_and_retrieval.probe_search",
    title="search in a few cells instead of everywhere",
    reference=probe_search,
    cases=probe_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("local", "these numbers count within the opened cells. Translate them back into the items' own numbers",
                when=lambda got, expected, *case: np.array_equal(_in_first_cells(*case)[np.asarray(got)], expected)),
        Mistake("everything", "you compared with all items. That is exact, and what this was to avoid: only those of the "
                "opened cells",
                wrong=_direct),
        Mistake("one-cell", "you opened the nearest cell only, whatever nprobe says",
                wrong=lambda q, X, cell, C, nprobe, k: probe_search(q, X, cell, C, 1, k)),
        Mistake("far-cells", "you opened the cells that are *farthest* from the query",
                wrong=lambda q, X, cell, C, nprobe, k: _among_cells(q, X, cell, _farthest(q, C)[:nprobe], k)),
        Mistake("cells-in-order", "you opened cells 0 to nprobe - 1. Open those whose centres are nearest to the query",
                wrong=lambda q, X, cell, C, nprobe, k: _among_cells(q, X, cell, np.arange(nprobe), k)),
        Mistake("unsorted", "items of the right cells, but not sorted by their distance from the query",
                when=lambda got, _, *case: np.array_equal(np.asarray(got), _in_first_cells(*case)[: case[-1]])),
        Mistake("far-items", "the right cells, but the farthest of their items",
                wrong=lambda q, X, cell, C, nprobe, k: _in_first_cells(q, X, cell, C, nprobe, k)[
                    np.argsort(-((X[_in_first_cells(q, X, cell, C, nprobe, k)] - q) ** 2).sum(1))[:k]]),
        Mistake("inner", "you ranked by inner product. The distance asked for is Euclid's",
                when=lambda got, _, *case: np.array_equal(got, _by_inner(*case))),
        Mistake("merged-cells", "you listed the items cell by cell: the nearest cell's first. Sort all opened items together",
                when=lambda got, _, *case: np.array_equal(got, _cell_by_cell(*case))),
    ],
    hints=(
        "Two searches, one after the other: first a small one among the centres, then one among the items whose cell was opened.",
        "Sort the cells by the distance of their centres, keep nprobe. np.isin(cell, opened) marks the items that lie in them, "
        "np.flatnonzero "
        "gives their numbers; sort these by distance and keep k.",
        "opened = np.argsort(…)[:nprobe]\namong = np.flatnonzero(np.isin(cell, …))\nnear = np.argsort(…)[:k]\nreturn among[…]",
    ),
)  # fmt: skip


def _farthest(query: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Cells, the farthest first."""
    return np.argsort(-((centres - query) ** 2).sum(1))


def _among_cells(query: np.ndarray, items: np.ndarray, cell: np.ndarray, opened: np.ndarray, k: int) -> np.ndarray:
    among = np.flatnonzero(np.isin(cell, opened))
    return among[np.argsort(((items[among] - query) ** 2).sum(1), kind="stable")[:k]]


def _by_inner(query, items, cell, centres, nprobe, k):
    opened = np.argsort(-(centres @ query))[:nprobe]
    among = np.flatnonzero(np.isin(cell, opened))
    return among[np.argsort(-(items[among] @ query))[:k]]


def _cell_by_cell(query, items, cell, centres, nprobe, k):
    opened = np.argsort(((centres - query) ** 2).sum(1))[:nprobe]
    return np.concatenate([_among_cells(query, items, cell, one[None], len(items)) for one in opened])[:k]


register(PEARSON, BORROW, PRECISION, TIES, OCCURRENCES, ITQ, HAMMING, PROBE)


ask(
    Question(
        "matching_and_retrieval.no_common_space",
        "Euclid, cosine and Pearson all fail between EfficientNet and MiniLM vectors. Would a fourth measure work?",
        (
            Choice("Yes, if it were learned from the numbers of each view alone", False,
                   "Nothing in either view says which of its directions belongs to which of the other. Only pairs can say so."),
            Choice("No: without pairs nothing says which direction here means which direction there", True,
                   "Every fixed formula treats number 17 here and number 17 there as the same. A measure that works has to be "
                   "fitted to pairs, and then it is a common space by another name."),
            Choice("Yes, if both views had equally many columns", False,
                   "They had, after the principal components: 64 and 64. Equal lengths are not equal meanings."),
        ),
    ),
    Question(
        "matching_and_retrieval.constant",
        "A new model reports R@1 = 100%, both ways. Which question comes first?",
        (
            Choice("How large is the gallery?", False, "Worth asking, but 100% of anything but a tiny gallery needs another "
                "explanation."),
            Choice("How are ties broken?", True,
                   "A model that gives every pair the same score has the right item among the best, if `>` is all that is asked. "
                   "Broken by expectation it is at chance, pessimistically at 0."),
            Choice("Which k was chosen?", False, "R@1 is the strictest there is."),
        ),
    ),
    Question(
        "matching_and_retrieval.hub",
        "A picture is among the first ten of 40 of 500 captions, four times its share. Why does CSLS move it down?",
        (
            Choice("It is removed from the gallery", False, "Nothing is removed. For its own caption it may still come first."),
            Choice("Its similarity to its nearest captions is large, and this is taken from all its similarities", True,
                   "r(i) is its mean similarity to its nearest queries. A hub has a large one, so it has to be even nearer than "
                   "usual to win."),
            Choice("Its vector is made shorter", False, "Cosine never sees the length. A correction per item has to be made "
                "afterwards."),
        ),
    ),
    Question(
        "matching_and_retrieval.bits",
        "Codes have 64 bits, and 500 pictures are ranked by Hamming distance. Why do ties matter now?",
        (
            Choice("There are only 65 different distances for 500 pictures", True,
                   "So many pictures share a distance, and how they are ordered becomes part of the score. Say which rule you "
                   "used, or keep the query real."),
            Choice("Because Hamming distances are not exact", False, "They are integers, and as exact as numbers get."),
            Choice("They do not, since ties are as rare as with real numbers", False,
                   "With real numbers two equal scores are an accident. With 65 possible values they are the rule."),
        ),
    ),
    Question(
        "matching_and_retrieval.approximate",
        "An index answers twenty times as fast and finds 95% of the true ten nearest. Does R@10 fall by five points?",
        (
            Choice("Yes, one for one", False,
                   "Only if right answers were missed as often as others. And R@10 asks for one item, not for all ten."),
            Choice("Not necessarily: it depends on whether the *right* items are among those missed. Measure both", True,
                   "Recall of neighbours compares with exact search; R@k compares with the truth. What is missed is often at the "
                   "edge of a cell, far down the list."),
            Choice("No, it cannot change at all", False, "A right answer in a cell that was not opened is lost."),
        ),
    ),
)  # fmt: skip
