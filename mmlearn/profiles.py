"""How much a chapter computes: sizes and steps, never seconds, per profile.

`laptop` is the default and what the stored outputs show; `gpu` is made for a Colab T4; `smoke` takes seconds and serves
the tests. Chosen by the environment variable MMLEARN_PROFILE.
"""

import os
from types import SimpleNamespace

NAMES = ("laptop", "gpu", "smoke")

_START_HERE = {
    "pairs": None,  # how many pictures with words; None is all of them
    "pixels": 224,  # side of a picture as the encoder sees it
    "val": 400,  # pairs to choose with; training gets the rest
    "test": 500,
    "components": 128,
    "choices": [64, 128, 256, 384],  # numbers of directions to choose from
    "scenes": {"train": 600, "test": 200},
    "scene_components": 64,
    "seeds": 3,  # of the controls, and of the careless splits
    "phrases": ["a red fruit", "an insect", "a musical instrument"],
    "asked": 4,  # pictures for which words are looked up
}  # fmt: skip

SETTINGS: dict[str, dict[str, dict]] = {
    "00_start_here": {
        "laptop": _START_HERE,
        "gpu": _START_HERE | {"pixels": 288, "scenes": {"train": 5000, "test": 1000}},
        "smoke": _START_HERE
        | {
            "pairs": 200, "val": 30, "test": 40, "components": 16, "choices": [8, 16], "scenes": {"train": 60, "test": 30},
            "scene_components": 8, "seeds": 2,
        },
    },
}  # fmt: skip


def name() -> str:
    """The profile in force.

    Raises:
        ValueError: MMLEARN_PROFILE names no profile.
    """
    chosen = os.environ.get("MMLEARN_PROFILE", "laptop")
    if chosen not in NAMES:
        raise ValueError(f"MMLEARN_PROFILE is {chosen!r}; accepted are {', '.join(NAMES)}")
    return chosen


def settings(chapter: str, profile: str | None = None) -> SimpleNamespace:
    """The settings of one chapter, such as `settings("00_start_here").pairs`."""
    return SimpleNamespace(**SETTINGS[chapter][profile or name()])
