"""Flickr8k: photographs of people and animals doing things, each described by five people (Hodosh, Young and Hockenmaier,
2013, "Framing image description as a ranking task", Journal of Artificial Intelligence Research 47).

Its makers give it for non-commercial research on request, so nothing is fetched here: who has a copy puts it into a folder
`flickr8k` of MMLEARN_DATA_DIR, or gives its path. Part of a copy will do. Both ways in which it goes around are read, whatever
folders the photographs are in:

- the authors': `Flickr8k.token.txt`, lines "NAME.jpg#0", a tab, a caption; and `Flickr_8k.trainImages.txt`, `….devImages.txt`
  and `….testImages.txt`, names of 6,000, 1,000 and 1,000 photographs;
- one table `captions.txt`, rows "NAME.jpg,a caption" below the head "image,caption". It has no lists. Lists beside it are
  read; without any, parts are drawn by the photographs' names, and a warning says that these are not the authors' parts.
"""

import csv
import hashlib
import re
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch

from mmlearn.data import fetch, manifest, pictures, prepared
from mmlearn.data.base import Pairs
from mmlearn.data.captioned import chosen, sized
from mmlearn.data.registry import DataUnavailable

LISTS = {"train": "Flickr_8k.trainImages.txt", "val": "Flickr_8k.devImages.txt", "test": "Flickr_8k.testImages.txt"}
TOKENS, TABLE = "Flickr8k.token.txt", "captions.txt"


class Photographs(Pairs):
    """One split; photographs are read when they are asked for.

    An item has "image" uint8 (3, size, size), "caption" (the first), "captions" (all, as a rule five), "group" and "id" (both
    the photograph's name).
    """

    name = "flickr8k"
    modalities = ("image", "caption")

    def __init__(self, split: str, files: Sequence[Path], captions: Sequence[list[str]], size: int, crop: bool) -> None:
        self.split, self.size, self.crop, self.captions = split, size, crop, list(captions)
        self._files = list(files)
        self.ids = self.groups = [file.name for file in files]

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: int) -> dict:
        image = torch.from_numpy(pictures.read(self._files[index], self.size, self.crop))
        said = {"caption": self.captions[index][0], "captions": self.captions[index]}
        return {"image": image, **said, "group": self.groups[index], "id": self.ids[index]}

    def column(self, key: str) -> list:
        """One view of all items, as a list. Reads photographs only for "image"."""
        quick = {"caption": [said[0] for said in self.captions], "captions": self.captions, "group": self.groups, "id": self.ids}
        return list(quick[key]) if key in quick else super().column(key)

    def images(self, indices: Iterable[int] | None = None) -> np.ndarray:
        """The photographs of these items, of all if None: uint8 (n, 3, size, size)."""
        which = range(len(self)) if indices is None else indices
        read = [pictures.read(self._files[index], self.size, self.crop) for index in which]
        return np.stack(read) if read else np.empty((0, 3, self.size, self.size), dtype=np.uint8)

    @property
    def fingerprint(self) -> str:
        """Changes whenever a photograph or the choice of items does: names and sizes of the files, and how they are read."""
        files = "\n".join(f"{file.name} {file.stat().st_size}" for file in self._files)
        return f"flickr8k {self.size}px {'cropped ' * self.crop}{hashlib.sha256(files.encode()).hexdigest()[:16]}"


def load(split: str = "train", size: int = prepared.SIDE, crop: bool = False, root: str | Path | None = None) -> Photographs:
    """One split of the copy that is here, or of the part of it that is here.

    Args:
        split: "train" (6,000 in a whole copy), "val" (1,000), "test" (1,000) or "all".
        size: the side of the pictures in pixels, 16 to 224.
        crop: whether to cut a photograph to its middle square, as networks are mostly trained; else it is whole, on white.
        root: the folder of the copy; None for the folder flickr8k of MMLEARN_DATA_DIR.

    Raises:
        ValueError: an unknown split, or a size out of range.
        DataUnavailable: there is no copy, no captions in it, or no photograph of the split.
    """
    split, size = chosen(split), sized(size)
    place = _place(root)
    said, found = captions(place), photographs(place)
    wanted = names(place, split, said)
    here = [name for name in wanted if name in found and name in said]
    if not here:
        raise DataUnavailable(
            f"{place} has no photograph with captions of flickr8k's split {split!r}: complete that copy, or take another split"
        )
    if len(here) < len(wanted):
        lacking = f"{len(wanted) - len(here)} of {len(wanted)} items of the split {split!r} lack photograph or captions"
        warnings.warn(f"flickr8k: {lacking} in {place}; they are left out", stacklevel=2)
    return Photographs(split, [found[name] for name in here], [said[name] for name in here], size, crop)


def _place(root: str | Path | None) -> Path:
    if root is not None:
        if not Path(root).expanduser().is_dir():
            raise DataUnavailable(f"root is {str(root)!r}, which is no folder: give the folder of your copy of flickr8k")
        return Path(root).expanduser()
    if place := fetch.find("flickr8k"):
        return place
    raise DataUnavailable(
        "flickr8k is not on this machine, and is not fetched since its makers give it on request, for non-commercial research: "
        "put your own copy into a folder flickr8k, and let MMLEARN_DATA_DIR name the folder above it"
    )


def photographs(root: Path) -> dict[str, Path]:
    """Name such as "1000268201_693b08cb0e.jpg" -> file, in any folder below `root`; hidden files are none."""
    return {path.name: path for path in sorted(root.rglob("*.jpg")) if not path.name.startswith(".")}


def captions(root: Path) -> dict[str, list[str]]:
    """Name of a photograph -> its captions in their order.

    Raises:
        DataUnavailable: neither file of captions is there, or it holds none.
    """
    if path := _file(root, TOKENS):
        lines = (re.match(r"(\S+)#(\d+)\t(.*)", line) for line in _lines(path))
        rows = [(name, text) for name, _, text in sorted((m[1], int(m[2]), m[3]) for m in lines if m)]
    elif path := _file(root, TABLE):
        # a caption may hold commas without being quoted
        rows = [(row[0], ",".join(row[1:])) for row in csv.reader(_lines(path)) if len(row) > 1 and row != ["image", "caption"]]
    else:
        raise DataUnavailable(f"{root} has photographs but neither {TOKENS} nor {TABLE}: put one of them there")
    said: dict[str, list[str]] = {}
    for name, text in rows:
        if text.strip():
            said.setdefault(name, []).append(text.strip())
    if not said:
        raise DataUnavailable(f"{path} holds no captions of the form it should: get it again")
    return said


def names(root: Path, split: str, known: Iterable[str]) -> list[str]:
    """The photographs of a split, by the authors' lists; where none is there, drawn from the `known` ones."""
    lists = {each: path for each, name in LISTS.items() if (path := _file(root, name))}
    if not lists:
        if split != "all":
            warnings.warn(f"flickr8k: {root} has no {LISTS['train']}; parts are drawn, not the authors'", stacklevel=3)
        return [name for name in known if split in ("all", drawn(name))]
    wanted = [line.strip() for each, path in lists.items() if split in ("all", each) for line in _lines(path)]
    return list(dict.fromkeys(name for name in wanted if name))


def drawn(name: str) -> str:
    """A part for a photograph, by its name alone, so that more photographs move none: 6 in 8 train, 1 in 8 val and test."""
    return ("val", "test", *["train"] * 6)[hashlib.sha256(name.encode()).digest()[0] % 8]


def verify(root: Path) -> manifest.Report:
    """Which photographs that the lists or captions name are there, are missing, or are no JPEG ("changed")."""
    said, found = captions(root), photographs(root)
    report = manifest.Report([], [], [])
    for number, name in enumerate(names(root, "all", said)):
        if name not in found or name not in said:
            report.missing.append(name)
        elif _jpeg(found[name]):
            report.right.append(manifest.Entry(name, "all", number, ""))
        else:
            report.changed.append(name)
    return report


def _jpeg(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\xff\xd8"


def _file(root: Path, name: str) -> Path | None:
    """The file of that name in `root` or a folder below."""
    return next(iter(sorted(root.rglob(name), key=lambda path: len(path.parts))), None)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
