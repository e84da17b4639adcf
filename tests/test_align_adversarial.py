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


def test_it_finds_pairs_and_confuses_the_discriminator(pairs):
    X, Y = pairs
    watched, fought = (
        Adversarial(n_components=8, strength=s, steps=250, batch=128, lr=1e-2).fit(X[:300], Y[:300]) for s in (0.0, 3.0)
    )
    for model in (watched, fought):
        A, B = model.transform(X[300:], Y[300:])
        assert recall_at_k(cosine_similarity(B, A), 1) > 0.6
    late = [np.mean(model.history_.parts["accuracy"][-50:]) for model in (watched, fought)]
    assert late[1] < late[0] - 0.05


def test_three_views_and_parameters(pairs):
    X, Y = pairs
    model = Adversarial(n_components=4, steps=3, batch=50, discriminator=16).fit([X, Y, X])
    assert len(model.transform([X, Y, X])) == 3
    assert model.get_params()["strength"] == 1.0 and clone(model).get_params() == model.get_params()


def test_a_bad_strength_is_named(pairs):
    with pytest.raises(ValueError, match="strength is -1"):
        Adversarial(strength=-1, steps=2).fit(*pairs)
