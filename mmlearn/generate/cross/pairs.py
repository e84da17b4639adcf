"""The small world of chapter 18: pictures of one thing, two spoken words that name it, and a sentence of three slots.

    picture   a scene of 32 × 32 with one thing, from -1 to 1
    sound     "red circle", said by one of four synthetic voices, as a picture of sound
    words     colour, shape, place: indices into `scenes.COLOURS`, `SHAPES`, `PLACES`

The voice and the thing's pattern are said nowhere; the place is not in the sound. So each medium knows something that
the others do not.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mmlearn import data
from mmlearn.data import scenes
from mmlearn.generate.cross.sound import fitted, pictures_of_sound
from mmlearn.generate.gan import as_input

SLOTS = (len(scenes.COLOURS), len(scenes.SHAPES), len(scenes.PLACES))
VOICES = ("ada", "cleo", "emil", "hugo")
UNKNOWN = -1
"""Of a slot: the word is not known."""


class Triples(NamedTuple):
    """Image (n, 3, 32, 32) and sound (n, 1, 32, 48) from -1 to 1, words (n, 3) int64; row i of all three is one scene."""

    image: Tensor
    sound: Tensor
    words: Tensor

    def take(self, rows: Tensor) -> "Triples":
        """The scenes at `rows`."""
        return Triples(*(part[rows] for part in self))


def load(
    split: str = "train", n: int = 2000, takes: Sequence[int] = (0, 1), seed: int = 0, speech: bool = True,
    only: dict[str, Sequence[str]] | None = None,
) -> Triples:  # fmt: skip
    """The first `n` scenes of a split, each with one recording of its two words.

    Args:
        split: "train", "val" or "test" of the scenes; sounds are kept apart by `takes`.
        n: scenes.
        takes: numbers of the recordings: each of the 64 phrases is said by each voice once for every number. Give other numbers
            for every split.
        seed: of the scenes and of who says which.
        speech: False takes tones, a chord for every word, where no synthesiser is installed.
        only: attribute -> values allowed, as of scenes, for a smaller world.

    Raises:
        ValueError: no takes, or an argument that scenes do not accept.
        DataUnavailable: there is no synthesiser, and `speech` is True.
    """
    if not len(takes):
        raise ValueError("takes is empty; give at least one number of a recording")
    found = data.load("scenes", split=split, n=n, seed=seed, size=32, objects=1, only={"size": ("large",), **(only or {})})
    words = torch.tensor([found.column(slot) for slot in ("colour", "shape", "place")]).T.contiguous()
    phrases, own = torch.unique(words[:, 0] * SLOTS[1] + words[:, 1], return_inverse=True)
    sounds = recordings([phrase(int(p)) for p in phrases], takes, speech)
    which = np.random.default_rng(seed).integers(sounds.shape[1], size=n)
    return Triples(as_input(found.images()), sounds[own, torch.from_numpy(which)], words)


def phrase(number: int) -> str:
    """The two words that are said of colour c and shape s, such as "red circle"; its number is 8 · c + s."""
    return f"{scenes.COLOURS[number // SLOTS[1]]} {scenes.SHAPES[number % SLOTS[1]]}"


def recordings(texts: Sequence[str], takes: Sequence[int], speech: bool = True, voices: Sequence[str] = VOICES) -> Tensor:
    """Pictures of the sounds of texts, each said by every voice once for every take: (texts, voices · takes, 1, 32, 48)."""
    say = scenes.speak if speech else scenes.tones
    waves = [torch.from_numpy(say(text, speaker=v, seed=take)) for text in texts for v in voices for take in takes]
    return pictures_of_sound(fitted(waves)).unflatten(0, (len(texts), -1))


def sentence(words: Tensor) -> str:
    """Three slots -> "a red circle, top left"; "?" for an unknown one.

    Raises:
        ValueError: not three whole numbers, each within its slot or UNKNOWN.
    """
    given = words.tolist() if isinstance(words, Tensor) else list(words)
    values = (scenes.COLOURS, scenes.SHAPES, scenes.PLACES)
    if len(given) != 3 or any(not isinstance(w, int) or not UNKNOWN <= w < len(v) for w, v in zip(given, values, strict=True)):
        raise ValueError(f"words is {given}; accepted are three whole numbers from -1, below {SLOTS}")
    colour, shape, place = ("?" if w == UNKNOWN else v[w] for w, v in zip(given, values, strict=True))
    return f"a{'n' * (colour == 'orange')} {colour} {shape}, {place}"
