"""The continuous wavelet transform: short looks at high frequencies, long ones at low.

An STFT sees every frequency through the same window. A wavelet is a short wave that is stretched to each frequency, so
that it always has as many swings: quick events are timed well, slow ones are told apart well (Grossmann and Morlet,
Decomposition of Hardy Functions into Square Integrable Wavelets of Constant Shape, SIAM Journal on Mathematical
Analysis 1984; Mallat, A Wavelet Tour of Signal Processing, chapter 4).
"""

import math
from typing import Any

import torch
from torch import Tensor

from mmlearn.features.audio.waves import a_rate, as_waves

_REACH = 5.0  # of the wavelet on either side, in widths of its bell: exp(−25) is less than float32 can see beside 1


def morlet(t: Tensor, bandwidth: float = 1.5, centre: float = 1.0) -> Tensor:
    """The complex Morlet wavelet: a wave under a bell. t of any shape -> complex of that shape.

        ψ(t) = exp(−t² / bandwidth) · exp(2πi · centre · t) / √(π · bandwidth)

    Called "cmorB-C" in PyWavelets, with B the bandwidth and C the centre frequency in swings a unit of time. (The small
    term that would make its mean exactly zero is left out there too: it is exp(−π² B C²), 4e-7 for 1.5 and 1.)
    """
    bell = torch.exp(-(t**2) / bandwidth) / math.sqrt(math.pi * bandwidth)
    return torch.polar(bell, 2 * math.pi * centre * t)


def cwt(waves: Any, rate: int, frequencies: Any, *, bandwidth: float = 1.5, centre: float = 1.0) -> Tensor:
    """How much of each frequency is in a sound at every sample: (…, samples) -> complex64 (…, frequencies, samples).

        W[f, b] = 1/√a · Σ_n x[n] · conj ψ((n − b) / a),   a = centre · rate / f samples, the scale

    Silence is taken to lie before and behind. `.abs()` is the amount, `.angle()` the phase.

    `pywt.cwt` sums the same thing another way: it integrates ψ once on a grid of its own, reads it off at multiples of 1 / a, and
    takes differences. That averages ψ from n − b to n − b + 1, where this is its value at n − b. So the two are half a sample
    apart, beside it they differ by about (π · centre / a)² / 6 of the whole, and at large scales by the coarseness of that grid
    (its argument `precision`).

    Args:
        waves: (…, samples).
        rate: samples a second.
        frequencies: (f,) in Hz, above 0 and at most rate / 2.
        bandwidth, centre: of the wavelet (see `morlet`). A larger bandwidth tells frequencies apart better and moments worse.

    Raises:
        ValueError: `waves`, `rate` or `frequencies` is not as above.
    """
    waves, rate = as_waves(waves), a_rate(rate)
    frequencies = torch.as_tensor(frequencies, dtype=torch.float64)
    if frequencies.dim() != 1 or not len(frequencies) or not ((frequencies > 0) & (frequencies <= rate / 2)).all():
        raise ValueError(
            f"frequencies is {frequencies.tolist()}; accepted are numbers above 0, at most rate / 2 = {rate / 2:g} Hz"
        )
    return torch.stack([_one(waves, centre * rate / f, bandwidth, centre) for f in frequencies.tolist()], dim=-2)


def _one(waves: Tensor, scale: float, bandwidth: float, centre: float) -> Tensor:
    """W at one scale, by multiplication of the Fourier transforms, which is a sum over all shifts at once."""
    samples = waves.shape[-1]
    reach = min(math.ceil(_REACH * math.sqrt(bandwidth) * scale), samples - 1)
    t = torch.arange(-reach, reach + 1, dtype=torch.float64) / scale
    wavelet = (morlet(t, bandwidth, centre).conj().flip(0) / math.sqrt(scale)).to(waves.device, torch.complex64)
    size = _quick(samples + 2 * reach)  # room for the wavelet to reach out on both sides
    product = torch.fft.fft(waves, size) * torch.fft.fft(wavelet, size)
    return torch.fft.ifft(product)[..., reach : reach + samples]


def _quick(size: int) -> int:
    """The next power of two, where the fast Fourier transform is fast."""
    return 1 << (size - 1).bit_length()
