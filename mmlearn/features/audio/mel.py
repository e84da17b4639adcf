"""The mel scale: frequencies as far apart as they sound, and spectra summed into its bands.

Two formulas are in use, and a filterbank made with one does not fit a model trained with the other:

* "htk": mel = 2595 · log10(1 + f / 700) (O'Shaughnessy, Speech Communication: Human and Machine, 1987; the HTK Book)
* "slaney": straight up to 1,000 Hz (15 mel), logarithmic above (Slaney, Auditory Toolbox, Interval Technical Report
  1998-010); the default here as in librosa.
"""

import math
from typing import Any

import torch
from torch import Tensor

from mmlearn.features.audio.spectrum import a_length_each, frame_count, stft
from mmlearn.features.audio.waves import a_rate, as_waves

SCALES = ("slaney", "htk")
AT_ONCE = 8  # waves whose spectra the processor's cache holds; a thousand at once take three times as long each
SILENCE = 1e-10
"""The least power that counts, −100 dB: the logarithm of nothing would be −∞."""

_HZ_PER_MEL = 200 / 3  # Slaney's straight part
_BREAK = 1000.0  # Hz, where it ends
_STEP = math.log(6.4) / 27  # of the logarithm, per mel above: 27 mel from 1,000 to 6,400 Hz


def hz_to_mel(hz: Any, scale: str = "slaney") -> Tensor:
    """Frequencies in Hz -> the same in mel, float64 of the same shape.

    Raises:
        ValueError: `scale` is neither "slaney" nor "htk".
    """
    hz = torch.as_tensor(hz, dtype=torch.float64)
    if _known(scale) == "htk":
        return 2595 * torch.log10(1 + hz / 700)
    return torch.where(hz < _BREAK, hz / _HZ_PER_MEL, _BREAK / _HZ_PER_MEL + torch.log(hz.clamp_min(1) / _BREAK) / _STEP)


def mel_to_hz(mel: Any, scale: str = "slaney") -> Tensor:
    """The way back: mel -> Hz, float64.

    Raises:
        ValueError: `scale` is neither "slaney" nor "htk".
    """
    mel = torch.as_tensor(mel, dtype=torch.float64)
    if _known(scale) == "htk":
        return 700 * (10 ** (mel / 2595) - 1)
    above = _BREAK * torch.exp(_STEP * (mel - _BREAK / _HZ_PER_MEL))
    return torch.where(mel < _BREAK / _HZ_PER_MEL, mel * _HZ_PER_MEL, above)


def _known(scale: str) -> str:
    if scale not in SCALES:
        raise ValueError(f"scale is {scale!r}; accepted are {', '.join(SCALES)}")
    return scale


def _corners(rate: int, bands: int, low: float, high: float | None, scale: str) -> Tensor:
    """bands + 2 frequencies, evenly spaced in mel: band b rises from corner b to b + 1 and falls to b + 2."""
    top = a_rate(rate) / 2
    high = top if high is None else high
    if not 0 <= low < high <= top:
        raise ValueError(f"low is {low} and high {high}; accepted are 0 <= low < high <= rate / 2 = {top:g} Hz")
    if not isinstance(bands, int) or bands < 1:
        raise ValueError(f"bands is {bands!r}; accepted are whole numbers from 1")
    return mel_to_hz(torch.linspace(*hz_to_mel([low, high], scale).tolist(), bands + 2, dtype=torch.float64), scale)


def mel_frequencies(rate: int, bands: int = 64, low: float = 0.0, high: float | None = None, scale: str = "slaney") -> Tensor:
    """The frequency in Hz at which each band is most sensitive: float32 (bands,)."""
    return _corners(rate, bands, low, high, scale)[1:-1].float()


def mel_filterbank(
    rate: int, window: int, bands: int = 64, low: float = 0.0, high: float | None = None, scale: str = "slaney"
) -> Tensor:
    """Weights that sum a power spectrum into mel bands: (bands, window // 2 + 1).

    Row b is a triangle over the frequencies: 0 up to corner b, highest at corner b + 1, 0 again from corner b + 2; corners
    are evenly spaced in mel. Each triangle has area 1 (height 2 / its width in Hz), so that noise of all frequencies gives
    every band the same. Equal to `librosa.filters.mel`, with `htk=True` for the scale "htk".

    Args:
        rate: samples a second.
        window: samples a frame of the spectrum.
        bands: rows.
        low, high: where the first band begins and the last ends, in Hz; `high` is rate / 2 where not given.
        scale: "slaney" or "htk".

    Raises:
        ValueError: an argument is out of its range.
    """
    corners = _corners(rate, bands, low, high, scale)
    bins = torch.arange(window // 2 + 1, dtype=torch.float64) * rate / window  # Hz of every row of the spectrum
    left, peak, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising, falling = (bins - left) / (peak - left), (right - bins) / (right - peak)
    triangles = torch.minimum(rising, falling).clamp_min(0)
    return (triangles * 2 / (right - left)).float()


def decibels(power: Tensor, floor: float = SILENCE) -> Tensor:
    """10 · log10(power), with nothing below `floor`: hearing follows ratios, and so should a network's input."""
    return _to_decibels(power.clone(), floor)


def _to_decibels(power: Tensor, floor: float = SILENCE) -> Tensor:
    """`decibels` in place: of large batches, new memory takes longer than the sums."""
    return power.clamp_min_(floor).log10_().mul_(10)


def mel_spectrogram(
    waves: Any, rate: int, *, window: int = 512, hop: int = 128, bands: int = 64, low: float = 0.0,
    high: float | None = None, padding: str = "constant", lengths: Any = None,
) -> Tensor:  # fmt: skip
    """Power in mel bands: (…, samples) -> (…, bands, frames); no power in frames behind the end that `lengths` gives.

    Equal to `librosa.feature.melspectrogram`.

    Args, Raises: see `stft` and `mel_filterbank`.
    """
    waves = as_waves(waves)
    ends = None if lengths is None else a_length_each(lengths, waves)
    bank = mel_filterbank(rate, window, bands, low, high).to(waves)
    if waves.dim() != 2:
        return _mel_power(waves, bank, window, hop, padding, ends)
    power = None
    for start in range(0, len(waves), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        found = _mel_power(waves[some], bank, window, hop, padding, None if ends is None else ends[some])
        power = found.new_empty(len(waves), *found.shape[1:]) if power is None else power
        power[some] = found
    return power


def _mel_power(waves: Tensor, bank: Tensor, window: int, hop: int, padding: str, lengths: Any) -> Tensor:
    """`mel_spectrogram` of as many waves as are taken at once, with the filterbank (bands, window // 2 + 1)."""
    spectrum = stft(waves, window, hop, padding=padding, lengths=lengths)
    power = spectrum.real.square().addcmul_(spectrum.imag, spectrum.imag)  # |X|² without the root that abs takes
    power = (power.transpose(-1, -2) @ bank.T).transpose(-1, -2)  # in the order that memory has: one large product
    if lengths is not None:
        counts = frame_count(torch.as_tensor(lengths, device=power.device), hop)
        power = power.masked_fill(torch.arange(power.shape[-1], device=power.device) >= counts[:, None, None], 0)
    return power


def log_mel(waves: Any, rate: int, **options: Any) -> Tensor:
    """`mel_spectrogram` in decibels: (…, samples) -> (…, bands, frames), from −100 dB for silence.

    With `lengths` (b,), frames behind an item's end hold silence; `frame_count(lengths, hop)` says where that is. Equal to
    `librosa.power_to_db(…, top_db=None)` of librosa's mel spectrogram; librosa's default cuts 80 dB below the loudest
    frame of all it is given, which would make an item's answer depend on its batch.

    Args:
        waves, rate, options: see `mel_spectrogram`.
    """
    return _to_decibels(mel_spectrogram(waves, rate, **options))
