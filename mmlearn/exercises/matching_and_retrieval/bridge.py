"""A similarity that ignores level and scale, and words that a picture borrows from its neighbours."""

import numpy as np

from mmlearn import evaluate
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.matching_and_retrieval.common import centred, close, nearest, one_of, unit


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
                when=lambda got, _, A, B: one_of(got, (centred(A) @ centred(B).T / n for n in (1, A.shape[1], A.shape[1] - 1)))),
        Mistake("norm-first", "you made the rows of length one *before* you took their means away. Without its mean a row is "
                "shorter: change the order",
                wrong=lambda A, B: centred(unit(A)) @ centred(unit(B)).T),
        Mistake("whole-norm", "you divided by one length, that of the whole matrix. np.linalg.norm needs axis=1: every row has "
                "its own",
                wrong=lambda A, B: centred(A) @ centred(B).T / np.linalg.norm(centred(A)) / np.linalg.norm(centred(B))),
        Mistake("one-side", "only one of the two sides has lost its mean, or only one has length one. Treat A and B alike",
                when=lambda got, _, A, B: one_of(got, (
                    unit(centred(A)) @ unit(B).T, unit(A) @ unit(centred(B)).T,
                    unit(centred(A)) @ centred(B).T, centred(A) @ unit(centred(B)).T))),
        Mistake("divisor", "nearly: all numbers are off by one factor. np.std divides by d, a covariance with d - 1 does not "
                "fit it",
                when=lambda got, expected, A, B: one_of(got, (expected * f for f in (
                    A.shape[1] / (A.shape[1] - 1), (A.shape[1] - 1) / A.shape[1], A.shape[1], A.shape[1] - 1)))),
        Mistake("block", "this is the correlation of all rows of A *and* B with each other. Only A against B was asked for: "
                "(n, m)",
                when=lambda got, _, A, B: np.shape(got) == (len(A) + len(B),) * 2),
        Mistake("transposed", "the numbers are right, but lie across: entry (i, j) compares row i of A with row j of B",
                wrong=lambda A, B: evaluate.pearson_similarity(B, A)),
        Mistake("unsigned", "the sign is lost: a row that falls where the other rises has a correlation below 0",
                when=lambda got, expected, A, B: one_of(got, (abs(expected), expected**2))),
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


def borrow(similarity: np.ndarray, texts: np.ndarray, m: int) -> np.ndarray:
    """The mean of the text vectors of the m most similar training pictures. Not in the library."""
    return texts[nearest(similarity, m)].mean(axis=1)


def borrow_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """No two similarities of a row are equal. The last case borrows from every training picture."""
    n, N, d = {"standard": (4, 9, 3), "large": (30, 200, 16)}[variant]
    tiny = (np.array([[0.1, 0.9, 0.5]]), np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 3.0]]), 2)
    rows = [(rng.permuted(np.tile(np.arange(N) / N, (n, 1)), axis=1), rng.normal(size=(N, d)), m) for m in (1, 3, 5, N)]
    return [tiny, *rows]


def weighted(S: np.ndarray, T: np.ndarray, m: int, weigh=np.asarray) -> np.ndarray:
    near = nearest(S, m)
    weights = weigh(np.take_along_axis(S, near, axis=1))
    return (weights[..., None] * T[near]).sum(1) / weights.sum(1, keepdims=True)


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
        Mistake("skips-first", "you left out the nearest picture. A new picture is not among the training pictures, so the "
                "nearest is not itself",
                wrong=lambda S, T, m: T[np.argsort(-S, axis=1)[:, 1 : m + 1]].mean(1)),
        Mistake("sum", "this is the sum of the m text vectors. The mean was asked for", wrong=lambda S, T, m: m * borrow(S, T,
                m)),
        Mistake("all", "you averaged over all training pictures: every picture gets nearly the same words. Only the m nearest "
                "count",
                when=lambda got, _, S, T, m: one_of(got, (
                    S @ T, S @ T / S.sum(1, keepdims=True), np.tile(T.mean(0), (len(S), 1))))),
        Mistake("weighted", "you weighted the neighbours by their similarity. A fair idea, but the plain mean was asked for",
                when=lambda got, _, S, T, m: one_of(got, (weighted(S, T, m), weighted(S, T, m, np.exp)))),
        Mistake("median", "this is the median of the neighbours' numbers. The mean was asked for",
                wrong=lambda S, T, m: np.median(T[nearest(S, m)], axis=1)),
        Mistake("length-one", "you changed lengths, of the text vectors or of their mean. The plain mean was asked for: how "
                "short it is says how far the captions disagree",
                when=lambda got, _, S, T, m: one_of(got, (
                    unit(borrow(S, T, m)), borrow(S, unit(T), m), unit(borrow(S, unit(T), m))))),
        Mistake("not-averaged", "these are the m text vectors one by one. What one vector stands for all of them?",
                when=lambda got, _, S, T, m: np.shape(got) == (len(S), m, T.shape[1])),
        Mistake("one-vector", "you averaged over the pictures too. Every row of similarity is a picture, and gets a vector of "
                "its own",
                when=lambda got, _, S, T, m: np.shape(got) == (T.shape[1],)),
        Mistake("mean-axis", "a mean, but along another axis. texts[near] has the axes picture, neighbour, number: the "
                "neighbours are to be averaged",
                when=lambda got, _, S, T, m: one_of(got, (T[nearest(S, m)].mean(0), T[nearest(S, m)].mean(2)))),
        Mistake("direction", "you sorted down the columns. A new picture is a *row* of similarity: its nearest lie along axis 1",
                wrong=lambda S, T, m: T[np.argsort(-S, axis=0)[:m].T].mean(1)),
        Mistake("one-off", "one neighbour too many or too few. What does a slice [:m] hold?",
                when=lambda got, _, S, T, m: any(close(got, borrow(S, T, k)) for k in (m - 1, m + 1) if 0 < k)),
        Mistake("partition", "right, until m is the number of training pictures: np.argpartition counts its places from 0, so "
                "the m-th has the number m - 1",
                wrong=lambda S, T, m: T[np.argpartition(-S, m, axis=1)[:, :m]].mean(1)),
    ],
    hints=(
        "For one picture: which training pictures are nearest, and what are *their* captions' vectors?",
        "Sort each row so that the numbers of the training pictures come nearest first, and keep m: an array (n, m). Indexing "
        "texts with it gives (n, m, d). Which of the three axes has to go?",
        "near = np.argsort(…, axis=1)[:, :m]   # (n, m)\nreturn texts[near].mean(axis=…)",
    ),
)  # fmt: skip
