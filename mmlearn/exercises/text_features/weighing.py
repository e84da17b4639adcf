"""Words that weigh: TF-IDF, and SIF."""

import numpy as np

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.text_features.common import counted, unit


def tfidf(counts: np.ndarray) -> np.ndarray:
    """Counts (n, v) to TF-IDF, smoothed, rows of length one: what `features.text.TfIdf` does to its own counts."""
    return unit(counts * idf(counts))


def idf(counts: np.ndarray) -> np.ndarray:
    """ln((1 + n) / (1 + df)) + 1, for each word (v,)."""
    return np.log((1 + len(counts)) / (1 + (counts > 0).sum(axis=0))) + 1


def tfidf_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Counts by hand, random ones, and random ones with an empty text."""
    n, v = {"standard": (7, 5), "large": (80, 40)}[variant]
    tiny = np.array([[2.0, 1.0, 0.0], [1.0, 0.0, 3.0]])
    with_empty = counted(rng, n, v)
    with_empty[n // 2] = 0
    return [(tiny,), (counted(rng, n, v),), (with_empty,)]


def _columns(A: np.ndarray) -> np.ndarray:
    return unit(A.T).T


TFIDF = Exercise(
    id="text_features.tfidf",
    title="a word that is everywhere says little",
    reference=tfidf,
    cases=tfidf_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("totals", "you counted how often a word occurs. df is the number of texts it occurs in, however often",
                wrong=lambda C: unit(C * (np.log((1 + len(C)) / (1 + C.sum(0))) + 1))),
        Mistake("length", "the weights are right, but a long text has a long vector. Bring every row to length one",
                wrong=lambda C: C * idf(C)),
        Mistake("columns", "you brought the columns to length one. A row is a text: which axis runs along it?",
                wrong=lambda C: _columns(C * idf(C))),
        Mistake("sum-to-one", "your rows sum to one. Length one means that the squares sum to one",
                when=lambda got, expected, C: np.allclose(
                    got, (C * idf(C)) / np.maximum((C * idf(C)).sum(1, keepdims=True), 1e-300))),
        Mistake("no-one", "is the + 1 after the logarithm missing? Without it a word that is in every text weighs nothing",
                wrong=lambda C: unit(C * (idf(C) - 1))),
        Mistake("unsmoothed", "the two ones inside the logarithm are missing: they stand for one more text that has every word",
                wrong=lambda C: unit(C * (np.log(len(C) / (C > 0).sum(0)) + 1))),
        Mistake("no-log", "the ratio of texts is there, its logarithm is not",
                wrong=lambda C: unit(C * ((1 + len(C)) / (1 + (C > 0).sum(0)) + 1))),
        Mistake("upside-down", "your weight grows with the number of texts that have the word. It is the rare ones that say "
                "something",
                wrong=lambda C: unit(C * (np.log((1 + (C > 0).sum(0)) / (1 + len(C))) + 1))),
        Mistake("base", "this is the logarithm to the base 10 or 2. The natural one was asked for: np.log",
                when=lambda got, _, C: any(np.allclose(got, unit(C * ((idf(C) - 1) / np.log(b) + 1))) for b in (2, 10))),
        Mistake("binary", "you only looked whether a word is there. A word said twice counts twice",
                wrong=lambda C: unit((C > 0) * idf(C))),
        Mistake("unweighted", "these are the counts, brought to length one. Where is the weight of each word?",
                wrong=lambda C: unit(C)),
        Mistake("columns-counted", "n is the number of texts, the rows. You took the number of words, the columns",
                wrong=lambda C: unit(C * (np.log((1 + C.shape[1]) / (1 + (C > 0).sum(0))) + 1))),
        Mistake("whole-length", "you divided by the length of the whole matrix. Every row has a length of its own",
                wrong=lambda C: C * idf(C) / np.linalg.norm(C * idf(C))),
        Mistake("empty", "a text without a known word has the length zero, and you divided by it. Its row should stay zero",
                when=lambda got, expected, C: not np.isfinite(np.asarray(got)).all() and np.allclose(
                    np.asarray(got)[C.sum(1) > 0], expected[C.sum(1) > 0])),
    ],
    hints=(
        "Two things are needed for every word: how often it is in this text, and in how many texts it is at all.",
        "df = (counts > 0).sum(axis=0) is one number a word. Make the weight of it, multiply every row by the weights, then "
        "divide every row by its length; a row of zeros has none, so divide it by 1.",
        "df = …\nidf = np.log((1 + len(counts)) / (1 + df)) + 1\nX = counts * …\nlength = np.linalg.norm(X, axis=…, "
        "keepdims=True)\n"
        "return X / np.where(length == 0, 1, length)",
    ),
)  # fmt: skip


def sif(counts: np.ndarray, vectors: np.ndarray, share: np.ndarray, a: float) -> np.ndarray:
    """Not in the library, so that it can be graded: weighted means of word vectors, without their common direction."""
    return _without(_weighted(counts, vectors, a / (a + share)))


def _weighted(counts: np.ndarray, vectors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return (counts * weights) @ vectors / counts.sum(1, keepdims=True)


def _without(X: np.ndarray) -> np.ndarray:
    """X without what its rows have along its first right singular vector."""
    u = np.linalg.svd(X, full_matrices=False)[2][0]
    return X - np.outer(X @ u, u)


def sif_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Counts with word vectors that share a direction, as real ones do."""
    n, v, d = {"standard": (9, 12, 4), "large": (80, 60, 16)}[variant]

    def case(a: float) -> tuple:
        counts, vectors = counted(rng, n, v), rng.normal(size=(v, d)) + 0.7 * rng.normal(size=d)
        return counts, vectors, counts.sum(0) / counts.sum(), a

    tiny_counts = np.array([[2.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 2.0]])
    tiny = (tiny_counts, np.array([[1.0, 0.0], [1.0, 2.0], [3.0, 1.0]]), np.array([0.5, 0.3, 0.2]), 0.1)
    return [tiny, case(0.01), case(0.2)]


SIF = Exercise(
    id="text_features.sif",
    title="a better mean of word vectors",
    reference=sif,
    cases=sif_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("not-removed", "the weighted means are right. Their common direction is still in them: take it out",
                wrong=lambda C, W, p, a: _weighted(C, W, a / (a + p))),
        Mistake("unweighted", "every word weighs the same. Where is a / (a + share)?",
                when=lambda got, _, C, W, p, a: any(np.allclose(got, x) for x in (
                    _without(_weighted(C, W, np.ones_like(p))), _weighted(C, W, np.ones_like(p))))),
        Mistake("upside-down", "common words weigh most. The weight should fall as the share grows",
                when=lambda got, _, C, W, p, a: any(np.allclose(got, _without(_weighted(C, W, w)))
                                                    for w in (p / (a + p), (a + p) / a))),
        Mistake("weights-sum", "you divided by the sum of the weights. The formula divides by the number of words, so that a "
                "caption of "
                "common words only stays short",
                wrong=lambda C, W, p, a: _without((C * (a / (a + p))) @ W / (C * (a / (a + p))).sum(1, keepdims=True))),
        Mistake("binary", "you only looked whether a word is there. A word said twice counts twice",
                wrong=lambda C, W, p, a: sif((C > 0).astype(float), W, p, a)),
        Mistake("distinct", "you divided by the number of *different* words. A word said twice counts twice there, too",
                wrong=lambda C, W, p, a: _without((C * (a / (a + p))) @ W / (C > 0).sum(1, keepdims=True))),
        Mistake("own-constant", "you wrote a number for a. It is an argument",
                when=lambda got, _, C, W, p, a: any(np.allclose(got, sif(C, W, p, b)) for b in (1e-3, 1e-4))),
        Mistake("column-of-v", "np.linalg.svd gives the *transposed* right vectors: the first one is a row, [2][0]",
                when=lambda got, _, C, W, p, a: np.allclose(
                    got, (X := _weighted(C, W, a / (a + p))) - np.outer(X @ (c := np.linalg.svd(X)[2][:, 0]), c))),
        Mistake("of-the-words", "this is the common direction of the word vectors. The one of the texts was asked for",
                when=lambda got, _, C, W, p, a: np.allclose(
                    got, (X := _weighted(C, W, a / (a + p))) - np.outer(X @ (c := np.linalg.svd(W)[2][0]), c))),
        Mistake("subtracted", "you took the direction itself from every row. What is to go is each row's own part along it",
                when=lambda got, _, C, W, p, a: any(np.allclose(
                    got, (X := _weighted(C, W, a / (a + p))) - sign * np.linalg.svd(X)[2][0]) for sign in (1, -1))),
        Mistake("sum", "this is the weighted sum. Divide it by the number of words",
                wrong=lambda C, W, p, a: _without((C * (a / (a + p))) @ W)),
        Mistake("centred", "you took away the mean vector. What is to go is the part of every row along one direction",
                when=lambda got, _, C, W, p, a: np.allclose(got, (x := _weighted(C, W, a / (a + p))) - x.mean(0))),
        Mistake("pca", "this direction is that of the largest *variance*: the means were taken off first. The one asked for is "
                "the first "
                "right singular vector of the vectors as they are",
                when=lambda got, _, C, W, p, a: _is_pca(got, _weighted(C, W, a / (a + p)))),
        Mistake("common-part", "this is the part along the common direction. It is what should go, not what should stay",
                when=lambda got, expected, C, W, p, a: np.allclose(got, _weighted(C, W, a / (a + p)) - expected)),
    ],
    hints=(
        "Two steps: a mean in which common words weigh little, then one direction less.",
        "counts * (a / (a + share)) are the weighted counts; times vectors, divided by the number of words of each row, they "
        "are X (n, d). "
        "np.linalg.svd(X)[2][0] is the direction u; X @ u says how much of it is in each row.",
        "X = (counts * …) @ vectors / counts.sum(axis=1, keepdims=True)\nu = np.linalg.svd(X, full_matrices=False)[2][0]\n"
        "return X - np.outer(…, …)",
    ),
)  # fmt: skip


def _is_pca(got: np.ndarray, X: np.ndarray) -> bool:
    u = np.linalg.svd(X - X.mean(0), full_matrices=False)[2][0]
    return any(np.allclose(got, Y - np.outer(Y @ u, u)) for Y in (X, X - X.mean(0)))
