"""Does a picture show what was asked for? What is read from it is held against what the prompt says."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from mmlearn.data.scenes import COLOURS, PLACES, SHAPES, Facts, Thing, agrees
from mmlearn.evaluate.images import diversity, frechet_distance
from mmlearn.generate.gan.reader import NOTHING, SceneReader


class Obeys(NamedTuple):
    """What of a prompt is true of a picture.

    Attributes:
        count: as many things are there as the prompt names.
        objects: `count`, and each of them has the shape and the colour that was asked for.
        everything: `objects`, and each is where it should be: its place, and the relation of the two.
    """

    count: bool
    objects: bool
    everything: bool


def read(reader: SceneReader, images: Any, at_once: int = 256) -> list[Facts]:
    """What is in pictures (n, 3, h, w), uint8 or floats in [0, 1]: things in reading order, with shape, colour and place.

    Size and texture are not read: None.

    Raises:
        TypeError, ValueError: not pictures as above.
    """
    reader.eval()
    found = []
    for i in range(0, len(images), at_once):
        with torch.no_grad():
            shape, colour = (logits.argmax(dim=2).tolist() for logits in reader(images[i : i + at_once]))
        found += [_facts(s, c) for s, c in zip(shape, colour, strict=True)]
    return found


def obeys(said: Facts, seen: Facts) -> Obeys:
    """Whether what a prompt says is true of what was read from a picture, and nothing else is there."""
    count = len(said.things) == len(seen.things)
    bare = Facts(tuple(thing._replace(place=None) for thing in said.things))
    return Obeys(count, count and agrees(bare, seen), count and agrees(said, seen))


def share_obeyed(said: Sequence[Facts], seen: Sequence[Facts]) -> dict[str, float]:
    """The shares of "count", "objects" and "everything" over many pictures.

    Raises:
        ValueError: none, or not as many prompts as pictures.
    """
    if len(said) != len(seen) or not len(said):
        raise ValueError(f"said has {len(said)} entries and seen {len(seen)}; accepted are as many, at least one")
    verdicts = np.array([obeys(*pair) for pair in zip(said, seen, strict=True)])
    return dict(zip(Obeys._fields, verdicts.mean(axis=0).tolist(), strict=True))


@torch.no_grad()
def caption_scores(reader: SceneReader, images: Any, said: Sequence[Facts]) -> np.ndarray:
    """How likely each prompt about one thing is, given each picture: (n, m) log-probabilities, for a retrieval test.

    The thing may be at any place: the probabilities of "this shape in this colour, here" are summed over the nine.

    Raises:
        ValueError: a prompt that names other than one thing, or leaves out its colour.
    """
    if any(len(s.things) != 1 or s.things[0].colour is None for s in said):
        raise ValueError("said has a prompt that is not about one thing with a colour; accepted are such as 'A red circle.'")
    reader.eval()
    shape, colour = (logits.log_softmax(dim=2) for logits in reader(images))
    which = torch.tensor([(SHAPES.index(s.things[0].shape), COLOURS.index(s.things[0].colour)) for s in said]).T
    return (shape[:, :, which[0]] + colour[:, :, which[1]]).logsumexp(dim=1).numpy()


def _facts(shape: list[int], colour: list[int]) -> Facts:
    there = [k for k in range(len(PLACES)) if shape[k] != NOTHING]
    return Facts(tuple(Thing(SHAPES[shape[k]], COLOURS[colour[k]], None, None, PLACES[k]) for k in there))


def compare(reader: SceneReader, images: Any, said: Sequence[Facts], real: Any) -> dict[str, float]:
    """Three numbers that have to stand together, of generated pictures and what each was asked to show.

    Args:
        reader: the judge; its features measure the distances too.
        images: generated, (n, 3, h, w), uint8; several of each prompt.
        said: n prompts.
        real: real pictures, as many.

    Returns:
        "obeys", the share whose objects are right; "Fréchet distance" to the real pictures, which says nothing of prompts; and
        "diversity", the mean distance between two pictures of one prompt.

    Raises:
        ValueError: not as many prompts as pictures, or no two pictures of one prompt.
    """
    made, true = features(reader, images), features(reader, real)
    return {
        "obeys": share_obeyed(said, read(reader, images))["objects"],
        "Fréchet distance": frechet_distance(true, made),
        "diversity": diversity(made, [repr(s) for s in said]),
    }


@torch.no_grad()
def features(reader: SceneReader, images: Any, at_once: int = 256) -> torch.Tensor:
    """What the judge saw in pictures (n, 3, h, w), one vector each, (n, dim): for distances between sets of pictures."""
    return torch.cat([reader.eval().features(images[i : i + at_once]) for i in range(0, len(images), at_once)])
