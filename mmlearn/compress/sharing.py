"""Sharing: one layer's weights in several places."""

from torch import nn


def tie(model: nn.Module, *names: str) -> nn.Module:
    """Put the submodule of the first name in the place of the others, in the model itself; from then on they learn together.

    As ALBERT does with the layers of a transformer (Lan et al., 2020, "ALBERT: a lite BERT for self-supervised learning of
    language representations", ICLR). In a fusion: one network for what several modalities have in common.

    Args:
        names: dotted, as `model.named_modules()` gives them.

    Returns:
        The model.

    Raises:
        ValueError: fewer than two names, an unknown one, or submodules whose weights have other shapes.
    """
    if len(names) < 2:
        raise ValueError(f"names is {names}; it takes two or more places to share one layer")
    modules = dict(model.named_modules())
    for name in names:
        if name not in modules:
            raise ValueError(f"names has {name!r}; this model has {', '.join(repr(n) for n in modules if n)}")
    first = modules[names[0]]
    for name in names[1:]:
        if _shapes(modules[name]) != _shapes(first):
            raise ValueError(f"{name} has weights {_shapes(modules[name])} and {names[0]} {_shapes(first)}; they must be alike")
        parent, _, last = name.rpartition(".")
        setattr(modules[parent], last, first)
    return model


def _shapes(module: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(p.shape) for name, p in module.named_parameters()}
