"""The common space: the gap between two media, and classes by their prompts."""

import numpy as np

from mmlearn import align
from mmlearn.exercises.contrastive.common import (
    array,
)
from mmlearn.exercises.engine import Exercise, Mistake


def rows_to_one(A: np.ndarray) -> np.ndarray:
    return A / np.linalg.norm(A, axis=-1, keepdims=True)


def gap_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, d = {"standard": (6, 4), "large": (200, 64)}[variant]

    def cone(n: int) -> np.ndarray:
        return (rng.normal(size=(n, d)) + 1.5 * rng.normal(size=d)) * rng.uniform(0.3, 5, size=(n, 1))

    return [(np.array([[3.0, 0.0], [0.6, 0.8]]), np.array([[0.0, 2.0], [-1.0, 0.0]])), (cone(n), cone(n)), (cone(n + 3), cone(n))]


def mean_gap(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    return rows_to_one(A).mean(0) - rows_to_one(B).mean(0)


def between_means(A: np.ndarray, B: np.ndarray) -> float:
    """The cosine of the two means."""
    return float(rows_to_one(rows_to_one(A).mean(0)) @ rows_to_one(rows_to_one(B).mean(0)))


GAP = Exercise(
    id="contrastive.modality_gap",
    title="how far apart do the two media live?",
    reference=align.modality_gap,
    cases=gap_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("length", "the rows keep their lengths here, and a few long ones decide where the middle is. Bring each to "
                "length one "
                "first", wrong=lambda A, B: np.linalg.norm(A.mean(0) - B.mean(0))),
        Mistake("whole-length", "you divided by the length of the whole matrix. Every row has a length of its own",
                wrong=lambda A, B: np.linalg.norm((A / np.linalg.norm(A)).mean(0) - (B / np.linalg.norm(B)).mean(0))),
        Mistake("vector", "this is the difference of the two means, a vector. Its length is asked for",
                when=lambda got, expected, A, B: np.shape(got) == A.shape[1:]),
        Mistake("squared", "this is the squared length. The root is missing", wrong=lambda A, B: np.sum(mean_gap(A, B) ** 2)),
        Mistake("l1", "these are the absolute differences, added up. The Euclidean length is asked for",
                wrong=lambda A, B: np.abs(mean_gap(A, B)).sum()),
        Mistake("mean-distance", "this is how far a picture is from its own caption, on average. The gap is between the two "
                "*means*",
                when=lambda got, _, A, B: got is None if len(A) != len(B) else np.isclose(
                    got, np.linalg.norm(rows_to_one(A) - rows_to_one(B), axis=1).mean())),
        Mistake("unit-means", "the means were brought to length one too. Their lengths say how narrow each cloud is: leave them",
                wrong=lambda A, B: np.linalg.norm(rows_to_one(rows_to_one(A).mean(0)) - rows_to_one(rows_to_one(B).mean(0)))),
        Mistake("columns", "you divided each column by its length. Every *row* is a vector of its own: which axis runs along it?",
                wrong=lambda A, B: np.linalg.norm(rows_to_one(A.T).T.mean(0) - rows_to_one(B.T).T.mean(0))),
        Mistake("only-means", "only the means were brought to length one. It is the *rows* that need it, before the mean",
                wrong=lambda A, B: np.linalg.norm(rows_to_one(A.mean(0)) - rows_to_one(B.mean(0)))),
        Mistake("cut", "the longer one was cut to the length of the other. Nobody needs a partner here: each mean is over all "
                "its rows",
                when=lambda got, _, A, B: len(A) != len(B) and np.isclose(got, np.linalg.norm(
                    mean_gap(A[:min(len(A), len(B))], B[:min(len(A), len(B))])))),
        Mistake("cosine", "this is a cosine, or one minus it. The gap is a distance: the length of the difference",
                when=lambda got, _, A, B: any(np.isclose(got, v) for v in (between_means(A, B), 1 - between_means(A, B)))),
        Mistake("axis", "the mean was taken along each row. The middle of a cloud is the mean over its items",
                when=lambda got, _, A, B: got is None if len(A) != len(B) else np.isclose(
                    got, np.linalg.norm(rows_to_one(A).mean(1) - rows_to_one(B).mean(1)))),
    ],
    hints=(
        "Each medium is a cloud of points. Where is the middle of each?",
        "The middle is a mean over items, so it is a vector. Only directions count, so lengths have to go *before* it. The "
        "gap is "
        "the Euclidean length of what lies between the two middles.",
        "A = A / np.linalg.norm(A, axis=…, keepdims=True)\nB = …\nreturn float(np.linalg.norm(A.mean(axis=…) - …))",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def class_means(prompts: np.ndarray) -> np.ndarray:
    return rows_to_one(rows_to_one(prompts).mean(axis=1))


def zero_shot(images: np.ndarray, prompts: np.ndarray) -> np.ndarray:
    """`align.zero_shot` and its argmax."""
    return (rows_to_one(images) @ class_means(prompts).T).argmax(axis=1)


def zero_shot_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Prompts of very unequal lengths, and classes whose prompts agree more or less."""
    n, classes, p, d = {"standard": (60, 5, 4, 6), "large": (400, 12, 6, 24)}[variant]
    made = []
    for _ in range(2):
        spread = rng.uniform(0.1, 2.5, size=(classes, 1, 1))
        prompts = rng.normal(size=(classes, 1, d)) + spread * rng.normal(size=(classes, p, d))
        lengths = rng.uniform(0.1, 6, size=(classes, p, 1))
        made.append((rng.normal(size=(n, d)) * rng.uniform(0.3, 3, size=(n, 1)), rows_to_one(prompts) * lengths))
    tiny = (np.array([[1.0, 0.2], [0.1, 2.0]]), np.array([[[1.0, 0.0], [2.0, 0.4]], [[0.0, 1.0], [0.3, 1.0]]]))
    return [tiny, *made]


ZERO_SHOT = Exercise(
    id="contrastive.zero_shot",
    title="classify with words",
    reference=zero_shot,
    cases=zero_shot_cases,
    variants=("standard", "large"),
    agrees=lambda got, expected: array(got).dtype.kind in "iu" and np.array_equal(array(got), expected),
    mistakes=[
        Mistake("floats", "right, but not whole numbers, which were asked for: the number of a class also serves as an index",
                when=lambda got, expected, *_: array(got).dtype.kind not in "iu" and np.array_equal(array(got), expected)),
        Mistake("values", "these are the largest cosines themselves. Asked for is which class has them: argmax, not max",
                when=lambda got, expected, images, prompts: any(
                    np.allclose(array(got), (i @ class_means(prompts).T).max(1)) for i in (images, rows_to_one(images)))),
        Mistake("flattened", "these are numbers of prompts, not of classes: all prompts stood in one row. (And not the single "
                "best "
                "prompt decides, but the mean of its class's prompts.)",
                when=lambda got, _, images, prompts: np.array_equal(
                    array(got), (images @ rows_to_one(prompts).reshape(-1, prompts.shape[-1]).T).argmax(1))),
        Mistake("norm-axis", "the lengths were taken along the wrong axis. A prompt's numbers run along the *last* axis",
                when=lambda got, _, images, prompts: any(np.array_equal(array(got), (images @ rows_to_one(
                    (prompts / np.linalg.norm(prompts, axis=axis, keepdims=True)).mean(1)).T).argmax(1)) for axis in (0, 1))),
        Mistake("scores", "these are the scores of all classes. The number of the best one is asked for, one for each picture",
                when=lambda got, expected, images, prompts: np.shape(got) == (len(images), len(prompts))),
        Mistake("prompt-length", "long prompts outweigh short ones. Bring every prompt to length one before the mean",
                when=lambda got, _, images, prompts: any(np.array_equal(got, v) for v in (
                    (images @ rows_to_one(prompts.mean(1)).T).argmax(1), (images @ prompts.mean(1).T).argmax(1)))),
        Mistake("class-length", "the mean of a class's prompts is shorter where they disagree, and such a class can hardly "
                "win. Bring "
                "the means to length one too", wrong=lambda i, p: (i @ rows_to_one(p).mean(1).T).argmax(1)),
        Mistake("best-prompt", "here the single best prompt of a class decides. The mean of its prompts is asked for",
                when=lambda got, _, i, p: any(np.array_equal(got, np.einsum("nk,cpk->ncp", i, q).max(2).argmax(1))
                                              for q in (p, rows_to_one(p)))),
        Mistake("first-prompt", "only one prompt of each class was used", when=lambda got, _, i, p: any(
            np.array_equal(got, (i @ rows_to_one(p)[:, k].T).argmax(1)) for k in (0, -1))),
        Mistake("least", "this is the least similar class", wrong=lambda i, p: (i @ class_means(p).T).argmin(1)),
        Mistake("per-class", "for each class the best picture: the other way round. For each picture the best class is asked for",
                wrong=lambda i, p: (i @ class_means(p).T).argmax(0)),
        Mistake("axis", "the mean ran over the classes. Axis 0 of prompts counts classes, axis 1 the prompts of a class",
                when=lambda got, _, i, p: np.array_equal(got, (i @ rows_to_one(rows_to_one(p).mean(0)).T).argmax(1))),
    ],
    hints=(
        "Each class needs one vector. What is a good summary of several sentences that say the same?",
        "prompts has three axes: classes, prompts, numbers. Along which do you measure a length, along which take the mean? With "
        "one vector a class, one product gives all scores (n, classes). The pictures' lengths change no argmax.",
        "prompts = prompts / np.linalg.norm(prompts, axis=-1, keepdims=True)\nclasses = prompts.mean(axis=…)\nclasses = "
        "classes / …\n"
        "return (images @ …).argmax(axis=…)",
    ),
)  # fmt: skip
