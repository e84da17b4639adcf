"""Writing word by word: the best beginnings."""

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
    """None ended; some ended, good ones, and `pad` is not 0; the first step, where one beginning counts."""
    b, k, V = {"standard": (3, 3, 6), "large": (8, 5, 40)}[variant]
    made = []
    for ended, pad in ((0.0, 0), (0.5, 3)):
        done = torch.from_numpy(rng.random((b, k)) < ended)
        done[0, 0] = ended > 0
        total = torch.where(done, -0.2, -2.5) - 0.2 * normal(rng, b, k).abs()
        raw = normal(rng, b, k, V)
        raw[..., pad] = raw.amax(-1) + 0.5  # one that pays for its padding should not fall out altogether
        made.append((total, raw.log_softmax(-1), done, pad))
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
    """Whether totals, rows and tokens agree; of infinite totals nobody asks where they come from."""
    if got is None:
        raise TypeError("no answer")
    possible = np.isfinite(np.asarray(plain(expected[0])))
    if len(got) != 3 or any(np.shape(plain(part)) != possible.shape for part in got):
        return False
    pairs = zip(got[1:], expected[1:], strict=True)
    return close(got[0], expected[0]) and all(
        close(np.where(possible, plain(a), 0), np.where(possible, plain(b), 0)) for a, b in pairs
    )


def whole(got: tuple, expected: tuple) -> bool:
    """All three right, and beginnings and words such that one can look up with them."""
    return three(got, expected) and all(np.asarray(plain(part)).dtype.kind in "iu" for part in got[1:])


def any_word(total: Tensor, logp: Tensor, done: Tensor, pad: int) -> tuple:
    """One that has ended goes on with whatever word, at no cost."""
    return best_of(total[..., None] + logp.masked_fill(done[..., None], 0))


def words_left(total: Tensor, logp: Tensor, done: Tensor, pad: int) -> tuple:
    """One that has ended may be padded at no cost, or go on."""
    free = logp.clone()
    free[..., pad] = torch.where(done, 0, logp[..., pad])
    return best_of(total[..., None] + free)


def pad_forbidden(total: Tensor, logp: Tensor, done: Tensor, pad: int) -> tuple:
    """One that has not ended may not say `pad`."""
    totals = extended(total, logp, done, pad)
    totals[..., pad] = torch.where(done, totals[..., pad], -torch.inf)
    return best_of(totals)


def word_alone(total: Tensor, logp: Tensor, done: Tensor, pad: int) -> tuple:
    """The right choice, with what the new word costs in place of the total."""
    best, row, token = beam_step(total, logp, done, pad)
    return best - total.gather(1, row), row, token


def numbers(change: Callable[..., tuple]) -> Callable:
    """The right choice, told in another way."""
    return lambda got, expected, total, logp, *_: three(got, change(*expected, logp.shape[2]))


BEAM_STEP = Exercise(
    id="captioning.beam_step",
    title="the best k of all continuations",
    reference=beam_step,
    cases=beam_cases,
    variants=("standard", "large"),
    agrees=whole,
    mistakes=[
        Mistake("not-whole", "right, but beginnings and words must be whole numbers: the next step looks up with them",
                when=lambda got, expected, *_: three(got, expected)),
        Mistake("pad-is-0", "an ended caption went on with token 0. Its one continuation is `pad`, which need not be 0",
                when=any_of(lambda total, logp, done, pad: beam_step(total, logp, done, 0), alike=three)),
        Mistake("any-word", "an ended caption went on with any word, at no cost. It has one continuation, `pad`: all other words "
                "of its "
                "row must be -inf", when=any_of(any_word, alike=three)),
        Mistake("words-left", "`pad` costs an ended caption nothing, as it should, but the other words of its row can still be "
                "chosen: they "
                "must be -inf", when=any_of(words_left, alike=three)),
        Mistake("pad-forbidden", "where nothing has ended, `pad` is a word like any other: leave its log-probability as it is",
                when=any_of(pad_forbidden, alike=three)),
        Mistake("word-alone", "the right continuations, but what came back is what the new word costs. Give back the whole total",
                when=any_of(word_alone, alike=three)),
        Mistake("worst-first", "the right continuations, worst first. The best comes first",
                when=numbers(lambda best, row, token, V: (best.flip(1), row.flip(1), token.flip(1)))),
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
