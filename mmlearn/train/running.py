"""What every training loop of the course shares: numbered batches, random numbers by step, devices, a bar that shows the loss."""

import random
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from mmlearn.train.state import History


def numbered(
    accelerator: Any, loader: Any, history: History, total: int, seed: int, progress: bool
) -> Iterator[tuple[int, Any]]:  # fmt: skip
    """The batches after those that the history has seen, each with its number; the bar shows the latest loss.

    Before each batch every random generator is set from the seed and its number, so that a run which goes on does what it
    would have done.
    """
    from tqdm.auto import tqdm

    done = len(history.steps)
    quiet = {} if progress and accelerator.is_main_process else {"disable": True}  # else tqdm's own TQDM_DISABLE decides
    with tqdm(_batches(loader, done, total, seed, accelerator.device), total=total, initial=done, leave=False, **quiet) as bar:
        for step, batch in bar:
            reseed(accelerator.device, seed, 1, step, accelerator.process_index)
            yield step, batch
            bar.set_postfix(history.latest(), refresh=False)


def _batches(loader: Any, done: int, total: int, seed: int, device: Any) -> Iterator[tuple[int, Any]]:
    """Number the batches from `done` + 1 to `total`; every time through the loader has an order of its own."""
    from accelerate import skip_first_batches

    while done < total:
        epoch, seen = divmod(done, len(loader))
        reseed(device, seed, 0, epoch)
        loader.set_epoch(epoch)
        rest = skip_first_batches(loader, seen) if seen else loader
        rest.set_epoch(epoch)
        for batch in islice(rest, total - done):
            done += 1
            yield done, batch


def set_rates(optimizer: Any, rates: list[float], schedule: Callable[[int], float] | None, step: int) -> None:
    """Give each group of weights its learning rate at this step."""
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate * (schedule(step) if schedule else 1.0)


def reseed(device: Any, *numbers: int) -> None:
    """Set every random generator from several numbers; neighbours give unrelated ones."""
    import torch

    seed = int(np.random.SeedSequence(numbers).generate_state(1)[0])
    random.seed(seed)
    np.random.seed(seed)
    torch.default_generator.manual_seed(seed)  # torch.manual_seed also looks for every kind of device: 100 times as slow
    if device.type != "cpu":
        torch.get_device_module(device).manual_seed(seed)


def accelerator_for(device: str | None, mixed_precision: str | None, seed: int, *handlers: Any) -> Any:
    """accelerate's Accelerator for one run; `handlers` are its kwargs_handlers."""
    from accelerate import Accelerator, DataLoaderConfiguration
    from accelerate.state import AcceleratorState

    # accelerate keeps the settings of a process's first Accelerator for good; here every run has its own
    AcceleratorState._reset_state(reset_partial_state=True)
    order = DataLoaderConfiguration(use_seedable_sampler=True, data_seed=seed)
    return Accelerator(
        cpu=device == "cpu", mixed_precision=mixed_precision, dataloader_config=order, kwargs_handlers=list(handlers)
    )  # fmt: skip
