"""The words of captions, of one language or several, each with a number.

A caption must be put together again from its words, so more of it is kept than for a search: hyphens inside a word
(medium-sized), and commas and semicolons, which are words of their own. Case and other punctuation are dropped. As in
`features.text`, every Chinese character is a word, and French is cut after an apostrophe.

Every language has a start mark of its own, `<en>` or `<zh>`: what comes first decides in which language a model goes on, as the
first token does in the multilingual translator of Johnson et al. (TACL 2017).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from mmlearn.features.text import END, PAD, SPECIALS, UNKNOWN, check_language, check_texts
from mmlearn.features.text.tokens import HAN, LETTER

_PATTERNS = {
    "en": re.compile(rf"{LETTER}+(?:['-]{LETTER}+)*|[,;]"),
    "fr": re.compile(rf"aujourd'hui|{LETTER}+'(?={LETTER})|{LETTER}+(?:-{LETTER}+)*|[,;]"),
    "zh": re.compile(rf"[{HAN}]|[^\W_{HAN}]+|[,;，；、]"),
}


def tokens_of(text: str, language: str = "en") -> list[str]:
    """The words of a caption; none for an empty one.

    Raises:
        TypeError: `text` is not a str.
        ValueError: `language` is not "en", "fr" or "zh".
    """
    if not isinstance(text, str):
        raise TypeError(f"text is {type(text).__name__}; accepted is one caption (str)")
    return _PATTERNS[check_language(language)].findall(unicodedata.normalize("NFC", text).lower().replace("’", "'"))


def joined(words: Iterable[str], language: str = "en") -> str:
    """Words as a caption again: no space before a comma, none after a French apostrophe, none at all in Chinese."""
    if language == "zh":
        return "".join(words)
    text = re.sub(r" (?=[,;])", "", " ".join(words))
    return text.replace("' ", "'") if language == "fr" else text


class CaptionVocabulary:
    """The words that captions are written with; all others are read as `<unknown>`, which is never written.

    The first numbers are marks: those of `features.text`, then a start mark a language.

    Args:
        words: the words, in any order; words of several languages together.
        languages: codes of the languages, "en", "fr" or "zh"; the first is the one that is meant where none is named.

    Attributes:
        words: number -> word, marks first.
        index: word -> number.
        marks: how many marks come before the words.
        starts: language -> the number of its start mark.
        silent: (V,) bool, true for the marks that are never written: all but `<end>`.

    Raises:
        ValueError: no or unknown languages.
    """

    def __init__(self, words: Iterable[str], languages: Sequence[str] = ("en",)):
        if isinstance(languages, str) or not languages or any(code not in _PATTERNS for code in languages):
            raise ValueError(f"languages is {languages!r}; accepted is a list of {', '.join(map(repr, _PATTERNS))}")
        self.languages = tuple(dict.fromkeys(languages))
        marks = [*SPECIALS, *(f"<{code}>" for code in self.languages)]
        self.words = list(dict.fromkeys([*marks, *words]))
        self.index = {word: i for i, word in enumerate(self.words)}
        self.starts = {code: self.index[f"<{code}>"] for code in self.languages}
        self.marks = len(marks)
        self.silent = torch.arange(len(self.words)) < self.marks
        self.silent[END] = False

    @classmethod
    def of(cls, captions: Mapping[str, Sequence[str]], min_count: int = 1) -> "CaptionVocabulary":
        """The words that occur `min_count` times or more in captions given as {language: captions}, by falling count.

        Raises:
            TypeError, ValueError: captions that are no list of texts, or an unknown language.
        """
        if not isinstance(captions, Mapping):
            raise TypeError(f"captions is {type(captions).__name__}; accepted is a dict such as {{'en': [caption, …]}}")
        texts = [(text, code) for code, given in captions.items() for text in check_texts(given)]
        counts = Counter(word for text, code in texts for word in tokens_of(text, code))
        often = sorted((-n, word) for word, n in counts.items() if n >= min_count)
        return cls([word for _, word in often], tuple(captions))

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        return f"CaptionVocabulary of {len(self)} words and marks ({', '.join(self.languages)})"

    def start(self, language: str | None = None) -> int:
        """The number of a language's start mark; of the first language, if None.

        Raises:
            ValueError: a language that this vocabulary does not have.
        """
        code = self.languages[0] if language is None else language
        if code not in self.starts:
            raise ValueError(f"language is {code!r}; this vocabulary has {', '.join(map(repr, self.languages))}")
        return self.starts[code]

    def encode(self, text: str, language: str | None = None) -> list[int]:
        """Numbers of a caption: its start mark, its words, `<end>`; an empty caption is its marks alone."""
        start = self.start(language)
        code = self.words[start].strip("<>")
        return [start, *(self.index.get(word, UNKNOWN) for word in tokens_of(text, code)), END]

    def batch(self, texts: Sequence[str], language: str | Sequence[str] | None = None, longest: int | None = None) -> Tensor:
        """Captions as one padded batch of numbers, marks included: (b, t) int64, filled up with `<pad>`.

        Args:
            texts: b captions.
            language: of all, or one a caption; the first of the vocabulary's, if None.
            longest: tokens after which a caption is cut, its marks included; the end mark is kept.

        Raises:
            TypeError, ValueError: `texts` is no list of texts, a language is unknown, or `longest` is below 3.
        """
        texts = check_texts(texts)
        codes = [language] * len(texts) if language is None or isinstance(language, str) else list(language)
        if len(codes) != len(texts):
            raise ValueError(f"language has {len(codes)} entries for {len(texts)} texts; accepted is one language, or one a text")
        if longest is not None and longest < 3:
            raise ValueError(f"longest is {longest}; accepted is 3 or more: two marks and a word")
        rows = [self.encode(text, code) for text, code in zip(texts, codes, strict=True)]
        rows = [row if longest is None or len(row) <= longest else [*row[: longest - 1], END] for row in rows]
        ids = torch.full((len(rows), max(map(len, rows))), PAD)
        for row, numbers in zip(ids, rows, strict=True):
            row[: len(numbers)] = torch.tensor(numbers)
        return ids

    def decode(self, ids: Iterable[int], language: str | None = None) -> str:
        """Numbers as a caption: up to `<end>`, without marks."""
        words = []
        for i in map(int, ids):
            if i == END:
                break
            if i >= self.marks:
                words.append(self.words[i])
        return joined(words, self.words[self.start(language)].strip("<>"))
