"""Words that look for their regions: against the formula written out, padding, and a tiny training."""

import numpy as np
import pytest
import torch

from mmlearn import data, train
from mmlearn.align import WordRegions, attended_similarity
from mmlearn.features.text import Vocabulary


def by_hand(words, regions, sharpness):
    """One sentence (t, d) without padding and one picture (r, d), in numpy and loops."""
    words, regions = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (words, regions))
    agreement, weights = [], []
    for word in words:
        e = np.exp(sharpness * (regions @ word))
        weights.append(e / e.sum())
        found = weights[-1] @ regions
        agreement.append(word @ found / np.linalg.norm(found))
    return np.mean(agreement), np.array(weights)


@pytest.mark.parametrize("sharpness", [0.0, 1.0, 9.0])
def test_it_is_the_formula_for_every_sentence_and_picture(sharpness):
    rng = np.random.default_rng(0)
    words, regions = rng.standard_normal((3, 5, 4)), rng.standard_normal((2, 6, 4))
    lengths = [5, 2, 1]
    real = torch.arange(5) < torch.tensor(lengths)[:, None]
    scores, weights = attended_similarity(torch.from_numpy(words), real, torch.from_numpy(regions), sharpness)
    for b, n in enumerate(lengths):
        for c in range(2):
            score, w = by_hand(words[b, :n], regions[c], sharpness)
            assert scores[b, c].item() == pytest.approx(score)
            np.testing.assert_allclose(weights[b, c, :n], w, atol=1e-12)
            assert (weights[b, c, n:] == 0).all()


def test_padding_may_hold_anything_and_gets_no_gradient():
    torch.manual_seed(0)
    words, regions = torch.randn(2, 4, 3), torch.randn(2, 5, 3)
    real = torch.tensor([[True, True, False, False], [True, True, True, True]])
    short = attended_similarity(words[:1, :2], real[:1, :2], regions)[0]
    words[0, 2:] = float("nan")
    words.requires_grad_()
    scores, weights = attended_similarity(words, real, regions)
    torch.testing.assert_close(scores[:1], short)
    assert weights.isfinite().all()
    scores.sum().backward()
    assert words.grad.isfinite().all() and (words.grad[0, 2:] == 0).all()


def test_no_words_and_empty_regions_score_zero():
    scores, _ = attended_similarity(torch.randn(1, 3, 4), torch.zeros(1, 3, dtype=torch.bool), torch.randn(2, 5, 4))
    assert (scores == 0).all()
    scores, weights = attended_similarity(torch.randn(1, 3, 4), torch.ones(1, 3, dtype=torch.bool), torch.zeros(1, 5, 4))
    assert (scores == 0).all() and torch.allclose(weights, torch.tensor(0.2))


@pytest.mark.parametrize(
    ("shapes", "real", "message"),
    [
        (((2, 3, 4), (2, 5, 6)), torch.ones(2, 3, dtype=torch.bool), "one width"),
        (((2, 3), (2, 5, 4)), torch.ones(2, 3, dtype=torch.bool), "one width"),
        (((2, 3, 4), (2, 5, 4)), torch.ones(2, 3), "real must be bool"),
        (((2, 3, 4), (2, 5, 4)), torch.ones(2, 2, dtype=torch.bool), "real must be bool"),
    ],
)
def test_bad_shapes_are_named(shapes, real, message):
    with pytest.raises(ValueError, match=message):
        attended_similarity(torch.ones(shapes[0]), real, torch.ones(shapes[1]))


@pytest.fixture(scope="module")
def scenes():
    pairs = data.load("scenes", split="train", n=24, seed=0, size=32)
    return pairs.images(), pairs.column("caption")


@pytest.mark.parametrize("pooled", [False, True])
def test_it_learns_which_sentence_belongs_to_which_picture(scenes, pooled):
    images, texts = scenes
    torch.manual_seed(0)
    model = WordRegions(Vocabulary.of(texts), dim=16, width=8, pooled=pooled)
    loader = torch.utils.data.DataLoader(torch.arange(24), batch_size=24)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    history = train.fit(
        model, loader, lambda m, rows: m.loss(images[rows], [texts[i] for i in rows]), steps=30, optimizer=optimizer,
        progress=False, device="cpu",
    )  # fmt: skip
    assert history.loss[0] > 2.5 and history.loss[-1] < 0.6 * history.loss[0]


def test_scores_do_not_depend_on_the_batch_and_maps_are_the_weights(scenes):
    images, texts = scenes
    torch.manual_seed(0)
    model = WordRegions(Vocabulary.of(texts), dim=16, width=8).train()
    S = model.scores(images, texts, at_once=7)
    assert S.shape == (24, 24) and model.training
    model.eval()
    with torch.no_grad():
        np.testing.assert_allclose(S, model(images, texts).numpy(), atol=1e-5)
    words, maps = model.maps(images[0], texts[0])
    assert len(words) == len(maps) and maps.shape[1:] == (4, 4)
    np.testing.assert_allclose(maps.sum(axis=(1, 2)), 1, atol=1e-5)


def test_the_grid_of_regions_lies_squarely_on_the_picture():
    """With filters that are their own mirror image, a mirrored picture has the mirrored regions: nothing is shifted."""
    torch.manual_seed(0)
    model = WordRegions(Vocabulary.of(["a"])).eval()
    with torch.no_grad():
        for weight in (p for p in model.parameters() if p.ndim == 4):
            weight.copy_(weight + weight.flip(2) + weight.flip(3) + weight.flip(2, 3))
        picture = torch.rand(1, 3, 48, 48)
        (regions, grid), (mirrored, _) = model.regions(picture), model.regions(picture.flip(2, 3))
    assert grid == (6, 6)
    assert torch.allclose(regions, mirrored.flip(1), atol=1e-4)
    assert not torch.allclose(regions, mirrored, atol=1e-2)
