"""Where examples come from: `data.load(name, split=…)` gives any registered dataset, generated or real.

`data.NAMES` lists them, `mmlearn data list` prints them with size and licence.
"""

import importlib

_HOME = {
    "load": "registry", "NAMES": "registry", "card": "registry", "Card": "registry", "DataUnavailable": "registry",
    "Pairs": "base", "collate": "base", "join": "joined",
    "cache_dir": "cache", "CacheError": "cache",
    "resource": "resources",
}

__all__ = [*_HOME, "scenes", "splits"]


def __getattr__(name: str):
    """Load a part on first use: the registry needs no torch, the datasets do."""
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    if name in ("scenes", "splits"):
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
