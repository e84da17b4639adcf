"""How fast scenes are made: images and captions a second on one core, beside a renderer that draws all over the canvas.

python -m benchmarks.scenes
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core: set before NumPy and torch start their threads

import statistics
from functools import partial

import numpy as np

from benchmarks import record
from mmlearn import data
from mmlearn.data.scenes.facts import SHAPES, SIZES, TEXTURES
from mmlearn.data.scenes.render import PAINT, RADIUS, STEPS, TURNS, Painter, shade
from mmlearn.data.scenes.shapes import OUTLINE

SIZE, THINGS, ITEMS, NAIVE_ITEMS, REPEATS, SEED = 64, 2, 3000, 300, 5, 0


def naive(painter: Painter, i: int) -> np.ndarray:
    """Image i of a clean painter, (3, size, size) uint8, each thing drawn over the whole canvas and nothing kept."""
    canvas = np.array(painter.ground[i], float)[:, None, None] * np.ones((painter.size, painter.size))
    grid = np.arange(painter.size)
    for shape, colour, size, texture, turn, x, y in painter.things[i][: painter.count[i]]:
        radius = RADIUS[SIZES[size]] * painter.size
        right, down = np.meshgrid((grid - x / STEPS) / radius, (grid - y / STEPS) / radius)
        cos, sin = np.cos(TURNS[turn]), np.sin(TURNS[turn])
        distance = OUTLINE[SHAPES[shape]](cos * right + sin * down, cos * down - sin * right) * radius
        light = shade(TEXTURES[texture], *np.meshgrid(grid - x // STEPS, grid - y // STEPS), painter.size)
        canvas += np.clip(0.5 - distance, 0, 1) * (PAINT[colour] * light - canvas)
    return (canvas + 0.5).astype(np.uint8)


def rate(work, items: int) -> float:
    """Items a second, the median of `REPEATS` runs after one unmeasured."""
    work()
    return items / statistics.median(record.seconds(work) for _ in range(REPEATS))


def main() -> None:
    import torch

    torch.set_num_threads(1)
    fresh = partial(data.load, "scenes", seed=SEED, size=SIZE, objects=THINGS)
    cold = ITEMS / record.seconds(lambda: _image_and_caption(fresh(n=ITEMS), ITEMS))
    pairs = fresh(n=ITEMS)
    painter = Painter(pairs.worlds, SIZE, 0.0, SEED, "train")

    def ours(items: int = ITEMS) -> None:
        _image_and_caption(pairs, items)

    def theirs() -> None:
        for i in range(NAIVE_ITEMS):
            naive(painter, i), pairs.caption(i)

    figures = {
        "what": f"{SIZE}x{SIZE} pixels, {THINGS} things, one core, a second",
        "images and captions, first time, worlds included": round(cold),
        "images and captions": round(rate(ours, ITEMS)),
        "images and captions, naive": round(rate(theirs, NAIVE_ITEMS)),
        "times faster than naive (paired median)": round(
            record.paired_ratio(theirs, partial(ours, NAIVE_ITEMS), REPEATS), 1
        ),
        "whole items": round(rate(lambda: [pairs[i] for i in range(ITEMS)], ITEMS)),
        "images": round(rate(pairs.images, ITEMS)),
    }
    for difficulty in (0.5, 1.0):
        hard = fresh(n=ITEMS, difficulty=difficulty)
        figures[f"images, difficulty {difficulty}"] = round(rate(hard.images, ITEMS))
    figures["spoken captions"] = _speech_rate(fresh)
    print(*(f"{name}: {value}" for name, value in figures.items()), sep="\n")
    print(record.write("scenes", figures, [SEED]))


def _image_and_caption(pairs, items: int) -> None:
    for i in range(items):
        pairs.image(i), pairs.caption(i)


def _speech_rate(fresh) -> int | None:
    """Spoken captions a second; None where no synthesiser is installed."""
    from mmlearn.data.scenes.espeak import installed

    if not installed():
        return None
    spoken = fresh(n=60, speech=True)
    return round(rate(lambda: spoken.column("speech"), 60))


if __name__ == "__main__":
    main()
