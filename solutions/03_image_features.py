# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] label="promise"
# # 03 · Image features: what a vector keeps of a picture, and what it throws away
#
# **You turn pictures into vectors in five ways: edges, keypoints, a network that you train, a network that others trained, attention over
# patches. Then you measure what each of them still knows, and what it no longer notices.**
#
# ![A table of changes against representations: how far each change moves each representation](../data/pictures/image_features.png)
#
# *What you will have at the end: how far a shifted, turned, recoloured picture moves in each representation. 1 is as far as another
# picture. You make this figure in section 4.*

# %% [markdown] label="objectives"
# **After this chapter you can**
#
# - build HOG, a convolution and patches, and say how SIFT matches two photographs;
# - train a small CNN and a small vision transformer, and look inside both;
# - measure what a representation keeps (a probe) and what leaves it cold (a sensitivity);
# - say why an average of frames cannot tell coming from going;
# - choose a picture feature by numbers, and avoid the two mistakes that never raise an error.
#
# **You need** chapter 01: a training loop, and attention. Terms in English and Chinese: [glossary · 术语表](../GLOSSARY.md).

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
import copy

import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from mmlearn import data, evaluate, features, layers, profiles, show, train, widgets
from mmlearn.data import scenes
from mmlearn.exercises import check, hint, progress, quiz
from mmlearn.features import image

size = profiles.settings("03_image_features")

# %% [markdown] label="problem-text"
# ## 1 · A picture that is not like itself
#
# A picture *is* a list of numbers already: its pixels. Why not compare those?
#
# Our material is the controlled world: **scenes** with one thing in each, of which we know everything. We move one picture six pixels to
# the right and ask, among all test pictures, which are nearest to it.

# %% label="world"
world = {split: data.load("scenes", split=split, n=n, objects=1) for split, n in size.scenes.items()}
pictures = {split: torch.stack(pairs.column("image")).numpy() for split, pairs in world.items()}  # (n, 3, 64, 64) uint8
print({split: p.shape for split, p in pictures.items()})


# %% label="nearest"
def pixels(images: np.ndarray) -> np.ndarray:
    """Pictures (n, 3, H, W) -> (n, 3·H·W) between 0 and 1: the naive representation."""
    return images.reshape(len(images), -1) / np.float32(255)


def nearest(represent, changed: np.ndarray, shelf: np.ndarray, k: int = 4) -> tuple:
    """The k pictures of the shelf nearest to each changed one: indices (n, k), and all distances (n, shelf)."""
    a, b = torch.from_numpy(represent(changed)), torch.from_numpy(represent(shelf))
    distances = torch.cdist(a, b).numpy()
    return np.argsort(distances, axis=1)[:, :k], distances


shelf = pictures["test"][: size.changed]
some = np.flatnonzero(np.array(world["test"].column("place"))[: len(shelf)] % 3 < 2)[:3]  # not at the right border
order, distances = nearest(pixels, image.shift(shelf[some], 6), shelf)
shown, said, marks = [], [], []
for i, own in enumerate(some):
    four = [*order[i, :3], own]  # the three nearest, and the picture itself
    shown += [image.shift(shelf[[own]], 6)[0], *shelf[four]]
    said += ["shifted by 6 pixels", *(f"distance {distances[i, j]:.1f}" for j in four)]
    marks += [False, *(j == own for j in four)]
show.pictures(shown, said, columns=5, marks=marks, title="the three nearest by pixels, and at the right the picture itself",
              name="pixels");

# %% label="nearest-share"
rows = []
for shifted in (0, 2, 4, 6, 8):
    order, _ = nearest(pixels, image.shift(shelf, shifted), shelf)
    rows.append({"shifted by": f"{shifted} pixels", "finds itself": np.mean(order[:, 0] == np.arange(len(shelf)))})
show.table(rows);

# %% [markdown] label="problem-read"
# A green frame marks the picture itself. It should be the nearest, and strangers are nearer. The table counts: the further the shift, the
# fewer pictures are nearest to themselves. Pixels are compared place by place, and at every place there is now something else. What we see
# as *the same star* is, for the pixels, a star that vanished and another that appeared.

# %% [markdown] label="idea"
# ## 2 · The idea: choose what to forget
#
# A **representation** (表示) is a function $f$ from pictures to vectors. For a change $T$ of the picture, say a shift by six pixels, $f$ is
#
# - **invariant** (不变) if the vector stays: $f(Tx) = f(x)$;
# - **equivariant** (等变) if the vector changes in step with the picture: $f(Tx) = T'f(x)$ for some change $T'$ of vectors.
#
# Nobody is perfectly either, so we measure. First, how far the change moves the vector, in units of the distance between different
# pictures:
#
# $$\text{sensitivity}(f, T) = \frac{\text{mean}_x\ \lVert f(Tx) - f(x)\rVert}{\text{mean}_{x \ne x'}\ \lVert f(x) - f(x')\rVert}$$
#
# where $\lVert v\rVert$ is the length of a vector. 0 is *did not notice*, 1 is *as different as another picture*.
#
# Forgetting is not free. Who does not notice a shift cannot say where the thing is. So the second measurement asks what is left: a **linear
# probe** (线性探针). It fits one linear classifier for shape, one for colour, one for place, and counts how often each is right on pictures it
# never saw. (Its *ridge*, how strongly large weights are held back, is chosen on validation pictures.) In the scenes everything can be
# seen, so the ceiling is 1.


# %% label="keeps"
kept = evaluate.Scores()
truth = {split: {what: np.array(pairs.column(what)) for what in ("shape", "colour", "place")} for split, pairs in world.items()}


def probes(X: dict) -> dict:
    """X: split -> (n, d). How often a linear classifier is right about each attribute of the test pictures."""
    return {
        what: evaluate.linear_probe(*((X[split], truth[split][what]) for split in truth), strengths=(1e-4, 1e-2, 1.0)).accuracy
        for what in ("shape", "colour", "place")
    }


def keeps(name: str, represent) -> None:
    """Probe a representation, add its row to the table, show the table."""
    kept.add(name, [probes({split: represent(images) for split, images in pictures.items()})])
    show.table(kept.rows())


always = {what: evaluate.majority(truth["train"][what], truth["test"][what]) for what in ("shape", "colour", "place")}
kept.add("ceiling", [dict.fromkeys(always, 1.0)], "ceiling")
kept.add("always the commonest", [always], "chance")
keeps("pixels, 16 × 16", lambda images: pixels(images.reshape(len(images), 3, 16, 4, 16, 4).mean((3, 5))))

# %% [markdown] label="keeps-read"
# Read the last line: made small, pixels know *where* something is, and mostly which *colour*. Ask them for the *shape* and they are wrong
# every second time, since a star here and a star there share nothing. The rest of this chapter is about better lines in this table. Every
# section adds one.

# %% [markdown] label="hog-text"
# ## 3 · Build it
#
# ### 3.1 · Edges: histograms of oriented gradients
#
# What stays when the light changes? Edges. The **gradient** (梯度) of a grey picture $I$ at pixel $(r, c)$ is an arrow with two parts, which
# neighbours give by subtraction:
#
# $$d_x = I(r, c+1) - I(r, c-1),\qquad d_y = I(r+1, c) - I(r-1, c).$$
#
# Its length says how sharp the edge is. It points *across* the edge, to where it gets lighter. At the border of the picture a neighbour is
# missing, and the part that needs it is set to 0.
#
# **HOG** (方向梯度直方图; Dalal and Triggs, 2005) cuts the picture into cells of 8 × 8 pixels and counts, in each, how much arrow points in each
# of nine directions. Within a cell it forgets where exactly. One would expect it to forgive small shifts; section 4 measures whether it
# does.

# %% label="gradients"
large = data.load("scenes", split="train", n=2, objects=1, size=160,
                  only={"size": ["large"], "texture": ["plain"], "place": ["centre"]})  # fmt: skip
large = torch.stack(large.column("image")).numpy()[:, :, 40:120, 40:120]  # (2, 3, 80, 80): large things, ten cells a side
grey = large[:1].astype(float).mean(axis=1) / 255  # (1, 80, 80)
down, across = image.gradients(grey)
show.pictures(
    [grey[0], across[0] / 2 + 0.5, down[0] / 2 + 0.5, np.hypot(across, down)[0].clip(0, 1)],
    ["the picture, grey", "to the right: white where it gets lighter, black where darker", "downwards", "length of the arrow"],
    columns=4, name="gradients",
);

# %% [markdown] label="orientation-text" exercise="image_features.orientation_histogram" difficulty=3 minutes=15
# Count one cell. Each pixel votes for the bin of its arrow's angle, $\operatorname{atan2}(d_y, d_x)$, and its vote weighs as much as its
# arrow is long. Light-to-dark and dark-to-light are the same edge, so angles are taken modulo 180°. Bin 0 runs from 0° up to 180°/`bins`,
# bin 1 from there, and so on. At the end divide by the number of pixels of the cell.


# %% label="orientation" exercise="image_features.orientation_histogram"
def orientation_histogram(dx: np.ndarray, dy: np.ndarray, bins: int = 9) -> np.ndarray:
    """dx, dy (h, w): the gradient to the right and downwards -> (bins,) mean length of gradient per pixel, by direction."""
    ### BEGIN SOLUTION
    angle = np.degrees(np.arctan2(dy, dx)) % 180  # (h, w)
    index = np.minimum((angle / (180 / bins)).astype(int), bins - 1)
    return np.bincount(index.ravel(), weights=np.hypot(dx, dy).ravel(), minlength=bins) / dx.size
    ### END SOLUTION


# %% label="orientation-check" tags=["nbval-check-output"]
check("image_features.orientation_histogram", orientation_histogram)

# %% [markdown] label="block-text" exercise="image_features.block_normalise" difficulty=2 minutes=10
# Twice the light gives arrows twice as long. To forget that, HOG looks at 2 × 2 neighbouring cells together, a **block**, and gives it
# length one. Then it caps every number at 0.2, so that one glaring edge does not silence the others, and gives it length one again
# (*L2-Hys*, an idea of Lowe's, whom you meet in 3.2). Blocks overlap: each starts one cell further. 8 × 8 cells make 7 × 7 blocks, and a
# vector of 7 · 7 · 4 · 9 = 1764 numbers.
#
# Divide by $\sqrt{\lVert v\rVert^2 + \varepsilon^2}$ with $\varepsilon = 10^{-5}$, so that an empty block stays empty.

# %% label="block" exercise="image_features.block_normalise"
def block_normalise(block: np.ndarray) -> np.ndarray:
    """block (rows, columns, bins), nothing negative -> the same shape: length one, capped at 0.2, length one."""
    ### BEGIN SOLUTION
    v = block / np.sqrt((block**2).sum() + 1e-10)
    v = np.minimum(v, 0.2)
    return v / np.sqrt((v**2).sum() + 1e-10)
    ### END SOLUTION


# %% label="block-check" tags=["nbval-check-output"]
check("image_features.block_normalise", block_normalise)

# %% [markdown] label="hog-listing-text"
# ### The listing
#
# The library does the same to all cells and all blocks of all pictures at once. `cell_histograms` is your first exercise; `hog` cuts out
# every block and does your second one to it.

# %% label="hog-listing"
show.source(image.hog);


# %% label="hog-mine"
def hog_by_hand(grey: np.ndarray, cell: int = 8, bins: int = 9) -> np.ndarray:
    """One grey picture (H, W), cell by cell with your two functions: slow and clear."""
    dy, dx = image.gradients(grey)
    rows, columns = grey.shape[0] // cell, grey.shape[1] // cell
    cells = np.zeros((rows, columns, bins))
    for r, c in np.ndindex(rows, columns):
        here = np.s_[r * cell : (r + 1) * cell, c * cell : (c + 1) * cell]
        cells[r, c] = orientation_histogram(dx[here], dy[here], bins)
    blocks = [block_normalise(cells[r : r + 2, c : c + 2]) for r, c in np.ndindex(rows - 1, columns - 1)]
    return np.concatenate([block.ravel() for block in blocks])


mine = False  # True, once your two functions show ✓
if mine:
    print("largest difference from the library:", np.abs(hog_by_hand(grey[0]) - image.hog(grey)[0]).max())

# %% [markdown] label="hog-equal-text"
# Is it right? The course compares it with scikit-image's, and chapter 01's attention, which you need below, with torch's (`python -m
# benchmarks.image_features equal`):

# %% label="hog-equal"
equal = evaluate.Scores.stored("image_features", "equal")
show.table([{"ours, the pictures, the other": name, "largest difference": f"{equal[name]['difference']:.0e}"} for name in equal.values]);

# %% label="hog-draw"
both = [view for picture in large for view in (picture, image.draw_hog(picture))]
show.pictures(both, columns=4, title="two pictures, and what HOG knows of them: strokes lie along the edges", name="hog");

# %% label="hog-keeps"
keeps("HOG", image.hog)

# %% [markdown] label="hog-keeps-read"
# **HOG keeps** place and contour: shape is read better than from pixels (0.69 against 0.50). **It throws away** colour (0.14, no better
# than *always the commonest*): it only ever saw differences of light. That shape is still far from 1 has the old reason: cells stand at
# fixed places, and a star here and a star there still share nothing.

# %% [markdown] label="sift-text"
# ### 3.2 · Keypoints: find the same corner again
#
# HOG describes every place. **SIFT** (尺度不变特征变换; Lowe, 2004) describes only those that one can find again, corners and blobs. It finds them
# by blurring the picture more and more: a spot that differs most from its surroundings at some blur is a keypoint, and that blur is its
# *size*. The strongest gradient around gives it a *direction*. Then it is described by a small histogram of gradients, 4 × 4 cells × 8
# directions = 128 numbers, **measured along the keypoint's own direction and in units of its own size**. Turn or enlarge the picture, and
# the descriptor turns and grows with it.
#
# We take OpenCV's SIFT, and public-domain drawings where they can be had. Below is the one with most keypoints: a circle for the size, a
# stroke for the direction, the hundred strongest drawn.

# %% label="sift-pictures"
def get_drawings() -> np.ndarray:
    """Some clipart, if it can be had, or large scenes, with a white margin: uint8 (n, 3, 304, 304)."""
    try:
        found = data.load("clipart", split="test").images(range(size.drawings))
        return np.pad(found, ((0, 0), (0, 0), (40, 40), (40, 40)), constant_values=255)
    except data.DataUnavailable as reason:
        print(f"{reason}\n\nThis section goes on with generated scenes.")
        return torch.stack(data.load("scenes", split="test", n=size.drawings, objects=3, size=304).column("image")).numpy()


drawings = get_drawings()
turned = image.scale(image.rotate(drawings, 35), 0.8)
first, second = ([image.keypoints(picture) for picture in pile] for pile in (drawings, turned))
chosen = int(np.argmax([len(found.points) for found in first]))
a, b = first[chosen], second[chosen]
print(f"{len(a.points)} keypoints in the drawing, {len(b.points)} in the same turned by 35° and made smaller")
show.keypoints(drawings[chosen], a.points, name="keypoints");

# %% [markdown] label="ratio-text" exercise="image_features.ratio_test" difficulty=2 minutes=10
# Which keypoint of the second picture is keypoint $i$ of the first? The one with the nearest descriptor, but only if there is no rival:
# **accept if the nearest is nearer than `ratio` times the second nearest** (Lowe's ratio test). A brick looks like every other brick, so
# bricks are left out.


# %% label="ratio" exercise="image_features.ratio_test"
def ratio_test(distances: np.ndarray, ratio: float = 0.75) -> np.ndarray:
    """distances (n, m), m ≥ 2 -> (k, 2): accepted pairs (i, j) in the order of i, where j is nearest to i."""
    ### BEGIN SOLUTION
    order = np.argsort(distances, axis=1)
    rows = np.arange(len(distances))
    best, rival = distances[rows, order[:, 0]], distances[rows, order[:, 1]]
    sure = best < ratio * rival
    return np.stack([rows[sure], order[sure, 0]], axis=1)
    ### END SOLUTION


# %% label="ratio-check" tags=["nbval-check-output"]
check("image_features.ratio_test", ratio_test)


# %% [markdown] label="match-text"
# We know how the picture was turned, so we know where each keypoint must lie. A match is *right* if it is there, give or take three pixels.


# %% label="match"
def where_to(points: np.ndarray, degrees: float = 35, factor: float = 0.8, side: int = 304) -> np.ndarray:
    """Places (n, 2) in the drawing -> places in the turned and shrunk one."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    middle = (side - 1) / 2
    return (points - middle) @ np.array([[c, -s], [s, c]]) * factor + middle  # row vectors


def judged(a, b, pairs: np.ndarray) -> np.ndarray:
    """(k,) bool: which matches lie where they must."""
    return np.linalg.norm(where_to(a.points[pairs[:, 0], :2]) - b.points[pairs[:, 1], :2], axis=1) < 3


rows = []
for ratio in (1.0, 0.9, 0.75, 0.6):
    good = [judged(p, q, image.match(p.descriptors, q.descriptors, ratio)) for p, q in zip(first, second, strict=True)]
    joined = np.concatenate(good)
    rows.append({"ratio": f"{ratio}", "matches a picture": len(joined) / len(drawings), "right": joined.mean()})
show.table(rows, digits=2)
pairs = image.match(a.descriptors, b.descriptors)
shown = pairs[:: max(1, len(pairs) // 20)]
show.matches(drawings[chosen], turned[chosen], a.points, b.points, shown, marks=judged(a, b, shown),
             title="green: where it must be; red: elsewhere", name="matches");

# %% [markdown] label="match-read"
# Without a test (ratio 1.0) nearly half of the matches are wrong (0.54 right). With 0.75 half of them are left, and nine in ten are right.
# The doubt that remains comes from things that repeat, as spots do.

# %% [markdown] label="words-text"
# Descriptors recognise *this very corner*. To put a whole picture into one vector, cluster all descriptors into **visual words** (视觉词) and
# count how often each occurs: a bag of words, as in chapter 02 (Csurka et al., 2004). With it goes, as there, all order: here, all place.

# %% label="words-keeps"
few = pictures["train"][: len(pictures["train"]) // 3]
words = image.VisualWords(size.words).fit(few)
keeps("SIFT, visual words", words.transform)

# %% [markdown] label="words-read"
# **Visual words keep** what kinds of corners there are, which here is most of the shape (0.75). **They throw away** place (0.10) and nearly
# all colour (0.21): both stand close to *always the commonest*.

# %% [markdown] label="cnn-text"
# ### 3.3 · A convolutional network from scratch
#
# HOG's filters (*subtract the neighbours*) were thought up by people. A **convolutional network** (卷积网络; LeCun et al., 1998) learns its
# own. One layer slides $o$ small kernels over a picture with $c$ channels; kernel $W_k$ gives the map
#
# $$y_k(r, s) = \sum_{\text{channel } i}\ \sum_{u, v}\ W_{k}(i, u, v)\ x\big(i,\ r\cdot\text{stride} + u,\ s\cdot\text{stride} + v\big).$$
#
# The same weights at every place: shift the picture, and the map shifts with it (at stride 1, and away from the border). A convolution is
# *equivariant*.

# %% [markdown] label="convolve-text" exercise="image_features.convolve" difficulty=4 minutes=20
# Write it. `padding` puts so many zeros around the picture on every side, `stride` moves the window so many pixels at a time.
# (Mathematicians turn the kernel upside down first. Networks do not.)


# %% label="convolve" exercise="image_features.convolve"
def convolve(picture: np.ndarray, kernels: np.ndarray, stride: int = 1, padding: int = 0) -> np.ndarray:
    """picture (c, H, W), kernels (o, c, k, k) -> (o, H', W') with H' = (H + 2·padding - k) // stride + 1."""
    ### BEGIN SOLUTION
    k = kernels.shape[-1]
    x = np.pad(picture, ((0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))  # (c, H'', W'', k, k)
    windows = windows[:, ::stride, ::stride]
    return np.einsum("chwij,ocij->ohw", windows, kernels)
    ### END SOLUTION


# %% label="convolve-check" tags=["nbval-check-output"]
check("image_features.convolve", convolve)

# %% label="cnn-listing"
show.source(image.SmallCNN);


# %% [markdown] label="fashion-text"
# Three stages of convolution, each looking at a wider piece of the picture than the one before. We train it on **Fashion-MNIST**: 28 × 28
# grey pictures of ten kinds of clothes (Xiao et al., 2017). Live we use a part of them; section 5 shows what the network reaches with all.

# %% label="fashion"
def get_fashion() -> tuple:
    """Split -> (pictures (n, 28, 28) uint8, labels (n,)), and what the labels mean; scenes in grey if it cannot be had."""
    try:
        parts = {split: data.load("fashion_mnist", split=split) for split in size.live}
    except data.DataUnavailable as reason:
        print(f"{reason}\n\nThe chapter goes on with the shapes of grey scenes.")
        grey = {split: p[:, :, 4:60:2, 4:60:2].mean(1).astype(np.uint8) for split, p in pictures.items()}
        return {split: (grey[split], truth[split]["shape"]) for split in grey}, scenes.SHAPES
    found = {split: (part.grey[: size.live[split]], part.labels()[: size.live[split]]) for split, part in parts.items()}
    return found, data.fashion_mnist.CLASSES


fashion, classes = get_fashion()


# %% label="learn"
def right(model, images, labels) -> float:
    """Share of pictures whose largest logit is the right one."""
    with torch.inference_mode():
        guess = torch.cat([model(part).argmax(1) for part in torch.as_tensor(images).split(500)])
    return float((guess == torch.as_tensor(labels)).float().mean())


def learn(model, images, labels, steps: int, batch: int, lr: float) -> None:
    """Cross-entropy, and a learning rate that rises and falls. What comes after it is small enough for a CPU."""

    def loss(model, pair):
        return functional.cross_entropy(model(pair[0]), pair[1])

    loader = DataLoader(TensorDataset(torch.as_tensor(images), torch.as_tensor(labels)), batch, shuffle=True)
    train.fit(model, loader, loss, steps=steps, lr=lr, schedule=train.one_cycle(steps), clip=1.0)
    model.cpu()


# %% label="cnn-train"
how = dict(size.live_cnn)
torch.manual_seed(0)
cnn = image.SmallCNN(classes=10, channels=1, width=how.pop("width"))
learn(cnn, *fashion["train"], **how)
print(f"right on unseen pictures: {right(cnn, *fashion['test']):.3f}")

# %% [markdown] label="cnn-look-text"
# Look inside. Each kernel of the first stage is a small picture itself: blue below zero, red above. After so short a training most are hard
# to name. Their **maps** of one picture are easier to read: some answer to the ground around the shoe, some to its sole or its outline. In
# the last stage four by four places are left, and each map answers to something that has no simple name any more.

# %% label="cnn-look"
show.maps(cnn.filters[:, 0].numpy(), columns=8, diverging=True, title="the kernels of the first stage", name="filters")
seen = image.maps_of(cnn, fashion["test"][0][:1])
names = ["picture", *map(str, range(1, 9))]
for stage, name in ((0, "first"), (2, "last")):
    show.maps([fashion["test"][0][0], *seen[stage][0, :8].numpy()], names, columns=9,
              title=f"eight maps of the {name} stage", name=f"maps-{name}")

# %% [markdown] label="cnn-keeps-text"
# What does a network keep? **What it was trained for.** To see that, we train another one of the same kind on scenes in colour, and ask it
# only for the *shape*. Colour and place were never asked for. Beside it stands the same network before training.


# %% label="cnn-keeps"
def vectors(model, images: np.ndarray, batch: int = 100) -> np.ndarray:
    """The network's features, (n, d)."""
    with torch.inference_mode():
        parts = [model.features(images[i : i + batch]) for i in range(0, len(images), batch)]
    return torch.cat(parts).numpy()


torch.manual_seed(0)
untrained = image.SmallCNN(classes=8, channels=3, width=16).eval()
shape_cnn = copy.deepcopy(untrained)
learn(shape_cnn, pictures["train"], truth["train"]["shape"], **size.shape_cnn)
kept.add("CNN, untrained", [probes({split: vectors(untrained, p) for split, p in pictures.items()})])
keeps("CNN, trained for shape", lambda images: vectors(shape_cnn, images))

# %% [markdown] label="cnn-keeps-read"
# Training for shape made shape excellent (0.38 → 0.96) and *took a good part of the colour away* (0.77 → 0.50): it was of no use for the
# task. Place stays, since this network's vector is a 4 × 4 grid of places laid out in a row. **A network keeps what its task needs and its
# architecture lets through. The rest is at its mercy.**

# %% [markdown] label="pretrained-text"
# ### 3.4 · A network that others trained, layer by layer
#
# EfficientNet-Lite0 (Tan and Le, 2019) learnt to tell a thousand kinds of things apart on 1.3 million photographs. It never saw a scene. We
# read it at every stage, each map averaged over its places, and probe each.

# %% label="pretrained"
device = "cuda" if torch.cuda.is_available() else "cpu"
encoder = features.pretrained.image(size=size.scene_pixels).to(device)


def read(images: np.ndarray) -> tuple:
    """Each of the eight stages averaged over places, a list of (n, channels); and the maps of stage 7 (n, 320, h, w)."""
    means, last = [], []
    for i in range(0, len(images), 8):
        maps = image.maps_of(encoder, images[i : i + 8])
        means.append([m.mean((2, 3)).cpu() for m in maps])
        last.append(maps[6].cpu())
    return [torch.cat(stage).numpy() for stage in zip(*means, strict=True)], torch.cat(last).numpy()


stages, last_maps = {}, {}
for split, images in pictures.items():
    stages[split], last_maps[split] = read(images)
seen = image.maps_of(encoder, pictures["test"][:1])
for stage in (2, 7):
    show.maps([255 - pictures["test"][0].mean(0), *seen[stage - 1][0, :8].cpu().numpy()], columns=9,
              title=f"a scene (light and dark exchanged), and eight maps of stage {stage}", name=f"stage-{stage}")

# %% label="layers"
by_stage = [probes({split: stages[split][s] for split in stages}) for s in range(8)]
show.curve(
    range(1, 9), {what: [row[what] for row in by_stage] for what in by_stage[0]},
    "stage of EfficientNet-Lite0 (8: its head)", "probe: share right", title="What each layer still knows", name="layers",
);
kept.add("EfficientNet, head", [by_stage[-1]])

# %% [markdown] label="layers-read"
# The maps of stage 2 still look like the picture. Those of stage 7 have four by four places, and no eye can say what they mean; a probe
# can.
#
# Early averages know little: the first stage has sixteen channels, and *how much edge there is in all* tells neither shape nor place. Then
# **shape** and **colour** become readable, and stay. **Place** is stranger. An average over all places should not know it at all, yet in
# the middle it does: the zeros around the picture tell a network where the border is, and what it finds near a border it can mark as such
# (Islam et al., 2020). The last stages let go of it, since *what is it?* does not ask *where?*
#
# Can one average and still remember where? The library cannot do this one, and you can.

# %% [markdown] label="pyramid-text" exercise="image_features.spatial_pyramid" difficulty=3 minutes=15
# A **spatial pyramid** (空间金字塔; Lazebnik et al., 2006): the mean over the whole map, then the means over its quarters, and so on. For each
# `g` in `levels` cut the map into `g` × `g` equal parts and average each. Levels one after the other; within a level the parts as you read
# a page; within a part its `c` channels. (`h` and `w` are multiples of every `g`.)


# %% label="pyramid" exercise="image_features.spatial_pyramid"
def spatial_pyramid(maps: np.ndarray, levels: tuple = (1, 2)) -> np.ndarray:
    """maps (c, h, w) -> (c · sum of g² over levels,)."""
    ### BEGIN SOLUTION
    c, h, w = maps.shape
    parts = []
    for g in levels:
        means = maps.reshape(c, g, h // g, g, w // g).mean(axis=(2, 4))  # (c, g, g)
        parts.append(means.transpose(1, 2, 0).ravel())
    return np.concatenate(parts)
    ### END SOLUTION


# %% label="pyramid-check" tags=["nbval-check-output"]
check("image_features.spatial_pyramid", spatial_pyramid)

# %% label="pyramid-keeps"
if spatial_pyramid(last_maps["test"][0]) is None:
    print("fill in the exercise above to see what a pyramid remembers")
else:
    kept.add("EfficientNet, stage 7", [by_stage[6]])
    X = {split: np.stack([spatial_pyramid(m) for m in maps]) for split, maps in last_maps.items()}
    kept.add("EfficientNet, stage 7, pyramid", [probes(X)])
show.table(kept.rows());

# %% [markdown] label="pretrained-keeps-read"
# **The pretrained head keeps** shape (0.96) and colour (0.97) of things it never saw. **It throws away** a good part of the place (0.64).
# At stage 7 the plain mean still knows more of it (0.85); the mean over four quarters beside it knows nearly all (1.00), at five times the
# length.

# %% [markdown] label="vit-text"
# ### 3.5 · Attention over patches
#
# A convolution looks at neighbours. **Attention** (chapter 01) looks everywhere. To use it, a picture must be a sequence: cut it into
# **patches** (图块), lay each out as a vector, and let every patch look at all the others (Dosovitskiy et al., 2021).
#
# Two things come with it. Attention does not know where a patch lies, so a learned vector for its **position** is added to each. And in
# front of all patches stands one learned vector, the **class token**, which belongs to no place: it looks around, and at the end it alone
# is classified.

# %% [markdown] label="patches-text" exercise="image_features.patches" difficulty=3 minutes=10
# Cut one picture into squares of `side` pixels, in reading order. A patch becomes a row: channel 0 line by line, then channel 1, and so on.


# %% label="patches" exercise="image_features.patches"
def patches(picture: np.ndarray, side: int) -> np.ndarray:
    """picture (c, H, W), H and W multiples of side -> ((H / side) · (W / side), c · side · side)."""
    ### BEGIN SOLUTION
    c, h, w = picture.shape
    cut = picture.reshape(c, h // side, side, w // side, side)
    return cut.transpose(1, 3, 0, 2, 4).reshape(-1, c * side * side)
    ### END SOLUTION


# %% label="patches-check" tags=["nbval-check-output"]
check("image_features.patches", patches)

# %% [markdown] label="kernel-text"
# The heart of it is the attention that you built in chapter 01: $\operatorname{softmax}(QK^\top/\sqrt d)\,V$, several times side by side
# (*heads*). Is it torch's? Checked on random numbers, with and without a mask.

# %% label="kernel"
torch.manual_seed(0)
query, key, value = torch.randn(3, 2, 4, 17, 16)  # each (batch 2, heads 4, tokens 17, width 16)
allowed = torch.rand(2, 4, 17, 17) < 0.7
allowed[..., 0] = True  # everybody may look at the class token, so that nobody looks nowhere
for name, mask in (("no mask", None), ("a mask", allowed)):
    ours, _ = layers.attention(query, key, value, mask)
    theirs = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    gap = float((ours - theirs).abs().max())
    print(f"{name}: equal to 1e-5 is {gap < 1e-5}")

# %% label="vit-listing"
show.source(image.SmallViT.tokens);

# %% [markdown] label="vit-train-text"
# What goes in is above; what follows are the transformer blocks of chapter 01. Trained on the same pictures as the CNN, for about as long:

# %% label="vit-train"
how = dict(size.vit)
torch.manual_seed(0)
vit = image.SmallViT(size=28, classes=10, **{k: how.pop(k) for k in ("patch", "dim", "depth", "heads")})
learn(vit, *fashion["train"], **how)
print(f"right on unseen pictures: ViT {right(vit, *fashion['test']):.3f}, CNN {right(cnn, *fashion['test']):.3f}")

# %% label="vit-look"
asked = fashion["test"][0][:6]
with torch.inference_mode():
    looks = image.rollout(vit.attention_maps(torch.as_tensor(asked)))  # (6, patches)
side = int(looks.shape[1] ** 0.5)
looks = (looks - looks.min(1, keepdim=True).values).reshape(-1, side, side)  # what is looked at most, against least
whole = torch.ones(6, 1, 1)
show.overlay([*(255 - asked)] * 2, [*whole.numpy(), *looks.numpy()], title="six pictures, and where the class token looks: bright",
             name="attention");

# %% [markdown] label="vit-read"
# The figure multiplies the attention of all blocks: how much of each patch *can* have arrived in the class token (*rollout*; Abnar and
# Zuidema, 2020). It looks mostly beside the outline, at the patches that tell a sleeve from a leg. What was made of it, the figure does not
# say.
#
# With as few pictures as these our transformer does not reach our CNN (0.80 against 0.88): *neighbours belong together* and *the same
# everywhere* are built into a convolution, and a transformer has to learn both from examples. **It keeps** what its task needs, wherever it
# lies. **It throws away** nothing by design, and that is what makes it hungry.

# %% [markdown] label="video-text"
# ### 3.6 · A first look at video
#
# A film is a sequence of pictures. The cheapest film feature is the mean of its frames' features. What is lost?
#
# Our films show one thing that moves right, left, down or up, or grows or shrinks. Every film has a twin: *the same frames in the opposite
# order*.

# %% label="films"
films = {split: scenes.films(n, split=split, frames=size.frames, size=size.film_size) for split, n in size.films.items()}
frames = {split: f.films().numpy() for split, f in films.items()}  # (n, frames, 3, H, W)
motion = {split: f.labels() for split, f in films.items()}
two = [frames["test"][i, t] for i in (0, 1) for t in range(size.frames)]
said = [films["test"][i]["caption"] if t == 0 else "" for i in (0, 1) for t in range(size.frames)]
show.pictures(two, said, columns=size.frames, title="a film and its twin", name="films");

# %% label="video"
F = {split: image.by_frame(image.hog, f) for split, f in frames.items()}  # (n, frames, d)
mean = {split: image.mean_of_frames(x) for split, x in F.items()}
average = evaluate.linear_probe(*((mean[s], motion[s]) for s in ("train", "val", "test")), strengths=(1e-4, 1e-2, 1.0))
torch.manual_seed(0)
reader = image.ReadFrames(F["train"].shape[2], hidden=64, classes=len(scenes.MOTIONS))
learn(reader, F["train"], motion["train"], **size.reader)
ceilings = films["test"].ceilings()
show.table([
    {"": "mean of frames", "right": average.accuracy, "best possible": ceilings["frames in any order"]},
    {"": "read in order", "right": right(reader, F["test"], motion["test"]), "best possible": ceilings["frames in order"]},
]);

# %% label="video-stored"
show.table(evaluate.Scores.stored("image_features", "video").rows());

# %% [markdown] label="video-read"
# *(The second table: `python -m benchmarks.image_features video`, five seeds.)*
#
# - Twins have the very same **mean**, to the last digit, and different labels. Whoever averages is wrong on one of the two: no more than
#   one half, however good the features. (A linear probe does not even get there: it reads only part of what the mean holds.)
# - A recurrent cell (the LSTM of chapter 01) **reads the frames in order** and knows (0.99). Give it the same frames in random order, and
#   it falls to that half (0.49).
# - The **first frame alone** does better than all frames without order (0.63). It is no magic: what starts at the left edge can only go
#   right. Such a control belongs beside every score of a video method.
# - The reader can only use what a frame's vector holds. On EfficientNet's head, which lets go of place, reading in order reaches about one
#   half (0.52).
#
# **The mean keeps** what is seen, and part of the line along which it moves. **It throws away** which came first.

# %% [markdown] label="world-text"
# ## 4 · On the controlled world: what does each not notice?
#
# You have seen what representations *keep*. Now the other side: change a picture, and measure how far each vector moves. 0: did not notice.
# 1: as far as a different picture. All things stand in the middle, so that none is turned or shifted out of its picture.

# %% label="sensitivity"
ways = {
    "pixels": pixels, "HOG": image.hog, "visual words": words.transform, "CNN (for shape)": lambda x: vectors(shape_cnn, x),
    "EfficientNet": lambda x: features.encode(encoder, x, progress=False),
}  # fmt: skip
amounts = {"shift": (6, "shifted 6 px"), "rotate": (30, "turned 30°"), "scale": (0.75, "smaller, ¾"), "hue": (90, "hue + 90°"),
           "brightness": (-0.15, "darker, 15%"), "blur": (1.5, "blurred")}  # fmt: skip
middle = data.load("scenes", split="test", n=size.changed // 2, objects=1, only={"place": ["centre"]})  # turning loses nothing
centred = torch.stack(middle.column("image")).numpy()
moved = np.array([[image.sensitivity(f, centred, what, [a])[0] for what, (a, _) in amounts.items()] for f in ways.values()])
show.pictures([centred[0], *(image.CHANGES[what](centred[:1], a)[0] for what, (a, _) in amounts.items())],
              ["as it is", *(text for _, text in amounts.values())], columns=7, name="changes")
show.heatmap(moved, list(ways), [text for _, text in amounts.values()], label="moved, 1 = as far as another picture",
             title="How far each change moves each representation", name="sensitivity");

# %% [markdown] label="sensitivity-read"
# Read along the lines:
#
# - **Pixels**: shifted by six, a picture is as far from itself as from any other (1.00). There is our problem from section 1, as a number.
#   A little less light, which we hardly see, moves them further still (1.49), for it changes every pixel of the ground.
# - **HOG** does not notice light (0.02), and hardly hue (0.09). A shift it minds as much as pixels do (1.07): our things are two cells
#   large, and six pixels carry most of their edges into the next cell. What one expects of a method and what it does are two things. Blur,
#   which wipes out edges, is as bad (1.06).
# - **Visual words** do not notice a shift at all (0.00); turning and scaling they do (0.57 and 0.71), because small drawings lose and win
#   keypoints. Blur takes most keypoints away (0.92).
# - **Our CNN** forgives a change of hue (0.28), for which it was never asked. But it never saw another light, and darkening moves it
#   further than another picture would (1.13).
# - **EfficientNet** minds place, turning, size and light least or nearly so, all below one half: its training pictures came in every
#   variety. Hue (0.65) and blur (0.63) it does notice, and of colour it knows most.
#
# What is never noticed cannot be read: HOG is blind to hue, and knows no colour; words are blind to shifts, and know no place. The reverse
# does not hold. Visual words move with the hue, and still know next to nothing of colour.

# %% [markdown] label="widget-text"
# ### Yours to move
#
# One picture, shifted or turned as far as you like, at the left. Each column is one representation: above the nearest among a hundred
# pictures, below the second nearest, with their distances. As long as a green frame stands in the upper line, the representation still
# recognises it. (Where no notebook is running you see one position as a figure.)

# %% label="widget"
def recognised(change, amount: float, said: str, which: int = 0):
    """One changed picture, and the two that each representation takes it for."""
    changed = change(centred[[which]], amount)
    first, then = [(changed[0], said, False)], [(centred[which], "as it was", False)]
    for name, f in ways.items():
        (one, two), distances = (found[0] for found in nearest(f, changed, centred, k=2))
        first.append((centred[one], f"{name}: {distances[one]:.2f}", one == which))
        then.append((centred[two], f"{distances[two]:.2f}", two == which))
    shown, titles, marks = zip(*first, *then, strict=True)
    return show.pictures(shown, titles, columns=len(first), marks=marks, name="recognised")


widgets.slider(lambda by: recognised(image.shift, by, f"shifted by {by} px"), [0, 2, 4, 6, 8, 12], "shifted by (pixels)", start=8,
               name="shifted")  # fmt: skip

# %% label="widget-turn"
widgets.slider(lambda by: recognised(image.rotate, by, f"turned by {by}°"), [0, 10, 20, 30, 45, 90], "turned by (degrees)", start=45,
               name="turned")  # fmt: skip

# %% [markdown] label="real-text"
# ## 5 · On real pictures
#
# Tux Paint stamps: photographs and drawings in categories such as *animals*, *food*, *vehicles*. A few hundred pictures, split so that
# near-duplicates never stand on both sides. Which representation sorts them best? The probe's ridge is chosen on validation pictures.


# %% label="stamps"
def get_stamps() -> tuple:
    """Pictures and categories by split, only of categories with enough pictures; or None."""
    try:
        parts = {split: data.load("stamps", split=split, size=size.stamp_size) for split in ("train", "val", "test")}
    except data.DataUnavailable as reason:
        print(f"{reason}\n\nThis section needs them; go on to section 6.")
        return None, None
    named = {split: np.array([label["category"] for label in part.column("labels")]) for split, part in parts.items()}
    names, counts = np.unique(np.concatenate(list(named.values())), return_counts=True)
    keep = {s: np.flatnonzero(np.isin(kinds, names[counts >= size.smallest]))[:: size.every] for s, kinds in named.items()}
    return {s: parts[s].images(keep[s]) for s in parts}, {s: named[s][keep[s]] for s in parts}


stamps, category = get_stamps()
if stamps:
    print({split: len(kinds) for split, kinds in category.items()}, "in", len(set(category["train"])), "categories")

# %% label="stamps-probe"
if stamps:
    tried = {"HOG": image.hog, "visual words": image.VisualWords(size.words).fit(stamps["train"]).transform,
             "EfficientNet": lambda x: features.encode(encoder, x, progress=False)}  # fmt: skip
    sorted_by = {}
    for name, f in tried.items():
        X = {split: f(images) for split, images in stamps.items()}
        sorted_by[name] = evaluate.linear_probe(*((X[s], category[s]) for s in ("train", "val", "test")))
    rows = [{"": name, "right": probe.accuracy, "on validation": probe.validation} for name, probe in sorted_by.items()]
    show.table([{"": "always the commonest", "right": evaluate.majority(category["train"], category["test"])}, *rows])

# %% label="stamps-look" tags=["private-media"]
if stamps:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    C = sorted_by["EfficientNet"].C  # X still holds EfficientNet's vectors
    sorter = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=500)).fit(X["train"], category["train"])
    taken = sorter.predict(X["test"])
    hit, rng = taken == category["test"], np.random.default_rng(0)
    some = np.concatenate([rng.permutation(np.flatnonzero(pile))[:6] for pile in (hit, ~hit)])
    said = [f"{category['test'][i]}" + ("" if hit[i] else f", taken for {taken[i]}") for i in some]
    show.pictures(stamps["test"][some], said, marks=hit[some], title="drawn at random: six sorted rightly, six not", name="stamps")

# %% [markdown] label="stamps-read"
# The gap is wide (0.76 against 0.46 and 0.41). HOG and visual words know edges and corners; EfficientNet has seen a million photographs of
# things with names. (With 131 test pictures, differences below eight points or so can be luck: do not ask here whether HOG or words are
# better. Nor is 0.76 the last word: over five other splits it is 0.64 ± 0.08, as the last section shows.) Look at its mistakes: drawings
# that look like nothing in a photograph, and pictures that could well stand under both names. Categories are people's, and not every
# mistake here is the machine's.
#
# And Fashion-MNIST, where the pictures are plain, small, and many:

# %% label="fashion-stored"
show.table(evaluate.Scores.stored("image_features", "fashion_mnist").rows());

# %% [markdown] label="fashion-read"
# *(From `python -m benchmarks.image_features fashion_mnist`, all 10,000 test pictures; where several seeds, mean ± standard deviation.)*
#
# Here the tables turn. Where there are thousands of pictures of one plain kind, a small network trained on *them* beats features of a large
# one trained on something else (0.89 against 0.87 on the same 10,000 pictures), and HOG is not far behind (0.86). Where there are a few
# hundred of every kind, as with the stamps, it is the other way round.

# %% label="fashion-look"
with torch.inference_mode():
    guess = cnn(torch.as_tensor(fashion["test"][0])).argmax(1).numpy()
missed = np.flatnonzero(guess != fashion["test"][1])
both = missed[:12]
show.pictures(list(fashion["test"][0][both]), [f"{classes[fashion['test'][1][i]]}, taken for {classes[guess[i]]}" for i in both],
              title="Fashion-MNIST: where our small CNN fails", name="missed");

# %% [markdown] label="fashion-look-read"
# Shirt, coat, pullover, dress: at 28 × 28 pixels these differ by a collar or a hem. Most of its mistakes are among the four, and some of
# them you would make too.

# %% [markdown] label="wrong-text"
# ## 6 · What goes wrong
#
# **Pictures in another form than those it learnt from.** A network takes any numbers. The classifier below was fitted on correctly prepared
# pictures; then it is *served* the same test pictures prepared as other code would do it. OpenCV gives blue first; many libraries scale to
# 0 … 1 where this network wants $(p - 127)/128$. Nothing raises, nothing warns.


# %% label="wrong-input"
def served(images: np.ndarray, prepare) -> np.ndarray:
    """Features of pictures that somebody prepared in their own way."""
    with torch.inference_mode():
        parts = [encoder.network(prepare(images[i : i + 8])).cpu() for i in range(0, len(images), 8)]
    return torch.cat(parts).numpy()


wrong = {
    "as it was trained": encoder.prepare,
    "blue first (BGR)": lambda x: encoder.prepare(np.ascontiguousarray(x[:, ::-1])),
    "scaled to 0 … 1": lambda x: (encoder.prepare(x) * 128 + 127) / 255,
    "not scaled at all": lambda x: encoder.prepare(x) * 128 + 127,
}
right_way = {split: stages[split][-1] for split in ("train", "val")}
show.table([{"served": name, **probes({**right_way, "test": served(pictures["test"], how)})} for name, how in wrong.items()]);

# %% [markdown] label="wrong-input-read"
# If you only test shape, **blue first** costs one point (0.96 → 0.95), and you see nothing. Colour is gone (0.97 → 0.27): every orange is
# blue. **0 … 1** is quieter still: every column falls a little, as if the task were a little harder. Only the last line would be noticed by
# anybody.
#
# **Repair:** let one function prepare pictures for training and for use (here `encoder.prepare`), and once in every project, look at the
# very batch that goes into the network.
#
# **Batch normalisation left in training mode.** In training it normalises a batch by the batch's own mean and variance; in use by those
# remembered from training. Forget `model.eval()`, and the answer to a picture depends on its neighbours in the batch. If they are all of
# one class, the mean takes away exactly what they have in common.

# %% label="wrong-batch-norm"
images, labels = fashion["test"]
forgot = copy.deepcopy(cnn).train()
by_class = np.argsort(labels, kind="stable")
shuffled = np.random.default_rng(0).permutation(len(labels))


def in_batches(model, order: np.ndarray, batch: int) -> float:
    """Share right when pictures come in this order, so many at a time."""
    parts = np.array_split(order, max(1, len(order) // batch))
    return sum(round(len(part) * right(model, images[part], labels[part])) for part in parts) / len(order)


rows = [
    {"": name, "mixed, 100 at a time": in_batches(model, shuffled, 100), "one class, 100 at a time": in_batches(model, by_class, 100)}
    for name, model in (("model.eval()", cnn), ("forgotten", forgot))
]
show.table(rows);

# %% [markdown] label="wrong-batch-norm-read"
# With mixed batches nobody would notice. Sorted by class, as folders of pictures are, the same network on the same pictures loses several
# points. **Repair:** `model.eval()` before every use; and a test that a picture's answer is the same alone and in a batch. (`train.fit`
# leaves a model in evaluation mode.) The same mistake without a network: normalising test pictures with the mean of the test pictures.

# %% [markdown] label="which-text"
# ## Which feature should I use?
#
# One protocol for all: the same pictures, a linear probe, its ridge chosen on validation pictures, one look at the test pictures. `numbers`
# is the length of the vector, `ms an item` the time on one thread.

# %% label="which"
show.table(evaluate.Scores.stored("image_features", "probe").rows());

# %% [markdown] label="which-read"
# *(From `python -m benchmarks.image_features probe`; mean ± standard deviation where seeds matter: five trainings, five splits of the
# stamps.)*
#
# And one row measured here and now, on scenes, with the same protocol: all seven ridges tried, and cells of a seventh of the picture.
# (Above we tried three ridges, to save you time, and cells of eight pixels.)

# %% label="which-live"
def protocol(represent) -> dict:
    """The probe of the table: every ridge tried, on scenes."""
    X = {split: represent(images) for split, images in pictures.items()}
    return {what: evaluate.linear_probe(*((X[s], truth[s][what]) for s in truth)).accuracy for what in always}


show.table([{"": "HOG, now", **protocol(lambda images: image.hog(images, cell=9))}]);

# %% [markdown] label="which-read-2"
# What the table says:
#
# - **Few pictures, of things that have names: a pretrained network.** On the stamps its last stage is best (0.64), its middle next (0.57).
#   What never saw a photograph stays below one half.
# - **Many pictures of one plain kind: train your own.** For clothes our CNN's vectors are the best (0.89), and training takes minutes. From
#   a thousand scenes it still learns to tell their shapes (0.92); the transformer, which starts with nothing built in, hardly gets beyond
#   guessing (0.25).
# - **Only colour matters: count colours.** Sixty-four numbers, right every time about the colour of a scene. Of shape and place they know
#   next to nothing.
# - **Place matters: take what is not averaged.** Pixels, HOG and our CNN lay their places side by side (1.00). EfficientNet's last stage
#   does not (0.64); its middle does better (0.93), and so does a pyramid.
# - **Is it the very same thing?** Keypoints, matched one by one as in section 3.2. As counted words they know the shapes of clean drawings
#   (0.89), and not much else.
# - **No time, no network: HOG.** 1296 numbers for a small picture, no training, and better than pixels wherever shape is asked for: scenes,
#   clothes, stamps.
# - **You do not know yet: a middle stage of a pretrained network.** Shape, colour and place at 0.93 or better, which no other line reaches,
#   and second on the stamps. Take it as a first guess, not as an answer.
#
# And whichever you take: the row that tells you is the one measured on *your* pictures.

# %% [markdown] label="quiz-text"
# ## 7 · Quiz
#
# Click the choice you think is right. Every choice explains itself, so click the wrong ones too.

# %% label="quiz"
quiz("image_features")

# %% label="progress"
progress("image_features")

# %% [markdown] label="end"
# ## Take away
#
# - **A representation is a choice of what to forget.** Measure both sides: a probe says what is left, a sensitivity what is no longer
#   noticed.
# - HOG: place and contour, no colour. Keypoints: this very corner, wherever and however turned; poor at kinds.
# - A network keeps what its task asked for. Pretrained on a thousand kinds of things, it keeps a great deal, and averages most of the place
#   away.
# - A pyramid of averages brings place back. Order in time comes back only by reading in order.
# - Prepare pictures in one place, in the form the network was trained on, and call `model.eval()`.
#
# **With a GPU or more time.** `MMLEARN_PROFILE=gpu` trains both networks on all of Fashion-MNIST, with smaller patches and a deeper
# transformer. Where a hub can be reached, put `features.pretrained.image("clip")` into `ways`: does its line look like EfficientNet's?
#
# ## Further reading
#
# - N. Dalal, B. Triggs (2005). Histograms of oriented gradients for human detection. *CVPR*.
# - D. G. Lowe (2004). Distinctive image features from scale-invariant keypoints. *IJCV* 60, 91–110.
# - G. Csurka, C. R. Dance, L. Fan, J. Willamowski, C. Bray (2004). Visual categorization with bags of keypoints. *ECCV workshop on
#   statistical learning in computer vision*.
# - S. Lazebnik, C. Schmid, J. Ponce (2006). Beyond bags of features: spatial pyramid matching for recognizing natural scene categories.
#   *CVPR*.
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner (1998). Gradient-based learning applied to document recognition. *Proceedings of the IEEE*
#   86, 2278–2324.
# - M. D. Zeiler, R. Fergus (2014). Visualizing and understanding convolutional networks. *ECCV*.
# - M. A. Islam, S. Jia, N. D. B. Bruce (2020). How much position information do convolutional neural networks encode? *ICLR*.
# - G. Alain, Y. Bengio (2017). Understanding intermediate layers using linear classifier probes. *ICLR workshop*.
# - M. Tan, Q. V. Le (2019). EfficientNet: rethinking model scaling for convolutional neural networks. *ICML*.
# - A. Dosovitskiy et al. (2021). An image is worth 16×16 words: transformers for image recognition at scale. *ICLR*.
# - S. Abnar, W. Zuidema (2020). Quantifying attention flow in transformers. *ACL*.
# - H. Xiao, K. Rasul, R. Vollgraf (2017). Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms.
#   arXiv:1708.07747.
