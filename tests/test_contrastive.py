"""Chapter 08: its quiz, and that its exercises speak of the library's own losses."""

import math

import numpy as np
import torch

from mmlearn import align
from mmlearn.exercises import contrastive, quiz


def batch(n=7, d=5, seed=0):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(n, d))
    return torch.from_numpy(a), torch.from_numpy(a + rng.normal(size=(n, d)))


def test_the_exercises_are_the_librarys_own_losses():
    a, b = batch()
    S = contrastive.cosines(a, b)
    assert torch.isclose(contrastive.triplet(S, 0.2), align.triplet_loss(a, b, 0.2, "hardest"))
    groups = torch.tensor([0, 0, 1, 2, 2, 2, 3])
    assert torch.isclose(contrastive.masked_info_nce(S / 0.1, groups), align.info_nce(a, b, 0.1, groups))
    assert torch.isclose(contrastive.without_gathering(a[:6], b[:6], 0.3, 1), align.info_nce(a[:6], b[:6], 0.3))
    images, prompts = np.random.default_rng(1).normal(size=(20, 5)), np.random.default_rng(2).normal(size=(4, 3, 5))
    assert (align.zero_shot(images, prompts).argmax(axis=1) == contrastive.zero_shot(images, prompts)).all()


def test_a_regular_simplex_reaches_the_floor_and_nothing_goes_below():
    """n points with equal angles; then gradient descent on free vectors, which may only come near."""
    for n, temperature in ((3, 1.0), (6, 0.3)):
        corners = torch.eye(n, dtype=torch.float64) - 1 / n
        floor = contrastive.floor(n, temperature)
        assert math.isclose(float(align.info_nce(corners, corners, temperature)), floor, rel_tol=1e-9)
        free = [torch.randn(n, n, generator=torch.Generator().manual_seed(k)).requires_grad_() for k in (0, 1)]
        optimizer = torch.optim.Adam(free, lr=0.05)
        for _ in range(300):
            optimizer.zero_grad()
            loss = align.info_nce(*free, temperature)
            loss.backward()
            optimizer.step()
        assert floor - 1e-5 < float(loss) < floor + 0.01


def test_collapse_sits_where_the_chapter_says():
    one = torch.ones(8, 4)
    for negatives in ("all", "semi-hard", "hardest"):
        assert math.isclose(float(align.triplet_loss(one, one, 0.2, negatives)), 2 * 8 * 0.2, rel_tol=1e-5)
    assert math.isclose(float(align.info_nce(one, one, 0.1)), math.log(8), rel_tol=1e-6)


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("contrastive")
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") == 10
