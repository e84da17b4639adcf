"""Sentences about one thing to pictures, by flow matching: as many steps, as large batches as the GAN, and the same sentences."""

from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader, TensorDataset

from mmlearn.generate.flow import SentenceFlow, flow_loss
from mmlearn.generate.gan.networks import as_input
from mmlearn.generate.recipes.sentence_gan import BATCH, examples
from mmlearn.train import fit, one_cycle

STEPS, HALF = 1500, True
WIDTH, LR = 16, 4e-3


def build(config: dict[str, Any]) -> SentenceFlow:
    """The model of a checkpoint's config."""
    return SentenceFlow(**config)


def train(steps: int = STEPS, seed: int = 0, resume: Path | None = None) -> tuple[SentenceFlow, dict[str, Any]]:
    """The trained model, and its config."""
    pictures, sentences, true, _ = examples(seed)
    torch.manual_seed(seed)
    config = {"words": sentences.vocabulary.words[sentences.vocabulary.marks :], "width": WIDTH}
    model = build(config)
    model.sentences = sentences
    loader = DataLoader(TensorDataset(pictures, true), BATCH, shuffle=True, drop_last=True)
    fit(
        model.network, loader, lambda network, batch: flow_loss(network, as_input(batch[0]), batch[1]), steps=steps, lr=LR,
        schedule=one_cycle(max(steps, 2)), checkpoint=resume, every=250, seed=seed,
    )  # fmt: skip
    return model, config
