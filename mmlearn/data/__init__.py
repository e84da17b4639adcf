"""Where examples come from: `data.load(name, split=…)` gives any registered dataset, generated or real.

`data.NAMES` lists them, `mmlearn data list` prints them with size and licence.
"""

from mmlearn.lazy import on_first_use

_HOME = {
    "load": "registry", "NAMES": "registry", "card": "registry", "Card": "registry", "DataUnavailable": "registry",
    "Pairs": "base", "collate": "base", "join": "joined", "captioned_pictures": "joined",
    "cache_dir": "cache", "CacheError": "cache",
    "resource": "resources",
    "seen_and_heard": "seen_heard_digits",
}

__all__ = [*_HOME, "scenes", "splits"]

__getattr__ = on_first_use(__name__, _HOME, modules=("scenes", "splits"))
