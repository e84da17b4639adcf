"""MFCC: the shape of a spectrum in a dozen numbers, its fine detail (the pitch) thrown away.

A cosine transform of the log-mel spectrum, frame by frame, of which the first coefficients are kept (Davis and Mermelstein,
Comparison of Parametric Representations for Monosyllabic Word Recognition, IEEE Transactions on Acoustics, Speech, and
Signal Processing 1980).
"""

import math
from typing import Any

import torch
from torch import Tensor

from mmlearn.features.audio.mel import log_mel


def dct(x: Tensor, kept: int | None = None) -> Tensor:
    """The orthonormal cosine transform (DCT-II) of the last axis: (…, n) -> (…, kept), all n where not given.

        y[k] = s_k · Σ_j x[j] · cos(π k (j + ½) / n),   s_0 = √(1/n), s_k = √(2/n)

    The first number is the mean, times √n; each next one says how much of a faster wave lies in x. Ahmed, Natarajan and Rao,
    Discrete Cosine Transform, IEEE Transactions on Computers 1974. Equal to `scipy.fft.dct(norm="ortho")`.

    Raises:
        ValueError: `kept` is not from 1 to n.
    """
    n = x.shape[-1]
    kept = n if kept is None else kept
    if not 1 <= kept <= n:
        raise ValueError(f"kept is {kept}; accepted are 1 to {n}, the length of the last axis")
    j, k = torch.arange(n, dtype=torch.float64), torch.arange(kept, dtype=torch.float64)
    waves = torch.cos(math.pi * k[:, None] * (j + 0.5) / n) * math.sqrt(2 / n)
    waves[0] /= math.sqrt(2)
    return x @ waves.T.to(x)


def mfcc(waves: Any, rate: int, kept: int = 13, **options: Any) -> Tensor:
    """Mel-frequency cepstral coefficients: (…, samples) -> (…, kept, frames).

    The first is the loudness of the frame, the next the slope of its spectrum, and so on to finer shapes. With `lengths`,
    frames behind an item's end are those of silence. Equal to `librosa.feature.mfcc` of a log-mel spectrogram with
    `top_db=None`.

    Args:
        waves, rate, options: see `mel_spectrogram`.
        kept: how many coefficients, at most as many as `bands`.

    Raises:
        ValueError: an argument is out of its range.
    """
    return dct(log_mel(waves, rate, **options).transpose(-1, -2), kept).transpose(-1, -2)
