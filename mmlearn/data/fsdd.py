"""Free Spoken Digit Dataset: six people say the ten digits, fifty times each, at 8,000 samples a second (Jackson et al.,
2016, https://github.com/Jakobovski/free-spoken-digit-dataset).

Recordings 0–4 of each digit and speaker are the authors' own test part; 5–9 serve here as validation. All six speakers are
in every part: for a number about new voices, leave one out by `speakers()`.
"""

import functools
import io
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmlearn.data import fetch, manifest
from mmlearn.data.base import Pairs
from mmlearn.data.captioned import chosen
from mmlearn.data.registry import DataUnavailable

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
RATE = 8_000


class SpokenDigits(Pairs):
    """One split in memory: 24 MB of samples in all.

    An item has "speech" float32 (samples,), "caption" such as "seven", "captions", "label" 0…9, "labels" ("digit" and
    "speaker"), "group" and "id".
    """

    name = "fsdd"
    modalities = ("speech", "caption")
    sample_rate = RATE

    def __init__(self, split: str, items: list[manifest.Entry], waves: list[np.ndarray]) -> None:
        self.split, self._waves = split, waves
        self.ids = [item.id for item in items]
        self.groups = [item.group for item in items]  # each is a recording of its own

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> dict:
        digit, speaker, _ = parts(self.ids[index])
        return {
            "speech": torch.from_numpy(self._waves[index]), "caption": WORDS[digit], "captions": [WORDS[digit]],
            "label": digit, "labels": {"digit": digit, "speaker": speaker},
            "group": self.groups[index], "id": self.ids[index],
        }  # fmt: skip

    def waves(self) -> list[Tensor]:
        """Every recording: float32 (samples,) each."""
        return [torch.from_numpy(wave) for wave in self._waves]

    def labels(self) -> np.ndarray:
        """The digit of every item: int64 (n,)."""
        return np.array([parts(id)[0] for id in self.ids], dtype=np.int64)

    def speakers(self) -> np.ndarray:
        """Who speaks, one name an item: str (n,)."""
        return np.array([parts(id)[1] for id in self.ids])


def parts(id: str) -> tuple[int, str, int]:
    """What a name says: "7_jackson_32" -> (7, "jackson", 32), digit, speaker and which of the fifty."""
    digit, speaker, number = id.split("_")
    return int(digit), speaker, int(number)


def load(split: str = "train") -> SpokenDigits:
    """One split, fetched on first use and compared with the manifest.

    Args:
        split: "train" (2,400), "val" (300), "test" (300) or "all".

    Raises:
        ValueError: an unknown split.
        DataUnavailable: the recordings can neither be found nor fetched, or are not those of the manifest.
    """
    chosen(split)
    root = fetch.folder("fsdd")
    items = [item for item in manifest.entries("fsdd") if split in ("all", item.split)]
    right = manifest.accept("fsdd", manifest.check(items, functools.partial(digest, root)), root)
    return SpokenDigits(split, right, [_decode(file(root, item.id)) for item in right])


def verify(root: Path) -> manifest.Report:
    """Compare the recordings below `root` with the manifest."""
    return manifest.check(manifest.entries("fsdd"), functools.partial(digest, root))


def digest(root: Path, id: str) -> str | None:
    """The digest of a recording's file, None if it is missing."""
    path = file(root, id)
    return manifest.digest(path.read_bytes()) if path.is_file() else None


def file(root: Path, id: str) -> Path:
    """A recording's file: in the folder `recordings`, as upstream has it, or beside the others in `root` itself."""
    inside = root / "recordings"
    return (inside if inside.is_dir() else root) / f"{id}.wav"


def _decode(path: Path) -> np.ndarray:
    import soundfile

    samples, rate = soundfile.read(io.BytesIO(path.read_bytes()), dtype="float32")
    if rate != RATE or samples.ndim != 1:
        raise DataUnavailable(f"{path} has {rate} samples a second, shape {samples.shape}; known are {RATE} and one channel")
    return samples
