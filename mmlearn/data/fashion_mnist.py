"""Fashion-MNIST: 70,000 grey product pictures of 28 x 28 pixels in ten classes (Xiao, Rasul and Vollgraf 2017,
arXiv:1708.07747).

The last 5,000 of the 60,000 training pictures are the validation part; the test part is the authors' own.
"""

import functools
import gzip
import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch

from mmlearn.data import fetch, manifest
from mmlearn.data.base import Pairs
from mmlearn.data.captioned import chosen
from mmlearn.data.registry import DataUnavailable

CLASSES = (
    "T-shirt or top", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
CAPTIONS = (
    "a T-shirt or top", "a pair of trousers", "a pullover", "a dress", "a coat",
    "a sandal", "a shirt", "a sneaker", "a bag", "an ankle boot",
)  # fmt: skip
VALIDATION = 5_000
_HEADERS = {"images": 16, "labels": 8}


class FashionMNIST(Pairs):
    """One split in memory. An item has "image" uint8 (3, 28, 28), "caption", "captions", "label" 0…9, "group" and "id".

    Grey is repeated in three channels, so that encoders of colour pictures take it as it is.
    """

    name = "fashion_mnist"
    modalities = ("image", "caption")

    def __init__(self, split: str, grey: np.ndarray, labels: np.ndarray) -> None:
        self.split, self.grey, self._labels = split, grey, labels
        self.groups = range(len(labels))  # the authors removed duplicates; no series are known

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> dict:
        label = int(self._labels[index])
        image = torch.from_numpy(np.repeat(self.grey[index][None], 3, axis=0))
        captions = [CAPTIONS[label]]
        return {
            "image": image, "caption": captions[0], "captions": captions, "label": label, "group": self.groups[index],
            "id": f"{self.split}/{self.groups[index]:05d}",
        }  # fmt: skip

    def column(self, key: str) -> list:
        """One view of all items, as a list. Decodes nothing."""
        if key == "caption":
            return [CAPTIONS[label] for label in self._labels]
        return self._labels.tolist() if key == "label" else super().column(key)

    def images(self, indices: Iterable[int] | None = None) -> np.ndarray:
        """The pictures of these items, of all if None: uint8 (n, 3, 28, 28)."""
        grey = self.grey if indices is None else self.grey[list(indices)]
        return np.repeat(grey[:, None], 3, axis=1)

    def labels(self) -> np.ndarray:
        """The class of every item, an index into `CLASSES`: int64 (n,)."""
        return self._labels.astype(np.int64)


def load(split: str = "train") -> FashionMNIST:
    """One split, fetched on first use.

    Args:
        split: "train" (55,000), "val" (5,000) or "test" (10,000).

    Raises:
        ValueError: an unknown split.
        DataUnavailable: the files can neither be found nor fetched, or are not those of the manifest.
    """
    chosen(split, more=())
    root = fetch.folder("fashion_mnist")
    kind = "t10k" if split == "test" else "train"
    grey, labels = (_read(root, f"{kind}-{what}") for what in _HEADERS)
    part = {"train": slice(None, -VALIDATION), "val": slice(-VALIDATION, None), "test": slice(None)}[split]
    return FashionMNIST(split, grey.reshape(-1, 28, 28)[part], labels[part])


def verify(root: Path) -> manifest.Report:
    """Compare the files below `root` with the manifest."""
    return manifest.check(manifest.entries("fashion_mnist"), functools.partial(digest, root))


def digest(root: Path, id: str) -> str | None:
    """The digest of what a file unpacks to, None if it is missing: packages compress the same bytes differently."""
    path = file(root, id)
    return _digest(_unzip(path)) if path.is_file() else None


def file(root: Path, id: str) -> Path:
    """The file of "train-images", "train-labels", "t10k-images" or "t10k-labels"."""
    return root / f"{id}-idx{3 if id.endswith('images') else 1}-ubyte.gz"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _unzip(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes())
    except (OSError, EOFError, ValueError) as error:
        raise DataUnavailable(f"{path} is truncated or damaged: remove it and run `mmlearn data get fashion_mnist`") from error


def _read(root: Path, id: str) -> np.ndarray:
    """The values of one file after its header, checked against the manifest on every reading: it takes a tenth of a
    second."""
    path = file(root, id)
    if not path.is_file():
        raise DataUnavailable(
            f"{path.name} is missing in {root}: add it, or remove that folder and run `mmlearn data get fashion_mnist`"
        )
    data = _unzip(path)
    wanted = {item.id: item.digest for item in manifest.entries("fashion_mnist")}[id]
    if _digest(data) != wanted:
        raise DataUnavailable(f"{path} is not the file this course knows: remove it and run `mmlearn data get fashion_mnist`")
    return np.frombuffer(data, dtype=np.uint8)[_HEADERS[id.split("-")[1]] :].copy()
