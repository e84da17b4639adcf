"""Fusion by graphs as one would write it down from the papers, one node a modality, all joined: no masks, no checks, no edges to
look up. What ours are timed against."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional


class Sage(nn.Module):
    """GraphSAGE with the mean aggregator (Hamilton, Ying & Leskovec 2017, algorithm 1): W · [own, mean of the others]."""

    def __init__(self, width: int):
        super().__init__()
        self.linear = nn.Linear(2 * width, width)

    def forward(self, h: Tensor, adjacency: Tensor) -> Tensor:
        mean = adjacency @ h / adjacency.sum(1, keepdim=True)
        return self.linear(torch.cat([h, mean], dim=2))


class Gat(nn.Module):
    """One head of graph attention (Veličković et al. 2018, equations 1 to 4), dense."""

    def __init__(self, width: int):
        super().__init__()
        self.W, self.bias = nn.Linear(width, width, bias=False), nn.Parameter(torch.zeros(width))
        self.a = nn.Linear(2 * width, 1, bias=False)

    def forward(self, h: Tensor, adjacency: Tensor) -> Tensor:
        z = self.W(h)
        looking, said = self.a.weight[0].chunk(2)
        e = functional.leaky_relu((z @ looking)[:, :, None] + (z @ said)[:, None, :], 0.2)
        alpha = e.masked_fill(adjacency == 0, float("-inf")).softmax(2)
        return alpha @ z + self.bias


class Nodes(nn.Module):
    """One node a modality; two layers, each with a skip and a LayerNorm; the mean of the nodes."""

    def __init__(self, dims: list[int], out_dim: int, layer: Callable[[int], nn.Module], own: bool):
        super().__init__()
        self.project = nn.ModuleList(nn.Linear(d, out_dim) for d in dims)
        self.layers = nn.ModuleList(layer(out_dim) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(out_dim) for _ in range(2))
        self.out = nn.Linear(out_dim, out_dim)
        n = len(dims)
        self.register_buffer("adjacency", torch.ones(n, n) if own else torch.ones(n, n) - torch.eye(n))

    def forward(self, *views: Tensor) -> Tensor:
        h = torch.stack([project(x) for project, x in zip(self.project, views, strict=True)], dim=1)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            h = norm(h + torch.relu(layer(h, self.adjacency)))
        return self.out(h.mean(1))


PLAIN: dict[str, Callable[[list[int], int], nn.Module]] = {
    "graph": lambda dims, out_dim: Nodes(dims, out_dim, Sage, own=False),
    "graph_attention": lambda dims, out_dim: Nodes(dims, out_dim, Gat, own=True),
}
