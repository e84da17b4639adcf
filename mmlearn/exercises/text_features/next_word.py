"""GPT's loss: the next word."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.text_features.negatives import NO_GRADIENT, leaf, learns


def next_word_loss(logits: Tensor, ids: Tensor, real: Tensor) -> Tensor:
    """(b, t, v), (b, t), bool (b, t) -> the mean cross-entropy of every real word but the first, guessed from those before."""
    guessed = logits[:, :-1][real[:, 1:]]
    return functional.cross_entropy(guessed, ids[:, 1:][real[:, 1:]])


def _terms(logits: Tensor, ids: Tensor) -> Tensor:
    """Cross-entropy at every place (b, t)."""
    return functional.cross_entropy(logits.transpose(1, 2), ids, reduction="none")


def next_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Logits, padded texts, and which words are real."""
    b, t, v = {"standard": (4, 6, 5), "large": (24, 20, 60)}[variant]

    def case(b: int, t: int, v: int) -> tuple:
        lengths = rng.integers(2, t, size=b)
        lengths[0] = t
        real = np.arange(t) < lengths[:, None]
        ids = rng.integers(0, v, size=(b, t))  # on padding too: only real says where a word is
        return leaf(2 * rng.normal(size=(b, t, v))), torch.from_numpy(ids), torch.from_numpy(real)

    return [case(2, 4, 3), case(b, t, v), case(b + 2, t + 1, v)]


def _shifted(logits: Tensor, ids: Tensor) -> Tensor:
    return _terms(logits[:, :-1], ids[:, 1:])


NEXT = Exercise(
    id="text_features.next_word_loss",
    title="guess the next word",
    reference=next_word_loss,
    cases=next_cases,
    variants=("standard", "large"),
    tolerance=1e-4,
    agrees=learns,
    mistakes=[
        NO_GRADIENT,
        Mistake("no-shift", "step i is compared with word i, which it has just read: it learns to copy. Which word comes next?",
                when=lambda got, _, x, i, r: any(np.isclose(float(got), float(v), rtol=1e-4) for v in (
                    _terms(x, i)[r].mean(), _terms(x, i).mean()))),
        Mistake("backwards", "shifted the wrong way: step i is asked for the word before it",
                when=lambda got, _, x, i, r: any(np.isclose(float(got), float(v), rtol=1e-4) for v in (
                    _terms(x[:, 1:], i[:, :-1])[r[:, :-1]].mean(), _terms(x[:, 1:], i[:, :-1])[r[:, 1:]].mean(),
                    _terms(x[:, 1:], i[:, :-1]).mean()))),
        Mistake("padding", "padding is guessed too, and it is easy to guess: the loss looks better than it is",
                wrong=lambda x, i, r: _shifted(x, i).mean()),
        Mistake("mask-shift", "one padding word a caption is still counted: whether a *guessed* word is real says real[:, 1:]",
                wrong=lambda x, i, r: _shifted(x, i)[r[:, :-1]].mean()),
        Mistake("number-as-padding", "you left out one word's number, as if it stood for padding alone. Which places are real "
                "says `real`",
                when=lambda got, _, x, i, r: any(np.isclose(float(got), float(_shifted(x, i)[i[:, 1:] != k].mean()), rtol=1e-4)
                                                 for k in (0, 1))),
        Mistake("round-the-corner", "torch.roll brings the first word round to the last place, which is then guessed. Cut "
                "instead: the last "
                "step guesses nothing",
                when=lambda got, _, x, i, r: any(np.isclose(float(got), float(t), rtol=1e-4) for t in (
                    _terms(x, i.roll(-1, 1)).mean(), _terms(x, i.roll(-1, 1))[r].mean()))),
        Mistake("across-captions", "you made one long row of the batch before shifting: the last step of a caption is asked "
                "for the first "
                "word of the next one", when=lambda got, _, x, i, r: any(np.isclose(float(got), float(t), rtol=1e-4) for t in (
                    functional.cross_entropy(x.flatten(0, 1)[:-1], i.flatten()[1:]),
                    functional.cross_entropy(x[r][:-1], i[r][1:]),
                    functional.cross_entropy(x.flatten(0, 1)[:-1][r.flatten()[1:]], i.flatten()[1:][r.flatten()[1:]])))),
        Mistake("first-counted", "you divided by the number of all real words. The first of each caption is not guessed",
                wrong=lambda x, i, r: (_shifted(x, i) * r[:, 1:]).sum() / r.sum()),
        Mistake("divided-by-all", "padding is left out of the sum, but not of the number you divide by",
                wrong=lambda x, i, r: (_shifted(x, i) * r[:, 1:]).mean()),
        Mistake("sum", "this is the sum over all words. Their mean was asked for",
                wrong=lambda x, i, r: _shifted(x, i)[r[:, 1:]].sum()),
        Mistake("per-caption", "this is the mean over captions of their means: a word of a short caption counts more than one "
                "of a "
                "long caption", wrong=lambda x, i, r: ((_shifted(x, i) * r[:, 1:]).sum(1) / r[:, 1:].sum(1)).mean()),
        Mistake("softmax-twice", "functional.cross_entropy takes the logits as they are: it does the softmax itself",
                when=lambda got, _, x, i, r: any(np.isclose(float(got), float(_shifted(p, i)[r[:, 1:]].mean()), rtol=1e-4)
                                                 for p in (x.softmax(-1), x.softmax(-1).log() * 2))),
        Mistake("reward", "this number grows as the model gets better. A loss is its opposite",
                wrong=lambda x, i, r: -next_word_loss(x, i, r)),
    ],
    hints=(
        "After reading words 0 … i the model guesses word i + 1. So the last step guesses nothing, and word 0 is not guessed.",
        "logits[:, :-1] stands beside ids[:, 1:]. Keep the places where real[:, 1:] is true, then "
        "functional.cross_entropy(guesses "
        "(n, v), words (n,)).",
        "keep = real[:, 1:]\nguesses = logits[:, :-1][keep]\nwords = ids[…][keep]\nreturn functional.cross_entropy(…, …)",
    ),
)  # fmt: skip
