"""Every exercise: its check rejects plausible wrong answers for the right reason, and accepts right ones."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from mmlearn.course.source import read
from mmlearn.exercises.engine import examine, find, registered, topics

ROOT = Path(__file__).parents[1]
SEEDS = (0, 1, 7)


def answers(topic: str) -> ModuleType:
    """tests/answers/<topic>.py; a topic without one fails."""
    path = Path(__file__).parent / "answers" / f"{topic}.py"
    assert path.exists(), f"{path.name} is missing: the checks of {topic} are not tested"
    spec = importlib.util.spec_from_file_location(f"answers_{topic}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ANSWERS = {topic: answers(topic) for topic in topics()}
ALL = [exercise for topic in topics() for exercise in registered(topic)]
WRONG = [(e, *wrong) for e in ALL for wrong in ANSWERS[e.topic].WRONG.get(e.id, [])]
RIGHT = [(e, function) for e in ALL for function in ANSWERS[e.topic].RIGHT.get(e.id, [])]


def settings(exercise):
    return [(seed, variant) for seed in SEEDS for variant in exercise.variants]


def test_there_are_exercises():
    assert len(ALL) >= 4


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_each_has_enough_answers_and_hints(exercise):
    own = ANSWERS[exercise.topic]
    assert len(own.WRONG.get(exercise.id, [])) >= 5, "at least five wrong answers"
    assert len(own.RIGHT.get(exercise.id, [])) >= 2, "at least two different right answers"
    assert len(set(exercise.hints)) == 3
    assert exercise.title


@pytest.mark.parametrize("topic", topics())
def test_no_answer_to_an_exercise_that_does_not_exist(topic):
    ids = {exercise.id for exercise in registered(topic)}
    assert set(ANSWERS[topic].WRONG) <= ids and set(ANSWERS[topic].RIGHT) <= ids


@pytest.mark.parametrize(("exercise", "name", "function", "key"), WRONG, ids=[f"{e.id}-{name}" for e, name, *_ in WRONG])
def test_a_wrong_answer_is_told_its_mistake(exercise, name, function, key):
    for seed, variant in settings(exercise):
        result = examine(exercise, function, seed=seed, variant=variant)
        assert not result.passed, (seed, variant)
        assert key is None or result.diagnosis == key, (seed, variant, result)


@pytest.mark.parametrize(("exercise", "function"), RIGHT, ids=[f"{e.id}-{f.__name__}" for e, f in RIGHT])
def test_a_right_answer_is_accepted(exercise, function):
    for seed, variant in settings(exercise):
        result = examine(exercise, function, seed=seed, variant=variant)
        assert result.passed, (seed, variant, result)


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_each_known_mistake_is_met_by_some_wrong_answer(exercise):
    """A mistake nobody's answer shows is a message nobody has seen working."""
    met = {key for _, _, key in ANSWERS[exercise.topic].WRONG[exercise.id]}
    assert {mistake.key for mistake in exercise.mistakes} <= met


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_each_reference_agrees_with_itself_and_with_no_mistake_of_its_own(exercise):
    for seed, variant in settings(exercise):
        assert examine(exercise, exercise.reference, seed=seed, variant=variant).passed
        for mistake in exercise.mistakes:
            if mistake.wrong is not None:
                found = examine(exercise, mistake.wrong, seed=seed, variant=variant)
                assert found.diagnosis == mistake.key, (seed, variant, found)


CHAPTERS = [read(path) for path in sorted((ROOT / "solutions").glob("[0-9][0-9]_*.py"))]
CELLS = [(chapter, cell) for chapter in CHAPTERS for cell in chapter.cells if cell.exercise and cell.kind == "code"]


@pytest.mark.parametrize(("chapter", "cell"), CELLS, ids=[cell.exercise for _, cell in CELLS])
def test_the_blank_is_not_attempted_and_the_solution_is_right(chapter, cell):
    exercise = find(cell.exercise)
    setup = "\n".join(c.text for c in chapter.cells if "setup" in c.tags)
    for text, diagnosis in ((cell.blank(), "not_attempted"), (cell.solved(), "passed")):
        names: dict = {}
        exec(setup + "\n" + text, names)
        result = examine(exercise, names.get(exercise.name))
        assert result.diagnosis == diagnosis, result


def test_every_exercise_stands_in_a_chapter_and_the_other_way_round():
    assert sorted(cell.exercise for _, cell in CELLS) == sorted(exercise.id for exercise in ALL)
    for chapter, cell in CELLS:
        assert chapter.name.split("_", 1)[1] == find(cell.exercise).topic
        used = [c for c in chapter.cells if c.kind == "code" and f'check("{cell.exercise}"' in c.text]
        assert used, f"{chapter.name} never checks {cell.exercise}"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_each_chapter_has_four_exercises(chapter):
    assert len(chapter.exercises) >= 4
