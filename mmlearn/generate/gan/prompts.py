"""What is asked of a generator in words: prompts of scenes, and prompts that are nearly right.

The world is known, so a sentence can be made wrong by exactly one thing: another colour, another shape, the two colours swapped,
another place, the opposite relation. A discriminator that is shown such a sentence beside a real picture has to read all of it.
"""

from collections.abc import Callable

import numpy as np

from mmlearn.data.scenes import COLOURS, PLACES, SHAPES, Facts, agrees, say
from mmlearn.data.scenes.facts import OPPOSITE, relations

WAYS = ("relation", "places", "things")
_PATIENCE = 50


def asked(facts: Facts, dice: np.random.Generator, way: str | None = None, shuffle: bool = True) -> Facts:
    """What a prompt says of a scene: shape and colour of every thing, and in one of three ways where they are.

    Args:
        facts: what is there.
        dice: chance.
        way: "relation", how the first of two things lies to the second; "places", the place of each; "things", neither; one of
            them by chance, if None: half of the prompts of two things say a relation.
        shuffle: name the things in any order, not in that of the facts.

    Raises:
        ValueError: another `way`, or a relation of other than two things.
    """
    two = len(facts.things) == 2
    if way is None:
        way = str(dice.choice(WAYS, p=(0.5, 0.25, 0.25) if two else (0.0, 0.5, 0.5)))
    if way not in WAYS or (way == "relation" and not two):
        raise ValueError(f"way is {way!r} for {len(facts.things)} things; accepted are {WAYS}, a relation for two things only")
    order = [facts.things[i] for i in dice.permutation(len(facts.things))] if shuffle else facts.things
    relation = str(dice.choice(relations(*order))) if way == "relation" else None
    hidden = {"size": None, "texture": None} | ({} if way == "places" else {"place": None})
    return Facts(tuple(thing._replace(**hidden) for thing in order), relation)


def changed(said: Facts, facts: Facts, dice: np.random.Generator) -> Facts:
    """A prompt that differs from `said` in one thing, and is not true of the scene.

    Raises:
        ValueError: nothing of `said` can be changed into something untrue.
    """
    for _ in range(_PATIENCE):
        other = CHANGES[dice.integers(len(CHANGES))](said, dice)
        if other is not None and not agrees(other, facts):
            return other
    raise ValueError(f"no change makes {said} untrue of {facts}")


def sentence(said: Facts, dice: np.random.Generator) -> str:
    """One of the English sentences that say it."""
    return say(said, "en", int(dice.integers(2**31)))


def _another(attribute: str, values: tuple[str, ...]) -> Callable:
    """A change of one attribute of one thing, where it is said."""

    def change(said: Facts, dice: np.random.Generator) -> Facts | None:
        i = int(dice.integers(len(said.things)))
        here = getattr(said.things[i], attribute)
        others = [value for value in values if value != here]
        return None if here is None else _with(said, i, **{attribute: str(dice.choice(others))})

    return change


def _swapped(attribute: str) -> Callable:
    """A change: two things exchange an attribute."""

    def change(said: Facts, dice: np.random.Generator) -> Facts | None:
        if len(said.things) < 2:
            return None
        i, j = (int(k) for k in dice.choice(len(said.things), 2, replace=False))
        first, second = getattr(said.things[i], attribute), getattr(said.things[j], attribute)
        return _with(_with(said, i, **{attribute: second}), j, **{attribute: first})

    return change


def _turned(said: Facts, dice: np.random.Generator) -> Facts | None:
    """A change: the opposite relation."""
    return None if said.relation is None else said._replace(relation=OPPOSITE[said.relation])


def _with(said: Facts, i: int, **attributes: str | None) -> Facts:
    """The same, with some attributes of thing i replaced."""
    return said._replace(things=tuple(t._replace(**attributes) if k == i else t for k, t in enumerate(said.things)))


CHANGES = (_another("colour", COLOURS), _another("shape", SHAPES), _another("place", PLACES), _swapped("colour"), _turned)
