"""InfoNCE over several processes beside one process on the whole batch: the same loss and the same gradients.

    accelerate launch --multi_gpu --num_processes 2 -m mmlearn.align.two_processes

In spite of its name `--multi_gpu` is what starts several processes on a machine without a GPU too; they then talk by gloo.
(`--cpu --num_processes 2` starts one process: it leaves starting the others to MPI.)

Each process holds its share of 16 pairs and a copy of a small model. At every step it computes the loss with
`gather_with_gradient`, lets `accelerate` average the gradients, and compares them with those of the same model on all pairs.
Then the same without gathering, as a program would that only had a `DataLoader` split its batches.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, nn

from mmlearn.align.contrastive import InfoNCE
from mmlearn.align.trained import Views

PAIRS, COLUMNS, WIDTH = 16, (12, 10), 8
MODULE = "mmlearn.align.two_processes"


def command(processes: int = 2, arguments: Sequence[str] = ()) -> list[str]:
    """The command above, for this Python, at any free port."""
    start = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_machines", "1"]
    options = ["--num_processes", str(processes), "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    return [*start, *options, "--num_cpu_threads_per_process", "1", "-m", MODULE, *arguments]


def launch(*arguments: str, processes: int = 2, timeout: float = 600.0) -> str:
    """Run the command and give what it printed.

    Raises:
        RuntimeError: a process failed, or all together took longer than `timeout` seconds; the message says which
            process, and what it said.
    """
    with subprocess.Popen(
        command(processes, arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as started:
        try:
            said, complaints = started.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            _end(started)
            raise RuntimeError(f"{processes} processes did not end within {timeout:g} s; they were ended") from None
    if started.returncode:
        raise RuntimeError(f"a run with {processes} processes failed: {_reason(complaints)}")
    return said


def _end(started: subprocess.Popen) -> None:
    """End the launcher so that it can end its workers, which are groups of their own; by force if it does not."""
    started.terminate()
    try:
        started.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        started.kill()


def _reason(complaints: str) -> str:
    """The first error of a worker, or how it ended if it had no time to say why."""
    said = re.findall(r"^(?:\[rank\d+\]: )?(?:ValueError|RuntimeError): (.+)$", complaints, re.MULTILINE)
    ended = re.search(r"failed \(exitcode: (-?\d+)\) local_rank: (\d+)", complaints)
    if ended:
        said.insert(0, f"process {ended[2]} ended with code {ended[1]}")
    return "; ".join(said[:2]) or complaints.strip().splitlines()[-1]


def pairs() -> list[Tensor]:
    """Two views of the same 16 things."""
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(PAIRS, d, generator=generator) for d in COLUMNS]


def model(gather: bool) -> Views:
    """A linear map for each view and InfoNCE; the same weights wherever it is made."""
    torch.manual_seed(0)
    return Views([nn.Linear(d, WIDTH) for d in COLUMNS], InfoNCE(temperature=0.2, gather=gather))


def run(steps: int, fail_at: int | None, time_limit: float) -> None:
    """Train with and without gathering, beside one process; process 0 prints how far apart they are."""
    from accelerate import Accelerator, InitProcessGroupKwargs

    accelerator = Accelerator(cpu=True, kwargs_handlers=[InitProcessGroupKwargs(timeout=timedelta(seconds=time_limit))])
    processes = accelerator.num_processes
    accelerator.print(f"{processes} processes, {PAIRS // processes} of {PAIRS} pairs each")
    for gather in (True, False):
        accelerator.print("each compares the pairs of all:" if gather else "each compares only its own pairs:")
        compare(accelerator, gather, steps, fail_at)
    accelerator.end_training()


def compare(accelerator: Any, gather: bool, steps: int, fail_at: int | None) -> None:
    """Gradient descent on shares and on the whole batch, side by side."""
    whole = pairs()
    share = [view.chunk(accelerator.num_processes)[accelerator.process_index] for view in whole]
    alone, ours = model(gather=False), model(gather)
    together = accelerator.prepare(ours)  # averages the gradients of `ours` over the processes
    for step in range(1, steps + 1):
        if step == fail_at and accelerator.is_last_process:
            os._exit(3)  # at once, as if the machine were gone: nothing is said to the others
        one, several = descend(accelerator, alone, whole), descend(accelerator, together, share)
        several = accelerator.reduce(several, "mean")
        apart = max(float((p.grad - q.grad).abs().max()) for p, q in zip(alone.parameters(), ours.parameters(), strict=True))
        accelerator.print(f"  step {step}: loss {several:.4f}, in one process {one:.4f}; gradients at most {apart:.4f} apart")


def descend(accelerator: Any, module: nn.Module, views: Sequence[Tensor]) -> Tensor:
    """One step of gradient descent; gives the loss before it and leaves the gradients where they are."""
    module.zero_grad()
    loss = module(views)
    accelerator.backward(loss)
    with torch.no_grad():
        for p in module.parameters():
            p -= 0.1 * p.grad
    return loss.detach()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog=f"python -m {MODULE}", description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--fail-at", type=int, metavar="STEP", help="the last process ends itself at this step")
    parser.add_argument("--time-limit", type=float, default=30.0, help="seconds to wait for another process")
    options = parser.parse_args(arguments)
    run(options.steps, options.fail_at, options.time_limit)


if __name__ == "__main__":
    main()
