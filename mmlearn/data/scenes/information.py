"""Which modality knows what: labels spread over media so that every ceiling is known exactly.

A task draws hidden bits, fair and independent, and a label from them:

* "redundant": one bit, shown by every medium; the label is the bit.
* "complementary": one bit a medium; the label is all of them, read as a binary number (the first medium's counts most).
* "xor": one bit a medium; the label is their sum modulo 2, so that without all of them nothing is known.

Each medium shows its bit as a symbol, 0 or 1, wrong with probability `flip` (at most 1/2) and withheld with
probability `erase`: a binary symmetric channel, then an erasure channel (Cover & Thomas, Elements of Information
Theory, 2006, ch. 7). The symbol is the colour of one thing, red (0) or blue (1); withheld, the image paints it grey and
words leave its colour out. Nothing else in any medium depends on the label, so the best any method can do with some of
the media is the best it can do with their symbols. There are at most 216 cases of bits and symbols: the ceilings are
sums over all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

TASKS = ("redundant", "complementary", "xor")
ERASED = 2  # the symbol of a medium that withholds its bit
SYMBOL_COLOURS = ("red", "blue", "grey")


@dataclass(frozen=True)
class Task:
    """A label spread over `modalities`; `flip` and `erase` have one probability a modality."""

    kind: str
    modalities: tuple[str, ...]
    flip: tuple[float, ...]
    erase: tuple[float, ...]

    @property
    def classes(self) -> int:
        """How many labels there are."""
        return 2 ** len(self.modalities) if self.kind == "complementary" else 2

    def draw(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """From uniform numbers (n, 3, modalities): labels (n,) and symbols shown (n, modalities), 0, 1 or `ERASED`."""
        hidden = (u[:, 0] < 0.5).astype(int)
        if self.kind == "redundant":
            hidden[:] = hidden[:, :1]
        shown = hidden ^ (u[:, 1] < self.flip)
        return self.label(hidden), np.where(u[:, 2] < self.erase, ERASED, shown)

    def label(self, hidden: np.ndarray) -> np.ndarray:
        """The label of hidden bits (n, modalities)."""
        if self.kind == "redundant":
            return hidden[:, 0]
        if self.kind == "xor":
            return hidden.sum(1) % 2
        return hidden @ 2 ** np.arange(len(self.modalities))[::-1]

    def joint(self) -> np.ndarray:
        """The probability of each label with each set of symbols, (classes, 3, …, 3), one axis of 3 a modality."""
        m = len(self.modalities)
        table = np.zeros((self.classes, *[3] * m))
        patterns = [(b,) * m for b in (0, 1)] if self.kind == "redundant" else list(product((0, 1), repeat=m))
        for hidden in patterns:
            label = self.label(np.array([hidden]))[0]
            for symbols in product((0, 1, ERASED), repeat=m):
                chances = map(_channel, hidden, symbols, self.flip, self.erase)
                table[(label, *symbols)] += np.prod(list(chances)) / len(patterns)
        return table

    def decide(self, modalities: Sequence[str] | None = None) -> np.ndarray:
        """The best label for each set of symbols of `modalities`, (3, …, 3), ties to the smaller (Bayes' decision)."""
        return self._seen(modalities).argmax(0)

    def ceiling(self, modalities: Sequence[str] | None = None) -> float:
        """The best possible accuracy from `modalities` (all, if None): that of Bayes' decision, exact.

        Raises:
            ValueError: a modality the task does not have.
        """
        return round(
            float(self._seen(modalities).max(0).sum()), 12
        )  # sums of a few products: exact but for the last bits

    def ceilings(self) -> dict[str, float]:
        """The best possible accuracy of every set of modalities, keys such as "image" and "image+caption"."""
        sizes = range(1, len(self.modalities) + 1)
        return {"+".join(some): self.ceiling(some) for k in sizes for some in combinations(self.modalities, k)}

    def _seen(self, modalities: Sequence[str] | None) -> np.ndarray:
        """The joint table with the modalities that are not seen summed out."""
        seen = self.modalities if modalities is None else tuple(modalities)
        for modality in seen:
            if modality not in self.modalities:
                raise ValueError(f"modalities has {modality!r}; this task has {', '.join(map(repr, self.modalities))}")
        hidden = tuple(1 + i for i, modality in enumerate(self.modalities) if modality not in seen)
        return self.joint().sum(axis=hidden)


def make(kind: str, modalities: Sequence[str], flip: dict[str, float] | None, erase: dict[str, float] | None) -> Task:
    """A task with its options checked: `flip` and `erase` map a modality to a probability; those left out get 0.

    Raises:
        ValueError: unknown kind or modality, a flip outside [0, 0.5] or an erase outside [0, 1].
    """
    if kind not in TASKS:
        raise ValueError(f"task is {kind!r}; accepted are {', '.join(map(repr, TASKS))}")
    flips = _probabilities("flip", flip, modalities, 0.5)
    return Task(kind, tuple(modalities), flips, _probabilities("erase", erase, modalities, 1.0))


def _probabilities(name: str, given: dict | None, modalities: Sequence[str], most: float) -> tuple[float, ...]:
    for modality, p in (given or {}).items():
        if modality not in modalities:
            raise ValueError(f"{name} has {modality!r}; this task has {', '.join(map(repr, modalities))}")
        if not isinstance(p, (int, float)) or not 0 <= p <= most:
            raise ValueError(f"{name}[{modality!r}] is {p!r}; a probability from 0 to {most:g} is accepted")
    return tuple(float((given or {}).get(modality, 0.0)) for modality in modalities)


def _channel(bit: int, symbol: int, flip: float, erase: float) -> float:
    """The probability that a medium shows `symbol` for `bit`."""
    if symbol == ERASED:
        return erase
    return (1 - erase) * (flip if symbol != bit else 1 - flip)
