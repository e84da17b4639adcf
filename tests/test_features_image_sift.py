"""Keypoints found again, matches by Lowe's test, and bags of visual words."""

import cv2
import numpy as np
import pytest
from skimage import data as pictures
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from mmlearn.features import image

PHOTOGRAPH = np.ascontiguousarray(pictures.astronaut()[:256, 100:356].transpose(2, 0, 1))
FLAT = np.full((3, 64, 64), 90, np.uint8)


def test_keypoints_are_opencv_s_strongest_first():
    grey = np.round(np.tensordot([0.299, 0.587, 0.114], PHOTOGRAPH, axes=1)).astype(np.uint8)
    right, descriptors = cv2.SIFT_create().detectAndCompute(grey, None)
    found = image.keypoints(PHOTOGRAPH)
    assert found.points.shape == (len(right), 4) and found.descriptors.shape == (len(right), 128)
    best = max(range(len(right)), key=lambda i: right[i].response)
    np.testing.assert_allclose(found.points[0, :2], right[best].pt)
    assert (found.descriptors[0] == descriptors[best]).all()


def test_a_turned_picture_has_the_same_points():
    turned = image.rotate(PHOTOGRAPH[None], 90)[0]
    a, b = image.keypoints(PHOTOGRAPH), image.keypoints(turned)
    pairs = image.match(a.descriptors, b.descriptors)
    assert len(pairs) > 0.7 * len(a.points)
    x, y = a.points[pairs[:, 0], :2].T
    there = np.stack([y, 255 - x], axis=1)  # where a quarter turn anticlockwise brings each
    assert np.median(np.abs(b.points[pairs[:, 1], :2] - there).max(axis=1)) < 1


def test_matches_are_those_of_a_search_through_all():
    rng = np.random.default_rng(0)
    a, b = rng.random((40, 128)).astype(np.float32), rng.random((30, 128)).astype(np.float32)
    b[:5] = a[10:15] + 0.01
    two = cv2.BFMatcher(cv2.NORM_L2).knnMatch(a, b, k=2)
    for ratio in (0.5, 0.9, 0.97):
        right = [(m.queryIdx, m.trainIdx) for m, n in two if m.distance < ratio * n.distance]
        assert list(map(tuple, image.match(a, b, ratio).tolist())) == right
    assert image.match(a, b, 0.5).tolist() == [[10 + i, i] for i in range(5)]


def test_too_few_points_match_nothing():
    none, one, many = np.zeros((0, 128)), np.ones((1, 128)), np.random.default_rng(0).random((5, 128))
    for a, b in ((none, many), (many, none), (many, one)):
        assert image.match(a, b).shape == (0, 2)


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 16])
def test_small_pictures_are_no_reason_to_fail(size):
    found = image.keypoints(np.random.default_rng(0).integers(0, 256, (size, size), np.uint8))
    assert found.points.shape[1] == 4 and found.descriptors.shape == (len(found.points), 128)
    assert size >= 8 or not len(found.points)


def test_a_flat_picture_has_no_points_and_no_words():
    assert image.keypoints(FLAT).points.shape == (0, 4) and image.keypoints(FLAT).descriptors.shape == (0, 128)
    words = image.VisualWords(8).fit([PHOTOGRAPH])
    assert not words.transform([FLAT]).any()
    with pytest.raises(ValueError, match="words is 8, and images have 0 keypoints"):
        image.VisualWords(8).fit([FLAT])


def test_words_are_shares_of_the_nearest_centres():
    words = image.VisualWords(12, seed=1).fit([PHOTOGRAPH, PHOTOGRAPH[:, ::-1]])
    assert words.centres_.shape == (12, 128)
    rows = words.transform([PHOTOGRAPH, FLAT])
    descriptors = image.keypoints(PHOTOGRAPH).descriptors
    nearest = ((descriptors[:, None] - words.centres_) ** 2).sum(-1).argmin(1)
    np.testing.assert_allclose(rows[0], np.bincount(nearest, minlength=12) / len(nearest), atol=2e-3)  # near ties
    assert rows.dtype == np.float32 and rows[0].sum() == pytest.approx(1)


def test_words_from_keypoints_are_those_from_the_picture_and_a_seed_decides():
    found = image.keypoints(PHOTOGRAPH)
    a, b = (image.VisualWords(6, seed=3).fit([given]) for given in (PHOTOGRAPH, found))
    assert (a.transform([found]) == b.transform([PHOTOGRAPH])).all()
    assert clone(a).get_params() == {"words": 6, "seed": 3}
    with pytest.raises(NotFittedError):
        image.VisualWords().transform([PHOTOGRAPH])


def test_floats_are_as_uint8_and_grey_may_have_an_axis():
    grey = PHOTOGRAPH[0]
    for same in (grey / 255.0, grey[None], (grey[None] / 255).astype(np.float32)):
        assert (image.keypoints(same).points == image.keypoints(grey).points).all()


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        (np.zeros((4, 9, 9), np.uint8), ValueError, "shape"),
        (np.full((9, 9), 2.0), ValueError, "runs from 2 to 2"),
        (np.zeros((9, 9), np.uint16), TypeError, "uint16"),
        (np.zeros((0, 9), np.uint8), ValueError, "at least 1 pixel"),
    ],
)
def test_what_is_no_picture_gets_a_sentence(given, kind, message):
    with pytest.raises(kind, match=message):
        image.keypoints(given)


@pytest.mark.parametrize(("b", "ratio", "message"), [(np.ones((3, 64)), 0.75, "one width"), (np.ones((3, 128)), 0, "ratio is 0")])
def test_what_cannot_be_matched_gets_a_sentence(b, ratio, message):
    with pytest.raises(ValueError, match=message):
        image.match(np.ones((3, 128)), b, ratio)
