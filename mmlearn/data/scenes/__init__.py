"""Scenes: a small generated world whose truth is known, in images, captions of three languages, speech and questions.

`world` draws what is there; `render`, `captions`, `speech` and `questions` each show it in their own way;
`motion` lets one thing move; `reading` turns a caption back into facts; `information` spreads a label over the media
with exact ceilings.

    pairs = data.load("scenes", split="train", n=2000, seed=0)
    scenes.parse("A red circle on the left.")
    scenes.speak("A red circle on the left.", language="en", speaker="ada")
"""

import inspect
from typing import TYPE_CHECKING

from mmlearn.lazy import on_first_use

if TYPE_CHECKING:
    from mmlearn.data.scenes.dataset import Scenes

_HOME = {
    "Scenes": "dataset",
    "Facts": "facts", "Thing": "facts", "agrees": "facts",
    "SHAPES": "facts", "COLOURS": "facts", "SIZES": "facts", "TEXTURES": "facts", "PLACES": "facts", "VALUES": "facts",
    "LANGUAGES": "languages", "say": "captions", "parse": "reading",
    "SPEAKERS": "speech", "speak": "speech", "tones": "speech",
    "Question": "questions", "ask": "questions",
    "Task": "information", "TASKS": "information",
    "HELD_OUT": "world",
    "Films": "motion", "films": "motion", "MOTIONS": "motion",
}  # fmt: skip

__all__ = [*_HOME, "load"]


def load(split: str = "train", **options: object) -> "Scenes":
    """The scenes of a split; the options are those of `Scenes`.

    Raises:
        TypeError: an option that `Scenes` does not have.
        ValueError: an option out of range.
    """
    from mmlearn.data.scenes.dataset import Scenes

    accepted = inspect.signature(Scenes).parameters
    for name in options:
        if name not in accepted:
            raise TypeError(f"scenes have no option {name!r}; accepted are {', '.join(accepted)}")
    return Scenes(split, **options)

__getattr__ = on_first_use(__name__, _HOME)
