"""The papers' gated and attending fusions in plain PyTorch, for equal work in timing: no masks, no missing, no checks.

`PLAIN[name](dims, out_dim)` is a module called with one (batch, d) or (batch, length, d) a modality.
"""

from collections.abc import Callable
from itertools import combinations

import torch
from torch import Tensor, nn
from torch.nn import functional


def steps(x: Tensor) -> Tensor:
    return x[:, None] if x.ndim == 2 else x


class Gates(nn.Module):
    """Arevalo et al. 2017, with gates that share out 1."""

    def __init__(self, dims: list[int], out_dim: int, each: int):
        super().__init__()
        self.say = nn.ModuleList(nn.Linear(d, out_dim) for d in dims)
        self.gate, self.each = nn.Linear(sum(dims), len(dims) * each), each

    def forward(self, *views: Tensor) -> Tensor:
        z = self.gate(torch.cat(views, 1)).view(len(views[0]), -1, self.each).softmax(1)
        return (z * torch.stack([torch.tanh(say(x)) for say, x in zip(self.say, views, strict=True)], 1)).sum(1)


class Projections(nn.Module):
    """One width for all modalities."""

    def __init__(self, dims: list[int], out_dim: int):
        super().__init__()
        self.project = nn.ModuleList(nn.Linear(d, out_dim) for d in dims)

    def forward(self, *views: Tensor) -> Tensor:
        return self.fuse([project(steps(x)) for project, x in zip(self.project, views, strict=True)])


class Additive(Projections):
    """Bahdanau, Cho & Bengio 2015."""

    def __init__(self, dims: list[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.a, self.b = (nn.Linear(out_dim, out_dim, bias=False) for _ in range(2))
        self.v, self.out = nn.Linear(out_dim, 1, bias=False), nn.Linear(out_dim, out_dim)

    def fuse(self, hidden: list[Tensor]) -> Tensor:
        h = torch.cat(hidden, 1)
        q = h.mean(1, keepdim=True)
        alpha = self.v(torch.tanh(self.a(h) + self.b(q))).softmax(1)
        return self.out(torch.relu((q + alpha.mT @ h)[:, 0]))


class Crossing(Projections):
    """Tsai et al. 2019, one layer and one head: each modality asks, the others side by side are looked at."""

    def __init__(self, dims: list[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.query, self.value, self.own, self.out = (nn.Linear(out_dim, out_dim) for _ in range(4))
        self.key, self.found = (nn.Linear(out_dim, out_dim, bias=False) for _ in range(2))

    def fuse(self, hidden: list[Tensor]) -> Tensor:
        means = []
        for m, h in enumerate(hidden):
            others = torch.cat([x for n, x in enumerate(hidden) if n != m], 1)
            found = functional.scaled_dot_product_attention(self.query(h), self.key(others), self.value(others))
            means.append(torch.relu(self.own(h) + self.found(found)).mean(1))
        return self.out(torch.stack(means, 1).mean(1))


class Parallel(Projections):
    """Lu et al. 2016, parallel."""

    def __init__(self, dims: list[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.pairs = list(combinations(range(len(dims)), 2))
        self.between = nn.ModuleList(nn.Linear(out_dim, out_dim, bias=False) for _ in self.pairs)
        self.own = nn.ModuleList(nn.Linear(out_dim, out_dim, bias=False) for _ in dims)
        self.score = nn.ModuleList(nn.Linear(out_dim, 1, bias=False) for _ in dims)
        self.out = nn.Linear(out_dim, out_dim)

    def fuse(self, hidden: list[Tensor]) -> Tensor:
        offers = [own(h) for own, h in zip(self.own, hidden, strict=True)]
        seen = list(offers)
        for between, (m, n) in zip(self.between, self.pairs, strict=True):
            c = torch.tanh(between(hidden[m]) @ hidden[n].mT)
            seen[m] = seen[m] + c @ offers[n]
            seen[n] = seen[n] + c.mT @ offers[m]
        weights = [score(torch.tanh(s)).softmax(1) for score, s in zip(self.score, seen, strict=True)]
        return torch.tanh(self.out(sum((w.mT @ h)[:, 0] for w, h in zip(weights, hidden, strict=True))))


class Look(nn.Module):
    """A(X; g) of Lu et al. 2016."""

    def __init__(self, dim: int, guided: bool):
        super().__init__()
        self.x, self.w = nn.Linear(dim, dim), nn.Linear(dim, 1, bias=False)
        self.g = nn.Linear(dim, dim, bias=False) if guided else None

    def forward(self, x: Tensor, g: Tensor | None = None) -> Tensor:
        seen = self.x(x) if g is None else self.x(x) + self.g(g)[:, None]
        return (self.w(torch.tanh(seen)).softmax(1).mT @ x)[:, 0]


class Alternating(Projections):
    """Lu et al. 2016, alternating."""

    def __init__(self, dims: list[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.first, self.looks = Look(out_dim, False), nn.ModuleList(Look(out_dim, True) for _ in dims)
        self.out = nn.Linear(out_dim, out_dim)

    def fuse(self, hidden: list[Tensor]) -> Tensor:
        summary, others = self.first(hidden[0]), 0
        for look, h in zip(self.looks[1:], hidden[1:], strict=True):
            others = others + look(h, summary + others)
        return torch.tanh(self.out(self.looks[0](hidden[0], others) + others))


class Bilinear(Projections):
    """Kim, Jun & Zhang 2018, one glimpse; one softmax over the pairs of all modalities."""

    def __init__(self, dims: list[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.p, self.out = nn.Parameter(torch.randn(out_dim) / out_dim**0.5), nn.Linear(out_dim, out_dim)

    def fuse(self, hidden: list[Tensor]) -> Tensor:
        f = [torch.relu(h) for h in hidden]
        pairs = list(combinations(f, 2))
        scores = [(a * self.p) @ b.mT for a, b in pairs]
        alpha = torch.cat([s.flatten(1) for s in scores], 1).softmax(1).split([s[0].numel() for s in scores], 1)
        return self.out(sum((a * (w.view_as(s) @ b)).sum(1) for (a, b), w, s in zip(pairs, alpha, scores, strict=True)))


class Glimpse(nn.Module):
    """One attention of Nam et al. 2017."""

    def __init__(self, dim: int):
        super().__init__()
        self.x, self.m, self.p = (nn.Linear(dim, dim) for _ in range(3))
        self.w = nn.Linear(dim, 1, bias=False)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        alpha = self.w(torch.tanh(self.x(x)) * torch.tanh(self.m(memory))[:, None]).softmax(1)
        return torch.tanh(self.p((alpha.mT @ x)[:, 0]))


class Recurrent(Projections):
    """Nam et al. 2017, r-DAN, two rounds."""

    def __init__(self, dims: list[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.start = nn.ModuleList(nn.Linear(out_dim, out_dim) for _ in dims)
        self.rounds = nn.ModuleList(nn.ModuleList(Glimpse(out_dim) for _ in dims) for _ in range(2))

    def fuse(self, hidden: list[Tensor]) -> Tensor:
        memory = product([torch.tanh(start(h.mean(1))) for start, h in zip(self.start, hidden, strict=True)])
        for glimpses in self.rounds:
            memory = memory + product([glimpse(h, memory) for glimpse, h in zip(glimpses, hidden, strict=True)])
        return memory


def product(parts: list[Tensor]) -> Tensor:
    result = parts[0]
    for part in parts[1:]:
        result = result * part
    return result


class Tokens(Projections):
    """Nagrani et al. 2021: four tokens, two layers, PyTorch's own transformer layers."""

    def __init__(self, dims: list[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.tokens = nn.Parameter(0.02 * torch.randn(4, out_dim))
        layer = {"nhead": 1, "dim_feedforward": 4 * out_dim, "dropout": 0.0, "activation": "gelu", "norm_first": True}
        self.layers = nn.ModuleList(
            nn.ModuleList(nn.TransformerEncoderLayer(out_dim, batch_first=True, **layer) for _ in dims) for _ in range(2)
        )
        self.norm, self.out = nn.LayerNorm(out_dim), nn.Linear(out_dim, out_dim)

    def fuse(self, hidden: list[Tensor]) -> Tensor:
        shared = self.tokens.expand(len(hidden[0]), -1, -1)
        for layer in self.layers:
            both = [block(torch.cat([shared, h], 1)) for block, h in zip(layer, hidden, strict=True)]
            shared, hidden = torch.stack([b[:, :4] for b in both]).mean(0), [b[:, 4:] for b in both]
        return self.out(self.norm(shared.mean(1)))


PLAIN: dict[str, Callable[[list[int], int], nn.Module]] = {
    "gated": lambda dims, out_dim: Gates(dims, out_dim, out_dim),
    "scalar_gated": lambda dims, out_dim: Gates(dims, out_dim, 1),
    "attention": Additive,
    "cross_attention": Crossing,
    "co_attention": Parallel,
    "alternating_co_attention": Alternating,
    "bilinear_attention": Bilinear,
    "recurrent_attention": Recurrent,
    "bottleneck": Tokens,
}
