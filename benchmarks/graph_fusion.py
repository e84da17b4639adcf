"""Graphs of regions and words, and of moments: `python -m benchmarks.graph_fusion [scenes] [depth] [moments]`, five seeds.

* scenes: does a caption such as "a red circle and a blue square" agree with the picture, or have its two colours changed places?
  Nodes are what a detector says of the nine cells of a picture, and words.
* depth: the same, for the number of layers, and for graph convolution, which has no path of a node's own.
* moments: sentiment of the utterances of mosi, joined in time or not; the settings are fixed, nothing is chosen on test.
"""

import sys
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks import record
from mmlearn import data, evaluate, fusion, layers, train
from mmlearn.data import scenes
from mmlearn.fusion.graph import joined

SEEDS = range(5)
TRAIN, TEST, WIDTH, BATCH, STEPS = 3000, 400, 64, 128, 600
COLOURS, SHAPES = ("red", "yellow", "green", "blue"), ("circle", "square", "triangle", "cross")
WORDS = ("a", "and", *COLOURS, *SHAPES)
DIMS = [10, len(WORDS)]


def two_things(split: str, n: int, seed: int) -> tuple[Tensor, list]:
    """Pictures (n, 3, 48, 48) of two plain things of different colours and shapes, and those two in an order of chance."""
    only = {"colour": COLOURS, "shape": SHAPES, "texture": ["plain"], "size": ["medium", "large"]}
    drawn = data.load("scenes", split=split, n=2 * n, objects=2, size=48, only=only, seed=seed)
    things = [facts.things for facts in drawn.column("facts")]
    apart = [i for i, (a, b) in enumerate(things) if a.colour != b.colour and a.shape != b.shape][:n]
    turned = np.random.default_rng(seed).random(len(apart)) < 0.5
    return drawn.images()[apart], [things[i][::-1] if turn else things[i] for i, turn in zip(apart, turned, strict=True)]


def cells(pictures: Tensor) -> Tensor:
    """Pictures (n, 3, 48, 48) -> (n, 9, 192)."""
    cut = functional.avg_pool2d(pictures.float() / 255, 2).unfold(2, 8, 8).unfold(3, 8, 8)
    return cut.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2) - 0.5


def truth(pairs: list) -> Tensor:
    """Colour and shape of each cell, (n, 9, 2); 0 is nothing."""
    there = torch.zeros(len(pairs), 9, 2, dtype=torch.long)
    for i, pair in enumerate(pairs):
        for thing in pair:
            numbers = [1 + COLOURS.index(thing.colour), 1 + SHAPES.index(thing.shape)]
            there[i, scenes.PLACES.index(thing.place)] = torch.tensor(numbers)
    return there


def sentence(pair: tuple, articles: bool) -> str:
    return " and ".join(f"{'a ' * articles}{thing.colour} {thing.shape}" for thing in pair)


def read(pairs: list) -> tuple[Tensor, Tensor]:
    """Own captions and then the swapped ones: words (2n, 7, 10), lengths (2n,)."""
    exchanged = [(a._replace(colour=b.colour), b._replace(colour=a.colour)) for a, b in pairs]
    texts = [sentence(pair, i % 2 == 0) for each in (pairs, exchanged) for i, pair in enumerate(each)]
    words, lengths = torch.zeros(len(texts), 7, len(WORDS)), torch.tensor([len(text.split()) for text in texts])
    for i, text in enumerate(texts):
        words[i, range(lengths[i]), [WORDS.index(word) for word in text.split()]] = 1.0
    return words, lengths


def loader(n: int, batch: int) -> torch.utils.data.DataLoader:
    return torch.utils.data.DataLoader(torch.arange(n), batch_size=batch, shuffle=True, drop_last=True)


def fitted(model: nn.Module, n: int, loss: Callable, seed: int, steps: int = STEPS, batch: int = BATCH) -> nn.Module:
    rate = {"lr": 5e-3, "steps": steps, "schedule": train.one_cycle(steps), "clip": 1.0}
    train.fit(model, loader(n, batch), loss, **rate, progress=False, device="cpu", seed=seed)
    return model


class World:
    """Scenes of one seed as a detector sees them, with their captions."""

    def __init__(self, seed: int):
        (images, things), (test_images, test_things) = two_things("train", TRAIN, seed), two_things("test", TEST, seed)
        pixels, there, self.seed, self.n, self.m = cells(images), truth(things), seed, len(things), len(test_things)
        torch.manual_seed(seed)
        detector = nn.Sequential(nn.Linear(192, 128), nn.ReLU(), nn.Linear(128, 10))
        fitted(detector, self.n, lambda f, i: functional.cross_entropy(f(pixels[i]).view(-1, 5), there[i].flatten()), seed)
        with torch.inference_mode():
            see = [detector(x).unflatten(2, (2, 5)).softmax(3).flatten(2) for x in (pixels, cells(test_images))]
        self.regions, self.test_regions = (x.clone() for x in see)
        self.words, self.lengths = read(things)
        self.test_words, self.test_lengths = read(test_things)

    def trained(self, fuse: nn.Module, steps: int, strangers: bool = False, shuffled: bool = False) -> nn.Module:
        """A network that tells whether picture and caption agree: own caption twice, swapped, another's.

        The four of a scene stand in one batch, unless the examples are shuffled. `strangers` are pictures of other scenes.
        """
        n = self.n
        caption = torch.stack([torch.arange(n), torch.arange(n), torch.arange(n) + n, torch.arange(n).roll(1)], 1)  # (n, 4)
        agrees = torch.tensor([1.0, 1.0, 0.0, 0.0]).expand(n, 4)
        picture = (torch.arange(n).roll(2) if strangers else torch.arange(n))[:, None].expand(n, 4)
        caption, agrees, picture = (x.flatten() if shuffled else x for x in (caption, agrees, picture))

        def loss(model: nn.Module, i: Tensor) -> Tensor:
            c = caption[i].flatten()
            said = model(self.regions[picture[i].flatten()], self.words[c], self.lengths[c])
            return functional.binary_cross_entropy_with_logits(said, agrees[i].flatten())

        return fitted(Agreement(fuse), len(caption), loss, self.seed, steps, BATCH if shuffled else BATCH // 4)

    @torch.inference_mode()
    def score(self, model: nn.Module, **options) -> dict[str, float]:
        own, swapped = model(self.test_regions.repeat(2, 1, 1), self.test_words, self.test_lengths, **options).chunk(2)
        return {"own or swapped": float(((own > 0).float().mean() + (swapped <= 0).float().mean()) / 2)}


class Agreement(nn.Module):
    def __init__(self, fuse: nn.Module):
        super().__init__()
        self.fuse, self.head = fuse, nn.Linear(WIDTH, 1)

    def forward(self, regions: Tensor, words: Tensor, lengths: Tensor, **options) -> Tensor:
        return self.head(self.fuse(regions, words, lengths=[None, lengths], **options)).squeeze(1)


class Pooled(nn.Module):
    """Mean of the regions and mean of the words, through a network."""

    def __init__(self) -> None:
        super().__init__()
        first, second, third = nn.Linear(sum(DIMS), WIDTH), nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.network = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), third)

    def forward(self, regions: Tensor, words: Tensor, lengths: list) -> Tensor:
        mean = layers.mean_of_steps(words, layers.real_steps(lengths[1], words.shape[1]))
        return self.network(torch.cat([regions.mean(1), mean], dim=1))


class InOrder(nn.Module):
    """All regions and all words one after another, each in its place, through a network: no graph, but nothing is lost."""

    def __init__(self) -> None:
        super().__init__()
        first, second = nn.Linear(9 * DIMS[0] + 7 * DIMS[1], 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.network = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), nn.Linear(WIDTH, WIDTH))

    def forward(self, regions: Tensor, words: Tensor, lengths: list) -> Tensor:
        return self.network(torch.cat([regions.flatten(1), words.flatten(1)], dim=1))


class Layers(nn.Module):
    """Regions and words as nodes through layers of any sort, chain within and all across; then the mean of the nodes."""

    def __init__(self, make: Callable[[], nn.Module], depth: int = 2, added: bool = True):
        super().__init__()
        self.project, self.added = nn.ModuleList([nn.Linear(d, WIDTH) for d in DIMS]), added
        self.layers = nn.ModuleList([make() for _ in range(depth)])
        self.norms = nn.ModuleList([nn.LayerNorm(WIDTH) for _ in range(depth)])

    def forward(self, regions: Tensor, words: Tensor, lengths: list) -> Tensor:
        real = [torch.ones(regions.shape[:2], dtype=torch.bool), layers.real_steps(lengths[1], words.shape[1])]
        edges, real = joined(real), torch.cat(real, dim=1)
        nodes = torch.cat([project(x) for project, x in zip(self.project, (regions, words), strict=True)], dim=1)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            told = layer(nodes, edges).relu()
            nodes = norm(nodes + told) if self.added else told
        return layers.mean_of_steps(nodes, real)


class Kinds(nn.Module):
    """Message passing with one kind of edge within a modality and one across (Schlichtkrull et al. 2018)."""

    def __init__(self) -> None:
        super().__init__()
        self.own, self.within, self.across = (nn.Linear(WIDTH, WIDTH, bias=i == 0) for i in range(3))

    def forward(self, nodes: Tensor, edges: Tensor) -> Tensor:
        of_first = torch.arange(nodes.shape[1]) < 9
        across = of_first[:, None] != of_first
        told = self.own(nodes)
        for heard, kind in ((self.within, edges & ~across), (self.across, edges & across)):
            told = told + heard(kind.float() @ nodes / kind.sum(2, keepdim=True).clamp(min=1))
        return told


class Dynamic(nn.Module):
    """Graph attention with a · LeakyReLU(u_i + v_j) (Brody, Alon and Yahav 2022), four heads."""

    def __init__(self) -> None:
        super().__init__()
        self.looks, self.speaks = nn.Linear(WIDTH, WIDTH, bias=False), nn.Linear(WIDTH, WIDTH)
        self.a = nn.Parameter(nn.init.xavier_uniform_(torch.empty(4, WIDTH // 4)))

    def forward(self, nodes: Tensor, edges: Tensor) -> Tensor:
        u, v = (project(nodes).unflatten(2, (4, -1)).transpose(1, 2) for project in (self.looks, self.speaks))
        scores = (functional.leaky_relu(u[:, :, :, None] + v[:, :, None], 0.2) * self.a[:, None, None]).sum(4)
        heard = (edges | torch.eye(nodes.shape[1], dtype=torch.bool))[:, None]
        weights = scores.masked_fill(~heard, -torch.inf).softmax(3)
        return (weights @ v).transpose(1, 2).flatten(2)


def graph(name: str, **options) -> nn.Module:
    return fusion.make(name, DIMS, WIDTH, **options)


def convolutions(depth: int) -> nn.Module:
    return Layers(lambda: layers.GraphConvolution(WIDTH, WIDTH), depth, added=False)


BEST = "attention, chain"
PARTS: dict[str, dict[str, Callable[[], nn.Module]]] = {
    "scenes": {
        "means, pooled": Pooled,
        "all in a row": InOrder,
        "message passing, chain": lambda: graph("graph"),
        "two kinds of edges, chain": lambda: Layers(Kinds),
        "attention, none": lambda: graph("graph_attention", within="none", heads=4),
        "attention, all": lambda: graph("graph_attention", within="all", heads=4),
        BEST: lambda: graph("graph_attention", heads=4),
        "dynamic attention, chain": lambda: Layers(Dynamic),
    },
    "depth": {
        **{f"attention, {k} layers": lambda k=k: graph("graph_attention", layers=k, heads=4) for k in (1, 2, 4)},
        **{f"convolution, {k} layers": lambda k=k: convolutions(k) for k in (1, 2, 4)},
    },
}  # fmt: skip
BAGS = (
    "means, pooled",
    "message passing, none",
    "attention, none",
    "attention, all",
)  # no training can help them: see the chapter


def one(world: World, name: str, make: Callable[[], nn.Module], runs: dict[str, list], controls: bool) -> None:
    """A row of one seed; and the controls of the best one."""
    torch.manual_seed(world.seed)
    model = world.trained(make(), STEPS // 6 if name in BAGS else STEPS)
    runs.setdefault(name, []).append(world.score(model))
    print(world.seed, name, runs[name][-1], flush=True)
    if not controls or name != BEST:
        return
    for missing, there in (("picture", (False, True)), ("caption", (True, False))):
        mask = torch.tensor([there]).expand(2 * world.m, 2)
        score = world.score(lambda *x, mask=mask: model(*x, mask=mask[: len(x[0])]))
        runs.setdefault(f"{BEST}: {missing} missing", []).append(score)
    for what, how in (("trained on other pictures", "strangers"), ("examples shuffled", "shuffled")):
        torch.manual_seed(world.seed)
        runs.setdefault(f"{BEST}: {what}", []).append(world.score(world.trained(make(), STEPS, **{how: True})))


def measured(parts: list[str]) -> None:
    """Every row of these parts, seed by seed; written down after each seed."""
    runs: dict[str, dict[str, list]] = {part: {} for part in parts}
    for seed in SEEDS:
        world = World(seed)
        for part in parts:
            for name, make in PARTS[part].items():
                one(world, name, make, runs[part], controls=part == "scenes")
            scores = evaluate.Scores()
            for name, each in runs[part].items():
                scores.add(name, each, "control" if ":" in name else "method")
            if part == "scenes":
                scores.add("guessing", [{"own or swapped": 0.5}], "chance")
            print(record.merge("graph_fusion", {part: scores.figures()}, range(seed + 1)))


def main() -> None:
    from benchmarks import graph_fusion_moments

    wanted = sys.argv[1:] or [*PARTS, "moments"]
    if "moments" in wanted:
        print(record.merge("graph_fusion", {"moments": graph_fusion_moments.measured()}, SEEDS))
    measured([part for part in wanted if part in PARTS])


if __name__ == "__main__":
    main()
