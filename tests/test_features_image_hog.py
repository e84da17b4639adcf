"""HOG against scikit-image, and by hand."""

import numpy as np
import pytest
import torch
from skimage import data as pictures
from skimage.feature import hog as theirs

from mmlearn.features import image

RNG = np.random.default_rng(0)
GREY = RNG.random((3, 61, 47))


@pytest.mark.parametrize(("cell", "block", "bins"), [(8, 2, 9), (6, 3, 9), (8, 1, 12), (5, 2, 4)])
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.uint8])
def test_it_is_equal_to_scikit_image(cell, block, bins, kind):
    given = (255 * GREY).astype(kind) if kind is np.uint8 else GREY.astype(kind)
    ours = image.hog(given, cell, block, bins)
    assert ours.dtype == np.float32
    for row, picture in zip(ours, given, strict=True):
        right = theirs(picture, bins, (cell, cell), (block, block), block_norm="L2-Hys")
        np.testing.assert_allclose(row, right, atol=1e-6 * right.max())


@pytest.mark.parametrize("picture", ["astronaut", "coffee"])
def test_it_is_equal_to_scikit_image_on_photographs(picture):
    photograph = getattr(pictures, picture)()
    ours = image.hog(photograph.transpose(2, 0, 1)[None])[0]
    right = theirs(photograph, 9, (8, 8), (2, 2), block_norm="L2-Hys", channel_axis=-1)
    np.testing.assert_allclose(ours, right, rtol=1e-4, atol=1e-6)


def test_gradients_are_differences_of_the_neighbours_and_nothing_on_the_border():
    ramp = np.add.outer(3 * np.arange(5.0), 2 * np.arange(6.0))
    down, across = image.gradients(ramp)
    assert (down[1:-1] == 6).all() and (down[[0, -1]] == 0).all()
    assert (across[:, 1:-1] == 4).all() and (across[:, [0, -1]] == 0).all()


def test_votes_by_hand():
    """A ramp to the right has one direction; each pixel votes with the length of its gradient."""
    ramp = np.tile(10.0 * np.arange(16), (16, 1))
    votes = image.cell_histograms(ramp[None], cell=8)
    assert votes.shape == (1, 2, 2, 9)
    assert votes[0, 0, 1].tolist() == [20 * 7 / 8, 0, 0, 0, 0, 0, 0, 0, 0]  # of each 8 columns the border's has no vote
    turned = image.cell_histograms(ramp.T[None], cell=8)
    assert turned[0, 1, 1].argmax() == 4  # 90° of 180°, in the fifth of nine directions


def test_the_channel_with_the_longest_gradient_counts():
    colour = np.zeros((1, 3, 16, 16))
    colour[0, 1] = np.tile(np.arange(16.0), (16, 1))
    colour[0, 2] = np.tile(5 * np.arange(16.0), (16, 1)).T  # steeper, but on the border rows it has no gradient
    votes = image.cell_histograms(colour)
    np.testing.assert_allclose(votes[..., 4], image.cell_histograms(colour[:, 2])[..., 4])
    np.testing.assert_allclose(votes[..., 0], image.cell_histograms(colour[:, 1])[..., 0] / 8)


def test_a_batch_is_as_its_items_alone_and_a_tensor_as_an_array():
    batch = image.hog(GREY)
    assert all((image.hog(GREY[i : i + 1])[0] == batch[i]).all() for i in range(3))
    assert (image.hog(torch.from_numpy(GREY)) == batch).all()
    assert (image.hog(list(GREY)) == batch).all()


def test_many_pictures_are_worked_on_in_parts(monkeypatch):
    from mmlearn.features.image import oriented_gradients

    whole = image.hog(GREY)
    monkeypatch.setattr(oriented_gradients, "_PIXELS", 1)
    assert (image.hog(GREY) == whole).all()


def test_a_picture_of_one_colour_gives_zeros():
    assert not image.hog(np.full((2, 3, 16, 16), 200, np.uint8)).any()


def test_the_drawing_has_strokes_along_the_edge():
    edge = np.zeros((32, 32))
    edge[:, 20:] = 1  # upright
    drawn = image.draw_hog(edge, zoom=2)
    assert drawn.shape == (64, 64) and drawn.min() == 0 and drawn.max() == 1
    cell = drawn[16:32, 32:48]
    assert cell.any(axis=1).sum() > 3 * cell.any(axis=0).sum() > 0  # longer than wide
    assert not image.draw_hog(np.zeros((16, 16))).any()


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        (np.zeros((2, 7, 9)), {}, "7×9 pixels, cell is 8"),
        (np.zeros((2, 9, 9)), {}, "block is 2"),
        (np.zeros((2, 9, 9)), {"cell": 0}, "cell is 0"),
        (np.zeros((2, 9, 9)), {"bins": 0}, "bins is 0"),
        (np.zeros((2, 4, 9, 9)), {}, r"images has shape \(2, 4, 9, 9\)"),
        (np.zeros((9, 9)), {}, r"images has shape \(9, 9\)"),
        (np.zeros((0, 9, 9)), {}, "at least 1 pixel"),
        (np.full((1, 9, 9), np.nan), {}, "NaN"),
        ([np.zeros((9, 9)), np.zeros((8, 9))], {}, "2 pictures of 2 shapes"),
        ([], {}, "0 pictures"),
    ],
)
def test_what_it_cannot_use_gets_a_sentence(given, options, message):
    with pytest.raises(ValueError, match=message):
        image.hog(given, **options)


@pytest.mark.parametrize("kind", [np.int64, np.uint16, bool])
def test_another_type_gets_a_sentence(kind):
    with pytest.raises(TypeError, match=f"images is {np.dtype(kind)}; accepted are uint8"):
        image.hog(np.zeros((1, 16, 16), kind))
