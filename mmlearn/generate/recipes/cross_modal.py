"""Chapter 18's checkpoint: one generator of pictures, sounds and words, and what it is held against.

Five trainings one after the other, each of which goes on from a file of its own beside `resume`.
"""

from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader, TensorDataset

from mmlearn import train as training
from mmlearn.generate.cross.discriminator import CrossDiscriminator
from mmlearn.generate.cross.films import frame_loss, gaps
from mmlearn.generate.cross.judges import ear_loss, eye_loss
from mmlearn.generate.cross.losses import autoencoder_loss, d_loss, g_loss
from mmlearn.generate.cross.pairs import load
from mmlearn.generate.cross.trained import CrossModal

STEPS = 2000  # of the generator; the others take shares of it
HALF = True
WIDTH = 16
SHARES = {"ear": 0.105, "eye": 0.175, "autoencoder": 0.3, "frames": 0.5}
RATE = {"ear": 3e-3, "eye": 4e-3, "autoencoder": 2e-3, "frames": 2e-3}


def train(steps: int = STEPS, seed: int = 0, resume: Path | None = None) -> tuple[CrossModal, dict[str, Any]]:
    """The trained networks, and the config from which they are built again."""
    torch.manual_seed(seed)
    config = {"width": WIDTH}
    whole, discriminator = CrossModal(**config), CrossDiscriminator(WIDTH)
    scenes, films = load("train", n=4000, takes=(0, 1, 2)), gaps("train", n=3000, takes=(0, 1, 2))
    kept = {part: None if resume is None else resume.with_name(f"{resume.name}.{part}") for part in SHARES}
    losses = {"ear": ear_loss, "eye": eye_loss, "autoencoder": autoencoder_loss, "frames": frame_loss}
    def fit(part: str) -> None:
        n, examples = max(2, round(SHARES[part] * steps)), films if part == "frames" else scenes
        training.fit(
            getattr(whole, part), loader(examples, 64), losses[part], steps=n, lr=RATE[part], schedule=training.one_cycle(n),
            checkpoint=kept[part], every=100, seed=seed,
        )  # fmt: skip

    fit("ear")
    fit("eye")
    training.fit_gan(
        whole.generator, discriminator, loader(scenes, 64), d_loss(), g_loss(), steps=steps, lr=(3e-3, 2e-3), average=0.99,
        schedule=lambda step: min(1.0, 2.5 * (1 - step / (steps + 1))), checkpoint=resume, every=100, seed=seed,
    )  # fmt: skip
    fit("autoencoder")
    fit("frames")
    return whole, config


def loader(parts: tuple, batch: int) -> DataLoader:
    """Whole batches in an order of chance."""
    return DataLoader(TensorDataset(*parts), batch, shuffle=True, drop_last=True)
