"""How much a chapter computes: sizes and steps, never seconds, per profile.

`laptop` is the default and what the stored outputs show; `gpu` is made for a Colab T4; `smoke` takes seconds and serves the tests.
Chosen by the environment variable MMLEARN_PROFILE.
"""

import os
from types import SimpleNamespace

NAMES = ("laptop", "gpu", "smoke")

SETTINGS: dict[str, dict[str, dict]] = {}


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
