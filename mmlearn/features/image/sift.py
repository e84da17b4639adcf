"""SIFT: points that can be found again when the picture is shifted, turned or scaled, and what each looks like.

Lowe, Distinctive Image Features from Scale-Invariant Keypoints, IJCV 2004; computed by OpenCV. Many pictures are made
comparable by counting which of a few typical descriptors, "visual words", each has (Csurka et al., Visual Categorization
with Bags of Keypoints, ECCV workshop 2004; Sivic and Zisserman, Video Google, ICCV 2003).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from mmlearn.arrays import as_matrix, as_numpy
from mmlearn.features.image.inputs import batch

NUMBERS = 128  # of a descriptor: 4 × 4 places around the point, 8 directions of the gradient in each
SMALLEST = 8  # pixels; on less than that there is no room for a descriptor


class Keypoints(NamedTuple):
    """The points of one picture: (n, 4) float32, x, y, diameter in pixels and angle in degrees; and (n, 128) float32."""

    points: np.ndarray
    descriptors: np.ndarray


def keypoints(image: Any) -> Keypoints:
    """The points of a picture that stand out, the strongest first, and their descriptors.

    A picture without such points, as one of a single colour or of less than 8 pixels a side, gives (0, 4) and (0, 128).

    Args:
        image: (H, W), (1, H, W) or (3, H, W), uint8 or floats from 0 to 1.

    Raises:
        ValueError, TypeError: another shape or type.
    """
    import cv2

    grey = _grey(image)
    found, descriptors = [], None
    if min(grey.shape) >= SMALLEST:
        found, descriptors = cv2.SIFT_create().detectAndCompute(grey, None)
    if not found:
        return Keypoints(np.zeros((0, 4), np.float32), np.zeros((0, NUMBERS), np.float32))
    order = np.argsort([-point.response for point in found], kind="stable")
    points = np.array([(*point.pt, point.size, point.angle) for point in found], np.float32)
    return Keypoints(points[order], descriptors[order])


def match(a: Any, b: Any, ratio: float = 0.75) -> np.ndarray:
    """Descriptors of two pictures that belong together: (n, 128), (m, 128) -> (k, 2) indices into `a` and `b`.

    Each of `a` is matched to its nearest of `b`, if the second nearest is clearly further: nearest < ratio · second (Lowe
    2004, section 7.1). What looks like several things at once, such as one brick of a wall, is thus left out.

    Raises:
        ValueError: `ratio` is not above 0 and at most 1, or the widths differ.
    """
    if not 0 < ratio <= 1:
        raise ValueError(f"ratio is {ratio}; accepted are numbers above 0, up to 1")
    a, b = as_numpy(a, "a"), as_numpy(b, "b")
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"a and b have shapes {a.shape} and {b.shape}; accepted are rows of one width")
    if not len(a) or len(b) < 2:
        return np.zeros((0, 2), np.int64)
    a, b = as_matrix(a, "a"), as_matrix(b, "b")
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T  # |a - b|² = |a|² + |b|² - 2 a·b
    nearest, second = np.argpartition(squares, 1, axis=1)[:, :2].T
    rows = np.arange(len(a))
    first, then = (np.sqrt(np.maximum(squares[rows, which], 0)) for which in (nearest, second))
    good = first < ratio * then
    return np.stack([rows[good], nearest[good]], axis=1)


class VisualWords(TransformerMixin, BaseEstimator):
    """A bag of visual words: the share of a picture's descriptors that is nearest to each of `words` typical ones.

    Where in the picture they are is lost, as word order is in a bag of words.

    Args:
        words: how many.
        seed: of the clustering that finds them.

    Attributes:
        centres_: (words, 128), the typical descriptors.
    """

    def __init__(self, words: int = 64, seed: int = 0):
        self.words, self.seed = words, seed

    def fit(self, images: Sequence, y: Any = None) -> "VisualWords":
        """Find the words in the descriptors of these pictures, by k-means on small batches (Sculley, WWW 2010).

        Args:
            images: pictures, or their `Keypoints` where you have them already, which is most of the work.
            y: not used.

        Raises:
            ValueError: the pictures have fewer keypoints than `words`.
        """
        from sklearn.cluster import MiniBatchKMeans

        found = np.concatenate([np.zeros((0, NUMBERS), np.float32), *map(_descriptors, images)])
        if self.words < 1 or len(found) < self.words:
            raise ValueError(f"words is {self.words}, and images have {len(found)} keypoints; accepted are 1 to so many words")
        self._clusters = MiniBatchKMeans(self.words, batch_size=4096, n_init=3, random_state=self.seed).fit(found)
        self.centres_ = self._clusters.cluster_centers_
        return self

    def transform(self, images: Sequence) -> np.ndarray:
        """(n, words) float32, of pictures or their `Keypoints`. A row sums to 1; without keypoints it is zero."""
        check_is_fitted(self, "centres_")
        rows = np.zeros((len(images), self.words), np.float32)
        for row, image in zip(rows, images, strict=True):
            descriptors = _descriptors(image)
            if len(descriptors):
                row[:] = np.bincount(self._clusters.predict(descriptors), minlength=self.words) / len(descriptors)
        return rows


def _descriptors(image: Any) -> np.ndarray:
    """Those of a picture, or of the keypoints found in one before."""
    return (image if isinstance(image, Keypoints) else keypoints(image)).descriptors


def _grey(image: Any) -> np.ndarray:
    """One picture as OpenCV wants it: uint8 (H, W), colours weighed as the eye does (ITU-R BT.601)."""
    picture = as_numpy(image, "image")
    picture = as_numpy(batch(picture[None]), "image")[0]
    if picture.dtype != np.uint8:
        if picture.min() < 0 or picture.max() > 1:
            raise ValueError(
                f"image runs from {picture.min():.3g} to {picture.max():.3g}; accepted are floats from 0 to 1, or uint8"
            )
        picture = 255 * picture
    if len(picture) == 3:
        picture = np.tensordot([0.299, 0.587, 0.114], picture, axes=1)[None]
    return np.round(picture[0]).astype(np.uint8)
