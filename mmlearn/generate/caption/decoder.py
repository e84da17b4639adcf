"""What every decoder promises: to say the next word, given a picture and the words so far.

A decoder learns with `forward`, which reads whole captions at once, and writes with `start` and `step`, word by word; the two
give the same probabilities. `decoding.py` knows nothing of a decoder but `start`, `step` and its `State`.

Several captions of a picture are written side by side (the beams of a search, the paraphrases of a training picture). They are
rows: with k captions a picture, row r belongs to picture r // k. What is computed from a picture is kept once, not k times.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mmlearn.features.text import PAD


class Memory(NamedTuple):
    """What a decoder sees of b pictures: regions (b, n, d), and which of them are real, (b, n) bool."""

    regions: Tensor
    real: Tensor


class State(NamedTuple):
    """Captions half written: in `pictures` tensors (b, …), the same for all captions of a picture, in `rows` (b · k, …)."""

    pictures: tuple[Tensor, ...]
    rows: tuple[Tensor, ...]

    def spread(self, k: int) -> "State":
        """Every row k times, side by side."""
        return State(self.pictures, tuple(x.repeat_interleave(k, dim=0) for x in self.rows))

    def pick(self, rows: Tensor) -> "State":
        """The rows of these numbers, as beam search needs them: in any order and as often as named, but each for its picture."""
        return State(self.pictures, tuple(x.index_select(0, rows) for x in self.rows))


def as_memory(pictures: Memory | Tensor, dim: int) -> Memory:
    """Regions (b, n, dim), or one vector a picture (b, dim), or a `Memory`, as a checked `Memory`; padding becomes zero.

    Raises:
        ValueError: another shape or width, no regions at all, or a mask that does not fit.
    """
    regions, real = pictures if isinstance(pictures, Memory) else (pictures, None)
    regions = regions[:, None] if regions.ndim == 2 else regions
    if regions.ndim != 3 or regions.shape[-1] != dim or 0 in regions.shape or not regions.is_floating_point():
        given, accepted = f"{regions.dtype} {tuple(regions.shape)}", f"(b, n, {dim}), n regions each, or (b, {dim}), one vector"
        raise ValueError(f"pictures is {given}; accepted are floats {accepted}")
    if real is None:
        return Memory(regions, torch.ones(regions.shape[:2], dtype=torch.bool, device=regions.device))
    if real.dtype != torch.bool or real.shape != regions.shape[:2]:
        given = f"{real.dtype} {tuple(real.shape)}"
        raise ValueError(f"real is {given}; accepted is bool {tuple(regions.shape[:2])}, true where a region is no padding")
    return Memory(regions.masked_fill(~real[..., None], 0), real)  # filled, not multiplied: 0 · NaN is NaN


class Decoder(nn.Module):
    """From a picture to the probabilities of words. Subclasses write `begin`, `advance` and `read`.

    Args:
        words: V, the size of the vocabulary.
        memory_dim: width of a picture's regions.
        dim: width of everything inside.

    Attributes:
        longest: the most tokens that it can read or write; None if there is no limit.
    """

    longest: int | None = None

    def __init__(self, words: int, memory_dim: int, dim: int):
        super().__init__()
        self.memory_dim, self.dim = memory_dim, dim
        self.embedding = nn.Embedding(words, dim, padding_idx=PAD)
        self.say = nn.Linear(dim, words)

    def begin(self, memory: Memory) -> State:
        """The state before the first token, one row a picture."""
        raise NotImplementedError(f"{type(self).__name__} has no begin(memory); a subclass of Decoder must write it")

    def advance(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """After one more token a row, (rows,): what is known then, (rows, dim), and the state."""
        raise NotImplementedError(f"{type(self).__name__} has no advance(tokens, state); a subclass of Decoder must write it")

    def read(self, memory: Memory, tokens: Tensor) -> tuple[Tensor, Tensor | None]:
        """What is known after every token of (rows, t): (rows, t, dim), and where it looked, (rows, t, n), if it looks."""
        raise NotImplementedError(f"{type(self).__name__} has no read(memory, tokens); a subclass of Decoder must write it")

    def start(self, pictures: Memory | Tensor) -> State:
        """The state before the first token: one row a picture."""
        return self.begin(as_memory(pictures, self.memory_dim))

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """One more token a row, (rows,) -> log-probabilities of the next, (rows, V), and the state after it."""
        known, state = self.advance(tokens, state)
        return self.say(known).log_softmax(dim=-1), state

    def forward(self, pictures: Memory | Tensor, tokens: Tensor) -> Tensor:
        """Teacher forcing: b pictures and b · k captions (rows, t) -> logits (rows, t, V) of the token after each.

        What is said of a step knows only the tokens up to it, so padding after a caption changes nothing before.

        Raises:
            ValueError: shapes that do not fit, no tokens, or more than the decoder can read.
        """
        return self.look(pictures, tokens)[0]

    def look(self, pictures: Memory | Tensor, tokens: Tensor) -> tuple[Tensor, Tensor | None]:
        """As `forward`, and beside it where each step looked: (rows, t, n), each row of sum 1; None for one who cannot look."""
        memory = as_memory(pictures, self.memory_dim)
        known, weights = self.read(memory, self._checked(memory, tokens))
        return self.say(known), weights

    def _checked(self, memory: Memory, tokens: Tensor) -> Tensor:
        b, V = len(memory.regions), self.embedding.num_embeddings
        if tokens.ndim != 2 or tokens.dtype != torch.int64 or 0 in tokens.shape or len(tokens) % b:
            given = f"{tokens.dtype} {tuple(tokens.shape)}"
            raise ValueError(f"tokens is {given}; accepted is int64 (rows, t), t > 0, rows a multiple of the {b} pictures")
        if self.longest is not None and tokens.shape[1] > self.longest:
            raise ValueError(f"tokens has {tokens.shape[1]} steps; this decoder was made for at most {self.longest}")
        if tokens.min() < 0 or tokens.max() >= V:
            raise ValueError(f"tokens run from {tokens.min()} to {tokens.max()}; accepted are numbers of words, 0 to {V - 1}")
        return tokens


class WithoutCache(nn.Module):
    """A decoder that keeps nothing but the tokens: at every step it reads the whole caption again. For comparison only."""

    def __init__(self, decoder: Decoder):
        super().__init__()
        self.decoder, self.longest = decoder, decoder.longest

    def start(self, pictures: Memory | Tensor) -> State:
        """The picture as it is, and no tokens."""
        memory = as_memory(pictures, self.decoder.memory_dim)
        return State(tuple(memory), (torch.empty(len(memory.regions), 0, dtype=torch.int64, device=memory.regions.device),))

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """As `Decoder.step`."""
        tokens = torch.cat([state.rows[0], tokens[:, None]], dim=1)
        known, _ = self.decoder.read(Memory(*state.pictures), tokens)
        return self.decoder.say(known[:, -1]).log_softmax(dim=-1), State(state.pictures, (tokens,))
