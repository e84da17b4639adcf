"""Activations, losses, optimizers and decompositions: what they claim is measured, and they equal the libraries'."""

import math

import numpy as np
import pytest
import torch
from sklearn import decomposition as sklearn_decomposition
from torch.nn import functional

from mmlearn import layers
from mmlearn.layers.activations import FACTS
from mmlearn.layers.decomposition import PCA, power_iteration, whitener

GRID = torch.cat([torch.linspace(-60, 60, 24001), torch.tensor([0.0, -1e4, 1e4])]).double()  # 0 is on it: corners are there
THEIRS = {
    "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "leaky_relu": functional.leaky_relu,
    "elu": functional.elu, "softplus": functional.softplus, "gelu": functional.gelu, "silu": functional.silu,
    "softmax": lambda x: torch.softmax(x, -1),
}  # fmt: skip


def slopes(function, x):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(function(x).sum(), x)[0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", THEIRS)
def test_activations_are_torchs_with_their_slopes_and_pass_nan_on(name, dtype):
    ours, x = getattr(layers, name), GRID.to(dtype)
    # torch's softplus is x itself above 20: exact to 2e-9; its float32 GELU loses the left tail to 1 + erf
    torch.testing.assert_close(ours(x), THEIRS[name](x.double()).to(dtype), rtol=2e-6, atol=3e-9)
    torch.testing.assert_close(slopes(ours, x), slopes(THEIRS[name], x.double()).to(dtype), rtol=1e-5, atol=5e-7)
    assert ours(torch.tensor([math.nan, 1.0], dtype=dtype))[0].isnan()


@pytest.mark.parametrize("name", FACTS)
def test_facts_are_facts(name):
    """Range, ends and slope, on a grid where float64 does not yet round an end that is only approached."""
    facts, function = FACTS[name], getattr(layers, name)
    x = torch.cat([torch.linspace(-15, 15, 300001), torch.zeros(1)]).double()
    y, wide = function(x), function(torch.linspace(-1e4, 1e4, 2001).double())
    for end, reached, extreme, far in (
        (facts.low, facts.low_reached, y.min(), wide.min()),
        (facts.high, facts.high_reached, y.max(), wide.max()),
    ):
        if math.isinf(end):
            assert abs(far) >= 100 and (far > 0) == (end > 0)  # leaky: -1e4 · 0.01
        elif reached:
            assert math.isclose(extreme, end, abs_tol=1e-6)
        else:
            assert math.isclose(extreme, end, abs_tol=1e-6) and extreme != end
    assert math.isclose(slopes(function, x).max(), facts.steepest, abs_tol=2e-6)
    for tail, at in ((facts.below, -15.0), (facts.above, 15.0)):
        slope = float(slopes(function, torch.tensor([at]).double()))
        assert {"zero": slope == 0, "fades": 0 < abs(slope) < 1e-5, "alive": abs(slope) > 1e-3}[tail], (tail, slope)


def test_ranges_read_as_intervals():
    assert FACTS["sigmoid"].range == "(0, 1)"
    assert FACTS["relu"].range == "[0, ∞)"
    assert FACTS["gelu"].range == "[-0.17, ∞)"
    assert FACTS["leaky_relu"].range == "(-∞, ∞)"


def test_softmax_needs_something_to_choose_from():
    with pytest.raises(ValueError, match="at least one number along axis -1"):
        layers.softmax(torch.ones(3, 0))


# losses ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_losses_are_torchs_also_at_extreme_logits(scale):
    generator = torch.Generator().manual_seed(0)
    logits = (scale * torch.randn(50, 7, generator=generator)).requires_grad_()
    labels = torch.randint(7, (50,), generator=generator)
    ours, theirs = layers.cross_entropy(logits, labels), functional.cross_entropy(logits, labels)
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)
    (grad,) = torch.autograd.grad(ours, logits)
    by_hand = (torch.softmax(logits, 1) - functional.one_hot(labels, 7)) / 50
    torch.testing.assert_close(grad, by_hand, rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(layers.log_softmax(logits), torch.log_softmax(logits, -1), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(layers.log_sum_exp(logits, 0), torch.logsumexp(logits, 0), rtol=1e-6, atol=1e-6)
    other = torch.randn(50, 7, generator=generator)
    torch.testing.assert_close(layers.mse(logits, other), functional.mse_loss(logits, other))


def test_losses_pass_nan_on():
    assert layers.cross_entropy(torch.tensor([[math.nan, 0.0]]), torch.tensor([1])).isnan()
    assert layers.mse(torch.tensor([math.nan]), torch.zeros(1)).isnan()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: layers.mse(torch.ones(3, 1), torch.ones(3)), r"\(3, 1\) and target \(3,\)"),
        (lambda: layers.mse(torch.ones(0), torch.ones(0)), "not empty"),
        (lambda: layers.cross_entropy(torch.ones(3, 2), torch.ones(3, 2)), r"\(n, classes\) and \(n,\)"),
        (lambda: layers.cross_entropy(torch.ones(0, 2), torch.ones(0).long()), "n > 0"),
        (lambda: layers.cross_entropy(torch.ones(2, 2), torch.tensor([0, 2])), "from 0 to 2; accepted are integers from 0 to 1"),
        (lambda: layers.cross_entropy(torch.ones(2, 2), torch.tensor([-100, 1])), "from -100"),
        (lambda: layers.cross_entropy(torch.ones(2, 2), torch.tensor([0.0, 1.0])), "torch.float32"),
    ],
)
def test_losses_refuse_what_does_not_fit(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


# descent ---------------------------------------------------------------------------------------------------------------

PAIRS = {
    "GradientDescent": (lambda w: layers.GradientDescent(w, lr=0.02), lambda w: torch.optim.SGD(w, lr=0.02)),
    "Momentum": (lambda w: layers.Momentum(w, lr=0.01), lambda w: torch.optim.SGD(w, lr=0.01, momentum=0.9)),
    "RMSprop": (lambda w: layers.RMSprop(w, lr=0.01), lambda w: torch.optim.RMSprop(w, lr=0.01)),
    "Adam": (lambda w: layers.Adam(w, lr=0.05), lambda w: torch.optim.Adam(w, lr=0.05)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_optimizers_are_torchs_step_by_step(name):
    """Two weights of different shapes, on random batches; one of them has no gradient at first."""
    generator = torch.Generator().manual_seed(0)
    A, b = (torch.randn(*shape, generator=generator).double() for shape in ((40, 5), (40, 3)))
    start = [torch.randn(*shape, generator=generator).double() for shape in ((5, 3), (3,))]
    both = [[w.clone().requires_grad_() for w in start] for _ in range(2)]
    optimizers = [make(weights) for make, weights in zip(PAIRS[name], both, strict=True)]
    for step in range(60):
        rows = torch.randperm(40, generator=generator)[:8]
        for weights, optimizer in zip(both, optimizers, strict=True):
            optimizer.zero_grad()
            bend = weights[1] if step > 3 else weights[1].detach()
            ((A[rows] @ weights[0]).tanh() + bend - b[rows]).square().mean().backward()
            optimizer.step()
        for ours, theirs in zip(*both, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)
    assert all((now - before).abs().max() > 0.01 for now, before in zip(both[0], start, strict=True))


@pytest.mark.parametrize("weights", [[], [torch.ones(2)]])
def test_optimizers_need_weights_with_gradients(weights):
    with pytest.raises(ValueError, match="requires_grad=True"):
        layers.Adam(weights)


def test_optimizers_need_a_positive_learning_rate():
    with pytest.raises(ValueError, match="lr is 0"):
        layers.Momentum([torch.ones(1, requires_grad=True)], lr=0)


def test_descend_gives_every_place_and_reaches_the_bottom():
    path = layers.descend(lambda x, y: (x - 1) ** 2 + y**2, (0, 2), lambda w: layers.GradientDescent(w, 0.25), 30)
    assert path.shape == (31, 2)
    np.testing.assert_allclose(path[:2], [[0, 2], [0.5, 1]])
    np.testing.assert_allclose(path[-1], [1, 0], atol=1e-6)


# decomposition ---------------------------------------------------------------------------------------------------------


def data(n=200, d=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("shape", [(200, 6), (5, 9)])
def test_pca_is_scikit_learns(whiten, shape):
    X = data(*shape)
    ours, theirs = PCA(4, whiten).fit(X), sklearn_decomposition.PCA(4, whiten=whiten, svd_solver="full").fit(X)
    signs = np.sign((ours.components_ * theirs.components_).sum(1))[:, None]
    np.testing.assert_allclose(ours.components_, signs * theirs.components_, atol=1e-9)
    np.testing.assert_allclose(ours.transform(X), signs.T * theirs.transform(X), atol=1e-9)
    np.testing.assert_allclose(ours.explained_variance_ratio_, theirs.explained_variance_ratio_)
    np.testing.assert_allclose(ours.inverse_transform(ours.transform(X)), theirs.inverse_transform(theirs.transform(X)))


def test_both_whitenings_make_the_identity():
    X = data()
    for white in (PCA(whiten=True).fit(X).transform(X), (X - X.mean(0)) @ whitener(np.cov(X.T))):
        np.testing.assert_allclose(np.cov(white.T), np.eye(6), atol=1e-9)


def test_pca_keeps_only_directions_in_which_the_data_vary():
    X = np.c_[data(50, 3), np.ones(50)]
    assert PCA().fit(X).components_.shape == (3, 4)
    with pytest.raises(ValueError, match="varies in 3 directions"):
        PCA(4).fit(X)
    with pytest.raises(ValueError, match="varies in 0 directions"):
        PCA().fit(np.ones((5, 2)))


def test_pca_refuses_bad_input_in_words():
    pca = PCA(2).fit(data())
    for bad, sentence in ((np.ones((3, 5)), "5 columns; accepted are 6"), (np.full((2, 6), np.nan), "holds NaN"),
                          (np.ones((0, 6)), "is empty")):  # fmt: skip
        with pytest.raises(ValueError, match=sentence):
            pca.transform(bad)
    with pytest.raises(ValueError, match="3 columns; accepted are 2"):
        pca.inverse_transform(np.ones((1, 3)))
    assert pca.get_params() == {"n_components": 2, "whiten": False}


def test_power_iteration_finds_the_largest():
    C = np.cov(data().T)
    value, vector = power_iteration(C, steps=500)
    values, vectors = np.linalg.eigh(C)
    assert np.isclose(value, values[-1]) and np.isclose(abs(vector @ vectors[:, -1]), 1)
    assert power_iteration(np.zeros((2, 2)))[0] == 0
    with pytest.raises(ValueError, match="symmetric"):
        power_iteration(np.array([[1.0, 2.0], [0.0, 1.0]]))
