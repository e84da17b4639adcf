"""Layers on graphs: every node makes a new vector of its own and its neighbours'. Batched and dense: each batch row is a graph
with its own edges, nodes that are not there have no edges, and there is no loop.

What is common to them, Gilmer, Schoenholz, Riley, Vinyals and Dahl (2017), "Neural message passing for quantum chemistry", ICML,
call message passing: h_i ← update(h_i, sum or mean over neighbours j of message(h_i, h_j)).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


class GraphConvolution(nn.Module):
    """H ← D^(-1/2) (A + I) D^(-1/2) H W + b, D the degrees of A + I: each node the weighted mean of itself and its neighbours.

    Kipf and Welling (2017), "Semi-supervised classification with graph convolutional networks", ICLR, equation 2, without the
    activation. Node and neighbours go through one W, so in a graph where all are joined all nodes become the same.
    """

    def __init__(self, ins: int, outs: int):
        super().__init__()
        self.project = nn.Linear(ins, outs, bias=False)
        self.bias = nn.Parameter(torch.zeros(outs))

    def forward(self, nodes: Tensor, edges: Tensor) -> Tensor:
        """nodes (batch, n, ins), edges (batch, n, n) bool or weights, edges[:, i, j] from j to i -> (batch, n, outs)."""
        _check(nodes, edges)
        A = edges.to(nodes.dtype) + torch.eye(nodes.shape[1], dtype=nodes.dtype, device=nodes.device)
        scale = A.sum(2).rsqrt()  # (batch, n); a node is its own neighbour, so no degree is zero
        return scale[..., None] * (A @ (scale[..., None] * self.project(nodes))) + self.bias


class MessagePassing(nn.Module):
    """h_i ← W h_i + V · mean over neighbours j of h_j + b: a node keeps itself apart from what its neighbours say.

    Hamilton, Ying and Leskovec (2017), "Inductive representation learning on large graphs", NeurIPS (GraphSAGE, with its mean
    aggregator), without the activation. A node without neighbours hears zeros.
    """

    def __init__(self, ins: int, outs: int):
        super().__init__()
        self.own = nn.Linear(ins, outs)
        self.heard = nn.Linear(ins, outs, bias=False)

    def forward(self, nodes: Tensor, edges: Tensor) -> Tensor:
        """nodes (batch, n, ins), edges (batch, n, n) bool or weights, edges[:, i, j] from j to i -> (batch, n, outs)."""
        _check(nodes, edges)
        A = edges.to(nodes.dtype)
        degree = A.sum(2, keepdim=True)
        mean = A / torch.where(degree > 0, degree, 1) @ nodes
        # W h + V m as one product, which is quicker than two
        both = torch.cat([self.own.weight, self.heard.weight], dim=1)
        return functional.linear(torch.cat([nodes, mean], dim=2), both, self.own.bias)


class GraphAttention(nn.Module):
    """h_i ← Σ_j α_ij W h_j + b over i itself and its neighbours: how much each counts is learned.

    α_ij = softmax over j of LeakyReLU(a · W h_j + c · W h_i), slope 0.2; several heads side by side. Veličković, Cucurull,
    Casanova, Romero, Liò and Bengio (2018), "Graph attention networks", ICLR, without the activation.

    Args:
        ins, outs: widths; `outs` must be a multiple of `heads`.
        heads: how many, each of width outs / heads.

    Raises:
        ValueError: it is not.
    """

    def __init__(self, ins: int, outs: int, heads: int = 1):
        super().__init__()
        if heads < 1 or outs % heads:
            raise ValueError(f"outs is {outs} and heads {heads}; outs must be a multiple of heads")
        self.heads, width = heads, outs // heads
        self.project = nn.Linear(ins, outs, bias=False)
        self.said = nn.Parameter(nn.init.xavier_uniform_(torch.empty(heads, width)))  # a, of the node that is looked at
        self.looking = nn.Parameter(nn.init.xavier_uniform_(torch.empty(heads, width)))  # c, of the one that looks
        self.bias = nn.Parameter(torch.zeros(outs))

    def forward(self, nodes: Tensor, edges: Tensor) -> tuple[Tensor, Tensor]:
        """nodes (batch, n, ins), edges (batch, n, n) bool, edges[:, i, j] from j to i -> (batch, n, outs), and α
        (batch, heads, n, n), whose rows sum to 1."""
        _check(nodes, edges)
        if edges.dtype != torch.bool:
            raise ValueError(f"edges is {edges.dtype}; graph attention makes the weights itself and accepts bool")
        joined = (edges | torch.eye(nodes.shape[1], dtype=torch.bool, device=nodes.device))[:, None]  # (batch, 1, n, n)
        H = self.project(nodes).unflatten(2, (self.heads, -1)).transpose(1, 2)  # (batch, heads, n, width)
        looking, said = ((H * vector[:, None]).sum(3) for vector in (self.looking, self.said))  # (batch, heads, n) each
        scores = functional.leaky_relu(looking[..., None] + said[:, :, None], 0.2)  # (batch, heads, n, n)
        weights = scores.masked_fill(~joined, torch.finfo(scores.dtype).min).softmax(3)
        return (weights @ H).transpose(1, 2).flatten(2) + self.bias, weights


def _check(nodes: Tensor, edges: Tensor) -> None:
    if nodes.ndim != 3 or edges.shape != (*nodes.shape[:2], nodes.shape[1]):
        got = f"nodes has shape {tuple(nodes.shape)}, edges {tuple(edges.shape)}"
        raise ValueError(f"{got}; accepted are (batch, n, d) and (batch, n, n)")
