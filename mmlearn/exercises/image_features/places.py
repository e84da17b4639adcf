"""Patches in order, and a pyramid that keeps the place."""

import numpy as np

from mmlearn.exercises.engine import Exercise, Mistake


def patches(picture: np.ndarray, size: int) -> np.ndarray:
    """One picture cut into squares, each laid out as a row."""
    channels, height, width = picture.shape
    cut = picture.reshape(channels, height // size, size, width // size, size)
    return cut.transpose(1, 3, 0, 2, 4).reshape(-1, channels * size * size)


def _cut(picture: np.ndarray, size: int) -> np.ndarray:
    """(rows, columns, c, size, size)."""
    channels, height, width = picture.shape
    return picture.reshape(channels, height // size, size, width // size, size).transpose(1, 3, 0, 2, 4)


def _flat(cut: np.ndarray) -> np.ndarray:
    return cut.reshape(cut.shape[0] * cut.shape[1], -1)


def patch_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    channels, height, width, size = {"standard": (3, 6, 9, 3), "large": (3, 28, 42, 7)}[variant]
    tiny = np.arange(16.0).reshape(2, 2, 4)
    return [(tiny, 2), (rng.normal(size=(channels, height, width)), size), (rng.normal(size=(1, 2 * size, size)), size)]


PATCHES = Exercise(
    id="image_features.patches",
    title="a picture as a sequence",
    reference=patches,
    cases=patch_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("reshape", "right numbers, scrambled: reshape alone reads along whole rows of the picture. Split both axes "
                "first, then move "
                "the two that number the patches to the front", wrong=lambda p, s: p.reshape(-1, p.shape[0] * s * s)),
        Mistake("column-order", "the patches are right, but come column by column. Read as you read a page: left to right, "
                "then down",
                wrong=lambda p, s: _flat(_cut(p, s).transpose(1, 0, 2, 3, 4))),
        Mistake("channels-last", "inside a patch the channels vary fastest. Here all of channel 0 comes first, then channel 1 …",
                wrong=lambda p, s: _flat(_cut(p, s).transpose(0, 1, 3, 4, 2))),
        Mistake("transposed", "inside a patch you go down the columns first. Rows come first",
                wrong=lambda p, s: _flat(_cut(p, s).transpose(0, 1, 2, 4, 3))),
        Mistake("split", "you split height into (side, rows). The pixels of one patch lie next to each other: (rows, side)",
                wrong=lambda p, s: p.reshape(len(p), s, p.shape[1] // s, s, p.shape[2] // s).transpose(2, 4, 0, 1, 3)
                .reshape(-1, len(p) * s * s)),
        Mistake("channel-outermost", "the channel number changes slowest over the whole answer. Bring the patch numbers before "
                "it",
                wrong=lambda p, s: _cut(p, s).transpose(2, 0, 1, 3, 4).reshape(-1, len(p) * s * s)),
        Mistake("across", "each patch is a column here. Let it be a row",
                when=lambda got, expected, p, s: np.array_equal(np.transpose(got), expected)),
        Mistake("per-side", "you made size × size patches. `side` says how many pixels a patch is wide, not how many patches "
                "there are",
                when=lambda got, expected, p, s: len(got) == s * s),
        Mistake("overlapping", "your windows overlap: one starts at every pixel. Patches lie side by side",
                when=lambda got, expected, p, s: len(got) == (p.shape[1] - s + 1) * (p.shape[2] - s + 1)),
        Mistake("channels-apart", "each channel gave patches of its own. A patch holds all channels of its place",
                when=lambda got, expected, p, s: len(got) == len(p) * len(expected)),
        Mistake("not-flat", "the patches are cut, but not laid out: each should be one row of c · side · side numbers",
                when=lambda got, expected, p, s: np.ndim(got) > 2),
    ],
    hints=(
        "The upper left patch is picture[:, :side, :side]. Which is the next one?",
        "Split height into (rows, side) and width into (columns, side) with one reshape, bring (rows, columns) to the front with "
        "transpose, then reshape to (rows · columns, c · side · side).",
        "c, h, w = picture.shape\ncut = picture.reshape(c, h // side, side, …, side)\nreturn cut.transpose(1, 3, "
        "…).reshape(-1, …)",
    ),
)  # fmt: skip


def spatial_pyramid(maps: np.ndarray, levels: tuple[int, ...] = (1, 2)) -> np.ndarray:
    """Not in the library, so that it can be graded: the answer stays with the course's checks."""
    return np.concatenate([_grid(maps, g).ravel() for g in levels])


def _grid(maps: np.ndarray, g: int, pool=np.mean, w: int | None = None) -> np.ndarray:
    """(g, g, c): each part of a g × g grid, or of a g × w one, summarised."""
    channels, height, width = maps.shape
    w = g if w is None else w
    return pool(maps.reshape(channels, g, height // g, w, width // w), axis=(2, 4)).transpose(1, 2, 0)


def _interleaved(maps: np.ndarray, g: int) -> np.ndarray:
    channels, height, width = maps.shape
    return maps.reshape(channels, height // g, g, width // g, g).mean(axis=(1, 3)).transpose(1, 2, 0)


def pyramid_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    channels, side = {"standard": (3, 4), "large": (16, 8)}[variant]
    tiny = np.array([[[1.0, 2.0], [4.0, 8.0]], [[0.0, 6.0], [2.0, 0.0]]])
    maps = rng.exponential(size=(channels, side, 2 * side))
    return [(tiny, (1, 2)), (maps, (1, 2)), (maps, (1, 2, 4)), (maps, (2,))]


PYRAMID = Exercise(
    id="image_features.spatial_pyramid",
    title="average, but remember where",
    reference=spatial_pyramid,
    cases=pyramid_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("maximum", "you took the largest number of each part. The mean was asked for",
                wrong=lambda m, levels: np.concatenate([_grid(m, g, np.max).ravel() for g in levels])),
        Mistake("sum", "you added up. The mean was asked for: otherwise the whole outweighs its parts",
                wrong=lambda m, levels: np.concatenate([_grid(m, g, np.sum).ravel() for g in levels])),
        Mistake("channels-first", "all parts of channel 0 come first. Here the channels of one part stay together, part after "
                "part",
                wrong=lambda m, levels: np.concatenate([_grid(m, g).transpose(2, 0, 1).ravel() for g in levels])),
        Mistake("column-order", "the parts come column by column. Read them as you read a page: left to right, then down",
                wrong=lambda m, levels: np.concatenate([_grid(m, g).transpose(1, 0, 2).ravel() for g in levels])),
        Mistake("reversed", "the finest level comes first. Give the levels in the order of `levels`",
                wrong=lambda m, levels: np.concatenate([_grid(m, g).ravel() for g in levels[::-1]])),
        Mistake("side", "your parts are g pixels wide. A level g has g parts a side, each h / g pixels high",
                wrong=lambda m, levels: np.concatenate([_grid(m, m.shape[1] // g, w=m.shape[2] // g).ravel() for g in levels])),
        Mistake("interleaved", "each of your parts holds every g-th row and column. The pixels of a part lie next to each other: "
                "split h into (g, h / g)", wrong=lambda m, levels: np.concatenate([_interleaved(m, g).ravel() for g in levels])),
        Mistake("per-channel", "all levels of channel 0 come first. Here a level is finished before the next begins",
                when=lambda got, expected, m, levels: np.allclose(
                    got, np.concatenate([spatial_pyramid(one[None], levels) for one in m]))),
        Mistake("no-place", "this is the mean of the whole alone: where things lie is lost again",
                when=lambda got, expected, m, levels: np.allclose(got, m.mean((1, 2)))),
        Mistake("one-level", "this is the last level alone. Every level belongs to the answer, one after the other",
                when=lambda got, expected, m, levels: np.allclose(got, _grid(m, levels[-1]).ravel())),
        Mistake("level-count", "a level g is a g × g grid. Did you take 2^g parts a side, or g parts in all?",
                when=lambda got, expected, m, levels: len(got) in (
                    len(m) * sum(levels), len(m) * sum(4**g for g in levels))),
    ],
    hints=(
        "One mean for the whole picture, then four means for its quarters. What does that remember that the first alone forgets?",
        "For each g in levels: split height into (g, h/g) and width into (g, w/g), take the mean over the two inner axes, "
        "bring the "
        "channels to the end, ravel; concatenate the levels.",
        "c, h, w = maps.shape\nparts = []\nfor g in levels:\n    cut = maps.reshape(c, g, h // g, g, w // g).mean(axis=(…, …)) "
        "   # (c, g, g)\n"
        "    parts.append(cut.transpose(…).ravel())\nreturn np.concatenate(parts)",
    ),
)  # fmt: skip
