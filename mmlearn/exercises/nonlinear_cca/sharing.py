"""Chapter 07: what several views share."""

import numpy as np

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.nonlinear_cca.common import numbers, up_to_sign


def maxvar(views: list[np.ndarray], k: int) -> np.ndarray:
    H = np.hstack(views)
    U = np.linalg.svd(H, full_matrices=False)[0]
    return U[:, :k] * np.sqrt(len(H) - 1)


def least_shared(views: list[np.ndarray], k: int) -> np.ndarray:
    return np.linalg.svd(np.hstack(views), full_matrices=False)[0][:, -k:] * np.sqrt(len(views[0]) - 1)


def foreign(got: np.ndarray, views: list[np.ndarray]) -> bool:
    """Whether no view knows anything of these variables."""
    got = numbers(got)
    return bool(np.abs(got).max() > 0 and np.abs(np.hstack(views).T @ got).max() < 1e-6)


def whitened_views(rng: np.random.Generator, variant: str) -> list[tuple]:
    """White views of unequal width that share a few signals of falling strength."""
    n, widths = {"standard": (30, (4, 3, 5)), "four": (60, (4, 6, 3, 5))}[variant]

    def views(n: int, widths: tuple) -> list[np.ndarray]:
        shared = rng.normal(size=(n, 3)) * [3, 1.5, 0.7]
        made = [shared @ rng.normal(size=(3, d)) + rng.normal(size=(n, d)) for d in widths]
        return [np.linalg.svd(v - v.mean(0), full_matrices=False)[0] * np.sqrt(n - 1) for v in made]

    return [(views(20, (2, 3)), 1), (views(n, widths), 2), (views(2 * n, widths[::-1]), 3)]


MAXVAR = Exercise(
    id="nonlinear_cca.maxvar",
    title="the variables that all views can predict",
    reference=maxvar,
    cases=whitened_views,
    variants=("standard", "four"),
    agrees=up_to_sign,
    mistakes=[
        Mistake("length", "right directions, but of length one: their *variance* (with n - 1) should be one",
                when=lambda got, expected, views, k: up_to_sign(numbers(got) * np.sqrt(len(views[0]) - 1), expected)),
        Mistake("ddof", "almost: variance one with the divisor n - 1, not n",
                when=lambda got, expected, views, k: up_to_sign(numbers(got) * np.sqrt(1 - 1 / len(views[0])), expected)),
        Mistake("scores", "these are right up to their lengths: bring each to variance one",
                when=lambda got, expected, views, k: up_to_sign(numbers(got) / numbers(got).std(0, ddof=1), expected)),
        Mistake("last", "these are the variables that the views agree on *least*: take the largest singular values, or the last "
                "columns of eigh, which sorts upwards", when=lambda got, _, views, k: foreign(got, views) or any(
                    up_to_sign(numbers(got)[:, ::step], least_shared(views, k)) for step in (1, -1))),
        Mistake("rising", "right variables, in the wrong order: the one that the views agree on most comes first",
                when=lambda got, expected, *_: up_to_sign(numbers(got)[:, ::-1], expected)),
        Mistake("two-views", "only the first two views are in it",
                when=lambda got, _, views, k: len(views) > 2 and up_to_sign(got, maxvar(views[:2], k))),
        Mistake("sum", "the views were added up column by column; their columns have nothing to do with each other before they "
                "are aligned. Put them side by side",
                when=lambda got, _, views, k: any(up_to_sign(got, maxvar([sum(v[:, :d] for v in views)], min(k, d)))
                                                  for d in [min(v.shape[1] for v in views)])),
        Mistake("one-view", "this is one view alone; all of them must be in it",
                when=lambda got, _, views, k: any(up_to_sign(got, maxvar([v], k)) or up_to_sign(got, v[:, :k]) for v in views)),
    ],
    hints=(
        "Every view is white already. Put all their columns side by side: which direction of this wide matrix varies most?",
        "np.linalg.svd(np.hstack(views), full_matrices=False): its first k left singular vectors are the variables, of "
        "length one. How long must they be for variance one?",
        "U, s, Vt = np.linalg.svd(np.hstack(views), full_matrices=False)\nreturn U[:, :k] * …",
    ),
)  # fmt: skip
