"""Zero-shot classification: a class is what its description lies near to, so nothing is trained for it.

Radford et al., 2021, "Learning transferable visual models from natural language supervision", section 3.1: the classes are
put into sentences (prompts), and several sentences a class are averaged in the common space.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmlearn.arrays import as_matrix
from mmlearn.evaluate import cosine_similarity


def class_vectors(prompts: Sequence[Any]) -> np.ndarray:
    """One vector of length 1 a class, (classes, k): the mean of its prompts, each made length 1 first.

    Args:
        prompts: for each class the embeddings (p, k) of its prompts, at least one; p may differ from class to class.

    Raises:
        ValueError: fewer than two classes, an unfit matrix, or unequal numbers of columns.
    """
    if len(prompts) < 2:
        raise ValueError(f"prompts has {len(prompts)} classes; accepted are at least 2, each with its embeddings (p, k)")
    found = [as_matrix(rows, f"prompts[{c}]") for c, rows in enumerate(prompts)]
    widths = sorted({rows.shape[1] for rows in found})
    if len(widths) > 1:
        raise ValueError(f"prompts have {widths} columns; accepted are equal numbers, of one space")
    return np.stack([_unit(_unit(rows).mean(axis=0)) for rows in found])


def zero_shot(images: Any, prompts: Sequence[Any]) -> np.ndarray:
    """The cosine of each picture with each class, (n, classes); its argmax is the answer.

    Args:
        images: embeddings (n, k) in the space of the prompts.
        prompts: see `class_vectors`.
    """
    return cosine_similarity(images, class_vectors(prompts))


def _unit(rows: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / np.where(length > 0, length, 1)
