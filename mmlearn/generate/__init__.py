"""One medium to another. `caption`: from a picture to a sentence."""

from mmlearn.lazy import on_first_use

_PARTS = ("caption",)

__all__ = [*_PARTS]

__getattr__ = on_first_use(__name__, {}, modules=_PARTS)
