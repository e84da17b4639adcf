"""Make the manifests of stamps, clipart, fsdd and mosi again from the media: `python -m mmlearn.data.make_manifests FOLDER`.

For maintainers. Choosing items, grouping near-duplicates across both collections and drawing splits are
deterministic, so that running this on the same releases writes the same files.
"""

import collections
import re
import sys
from pathlib import Path

import numpy as np

from mmlearn.data import clipart, fetch, fsdd, manifest, mosi, near_duplicates, pictures, splits, stamps
from mmlearn.data.svg_text import normal, phrase, usable, with_tags

BATCH = 4
"""A title that so many files share, and that their names do not repeat, was given to a batch of files, not to each."""


def choose_clipart(root: Path) -> dict[str, tuple[str, str]]:
    """The drawings to use: id -> (note, short caption). Of those with the same words, tags included, the first."""
    ids = sorted(path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.svg") if not path.is_symlink())
    about = {id: clipart.read(root, id) for id in ids if not clipart.LEFT_OUT.search(id)}
    batch = collections.Counter(one.title for one in about.values())
    kept, seen = {}, set()
    for id, one in about.items():
        named = batch[one.title] >= BATCH and _slug(one.title)[:8] not in _slug(id.rsplit("/", 1)[-1])
        note = "f" if named or one.title.lower().startswith("clipart by") or not usable(phrase(one.title)) else "t"
        caption = clipart.title(id, one, note)
        words = normal(with_tags(caption, one.tags))
        if usable(caption) and words not in seen:
            seen.add(words)
            kept[id] = (note, caption)
    return kept


def _slug(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


def choose_stamps(root: Path) -> dict[str, tuple[str, str]]:
    """The stamps to use: id -> (no note, English caption): all that have a caption and a picture."""
    ids = sorted(path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.txt"))
    return {id: ("", stamps.captions(root, id)["en"]) for id in ids if stamps.digest(root, id)}


def sketches(files: list[Path]) -> tuple[list[int], np.ndarray]:
    """The sketches of the pictures that can be decoded, and their numbers."""
    good, made = [], []
    for number, file in enumerate(files):
        try:
            made.append(near_duplicates.sketch(pictures.read(file, 96)))
            good.append(number)
        except pictures.PictureError as error:
            print(error, file=sys.stderr)
    return good, np.stack(made)


def draw(groups: np.ndarray, shares: tuple[float, float], seed: int) -> list[str]:
    """A split an item: `shares` of the items for test and validation, groups whole."""
    sizes = [int(share * len(groups)) for share in shares]
    test, val, train = splits.grouped(groups.tolist(), sizes, seed)
    names = np.empty(len(groups), dtype=object)
    names[test], names[val], names[train] = "test", "val", "train"
    return names.tolist()


def make(destination: Path, seed: int = 0) -> dict[str, list[manifest.Entry]]:
    """Write `stamps.json` and `clipart.json` into a folder; returns what is in them."""
    roots = {"stamps": fetch.folder("stamps"), "clipart": fetch.folder("clipart")}
    found = [("stamps", id, *rest) for id, rest in choose_stamps(roots["stamps"]).items()]
    found += [("clipart", id, *rest) for id, rest in choose_clipart(roots["clipart"]).items()]
    files = [(stamps.picture if name == "stamps" else clipart.file)(roots[name], id) for name, id, *_ in found]
    good, made = sketches(files)
    found = [found[number] for number in good]
    groups = near_duplicates.groups([f"{f[0]}/{f[1]}" for f in found], [f[3] for f in found], made)
    chosen = draw(groups, (0.2, 0.1), seed)
    entries: dict[str, list[manifest.Entry]] = {"stamps": [], "clipart": []}
    for (name, id, note, _), group, split in zip(found, groups.tolist(), chosen, strict=True):
        digest = (stamps if name == "stamps" else clipart).digest(roots[name], id)
        entries[name].append(manifest.Entry(id, split, group, digest, note))
    for name, items in entries.items():
        manifest.write(destination / f"{name}.json", items, name=name, release=fetch.source(name)["release"], seed=seed)
    return entries


def make_fsdd(destination: Path) -> list[manifest.Entry]:
    """Write `fsdd.json` into a folder; returns what is in it. By number of a recording: 0–4 test, 5–9 validation."""
    root = fetch.folder("fsdd")
    ids = sorted((path.stem for path in fsdd.file(root, "").parent.glob("*_*_*.wav")), key=fsdd.parts)
    splits_of = ("test", "val", *["train"] * 8)  # a tenth of the fifty each
    items = [manifest.Entry(id, splits_of[fsdd.parts(id)[2] // 5], group, fsdd.digest(root, id)) for group, id in enumerate(ids)]
    manifest.write(destination / "fsdd.json", items, name="fsdd", release=fetch.source("fsdd")["release"])
    return items


def make_mosi(destination: Path, seed: int = 0) -> list[manifest.Entry]:
    """Write `mosi.json` into a folder; returns what is in it. The authors' test part stays; 12 training videos are validation."""
    root = fetch.folder("mosi")
    rows = mosi.utterances(root)
    tested = len(mosi.table(root, "text_test.csv"))
    videos = {video: number for number, video in enumerate(sorted({id.rsplit("_", 1)[0] for id in rows}))}
    ids, group = list(rows), [videos[id.rsplit("_", 1)[0]] for id in rows]
    learning = sorted(set(group[: len(ids) - tested]))
    held_out = set(np.random.default_rng(seed).permutation(learning)[: len(learning) // 5].tolist())
    parts = ["val" if one in held_out else "train" for one in group[:-tested]] + ["test"] * tested
    items = [manifest.Entry(id, part, one, mosi.digest(root, id)) for id, part, one in zip(ids, parts, group, strict=True)]
    manifest.write(destination / "mosi.json", items, name="mosi", release=fetch.source("mosi")["release"], seed=seed)
    return items


if __name__ == "__main__":
    make(Path(sys.argv[1]))
    make_fsdd(Path(sys.argv[1]))
    make_mosi(Path(sys.argv[1]))
