"""The two noisy views of a digit: one class, two images, no image in two splits."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from mmlearn.data.two_views import noisy_digits, rotated

SMALL = {"train": 300, "val": 80, "test": 120}


@pytest.fixture(scope="module")
def splits():
    return noisy_digits(SMALL, seed=3)


def test_pairs_are_of_one_class_and_of_different_images(splits):
    labels = load_digits().target
    for name, n in SMALL.items():
        part = splits[name]
        assert part.X.shape == part.Y.shape == (n, 64) and part.X.dtype == np.float32
        assert (part.originals[:, 0] != part.originals[:, 1]).all()
        for view in range(2):
            np.testing.assert_array_equal(labels[part.originals[:, view]], part.labels)


def test_no_image_is_in_two_splits(splits):
    sets = [set(part.originals.ravel()) for part in splits.values()]
    assert not (sets[0] & sets[1] or sets[0] & sets[2] or sets[1] & sets[2])


def test_a_seed_gives_the_same_and_another_gives_others(splits):
    again, other = noisy_digits(SMALL, seed=3), noisy_digits(SMALL, seed=4)
    np.testing.assert_array_equal(splits["test"].X, again["test"].X)
    assert not np.array_equal(splits["test"].originals, other["test"].originals)
    more = noisy_digits({"train": 400, "test": 120}, seed=3)
    np.testing.assert_array_equal(splits["test"].X, more["test"].X)


def test_without_noise_and_angle_the_images_come_back():
    part = noisy_digits({"val": 20}, angle=0, noise=0)["val"]
    np.testing.assert_allclose(part.X, load_digits().images[part.originals[:, 0]].reshape(20, -1) / 16, atol=1e-6)


def test_turning_by_right_angles_moves_pixels_only():
    image = np.arange(64.0).reshape(1, 8, 8)
    np.testing.assert_allclose(rotated(image, np.array([0.0])), image, atol=1e-9)
    turned = rotated(image, np.array([90.0]))
    assert any(np.allclose(turned[0], np.rot90(image[0], k), atol=1e-9) for k in (1, 3))
    np.testing.assert_allclose(rotated(turned, np.array([-90.0])), image, atol=1e-9)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"pairs": {"exam": 3}}, "pairs is .* accepted are numbers from 1 for train, val, test"),
        ({"pairs": {"train": 0}}, "accepted are numbers from 1"),
        ({"angle": -1}, "angle is -1"),
        ({"noise": -0.1}, "noise -0.1"),
    ],
)
def test_bad_options_are_named(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        noisy_digits(**options)
