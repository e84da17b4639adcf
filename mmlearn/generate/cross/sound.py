"""Sounds as pictures that a network can make, and back to sounds that can be heard.

The picture of a sound is its log-mel spectrogram, from the loudest place down by `REACH` decibels, brought to -1 … 1: 32 bands
of pitch up, 48 moments across. Loudness and phase are not in it. The way back guesses a spectrum that fits the bands, then phases
that fit the spectrum (Griffin and Lim, IEEE Transactions on Acoustics, Speech, and Signal Processing 1984).
"""

from collections.abc import Sequence
from typing import Any

from torch import Tensor
from torch.nn import functional

from mmlearn.features import audio

RATE = 22_050  # samples a second
WINDOW, HOP = 1120, 560  # samples of a frame, and from one frame to the next
BANDS, FRAMES = 32, 48
SAMPLES = FRAMES * HOP  # 26,880: 1.22 seconds
HIGH = 8000.0  # Hz, where the last band ends
REACH = 60.0  # decibels from black to white


def pictures_of_sound(waves: Any) -> Tensor:
    """Waves (n, SAMPLES) at RATE -> their pictures (n, 1, 32, 48), from -1, quiet, to 1, the loudest place of each.

    Raises:
        ValueError: waves of another length, or not finite; see `fitted` for sounds of any length.
    """
    waves = audio.as_waves(waves)
    if waves.ndim != 2 or waves.shape[1] != SAMPLES:
        raise ValueError(f"waves has shape {tuple(waves.shape)}; accepted is (n, {SAMPLES}), as `fitted` makes it")
    decibels = audio.log_mel(waves, RATE, window=WINDOW, hop=HOP, bands=BANDS, high=HIGH)[..., :FRAMES]
    below = (decibels - decibels.amax((1, 2), keepdim=True)).clamp_min(-REACH)
    return (1 + 2 * below / REACH)[:, None]


def sounds_of_picture(pictures: Tensor, steps: int = 32) -> Tensor:
    """Pictures (n, 1, 32, 48) -> waves (n, SAMPLES) at RATE whose pictures are about these, each as loud as 0.9.

    Args:
        pictures: from -1 to 1; what is beyond is cut off.
        steps: of Griffin and Lim's iteration.

    Raises:
        ValueError: pictures of another shape.
    """
    if pictures.ndim != 4 or tuple(pictures.shape[1:]) != (1, BANDS, FRAMES):
        raise ValueError(f"pictures has shape {tuple(pictures.shape)}; accepted is (n, 1, {BANDS}, {FRAMES})")
    decibels = (pictures[:, 0].detach().clamp(-1, 1) - 1) * REACH / 2
    magnitude = audio.mel_to_magnitude(10 ** (decibels / 10), RATE, WINDOW, high=HIGH, steps=50)
    waves = audio.griffin_lim(magnitude, WINDOW, HOP, steps, samples=SAMPLES)
    return 0.9 * waves / waves.abs().amax(1, keepdim=True).clamp_min(1e-9)


def fitted(waves: Sequence[Any]) -> Tensor:
    """Sounds of any lengths (samples,) -> (n, SAMPLES): silence behind the short ones; of the long ones the beginning.

    Raises:
        ValueError: there are none, or one is not (samples,).
    """
    padded, _ = audio.pad(waves)
    return functional.pad(padded[:, :SAMPLES], (0, max(0, SAMPLES - padded.shape[1])))
