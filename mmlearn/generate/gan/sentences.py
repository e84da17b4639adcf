"""A sentence as one vector that knows what it says, for generators and discriminators.

It is read by the course's own LSTM, in both directions. It learns by answering questions: which shape is named first, which
colour has it, where is it, and so on. What it answers with is linear, so what it knows lies open in the vector.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.data.scenes import COLOURS, PLACES, SHAPES, Facts
from mmlearn.data.scenes.facts import RELATIONS
from mmlearn.features.text import PAD, UNKNOWN, check_texts
from mmlearn.generate.caption import CaptionVocabulary, tokens_of
from mmlearn.layers import Recurrent

MOST = 2  # things that a sentence may name
_ANSWERS = [len(SHAPES) + 1, len(COLOURS) + 1, len(PLACES) + 1] * MOST + [len(RELATIONS) + 1]  # the last of each: not said


class SentenceEncoder(nn.Module):
    """Sentences of scenes -> vectors of mean 0 and standard deviation 1 over the sentences it was fitted to.

    Args:
        words: those of its vocabulary, without marks; all others are unknown to it.
        dim: width of the vectors.
        width: of the word vectors, and of the LSTM in each direction.
    """

    def __init__(self, words: Sequence[str], dim: int = 96, width: int = 64):
        super().__init__()
        self.vocabulary, self.dim = CaptionVocabulary(words), dim
        self.embedding = nn.Embedding(len(self.vocabulary), width, padding_idx=PAD)
        self.read = Recurrent(width, width, both_ways=True)
        self.out = nn.Linear(2 * width, dim)
        self.answer = nn.Linear(dim, sum(_ANSWERS))
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("deviation", torch.ones(dim))

    def forward(self, tokens: Tensor, answers: Tensor | None = None) -> Tensor:
        """tokens (b, t), as of `vocabulary.batch` -> (b, dim); with answers (b, 7), as of `answers_of`, their cross-entropy."""
        lengths = (tokens != PAD).sum(dim=1)
        last = self.read(self.embedding(tokens[:, : int(lengths.max())]), lengths)[1]
        vectors = (self.out(last) - self.mean) / self.deviation
        if answers is None:
            return vectors
        parts = self.answer(vectors).split(_ANSWERS, dim=1)
        return torch.stack([functional.cross_entropy(p, a) for p, a in zip(parts, answers.T, strict=True)]).sum()

    @torch.no_grad()
    def settle(self, tokens: Tensor) -> None:
        """Once trained: bring the vectors of these sentences to mean 0 and standard deviation 1; answers stay the same."""
        raw = torch.cat([self(part) for part in tokens.split(512)])
        mean, deviation = raw.mean(dim=0), raw.std(dim=0).clamp_min(1e-6)
        self.answer.bias += self.answer.weight @ mean
        self.answer.weight *= deviation
        self.mean += mean * self.deviation
        self.deviation *= deviation

    @torch.no_grad()
    def encode(self, texts: Sequence[str]) -> Tensor:
        """Sentences -> (n, dim).

        Raises:
            TypeError: not a list of texts.
            ValueError: a sentence without words, or with a word that is not in the vocabulary; the message names it.
        """
        self._check(check_texts(texts))
        tokens = self.vocabulary.batch(texts).to(self.mean.device)
        return torch.cat([self(part) for part in tokens.split(512)])

    def answers(self, vectors: Tensor) -> Tensor:
        """What each vector (n, dim) says, as it was understood: (n, 7), as of `answers_of`."""
        return torch.stack([part.argmax(dim=1) for part in self.answer(vectors).split(_ANSWERS, dim=1)], dim=1)

    def _check(self, texts: Sequence[str]) -> None:
        for text in texts:
            ids = self.vocabulary.encode(text)[1:-1]
            if not ids:
                raise ValueError(f"prompt {text!r} has no words; accepted is a sentence such as 'A red circle.'")
            if UNKNOWN in ids:
                known = set(self.vocabulary.words)
                strange = ", ".join(repr(w) for w in tokens_of(text) if w not in known)
                raise ValueError(f"prompt {text!r} has words that this model never read: {strange}")


def answers_of(said: Facts) -> list[int]:
    """What a sentence says, as seven numbers: shape, colour and place of each of two things, and their relation.

    Raises:
        ValueError: more than two things.
    """
    if len(said.things) > MOST:
        raise ValueError(f"said has {len(said.things)} things; accepted are up to {MOST}")
    numbers = []
    for i in range(MOST):
        thing = said.things[i] if i < len(said.things) else None
        for attribute, values in (("shape", SHAPES), ("colour", COLOURS), ("place", PLACES)):
            value = getattr(thing, attribute, None)
            numbers.append(len(values) if value is None else values.index(value))
    return [*numbers, len(RELATIONS) if said.relation is None else RELATIONS.index(said.relation)]
