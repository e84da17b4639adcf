"""What a decoder learns from, and where it looks."""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake, compare
from mmlearn.exercises.engine.compare import any_of, plain
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.engine.gradients import leaves

close = partial(compare.close, atol=1e-7)


class Speaker:
    """A decoder of a few numbers: logits after each token depend on that token, and a little on all before it."""

    def __init__(self, rng: np.random.Generator, words: int):
        self.table, self.before = normal(rng, words, words), 0.3 * normal(rng, words, words)
        self.table.requires_grad_()  # what a loss is for: to change these

    def __repr__(self) -> str:
        return "say"

    def __call__(self, tokens: Tensor) -> Tensor:
        return self.table[tokens] + self.before[tokens].cumsum(dim=1)


def captions(rng: np.random.Generator, rows: int, longest: int, words: int, pad: int) -> Tensor:
    """Captions of many lengths, 2 tokens at least, filled up with `pad`."""
    tokens = torch.from_numpy(rng.integers(0, words, (rows, longest)))
    tokens[tokens == pad] = (pad + 1) % words
    lengths = torch.from_numpy(rng.integers(2, longest, (rows, 1)))
    lengths[0], lengths[-1] = longest, 2
    return torch.where(torch.arange(longest) < lengths, tokens, pad)


def speaking_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    rows, longest, words = {"standard": (4, 6, 5), "large": (20, 12, 30)}[variant]
    full = captions(rng, 2, 4, words, 0)[:1]
    padded = [(Speaker(rng, words), captions(rng, rows, longest, words, pad), pad) for pad in (0, 3)]
    return [*padded, (Speaker(rng, words), full, 0)]


def costs(say: Callable, given: Tensor, asked: Tensor) -> Tensor:
    """- log p of each asked token, (rows, t)."""
    return -say(given).log_softmax(-1).gather(-1, asked[..., None]).squeeze(-1)


def mean_where(x: Tensor, real: Tensor) -> Tensor:
    return (x * real).sum() / real.sum()


def teacher_forced(say: Callable, tokens: Tensor, pad: int) -> Tensor:
    """As `word_loss` on a decoder's logits."""
    given, asked = tokens[:, :-1], tokens[:, 1:]
    return mean_where(costs(say, given, asked), asked != pad)


def a_caption_each(say: Callable, tokens: Tensor, pad: int) -> Tensor:
    """The mean of the captions' means."""
    given, asked = tokens[:, :-1], tokens[:, 1:]
    real = asked != pad
    return ((costs(say, given, asked) * real).sum(1) / real.sum(1)).mean()


def not_normalised(say: Callable, tokens: Tensor, pad: int) -> Tensor:
    given, asked = tokens[:, :-1], tokens[:, 1:]
    return mean_where(-say(given).gather(-1, asked[..., None]).squeeze(-1), asked != pad)


def over(count: Callable) -> Callable:
    """The sum of all costs, divided by another count."""

    def wrong(say: Callable, tokens: Tensor, pad: int) -> Tensor:
        asked = tokens[:, 1:]
        return (costs(say, tokens[:, :-1], asked) * (asked != pad)).sum() / count(tokens, pad)

    return wrong


def learns(got: object, expected: Tensor) -> bool:
    """The right number, and one that can train the decoder."""
    return close(got, expected) and bool(leaves(got))


TEACHER_FORCED = Exercise(
    id="captioning.teacher_forced",
    title="the next word, after the right words",
    reference=teacher_forced,
    cases=speaking_cases,
    variants=("standard", "large"),
    agrees=learns,
    mistakes=[
        Mistake("no-gradient", "the number is right, but no gradient flows from it to the logits, so that nothing can be learned "
                "from it. "
                "Give back the tensor itself, without float(), .item() or NumPy on the way",
                when=lambda got, expected, *_: close(got, expected) and not leaves(got)),
        Mistake("no-shift", "every token was asked for after it had been read: then copying it is enough. What follows "
                "tokens[:, :-1] "
                "is tokens[:, 1:]",
                when=any_of(lambda say, t, pad: mean_where(costs(say, t, t), t != pad),
                            lambda say, t, pad: mean_where(costs(say, t[:, :-1], t[:, :-1]), t[:, :-1] != pad),
                            lambda say, t, pad: mean_where(costs(say, t[:, 1:], t[:, 1:]), t[:, 1:] != pad),
                            lambda say, t, pad: mean_where(costs(say, t, t)[:, 1:], t[:, 1:] != pad), alike=close)),
        Mistake("backwards", "the shift is the wrong way round: the decoder read the later tokens and was asked for the "
                "earlier ones",
                when=any_of(lambda say, t, pad: mean_where(costs(say, t[:, 1:], t[:, :-1]), t[:, 1:] != pad),
                            lambda say, t, pad: mean_where(costs(say, t[:, 1:], t[:, :-1]), t[:, :-1] != pad), alike=close)),
        Mistake("pad-counted", "padding was asked for as if it were a word. Leave out where the *asked* token is `pad`, in "
                "the sum and "
                "in the number you divide by",
                when=any_of(lambda say, t, pad: costs(say, t[:, :-1], t[:, 1:]).mean(), alike=close)),
        Mistake("pad-divided", "padding costs nothing, but is still counted in what you divide by: divide by the number of "
                "real tokens",
                wrong=lambda say, t, pad: (costs(say, t[:, :-1], t[:, 1:]) * (t[:, 1:] != pad)).mean()),
        Mistake("mask-of-given", "padding was looked for in what the decoder *reads*: so the padding after <end> is asked for "
                "once a "
                "caption. Mask by what it is asked",
                wrong=lambda say, t, pad: mean_where(costs(say, t[:, :-1], t[:, 1:]), t[:, :-1] != pad)),
        Mistake("sum", "this is the sum over all words. The mean is asked for: divide by the number of real tokens",
                wrong=lambda say, t, pad: (costs(say, t[:, :-1], t[:, 1:]) * (t[:, 1:] != pad)).sum()),
        Mistake("captions-counted", "the sum was divided by the number of captions. Divide by the number of asked "
                "tokens: it is the mean over words", wrong=over(lambda tokens, pad: len(tokens))),
        Mistake("start-counted", "the start mark is counted in what you divide by, but never asked for: count asked tokens only",
                wrong=over(lambda tokens, pad: (tokens != pad).sum())),
        Mistake("a-caption-each", "this is the mean of the captions' means, in which a word of a short caption weighs more. "
                "Divide the sum "
                "over all by the number of all real tokens", wrong=a_caption_each),
        Mistake("sign", "the sign is wrong: the loss is *minus* the mean log-probability", wrong=lambda *a: -teacher_forced(*a)),
        Mistake("logits", "these are logits, not log-probabilities: a softmax over the words (log_softmax, the last axis) is "
                "missing",
                wrong=not_normalised),
    ],
    hints=(
        "If a caption has t tokens, how many times is a next token asked for? Which tokens are read, and which are asked?",
        "given = all but the last, asked = all but the first. Log-probabilities are log_softmax over the last axis; gather "
        "takes those "
        "of the asked tokens. Then a mean over asked != pad.",
        "given, asked = tokens[:, :-1], …\nlogp = say(given).log_softmax(dim=-1)\n"
        "said = logp.gather(-1, asked[..., None]).squeeze(-1)\nreal = asked != pad\nreturn -(said * real).sum() / …",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def scores(regions: Tensor, h: Tensor, U: Tensor, W: Tensor, v: Tensor) -> Tensor:
    """v · tanh(U a_i + W h), (b, n)."""
    return (regions @ U.T + (h @ W.T)[:, None]).tanh() @ v


def looked(regions: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    return (weights[..., None] * regions).sum(1), weights


def attend(regions: Tensor, h: Tensor, U: Tensor, W: Tensor, v: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
    """As `AttentionDecoder` looks, without its gate."""
    return looked(regions, scores(regions, h, U, W, v).masked_fill(~real, -torch.inf).softmax(1))


def region_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """All regions real; some not, and those shine; one region alone."""
    b, n, d, k, s = {"standard": (3, 4, 5, 6, 2), "large": (12, 49, 8, 16, 10)}[variant]
    U, W, v = normal(rng, s, d), normal(rng, s, k), normal(rng, s)
    made = []
    for some in (torch.ones(b, n, dtype=torch.bool), torch.from_numpy(rng.random((b, n)) < 0.6)):
        some[:, 0] = True
        some[0, -1] = some[0, -1] & some.all()
        regions = normal(rng, b, n, d)
        made.append((torch.where(some[..., None], regions, 9.0), normal(rng, b, k), U, W, v, some))
    return made


def attend_with(score: Callable = scores, weigh: Callable | None = None) -> Callable:
    """Attention with a mistake in the score or in the weights."""
    weigh = weigh or (lambda s, real: s.masked_fill(~real, -torch.inf).softmax(1))
    return lambda regions, h, U, W, v, real: looked(regions, weigh(score(regions, h, U, W, v), real))


def both(got: object, expected: object) -> bool:
    """Whether two pairs of arrays are alike."""
    if got is None:
        raise TypeError("no answer")
    return len(got) == 2 and all(close(a, b) for a, b in zip(got, expected, strict=True))


def swapped(got: object, expected: tuple, *_: object) -> bool:
    return not isinstance(plain(got), np.ndarray) and both(tuple(got)[::-1], expected)


def pair(wrong: Callable) -> Callable:
    return any_of(wrong, alike=both)


ATTEND = Exercise(
    id="captioning.attend",
    title="where to look, and what is seen there",
    reference=attend,
    cases=region_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("swapped", "right, in the other order: first what is seen, then the weights", when=swapped),
        Mistake("ignored", "padding was looked at: where `real` is False the weight must be 0. Put -inf in place of such "
                "scores, before "
                "the softmax", when=pair(attend_with(weigh=lambda s, real: s.softmax(1)))),
        Mistake("masked-late", "padding was made 0 after the softmax. The rest no longer sums to 1: put -inf in place of its "
                "scores, "
                "before the softmax", when=pair(attend_with(weigh=lambda s, real: s.softmax(1) * real))),
        Mistake("masked-zero", "the scores of padding were made 0, and e⁰ is 1: put -inf in their place",
                when=pair(attend_with(weigh=lambda s, real: (s * real).softmax(1)))),
        Mistake("inverted", "the mask is the wrong way round: `real` is True where a region may be looked at",
                when=any_of(attend_with(weigh=lambda s, real: s.masked_fill(real, -1e9).softmax(1)),
                            attend_with(weigh=lambda s, real: s.masked_fill(real, -torch.inf).softmax(1)), alike=both)),
        Mistake("across-pictures", "the softmax goes over the pictures of the batch. It goes over the regions of a picture, "
                "axis 1",
                when=pair(attend_with(weigh=lambda s, real: s.masked_fill(~real, -1e9).softmax(0)))),
        Mistake("no-tanh", "the tanh is missing. Then W h adds the same to every score, a softmax does not see that, and "
                "where one looks "
                "does not depend on the state at all",
                when=pair(attend_with(score=lambda a, h, U, W, v: (a @ U.T + (h @ W.T)[:, None]) @ v))),
        Mistake("no-state", "the state does not matter here: either W h is missing, or its tanh was taken apart from that of "
                "U a. Then it adds the same to every region, and a softmax does not see that. The tanh must be taken of the sum",
                when=pair(attend_with(score=lambda a, h, U, W, v: (a @ U.T).tanh() @ v))),
        Mistake("hard", "all weight went to the region with the largest score. Soft attention takes a softmax, which has a "
                "gradient",
                when=pair(attend_with(weigh=lambda s, real: torch.nn.functional.one_hot(
                    s.masked_fill(~real, -torch.inf).argmax(1), s.shape[1]).to(s.dtype)))),
        Mistake("scores", "these are scores, not weights: a softmax over the regions is missing",
                when=pair(attend_with(weigh=lambda s, real: s.masked_fill(~real, 0.0)))),
        Mistake("mean", "this is the mean of the real regions, whatever the scores say",
                when=pair(attend_with(weigh=lambda s, real: real / real.sum(1, keepdim=True)))),
    ],
    hints=(
        "Write down the shapes: U a_i for all i is (b, n, s), W h is (b, s). Where is the missing axis?",
        "Scores (b, n): tanh of the sum, times v. Scores of padding become -inf, then a softmax over the n regions; what is "
        "seen is the "
        "sum of the regions times their weights.",
        "score = (regions @ U.T + (h @ W.T)[:, None]).tanh() @ v\nweights = score.masked_fill(~real, …).softmax(dim=…)\n"
        "seen = (weights[..., None] * regions).sum(dim=…)\nreturn seen, weights",
    ),
)  # fmt: skip
