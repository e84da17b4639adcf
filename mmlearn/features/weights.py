"""What is done with a network's trained weights: read safely, named by a digest, made quicker to run."""

import hashlib
from pathlib import Path

import torch
from torch import Tensor, nn


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of a weights file, `.safetensors` or a PyTorch state dict; no code in the file is run.

    Raises:
        ValueError: the file is missing, damaged, or holds something other than named tensors.
    """
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # each format fails in ways of its own; all mean that the file is not usable
        raise ValueError(f"path is {path}: no weights can be read from it ({type(error).__name__})") from error
    if not isinstance(stored, dict) or not all(isinstance(value, Tensor) for value in stored.values()):
        raise ValueError(f"path is {path}: it holds no dictionary of tensors (a state dict)")
    return stored


def fill(network: nn.Module, stored: dict[str, Tensor], path: Path) -> nn.Module:
    """Give `network` the weights `stored`, read from `path`; what the network does not have is ignored.

    Raises:
        ValueError: a weight is missing or has another shape.
    """
    for name, wanted in network.state_dict().items():
        if name not in stored or stored[name].shape != wanted.shape:
            found = tuple(stored[name].shape) if name in stored else "absent"
            asked = f"{name} {tuple(wanted.shape)} of {type(network).__name__}"
            raise ValueError(f"path is {path}: its weights do not fit, since {asked} is {found}")
    network.load_state_dict({name: stored[name] for name in network.state_dict()}, assign=True)
    return network


def digest(network: nn.Module) -> str:
    """Eight hexadecimal digits that change when any weight does: the version of an encoder."""
    found = hashlib.blake2b(digest_size=4)
    for name, value in network.state_dict().items():
        found.update(name.encode())
        found.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return found.hexdigest()


def fold_batch_norm(network: nn.Module) -> nn.Module:
    """Merge each batch normalisation into the convolution before it, in place; for inference only.

    In evaluation mode y = γ (w∗x − μ) / √(σ² + ε) + β is itself a convolution, so two passes over memory become one.
    Pairs are found by order: in these networks a `BatchNorm2d` child directly follows its `Conv2d`.
    """
    for module in [*network.modules()]:
        children = [*module.named_children()]
        for (conv_name, conv), (norm_name, norm) in zip(children, children[1:], strict=False):
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(module, conv_name, torch.nn.utils.fuse_conv_bn_eval(conv, norm))
                setattr(module, norm_name, nn.Identity())
    return network
