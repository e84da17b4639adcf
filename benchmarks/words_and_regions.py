"""Words and regions on scenes: whose red is it? And does the word "red" look at the red thing?

Everybody learns from the same pictures and captions. Then, in scenes of two things of different colours and shapes:

* swapped: is "a red circle and a blue square." preferred to the same with the colours swapped? Guessing: one in two.
* colour words, shape words: the region with a word's largest weight lies in that thing's cell of the 3 × 3 places.
* R@1, R@10: captions and pictures of 200 scenes of one to three things, both directions.
"""

from collections.abc import Sequence

import numpy as np
import torch

from mmlearn import data, evaluate, train
from mmlearn.align import WordRegions
from mmlearn.data.scenes.facts import PLACES, Thing
from mmlearn.features.text import Vocabulary

TRAIN, TEST, PIXELS = 2000, 200, 48  # 48 pixels: 6 × 6 regions, four of which lie in each of the 3 × 3 places
STEPS, BATCH, LR = 300, 32, 3e-3


def learned(seed: int, pooled: bool = False, shuffled: bool = False, steps: int = STEPS) -> WordRegions:
    """Trained on captions of its pictures, or on those of others."""
    world = data.load("scenes", split="train", n=TRAIN, seed=seed, size=PIXELS)
    images, captions = world.images(), world.column("captions")
    order = np.random.default_rng(seed).permutation(TRAIN) if shuffled else np.arange(TRAIN)
    torch.manual_seed(seed)
    model = WordRegions(Vocabulary.of([caption for each in captions for caption in each]), pooled=pooled)

    def loss(model: WordRegions, rows: torch.Tensor) -> torch.Tensor:
        which = torch.randint(3, (len(rows),)).tolist()  # one of the three paraphrases
        return model.loss(images[rows], [captions[order[i]][k] for i, k in zip(rows.tolist(), which, strict=True)])

    loader = torch.utils.data.DataLoader(torch.arange(TRAIN), batch_size=BATCH, shuffle=True, drop_last=True)
    optimizer, schedule = torch.optim.AdamW(model.parameters(), lr=LR), train.one_cycle(max(steps, 2))
    train.fit(model, loader, loss, steps=steps, optimizer=optimizer, schedule=schedule, clip=1.0, seed=seed, progress=False,
              device="cpu") if steps else model.eval()  # fmt: skip
    return model


def named(first: Thing, second: Thing) -> str:
    """The colours and shapes of two things: "a red circle and an orange star."."""
    words = [f"a{'n' if thing.colour[0] in 'aeiou' else ''} {thing.colour} {thing.shape}" for thing in (first, second)]
    return " and ".join(words) + "."


def swapped(first: Thing, second: Thing) -> str:
    return named(first._replace(colour=second.colour), second._replace(colour=first.colour))


def two_things(seed: int) -> list[tuple[torch.Tensor, Thing, Thing]]:
    """Pictures of two things that differ in colour and shape."""
    world = data.load("scenes", split="test", n=TEST, seed=seed, size=PIXELS, objects=2)
    things = [facts.things for facts in world.column("facts")]
    return [(world.image(i), a, b) for i, (a, b) in enumerate(things) if a.colour != b.colour and a.shape != b.shape]


def points_at(weights: np.ndarray, thing: Thing) -> bool:
    """Whether the largest of the weights (rows, columns) lies at the thing's place."""
    rows, columns = weights.shape
    row, column = np.unravel_index(weights.argmax(), weights.shape)
    return divmod(PLACES.index(thing.place), 3) == (row * 3 // rows, column * 3 // columns)


def measured(model: WordRegions, seed: int) -> dict[str, float]:
    """All numbers of one model."""
    prefers, at_colour, at_shape = [], [], []
    for picture, a, b in two_things(seed):
        right, wrong = model.scores(picture[None], [named(a, b), swapped(a, b)])[:, 0]
        prefers.append(0.5 if right == wrong else float(right > wrong))
        if not model.pooled:
            maps = model.maps(picture, named(a, b))[1]  # a red circle and a blue square
            at_colour += [points_at(maps[1], a), points_at(maps[5], b)]
            at_shape += [points_at(maps[2], a), points_at(maps[6], b)]
    world = data.load("scenes", split="test", n=TEST, seed=seed, size=PIXELS)
    S = model.scores(world.images(), world.column("caption"))
    found = evaluate.retrieval_report(S)["both"]
    scores = {"R@1": found["R@1"], "R@10": found["R@10"], "swapped": float(np.mean(prefers))}
    if model.pooled:
        return scores
    return scores | {"colour words": float(np.mean(at_colour)), "shape words": float(np.mean(at_shape))}


VARIANTS = {
    "words and regions": ("method", {}),
    "one vector each": ("method", {"pooled": True}),
    "shuffled captions": ("control", {"shuffled": True}),
    "untrained": ("control", {"steps": 0}),
}


def regions(seeds: Sequence[int]) -> dict:
    """The part "regions"."""
    scores = evaluate.Scores()
    for name, (kind, options) in VARIANTS.items():
        scores.add(name, [measured(learned(seed, **options), seed) for seed in seeds], kind)
    lots = {"R@1": 1 / TEST, "R@10": 10 / TEST, "swapped": 0.5, "colour words": 1 / 9, "shape words": 1 / 9}
    scores.add("guessing", [lots], "chance")
    return {"regions": scores.figures()}
