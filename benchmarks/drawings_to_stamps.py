"""Domain adaptation from scenes, drawings that come with every label, to stamps, which have none: which colour is it?

The label of a stamp is not anybody's word but a count of its pixels: a vivid one (HSV saturation and value of at least 0.3) is
given the colour whose hue in scenes is nearest; a picture is of a colour if 60% of its vivid pixels are, and a fifth of what is
not white is vivid. Folders of cartoons are left out. Every method sees EfficientNet's vectors only.

No label of a stamp is used but by the ceiling and "commonest colour of the stamps", and to score: the strength of a classifier's
ridge is chosen on other scenes ("validation"; the ceiling's on stamps). Columns are taken as they are; rows "scaled" give them
variance 1 on the drawings, as a probe usually does, and that row's accuracy on other scenes says whether one would choose it.
"""

from collections.abc import Sequence

import numpy as np

from mmlearn import data, evaluate, features
from mmlearn.align import DANN, coral, match_moments

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink")
HUES = np.array([358, 31, 49, 138, 220, 275, 330]) / 360  # of scenes' colours, as they are painted
SCENES, OTHER_SCENES = 600, 200
STRENGTHS = (0.0, 0.1, 0.3, 1.0)
REG = 1.0  # of CORAL, as in its paper
SCALED = ", columns scaled by the drawings"


def colour_of(picture: np.ndarray, clear: float = 0.6, vivid: float = 0.2) -> int:
    """The index in COLOURS of a picture's one colour, uint8 (3, H, W); -1 if it has none or several."""
    from matplotlib.colors import rgb_to_hsv

    hsv = rgb_to_hsv(picture.transpose(1, 2, 0) / 255.0).reshape(-1, 3)
    thing = (hsv[:, 1] > 0.1) | (hsv[:, 2] < 0.9)  # neither white nor nearly
    bright = hsv[(hsv[:, 1] >= 0.3) & (hsv[:, 2] >= 0.3)]
    if len(bright) < max(1, vivid * thing.sum()):
        return -1
    apart = np.abs(bright[:, :1] - HUES)
    counts = np.bincount(np.minimum(apart, 1 - apart).argmin(axis=1), minlength=len(COLOURS))
    return int(counts.argmax()) if counts.max() >= clear * len(bright) else -1


def scenes(split: str, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of scenes of one thing, and its colour."""
    world = data.load("scenes", split=split, n=n, objects=1, only={"colour": COLOURS, "texture": ["plain"]})
    names = [facts.things[0].colour for facts in world.column("facts")]
    X = features.encode(features.pretrained.image(), world.images(), progress=False)
    return X, np.array([COLOURS.index(name) for name in names])


def stamps() -> tuple[np.ndarray, np.ndarray, list, list[int]]:
    """Vectors of the stamps that have one colour, the colour, the group, and which they are of all stamps."""
    pairs = data.load("stamps", split="all")
    drawn = ["cartoon" in labels["folder"] for labels in pairs.column("labels")]
    label = np.array([-1 if cartoon else colour_of(pairs[i]["image"].numpy()) for i, cartoon in enumerate(drawn)])
    kept = np.flatnonzero(label >= 0)
    X = features.encode(features.pretrained.image(), pairs.images(kept), progress=False)
    return X, label[kept], [pairs.groups[i] for i in kept], kept.tolist()


def said(captions: Sequence[str]) -> list[int]:
    """The one colour word of each caption as an index in COLOURS; -1 if it has none or several."""
    words = [set(caption.lower().replace(",", " ").replace(".", " ").split()) for caption in captions]
    found = [[i for i, colour in enumerate(COLOURS) if colour in each] for each in words]
    return [one[0] if len(one) == 1 else -1 for one in found]


def balanced(right: np.ndarray, y: np.ndarray) -> float:
    """The mean over colours of the share that is right: whoever always says one colour gets one in seven."""
    return float(np.mean([right[y == colour].mean() for colour in np.unique(y)]))


def probe(train, val, test, scaled: bool = False) -> dict[str, float]:
    """A linear classifier's accuracy and balanced accuracy on `test`, and what it reached where its ridge was chosen."""
    found = evaluate.linear_probe(train, val, test, scaled=scaled)
    return {"accuracy": found.accuracy, "balanced": balanced(found.right, test[1]), "validation": found.validation}


def commonest(y: np.ndarray, asked: np.ndarray) -> dict[str, float]:
    """Always the commonest of the colours `y`."""
    right = asked == np.bincount(y).argmax()
    return {"accuracy": float(right.mean()), "balanced": balanced(right, asked)}


def one_seed(seed: int, source, other, target) -> dict[str, dict[str, float]]:
    """Half of the stamps are there to adapt to, without labels; the other half, of other groups, is for the test."""
    (Xs, ys), (Xo, yo), (Xt, yt, groups, _) = source, other, target
    test, rest = data.splits.grouped(groups, (len(yt) // 2,), seed=seed)
    there, asked = Xt[rest], (Xt[test], yt[test])
    order = np.random.default_rng(seed).permutation(len(ys))[: len(ys) * 4 // 5]  # the source varies with the seed too
    Xs, ys = Xs[order], ys[order]
    moves = {
        "source only": (Xs, Xo),
        "means and variances matched": (match_moments(Xs, there), match_moments(Xo, there)),
        "CORAL": (coral(Xs, there, REG), coral(Xo, there, REG)),
    }
    found = {name: probe((moved, ys), (others, yo), asked) for name, (moved, others) in moves.items()}
    found["the target's labels (ceiling)"] = ceiling(there, yt[rest], [groups[i] for i in rest], asked)
    for name, (moved, others) in moves.items():
        found[name + SCALED] = probe((moved, ys), (others, yo), asked, scaled=True)
    found |= fought(seed, Xs, ys, there, asked)
    found["commonest colour of the stamps"] = commonest(yt[rest], yt[test])
    found["commonest colour of the drawings"] = commonest(ys, yt[test])
    return found


def fought(seed: int, Xs, ys, there, asked) -> dict[str, dict[str, float]]:
    """DANN, by strength, before and after means and variances are matched; of its settings none is chosen."""
    found = {}
    for matched in (False, True):
        rows = match_moments(Xs, there) if matched else Xs
        for strength in STRENGTHS:
            name = f"DANN, strength {strength:g}" if strength else "the same network, no adversary"
            model = DANN(strength=strength, seed=seed).fit(rows, ys, there)
            told = float(np.mean(model.history_.parts["accuracy"][-50:]))
            right = model.predict(asked[0]) == asked[1]
            row = {"accuracy": float(right.mean()), "balanced": balanced(right, asked[1]), "discriminator": told}
            found[name + ", after matching" * matched] = row
    return found


def ceiling(X, y, groups, asked) -> dict[str, float]:
    """Trained on labelled stamps, a quarter of which choose the ridge."""
    val, train = data.splits.grouped(groups, (len(y) // 4,), seed=0)
    return probe((X[train], y[train]), (X[val], y[val]), asked)


KINDS = {
    "the target's labels (ceiling)": "ceiling",
    "commonest colour of the stamps": "chance",
    "commonest colour of the drawings": "chance",
}


def domain(seeds: Sequence[int]) -> dict:
    """The part "domain": accuracy on stamps; and how often a stamp's colour by its pixels is the one its caption names."""
    source, other, target = scenes("train", SCENES), scenes("val", OTHER_SCENES), stamps()
    runs = [one_seed(seed, source, other, target) for seed in seeds]
    scores = evaluate.Scores()
    for name in runs[0]:
        scores.add(name, [run[name] for run in runs], KINDS.get(name, "method"))
    captions = data.load("stamps", split="all").column("caption")
    named = np.array(said([captions[i] for i in target[3]]))
    agree = float(np.mean(named[named >= 0] == target[1][named >= 0]))
    facts = {"stamps": [len(target[1])], "with a colour word": [int((named >= 0).sum())], "that say what the pixels say": [agree]}
    return {"domain": scores.figures(), "domain labels": {"stamps": {"kind": "method", **facts}}}
