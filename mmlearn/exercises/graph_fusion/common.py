"""What the checks of this chapter share: graphs at random, and answers of many kinds read alike."""

from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Mistake, compare
from mmlearn.exercises.engine.compare import plain

close = partial(compare.close, rtol=1e-4, atol=1e-5)
any_of = partial(compare.any_of, alike=close)
SIZES = {"standard": (2, 4, 3), "large": (5, 12, 8)}  # batch, nodes, width


def tensor(values: Any) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values))


def single(values: Any) -> Tensor:
    """float32, as all numbers of the chapter are: an answer may write edges.float()."""
    return tensor(values).float()


def random_edges(rng: np.random.Generator, *shape: int, symmetric: bool = False) -> Tensor:
    """(..., n, n) bool, about half of them true, none from a node to itself; nobody hears or is heard by the last node."""
    edges = rng.random((*shape, shape[-1])) < 0.5
    edges |= edges.swapaxes(-1, -2) if symmetric else False
    edges &= ~np.eye(shape[-1], dtype=bool)
    edges[..., -1, :] = edges[..., :, -1] = False
    edges[..., 0, 1] = True  # so that no graph is empty, and rows are not columns
    edges[..., 1, 0] = symmetric
    return tensor(edges)


def array(got: Any) -> np.ndarray:
    if got is None:  # which NumPy would make NaN
        raise TypeError("no answer")
    return np.asarray(plain(got), float)


def numbers_of(edges: Tensor, nodes: Tensor) -> Tensor:
    return edges.to(nodes.dtype)


def mean_heard(nodes: Tensor, A: Tensor) -> Tensor:
    """The mean of the neighbours by numbers A (..., n, n); zeros where there are none."""
    return A @ nodes / A.sum(-1, keepdim=True).clamp(min=1)


def own_edge(edges: Tensor) -> Tensor:
    return edges | torch.eye(edges.shape[-1], dtype=torch.bool)


NOT_A_NUMBER = Mistake(
    "nan", "NaN where a node hears nobody: zero divided by zero. Such a node gets zeros; is its number of neighbours at least 1 "
    "when you divide?",
    when=lambda got, *_: bool(np.isnan(array(got)).any()),
)  # fmt: skip
