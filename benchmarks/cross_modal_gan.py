"""Chapter 18 over five seeds: what each loss does, and what the shipped model reaches, beside its controls.

    python -m benchmarks.cross_modal_gan [losses] [hour] [repair] [frames] [--seeds 5]

`losses` trains the chapter's live model, five rows for each seed; the others judge the shipped checkpoint, with noise, recordings
and scenes of five seeds.
"""

import argparse
import functools

import torch
from torch.utils.data import DataLoader, TensorDataset

from benchmarks import record
from mmlearn import evaluate, profiles, train
from mmlearn.evaluate.images import frechet_distance
from mmlearn.generate import checkpoint, cross
from mmlearn.generate.gan import as_pictures

SIZE = profiles.settings("18_cross_modal_gan", "laptop")
FEW = {"colour": ("red", "yellow", "green", "blue"), "shape": ("circle", "square", "star", "cross"), "texture": ("plain",)}
TASKS = {"noise": ("none", "none", "none", 0.5), "sound": ("none", "all", "none", 0.5)}
ROWS = {  # weights of the losses; None is an autoencoder
    "reconstruction (autoencoder)": None,
    "contrastive": cross.Weights(adversarial=0.0, reconstruction=0.0, unseen=0.0, contrastive=1.0),
    "adversarial": cross.Weights(reconstruction=0.0, unseen=0.0),
    "adversarial + reconstruction": cross.Weights(),
    "all three": cross.Weights(contrastive=0.5),
}


@functools.cache
def scenes_of(seed: int) -> cross.Triples:
    """The test scenes of one seed."""
    return cross.load("test", 500, (9,), seed=seed)


def share(found: torch.Tensor, words: torch.Tensor) -> float:
    """How often two media name the same colour and shape."""
    return cross.named_alike(found, words).float().mean().item()


def judged(model: cross.CrossModal, generator: cross.CrossGenerator, truth: cross.Triples, seed: int) -> dict[str, float]:
    """From noise: do the media agree? From sounds: is the right thing painted, and is it like real pictures?"""
    noise = cross.make(generator, cross.known(n=len(truth.words)), seed)
    painted = cross.make(generator, cross.known(sound=truth.sound), seed).image
    wrong = cross.make(generator, cross.known(sound=truth.sound.roll(1, 0)), seed).image
    seen, heard, words = cross.recognised(model.eye, noise.image), cross.heard(model.ear, noise.sound), noise.indices()
    return {
        "picture = sentence": share(seen, words), "sound = sentence": share(heard, words), "picture = sound": share(seen, heard),
        "heard → painted": share(cross.recognised(model.eye, painted), truth.words),
        "from another sound": share(cross.recognised(model.eye, wrong), truth.words),
        "distance": frechet_distance(looked_at(model, painted), looked_at(model, truth.image)),
    }  # fmt: skip


@torch.no_grad()
def looked_at(model: cross.CrossModal, images: torch.Tensor) -> torch.Tensor:
    """The eye's features of pictures: (n, 96)."""
    return model.eye.eval().features(as_pictures(images))


def trained(weights: cross.Weights | None, scenes: cross.Triples, seed: int) -> cross.CrossGenerator:
    """The chapter's live model, with the losses of one row."""
    torch.manual_seed(seed)
    generator, discriminator = cross.CrossGenerator(words_first=weights is not None), cross.CrossDiscriminator()
    loader = DataLoader(TensorDataset(*scenes), 64, shuffle=True, drop_last=True)
    quiet = {"steps": SIZE.steps, "progress": False, "seed": seed, "device": "cpu"}
    if weights is None:
        train.fit(generator, loader, functools.partial(cross.autoencoder_loss, tasks=TASKS), lr=3e-3, **quiet)
    else:
        losses = cross.d_loss(weights, TASKS), cross.g_loss(weights, TASKS)
        train.fit_gan(generator, discriminator, loader, *losses, lr=(3e-3, 2e-3), average=0.95, **quiet)
    return generator


def losses(model: cross.CrossModal, seeds: range) -> dict:
    """One row a choice of losses; written after each seed, since this takes long."""
    scenes = cross.load("train", SIZE.scenes, SIZE.takes, only=FEW)
    truth, runs = cross.load("test", SIZE.test, (9,), only=FEW), {row: [] for row in ROWS}
    for seed in seeds:
        scores = evaluate.Scores()
        for row, weights in ROWS.items():
            runs[row].append(judged(model, trained(weights, scenes, seed), truth, seed))
            scores.add(row, runs[row])
        record.merge("cross_modal_gan", {"losses": scores.figures()}, range(seed + 1))
    return scores.figures()


def hour(model: cross.CrossModal, seeds: range) -> dict:
    """The shipped generator and its autoencoder: agreement, translation both ways, cycles, voices that it never met."""
    scores = evaluate.Scores()
    worlds = [scenes_of(seed) for seed in seeds]
    for name, generator in (("shipped", model.generator), ("autoencoder", model.autoencoder)):
        runs = []
        for truth, seed in zip(worlds, seeds, strict=True):
            runs.append(judged(model, generator, truth, seed) | back(model, generator, truth, seed))
        scores.add(name, runs, "method" if name == "shipped" else "control")
    return scores.figures()


def back(model: cross.CrossModal, generator: cross.CrossGenerator, truth: cross.Triples, seed: int) -> dict[str, float]:
    """Pictures made into sounds; sounds there and back; sounds made heard and listened to again; new voices."""
    said = cross.make(generator, cross.known(image=truth.image), seed).sound
    _, end = cross.there_and_back(generator, truth.sound, seed)
    audible = cross.pictures_of_sound(cross.sounds_of_picture(said[:100]))
    phrases = [f"{c} {s}" for c in FEW["colour"] for s in FEW["shape"]]
    strangers = cross.recordings(phrases, (seed,), voices=("bea", "dina", "finn", "gus")).flatten(0, 1)
    colours, shapes = [0, 2, 3, 4], [0, 1, 3, 5]
    words = torch.tensor([[c, s] for c in colours for s in shapes]).repeat_interleave(4, 0)
    painted = cross.make(generator, cross.known(sound=strangers), seed).image
    return {
        "seen → said": share(cross.heard(model.ear, said), truth.words),
        "said, heard again": share(cross.heard(model.ear, audible), truth.words[:100]),
        "sound → picture → sound": share(cross.heard(model.ear, end), truth.words),
        "new voices → painted": share(cross.recognised(model.eye, painted), words),
    }  # fmt: skip


def repair(model: cross.CrossModal, seeds: range) -> dict:
    """A hole in the picture, a gap in the sound: error there and the right thing, without partner, with it, with another's."""
    scores = evaluate.Scores()
    for medium in ("image", "sound"):
        for who, network in (("GAN", model.generator), ("autoencoder", model.autoencoder)):
            for partner in ("none", "its own", "another's"):
                runs = [one_repair(model, network, medium, partner, seed) for seed in seeds]
                scores.add(f"{medium}, {who}, partner {partner}", runs, "method" if partner == "its own" else "control")
    return scores.figures()


def one_repair(model: cross.CrossModal, network: cross.CrossGenerator, medium: str, partner: str, seed: int) -> dict[str, float]:
    """The mean error where it was hidden, and how often the repaired medium names the right thing."""
    truth = scenes_of(seed)
    mask = cross.hole(truth.words[:, 2]) if medium == "image" else cross.gap(torch.full((500,), 16), 20)
    other = "sound" if medium == "image" else "image"
    given = {medium: getattr(truth, medium), f"{medium}_seen": mask}
    if partner != "none":
        given[other] = getattr(truth, other).roll(int(partner != "its own"), 0)
    made = getattr(cross.make(network, cross.known(**given), seed, draw=False), medium)
    whole = cross.completed(given[medium], made, mask)
    named = cross.recognised(model.eye, whole) if medium == "image" else cross.heard(model.ear, whole)
    return {"error": cross.hole_error(whole, given[medium], mask).mean().item(), "right thing": share(named, truth.words)}


def frames(model: cross.CrossModal, seeds: range) -> dict:
    """A lost frame from one neighbour or two, without a voice, with its own, with another film's."""
    scores = evaluate.Scores()
    for after in (True, False):
        for voice in ("none", "its own", "another's"):
            runs = [{"error": one_frame(model, after, voice, seed)} for seed in seeds]
            scores.add(f"{1 + after} neighbours, voice {voice}", runs, "method" if voice == "its own" else "control")
    return scores.figures()


@torch.no_grad()
def one_frame(model: cross.CrossModal, after: bool, voice: str, seed: int) -> float:
    films = cross.gaps("test", 400, (9,), seed=seed)
    there = torch.tensor([[after, voice != "none"]]).expand(400, 2)
    made = model.frames(films.before, films.after, films.sound.roll(7 * (voice == "another's"), 0), there)
    return (made - films.frame).abs().mean().item()


PARTS = {"hour": hour, "repair": repair, "frames": frames, "losses": losses}


def main() -> None:
    """Run the parts that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    model, seeds = checkpoint.load(checkpoint.shipped("cross_modal"), cross.build), range(given.seeds)
    for part in given.parts or PARTS:
        print(part, record.merge("cross_modal_gan", {part: PARTS[part](model, seeds)}, seeds))


if __name__ == "__main__":
    main()
