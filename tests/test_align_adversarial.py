"""Pairs and a discriminator behind a gradient reversal."""

import numpy as np
import pytest
import torch
from sklearn.base import clone

from mmlearn.align import Adversarial, PairsAndDiscriminator, info_nce
from mmlearn.evaluate import cosine_similarity, recall_at_k


@pytest.fixture(scope="module")
def pairs():
    rng = np.random.default_rng(0)
    shared = rng.standard_normal((400, 6))
    return [shared @ rng.standard_normal((6, d)) + 0.1 * rng.standard_normal((400, d)) for d in (12, 9)]


def test_the_loss_is_info_nce_and_the_discriminators_cross_entropy():
    torch.manual_seed(0)
    a, b = torch.randn(2, 5, 8)
    criterion = PairsAndDiscriminator(8, temperature=0.1)
    found = criterion([a, b])
    torch.testing.assert_close(found["pairs"], info_nce(a, b, 0.1))
    unit = torch.nn.functional.normalize
    logits = criterion.discriminator(torch.cat([unit(a), unit(b)]))
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor([0] * 5 + [1] * 5))
    torch.testing.assert_close(found["discriminator"], expected)
    torch.testing.assert_close(found["loss"], found["pairs"] + found["discriminator"])


def test_only_the_networks_gradient_of_the_discriminator_is_turned():
    torch.manual_seed(0)
    a, b = torch.randn(2, 6, 4)
    grads = {}
    for strength in (0.0, 1.0, 2.0):
        torch.manual_seed(1)
        criterion = PairsAndDiscriminator(4, strength=strength)
        x = a.clone().requires_grad_()
        criterion([x, b])["discriminator"].backward()
        grads[strength] = x.grad, next(criterion.discriminator.parameters()).grad
    assert grads[0.0][0].abs().max() == 0 and grads[1.0][0].abs().max() > 0
    torch.testing.assert_close(grads[2.0][0], 2 * grads[1.0][0])
    torch.testing.assert_close(grads[2.0][1], grads[0.0][1])


def test_it_still_finds_pairs(pairs):
    X, Y = pairs
    model = Adversarial(n_components=8, strength=0.3, steps=60, batch=128, lr=1e-2).fit(X[:300], Y[:300])
    A, B = model.transform(X[300:], Y[300:])
    assert recall_at_k(cosine_similarity(B, A), 1) > 0.5
    assert all(len(model.history_.parts[name]) == 60 for name in ("pairs", "discriminator", "accuracy"))


def test_a_slow_network_learns_to_confuse_a_discriminator():
    """Two clouds, one of which can move: behind the reversal it moves to the other, without it stays."""
    torch.manual_seed(0)
    cloud = torch.nn.functional.normalize(torch.randn(200, 8) + 2 * torch.eye(8)[0])
    gaps = []
    for strength in (0.0, 1.0):
        shift = torch.nn.Parameter(-2 * torch.eye(8)[0])
        criterion = PairsAndDiscriminator(8, strength=strength)
        fast = torch.optim.Adam(criterion.discriminator.parameters(), lr=1e-2)
        slow = torch.optim.Adam([shift], lr=0.02)
        for _ in range(150):
            fast.zero_grad(), slow.zero_grad()
            criterion([cloud, cloud + shift])["discriminator"].backward()
            fast.step(), slow.step()
        gaps.append(shift.norm().item())
    assert gaps[0] == 2 and gaps[1] < 1


def test_three_views_and_parameters(pairs):
    X, Y = pairs
    model = Adversarial(n_components=4, steps=3, batch=50, discriminator=16).fit([X, Y, X])
    assert len(model.transform([X, Y, X])) == 3
    assert model.get_params()["strength"] == 1.0 and clone(model).get_params() == model.get_params()


def test_a_bad_strength_is_named(pairs):
    with pytest.raises(ValueError, match="strength is -1"):
        Adversarial(strength=-1, steps=2).fit(*pairs)
