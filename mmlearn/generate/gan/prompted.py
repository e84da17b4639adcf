"""From a sentence about one thing to a picture: the generator of `networks.py`, given a cloud around the sentence's vector."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmlearn.generate.gan.conditioning import ConditioningAugmentation, truncated_noise
from mmlearn.generate.gan.game import game
from mmlearn.generate.gan.losses import generator_loss
from mmlearn.generate.gan.networks import Generator, as_pictures
from mmlearn.generate.gan.sentences import SentenceEncoder


class CloudGenerator(nn.Module):
    """Conditioning augmentation, then a generator.

    Args:
        sentence_dim: width of a sentence's vector.
        condition_dim: width of what is drawn around it.
        noise_dim, width: as of `Generator`.
    """

    def __init__(self, sentence_dim: int = 96, condition_dim: int = 32, noise_dim: int = 32, width: int = 16):
        super().__init__()
        self.noise_dim = noise_dim
        self.augment = ConditioningAugmentation(sentence_dim, condition_dim)
        self.generator = Generator(noise_dim, condition_dim, 32, width)

    def forward(self, noise: Tensor, sentence: Tensor, spread: float = 1.0) -> tuple[Tensor, Tensor]:
        """noise (b, noise_dim), sentence (b, sentence_dim) -> pictures (b, 3, 32, 32) and their clouds' divergence (b,)."""
        condition, divergence = self.augment(sentence, spread)
        return self.generator(noise, condition), divergence


class TextToImage(nn.Module):
    """Sentences in, pictures out.

    Args:
        words: of the sentence encoder's vocabulary.
        options: of `CloudGenerator`.
    """

    def __init__(self, words: Sequence[str], **options: int):
        super().__init__()
        self.sentences = SentenceEncoder(words)
        self.painter = CloudGenerator(self.sentences.dim, **options)

    def paint(self, texts: Sequence[str], bound: float | None = None, spread: float = 1.0, seed: int = 0) -> Tensor:
        """One picture a sentence, uint8 (n, 3, 32, 32); say a sentence several times for several pictures.

        Args:
            texts: sentences.
            bound: beyond which noise is drawn again, see `truncated_noise`.
            spread: of the cloud around each sentence; 0 takes its middle.
            seed: of all chance.

        Raises:
            TypeError, ValueError: not a list of texts, an empty one, or a word that the encoder does not know.
        """
        return self.paint_vectors(self.sentences.encode(texts), bound, spread, seed)

    @torch.no_grad()
    def paint_vectors(self, vectors: Tensor, bound: float | None = None, spread: float = 1.0, seed: int = 0) -> Tensor:
        """The same from vectors of sentences, (n, dim), or from points between them."""
        self.eval()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            noise = truncated_noise(len(vectors), self.painter.noise_dim, bound).to(vectors.device)
            return as_pictures(self.painter(noise, vectors, spread)[0])


def cloud_game(noise_dim: int, weight: float = 0.1) -> tuple[Callable, Callable]:
    """As `game`, for a `CloudGenerator`: the generator also pays `weight` times the divergence of its clouds."""

    def pictures_of(generator: nn.Module) -> Callable[..., Tensor]:
        return lambda noise, sentence: generator(noise, sentence)[0]

    critic = game(noise_dim)[0]

    def d_loss(generator: nn.Module, discriminator: nn.Module, batch: Any) -> Tensor:
        return critic(pictures_of(generator), discriminator, batch)

    def g_loss(generator: nn.Module, discriminator: nn.Module, batch: Any) -> dict[str, Tensor]:
        noise = torch.randn(len(batch[0]), noise_dim, device=batch[0].device)
        fake, divergence = generator(noise, batch[1])
        adversarial = generator_loss(discriminator(fake, batch[1]))
        return {"loss": adversarial + weight * divergence.mean(), "divergence": divergence.mean()}

    return d_loss, g_loss
