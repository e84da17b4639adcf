"""What trained aligners have in common, on the smallest of them: the mean squared distance of a pair's embeddings."""

import numpy as np
import pytest
from sklearn.base import clone
from torch import nn

from mmlearn.align import TrainedAligner


class Distance(nn.Module):
    def forward(self, embeddings):
        a, b = (e - e.mean(0) for e in embeddings)
        return (a - b).square().mean() + (a.square().mean() - 1) ** 2 + (b.square().mean() - 1) ** 2


class Nearest(TrainedAligner):
    def __init__(self, *, strength=1.0, **training):
        super().__init__(**training)
        self.strength = strength

    def _criterion(self):
        return Distance()


@pytest.fixture(scope="module")
def pairs():
    rng = np.random.default_rng(0)
    shared = rng.standard_normal((300, 4))
    return [shared @ rng.standard_normal((4, d)) + 0.1 * rng.standard_normal((300, d)) + 3 for d in (10, 7)]


def test_it_learns_and_embeds_one_view_alone(pairs):
    X, Y = pairs
    aligner = Nearest(n_components=4, steps=150, batch=64, lr=1e-2).fit(X[:200], Y[:200])
    A, B = aligner.transform(X[200:], Y[200:])
    assert A.shape == (100, 4) and aligner.score(X[200:], Y[200:]) > 0.8
    np.testing.assert_array_equal(A, aligner.transform(X[200:], view=0))
    assert len(aligner.history_.steps) == 150


def test_the_same_seed_gives_the_same_and_validation_is_recorded(pairs):
    X, Y = pairs
    fit = lambda: Nearest(n_components=3, hidden=(8,), dropout=0.2, steps=20, batch=64, every=10)  # noqa: E731
    one, two = (fit().fit(X[:200], Y[:200], validation=[X[200:], Y[200:]]) for _ in range(2))
    np.testing.assert_array_equal(one.transform(X, view=0), two.transform(X, view=0))
    with pytest.raises(ValueError, match="validation must have 2 views"):
        fit().fit(X, Y, validation=[X, Y, Y])


def test_scikit_learn_knows_parameters_of_parents_too(pairs):
    aligner = Nearest(n_components=5, strength=2.0, lr=0.5)
    assert aligner.get_params()["strength"] == 2.0 and clone(aligner).get_params() == aligner.get_params()


@pytest.mark.parametrize("views", [(np.ones((1, 3)), np.ones((1, 2))), (np.ones((3, 3)), np.ones((2, 2)))])
def test_bad_pairs_are_named(views):
    with pytest.raises(ValueError, match="at least 2 pairs|equal numbers of rows"):
        Nearest(steps=2).fit(*views)


def test_a_constant_view_is_survived():
    aligner = Nearest(n_components=2, steps=3).fit(np.ones((20, 3)), np.random.default_rng(0).standard_normal((20, 2)))
    assert np.isfinite(aligner.transform(np.ones((4, 3)), view=0)).all()
