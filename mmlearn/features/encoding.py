"""Run an encoder over many items: in batches, with a progress bar, and only once."""

import importlib.util
import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from mmlearn.features import store
from mmlearn.features.pictures import as_tensor, check_pictures
from mmlearn.features.sentences import check_texts

BLOCK = 256  # items loaded, encoded and stored together; an interrupted run goes on after its last whole block


def encode(
    encoder: Callable[[Any], Any],
    items: Sequence[Any],
    batch_size: int | None = None,
    progress: bool = True,
    cache: bool = True,
    device: str | torch.device | None = None,
    key: str | None = None,
) -> np.ndarray:
    """The features of `items`, (n, d) float32.

    Args:
        encoder: takes a batch, gives (b, d). A batch is a list of texts; or one tensor (b, …) where items have equal
            shapes, else a list of tensors. Features are cached if the encoder has a `name` and a `version`.
        items: a list, an array (n, 3, H, W), or anything with a length and an index; one block is loaded at a time.
        batch_size: items taken at once; None for the encoder's own `batch_size`, or 32.
        progress: show a progress bar when it takes longer than a second.
        cache: keep the features on disk and take them from there.
        device: where to encode; None for a GPU if there is one. The encoder is put back afterwards.
        key: what identifies the items, such as a dataset's name, split and view; saves reading and hashing them when
            they are cached. It must change when they do. Where not given, `items.key` if there is one.

    Raises:
        TypeError: `items` has no length or no index, or holds what the encoder's medium is not.
        ValueError: `items` is empty, an item is empty, `batch_size` is below 1, or the encoder gives NaN or infinity.
    """
    n, key = _count(items), getattr(items, "key", None) if key is None else key
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; it must be at least 1")
    keep = cache and hasattr(encoder, "name") and hasattr(encoder, "version")
    rows = []
    with _ready(encoder, device) as where, _bar(n, encoder, progress) as bar:
        batch_size = batch_size or getattr(encoder, "batch_size", 32)  # asked here, since it may depend on the device
        for start in range(0, n, BLOCK):
            block = range(start, min(start + BLOCK, n))
            X, keep = _block(encoder, items, block, batch_size, where, keep, key, bar)
            rows.append(X)
    return np.concatenate(rows)


def _block(encoder, items, block: range, batch_size: int, device, keep: bool, key, bar) -> tuple[np.ndarray, bool]:
    """The features of some items from the cache or the encoder, and whether to go on storing."""
    loaded, path = None, None
    if keep and key is not None:
        path = store.path(encoder, f"{key} {block.start}:{block.stop}")
    elif keep:
        loaded = _load(encoder, items, block)
        path = store.path(encoder, store.content(loaded))
    X = store.load(path, len(block)) if path else None
    if X is not None:
        bar.update(len(block))
        return X, keep
    loaded = _load(encoder, items, block) if loaded is None else loaded
    X = _encode(encoder, loaded, block.start, batch_size, device, bar)
    return X, keep and store.save(path, X)


def _load(encoder, items, block: range) -> list:
    """The items of one block, checked."""
    loaded = [items[i] for i in block]
    medium = getattr(encoder, "medium", None)
    if isinstance(loaded[0], dict):
        raise TypeError("items holds dicts; give one view of them, such as pairs.column('image')")
    if medium == "text":
        check_texts(loaded, block.start)
    elif medium == "image":
        check_pictures(loaded, block.start)
    return loaded


def _encode(encoder, loaded: list, start: int, batch_size: int, device, bar) -> np.ndarray:
    """Encode one block. Texts go in order of length, so that a batch holds little padding."""
    order = list(range(len(loaded)))
    if isinstance(loaded[0], str):
        order.sort(key=lambda i: len(loaded[i]))
    X = None
    for at in range(0, len(order), batch_size):
        chosen = order[at : at + batch_size]
        with torch.inference_mode():
            rows = encoder(_batch([loaded[i] for i in chosen], device))
        rows = _checked(rows, [start + i for i in chosen])
        X = np.empty((len(loaded), rows.shape[1]), np.float32) if X is None else X
        X[chosen] = rows
        bar.update(len(chosen))
    return X


def _batch(items: list, device) -> Any:
    """Texts as they are, pictures and sounds as one tensor where their shapes allow."""
    if isinstance(items[0], str):
        return items
    tensors = [as_tensor(item) for item in items]
    if all(t.shape == tensors[0].shape for t in tensors):
        return torch.stack(tensors).to(device)
    return [t.to(device) for t in tensors]


def _checked(rows: Any, indices: list[int]) -> np.ndarray:
    """What the encoder gave as float32 (b, d), all of it finite."""
    rows = torch.as_tensor(rows).detach().float().cpu().numpy()
    if rows.ndim != 2 or len(rows) != len(indices):
        raise ValueError(f"encoder gave {rows.shape} for a batch of {len(indices)}; accepted is ({len(indices)}, d)")
    bad = ~np.isfinite(rows).all(axis=1)
    if bad.any():
        first = indices[int(bad.argmax())]
        raise ValueError(f"encoder gave NaN or infinity for items[{first}]; features must be finite")
    return rows


def _count(items: Any) -> int:
    if isinstance(items, (str, dict)) or not (hasattr(items, "__len__") and hasattr(items, "__getitem__")):
        kind = type(items).__name__
        raise TypeError(f"items is {kind}; accepted are a list, an array, or a sequence with a length and an index")
    if len(items) == 0:
        raise ValueError("items is empty; there is nothing to encode")
    return len(items)


@contextmanager
def _ready(encoder: Any, device) -> Iterator[torch.device]:
    """Put a module on its device and into evaluation mode, and back afterwards."""
    device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    if not isinstance(encoder, nn.Module):
        yield device
        return
    first = next(itertools.chain(encoder.parameters(), encoder.buffers()), None)
    before, training = (first.device if first is not None else device), encoder.training
    try:
        encoder.eval().to(device)
        yield device
    finally:
        encoder.to(before).train(training)


def _bar(total: int, encoder: Any, progress: bool) -> tqdm:
    """A progress bar; the notebook's own only where its widgets are installed, so that none warns of their absence."""
    kind = tqdm
    if "ipykernel" in sys.modules and importlib.util.find_spec("ipywidgets"):
        from tqdm.notebook import tqdm as kind
    label = f"encoding with {getattr(encoder, 'name', 'encoder')}"
    off = {} if progress else {"disable": True}  # said only if so, since it would override tqdm's own TQDM_DISABLE
    return kind(total=total, desc=label, leave=False, delay=1, **off)
