"""Sentences about two things to pictures: a reader of sentences, a chance for their places, and a GAN on layouts (chapter 17).

Three trainings one after the other, each of which goes on from a file of its own beside `resume`.
"""

from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader, TensorDataset

from mmlearn.generate.gan.layout import LayoutDiscriminator
from mmlearn.generate.gan.reader import places_of
from mmlearn.generate.gan.sentences import answers_of
from mmlearn.generate.gan.two_things import TwoThings, layout_game
from mmlearn.generate.gan.world import described, lone_sentences, two_things
from mmlearn.generate.recipes.sentence_gan import sentence_encoder
from mmlearn.train import fit, fit_gan, late_fall, one_cycle

STEPS, HALF = 4000, True  # of the painter
BATCH, READING, PLACING, SCENES = 64, 500, 1000, 20_000
NOISE_DIM, WIDTH, LR, AVERAGE = 32, 16, 2e-3, 0.98


def build(config: dict[str, Any]) -> TwoThings:
    """The model of a checkpoint's config."""
    return TwoThings(**config)


def train(steps: int = STEPS, seed: int = 0, resume: Path | None = None) -> tuple[TwoThings, dict[str, Any]]:
    """The trained model, and its config."""
    scenes = two_things(n=SCENES, seed=seed)
    sentences = described(scenes, seed=seed)
    reading, placing = (None if resume is None else resume.with_name(f"{resume.name}.{part}") for part in ("reading", "placing"))
    said, texts = lone_sentences(seed=seed)
    answers = torch.tensor([answers_of(s) for s in sentences.said + said])
    encoder = sentence_encoder(sentences.texts + texts, answers, seed, READING, reading)
    words = encoder.vocabulary.words[encoder.vocabulary.marks :]
    config = {"words": words, "noise_dim": NOISE_DIM, "width": WIDTH}
    torch.manual_seed(seed)
    model = build(config)
    model.sentences = encoder
    discriminator = LayoutDiscriminator(2 * WIDTH)
    placed = batches(encoder.encode(sentences.texts), sentences.places)
    fit(
        model.where, placed, lambda where, batch: where(*batch), steps=PLACING, lr=5e-3, schedule=one_cycle(PLACING),
        checkpoint=placing, every=250, seed=seed,
    )  # fmt: skip
    fit_gan(
        model.painter, discriminator, batches(scenes.images(), *places_of(scenes.worlds)), *layout_game(NOISE_DIM), steps=steps,
        lr=(LR, LR), average=AVERAGE, schedule=late_fall(steps), checkpoint=resume, every=250, seed=seed,
    )  # fmt: skip
    return model, config


def batches(*columns: torch.Tensor) -> DataLoader:
    """Whole batches in an order of chance."""
    return DataLoader(TensorDataset(*columns), BATCH, shuffle=True, drop_last=True)
