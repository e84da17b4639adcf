"""Sounds as numbers: the pressure of the air, so many times a second, in [-1, 1].

A wave is a float32 tensor (samples,) at a known rate in Hz; a batch is (b, samples) with the length of each.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

RATE = 16_000
"""Samples a second that most speech models take: everything up to 8,000 Hz, more than a telephone carries."""


class AudioError(ValueError):
    """A file that holds no sound that can be read. Its message is one sentence that names the file."""


def read(file: str | Path, rate: int = RATE) -> Tensor:
    """A sound file as one channel at one rate: float32 (samples,).

    Reads what libsndfile does: WAV, FLAC, Ogg Vorbis, MP3 and more. Channels are averaged.

    Args:
        file: its path.
        rate: samples a second of the result.

    Raises:
        AudioError: the file is missing, empty, broken, or no sound.
        ValueError: `rate` is not a positive whole number.
    """
    import soundfile

    a_rate(rate)
    try:
        samples, own_rate = soundfile.read(file, dtype="float32", always_2d=True)  # (samples, channels)
    except (soundfile.SoundFileError, OSError, TypeError) as error:
        raise AudioError(f"{file} cannot be read as a sound: {_reason(file, error)}") from error
    if not len(samples):
        raise AudioError(f"{file} holds no samples")
    wave = torch.from_numpy(samples).mean(dim=1)
    if not wave.isfinite().all():
        raise AudioError(f"{file} holds values that are not finite")
    return resample(wave, own_rate, rate)


def _reason(file: str | Path, error: Exception) -> str:
    path = Path(file)
    if not path.exists():
        return "there is no such file"
    if path.is_dir():
        return "it is a folder"
    return "it is empty" if not path.stat().st_size else f"it is damaged or of another kind ({type(error).__name__})"


def resample(waves: Any, old: int, new: int) -> Tensor:
    """The same sound at another rate: (…, samples) -> (…, ⌈samples · new / old⌉).

    By scipy's polyphase filter, which takes away what the new rate cannot carry: frequencies above new / 2.

    Raises:
        ValueError: a rate is not a positive whole number, or `waves` is not as `as_waves` takes it.
    """
    from scipy.signal import resample_poly

    waves, old, new = as_waves(waves), a_rate(old, "old"), a_rate(new, "new")
    if old == new:
        return waves
    common = math.gcd(old, new)
    found = resample_poly(waves.cpu().numpy(), new // common, old // common, axis=-1)
    return torch.from_numpy(found).to(waves)


def pad(waves: Sequence[Any]) -> tuple[Tensor, Tensor]:
    """Waves of unequal length (n_i,) -> one batch (b, longest) with zeros behind, and the lengths (b,).

    Raises:
        ValueError: there are none, or one is not (samples,).
    """
    if not len(waves):
        raise ValueError("waves is empty; pad needs at least one wave")
    waves = [as_waves(wave) for wave in waves]
    if any(wave.dim() != 1 for wave in waves):
        raise ValueError(f"waves has shapes {[tuple(w.shape) for w in waves]}; accepted are waves (samples,), of one channel")
    lengths = torch.tensor([len(wave) for wave in waves])
    return torch.nn.utils.rnn.pad_sequence(waves, batch_first=True), lengths


def as_waves(waves: Any) -> Tensor:
    """Waves of any kind of number as finite float32 (…, samples).

    Whole numbers are what a sound card writes: they are divided by the largest of their kind, so that 16-bit samples
    come to [-1, 1); unsigned 8-bit samples have their zero at 128.

    Raises:
        ValueError: there are no samples, or some are not finite.
    """
    waves = torch.as_tensor(waves)
    if waves.dtype in (torch.bool, torch.int64) or waves.is_complex():
        raise ValueError(f"waves has {waves.dtype}; accepted are floats in [-1, 1] and samples of 8, 16 or 32 bits")
    if not waves.dim() or not waves.numel():
        raise ValueError(f"waves has shape {tuple(waves.shape)}; accepted is (…, samples) with at least one sample")
    if waves.dtype == torch.uint8:
        waves = (waves.float() - 128) / 128
    elif not waves.is_floating_point():
        waves = waves.float() / -float(torch.iinfo(waves.dtype).min)
    if not torch.stack(waves.aminmax()).isfinite().all():  # NaN passes through both: quicker than to look at every sample
        raise ValueError("waves has NaN or infinite samples; repair or leave out the recording")
    return waves.float()


def a_rate(rate: Any, name: str = "rate") -> int:
    """Return `rate` if it is a positive whole number of samples a second.

    Raises:
        ValueError: it is not.
    """
    if isinstance(rate, bool) or not isinstance(rate, int | float) or rate != rate or rate <= 0 or rate != int(rate):
        raise ValueError(f"{name} is {rate!r}; accepted are positive whole numbers of samples a second, such as 16000")
    return int(rate)
