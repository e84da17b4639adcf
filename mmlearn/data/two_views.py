"""Two noisy views of a digit: a task in which all that the views share is known, and no straight line finds it.

Made from the 1,797 handwritten digits (8 × 8 pixels) that come with scikit-learn (Alpaydin and Kaynak, 1998, "Optical recognition
of handwritten digits", UCI Machine Learning Repository), after an idea of Wang, Arora, Livescu and Bilmes, 2015, "On deep
multi-view representation learning", ICML, who made a larger such task from MNIST.

The two views of a pair show *different* people's digits of one class, each turned by an angle of its own and covered with noise
of its own. So the class is the only thing they have in common: ten classes can be told apart by nine directions, and a perfect
method would find nine canonical correlations of 1 and no more.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

SHARES = {"train": 0.6, "val": 0.15, "test": 0.25}
SIDE = 8


class TwoViews(NamedTuple):
    """Pairs of digits, row by row."""

    X: np.ndarray  # (n, 64) float32, the first view: pixels from about 0 to 1, plus noise
    Y: np.ndarray  # (n, 64), the second
    labels: np.ndarray  # (n,) which digit, 0 to 9
    originals: np.ndarray  # (n, 2) which of the 1,797 images each view was made from


def noisy_digits(
    pairs: Mapping[str, int] | None = None, seed: int = 0, angle: float = 45.0, noise: float = 0.2
) -> dict[str, TwoViews]:
    """Pairs of noisy, turned digits of one class but of different images, in three splits that share no image.

    Args:
        pairs: how many of "train", "val" and "test"; 2,000, 1,000 and 2,000 where not given. An image may be in several pairs of
            its split, turned and covered anew each time.
        seed: of the split and of everything drawn.
        angle: degrees; each view is turned by a uniformly random angle of at most this, either way.
        noise: the standard deviation of the Gaussian noise on each pixel, where black is 0 and white 1.

    Raises:
        ValueError: an unknown split, fewer than one pair, or an angle or noise that is negative.
    """
    pairs = {"train": 2000, "val": 1000, "test": 2000} if pairs is None else dict(pairs)
    if not set(pairs) <= set(SHARES) or any(n < 1 for n in pairs.values()):
        raise ValueError(f"pairs is {pairs}; accepted are numbers from 1 for {', '.join(SHARES)}")
    if not (0 <= angle <= 180 and 0 <= noise < np.inf):
        raise ValueError(f"angle is {angle} and noise {noise}; accepted are 0 to 180 degrees, and numbers from 0")
    images, labels, parts = written_digits(seed)
    # Every split has random numbers of its own, so that asking for more training pairs leaves the test pairs as they are.
    return {
        name: _pairs(images, labels, parts[name], n, np.random.default_rng([seed, 1 + list(SHARES).index(name)]), angle, noise)
        for name, n in pairs.items()
    }


def written_digits(seed: int) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Images (1797, 8, 8) from 0 to 1, which digit each shows, and the numbers of the images of each split."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    order = np.random.default_rng(seed).permutation(len(digits.images))
    ends = np.cumsum([round(share * len(order)) for share in SHARES.values()])
    return digits.images / 16, digits.target, dict(zip(SHARES, np.split(order, ends[:-1]), strict=True))


def _pairs(images, labels, part: np.ndarray, n: int, rng: np.random.Generator, angle: float, noise: float) -> TwoViews:
    """n pairs of images of one part."""
    first = rng.choice(part, n)
    second = np.empty_like(first)
    for row, image in enumerate(first):
        alike = part[(labels[part] == labels[image]) & (part != image)]
        second[row] = rng.choice(alike)
    views = []
    for which in (first, second):
        turned = rotated(images[which], rng.uniform(-angle, angle, n))
        views.append((turned + noise * rng.standard_normal(turned.shape)).reshape(n, -1).astype(np.float32))
    return TwoViews(*views, labels[first], np.stack([first, second], axis=1))


def rotated(images: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    """Each image (n, h, w) turned about its centre by its own angle, with bilinear interpolation and black beyond its edges."""
    from torch import from_numpy, stack, zeros
    from torch.nn import functional

    radians = from_numpy(np.deg2rad(np.asarray(degrees, float)))
    cos, sin = radians.cos(), radians.sin()
    move = stack([stack([cos, -sin, zeros(len(cos))], 1), stack([sin, cos, zeros(len(cos))], 1)], 1)  # (n, 2, 3)
    pixels = from_numpy(np.asarray(images, float))[:, None]
    grid = functional.affine_grid(move, list(pixels.shape), align_corners=False)
    return functional.grid_sample(pixels, grid, align_corners=False)[:, 0].numpy()
