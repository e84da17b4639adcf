"""The same words said otherwise: what a recogniser should not care about, taken out, or varied while it trains.

Taken out of every utterance: the pauses around it (Rabiner and Sambur, An Algorithm for Determining the Endpoints of Isolated
Utterances, Bell System Technical Journal 1975), the noise floor of the room, loudness and the colour of the microphone
(cepstral mean normalisation: Atal, Effectiveness of Linear Prediction Characteristics of the Speech Wave, Journal of the
Acoustical Society of America 1974).

Varied at random, in training only: speed, the length of the throat, background noise, and what is hidden. Stretching the
frequency axis is vocal tract length perturbation (Jaitly and Hinton, ICML workshop 2013), masks are those of SpecAugment (Park
et al., Interspeech 2019).
"""

import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.layers.padding import real_steps


def trim(log_mel: Tensor, lengths: Tensor, below: float = 35.0) -> tuple[Tensor, Tensor]:
    """Each utterance from its first to its last loud frame: (b, bands, t), (b,) -> the same kind of pair.

    A frame is loud if its strongest band is less than `below` decibels under the strongest of the utterance. Some speakers leave
    half a recording silent, others nothing: a network that has not heard the former takes the pause for part of the word.
    """
    frame = torch.arange(log_mel.shape[-1], device=log_mel.device)
    level = log_mel.amax(1).masked_fill(~real_steps(lengths, len(frame)), -torch.inf)  # (b, t)
    loud = level > level.amax(1, keepdim=True) - below
    first = torch.where(loud, frame, len(frame)).amin(1)
    last = torch.where(loud, frame, -1).amax(1)
    moved = (frame + first[:, None]).clamp_max(len(frame) - 1)  # (b, t): where each frame of the result lies
    return log_mel.gather(-1, moved[:, None].expand_as(log_mel)), last - first + 1


def normalise(log_mel: Tensor, lengths: Tensor | None = None, reach: float = 50.0) -> Tensor:
    """Every band around its own mean over the utterance, and the whole at variance 1: (b, bands, t) -> the same shape.

    A microphone that is louder or duller adds a constant to each band of a log-mel spectrogram, and goes with the mean. What is
    more than `reach` decibels below the loudest moment is raised to there first: a quiet room and a noisy one then look alike.
    Frames behind an utterance's length are not looked at and come out as zero; silence comes out as zero.
    """
    real = real_steps(_all(log_mel) if lengths is None else lengths, log_mel.shape[-1])[:, None]  # (b, 1, t)
    count = real.sum(-1, keepdim=True).clamp_min(1)
    top = log_mel.masked_fill(~real, -torch.inf).amax((1, 2), keepdim=True)
    heard = torch.maximum(log_mel, top - reach).masked_fill(~real, 0)
    centred = (heard - heard.sum(-1, keepdim=True) / count).masked_fill(~real, 0)
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
    return masked(noisy(stretched(log_mel, lengths / new, wider), new), new), new


def stretched(log_mel: Tensor, speed: Tensor, width: Tensor) -> Tensor:
    """Row f, frame t of the result is row f · width, frame t · speed of (b, bands, t), between neighbours by a straight line."""
    _, bands, frames = log_mel.shape
    row = torch.arange(bands, device=log_mel.device) * width[:, None]  # (b, bands)
    frame = torch.arange(frames, device=log_mel.device) * speed[:, None]  # (b, t)
    where = torch.stack(
        torch.broadcast_tensors((2 * (frame + 0.5) / frames - 1)[:, None, :], (2 * (row + 0.5) / bands - 1)[:, :, None]), dim=-1
    )  # grid_sample counts from −1 to 1
    return functional.grid_sample(log_mel[:, None], where, padding_mode="border", align_corners=False)[:, 0]


def noisy(log_mel: Tensor, lengths: Tensor, least: float = 30.0, most: float = 60.0) -> Tensor:
    """With a steady noise `least` to `most` decibels below the loudest moment, duller or brighter by up to 10 decibels."""
    b, bands, frames = log_mel.shape
    draw = torch.rand(2, b, 1, 1, device=log_mel.device)
    top = log_mel.masked_fill(~real_steps(lengths, frames)[:, None], -torch.inf).amax((1, 2), keepdim=True)
    slope = torch.linspace(-10, 10, bands, device=log_mel.device)[:, None] * (2 * draw[0] - 1)
    noise = top - least - (most - least) * draw[1] + slope + 4 * torch.randn_like(log_mel)
    return 10 * torch.log10(10 ** (log_mel / 10) + 10 ** (noise / 10))  # powers add, decibels do not


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
