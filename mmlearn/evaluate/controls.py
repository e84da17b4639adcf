"""Controls: is it the two media together that make the score, or something simpler?"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import numpy as np

from mmlearn.arrays import as_numpy
from mmlearn.evaluate.scores import Scores

Views = dict[str, np.ndarray]


def controls(
    run: Callable[[Views, Views, int], Mapping[str, float]],
    train: Mapping[str, Any],
    test: Mapping[str, Any],
    *,
    targets: Collection[str] = (),
    chance: Mapping[str, float] | None = None,
    seeds: Iterable[int] = range(5),
) -> Scores:
    """Run a method as it is, and again on data from which one thing was taken away, once a seed.

    The rows, and what an honest multimodal method shows there:

    - "as it is".
    - "shuffled pairs": trained on rows that do not belong together. It should fall to chance; if not, the score leaks.
    - "without V", for each view V, at test time only: how much is left when V goes missing.
    - "V alone", for each view V of several, if there are targets: trained and tested without the others. What it
      reaches is not the work of several media. (Retrieval has no such row: pairs cannot be learned from one side, and
      "without V" already ranks the items with no query.)
    - "V shuffled", for each view V, if there are targets: at test time V comes from another example. Unlike a missing
      view it looks normal, so that only its content can have been missed.
    - "chance", if given.

    A view is taken away by putting the mean of its training rows in every row; zero or "" where it is not real-valued.

    Args:
        run: (train, test, seed) → metrics by name. It trains anew on the views of `train` and scores on `test`.
        train: view name → (n, ...) array or tensor, row r of each belonging to one example; they reach `run` as numpy.
        test: the same views of held-out examples.
        targets: names of what is to be predicted, such as ["label"]: never taken away, but shuffled with the pairs.
        chance: metrics of guessing, such as from `chance` or `majority`.

    Raises:
        ValueError: train and test differ in their views, a view differs in rows from the others, fewer than two views,
            an unknown target, or no seeds.
    """
    train, test, seeds = _checked(train, "train"), _checked(test, "test"), list(seeds)
    inputs = [name for name in train if name not in targets]
    _check(train, test, targets, inputs, seeds)
    scores = Scores()

    def add(name: str, change: Callable[[int], tuple[Views, Views]], kind: str = "control") -> None:
        scores.add(name, [run(*change(seed), seed) for seed in seeds], kind)

    def without(data: Views, *names: str) -> Views:
        return {k: _blank(v, train[k]) if k in names else v for k, v in data.items()}

    add("as it is", lambda seed: (train, test), "method")
    add("shuffled pairs", lambda seed: (_shuffled(train, list(train)[1:], seed), test))
    for view in inputs:
        others = [name for name in inputs if name != view]
        if targets and others:
            add(f"{view} alone", lambda seed, o=others: (without(train, *o), without(test, *o)))
        add(f"without {view}", lambda seed, v=view: (train, without(test, v)))
        if targets:
            add(f"{view} shuffled", lambda seed, v=view: (train, _shuffled(test, [v], seed)))
    if chance is not None:
        scores.add("chance", [chance], "chance")
    return scores


def majority(train_labels: Any, test_labels: Any) -> float:
    """Accuracy on the test labels of always answering the commonest training label."""
    train_labels, test_labels = as_numpy(train_labels, "train_labels"), as_numpy(test_labels, "test_labels")
    if train_labels.size == 0 or test_labels.size == 0:
        raise ValueError("train_labels and test_labels need at least one label each")
    labels, counts = np.unique(train_labels, return_counts=True)
    return float((test_labels == labels[counts.argmax()]).mean())


def _blank(view: np.ndarray, trained: np.ndarray) -> np.ndarray:
    if view.dtype.kind == "f":
        return np.broadcast_to(trained.mean(axis=0), view.shape).astype(view.dtype)
    return np.zeros_like(view)


def _shuffled(data: Views, names: Collection[str], seed: int) -> Views:
    """The rows of each of these views in a random order of its own."""
    rng = np.random.default_rng(seed)
    return {name: rng.permutation(view) if name in names else view for name, view in data.items()}


def _checked(data: Mapping[str, Any], name: str) -> Views:
    views = {key: as_numpy(view, f"{name}[{key!r}]") for key, view in data.items()}
    rows = {key: len(view) if view.ndim else 0 for key, view in views.items()}
    if len(set(rows.values())) != 1 or 0 in rows.values():
        raise ValueError(f"the views of {name} must have equal numbers of rows, at least one; got {rows}")
    return views


def _check(train: Views, test: Views, targets: Collection[str], inputs: list[str], seeds: list[int]) -> None:
    if list(train) != list(test):
        raise ValueError(f"train and test must have the same views; got {list(train)} and {list(test)}")
    if set(targets) - set(train) or not inputs or len(train) < 2:
        raise ValueError(f"targets must leave a view among {list(train)}, at least two in all; got {list(targets)}")
    if not seeds:
        raise ValueError("seeds is empty; give at least one")
