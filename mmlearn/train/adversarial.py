"""Two networks against each other: the discriminator learns from a batch, then the generator does; and so on."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmlearn.train.problems import check, likely_causes, parts_of
from mmlearn.train.running import accelerator_for, numbered, set_rates
from mmlearn.train.state import History, State


def fit_gan(
    generator: Any, discriminator: Any, loader: Any, d_loss: Callable[..., Any], g_loss: Callable[..., Any], *, steps: int,
    lr: tuple[float, float] = (2e-4, 2e-4), betas: tuple[float, float] = (0.0, 0.9), critic_steps: int = 1,
    average: float | None = None, schedule: Callable[[int], float] | None = None,
    watch: Callable[[Any, int], Any] | None = None, every: int = 100, checkpoint: str | Path | None = None,
    progress: bool = True, seed: int = 0, device: str | None = None, mixed_precision: str | None = None,
) -> History:  # fmt: skip
    """Train a generator against a discriminator in place (Goodfellow et al., Generative Adversarial Nets, NeurIPS 2014).

    At each step one learns while the other is held still: first the discriminator, to make `d_loss` small, then the generator,
    to make `g_loss` small. As in `fit`, random numbers come from the seed and the step alone, so an interrupted run goes on to
    the same weights; noise is drawn inside the losses.

    Args:
        generator: a torch module. At the end it is in evaluation mode.
        discriminator: a torch module.
        loader: a DataLoader; with many processes each takes its share of the batches.
        d_loss: (generator, discriminator, batch) → a scalar tensor, or a dict of them, of which "loss" is made small.
        g_loss: the same, for the generator's turn.
        steps: how many turns the generator has.
        lr: learning rates of the generator and of the discriminator (Heusel et al. 2017, section 2: two time scales).
        betas: of both Adams; a first one of 0 or 0.5 forgets sooner, for the game changes as it is played.
        critic_steps: how often the discriminator learns from a batch before the generator does, with new noise each time.
        average: at the end the generator holds the moving average of its weights, with this factor, such as 0.99
            (Yazıcı et al., The Unusual Effectiveness of Averaging in GAN Training, ICLR 2019); None for the last ones.
        schedule: step → factor on both learning rates.
        watch: (generator, step) → anything; called every `every` steps and at the end, in evaluation mode, with the averaged
            weights if they are averaged: a place to draw samples.
        every: steps from one `watch` or checkpoint to the next.
        checkpoint: a file to write, and, if it is there, to go on from.
        progress: show a progress bar.
        seed: of all random numbers from here on.
        device: "cpu"; the best there is where not given.
        mixed_precision: "no", "fp16" or "bf16"; as `accelerate` is configured ("no") where not given.

    Returns:
        The history: `loss` is the generator's, `parts["discriminator"]` the other's, and what else the dicts hold by its name.

    Raises:
        ValueError: an argument is not as above, or the checkpoint is of other models or another seed.
        FloatingPointError: a loss became NaN or infinite; the sentence says whose, at which step and why that may be.
    """
    import torch
    from accelerate.utils import DistributedDataParallelKwargs

    check(loader, steps, None, min(lr), every, seed, device, mixed_precision)
    _check(critic_steps, average)
    # statistics of a batch are each process's own: sent round, they would change under a graph that is still needed
    accelerator = accelerator_for(device, mixed_precision, seed, DistributedDataParallelKwargs(broadcast_buffers=False))
    players = generator, discriminator
    adams = [torch.optim.Adam(m.parameters(), lr=rate, betas=betas) for m, rate in zip(players, lr, strict=True)]
    *wrapped, adam_g, adam_d, loader = accelerator.prepare(*players, *adams, loader)
    kept = _averaged(generator, average)
    state = State(_Several(*players, kept), _Several(adam_g, adam_d), accelerator.scaler, seed)
    if checkpoint is not None and Path(checkpoint).exists():
        state.load(Path(checkpoint))
    for step, batch in numbered(accelerator, loader, state.history, steps, seed, progress):
        for adam, rate in zip((adam_g, adam_d), lr, strict=True):
            set_rates(adam, [rate], schedule, step)
        for _ in range(critic_steps):
            critic = _turn(accelerator, (generator, wrapped[1]), 1, adam_d, d_loss, batch, step)
        numbers = _turn(accelerator, (wrapped[0], discriminator), 0, adam_g, g_loss, batch, step)
        state.history.add(step, critic | {"discriminator": critic["loss"]} | numbers)
        kept.update_parameters(generator)
        if (step % every == 0 or step == steps) and accelerator.is_main_process:
            if watch is not None:
                _show(watch, kept.module, step)
            if checkpoint is not None:
                state.save(Path(checkpoint))
    accelerator.wait_for_everyone()
    generator.load_state_dict(kept.module.state_dict())
    for player in players:
        player.requires_grad_(True).eval()
    return state.history


def _turn(accelerator: Any, players: tuple, learns: int, adam: Any, loss: Callable, batch: Any, step: int) -> dict[str, float]:
    """One player's update, the other held still; gives the parts of its loss before it, averaged over processes."""
    for i, player in enumerate(players):
        player.train().requires_grad_(i == learns)
    parts = parts_of(loss(*players, batch))
    numbers = {k: accelerator.gather(v.detach().reshape(1)).mean().item() for k, v in parts.items()}
    if not math.isfinite(numbers["loss"]):
        whose, why = ("generator", "discriminator")[learns], likely_causes(players[learns], batch)
        raise FloatingPointError(f"the {whose}'s loss is {numbers['loss']} at step {step}: {why}")
    adam.zero_grad()
    accelerator.backward(parts["loss"])
    adam.step()
    return numbers


def _averaged(generator: Any, average: float | None) -> Any:
    """A copy of the generator that follows it: at once, if `average` is None."""
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    kept = AveragedModel(generator, multi_avg_fn=get_ema_multi_avg_fn(average or 0.0), use_buffers=True)
    return kept.requires_grad_(False)


def _show(watch: Callable, generator: Any, step: int) -> None:
    import torch

    generator.eval()
    with torch.no_grad():
        watch(generator, step)


def _check(critic_steps: Any, average: Any) -> None:
    if not isinstance(critic_steps, int) or critic_steps < 1:
        raise ValueError(f"critic_steps is {critic_steps!r}; accepted are positive integers")
    if average is not None and not 0 < average < 1:
        raise ValueError(f"average is {average!r}; accepted are None and numbers between 0 and 1")


class _Several:
    """Modules or optimizers as one, for a checkpoint."""

    def __init__(self, *parts: Any):
        self.parts = parts

    def state_dict(self) -> list[dict]:
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, states: list[dict]) -> None:
        if len(states) != len(self.parts):
            raise ValueError("the checkpoint holds another number of parts")
        for part, state in zip(self.parts, states, strict=True):
            part.load_state_dict(state)
