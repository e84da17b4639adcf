"""The captioner of scenes of two things in English and Chinese: a small convolutional network and a transformer, from zero.

Every picture comes with both of its plain captions, and is looked at once for the two.
"""

from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader, TensorDataset

from mmlearn import data
from mmlearn.generate.caption import (
    Captioner,
    CaptionVocabulary,
    JointTraining,
    PictureRegions,
    TransformerDecoder,
    plain_captions,
)
from mmlearn.train import fit, one_cycle

STEPS, HALF = 7000, True
SIZE, BATCH, PICTURES = 48, 48, 40_000
LANGUAGES = ("en", "zh")


def build(config: dict[str, Any]) -> Captioner:
    """The captioner of a checkpoint's config, its weights not yet set."""
    vocabulary = CaptionVocabulary(config["words"], config["languages"])
    dim, width = config["dim"], config["width"]
    decoder = TransformerDecoder(len(vocabulary), dim, dim, layers=config["layers"], longest=config["longest"])
    return Captioner(decoder, vocabulary, PictureRegions(dim, width))


def train_set(pictures: int) -> tuple[TensorDataset, dict[str, Any]]:
    """Pictures with a caption in each language, each (n, t), and the config of a captioner for them."""
    pairs = data.load("scenes", split="train", n=pictures, seed=0, size=SIZE, objects=2)
    captions = {code: plain_captions(pairs.column("facts"), code) for code in LANGUAGES}
    vocabulary = CaptionVocabulary.of(captions)
    tokens = [vocabulary.batch(texts, code) for code, texts in captions.items()]
    words = vocabulary.words[vocabulary.marks :]
    config = {"words": words, "languages": list(LANGUAGES), "dim": 64, "width": 16, "layers": 2, "longest": 48}
    return TensorDataset(pairs.images(), *tokens), config


def train(steps: int = STEPS, seed: int = 0, resume: Path | None = None, pictures: int = PICTURES) -> tuple[Captioner, dict]:
    """The trained captioner, and its config."""
    examples, config = train_set(pictures)
    torch.manual_seed(seed)
    model = JointTraining(build(config), vision=0.3)
    loader = DataLoader(examples, batch_size=BATCH, shuffle=True, drop_last=True)
    fit(
        model, loader, lambda m, batch: m(*batch), steps=steps, lr=3e-3,
        schedule=one_cycle(max(steps, 2), rise=0.1), clip=1.0, every=250, checkpoint=resume, seed=seed,
    )  # fmt: skip
    return model.captioner, config
