"""Pictures with captions: what `stamps` and `clipart` have in common once they are prepared."""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import torch

from mmlearn.data import prepared
from mmlearn.data.base import Pairs
from mmlearn.data.manifest import SPLITS


def chosen(split: str, more: Sequence[str] = ("all",)) -> str:
    """Return `split` if it is one.

    Raises:
        ValueError: it is not; the message names what is.
    """
    accepted = (*SPLITS, *more)
    if split not in accepted:
        raise ValueError(f"split is {split!r}, accepted are {', '.join(accepted)}")
    return split


def sized(size: int) -> int:
    """Return `size` if pictures can be had so large.

    Raises:
        ValueError: it is no whole number from 16 to 224.
    """
    if not isinstance(size, int) or not 16 <= size <= prepared.SIDE:
        raise ValueError(f"size is {size!r}, accepted are whole numbers from 16 to {prepared.SIDE}")
    return size


class Captioned(Pairs):
    """A dataset of pictures and captions.

    An item has "image" uint8 (3, size, size), "caption", "captions", "labels", "group", "id" and what its dataset adds.

    Args:
        name: its registered name.
        split: "train", "val", "test", or "all" of them, from which other splits can be drawn by `mmlearn.data.splits.grouped`.
        records: the prepared items of all splits.
        size: the side of the pictures in pixels, 16 to 224.

    Raises:
        ValueError: an unknown split, or a size out of range.
    """

    modalities = ("image", "caption")

    def __init__(self, name: str, split: str, records: Iterable[dict], size: int = prepared.SIDE) -> None:
        self.name, self.split, self.size, self.folder = name, chosen(split), sized(size), prepared.place(name)
        self.records = [record for record in records if split in ("all", record["split"])]
        self.groups = [record["group"] for record in self.records]

    def __len__(self) -> int:
        return len(self.records)

    @property
    def fingerprint(self) -> str:
        """Changes whenever a picture or the choice of items does: the prepared form, the size, and which items."""
        ids = hashlib.sha256("\n".join(record["id"] for record in self.records).encode()).hexdigest()[:16]
        return f"{self.folder.name} {self.size}px {ids}"

    def __getitem__(self, index: int) -> dict:
        record = self.records[index]
        fields = {key: value for key, value in record.items() if key not in ("file", "split")}
        return {"image": torch.from_numpy(self._picture(record)), **fields}

    def column(self, key: str) -> list:
        """One view of all items, as a list. Decodes pictures only for "image"."""
        if key == "image" or not self.records or key not in self.records[0]:
            return super().column(key)
        return [record[key] for record in self.records]

    def images(self, indices: Iterable[int] | None = None) -> np.ndarray:
        """The pictures of these items, of all if None: uint8 (n, 3, size, size)."""
        which = range(len(self)) if indices is None else list(indices)
        out = np.empty((len(which), 3, self.size, self.size), dtype=np.uint8)
        for row, index in enumerate(which):
            out[row] = self._picture(self.records[index])
        return out

    def _picture(self, record: dict) -> np.ndarray:
        return prepared.picture(self.folder, record, self.size)
