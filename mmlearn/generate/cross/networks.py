"""One generator for several media: it reads what is seen of each, and makes all of them whole.

Whatever is hidden is handled alike: a medium that is missing is one of which nothing is seen; a picture with a hole is one of
which a part is seen. So noise to all, sound to picture, picture to sound and the repair of a part are one task, and one network.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.generate.cross.pairs import SLOTS
from mmlearn.generate.gan import Up

IMAGE, SOUND = (3, 32, 32), (1, 32, 48)


class Seen(NamedTuple):
    """What is known: values from -1 to 1, and where they are seen (1) or hidden (0); hidden words are -1."""

    image: Tensor  # (b, 3, 32, 32)
    sound: Tensor  # (b, 1, 32, 48)
    words: Tensor  # (b, 3)
    image_seen: Tensor  # (b, 1, 32, 32)
    sound_seen: Tensor  # (b, 1, 32, 48)


class Made(NamedTuple):
    """What the generator makes: image, sound, one-hot words (b, 25), and the logits that these were drawn from."""

    image: Tensor
    sound: Tensor
    words: Tensor
    logits: Tensor

    def indices(self) -> Tensor:
        """The words as indices, (b, 3)."""
        return torch.stack([slot.argmax(1) for slot in self.words.split(SLOTS, dim=1)], dim=1)


class Encoder(nn.Module):
    """Reads a picture of which a part is seen: (b, channels, h, w) and (b, 1, h, w) -> (b, dim).

    One linear layer reads every place of the last maps; another the largest of each, wherever it is, so that what is learned of
    a shape in one place serves in the others.
    """

    def __init__(self, shape: tuple[int, int, int], width: int, dim: int):
        super().__init__()
        channels, height, across = shape
        widths = [channels + 1, width, 2 * width, 4 * width]
        filters = []
        for a, b in zip(widths, widths[1:], strict=False):
            filters += [nn.Conv2d(a, b, 4, stride=2, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
        self.filters = nn.Sequential(*filters)
        self.where = nn.Linear(4 * width * (height // 8) * (across // 8), dim)
        self.what = nn.Linear(4 * width, dim)
        self.to(memory_format=torch.channels_last)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """A row of which nothing is seen gives zeros, and is not looked at."""
        rows = seen.flatten(1).any(1).nonzero()[:, 0]
        answer = x.new_zeros(len(x), self.what.out_features)
        if not len(rows):
            return answer
        both = torch.cat([(x * seen)[rows], seen[rows]], dim=1).contiguous(memory_format=torch.channels_last)
        maps = self.filters(both)
        return answer.index_copy(0, rows, self.where(maps.flatten(1)) + self.what(maps.amax((2, 3))))


class Painter(nn.Module):
    """Makes a picture from a vector: (b, dim) -> (b, channels, h, w), from -1 to 1."""

    def __init__(self, shape: tuple[int, int, int], width: int, dim: int):
        super().__init__()
        self.shape = shape[1] // 8, shape[2] // 8
        self.start = nn.Linear(dim, 4 * width * self.shape[0] * self.shape[1])
        self.ups = nn.ModuleList([Up(4 * width, 2 * width, dim), Up(2 * width, width, dim), Up(width, shape[0], dim)])
        self.to(memory_format=torch.channels_last)

    def forward(self, h: Tensor) -> Tensor:
        x = self.start(h).unflatten(1, (-1, *self.shape)).contiguous(memory_format=torch.channels_last)
        for up in self.ups:
            x = up(x, h)
        return x.tanh()


class CrossGenerator(nn.Module):
    """From what is seen, and noise, to all media whole.

    Each medium's encoder adds its part to one vector h (b, dim); what is hidden adds nothing. From h come the words,
    slot by slot; then, from h, the noise and the words that were drawn, picture and sound.

    Args:
        width: channels of the finest maps; those further in have twice and four times as many.
        dim: width of h.
        noise_dim: width of the noise.
        words_first: whether picture and sound hear which words were drawn. Without it all is made from h and noise alone.
    """

    def __init__(self, width: int = 16, dim: int = 96, noise_dim: int = 16, words_first: bool = True):
        super().__init__()
        self.noise_dim, self.words_first = noise_dim, words_first
        self.read_image, self.read_sound = Encoder(IMAGE, width, dim), Encoder(SOUND, width, dim)
        self.read_words = nn.Linear(sum(SLOTS), dim)
        self.mix = nn.Sequential(nn.ReLU(), nn.Linear(dim, dim), nn.ReLU())
        self.choose = nn.Linear(dim, sum(SLOTS))
        self.say = nn.Linear(sum(SLOTS), dim, bias=False) if words_first else None
        if words_first:
            nn.init.normal_(self.say.weight)  # as loud as the noise: three ones among 25 zeros would hardly be heard
        inputs = dim + noise_dim + dim * words_first
        self.paint_image, self.paint_sound = Painter(IMAGE, width, inputs), Painter(SOUND, width, inputs)

    def forward(self, seen: Seen, noise: Tensor, told: Tensor | None = None, draw: bool = True) -> Made:
        """Make everything.

        Args:
            seen: what is known.
            noise: (b, noise_dim), shared by picture and sound.
            told: words (b, 3) that picture and sound hear instead of drawn ones, where they are not -1 (teacher forcing).
            draw: draw the hidden words by chance; False takes the likeliest.
        """
        known = one_hot(seen.words)
        h = self.mix(
            self.read_image(seen.image, seen.image_seen) + self.read_sound(seen.sound, seen.sound_seen) + self.read_words(known)
        )
        logits = self.choose(h)
        words = straight_through(logits, draw)
        for given in (seen.words, told):
            words = words if given is None else torch.where(spread(given) >= 0, one_hot(given), words)
        parts = [h, noise, self.say(words)] if self.words_first else [h, noise]
        joined = torch.cat(parts, dim=1)
        return Made(self.paint_image(joined), self.paint_sound(joined), words, logits)


def one_hot(words: Tensor) -> Tensor:
    """Words (b, 3) -> (b, 25): a 1 for the word of each slot; nothing in a slot that is -1."""
    slots = [functional.one_hot(w.clamp_min(0), n) * (w >= 0)[:, None] for w, n in zip(words.T, SLOTS, strict=True)]
    return torch.cat(slots, dim=1).float()


def spread(words: Tensor) -> Tensor:
    """Words (b, 3) -> (b, 25): each repeated over its slot's places."""
    return words.repeat_interleave(torch.tensor(SLOTS, device=words.device), dim=1)


def straight_through(logits: Tensor, draw: bool = True) -> Tensor:
    """One word a slot, drawn from softmax(logits): (b, 25) -> one-hot (b, 25), through which gradients flow.

    Forward it is the drawn word, 0 and 1; backward it is the softmax that it was drawn from: the straight-through Gumbel softmax
    (Jang, Gu and Poole, ICLR 2017). Adding Gumbel noise and taking the largest is a draw from the softmax.
    """
    slots = []
    for slot in logits.split(SLOTS, dim=1):
        noisy = slot - torch.empty_like(slot).exponential_().clamp_min(1e-20).log() if draw else slot
        soft = noisy.softmax(dim=1)
        hard = functional.one_hot(soft.argmax(1), slot.shape[1]).to(soft)
        slots.append(hard + soft - soft.detach())
    return torch.cat(slots, dim=1)
