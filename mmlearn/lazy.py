"""Packages whose parts are imported when they are first named (PEP 562), because torch and its like take seconds to load.

    __getattr__ = on_first_use(__name__, {"hog": "oriented_gradients"}, modules=["pretrained"])

A name may not also be the name of a file in its package: Python sets that as an attribute once the file is imported.
"""

import importlib
from collections.abc import Callable, Collection, Mapping
from typing import Any


def on_first_use(package: str, home: Mapping[str, str], modules: Collection[str] = ()) -> Callable[[str], Any]:
    """The `__getattr__` of a package: `home` says which of its files a name is in, `modules` which files are given whole."""

    def get(name: str) -> Any:
        if name in home:
            return getattr(importlib.import_module(f"{package}.{home[name]}"), name)
        if name in modules:
            return importlib.import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}; it has {', '.join([*home, *modules])}")

    return get
