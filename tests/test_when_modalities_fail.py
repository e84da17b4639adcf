"""Chapter 14: its quiz, that its exercises say what the library and scikit-learn say, and its tables."""

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from benchmarks import when_modalities_fail as tables
from mmlearn import evaluate, fusion
from mmlearn.data import scenes, seen_heard_digits
from mmlearn.exercises import quiz
from mmlearn.exercises.engine.registry import find


def answer(name, *arguments):
    """What the check of an exercise expects."""
    return find(f"when_modalities_fail.{name}").reference(*arguments)


def stored(table, row):
    return evaluate.Scores.stored("when_modalities_fail", table).values[row]


def test_belief_is_the_posterior_of_the_task():
    task = scenes.Task("redundant", ("image", "caption", "speech"), (0.1, 0.15, 0.2), (0.3, 0.1, 0.2))
    joint = task.joint()  # (2, 3, 3, 3)
    symbols = np.argwhere(np.ones((3, 3, 3)))
    posterior = (joint[1] / joint.sum(0))[tuple(symbols.T)]
    assert np.allclose(answer("believe", symbols, np.array(task.flip)), posterior)
    sure = ~np.isclose(posterior, 0.5)
    assert ((posterior > 0.5) == task.decide()[tuple(symbols.T)])[sure].all()


def test_noise_is_as_strong_as_the_librarys():
    rng = np.random.default_rng(0)
    waves = rng.normal(size=(5, 6000))
    for snr in (-12.0, 3.0):
        expected = seen_heard_digits.with_noise(waves, snr, np.random.default_rng(1)) - waves
        got = answer("at_snr", waves, expected * rng.uniform(0.1, 10, (5, 1)), snr) - waves
        assert np.allclose(got, expected, atol=1e-4)


def test_dropout_leaves_out_as_many_as_the_librarys():
    import torch

    mask = np.random.default_rng(0).random((20_000, 3)) < 0.8
    ours = answer("drop_modalities", mask, np.random.default_rng(1).random(mask.shape), 0.6)
    theirs = fusion.drop_modalities(torch.from_numpy(mask), 0.6, torch.Generator().manual_seed(2)).numpy()
    assert np.allclose(ours.mean(0), theirs.mean(0), atol=0.015)
    assert (ours.any(1) == mask.any(1)).all() and (theirs.any(1) == mask.any(1)).all()


def test_balance_is_scikit_learns_weight_of_the_combinations():
    rng = np.random.default_rng(0)
    labels, cue = rng.integers(0, 2, (2, 200))
    weights = compute_sample_weight("balanced", 2 * labels + cue)
    assert np.allclose(answer("balance", labels, cue), weights / weights.sum())


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("when_modalities_fail")
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") == 10


def test_the_exact_rows_are_exact():
    fair = scenes.Task("redundant", ("image", "caption", "frame"), (0.10, 0.15, 0.5), (0, 0, 0))
    assert np.isclose(stored("shortcut", "best possible once random")["random"][0], fair.ceiling())
    best = stored("conflict", "best possible decision")
    ceiling = scenes.Task("redundant", tables.MEDIA, tables.FLIPS, (0, 0, 0)).ceiling()
    assert abs(best["all"].mean() - ceiling) < 0.01  # 5,000 scenes
    assert (best["as the best"] == 1).all() and (best["only the image lies"] == 1).all()


def test_a_row_of_the_shortcut_is_measured_again():
    parts, views, labels = tables.drawn_scenes(0)
    made = {split: tables.framed(parts, views, split, 0.97, i) for i, split in enumerate(tables.ROWS)}
    changed = tables.framed(parts, views, "test", 0.5, 9)[0]
    model = tables.trained("joint", {split: some for split, (some, _) in made.items()}, labels, 0)
    row = stored("shortcut", "joint")
    assert np.isclose(model.score(made["test"][0], labels["test"]), row["as in training"][0], atol=0.01)
    assert np.isclose(model.score(changed, labels["test"]), row["random"][0], atol=0.04)
    assert row["random"].max() < 0.8 < row["caption only"].min()


@pytest.mark.parametrize("name", ["late", "gated"])
def test_dropout_brings_back_what_the_sound_knows(name):
    plain, dropped = stored("missing", name), stored("missing", f"{name}, modality dropout")
    assert dropped["image missing"].min() > plain["image missing"].max()
    trained_without = stored("missing", "trained without it")["image missing"].mean()
    assert dropped["image missing"].mean() > trained_without - 0.05 > plain["image missing"].mean()
