"""Back from magnitudes to a sound, to hear what a representation kept and what it threw away.

Magnitudes say how much of each frequency there is, not when its waves begin: the phase is gone. Griffin and Lim (Signal
Estimation from Modified Short-Time Fourier Transform, IEEE Transactions on Acoustics, Speech, and Signal Processing 1984)
look for phases that fit together.
"""

import torch
from torch import Tensor

from mmlearn.features.audio.mel import mel_filterbank
from mmlearn.features.audio.spectrum import istft, stft


def griffin_lim(
    magnitude: Tensor, window: int = 512, hop: int = 128, steps: int = 32, samples: int | None = None, seed: int = 0
) -> Tensor:
    """A sound whose spectrum has about these magnitudes: (…, window // 2 + 1, frames) -> (…, samples).

    From random phases: make the sound, take the phases of its own spectrum, put the wanted magnitudes back, repeat. Every
    step brings the two spectra nearer to each other or leaves them as they are.

    Args:
        magnitude: |stft|, not its square.
        window, hop: those of the spectrum; hop at most half a window.
        steps: repetitions.
        samples: of the sound; (frames − 1) · hop where not given.
        seed: of the first phases.

    Raises:
        ValueError: `magnitude` is negative or not finite, or of another shape (see `istft`).
    """
    if not (magnitude >= 0).all() or not magnitude.isfinite().all():
        raise ValueError("magnitude has negative, infinite or NaN values; accepted are |stft|, from 0")
    generator = torch.Generator().manual_seed(seed)
    angles = 2 * torch.pi * torch.rand(magnitude.shape, generator=generator).to(magnitude)
    phases = torch.polar(torch.ones_like(angles), angles)
    samples = (magnitude.shape[-1] - 1) * hop if samples is None else samples
    for _ in range(steps):
        heard = stft(istft(magnitude * phases, window, hop, samples), window, hop)
        phases = torch.nn.functional.pad(torch.sgn(heard), (0, magnitude.shape[-1] - heard.shape[-1]), value=1)
    return istft(magnitude * phases, window, hop, samples)


def mel_to_magnitude(
    power: Tensor, rate: int, window: int = 512, *, low: float = 0.0, high: float | None = None, steps: int = 100
) -> Tensor:
    """A spectrum that the filterbank would have summed to this: mel power (…, bands, frames) -> |stft| (…, bins, frames).

    Many spectra would; this is one of least squares without negative power, by multiplicative updates (Lee and Seung,
    Algorithms for Non-negative Matrix Factorization, NIPS 2000) from a flat spectrum. Of a log-mel spectrogram in decibels
    the power is `10 ** (log_mel / 10)`.

    Raises:
        ValueError: `power` is negative, or an argument is out of its range (see `mel_filterbank`).
    """
    if not (power >= 0).all():
        raise ValueError("power has negative or NaN values; of decibels it is 10 ** (log_mel / 10)")
    bank = mel_filterbank(rate, window, power.shape[-2], low, high).to(power)
    wanted, found = bank.T @ power, torch.ones_like(bank.T @ power)
    gram = bank.T @ bank
    for _ in range(steps):
        found = found * wanted / (gram @ found).clamp_min(1e-30)
    return found.sqrt()
