"""What every check is made of: an `Exercise` with its known `Mistake`s; for the learner `check`, `hint`, `progress`."""

from mmlearn.exercises.engine.check import Result, check, examine
from mmlearn.exercises.engine.ladder import hint, progress
from mmlearn.exercises.engine.registry import (
    Exercise,
    Mistake,
    UnknownExerciseError,
    find,
    register,
    registered,
    topics,
)

__all__ = [
    "Exercise",
    "Mistake",
    "Result",
    "UnknownExerciseError",
    "check",
    "examine",
    "find",
    "hint",
    "progress",
    "register",
    "registered",
    "topics",
]
