"""CIDEr: how alike a caption and its references are where it matters (Vedantam, Zitnick and Parikh, 2015, "CIDEr:
consensus-based image description evaluation", CVPR).

A caption is four vectors, of its 1-, 2-, 3- and 4-grams: how often each occurs, times its rarity, log(N / df), where df of N
examples have it in a reference. What every example says weighs nothing; so one example alone scores 0, and scores made on
different collections cannot be compared.

Both functions give one number an example, which `paired_bootstrap` compares; their mean is the figure of the corpus.
"""

from collections import Counter
from collections.abc import Callable
from math import exp, log, sqrt
from typing import Any, NamedTuple

import numpy as np

from mmlearn.evaluate.caption_words import Tokenize, examples, ngrams, reference_words, tokenize_13a

LONGEST = 4
SCALE = 10  # in the paper only CIDEr-D has it; its authors' program multiplies both


class Weighted(NamedTuple):
    """A caption: its number of words, and for n = 1 … 4 its vector of weights (n-gram -> weight) and that vector's length."""

    words: int
    vectors: list[dict[tuple, float]]
    norms: list[float]


def cider(hypotheses: Any, references: Any, tokenize: Tokenize = tokenize_13a, corpus: Any = None) -> np.ndarray:
    """CIDEr of every caption, (n_hypotheses,) from 0 to 10: the mean cosine over references and n = 1 … 4, times 10.

    Words are taken as they are; the paper reduces them to their stems first. An empty caption scores 0.

    Args:
        hypotheses: captions, each a string or a list of words.
        references: for each its right captions, at least one; not all need equally many.
        tokenize: splits what is a string, such as `tokenize_13a`, `tokenize_zh`, `tokenize_plain` or `str.split`.
        corpus: for each example of a larger collection its captions, to count there, and not in `references`, how rare
            n-grams are: then a part of the collection is scored as within the whole.

    Raises:
        ValueError: no hypotheses, not as many lists of references, an example without references, or an entry that is no
            caption.
    """
    return _scores(hypotheses, references, tokenize, corpus, _mean_cosine)


def cider_d(
    hypotheses: Any, references: Any, tokenize: Tokenize = tokenize_13a, corpus: Any = None, sigma: float = 6.0
) -> np.ndarray:
    """CIDEr-D of every caption, (n_hypotheses,) from 0 to 10: what papers report as CIDEr, a mean of 1.13 as 113.

    CIDEr can be raised by saying rare words again and again. Here an n-gram weighs at most what it weighs in the reference, and
    every cosine is multiplied by exp(-d² / (2 sigma²)), where d is the difference of the captions' numbers of words.

    Args and errors are those of `cider`; a `sigma` that is not above 0 is refused too.
    """
    if not sigma > 0:
        raise ValueError(f"sigma must be above 0; got {sigma!r}")

    def alike(hypothesis: Weighted, reference: Weighted) -> float:
        longer = hypothesis.words - reference.words
        return exp(-(longer**2) / (2 * sigma**2)) * _mean_cosine(_at_most(hypothesis, reference), reference)

    return _scores(hypotheses, references, tokenize, corpus, alike)


def _scores(hypotheses: Any, references: Any, tokenize: Tokenize, corpus: Any, alike: Callable) -> np.ndarray:
    pairs = examples(hypotheses, references, tokenize)
    if corpus is None:
        known = [right for _, right in pairs]
    else:
        known = [reference_words(right, f"corpus[{i}]", tokenize) for i, right in enumerate(corpus)]
    weigh = _weigher(known)
    return SCALE * np.array([np.mean([alike(weigh(one), weigh(each)) for each in right]) for one, right in pairs])


def _weigher(corpus: list[list[list]]) -> Callable[[list], Weighted]:
    """Words -> `Weighted`, by how many examples of the corpus have an n-gram. One that none has is as rare as one's."""
    if not corpus:
        raise ValueError("corpus is empty; at least one example is needed")
    having = Counter(gram for references in corpus for gram in set().union(*(ngrams(words, LONGEST) for words in references)))

    def weigh(words: list) -> Weighted:
        vectors: list[dict] = [{} for _ in range(LONGEST)]
        for gram, count in ngrams(words, LONGEST).items():
            vectors[len(gram) - 1][gram] = count * log(len(corpus) / max(1, having[gram]))
        return Weighted(len(words), vectors, [sqrt(sum(weight**2 for weight in one.values())) for one in vectors])

    return weigh


def _mean_cosine(hypothesis: Weighted, reference: Weighted) -> float:
    """The mean over n of the cosine of both captions' vectors; 0 for a vector of zeros."""
    total = 0.0
    for n in range(LONGEST):
        one, other, norm = hypothesis.vectors[n], reference.vectors[n], hypothesis.norms[n] * reference.norms[n]
        total += sum(weight * other.get(gram, 0.0) for gram, weight in one.items()) / norm if norm > 0 else 0.0
    return total / LONGEST


def _at_most(hypothesis: Weighted, reference: Weighted) -> Weighted:
    """The hypothesis with no weight above the reference's; its norms stay, so that what was cut off still costs."""
    both = zip(hypothesis.vectors, reference.vectors, strict=True)
    cut = [{gram: min(weight, other.get(gram, 0.0)) for gram, weight in one.items()} for one, other in both]
    return hypothesis._replace(vectors=cut)
