"""The sentences: for an argument that is not accepted, and for a loss that breaks, with its likely causes."""

from typing import Any


def check(loader: Any, steps: Any, epochs: Any, lr: float, every: int, seed: int, device: Any, precision: Any) -> None:
    """Refuse arguments of `fit` that it cannot use, each with a sentence that says what is accepted."""
    from torch.utils.data import DataLoader

    if (steps is None) == (epochs is None):
        raise ValueError(f"steps is {steps} and epochs is {epochs}; give one of the two")
    counts = {"every": every, "steps": epochs if steps is None else steps}
    for argument, count in counts.items():
        if not isinstance(count, int) or count < 1:
            raise ValueError(f"{argument} is {count!r}; accepted are positive integers")
    if not isinstance(loader, DataLoader) or not len(loader):
        raise ValueError(f"loader is {loader!r}; accepted is a torch DataLoader with at least one batch")
    if not lr > 0 or seed < 0:
        raise ValueError(f"lr is {lr} and seed is {seed}; accepted are lr above 0 and seed from 0")
    if device not in (None, "cpu") or precision not in (None, "no", "fp16", "bf16"):
        accepted = "device 'cpu' or None, mixed_precision 'no', 'fp16', 'bf16' or None"
        raise ValueError(f"device is {device!r} and mixed_precision {precision!r}; accepted are {accepted}")


def parts_of(returned: Any) -> dict[str, Any]:
    """What a loss function returned, by name; refused unless its "loss" is one number that has a gradient."""
    parts = returned if isinstance(returned, dict) else {"loss": returned}
    value = parts.get("loss")
    if getattr(value, "numel", lambda: 0)() != 1 or not value.requires_grad:
        raise ValueError(f"loss returned {returned!r}; accepted is one number (a tensor) that depends on the model's weights")
    return parts


def likely_causes(model: Any, batch: Any) -> str:
    """The likely causes of a loss that is not finite, the ones that can be seen first."""
    from accelerate.utils import is_torch_tensor

    views = batch.items() if isinstance(batch, dict) else enumerate(batch if isinstance(batch, list | tuple) else [batch])
    spoilt = [key for key, x in views if is_torch_tensor(x) and not x.isfinite().all()]
    if spoilt:
        return f"the batch itself has NaN or infinite values, in {spoilt[0]!r}; clean the data"
    if not all(p.isfinite().all() for p in model.parameters()):
        return "the weights are no longer finite, so an update before was too large; lower the learning rate or set clip"
    return "likely a division by zero, the log of zero or an overflowing exp in the loss, or a learning rate that is too high"
