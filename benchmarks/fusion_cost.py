"""What a fusion costs: parameters, floating-point operations, and time beside a plain reading of its paper."""

import importlib
import pkgutil
import statistics
import time
from collections.abc import Callable

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import benchmarks
from benchmarks import record
from mmlearn import compress, evaluate, fusion

DIMS, OUT, BATCH = [1280, 384, 64], 128, 256
COLUMNS = ("parameters, thousands", "MFLOPs a row", "time, concat = 1")
MODULES, TURNS, STEPS = 5, 9, 5


def plain() -> dict[str, Callable[[list[int], int], nn.Module]]:
    """The plain modules of all `plain_fusion_*.py` beside this file."""
    found = {}
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if module.name.startswith("plain_fusion_"):
            found |= importlib.import_module(f"benchmarks.{module.name}").PLAIN
    return found


def row(name: str) -> evaluate.Scores:
    """Cost of one variant on the three modalities of the stamps, forward and backward."""
    torch.manual_seed(0)
    views = [torch.randn(BATCH, d) for d in DIMS]
    ours = [fusion.make(name, DIMS, OUT) for _ in range(MODULES)]
    figures = {
        COLUMNS[0]: compress.count(ours[0]) / 1000,
        COLUMNS[1]: flops(ours[0], views) / BATCH / 1e6,
        COLUMNS[2]: paired(ours, [fusion.make("concat", DIMS, OUT) for _ in ours], views),
    }
    if name in plain():
        figures["time, plain = 1"] = paired(ours, [plain()[name](DIMS, OUT) for _ in ours], views)
    scores = evaluate.Scores()
    scores.add(name, [figures])
    print(scores, flush=True)
    return scores


def flops(module: nn.Module, views: list[torch.Tensor]) -> int:
    """Of one forward pass, multiplications and additions counted apart (an element-wise step counts nothing)."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(*views)
    return counter.get_total_flops()


def paired(ours: list[nn.Module], others: list[nn.Module], views: list[torch.Tensor]) -> float:
    """How many times longer ours take than the others for forward and backward, in the processor's time.

    The median over several pairs of modules, each itself a median of turns: where a module happens to lie in memory moves
    its time by a few hundredths.
    """
    pairs = zip(ours, others, strict=True)
    return statistics.median(record.paired_ratio(work(a, views), work(b, views), TURNS, time.process_time) for a, b in pairs)


def work(module: nn.Module, views: list[torch.Tensor]) -> Callable[[], None]:
    """A few steps without an optimizer."""

    def steps() -> None:
        for _ in range(STEPS):
            module.zero_grad(set_to_none=True)
            module(*views).square().mean().backward()

    return steps
