"""Digits seen and heard: what is left of image and sound, and splits that share nothing."""

import numpy as np
import pytest

from mmlearn import data
from mmlearn.data import seen_heard_digits as digits
from mmlearn.data.two_views import written_digits


@pytest.fixture(scope="module")
def made():
    try:
        return data.seen_and_heard({"train": 120, "val": 30, "test": 60}, seed=1)
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))


def test_what_is_seen_is_what_is_heard(made):
    _, labels, _ = written_digits(1)
    for name, part in made.items():
        spoken = data.load("fsdd", split=name).labels()
        assert (labels[part.originals[:, 0]] == part.labels).all() and (spoken[part.originals[:, 1]] == part.labels).all()
        assert part.images.shape[1] == 64 and part.waves.shape[1] == 6000
        assert part.images.dtype == part.waves.dtype == np.float32


def test_splits_share_no_image_and_are_the_same_again(made):
    seen = [set(part.originals[:, 0]) for part in made.values()]
    assert not seen[0] & seen[1] and not seen[2] & (seen[0] | seen[1])
    again = data.seen_and_heard({"train": 5, "test": 60}, seed=1)
    assert (again["test"].waves == made["test"].waves).all() and (again["test"].images == made["test"].images).all()
    other = data.seen_and_heard({"test": 60}, seed=2)
    assert not (other["test"].originals == made["test"].originals).all()


def test_as_much_energy_is_left_as_asked():
    images, _, parts = written_digits(0)
    X = images.reshape(len(images), -1)
    rows = parts["train"]
    for energy, components in ((0.25, 2), (0.5, 5), (1.0, 64)):
        left = digits.without_energy(X, rows, energy) - X[rows].mean(axis=0)
        share = (left[rows] ** 2).sum() / ((X[rows] - X[rows].mean(axis=0)) ** 2).sum()
        assert np.linalg.matrix_rank(left[rows], tol=1e-8) <= components and energy - 1e-9 <= share < energy + 0.15
    assert np.allclose(digits.without_energy(X, rows, 1.0), X)


@pytest.mark.parametrize("snr", [10.0, 0.0, -12.0])
def test_noise_is_as_loud_as_asked_and_pink(snr):
    rng = np.random.default_rng(0)
    waves = rng.standard_normal((200, 4096))
    noise = digits.with_noise(waves, snr, rng) - waves
    powers = [np.mean(each**2, axis=1) for each in (waves, noise)]
    assert np.allclose(10 * np.log10(powers[0] / powers[1]), snr, atol=1e-3)
    spectrum = (np.abs(np.fft.rfft(noise)) ** 2).mean(axis=0)
    assert np.mean(spectrum[10:20]) / np.mean(spectrum[100:200]) == pytest.approx(10, rel=0.2)  # power as 1 / frequency
    assert np.array_equal(digits.with_noise(waves, np.inf, rng), waves.astype(np.float32))
    assert np.isfinite(digits.with_noise(np.zeros((1, 100)), 0.0, rng)).all()


@pytest.mark.parametrize("bad", [{"pairs": {"dev": 3}}, {"pairs": {"train": 0}}, {"energy": 0}, {"energy": 1.5}, {"snr": np.nan}])
def test_bad_options(bad):
    with pytest.raises(ValueError, match="accepted are"):
        data.seen_and_heard(**bad)
