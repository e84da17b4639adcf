"""A discriminator of several media: does each look real, does each fit its words, and do picture and sound fit each other?"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mmlearn.generate.cross.networks import IMAGE, SOUND
from mmlearn.generate.cross.pairs import SLOTS
from mmlearn.generate.gan import Down, spectral


class Look(nn.Module):
    """What a discriminator sees in a picture: (b, channels, h, w) -> (b, dim). Every layer is spectrally normalised."""

    def __init__(self, shape: tuple[int, int, int], width: int):
        super().__init__()
        channels, height, across = shape
        self.downs = nn.Sequential(Down(channels, width), Down(width, 2 * width), Down(2 * width, 4 * width))
        self.dim = 4 * width * (height // 8) * (across // 8)
        self.to(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> Tensor:
        return self.downs(x.contiguous(memory_format=torch.channels_last)).flatten(1)


class Verdict(NamedTuple):
    """What the discriminator says of a batch."""

    scores: Tensor  # (b, 3), large for real media that belong together
    wrong: Tensor | None  # (b, 3), of the same media beside lies, and beside the sound of the row before
    seen: Tensor  # (b, dim), pictures in the space in which they meet sounds
    heard: Tensor  # (b, dim)


class CrossDiscriminator(nn.Module):
    """Three scores of a scene: of the picture with its words, of the sound with its words, of picture and sound together.

    With φ and ψ what is seen and heard, and e a linear map of the one-hot words, in the way of the projection discriminator
    (Miyato and Koyama, ICLR 2018):

        picture   a(φ) + e₁(words) · φ
        sound     b(ψ) + e₂(colour, shape) · ψ
        together  (L φ) · (R ψ)

    The sound names no place, so the place is no part of what it is held against.

    Args:
        width: channels of the finest maps.
        dim: of the space in which pictures meet sounds, after L and R.
    """

    def __init__(self, width: int = 16, dim: int = 128):
        super().__init__()
        self.see, self.hear = Look(IMAGE, width), Look(SOUND, width)
        self.real_image, self.real_sound = spectral(nn.Linear(self.see.dim, 1)), spectral(nn.Linear(self.hear.dim, 1))
        self.word_image = spectral(nn.Linear(sum(SLOTS), self.see.dim, bias=False))
        self.word_sound = spectral(nn.Linear(sum(SLOTS[:2]), self.hear.dim, bias=False))
        self.left, self.right = (spectral(nn.Linear(look.dim, dim, bias=False)) for look in (self.see, self.hear))

    def forward(self, image: Tensor, sound: Tensor, words: Tensor, lies: Tensor | None = None) -> Verdict:
        """Pictures, sounds, one-hot words (b, 25); with `lies`, other words, also the scores of what does not belong together."""
        seen, heard = self.see(image), self.hear(sound)
        a, b = self.left(seen), self.right(heard)
        scores = self._score(seen, heard, words, (a * b).sum(1))
        wrong = None if lies is None else self._score(seen, heard, lies, (a * b.roll(1, 0)).sum(1))
        return Verdict(scores, wrong, a, b)

    def _score(self, seen: Tensor, heard: Tensor, words: Tensor, together: Tensor) -> Tensor:
        image = self.real_image(seen)[:, 0] + (self.word_image(words) * seen).sum(1)
        sound = self.real_sound(heard)[:, 0] + (self.word_sound(words[:, : sum(SLOTS[:2])]) * heard).sum(1)
        return torch.stack([image, sound, together], dim=1)
