"""Picture files of every kind, through every representation: a defined result or one clear sentence."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from mmlearn import features
from mmlearn.data import pictures
from mmlearn.features import image
from mmlearn.features.efficientnet import DIM, EfficientNetLite0
from mmlearn.features.pictures import ImageEncoder

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (40, 30, 3), dtype=np.uint8)


def file(picture, kind="PNG", **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    return file(Image.fromarray(PIXELS), "JPEG", exif=exif)


FILES = {
    "colour": file(Image.fromarray(PIXELS)),
    "grey": file(Image.fromarray(PIXELS[:, :, 0])),
    "transparent": file(Image.fromarray(np.dstack([PIXELS, PIXELS[:, :, 1]]), "RGBA")),
    "palette": file(Image.fromarray(PIXELS).quantize(16)),
    "16 bits": file(Image.fromarray(PIXELS[:, :, 0].astype(np.uint16) * 257)),
    "one pixel": file(Image.new("RGB", (1, 1), "red")),
    "one row": file(Image.new("RGB", (300, 1), "blue")),
    "flat": file(Image.new("RGB", (20, 20), "grey")),
    "turned": turned(),
}


def encoders() -> dict:
    torch.manual_seed(0)
    network = EfficientNetLite0()
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):  # so that numbers keep their size through all layers
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    network._fc = torch.nn.Identity()
    pretrained = ImageEncoder(network, "untrained", dim=DIM, size=32, mean=[127.0] * 3, std=[128.0] * 3)
    words = image.VisualWords(4).fit([RNG.integers(0, 256, (3, 64, 64), dtype=np.uint8)])
    return {
        "hog": image.hog,
        "words": words.transform,
        "cnn": image.SmallCNN(channels=3).eval().features,
        "vit": image.SmallViT(32, 8, dim=16, depth=1, channels=3).eval().features,
        "pretrained": pretrained.eval(),
    }


ENCODERS = encoders()


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("name", ENCODERS)
def test_every_kind_of_file_becomes_finite_numbers(name, kind):
    read = pictures.read(FILES[kind], size=32)
    X = features.encode(ENCODERS[name], read[None], progress=False, cache=False, device="cpu")
    assert X.shape[0] == 1 and np.isfinite(X).all()


@pytest.mark.parametrize("name", ENCODERS)
def test_a_batch_is_as_its_items_alone(name):
    read = np.stack([pictures.read(data, size=32) for data in FILES.values()])
    together = features.encode(ENCODERS[name], read, progress=False, cache=False, device="cpu")
    alone = [features.encode(ENCODERS[name], one[None], progress=False, cache=False, device="cpu")[0] for one in read]
    np.testing.assert_allclose(together, alone, atol=1e-5, rtol=1e-3)


def test_grey_and_sixteen_bits_are_read_as_the_same_picture():
    assert (pictures.read(FILES["grey"], 32) == pictures.read(FILES["16 bits"], 32)).all()


def test_a_picture_taken_on_its_side_is_set_upright():
    upright, stored = pictures.read(FILES["turned"], 32), pictures.read(file(Image.fromarray(PIXELS), "JPEG"), 32)
    assert np.abs(upright.astype(int) - np.rot90(stored, -1, axes=(1, 2))).mean() < 4  # turned a quarter clockwise


def test_what_is_flat_has_no_gradients_and_no_words():
    read = pictures.read(FILES["flat"], 32)[None]
    assert not image.hog(read).any() and not ENCODERS["words"](read).any()


@pytest.mark.parametrize("broken", [b"", b"no picture", FILES["colour"][:60], FILES["colour"][:-200]])
def test_a_broken_file_gets_a_sentence(broken):
    with pytest.raises(pictures.PictureError, match="cannot be used"):
        pictures.read(broken, 32)


@pytest.mark.parametrize("shape", [(1, 16, 16), (4, 16, 16), (16, 16), (3, 0, 16)])
def test_the_pretrained_encoder_says_which_pictures_it_takes(shape):
    with pytest.raises(ValueError, match=r"accepted is \(3, height, width\)"):
        ENCODERS["pretrained"]([np.zeros(shape, np.uint8)])


@pytest.mark.parametrize("kind", [np.float32, np.uint16, np.int64])
def test_the_pretrained_encoder_takes_no_other_type(kind):
    with pytest.raises(TypeError, match="uint8"):
        ENCODERS["pretrained"]([np.zeros((3, 16, 16), kind)])


def test_the_pretrained_encoder_takes_one_pixel():
    X = ENCODERS["pretrained"](torch.zeros(2, 3, 1, 1, dtype=torch.uint8))
    assert X.shape == (2, DIM) and X.isfinite().all()
