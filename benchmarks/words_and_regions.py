"""Words and regions on scenes: whose red is it? And does the word "red" look at the red thing?

Scenes of two things of different colours and shapes, with captions such as "a red circle and a blue square". Rows "own captions"
learn from scenes of one to three things with the captions those come with, longer and of many wordings, and are asked the same.

* R@10: pictures and captions of 200 test scenes, both directions, of the kind that was learned from.
* swapped: is the caption preferred to the same with its two colours exchanged? Guessing: one in two.
* colour words, shape words: the region with a word's largest weight lies in its thing's cell of the 3 × 3 places.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from mmlearn import data, evaluate, train
from mmlearn.align import WordRegions
from mmlearn.data.scenes import PLACES, Thing
from mmlearn.features.text import Vocabulary

TRAIN, TEST, PIXELS = 2000, 200, 48  # 48 pixels: 6 × 6 regions, four of which lie in each of the 3 × 3 places
STEPS, BATCH, LR = 200, 32, 2e-3


class Captioned(NamedTuple):
    """Pictures, the captions of each, and of two things these."""

    images: torch.Tensor
    captions: list[list[str]]
    things: list[tuple[Thing, Thing]] | None = None


def named(first: Thing, second: Thing) -> str:
    """Colour and shape of two things: "a red circle and a blue square"."""
    return " and ".join(f"a {thing.colour} {thing.shape}" for thing in (first, second))


def swapped(first: Thing, second: Thing) -> str:
    return named(first._replace(colour=second.colour), second._replace(colour=first.colour))


def two_things(split: str, n: int, seed: int) -> Captioned:
    """Scenes of two things that differ in colour and in shape, and are called by both."""
    world = data.load("scenes", split=split, n=3 * n, seed=seed, size=PIXELS, objects=2)
    things = [facts.things for facts in world.column("facts")]
    apart = [i for i, (a, b) in enumerate(things) if a.colour != b.colour and a.shape != b.shape][:n]
    pairs = [things[i] for i in apart]
    return Captioned(world.images()[apart], [[named(*pair)] for pair in pairs], pairs)


def as_they_come(split: str, n: int, seed: int) -> Captioned:
    """Scenes of one to three things, with three captions each."""
    world = data.load("scenes", split=split, n=n, seed=seed, size=PIXELS)
    return Captioned(world.images(), world.column("captions"))


def learned(seed: int, own: bool = False, pooled: bool = False, shuffled: bool = False, steps: int = STEPS) -> WordRegions:
    """Trained on captions of its pictures, or on those of others."""
    seen = (as_they_come if own else two_things)("train", TRAIN, seed)
    order = np.random.default_rng(seed).permutation(TRAIN) if shuffled else np.arange(TRAIN)
    texts = [seen.captions[i] for i in order]
    torch.manual_seed(seed)
    model = WordRegions(Vocabulary.of([text for each in texts for text in each]), pooled=pooled)
    if not steps:
        return model.eval()

    def loss(model: WordRegions, rows: torch.Tensor) -> torch.Tensor:
        which = torch.randint(len(texts[0]), (len(rows),)).tolist()  # one of the paraphrases
        return model.loss(seen.images[rows], [texts[i][k] for i, k in zip(rows.tolist(), which, strict=True)])

    loader = torch.utils.data.DataLoader(torch.arange(TRAIN), batch_size=BATCH, shuffle=True, drop_last=True)
    train.fit(model, loader, loss, steps=steps, lr=LR, seed=seed, progress=False, device="cpu")
    return model


def points_at(weights: np.ndarray, thing: Thing) -> bool:
    """Whether the largest of the weights (rows, columns) lies at the thing's place."""
    rows, columns = weights.shape
    row, column = np.unravel_index(weights.argmax(), weights.shape)
    return divmod(PLACES.index(thing.place), 3) == (row * 3 // rows, column * 3 // columns)


def measured(model: WordRegions, seed: int, own: bool = False) -> dict[str, float]:
    """All numbers of one model."""
    test = two_things("test", TEST, seed)
    prefers, at = [], {"colour words": [], "shape words": []}
    for picture, things in zip(test.images, test.things, strict=True):
        right, wrong = model.scores(picture[None], [named(*things), swapped(*things)])[:, 0]
        prefers.append(0.5 if right == wrong else float(right > wrong))
        maps = model.maps(picture, named(*things))[1]  # a red circle and a blue square
        for kind, first in (("colour words", 1), ("shape words", 2)):
            at[kind] += [points_at(maps[first + 4 * k], thing) for k, thing in enumerate(things)]
    asked = as_they_come("test", TEST, seed) if own else test
    R = evaluate.retrieval_report(model.scores(asked.images, [each[0] for each in asked.captions]))["both"]["R@10"]
    pointing = {} if model.pooled else {kind: float(np.mean(each)) for kind, each in at.items()}
    return {"R@10": R, "swapped": float(np.mean(prefers)), **pointing}


VARIANTS = {
    "words and regions": ("method", {}),
    "one vector each": ("method", {"pooled": True}),
    "words and regions, own captions": ("method", {"own": True}),
    "one vector each, own captions": ("method", {"own": True, "pooled": True}),
    "words and regions, shuffled captions": ("control", {"shuffled": True}),
    "words and regions, untrained": ("control", {"steps": 0}),
}


def regions(seeds: Sequence[int]) -> dict:
    """The part "regions"."""
    scores = evaluate.Scores()
    for name, (kind, options) in VARIANTS.items():
        own = options.get("own", False)
        scores.add(name, [measured(learned(seed, **options), seed, own) for seed in seeds], kind)
        print(name, scores[name], flush=True)
    lots = {"R@10": 10 / TEST, "swapped": 0.5, "colour words": 1 / 9, "shape words": 1 / 9}
    scores.add("guessing", [lots], "chance")
    return {"regions": scores.figures()}
