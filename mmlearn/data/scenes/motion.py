"""Films of scenes: one thing that moves, grows or shrinks; what happens shows only in the order of the frames.

Films come in pairs: item 2k + 1 is item 2k played backwards. So both have the same frames, and whoever sees the frames
without their order, as their average does, is right on at most one of the two: its ceiling is exactly 1/2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from mmlearn.data.base import Pairs
from mmlearn.data.scenes import chance
from mmlearn.data.scenes.facts import COLOURS, SHAPES, TEXTURES
from mmlearn.data.scenes.options import check_sizes
from mmlearn.data.scenes.render import PAINT, TURNS, shade
from mmlearn.data.scenes.shapes import coverage
from mmlearn.data.scenes.world import SHARES

MOTIONS = ("right", "left", "down", "up", "growing", "shrinking")  # each beside its opposite
SAID = ("moves right", "moves left", "moves down", "moves up", "grows", "shrinks")
SPLITS = ("train", "val", "test")

GROUND = 236

_SPOTS = 32  # places along a side where a path may lie
_RADIUS, _LEAST, _MOST = 0.13, 0.07, 0.24  # of the image's width: while it moves; when it grows, from and to
_EDGE, _ROOM, _PATH = 0.24, 0.38, 0.3  # how far middles stay from the border, also when it grows; how long a path is
_CHUNK = 1024


@dataclass(frozen=True)
class Motions:
    """What happens in `n` films: indices into SHAPES, COLOURS, TEXTURES, TURNS; axis 0 across, 1 down, 2 size.

    `along` and `beside`, from 0 to 1, say where the path lies on its axis and on the other.
    """

    shape: np.ndarray
    colour: np.ndarray
    texture: np.ndarray
    turn: np.ndarray
    axis: np.ndarray
    along: np.ndarray
    beside: np.ndarray
    group: np.ndarray

    def __len__(self) -> int:
        return len(self.shape)

    def poses(self, i: int, frames: int) -> Iterator[tuple[float, float, float]]:
        """Where its middle is and how large it is, frame by frame forwards: x, y and radius, of the image's width."""
        along, beside = float(self.along[i]), float(self.beside[i])
        for t in np.linspace(0, 1, frames).tolist():
            moved = _EDGE + along * (1 - 2 * _EDGE - _PATH) + t * _PATH
            still = _EDGE + beside * (1 - 2 * _EDGE)
            if self.axis[i] == 2:
                yield *(_ROOM + u * (1 - 2 * _ROOM) for u in (along, beside)), _LEAST + t * (_MOST - _LEAST)
            else:
                yield (moved, still, _RADIUS) if self.axis[i] == 0 else (still, moved, _RADIUS)


def draw(n: int, split: str, seed: int) -> Motions:
    """The first `n` motions of a split. Which split a motion is in, is decided by all of it but its colour."""
    source, low_high = chance.stream(seed, split, "film"), SHARES[split]
    sides = [len(SHAPES), len(COLOURS), len(TEXTURES), len(TURNS), 3, _SPOTS, _SPOTS]
    kept, found = [], 0
    while found < n:
        drawn = (source.random((_CHUNK, len(sides))) * sides).astype(np.int64)
        group = np.ravel_multi_index(np.delete(drawn, 1, axis=1).T, sides[:1] + sides[2:])
        number = chance.scatter(group)
        inside = (low_high[0] <= number) & (number < low_high[1])
        kept.append(np.column_stack([drawn, group])[inside])
        found += int(inside.sum())
    *rest, along, beside, group = np.concatenate(kept)[:n].T
    return Motions(*rest, along / (_SPOTS - 1), beside / (_SPOTS - 1), group)


def paint(motions: Motions, i: int, frames: int, size: int) -> np.ndarray:
    """Motion i as seen, forwards: (frames, 3, size, size) uint8."""
    film = np.full((frames, 3, size, size), GROUND, np.float32)
    colour, texture = PAINT[motions.colour[i]], TEXTURES[motions.texture[i]]
    shape, turn = SHAPES[motions.shape[i]], float(TURNS[motions.turn[i]])
    for frame, (x, y, radius) in zip(film, motions.poses(i, frames), strict=True):
        (left, dx), (top, dy) = (_split(place * size - 0.5) for place in (x, y))
        cover = _cover(shape, radius * size, dx, dy, turn)
        half = len(cover) // 2
        grid = np.arange(-half, half + 1)
        look = colour * shade(texture, *np.meshgrid(grid - dx, grid - dy), size)
        under = frame[:, top - half : top + half + 1, left - half : left + half + 1]
        under += cover * (look - under)
    return film.round().astype(np.uint8)


@lru_cache(maxsize=4096)
def _cover(shape: str, radius: float, dx: float, dy: float, turn: float) -> np.ndarray:
    """`coverage`, computed once: films show the same thing in many places."""
    return coverage(shape, radius, dx, dy, turn)


class Films(Pairs):
    """Films and what happens in them. An item has "film" uint8 (frames, 3, size, size), "caption", "label" and "group".

    The label is an index into `MOTIONS`. Item i does not depend on `n`; both films of a pair are in one group.

    Args:
        n: number of films, even.
        split: "train", "val" or "test"; the same motion is in one of them only, in whatever colour.
        seed: of the drawing.
        frames: how many a film has, at least 2.
        size: side of a frame in pixels, 24 to 1024.

    Raises:
        ValueError: an argument out of range.
    """

    name, modalities = "scenes", ("film", "caption")  # one world, one card

    def __init__(self, n: int = 600, split: str = "train", seed: int = 0, frames: int = 8, size: int = 32):
        check_sizes(n=n, seed=seed)
        if n % 2 or n < 2:
            raise ValueError(f"n is {n}; accepted are even numbers, since films come in pairs")
        if split not in SPLITS:
            raise ValueError(f"split is {split!r}; accepted are {', '.join(SPLITS)}")
        for argument, value, least, most in (("frames", frames, 2, 1000), ("size", size, 24, 1024)):
            if not isinstance(value, int) or not least <= value <= most:
                raise ValueError(f"{argument} is {value!r}; accepted are whole numbers from {least} to {most}")
        self.split, self.frames, self.size = split, frames, size
        self.motions = draw(n // 2, split, seed)
        self.groups = self.motions.group.repeat(2).tolist()

    def __len__(self) -> int:
        return 2 * len(self.motions)

    def __getitem__(self, i: int) -> dict:
        if not -len(self) <= i < len(self):
            raise IndexError(f"item {i} of {len(self)} films")
        i = int(i) % len(self)
        film = torch.from_numpy(self._film(i))
        return {"film": film, "caption": self.caption(i), "label": int(self.labels()[i]), "group": self.groups[i]}

    def _film(self, i: int) -> np.ndarray:
        forwards = paint(self.motions, i // 2, self.frames, self.size)
        return forwards[::-1].copy() if i % 2 else forwards

    def films(self) -> torch.Tensor:
        """All films, (n, frames, 3, size, size) uint8."""
        return torch.from_numpy(np.stack([self._film(i) for i in range(len(self))]))

    def labels(self) -> np.ndarray:
        """What happens in each film, (n,) int64, an index into `MOTIONS`."""
        return np.stack([2 * self.motions.axis, 2 * self.motions.axis + 1], axis=1).ravel()

    def caption(self, i: int) -> str:
        """Such as "A red star moves left."."""
        colour, shape = COLOURS[self.motions.colour[i // 2]], SHAPES[self.motions.shape[i // 2]]
        return f"A{'n' if colour[0] == 'o' else ''} {colour} {shape} {SAID[self.labels()[i]]}."

    def ceilings(self) -> dict[str, float]:
        """The best possible accuracy, exact: without the order of the frames, and with it."""
        return {"frames in any order": 0.5, "frames in order": 1.0}


def films(n: int = 600, split: str = "train", seed: int = 0, frames: int = 8, size: int = 32) -> Films:
    """Films of one moving thing; see `Films`."""
    return Films(n, split, seed, frames, size)


def _split(place: float) -> tuple[int, float]:
    """A place in pixels, to the half, as a whole pixel and what is left."""
    whole, half = divmod(round(2 * place), 2)
    return whole, half / 2
