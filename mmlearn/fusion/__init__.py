"""Several vectors to one: `fusion.make("gated", dims=[1280, 384, 64], out_dim=128)`; `fusion.NAMES` lists every variant.

Every variant is a torch module called the same way, `fuse(x_image, x_text, x_audio, mask=present)`, and every one takes
missing modalities (see `base.py`). `Classifier` puts a linear layer on any of them and trains it. A new variant has a file of
its own and a line in the table below.
"""

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mmlearn.lazy import on_first_use

if TYPE_CHECKING:
    from mmlearn.fusion.base import Fusion

# name → (file, class). Read without importing torch, which takes seconds.
_VARIANTS = {
    "early": ("simple", "Early"),
    "late": ("simple", "Late"),
    "concat": ("simple", "Concat"),
    "joint": ("simple", "Joint"),
    "sum": ("simple", "Sum"),
    "mean": ("simple", "Mean"),
    "max": ("simple", "Max"),
    "product": ("simple", "Product"),
    "weighted": ("simple", "Weighted"),
    "similarity": ("simple", "Similarity"),
    "gated": ("gated", "Gated"),
    "scalar_gated": ("gated", "ScalarGated"),
    "attention": ("attention", "Attention"),
    "cross_attention": ("attention", "CrossAttention"),
    "co_attention": ("co_attention", "CoAttention"),
    "alternating_co_attention": ("co_attention", "AlternatingCoAttention"),
    "bilinear_attention": ("bilinear_attention", "BilinearAttention"),
    "recurrent_attention": ("recurrent_attention", "RecurrentAttention"),
    "bottleneck": ("bottleneck", "Bottleneck"),
    "tensor": ("tensor", "TensorFusion"),
    "low_rank": ("tensor", "LowRank"),
    "bilinear": ("bilinear", "Bilinear"),
    "compact_bilinear": ("compact_bilinear", "CompactBilinear"),
    "graph": ("graph", "Graph"),
    "graph_attention": ("graph", "AttentionGraph"),
}

NAMES = tuple(_VARIANTS)

__all__ = ["NAMES", "Classifier", "CrossModalImputer", "accepts", "drop_modalities", "make"]

__getattr__ = on_first_use(__name__, {"Classifier": "classifier", "CrossModalImputer": "missing", "drop_modalities": "missing"})


def make(name: str, dims: Sequence[int], out_dim: int, **options: Any) -> "Fusion":
    """A fusion module that takes one input of width `dims[m]` for each modality m and gives (batch, out_dim).

    Args:
        name: one of `NAMES`.
        dims: the width of each modality's vectors, in the order they will be given.
        out_dim: the width of the result.
        **options: what the variant takes besides, such as `weights` of "weighted".

    Raises:
        ValueError: the name, a width or an option's value is not accepted.
        TypeError: the variant has no such option.
    """
    variant = _variant(name)
    try:
        return variant(dims, out_dim, **options)
    except TypeError as error:
        raise TypeError(f"options has {sorted(options)}, which {name!r} does not take as given ({error})") from None


def accepts(name: str) -> str:
    """What a variant takes: "vectors" (batch, d) or "sequences" (batch, length, d).

    Raises:
        ValueError: the name is not in `NAMES`.
    """
    return _variant(name).accepts


def _variant(name: str) -> type:
    if name not in _VARIANTS:
        raise ValueError(f"name is {name!r}; accepted are {', '.join(NAMES)}")
    file, variant = _VARIANTS[name]
    return getattr(importlib.import_module(f"{__name__}.{file}"), variant)
