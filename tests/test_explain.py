"""Shapley values are Captum's and have their axioms; calibration is torchmetrics'; attributions sum to what they explain."""

import itertools

import numpy as np
import pytest
import torch

from mmlearn import explain, fusion


@pytest.fixture
def model():
    """Three modalities, fused, to three classes."""
    torch.manual_seed(0)
    fuse, head = fusion.make("gated", [4, 3, 2], 16), torch.nn.Linear(16, 3)
    return lambda *inputs, mask=None: head(fuse(*inputs, mask=mask))


@pytest.fixture
def inputs():
    generator = torch.Generator().manual_seed(1)
    return [torch.randn(6, d, generator=generator) for d in (4, 3, 2)]


def game(modalities, seed=0):
    """A value for every set, at random, three numbers each."""
    values = torch.randn(2**modalities, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return lambda there: values[int((there * 2 ** torch.arange(modalities)).sum())]


@pytest.mark.parametrize("modalities", [1, 2, 3, 5])
def test_shapley_values_are_the_mean_over_all_orders(modalities):
    value, wanted = game(modalities), torch.zeros(modalities, 3, dtype=torch.float64)
    orders = list(itertools.permutations(range(modalities)))
    for order in orders:
        there = torch.zeros(modalities, dtype=torch.bool)
        for m in order:
            before = value(there)
            there = there | (torch.arange(modalities) == m)
            wanted[m] += (value(there) - before) / len(orders)
    assert torch.allclose(explain.shapley_values(value, modalities), wanted)


def test_the_axioms():
    value = game(3)
    phi = explain.shapley_values(value, 3)
    everything, nothing = torch.ones(3).bool(), torch.zeros(3).bool()
    assert torch.allclose(phi.sum(0), value(everything) - value(nothing))
    alike = explain.shapley_values(lambda s: (s[0] | s[1]).double() + 2 * s[2], 4)
    assert torch.allclose(alike, torch.tensor([0.5, 0.5, 2, 0], dtype=alike.dtype))


def test_interactions_tell_synergy_from_redundancy():
    xor, copies, sums = (
        explain.interaction(value, 2)[0, 1].item()
        for value in (lambda s: (s[0] & s[1]).float(), lambda s: (s[0] | s[1]).float(), lambda s: 1.0 * s[0] + 2.0 * s[1])
    )
    assert (xor, copies, sums) == (1, -1, 0)
    three = explain.interaction(game(3), 3)
    v, both = game(3), torch.zeros(3, dtype=torch.float64)
    for third in (False, True):
        sets = [torch.tensor([a, b, third]) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))]
        both += (v(sets[0].bool()) - v(sets[1].bool()) - v(sets[2].bool()) + v(sets[3].bool())) / 2
    assert torch.allclose(three[0, 1], both) and torch.equal(three, three.transpose(0, 1)) and (three[1, 1] == 0).all()


def test_modality_shapley_is_captum_s(model, inputs):
    from captum.attr import ShapleyValues

    target = model(*inputs).argmax(1)
    ours = explain.modality_shapley(model, inputs, target)

    def masked(present):  # captum switches numbers on and off: here a 1 for each modality that is there
        return model(*inputs, mask=present.bool()).softmax(1)

    groups = torch.arange(3)[None]
    theirs = ShapleyValues(masked).attribute(torch.ones(6, 3), target=target, feature_mask=groups)
    assert torch.allclose(ours, theirs, atol=1e-5)
    whole = model(*inputs).softmax(1).gather(1, target[:, None])[:, 0]
    empty = model(*inputs, mask=torch.zeros(6, 3).bool()).softmax(1).gather(1, target[:, None])[:, 0]
    assert torch.allclose(ours.sum(1), whole - empty, atol=1e-6)


def test_integrated_gradients_sum_to_the_difference(model, inputs):
    target = torch.tensor([0, 1, 2, 0, 1, 2])
    found, off = explain.integrated_gradients(model, inputs, target)
    logit = lambda *x: model(*x).gather(1, target[:, None])[:, 0]  # noqa: E731
    difference = logit(*inputs) - logit(*(torch.zeros_like(x) for x in inputs))
    assert found.shape == (6, 3) and torch.allclose(found.sum(1), difference, atol=1e-3) and off.abs().max() < 1e-3
    from_itself, _ = explain.integrated_gradients(model, inputs, target, baselines=inputs)
    assert torch.allclose(from_itself, torch.zeros(6, 3))


def test_lime_finds_the_weights_of_a_linear_model(inputs):
    weights = [torch.tensor([1.0, 2, 3, 4]), torch.tensor([0.0, 0, 0]), torch.tensor([-5.0, 5])]
    linear = lambda *x: torch.stack([sum(a @ w for a, w in zip(x, weights, strict=True)), 0 * x[0][:, 0]], 1)  # noqa: E731
    found = explain.lime(linear, inputs, torch.zeros(6).long(), samples=100)
    wanted = torch.stack([a @ w for a, w in zip(inputs, weights, strict=True)], 1)
    assert found.shape == (6, 3) and torch.allclose(found, wanted, atol=0.15 * wanted.abs().max().item())
    again = explain.lime(linear, inputs, torch.zeros(6).long(), samples=100)
    assert torch.equal(found, again)


def probabilities(n=500, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    logits = 2 * rng.standard_normal((n, classes))
    P = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return logits, P, np.array([rng.choice(classes, p=p) for p in P])


@pytest.mark.parametrize("bins", [1, 10, 15])
def test_calibration_error_is_torchmetrics(bins):
    from torchmetrics.functional.classification import multiclass_calibration_error

    _, P, y = probabilities()
    theirs = multiclass_calibration_error(torch.tensor(P), torch.tensor(y), num_classes=4, n_bins=bins).item()
    assert explain.expected_calibration_error(P, y, bins) == pytest.approx(theirs, abs=1e-6)
    found = explain.reliability(P, y, bins)
    assert found.count.sum() == 500 and (found.confidence[found.count > 0] <= 1).all()


@pytest.mark.parametrize("sharper", [0.5, 1.0, 3.0])
def test_temperature_is_found_again(sharper):
    logits, P, y = probabilities(20_000)
    found = explain.fit_temperature(sharper * logits, y)
    assert found == pytest.approx(sharper, rel=0.05)
    mended = np.exp(sharper * logits / found)
    mended /= mended.sum(1, keepdims=True)
    assert explain.expected_calibration_error(mended, y) < 0.02 and (mended.argmax(1) == P.argmax(1)).all()


def test_bad_input(model, inputs):
    cases = [
        (lambda: explain.subsets(0), "modalities is 0; accepted are 1 to 12"),
        (lambda: explain.shapley_values(lambda s: 0, 13), "modalities is 13"),
        (lambda: explain.interaction(lambda s: 0, 1), "an interaction takes 2 or more"),
        (lambda: explain.modality_shapley(model, inputs, torch.zeros(6, 1).long()), r"target has shape \(6, 1\)"),
        (lambda: explain.reliability(np.ones((3, 2)), np.zeros(3, int)), "not probabilities; give softmax"),
        (lambda: explain.reliability(np.ones((3, 1)), np.zeros(2, int)), r"labels \(2,\)"),
        (lambda: explain.reliability(np.ones((3, 1)), np.zeros(3, int), 0), "bins is 0"),
        (lambda: explain.fit_temperature(np.full((3, 2), np.nan), np.zeros(3, int)), "accepted are finite"),
    ]
    for call, words in cases:
        with pytest.raises(ValueError, match=words):
            call()
