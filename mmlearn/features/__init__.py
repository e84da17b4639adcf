"""One medium to vectors: pretrained encoders, and `encode`, which runs any encoder over many items, once.

`encoder = features.pretrained.image()` (or `.text()`), then `X = features.encode(encoder, images)`, (n, d) float32.
"""

from mmlearn.lazy import on_first_use

_PARTS = (
    "audio", "bert", "clip", "efficientnet", "gpt2", "image", "pictures", "pretrained", "sentences", "sources", "store", "text",
    "weights",
)  # fmt: skip

__all__ = ["encode", *_PARTS]

__getattr__ = on_first_use(__name__, {"encode": "encoding"}, modules=_PARTS)
