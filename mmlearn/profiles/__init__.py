"""How much a chapter computes: sizes and steps, never seconds, per profile.

`laptop` is the default and what the stored outputs show; `gpu` is made for a Colab T4; `smoke` takes seconds and serves
the tests. Chosen by the environment variable MMLEARN_PROFILE. Each chapter has a module of its own, named for its topic,
with the mappings LAPTOP, GPU and SMOKE, and AMOUNTS, the names of the settings that say how much data and how many steps.
With those of SMOKE, the settings of GPU run on a CPU in seconds: the profile `gpu_smoke`, for the tests.
"""

import importlib
import os
from types import SimpleNamespace

NAMES = ("laptop", "gpu", "smoke", "gpu_smoke")


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
    """The settings of one chapter, such as `settings("00_start_here").pairs`.

    Raises:
        ValueError: the profile is none of `NAMES`.
    """
    chosen = profile or name()
    if chosen not in NAMES:
        raise ValueError(f"profile is {profile!r}; accepted are {', '.join(NAMES)}")
    topic = importlib.import_module(f"{__name__}.{chapter.partition('_')[2]}")
    if chosen == "gpu_smoke":
        return SimpleNamespace(**topic.GPU | {amount: topic.SMOKE[amount] for amount in topic.AMOUNTS})
    return SimpleNamespace(**getattr(topic, chosen.upper()))
