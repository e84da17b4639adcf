"""How a caption shows a scene: choose what to say (`plan`), then say it in a language (`say`)."""

import re

from mmlearn.data.scenes.chance import Chooser
from mmlearn.data.scenes.facts import OPPOSITE, Facts, Thing, relations
from mmlearn.data.scenes.languages import language as find
from mmlearn.data.scenes.languages.language import Language

_COMPARING = 0.3  # share of captions that say how two things lie to each other


def plan(facts: Facts, choose: Chooser, detail: float = 0.75, key: int | None = None) -> Facts:
    """Choose what a caption says of a scene: true facts only, in an order of its own.

    Each colour, size, texture and place is said with probability `detail`, the shape always. A caption that says how
    two things lie to each other names no places and leaves a third thing out; the others name all things.

    Args:
        key: a thing that is always named and whose colour is never left out (unless it is None already).
    """
    if len(facts.things) > 1 and choose.uniform() < _COMPARING:
        order = choose.shuffled(range(len(facts.things)))[:2]
        if key is not None and key not in order:
            order[0] = key
        found = relations(*(facts.things[i] for i in order))
        things = tuple(_partly(facts.things[i], choose, detail, i == key)._replace(place=None) for i in order)
        return Facts(things, choose.of(found))
    order = choose.shuffled(range(len(facts.things)))
    return Facts(tuple(_partly(facts.things[i], choose, detail, i == key) for i in order))


def say(said: Facts, language: str = "en", seed: int = 0) -> str:
    """One of the many sentences that say exactly `said`; `seed` picks which.

    Raises:
        ValueError: unknown language, no things, or something no caption can say (such as a thing without a shape).
    """
    tongue = find(language)
    if not said.things or any(thing.shape is None for thing in said.things):
        raise ValueError(f"said is {said}; a caption needs at least one thing, and the shape of each")
    if said.relation is None:
        return sentence(said, tongue, Chooser(seed))
    if said.relation not in OPPOSITE or len(said.things) != 2 or any(thing.place for thing in said.things):
        raise ValueError(
            f"said is {said}; a relation ({', '.join(OPPOSITE)}) needs two things and none of their places"
        )
    return sentence(said, tongue, Chooser(seed))


def sentence(said: Facts, tongue: Language, choose: Chooser) -> str:
    """What `say` does, without its checks."""
    if said.relation:
        frame = choose.of(tongue.comparisons)
        r, back = (choose.of(tongue.relations[word]) for word in (said.relation, OPPOSITE[said.relation]))
        a, b = (tongue.phrase(thing, choose, False) for thing in said.things)
        text = frame.format(a, b, r=r, back=back)
    else:
        opening, between, last, end = choose.of(tongue.lists)
        *first, final = [tongue.phrase(thing, choose, True) for thing in said.things]
        text = opening + (between.join(first) + last if first else "") + final + end
    return text[0].upper() + text[1:]


def _partly(thing: Thing, choose: Chooser, detail: float, keep_colour: bool) -> Thing:
    """Leave out each attribute but the shape with probability 1 - detail."""
    shape, colour, *others = thing
    said = choose.uniform() < detail  # drawn even where the colour stays, so that the rest is the same
    return Thing(
        shape, colour if said or keep_colour else None, *[v if choose.uniform() < detail else None for v in others]
    )


def plain(text: str) -> str:
    """A caption without what does not matter for its sense: case, spaces around, curly apostrophes, the final stop."""
    text = re.sub(r"\s+", " ", text).strip().lower().replace("’", "'").replace("coeur", "cœur")
    return re.sub(r"[.。!!\s]+$", "", text)
