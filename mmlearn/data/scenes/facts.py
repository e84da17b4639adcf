"""What can be said of a scene: its things, their attributes, where they are to each other."""

from itertools import permutations
from typing import NamedTuple

SHAPES = ("circle", "square", "triangle", "star", "heart", "cross", "ring", "moon")
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "grey")
SIZES = ("small", "medium", "large")
TEXTURES = ("plain", "striped", "dotted", "checked")
PLACES = ("top left", "top", "top right", "left", "centre", "right", "bottom left", "bottom", "bottom right")

VALUES = {"shape": SHAPES, "colour": COLOURS, "size": SIZES, "texture": TEXTURES, "place": PLACES}
ATTRIBUTE = {value: attribute for attribute, values in VALUES.items() for value in values}
INDEX = {attribute: {value: i for i, value in enumerate(values)} for attribute, values in VALUES.items()}

OPPOSITE = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
RELATIONS = tuple(OPPOSITE)


class Thing(NamedTuple):
    """One object. None means "not said": a caption may leave anything but the shape out."""

    shape: str | None = None
    colour: str | None = None
    size: str | None = None
    texture: str | None = None
    place: str | None = None


class Facts(NamedTuple):
    """What is there, or what a caption says is there.

    Of a scene: all its things in reading order (top left first), every attribute known, `relation` None.
    Of a caption: the things it mentions, in its order; `relation` is how the first lies to the second, if it says so.
    """

    things: tuple[Thing, ...]
    relation: str | None = None


def relations(a: Thing, b: Thing) -> list[str]:
    """Every relation in which `a` stands to `b`, by the column and row of their places: none, one or two."""
    (row_a, column_a), (row_b, column_b) = divmod(PLACES.index(a.place), 3), divmod(PLACES.index(b.place), 3)
    found = []
    if column_a != column_b:
        found.append("left of" if column_a < column_b else "right of")
    if row_a != row_b:
        found.append("above" if row_a < row_b else "below")
    return found


def matches(said: Thing, thing: Thing) -> bool:
    """Whether everything said of a thing is true of `thing`."""
    return all(s is None or s == t for s, t in zip(said, thing, strict=True))


def agrees(said: Facts, facts: Facts) -> bool:
    """Whether what a caption says is true of a scene: its things are found there, each once, related as it says."""
    for found in permutations(facts.things, len(said.things)):
        fits = all(map(matches, said.things, found))
        if fits and (said.relation is None or said.relation in relations(*found[:2])):
            return True
    return False
