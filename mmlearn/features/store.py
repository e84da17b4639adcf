"""The disk cache of features: one file a block of items, named by what the items are and who encoded them."""

import hashlib
import json
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmlearn import __version__
from mmlearn.data.cache import CacheError, atomic, cache_dir


def content(items: Sequence[Any]) -> str:
    """A digest of texts, tensors or arrays, equal exactly when their types, shapes and bytes are, in order."""
    found = hashlib.blake2b(digest_size=16)
    for item in items:
        if isinstance(item, str):
            found.update(f"text {len(item)}:".encode())
            found.update(item.encode("utf-8", "surrogatepass"))
        else:
            array = np.ascontiguousarray(item)
            found.update(f"{array.dtype.str} {array.shape}:".encode())
            found.update(array.reshape(-1).view(np.uint8))
    return found.hexdigest()


def path(encoder: Any, what: str) -> Path:
    """The file for the features of the items whose content or key is `what`, as `encoder` sees them."""
    who = json.dumps([encoder.name, encoder.version, __version__, what])
    return cache_dir("features", hashlib.blake2b(who.encode(), digest_size=20).hexdigest() + ".npz")


def load(path: Path, count: int) -> np.ndarray | None:
    """The (count, d) float32 features stored at `path`; None if there are none or the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            X = stored["features"]  # the archive carries a checksum, verified on reading
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    return X if X.ndim == 2 and len(X) == count and X.dtype == np.float32 else None


def save(path: Path, X: np.ndarray) -> bool:
    """Store features, whole or not at all. Where that is impossible, warn in one sentence and return False."""
    try:
        with atomic(path) as temporary, open(temporary, "wb") as handle:
            np.savez(handle, features=X)
    except CacheError as error:
        warnings.warn(f"features are not kept for next time: {error}", stacklevel=4)
        return False
    return True
