"""The loop: loss, gradient, update; and around it a seed, validation that keeps the best weights, and a checkpoint."""

import math
import random
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from mmlearn.train.problems import check, likely_causes, parts_of
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
    from tqdm.auto import tqdm

    check(loader, steps, epochs, lr, every, seed, device, mixed_precision)
    accelerator = _accelerator(device, mixed_precision, seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr) if optimizer is None else optimizer
    rates = [group["lr"] for group in optimizer.param_groups]
    wrapped, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    total = epochs * len(loader) if steps is None else steps
    state = State(model, optimizer, accelerator.scaler, seed)
    if checkpoint is not None and Path(checkpoint).exists():
        state.load(Path(checkpoint))
    done, speaks = len(state.history.steps), accelerator.is_main_process
    batches = _batches(loader, done, total, seed, accelerator.device)
    quiet = {} if progress and speaks else {"disable": True}  # else tqdm's own TQDM_DISABLE decides
    bar = tqdm(batches, total=total, initial=done, leave=False, **quiet)
    for step, batch in bar:
        _reseed(accelerator.device, seed, 1, step, accelerator.process_index)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * (schedule(step) if schedule else 1.0)
        model.train()
        state.history.add(step, _update(accelerator, wrapped, optimizer, loss, batch, clip, step))
        if step % every == 0 or step == total:
            if validate is not None:
                state.judge(validate, step, higher_is_better)
            if checkpoint is not None and speaks:
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


def _batches(loader: Any, done: int, total: int, seed: int, device: Any) -> Iterator[tuple[int, Any]]:
    """Number the batches from `done` + 1 to `total`; every time through the loader has an order of its own."""
    from accelerate import skip_first_batches

    while done < total:
        epoch, seen = divmod(done, len(loader))
        _reseed(device, seed, 0, epoch)
        loader.set_epoch(epoch)
        rest = skip_first_batches(loader, seen) if seen else loader
        rest.set_epoch(epoch)
        for batch in islice(rest, total - done):
            done += 1
            yield done, batch


def _reseed(device: Any, *numbers: int) -> None:
    """Set every random generator from several numbers; neighbours give unrelated ones."""
    import torch

    seed = int(np.random.SeedSequence(numbers).generate_state(1)[0])
    random.seed(seed)
    np.random.seed(seed)
    torch.default_generator.manual_seed(seed)  # torch.manual_seed also looks for every kind of device: 100 times as slow
    if device.type != "cpu":
        torch.get_device_module(device).manual_seed(seed)


def _accelerator(device: str | None, mixed_precision: str | None, seed: int) -> Any:
    from accelerate import Accelerator, DataLoaderConfiguration
    from accelerate.state import AcceleratorState

    # accelerate keeps the settings of a process's first Accelerator for good; here every run has its own
    AcceleratorState._reset_state(reset_partial_state=True)
    order = DataLoaderConfiguration(use_seedable_sampler=True, data_seed=seed)
    return Accelerator(cpu=device == "cpu", mixed_precision=mixed_precision, dataloader_config=order)
