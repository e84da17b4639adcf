"""Captions of photographs from a few hundred examples: flickr8k's photographs that are here, ten-fold.

A pretrained network's regions, frozen; a small transformer writes. Beside it what needs no training: the caption of the training
photograph that is most alike by the same network's features, and of the nearest twenty photographs the caption that is most like
the others' (Devlin et al., Exploring Nearest Neighbor Approaches for Image Captioning, 2015).
"""

import functools
from typing import NamedTuple

import numpy as np
import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize
from torch.utils.data import DataLoader, TensorDataset

from mmlearn import data, evaluate, features, train
from mmlearn.evaluate import bleu_counts, bleu_from_counts, cider_d
from mmlearn.evaluate.caption_words import tokenize_plain
from mmlearn.generate.caption import Captioner, CaptionVocabulary, TransformerDecoder, photograph_regions, tokens_of

FOLDS, SEED, LONGEST = 10, 0, 24
ORDERS = (1, 2, 3, 4)


class Photographs(NamedTuple):
    """Regions (n, 49, 320), vectors (n, 1280) of length one, and the captions of each."""

    regions: torch.Tensor
    vectors: np.ndarray
    captions: list[list[str]]


@functools.lru_cache(maxsize=1)
def photographs() -> Photographs:
    """All training photographs that are here, their middles cut out."""
    pairs = data.load("flickr8k", split="train", size=224, crop=True)
    encoder, images = features.pretrained.image(), _Images(pairs)
    regions = photograph_regions(encoder, images, key=f"{pairs.fingerprint} regions")
    vectors = features.encode(encoder, images, key=pairs.fingerprint)
    return Photographs(regions, vectors / np.linalg.norm(vectors, axis=1, keepdims=True), pairs.captions)


class _Images:
    """One photograph at a time."""

    def __init__(self, pairs: data.Pairs):
        self.pairs = pairs

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, i: int) -> torch.Tensor:
        return self.pairs[i]["image"]


def folds(n: int) -> list[np.ndarray]:
    """Indices of the test photographs of each fold."""
    return np.array_split(np.random.default_rng(SEED).permutation(n), FOLDS)


def learned(known: Photographs, rows: np.ndarray, steps: int, seed: int, dim: int = 128) -> Captioner:
    """A captioner trained on these photographs, all their captions."""
    texts = [" ".join(tokens_of(text.replace(",", ""))) for i in rows for text in known.captions[i]]
    vocabulary = CaptionVocabulary.of({"en": texts}, min_count=4)
    tokens = vocabulary.batch(texts, longest=LONGEST)
    owner = torch.tensor([i for i in rows for _ in known.captions[i]])
    torch.manual_seed(seed)
    decoder = TransformerDecoder(len(vocabulary), known.regions.shape[2], dim, layers=1, longest=LONGEST, dropout=0.3)
    model = Captioner(decoder, vocabulary)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)
    loader = DataLoader(TensorDataset(owner, tokens), batch_size=64, shuffle=True, drop_last=True)
    train.fit(
        model, loader, lambda m, batch: m(known.regions[batch[0]], batch[1]), steps=steps, optimizer=optimizer,
        schedule=train.one_cycle(max(steps, 2)), clip=1.0, seed=seed, device="cpu", progress=False,
    )  # fmt: skip
    return model


def nearest(known: Photographs, rows: np.ndarray, test: np.ndarray) -> list[str]:
    """The first caption of the photograph most alike."""
    best = (known.vectors[test] @ known.vectors[rows].T).argmax(axis=1)
    return [known.captions[rows[i]][0] for i in best]


def consensus(known: Photographs, rows: np.ndarray, test: np.ndarray, k: int = 20) -> list[str]:
    """Of the captions of the k photographs most alike, the one most like the others, by cosine of words and pairs of words."""
    order = np.argsort(-(known.vectors[test] @ known.vectors[rows].T), axis=1, kind="stable")[:, :k]
    said = []
    for near in order:
        texts = [text for i in near for text in known.captions[rows[i]]]
        counts = CountVectorizer(tokenizer=_words, token_pattern=None, ngram_range=(1, 2)).fit_transform(texts)
        said.append(texts[int((normalize(counts) @ normalize(counts).T).sum(axis=1).argmax())])
    return said


@functools.lru_cache(maxsize=20_000)
def _words(text: str) -> list[str]:
    return tokenize_plain(text)


def scores(said: list[str], right: list[list[str]]) -> dict[str, float]:
    """BLEU-1 to 4 and CIDEr-D of all captions together."""
    bleu = evaluate.corpus_bleu(said, right, ORDERS, tokenize=_words)
    return {f"BLEU-{n}": bleu[n] for n in ORDERS} | {"CIDEr": float(cider_d(said, right, tokenize=_words).mean())}


def fold(known: Photographs, test: np.ndarray, steps: int, seed: int) -> dict[str, list[str]]:
    """What each method says of the test photographs."""
    rows = np.setdiff1d(np.arange(len(known.captions)), test)
    model = learned(known, rows, steps, seed)
    return {
        "a small transformer, beam": model.captions(known.regions[test], how="beam", width=5),
        "the same, greedy": model.captions(known.regions[test]),
        "caption of the nearest photograph": nearest(known, rows, test),
        "consensus of the nearest 20": consensus(known, rows, test),
    }


def measure(steps: int = 500) -> dict[str, object]:
    """The table of all folds together, and paired bootstraps of the captioner against what needs no training."""
    known = photographs()
    tests = folds(len(known.captions))
    said: dict[str, list[str]] = {}
    for number, test in enumerate(tests):
        for name, captions in fold(known, test, steps, number).items():
            said.setdefault(name, []).extend(captions)
        print(f"fold {number + 1} of {FOLDS}", flush=True)
    right = [known.captions[i] for test in tests for i in test]
    table = {name: scores(captions, right) for name, captions in said.items()}
    first, *others = said
    return {
        "photographs": len(right),
        "table": table,
        "against": {name: compared(said[first], said[name], right) for name in others},
    }


def compared(a: list[str], b: list[str], right: list[list[str]]) -> dict[str, dict[str, float]]:
    """Paired bootstraps over photographs: BLEU-4 and CIDEr of a minus those of b."""
    counts = (bleu_counts(said, right, tokenize=_words) for said in (a, b))
    found = {
        "BLEU-4": evaluate.paired_bootstrap(*counts, statistic=bleu_from_counts),
        "CIDEr": evaluate.paired_bootstrap(*(cider_d(said, right, tokenize=_words) for said in (a, b))),
    }
    return {name: {"difference": d.difference, "low": d.low, "high": d.high, "p": d.p_value} for name, d in found.items()}
