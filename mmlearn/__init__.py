"""mmlearn: the helper library of a course in multimodal learning.

One folder per idea: `data` (examples), `layers` (what networks are made of), `features` (one medium to vectors), `align`
(several spaces to one), `fusion` (vectors to one vector), `generate` (one medium to another), `explain` (why a model decided so),
`compress` (the same for less), `evaluate` (honest numbers), `train` and `show`. Importing mmlearn loads none of them: torch takes
seconds, so each part is imported when it is first named.
"""

from mmlearn.lazy import on_first_use

__version__ = "0.1.0"

__all__ = [
    "align", "compress", "data", "evaluate", "exercises", "explain", "features", "fusion", "generate", "layers", "profiles",
    "show", "train", "widgets",
]  # fmt: skip

__getattr__ = on_first_use(__name__, {}, modules=__all__)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
