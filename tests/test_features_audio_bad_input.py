"""Silent, stereo, clipped, one-sample, empty, broken and whole-number audio: a defined result or one clear sentence."""

import numpy as np
import pytest
import soundfile
import torch

from mmlearn.features import audio

RATE = 16_000
TRANSFORMS = {
    "stft": audio.stft,
    "mel_spectrogram": lambda x: audio.mel_spectrogram(x, RATE),
    "log_mel": lambda x: audio.log_mel(x, RATE),
    "mfcc": lambda x: audio.mfcc(x, RATE),
    "cwt": lambda x: audio.cwt(x, RATE, [200.0, 1000.0]),
}
every_transform = pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)


@every_transform
def test_silence_is_finite(transform):
    assert transform(torch.zeros(1000)).isfinite().all()
    assert (audio.log_mel(torch.zeros(1000), RATE) == -100).all()


@every_transform
@pytest.mark.parametrize("samples", [1, 2, 3, 127])
def test_a_sound_of_a_few_samples_has_a_result(transform, samples):
    found = transform(torch.ones(samples))
    assert found.isfinite().all() and found.shape[-1] in (1, samples)
    assert audio.stft(torch.ones(samples), padding="reflect").isfinite().all()


@every_transform
def test_stereo_is_two_waves(transform):
    both = torch.randn(2, 1000, generator=torch.Generator().manual_seed(0))
    found = transform(both)
    assert torch.allclose(found[1], transform(both[1]), atol=1e-4)


@every_transform
def test_clipped_sound_is_taken_as_it_is(transform):
    assert transform((10 * torch.sin(torch.arange(1000) / 5)).clamp(-1, 1)).isfinite().all()


@every_transform
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (torch.zeros(0), "with at least one sample"),
        (torch.zeros(3, 0), "with at least one sample"),
        (torch.tensor(1.0), "with at least one sample"),
        (torch.tensor([0.0, float("nan")]), "NaN or infinite"),
        (torch.tensor([0.0, float("inf")]), "NaN or infinite"),
        (torch.zeros(9, dtype=torch.complex64), "accepted are floats"),
        (torch.zeros(9, dtype=torch.int64), "samples of 8, 16 or 32 bits"),
        (torch.zeros(9, dtype=torch.bool), "accepted are floats"),
    ],
)
def test_what_is_no_sound_gets_one_sentence(transform, wrong, said):
    with pytest.raises(ValueError, match=f"waves has .*{said}") as caught:
        transform(wrong)
    assert "\n" not in str(caught.value)


def test_whole_numbers_are_scaled_by_their_kind():
    wave = np.array([0, 16384, -32768], np.int16)
    assert audio.as_waves(wave).tolist() == [0, 0.5, -1]
    assert audio.as_waves(wave.astype(np.int32) * 65536).tolist() == [0, 0.5, -1]
    assert audio.as_waves(np.array([128, 192, 0], np.uint8)).tolist() == [0, 0.5, -1]
    assert audio.as_waves(np.array([0.25])).dtype == torch.float32


@pytest.mark.parametrize("rate", [0, -8000, 0.5, float("nan"), "16k", None, True])
def test_a_wrong_rate_is_named(rate, tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(10), 8000)
    calls = [
        lambda: audio.log_mel(torch.zeros(100), rate),
        lambda: audio.mfcc(torch.zeros(100), rate),
        lambda: audio.cwt(torch.zeros(100), rate, [100.0]),
        lambda: audio.resample(torch.zeros(100), 8000, rate),
        lambda: audio.resample(torch.zeros(100), rate, 8000),
        lambda: audio.mel_filterbank(rate, 512),
        lambda: audio.read(tmp_path / "a.wav", rate),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"(rate|old|new) is .*accepted are positive whole numbers of samples a second"):
            call()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: audio.stft(torch.zeros(99), 511), "window is 511 and hop 128"),
        (lambda: audio.stft(torch.zeros(99), 512, 0), "hop 0"),
        (lambda: audio.stft(torch.zeros(99), padding="edge"), "padding is 'edge'; accepted are constant, reflect"),
        (lambda: audio.stft(torch.zeros(2, 99), lengths=[99]), r"lengths has shape \(1,\) and waves \(2, 99\)"),
        (lambda: audio.stft(torch.zeros(2, 99), lengths=[99, 0]), "lengths run from 0 to 99; accepted are 1 to 99"),
        (lambda: audio.stft(torch.zeros(2, 99), lengths=[100, 5]), "accepted are 1 to 99"),
        (lambda: audio.stft(torch.zeros(99), lengths=[99]), "accepted are .b,. and .b, samples."),
        (lambda: audio.istft(torch.zeros(100, 5)), r"spectrum has shape \(100, 5\); accepted is \(…, 257, frames\)"),
        (lambda: audio.istft(torch.zeros(257, 5), hop=300), "hop is 300"),
        (lambda: audio.istft(torch.zeros(257, 5), samples=9999), "samples is 9999"),
        (lambda: audio.mel_filterbank(8000, 256, high=5000), "high 5000; accepted are 0 <= low < high <= rate / 2 = 4000 Hz"),
        (lambda: audio.mel_filterbank(8000, 256, low=-1), "low is -1"),
        (lambda: audio.mel_filterbank(8000, 256, bands=0), "bands is 0"),
        (lambda: audio.mel_filterbank(8000, 256, scale="bark"), "scale is 'bark'; accepted are slaney, htk"),
        (lambda: audio.mfcc(torch.zeros(99), 8000, 65), "kept is 65; accepted are 1 to 64"),
        (lambda: audio.cwt(torch.zeros(99), 8000, [0.0]), "frequencies is .*above 0"),
        (lambda: audio.cwt(torch.zeros(99), 8000, [4001.0]), "at most rate / 2 = 4000 Hz"),
        (lambda: audio.cwt(torch.zeros(99), 8000, []), "frequencies is"),
        (lambda: audio.griffin_lim(-torch.ones(257, 5)), "magnitude has negative"),
        (lambda: audio.mel_to_magnitude(-torch.ones(64, 5), 16000), "power has negative"),
        (lambda: audio.pad([]), "waves is empty"),
        (lambda: audio.pad([torch.zeros(2, 9)]), "accepted are waves .samples,., of one channel"),
    ],
)
def test_a_wrong_argument_gets_one_sentence(call, said):
    with pytest.raises(ValueError, match=said) as caught:
        call()
    assert "\n" not in str(caught.value)


def broken(folder):
    """Files that are no sound, and what is said of each."""
    tone = np.sin(np.arange(8000) / 9)
    soundfile.write(folder / "whole.ogg", tone, 8000)
    (folder / "cut.ogg").write_bytes((folder / "whole.ogg").read_bytes()[:60])
    (folder / "text.wav").write_text("this is no sound")
    (folder / "nothing.wav").touch()
    (folder / "folder.wav").mkdir()
    soundfile.write(folder / "empty.wav", np.zeros(0), 8000)
    soundfile.write(folder / "nan.wav", np.array([0, np.nan]), 8000, subtype="FLOAT")
    return {
        "cut.ogg": "damaged or of another kind", "text.wav": "damaged or of another kind", "nothing.wav": "it is empty",
        "folder.wav": "it is a folder", "gone.wav": "there is no such file", "empty.wav": "holds no samples",
        "nan.wav": "not finite",
    }  # fmt: skip


def test_files_that_hold_no_sound_get_one_sentence_that_names_them(tmp_path):
    for name, said in broken(tmp_path).items():
        with pytest.raises(audio.AudioError, match=said) as caught:
            audio.read(tmp_path / name)
        assert name in str(caught.value) and "\n" not in str(caught.value)


def test_of_a_truncated_recording_what_is_left_is_read(tmp_path):
    soundfile.write(tmp_path / "whole.wav", np.sin(np.arange(8000) / 9), 8000)
    (tmp_path / "cut.wav").write_bytes((tmp_path / "whole.wav").read_bytes()[:8044])
    assert torch.equal(audio.read(tmp_path / "cut.wav", 8000), audio.read(tmp_path / "whole.wav", 8000)[:4000])


def test_padding_a_batch_keeps_every_sample():
    waves, lengths = audio.pad([torch.ones(3), np.ones(5, np.float32), torch.ones(1)])
    assert waves.sum(1).tolist() == lengths.tolist() == [3, 5, 1] and waves.shape == (3, 5)
