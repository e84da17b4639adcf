"""Several datasets of one shape as one, such as stamps and clipart as the shelf of one search engine."""

from collections.abc import Sequence

import torch

from mmlearn.data.base import Pairs
from mmlearn.data.registry import DataUnavailable, load


class Joined(Pairs):
    """Datasets one behind the other. An item is as its own dataset gives it.

    Attributes:
        parts: the datasets.
        sources: the name of each item's dataset, (n,).
        captions: the caption of each item, (n,).
        groups: as the parts have them. `stamps` and `clipart` number theirs together, as near-duplicates are found across both.
    """

    def __init__(self, *parts: Pairs, n: int | None = None):
        if not parts:
            raise ValueError("parts is empty; join needs at least one dataset")
        if n is not None and n < 1:
            raise ValueError(f"n is {n}; it must be at least 1, or None for all items")
        self.parts = parts
        places = [(part, i) for part in parts for i in range(len(part))]
        step = 1 if n is None else max(1, len(places) / n)
        self._places = [places[int(i * step)] for i in range(int(len(places) / step))]
        self.name = " + ".join(part.name for part in parts)
        self.split = parts[0].split
        self.modalities = tuple(m for m in parts[0].modalities if all(m in part.modalities for part in parts))
        self.sample_rate = parts[0].sample_rate
        self.sources = [part.name for part, _ in self._places]
        captions = {part: part.column("caption") for part in parts}
        self.captions = [captions[part][i] for part, i in self._places]
        self.groups = [part.groups[i] for part, i in self._places]

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, i: int) -> dict:
        if not -len(self) <= i < len(self):
            raise IndexError(f"index is {i}; there are {len(self)} items")
        part, i = self._places[i]
        return part[i]

    def images(self, indices: Sequence[int]) -> list[torch.Tensor]:
        """Some pictures, each uint8 (3, H, W); sizes may differ between datasets."""
        return [self[int(i)]["image"] for i in indices]

    def column(self, key: str) -> Sequence:
        """One view of all items; pictures are read one by one when they are asked for."""
        if key == "caption":
            return self.captions
        return Column(self, key)


class Column(Sequence):
    """One view of a dataset as a sequence that makes its items when they are asked for, so that it needs no memory."""

    def __init__(self, pairs: Joined, view: str):
        self.pairs, self.view = pairs, view

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, i: int) -> object:
        return self.pairs[i][self.view]

    @property
    def key(self) -> str | None:
        """What identifies these items, so that cached features are found without reading them; None if nothing does."""
        parts = [getattr(part, "fingerprint", None) for part in self.pairs.parts]
        return None if None in parts else f"{self.view} of {len(self)} of {', '.join(parts)}"


def join(*parts: Pairs, n: int | None = None) -> Joined:
    """Several datasets as one (see `Joined`); with `n`, about so many items, evenly spread.

    Raises:
        ValueError: there are no parts, or `n` is below 1.
    """
    return Joined(*parts, n=n)


def captioned_pictures(n: int | None = None) -> Joined:
    """The real pairs of the course: stamps and clipart with their words; with `n`, about so many, evenly spread.

    Where they cannot be had, generated scenes of one thing come instead (`n` of them, else 4,000), and a printed
    sentence says why.
    """
    try:
        return join(*(load(name, split="all") for name in ("stamps", "clipart")), n=n)
    except DataUnavailable as reason:
        print(f"{reason}\n\nThe chapter goes on with generated scenes.")
        return join(load("scenes", n=n or 4000, objects=1, detail=1.0))
