"""Pictures decoded once: a folder of the cache with one square PNG an item and an index of everything else.

Decoding thousands of drawings takes a minute; reading them back takes seconds.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm.auto import tqdm

from mmlearn.data import fetch, manifest, pictures
from mmlearn.data.cache import cache_dir
from mmlearn.data.folders import whole
from mmlearn.data.resources import resource

SIDE = 224
VERSION = 1
"""Raised when what is prepared changes, so that an older cache is not taken for it."""


def place(name: str) -> Path:
    """Where the prepared form of a dataset is, or would be: another place for another version or manifest."""
    about = hashlib.sha256(resource(f"splits/{name}.json").read_bytes()).hexdigest()[:8]
    return cache_dir("prepared", f"{name}-{VERSION}-{about}")


def index(folder: Path) -> list[dict] | None:
    """The prepared items, None before they are prepared. Each has at least "id" and "file"."""
    path = folder / "index.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def records(
    name: str,
    verify: Callable[[Path], manifest.Report],
    record: Callable[[Path, manifest.Entry], dict],
    picture: Callable[[Path, str], Path],
) -> list[dict]:
    """The prepared items of a dataset; at first use its files are fetched, verified and decoded.

    Args:
        name: the dataset.
        verify: its folder -> what is right and wrong there.
        record: its folder and an entry of the manifest -> all of the item but its picture.
        picture: its folder and an item's id -> the file of its picture.

    Raises:
        DataUnavailable: it can neither be found nor fetched, or is not that of the manifest.
        CacheError: the cache is read-only or full.
    """
    folder = place(name)
    if (found := index(folder)) is not None:
        return found
    root = fetch.folder(name)
    right = manifest.accept(name, verify(root), root)
    return prepare(folder, name, [record(root, item) for item in right], lambda item: picture(root, item["id"]))


def prepare(folder: Path, name: str, records: Sequence[dict], source: Callable[[dict], Path]) -> list[dict]:
    """Decode every item's picture and store all that belongs to it.

    Args:
        folder: where to, see `place`.
        name: the dataset, for messages.
        records: what the index shall hold; must be representable in JSON.
        source: a record -> the file of its picture.

    Returns:
        The records, each with "file" added; without those whose picture cannot be decoded, which are named on stderr.

    Raises:
        CacheError: the cache is read-only or full.
    """
    with whole(folder) as temporary:
        (temporary / "pictures").mkdir()

        def one(numbered: tuple[int, dict]) -> dict | None:
            number, record = numbered
            file = f"pictures/{number:05d}.png"
            try:
                write(temporary / file, pictures.read(source(record), SIDE))
            except pictures.PictureError as error:
                print(f"{name}: {error}; left out", file=sys.stderr)
                return None
            return {**record, "file": file}

        with ThreadPoolExecutor(2) as pool:
            done = list(tqdm(pool.map(one, enumerate(records)), f"preparing {name}", len(records), unit="picture", mininterval=1))
        kept = [record for record in done if record is not None]
        (temporary / "index.json").write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    return kept


def write(path: Path, picture: np.ndarray) -> None:
    """Store uint8 (3, H, W) as a PNG."""
    Image.fromarray(picture.transpose(1, 2, 0)).save(path, "PNG", compress_level=6)


def picture(folder: Path, record: dict, size: int = SIDE) -> np.ndarray:
    """One prepared picture, uint8 (3, size, size)."""
    with Image.open(folder / record["file"], formats=("PNG",)) as opened:
        opened.load()
    fitted = opened if opened.width == size else opened.resize((size, size), Image.Resampling.LANCZOS)
    return np.asarray(fitted).transpose(2, 0, 1).copy()
