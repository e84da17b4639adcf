"""What is there: worlds of one to three things, drawn by chance, before any medium shows them.

A world's split is decided by the world itself: its shapes, sizes, textures and places (not its colours) are hashed to a
number: below 0.6 it is for training, below 0.8 for validation, else for testing. So no world is both, whatever
the seeds; worlds that differ only in colour share a split; and colours stay independent of the split, on which the
exact ceilings of `information` rest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmlearn.data.scenes import chance
from mmlearn.data.scenes.facts import ATTRIBUTE, COLOURS, INDEX, PLACES, SHAPES, SIZES, TEXTURES, VALUES, Facts, Thing

SPLITS = ("train", "val", "test", "held_out")
SHARES = {"train": (0.0, 0.6), "val": (0.6, 0.8), "test": (0.8, 1.0), "held_out": (0.8, 1.0)}
MOST_THINGS = 3
HELD_OUT = (("red", "circle"), ("blue", "star"), ("green", "heart"), ("yellow", "square"))

_DRAWN = ("shape", "colour", "size", "texture")
_CHUNK = 4096
_PATIENCE = 400  # chunks without a world that fits, after which none is expected


@dataclass(frozen=True)
class Kind:
    """Which worlds are wanted. `only` maps an attribute to its allowed values, `held_out` lists combinations."""

    split: str = "train"
    objects: tuple[int, int] = (1, 3)
    only: dict[str, tuple[str, ...]] | None = None
    held_out: tuple[tuple[str, ...], ...] = ()

    def allowed(self, attribute: str) -> np.ndarray:
        """Indices of the values that may occur."""
        values = (self.only or {}).get(attribute, VALUES[attribute])
        return np.array([INDEX[attribute][value] for value in values])


@dataclass(frozen=True)
class Worlds:
    """`n` worlds as arrays. Each attribute is (n, 3) int, an index into its values, -1 where there is no such thing."""

    count: np.ndarray
    shape: np.ndarray
    colour: np.ndarray
    size: np.ndarray
    texture: np.ndarray
    place: np.ndarray

    def __len__(self) -> int:
        return len(self.count)

    @property
    def group(self) -> np.ndarray:
        """(n,) int64: one number a world, the same for worlds that differ only in colour."""
        code = self.shape.astype(np.int64)
        for values, column in ((SIZES, self.size), (TEXTURES, self.texture), (PLACES, self.place)):
            code = code * len(values) + column
        most = len(SHAPES) * len(SIZES) * len(TEXTURES) * len(PLACES)
        digits = np.where(self.shape < 0, 0, code + 1)
        return digits @ (most + 1) ** np.arange(MOST_THINGS, dtype=np.int64)

    def facts(self) -> Iterator[Facts]:
        """The truth of each world in words, things in reading order."""
        columns = [getattr(self, attribute).tolist() for attribute in VALUES]
        for count, *row in zip(self.count.tolist(), *columns, strict=True):
            things = zip(*row, strict=True)
            yield Facts(tuple(_thing(*next(things)) for _ in range(count)))

    def take(self, rows: np.ndarray) -> "Worlds":
        """The worlds at `rows` (indices or a mask)."""
        return Worlds(**{name: column[rows] for name, column in vars(self).items()})

    def has(self, combination: Sequence[str]) -> np.ndarray:
        """(n,) bool: some thing has all values of `combination`, such as ("red", "circle")."""
        there = np.ones(self.shape.shape, bool)
        for value in combination:
            attribute = ATTRIBUTE[value]
            there &= getattr(self, attribute) == INDEX[attribute][value]
        return there.any(1)


def draw(kind: Kind, n: int, seed: int) -> Worlds:
    """The first `n` worlds of a kind: candidates come in one endless order, the i-th that fits is world i.

    Raises:
        ValueError: no world fits, such as two things where one place is allowed.
    """
    source = chance.stream(seed, kind.split, "world")
    kept, found, waited = [], 0, 0
    while found < n:
        batch = _candidates(source.random((_CHUNK, 1 + len(_DRAWN) * MOST_THINGS + len(PLACES))), kind)
        batch = batch.take(_fits(batch, kind))
        kept.append(batch)
        found += len(batch)
        waited = 0 if len(batch) else waited + 1
        if waited == _PATIENCE:
            raise ValueError(f"no world fits only={kind.only} with held_out={kind.held_out}; allow more values")
    joined = {name: np.concatenate([getattr(batch, name) for batch in kept])[:n] for name in vars(kept[0])}
    return Worlds(**joined)


def _candidates(u: np.ndarray, kind: Kind) -> Worlds:
    """Turn uniform numbers, a row a world, into worlds. One thing a cell, so that none hides another."""
    low, high = kind.objects
    count = low + (u[:, 0] * (high - low + 1)).astype(int)
    absent = np.arange(MOST_THINGS) >= count[:, None]
    columns = {}
    for j, attribute in enumerate(_DRAWN):
        values = kind.allowed(attribute)
        at = 1 + MOST_THINGS * j
        drawn = values[(u[:, at : at + MOST_THINGS] * len(values)).astype(int)]
        columns[attribute] = np.where(absent, -1, drawn)
    lots = np.full((len(u), len(PLACES)), 2.0)
    cells = kind.allowed("place")
    lots[:, cells] = u[:, -len(PLACES) :][:, cells]
    place = np.argsort(lots, axis=1)[:, :MOST_THINGS]
    place = np.sort(np.where(absent, len(PLACES), place), axis=1)
    return Worlds(count=count, place=np.where(absent, -1, place), **columns)


def _fits(worlds: Worlds, kind: Kind) -> np.ndarray:
    """(n,) bool: in this split, no two things of equal shape and colour, held-out combinations where they belong."""
    low, high = SHARES[kind.split]
    number = chance.scatter(worlds.group)
    name = np.where(worlds.shape < 0, -1 - np.arange(MOST_THINGS), worlds.shape * len(COLOURS) + worlds.colour)
    a, b, c = name.T
    held = np.zeros(len(worlds), bool)
    for combination in kind.held_out:
        held |= worlds.has(combination)
    wanted = held if kind.split == "held_out" else ~held
    return (low <= number) & (number < high) & (a != b) & (a != c) & (b != c) & wanted


def _thing(shape: int, colour: int, size: int, texture: int, place: int) -> Thing:
    return Thing(SHAPES[shape], COLOURS[colour], SIZES[size], TEXTURES[texture], PLACES[place])
