"""`hint`: the next rung of three. `progress`: what has been passed, kept between kernels."""

import json
import os
from pathlib import Path

from mmlearn.data.cache import atomic, cache_dir
from mmlearn.exercises.engine.registry import UnknownExerciseError, find, registered

RUNGS = ("nudge", "approach", "skeleton")

_climbed: dict[str, int] = {}
_passed: dict[str, bool] = {}


def hint(id: str) -> None:
    """Print the next hint for an exercise: a nudge, then the approach, then a skeleton, then from the first again."""
    try:
        exercise = find(id)
    except UnknownExerciseError as error:
        print(f"✗ {error}")
        return
    rung = _climbed.get(id, 0)
    _climbed[id] = (rung + 1) % len(RUNGS)
    print(f"Hint {rung + 1} of {len(RUNGS)} ({RUNGS[rung]}) for {id}:\n{exercise.hints[rung]}")
    if rung + 1 == len(RUNGS):
        print("(That was the last one; ask again, and it begins anew.)")


def progress(topic: str | None = None, *, reset: bool = False) -> None:
    """Print which exercises are passed, all or one topic's. `reset=True` forgets them first."""
    exercises = registered(topic)
    if not exercises:
        print(f"there are no exercises on {topic!r}")
        return
    if reset:
        _write({id: passed for id, passed in _read().items() if id not in {exercise.id for exercise in exercises}})
    passed = _read()
    width = max(len(exercise.id) for exercise in exercises)
    for exercise in exercises:
        print(f"{'✓' if passed.get(exercise.id) else '○'} {exercise.id:{width}}  {exercise.title}")
    print(f"{sum(bool(passed.get(exercise.id)) for exercise in exercises)} of {len(exercises)} passed")


def record(id: str, passed: bool) -> None:
    """Remember that an exercise is passed. What was once passed stays so."""
    if passed and not _read().get(id):
        _write({**_read(), id: True})


def _file() -> Path | None:
    """Where progress is kept: MMLEARN_PROGRESS if set ("off": in memory only), else a file in the course's cache."""
    chosen = os.environ.get("MMLEARN_PROGRESS")
    if chosen == "off":
        return None
    return Path(chosen) if chosen else cache_dir("progress.json")


def _read() -> dict[str, bool]:
    file = _file()
    try:
        found = json.loads(file.read_text(encoding="utf-8")) if file else {}
    except (OSError, ValueError):
        found = {}  # absent, or damaged: the learner loses a few marks, not the notebook
    return {**(found if isinstance(found, dict) else {}), **_passed}


def _write(passed: dict[str, bool]) -> None:
    """Keep in memory, and in the file where that is possible: a full disk must not stop a check."""
    _passed.clear()
    _passed.update(passed)
    file = _file()
    if file is None:
        return
    try:
        with atomic(file) as temporary:
            temporary.write_text(json.dumps(passed, indent=1, sort_keys=True), encoding="utf-8")
    except OSError as error:
        print(f"(progress is not kept: {error})")
