"""A frame that a film has lost: made from the frames beside it, and from a voice that says what happens.

Films are those of `scenes.films`; the voice says "moves left", "grows" and so on. The frame after and the voice may be missing.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.data import scenes
from mmlearn.data.scenes.motion import SAID
from mmlearn.generate.cross.networks import SOUND, Encoder
from mmlearn.generate.cross.pairs import recordings
from mmlearn.generate.gan import Up, as_input

FRAMES = 5  # of a film: few, so that much happens from one to the next


class Gaps(NamedTuple):
    """Films with a frame missing: (n, 3, 32, 32) the frame, the one before it, the one after it; sound; what happens (n,)."""

    frame: Tensor
    before: Tensor
    after: Tensor
    sound: Tensor
    motion: Tensor


def gaps(split: str = "train", n: int = 1000, takes: tuple[int, ...] = (0, 1), seed: int = 0, speech: bool = True) -> Gaps:
    """`n` films of a split, each with a frame missing that is neither its first nor its last, and a voice.

    Args, Raises: as of `pairs.load`; n is even.
    """
    found = scenes.films(n, split, seed, frames=FRAMES)
    films, motion = as_input(found.films()), torch.from_numpy(found.labels())
    draws, row = np.random.default_rng(seed), torch.arange(n)
    lost = torch.from_numpy(draws.integers(1, FRAMES - 1, n))
    sounds = recordings(SAID, takes, speech)
    who = torch.from_numpy(draws.integers(0, sounds.shape[1], n))
    return Gaps(films[row, lost], films[row, lost - 1], films[row, lost + 1], sounds[motion, who], motion)


class FrameMaker(nn.Module):
    """A frame from its neighbours and a voice: a small U-Net (Ronneberger et al., MICCAI 2015) whose way up hears the voice.

    It learns what to change in the frame before, or in the mean of both neighbours. What is missing has a 0 in `there`.

    Args:
        width: channels of the finest maps.
        dim: width of what is heard.
    """

    def __init__(self, width: int = 12, dim: int = 48):
        super().__init__()
        self.hear = Encoder(SOUND, width, dim)
        sizes = [7, width, 2 * width, 4 * width]
        self.downs = nn.ModuleList(nn.Conv2d(a, b, 4, stride=2, padding=1) for a, b in zip(sizes, sizes[1:], strict=False))
        self.ups = nn.ModuleList([Up(4 * width, 2 * width, dim), Up(4 * width, width, dim), Up(2 * width, width, dim)])
        self.out = nn.Conv2d(width + 7, 3, 3, padding=1)
        nn.init.zeros_(self.out.weight)  # it begins with no change
        nn.init.zeros_(self.out.bias)
        self.to(memory_format=torch.channels_last)

    def forward(self, before: Tensor, after: Tensor, sound: Tensor, there: Tensor) -> Tensor:
        """Frames (b, 3, 32, 32), sound (b, 1, 32, 48), there (b, 2) bool: is there an after, is there a sound -> the frame."""
        mask = there.float()[:, :, None, None]
        heard = self.hear(sound, mask[:, 1:].expand_as(sound))
        flag = mask[:, :1].expand(-1, 1, *before.shape[2:])
        maps = [torch.cat([before, after * flag, flag], dim=1)]
        for down in self.downs:
            maps.append(functional.leaky_relu(down(maps[-1]), 0.1))
        x = self.ups[0](maps[3], heard)
        x = self.ups[1](torch.cat([x, maps[2]], dim=1), heard)
        x = self.ups[2](torch.cat([x, maps[1]], dim=1), heard)
        known = torch.lerp(before, after, mask[:, :1] / 2)  # of two neighbours the mean, of one the frame itself
        return known + self.out(torch.cat([x, maps[0]], dim=1))


def frame_loss(maker: FrameMaker, batch: tuple) -> Tensor:
    """The mean squared difference to the lost frame; the frame after and the voice are each missing half the time."""
    batch = Gaps(*batch)
    there = torch.rand(len(batch.frame), 2, device=batch.frame.device) < 0.5
    return (maker(batch.before, batch.after, batch.sound, there) - batch.frame).square().mean()
