"""The linear probe: finds what is linear, chooses on validation, refuses nonsense."""

import numpy as np
import pytest

from mmlearn import evaluate


def blobs(n, seed, spread=1.0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    return np.eye(3)[y] * 4 + spread * rng.normal(size=(n, 3)), np.array(["a", "b", "c"])[y]


def test_linear_classes_are_found_and_units_do_not_matter():
    train, val, test = blobs(300, 0), blobs(100, 1), blobs(200, 2)
    found = evaluate.linear_probe(train, val, test)
    assert found.accuracy > 0.95 and found.right.mean() == found.accuracy
    scaled = [(X * [1, 1000, 1e-3] + 7, y) for X, y in (train, val, test)]
    assert abs(evaluate.linear_probe(*scaled).accuracy - found.accuracy) < 0.02


def test_exclusive_or_stays_at_three_of_four_corners():
    """A line cuts off one corner at best: a probe that did better would not be linear."""
    rng = np.random.default_rng(0)
    X = [rng.choice([-1.0, 1.0], (n, 2)) + 0.1 * rng.normal(size=(n, 2)) for n in (800, 400, 800)]
    parts = [(x, x[:, 0] * x[:, 1] > 0) for x in X]
    assert evaluate.linear_probe(*parts).accuracy < 0.8


def test_the_ridge_is_chosen_on_validation():
    rng = np.random.default_rng(0)
    train, val, test = [
        (np.hstack([X, rng.normal(size=(len(X), 300))]), y) for X, y in (blobs(60, 0), blobs(200, 1), blobs(300, 2))
    ]
    found = evaluate.linear_probe(train, val, test)
    each = {C: evaluate.linear_probe(train, val, test, strengths=[C]).validation for C in evaluate.probe.STRENGTHS}
    assert found.validation == pytest.approx(max(each.values()), abs=0.02)
    assert found.C < 1


@pytest.mark.parametrize(
    "train, said",
    [
        ((np.ones((3, 2)), [0, 1]), "one label a row"),
        ((np.ones((3, 2)), [1, 1, 1]), "two classes"),
        ((np.ones((3, 5)), [0, 1, 1]), "equally many"),
        ((np.full((3, 2), np.nan), [0, 1, 1]), "NaN"),
    ],
)
def test_bad_parts_get_a_sentence(train, said):
    good = (np.ones((2, 2)), [0, 1])
    with pytest.raises(ValueError, match=said):
        evaluate.linear_probe(train, good, good)


def test_milliseconds_are_of_one_item():
    import time

    taken = evaluate.milliseconds(lambda items: time.sleep(0.002 * len(items)), range(5), repeats=2)
    assert 2 <= taken < 4


def test_columns_as_they_are_survive_a_test_of_another_kind():
    """A column that hardly varies in training is blown up by scaling, and drowns the others where it does vary."""
    rng = np.random.default_rng(0)

    def part(n, silent):
        y = rng.integers(0, 2, n)
        return np.column_stack([y + 0.1 * rng.normal(size=n), silent * rng.normal(size=(n, 5))]), y

    parts = part(60, 1e-3), part(60, 1e-3), part(200, 1.0)
    assert evaluate.linear_probe(*parts, scaled=False).accuracy > 0.95
    assert evaluate.linear_probe(*parts).accuracy < 0.8
