"""Waves, spectra, mel bands, cepstra and wavelets: equal to the libraries everyone trusts, alone and in a batch."""

import librosa
import numpy as np
import pytest
import pywt
import scipy.fft
import soundfile
import torch

from mmlearn.features import audio

RATE = 16_000


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).standard_normal((3, 6001)).astype(np.float32) / 4


def close(ours, theirs, tolerance=1e-4):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max()


@pytest.mark.parametrize(("window", "hop"), [(512, 128), (400, 160), (256, 256)])
def test_stft_is_librosas_and_torchs(noise, window, hop):
    close(audio.stft(noise, window, hop), librosa.stft(noise, n_fft=window, hop_length=hop), 1e-6)
    mirrored = audio.stft(noise, window, hop, padding="reflect")
    close(mirrored, librosa.stft(noise, n_fft=window, hop_length=hop, pad_mode="reflect"), 1e-6)
    theirs = torch.stft(torch.from_numpy(noise), window, hop, window=torch.hann_window(window), return_complex=True)
    close(mirrored, theirs, 1e-6)


@pytest.mark.parametrize("scale", ["slaney", "htk"])
@pytest.mark.parametrize(
    ("rate", "window", "bands", "low", "high"), [(16_000, 512, 64, 0.0, None), (8_000, 256, 40, 60.0, 3800.0)]
)
def test_the_filterbank_is_librosas(scale, rate, window, bands, low, high):
    theirs = librosa.filters.mel(sr=rate, n_fft=window, n_mels=bands, fmin=low, fmax=high, htk=scale == "htk")
    close(audio.mel_filterbank(rate, window, bands, low, high, scale), theirs, 1e-6)
    peaks = librosa.mel_frequencies(bands + 2, fmin=low, fmax=high or rate / 2, htk=scale == "htk")[1:-1]
    close(audio.mel_frequencies(rate, bands, low, high, scale), peaks, 1e-6)


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_mel_goes_there_and_back(scale):
    hz = torch.tensor([0.0, 20, 999.9, 1000, 1000.1, 8000], dtype=torch.float64)
    close(audio.hz_to_mel(hz, scale), librosa.hz_to_mel(hz.numpy(), htk=scale == "htk"), 1e-12)
    close(audio.mel_to_hz(audio.hz_to_mel(hz, scale), scale), hz, 1e-12)
    assert audio.hz_to_mel(1000.0, "htk") == pytest.approx(1000, abs=0.1)


def test_log_mel_and_mfcc_are_librosas(noise):
    power = librosa.feature.melspectrogram(y=noise, sr=RATE, n_fft=512, hop_length=128, n_mels=64)
    decibels = librosa.power_to_db(power, top_db=None)
    close(audio.mel_spectrogram(noise, RATE), power, 1e-5)
    close(audio.log_mel(noise, RATE), decibels, 1e-5)
    close(audio.mfcc(noise, RATE, 13), librosa.feature.mfcc(S=decibels, n_mfcc=13), 1e-5)


def test_the_cosine_transform_is_scipys():
    x = torch.randn(4, 3, 40, generator=torch.Generator().manual_seed(0))
    close(audio.dct(x), scipy.fft.dct(x.numpy(), norm="ortho"), 1e-5)
    close(audio.dct(x, 13), scipy.fft.dct(x.numpy(), norm="ortho")[..., :13], 1e-5)
    close(audio.dct(x).norm(dim=-1), x.norm(dim=-1), 1e-5)  # orthonormal: lengths stay


def summed(x, scale, late):
    """The wavelet transform at one scale, term by term; `late` are the offsets at which ψ is averaged."""
    t = np.arange(x.size)[:, None] - np.arange(x.size)[None]
    wavelet = np.mean([np.exp(-(((t + s) / scale) ** 2) / 1.5 + 2j * np.pi * (t + s) / scale) for s in late], axis=0)
    return (x[:, None] * wavelet.conj()).sum(0) / np.sqrt(scale * np.pi * 1.5)


@pytest.mark.parametrize("scale", [2, 5, 40])
def test_cwt_is_its_definition(noise, scale):
    x = noise[0, :700].astype(float)
    close(audio.cwt(x, RATE, [RATE / scale])[0], summed(x, scale, [0.0]), 1e-5)


@pytest.mark.parametrize("scale", [4, 8])
def test_pywavelets_averages_the_wavelet_over_samples_half_a_sample_off(noise, scale):
    """That is all the two differ by: averaged so, the definition is theirs; and the difference shrinks with the scale."""
    x = noise[0, :700].astype(float)
    theirs = pywt.cwt(x, [scale], "cmor1.5-1.0", precision=20)[0][0]
    close(summed(x, scale, (np.arange(64) + 0.5) / 64), theirs, 1e-3 * scale / 8)
    half_off = summed(x, scale, [0.5])
    assert np.abs(half_off - theirs).max() / np.abs(theirs).max() == pytest.approx((np.pi / scale) ** 2 / 6, rel=0.35)


def test_a_pure_tone_stands_at_its_frequency_and_height():
    t = torch.arange(4000) / RATE
    tone = torch.sin(2 * torch.pi * 1000 * t)
    assert audio.stft(tone)[:, 15].abs().argmax() == 32  # 1000 Hz / (16000 Hz / 512)
    assert audio.mel_frequencies(RATE)[audio.log_mel(tone, RATE)[:, 15].argmax()] == pytest.approx(1000, rel=0.05)
    pitches = torch.tensor([250.0, 500, 1000, 2000, 4000])
    at_middle = audio.cwt(tone, RATE, pitches)[:, 2000].abs()
    assert at_middle.argmax() == 2 and at_middle[[1, 3]].max() < 0.1 * at_middle[2]
    assert at_middle[2] == pytest.approx(0.5 * np.sqrt(RATE / 1000), rel=1e-3)  # half the height of the wave, times √scale


@pytest.mark.parametrize("padding", ["constant", "reflect"])
@pytest.mark.parametrize("what", ["stft", "mel_spectrogram", "log_mel", "mfcc"])
def test_a_batch_gives_each_item_what_it_gives_alone(noise, padding, what):
    """Also where frames reach over an item's end, and whatever lies in the padding."""
    lengths = torch.tensor([6001, 2000, 1])
    wave = torch.from_numpy(noise)  # not zero behind the ends
    call = (lambda x, **k: audio.stft(x, padding=padding, **k)) if what == "stft" else (
        lambda x, **k: getattr(audio, what)(x, RATE, padding=padding, **k)
    )  # fmt: skip
    batch = call(wave, lengths=lengths)
    for row, length, one in zip(batch, lengths.tolist(), wave, strict=True):
        alone = call(one[:length])
        frames = audio.frame_count(length, 128)
        assert alone.shape[-1] == frames
        close(row[..., :frames], alone, 1e-6)


def test_frames_behind_an_end_hold_silence(noise):
    found = audio.log_mel(noise, RATE, lengths=[6001, 2000, 1])
    assert (found[1, :, audio.frame_count(2000, 128) :] == -100).all() and (found[2, :, 1:] == -100).all()
    assert audio.frame_count(torch.tensor([0, 127, 128]), 128).tolist() == [1, 1, 2]


def test_changed_frames_never_reach_other_items(noise):
    loud = torch.from_numpy(noise).clone()
    loud[1, 2000:] = 1e4
    lengths = [6001, 2000, 1]
    assert (audio.log_mel(loud, RATE, lengths=lengths) == audio.log_mel(noise, RATE, lengths=lengths)).all()


def test_a_spectrum_goes_back_to_its_sound(noise):
    close(audio.istft(audio.stft(noise), samples=6001), noise, 1e-5)
    close(audio.istft(audio.stft(noise, 400, 160), 400, 160), noise[:, :5920], 1e-5)


def test_griffin_lim_finds_phases_that_fit(noise):
    tone = torch.sin(2 * torch.pi * 700 * torch.arange(8000) / RATE)
    wanted = audio.stft(tone).abs()

    def misfit(steps):
        return float((audio.stft(audio.griffin_lim(wanted, steps=steps, samples=8000)).abs() - wanted).norm() / wanted.norm())

    assert misfit(64) < misfit(32) < 0.3 * misfit(0)
    assert (audio.griffin_lim(wanted, steps=2) == audio.griffin_lim(wanted, steps=2)).all()
    assert audio.griffin_lim(audio.stft(noise).abs(), steps=2).shape == (3, 5888)


def test_a_mel_spectrum_goes_back_to_one_that_would_sum_to_it(noise):
    power = audio.mel_spectrogram(noise[0], RATE)
    found = audio.mel_to_magnitude(power, RATE, steps=300)
    assert found.shape == (257, power.shape[1]) and (found >= 0).all()
    close(audio.mel_filterbank(RATE, 512) @ found.square(), power, 2e-2)


def test_resampling_keeps_a_tone_and_takes_away_what_does_not_fit():
    t = torch.arange(16_000) / RATE
    low, high = torch.sin(2 * torch.pi * 440 * t), torch.sin(2 * torch.pi * 6000 * t)
    half = audio.resample(low, 16_000, 8_000)
    close(half[100:-100], low[::2][100:-100], 1e-2)
    assert audio.resample(high, 16_000, 8_000)[100:-100].abs().max() < 0.02
    assert audio.resample(low, 16_000, 22_050).shape == (22_050,) and audio.resample(low, 8000, 8000) is not None
    assert audio.resample(torch.stack([low, high]), 16_000, 8_000).shape == (2, 8_000)


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg"])
def test_sound_files_are_read_as_one_channel_at_one_rate(tmp_path, ending):
    t = np.arange(22_050) / 22_050
    both = np.stack([0.5 * np.sin(2 * np.pi * 440 * t), 0.1 * np.sin(2 * np.pi * 440 * t)], axis=1)
    soundfile.write(tmp_path / f"tone.{ending}", both, 22_050)
    wave = audio.read(tmp_path / f"tone.{ending}")
    assert wave.dtype == torch.float32 and wave.shape == (16_000,)
    middle = wave[4000:12_000].numpy()
    close(middle, 0.3 * np.sin(2 * np.pi * 440 * np.arange(4000, 12_000) / 16_000), 0.1 if ending == "ogg" else 0.01)
    assert audio.read(str(tmp_path / f"tone.{ending}"), rate=22_050).shape == (22_050,)
