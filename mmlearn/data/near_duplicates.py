"""Which pictures are the same again: another size, colour, rotation or mirror image, another of a series, or the same
words."""

import re
from collections.abc import Sequence

import numpy as np
from PIL import Image
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from mmlearn.data.svg_text import normal

SIDE = 24
ALIKE = 0.975
ALIKE_AND_NAMED = 0.9
_VARIANT = re.compile(
    r"[_-]?(\d+[a-z]?|(?<![a-z])(bw|simple|outlined?|filled|mirror|left|right|small|large|colou?r)|md)$", re.IGNORECASE
)


def sketch(picture: np.ndarray) -> np.ndarray:
    """What is left of a picture without colour and detail: grey, `SIDE` x `SIDE`, mean 0, length 1.

    Args:
        picture: uint8 (3, H, W).

    Returns:
        float32 (SIDE, SIDE). The dot product of two is the correlation of their grey values.
    """
    grey = Image.fromarray(picture.mean(0).astype(np.uint8)).resize((SIDE, SIDE), Image.Resampling.BOX)
    small = np.asarray(grey, dtype=np.float32)
    small = small - small.mean()
    return small / max(float(np.linalg.norm(small)), 1e-6)


def alike(sketches: np.ndarray) -> np.ndarray:
    """The correlation of every two pictures, the best over turning and mirroring one of them.

    Args:
        sketches: float32 (n, SIDE, SIDE).

    Returns:
        float32 (n, n).
    """
    n = len(sketches)
    flat, best = sketches.reshape(n, -1), np.full((n, n), -1, dtype=np.float32)
    for mirrored in (sketches, sketches[:, :, ::-1]):
        for quarter in range(4):
            np.maximum(best, flat @ np.rot90(mirrored, quarter, (1, 2)).reshape(n, -1).T, out=best)
    return best


def groups(ids: Sequence[str], captions: Sequence[str], sketches: np.ndarray) -> np.ndarray:
    """Put into one group what is alike, directly or by way of others.

    Two items are alike if their captions are the same words, if their file names in one folder differ only by a
    number or a word such as `bw`, if their pictures correlate by `ALIKE`, or by `ALIKE_AND_NAMED` while their
    captions share a word.

    Args:
        ids: paths without suffix.
        captions: their English captions.
        sketches: float32 (n, SIDE, SIDE), see `sketch`.

    Returns:
        int (n,), numbers of groups in order of first appearance.
    """
    words = [normal(caption) for caption in captions]
    shown = alike(sketches)
    rows, columns = np.nonzero(np.triu(shown >= ALIKE_AND_NAMED, 1))
    sets = [set(one.split()) for one in words]
    linked = [(i, j) for i, j in zip(rows, columns, strict=True) if shown[i, j] >= ALIKE or sets[i] & sets[j]]
    linked += [*_same(words), *_same([series(id) for id in ids])]
    first, second = np.array(linked).T if linked else np.empty((2, 0), dtype=int)
    graph = csr_array((np.ones(len(first)), (first, second)), shape=(len(ids), len(ids)))
    return connected_components(graph, directed=False)[1]


def series(id: str) -> str:
    """The path of a file without what tells it from others of its series: numbers and words such as `bw`.

    >>> series("animals/crawfish1_bw"), series("food/apple_02")
    ('animals/crawfish', 'food/apple')
    """
    folder, _, stem = id.rpartition("/")
    previous = None
    while stem != previous:
        previous, stem = stem, _VARIANT.sub("", stem) or stem
    return f"{folder}/{stem.lower()}"


def _same(keys: Sequence[str]) -> list[tuple[int, int]]:
    """Links from the first item of each key to the others."""
    first: dict[str, int] = {}
    return [(first[key], number) for number, key in enumerate(keys) if first.setdefault(key, number) != number]
