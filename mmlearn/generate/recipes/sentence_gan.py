"""Sentences about one thing to pictures, by a GAN: sentence encoder first, then the game of chapter 17, a little longer.

A matching-aware projection discriminator with spectral normalisation and the hinge loss; the untrue sentence beside each picture
is wrong in its shape or its colour alone. The generator is given a cloud around each sentence (conditioning augmentation).
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from mmlearn.generate.gan.networks import Discriminator
from mmlearn.generate.gan.prompted import TextToImage, cloud_game
from mmlearn.generate.gan.sentences import SentenceEncoder, answers_of
from mmlearn.generate.gan.world import one_thing, prompted
from mmlearn.train import fit, fit_gan, one_cycle

STEPS, HALF = 1500, True
BATCH, READING, PICTURES = 64, 300, 6000
NOISE_DIM, WIDTH, LR, AVERAGE = 32, 16, 2e-3, 0.98


def build(config: dict[str, Any]) -> TextToImage:
    """The model of a checkpoint's config."""
    return TextToImage(**config)


def train(steps: int = STEPS, seed: int = 0, resume: Path | None = None) -> tuple[TextToImage, dict[str, Any]]:
    """The trained model, and its config."""
    pictures, sentences, *vectors = examples(seed)
    torch.manual_seed(seed)
    config = {"words": sentences.vocabulary.words[sentences.vocabulary.marks :], "noise_dim": NOISE_DIM, "width": WIDTH}
    model = build(config)
    model.sentences = sentences
    discriminator = Discriminator(sentences.dim, 32, WIDTH)
    loader = DataLoader(TensorDataset(pictures, *vectors), BATCH, shuffle=True, drop_last=True)
    fit_gan(
        model.painter, discriminator, loader, *cloud_game(NOISE_DIM), steps=steps, lr=(LR, LR), average=AVERAGE,
        checkpoint=resume, every=250, seed=seed,
    )  # fmt: skip
    return model, config


def examples(seed: int = 0) -> tuple[Tensor, SentenceEncoder, Tensor, Tensor]:
    """Pictures (n, 3, 32, 32); an encoder that learned to read their sentences; vectors of a true and an untrue sentence each."""
    scenes = one_thing(n=PICTURES, seed=seed)
    given = prompted(scenes, each=1, seed=seed)
    said, texts, untrue = ([row[0] for row in column] for column in given)
    encoder = sentence_encoder(texts, torch.tensor([answers_of(s) for s in said]), seed)
    return scenes.images(), encoder, encoder.encode(texts), encoder.encode(untrue)


def sentence_encoder(
    texts: list[str], answers: Tensor, seed: int = 0, steps: int = READING, resume: Path | None = None
) -> SentenceEncoder:  # fmt: skip
    """An encoder of these sentences, by the answers to what they say, (n, 7)."""
    from mmlearn.generate.caption import CaptionVocabulary

    vocabulary = CaptionVocabulary.of({"en": texts})
    torch.manual_seed(seed)
    encoder = SentenceEncoder(vocabulary.words[vocabulary.marks :])
    tokens = encoder.vocabulary.batch(texts)
    loader = DataLoader(TensorDataset(tokens, answers), BATCH, shuffle=True, drop_last=True)
    fit(
        encoder, loader, lambda m, batch: m(*batch), steps=steps, lr=5e-3, schedule=one_cycle(max(steps, 2)), checkpoint=resume,
        every=100, seed=seed,
    )  # fmt: skip
    encoder.settle(tokens)
    return encoder.requires_grad_(False)
