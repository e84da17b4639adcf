"""Do generated pictures show what was asked for? Five seeds of each way to train a generator of one thing.

    python -m benchmarks.text_to_image             # every part
    python -m benchmarks.text_to_image classes     # this part

Parts: "classes", from shape and colour, with the laptop's steps; "blind" and "unmatched", the same without what makes it obey;
"ring", modes covered by each way to play; "sentences", the checkpoints that come with the course: asked in sentences, judged, and
their prompts found again among 64; "two", the one for two things: test prompts that say how they lie, where they are, or neither,
and combinations that no training picture showed; "two laptop", the same after a few hundred steps; "clothes", the generator of
Fashion-MNIST.
"""

import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from benchmarks import record
from mmlearn import evaluate, train
from mmlearn.evaluate import diversity, frechet_distance
from mmlearn.generate import checkpoint
from mmlearn.generate.gan.classes import classes_of, every, mismatched
from mmlearn.generate.gan.game import game
from mmlearn.generate.gan.networks import Discriminator, Generator, as_pictures
from mmlearn.generate.gan.prompts import sentence
from mmlearn.generate.gan.reader import NOTHING, places_of
from mmlearn.generate.gan.ring import coverage, points_on_ring
from mmlearn.generate.gan.two_things import TwoThings
from mmlearn.generate.gan.verdict import caption_scores, compare, features, read, share_obeyed
from mmlearn.generate.gan.world import Described, conditions, described, facts_of, one_thing, two_things
from mmlearn.generate.recipes import fashion_gan, scene_reader, sentence_flow, sentence_gan, text_to_image
from mmlearn.profiles.text_to_image import LAPTOP

SEEDS = (0, 1, 2, 3, 4)
Paint = Callable[[Tensor], Tensor]  # conditions -> pictures


def loader(batch: int = LAPTOP["batch"]) -> DataLoader:
    """Pictures and their conditions."""
    scenes = one_thing(n=LAPTOP["scenes"])
    return DataLoader(TensorDataset(scenes.images(), conditions(scenes)), batch, shuffle=True, drop_last=True)


def gan(seed: int, kind: str = "hinge", wrong: Callable | None = mismatched, blind: bool = False) -> Paint:
    """A generator of classes, trained as in the chapter; `blind`: its discriminator never sees a condition."""
    torch.manual_seed(seed)
    noise, width = LAPTOP["noise"], LAPTOP["width"]
    generator, discriminator = Generator(noise, 16, width=width), Discriminator(0 if blind else 16, width=width)
    d_loss, g_loss = game(noise, kind, None if blind else wrong)
    train.fit_gan(
        generator, discriminator, loader(), d_loss, g_loss, steps=LAPTOP["steps"], lr=(LAPTOP["lr"],) * 2,
        average=LAPTOP["average"], progress=False, seed=seed, device="cpu",
    )  # fmt: skip
    return lambda condition: generator(torch.randn(len(condition), noise), condition)


CLASSES = {"projection, hinge, mismatched": gan}
BLIND = {"discriminator without condition": lambda seed: gan(seed, blind=True)}
UNMATCHED = {"without mismatched": lambda seed: gan(seed, wrong=None)}


def judge() -> torch.nn.Module:
    """The reader that comes with the course."""
    return checkpoint.load(checkpoint.shipped("scene_reader"), scene_reader.build)


def table(ways: dict[str, Callable]) -> dict:
    """Every way, five seeds: does it obey, is it real, does it vary, and what did it cost."""
    reader, scores = judge(), evaluate.Scores()
    asked, said = every(LAPTOP["each"])
    real = one_thing("test", len(said)).images()
    scores.add("real pictures", [real_row(reader, real)], kind="ceiling")
    for name, way in ways.items():
        scores.add(name, [measured(reader, way, seed, asked, said, real) for seed in SEEDS])
    return scores.figures()


def measured(reader: torch.nn.Module, way: Callable, seed: int, asked: Tensor, said: list, real: Tensor) -> dict[str, float]:
    """One run: its three numbers, and its CPU seconds."""
    began = time.process_time()
    paint = way(seed)
    seconds = time.process_time() - began
    torch.manual_seed(seed)
    with torch.no_grad():
        pictures = as_pictures(torch.cat([paint(part) for part in asked.split(256)]))
    row = compare(reader, pictures, said, real) | {"CPU seconds": seconds}
    print(seed, {name: round(value, 3) for name, value in row.items()}, flush=True)
    return row


def real_row(reader: torch.nn.Module, real: Tensor) -> dict[str, float]:
    """The same three numbers of real pictures: other test scenes, asked to be what they are."""
    others = one_thing("test", len(real), seed=1)
    return compare(reader, others.images(), facts_of(others), real)


def ring() -> dict:
    """Modes of the ring covered at the end, five seeds a loss."""
    from mmlearn.generate.gan.ring import RECIPES, play

    scores = evaluate.Scores()
    scores.add("real points", [coverage(points_on_ring(1000, seed=1))._asdict()], kind="ceiling")
    for name, recipe in RECIPES.items():
        scores.add(name, [play(recipe, LAPTOP["ring_steps"], seed)[-1]._asdict() for seed in SEEDS])
    return scores.figures()


def sentences() -> dict:
    """The shipped generators, asked in sentences: the three numbers, and how often the prompt is found among all 64."""
    import numpy as np

    reader, scores = judge(), evaluate.Scores()
    condition, said = every(8)
    index = classes_of(condition)
    right = (index[0] * 8 + index[1]).numpy()
    real = one_thing("test", len(said)).images()
    for name, recipe in {"GAN": sentence_gan, "flow matching": sentence_flow}.items():
        model = checkpoint.load(checkpoint.shipped(recipe.__name__.split(".")[-1]), recipe.build)
        runs = []
        for seed in SEEDS:
            dice = np.random.default_rng(seed)
            pictures = model.paint([sentence(s, dice) for s in said], seed=seed)
            ranks = caption_scores(reader, pictures, said[:64]).argmax(axis=1) == right
            runs.append(compare(reader, pictures, said, real) | {"caption found": float(ranks.mean())})
        scores.add(name, runs)
    return scores.figures()


ASKED = {  # of two things: what the prompts say of where, and of which scenes
    "a relation": ("test", "relation"),
    "both places": ("test", "places"),
    "nothing of where": ("test", "things"),
    "a relation, unseen combinations": ("held_out", "relation"),
}
PROMPTS, EACH = 250, 4  # of each kind, and pictures of every prompt
FEW = 300  # steps of the painter; with reading and placing about two minutes


def two() -> dict:
    """The shipped model of two things, and two controls: places drawn blindly, and pictures of other prompts."""
    reader, scores = judge(), evaluate.Scores()
    model = checkpoint.load(checkpoint.shipped("text_to_image"), text_to_image.build)
    real, truth = (two_things("test", PROMPTS * EACH, seed=seed) for seed in (2, 3))
    true = two_row(reader, truth.images(), described(truth, "relation").said, real.images())
    scores.add("real pictures", [true], kind="ceiling")
    asked = {name: described(two_things(split, PROMPTS, seed=1), way) for name, (split, way) in ASKED.items()}
    for name, prompts in asked.items():
        scores.add(name, [two_run(reader, model, prompts, real.images(), seed) for seed in SEEDS])
    unseen = two_things("held_out", PROMPTS * EACH, seed=1)  # painted from where everything really stands: no sentence is read
    runs = []
    for seed in SEEDS:
        torch.manual_seed(seed)
        painted = model.paint_layouts(*places_of(unseen.worlds))
        runs.append(two_row(reader, painted, described(unseen, "places").said, real.images()))
    scores.add("unseen combinations, from their layouts", runs)
    prompts = asked["a relation"]
    blind = [two_run(reader, model, prompts, real.images(), seed, blind=True) for seed in SEEDS]
    scores.add("a relation, places drawn blindly", blind, kind="control")
    other = prompts._replace(said=prompts.said[1:] + prompts.said[:1])
    others = [two_run(reader, model, other, real.images(), seed) for seed in SEEDS]
    scores.add("a relation, pictures of other prompts", others, kind="control")
    return scores.figures()


def two_run(reader: torch.nn.Module, model: TwoThings, prompts: Described, real: Tensor, seed: int, blind: bool = False) -> dict:
    """Pictures of these prompts, judged; `blind`: whatever they say of where. A prompt that is refused is not right."""
    answers = model.sentences.answers(model.sentences.encode(prompts.texts))
    kept = (answers[:, [0, 3]] != NOTHING).all(dim=1).nonzero()[:, 0].repeat_interleave(EACH).tolist()
    torch.manual_seed(seed)
    shape, colour = model.plan([prompts.texts[i] for i in kept])
    if blind:
        order = torch.rand(shape.shape).argsort(dim=1)
        shape, colour = shape.gather(1, order), colour.gather(1, order)
    pictures, said = model.paint_layouts(shape, colour), [prompts.said[i] for i in kept]
    row = two_row(reader, pictures, said, real) | {"diversity": diversity(features(reader, pictures), [repr(s) for s in said])}
    served = len(kept) / (EACH * len(prompts.texts))
    return row | {name: served * row[name] for name in ("objects", "everything")}


def two_row(reader: torch.nn.Module, pictures: Tensor, said: list, real: Tensor) -> dict[str, float]:
    """Is each thing right; is everything right, where they are too; and how far from real pictures are they?"""
    right = share_obeyed(said, read(reader, pictures))
    distance = frechet_distance(features(reader, real), features(reader, pictures))
    return {"objects": right["objects"], "everything": right["everything"], "Fréchet distance": distance}


def two_laptop() -> dict:
    """The same recipe with few steps of the painter, one model a seed."""
    reader, scores = judge(), evaluate.Scores()
    real = two_things("test", PROMPTS * EACH, seed=2).images()
    prompts = {name: described(two_things(split, PROMPTS, seed=1), way) for name, (split, way) in ASKED.items()}
    runs: dict[str, list] = {name: [] for name in ASKED}
    for seed in SEEDS:
        began = time.process_time()
        model = text_to_image.train(FEW, seed)[0]
        seconds = time.process_time() - began
        for name, asked in prompts.items():
            runs[name].append(two_run(reader, model, asked, real, seed) | {"CPU seconds": seconds})
            print(seed, name, {key: round(value, 3) for key, value in runs[name][-1].items()}, flush=True)
    for name, rows in runs.items():
        scores.add(name, rows)
    return scores.figures()


def clothes() -> dict:
    """Fashion-MNIST by class: the shipped generator beside real test pictures, the mean of each class, and labels exchanged."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from mmlearn.features.image import hog

    (known, labels), (test, truth) = fashion_gan.clothes("train", 12_000), fashion_gan.clothes("test", 4000)
    seen, scores = hog(known[:, 0]), evaluate.Scores()
    fitted, chosen = (seen[:10_000], labels[:10_000].numpy()), (seen[10_000:], labels[10_000:].numpy())
    strength = evaluate.linear_probe(fitted, chosen, chosen).C
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=500, tol=1e-3)).fit(*fitted)
    real = hog(test[:2000, 0])

    def row(pictures: Tensor, asked: Tensor) -> dict[str, float]:
        found = hog(pictures[:, 0])
        right, distance = float((probe.predict(found) == asked.numpy()).mean()), frechet_distance(real, found)
        return {"class right": right, "Fréchet distance": distance, "diversity": diversity(found, asked.tolist())}

    model = checkpoint.load(checkpoint.shipped("fashion_gan"), fashion_gan.build)
    asked = torch.arange(10).repeat(200)
    made = [fashion_gan.dressed(model, asked, seed) for seed in SEEDS]
    scores.add("real test pictures", [row(test[2000:], truth[2000:])], kind="ceiling")
    scores.add("GAN", [row(pictures, asked) for pictures in made])
    scores.add("the same, labels exchanged", [row(pictures, asked.roll(1)) for pictures in made], kind="control")
    means = torch.stack([known[labels == k].float().mean(dim=0) for k in range(10)]).round().to(torch.uint8)
    scores.add("the mean of each class", [row(means[asked], asked)], kind="control")
    return scores.figures()


PARTS = {
    "classes": lambda: table(CLASSES),
    "blind": lambda: table(BLIND),
    "unmatched": lambda: table(UNMATCHED),
    "ring": ring,
    "sentences": sentences,
    "two": two,
    "two laptop": two_laptop,
    "clothes": clothes,
}


def main(names: list[str]) -> None:
    for name in names or PARTS:
        record.merge("text_to_image", {name: PARTS[name]()}, SEEDS)


if __name__ == "__main__":
    main(sys.argv[1:])
