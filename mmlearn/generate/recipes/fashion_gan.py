"""Real pictures by class: the generator and discriminator of chapter 17 on Fashion-MNIST, ten kinds of clothes in grey.

Xiao et al., Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms, 2017 (MIT licence).
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from mmlearn import data
from mmlearn.generate.gan.game import game
from mmlearn.generate.gan.networks import Discriminator, Generator, as_pictures
from mmlearn.train import fit_gan, late_fall

STEPS, HALF = 2500, True
CLASSES, SIDE, BATCH, PICTURES = 10, 32, 64, 20_000
NOISE_DIM, WIDTH, LR, AVERAGE = 32, 16, 2e-3, 0.98


def build(config: dict[str, Any]) -> Generator:
    """The generator of a checkpoint's config."""
    return Generator(**config)


def train(steps: int = STEPS, seed: int = 0, resume: Path | None = None) -> tuple[Generator, dict[str, Any]]:
    """The trained generator, and its config."""
    pictures, labels = clothes("train", PICTURES)
    torch.manual_seed(seed)
    config = {"noise_dim": NOISE_DIM, "condition_dim": CLASSES, "size": SIDE, "width": WIDTH, "channels": 1}
    generator, discriminator = build(config), Discriminator(CLASSES, SIDE, WIDTH, channels=1)
    loader = DataLoader(TensorDataset(pictures, condition_of(labels)), BATCH, shuffle=True, drop_last=True)
    fit_gan(
        generator, discriminator, loader, *game(NOISE_DIM, wrong=another), steps=steps, lr=(LR, LR), average=AVERAGE,
        schedule=late_fall(steps), checkpoint=resume, every=250, seed=seed,
    )  # fmt: skip
    return generator, config


def clothes(split: str, n: int) -> tuple[Tensor, Tensor]:
    """The first n pictures of a split, uint8 (n, 1, 32, 32), with an edge of two black pixels; and their labels, (n,)."""
    found = data.load("fashion_mnist", split=split)
    pictures = torch.from_numpy(found.grey[:n].copy())[:, None]
    return functional.pad(pictures, (2, 2, 2, 2)), torch.from_numpy(found.labels()[:n].copy()).long()


@torch.no_grad()
def dressed(generator: Generator, labels: Tensor, seed: int = 0) -> Tensor:
    """A picture for each label (n,), uint8 (n, 1, 32, 32)."""
    noise = torch.randn(len(labels), NOISE_DIM, generator=torch.Generator().manual_seed(seed))
    return as_pictures(generator.eval()(noise, condition_of(labels)))


def condition_of(labels: Tensor) -> Tensor:
    """Labels (n,) -> (n, 10), a one at each label's place."""
    return functional.one_hot(labels, CLASSES).float()


def another(condition: Tensor) -> Tensor:
    """Conditions that are not true: (n, 10) -> (n, 10), another class in each row."""
    by = torch.randint(1, CLASSES, (len(condition),), device=condition.device)
    return condition_of((condition.argmax(dim=1) + by) % CLASSES)
