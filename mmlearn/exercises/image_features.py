"""Chapter 03: a histogram of directions and its normalisation, a convolution, matching with doubt, patches, a pyramid."""

import numpy as np

from mmlearn.exercises.engine import Exercise, Mistake, register
from mmlearn.exercises.engine.quiz import Choice, Question, ask

# 1 -------------------------------------------------------------------------------------------------------------------


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


# 2 -------------------------------------------------------------------------------------------------------------------

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


# 3 -------------------------------------------------------------------------------------------------------------------


def ratio_test(distances: np.ndarray, ratio: float = 0.75) -> np.ndarray:
    """Lowe's test on a table of distances."""
    order = np.argsort(distances, axis=1)
    rows = np.arange(len(distances))
    sure = distances[rows, order[:, 0]] < ratio * distances[rows, order[:, 1]]
    return np.stack([rows[sure], order[sure, 0]], axis=1)


def _nearest_pairs(distances: np.ndarray, keep: np.ndarray) -> np.ndarray:
    rows = np.arange(len(distances))
    return np.stack([rows[keep], distances.argmin(1)[keep]], axis=1)


def _two_best(distances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    best = np.sort(distances, axis=1)
    return best[:, 0], best[:, 1]


def _with_rivals(distances: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """The accepted rows, each with its second nearest."""
    return np.stack([pairs[:, 0], np.argsort(distances, axis=1)[pairs[:, 0], 1]], axis=1)


def ratio_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, m = {"standard": (12, 9), "large": (150, 90)}[variant]
    tiny = np.array([[0.30, 0.90, 1.20], [1.10, 1.00, 1.05], [2.00, 1.40, 0.60], [1.60, 1.90, 1.10]])
    drawn = rng.uniform(0.8, 2.0, size=(n, m))
    drawn[np.arange(n // 2), rng.integers(m, size=n // 2)] *= 0.3  # half of them have one clear partner
    drawn[:, 0] = np.maximum(drawn[:, 0], 0.9)
    ties = np.array([[0.0, 0.0, 1.0], [0.3, 0.3, 0.9], [0.75, 1.0, 2.0], [0.1, 0.9, 0.8], [0.2, 1.0, 1.1]])
    return [(tiny, 0.75), (ties, 0.75), (drawn, 0.75), (drawn, 0.5)]


RATIO = Exercise(
    id="image_features.ratio_test",
    title="a match only where there is no doubt",
    reference=ratio_test,
    cases=ratio_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-test", "every keypoint got its nearest partner, also where a second one is as near. Is there a test, and "
                "does the ratio multiply the second distance?",
                wrong=lambda D, r: _nearest_pairs(D, np.ones(len(D), bool))),
        Mistake("inverted", "you kept the doubtful ones and dropped the sure ones. Which way round is the comparison?",
                wrong=lambda D, r: _nearest_pairs(D, _two_best(D)[0] >= r * _two_best(D)[1])),
        Mistake("threshold", "you compared the nearest distance with the ratio itself. It must be compared with ratio × the "
                "second nearest",
                wrong=lambda D, r: _nearest_pairs(D, _two_best(D)[0] < r)),
        Mistake("side", "the ratio multiplies the wrong side: nearest × ratio < second nearest lets nearly everything pass",
                wrong=lambda D, r: _nearest_pairs(D, _two_best(D)[0] * r < _two_best(D)[1])),
        Mistake("last", "you compared with the farthest, which says nothing about doubt. The second nearest is the rival",
                wrong=lambda D, r: _nearest_pairs(D, D.min(1) < r * D.max(1))),
        Mistake("not-strict", "where nearest and ratio × rival are equal there is doubt: nearer means <, not <=",
                wrong=lambda D, r: _nearest_pairs(D, _two_best(D)[0] <= r * _two_best(D)[1])),
        Mistake("unique", "two partners at the very same distance are the worst doubt there is: np.unique makes one of the two",
                wrong=lambda D, r: _nearest_pairs(D, np.array([np.unique(d)[0] < r * np.unique(d)[1] for d in D]))),
        Mistake("fixed", "your ratio is fixed at 0.75. It is an argument", wrong=lambda D, r: ratio_test(D, 0.75)),
        Mistake("power", "a square too many, or a root: the distances are compared as they are, nearest < ratio × second",
                when=lambda got, _, D, r: np.asarray(got).tolist() in [ratio_test(D, q).tolist() for q in (r**2, r**0.5)]),
        Mistake("second", "you took the rival for the partner. Which column of the sorted indices is the nearest?",
                when=lambda got, expected, D, r: np.array_equal(got, _with_rivals(D, expected))),
        Mistake("mutual", "you also asked that i be the nearest of j. A good idea, but two rows may share a partner here",
                wrong=lambda D, r: np.array([(i, j) for i, j in ratio_test(D, r) if D[:, j].argmin() == i])),
        Mistake("mask", "this says which rows pass. Give the pairs (i, j) of those that do",
                when=lambda got, _, D, r: np.asarray(got).dtype == bool),
        Mistake("across", "the pairs lie across: all i in one row, all j in the other. Each pair is a row",
                when=lambda got, expected, D, r: np.array_equal(np.transpose(got), expected)),
        Mistake("columns", "you looked for partners down the columns. Row i holds the distances of keypoint i: search along it",
                when=lambda got, _, D, r: np.array_equal(got, ratio_test(D.T, r)) or np.array_equal(got, ratio_test(D.T, r)[:,
                ::-1])),
        Mistake("swapped", "right pairs, wrong way round: first the row i, then its partner j",
                when=lambda got, expected, D, r: np.array_equal(np.asarray(got)[:, ::-1], expected)),
        Mistake("partners-only", "these are the partners alone. Whose partners are they? Give pairs (i, j)",
                when=lambda got, expected, D, r: np.array_equal(np.ravel(got), expected[:, 1])),
        Mistake("order", "the right pairs, but not in the order of i",
                when=lambda got, expected, D, r: sorted(map(tuple, np.asarray(got).tolist())) == list(map(tuple,
                expected.tolist()))),
    ],
    hints=(
        "If two candidates are about as near, which of them is it? What would you rather do than guess?",
        "Sort each row: the first is the nearest, the second its rival. Keep row i if nearest < ratio × rival, with the index "
        "of the "
        "nearest as its partner.",
        "order = np.argsort(distances, axis=1)\nrows = np.arange(len(distances))\nfirst, second = distances[rows, …], …\n"
        "sure = …\nreturn np.stack([rows[sure], …], axis=1)",
    ),
)  # fmt: skip


# 4 -------------------------------------------------------------------------------------------------------------------


def convolve(image: np.ndarray, kernels: np.ndarray, stride: int = 1, padding: int = 0) -> np.ndarray:
    """What torch's conv2d gives, for one picture."""
    import torch

    x, w = torch.from_numpy(np.array(image, float))[None], torch.from_numpy(np.array(kernels, float))
    return torch.nn.functional.conv2d(x, w, stride=stride, padding=padding)[0].numpy()


def _padded(image: np.ndarray, padding: int, mode: str) -> np.ndarray:
    return np.pad(image, ((0, 0), (padding, padding), (padding, padding)), mode=mode)


def _turned(kernels: np.ndarray) -> np.ndarray:
    return kernels[:, :, ::-1, ::-1].copy()


def _same_kernel(image, kernels, stride, padding):
    return convolve(image, np.repeat(kernels[:1], len(kernels), 0), stride, padding)


def _first_channel(image, kernels, stride, padding):
    return convolve(image[:1], np.ascontiguousarray(kernels[:, :1]), stride, padding)


def convolve_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Small ones first, each for one mistake: they are what a learner is shown."""
    channels, outputs, side = {"standard": (2, 3, 7), "large": (3, 8, 16)}[variant]
    tiny = (np.arange(12.0).reshape(1, 3, 4), np.array([[[[1.0, 0.0], [0.0, -2.0]]]]), 1, 0)
    whole = rng.integers(-5, 6, size=(2, 2, 3))  # integers, with kernels that are none
    small = [(whole, rng.integers(1, 8, size=(2, 2, 2, 2)) / 8, 1, 0), (rng.integers(-5, 6, size=(1, 3, 4)) / 2,
                rng.normal(size=(1, 1, 3, 3)), 1, 2),
             (rng.normal(size=(1, 5, 5)), rng.normal(size=(1, 1, 3, 3)), 2, 0)]  # fmt: skip
    image, kernels = rng.normal(size=(channels, side, side + 2)), rng.normal(size=(outputs, channels, 3, 3))
    return [tiny, *small, (image, kernels, 1, 0), (image, kernels, 1, 1), (image, kernels, 2, 1), (image, kernels, 2, 0)]


CONVOLVE = Exercise(
    id="image_features.convolve",
    title="slide a small window over a picture",
    reference=convolve,
    cases=convolve_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("flipped", "your kernels stand on their heads. That is a mathematician's convolution; networks slide the "
                "kernel as it is "
                "(a cross-correlation)", wrong=lambda x, w, s, p: convolve(x, _turned(w), s, p)),
        Mistake("transposed", "rows and columns of the kernel are exchanged",
                wrong=lambda x, w, s, p: convolve(x, np.ascontiguousarray(w.transpose(0, 1, 3, 2)), s, p)),
        Mistake("mean", "you averaged over the window. A convolution adds up",
                wrong=lambda x, w, s, p: convolve(x, w, s, p) / w[0].size),
        Mistake("channel-mean", "you averaged over the channels. They are added up",
                wrong=lambda x, w, s, p: convolve(x, w, s, p) / w.shape[1]),
        Mistake("first-channel", "only the first channel of the picture was used. A kernel has a layer for each, and all are "
                "added up",
                wrong=_first_channel),
        Mistake("same-kernel", "all output maps are equal: the first kernel was used for each of them", wrong=_same_kernel),
        Mistake("edge", "you padded by repeating the border. Here the padding is zeros",
                wrong=lambda x, w, s, p: convolve(_padded(x, p, "edge"), w, s, 0)),
        Mistake("no-padding", "padding was ignored: the maps are smaller than they should be where padding is not 0",
                wrong=lambda x, w, s, p: convolve(x, w, s, 0)),
        Mistake("no-stride", "stride was ignored: the window moved one pixel at a time",
                wrong=lambda x, w, s, p: convolve(x, w, 1, p)),
        Mistake("padding-flag", "one ring of zeros, whatever `padding` says: it is a number of pixels, not a yes or no",
                wrong=lambda x, w, s, p: convolve(x, w, s, min(p, 1))),
        Mistake("padding-after", "the zeros came after the sliding, round the maps. They belong round the picture, before",
                wrong=lambda x, w, s, p: _padded(convolve(x, w, s, 0), p, "constant")),
        Mistake("starts", "the maps have the right size, but the window moves one pixel at a time: multiply its start by stride",
                wrong=lambda x, w, s, p: convolve(x, w, 1, p)[(slice(None), *map(slice, convolve(x, w, s, p).shape[1:]))]),
        Mistake("integers", "the picture may hold integers; your maps took over its type and cut off every fraction",
                wrong=lambda x, w, s, p: np.trunc(convolve(x, w, s, p)) if x.dtype.kind == "i" else convolve(x, w, s, p)),
        Mistake("channels-last", "right numbers, but the maps come last. Give (o, H', W')",
                when=lambda got, expected, *_: np.allclose(np.moveaxis(np.asarray(got), -1, 0), expected)),
        Mistake("channels-apart", "one map for each kernel and each channel: the channels still have to be added up",
                when=lambda got, expected, x, w, s, p: np.ndim(got) == 4 and np.shape(got)[1] == len(x)),
    ],
    hints=(
        "Write down one number of the answer: which pixels go into it, times what?",
        "Put zeros round the picture. For output row r and column c the window is rows r·stride … r·stride + k, the same for "
        "columns, "
        "all channels; multiply it by each kernel and add everything up.",
        "k = kernels.shape[-1]\nx = np.pad(picture, ((0, 0), (padding, padding), (padding, padding)))\nwindows = "
        "np.lib.stride_tricks.sliding_window_view(x, "
        "(k, k), axis=(1, 2))     # (c, H', W', k, k)\nwindows = windows[:, ::…, ::…]\nreturn np.einsum(\"chwij,ocij->…\", "
        "windows, kernels)",
    ),
)  # fmt: skip


# 5 -------------------------------------------------------------------------------------------------------------------


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


# 6 -------------------------------------------------------------------------------------------------------------------


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

register(ORIENTATION, BLOCK, RATIO, CONVOLVE, PATCHES, PYRAMID)


ask(
    Question(
        "image_features.shifted_pixels",
        "A picture is shifted by four pixels. Why is it, pixel by pixel, further from itself than from another picture?",
        (
            Choice("The shifted picture has other colours", False,
                   "The same colours, only elsewhere: its histogram of colours is the same but for the border."),
            Choice("Each pixel is compared with the one at the same place, which now shows something else", True,
                   "Along every edge light meets dark, and pays for both. A picture of something else often overlaps better."),
            Choice("Euclidean distance is wrong, cosine would do", False,
                   "Any distance that compares place by place has the same trouble. The representation has to change, not the "
                   "ruler."),
        ),
    ),
    Question(
        "image_features.keypoints_and_probe",
        "Nine in ten matches between a drawing and its turned copy were right. Yet counted as visual words, keypoints sort "
        "stamps far worse than a pretrained network does. Why is that no contradiction?",
        (
            Choice("Finding the same thing again and naming its kind are different tasks", True,
                   "A descriptor says: this very corner. Two different cats share few corners, and a smooth drawing has few "
                   "at all."),
            Choice("The probe is linear, and keypoints need a deep network", False,
                   "Linear or not: place and colour are not in the counts, and what is thrown away cannot be read."),
            Choice("There were too few visual words", False,
                   "Place, colour and smooth surfaces are gone before any word is counted, however many words there are."),
        ),
    ),
    Question(
        "image_features.average_and_place",
        "The last map of a network is averaged over all places. What does that cost, and what does it buy?",
        (
            Choice("It costs the place of things; it buys that a shifted thing looks nearly the same", True,
                   "You measured both. A spatial pyramid buys the place back, at several times the length."),
            Choice("It costs nothing: the network has already understood the picture", False,
                   "A probe for place drops when the map is averaged. What is averaged away is away."),
            Choice("It costs the colours of things", False,
                   "Averaging is over places, channel by channel. If a channel knows a colour, its mean does too."),
        ),
    ),
    Question(
        "image_features.film_average",
        "A classifier on the mean of a film's frames cannot tell left from right, however it is trained. Why?",
        (
            Choice("The mean frame is too blurred", False,
                   "Also the mean of perfect features is at chance here: blur is not the reason."),
            Choice("A film played backwards has the same frames, so both films have the very same mean", True,
                   "Two different labels on one and the same vector: no function can give both answers."),
            Choice("Eight frames are too few", False,
                   "With a thousand frames the mean of a film and of the same film backwards are still equal."),
        ),
    ),
    Question(
        "image_features.bgr",
        "Pictures read with OpenCV went into a pretrained network, and accuracy fell a little. Nobody noticed for a month. Why?",
        (
            Choice("OpenCV gives blue first; red and blue were exchanged, and shapes survive that", True,
                   "No error, no warning, only oranges that are blue. Always look at the very batch that goes into the network."),
            Choice("OpenCV loads pictures at a lower quality", False,
                   "It decodes the same pixels. It only orders the channels the other way round."),
            Choice("Pretrained networks do not work with OpenCV", False,
                   "They take numbers from anybody, which is exactly the danger."),
        ),
    ),
)  # fmt: skip
