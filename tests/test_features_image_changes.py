"""Changes do what their names say, and sensitivity is what its definition says."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from mmlearn.features import image

RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (5, 3, 24, 20), dtype=np.uint8)
SQUARE = PICTURES[..., :20, :]
NOTHING = {name: 1.0 if name == "scale" else 0.0 for name in image.CHANGES}


@pytest.mark.parametrize("name", image.CHANGES)
def test_nothing_changes_nothing_and_types_are_kept(name):
    same = image.CHANGES[name](PICTURES, NOTHING[name])
    assert isinstance(same, np.ndarray) and same.dtype == np.uint8 and (same == PICTURES).all()
    changed = image.CHANGES[name](torch.from_numpy(PICTURES), 0.6)
    assert isinstance(changed, torch.Tensor) and changed.dtype == torch.uint8 and changed.shape == PICTURES.shape
    assert (changed.numpy() == image.CHANGES[name](PICTURES, 0.6)).all() and (changed.numpy() != PICTURES).any()


@pytest.mark.parametrize("name", image.CHANGES)
def test_a_batch_is_as_its_items_alone(name):
    together = image.CHANGES[name](PICTURES, 0.7)
    assert all((image.CHANGES[name](PICTURES[i : i + 1], 0.7)[0] == together[i]).all() for i in range(5))


def test_shifts_go_to_the_right_and_repeat_the_border():
    moved = image.shift(PICTURES, 3)
    assert (moved[..., 3:] == PICTURES[..., :-3]).all() and (moved[..., :3] == PICTURES[..., :1]).all()
    assert (image.shift(PICTURES, -2)[..., :-2] == PICTURES[..., 2:]).all()
    half = image.shift(PICTURES, 0.5)[..., 5].astype(float)
    np.testing.assert_allclose(half, PICTURES[..., 4:6].mean(-1), atol=1)


@pytest.mark.parametrize("quarters", [1, 2, 3, -1])
def test_turns_are_anticlockwise(quarters):
    assert (image.rotate(SQUARE, 90 * quarters) == np.rot90(SQUARE, quarters, axes=(2, 3))).all()


def test_scaling_is_about_the_middle():
    dot = np.zeros((1, 3, 41, 41), np.uint8)
    dot[..., 20, 30] = 255
    assert image.scale(dot, 1.5)[0, 0].argmax() == 20 * 41 + 35
    wide = np.zeros((1, 3, 40, 40), np.uint8)
    wide[..., 10:30, 10:30] = 255
    small = image.scale(wide, 0.5)[0, 0] / 255.0
    assert small.sum() == pytest.approx(100, rel=0.03) and small[20, 20] > 0.99


def test_hue_turns_the_colours_and_leaves_grey():
    turned = image.hue(PICTURES, 120)
    assert (turned[:, 1] == PICTURES[:, 0]).all() and (turned[:, 2] == PICTURES[:, 1]).all()
    assert (image.hue(PICTURES, 360) == PICTURES).all()
    light = np.repeat(PICTURES[:, :1], 3, axis=1)
    assert (image.hue(light, 77) == light).all()


def test_grey_keeps_how_bright_it_is():
    light = np.tensordot([0.299, 0.587, 0.114], PICTURES, axes=(0, 1))[:, None]
    np.testing.assert_allclose(image.grey(PICTURES, 1.0), np.broadcast_to(light, PICTURES.shape), atol=0.51)
    np.testing.assert_allclose(image.grey(PICTURES, 0.5), (PICTURES + light) / 2, atol=0.51)


def test_brightness_goes_towards_black_or_white():
    assert (image.brightness(PICTURES, -1) == 0).all() and (image.brightness(PICTURES, 1) == 255).all()
    np.testing.assert_allclose(image.brightness(PICTURES, -0.25), 0.75 * PICTURES, atol=0.51)


def test_blur_is_gaussian():
    right = gaussian_filter(PICTURES.astype(float), (0, 0, 1.3, 1.3), mode="nearest", radius=(0, 0, 4, 4))
    np.testing.assert_allclose(image.blur(PICTURES, 1.3), right, atol=0.51)
    assert image.blur(PICTURES[..., :1, :1], 5).shape == (5, 3, 1, 1)


def test_sensitivity_by_hand():
    def first_pixel(pictures):
        return np.asarray(pictures)[:, 0, 0, :1].astype(float)

    pictures = np.zeros((3, 3, 4, 4), np.uint8)
    pictures[:, :, 0, 0] = np.array([0, 30, 90])[:, None]  # distances 30, 60, 90: 60 on average
    darker = image.sensitivity(first_pixel, pictures, "brightness", [0.0, -0.5, -1.0])
    np.testing.assert_allclose(darker, [0, 20 / 60, 40 / 60])  # 0, 15, 45 and 0, 30, 90: 20 and 40 on average
    own = image.sensitivity(first_pixel, pictures, lambda x, amount: x + np.uint8(amount), [6])
    np.testing.assert_allclose(own, [6 / 60])


def test_what_is_invariant_has_sensitivity_zero():
    def mean_colour(pictures):
        return np.sort(pictures.reshape(len(pictures), 3, -1)).mean(axis=2)

    assert image.sensitivity(mean_colour, SQUARE, "rotate", [90, 180]).max() < 1e-12
    assert image.sensitivity(mean_colour, SQUARE, "hue", [120])[0] > 0.5


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: image.shift(PICTURES / 255.0, 1), TypeError, "float64; accepted is uint8"),
        (lambda: image.shift(PICTURES[:, :1], 1), ValueError, "shape"),
        (lambda: image.shift(PICTURES, np.inf), ValueError, "amount of shift is inf"),
        (lambda: image.scale(PICTURES, 0), ValueError, "amount of scale is 0"),
        (lambda: image.blur(PICTURES, -1), ValueError, "amount of blur is -1"),
        (lambda: image.sensitivity(np.asarray, PICTURES, "age", [1]), ValueError, "change is 'age'; accepted are shift"),
        (lambda: image.sensitivity(lambda x: np.ones((len(x), 2)), PICTURES, "shift", [1]), ValueError, "same vector for all 5"),
        (lambda: image.sensitivity(lambda x: np.ones((len(x), 2)), PICTURES[:1], "shift", [1]), ValueError, "all 1 images"),
    ],
)
def test_what_cannot_be_changed_gets_a_sentence(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
