"""mmlearn: the helper library of a course in multimodal learning.

One folder per idea: `data` (examples), `layers` (what networks are made of), `features` (one medium to vectors), `align`
(several spaces to one), `fusion` (vectors to one vector), `evaluate` (honest numbers), `train` and `show`. Importing mmlearn
loads none of them: torch takes seconds, so each part is imported when it is first named.
"""

import importlib

__version__ = "0.1.0"

__all__ = ["align", "data", "evaluate", "exercises", "features", "fusion", "layers", "profiles", "show", "train", "widgets"]


def __getattr__(name: str):
    """Import a part of the library on first use (PEP 562)."""
    if name in __all__:
        return importlib.import_module(f"mmlearn.{name}")
    raise AttributeError(f"module 'mmlearn' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
