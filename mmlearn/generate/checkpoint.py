"""Trained models in small files that are safe to open: numbers and a little text, nothing that could run (safetensors).

A file holds the weights, the `config` from which the module is built again, and how it was `made`: command, seed, steps. The
course ships some in `data/checkpoints`, each trained for longer than a chapter has time for, by `mmlearn.generate.recipes`.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from mmlearn.data.cache import atomic
from mmlearn.data.resources import resource

FORMAT = 1  # of the files; a number that this version of the course does not know is refused


class Opened(NamedTuple):
    """What a file holds: weights by name, `config` and `made` as they were given to `save`."""

    weights: dict[str, Tensor]
    config: dict[str, Any]
    made: dict[str, Any]


def save(path: str | Path, module: nn.Module, config: dict[str, Any], made: dict[str, Any], half: bool = False) -> Path:
    """Write a module's weights with what is needed to build it again, whole or not at all.

    Args:
        path: of the file; by custom it ends in `.safetensors`.
        module: whose weights and buffers are written.
        config: what `build` in `load` needs; plain JSON values.
        made: how it was made, for the reader: command, seed, steps. Plain JSON values.
        half: floats in 16 bits: half as large, and each is kept to about three digits (all must be below 65,504).

    Raises:
        ValueError: a weight that is not finite once written; `config` or `made` is not plain JSON.
    """
    weights = {name: _packed(x, half) for name, x in module.state_dict().items()}
    spoilt = [name for name, x in weights.items() if not x.isfinite().all()]
    if spoilt:
        raise ValueError(f"the weights {spoilt[0]!r} are not all finite{' in 16 bits' * half}; nothing is written")
    try:
        about = json.dumps({"format": FORMAT, "config": config, "made": made}, allow_nan=False, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise ValueError(f"config and made must be plain JSON values: {error}") from None
    with atomic(Path(path)) as temporary:
        save_file(weights, temporary, metadata={"mmlearn": about})  # one entry: of several the order would vary
    return Path(path)


def _packed(x: Tensor, half: bool) -> Tensor:
    """As it is written: on the CPU, a copy of its own."""
    return x.detach().to("cpu", torch.float16 if half and x.is_floating_point() else x.dtype, copy=True).contiguous()


def read(path: str | Path) -> Opened:
    """Open a file that `save` wrote. Only tensors and JSON are read, so a file from elsewhere can run nothing.

    Raises:
        FileNotFoundError: no such file.
        ValueError: not such a file, or one of a format that this version does not know.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint {path}")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - a file is no dict
    except (SafetensorError, OSError) as error:
        raise ValueError(f"checkpoint {path} cannot be read: it is broken, or no safetensors file ({error})") from None
    try:
        about = json.loads(metadata["mmlearn"])
        version, opened = about["format"], Opened(weights, dict(about["config"]), dict(about["made"]))
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"checkpoint {path} does not say how it is built; it was not written by mmlearn") from None
    if version != FORMAT:
        raise ValueError(f"checkpoint {path} is of format {version}; this version of mmlearn reads format {FORMAT}")
    return opened


def load(path: str | Path, build: Callable[[dict[str, Any]], nn.Module]) -> nn.Module:
    """The module of a file, in evaluation mode: `build(config)` makes it, and its weights are set.

    Args:
        path: of the file; `shipped(name)` for one that comes with the course.
        build: config → a module with the same weights by name and shape.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file cannot be read, or is of another version of the model.
    """
    opened = read(path)
    try:
        module = build(opened.config)
        module.load_state_dict(opened.weights)  # 16 bits become the module's own 32
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        first = str(error).strip().split("\n")
        reason = first[1].strip() if len(first) > 1 else first[0]
        raise ValueError(f"checkpoint {path} is of another version of this model: {reason}") from None
    return module.eval()


def shipped(name: str) -> Path:
    """The path of a checkpoint that comes with the course, such as "captioner".

    Raises:
        FileNotFoundError: none of that name; the sentence says which there are.
    """
    try:
        return resource(f"checkpoints/{name}.safetensors")
    except FileNotFoundError:
        try:
            there = sorted(p.stem for p in resource("checkpoints").glob("*.safetensors"))
        except FileNotFoundError:
            there = []
        raise FileNotFoundError(f"no checkpoint {name!r} comes with the course; there are {', '.join(there) or 'none'}") from None
