"""Waveforms and spectrograms: what is drawn, its axes, and what is refused."""

import numpy as np
import pytest
import torch
from PIL import Image

from mmlearn import show


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MMLEARN_FIGURES", str(tmp_path))
    return tmp_path


def test_a_waveform_runs_over_its_seconds(folder):
    figure = show.waveform(torch.linspace(-1, 1, 4000), 8000, title="A rise", name="rise")
    x, y = figure.axes[0].lines[0].get_data()
    assert x[-1] == pytest.approx(0.5, abs=1e-3) and y[0] == -1 and figure.axes[0].get_xlabel() == "seconds"
    assert "0.5 s" in figure.get_label() and Image.open(folder / "rise.png").size[0] == 980


def test_several_waves_stand_side_by_side_on_one_scale():
    figure = show.waveform({"quiet": np.full(100, 0.1), "loud": np.full(200, 0.9), "a": np.zeros(9), "b": np.zeros(9)}, 100)
    seen = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in seen] == ["quiet", "loud", "a", "b"]
    assert len({axes.get_ylim() for axes in seen}) == 1


def test_a_spectrogram_has_seconds_and_hertz_on_its_axes():
    values = np.arange(12.0).reshape(3, 4)
    figure = show.spectrogram(values, rate=8000, hop=2000)
    image = figure.axes[0].images[0]
    assert image.get_extent() == [0, 1, 0, 4000] and (image.get_array() == values).all() and image.origin == "lower"


def test_rows_of_a_mel_spectrogram_are_marked_at_octaves_of_1000_hz():
    figure = show.spectrogram(torch.zeros(4, 5), 8000, 80, frequencies=torch.tensor([300.0, 500.0, 1500.0, 3400.0]))
    labels = {label.get_position()[1]: label.get_text() for label in figure.axes[0].get_yticklabels()}
    assert list(labels.values()) == ["500", "1,000", "2,000"] and "300 to 3,400 Hz" in figure.get_label()
    assert list(labels) == pytest.approx([1, 1.5, 2 + 500 / 1900])


def test_rows_that_hold_no_two_octaves_are_marked_by_their_own_frequencies():
    figure = show.spectrogram(torch.zeros(3, 5), 8000, 80, frequencies=[600.0, 700.0, 900.0])
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["600", "700", "900"]


def test_spectrograms_of_other_windows_share_hertz_and_colours():
    figure = show.spectrogram({"long": np.full((9, 4), -3.0), "short": np.full((5, 4), 7.0)}, 8000, 80)
    images = [axes.images[0] for axes in figure.axes[:2]]
    assert images[0].get_clim() == images[1].get_clim() == (-3, 7)
    assert {image.get_extent()[3] for image in images} == {4000}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: show.waveform(np.zeros((2, 9)), 8000), "waves.*accepted are finite numbers .samples,"),
        (lambda: show.waveform(np.full(9, np.nan), 8000), "accepted are finite"),
        (lambda: show.waveform({}, 8000), "waves is empty"),
        (lambda: show.waveform(np.zeros(9), 0), "rate is 0; accepted are positive"),
        (lambda: show.spectrogram(np.zeros(9), 8000, 80), r"accepted are finite numbers \(rows, frames\)"),
        (lambda: show.spectrogram(np.zeros((3, 4)), 8000, 80, frequencies=[1, 2]), "frequencies has 2 numbers; values have .3."),
        (lambda: show.spectrogram(np.zeros((3, 4)), 8000, -1), "hop is -1"),
        (lambda: show.waveform({"七": np.zeros(9)}, 8000), "characters that a figure's font cannot draw"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_gets_one_sentence(wrong, said):
    with pytest.raises(ValueError, match=said):
        wrong()
