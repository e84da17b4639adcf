"""`check`: is this answer right, and if not, which mistake is it?"""

import dis
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlearn.exercises.engine import ladder
from mmlearn.exercises.engine.attempt import Outcome, OutOfTime, attempt, place, raised_by, time_limit
from mmlearn.exercises.engine.compare import difference, fault, same, short
from mmlearn.exercises.engine.registry import Exercise, Mistake, UnknownExerciseError, find

NOT_ATTEMPTED = "not_attempted"


@dataclass(frozen=True)
class Result:
    """The verdict on one answer.

    Attributes:
        id: the exercise.
        passed: whether the answer is right.
        diagnosis: "passed", the key of a known mistake, or one of not_attempted, returns_none, raises,
            too_slow, changes_input, type, shape, nan, differs, not_callable,
            unknown_exercise, unknown_variant, check_failed.
        message: what the learner reads.
    """

    id: str
    passed: bool
    diagnosis: str
    message: str

    def __str__(self) -> str:
        mark = "✓" if self.passed else "○" if self.diagnosis == NOT_ATTEMPTED else "✗"
        return f"{mark} {self.id}: {self.message}"

    def _ipython_display_(self) -> None:
        """Nothing: `check` has printed it already."""


@dataclass(frozen=True)
class Trial:
    """One case: what was given, what should have come out, what did."""

    arguments: tuple
    expected: Any
    outcome: Outcome
    right: bool


def check(id: str, function: Callable | None = None, *, seed: int = 0, variant: str | None = None) -> Result:
    """Say whether `function` solves the exercise: ✓, ✗ with the likely mistake, or ○ not attempted. Never raises.

    Args:
        id: "<topic>.<name>", as the exercise's heading shows it.
        function: the learner's.
        seed: the checked inputs are drawn from it; a grader uses others.
        variant: one of the exercise's variants; the first if None.
    """
    try:
        result = examine(find(id), function, seed=seed, variant=variant)
    except UnknownExerciseError as error:
        result = Result(str(id), False, "unknown_exercise", str(error))
    except Exception as error:  # a flaw of the check must not stop the learner's notebook
        result = Result(str(id), False, "check_failed", f"the check itself failed ({type(error).__name__}: {error})")
    print(result)
    ladder.record(result.id, result.passed)
    return result


def examine(exercise: Exercise, function: Any, *, seed: int = 0, variant: str | None = None) -> Result:
    """The verdict on `function`, without printing or recording it."""

    def failed(diagnosis: str, message: str) -> Result:
        return Result(exercise.id, False, diagnosis, message)

    if variant is not None and variant not in exercise.variants:
        accepted = ", ".join(exercise.variants)
        return failed("unknown_variant", f"variant {variant!r} does not exist; accepted are {accepted}")
    if function is None or function is ...:
        return failed(NOT_ATTEMPTED, "not attempted yet")
    if not callable(function):
        return failed("not_callable", f"give check the function {exercise.name} itself, not {short(function, 60)}")
    cases = list(exercise.cases(np.random.default_rng(seed), variant or exercise.variants[0]))
    found = diagnose(exercise, function, try_all(exercise, function, cases))
    if found:
        return failed(*found)
    return Result(exercise.id, True, "passed", f"right, on {len(cases)} case{'s' * (len(cases) > 1)}")


def try_all(exercise: Exercise, function: Callable, cases: Sequence[tuple]) -> list[Trial]:
    """Call `function` on every case, all of them within the exercise's time."""
    try:
        with time_limit(exercise.seconds):
            outcomes = [attempt(function, case) for case in cases]
    except OutOfTime as error:
        outcomes = [Outcome(error=error)] * len(cases)
    trials = []
    for case, outcome in zip(cases, outcomes, strict=True):
        expected = exercise.reference(*case)
        right = outcome.error is None and _agree(exercise, outcome.value, expected)
        trials.append(Trial(case, expected, outcome, right))
    return trials


def diagnose(exercise: Exercise, function: Callable, trials: Sequence[Trial]) -> tuple[str, str] | None:
    """(key, message) of what is wrong, None if nothing is. The most telling explanation comes first."""
    outcomes = [trial.outcome for trial in trials]
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    if any(isinstance(error, OutOfTime) for error in errors):
        return "too_slow", f"stopped after {exercise.seconds:g} seconds: does a loop never end?"
    if all(_blank(outcome, function) for outcome in outcomes):
        if errors or _is_stub(function):
            return NOT_ATTEMPTED, "not attempted yet"
        return "returns_none", "your function returned None: is a `return` missing, or the hole not filled yet?"
    failures = [trial for trial in trials if not trial.right]
    if not failures:
        changed = next((outcome.changed for outcome in outcomes if outcome.changed), None)
        return changed and ("changes_input", f"right, but it changes its argument {changed[0]} in place: use a copy")
    for mistake in exercise.mistakes:
        if _recognised(exercise, mistake, trials):
            return mistake.key, mistake.message
    if errors:
        power = ". In Python `^` is exclusive or; a power is `**`" if re.search(r"xor|for \^", str(errors[0])) else ""
        return "raises", f"your function raised {type(errors[0]).__name__}: {errors[0]}{place(errors[0], function)}{power}"
    first = failures[0]
    given = ", ".join(short(argument, 120) for argument in first.arguments)
    shown = f"{difference(first.outcome.value, first.expected, exercise.tolerance)}, for the arguments {given}"
    return fault(first.outcome.value, first.expected) or ("differs", shown)


def _blank(outcome: Outcome, function: Callable) -> bool:
    """Whether nothing came: None, `...`, or `raise NotImplementedError`. (torch raises that too, of its own accord.)"""
    if outcome.error is not None:
        return isinstance(outcome.error, NotImplementedError) and raised_by(outcome.error, function)
    return outcome.value is None or outcome.value is ...


def _is_stub(function: Callable) -> bool:
    """Whether the function's body does nothing at all, as `...` or `pass`."""
    code = getattr(function, "__code__", None)
    idle = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}
    return code is not None and all(step.opname in idle for step in dis.get_instructions(code))


def _agree(exercise: Exercise, got: Any, expected: Any) -> bool:
    if exercise.agrees is None:
        return same(got, expected, exercise.tolerance)
    return fault(got, expected) is None and bool(exercise.agrees(got, expected))


def _recognised(exercise: Exercise, mistake: Mistake, trials: Sequence[Trial]) -> bool:
    if mistake.wrong is not None:
        return all(_equal(exercise, trial.outcome, attempt(mistake.wrong, trial.arguments)) for trial in trials)
    failures = [trial for trial in trials if not trial.right]
    answers = [_asked(mistake.when, (t.outcome.value, t.expected, *t.arguments)) for t in failures]
    # It raises on an answer of a kind that it was not written for: then it is not this mistake.
    return all(answer.error is None and answer.value for answer in answers)


def _asked(when: Callable[..., bool], arguments: tuple) -> Outcome:
    """What `when` says of an answer: of itself, through which gradients may flow; of a plain copy, if it fails on that."""
    outcome = attempt(when, arguments, copied=False)
    return attempt(when, arguments) if outcome.error is not None else outcome


def _equal(exercise: Exercise, a: Outcome, b: Outcome) -> bool:
    """Whether two calls came to the same: equal values, or errors of one kind and message."""
    if a.error or b.error:
        return type(a.error) is type(b.error) and str(a.error) == str(b.error)
    if exercise.agrees is not None and _agree(exercise, a.value, b.value):
        return True
    return same(a.value, b.value, exercise.tolerance)
