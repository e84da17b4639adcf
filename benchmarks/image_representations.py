"""What chapter 03 compares: the pictures, and every way to turn them into vectors.

Every representation sees the same pictures. What is trained (the course's own networks, visual words) is trained on the
training part of those very pictures; of scenes, on their shapes alone. EfficientNet was trained by others on ImageNet.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from mmlearn import data, features, profiles, train
from mmlearn.features import image

SIZE = profiles.settings("03_image_features", "laptop")
SIDE = 28  # pixels of what is compared pixel by pixel, and cells of HOG are a seventh of a picture: equal lengths everywhere
SIFT_SIDE = 96  # smaller pictures are enlarged to it: SIFT finds little in 28 × 28 pixels
NETWORK_SIDE = 64  # larger ones are made smaller before the course's own networks see them
EFFICIENTNET = {"EfficientNet, early": "stage 2", "EfficientNet, middle": "stage 4", "EfficientNet, last": "head"}
STAMPS = {"test": 150, "val": 100}

Split = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(eq=False)
class Pool:
    """Pictures uint8 (n, 3, H, W) with a label a column, and how they are split: indices of train, val and test by seed."""

    images: np.ndarray
    labels: dict[str, np.ndarray]
    split: Callable[[int], Split]
    redrawn: bool = False  # whether every seed splits anew
    channels: int = 3
    kept: dict = field(default_factory=dict)  # what is computed once


@cache
def scenes() -> Pool:
    """One thing on an empty ground, 64 pixels."""
    parts = [data.load("scenes", split=part, n=n, objects=1) for part, n in SIZE.scenes.items()]
    labels = {key: np.concatenate([part.column(key) for part in parts]) for key in ("shape", "colour", "place")}
    return Pool(np.concatenate([part.images().numpy() for part in parts]), labels, _fixed(SIZE.scenes.values()))


@cache
def fashion() -> Pool:
    """The first pictures of fashion_mnist's three parts."""
    sizes = [SIZE.train, SIZE.val, SIZE.test]
    parts = [data.load("fashion_mnist", split=split) for split in ("train", "val", "test")]
    images = np.concatenate([part.images(range(n)) for part, n in zip(parts, sizes, strict=True)])
    labels = np.concatenate([part.labels()[:n] for part, n in zip(parts, sizes, strict=True)])
    return Pool(images, {"fashion": labels}, _fixed(sizes), channels=1)


@cache
def stamps() -> Pool:
    """Photographs and drawings by category, without the smallest; every seed splits anew, near-duplicates together."""
    pairs = data.load("stamps", split="all", size=SIZE.stamp_size)
    labels = np.array([one["category"] for one in pairs.column("labels")])
    names, count = np.unique(labels, return_counts=True)
    rows = np.flatnonzero(np.isin(labels, names[count >= SIZE.smallest]))
    groups = [pairs.groups[i] for i in rows]

    def split(seed: int) -> Split:
        test, val, rest = data.splits.grouped(groups, (STAMPS["test"], STAMPS["val"]), seed=seed)
        return rest, val, test

    return Pool(pairs.images(rows), {"stamps": labels[rows]}, split, redrawn=True)


def _fixed(sizes: Sequence[int]) -> Callable[[int], Split]:
    """The same three parts, one after the other, whatever the seed."""
    edges = np.cumsum([0, *sizes])
    parts = tuple(np.arange(a, b) for a, b in zip(edges, edges[1:], strict=False))
    return lambda seed: parts


def pixels(images: np.ndarray) -> np.ndarray:
    """The pictures themselves, averaged to 28 × 28 pixels."""
    return resized(images, SIDE).reshape(len(images), -1) / np.float32(255)


def colour_histogram(images: np.ndarray) -> np.ndarray:
    """The share of pixels in each of 4 × 4 × 4 colours."""
    code = np.tensordot([16, 4, 1], images // 64, axes=(0, 1)).reshape(len(images), -1)  # (n, H · W)
    flat = code + 64 * np.arange(len(images))[:, None]
    return np.bincount(flat.ravel().astype(int), minlength=64 * len(images)).reshape(-1, 64) / code.shape[1]


def hog(images: np.ndarray) -> np.ndarray:
    """HOG with 7 × 7 cells."""
    return image.hog(images, cell=images.shape[2] // 7)


def points(images: np.ndarray) -> list:
    """SIFT's keypoints of each picture."""
    return [image.keypoints(one) for one in resized(images, max(SIFT_SIDE, images.shape[2]))]


def resized(images: np.ndarray, side: int) -> np.ndarray:
    """Square pictures at another size, uint8; no copy where they have it."""
    if images.shape[2] == side:
        return images
    scaled = functional.interpolate(torch.from_numpy(images), (side, side), mode="bilinear", antialias=True)
    return scaled.numpy()


@cache
def efficientnet() -> torch.nn.Module:
    return features.pretrained.image(size=SIZE.scene_pixels)


def small_cnn(classes: int, channels: int, side: int) -> torch.nn.Module:
    return image.SmallCNN(classes, channels, SIZE.cnn["width"])


def small_vit(classes: int, channels: int, side: int) -> torch.nn.Module:
    shape = {key: SIZE.vit[key] for key in ("dim", "depth", "heads")}
    return image.SmallViT(side, side * SIZE.vit["patch"] // SIDE, classes=classes, channels=channels, **shape)


@cache
def taught(make: Callable, pool: Pool, seed: int) -> torch.nn.Module:
    """A network trained from nothing on the training pictures and the first column of labels."""
    rows, labels = pool.split(seed)[0], next(iter(pool.labels.values()))
    x = torch.from_numpy(_for_networks(pool.images[rows], pool.channels))
    classes, y = np.unique(labels, return_inverse=True)
    sizes = SIZE.vit if make is small_vit else SIZE.cnn if pool.channels == 1 else SIZE.shape_cnn
    torch.manual_seed(seed)
    return fitted(make(len(classes), pool.channels, x.shape[2]), x, torch.from_numpy(y[rows]), sizes, seed)


def fitted(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, sizes: dict, seed: int) -> torch.nn.Module:
    """Train by cross-entropy for a number of steps, with one cycle of the learning rate; no validation is looked at."""
    loader = DataLoader(TensorDataset(x, y), min(sizes["batch"], len(x)), shuffle=True, drop_last=True)
    steps, lr = sizes["steps"], sizes["lr"]

    def loss(model: torch.nn.Module, batch: list) -> torch.Tensor:
        return functional.cross_entropy(model(batch[0]), batch[1])

    train.fit(model, loader, loss, steps=steps, lr=lr, schedule=train.one_cycle(steps), seed=seed, progress=False, device="cpu")
    return model


def seen_by(model: torch.nn.Module, channels: int) -> Callable[[np.ndarray], np.ndarray]:
    """A network's vectors of pictures uint8 (n, 3, H, W)."""

    def represent(images: np.ndarray) -> np.ndarray:
        parts = torch.from_numpy(_for_networks(images, channels)).split(500)
        with torch.inference_mode():
            return torch.cat([model.features(part) for part in parts]).numpy()

    return represent


def _for_networks(images: np.ndarray, channels: int) -> np.ndarray:
    return resized(images, min(NETWORK_SIDE, images.shape[2]))[:, :channels].copy()


FIXED = {"raw pixels": pixels, "colour histogram": colour_histogram, "HOG": hog}
TAUGHT = {"own CNN": small_cnn, "own ViT": small_vit}
NAMES = ("raw pixels", "colour histogram", "HOG", "SIFT words", "own CNN", "own ViT", *EFFICIENTNET)


def function(name: str, pool: Pool, seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """The representation of this name, trained on `pool` where it is trained: pictures -> vectors."""
    if name in FIXED:
        return FIXED[name]
    if name in EFFICIENTNET:
        return lambda images: image.layers_of(efficientnet(), images)[EFFICIENTNET[name]]
    if name in TAUGHT:
        return seen_by(taught(TAUGHT[name], pool, seed), pool.channels)
    words = image.VisualWords(SIZE.words, seed).fit([_points(pool)[i] for i in pool.split(seed)[0]])
    return lambda images: words.transform(points(images))


def untrained(name: str) -> Callable[[np.ndarray], np.ndarray]:
    """The course's own network of this name as it is built, which is as quick as a trained one."""
    return seen_by(TAUGHT[name](10, 1, SIDE).eval(), 1)


def vectors(name: str, pool: Pool, seed: int) -> np.ndarray:
    """The vectors of all pictures of a pool. What no seed changes is computed once."""
    if name == "SIFT words":
        words = image.VisualWords(SIZE.words, seed).fit([_points(pool)[i] for i in pool.split(seed)[0]])
        return words.transform(_points(pool))
    if name in TAUGHT:
        return function(name, pool, seed)(pool.images)
    if name in EFFICIENTNET and name not in pool.kept:
        stages = image.layers_of(efficientnet(), pool.images)
        pool.kept |= {row: stages[stage] for row, stage in EFFICIENTNET.items()}
    if name not in pool.kept:
        pool.kept[name] = function(name, pool, seed)(pool.images)
    return pool.kept[name]


def _points(pool: Pool) -> list:
    if "points" not in pool.kept:
        pool.kept["points"] = points(pool.images)
    return pool.kept["points"]
