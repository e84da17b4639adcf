"""Outlines as signed distances: how far each point lies outside (positive) or inside (negative) a shape of unit size.

A distance tells the share of a pixel that is covered: smooth edges without drawing larger than will be shown.
"""

import numpy as np


def circle(x: np.ndarray, y: np.ndarray, radius: float = 0.9) -> np.ndarray:
    return np.hypot(x, y) - radius


def square(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.maximum(abs(x), abs(y)) - 0.8


def triangle(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return _polygon(x, y, _around(3, 1.12) + [0, 0.2])


def star(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    corners = np.empty((10, 2))
    corners[::2] = _around(5, 1.08)
    corners[1::2] = -_around(5, 0.46)[[3, 4, 0, 1, 2]]
    return _polygon(x, y, corners)


def heart(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The heart curve (16 sin³t, 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t): Weisstein, MathWorld, "Heart Curve"."""
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    up = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return _polygon(x, y, np.stack([16 * np.sin(t) ** 3, -up - 2.5], axis=1) / 16)


def cross(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    long, short, wide = np.maximum(abs(x), abs(y)), np.minimum(abs(x), abs(y)), 0.3
    return np.maximum(long - 0.98, short - wide)


def ring(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return abs(np.hypot(x, y) - 0.7) - 0.25


def moon(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.maximum(circle(x + 0.12, y, 0.98), -circle(x - 0.38, y, 0.78))


OUTLINE = {f.__name__: f for f in (circle, square, triangle, star, heart, cross, ring, moon)}


def coverage(shape: str, radius: float, dx: float, dy: float, turn: float) -> np.ndarray:
    """The share of each pixel that a shape covers, (side, side) float32 in [0, 1].

    The patch is just large enough; its middle is the shape's, moved by (dx, dy) pixels, turned by `turn` radians.
    """
    half = reach(radius)
    grid = np.arange(-half, half + 1, dtype=np.float64)
    x, y = np.meshgrid((grid - dx) / radius, (grid - dy) / radius)
    c, s = np.cos(turn), np.sin(turn)
    distance = OUTLINE[shape](c * x + s * y, c * y - s * x) * radius
    return np.clip(0.5 - distance, 0, 1).astype(np.float32)


def reach(radius: float) -> int:
    """Pixels from a patch's middle to its side: outlines stay in 1.1 radii, (dx, dy) and the edge in half a pixel."""
    return int(np.ceil(1.1 * radius + 1))


def _around(corners: int, radius: float) -> np.ndarray:
    """The corners of a regular polygon, (corners, 2), the first on top."""
    angle = 2 * np.pi * np.arange(corners) / corners
    return radius * np.stack([np.sin(angle), -np.cos(angle)], axis=1)


def _polygon(x: np.ndarray, y: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Distance to the nearest edge, negative where a ray to the right crosses the outline an odd number of times."""
    ax, ay = corners.T[:, :, None, None]  # each (edges, 1, 1), against points (side, side)
    bx, by = np.roll(corners, -1, axis=0).T[:, :, None, None]
    ex, ey = bx - ax, by - ay
    along = np.clip(((x - ax) * ex + (y - ay) * ey) / (ex**2 + ey**2), 0, 1)
    nearest = np.hypot(x - ax - along * ex, y - ay - along * ey).min(0)
    level = np.where(ey == 0, 1, ey)  # a level edge is crossed by no level ray
    crossed = ((ay > y) != (by > y)) & (x < ax + (y - ay) * ex / level)
    return np.where(crossed.sum(0) % 2 == 1, -nearest, nearest)
