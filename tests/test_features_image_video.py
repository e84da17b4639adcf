"""Frames averaged, and frames read in order."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from mmlearn.features import image

RNG = np.random.default_rng(0)
X = torch.from_numpy(RNG.normal(size=(4, 6, 5))).float()


def reader(**options):
    torch.manual_seed(0)
    return image.ReadFrames(5, hidden=8, **options).eval()


def test_by_frame_represents_every_frame_in_its_place():
    films = RNG.integers(0, 256, (3, 4, 3, 16, 16), dtype=np.uint8)
    vectors = image.by_frame(image.hog, films)
    assert vectors.shape == (3, 4, image.hog(films[0]).shape[1]) and vectors.dtype == np.float32
    assert (vectors[2, 1] == image.hog(films[2, 1:2])[0]).all()
    assert (image.by_frame(image.hog, torch.from_numpy(films)) == vectors).all()


def test_the_mean_does_not_know_the_order_and_the_reader_does():
    backwards = X.flip(1)
    torch.testing.assert_close(image.mean_of_frames(X), image.mean_of_frames(backwards))
    np.testing.assert_allclose(image.mean_of_frames(X.numpy()), X.numpy().mean(1))
    assert (reader()(X) - reader()(backwards)).abs().max() > 1e-3


def test_a_batch_is_as_its_items_alone_also_where_films_are_shorter():
    model, lengths = reader(classes=3), torch.tensor([6, 2, 4, 1])
    together = model(X, lengths)
    assert together.shape == (4, 3) and model.features(X).shape == (4, model.dim) == (4, 8)
    alone = torch.cat([model(X[i : i + 1, :length]) for i, length in enumerate(lengths)])
    torch.testing.assert_close(together, alone)
    torch.testing.assert_close(model(X, torch.full((4,), 6)), model(X))


def test_the_reader_learns_what_only_the_order_tells():
    steps = torch.from_numpy(RNG.normal(size=(64, 1, 5))).float() + torch.linspace(-1, 1, 6)[None, :, None] * torch.ones(5)
    steps[:, :, 0] *= 2  # what is normalised away must not be all there is
    x, y = torch.cat([steps, steps.flip(1)]), torch.arange(2).repeat_interleave(64)
    model = reader(classes=2).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-2)
    for _ in range(40):
        optimizer.zero_grad()
        functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    assert (model(x).argmax(1) == y).float().mean() > 0.95


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: image.by_frame(image.hog, np.zeros((3, 3, 16, 16))), "films has shape"),
        (lambda: image.by_frame(image.hog, np.zeros((3, 0, 3, 16, 16))), "films has shape"),
        (lambda: image.mean_of_frames(X[0]), "x has shape"),
        (lambda: image.mean_of_frames(X[:, :0]), "x has shape"),
    ],
)
def test_other_shapes_get_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
