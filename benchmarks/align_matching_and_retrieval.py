"""Chapter 05's rows of the table of aligners: borrowed captions, a repair of hubs, and binary codes."""

import numpy as np

from benchmarks import matching_and_retrieval, start_here
from mmlearn import evaluate
from mmlearn.align import CrossModalHash, hamming_distances, inverted_softmax


def bridge(X, Y, train, val, seed):
    """No common space: a picture is given the mean of its neighbours' caption vectors, as many as do best on `val`."""

    def similarity(rows: np.ndarray, m: int) -> np.ndarray:
        return evaluate.cosine_similarity(Y[rows], matching_and_retrieval.borrowed(X, train, rows, Y, m))

    best = max(matching_and_retrieval.NEAREST, key=lambda m: start_here.recall(similarity(val, m)))
    return lambda rows: similarity(rows, best)


def both_ways(S: np.ndarray, beta: float) -> np.ndarray:
    """The inverted softmax along rows and along columns in one matrix."""
    return inverted_softmax(S, beta) + inverted_softmax(S.T, beta).T - beta * S


def softened(X, Y, train, val, seed):
    """Weighted CCA, then the inverted softmax; β chosen after ridge and directions."""
    cca, k = start_here.chosen_cca(X, Y, train, val, power=1)

    def similarity(rows: np.ndarray, beta: float) -> np.ndarray:
        return both_ways(start_here.similarities(cca, k, X[rows], Y[rows], 1), beta)

    best = max(matching_and_retrieval.BETAS, key=lambda beta: start_here.recall(similarity(val, beta)))
    return lambda rows: similarity(rows, best)


def codes(X, Y, train, val, seed):
    """256 bits an item, 32 bytes, compared by Hamming distance; ridge chosen on validation pairs."""

    def similarity(model: CrossModalHash, rows: np.ndarray) -> np.ndarray:
        return -hamming_distances(model.codes(Y[rows], view=1), model.codes(X[rows], view=0)).astype(float)

    fits = [CrossModalHash(256, reg, seed=seed).fit(X[train], Y[train]) for reg in start_here.RIDGES[1:]]
    best = max(fits, key=lambda model: start_here.recall(similarity(model, val)))
    return lambda rows: similarity(best, rows)


ALIGNERS = {
    "bridge of words: neighbours' captions": bridge,
    "CCA, weighted + inverted softmax*": softened,
    "codes of 256 bits (CCA-ITQ)": codes,
}
