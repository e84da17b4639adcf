"""What captioners of scenes get right, what photographs' captions score, over seeds and worlds.

    python -m benchmarks.captioning                    # every part
    python -m benchmarks.captioning laptop decoders    # these parts

Parts: "laptop", the chapter's live model from zero, with and without the vision loss; "worlds", the same steps in harder worlds;
"decoders", three decoders with the same frozen eyes; "sampling", teacher forcing against scheduled sampling; "checkpoint", the
model that comes with the course; "flickr8k", ten-fold.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from torch.utils.data import DataLoader, TensorDataset

from benchmarks import captioning_photographs, record
from mmlearn import data, evaluate, train
from mmlearn.generate import checkpoint
from mmlearn.generate.caption import (
    AttentionDecoder,
    Captioner,
    CaptionVocabulary,
    JointTraining,
    LSTMDecoder,
    PictureRegions,
    TransformerDecoder,
    inverse_sigmoid,
    plain_captions,
    share_true,
)
from mmlearn.generate.recipes import captioner as recipe
from mmlearn.profiles.captioning import LAPTOP

SEEDS = (0, 1, 2, 3, 4)
SIZE, DIM, BATCH = recipe.SIZE, 64, 64
PLAIN = {"objects": 2, "only": {"texture": ["plain"]}}  # what the chapter's live model sees
SAID = ("colour", "size", "place")
DECODERS = {"LSTM": LSTMDecoder, "attention": AttentionDecoder, "transformer": TransformerDecoder}


def scenes(split: str, n: int, seed: int = 0, **world: Any) -> data.Pairs:
    """Scenes of the chapter's size."""
    return data.load("scenes", split=split, n=n, seed=seed, size=SIZE, **{"objects": 2} | world)


def captions_of(pairs: data.Pairs, said: tuple[str, ...] | None) -> list[list[str]]:
    """Of every scene its plain caption, or where `said` is None its paraphrases."""
    if said is None:
        return pairs.column("captions")
    return [[text] for text in plain_captions(pairs.column("facts"), "en", said)]


def joint(
    seed: int, vision: float = LAPTOP["vision"], fusion: float = 0.0, said: tuple[str, ...] | None = SAID, *,
    steps: int = LAPTOP["steps"], lr: float = LAPTOP["lr"], layers: int = 1, captions: int = 1, **world: Any,
) -> dict[str, float]:  # fmt: skip
    """Eyes and a transformer from zero; what it gets right on 1,000 held-out scenes, and its CPU seconds.

    `captions` of each picture, drawn anew, are learned at each look.
    """
    world = PLAIN | world
    pairs = scenes("train", LAPTOP["scenes"]["train"], **world)
    texts = captions_of(pairs, said)
    vocabulary = CaptionVocabulary.of({"en": [text for each in texts for text in each]})
    tokens = vocabulary.batch([text for each in texts for text in each]).unflatten(0, (len(texts), -1))
    torch.manual_seed(seed)
    decoder = TransformerDecoder(len(vocabulary), DIM, DIM, layers=layers)
    model = JointTraining(Captioner(decoder, vocabulary, PictureRegions(DIM, LAPTOP["width"])), vision=vision, fusion=fusion)

    def loss(m: JointTraining, batch: list[torch.Tensor]) -> dict[str, torch.Tensor]:
        images, said = batch
        drawn = torch.rand(said.shape[:2]).argsort(dim=1)[:, :captions]
        return m(images, said[torch.arange(len(said))[:, None], drawn].flatten(0, 1))

    start = time.process_time()
    fitted(model, TensorDataset(pairs.images(), tokens), loss, steps, lr, seed, LAPTOP["batch"])
    seconds = time.process_time() - start
    split = "held_out" if "held_out" in world else "test"
    return judged(model.captioner, scenes(split, 1000, **world)) | {"CPU seconds": seconds}


def fitted(
    model: torch.nn.Module, examples: TensorDataset, loss: Callable, steps: int, lr: float, seed: int, batch: int = BATCH
) -> None:  # fmt: skip
    """One cycle of AdamW, on the CPU."""
    loader = DataLoader(examples, batch_size=batch, shuffle=True, drop_last=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.98))
    schedule = train.one_cycle(max(steps, 2), rise=0.2)
    where = {"device": "cpu", "progress": False}
    train.fit(model, loader, loss, steps=steps, optimizer=optimizer, schedule=schedule, clip=1.0, seed=seed, **where)


def judged(model: Captioner, pairs: data.Pairs, language: str = "en", how: str = "greedy") -> dict[str, float]:
    """Shares of captions that are right."""
    facts, said = pairs.column("facts"), model.captions(pairs.images(), language, how)
    return {name: value for name, value in share_true(said, facts, language).items() if value == value}  # without NaN


def eyes() -> Captioner:
    """The captioner that comes with the course."""
    return checkpoint.load(checkpoint.shipped("captioner"), recipe.build)


def regions(model: Captioner, pairs: data.Pairs) -> torch.Tensor:
    """What the eyes see of all pictures, (n, 36, 64)."""
    with torch.no_grad():
        return torch.cat([model.memory(some).regions for some in pairs.images().split(256)])


def decoder(name: str, seed: int, truth: Callable[[int], float] | None = None) -> dict[str, float]:
    """One decoder with the checkpoint's eyes, frozen; what it gets right, English, all attributes."""
    seeing = eyes()
    pairs, test = scenes("train", LAPTOP["decoder_scenes"]), scenes("test", 1000)
    texts = plain_captions(pairs.column("facts"))
    vocabulary = CaptionVocabulary.of({"en": texts})
    torch.manual_seed(seed)
    model = Captioner(DECODERS[name](len(vocabulary), DIM, DIM), vocabulary)
    steps, at = LAPTOP["decoder_steps"], iter(range(10**6))

    def loss(m: Captioner, batch: list[torch.Tensor]) -> dict[str, torch.Tensor]:
        return m(*batch, truth=1.0 if truth is None else truth(next(at)))

    fitted(model, TensorDataset(regions(seeing, pairs), vocabulary.batch(texts)), loss, steps, LAPTOP["decoder_lr"], seed)
    facts, seen = test.column("facts"), regions(seeing, test)
    return {k: v for k, v in share_true(model.captions(seen), facts, "en").items() if k in ("objects", "attributes", "relation")}


def table(rows: dict[str, Callable[[int], dict[str, float]]], seeds: tuple[int, ...]) -> dict[str, dict]:
    """Every row over seeds, as `evaluate.Scores` keeps a table."""
    scores = evaluate.Scores()
    for name, run in rows.items():
        scores.add(name, [run(seed) for seed in seeds])
        print(name, scores.values[name], flush=True)
    return scores.figures()


def laptop() -> dict[str, dict]:
    """The live model, and what each further loss is worth."""
    once = {
        "language, vision and fusion": lambda s: joint(s, fusion=LAPTOP["fusion"]),
        "language alone": lambda s: joint(s, vision=0.0),
    }
    return table(once, SEEDS[:1]) | table({"language and vision": joint}, SEEDS)


def worlds() -> dict[str, dict]:
    """The same steps in harder worlds, one seed each; and of one of them what more captions and more steps give."""
    noisy = {"said": None, "difficulty": 0.5}
    longer = {"captions": 3, "layers": 2, "steps": 3 * LAPTOP["steps"], "lr": 4e-3}
    harder = {
        "textures too": {"only": None, "said": (*SAID, "texture")},
        "paraphrases and clutter": noisy,
        "the same, three captions a look": noisy | {"captions": 3},
        "the same, two layers, 3,000 steps": noisy | longer,
        "three things": {"objects": 3},
        "combinations never seen": {"held_out": "default"},
    }
    return table({name: lambda s, world=world: joint(s, **world) for name, world in harder.items()}, SEEDS[:1])


def decoders() -> dict[str, dict]:
    """Three decoders, the same eyes."""
    return table({name: lambda s, name=name: decoder(name, s) for name in DECODERS}, SEEDS)


def sampling() -> dict[str, dict]:
    """Attention that more and more reads its own words; "decoders" has the one that reads the right words only."""
    k = LAPTOP["decoder_steps"] / 8
    return table({"scheduled sampling": lambda s: decoder("attention", s, lambda t: inverse_sigmoid(t, k))}, SEEDS[:3])


def shipped() -> dict[str, dict]:
    """The checkpoint, on 2,000 scenes a row."""
    model = eyes()
    rows = {
        "English": lambda _: judged(model, scenes("test", 2000)),
        "English, beam": lambda _: judged(model, scenes("test", 2000), how="beam"),
        "Chinese": lambda _: judged(model, scenes("test", 2000), "zh"),
        "English, clutter it never saw": lambda _: judged(model, scenes("test", 2000, difficulty=0.5)),
        "English, three things, which it never saw": lambda _: judged(model, scenes("test", 2000, objects=3)),
    }
    return table(rows, SEEDS[:1])


PARTS = {
    "laptop": laptop, "worlds": worlds, "decoders": decoders, "sampling": sampling, "checkpoint": shipped,
    "flickr8k": captioning_photographs.measure,
}  # fmt: skip


def main() -> None:
    for part in sys.argv[1:] or PARTS:
        record.merge("captioning", {part: PARTS[part]()}, SEEDS)


if __name__ == "__main__":
    main()
