"""Chapter 08: its quiz, and that its exercises speak of the library's own losses."""

import math

import numpy as np
import pytest
import torch

from benchmarks import contrastive_best, contrastive_speech, start_here
from mmlearn import align, data, evaluate
from mmlearn.exercises import quiz
from mmlearn.exercises.engine.registry import find


def batch(n=7, d=5, seed=0):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(n, d))
    return torch.from_numpy(a), torch.from_numpy(a + rng.normal(size=(n, d)))


def answer(name, *arguments):
    """What the check of an exercise expects."""
    return find(f"contrastive.{name}").reference(*arguments)


def test_the_exercises_are_the_librarys_own_losses():
    a, b = batch()
    S = torch.nn.functional.normalize(a) @ torch.nn.functional.normalize(b).T
    assert torch.isclose(answer("triplet", S, 0.2), align.triplet_loss(a, b, 0.2, "hardest"))
    groups = torch.tensor([0, 0, 1, 2, 2, 2, 3])
    assert torch.isclose(answer("masked_info_nce", S / 0.1, groups), align.info_nce(a, b, 0.1, groups))
    assert torch.isclose(answer("without_gathering", a[:6], b[:6], 0.3, 1), align.info_nce(a[:6], b[:6], 0.3))
    images, prompts = np.random.default_rng(1).normal(size=(20, 5)), np.random.default_rng(2).normal(size=(4, 3, 5))
    assert (align.zero_shot(images, prompts).argmax(axis=1) == answer("zero_shot", images, prompts)).all()


def test_a_regular_simplex_reaches_the_floor_and_nothing_goes_below():
    """n points with equal angles; then gradient descent on free vectors, which may only come near."""
    for n, temperature in ((3, 1.0), (6, 0.3)):
        corners = torch.eye(n, dtype=torch.float64) - 1 / n
        floor = answer("floor", n, temperature)
        assert math.isclose(float(align.info_nce(corners, corners, temperature)), floor, rel_tol=1e-9)
        free = [torch.randn(n, n, generator=torch.Generator().manual_seed(k)).requires_grad_() for k in (0, 1)]
        optimizer = torch.optim.Adam(free, lr=0.05)
        for _ in range(300):
            optimizer.zero_grad()
            loss = align.info_nce(*free, temperature)
            loss.backward()
            optimizer.step()
        assert floor - 1e-5 < loss.item() < floor + 0.01


def test_collapse_sits_where_the_chapter_says():
    one = torch.ones(8, 4)
    for negatives in ("all", "semi-hard", "hardest"):
        assert math.isclose(float(align.triplet_loss(one, one, 0.2, negatives)), 2 * 8 * 0.2, rel_tol=1e-5)
    assert math.isclose(float(align.info_nce(one, one, 0.1)), math.log(8), rel_tol=1e-6)


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("contrastive")
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") == 10


def stored(table, row):
    return evaluate.Scores.stored("contrastive", table).values[row]


def test_the_stored_step_is_open_clips_and_costs_no_more():
    cost = stored("speed", "InfoNCE step")
    assert cost["difference of the loss"][0] < 1e-6 and cost["relative difference of a gradient"][0] < 1e-4
    assert 0 < cost["time relative to open_clip"][0] < 1.05


def test_one_row_of_the_best_search_is_measured_again():
    try:
        pairs, X, Y = start_here.vectors()
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))
    test, val, train = contrastive_best.grouped(list(pairs.groups), 0)
    see = contrastive_best.Pictures(X[train])
    live = start_here.report(contrastive_best.bridge(see, X, Y, train, val)(test))
    assert np.isclose(live["R@10"], stored("best", "class names: bridge")["R@10"][0], atol=0.01)


def test_the_ceiling_of_spoken_descriptions_is_measured_again():
    try:
        contrastive_speech.stamps(), start_here.vectors()
        live = contrastive_speech.report(contrastive_speech.words_read(0))
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))
    assert np.isclose(live["R@10"], stored("speech", "words read: French text")["R@10"][0], atol=0.015)


def test_hearing_beats_its_controls():
    heard, wrong = (stored("speech", row) for row in ("heard", "heard, trained on recordings of other stamps"))
    chance = evaluate.chance(contrastive_speech.TEST, 10)
    assert heard["R@10"].min() > 2 * chance > wrong["R@10"].mean()
