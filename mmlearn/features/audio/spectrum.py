"""The short-time Fourier transform: which frequencies a sound has, moment by moment.

A sound is cut into overlapping frames, each frame is faded in and out by a window, and the discrete Fourier transform of
each says how much of every frequency it holds (Allen and Rabiner, A Unified Approach to Short-Time Fourier Analysis and
Synthesis, Proceedings of the IEEE 1977).
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.features.audio.waves import as_waves

PADDINGS = ("constant", "reflect")


def hann(window: int) -> Tensor:
    """w[n] = ½ − ½ cos(2πn / window), (window,): rises from 0 to 1 and falls again.

    Periodic: the value that would come next is the first one, so that copies half a window apart add up to 1.
    """
    return 0.5 - 0.5 * torch.cos(2 * torch.pi * torch.arange(window) / window)


def frame_count(samples: Any, hop: int) -> Any:
    """How many centred frames a sound has: one at every multiple of `hop`, from 0 to its end. Int or tensor, as given."""
    return 1 + samples // hop


def frames(waves: Any, window: int, hop: int, *, padding: str = "constant", lengths: Any = None) -> Tensor:
    """Overlapping pieces: (…, samples) -> (…, frames, window); frame t is centred on sample t · hop.

    Args:
        waves: (…, samples).
        window: samples a frame, an even number.
        hop: samples from one frame to the next.
        padding: what lies before the first and behind the last sample: "constant" is silence, "reflect" is the sound
            mirrored at its end.
        lengths: (b,) samples of each wave in a padded batch (b, samples): each is continued at its own end, so that what it
            gives does not depend on the batch. Frames behind its `frame_count` see nothing but padding.

    Raises:
        ValueError: `waves`, `window`, `hop`, `padding` or `lengths` is not as above.
    """
    waves = as_waves(waves)
    if not isinstance(window, int) or window < 2 or window % 2 or not isinstance(hop, int) or not 1 <= hop <= window:
        raise ValueError(f"window is {window!r} and hop {hop!r}; accepted are an even window and a hop from 1 to window")
    if padding not in PADDINGS:
        raise ValueError(f"padding is {padding!r}; accepted are {', '.join(PADDINGS)}")
    return _continued(waves, window // 2, padding, lengths).unfold(-1, window, hop)


def _continued(waves: Tensor, margin: int, padding: str, lengths: Any) -> Tensor:
    """(…, samples) -> (…, margin + samples + margin), every wave continued on both sides of its own samples."""
    if lengths is not None:
        lengths = a_length_each(lengths, waves)
    if padding == "constant":
        if lengths is not None:
            real = torch.arange(waves.shape[-1], device=waves.device) < lengths[:, None]
            waves = waves.masked_fill(~real, 0)
        return functional.pad(waves, (margin, margin))
    samples = waves.shape[-1]
    ends = torch.tensor(samples, device=waves.device) if lengths is None else lengths[:, None]
    place = torch.arange(-margin, samples + margin, device=waves.device)
    period = (2 * ends - 2).clamp_min(1)  # there and back again
    inside = torch.where(place % period < ends, place % period, period - place % period)
    found = waves.gather(-1, inside.expand(*waves.shape[:-1], -1))
    return found if lengths is None else found.masked_fill(place >= lengths[:, None] + margin, 0)


def a_length_each(lengths: Any, waves: Tensor) -> Tensor:
    """Lengths as a tensor (b,) for a batch of waves (b, samples).

    Raises:
        ValueError: there is not one length a wave, or one is below 1 or above the samples there are.
    """
    lengths = torch.as_tensor(lengths, device=waves.device)
    if waves.dim() != 2 or lengths.shape != waves.shape[:1]:
        raise ValueError(
            f"lengths has shape {tuple(lengths.shape)} and waves {tuple(waves.shape)}; accepted are (b,) and (b, samples)"
        )
    if int(lengths.min()) < 1 or int(lengths.max()) > waves.shape[-1]:
        raise ValueError(
            f"lengths run from {int(lengths.min())} to {int(lengths.max())}; accepted are 1 to {waves.shape[-1]} samples"
        )
    return lengths


def stft(waves: Any, window: int = 512, hop: int = 128, *, padding: str = "constant", lengths: Any = None) -> Tensor:
    """Frequencies, moment by moment: (…, samples) -> complex64 (…, window // 2 + 1, frames).

        X[k, t] = Σ_n hann[n] · x[t · hop + n − window / 2] · exp(−2πi k n / window)

    Row k is the frequency k · rate / window. Equal to `torch.stft` and `librosa.stft` with a centred Hann window; librosa
    pads with silence unless told otherwise, torch mirrors.

    Args, Raises: see `frames`.
    """
    pieces = frames(waves, window, hop, padding=padding, lengths=lengths)
    return torch.fft.rfft(pieces * hann(window).to(pieces)).transpose(-1, -2)


def istft(spectrum: Tensor, window: int = 512, hop: int = 128, samples: int | None = None) -> Tensor:
    """Back to sound: (…, window // 2 + 1, frames) -> (…, samples); of an unchanged `stft` exactly the sound it came from.

    Frames are windowed again, added where they overlap and divided by the sum of the squared windows. Of a spectrum that no
    sound has, that gives the sound whose own is nearest in squares (Griffin and Lim 1984).

    Raises:
        ValueError: `spectrum` has not window // 2 + 1 rows, or the frames do not overlap enough to be undone.
    """
    if spectrum.dim() < 2 or spectrum.shape[-2] != window // 2 + 1:
        raise ValueError(f"spectrum has shape {tuple(spectrum.shape)}; accepted is (…, {window // 2 + 1}, frames)")
    if not 1 <= hop <= window // 2:
        raise ValueError(f"hop is {hop}; frames of {window} samples can be undone with a hop from 1 to {window // 2}")
    fade = hann(window).to(spectrum.real)
    pieces = torch.fft.irfft(spectrum.transpose(-1, -2), window) * fade  # (…, frames, window)
    total, weight = _overlapped(pieces, hop), _overlapped((fade**2).expand(pieces.shape[-2:]), hop)
    start = window // 2  # the first frame is centred on sample 0
    samples = (pieces.shape[-2] - 1) * hop if samples is None else samples
    if not 1 <= samples <= total.shape[-1] - start:
        raise ValueError(f"samples is {samples}; these frames reach over 1 to {total.shape[-1] - start}")
    return (total / weight.clamp_min(1e-8))[..., start : start + samples]


def _overlapped(pieces: Tensor, hop: int) -> Tensor:
    """(…, frames, window) -> (…, samples): every frame added at its place."""
    count, window = pieces.shape[-2:]
    flat = pieces.reshape(-1, count, window).transpose(1, 2)
    length = (count - 1) * hop + window
    added = functional.fold(flat, (1, length), (1, window), stride=(1, hop))
    return added.reshape(*pieces.shape[:-2], length)
