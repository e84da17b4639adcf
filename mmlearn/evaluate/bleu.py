"""BLEU: how many of a caption's n-grams are in one of its references (Papineni, Roukos, Ward and Zhu, 2002, "BLEU: a method
for automatic evaluation of machine translation", ACL).

The figure of a corpus is no mean over its captions: n-grams are counted over all of them before anything is divided.
`bleu_counts` gives what every caption adds to those counts, so that any part of a corpus, or a bootstrap's draw of it, can be
scored from sums:

    counts = bleu_counts(captions, references)
    bleu_from_counts(counts.sum(axis=0))                           # equals corpus_bleu(captions, references, n=4)
    paired_bootstrap(counts, others, statistic=bleu_from_counts)   # others: the counts of another system's captions
"""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np

from mmlearn.arrays import as_numpy
from mmlearn.evaluate.caption_words import Tokenize, examples, ngrams, tokenize_13a


def corpus_bleu(
    hypotheses: Any, references: Any, n: int | Sequence[int] = (1, 2, 3, 4), tokenize: Tokenize = tokenize_13a
) -> dict[int, float] | float:
    """BLEU-n of a corpus, from 0 to 1: a dict n -> BLEU, or a float if n is one number.

    BLEU-n is the geometric mean of the precisions of 1- to n-grams, times exp(1 - r/c) where the c words of all hypotheses are
    fewer than the r of their closest references. It is 0 where no n-gram is right: nothing is smoothed. No hypothesis has to
    have words: an empty one adds none.

    Args:
        hypotheses: captions, each a string or a list of words.
        references: for each its right captions, at least one; not all need equally many.
        tokenize: splits what is a string, such as `tokenize_13a`, `tokenize_zh`, `tokenize_plain` or `str.split`.

    Raises:
        ValueError: no hypotheses, not as many lists of references, an example without references, an entry that is no
            caption, or an n below 1.
    """
    orders = list(n) if isinstance(n, Sequence) else [n]
    _check_orders(orders)
    counts = bleu_counts(hypotheses, references, max(orders), tokenize).sum(axis=0)
    scores = {each: float(bleu_from_counts(counts, each)) for each in orders}
    return scores if isinstance(n, Sequence) else scores[n]


def sentence_bleu(
    hypotheses: Any, references: Any, n: int = 4, add: float = 1.0, tokenize: Tokenize = tokenize_13a
) -> np.ndarray:
    """BLEU-n of every caption by itself, (n_hypotheses,), from 0 to 1; their mean is not the corpus's figure.

    One caption often has no right 4-gram. So `add` is added to the counts of right and of all n-grams from n = 2 on (Lin and
    Och, 2004, "ORANGE", COLING; sacrebleu's "add-k"); 0 leaves them as they are. No word in common is 0 all the same.

    Args and errors are those of `corpus_bleu`; an `add` below 0 is refused too.
    """
    return bleu_from_counts(bleu_counts(hypotheses, references, n, tokenize), n, add)


def bleu_counts(hypotheses: Any, references: Any, longest: int = 4, tokenize: Tokenize = tokenize_13a) -> np.ndarray:
    """What each caption adds to BLEU's counts: int64 (n_hypotheses, 2 + 2 * longest).

    Columns: words of the hypothesis; words of the reference closest to it in length, of two equally close the shorter; right
    n-grams for n = 1 … longest, each counted at most as often as one reference has it; all n-grams for n = 1 … longest.

    Args and errors are those of `corpus_bleu`.
    """
    _check_orders([longest])
    return np.array([_counts(*one, longest) for one in examples(hypotheses, references, tokenize)], dtype=np.int64)


def _counts(hypothesis: list, references: list[list], longest: int) -> list[int]:
    """One row of `bleu_counts`."""
    length = len(hypothesis)
    closest = min((len(one) for one in references), key=lambda size: (abs(size - length), size))
    most = ngrams(references[0], longest)
    for one in references[1:]:
        most |= ngrams(one, longest)  # the larger count of each
    right, every = [0] * longest, [max(0, length - n) for n in range(longest)]
    for gram, count in (ngrams(hypothesis, longest) & most).items():  # the smaller count of each
        right[len(gram) - 1] += count
    return [length, closest, *right, *every]


def bleu_from_counts(counts: Any, n: int | None = None, add: float = 0.0) -> np.ndarray:
    """BLEU-n, 0 to 1, of rows of `bleu_counts` or of sums of them: (…, 2 + 2 * longest) -> (…).

    Args:
        counts: with `.sum(axis=0)` a corpus, row by row single captions.
        n: 1 … longest; None for the longest.
        add: see `sentence_bleu`.

    Raises:
        ValueError: no such counts, an n that was not counted, or an `add` below 0.
    """
    counts = as_numpy(counts, "counts")
    longest = counts.shape[-1] // 2 - 1 if counts.ndim and counts.shape[-1] % 2 == 0 else 0
    if longest < 1 or counts.dtype.kind not in "iuf":
        raise ValueError(f"counts must be rows of bleu_counts; got {counts.dtype} of shape {counts.shape}")
    n = longest if n is None else n
    _check_orders([n], longest)
    if not add >= 0:
        raise ValueError(f"add must be at least 0; got {add!r}")
    length, closest = counts[..., 0], counts[..., 1]
    added = np.where(np.arange(n) > 0, add, 0.0)
    right, every = counts[..., 2 : 2 + n] + added, counts[..., 2 + longest : 2 + longest + n] + added
    with np.errstate(divide="ignore"):  # log 0 is -inf: one precision of zero makes the mean zero
        logs = np.log(right / np.where(every > 0, every, 1)).mean(axis=-1)
    brevity = np.minimum(0, 1 - closest / np.where(length > 0, length, 1))
    return np.exp(logs + brevity)


def _check_orders(orders: Sequence[int], longest: int | None = None) -> None:
    """Refuse an n that is no whole number from 1, or from 1 to `longest`."""
    for n in orders:
        if not isinstance(n, Integral) or isinstance(n, bool) or n < 1 or (longest is not None and n > longest):
            accepted = "at least 1" if longest is None else f"from 1 to {longest}, the longest n-grams counted"
            raise ValueError(f"n must be a whole number {accepted}; got {n!r}")
    if not orders:
        raise ValueError("n is empty; at least one number is needed")
