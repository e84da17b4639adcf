"""A text as words, and words as numbers.

What is done to a text before anything is learned, in this order:

1. Unicode normalisation to its composed form, NFC (Unicode Standard Annex 15): é is one character, however it was typed;
2. lower case, so that "Red" at the start of a sentence is "red";
3. curly apostrophes become straight ones;
4. cutting: runs of letters and digits are words; punctuation, symbols and emoji are dropped.

English keeps the apostrophe inside a word (don't, dog's). French cuts after it, since it joins two words (l' + image),
but for the word aujourd'hui. Hyphens cut. Chinese is not written with spaces; the course has no segmenter, so every
Chinese character is a token of its own. What each language's rule does to a foreign script is defined but not clever: in
"en" a run of Chinese is one long word, and scripts with separate vowel signs, such as Devanagari, fall to pieces.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

SPECIALS = ("<pad>", "<unknown>", "<mask>", "<start>", "<end>")
PAD, UNKNOWN, MASK, START, END = range(len(SPECIALS))

LETTER = r"[^\W_]"
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PATTERNS = {
    "en": re.compile(rf"{LETTER}+(?:'{LETTER}+)*"),
    "fr": re.compile(rf"aujourd'hui|{LETTER}+'(?={LETTER})|{LETTER}+"),
    "zh": re.compile(rf"[{HAN}]|[^\W_{HAN}]+"),
}


def tokenize(text: str, language: str = "en") -> list[str]:
    """The words of a text, by the rules above; none for an empty text or one of punctuation alone.

    Raises:
        TypeError: `text` is not a str.
        ValueError: `language` is not "en", "fr" or "zh".
    """
    if not isinstance(text, str):
        raise TypeError(f"text is {type(text).__name__}; accepted is one text (str)")
    plain = unicodedata.normalize("NFC", text).lower().replace("’", "'")
    return _PATTERNS[check_language(language)].findall(plain)


def check_language(language: str) -> str:
    """Return `language` if it has rules.

    Raises:
        ValueError: it has none.
    """
    if language not in _PATTERNS:
        raise ValueError(f"language is {language!r}; accepted are {', '.join(map(repr, _PATTERNS))}")
    return language


def check_texts(texts: Sequence[str]) -> list[str]:
    """`texts` as a list, if it is one of texts; they may be empty or blank.

    Raises:
        TypeError: it is one text, no sequence, or holds something that is no text.
        ValueError: there is no text in it.
    """
    if isinstance(texts, str):
        raise TypeError(f"texts is one text ({texts[:40]!r}); give a list of texts, such as [text]")
    if not isinstance(texts, Iterable):
        raise TypeError(f"texts is {type(texts).__name__}; accepted is a list of texts (str)")
    texts = list(texts)
    if not texts:
        raise ValueError("texts is empty; give at least one text")
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(f"text {i} is {type(text).__name__}; accepted are texts (str)")
    return texts


class Vocabulary:
    """The words that are known, each with a number; all others share `<unknown>`.

    The first five numbers are marks, not words: `<pad>` fills a batch, `<unknown>` stands for what is not known, `<mask>`
    hides a word, `<start>` and `<end>` frame a text.

    Attributes:
        words: number -> word, the marks first, then by falling count (ties in the order of the alphabet).
        index: word -> number.
        counts: (V,) int64, how often each was seen; 0 for the marks.
        language: whose rules cut a text into words.
    """

    def __init__(self, counts: dict[str, int], language: str = "en"):
        found = sorted(counts, key=lambda word: (-counts[word], word))
        self.words = [*SPECIALS, *found]
        self.index = {word: i for i, word in enumerate(self.words)}
        self.counts = np.array([0] * len(SPECIALS) + [counts[word] for word in found], np.int64)
        self.language = check_language(language)

    @classmethod
    def of(cls, texts: Sequence[str], language: str = "en", min_count: int = 1, size: int | None = None) -> "Vocabulary":
        """The words of `texts` that occur `min_count` times or more, of these the `size` most frequent (all, if None).

        Raises:
            TypeError, ValueError: `texts` is no list of texts, or the language is unknown.
        """
        counts = Counter(word for text in check_texts(texts) for word in tokenize(text, language))
        often = sorted(((word, n) for word, n in counts.items() if n >= min_count), key=lambda pair: (-pair[1], pair[0]))
        return cls(dict(often[:size]), language)

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self.index

    def __repr__(self) -> str:
        return f"Vocabulary of {len(self) - len(SPECIALS)} words ({self.language}) and {len(SPECIALS)} marks"

    def encode(self, text: str) -> list[int]:
        """A text as numbers, one a word, without marks around it. A mark written out in a text is no mark."""
        return [self.index.get(word, UNKNOWN) for word in tokenize(text, self.language)]

    def decode(self, ids: Iterable[int]) -> str:
        """Numbers as text, marks included except `<pad>`; Chinese without spaces."""
        space = "" if self.language == "zh" else " "
        return space.join(self.words[int(i)] for i in ids if int(i) != PAD)

    def batch(self, texts: Sequence[str], longest: int | None = None, marks: bool = False) -> tuple[Tensor, Tensor]:
        """Texts as one padded batch.

        Args:
            texts: b texts; an empty one has length 0, or 2 with `marks`.
            longest: tokens after which a text is cut, its marks included; None cuts nothing.
            marks: put `<start>` before and `<end>` after each text; a text that is cut keeps both.

        Returns:
            ids (b, t) int64, filled up with `<pad>`, t at least 1; and lengths (b,) int64.

        Raises:
            TypeError, ValueError: `texts` is no list of texts, or `longest` leaves room for nothing.
        """
        around = 2 if marks else 0
        if longest is not None and longest < around + 1:
            raise ValueError(f"longest is {longest}; accepted is {around + 1} or more")
        rows = [self.encode(text)[: None if longest is None else longest - around] for text in check_texts(texts)]
        rows = [[START, *row, END] for row in rows] if marks else rows
        lengths = torch.tensor([len(row) for row in rows])
        ids = torch.full((len(rows), max(1, int(lengths.max()))), PAD)
        for row, numbers in zip(ids, rows, strict=True):
            row[: len(numbers)] = torch.tensor(numbers, dtype=torch.int64)
        return ids, lengths
