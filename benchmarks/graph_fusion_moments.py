"""Sentiment of the utterances of mosi, each video a graph in time: a part of `benchmarks.graph_fusion`."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn import data, evaluate, layers, train
from mmlearn.fusion.graph import joined

SEEDS, STEPS, WIDTH = range(5), 150, 64
EDGES = {
    "no edges": "none",
    "the one before": "past",
    "before and after": "chain",
    "all of the video": "all",
    "before and after, order shuffled": "shuffled",
}


def videos(split: str) -> tuple[Tensor, Tensor, Tensor]:
    """Features (videos, longest, 273) in order of time, labels and which are real, (videos, longest) each."""
    part = data.load("mosi", split=split)
    X, y, place = np.concatenate(part.features(), axis=1), part.labels(), [int(id.rsplit("_", 1)[1]) for id in part.ids]
    order = np.lexsort((place, part.groups))
    cut = np.flatnonzero(np.diff(np.unique(part.groups, return_inverse=True)[1][order])) + 1
    X, y = ([torch.from_numpy(each) for each in np.split(values[order], cut)] for values in (X, y))
    rows = [torch.ones(len(each), dtype=torch.bool) for each in X]
    return tuple(nn.utils.rnn.pad_sequence(each, batch_first=True) for each in (X, y, rows))


class Moments(nn.Module):
    """Two layers of message passing, and a classifier on every node."""

    def __init__(self) -> None:
        super().__init__()
        self.project, self.head, self.drop = nn.Linear(273, WIDTH), nn.Linear(WIDTH, 1), nn.Dropout(0.5)
        self.layers = nn.ModuleList([layers.MessagePassing(WIDTH, WIDTH) for _ in range(2)])
        self.norms = nn.ModuleList([nn.LayerNorm(WIDTH) for _ in range(2)])

    def forward(self, X: Tensor, edges: Tensor) -> Tensor:
        nodes = self.project(self.drop(X))
        for layer, norm in zip(self.layers, self.norms, strict=True):
            nodes = norm(nodes + self.drop(layer(nodes, edges).relu()))
        return self.head(nodes)[..., 0]


def in_time(real: Tensor, how: str, seed: int) -> Tensor:
    """Edges (videos, n, n)."""
    edges = joined([real], how if how in ("none", "all") else "chain")
    if how == "past":
        return edges.tril()
    if how == "shuffled":
        rng = np.random.default_rng(seed)
        for video, n in zip(edges, real.sum(1).tolist(), strict=True):
            order = rng.permutation(n)
            video[:n, :n] = video[:n, :n][order][:, order]
    return edges


def accuracy(how: str, seed: int) -> float:
    """On the test part, after a fixed number of steps; nothing is chosen."""
    (X, y, real), (X_test, y_test, real_test) = videos("train"), videos("test")
    mean, deviation = X[real].mean(0), X[real].std(0) + 1e-6
    X, X_test = (X - mean) / deviation, (X_test - mean) / deviation
    torch.manual_seed(seed)
    model, edges = Moments(), in_time(real, how, seed)
    loader = torch.utils.data.DataLoader(torch.arange(len(X)), batch_size=16, shuffle=True)

    def loss(model: nn.Module, i: Tensor) -> Tensor:
        return functional.binary_cross_entropy_with_logits(model(X[i], edges[i])[real[i]], y[i][real[i]].float())

    optimizer = torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=0.1)
    train.fit(model, loader, loss, optimizer=optimizer, steps=STEPS, progress=False, device="cpu", seed=seed)
    with torch.inference_mode():
        return float(((model(X_test, in_time(real_test, how, seed)) > 0) == y_test.bool())[real_test].float().mean())


def measured() -> dict:
    scores = evaluate.Scores()
    for name, how in EDGES.items():
        scores.add(name, [{"accuracy": accuracy(how, seed)} for seed in SEEDS], "control" if how == "shuffled" else "method")
        print(scores.rows()[-1], flush=True)
    scores.add(
        "always positive",
        [{"accuracy": evaluate.majority(*(data.load("mosi", split=s).labels() for s in ("test", "test")))}],
        "chance",
    )
    return scores.figures()
