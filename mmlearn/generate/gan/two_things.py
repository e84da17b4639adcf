"""From a sentence about two things to a picture, in three steps: what it says, where the things shall stand, the picture.

The first is the sentence encoder of `sentences.py`, the second a chance for each pair of places, the third a GAN on layouts.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.data.scenes import COLOURS, PLACES
from mmlearn.generate.gan.conditioning import truncated_noise
from mmlearn.generate.gan.layout import LayoutGenerator, layout_map, untrue
from mmlearn.generate.gan.losses import discriminator_loss, generator_loss
from mmlearn.generate.gan.networks import as_input, as_pictures
from mmlearn.generate.gan.reader import NOT_ASKED, NOTHING
from mmlearn.generate.gan.sentences import SentenceEncoder


class Whereabouts(nn.Module):
    """A sentence's vector -> a chance for each of the 81 pairs of places of the two things it names, in its order.

    Args:
        dim: width of the sentence's vector.
        width: of the layer between.
    """

    def __init__(self, dim: int = 96, width: int = 128):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(dim, width), nn.ReLU(), nn.Linear(width, len(PLACES) ** 2))

    def forward(self, vectors: Tensor, places: Tensor | None = None) -> Tensor:
        """(b, dim) -> logits (b, 81); with the true places (b, 2), their cross-entropy. No two things share a place."""
        same = torch.eye(len(PLACES), dtype=torch.bool, device=vectors.device).flatten()
        logits = self.layers(vectors).masked_fill(same, -torch.inf)
        return logits if places is None else functional.cross_entropy(logits, places[:, 0] * len(PLACES) + places[:, 1])

    @torch.no_grad()
    def draw(self, vectors: Tensor) -> Tensor:
        """Places by these chances, (b, 2)."""
        pairs = torch.multinomial(self(vectors).softmax(dim=1), 1)
        return torch.cat([pairs // len(PLACES), pairs % len(PLACES)], dim=1)


class TwoThings(nn.Module):
    """Sentences about two things in, pictures out.

    Args:
        words: of the sentence encoder's vocabulary.
        options: of `LayoutGenerator`.
    """

    def __init__(self, words: Sequence[str], **options: int):
        super().__init__()
        self.sentences = SentenceEncoder(words)
        self.where = Whereabouts(self.sentences.dim)
        self.painter = LayoutGenerator(**options)

    def paint(self, texts: Sequence[str], bound: float | None = None, seed: int = 0) -> Tensor:
        """One picture a sentence, uint8 (n, 3, 32, 32); say a sentence several times for several pictures.

        Args:
            texts: sentences.
            bound: beyond which noise is drawn again, see `truncated_noise`.
            seed: of all chance: places that are not said, colours that are not said, the noise.

        Raises:
            TypeError, ValueError: not a list of texts, an empty one, a word that the encoder does not know, or a sentence that
                does not name two things.
        """
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return self.paint_layouts(*self.plan(texts), bound)

    @torch.no_grad()
    def plan(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """What shall stand where: shape and colour at each place, (n, 9) each, by chance where the sentence leaves it open.

        Raises:
            TypeError, ValueError: as `paint`.
        """
        self.eval()
        vectors = self.sentences.encode(texts)
        shape, colour = self._things(texts, vectors)
        rows, places = torch.arange(len(texts))[:, None], self.where.draw(vectors).cpu()
        shapes, colours = torch.full((len(texts), len(PLACES)), NOTHING), torch.full((len(texts), len(PLACES)), NOT_ASKED)
        shapes[rows, places], colours[rows, places] = shape, colour
        return shapes, colours

    def _things(self, texts: Sequence[str], vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Shape and colour of the two things that each sentence names, (n, 2) each."""
        said = self.sentences.answers(vectors).cpu()
        shape, colour = said[:, [0, 3]], said[:, [1, 4]]
        for text, shapes in zip(texts, shape.tolist(), strict=True):
            if NOTHING in shapes:
                raise ValueError(f"prompt {text!r} does not name two things, as far as this model can read")
        any_colour = torch.randint(len(COLOURS), colour.shape)
        return shape, torch.where(colour == len(COLOURS), any_colour, colour)

    @torch.no_grad()
    def paint_layouts(self, shape: Tensor, colour: Tensor, bound: float | None = None) -> Tensor:
        """A picture for each layout, (n, 9) and (n, 9) -> uint8 (n, 3, 32, 32)."""
        self.eval()
        noise, layout = truncated_noise(len(shape), self.painter.noise_dim, bound), layout_map(shape, colour)
        device = self.painter.out.weight.device
        return as_pictures(self.painter(noise.to(device), layout.to(device)))


def layout_game(noise_dim: int) -> tuple[Callable, Callable]:
    """`d_loss` and `g_loss` for `train.fit_gan`, of batches of pictures (uint8), shapes and colours at each place.

    The hinge loss, matching-aware: beside each real picture also a layout that is wrong about one thing.
    """

    def drawn(generator: nn.Module, layout: Tensor) -> Tensor:
        return generator(torch.randn(len(layout), noise_dim, device=layout.device), layout)

    def d_loss(generator: nn.Module, discriminator: nn.Module, batch: Any) -> Tensor:
        layout, other = layout_map(*batch[1:]), layout_map(*untrue(*batch[1:]))
        with torch.no_grad():
            both = torch.cat([as_input(batch[0]), drawn(generator, layout)])  # at once: half as many passes
        fits, asked = discriminator(both, torch.cat([layout, layout]), torch.cat([other, layout]))
        return discriminator_loss(*fits.chunk(2), asked.chunk(2)[0])

    def g_loss(generator: nn.Module, discriminator: nn.Module, batch: Any) -> Tensor:
        layout = layout_map(*batch[1:])
        return generator_loss(discriminator(drawn(generator, layout), layout)[0])

    return d_loss, g_loss
