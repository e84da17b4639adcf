"""Tensor, low-rank, bilinear and compact bilinear fusion as one would write them down from the papers: to compare times with."""

import torch
from torch import nn
from torch.nn import functional


def ones(x):
    return torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1)


class Embedded(nn.Module):
    def __init__(self, dims, width):
        super().__init__()
        self.project = nn.ModuleList([nn.Linear(d, width) for d in dims])

    def embed(self, xs):
        return [torch.tanh(project(x)) for project, x in zip(self.project, xs, strict=True)]


class TensorFusion(Embedded):
    """The outer product of all, then a linear layer (Zadeh et al. 2017)."""

    def __init__(self, dims, out_dim, width=32):
        super().__init__(dims, width)
        self.out = nn.Linear((width + 1) ** len(dims), out_dim)

    def forward(self, *xs):
        first, *others = [ones(h) for h in self.embed(xs)]
        product = first
        for h in others:
            product = torch.bmm(product.unsqueeze(2), h.unsqueeze(1)).flatten(1)
        return self.out(product)


class LowRank(Embedded):
    """One factor (rank, width + 1, out_dim) a modality (Liu et al. 2018)."""

    def __init__(self, dims, out_dim, rank=4, width=32):
        super().__init__(dims, width)
        self.factors = nn.ParameterList([nn.init.xavier_normal_(torch.empty(rank, width + 1, out_dim)) for _ in dims])

    def forward(self, *xs):
        product = 1
        for h, factor in zip(self.embed(xs), self.factors, strict=True):
            product = product * torch.matmul(ones(h), factor)  # (rank, batch, out_dim)
        return product.sum(0)


class Bilinear(Embedded):
    """torch's bilinear layer for each pair, and a linear one."""

    def __init__(self, dims, out_dim, width=32):
        super().__init__(dims, width)
        self.pairs = [(a, b) for b in range(len(dims)) for a in range(b)]
        self.products = nn.ModuleList([nn.Bilinear(width, width, out_dim, bias=False) for _ in self.pairs])
        self.own = nn.Linear(width * len(dims), out_dim)

    def forward(self, *xs):
        h = self.embed(xs)
        result = self.own(torch.cat(h, dim=1))
        for (a, b), product in zip(self.pairs, self.products, strict=True):
            result = result + product(h[a], h[b])
        return result


class CompactBilinear(nn.Module):
    """Sketches by index_add, convolved through their Fourier transforms (Gao et al. 2016; Fukui et al. 2016)."""

    def __init__(self, dims, out_dim, size=1024):
        super().__init__()
        self.size = size
        self.places = [torch.randint(size, (d + 1,)) for d in dims]
        self.signs = [2.0 * torch.randint(2, (d + 1,)) - 1 for d in dims]
        self.out = nn.Linear(size, out_dim)

    def forward(self, *xs):
        product = 1
        for x, places, signs in zip(xs, self.places, self.signs, strict=True):
            z = ones(functional.normalize(x, dim=1))
            sketch = torch.zeros(len(x), self.size).index_add(1, places, z * signs)
            product = product * torch.fft.rfft(sketch)
        pooled = torch.fft.irfft(product, n=self.size)
        return self.out(functional.normalize(torch.sign(pooled) * torch.sqrt(pooled.abs() + 1e-8), dim=1))


PLAIN = {
    "tensor": TensorFusion,
    "low_rank": LowRank,
    "bilinear": Bilinear,
    "compact_bilinear": CompactBilinear,
}
