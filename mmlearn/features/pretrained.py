"""Encoders that were trained by others on far more data: `image()` and `text()` give the smallest good ones.

The defaults come from the package index and work without a model hub. Others are had by name where their hub can be
reached, or from a file or folder of your own by `path`. Weights are read as data: no code that comes with them is run.
"""

from collections.abc import Callable
from pathlib import Path

from torch import nn

from mmlearn.features import sources

IMAGE_NAMES = ("efficientnet_lite0", "resnet50", "clip")
TEXT_NAMES = ("minilm", "bert", "gpt2", "clip")


def image(name: str = "efficientnet_lite0", path: str | Path | None = None, size: int | None = None) -> nn.Module:
    """A pretrained picture encoder: uint8 (b, 3, H, W), or a list of pictures of any sizes, to float32 (b, dim).

    Args:
        name: "efficientnet_lite0" (1280 numbers a picture, offline), "resnet50" (2048) or "clip" (512).
        path: your own copy of the weights: a file for the first two, a folder for "clip".
        size: side in pixels of the square the picture is fitted into; None for the default of the network.

    Raises:
        ValueError: an unknown name, a `size` out of range, a `path` without fitting weights.
        DataUnavailable: the weights can neither be found nor fetched.
    """
    known(name, IMAGE_NAMES)
    if size is not None and not 32 <= size <= 1024:
        raise ValueError(f"size is {size}; accepted are 32 to 1024 pixels")
    makers = {"efficientnet_lite0": _efficientnet_lite0, "resnet50": _resnet50, "clip": _clip_image}
    return makers[name](_path(path), size).eval()


def text(name: str = "minilm", path: str | Path | None = None) -> nn.Module:
    """A pretrained text encoder: a list of texts to float32 (b, dim), each row of length 1.

    Args:
        name: "minilm" (384 numbers a text, English, offline), "bert" (768), "gpt2" (768) or "clip" (512).
        path: your own copy, a folder as the hub lays it out.

    Raises:
        ValueError: an unknown name, a `path` without a fitting model.
        DataUnavailable: the model can neither be found nor fetched.
    """
    known(name, TEXT_NAMES)
    makers = {"minilm": _minilm, "bert": _bert, "gpt2": _gpt2, "clip": _clip_text}
    return makers[name](_path(path)).eval()


def known(name: str, names: tuple[str, ...]) -> None:
    """Raises:
    ValueError: `name` is none of `names`.
    """
    if name not in names:
        raise ValueError(f"name is {name!r}; accepted are {', '.join(names)}")


def _path(path: str | Path | None) -> Path | None:
    if path is None:
        return None
    path = Path(path).expanduser()
    if not path.exists():
        raise ValueError(f"path is {path}; nothing is there")
    return path


def _efficientnet_lite0(path: Path | None, size: int | None) -> nn.Module:
    from mmlearn.features.efficientnet import DIM, EfficientNetLite0
    from mmlearn.features.pictures import ImageEncoder

    network = _without_head(EfficientNetLite0, path or sources.efficientnet_lite0(), "_fc")
    grey, spread = [127.0] * 3, [128.0] * 3  # its training scaled pixels so, not by ImageNet's mean and deviation
    return ImageEncoder(network, "efficientnet_lite0", dim=DIM, size=size or 224, mean=grey, std=spread)


def _resnet50(path: Path | None, size: int | None) -> nn.Module:
    from torchvision.models import resnet50

    from mmlearn.features.pictures import ImageEncoder

    network = _without_head(resnet50, path or sources.resnet50(), "fc")
    mean, std = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]  # ImageNet's, on the scale of 0 to 255
    return ImageEncoder(network, "resnet50", dim=2048, size=size or 224, mean=mean, std=std)


def _without_head(make: Callable[[], nn.Module], path: Path, head: str) -> nn.Module:
    """The network with its weights from `path`, giving what goes into its last layer, called `head`."""
    from mmlearn.features import weights

    network = weights.fill(make(), weights.read(path), path)
    setattr(network, head, nn.Identity())
    return network


def _minilm(path: Path | None) -> nn.Module:
    from mmlearn.features.sentences import SentenceEncoder

    return SentenceEncoder(path or sources.minilm(), "minilm", max_tokens=256)  # longer texts were not in its training


def _bert(path: Path | None) -> nn.Module:
    from mmlearn.features.sentences import SentenceEncoder

    return SentenceEncoder(path or sources.bert(), "bert", max_tokens=512)


def _gpt2(path: Path | None) -> nn.Module:
    from mmlearn.features.gpt2 import Gpt2Encoder

    return Gpt2Encoder(path or sources.gpt2())


def _clip_image(path: Path | None, size: int | None) -> nn.Module:
    from mmlearn.features import clip

    return clip.image(path, size)


def _clip_text(path: Path | None) -> nn.Module:
    from mmlearn.features import clip

    return clip.text(path)
