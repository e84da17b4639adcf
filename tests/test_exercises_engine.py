"""The engine behind the checks, on a toy exercise: what a learner can do to it, and what it then says."""

import json
import time

import numpy as np
import pytest

from mmlearn.exercises import check, hint, progress
from mmlearn.exercises.engine import Exercise, Mistake, examine, registry


def rows(X):
    return X / np.linalg.norm(X, axis=1, keepdims=True)


TOY = Exercise(
    id="toy.rows",
    title="rows of length one",
    reference=rows,
    cases=lambda rng, variant: [(rng.normal(size=(n, 3)),) for n in {"small": (2, 5), "big": (7, 50)}[variant]],
    mistakes=[
        Mistake("axis", "columns, not rows", wrong=lambda X: X / np.linalg.norm(X, axis=0)),
        Mistake("shift", "something was added", when=lambda got, expected, X: np.ptp(got - expected) < 1e-9),
        Mistake("broadcast", "keepdims?", wrong=lambda X: X / np.linalg.norm(X, axis=1)),
    ],
    hints=("nudge", "approach", "skeleton"),
    variants=("small", "big"),
    seconds=0.3,
)


@pytest.fixture(autouse=True)
def toy(monkeypatch, tmp_path):
    """The toy exercise registered, and a record of progress that starts empty."""
    from mmlearn.exercises.engine import ladder

    monkeypatch.setattr(registry, "_EXERCISES", {})
    monkeypatch.setattr(ladder, "_passed", {})
    monkeypatch.setattr(ladder, "_climbed", {})
    monkeypatch.setenv("MMLEARN_PROGRESS", str(tmp_path / "progress.json"))
    registry.register(TOY)
    return tmp_path / "progress.json"


def raises(X):
    y = len(X)
    return y / 0


def forever(X):
    try:
        while True:
            time.sleep(0.01)
    except Exception:
        return X


def in_place(X):
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    return X


def not_yet(X):
    raise NotImplementedError


def leaves(X):
    raise SystemExit(1)


@pytest.mark.parametrize(
    ("function", "diagnosis", "words"),
    [
        (rows, "passed", "right, on 2 cases"),
        (lambda X: [list(row) for row in rows(X)], "passed", "right"),
        (lambda X: X / np.linalg.norm(X, axis=0), "axis", "columns, not rows"),
        (lambda X: X / np.linalg.norm(X, axis=1), "broadcast", "keepdims"),
        (lambda X: rows(X) + 2, "shift", "something was added"),
        (None, "not_attempted", "not attempted"),
        (..., "not_attempted", "not attempted"),
        (lambda X: None, "not_attempted", "not attempted"),
        (not_yet, "not_attempted", "not attempted"),
        (3, "not_callable", "the function rows itself, not 3"),
        (raises, "raises", "ZeroDivisionError: division by zero, in line 3 of it: `return y / 0`"),
        (leaves, "raises", "SystemExit"),
        (lambda: 1, "raises", "TypeError"),
        (forever, "too_slow", "stopped after 0.3 seconds"),
        (in_place, "changes_input", "changes its argument 1 in place"),
        (lambda X: "rows", "type", "a str of length 4, but an array of shape (2, 3) was asked for"),
        (lambda X: [[1], [2, 3]], "type", "a list of length 2"),
        (lambda X: X[0], "shape", "shape (3,), but (2, 3)"),
        (lambda X: X * np.nan, "nan", "contains NaN"),
        (lambda X: X + np.inf, "nan", "contains infinity"),
        (lambda X: rows(X) * [1, 1, 1.1], "differs", "(2 of 6 numbers differ)"),
        (lambda X: rows(X) * (2 if len(X) > 2 else 1), "differs", "(15 of 15 numbers differ)"),
    ],
)
def test_every_verdict(function, diagnosis, words, capsys):
    result = check("toy.rows", function)
    printed = capsys.readouterr().out
    assert result.diagnosis == diagnosis and words in result.message
    assert printed[0] == {"passed": "✓", "not_attempted": "○"}.get(diagnosis, "✗")
    assert result.passed == (diagnosis == "passed") and printed == f"{result}\n"


def test_an_answer_right_for_one_seed_alone_fails_for_another():
    memory = {case[0].shape: rows(case[0]) for case in TOY.cases(np.random.default_rng(0), "small")}
    assert examine(TOY, lambda X: memory[X.shape]).passed
    assert not examine(TOY, lambda X: memory[X.shape], seed=1).passed
    assert examine(TOY, lambda X: memory[X.shape], variant="big").diagnosis == "raises"


def test_unknown_id_and_variant_are_answered_not_raised(capsys):
    assert check("toy.row", rows).diagnosis == "unknown_exercise"
    assert "the closest are toy.rows" in capsys.readouterr().out
    assert check(7, rows).diagnosis == "unknown_exercise"
    assert check("toy.rows", rows, variant="huge").message == "variant 'huge' does not exist; accepted are small, big"
    hint("toy.row")
    assert "there is no exercise 'toy.row'" in capsys.readouterr().out


def test_a_flaw_of_the_check_is_told_and_does_not_stop_the_notebook(monkeypatch):
    broken = Exercise("toy.broken", "t", rows, lambda rng, variant: 1 / 0, [], ("a", "b", "c"))
    registry.register(broken)
    assert check("toy.broken", rows).diagnosis == "check_failed"


def test_a_predicate_that_cannot_read_an_answer_does_not_recognise_it():
    assert examine(TOY, lambda X: {"a": 1}).diagnosis == "type"


def test_agreement_other_than_equality():
    basis = Exercise(
        "toy.sign",
        "an eigenvector",
        lambda M: np.linalg.eigh(M)[1][:, -1],
        lambda rng, variant: [(np.diag([3.0, 1.0, 2.0]),)],
        [],
        ("a", "b", "c"),
        agrees=lambda got, expected: np.allclose(abs(np.asarray(got) @ expected), 1),
    )
    assert examine(basis, lambda M: np.array([-1.0, 0, 0])).passed
    assert examine(basis, lambda M: np.array([0.0, 1, 0])).diagnosis == "differs"
    assert examine(basis, lambda M: np.array([1.0, 0])).diagnosis == "shape"


def test_tensors_pairs_words_and_dictionaries_are_compared():
    import torch

    def made(value):
        return Exercise("toy.made", "t", lambda: value, lambda rng, variant: [()], [], ("a", "b", "c"))

    assert examine(made(np.ones(3)), lambda: torch.ones(3, requires_grad=True)).passed
    assert examine(made((np.ones(2), 3)), lambda: [torch.ones(2), 3.0]).passed
    assert examine(made((np.ones(2), 3)), lambda: (np.ones(2),)).diagnosis == "shape"
    assert examine(made((np.ones(2), 3)), lambda: (np.ones(3), 3)).message.startswith("part 0 of your answer has shape")
    assert examine(made(["a", "b"]), lambda: ["a", "c"]).message.startswith("got ['a', 'c'], expected ['a', 'b']")
    assert examine(made({"a": 1.0}), lambda: {"a": np.float32(1)}).passed
    assert examine(made({"a": 1.0}), lambda: {"b": 1.0}).diagnosis == "type"
    assert examine(made({"a": 1.0}), lambda: {"a": np.nan}).message.startswith("'a' in your answer contains NaN")
    assert examine(made("text"), lambda: 5).diagnosis == "type"
    assert examine(made(0.5), lambda: "0.5").diagnosis == "type"


def test_hints_climb_and_begin_again(capsys):
    for _ in range(4):
        hint("toy.rows")
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if not line.startswith(("Hint", "("))] == ["nudge", "approach", "skeleton", "nudge"]
    assert said[6].startswith("(That was the last one")
    assert said[0] == "Hint 1 of 3 (nudge) for toy.rows:"


def forget_this_kernel(monkeypatch):
    from mmlearn.exercises.engine import ladder

    monkeypatch.setattr(ladder, "_passed", {})


def test_progress_outlives_the_kernel_and_can_be_reset(toy, monkeypatch, capsys):
    check("toy.rows", rows)
    check("toy.rows", lambda X: X)
    forget_this_kernel(monkeypatch)
    capsys.readouterr()
    progress("toy")
    assert capsys.readouterr().out == "✓ toy.rows  rows of length one\n1 of 1 passed\n"
    progress("toy", reset=True)
    assert "0 of 1 passed" in capsys.readouterr().out
    assert json.loads(toy.read_text()) == {}


def test_a_damaged_or_unwritable_record_stops_nothing(toy, monkeypatch, capsys):
    toy.write_text("{")
    assert check("toy.rows", rows).passed
    assert json.loads(toy.read_text()) == {"toy.rows": True}
    forget_this_kernel(monkeypatch)
    monkeypatch.setenv("MMLEARN_PROGRESS", str(toy / "below_a_file.json"))
    assert check("toy.rows", rows).passed
    assert "progress is not kept" in capsys.readouterr().out
    progress("toy")
    assert "1 of 1 passed" in capsys.readouterr().out


def test_progress_off_leaves_no_file(toy, monkeypatch):
    monkeypatch.setenv("MMLEARN_PROGRESS", "off")
    check("toy.rows", rows)
    assert not toy.exists()


def test_progress_of_an_unknown_topic(capsys):
    progress("nothing")
    assert capsys.readouterr().out == "there are no exercises on 'nothing'\n"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "toy"}, "not of the form topic.name"),
        ({"id": "toy.a.b"}, "not of the form topic.name"),
        ({"hints": ("a", "b")}, "needs three hints"),
        ({"hints": ("a", "", "c")}, "needs three hints"),
        ({"mistakes": [Mistake("k", "m", wrong=rows), Mistake("k", "n", wrong=rows)]}, "two mistakes of one key"),
    ],
)
def test_a_malformed_exercise_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        registry.register(Exercise(**{**vars(TOY), **change}))


@pytest.mark.parametrize("given", [{}, {"wrong": rows, "when": rows}])
def test_a_mistake_is_told_apart_one_way(given):
    with pytest.raises(ValueError, match="exactly one of"):
        Mistake("k", "m", **given)


def test_what_torch_does_not_implement_was_attempted():
    import torch

    found = examine(TOY, lambda X: torch.from_numpy(X) ^ 2)
    assert found.diagnosis == "raises" and "a power is `**`" in found.message
    assert "a power is" not in examine(TOY, raises).message


def test_an_answer_that_carries_a_gradient_is_diagnosed_as_well():
    import torch

    def shifted(X):
        X = torch.from_numpy(X).requires_grad_()
        return X / X.norm(dim=1, keepdim=True) + 1

    assert examine(TOY, shifted).diagnosis == "shift"


def test_a_generator_is_as_good_as_a_list():
    listed = Exercise("toy.list", "a list", list, lambda rng, variant: [([1.0, 2.0],)], [], ("a", "b", "c"))
    assert examine(listed, lambda numbers: (number for number in numbers)).passed


def test_a_name_without_its_topic_finds_the_exercise(capsys):
    hint("rows")
    assert "the closest are toy.rows" in capsys.readouterr().out
