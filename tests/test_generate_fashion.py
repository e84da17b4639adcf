"""The generator of clothes: its conditions, its recipe, and the stored figures of its checkpoint."""

import pytest
import torch

from mmlearn import data, evaluate
from mmlearn.generate import checkpoint
from mmlearn.generate.recipes import fashion_gan


def test_untrue_conditions_are_of_every_other_class():
    torch.manual_seed(0)
    labels = torch.arange(10).repeat(200)
    other = fashion_gan.another(fashion_gan.condition_of(labels))
    assert torch.equal(other.sum(dim=1), torch.ones(2000)) and (other.argmax(dim=1) != labels).all()
    assert len(set(zip(labels.tolist(), other.argmax(dim=1).tolist(), strict=True))) == 90


def test_clothes_get_an_edge_and_keep_their_labels():
    try:
        pictures, labels = fashion_gan.clothes("test", 50)
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))
    whole = data.load("fashion_mnist", split="test")
    assert pictures.shape == (50, 1, 32, 32) and pictures.dtype == torch.uint8
    assert torch.equal(pictures[:, 0, 2:30, 2:30], torch.from_numpy(whole.grey[:50].copy()))
    assert not pictures[:, :, :2].any() and not pictures[..., 30:].any()
    assert labels.tolist() == whole.labels()[:50].tolist()


def test_the_recipe_trains_and_goes_on(tmp_path, monkeypatch):
    torch.manual_seed(0)
    some = torch.randint(0, 256, (128, 1, 32, 32), dtype=torch.uint8), torch.arange(128) % 10
    monkeypatch.setattr(fashion_gan, "clothes", lambda split, n: some)
    model, config = fashion_gan.train(2, 0, tmp_path / "resume")
    again = fashion_gan.build(config)
    again.load_state_dict(model.state_dict())
    labels = torch.arange(10)
    assert torch.equal(fashion_gan.dressed(again, labels, 3), fashion_gan.dressed(model, labels, 3))
    assert not torch.equal(fashion_gan.dressed(again, labels, 3), fashion_gan.dressed(again, labels, 4))
    torch.manual_seed(0)
    fresh = fashion_gan.build(config)
    assert not torch.equal(fresh.out.weight, model.out.weight), "nothing was learned"


def test_what_is_shipped_obeys_beside_its_controls():
    stored = evaluate.Scores.stored("text_to_image", "clothes")
    assert stored["GAN"]["class right"] > 0.7 > 0.2 > stored["the same, labels exchanged"]["class right"]
    assert stored["the mean of each class"]["diversity"] == pytest.approx(0, abs=1e-3)
    model = checkpoint.load(checkpoint.shipped("fashion_gan"), fashion_gan.build)
    pictures = fashion_gan.dressed(model, torch.arange(10).repeat(20)).float()
    trousers, bags = pictures[1::10].mean(dim=0), pictures[8::10].mean(dim=0)
    narrow = [int((x[0] > 60).any(dim=0).sum()) for x in (trousers, bags)]
    assert narrow[0] < narrow[1], "trousers are narrower than bags"
