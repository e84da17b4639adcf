"""No phrase twice."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.captioning.learning import close
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of
from mmlearn.exercises.engine.draws import normal


def no_repeats(logp: Tensor, tokens: Tensor, n: int) -> Tensor:
    """Not in the library, so that it can be graded."""
    result, t = logp.clone(), tokens.shape[1]
    for row, said in zip(result, tokens.tolist(), strict=True):
        last = said[t - n + 1 :] if t >= n - 1 else None
        for i in range(t - n + 1):
            if said[i : i + n - 1] == last:
                row[said[i + n - 1]] = -torch.inf
    return result


def repeat_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Captions of few words, so that phrases come again: pairs, threes, words, just one pair, and ones too short for any."""
    rows, t, words = {"standard": (3, 9, 4), "large": (20, 30, 6)}[variant]
    tokens = torch.from_numpy(rng.integers(0, words, (rows, t)))
    tokens[2] = torch.where(tokens[2] == 3, 0, tokens[2])
    tokens[2, -2:] = 3  # a phrase that ends with the last word
    tokens[0, :6] = torch.tensor([1, 2, 3, 1, 2, 0])
    tokens[0, -2:] = torch.tensor([1, 2])  # after "1 2" came 3, and later 0
    tokens[1, :3], tokens[1, -2:] = torch.tensor([2, 1, 3]), torch.tensor([1, 2])  # "2 1" backwards
    new_last, double = tokens[:, :4].clone(), tokens[:, :2].clone()
    new_last[0] = torch.tensor([0, 1, 0, 2])
    double[:2] = torch.tensor([[3, 3], [1, 2]])
    given = (tokens, 2), (tokens, 3), (new_last, 1), (double, 2), (tokens[:, :1], 3)
    return [(normal(rng, rows, words + 3).log_softmax(1), said, n) for said, n in given]


def blocked(context: Callable, value: float = -torch.inf, pool: Callable | None = None) -> Callable:
    """Blocks with a mistake: `context(n)` words before, another value, or phrases of other rows."""

    def wrong(logp: Tensor, tokens: Tensor, n: int) -> Tensor:
        result, said = logp.clone(), tokens.tolist()
        for r, row in enumerate(result):
            k = context(n)
            last = said[r][len(said[r]) - k :]
            for other in [said[r]] if pool is None else pool(said, r):
                for i in range(len(other) - k):
                    if other[i : i + k] == last:
                        row[other[i + k]] = value
        return result

    return wrong


def one_only(which: int) -> Callable:
    """Only the first or the last time that the phrase came."""

    def wrong(logp: Tensor, tokens: Tensor, n: int) -> Tensor:
        result = logp.clone()
        for row, said in zip(result, tokens.tolist(), strict=True):
            last = said[len(said) - n + 1 :]
            next_words = [said[i + n - 1] for i in range(len(said) - n + 1) if said[i : i + n - 1] == last]
            if next_words:
                row[next_words[which]] = -torch.inf
        return result

    return wrong


def each_row(last: Callable, phrases: Callable) -> Callable:
    """`last(said, n)`, the last words that are compared, with the first `phrases(t, n)` phrases."""

    def wrong(logp: Tensor, tokens: Tensor, n: int) -> Tensor:
        result = logp.clone()
        for row, said in zip(result, tokens.tolist(), strict=True):
            for i in range(phrases(len(said), n)):
                if said[i : i + n - 1] == last(said, n):
                    row[said[i + n - 1]] = -torch.inf
        return result

    return wrong


def normalised(logp: Tensor, tokens: Tensor, n: int) -> Tensor:
    return no_repeats(logp, tokens, n).log_softmax(-1)


def backwards(logp: Tensor, tokens: Tensor, n: int) -> Tensor:
    result = no_repeats(logp, tokens, n)
    return torch.where(result.isinf(), logp, -torch.inf)


NO_REPEATS = Exercise(
    id="captioning.no_repeats",
    title="no phrase twice",
    reference=no_repeats,
    cases=repeat_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("last-missed", "the phrase that ends with the last word was not looked at: t words hold t - n + 1 phrases of n",
                wrong=each_row(lambda said, n: said[len(said) - n + 1 :], lambda t, n: t - n)),
        Mistake("minus-zero", "with n = 1 you compare with the whole row: row[-0:] is row[0:]. Count from the front instead, "
                "row[len(row) - (n - 1):]",
                wrong=each_row(lambda said, n: said[-(n - 1) :], lambda t, n: t - n + 1)),
        Mistake("words", "every word that was said is forbidden. Only a *phrase* of n words must not come twice: look which "
                "words "
                "followed the last n - 1 before", wrong=blocked(lambda n: 0)),
        Mistake("context-long", "you compare the last n words. A phrase of n words is the last n - 1 and the new one",
                wrong=blocked(lambda n: n)),
        Mistake("context-short", "you compare one word too few: a phrase of n words is the last n - 1 and the new one",
                wrong=blocked(lambda n: max(n - 2, 0))),
        Mistake("one-word", "for every n only the last word is compared: a phrase of n words is the last n - 1 and the new one",
                wrong=blocked(lambda n: 1)),
        Mistake("zero", "a forbidden word got 0. That is the logarithm of 1, the likeliest of all: it must be -inf",
                wrong=blocked(lambda n: n - 1, 0.0)),
        Mistake("other-rows", "phrases of other captions were forbidden too. Each row is a caption by itself",
                wrong=blocked(lambda n: n - 1, pool=lambda said, r: said)),
        Mistake("one-only", "the phrase may have come several times, each time with another word after it: all of these are "
                "forbidden",
                when=any_of(one_only(0), one_only(-1), alike=close)),
        Mistake("inverted", "the wrong way round: the words that would repeat a phrase are the only ones left", wrong=backwards),
        Mistake("normalised", "right, but normalised again. The others' log-probabilities stay as they are", wrong=normalised),
    ],
    hints=(
        "A caption says 'a red star and a red', and n is 2. Which word must not come next? And with n = 3?",
        "Take the last n - 1 words of a row. Wherever these stand earlier in the row, the word that followed them there is "
        "forbidden. "
        "For n = 1 these are no words at all, which stand everywhere.",
        "result = logp.clone()\nfor r, said in enumerate(tokens.tolist()):\n    last = said[len(said) - (n - 1):]\n"
        "    for i in range(len(said) - (n - 1)):\n        if said[i : i + n - 1] == last:\n            result[r, …] = "
        "…\nreturn result",
    ),
)  # fmt: skip
