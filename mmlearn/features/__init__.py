"""One medium to vectors: pretrained encoders, and `encode`, which runs any encoder over many items, once.

`encoder = features.pretrained.image()` (or `.text()`), then `X = features.encode(encoder, images)`, (n, d) float32.
"""

import importlib

_PARTS = (
    "audio", "bert", "clip", "efficientnet", "gpt2", "image", "pictures", "pretrained", "sentences", "sources", "store", "text",
    "weights",
)  # fmt: skip

__all__ = ["encode", *_PARTS]


def __getattr__(name: str):
    """Load a part on first use: importing this package loads no torch."""
    if name == "encode":
        from mmlearn.features.encoding import encode

        return encode
    if name in _PARTS:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
