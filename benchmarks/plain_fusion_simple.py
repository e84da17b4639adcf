"""The simple fusions as one would write them down for a paper: no masks, no checks. What ours are timed against."""

import torch
from torch import Tensor, nn
from torch.nn import functional


def network(width: int, out_dim: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, out_dim), nn.ReLU(), nn.Linear(out_dim, out_dim))


class Early(nn.Module):
    def __init__(self, dims: list[int], out_dim: int):
        super().__init__()
        self.network = network(sum(dims), out_dim)

    def forward(self, *views: Tensor) -> Tensor:
        return self.network(torch.cat(views, dim=1))


class Late(nn.Module):
    def __init__(self, dims: list[int], out_dim: int):
        super().__init__()
        self.networks = nn.ModuleList([network(d, out_dim) for d in dims])

    def forward(self, *views: Tensor) -> Tensor:
        return sum(network(x) for network, x in zip(self.networks, views, strict=True)) / len(views)


class Concat(nn.Module):
    def __init__(self, dims: list[int], out_dim: int):
        super().__init__()
        self.project = nn.Linear(sum(dims), out_dim)

    def forward(self, *views: Tensor) -> Tensor:
        return self.project(torch.cat(views, dim=1))


class Projected(nn.Module):
    """A linear layer a modality; subclasses bring the h together."""

    def __init__(self, dims: list[int], out_dim: int, bias: bool = True):
        super().__init__()
        self.project = nn.ModuleList([nn.Linear(d, out_dim, bias=bias) for d in dims])

    def forward(self, *views: Tensor) -> Tensor:
        return self.combine(torch.stack([project(x) for project, x in zip(self.project, views, strict=True)]))


class Joint(Projected):
    def __init__(self, dims: list[int], out_dim: int):
        super().__init__(dims, out_dim, bias=False)
        self.bias = nn.Parameter(torch.zeros(out_dim))

    def combine(self, h: Tensor) -> Tensor:
        return torch.relu(h.sum(0) + self.bias)


class Sum(Projected):
    def combine(self, h: Tensor) -> Tensor:
        return h.sum(0)


class Mean(Projected):
    def combine(self, h: Tensor) -> Tensor:
        return h.mean(0)


class Max(Projected):
    def combine(self, h: Tensor) -> Tensor:
        return h.amax(0)


class Product(Projected):
    def __init__(self, dims: list[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.out = nn.Linear(out_dim, out_dim)

    def combine(self, h: Tensor) -> Tensor:
        return self.out(h.tanh().prod(0))


class Weighted(Projected):
    def __init__(self, dims: list[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.logits = nn.Parameter(torch.zeros(len(dims)))

    def combine(self, h: Tensor) -> Tensor:
        return (self.logits.softmax(0)[:, None, None] * h).sum(0)


class Similarity(Projected):
    def combine(self, h: Tensor) -> Tensor:
        unit = functional.normalize(h, dim=2)  # (modalities, batch, width)
        cosines = torch.einsum("mbd,kbd->bmk", unit, unit)
        agreement = (cosines.sum(2) - 1) / (len(h) - 1)  # each one's cosine with itself is 1
        return torch.einsum("bm,mbd->bd", agreement.softmax(1), h)


PLAIN = {
    "early": Early, "late": Late, "concat": Concat, "joint": Joint, "sum": Sum, "mean": Mean, "max": Max, "product": Product,
    "weighted": Weighted, "similarity": Similarity,
}  # fmt: skip
