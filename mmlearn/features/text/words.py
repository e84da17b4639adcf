"""A vector for every word, learned from the words around it: skip-gram with negative sampling.

Mikolov et al., Distributed Representations of Words and Phrases and their Compositionality, NeurIPS 2013, section 2.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.arrays import as_matrix
from mmlearn.features.text.tokens import SPECIALS, UNKNOWN, Vocabulary, check_texts


def keep_probability(counts: np.ndarray, threshold: float = 1e-3) -> np.ndarray:
    """With which probability a word is kept: min(1, √(threshold / share of all words)), (V,) (section 2.3).

    "a" and "the" say little about their neighbours. The paper's threshold of 1e-5 suits a corpus of 10⁹ words; in a small
    vocabulary every word is frequent, so it must be higher.
    """
    share = np.asarray(counts, float) / max(np.sum(counts), 1)
    return np.minimum(1.0, np.sqrt(threshold / np.maximum(share, 1e-300)))


def noise_distribution(counts: np.ndarray, power: float = 0.75) -> np.ndarray:
    """The distribution negatives are drawn from: counts to the 3/4, scaled to sum 1, (V,) (section 2.2).

    Raises:
        ValueError: fewer than two words have a count, so that there is nothing else to draw.
    """
    weights = np.where(np.asarray(counts) > 0, np.asarray(counts, float) ** power, 0.0)
    if (weights > 0).sum() < 2:
        raise ValueError(f"counts has {(weights > 0).sum()} words that occur; negatives need at least 2")
    return weights / weights.sum()


def skip_gram_pairs(
    ids: Sequence[Sequence[int]],
    window: int = 2,
    keep: np.ndarray | None = None,
    generator: np.random.Generator | None = None,
) -> Tensor:
    """Every word with each of its neighbours, at most `window` words away in the same text.

    Unknown words are left out before neighbours are looked for, and with `keep` so are some of the frequent ones: the
    window reaches further where they were.

    Args:
        ids: one list of word numbers a text.
        window: how many words before and after are neighbours.
        keep: (V,) from `keep_probability`; None keeps all.
        generator: of the random choice that `keep` asks for.

    Returns:
        (m, 2) int64: centre and context.

    Raises:
        ValueError: `window` is below 1.
    """
    if window < 1:
        raise ValueError(f"window is {window}; accepted is 1 or more")
    generator = np.random.default_rng(0) if generator is None else generator
    pairs = []
    for text in ids:
        words = np.array([i for i in text if i != UNKNOWN], np.int64)
        if keep is not None:
            words = words[generator.random(len(words)) < keep[words]]
        for far in range(1, min(window, len(words) - 1) + 1):
            near = np.stack([words[:-far], words[far:]], axis=1)
            pairs += [near, near[:, ::-1]]  # each is the other's neighbour
    return torch.from_numpy(np.concatenate(pairs) if pairs else np.empty((0, 2), np.int64))


def draw_negatives(noise: np.ndarray | Tensor, context: Tensor, k: int, generator: torch.Generator | None = None) -> Tensor:
    """Words that were not there: (m, k) for contexts (m,). One that hits the true context is drawn again."""
    noise = torch.as_tensor(noise)
    drawn = torch.multinomial(noise, len(context) * k, replacement=True, generator=generator).view(-1, k)
    while (hit := drawn == context[:, None]).any():
        drawn[hit] = torch.multinomial(noise, int(hit.sum()), replacement=True, generator=generator)
    return drawn


def negative_sampling_loss(centre: Tensor, context: Tensor, negatives: Tensor) -> Tensor:
    """-log σ(u · v) - Σ log σ(-u · v'), the mean over m pairs (equation 4).

    Args:
        centre: (m, d) vectors u of words.
        context: (m, d) vectors v of words that were seen near them.
        negatives: (m, k, d) vectors v' of words that were drawn.
    """
    seen = (centre * context).sum(dim=-1)  # (m,)
    drawn = (negatives * centre[:, None]).sum(dim=-1)  # (m, k); for rows this short quicker than a batch of products
    return -(functional.logsigmoid(seen) + functional.logsigmoid(-drawn).sum(dim=-1)).mean()


class SkipGram(nn.Module):
    """Two vectors a word: u as a centre and v as a neighbour. u · v is the log-odds that the pair was seen, not drawn.

    Args:
        words: size of the vocabulary.
        dim: numbers a vector.
    """

    def __init__(self, words: int, dim: int = 64):
        super().__init__()
        self.centre, self.context = nn.Embedding(words, dim), nn.Embedding(words, dim)
        nn.init.uniform_(self.centre.weight, -0.5 / dim, 0.5 / dim)
        nn.init.zeros_(self.context.weight)

    def loss(self, centre: Tensor, context: Tensor, negatives: Tensor) -> Tensor:
        """The loss of negative sampling: word numbers that were seen together, (m,) each, and words drawn, (m, k)."""
        return negative_sampling_loss(self.centre(centre), self.context(context), self.context(negatives))

    def vectors(self) -> np.ndarray:
        """The centre vectors, (words, dim) float32: what is kept when training is over."""
        return self.centre.weight.detach().cpu().numpy().copy()


class WordVectors:
    """Trained vectors with the words they belong to. Nearness is the cosine; the marks of the vocabulary are no words.

    Args:
        vocabulary: the words.
        vectors: (len(vocabulary), d).

    Raises:
        ValueError: not one vector a word.
    """

    def __init__(self, vocabulary: Vocabulary, vectors: np.ndarray | Tensor):
        self.vocabulary, self.vectors = vocabulary, as_matrix(vectors, "vectors").astype(np.float32)
        if len(self.vectors) != len(vocabulary):
            raise ValueError(f"vectors has {len(self.vectors)} rows; the vocabulary has {len(vocabulary)} words and marks")
        length = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        self._units = self.vectors / np.where(length > 0, length, 1)

    def vector(self, word: str) -> np.ndarray:
        """The vector of one word, (d,)."""
        return self.vectors[self._number(word)]

    def neighbours(self, word: str, k: int = 5) -> list[tuple[str, float]]:
        """The k words nearest to a word, with their cosines.

        Raises:
            ValueError: the word is not known.
        """
        number = self._number(word)
        return self._nearest(self._units[number], k, {number})

    def analogy(self, a: str, b: str, c: str, k: int = 1, exclude: bool = True) -> list[tuple[str, float]]:
        """ "a is to b as c is to …": the k words nearest to b - a + c, vectors of length 1, with their cosines.

        With `exclude` the three given words are no answers, as is the custom. Without it the answer is often b or c
        itself, which says how much of the success is owed to the custom (Linzen, Issues in evaluating semantic spaces
        using word analogies, RepEval 2016).

        Raises:
            ValueError: a word is not known.
        """
        numbers = [self._number(word) for word in (a, b, c)]
        u_a, u_b, u_c = self._units[numbers]
        return self._nearest(u_b - u_a + u_c, k, set(numbers) if exclude else set())

    def transform(self, texts: Sequence[str]) -> np.ndarray:
        """The mean of the vectors of the known words in each text, float32 (n, d); zeros where there are none."""
        texts = check_texts(texts)
        means = np.zeros((len(texts), self.vectors.shape[1]), np.float32)
        for row, text in zip(means, texts, strict=True):
            known = [i for i in self.vocabulary.encode(text) if i != UNKNOWN]
            if known:
                row[:] = self.vectors[known].mean(axis=0)
        return means

    def _number(self, word: str) -> int:
        number = self.vocabulary.index.get(word, 0)
        if number < len(SPECIALS):
            raise ValueError(f"word is {word!r}, which is none of the {len(self.vocabulary) - len(SPECIALS)} known words")
        return number

    def _nearest(self, vector: np.ndarray, k: int, without: set[int]) -> list[tuple[str, float]]:
        cosines = self._units @ (vector / max(np.linalg.norm(vector), 1e-12))
        cosines[[*range(len(SPECIALS)), *without]] = -np.inf
        order = np.argsort(-cosines, kind="stable")[:k]
        return [(self.vocabulary.words[i], float(cosines[i])) for i in order if np.isfinite(cosines[i])]
