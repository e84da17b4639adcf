"""Texts as counts of their words: order is thrown away, everything else is exact.

Salton, Wong and Yang, A vector space model for automatic indexing, Communications of the ACM 1975; the weight that rare
words get is from Spärck Jones, A statistical interpretation of term specificity, Journal of Documentation 1972.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from mmlearn.features.text.tokens import check_language, check_texts, tokenize


def terms(text: str, language: str = "en", ngrams: int = 1) -> list[str]:
    """The words of a text, and with `ngrams` above 1 also its runs of 2 to `ngrams` words, joined by a space."""
    words = tokenize(text, language)
    return [" ".join(words[i : i + n]) for n in range(1, ngrams + 1) for i in range(len(words) - n + 1)]


class BagOfWords(BaseEstimator):
    """How often each term of the vocabulary stands in a text. A text without any is a row of zeros.

    Args:
        language: whose rules cut a text into words: "en", "fr" or "zh".
        min_texts: drop terms that fewer of the fitted texts have (scikit-learn's `min_df`).
        ngrams: the longest run of words that counts as a term; 1 is words alone.

    Attributes:
        vocabulary_: term -> column, in the order of the alphabet.
    """

    def __init__(self, language: str = "en", min_texts: int = 1, ngrams: int = 1):
        self.language, self.min_texts, self.ngrams = language, min_texts, ngrams

    def fit(self, texts: Sequence[str], y: object = None) -> "BagOfWords":
        """Learn which terms there are.

        Raises:
            TypeError, ValueError: `texts` is no list of texts, no term is left, or an argument is out of range.
        """
        check_language(self.language)
        if self.ngrams < 1:
            raise ValueError(f"ngrams is {self.ngrams}; accepted is 1 or more")
        texts = check_texts(texts)
        having = Counter(term for text in texts for term in set(self._terms(text)))  # in how many texts
        kept = sorted(term for term, n in having.items() if n >= self.min_texts)
        if not kept:
            raise ValueError(f"texts has no term that {self.min_texts} of its {len(texts)} texts have; nothing can be counted")
        self.vocabulary_ = {term: column for column, term in enumerate(kept)}
        return self

    def transform(self, texts: Sequence[str]) -> np.ndarray:
        """Counts, float32 (n, V). Terms that were not in the fitted texts are not counted."""
        check_is_fitted(self)
        texts = check_texts(texts)
        counts = np.zeros((len(texts), len(self.vocabulary_)), np.float32)
        for row, text in zip(counts, texts, strict=True):
            for term in self._terms(text):
                if term in self.vocabulary_:
                    row[self.vocabulary_[term]] += 1
        return counts

    def fit_transform(self, texts: Sequence[str], y: object = None) -> np.ndarray:
        """`fit`, then `transform` of the same texts."""
        return self.fit(texts).transform(texts)

    def _terms(self, text: str) -> list[str]:
        return terms(text, self.language, self.ngrams)


def smooth_idf(counts: np.ndarray) -> np.ndarray:
    """The weight of each term, ln((1 + n) / (1 + texts that have it)) + 1: counts (n, V) -> (V,).

    This is scikit-learn's smoothed definition, as if one more text had every term: no weight is zero or infinite.
    Textbooks have ln(n / texts that have it), which is 0 for a term that all texts have.
    """
    return np.log((1 + len(counts)) / (1 + (counts > 0).sum(axis=0))) + 1


def unit_rows(X: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1; those of zeros stay zeros."""
    length = np.linalg.norm(X, axis=1, keepdims=True)
    return X / np.where(length > 0, length, 1)


class TfIdf(BagOfWords):
    """Counts times the weight of each term (`smooth_idf`), then every row scaled to length 1 (`unit_rows`).

    Attributes:
        vocabulary_: term -> column, in the order of the alphabet.
        idf_: (V,) float64, the weights.
    """

    def fit(self, texts: Sequence[str], y: object = None) -> "TfIdf":
        """Learn which terms there are, and how rare; raises what `BagOfWords.fit` raises."""
        super().fit(texts)
        self.idf_ = smooth_idf(super().transform(texts))
        return self

    def transform(self, texts: Sequence[str]) -> np.ndarray:
        """Weights, float32 (n, V), each row of length 1, or of zeros where no term is known."""
        return unit_rows(super().transform(texts) * self.idf_).astype(np.float32)
