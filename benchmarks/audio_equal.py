"""Chapter 04's own transforms beside librosa and PyWavelets: how equal, and how fast."""

import functools

import numpy as np
import torch

from benchmarks import record
from mmlearn import data, evaluate
from mmlearn.features import audio

RATE, WINDOW, HOP, BANDS = 16_000, 512, 128, 64
CLIPS, SECONDS = 1000, 2
SCALES = (4, 8, 16)  # of wavelets, in samples: 4,000, 2,000 and 1,000 Hz


def difference(ours: object, theirs: object) -> float:
    """The largest difference, relative to the largest number of the reference."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def sounds() -> dict[str, np.ndarray]:
    """Noise, and a real voice where it can be had, two seconds each."""
    found = {"random": np.random.default_rng(0).standard_normal(RATE * SECONDS).astype(np.float32) / 4}
    try:
        waves = data.load("fsdd", split="test").waves()[:8]
    except data.DataUnavailable:
        return found
    voice = audio.resample(torch.cat(waves), 8000, RATE).numpy()
    return found | {"voice": voice[: RATE * SECONDS]}


def spectral(x: np.ndarray) -> dict[str, float]:
    """Rows of "equal" against librosa and torch, on one sound."""
    import librosa

    power = librosa.feature.melspectrogram(y=x, sr=RATE, n_fft=WINDOW, hop_length=HOP, n_mels=BANDS)
    theirs = librosa.power_to_db(power, top_db=None)
    mirrored = librosa.stft(x, n_fft=WINDOW, hop_length=HOP, pad_mode="reflect")
    torchs = torch.stft(torch.from_numpy(x), WINDOW, HOP, window=torch.hann_window(WINDOW), return_complex=True)
    return {
        "STFT, librosa": difference(audio.stft(x), librosa.stft(x, n_fft=WINDOW, hop_length=HOP)),
        "STFT mirrored at the ends, librosa": difference(audio.stft(x, padding="reflect"), mirrored),
        "STFT mirrored at the ends, torch": difference(audio.stft(x, padding="reflect"), torchs),
        "mel filterbank, librosa": difference(audio.mel_filterbank(RATE, WINDOW), filters(htk=False)),
        "mel filterbank of HTK, librosa": difference(audio.mel_filterbank(RATE, WINDOW, scale="htk"), filters(htk=True)),
        "log-mel, librosa": difference(audio.log_mel(x, RATE), theirs),
        "MFCC, librosa": difference(audio.mfcc(x, RATE), librosa.feature.mfcc(S=theirs, n_mfcc=13)),
        "log-mel, librosa with its limit of 80 dB": difference(audio.log_mel(x, RATE), librosa.power_to_db(power)),
    }


@functools.cache
def filters(htk: bool) -> np.ndarray:
    import librosa

    return librosa.filters.mel(sr=RATE, n_fft=WINDOW, n_mels=BANDS, htk=htk)


def summed(x: np.ndarray, scale: float, averaged: bool) -> np.ndarray:
    """The wavelet transform at one scale as its definition says, term by term in double precision.

    With `averaged`, as PyWavelets means it: ψ averaged over each sample, from n − b to n − b + 1, not taken at n − b.
    """
    t = np.arange(x.size)[:, None] - np.arange(x.size)[None]
    nodes, weights = np.polynomial.legendre.leggauss(8) if averaged else (np.array([-1.0]), np.array([2.0]))
    wavelet = 0
    for node, weight in zip(nodes, weights, strict=True):
        wavelet = wavelet + weight / 2 * audio.morlet(torch.from_numpy((t + (node + 1) / 2) / scale)).numpy()
    return (x[:, None] * wavelet.conj()).sum(0) / np.sqrt(scale)


def wavelets(x: np.ndarray) -> dict[str, float]:
    """Rows of "equal" for the continuous wavelet transform, the worst of several scales or each of them."""
    import pywt

    x = x[4000:5500].astype(float)
    ours = {a: audio.cwt(x, RATE, [RATE / a]).numpy()[0] for a in SCALES}
    theirs = {a: pywt.cwt(x, [a], "cmor1.5-1.0", precision=22)[0][0] for a in SCALES}  # the finest grid that is practical
    usual = {a: pywt.cwt(x, [a], "cmor1.5-1.0")[0][0] for a in SCALES}
    rows = {
        "CWT, its definition summed term by term": max(difference(ours[a], summed(x, a, averaged=False)) for a in SCALES),
        "definition averaged over samples, PyWavelets": max(difference(summed(x, a, averaged=True), theirs[a]) for a in SCALES),
    }
    rows |= {f"CWT at scale {a}, PyWavelets as it is": difference(ours[a], usual[a]) for a in SCALES}
    return rows


def equal() -> dict:
    """The largest relative difference of each transform from its reference, on noise and on a voice."""
    found = {name: spectral(x) | wavelets(x) for name, x in sounds().items()}
    scores = evaluate.Scores()
    for row in found["random"]:
        differs = "as it is" in row or "limit" in row
        run = {name: rows[row] for name, rows in found.items()}
        print(row, run, flush=True)
        scores.add(row, [run], "control" if differs else "method")
    return {row: {"kind": kind["kind"], **rounded(found, row)} for row, kind in scores.figures().items()}


def rounded(found: dict, row: str) -> dict[str, list[float]]:
    """Three digits of each difference, however small."""
    return {name: [float(f"{rows[row]:.3g}")] for name, rows in found.items()}


def speed() -> dict:
    """How many times faster a batch of clips becomes log-mel than one by one through librosa, two threads."""
    import librosa

    clips = torch.randn(CLIPS, RATE * SECONDS, generator=torch.Generator().manual_seed(0)) / 4
    loop = [clip.numpy() for clip in clips]

    def theirs() -> None:
        for clip in loop:
            power = librosa.feature.melspectrogram(y=clip, sr=RATE, n_fft=WINDOW, hop_length=HOP, n_mels=BANDS)
            librosa.power_to_db(power, top_db=None)

    def ours() -> None:
        audio.log_mel(clips, RATE, window=WINDOW, hop=HOP, bands=BANDS)

    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    figures = {"clips": CLIPS, "seconds each": SECONDS, "times faster": round(record.paired_ratio(theirs, ours, repeats=9), 2)}
    figures |= {"librosa, seconds": round(record.seconds(theirs), 3), "mmlearn, seconds": round(record.seconds(ours), 3)}
    torch.set_num_threads(threads)
    print(figures, flush=True)
    return figures
