"""Reading: from a caption back to the facts it states, in the words and frames that speaking uses."""

import re
from functools import lru_cache

from mmlearn.data.scenes.captions import plain, sentence
from mmlearn.data.scenes.chance import Chooser
from mmlearn.data.scenes.facts import OPPOSITE, RELATIONS, VALUES, Facts, Thing
from mmlearn.data.scenes.languages import LANGUAGES, Language
from mmlearn.data.scenes.languages import language as find
from mmlearn.data.scenes.languages.language import all_forms, either
from mmlearn.data.scenes.world import MOST_THINGS


def parse(caption: str, language: str | None = None) -> Facts:
    """The facts a caption states: things in its order, None for what it leaves out, their relation if it says one.

    `parse(say(facts, language)) == facts` in every language. Without `language`, all are tried.

    Raises:
        TypeError: `caption` is no string.
        ValueError: it is empty, has a word that scenes do not use, or is no sentence of theirs; or an unknown language.
    """
    if not isinstance(caption, str):
        raise TypeError(f"caption is a {type(caption).__name__}; parse reads a string")
    text = plain(caption)
    if not text:
        raise ValueError("caption is empty; parse reads a sentence such as 'A red circle on the left.'")
    tongues = [find(language)] if language else list(LANGUAGES.values())
    for tongue in tongues:
        facts = _listed(text, tongue) or _compared(text, tongue)
        if facts:
            return facts
    raise ValueError(_complaint(caption, text, min(tongues, key=lambda tongue: len("".join(_unknown(text, tongue))))))


def _listed(text: str, tongue: Language) -> Facts | None:
    """Read "there is A, B and C"."""
    phrase = _phrase(tongue)
    for opening, between, last, _ in sorted(tongue.lists, reverse=True):
        at, things = len(opening), []
        found = phrase.match(text, at) if text.startswith(opening) else None
        while found:
            things.append(_thing(found, "", tongue))
            if found.end() == len(text):
                return Facts(tuple(things)) if len(things) <= MOST_THINGS else None
            joint = next((joint for joint in (between, last) if text.startswith(joint, found.end())), None)
            found = phrase.match(text, found.end() + len(joint)) if joint else None
    return None


def _compared(text: str, tongue: Language) -> Facts | None:
    """Read "A is left of B"."""
    for frame in _frames(tongue):
        found = frame.fullmatch(text)
        if found:
            word = found["r"] if "r" in found.re.groupindex else found["back"]
            side = tongue.relations if "r" in found.re.groupindex else _turned(tongue)
            relation = next(name for name in RELATIONS if word in side[name])
            return Facts((_thing(found, "_0", tongue), _thing(found, "_1", tongue)), relation)
    return None


def _thing(found: re.Match, suffix: str, tongue: Language) -> Thing:
    groups = found.groupdict()
    forms = {a: groups.get(f"{a}{suffix}") or groups.get(f"{a}2{suffix}") for a in VALUES}
    return Thing(**{a: tongue.value(a, form) if form else None for a, form in forms.items()})


@lru_cache
def _phrase(tongue: Language) -> re.Pattern:
    # A word ends where the phrase ends: "ring" is not read out of "rings".
    return re.compile(tongue.pattern("", True) + ("" if tongue.code == "zh" else r"\b"))


@lru_cache
def _frames(tongue: Language) -> tuple[re.Pattern, ...]:
    def expression(frame: str) -> str:
        slots = {"0": tongue.pattern("_0", False), "1": tongue.pattern("_1", False)}
        for name in ("r", "back"):
            slots[name] = f"(?P<{name}>{either(all_forms(tongue.relations))})"
        parts = re.split(r"{(\w+)}", plain(frame))
        return "".join(slots[part] if i % 2 else re.escape(part) for i, part in enumerate(parts))

    return tuple(re.compile(expression(frame)) for frame in tongue.comparisons)


def _turned(tongue: Language) -> dict[str, tuple[str, ...]]:
    """The words that say, from the second thing, how the first lies to it."""
    return {relation: tongue.relations[OPPOSITE[relation]] for relation in RELATIONS}


@lru_cache
def _vocabulary(tongue: Language) -> frozenset[str]:
    """All words of a language: of Chinese, which writes no spaces, all characters."""
    texts = [form for words in (*tongue.words.values(), tongue.relations) for form in all_forms(words)]
    texts += [re.sub(r"{\w+}", " ", frame) for frame in tongue.comparisons]
    texts += [joint for row in tongue.lists for joint in row]
    texts += [tongue.phrase(Thing(shape), Chooser(0), True) for shape in VALUES["shape"]]
    texts += {"en": ["a an"], "fr": ["un une"]}.get(tongue.code, [])
    return frozenset(word for text in texts for word in _words(text, tongue))


def _words(text: str, tongue: Language) -> list[str]:
    return re.findall(r"\w" if tongue.code == "zh" else r"[\w-]+'?", text)


def _unknown(text: str, tongue: Language) -> list[str]:
    return [word for word in _words(text, tongue) if word not in _vocabulary(tongue)]


def _complaint(caption: str, text: str, tongue: Language) -> str:
    """Say in one sentence why a caption cannot be read."""
    unknown = _unknown(text, tongue)
    if unknown:
        return f"caption {caption!r} has {unknown[0]!r}, which is no word of the scenes in {tongue.name}"
    example = sentence(Facts((Thing("circle", "red", place="left"), Thing("star"))), tongue, Chooser(0))
    return f"caption {caption!r} is no sentence of the scenes in {tongue.name}; one is {example!r}"
