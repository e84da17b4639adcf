"""Open Clip Art Library 0.18: thousands of public-domain drawings with titles, tags and folders.

Left out are icon themes, the hundreds of stars, playing cards, patterns and gradients, what nobody sorted, and
pictures whose title says nothing. What remains, which title is used and why is in the manifest; the media come from
the package `openclipart-svg`.
"""

import functools
import re
from pathlib import Path

from mmlearn.data import manifest, prepared
from mmlearn.data.captioned import Captioned, chosen, sized
from mmlearn.data.manifest import Entry
from mmlearn.data.svg_text import Metadata, metadata, phrase, with_tags

LEFT_OUT = re.compile(r"-theme/|^computer/icons|^shapes/stars|^unsorted|^special|^recreation/games/cards|^signs_and_symbols/font")
NOTES = {"t": "title", "f": "file name"}


def load(split: str = "train", size: int = prepared.SIDE) -> Captioned:
    """The drawings of one split, fetched and drawn on first use.

    An item has "image" uint8 (3, size, size), "caption" (the title and up to three tags that add to it), "captions" (that,
    the title alone, and a description where there is one), "tags", "labels" ("category", "folder"), "creator", "group" and "id".

    Args:
        split: "train", "val", "test" or "all".
        size: the side of the pictures in pixels, 16 to 224.

    Raises:
        ValueError: an unknown split, or a size out of range.
        DataUnavailable: the drawings can neither be found nor fetched, or are not those of the manifest.
    """
    split, size = chosen(split), sized(size)  # before anything is fetched
    records = prepared.records("clipart", verify, record, file)
    return Captioned("clipart", split, records, size)


def verify(root: Path) -> manifest.Report:
    """Compare the drawings below `root` with the manifest."""
    return manifest.check(manifest.entries("clipart"), functools.partial(digest, root))


def file(root: Path, id: str) -> Path:
    """The file of a drawing."""
    return root / f"{id}.svg"


def digest(root: Path, id: str) -> str | None:
    """The digest of a drawing's file, None if there is none."""
    path = file(root, id)
    return manifest.digest(path.read_bytes()) if path.is_file() else None


def read(root: Path, id: str) -> Metadata:
    """What a drawing's file says of itself."""
    return metadata(file(root, id).read_text(encoding="utf-8", errors="replace"))


def title(id: str, about: Metadata, note: str) -> str:
    """The short caption of a drawing: its title, or its file's name where the title belongs to a whole batch of
    files."""
    return phrase(about.title if NOTES[note] == "title" else id.rsplit("/", 1)[-1])


def record(root: Path, item: Entry) -> dict:
    """Everything of an item but its picture."""
    about = read(root, item.id)
    short = title(item.id, about, item.note)
    caption = with_tags(short, about.tags)
    said = [about.description] if 3 <= len(about.description.split()) <= 30 else []
    folder = item.id.rsplit("/", 1)[0]
    return {
        "id": item.id,
        "caption": caption,
        "captions": list(dict.fromkeys([caption, short, *said])),
        "tags": list(about.tags),
        "labels": {"category": folder.split("/")[0], "folder": folder},
        "creator": about.creator,
        "group": item.group,
        "split": item.split,
    }
