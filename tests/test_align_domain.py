"""Domain adaptation: moments exactly, and a network that an adversary helps."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from sklearn.exceptions import NotFittedError

from mmlearn.align import DANN, coral, match_moments

rng = np.random.default_rng(0)
SOURCE = rng.standard_normal((200, 4)) @ rng.standard_normal((4, 4)) + 2
TARGET = rng.standard_normal((150, 4)) @ rng.standard_normal((4, 4)) - 5


def test_matched_moments_are_the_targets():
    moved = match_moments(SOURCE, TARGET)
    np.testing.assert_allclose(moved.mean(0), TARGET.mean(0))
    np.testing.assert_allclose(moved.std(0), TARGET.std(0))
    flat = SOURCE.copy()
    flat[:, 1] = 7
    np.testing.assert_allclose(match_moments(flat, TARGET)[:, 1], TARGET[:, 1].mean())


def test_coral_without_reg_gives_the_targets_covariance():
    moved = coral(SOURCE, TARGET, 0.0)
    np.testing.assert_allclose(moved.mean(0), TARGET.mean(0))
    np.testing.assert_allclose(np.cov(moved.T), np.cov(TARGET.T), atol=1e-10)


def test_corals_roots_are_the_symmetric_ones():
    C_s, C_t = (np.cov(X.T) + 0.5 * np.eye(4) for X in (SOURCE, TARGET))
    expected = (SOURCE - SOURCE.mean(0)) @ np.linalg.inv(sqrtm(C_s)) @ sqrtm(C_t) + TARGET.mean(0)
    np.testing.assert_allclose(coral(SOURCE, TARGET, 0.5), expected, atol=1e-8)


def two_domains():
    """Labels lie along column 0 in both, and column 2 says which domain it is."""
    y, z = rng.integers(2, size=(2, 600))
    source, target = rng.standard_normal((2, 600, 10)) * 0.5
    source[:, 0] += 1.5 * y
    target[:, 0] += 1.5 * z
    source[:, 2] += 3
    return source, y, target, z


def test_dann_learns_labels_and_confuses_the_domains():
    source, y, target, z = two_domains()
    alone, adapted = (DANN(8, strength=s, steps=300, lr=1e-2).fit(source, np.array(["no", "yes"])[y], target) for s in (0.0, 1.0))
    assert set(adapted.predict(target)) == {"no", "yes"} and adapted.transform(target).shape == (600, 8)
    for model in (alone, adapted):
        assert (model.predict(source) == np.array(["no", "yes"])[y]).mean() > 0.85
    assert (adapted.predict(target) == np.array(["no", "yes"])[z]).mean() > 0.8
    told = [np.mean(model.history_.parts["accuracy"][-50:]) for model in (alone, adapted)]
    assert told[0] > 0.95 and told[1] < 0.85


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: coral(SOURCE, TARGET[:, :3]), "equal numbers of columns"),
        (lambda: coral(SOURCE, TARGET, -1), "reg is -1"),
        (lambda: coral(SOURCE[:1], TARGET), "at least 2 rows"),
        (lambda: coral(np.ones((5, 4)), TARGET, 0.0), "source does not vary"),
        (lambda: coral(SOURCE * np.nan, TARGET), "NaN"),
        (lambda: match_moments(SOURCE, TARGET[:, :1]), "equal numbers of columns"),
        (lambda: DANN().fit(SOURCE, np.zeros(3), TARGET), "one label a row"),
        (lambda: DANN().fit(SOURCE, np.zeros(200), TARGET), "at least two"),
        (lambda: DANN(strength=-1, steps=2).fit(SOURCE, np.arange(200) % 2, TARGET), "strength is"),
        (lambda: DANN(steps=2).fit(SOURCE, np.arange(200) % 2, TARGET).predict(SOURCE[:, :2]), "2 columns"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_unfitted_is_said():
    with pytest.raises(NotFittedError, match="not been fitted"):
        DANN().predict(SOURCE)
