"""Captions as words and n-grams: what BLEU and CIDEr count.

A score of n-grams says nothing without the tokeniser that made them: "a dog." is two words by one and three by another.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Any

Tokenize = Callable[[str], list[str]]

_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
_SIGN = re.compile(r"[!-&(-+/:-@\[-`{-~]")  # all of ASCII's but ' , - and .
_POINT_AFTER_NO_DIGIT = re.compile(r"([^0-9])([.,])")
_POINT_BEFORE_NO_DIGIT = re.compile(r"([.,])([^0-9])")
_DASH_AFTER_DIGIT = re.compile(r"([0-9])-")
# Ideographs, their parts and signs, full-width forms, and the dashes, quotes, arrows and symbols before them.
_IDEOGRAPH = re.compile(
    "[\u2001-\u2a6d\u2e80-\u2eff\u2f00-\u2fdf\u2ff0-\u303f\u3100-\u312f\u31a0-\u31bf\u31c0-\u31ef\u3200-\u4db5"
    "\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]"
)
_PUNCTUATION = re.compile(r"[^\w\s]+")


def tokenize_13a(text: str) -> list[str]:
    """Split at spaces and signs, and at points, commas and dashes as far as they are not part of a number or word.

    These are the rules of the machine translation evaluations' program mteval-v13a, and of sacrebleu under the name "13a"
    (Post, 2018, "A call for clarity in reporting BLEU scores", WMT). Capitals stay: "A" and "a" are two words.
    """
    text = text.replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    return _split(f" {text} ")


def tokenize_zh(text: str) -> list[str]:
    """Chinese: every ideograph and full-width sign by itself, the rest as `tokenize_13a` splits it (sacrebleu's "zh")."""
    return _split(_IDEOGRAPH.sub(r" \g<0> ", text.strip()))


def tokenize_plain(text: str) -> list[str]:
    """Small letters and no punctuation, as the papers on captions count (Chen et al., 2015, "Microsoft COCO captions", §4).

    Their program splits by the Penn Treebank's rules, which also take "man's" apart; here it stays one word.
    """
    return [word for word in tokenize_13a(text.lower()) if not _PUNCTUATION.fullmatch(word)]


def _split(text: str) -> list[str]:
    text = _SIGN.sub(r" \g<0> ", text)
    text = _POINT_AFTER_NO_DIGIT.sub(r"\1 \2 ", text)
    text = _POINT_BEFORE_NO_DIGIT.sub(r" \1 \2", text)
    return _DASH_AFTER_DIGIT.sub(r"\1 - ", text).split()


def ngrams(words: Sequence[Hashable], longest: int = 4) -> Counter:
    """How often each run of 1 to `longest` words occurs: tuple of words -> count."""
    return Counter(tuple(words[i : i + n]) for n in range(1, longest + 1) for i in range(len(words) - n + 1))


def examples(hypotheses: Any, references: Any, tokenize: Tokenize) -> list[tuple[list, list[list]]]:
    """Each hypothesis and its references as words; `tokenize` splits those that are strings.

    Raises:
        ValueError: no hypotheses, not as many lists of references, an example without references, or an entry that is no
            string or list of words. An empty caption is none of these: it has no words.
    """
    hypotheses, references = _list(hypotheses, "hypotheses"), _list(references, "references")
    if not hypotheses:
        raise ValueError("hypotheses is empty; at least one caption is needed")
    if len(hypotheses) != len(references):
        raise ValueError(f"references must have one list a hypothesis, {len(hypotheses)}; got {len(references)}")
    return [
        (_words(one, f"hypotheses[{i}]", tokenize), reference_words(right, f"references[{i}]", tokenize))
        for i, (one, right) in enumerate(zip(hypotheses, references, strict=True))
    ]


def reference_words(references: Any, name: str, tokenize: Tokenize) -> list[list]:
    """The references of one example as words.

    Raises:
        ValueError: there are none, or they are no list of strings or of lists of words; the message names them as `name`.
    """
    references = _list(references, name)
    if not references:
        raise ValueError(f"{name} is empty; every example needs at least one reference")
    return [_words(one, f"{name}[{i}]", tokenize) for i, one in enumerate(references)]


def _list(values: Any, name: str) -> list:
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise ValueError(f"{name} must be a list; got {values!r}")
    return list(values)


def _words(caption: Any, name: str, tokenize: Tokenize) -> list:
    if isinstance(caption, str):
        return tokenize(caption)
    if not isinstance(caption, Sequence):
        raise ValueError(f"{name} must be a string or a list of words; got {type(caption).__name__}")
    return list(caption)
