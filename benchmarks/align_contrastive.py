"""Chapter 08's rows of the part's table: InfoNCE and triplet losses, on linear maps and small networks; and the best search.

Every training keeps its best moment by R@10 on validation pairs. Widths, steps and dropout were set by the validation pairs
of the first two splits.
"""

import functools

from benchmarks.contrastive_best import best_search
from mmlearn import evaluate
from mmlearn.align import Contrastive, Triplet

TRAINING = {"n_components": 256, "dropout": 0.5, "steps": 240, "batch": 512, "every": 40}


def trained(make: type, settings: dict, X, Y, train, val, seed: int):
    """A chooser, once `make` and `settings` are given: captions against pictures by cosine."""
    aligner = make(**TRAINING, **settings, seed=seed).fit(X[train], Y[train], validation=[X[val], Y[val]])
    return lambda rows: evaluate.cosine_similarity(aligner.transform(Y[rows], view=1), aligner.transform(X[rows], view=0))


ALIGNERS = {
    "contrastive, linear": functools.partial(trained, Contrastive, {}),
    "contrastive, one hidden layer": functools.partial(trained, Contrastive, {"hidden": (512,)}),
    "triplet, semi-hard, linear": functools.partial(trained, Triplet, {"negatives": "semi-hard"}),
    "triplet, hardest, linear": functools.partial(trained, Triplet, {"negatives": "hardest"}),
    "class names + weighted CCA + contrastive + bridge": functools.partial(best_search, one_query=True),
    "class names + weighted CCA + contrastive + bridge + CSLS*": best_search,
}
SHUFFLED = ["contrastive, linear"]
