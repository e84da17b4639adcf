"""Chapter 08's rows of the part's table: InfoNCE and triplet losses, on linear maps and small networks.

Every training keeps its best moment by R@10 on validation pairs; of the networks tried, so does the choice among them.
"""

import functools

import numpy as np

from benchmarks import start_here
from mmlearn import evaluate
from mmlearn.align import Contrastive, TrainedAligner, Triplet, csls

TRAINING = {"n_components": 256, "steps": 400, "batch": 512, "every": 40}
LINEAR = ({"dropout": 0.3}, {"dropout": 0.6})
DEEP = ({"hidden": (512,), "dropout": 0.3}, {"hidden": (512,), "dropout": 0.6})


def fitted(make: type, settings: tuple[dict, ...], X, Y, train, val, seed: int) -> TrainedAligner:
    """The aligner that does best on validation pairs, of these settings."""
    tried = []
    for each in settings:
        aligner = make(**TRAINING, **each, seed=seed).fit(X[train], Y[train], validation=[X[val], Y[val]])
        tried.append((max(aligner.history_.validation.values()), -len(tried), aligner))
    return max(tried)[-1]


def between(aligner: TrainedAligner, X, Y, rows: np.ndarray) -> np.ndarray:
    """Captions against pictures, by cosine."""
    return evaluate.cosine_similarity(aligner.transform(Y[rows], view=1), aligner.transform(X[rows], view=0))


def trained(make: type, settings: tuple[dict, ...], X, Y, train, val, seed: int):
    """A chooser, once `make` and `settings` are given."""
    aligner = fitted(make, settings, X, Y, train, val, seed)
    return lambda rows: between(aligner, X, Y, rows)


def together(X, Y, train, val, seed: int):
    """Weighted CCA and both contrastive heads, their standardised similarities added; hubs repaired by CSLS."""
    cca, k = start_here.chosen_cca(X, Y, train, val, power=1)
    heads = [fitted(Contrastive, settings, X, Y, train, val, seed) for settings in (LINEAR, DEEP)]

    def similarity(rows: np.ndarray) -> np.ndarray:
        found = [start_here.similarities(cca, k, X[rows], Y[rows], power=1), *(between(head, X, Y, rows) for head in heads)]
        return csls(sum((S - S.mean()) / S.std() for S in found))

    return similarity


ALIGNERS = {
    "contrastive, linear": functools.partial(trained, Contrastive, LINEAR),
    "contrastive, one hidden layer": functools.partial(trained, Contrastive, DEEP),
    "triplet, semi-hard, linear": functools.partial(trained, functools.partial(Triplet, negatives="semi-hard"), LINEAR),
    "triplet, hardest, linear": functools.partial(trained, functools.partial(Triplet, negatives="hardest"), LINEAR),
    "weighted CCA + two contrastive heads + CSLS*": together,
}
SHUFFLED = ["contrastive, linear"]
