"""What the cross-modal generator learns from: reconstruction, words, a discriminator's verdict, contrast; each with a weight."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.align.contrastive import info_nce
from mmlearn.generate.cross.discriminator import Verdict
from mmlearn.generate.cross.hiding import TASKS, hide
from mmlearn.generate.cross.networks import Made, one_hot
from mmlearn.generate.cross.pairs import SLOTS, UNKNOWN, Triples
from mmlearn.generate.gan import discriminator_loss, generator_loss

TEMPERATURE = 0.2  # of the contrast between pictures and sounds


class Weights(NamedTuple):
    """How much each loss counts.

    Attributes:
        adversarial: the discriminator's verdict.
        reconstruction: the mean absolute difference to the truth, of media of which something is seen.
        unseen: the same, of media of which nothing is seen but the words are known: the average of what they leave open.
        contrastive: a made picture should be told from others by its made sound, and the other way round.
        words: cross-entropy of the true words, given what is seen.
    """

    adversarial: float = 1.0
    reconstruction: float = 20.0
    unseen: float = 20.0
    contrastive: float = 0.0
    words: float = 3.0


def play(generator: nn.Module, batch: Triples, tasks: dict[str, tuple] = TASKS) -> tuple[Made, Tensor]:
    """One move of the generator: hide parts of a batch by chance, make all of it.

    Where anything is seen or said, picture and sound hear the true words; from noise alone, the words that are drawn.

    Returns:
        What was made; and for picture and sound (b, 2): 1 if something of it was seen, 0 if not, NaN if there was only noise.
    """
    seen, nothing = hide(batch, tasks)
    width = getattr(generator, "module", generator).noise_dim  # with several processes it is wrapped
    noise = torch.randn(len(nothing), width, device=batch.image.device)
    made = generator(seen, noise, told=torch.where(nothing[:, None], UNKNOWN, batch.words))
    there = torch.stack([mask.flatten(1).any(1) for mask in (seen.image_seen, seen.sound_seen)], dim=1)
    return made, torch.where(nothing[:, None], torch.nan, there.float())


def d_loss(weights: Weights = Weights(), tasks: dict[str, tuple] = TASKS):  # noqa: B008 - a tuple of numbers
    """The discriminator's loss, for `train.fit_gan`."""

    def loss(generator: nn.Module, discriminator: nn.Module, batch: tuple) -> dict[str, Tensor]:
        batch = Triples(*batch)
        with torch.no_grad():
            made, _ = play(generator, batch, tasks)
        real = discriminator(batch.image, batch.sound, one_hot(batch.words), one_hot(one_wrong(batch.words)))
        fake = discriminator(made.image, made.sound, made.words)
        total = discriminator_loss(real.scores, fake.scores, real.wrong)
        if weights.contrastive:
            total = total + weights.contrastive * contrast(real, batch.words)
        return {"loss": total}

    return loss


def g_loss(weights: Weights = Weights(), tasks: dict[str, tuple] = TASKS):  # noqa: B008
    """The generator's loss, for `train.fit_gan`: a dict of its parts."""

    def loss(generator: nn.Module, discriminator: nn.Module, batch: tuple) -> dict[str, Tensor]:
        batch = Triples(*batch)
        made, there = play(generator, batch, tasks)
        parts = {"words": weights.words * word_loss(made.logits, batch.words)}
        parts["reconstruction"] = reconstruction(made, batch, there, weights)
        verdict = discriminator(made.image, made.sound, made.words)
        if weights.adversarial:
            parts["adversarial"] = weights.adversarial * generator_loss(verdict.scores)
        if weights.contrastive:
            parts["contrastive"] = weights.contrastive * contrast(verdict, made.indices())
        return {"loss": sum(parts.values()), **parts}

    return loss


def one_wrong(words: Tensor) -> Tensor:
    """Words (b, 3) with the colour or the shape of each changed to another: as like the truth as a lie can be."""
    slot = torch.randint(2, (len(words),), device=words.device)
    lie = words + torch.randint(1, SLOTS[0], words.shape, device=words.device)
    return torch.where(slot[:, None] == torch.arange(3, device=words.device), lie % SLOTS[0], words)


def autoencoder_loss(model: nn.Module, batch: tuple, tasks: dict[str, tuple] = TASKS) -> Tensor:
    """Reconstruction and words only, of all media whatever is seen of them: the bimodal autoencoder (Ngiam et al., ICML 2011)."""
    batch = Triples(*batch)
    made, there = play(model, batch, tasks)
    return reconstruction(made, batch, there, Weights()) + word_loss(made.logits, batch.words)


def contrast(verdict: Verdict, words: Tensor) -> Tensor:
    """InfoNCE of what was seen and what was heard; two scenes of one colour and shape are no negatives of each other."""
    return info_nce(verdict.seen, verdict.heard, TEMPERATURE, groups=words[:, 0] * SLOTS[1] + words[:, 1])


def word_loss(logits: Tensor, words: Tensor) -> Tensor:
    """Cross-entropy of the true words, the mean over the slots: what can be told of them from what is seen."""
    slots = zip(logits.split(SLOTS[: words.shape[1]], dim=1), words.T, strict=True)
    return torch.stack([functional.cross_entropy(slot, word) for slot, word in slots]).mean()


def reconstruction(made: Made, true: Triples, there: Tensor, weights: Weights) -> Tensor:
    """The mean absolute difference, of media of which something is seen or nothing, as `weights` has it. NaN: not at all."""
    off = [(a - b).abs().flatten(1).mean(1) for a, b in ((made.image, true.image), (made.sound, true.sound))]
    counts = torch.where(there == 1, weights.reconstruction, weights.unseen).masked_fill(there.isnan(), 0)
    return (torch.stack(off, dim=1) * counts).mean()
