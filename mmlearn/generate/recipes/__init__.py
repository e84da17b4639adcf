"""How the checkpoints that come with the course were trained, one recipe a file.

    python -m mmlearn.generate.recipes NAME --out NAME.safetensors
    accelerate launch -m mmlearn.generate.recipes NAME          (on as many devices as accelerate is configured for)

A recipe is a file of this folder with

* `STEPS`, how many updates it takes by default, and `HALF`, whether its weights are kept in 16 bits;
* `train(steps, seed, resume)`, which gives the trained module and the `config` from which it is built again. `resume` is a
  file that a run writes as it goes and goes on from, or None.
"""

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple


class Recipe(NamedTuple):
    """One recipe: see above."""

    name: str
    steps: int
    half: bool
    train: Callable[[int, int, Path | None], tuple[Any, dict]]


def names() -> list[str]:
    """The names of all recipes."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def find(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        ValueError: there is none.
    """
    if name not in names():
        raise ValueError(f"name is {name!r}; accepted are {', '.join(names())}")
    module = importlib.import_module(f"{__name__}.{name}")
    return Recipe(name, module.STEPS, module.HALF, module.train)
