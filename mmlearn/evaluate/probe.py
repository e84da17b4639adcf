"""The linear probe: what a representation has ready for a linear classifier, and at what cost.

Alain and Bengio, Understanding intermediate layers using linear classifier probes, ICLR 2017 workshop. The protocol is the
same for every representation of the course, so that their rows can be compared.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from mmlearn.arrays import as_matrix, as_numpy

STRENGTHS = tuple(10.0**power for power in range(-4, 3))
"""The inverse ridges C from which a probe chooses."""


class Part(NamedTuple):
    """Some examples: features (n, d) and labels (n,)."""

    X: Any
    y: Any


class Probe(NamedTuple):
    """What a probe found: test accuracy, that on validation, the chosen C, and which test examples it got right (n,)."""

    accuracy: float
    validation: float
    C: float
    right: np.ndarray


def linear_probe(train: tuple, val: tuple, test: tuple, strengths: Sequence[float] = STRENGTHS, *, scaled: bool = True) -> Probe:
    """Fit logistic regression to features and labels; choose its ridge on `val`; score it once on `test`.

    Columns are scaled to mean 0 and variance 1 on `train`, so that no representation wins by its units.

    Args:
        train, val, test: each (X, y), with X (n, d) and y (n,) of any kind of label.
        strengths: the inverse ridges to choose from; of equally good ones the smallest, which is the simplest classifier.
        scaled: False leaves the columns as they are. Do so where `test` is of another kind than `train`: a column that hardly
            varies on `train` would be blown up, and there it may vary.

    Raises:
        ValueError: unequal lengths or widths, values that are not finite, or fewer than two classes in `train`.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    train, val, test = (_part(part, name) for part, name in ((train, "train"), (val, "val"), (test, "test")))
    if len({part.X.shape[1] for part in (train, val, test)}) > 1:
        raise ValueError(
            f"train, val and test have {[part.X.shape[1] for part in (train, val, test)]} columns; give equally many"
        )
    if len(np.unique(train.y)) < 2:
        raise ValueError(f"train has the one label {train.y[0]!r}; a probe needs two classes or more")
    scale = StandardScaler(with_mean=scaled, with_std=scaled).fit(train.X)
    X = [scale.transform(part.X).astype(np.float32) for part in (train, val, test)]
    best = None
    model = LogisticRegression(max_iter=500, tol=1e-3, warm_start=True)
    for C in sorted(strengths):  # from simple to intricate, each starting where the last one ended
        model.set_params(C=C).fit(X[0], train.y)
        reached = float(np.mean(model.predict(X[1]) == val.y))
        if best is None or reached > best[0]:
            best = reached, C, model.predict(X[2]) == test.y
    return Probe(float(best[2].mean()), best[0], best[1], best[2])


def milliseconds(represent: Callable[[Sequence], Any], items: Sequence, repeats: int = 5) -> float:
    """Milliseconds an item takes to become a vector: the median over `repeats`, all items in one call, after one unmeasured."""
    represent(items)
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        represent(items)
        taken.append(time.perf_counter() - start)
    return 1000 * float(np.median(taken)) / len(items)


def _part(part: tuple, name: str) -> Part:
    X, y = as_matrix(part[0], f"{name}[0]"), as_numpy(part[1], f"{name}[1]")
    if y.shape != (len(X),):
        raise ValueError(f"{name} has {len(X)} rows of features and labels of shape {y.shape}; accepted is one label a row")
    return Part(X, y)
