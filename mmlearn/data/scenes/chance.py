"""Where chance comes from: streams of numbers, of which item i depends on (seed, split, medium, i) and nothing else."""

import zlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")

_MASK = 2**64 - 1


def stream(seed: int, split: str, medium: str) -> np.random.Generator:
    """The generator of one medium: a new medium gets a stream of its own and changes none of the others."""
    return np.random.default_rng([seed, zlib.crc32(split.encode()), zlib.crc32(medium.encode())])


def rows(seed: int, split: str, medium: str, n: int, k: int) -> np.ndarray:
    """`k` uniform numbers for each of `n` items, (n, k) float64 in [0, 1); fewer items get the first rows of more."""
    return stream(seed, split, medium).random((n, k))


def seeds(seed: int, split: str, medium: str, n: int, k: int) -> list[list[int]]:
    """`k` whole numbers for each of `n` items, to start a `Chooser` with."""
    return (rows(seed, split, medium, n, k) * 2**53).astype(np.int64).tolist()


def scatter(codes: np.ndarray) -> np.ndarray:
    """Spread whole numbers evenly over [0, 1), always the same way: splitmix64 (Steele, Lea & Flood, 2014)."""
    z = codes.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)) / 2.0**53


class Chooser:
    """A small generator for wording: started in a fraction of a microsecond, which NumPy's is not.

    A linear congruential generator modulo 2**64 with Knuth's multiplier (TAOCP 2, 3.3.4), its high bits used.
    """

    __slots__ = ("state",)

    def __init__(self, seed: int):
        self.state = (seed * 0x9E3779B97F4A7C15 + 1) & _MASK

    def uniform(self) -> float:
        """A number in [0, 1)."""
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & _MASK
        return (self.state >> 11) / 2.0**53

    def of(self, options: Sequence[T]) -> T:
        """One of `options`."""
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & _MASK
        return options[(self.state >> 32) * len(options) >> 32]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """All of `options` in a new order."""
        return sorted(options, key=lambda _: self.uniform())
