"""The judge of chapter 17: a classifier that reads shape and colour at every place of a picture, trained on real scenes."""

from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader, TensorDataset

from mmlearn import data
from mmlearn.generate.gan.reader import SceneReader, places_of, reading_loss
from mmlearn.train import fit, one_cycle

STEPS, HALF = 700, True
WIDTH, BATCH, NOISE, LR = 24, 64, 0.03, 4e-3
SIZES = ("medium", "large")


def train_set(n: int = 12_000, seed: int = 0) -> TensorDataset:
    """Scenes of one to three things of these sizes, in 32 × 32: pictures, shapes and colours at each place."""
    scenes = data.load("scenes", split="train", n=n, seed=seed, size=32, only={"size": SIZES})
    return TensorDataset(scenes.images(), *places_of(scenes.worlds))


def build(config: dict[str, Any]) -> SceneReader:
    """The network of a checkpoint's config."""
    return SceneReader(**config)


def train(steps: int = STEPS, seed: int = 0, resume: Path | None = None) -> tuple[SceneReader, dict[str, Any]]:
    """The trained reader, and its config. A little noise on the pictures, so that it does not hang on single pixels."""
    torch.manual_seed(seed)
    config = {"width": WIDTH}
    reader = build(config)

    def loss(model: SceneReader, batch: list) -> torch.Tensor:
        images = batch[0].float() / 255
        strength = NOISE * torch.rand(len(images), 1, 1, 1, device=images.device)
        noisy = (images + strength * torch.randn_like(images)).clamp(0, 1)
        return reading_loss(model(noisy), *batch[1:])

    loader = DataLoader(train_set(seed=seed), BATCH, shuffle=True, drop_last=True)
    fit(reader, loader, loss, steps=steps, lr=LR, schedule=one_cycle(max(steps, 2)), checkpoint=resume, every=250, seed=seed)
    return reader, config
