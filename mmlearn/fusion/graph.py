"""Modalities as a graph: regions, words and frames are nodes, and tell each other what they know."""

import functools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmlearn.fusion.base import keep
from mmlearn.fusion.steps import Attending
from mmlearn.layers import GraphAttention, MessagePassing

WITHIN = ("chain", "all", "none")


class Graph(Attending):
    """Every step of every modality is a node, h_t = W_m x_t + b_m; layers of message passing; the mean of all nodes, projected.

    H ← LayerNorm(H + ReLU(layer(H, A)))        in every layer, so that a node stays itself
    h = W · mean over nodes of H + b

    Between modalities every node is joined to every other. A missing modality, and what lies beyond the end of a sequence, are
    nodes without edges that the mean leaves out. The layer is `MessagePassing`, so neighbours count alike.

    Args:
        within: how the steps of one modality are joined: "chain" (each with the one before and the one after), "all", or "none".
        layers: how many.

    Raises:
        ValueError: an unknown `within`, or layers not a positive integer.
    """

    def __init__(self, dims: Sequence[int], out_dim: int, within: str = "chain", layers: int = 2):
        super().__init__(dims, out_dim)
        if within not in WITHIN:
            raise ValueError(f"within is {within!r}; accepted are {', '.join(map(repr, WITHIN))}")
        if not isinstance(layers, int) or layers < 1:
            raise ValueError(f"layers is {layers!r}; accepted is a positive integer")
        self.within = within
        self.layers = nn.ModuleList([self._layer(out_dim) for _ in range(layers)])
        self.norms = nn.ModuleList([nn.LayerNorm(out_dim) for _ in range(layers)])
        self.out = nn.Linear(out_dim, out_dim)

    def _layer(self, width: int) -> nn.Module:
        return MessagePassing(width, width)

    def _edges(self, real: list[Tensor]) -> Tensor:
        """What the layers are given: here how much each neighbour counts (batch, n, n), all alike."""
        edges = joined(real, self.within)
        return edges / edges.sum(2, keepdim=True).clamp(min=1)

    def _told(self, layer: nn.Module, nodes: Tensor, edges: Tensor) -> tuple[Tensor, Tensor]:
        """What a layer makes of the nodes, and how much each neighbour counted (batch, n, n)."""
        return layer(nodes, edges), edges

    def attend(self, hidden: list[Tensor], real: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Weights: for each layer (batch, n, n), how much node j counted for node i; nodes in the order of the modalities."""
        nodes, there = torch.cat(hidden, dim=1), torch.cat(real, dim=1)
        edges, counted = self._edges(real), []
        for layer, norm in zip(self.layers, self.norms, strict=True):
            told, weights = self._told(layer, nodes, edges)
            nodes = norm(nodes + told.relu())
            counted.append(weights)
        mean = keep(nodes, there[..., None]).sum(1) / there.sum(1, keepdim=True).clamp(min=1)
        return self.out(mean), counted


class AttentionGraph(Graph):
    """The same with graph attention: how much a neighbour counts is learned. Weights are the mean of the heads, itself included.

    Args:
        heads: of each layer; out_dim must be a multiple.
        within, layers: as of `Graph`.
    """

    def __init__(self, dims: Sequence[int], out_dim: int, within: str = "chain", layers: int = 2, heads: int = 1):
        self.heads = heads  # before the layers are made; a plain number, which a module lets through
        super().__init__(dims, out_dim, within, layers)

    def _layer(self, width: int) -> nn.Module:
        return GraphAttention(width, width, self.heads)

    def _edges(self, real: list[Tensor]) -> Tensor:
        return joined(real, self.within)

    def _told(self, layer: nn.Module, nodes: Tensor, edges: Tensor) -> tuple[Tensor, Tensor]:
        told, weights = layer(nodes, edges)
        return told, weights.mean(1)


def joined(real: Sequence[Tensor], within: str = "chain") -> Tensor:
    """Edges (batch, n, n) bool between the steps of all modalities, n of them together, from which are real, (batch, length_m)
    each: between modalities all, within one as said of `Graph`; none to itself, and none to or from what is not real."""
    there = torch.cat(list(real), dim=1)
    wanted = _pattern(tuple(r.shape[1] for r in real), within, there.device)
    return wanted & there[:, :, None] & there[:, None, :]


@functools.lru_cache(maxsize=64)  # the same for every batch of equal lengths
def _pattern(lengths: tuple[int, ...], within: str, device: torch.device) -> Tensor:
    """Edges (n, n) where all steps are real."""
    modality = torch.tensor([m for m, length in enumerate(lengths) for _ in range(length)], device=device)
    place = torch.tensor([t for length in lengths for t in range(length)], device=device)
    same, apart = modality[:, None] == modality, (place[:, None] - place).abs()
    inside = {"chain": apart == 1, "all": apart > 0, "none": torch.zeros_like(same)}[within]
    return torch.where(same, inside, True)
