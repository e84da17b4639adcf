"""Edges of several kinds, each with weights of its own."""

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.graph_fusion.common import (
    NOT_A_NUMBER,
    SIZES,
    any_of,
    mean_heard,
    numbers_of,
    random_edges,
    single,
    tensor,
)


def relational(nodes: Tensor, edges: Tensor, W: Tensor, V: Tensor) -> Tensor:
    """Schlichtkrull et al. (2018), "Modeling relational data with graph convolutional networks", ESWC, equation 2, without the
    activation, each kind normalised by its own number of neighbours."""
    return nodes @ W + torch.einsum("kbnd,kde->bne", mean_heard(nodes, numbers_of(edges, nodes)), V)


def relational_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """One small graph of two kinds; larger ones of two and of three, whose edges may be of several kinds at once."""
    batch, n, d = SIZES[variant]
    made = []
    for kinds, b, m, width in ((2, 1, 3, 2), (2, batch, n, d), (3, batch, n, d)):
        edges = torch.stack([random_edges(rng, b, m) for _ in range(kinds)])
        edges[0] |= edges[1] & tensor(rng.random((b, m, m)) < 0.5)
        nodes, W, V = (single(rng.normal(size=shape)) for shape in ((b, m, width), (width, width + 1), (kinds, width, width + 1)))
        made.append((nodes, edges, W, V))
    return made


def _together(nodes: Tensor, edges: Tensor, W: Tensor, V: Tensor) -> Tensor:
    """Divided by the neighbours of all kinds."""
    A = numbers_of(edges, nodes)
    heard = A @ nodes / A.sum((0, 3)).clamp(min=1)[..., None]
    return nodes @ W + torch.einsum("kbnd,kde->bne", heard, V)


def _heard(nodes: Tensor, edges: Tensor, V: Tensor) -> Tensor:
    return torch.einsum("kbnd,kde->bne", mean_heard(nodes, numbers_of(edges, nodes)), V)


RELATIONAL = Exercise(
    id="graph_fusion.relational",
    title="a mean and a matrix for every kind of edge",
    reference=relational,
    cases=relational_cases,
    variants=("standard", "large"),
    mistakes=[
        NOT_A_NUMBER,
        Mistake("no-own", "the node itself is missing: W h", when=any_of(lambda h, e, W, V: _heard(h, e, V))),
        Mistake("sum", "sums instead of means: each kind divides by its own number of neighbours",
                when=any_of(lambda h, e, W, V: h @ W + torch.einsum("kbnd,kde->bne", numbers_of(e, h) @ h, V))),
        Mistake("together", "divided by the neighbours of all kinds together. Each kind has its own mean, or the rare ones drown",
                when=any_of(_together)),
        Mistake("one-kind", "only one kind of edge is heard", when=any_of(
            *(lambda h, e, W, V, k=k: h @ W + _heard(h, e[k : k + 1] if k >= 0 else e[-1:], V[k : k + 1] if k >= 0 else V[-1:])
              for k in (0, -1)))),
        Mistake("one-matrix", "all kinds go through one matrix. V has one for each kind",
                when=any_of(*(lambda h, e, W, V, k=k: h @ W + _heard(h, e, V[k].expand(V.shape)) for k in (0, -1)),
                            lambda h, e, W, V: h @ W + _heard(h, e, V.mean(0).expand(V.shape)))),
        Mistake("merged", "the kinds were put into one graph first. They stay apart",
                when=any_of(lambda h, e, W, V: h @ W + _heard(h, e.any(0, keepdim=True).expand(e.shape), V))),
        Mistake("mean-of-kinds", "the kinds were averaged. They are added",
                when=any_of(lambda h, e, W, V: h @ W + _heard(h, e, V) / len(V))),
        Mistake("transposed", "edges were read the wrong way round: row i says whom i hears",
                when=any_of(lambda h, e, W, V: relational(h, e.transpose(2, 3), W, V))),
        Mistake("own-each-kind", "W h was added once for every kind. Once is enough",
                when=any_of(lambda h, e, W, V: len(V) * (h @ W) + _heard(h, e, V))),
    ],
    hints=(
        "Exercise 2 for each kind, each followed by its own matrix. What is added to all of them?",
        "edges as numbers @ nodes already works for all kinds at once: (kinds, batch, n, n) @ (batch, n, d). Divide by the "
        "row sums. "
        "A loop over kinds, or torch.einsum, brings in V.",
        "A = edges.to(nodes.dtype)\nheard = A @ nodes / A.sum(dim=…, keepdim=True).clamp(min=1)  # (kinds, batch, n, d)\n"
        "result = nodes @ W\nfor k in range(len(V)):\n    result = result + heard[k] @ …\nreturn result",
    ),
)  # fmt: skip
