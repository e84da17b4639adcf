"""Chapter 04: its exercises agree with the library, its table's live row, its quiz."""

import json

import numpy as np
import pytest
import torch

from mmlearn import data, layers
from mmlearn.exercises import audio_features as own
from mmlearn.exercises import quiz
from mmlearn.features import audio

RATE = 8000


def wave(n=2000):
    return torch.from_numpy(np.random.default_rng(0).normal(size=n)).float()


def test_the_exercises_frames_and_spectrum_are_the_library_s_without_its_padding():
    x = wave()
    ours = own.power_spectrum(own.frames(x.numpy(), 256, 80))  # frame i is centred on sample 128 + 80 i
    theirs = audio.stft(x, 256, 16).abs().square().numpy().T[8::5][: len(ours)]  # every 16th sample from 128, every 5th of those
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_the_exercise_s_triangles_are_the_library_s_but_for_their_area(scale):
    low, high = audio.hz_to_mel([0.0, RATE / 2], scale).tolist()
    edges = audio.mel_to_hz(torch.linspace(low, high, 42, dtype=torch.float64), scale).numpy()
    triangles = own.mel_filterbank(edges, np.arange(129) * RATE / 256)
    theirs = audio.mel_filterbank(RATE, 256, 40, scale=scale).numpy()
    np.testing.assert_allclose(triangles * 2 / (edges[2:] - edges[:-2])[:, None], theirs, rtol=1e-4, atol=1e-7)


def test_the_exercise_s_mfcc_is_the_library_s():
    options = {"window": 256, "hop": 80, "bands": 40}
    log_mel = audio.log_mel(wave(), RATE, **options).numpy()
    np.testing.assert_allclose(own.mfcc(log_mel, 13), audio.mfcc(wave(), RATE, 13, **options).numpy(), rtol=1e-3, atol=1e-3)


def test_the_exercise_s_mean_is_that_of_the_layers():
    rng = np.random.default_rng(1)
    x, lengths = rng.normal(size=(5, 3, 9)), np.array([1, 4, 9, 2, 7])
    theirs = layers.mean_of_steps(torch.from_numpy(x).transpose(1, 2), layers.real_steps(torch.from_numpy(lengths), 9))
    np.testing.assert_allclose(own.masked_mean(x, lengths), theirs.numpy())


def test_the_exercise_s_folds_are_scikit_learn_s():
    from sklearn.model_selection import LeaveOneGroupOut

    speakers = np.random.default_rng(2).choice(["c", "a", "b"], 30)
    for ours, theirs in zip(
        own.leave_one_speaker_out(speakers), LeaveOneGroupOut().split(speakers, groups=speakers), strict=True
    ):
        assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_deltas_of_a_straight_line_are_its_slope():
    line = np.array([2.0, -3.0])[:, None] * np.arange(12)
    np.testing.assert_allclose(own.deltas(line, 2)[:, 2:-2], np.repeat([[2.0], [-3.0]], 8, axis=1))


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("audio_features")
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") == 10


@pytest.fixture(scope="module")
def figures():
    return json.loads(data.resource("results/audio_features.json").read_text(encoding="utf-8"))["figures"]


def test_a_row_shown_from_the_benchmark_is_measured_again(figures):
    from benchmarks import audio_features

    name = "MFCC, mean and spread"
    try:
        live = audio_features.probe_row(name, seed=0)
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))
    for task in ("digit", "digit, new voice", "speaker"):
        # A probe's solver stops within a tolerance, and a processor's last digits may move one or two recordings of 300.
        assert np.isclose(live[task], figures["probe"][name][task][0], atol=0.01), task


def test_the_stored_numbers_say_what_the_chapter_says(figures):
    """A new voice is harder for every network, and each table holds all it should."""
    for row in figures["fsdd"].values():
        if row["kind"] == "method":
            assert np.mean(row["mean of six"]) < np.mean(row["official"])
    assert "chance" in {row["kind"] for row in figures["probe"].values()}
