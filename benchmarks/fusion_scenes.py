"""Tasks on scenes whose best possible accuracy is known exactly, as vectors: one thing, seen, written and spoken of.

In each task every medium shows a symbol of its own as the colour of the thing, wrong with the probability `FLIPS` says. The
features are simple ones from which a symbol can be read nearly without error, so that what is measured is the fusing.
"""

import functools

import numpy as np
import torch
from torch.nn import functional

from benchmarks.fusion_tasks import Part
from mmlearn import data, features
from mmlearn.features import audio
from mmlearn.features.text import BagOfWords

ROWS = {"train": 3000, "val": 500, "test": 1000}
FLIPS = {
    "redundant": {"image": 0.15, "caption": 0.2, "speech": 0.25},
    "complementary": {"image": 0.05, "caption": 0.05, "speech": 0.05},
    "xor": {"image": 0.05, "caption": 0.05},
    "clean xor": {},
}
MODALITIES = {name: ("image", "caption") if "xor" in name else ("image", "caption", "speech") for name in FLIPS}
BANDS, STRETCHES, SAMPLES = 32, 8, 40_960  # a sentence is cut or filled to 1.9 seconds


def load(name: str, split: str, seed: int, n: int | None = None) -> data.scenes.Scenes:
    """The scenes of a task."""
    spoken = "speech" in MODALITIES[name]
    return data.load(
        "scenes", split=split, n=n or ROWS[split], seed=seed, size=32, objects=1, detail=0.0, paraphrases=1, speech=spoken,
        task=name.split()[-1], flip=FLIPS[name],
    )  # fmt: skip


@functools.cache
def task(name: str, seed: int) -> dict[str, Part]:
    """Coarse pixels (192), word counts, and for three media log-mel in 8 stretches of time (256); label; every scene a group."""
    scenes = {split: load(name, split, seed) for split in ROWS}
    words = BagOfWords().fit(scenes["train"].column("caption"))
    parts = {}
    for split, pairs in scenes.items():
        views = [pixels(pairs.images()), words.transform(pairs.column("caption"))]
        if "speech" in MODALITIES[name]:
            views.append(features.encode(Voice(), Sounds(pairs), key=f"fusion {name} {split} {seed}", progress=False))
        groups = np.array([f"{seed} {i}" for i in range(len(pairs))])
        parts[split] = Part(tuple(views), pairs.labels, groups)
    return parts


def pixels(images: torch.Tensor) -> np.ndarray:
    """Pictures (n, 3, side, side) made 8 × 8: (n, 192)."""
    return functional.adaptive_avg_pool2d(images.float() / 255, 8).flatten(1).numpy()


class Sounds:
    """The spoken sentences of scenes, made when they are asked for."""

    def __init__(self, pairs: data.scenes.Scenes):
        self.pairs = pairs

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, i: int) -> torch.Tensor:
        wave = self.pairs[i]["speech"][:SAMPLES]
        return functional.pad(wave, (0, SAMPLES - len(wave)))


class Voice:
    """Sounds (n, SAMPLES) -> (n, 256): the mean log-mel energy of each of 32 bands in each of 8 stretches of time."""

    name, version, batch_size = "log-mel in 8 stretches", "1", 256

    def __call__(self, waves: torch.Tensor) -> torch.Tensor:
        rate = 22_050
        spectra = torch.as_tensor(np.asarray(audio.log_mel(waves.numpy(), rate, window=512, hop=256, bands=BANDS)))
        length = spectra.shape[2] // STRETCHES * STRETCHES
        return spectra[:, :, :length].unflatten(2, (STRETCHES, -1)).mean(3).flatten(1)
