"""Which items a real dataset has, in which split and group, and how their files are recognised:
`data/splits/NAME.json`.

A manifest holds ids and digests, no media. It makes experiments comparable between systems whose packages differ a
little: items that a release lacks or has changed are left out visibly, items it adds are ignored.
"""

import hashlib
import json
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from mmlearn.data.registry import DataUnavailable
from mmlearn.data.resources import resource

SPLITS = ("train", "val", "test")
TOLERATED = 0.05
"""The share of items that may be missing or changed before a copy is refused as another dataset."""


class Entry(NamedTuple):
    """One item: its id (a path without suffix), split, group, digest of what is used of it, and a note of its
    dataset."""

    id: str
    split: str
    group: int
    digest: str
    note: str = ""


class Report(NamedTuple):
    """What a check found: the entries that are right, and the ids of those missing and changed."""

    right: list[Entry]
    missing: list[str]
    changed: list[str]


def entries(name: str) -> list[Entry]:
    """The manifest of a dataset, in order."""
    return [Entry(*row) for row in json.loads(resource(f"splits/{name}.json").read_text(encoding="utf-8"))["items"]]


def write(path: Path, items: Iterable[Entry], **about: object) -> None:
    """Write a manifest, one item a line so that changes can be read."""
    rows = ",\n".join(json.dumps(list(item), ensure_ascii=False) for item in items)
    head = json.dumps(about, ensure_ascii=False)[1:-1]
    path.write_text(f'{{{head}, "items": [\n{rows}\n]}}\n', encoding="utf-8")


def digest(*parts: bytes) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the parts, each preceded by its length."""
    running = hashlib.sha256()
    for part in parts:
        running.update(len(part).to_bytes(8, "big") + part)
    return running.hexdigest()[:16]


def check(items: Iterable[Entry], digest_of: Callable[[str], str | None]) -> Report:
    """Compare a copy of a dataset with its manifest.

    Args:
        items: the manifest.
        digest_of: id -> digest of what this copy has, None if it has nothing of that id.
    """
    report = Report([], [], [])
    for item in items:
        found = digest_of(item.id)
        if found == item.digest:
            report.right.append(item)
        else:
            (report.missing if found is None else report.changed).append(item.id)
    return report


def accept(name: str, report: Report, where: Path) -> list[Entry]:
    """The entries to use: all that are right, with a warning where a few are not.

    Raises:
        DataUnavailable: more than `TOLERATED` of them are missing or changed.
    """
    wrong = len(report.missing) + len(report.changed)
    found = f"{len(report.missing)} items are missing and {len(report.changed)} changed of {wrong + len(report.right)}"
    if wrong > TOLERATED * (wrong + len(report.right)):
        raise DataUnavailable(
            f"{where} does not hold the {name} this course knows ({found}): if it is in the cache, remove that folder and "
            f"run `mmlearn data get {name}`; if it is your own, get the release that `mmlearn.data.card({name!r})` names"
        )
    if wrong:
        warnings.warn(f"{name}: {found} in {where}; they are left out", stacklevel=3)
    return report.right
