"""The same words said otherwise: what a recogniser should not care about, taken out or varied while it trains.

Loudness and the colour of a microphone are taken out of every utterance (cepstral mean normalisation: Atal, Effectiveness of
Linear Prediction Characteristics of the Speech Wave, Journal of the Acoustical Society of America 1974). Speed, the length of
the throat and what is hidden by a noise are varied at random, in training only: stretching the frequency axis is vocal tract
length perturbation (Jaitly and Hinton, ICML workshop 2013), masks are those of SpecAugment (Park et al., Interspeech 2019).
"""

import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.layers.padding import real_steps


def normalise(log_mel: Tensor, lengths: Tensor | None = None) -> Tensor:
    """Every band around its own mean over the utterance, and the whole at variance 1: (b, bands, t) -> the same shape.

    A microphone that is louder or duller adds a constant to each band of a log-mel spectrogram, and goes with the mean. Frames
    behind an utterance's length are not looked at and come out as zero; silence comes out as zero.
    """
    real = real_steps(_all(log_mel) if lengths is None else lengths, log_mel.shape[-1])[:, None]  # (b, 1, t)
    count = real.sum(-1, keepdim=True).clamp_min(1)
    mean = log_mel.masked_fill(~real, 0).sum(-1, keepdim=True) / count
    centred = (log_mel - mean).masked_fill(~real, 0)
    variance = centred.square().sum((1, 2), keepdim=True) / (count * log_mel.shape[1])
    return centred / variance.sqrt().clamp_min(1)  # decibels: less than 1 is no speech, and is not blown up


def augment(log_mel: Tensor, lengths: Tensor, stretch: float = 0.15, throat: float = 0.12) -> tuple[Tensor, Tensor]:
    """A random variation of every utterance, for training only: (b, bands, t), (b,) -> the same kind of pair.

    Draws from torch's global generator, which `mmlearn.train.fit` seeds.

    Args:
        log_mel: spectrograms in decibels.
        lengths: real frames of each.
        stretch: how much slower or faster, at most.
        throat: how much longer or shorter, at most.
    """
    longer = 1 + stretch * (2 * torch.rand(len(log_mel), device=log_mel.device) - 1)
    wider = 1 + throat * (2 * torch.rand(len(log_mel), device=log_mel.device) - 1)
    new = (lengths * longer).round().long().clamp(1, log_mel.shape[-1])
    return masked(stretched(log_mel, lengths / new, wider), new), new


def stretched(log_mel: Tensor, speed: Tensor, width: Tensor) -> Tensor:
    """Row f, frame t of the result is row f · width, frame t · speed of (b, bands, t), between neighbours by a straight line."""
    _, bands, frames = log_mel.shape
    row = torch.arange(bands, device=log_mel.device) * width[:, None]  # (b, bands)
    frame = torch.arange(frames, device=log_mel.device) * speed[:, None]  # (b, t)
    where = torch.stack(
        torch.broadcast_tensors((2 * (frame + 0.5) / frames - 1)[:, None, :], (2 * (row + 0.5) / bands - 1)[:, :, None]), dim=-1
    )  # grid_sample counts from −1 to 1
    return functional.grid_sample(log_mel[:, None], where, padding_mode="border", align_corners=False)[:, 0]


def masked(log_mel: Tensor, lengths: Tensor, bands: int = 8, share: float = 0.2) -> Tensor:
    """Each utterance with one run of up to `bands` bands and one of up to a `share` of its frames at its mean level."""
    real = real_steps(lengths, log_mel.shape[-1])[:, None]
    mean = log_mel.masked_fill(~real, 0).sum((1, 2), keepdim=True) / (lengths.clamp_min(1) * log_mel.shape[1])[:, None, None]
    hidden = _run(log_mel.shape[1], torch.full_like(lengths, log_mel.shape[1]), bands)[:, :, None]
    hidden = hidden | _run(log_mel.shape[2], lengths, share * lengths)[:, None, :]
    return torch.where(hidden, mean, log_mel)


def _run(size: int, within: Tensor, longest: Tensor | float) -> Tensor:
    """True on a random run in each of b rows: bool (b, size). It starts inside `within` (b,) and is up to `longest` long."""
    start, length = (torch.rand(len(within), device=within.device) * most for most in (within, longest))
    place = torch.arange(size, device=within.device)
    return (place >= start[:, None]) & (place < (start + length)[:, None])


def _all(log_mel: Tensor) -> Tensor:
    return torch.full((len(log_mel),), log_mel.shape[-1], device=log_mel.device)
