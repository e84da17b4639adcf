"""A digit written and spoken, both spoilt: neither suffices, together they go further.

After the AV-MNIST of Vielzeuf, Lechervy, Pateux and Jurie (2018), "CentralNet: a multilayer approach for multimodal fusion",
ECCV workshops, who take most of the energy from MNIST's images by PCA and cover spoken digits with noise. Here the images are
the 1,797 that come with scikit-learn, the voices those of `fsdd`, and the noise is pink: its power falls as 1 / frequency, as
that of many natural sounds does. An image and a recording are put together by chance among those of one digit, so the digit is
all they share.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from mmlearn.data import fsdd
from mmlearn.data.two_views import SHARES, written_digits

PAIRS = {"train": 3500, "val": 500, "test": 1000}
SAMPLES = 6000
"""Of each recording, 0.75 seconds: longer ones are cut, shorter ones followed by silence."""


class SeenAndHeard(NamedTuple):
    """Pairs of an image and a sound, row by row."""

    images: np.ndarray  # (n, 64) float32: 8 × 8 pixels, what is left of them
    waves: np.ndarray  # (n, 6000) float32, 8,000 samples a second, with noise
    labels: np.ndarray  # (n,) which digit, 0 to 9
    originals: np.ndarray  # (n, 2) which of the 1,797 images and which recording of the split


def seen_and_heard(
    pairs: Mapping[str, int] | None = None, seed: int = 0, energy: float = 0.25, snr: float = -12.0
) -> dict[str, SeenAndHeard]:
    """Pairs in three splits that share no image and no recording; in all splits the same six speakers.

    Args:
        pairs: how many of "train", "val" and "test"; 3,500, 500 and 1,000 where not given. Images and recordings may occur in
            several pairs of their split, with noise of their own.
        seed: of the split of the images and of everything drawn.
        energy: how much of the variance of the images is left: of their principal components, found on the training images, the
            first are kept until they have this share of it.
        snr: signal-to-noise ratio in decibels, the power of a recording against that of its noise; inf adds none.

    Raises:
        ValueError: an unknown split, fewer than one pair, energy not within (0, 1], or snr not a number.
        DataUnavailable: `fsdd` cannot be had.
    """
    pairs = dict(PAIRS if pairs is None else pairs)
    if not set(pairs) <= set(SHARES) or any(n < 1 for n in pairs.values()):
        raise ValueError(f"pairs is {pairs}; accepted are numbers from 1 for {', '.join(SHARES)}")
    if not 0 < energy <= 1 or np.isnan(snr):
        raise ValueError(f"energy is {energy} and snr {snr}; accepted are a share above 0 and up to 1, and decibels")
    images, labels, parts = written_digits(seed)
    left = without_energy(images.reshape(len(images), -1), parts["train"], energy).astype(np.float32)
    made = {}
    for name, n in pairs.items():
        rng = np.random.default_rng([seed, 1 + list(SHARES).index(name)])  # more training pairs leave the test pairs as they are
        recordings = fsdd.load(name)
        seen = rng.choice(parts[name], n)
        digits = recordings.labels()
        heard = np.array([rng.choice(np.flatnonzero(digits == labels[i])) for i in seen])
        clips = np.stack([_fitted(recordings[int(i)]["speech"].numpy()) for i in heard])
        made[name] = SeenAndHeard(left[seen], with_noise(clips, snr, rng), labels[seen], np.stack([seen, heard], axis=1))
    return made


def without_energy(X: np.ndarray, rows: np.ndarray, energy: float) -> np.ndarray:
    """X (n, d) on the fewest leading principal components of X[rows] that have at least this share of their variance."""
    mean = X[rows].mean(axis=0)
    _, spread, directions = np.linalg.svd(X[rows] - mean, full_matrices=False)
    share = np.cumsum(spread**2) / np.sum(spread**2)
    kept = directions[: 1 + int(np.searchsorted(share, energy - 1e-9))]  # (k, d)
    return mean + (X - mean) @ kept.T @ kept


def with_noise(waves: np.ndarray, snr: float, rng: np.random.Generator) -> np.ndarray:
    """Sounds (n, samples), each covered with pink noise of its own at `snr` decibels below its power; float32."""
    n, samples = waves.shape
    spectrum = rng.standard_normal((n, samples // 2 + 1, 2)).view(complex)[..., 0]
    spectrum[:, 1:] /= np.sqrt(np.arange(1, spectrum.shape[1]))  # amplitude as 1 / √f: power as 1 / f
    spectrum[:, 0] = 0
    noise = np.fft.irfft(spectrum, samples)
    loud = np.sqrt((waves**2).mean(axis=1, keepdims=True) / (noise**2).mean(axis=1, keepdims=True))
    return (waves + loud * 10 ** (-snr / 20) * noise).astype(np.float32)


def _fitted(wave: np.ndarray) -> np.ndarray:
    """A recording of exactly `SAMPLES` samples."""
    return np.pad(wave[:SAMPLES], (0, max(0, SAMPLES - len(wave))))
