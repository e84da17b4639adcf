"""The loop: loss, gradient, update; and around it a seed, validation that keeps the best weights, and a checkpoint."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmlearn.train.problems import check, likely_causes, parts_of
from mmlearn.train.running import accelerator_for, numbered, set_rates
from mmlearn.train.state import History, State


def fit(
    model: Any, loader: Any, loss: Callable[[Any, Any], Any], *, steps: int | None = None, epochs: int | None = None,
    optimizer: Any = None, lr: float = 1e-3, schedule: Callable[[int], float] | None = None, clip: float | None = None,
    validate: Callable[[Any], float] | None = None, higher_is_better: bool = True, every: int = 100,
    checkpoint: str | Path | None = None, progress: bool = True, seed: int = 0, device: str | None = None,
    mixed_precision: str | None = None,
) -> History:  # fmt: skip
    """Train a model in place; leave it in evaluation mode, with the weights of the best validation if there was one.

    Random numbers, the order of the data included, come from the seed and the step alone. So a run that was interrupted and
    goes on from its checkpoint does what it would have done. (Datasets that draw random numbers themselves are the exception.)

    Args:
        model: a torch module.
        loader: a DataLoader; with many processes each takes its share of the batches.
        loss: (model, batch) → a scalar tensor, or a dict of them, of which "loss" is made small and the others are recorded.
        steps: how many updates; or
        epochs: how often to go through the loader.
        optimizer: a torch optimizer of the model's weights; AdamW with `lr` where not given.
        lr: the learning rate of that AdamW.
        schedule: step → factor on the learning rate, such as a warm-up.
        clip: the largest norm of the gradient; a longer one is shortened to it (Pascanu et al. 2013, section 3.2).
        validate: model → score, called every `every` steps and at the end, in evaluation mode and without gradients.
        higher_is_better: false where a low score is good, as of a loss.
        every: steps from one validation or checkpoint to the next.
        checkpoint: a file to write, and, if it is there, to go on from.
        progress: show a progress bar.
        seed: of all random numbers from here on.
        device: "cpu"; the best there is where not given.
        mixed_precision: "no", "fp16" or "bf16"; as `accelerate` is configured ("no") where not given.

    Returns:
        The history, including that of the interrupted run.

    Raises:
        ValueError: an argument is not as above, or the checkpoint is of another model or seed.
        FloatingPointError: the loss became NaN or infinite; the sentence says at which step and why that may be.
    """
    import torch

    check(loader, steps, epochs, lr, every, seed, device, mixed_precision)
    accelerator = accelerator_for(device, mixed_precision, seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr) if optimizer is None else optimizer
    rates = [group["lr"] for group in optimizer.param_groups]
    wrapped, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    total = epochs * len(loader) if steps is None else steps
    state = State(model, optimizer, accelerator.scaler, seed)
    if checkpoint is not None and Path(checkpoint).exists():
        state.load(Path(checkpoint))
    for step, batch in numbered(accelerator, loader, state.history, total, seed, progress):
        set_rates(optimizer, rates, schedule, step)
        model.train()
        state.history.add(step, _update(accelerator, wrapped, optimizer, loss, batch, clip, step))
        if step % every == 0 or step == total:
            if validate is not None:
                state.judge(validate, step, higher_is_better)
            if checkpoint is not None and accelerator.is_main_process:
                state.save(Path(checkpoint))
    accelerator.wait_for_everyone()
    accelerator.unwrap_model(wrapped, keep_fp32_wrapper=False)  # take off what mixed precision put around it
    if state.best is not None:
        model.load_state_dict(state.best)
    model.eval()
    return state.history


def _update(accelerator: Any, model: Any, optimizer: Any, loss: Callable, batch: Any, clip: float | None, step: int) -> dict:
    """One step of gradient descent; gives the parts of the loss before it, averaged over processes."""
    parts = parts_of(loss(model, batch))
    numbers = {k: accelerator.gather(v.detach().reshape(1)).mean().item() for k, v in parts.items()}
    if not math.isfinite(numbers["loss"]):
        raise FloatingPointError(f"the loss is {numbers['loss']} at step {step}: {likely_causes(model, batch)}")
    optimizer.zero_grad()
    accelerator.backward(parts["loss"])
    if clip is not None:
        accelerator.clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    return numbers
