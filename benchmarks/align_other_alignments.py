"""Chapter 09's rows of the part's table: a discriminator, and maps of one space onto the other.

The small student learns from pixels and words instead of vectors, and words and regions need a grid: both are in
`benchmarks.other_alignments`, which has the student's row beside its teachers' on these same splits.
"""

import numpy as np

from benchmarks import start_here
from mmlearn import evaluate
from mmlearn.align import Adversarial, Aligner, NetworkMap, Procrustes, RidgeMap
from mmlearn.align.trained import TrainedAligner

TRAINING = dict(n_components=256, dropout=0.3, steps=300, batch=256, lr=1e-3, weight_decay=0.1, every=50)
STRENGTHS = (0.03, 0.1, 0.3)
RIDGES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
KS = (64, 128, 256)


def fitted(model: Aligner, X, Y, train, val) -> Aligner:
    """One that is trained keeps its best moment by the validation pairs."""
    if isinstance(model, TrainedAligner):
        return model.fit(X[train], Y[train], validation=[X[val], Y[val]])
    return model.fit(X[train], Y[train])


def compared(model: Aligner, X, Y, rows) -> np.ndarray:
    """Captions against pictures, by the cosine."""
    return evaluate.cosine_similarity(model.transform(Y[rows], view=1), model.transform(X[rows], view=0))


def best_of(candidates):
    """A chooser: of `candidates(seed)`, each fitted, the aligner with the best R@10 on validation pairs."""

    def choose(X, Y, train, val, seed):
        models = [fitted(model, X, Y, train, val) for model in candidates(seed)]
        best = max(models, key=lambda model: start_here.recall(compared(model, X, Y, val)))
        return lambda rows: compared(best, X, Y, rows)

    return choose


def network_maps(seed: int) -> list[NetworkMap]:
    settings = TRAINING | {"hidden": (512,), "seed": seed}
    return [NetworkMap(towards=towards, **settings) for towards in (0, 1)]


ALIGNERS = {
    "ridge map, pictures to captions": best_of(lambda seed: [RidgeMap(reg, towards=1) for reg in RIDGES]),
    "ridge map, captions to pictures": best_of(lambda seed: [RidgeMap(reg, towards=0) for reg in RIDGES]),
    "orthogonal map (Procrustes)": best_of(lambda seed: [Procrustes(k) for k in KS]),
    "network map": best_of(network_maps),
    "InfoNCE against a discriminator": best_of(lambda seed: [Adversarial(strength=s, seed=seed, **TRAINING) for s in STRENGTHS]),
}
SHUFFLED = ["ridge map, captions to pictures"]
