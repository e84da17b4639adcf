"""Writing word by word: the best beginnings, no phrase twice."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.captioning.learning import close
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of, plain
from mmlearn.exercises.engine.draws import normal


def extended(total: Tensor, logp: Tensor, done: Tensor, pad: int) -> Tensor:
    """Totals (b, k, V) of all continuations; one that has ended has one, <pad>, which costs nothing."""
    only_pad = torch.full_like(logp, -torch.inf)
    only_pad[..., pad] = 0
    return total[..., None] + torch.where(done[..., None], only_pad, logp)


def best_of(totals: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    b, k, V = totals.shape
    best, at = totals.reshape(b, k * V).topk(k)
    return best, at // V, at % V


def beam_step(total: Tensor, logp: Tensor, done: Tensor, pad: int) -> tuple[Tensor, Tensor, Tensor]:
    """The k best of all k · V continuations of a picture's captions."""
    return best_of(extended(total, logp, done, pad))


def beam_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """None ended; some ended, good ones; the first step, where one beginning counts."""
    b, k, V = {"standard": (3, 3, 6), "large": (8, 5, 40)}[variant]
    made = []
    for ended in (0.0, 0.5):
        done = torch.from_numpy(rng.random((b, k)) < ended)
        done[0, 0] = ended > 0
        total = torch.where(done, -0.2, -2.5) - 0.2 * normal(rng, b, k).abs()
        raw = normal(rng, b, k, V)
        raw[..., 0] = raw.amax(-1) + 0.5  # one that pays for its padding should not fall out altogether
        made.append((total, raw.log_softmax(-1), done, 0))
    first = torch.full((b, k), -torch.inf, dtype=torch.float64)
    first[:, 0] = 0
    return [*made, (first, normal(rng, b, k, V).log_softmax(-1), torch.zeros(b, k, dtype=torch.bool), 0)]


def a_word_each(total: Tensor, logp: Tensor, done: Tensor, pad: int) -> tuple:
    best, token = extended(total, logp, done, pad).max(-1)
    best, order = torch.sort(best, dim=1, descending=True, stable=True)
    return best, order, token.gather(1, order)


def dropped(total: Tensor, logp: Tensor, done: Tensor, pad: int) -> tuple:
    return best_of((total[..., None] + logp).masked_fill(done[..., None], -torch.inf))


def free_words(total: Tensor, logp: Tensor, done: Tensor, pad: int) -> tuple:
    """One that has ended pays for its padding."""
    only_pad = torch.full_like(logp, -torch.inf)
    only_pad[..., pad] = logp[..., pad]
    return best_of(total[..., None] + torch.where(done[..., None], only_pad, logp))


def without_total(total: Tensor, logp: Tensor, done: Tensor, pad: int) -> tuple:
    """The best words, whatever the beginnings cost."""
    return best_of(extended(torch.zeros_like(total), logp, done, pad))


def three(got: object, expected: tuple) -> bool:
    """Whether totals, rows and tokens agree; of totals of -inf nobody asks where they come from."""
    if got is None:
        raise TypeError("no answer")
    possible = np.isfinite(np.asarray(plain(expected[0])))
    if len(got) != 3 or any(np.shape(plain(part)) != possible.shape for part in got):
        return False
    pairs = zip(got, expected, strict=True)
    return all(close(np.where(possible, plain(a), 0), np.where(possible, plain(b), 0)) for a, b in pairs)


def numbers(change: Callable[..., tuple]) -> Callable:
    """The right choice, told in another way."""
    return lambda got, expected, total, logp, *_: three(got, change(*expected, logp.shape[2]))


BEAM_STEP = Exercise(
    id="captioning.beam_step",
    title="the best k of all continuations",
    reference=beam_step,
    cases=beam_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("a-word-each", "every beginning went on with its own best word: that is greedy search, k times. The best k of "
                "all k · V "
                "continuations may come from one beginning", when=any_of(a_word_each, alike=three)),
        Mistake("goes-on", "captions that have ended went on with words. Theirs is one continuation: <pad>, which costs nothing",
                when=any_of(lambda total, logp, done, pad: best_of(total[..., None] + logp), alike=three)),
        Mistake("dropped", "captions that have ended were dropped. They stay in the race, with <pad>, at no cost",
                when=any_of(dropped, alike=three)),
        Mistake("padding-paid", "an ended caption paid for its <pad>: the longer the others write, the worse it would become. "
                "It costs "
                "nothing: 0 is added", when=any_of(free_words, alike=three)),
        Mistake("without-total", "only the new word was judged. What counts is the whole caption: its log-probability so far, "
                "plus the "
                "word's", when=any_of(without_total, alike=three)),
        Mistake("turned", "number and rest of the division are mixed up: of a place in the row of k · V, `// V` is the "
                "beginning and "
                "`% V` the word", when=numbers(lambda best, row, token, V: (best, token, row))),
        Mistake("worst", "these are the *least* likely: topk with largest=True, which it is by default",
                when=any_of(lambda *a: best_of(-extended(*a)), lambda *a: (lambda b, r, t: (-b, r, t))(*best_of(-extended(*a))),
                            alike=three)),
        Mistake("flat", "right, but the beginnings are numbered through the whole batch. Here each picture counts its own from 0",
                when=numbers(lambda best, row, token, V: (best, row + row.shape[1] * torch.arange(len(row))[:, None], token))),
        Mistake("multiplied", "log-probabilities were multiplied. Probabilities multiply; their logarithms *add*",
                when=any_of(lambda total, logp, *rest: best_of(total[..., None] * extended(torch.zeros_like(total), logp, *rest)),
                            lambda total, logp, done, pad: best_of(total[..., None] * logp), alike=three)),
    ],
    hints=(
        "How many continuations has a picture with k beginnings and V words? How many of them are kept?",
        "Totals (b, k, V) = total + logp. For a beginning that has ended, replace its row of logp by -inf, with 0 at `pad`. "
        "Flatten to "
        "(b, k · V), topk, and take the place apart again.",
        "only_pad = torch.full_like(logp, …)\nonly_pad[..., pad] = 0\nlogp = torch.where(done[..., None], only_pad, logp)\n"
        "best, at = (total[..., None] + logp).flatten(1).topk(k)\nreturn best, at // …, at % …",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


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
    """Captions of few words, so that phrases come again: pairs, words, threes, and ones too short for any."""
    rows, t, words = {"standard": (3, 9, 4), "large": (20, 30, 6)}[variant]
    tokens = torch.from_numpy(rng.integers(0, words, (rows, t)))
    tokens[0, :6] = torch.tensor([1, 2, 3, 1, 2, 0])
    tokens[0, -2:] = torch.tensor([1, 2])  # after "1 2" came 3, and later 0
    tokens[1, :3], tokens[1, -2:] = torch.tensor([2, 1, 3]), torch.tensor([1, 2])  # "2 1" backwards
    some = [(normal(rng, rows, words + 3).log_softmax(1), tokens[:, :end], n) for end, n in ((t, 2), (t, 3), (4, 1), (t, 4))]
    return [*some, (normal(rng, rows, words + 3).log_softmax(1), tokens[:, :1], 3)]


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
