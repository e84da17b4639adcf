"""CLIP's two towers, which were trained so that a picture and its caption get similar vectors.

Radford et al., Learning Transferable Visual Models From Natural Language Supervision, ICML 2021.
"""

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional

from mmlearn.features.pictures import ImageEncoder
from mmlearn.features.sentences import check_texts
from mmlearn.features.sources import from_hub
from mmlearn.features.weights import digest

HUB = "openai/clip-vit-base-patch32"
MEAN = [122.771, 116.746, 104.094]  # of the pixels it was trained on, from 0 to 255
STD = [68.501, 66.632, 70.323]


class ImageTower(nn.Module):
    """Scaled pictures (b, 3, size, size) to vectors (b, dim) of length 1."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        return functional.normalize(self.model(pixel_values=x).image_embeds, dim=-1)


class TextTower(nn.Module):
    """Texts to vectors (b, dim) of length 1; what goes beyond the model's 77 tokens is cut."""

    medium = "text"

    def __init__(self, model: nn.Module, tokenizer, batch_size: int = 64):
        super().__init__()
        self.model, self.tokenizer = model.requires_grad_(False), tokenizer
        self.longest = model.config.max_position_embeddings
        self.name, self.version, self.dim = "clip", digest(model), model.config.projection_dim
        self.batch_size = batch_size

    def forward(self, texts: Sequence[str]) -> Tensor:
        check_texts(texts)
        options = {"padding": True, "truncation": True, "max_length": self.longest, "return_tensors": "pt"}
        tokens = self.tokenizer(list(texts), **options).to(self.model.device)
        return functional.normalize(self.model(**tokens).text_embeds, dim=-1)


def image(path: Path | None, size: int | None) -> ImageEncoder:
    """The picture encoder, from the hub or a folder.

    Raises:
        DataUnavailable: the hub cannot be reached.
        ValueError: `path` holds no CLIP, or `size` is not the model's own.
    """
    from transformers import CLIPVisionModelWithProjection

    model = _load(CLIPVisionModelWithProjection, path)
    own = model.config.image_size
    if size not in (None, own):
        raise ValueError(f"size is {size}; this CLIP takes {own} pixels only")
    return ImageEncoder(ImageTower(model), "clip", dim=model.config.projection_dim, size=own, mean=MEAN, std=STD)


def text(path: Path | None) -> TextTower:
    """The text encoder, from the hub or a folder; raises what `image` raises."""
    from transformers import CLIPTextModelWithProjection, CLIPTokenizerFast

    return TextTower(_load(CLIPTextModelWithProjection, path), _load(CLIPTokenizerFast, path))


def _load(kind: type, path: Path | None):
    """One part of CLIP, as `kind` reads it."""
    if path is None:
        default = "efficientnet_lite0" if "Vision" in kind.__name__ else "minilm"
        return from_hub(lambda local: _read(kind, HUB, local), f"clip ({HUB})", default)
    try:
        return _read(kind, path, True)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ValueError(f"path is {path}; accepted is a folder that holds CLIP as the hub lays it out") from error


def _read(kind: type, place: str | Path, local: bool):
    """`kind.from_pretrained` without its page of reports on the other tower's weights."""
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        return kind.from_pretrained(place, local_files_only=local)
    finally:
        logging.set_verbosity(before)
