"""Who hears whom, and the mean of what is heard."""

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.graph_fusion.common import (
    NOT_A_NUMBER,
    SIZES,
    any_of,
    array,
    mean_heard,
    numbers_of,
    own_edge,
    random_edges,
    single,
    tensor,
)
from mmlearn.fusion.graph import joined


def join_nodes(first: Tensor, second: Tensor) -> Tensor:
    """The library's, for two modalities."""
    return joined([first, second])


def join_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """All real; padding at the end; holes; a modality that is missing altogether."""
    batch, p, q = {"standard": (2, 3, 4), "large": (6, 9, 12)}[variant]
    ones = torch.ones(1, 2, dtype=torch.bool), torch.ones(1, 3, dtype=torch.bool)
    lengths = rng.integers(1, q, batch)
    padded = tensor(np.arange(q) < lengths[:, None])
    padded[0, 2:] = False
    holes = tensor(rng.random((batch, p)) < 0.6)
    holes[0] = tensor(np.arange(p) != 1)
    full, other = torch.ones(batch, p, dtype=torch.bool), torch.ones(batch, q, dtype=torch.bool)
    return [ones, (full, padded), (holes, other), (full, ~other)]


def _parts(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Across and chain (n, n), and which pairs are real (batch, n, n)."""
    real = torch.cat([first, second], dim=1)
    number = torch.arange(real.shape[1])
    of_first = number < first.shape[1]
    apart = number - number[:, None]
    return of_first[:, None] != of_first, apart, real[:, :, None] & real[:, None]


def _directed(first: Tensor, second: Tensor, step: int) -> Tensor:
    across, apart, real = _parts(first, second)
    return (across | (apart == step)) & real


def _one_way_across(first: Tensor, second: Tensor, of_first: bool) -> Tensor:
    across, apart, real = _parts(first, second)
    heard = torch.arange(real.shape[1]) < first.shape[1]
    row = heard[:, None] if of_first else ~heard[:, None]
    return ((across & row) | ((apart.abs() == 1) & ~across)) & real


def _half_real(first: Tensor, second: Tensor, dim: int) -> Tensor:
    across, apart, _ = _parts(first, second)
    return (across | (apart.abs() == 1)) & torch.cat([first, second], dim=1).unsqueeze(dim)


def _unmasked(first: Tensor, second: Tensor) -> Tensor:
    across, apart, real = _parts(first, second)
    return (across | (apart.abs() == 1)).expand(real.shape)


def _close_holes(first: Tensor, second: Tensor) -> Tensor:
    """The chain goes on over what is missing."""
    across, _, real = _parts(first, second)
    made = across & real
    for b, row in enumerate((first, second)):
        for k, there in enumerate(row):
            at = there.nonzero()[:, 0] + b * first.shape[1]
            made[k, at[:-1], at[1:]] = made[k, at[1:], at[:-1]] = True
    return made


JOIN = Exercise(
    id="graph_fusion.join_nodes",
    title="across all, within a chain, padding alone",
    reference=join_nodes,
    cases=join_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("padding", "what is not real is joined all the same. An edge needs both of its ends",
                wrong=_unmasked),
        Mistake("half-masked", "padding is taken out of the rows or of the columns only: it still hears, or is still heard. "
                "Both, please", when=any_of(*(lambda a, b, d=d: _half_real(a, b, d) for d in (1, 2)))),
        Mistake("itself", "nodes hear themselves. The diagonal is false",
                when=any_of(lambda a, b: own_edge(join_nodes(a, b)),
                            lambda a, b: join_nodes(a, b) | (_parts(a, b)[1] == 0) & _parts(a, b)[2])),
        Mistake("directed", "the chain runs one way only. A node hears the one before it *and* the one after it",
                when=any_of(*(lambda a, b, s=s: _directed(a, b, s) for s in (1, -1)))),
        Mistake("one-way", "one modality hears the other, but not the other way round",
                when=any_of(*(lambda a, b, f=f: _one_way_across(a, b, f) for f in (True, False)))),
        Mistake("all", "within a modality all hear all. There it is a chain: the one before and the one after",
                when=any_of(lambda a, b: joined([a, b], "all"), lambda a, b: own_edge(joined([a, b], "all")),
                            lambda a, b: _parts(a, b)[2])),
        Mistake("none", "within a modality nobody hears anybody. There they form a chain",
                wrong=lambda a, b: joined([a, b], "none")),
        Mistake("no-across", "the two modalities do not hear each other",
                when=any_of(lambda a, b: join_nodes(a, b) & ~_parts(a, b)[0],
                            lambda a, b: (_parts(a, b)[1].abs() == 1) & _parts(a, b)[2])),
        Mistake("inverted", "turned round: true stands where there is no edge",
                when=any_of(lambda a, b: ~join_nodes(a, b), lambda a, b: ~join_nodes(a, b) & _parts(a, b)[2])),
        Mistake("bridged", "over a node that is missing the chain goes on. Here it breaks: one before and one after by their "
                "places, not among those that are left", wrong=_close_holes),
    ],
    hints=(
        "Three questions for a pair of nodes: are they of different modalities? are their places one apart? are both real?",
        "number = torch.arange(n) as a column against itself as a row answers the first two for all pairs at once, (n, n). The "
        "third is (batch, n, n): the real ones as a column and as a row. Combine them with | and &.",
        "number = torch.arange(n)\nacross = (number < p)[:, None] != …\nchain = (number[:, None] - number).abs() == …\n"
        "real = torch.cat([first, second], dim=1)\nreturn (across | chain) & real[:, :, None] & …",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def neighbour_mean(nodes: Tensor, edges: Tensor) -> Tensor:
    return mean_heard(nodes, numbers_of(edges, nodes))


def mean_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Graphs of several sizes, in each of which one node hears nobody."""
    batch, n, d = SIZES[variant]
    tiny = single([[[1.0, 2.0], [3.0, 4.0], [5.0, 10.0], [7.0, -1.0]]]), torch.zeros(1, 4, 4, dtype=torch.bool)
    for i, j in ((0, 1), (0, 2), (1, 0), (1, 2), (2, 1)):
        tiny[1][0, i, j] = True
    made = [tiny]
    for _ in range(2):
        made.append((single(rng.normal(size=(batch, n, d)) + 1), random_edges(rng, batch, n)))
    return made


def _with_own(nodes: Tensor, edges: Tensor) -> Tensor:
    return neighbour_mean(nodes, own_edge(edges))


def _sum(nodes: Tensor, edges: Tensor) -> Tensor:
    return numbers_of(edges, nodes) @ nodes


def _transposed(nodes: Tensor, edges: Tensor) -> Tensor:
    return neighbour_mean(nodes, edges.transpose(1, 2))


def _columns(nodes: Tensor, edges: Tensor) -> Tensor:
    A = numbers_of(edges, nodes)
    return A @ nodes / A.sum(1).clamp(min=1)[..., None]


def _loud(nodes: Tensor, edges: Tensor) -> Tensor:
    """As if each were divided by how many hear it: the degree on the wrong side."""
    A = numbers_of(edges, nodes)
    return (A / A.sum(1, keepdim=True).clamp(min=1)) @ nodes


def _common(nodes: Tensor, edges: Tensor) -> Tensor:
    return _sum(nodes, edges) / edges.sum((1, 2), keepdim=True)


def _hearing(edges: Tensor) -> np.ndarray:
    """(batch, n): which nodes hear anybody."""
    return np.asarray(edges.any(2))


MEAN = Exercise(
    id="graph_fusion.neighbour_mean",
    title="the mean of those a node hears",
    reference=neighbour_mean,
    cases=mean_cases,
    variants=("standard", "large"),
    mistakes=[
        NOT_A_NUMBER,
        Mistake("sum", "these are sums. Each is to be divided by how many neighbours its node has", wrong=_sum),
        Mistake("of-all", "divided by the number of all nodes, or of all real edges. Each node has a number of neighbours of "
                "its own",
                when=any_of(lambda h, e: _sum(h, e) / h.shape[1], lambda h, e: _sum(h, e) / (h.shape[1] - 1), _common)),
        Mistake("itself", "the node itself is in its own mean. Only those that it hears", wrong=_with_own),
        Mistake("transposed", "turned round: this is the mean of those that *hear* node i. Row i of edges says whom i hears",
                wrong=_transposed),
        Mistake("degree", "divided by the wrong count: how many nodes hear it (a column of edges) instead of how many it "
                "hears (a "
                "row)", when=any_of(_columns, _loud)),
        Mistake("everyone", "the edges were not used: this is the mean of all nodes",
                when=any_of(lambda h, e: h.mean(1, keepdim=True).expand(h.shape))),
        Mistake("one-count", "right, but for nodes without neighbours: they get zeros",
                when=lambda got, expected, h, e: np.allclose(array(got)[_hearing(e)], array(expected)[_hearing(e)], atol=1e-6)),
    ],
    hints=(
        "A row of edges, as zeros and ones, times the matrix of nodes: what is that?",
        "edges as numbers @ nodes are sums over neighbours, for the whole batch at once. How many were summed is the sum of a "
        "row "
        "of edges; keep its axis so that it divides rows, and let it be at least 1.",
        "A = edges.to(nodes.dtype)\nreturn A @ … / A.sum(dim=…, keepdim=True).clamp(min=…)",
    ),
)  # fmt: skip
