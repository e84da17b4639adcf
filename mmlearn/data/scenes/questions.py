"""Questions about a scene with their exact answers, in each language. Yes and no are equally likely, for any scene."""

from collections import Counter
from typing import NamedTuple

from mmlearn.data.scenes.chance import Chooser
from mmlearn.data.scenes.facts import COLOURS, OPPOSITE, SHAPES, Facts, Thing, matches, relations
from mmlearn.data.scenes.languages import language as find
from mmlearn.data.scenes.languages.language import Language

KINDS = ("colour", "shape", "place", "count", "count_colour", "exists", "relation")


class Question(NamedTuple):
    """A question, its answer in the same language, its kind, and the answer as a value whatever the language."""

    text: str
    answer: str
    kind: str
    value: str


def ask(facts: Facts, kind: str, choose: Chooser, language: str = "en") -> Question | None:
    """One question of a kind, None where the scene gives none (such as a relation in a scene of one thing).

    A thing is named by as little as singles it out: its shape, its colour, or both.

    Raises:
        ValueError: unknown kind or language.
    """
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; accepted are {', '.join(map(repr, KINDS))}")
    made = _ASKING[kind](facts, find(language), choose)
    if made is None:
        return None
    slots, value = made
    tongue = find(language)
    text = tongue.questions[kind].format(**slots)
    return Question(text[0].upper() + text[1:], _answer(kind, value, tongue), kind, value)


def questions(facts: Facts, number: int, choose: Chooser, language: str = "en") -> list[Question]:
    """`number` questions, their kinds in an order of chance; no kind comes again before all that fit have come."""
    asked: list[Question] = []
    while len(asked) < number:
        for kind in choose.shuffled(KINDS):
            question = ask(facts, kind, choose, language)
            if question and len(asked) < number:
                asked.append(question)
    return asked


def _of_attribute(attribute: str, hidden: tuple[str, ...]):
    """Ask for one attribute of a thing that is singled out without it."""

    def make(facts: Facts, tongue: Language, choose: Chooser) -> tuple[dict, str] | None:
        known = [(thing, _single_out(thing, facts, hidden)) for thing in facts.things]
        known = [(thing, name) for thing, name in known if name]
        if not known:
            return None
        thing, name = choose.of(known)
        return {"the": tongue.definite(name)}, getattr(thing, attribute)

    return make


def _count(facts: Facts, tongue: Language, choose: Chooser) -> tuple[dict, str]:
    return {}, str(len(facts.things))


def _count_colour(facts: Facts, tongue: Language, choose: Chooser) -> tuple[dict, str]:
    """Half the time a colour that is there, else any: zero must be an answer too."""
    there = Counter(thing.colour for thing in facts.things)
    colour = choose.of(list(there) if choose.uniform() < 0.5 else COLOURS)
    return {"colour": tongue.several(colour)}, str(there[colour])


def _exists(facts: Facts, tongue: Language, choose: Chooser) -> tuple[dict, str]:
    """Toss for yes or no first; "no" asks for a shape and a colour that are not there together."""
    if choose.uniform() < 0.5:
        thing = choose.of(facts.things)
        return {"any": tongue.indefinite(Thing(thing.shape, thing.colour))}, "yes"
    there = {thing[:2] for thing in facts.things}
    absent = [(shape, colour) for shape in SHAPES for colour in COLOURS if (shape, colour) not in there]
    return {"any": tongue.indefinite(Thing(*choose.of(absent)))}, "no"


def _relation(facts: Facts, tongue: Language, choose: Chooser) -> tuple[dict, str] | None:
    """Toss for yes or no first; for "no" ask for the opposite of what holds."""
    if len(facts.things) < 2:
        return None
    a, b = choose.shuffled(facts.things)[:2]
    holds = choose.of(relations(a, b))
    value = choose.of(("yes", "no"))
    asked = holds if value == "yes" else OPPOSITE[holds]
    name_a, name_b = _single_out(a, facts), _single_out(b, facts)
    return {"the": tongue.definite(name_a), "beside": tongue.beside(asked, name_b)}, value


def _single_out(thing: Thing, facts: Facts, hidden: tuple[str, ...] = ()) -> Thing | None:
    """The shortest name that only this thing has, made without the attributes `hidden`; None if there is none."""
    names = [Thing(shape=thing.shape), Thing(colour=thing.colour), Thing(thing.shape, thing.colour)]
    for name in names:
        said = {attribute for attribute, value in name._asdict().items() if value}
        if not said & set(hidden) and sum(matches(name, other) for other in facts.things) == 1:
            return name
    return None


def _answer(kind: str, value: str, tongue: Language) -> str:
    if kind in ("colour", "shape", "place"):
        return tongue.words[kind][value][0]
    return tongue.answers[value]


_ASKING = {
    "colour": _of_attribute("colour", ("colour",)),
    "shape": _of_attribute("shape", ("shape",)),
    "place": _of_attribute("place", ()),
    "count": _count,
    "count_colour": _count_colour,
    "exists": _exists,
    "relation": _relation,
}
