"""The classifier learns what the modalities know together, keeps its best moment, and says what it cannot take."""

import numpy as np
import pytest
from sklearn.base import clone

from mmlearn import fusion


def xor(n=400, seed=0):
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, size=(n, 2))
    return [bits[:, m : m + 1] * 3.0 + rng.normal(0, 0.1, (n, 4)) for m in range(2)], np.where(bits.sum(1) == 1, "odd", "even")


def fitted(name="joint", **settings):
    return fusion.Classifier(name, width=16, steps=150, lr=0.01, **settings).fit(*xor(), validation=xor(seed=1))


def test_it_learns_what_is_only_known_together():
    model, (views, labels) = fitted(), xor(seed=2)
    assert model.score(views, labels) > 0.98 and model.log_loss(views, labels) < 0.1
    assert list(model.classes_) == ["even", "odd"] and set(model.predict(views)) == {"even", "odd"}
    assert np.allclose(model.predict_proba(views).sum(1), 1, atol=1e-5)
    alone = fitted("concat")
    assert alone.score(views, labels) < 0.6 and alone.log_loss(views, labels) > np.log(2) - 0.01


def test_the_same_seed_gives_the_same_and_the_best_moment_is_kept():
    views, labels = xor(seed=2)
    first, second = fitted(seed=3), fitted(seed=3)
    assert np.array_equal(first.predict_proba(views), second.predict_proba(views))
    held_out = xor(seed=1)
    assert np.isclose(first.log_loss(*held_out), min(first.history_.validation.values()), atol=1e-6)


def test_what_is_missing_has_no_say():
    model, (views, _) = fitted(), xor(seed=2)
    mask = np.ones((len(views[0]), 2), bool)
    mask[:, 1] = False
    assert np.array_equal(model.predict_proba(views, mask), model.predict_proba([views[0], None]))


def test_columns_that_do_not_vary_stay_silent():
    views, labels = xor()
    constant = [np.hstack([view, np.full((len(view), 1), 7.3)]) for view in views]
    model = fusion.Classifier("joint", width=16, steps=5).fit(constant, labels)
    loud = [view.copy() for view in constant]
    loud[0][:, -1] = 1e6
    assert np.array_equal(model.predict_proba(constant), model.predict_proba(loud))


def test_it_is_an_estimator():
    model = fusion.Classifier("low_rank", options={"rank": 2}, seed=4)
    assert clone(model).get_params() == model.get_params()


def test_bad_input():
    views, labels = xor()
    cases = [
        ((views, labels[:-1]), "labels has shape"),
        ((views, np.full(len(labels), "odd")), "labels has the one class 'odd'"),
        (([views[0], views[1][:-1]], labels), r"views have \[400, 399\] rows"),
        ((views, labels, (views, np.full(len(labels), "new"))), r"labels has \['new'\], which no training row has"),
    ]
    for arguments, words in cases:
        with pytest.raises(ValueError, match=words):
            fusion.Classifier("sum", steps=2).fit(*arguments)
    with pytest.raises(ValueError, match="views has 1 modalities; it was fitted with 2"):
        fitted().predict(views[:1])
