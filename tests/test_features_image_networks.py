"""The small CNN and ViT, what their stages see, and where they look."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from mmlearn import features
from mmlearn.features import image
from mmlearn.features.efficientnet import DIM, EfficientNetLite0
from mmlearn.features.pictures import ImageEncoder

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (6, 28, 28), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (6, 3, 28, 28), dtype=np.uint8)


def cnn(**options):
    torch.manual_seed(0)
    return image.SmallCNN(**options).eval()


def vit(**options):
    torch.manual_seed(0)
    return image.SmallViT(**{"dim": 32, "depth": 3, **options}).eval()


def pretrained_like():
    """The default picture encoder without its weights: so random that numbers keep their size through all layers."""
    torch.manual_seed(0)
    network = EfficientNetLite0()
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    network._fc = torch.nn.Identity()
    return ImageEncoder(network, "untrained", dim=DIM, size=64, mean=[127.0] * 3, std=[128.0] * 3).eval()


def test_shapes_of_the_cnn():
    model = cnn(classes=5, width=8)
    assert [tuple(m.shape) for m in model.maps(GREY)] == [(6, 8, 14, 14), (6, 16, 7, 7), (6, 32, 4, 4)]
    assert model.features(GREY).shape == (6, model.dim) == (6, 64 * 8) and model(GREY).shape == (6, 5)
    assert model.filters.shape == (8, 1, 5, 5) and not model.filters.requires_grad
    assert cnn(channels=3)(COLOUR).shape == (6, 10)


def test_features_of_28_pixels_are_the_last_maps_themselves():
    model = cnn()
    assert torch.equal(model.features(GREY), model.maps(GREY)[-1].flatten(1))


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 3), (29, 40), (64, 64)])
def test_the_cnn_takes_pictures_of_any_size(size):
    x = torch.rand(2, 1, *size)
    assert cnn()(x).isfinite().all() and cnn().features(x).shape == (2, 1024)


def test_the_cnn_s_first_stage_is_convolution_normalisation_rectifier_and_pooling():
    model = cnn(width=4)
    x = torch.from_numpy(GREY)[:, None] / 255 - 0.5
    filtered = functional.conv2d(x, model.filters, padding=2) / np.sqrt(1 + 1e-5)  # a new normalisation has mean 0, variance 1
    torch.testing.assert_close(model.maps(GREY)[0], functional.max_pool2d(filtered.relu(), 2))


@pytest.mark.parametrize(("make", "given"), [(cnn, GREY), (vit, GREY)])
def test_a_batch_is_as_its_items_alone_and_uint8_as_floats(make, given):
    model = make()
    with torch.no_grad():
        together = model(given)
        alone = torch.cat([model(given[i : i + 1]) for i in range(len(given))])
        torch.testing.assert_close(alone, together, atol=1e-5, rtol=1e-4)
        for same in (torch.from_numpy(given), torch.from_numpy(given)[:, None], given / 255.0, list(given)):
            torch.testing.assert_close(model(same), together, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("make", "given"), [(cnn, GREY), (vit, GREY)])
def test_encode_runs_their_features(make, given):
    model = make()
    X = features.encode(model.features, given, progress=False, device="cpu")
    torch.testing.assert_close(torch.from_numpy(X), model.features(given).detach(), atol=1e-5, rtol=1e-4)


def stripes(n, seed):
    """Level (0) or upright (1) stripes, anywhere, with noise."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    wave = np.sin(np.arange(28) * 1.2 + rng.uniform(0, 6, (n, 1)))
    level = np.repeat(wave[:, :, None], 28, axis=2)
    x = np.where(labels[:, None, None], level.transpose(0, 2, 1), level) + rng.normal(0, 0.5, (n, 28, 28))
    return torch.from_numpy(np.clip(0.5 + x / 4, 0, 1)).float(), torch.from_numpy(labels)


@pytest.mark.parametrize("make", [lambda: cnn(classes=2, width=8), lambda: vit(classes=2, patch=7, depth=1)])
def test_they_learn(make):
    model, (x, y) = make(), stripes(48, 0)
    optimizer = torch.optim.AdamW(model.train().parameters(), lr=8e-3)
    for _ in range(20):
        optimizer.zero_grad()
        functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    unseen, right = stripes(100, 1)
    assert (model.eval()(unseen).argmax(1) == right).float().mean() > 0.9


def test_patches_are_torch_s_unfolded_ones():
    x = torch.arange(2 * 3 * 8 * 12.0).reshape(2, 3, 8, 12)
    torch.testing.assert_close(image.patches(x, 4), functional.unfold(x, 4, stride=4).transpose(1, 2))
    assert torch.equal(image.patches(x, 4)[1, 2], x[1, :, 0:4, 8:12].flatten())


@pytest.mark.parametrize(("shape", "side"), [((2, 1, 28, 28), 5), ((2, 1, 3, 3), 4), ((2, 28, 28), 4), ((2, 1, 8, 8), 0)])
def test_patches_that_do_not_fit_get_a_sentence(shape, side):
    with pytest.raises(ValueError, match=f"side is {side}"):
        image.patches(torch.zeros(shape), side)


def test_shapes_of_the_vit():
    model = vit(patch=7, classes=4)
    assert model.tokens(GREY).shape == (6, 17, 32) and model.features(GREY).shape == (6, 32) and model(GREY).shape == (6, 4)
    looked = model.attention_maps(GREY)
    assert looked.shape == (3, 6, 4, 17, 17)
    torch.testing.assert_close(looked.sum(-1), torch.ones(3, 6, 4, 17))
    assert vit(channels=3, patch=14)(COLOUR).shape == (6, 10)


def test_a_patch_is_known_by_its_place():
    """With positions the class token tells two orders of the same patches apart; without them it cannot."""
    model = vit(patch=14)
    swapped = np.concatenate([GREY[:, 14:], GREY[:, :14]], axis=1)
    assert (model.features(GREY) - model.features(swapped)).abs().max() > 1e-4
    with torch.no_grad():
        model.positions[1:] = 0
    torch.testing.assert_close(model.features(GREY), model.features(swapped), atol=1e-5, rtol=1e-4)


def test_rollout_by_hand():
    one = torch.tensor([[0.2, 0.5, 0.3], [0.1, 0.6, 0.3], [0.4, 0.4, 0.2]])
    two = torch.tensor([[0.6, 0.1, 0.3], [0.2, 0.2, 0.6], [0.3, 0.3, 0.4]])
    attention = torch.stack([torch.stack([one, one]), torch.stack([two, two])])[:, None]  # depth 2, one picture, 2 heads
    flow = (two + torch.eye(3)) / 2 @ ((one + torch.eye(3)) / 2)
    right = flow[0, 1:] / flow[0, 1:].sum()
    torch.testing.assert_close(image.rollout(attention), right[None])
    assert image.rollout(vit().attention_maps(GREY)).shape == (6, 49)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: cnn()(COLOUR), ValueError, "with 1 channels"),
        (lambda: cnn(channels=3)(GREY), ValueError, r"shape \(6, 28, 28\)"),
        (lambda: cnn()(GREY.astype(np.int32)), TypeError, "int32"),
        (lambda: cnn()(GREY.astype(np.float32)), ValueError, "accepted are floats from 0 to 1"),
        (lambda: cnn()(np.full((1, 5, 5), np.nan)), ValueError, "NaN"),
        (lambda: cnn()(GREY[:0]), ValueError, "at least 1 pixel"),
        (lambda: vit()(GREY[:, :20]), ValueError, "20×28 pixels; accepted here is 28×28"),
        (lambda: image.SmallViT(size=28, patch=5), ValueError, "size is 28 and patch is 5"),
        (lambda: image.SmallViT(dim=30, heads=4), ValueError, "dim is 30 and heads is 4"),
    ],
)
def test_what_they_cannot_use_gets_a_sentence(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_every_stage_of_a_pretrained_network_is_a_representation():
    encoder = pretrained_like()
    pictures = torch.from_numpy(RNG.integers(0, 256, (5, 3, 40, 40), dtype=np.uint8))
    stages = image.layers_of(encoder, pictures, batch_size=2)
    widths = {f"stage {i}": w for i, w in enumerate([16, 24, 40, 80, 112, 192, 320], 1)} | {"head": 1280}
    assert {name: X.shape for name, X in stages.items()} == {name: (5, width) for name, width in widths.items()}
    right = encoder(pictures).numpy()
    assert right.std() > 0.01
    np.testing.assert_allclose(stages["head"], right, atol=1e-4, rtol=1e-3)
    assert [m.shape[-1] for m in image.maps_of(encoder, pictures)] == [32, 16, 8, 4, 4, 2, 2, 2]


def test_stages_are_looked_at_in_evaluation_mode_and_the_mode_is_put_back():
    model = cnn().train()
    stages = image.layers_of(model, GREY, batch_size=4)
    assert list(stages) == ["stage 1", "stage 2", "stage 3"] and model.training
    right = model.eval().maps(GREY)[1].mean(dim=(2, 3)).detach()
    np.testing.assert_allclose(stages["stage 2"], right, atol=1e-5)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: image.maps_of(torch.nn.Linear(2, 2), GREY), TypeError, "encoder is Linear"),
        (lambda: image.layers_of(cnn(), GREY[:0]), ValueError, "0 pictures"),
        (lambda: image.layers_of(cnn(), GREY, batch_size=0), ValueError, "batch_size is 0"),
    ],
)
def test_networks_without_stages_get_a_sentence(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
