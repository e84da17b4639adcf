"""InfoNCE over two real processes: as one process, as open_clip, and what is said when one of them is lost."""

import os
import re
import sys
import time
from datetime import timedelta

import pytest
import torch
from torch import distributed as dist
from torch.nn.functional import normalize

from mmlearn.align import gather_with_gradient, info_nce, two_processes

pytestmark = pytest.mark.skipif(not dist.is_available() or sys.platform == "win32", reason="torch without processes")


def test_alone_nothing_is_gathered():
    x = torch.randn(3, 2)
    assert gather_with_gradient(x) is x


def test_two_processes_have_the_loss_and_gradients_of_one(tmp_path, monkeypatch):
    """The chapter's command, from a folder that is not the checkout."""
    monkeypatch.chdir(tmp_path)
    said = two_processes.launch("--steps", "2").splitlines()
    assert said[0] == "2 processes, 8 of 16 pairs each"
    halves = said.index("each compares only its own pairs:")
    for line in said[2:halves]:
        several, one = re.search(r"loss ([\d.]+), in one process ([\d.]+); gradients at most 0.0000 apart", line).groups()
        assert several == one
    apart = [float(line.split("at most ")[1].split()[0]) for line in said[halves + 1 :]]
    assert len(apart) == 2 and min(apart) > 0.01  # without gathering it is another loss


def test_a_worker_that_dies_ends_the_run_with_a_sentence():
    start = time.monotonic()
    with pytest.raises(RuntimeError, match="a run with 2 processes failed: process 1 ended with code 3"):
        two_processes.launch("--fail-at", "2")
    assert time.monotonic() - start < 600


def test_a_run_that_hangs_is_ended():
    with pytest.raises(RuntimeError, match="2 processes did not end within 0.5 s"):
        two_processes.launch(timeout=0.5)


def worker(rank, folder):
    """What each of two processes does; it writes down what it found."""
    from open_clip.loss import ClipLoss

    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2, timeout=timedelta(seconds=120))
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(12, 4, generator=generator) for _ in "ab")
    found, theirs = {}, ClipLoss(gather_with_grad=True, rank=rank, world_size=2)
    losses = {
        "ours": lambda x, y: info_nce(gather_with_gradient(x), gather_with_gradient(y), 0.2),
        "open_clip": lambda x, y: theirs(normalize(x), normalize(y), torch.tensor(5.0)),
    }
    for name, loss in losses.items():
        own = [view.chunk(2)[rank].clone().requires_grad_() for view in (a, b)]
        value = loss(*own)
        value.backward()
        found[name] = value.detach(), own[0].grad, own[1].grad
    found["labels"] = gather_with_gradient(torch.tensor([rank, 5]))
    try:
        gather_with_gradient(torch.ones(2 + rank, 3))
    except ValueError as error:
        found["shapes"] = str(error)
    if rank == 1:
        torch.save(found, f"{folder}/1.pt")
        os._exit(0)
    try:
        gather_with_gradient(a)
    except RuntimeError as error:
        found["lost"] = str(error)
    torch.save(found, f"{folder}/0.pt")
    os._exit(0)


def test_gathering_by_itself(tmp_path):
    torch.multiprocessing.spawn(worker, (str(tmp_path),), nprocs=2)
    one, two = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    for found in (one, two):
        for ours, theirs in zip(found["ours"], found["open_clip"], strict=True):
            torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-5)
        assert found["labels"].tolist() == [0, 5, 1, 5]
        assert found["shapes"] == "processes hold the shapes (2, 3), (3, 3); accepted are equal ones: drop the last batch"
    assert "process 0 of 2 can no longer reach the others: one has ended" in one["lost"]
    torch.testing.assert_close(one["ours"][0], two["ours"][0])
