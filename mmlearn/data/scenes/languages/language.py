"""The shape of a language: word lists, a noun phrase with its pattern, and frames for sentences."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mmlearn.data.scenes.chance import Chooser
from mmlearn.data.scenes.facts import Thing


@dataclass(frozen=True, eq=False)
class Language:
    """One language. Captions are made and read from the same words, so what is said can be read back.

    Attributes:
        words: attribute -> value -> its forms; speaking picks one, reading takes any.
        phrase: thing, chooser, clause -> noun phrase; as a clause of a list it may name the place.
        pattern: suffix, clause -> regular expression of the phrase, groups named `<attribute><suffix>`.
        lists: (opening, between, before the last, end) of sentences that name things one after another.
        comparisons: frames of how {0} lies to {1}: {r} is the relation, {back} its opposite.
        relations: relation -> forms.
        questions: kind -> frame with {the} thing, {any} such thing, {colour} things, {beside} another.
        definite, indefinite: thing -> "the red circle", "a red circle".
        beside: relation, thing -> "to the left of the circle".
        answers: "yes", "no" and the numbers "0" to "3".
        several: colour -> its form before or after "things".
    """

    code: str
    name: str
    words: dict[str, dict[str, tuple[str, ...]]]
    phrase: Callable[[Thing, Chooser, bool], str]
    pattern: Callable[[str, bool], str]
    lists: tuple[tuple[str, str, str, str], ...]
    comparisons: tuple[str, ...]
    relations: dict[str, tuple[str, ...]]
    questions: dict[str, str]
    definite: Callable[[Thing], str]
    indefinite: Callable[[Thing], str]
    beside: Callable[[str, Thing], str]
    answers: dict[str, str]
    several: Callable[[str], str]

    def value(self, attribute: str, form: str) -> str:
        """The value a form stands for, such as "large" for "big"."""
        return next(value for value, forms in self.words[attribute].items() if form in forms)


def either(forms: Iterable[str]) -> str:
    """A regular expression of any of `forms`, the longest first, so that no form hides one that begins like it."""
    return "|".join(sorted(set(forms), key=len, reverse=True))


def all_forms(words: dict[str, tuple[str, ...]]) -> list[str]:
    """Every form of every value of one attribute."""
    return [form for forms in words.values() for form in forms]
