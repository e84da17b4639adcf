"""CMU-MOSI: people speak about films on video, and each utterance is judged positive or negative (Zadeh, Zellers, Pincus and
Morency, 2016, "Multimodal sentiment intensity analysis in videos: facial gestures and verbal messages", IEEE Intelligent
Systems 31(6)).

Not the videos: vectors made of each utterance's words, voice and face by the authors of Poria, Cambria, Hazarika, Majumder, Zadeh
and Morency (2017), "Context-dependent sentiment analysis in user-generated videos", ACL, who publish them as tables.

A warning that is a lesson: those who made the text and video vectors seem to have trained their extractors with the labels of the
training part. On it everything looks easy, and no cross-validation inside the training part can be believed, not even across
videos. Only the test part was not seen.
"""

import csv
import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from mmlearn.data import fetch, manifest
from mmlearn.data.base import Pairs
from mmlearn.data.captioned import chosen
from mmlearn.data.registry import DataUnavailable

WIDTHS = {"text": 100, "audio": 73, "video": 100}


class Utterance(NamedTuple):
    """One row of the tables."""

    text: np.ndarray  # (100,) float32
    audio: np.ndarray  # (73,)
    video: np.ndarray  # (100,)
    label: int  # 1 positive, 0 negative
    words: str


class Utterances(Pairs):
    """One split in memory.

    An item has "text" float32 (100,), "audio" (73,), "video" (100,), "caption" (the words, in capitals, as transcribed),
    "captions", "label" 1 (positive) or 0, "group" (which of the 93 videos; the test part's are in no other part) and "id".
    """

    name = "mosi"
    modalities = tuple(WIDTHS)

    def __init__(self, split: str, items: list[manifest.Entry], rows: dict[str, Utterance]) -> None:
        self.split = split
        self.ids = [item.id for item in items]
        self.groups = [item.group for item in items]
        self._rows = [rows[item.id] for item in items]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> dict:
        row = self._rows[index]
        vectors = {name: torch.from_numpy(getattr(row, name)) for name in WIDTHS}
        said = {"caption": row.words, "captions": [row.words], "label": row.label}
        return {**vectors, **said, "group": self.groups[index], "id": self.ids[index]}

    def features(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Text (n, 100), audio (n, 73) and video (n, 100), float32."""
        return tuple(np.stack([getattr(row, name) for row in self._rows]) for name in WIDTHS)

    def labels(self) -> np.ndarray:
        """1 positive, 0 negative: int64 (n,)."""
        return np.array([row.label for row in self._rows], dtype=np.int64)


def load(split: str = "train") -> Utterances:
    """One split, fetched on first use and compared with the manifest.

    Args:
        split: "train" and "val" (50 and 12 of the authors' 62 training videos), "test" (their 31 others) or "all".

    Raises:
        ValueError: an unknown split.
        DataUnavailable: the tables can neither be found nor fetched, or are not those of the manifest.
    """
    chosen(split)
    root = fetch.folder("mosi")
    items = [item for item in manifest.entries("mosi") if split in ("all", item.split)]
    right = manifest.accept("mosi", manifest.check(items, functools.partial(digest, root)), root)
    return Utterances(split, right, utterances(root))


def verify(root: Path) -> manifest.Report:
    """Compare the tables below `root` with the manifest."""
    return manifest.check(manifest.entries("mosi"), functools.partial(digest, root))


def digest(root: Path, id: str) -> str | None:
    """The digest of an utterance's numbers, label and words, None if it is missing."""
    row = utterances(root).get(id)
    if row is None:
        return None
    return manifest.digest(*(getattr(row, name).tobytes() for name in WIDTHS), bytes([row.label]), row.words.encode())


@functools.lru_cache(maxsize=2)
def utterances(root: Path) -> dict[str, Utterance]:
    """Id such as "03bSnISJMiM_1", video and number, -> utterance; the authors' training part comes first.

    Raises:
        DataUnavailable: a table is missing, or is not what it is known to be.
    """
    said = [(row[0], row[1]) for row in table(root, "transcripts.csv")]
    found = {}
    for part in ("train", "test"):
        # the first number of each row here is which line of the transcripts it belongs to
        lines = [int(float(row[0])) for row in table(root, f"text_{part}.csv")]
        vectors = {name: _numbers(root, f"{name}_{part}0.csv", width) for name, width in WIDTHS.items()}
        labels = vectors["text"][:, -1].astype(int)
        if {len(lines)} != {len(each) for each in vectors.values()} or max(lines, default=0) >= len(said):
            raise DataUnavailable(f"{root} has tables of the part {part} that do not go together: get them again")
        for i, line in enumerate(lines):
            found[said[line][0]] = Utterance(*(each[i, :-1] for each in vectors.values()), int(labels[i]), said[line][1])
    return found


def _numbers(root: Path, name: str, width: int) -> np.ndarray:
    """(n, width + 1) float32: a table of vectors, each followed by its label."""
    rows = table(root, name)
    try:
        numbers = np.array(rows, dtype=np.float32)
    except ValueError:
        numbers = np.zeros((0, 0))
    if numbers.ndim != 2 or numbers.shape[1] != width + 1:
        raise DataUnavailable(f"{root / name} is not the table it should be, {width + 1} numbers a row: get it again")
    return numbers


def table(root: Path, name: str) -> list[list[str]]:
    """A table's rows: of the file in `root`, or in the folder of its medium there, as upstream has it."""
    path = root / name
    if not path.is_file():
        path = root / name.split("_")[0] / name
    if not path.is_file():
        raise DataUnavailable(f"{root} has no {name}: put it there, or remove that folder so that all is fetched")
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        return list(csv.reader(file))
