"""Tux Paint stamps: photographs and drawings, each with a caption in some ninety languages and recordings of it in a
dozen.

An item's file names share a stem: `owl.png` or `owl.svg` the picture, `owl.txt` the captions (English first),
`owl_desc.ogg` and `owl_desc_fr.ogg` the caption spoken, `owl.ogg` or `owl.wav` the sound it makes. The recordings are
given as paths.
"""

import functools
from pathlib import Path

from mmlearn.data import fetch, manifest, prepared
from mmlearn.data.captioned import Captioned, chosen, sized
from mmlearn.data.manifest import Entry

SYMBOLS = "symbols"


def load(split: str = "train", size: int = prepared.SIDE, language: str = "en", symbols: bool = False) -> Captioned:
    """The stamps of one split, fetched and decoded on first use.

    An item has "image" uint8 (3, size, size), "caption", "captions" (a list: the caption alone), "translations" (language ->
    caption), "speech_path" (language -> file of the spoken caption), "sound_path" (file of its sound or None), "labels"
    ("category", "folder"), "group" and "id". The recordings are not decoded, nor checked by
    the manifest. Stamps without a caption in `language` are left out.

    Args:
        split: "train", "val", "test" or "all".
        size: the side of the pictures in pixels, 16 to 224.
        language: of "caption", such as "en", "fr" or "zh_cn".
        symbols: whether to include the quarter that are letters, digits, coins, notes and shapes.

    Raises:
        ValueError: an unknown split or language, or a size out of range.
        DataUnavailable: the stamps can neither be found nor fetched, or are not those of the manifest.
    """
    split, size = chosen(split), sized(size)  # before anything is fetched
    records = prepared.records("stamps", verify, record, picture)
    wanted = [one for one in records if symbols or one["labels"]["category"] != SYMBOLS]
    return Stamps("stamps", split, _in_language(wanted, language), size)


class Stamps(Captioned):
    """Stamps with the paths of their recordings, which lie where the stamps do."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self.root = fetch.find("stamps")

    def __getitem__(self, index: int) -> dict:
        return {**super().__getitem__(index), **self.sounds(index)}

    def column(self, key: str) -> list:
        """One view of all items, as a list."""
        if key in ("speech_path", "sound_path"):
            return [self.sounds(index)[key] for index in range(len(self))]
        return super().column(key)

    def sounds(self, index: int) -> dict:
        """The recordings of an item: "speech_path" language -> Path, "sound_path" Path or None. None are found where
        the files are gone."""
        stem = (self.root or Path()) / self.records[index]["id"]
        spoken = {  # one file of the release ends in .ogg.ogg
            path.stem.removesuffix(".ogg").removeprefix(f"{stem.name}_desc").removeprefix("_") or "en": path
            for path in sorted(stem.parent.glob(f"{stem.name}_desc*.ogg"))
        }
        own = [path for ending in (".ogg", ".wav") if (path := stem.parent / f"{stem.name}{ending}").is_file()]
        return {"speech_path": spoken, "sound_path": own[0] if own else None}


def verify(root: Path) -> manifest.Report:
    """Compare the stamps below `root` with the manifest."""
    return manifest.check(manifest.entries("stamps"), functools.partial(digest, root))


def picture(root: Path, id: str) -> Path | None:
    """The file of a stamp's picture: the PNG where there are both."""
    found = [path for ending in (".png", ".svg") if (path := root / f"{id}{ending}").is_file()]
    return found[0] if found else None


def digest(root: Path, id: str) -> str | None:
    """The digest of a stamp's picture and English caption, None if either is missing.

    Translations are not part of it: they change from release to release, and more of them does no harm.
    """
    path = picture(root, id)
    said = captions(root, id)
    return manifest.digest(path.read_bytes(), said["en"].encode()) if path and said else None


def captions(root: Path, id: str) -> dict[str, str]:
    """Language -> caption, English first; empty if there is no file of captions."""
    path = root / f"{id}.txt"
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    if not lines or not lines[0].strip():
        return {}
    said = {"en": lines[0].strip()}
    for line in lines[1:]:
        language, mark, text = line.partition(".utf8=")
        if mark and text.strip():
            said[language] = text.strip()
    return said


def record(root: Path, item: Entry) -> dict:
    """Everything of an item but its picture and recordings."""
    folder = item.id.rsplit("/", 1)[0]
    return {
        "id": item.id,
        "translations": captions(root, item.id),
        "labels": {"category": folder.split("/")[0], "folder": folder},
        "group": item.group,
        "split": item.split,
    }


def _in_language(records: list[dict], language: str) -> list[dict]:
    """The records that have a caption in a language, with it as their caption."""
    known = {one for record in records for one in record["translations"]}
    if language not in known:
        raise ValueError(f"language is {language!r}, accepted are {', '.join(sorted(known))}")
    spoken = ((record, record["translations"][language]) for record in records if language in record["translations"])
    return [{**record, "caption": text, "captions": [text]} for record, text in spoken]
