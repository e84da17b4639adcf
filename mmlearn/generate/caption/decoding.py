"""Choosing words: from a model that says how probable each next word is to a caption.

Greedy takes the likeliest word each time. Beam search keeps several beginnings and finds captions that are likelier as a whole.
Nucleus sampling draws, but never from the long tail of words that are all unlikely.

All work on a batch of pictures at once, and know of the decoder only `start(pictures)`, `step(tokens, state)` and `longest`.
Its dropout is off meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mmlearn.features.text import END, PAD
from mmlearn.generate.caption.decoder import Decoder, Memory, WithoutCache

LONGEST = 64  # tokens of a caption, where neither caller nor decoder says


class Written(NamedTuple):
    """Captions of b pictures, k each.

    Attributes:
        tokens: (b, k, t) int64, without the start mark; `<end>` where a caption ended, `<pad>` after it. One without was cut.
        log_probability: (b, k), of the whole caption, `<end>` included, as the model has it among the tokens that may be said.
        score: (b, k), of beam search, which puts the best first; else the log-probability again, in no order.
    """

    tokens: Tensor
    log_probability: Tensor
    score: Tensor


@torch.no_grad()
def greedy(
    decoder: Decoder | WithoutCache, pictures: Memory | Tensor, start: int | Tensor, *, longest: int | None = None,
    silent: Tensor | None = None,
) -> Written:  # fmt: skip
    """The likeliest word at every step: k = 1 caption a picture.

    Args:
        decoder: whatever has `start`, `step` and `longest`.
        pictures: what its `start` takes, of b pictures.
        start: the number of the start mark, one for all or (b,).
        longest: tokens after which a caption is cut, `<end>` included; where not given, as many as the decoder can, or 64.
        silent: (V,) bool, true for tokens that are never said; `<pad>` never is.

    Raises:
        ValueError: `longest` is below 1 or above what the decoder can write, or `start` or `silent` does not fit.
    """
    with _evaluating(decoder):
        writer = _Writer(decoder, pictures, start, longest, silent)
        while writer.goes_on():
            writer.add(writer.following().argmax(dim=-1))
        return writer.written()


@torch.no_grad()
def nucleus(
    decoder: Decoder | WithoutCache, pictures: Memory | Tensor, start: int | Tensor, *, p: float = 0.9, temperature: float = 1.0,
    samples: int = 1, generator: torch.Generator | None = None, longest: int | None = None, silent: Tensor | None = None,
) -> Written:  # fmt: skip
    """Draw every word from the fewest likeliest ones that hold the probability p together: k = `samples` captions a picture.

    Holtzman et al., The Curious Case of Neural Text Degeneration, ICLR 2020, section 3.1.

    Args:
        decoder, pictures, start, longest, silent: as of `greedy`.
        p: above 0, at most 1; at 1 nothing is left out, near 0 only the likeliest word is left.
        temperature: divides the log-probabilities first: below 1 the likely become likelier, above 1 all more alike.
        samples: captions a picture.
        generator: of the draws, on the decoder's device.

    Raises:
        ValueError: as `greedy`; or `p`, `temperature` or `samples` is out of range.
    """
    if not 0 < p <= 1 or not temperature > 0 or samples < 1:
        accepted = "0 < p ≤ 1, a temperature above 0, and samples from 1"
        raise ValueError(f"p is {p}, temperature {temperature} and samples {samples}; accepted are {accepted}")
    with _evaluating(decoder):
        writer = _Writer(decoder, pictures, start, longest, silent, k=samples)
        while writer.goes_on():
            chances = nucleus_of((writer.following() / temperature).softmax(dim=-1), p)
            writer.add(torch.multinomial(chances, 1, generator=generator).squeeze(1))
        return writer.written()


def nucleus_of(probabilities: Tensor, p: float) -> Tensor:
    """(…, V) -> (…, V): the likeliest words that reach p together, made to sum to 1, and zeros; the likeliest always stays."""
    if p == 1:
        return probabilities
    ordered, order = probabilities.sort(dim=-1, descending=True, stable=True)
    before = ordered.cumsum(dim=-1) - ordered  # what likelier words hold; 0 for the likeliest
    kept = torch.zeros_like(ordered).scatter(-1, order, ordered.masked_fill(before >= p, 0))
    return kept / kept.sum(dim=-1, keepdim=True)


def length_penalty(length: Tensor | float, alpha: float) -> Tensor | float:
    """((5 + length) / 6)^alpha, by which a caption's log-probability is divided: 1 at a length of 1.

    Every word makes a caption less probable, so that without it (alpha 0) short ones win. Wu et al., Google's Neural Machine
    Translation System, 2016, equation 14.
    """
    return ((5 + length) / 6) ** alpha


@torch.no_grad()
def beam(
    decoder: Decoder | WithoutCache, pictures: Memory | Tensor, start: int | Tensor, *, width: int = 5, alpha: float = 0.7,
    longest: int | None = None, silent: Tensor | None = None,
) -> Written:  # fmt: skip
    """Beam search: at every step the likeliest `width` beginnings of a picture's caption go on; k = `width` captions a picture.

    A caption that has ended keeps its place, and the others go on in the places that are left (Sutskever et al., NIPS 2014,
    section 3.2). Captions are put in order by log-probability / `length_penalty`, best first. The search ends when no beginning
    can overtake the best any more, so that captions behind it may lack their end. Width 1 is greedy.

    Args:
        decoder, pictures, start, longest, silent: as of `greedy`.
        width: beginnings a picture; where fewer are possible, captions of nothing but `<pad>` fill up, with score -inf.
        alpha: of `length_penalty`; 0 for plain log-probability.

    Raises:
        ValueError: as `greedy`; or `width` is below 1 or `alpha` negative.
    """
    if width < 1 or not alpha >= 0:
        raise ValueError(f"width is {width} and alpha {alpha}; accepted are width from 1 and alpha from 0")
    with _evaluating(decoder):
        writer = _Writer(decoder, pictures, start, longest, silent, k=width)
        writer.total.view(-1, width)[:, 1:] = -torch.inf  # all beginnings are still the same: one of them counts
        while writer.goes_on() and not _settled(writer, alpha):
            writer.add(*_best(writer.following(), writer))
        tokens, total, _ = writer.written()
    score = total / length_penalty((tokens != PAD).sum(dim=-1), alpha)
    score, order = score.sort(dim=-1, descending=True, stable=True)
    tokens = tokens.gather(1, order[..., None].expand_as(tokens)).masked_fill(score[..., None] == -torch.inf, PAD)
    return Written(tokens, total.gather(1, order), score)


def _best(following: Tensor, writer: "_Writer") -> tuple[Tensor, Tensor]:
    """Of all tokens after all k beginnings of a picture, the likeliest k: tokens (rows,), and the rows they go on from."""
    (rows, V), k = following.shape, writer.k
    total = writer.total[:, None] + following  # after a caption that has ended, only <pad> is possible, which costs nothing
    ended = writer.done[:, None] & (total > -torch.inf)
    chosen = total.masked_fill(ended, torch.inf).view(-1, k * V).topk(k).indices  # (b, k); what has ended stays
    first = torch.arange(0, rows, k, device=chosen.device)[:, None]
    return (chosen % V).flatten(), (first + chosen // V).flatten()


def _settled(writer: "_Writer", alpha: float) -> bool:
    """Whether in every picture the best caption that has ended is beyond reach.

    A caption's log-probability only falls, and it is never divided by more than the penalty of the longest.
    """
    lengths = (writer.tokens != PAD).sum(dim=1)
    ended = (writer.total / length_penalty(lengths, alpha)).masked_fill(~writer.done, -torch.inf)
    reach = (writer.total / length_penalty(writer.longest, alpha)).masked_fill(writer.done, -torch.inf)
    best, most = (x.view(-1, writer.k).amax(dim=1) for x in (ended, reach))
    return bool((best >= most).all())


@contextmanager
def _evaluating(module: nn.Module) -> Iterator[None]:
    """Dropout off for a while."""
    training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(training)


class _Writer:
    """Captions that grow by a token a step: b · k rows, the k of a picture side by side.

    Attributes:
        tokens: (rows, t), written so far.
        total: (rows,), their log-probability.
        done: (rows,) bool, whether a caption has ended; from then on it is filled up with `<pad>`, which costs nothing.
    """

    def __init__(
        self, decoder: Decoder | WithoutCache, pictures: Memory | Tensor, start: int | Tensor, longest: int | None,
        silent: Tensor | None, k: int = 1,
    ):  # fmt: skip
        self.longest = longest = (decoder.longest or LONGEST) if longest is None else longest
        if longest < 1 or longest > (decoder.longest or longest):
            raise ValueError(f"longest is {longest}; this decoder can write 1 to {decoder.longest or 'any number of'} tokens")
        state = decoder.start(pictures)
        b, device = len(state.rows[0]), state.rows[0].device
        start = torch.as_tensor(start, device=device)
        if start.is_floating_point() or start.shape not in ((), (b,)):
            raise ValueError(f"start is {start.dtype} {tuple(start.shape)}; accepted is one, or one for each of {b} pictures")
        self.decoder, self.state, self.k, self.silent = decoder, state.spread(k), k, silent
        self.last = start.expand(b).repeat_interleave(k)
        self.tokens = self.last.new_empty(b * k, 0)
        self.done = torch.zeros(b * k, dtype=torch.bool, device=device)
        self.total = torch.zeros(b * k, dtype=torch.get_default_dtype(), device=device)

    def goes_on(self) -> bool:
        """Whether there is room for another token, and a caption that has not ended."""
        return self.tokens.shape[1] < self.longest and not bool(self.done.all())

    def following(self) -> Tensor:
        """Log-probabilities (rows, V) of the next token, among those that may be said."""
        scores, self.state = self.decoder.step(self.last, self.state)
        never = torch.zeros(scores.shape[1], dtype=torch.bool) if self.silent is None else self.silent
        if never.dtype != torch.bool or never.shape != scores.shape[1:] or never.all():
            given = f"{never.dtype} {tuple(never.shape)}, {int(never.sum())} of them true"
            raise ValueError(f"silent is {given}; accepted is bool ({scores.shape[1]},), false for one token at least")
        never = never.to(scores.device) | (torch.arange(len(never), device=scores.device) == PAD)
        scores = scores.masked_fill(never, -torch.inf).log_softmax(dim=-1)
        only_pad = torch.full_like(scores[0], -torch.inf).index_fill(0, torch.tensor(PAD, device=scores.device), 0)
        self.scores = torch.where(self.done[:, None], only_pad, scores)
        return self.scores

    def add(self, token: Tensor, row: Tensor | None = None) -> None:
        """Go on with these tokens, (rows,), after the caption of the same row, or after those of the rows named."""
        if row is not None:
            self.state, self.tokens, self.scores = self.state.pick(row), self.tokens[row], self.scores[row]
            self.total, self.done = self.total[row], self.done[row]
        self.total = self.total + self.scores.gather(1, token[:, None]).squeeze(1)
        self.tokens = torch.cat([self.tokens, token[:, None]], dim=1)
        self.done, self.last = self.done | (token == END), token

    def written(self) -> Written:
        """What is there, by picture."""
        total = self.total.view(-1, self.k)
        return Written(self.tokens.unflatten(0, (-1, self.k)), total, total)
