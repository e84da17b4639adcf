"""How an image shows a scene: each thing is drawn only where it is, from outlines and patterns that are computed once.

One thing a cell of the 3×3 grid, moved and turned a little by chance. `difficulty` from 0 to 1 adds specks behind the
things and noise over everything; it never hides a thing, so what the image shows is always there to be seen.
"""

from functools import lru_cache

import numpy as np

from mmlearn.data.scenes import chance
from mmlearn.data.scenes.facts import COLOURS, SHAPES, SIZES, TEXTURES
from mmlearn.data.scenes.shapes import coverage, reach
from mmlearn.data.scenes.world import MOST_THINGS, Worlds

RGB = {
    "red": (214, 40, 44), "orange": (244, 136, 20), "yellow": (244, 208, 38), "green": (40, 156, 78),
    "blue": (38, 92, 214), "purple": (128, 62, 172), "pink": (246, 128, 186), "grey": (116, 122, 128),
}  # fmt: skip
RADIUS = {"small": 0.075, "medium": 0.105, "large": 0.135}  # of the image's width; a cell is 0.333 wide

PAINT = np.array([RGB[colour] for colour in COLOURS], np.float32)[:, :, None, None]
_DARK = 0.52  # the second tone of a pattern
_PERIOD = 0.064  # from stripe to stripe, of the image's width
TURNS = np.deg2rad([-12, -6, 0, 6, 12])
STEPS = 2  # positions a pixel: things sit on halves of one
_SPECKS, _NOISE, _WANDER = 12, 70, 64


class Painter:
    """Draws the images of `worlds`; image i depends on world i and on (seed, split, i).

    Args:
        worlds: what is there.
        size: width and height in pixels, at least 32.
        difficulty: 0 (clean) to 1 (specks and noise of ±70 of 255).

    Attributes:
        things: per image, three of (shape, colour, size, texture, turn, x, y), indices and `1 / STEPS` pixels.
        count: how many of the three are there.
        ground: red, green and blue of the empty image.
    """

    def __init__(self, worlds: Worlds, size: int = 64, difficulty: float = 0.0, seed: int = 0, split: str = "train"):
        self.size, self.difficulty = size, difficulty
        n = len(worlds)
        u = chance.rows(seed, split, "image", n, 3 * MOST_THINGS + 5)
        turn = (u[:, :MOST_THINGS] * len(TURNS)).astype(int)
        x, y = (self._spots(worlds, axis, u[:, (1 + axis) * MOST_THINGS :][:, :MOST_THINGS]) for axis in (0, 1))
        attributes = (worlds.shape, worlds.colour, worlds.size, worlds.texture, turn, x, y)
        self.things = np.stack(attributes, axis=2).tolist()
        self.count = worlds.count.tolist()
        self.ground = np.round(226 + 20 * u[:, -5:-2]).astype(np.uint8).tolist()
        self._shift = (u[:, -2:] * _WANDER).astype(int).tolist()
        self._specks = chance.rows(seed, split, "specks", n, 4 * _SPECKS).astype(np.float32) if difficulty else None

    def __len__(self) -> int:
        return len(self.count)

    def image(self, i: int) -> np.ndarray:
        """Image i, (3, size, size) uint8."""
        canvas = np.empty((3, self.size, self.size), np.uint8)
        self.paint(i, canvas)
        return canvas

    def images(self) -> np.ndarray:
        """All of them, (n, 3, size, size) uint8."""
        canvas = np.empty((len(self), 3, self.size, self.size), np.uint8)
        for i in range(len(self)):
            self.paint(i, canvas[i])
        return canvas

    def paint(self, i: int, canvas: np.ndarray) -> None:
        """Draw image i into `canvas` (3, size, size) uint8."""
        for channel, light in zip(canvas, self.ground[i], strict=True):
            channel.fill(light)
        if self.difficulty:
            self._scatter_specks(i, canvas)
        for shape, colour, size, texture, turn, x, y in self.things[i][: self.count[i]]:
            across, fraction_x = divmod(x, STEPS)
            down, fraction_y = divmod(y, STEPS)
            cover = _cover(self.size, shape, size, turn, fraction_x, fraction_y)
            _blend(canvas, across, down, cover, PAINT[colour] * _pattern(TEXTURES[texture], len(cover), self.size))
        if self.difficulty:
            self._add_noise(i, canvas)

    def _spots(self, worlds: Worlds, axis: int, u: np.ndarray) -> np.ndarray:
        """Middles of the things along one axis, (n, 3), in `1 / STEPS` pixels: the cell's, moved by chance."""
        cell = np.divmod(worlds.place, 3)[1 - axis]
        half = np.array([reach(RADIUS[size] * self.size) for size in SIZES])[worlds.size]
        free = np.maximum(self.size / 6 - half, 0)
        middle = (2 * cell + 1) * self.size / 6 - 0.5 + (2 * u - 1) * free
        return np.floor(np.clip(middle, half, self.size - 1.5 - half) * STEPS).astype(int)

    def _scatter_specks(self, i: int, canvas: np.ndarray) -> None:
        """Small pale discs behind the things: more of them, and darker, as `difficulty` grows."""
        number = round(self.difficulty * _SPECKS)
        for u, v, w, tone in self._specks[i].reshape(-1, 4)[:number].tolist():
            cover = _disc(self.size, int(3 * w))
            light = 236 - (40 + 60 * self.difficulty) * tone
            edge = len(cover) // 2 + 1
            across, down = (int(edge + place * (self.size - 2 * edge)) for place in (u, v))
            _blend(canvas, across, down, cover, np.float32(light))

    def _add_noise(self, i: int, canvas: np.ndarray) -> None:
        """Add a piece of one large tile of noise: what is drawn once need not be drawn for every image."""
        across, down = self._shift[i]
        piece = _tile(self.size, self.difficulty)[:, down : down + self.size, across : across + self.size]
        np.clip(canvas + piece, 0, 255, out=canvas, casting="unsafe")


def _blend(canvas: np.ndarray, across: int, down: int, cover: np.ndarray, paint: np.ndarray) -> None:
    """Lay `paint` (3, side, side), or one light, over the canvas around (across, down) as far as `cover` says."""
    half = len(cover) // 2
    under = canvas[:, down - half : down + half + 1, across - half : across + half + 1]
    under[...] = under + cover * (paint - under) + 0.5


@lru_cache(maxsize=2048)
def _cover(width: int, shape: int, size: int, turn: int, fx: int, fy: int) -> np.ndarray:
    """The share of each pixel that one thing covers, (side, side) float32."""
    return coverage(SHAPES[shape], RADIUS[SIZES[size]] * width, fx / STEPS, fy / STEPS, float(TURNS[turn]))


@lru_cache(maxsize=256)
def _pattern(texture: str, side: int, width: int) -> np.ndarray:
    """Shade over one patch, (side, side) float32, 0 in its middle."""
    grid = np.arange(side) - side // 2
    return shade(texture, *np.meshgrid(grid, grid), width).astype(np.float32)


def shade(texture: str, x: np.ndarray, y: np.ndarray, width: int) -> np.ndarray:
    """How light a texture is at (x, y), in pixels from a thing's middle: 1, or less in its stripes, dots or checks."""
    period = _PERIOD * width
    x, y = x / period, y / period
    if texture == "plain":
        return np.ones(x.shape)
    if texture == "striped":
        dark = _soft(np.cos(2 * np.pi * (x + y) / np.sqrt(2)), period)
    elif texture == "dotted":
        dark = _soft(0.3 - np.hypot(x - np.round(x), y - np.round(y)), 4 * period)
    else:
        dark = _soft(np.sin(np.pi * (x + 0.5)) * np.sin(np.pi * (y + 0.5)), period)
    return 1 - (1 - _DARK) * dark


def _soft(height: np.ndarray, period: float) -> np.ndarray:
    """1 where `height` is above 0, 0 where below, with an edge about a pixel wide."""
    return np.clip(0.5 + height * period / 4, 0, 1)


@lru_cache(maxsize=64)
def _disc(width: int, step: int) -> np.ndarray:
    return coverage("circle", (0.012 + 0.01 * step) * width, 0.0, 0.0, 0.0)


@lru_cache(maxsize=8)
def _tile(width: int, difficulty: float) -> np.ndarray:
    """Noise, uniform within ±70 × difficulty, (3, side, side) int16."""
    most = round(_NOISE * difficulty)
    side = width + _WANDER
    return np.random.default_rng(0).integers(-most, most, (3, side, side), np.int16, endpoint=True)
