"""One medium to another.

* `caption`: from a picture to a sentence
* `gan`: from noise, a class or a sentence to a picture
* `flow`: the same by flow matching
* `checkpoint`: trained models in small, safe files; `shipped(name)` for those that come with the course
* `recipes`: how those were trained
"""

from mmlearn.lazy import on_first_use

_PARTS = ("caption", "gan", "flow", "checkpoint", "recipes")

__all__ = [*_PARTS]

__getattr__ = on_first_use(__name__, {}, modules=_PARTS)
