"""The same decisions for less: fewer weights, fewer bits, shared weights, a smaller network.

* `pruning.py`: the smallest weights, or whole units, to zero
* `quantising.py`: weights as small whole numbers
* `sharing.py`: one layer in several places
* `size.py`: what a model weighs

How a small model learns from a large one is `mmlearn.align.distillation_loss`.
"""

from mmlearn.lazy import on_first_use

_HOME = {
    "magnitude_masks": "pruning", "prune": "pruning", "prune_units": "pruning",
    "quantise": "quantising", "rounded": "quantising", "to_int8": "quantising",
    "tie": "sharing",
    "count": "size", "kilobytes": "size",
}  # fmt: skip

__all__ = [*_HOME]

__getattr__ = on_first_use(__name__, _HOME)
