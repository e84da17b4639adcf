"""What an exercise is, and where all of them are found."""

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Mistake:
    """A plausible wrong answer, so that the check can say what went wrong and not only that it did.

    Exactly one of `wrong` and `when` is given.

    Attributes:
        key: short name, unique within the exercise, such as "axis".
        message: what to tell the learner: the likely mistake as a question or a fact, without the solution.
        wrong: the exercise done with this mistake; same arguments as the reference. It is recognised when the learner's
            outcome equals its outcome on every case (an equal exception counts as equal).
        when: `when(got, expected, *arguments) -> bool`, recognised when true on every case that came out wrong.
    """

    key: str
    message: str
    wrong: Callable[..., Any] | None = None
    when: Callable[..., bool] | None = None

    def __post_init__(self):
        if (self.wrong is None) == (self.when is None):
            raise ValueError(f"mistake {self.key!r} needs exactly one of wrong= and when=")


@dataclass(frozen=True)
class Exercise:
    """One exercise and how it is checked.

    Attributes:
        id: "<topic>.<name>"; the topic is the module, the name is the function that the learner writes.
        title: what is to be done, in a few words.
        reference: the right function, from the library where it has one.
        cases: `cases(rng, variant)` gives a list of argument tuples, the smallest first (it is shown when nothing else
            explains an error). All randomness comes from `rng`, a `numpy.random.Generator`.
        mistakes: the known wrong answers, the most telling first.
        hints: three: a nudge, the approach, a skeleton.
        variants: names of the versions that `cases` knows, the first is the default; a lecturer grades with another.
        tolerance: relative and absolute, where numbers are compared.
        agrees: `agrees(got, expected) -> bool`, where equal numbers are not the question (a basis up to sign, say).
        seconds: how long all cases together may take.
    """

    id: str
    title: str
    reference: Callable[..., Any]
    cases: Callable[[np.random.Generator, str], Sequence[tuple]]
    mistakes: Sequence[Mistake]
    hints: tuple[str, str, str]
    variants: tuple[str, ...] = ("standard",)
    tolerance: float = 1e-5
    agrees: Callable[[Any, Any], bool] | None = None
    seconds: float = 20.0

    @property
    def topic(self) -> str:
        return self.id.split(".")[0]

    @property
    def name(self) -> str:
        """The name of the function that the learner writes."""
        return self.id.split(".")[1]


class UnknownExerciseError(KeyError):
    """No exercise has that id."""

    def __str__(self) -> str:
        return self.args[0]


_EXERCISES: dict[str, Exercise] = {}


def register(*exercises: Exercise) -> None:
    """Make exercises known, in the order of their chapter. A topic's module calls this once, at its end.

    Raises:
        ValueError: an id is not "<topic>.<name>", or two mistakes share a key, or there are not three hints.
    """
    for exercise in exercises:
        if exercise.id.count(".") != 1 or not all(part.isidentifier() for part in exercise.id.split(".")):
            raise ValueError(f"exercise id {exercise.id!r} is not of the form topic.name")
        keys = [mistake.key for mistake in exercise.mistakes]
        if len(set(keys)) != len(keys):
            raise ValueError(f"exercise {exercise.id} has two mistakes of one key: {', '.join(sorted(keys))}")
        if len(exercise.hints) != 3 or not all(exercise.hints):
            raise ValueError(f"exercise {exercise.id} needs three hints, a nudge, the approach and a skeleton")
        _EXERCISES[exercise.id] = exercise


def topics() -> list[str]:
    """Every topic that has exercises: the modules beside `engine`."""
    import mmlearn.exercises

    return sorted(module.name for module in pkgutil.iter_modules(mmlearn.exercises.__path__) if module.name != "engine")


def registered(topic: str | None = None) -> list[Exercise]:
    """All exercises, or those of one topic, in the order they were registered."""
    for name in topics():
        if topic in (None, name):
            importlib.import_module(f"mmlearn.exercises.{name}")
    return [exercise for exercise in _EXERCISES.values() if topic in (None, exercise.topic)]


def find(id: str) -> Exercise:
    """The exercise of that id.

    Raises:
        UnknownExerciseError: there is none; the message names the closest ones.
    """
    if isinstance(id, str) and "." in id:
        registered(id.split(".")[0])
    if id not in _EXERCISES:
        known = [exercise.id for exercise in registered()]
        same_name = [one for one in known if one.split(".")[1] == str(id).split(".")[-1]]
        close = same_name or difflib.get_close_matches(str(id), known, n=3, cutoff=0.3) or known[:3]
        raise UnknownExerciseError(f"there is no exercise {id!r}; the closest are {', '.join(close)}")
    return _EXERCISES[id]
