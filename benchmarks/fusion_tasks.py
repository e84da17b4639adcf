"""The real tasks of the chapters on fusion, as vectors: what is seen, said and heard of a digit, a stamp, an utterance.

Each function gives, for a seed, {"train", "val", "test"} -> `Part`. Where a split is drawn, the seed draws it, near-duplicates
stay together, and nothing is fitted on validation or test rows.
"""

import collections
import functools
from typing import NamedTuple

import numpy as np

from mmlearn import data, features
from mmlearn.data import mosi as mosi_data
from mmlearn.features import audio

SHARES = {"val": 0.15, "test": 0.25}
LEAST = 40  # stamps of a category; rarer ones are left out
VOICE = "fr"  # the commonest of the languages that have a recording of (nearly) every stamp


class Part(NamedTuple):
    """One split of a task."""

    views: tuple[np.ndarray, ...]  # (n, d) float32 each, one a modality
    labels: np.ndarray  # (n,) whole numbers from 0
    groups: np.ndarray  # (n,) items of one group are not independent of each other


MODALITIES = {"digits": ("image", "audio"), "stamps": ("image", "caption", "voice"), "mosi": ("text", "audio", "video")}
CLASSES = {"digits": 10, "stamps": 8, "mosi": 2}


def digits(seed: int) -> dict[str, Part]:
    """Digits seen and heard: what is left of the image (64), and log-mel in 8 stretches of time (24 × 8 = 192)."""
    made = data.seen_and_heard(seed=seed)
    return {
        name: Part((part.images, stretches(part.waves)), part.labels, np.unique(part.originals, axis=0, return_inverse=True)[1])
        for name, part in made.items()
    }


def stretches(waves: np.ndarray, bands: int = 24, parts: int = 8) -> np.ndarray:
    """Sounds (n, samples) at 8,000 a second -> (n, bands × parts): the mean log-mel energy of each band in each stretch."""
    spectra = np.asarray(audio.log_mel(waves, 8000, window=256, hop=128, bands=bands))  # (n, bands, t)
    cut = spectra[:, :, : spectra.shape[2] // parts * parts]
    return cut.reshape(len(cut), bands, parts, -1).mean(axis=3).reshape(len(cut), -1).astype(np.float32)


@functools.cache
def stamps_vectors() -> tuple[tuple[np.ndarray, ...], np.ndarray, np.ndarray]:
    """All stamps with a spoken description: picture (n, 1280), caption (n, 384), voice (n, 64); category; group."""
    pairs = data.load("stamps", split="all")
    spoken = pairs.column("speech_path")
    categories = [labels["category"] for labels in pairs.column("labels")]
    count = collections.Counter(category for category, path in zip(categories, spoken, strict=True) if VOICE in path)
    often = sorted(category for category, n in count.items() if n >= LEAST)
    rows = [i for i, path in enumerate(spoken) if VOICE in path and categories[i] in often]
    X = features.encode(features.pretrained.image(), pairs.column("image"))
    Y = features.encode(features.pretrained.text(), pairs.column("caption"))
    Z = np.stack([voice(audio.read(spoken[i][VOICE])) for i in rows])
    labels = np.array([often.index(categories[i]) for i in rows])
    return (X[rows], Y[rows], Z), labels, np.array([pairs.groups[i] for i in rows])


def voice(wave: np.ndarray, bands: int = 32) -> np.ndarray:
    """A description at `audio.RATE` -> (64,): mean and standard deviation over time of each band of its log-mel spectrum."""
    wave = np.pad(wave, (0, max(0, 1600 - len(wave))))  # a few are shorter than one window
    spectrum = np.asarray(audio.log_mel(wave[None], audio.RATE, window=400, hop=160, bands=bands, low=60.0)[0])
    return np.concatenate([spectrum.mean(axis=1), spectrum.std(axis=1)]).astype(np.float32)


def stamps(seed: int) -> dict[str, Part]:
    """A stamp's category from its picture, its caption and the caption spoken in French: eight categories."""
    views, labels, groups = stamps_vectors()
    sizes = [round(share * len(labels)) for share in (SHARES["test"], SHARES["val"])]
    rows = dict(zip(("test", "val", "train"), data.splits.grouped(groups.tolist(), sizes, seed=seed), strict=True))
    return {name: Part(tuple(view[i] for view in views), labels[i], groups[i]) for name, i in rows.items()}


def mosi(seed: int) -> dict[str, Part]:
    """Sentiment from words, voice and face; the official split, the same whatever the seed."""
    parts = {name: mosi_data.load(name) for name in ("train", "val", "test")}
    return {name: Part(part.features(), part.labels(), np.array(part.groups)) for name, part in parts.items()}
