"""A cell's histogram of directions, and a block brought to one length."""

import numpy as np

from mmlearn.exercises.engine import Exercise, Mistake


def orientation_histogram(dx: np.ndarray, dy: np.ndarray, bins: int = 9) -> np.ndarray:
    """What one cell of a HOG holds: the library counts all cells at once, this is the one."""
    angle = np.degrees(np.arctan2(dy, dx)) % 180
    return _votes(angle, np.hypot(dx, dy), bins)


def _votes(angle: np.ndarray, weight: np.ndarray, bins: int, turn: float = 180) -> np.ndarray:
    """Each pixel's weight in the bin of its angle."""
    index = np.minimum((angle / (turn / bins)).astype(int), bins - 1)
    return np.bincount(index.ravel(), weights=weight.ravel(), minlength=bins) / weight.size


def _signed(dx, dy, bins):
    return _votes(np.degrees(np.arctan2(dy, dx)) % 360, np.hypot(dx, dy), bins, 360)


def _folded(dx, dy, bins):
    return _votes(np.abs(np.degrees(np.arctan2(dy, dx))) % 180, np.hypot(dx, dy), bins)


def _centred(dx, dy, bins):
    index = np.round(np.degrees(np.arctan2(dy, dx)) % 180 / (180 / bins)).astype(int) % bins
    return np.bincount(index.ravel(), weights=np.hypot(dx, dy).ravel(), minlength=bins) / dx.size


def _shared(dx, dy, bins):
    """Each vote split between the two nearest bin centres, as in the original paper."""
    at = np.degrees(np.arctan2(dy, dx)) % 180 / (180 / bins) - 0.5
    low, weight = np.floor(at).astype(int), np.hypot(dx, dy)
    right = at - low
    votes = np.bincount((low % bins).ravel(), weights=(weight * (1 - right)).ravel(), minlength=bins)
    return (votes + np.bincount(((low + 1) % bins).ravel(), weights=(weight * right).ravel(), minlength=bins)) / dx.size


def _folded_whole(dx, dy, bins):
    return _votes(np.abs(np.degrees(np.arctan2(dy, dx))), np.hypot(dx, dy), bins)


def _overwritten(dx, dy, bins):
    """h[index] += weight keeps one vote a bin: repeated indices are written, not added."""
    out = np.zeros(bins)
    out[np.minimum((_angle(dx, dy) / (180 / bins)).astype(int), bins - 1)] += np.hypot(dx, dy)
    return out / dx.size


def _unguarded(dx, dy, bins):
    out = np.zeros(bins)
    np.add.at(out, (_angle(dx, dy) / (180 / bins)).astype(int), np.hypot(dx, dy))
    return out / dx.size


def _proportional(got, expected) -> bool:
    return bool(expected.sum() > 0 and np.allclose(got * (expected.sum() / np.sum(got)), expected))


def _angle(dx, dy):
    return np.degrees(np.arctan2(dy, dx)) % 180


def orientation_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    side, bins = {"standard": (8, 9), "fine": (16, 18)}[variant]
    tiny = (np.array([[2.0, -3.0, 0.3]]), np.array([[0.0, 0.0, -1.2]]), 4)  # 0°, 180° = 0°, and 104°
    drawn = [(rng.normal(size=(side, side)), rng.normal(size=(side, side)) * 1.7, bins) for _ in range(2)]
    just_below = (np.array([[1.0, 2.0]]), np.array([[-1e-17, 0.5]]), bins)  # -1e-17 modulo 180 is rounded to 180 itself
    return [tiny, just_below, *drawn, (np.zeros((4, 4)), np.zeros((4, 4)), bins)]


ORIENTATION = Exercise(
    id="image_features.orientation_histogram",
    title="which way do the edges of a cell run?",
    reference=orientation_histogram,
    cases=orientation_cases,
    variants=("standard", "fine"),
    mistakes=[
        Mistake("signed", "you tell light-to-dark from dark-to-light: your directions go once round, 0° to 360°. Here they are "
                "taken modulo 180°", wrong=_signed),
        Mistake("folded", "you took the absolute value of a negative angle: -30° became 30°. Modulo 180° it is 150°",
                when=lambda got, _, *given: any(np.allclose(got, f(*given)) for f in (_folded, _folded_whole))),
        Mistake("edge", "you have one bin too many: an angle a hair below 0° becomes, modulo 180° and rounded, 180° itself. "
                "Keep the index below `bins`", when=lambda got, _, dx, dy, bins: len(got) == bins + 1),
        Mistake("edge-index", "an angle a hair below 0° becomes, modulo 180° and rounded, 180° itself, and its bin does not "
                "exist. Keep the index below `bins`", wrong=_unguarded),
        Mistake("minlength", "you have too few bins: where nobody votes for the last ones, np.bincount leaves them out. Did you "
                "give it minlength?", when=lambda got, _, dx, dy, bins: len(got) < bins),
        Mistake("overwritten", "each bin holds one vote only: h[index] += m writes repeated indices once. np.bincount, or "
                "np.add.at, adds them all", wrong=_overwritten),
        Mistake("count", "every pixel got one vote. A strong edge should count more than a faint one: by what?",
                wrong=lambda dx, dy, bins: _votes(_angle(dx, dy), np.ones_like(dx), bins)),
        Mistake("squared", "the weight of a vote is the squared length of the gradient. Is a square root missing?",
                wrong=lambda dx, dy, bins: _votes(_angle(dx, dy), dx**2 + dy**2, bins)),
        Mistake("city-block", "the weight of a vote is |dx| + |dy|. The length of an arrow is what Pythagoras says",
                wrong=lambda dx, dy, bins: _votes(_angle(dx, dy), np.abs(dx) + np.abs(dy), bins)),
        Mistake("swapped", "your angles are measured from the other axis: arctan2 takes the vertical part first",
                wrong=lambda dx, dy, bins: _votes(_angle(dy, dx), np.hypot(dx, dy), bins)),
        Mistake("radians", "nearly all votes fall into the first bin: is the angle in radians, and the bin in degrees?",
                wrong=lambda dx, dy, bins: _votes(np.arctan2(dy, dx) % np.pi, np.hypot(dx, dy), bins)),
        Mistake("radians-modulo", "an angle in radians, modulo 180: nearly all votes fall into the first and the last bin. "
                "Turn it "
                "into degrees first", wrong=lambda dx, dy, bins: _votes(np.arctan2(dy, dx) % 180, np.hypot(dx, dy), bins)),
        Mistake("along", "your directions are turned by a right angle: they run along the edge. The gradient points across it",
                wrong=lambda dx, dy, bins: _votes(np.degrees(np.arctan2(dx, -dy)) % 180, np.hypot(dx, dy), bins)),
        Mistake("mirrored", "your directions are mirrored: is there a minus before dy? Rows are counted downwards, and so is dy",
                wrong=lambda dx, dy, bins: _votes(np.degrees(np.arctan2(-dy, dx)) % 180, np.hypot(dx, dy), bins)),
        Mistake("centred", "your bins are centred on 0°, w, 2w …: you rounded. Here the first bin runs from 0° to w: round down",
                wrong=_centred),
        Mistake("shared", "you shared each vote between two bins, as the original paper does. That is the better histogram; "
                "here, as in "
                "scikit-image, each vote goes whole into its bin", wrong=_shared),
        Mistake("sum", "these are sums. Divide by the number of pixels, so that a large cell is not a strong one",
                wrong=lambda dx, dy, bins: orientation_histogram(dx, dy, bins) * dx.size),
        Mistake("share", "these are shares that add up to 1. Then a faint cell counts as much as a strong one: divide by the "
                "number of pixels",
                when=lambda got, expected, dx, dy, bins: np.allclose(got * expected.sum(), expected) and expected.sum() > 0),
        Mistake("divisor", "the right shares, but not the right size: divide by the number of pixels of this very cell, dx.size",
                when=lambda got, expected, *_: _proportional(got, expected)),
    ],
    hints=(
        "A gradient is an arrow. What are its length and its direction, and what should an edge that runs the other way round "
        "have as direction?",
        "angle = arctan2(dy, dx) in degrees, modulo 180; bin = angle ÷ (180 ÷ bins), rounded down; then add the lengths up, "
        "bin by "
        "bin (np.bincount takes weights= and minlength=), and divide by the number of pixels.",
        "angle = np.degrees(np.arctan2(…, …)) % …\nindex = np.minimum((angle / …).astype(int), bins - 1)\nreturn "
        "np.bincount(index.ravel(), weights=…, "
        "minlength=bins) / …",
    ),
)  # fmt: skip


EPSILON, CLIP = 1e-5, 0.2


def _unit(v: np.ndarray, axis: int | tuple[int, ...] | None = None) -> np.ndarray:
    return v / np.sqrt((v**2).sum(axis=axis, keepdims=axis is not None) + EPSILON**2)


def block_normalise(block: np.ndarray) -> np.ndarray:
    """L2-Hys: length one, no number above 0.2, length one again."""
    return _unit(np.minimum(_unit(block), CLIP))


def _hys(block: np.ndarray, length) -> np.ndarray:
    once = np.minimum(block / length(block), CLIP)
    return once / length(once)


_LENGTHS = (
    lambda b: np.sqrt((b**2).sum() + EPSILON),
    lambda b: np.sqrt((b**2).sum()) + EPSILON,
    lambda b: np.sqrt((b**2).sum()) + EPSILON**2,
)


def block_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    shape = {"standard": (2, 2, 9), "large": (3, 3, 18)}[variant]
    tiny = np.array([[[3.0, 0.0]], [[0.0, 4.0]]])
    drawn = [rng.exponential(size=shape) ** 2 * scale for scale in (0.5, 80.0)]
    faint = rng.exponential(size=shape) * 1e-5  # as small as ε: here it matters where ε stands
    return [(tiny,), *((d,) for d in drawn), (np.zeros(shape),), (faint,)]


BLOCK = Exercise(
    id="image_features.block_normalise",
    title="forget how strong the light was",
    reference=block_normalise,
    cases=block_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-epsilon", "an empty block became NaN: 0 divided by 0. Where does ε belong?",
                wrong=lambda b: (lambda u: u / np.sqrt((u**2).sum()))(np.minimum(b / np.sqrt((b**2).sum()), CLIP))),
        Mistake("no-clip", "this is length one and no more. One glaring edge still outweighs all others: cap it at 0.2",
                wrong=_unit),
        Mistake("no-second", "capped, but then the length is no longer one: normalise a second time",
                wrong=lambda b: np.minimum(_unit(b), CLIP)),
        Mistake("clip-first", "you capped before the first normalisation, so that 0.2 depends on how bright the picture was",
                wrong=lambda b: _unit(np.minimum(b, CLIP))),
        Mistake("cell-wise", "you normalised each cell by itself. The whole block has one length: sum over all its axes",
                wrong=lambda b: _unit(np.minimum(_unit(b, -1), CLIP), -1)),
        Mistake("sum", "you divided by the sum (L1). Here the length is Euclidean: root of the sum of squares",
                wrong=lambda b: (lambda u: u / (u.sum() + EPSILON))(np.minimum(b / (b.sum() + EPSILON), CLIP))),
        Mistake("square", "you divided by the squared length. Is there a square root missing?",
                wrong=lambda b: (lambda u: u / ((u**2).sum() + EPSILON**2))(np.minimum(b / ((b**2).sum() + EPSILON**2), CLIP))),
        Mistake("epsilon", "nearly: only faint blocks come out wrong. Under the root stands ε², beside the sum of squares",
                when=lambda got, _, b: any(np.allclose(got, _hys(b, length)) for length in _LENGTHS)),
        Mistake("bin-wise", "you gave every bin a length of its own. The whole block has one length: sum over all its axes",
                wrong=lambda b: _unit(np.minimum(_unit(b, (0, 1)), CLIP), (0, 1))),
        Mistake("zeroed", "what is above 0.2 became 0. It should become 0.2",
                wrong=lambda b: _unit(np.where(_unit(b) > CLIP, 0, _unit(b)))),
        Mistake("maximum", "you divided by the largest number, not by the length",
                when=lambda got, expected, b: np.allclose(np.max(got), 1) or np.allclose(got, b / (b.max() + EPSILON))),
    ],
    hints=(
        "Twice the light, twice every number. What must you divide by so that nobody can tell?",
        "v = block / root(sum of squares + ε²); cap v at 0.2; then the same division once more. All axes of the block together.",
        "v = block / np.sqrt((block**2).sum() + …)\nv = np.minimum(v, …)\nreturn v / …",
    ),
)  # fmt: skip
