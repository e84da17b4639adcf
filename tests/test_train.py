"""The loop learns, repeats itself by seed, goes on from a checkpoint as if never interrupted, and says why a loss breaks."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mmlearn import train


def network(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1))


def loader(n=40, batch_size=8, shuffle=True, spoil=None):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(n, 3, generator=generator)
    if spoil is not None:
        x[spoil] = float("nan")
    return DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=batch_size, shuffle=shuffle)


def squared_error(model, batch):
    x, y = batch
    return (model(x) - y).square().mean()


def fit(model, data=None, loss=squared_error, **options):
    return train.fit(
        model, loader() if data is None else data, loss, **{"device": "cpu", "progress": False, "lr": 0.01} | options
    )


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_importing_train_imports_no_torch():
    code = "import sys; from mmlearn import train; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


def test_it_learns_and_records_every_step():
    model = nn.Linear(3, 1)
    history = fit(model, epochs=40, lr=0.05)
    assert history.steps == list(range(1, 201)) and len(history.loss) == 200
    assert history.loss[-1] < 0.01 < history.loss[0]
    assert not model.training


def test_the_seed_decides_everything():
    runs = {}
    for seed in (1, 1, 2):
        torch.manual_seed(torch.seed() % 1000)  # what was drawn before has no influence
        model = network()
        fit(model, steps=12, seed=seed)
        runs.setdefault(seed, []).append(weights(model))
    assert torch.equal(*runs[1])
    assert not torch.equal(runs[1][0], runs[2][0])


def test_every_epoch_sees_all_the_data_in_another_order():
    seen = []
    data = DataLoader(TensorDataset(torch.arange(6.0)[:, None]), batch_size=2, shuffle=True)
    fit(nn.Linear(1, 1), data, lambda model, batch: seen.append(batch[0].flatten().tolist()) or model(batch[0]).sum(), epochs=3)
    epochs = [sum(seen[i : i + 3], []) for i in (0, 3, 6)]
    assert all(sorted(epoch) == list(range(6)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3


class StopError(Exception):
    """Stands for a power cut."""


def stops_at(step):
    calls = iter(range(1, step + 1))

    def loss(model, batch):
        if next(calls) == step:
            raise StopError
        return squared_error(model, batch)

    return loss


@pytest.mark.parametrize("stop", [3, 9, 14])  # in the first epoch of 5 steps, in the second, and in the third
def test_resuming_is_as_if_never_interrupted(tmp_path, stop):
    options = dict(steps=15, every=2, validate=lambda m: -squared_error(m, next(iter(loader(shuffle=False)))), clip=1.0)
    options |= dict(schedule=lambda step: min(1.0, step / 6))
    whole, model = network(), network()
    expected = fit(whole, **options)
    with pytest.raises(StopError):
        fit(model, loss=stops_at(stop), checkpoint=tmp_path / "run.pt", **options)
    resumed = network(seed=9)  # nothing of the new model may be left
    history = fit(resumed, checkpoint=tmp_path / "run.pt", **options)
    assert torch.equal(weights(resumed), weights(whole))
    assert history == expected
    again = fit(network(seed=8), loss=stops_at(1), checkpoint=tmp_path / "run.pt", **options)
    assert again == expected  # it was finished: nothing is computed


def test_more_steps_go_on_from_a_finished_run(tmp_path):
    whole, model = network(), network()
    fit(whole, steps=11)
    fit(model, steps=4, checkpoint=tmp_path / "run.pt")
    fit(model, steps=11, checkpoint=tmp_path / "run.pt")
    assert torch.equal(weights(model), weights(whole))
    assert [path.name for path in tmp_path.iterdir()] == ["run.pt"]


def test_a_checkpoint_that_does_not_fit_is_refused(tmp_path):
    path = tmp_path / "run.pt"
    fit(network(), steps=2, checkpoint=path)
    with pytest.raises(ValueError, match="seed 0, not 5"):
        fit(network(), steps=4, checkpoint=path, seed=5)
    with pytest.raises(ValueError, match="another model"):
        fit(nn.Linear(3, 1), steps=4, checkpoint=path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match="cannot be read"):
        fit(network(), steps=4, checkpoint=path)
    torch.save({"seed": 0, "history": print}, path)  # a pickled function is not loaded
    with pytest.raises(ValueError, match="cannot be read"):
        fit(network(), steps=4, checkpoint=path)


@pytest.mark.parametrize("higher", [True, False])
def test_the_best_validation_is_kept(higher):
    kept = []
    scores = iter([1.0, 3.0, -1.0, 2.0])

    def validate(model):
        assert not model.training and not torch.is_grad_enabled()
        kept.append(weights(model))
        return next(scores)

    model = network()
    history = fit(model, steps=7, every=2, validate=validate, higher_is_better=higher)
    assert history.validation == {2: 1.0, 4: 3.0, 6: -1.0, 7: 2.0}
    assert history.best_step == (4 if higher else 6)
    assert torch.equal(weights(model), kept[1 if higher else 2])
    assert not torch.equal(kept[1], kept[2])


def test_named_parts_schedule_clip_and_own_optimizer():
    model = nn.Linear(3, 1)
    start = weights(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    history = fit(
        model, loss=lambda m, b: {"loss": 1e6 * squared_error(m, b), "half": torch.tensor(0.5)}, steps=1,
        optimizer=optimizer, clip=1.0, schedule=lambda step: 0.25 * step,
    )  # fmt: skip
    assert history.parts == {"half": [0.5]}
    assert (weights(model) - start).norm().item() == pytest.approx(0.25, rel=1e-4)


def test_a_broken_loss_says_at_which_step_and_why():
    with pytest.raises(FloatingPointError, match="nan at step 3: the batch itself has NaN .* in 0"):
        fit(nn.Linear(3, 1), loader(shuffle=False, spoil=17), epochs=1)
    with pytest.raises(FloatingPointError, match="at step 2: the weights are no longer finite.*learning rate"):
        model = nn.Linear(3, 1)
        steep = torch.optim.SGD(model.parameters(), lr=1e30)
        fit(model, loss=lambda m, b: 1e30 * squared_error(m, b), steps=5, optimizer=steep)
    model = nn.Linear(3, 1)
    start = weights(model)
    with pytest.raises(FloatingPointError, match="is inf at step 1: likely a division by zero"):
        fit(model, loss=lambda m, b: squared_error(m, b) / 0, steps=1)
    assert torch.equal(weights(model), start)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "give one of the two"),
        ({"steps": 1, "epochs": 1}, "give one of the two"),
        ({"steps": 0}, "steps is 0"),
        ({"steps": 1, "every": 0}, "every is 0"),
        ({"steps": 1, "lr": 0}, "lr is 0"),
        ({"steps": 1, "seed": -1}, "seed is -1"),
        ({"steps": 1, "device": "tpu"}, "device is 'tpu'"),
        ({"steps": 1, "mixed_precision": "fp8"}, "mixed_precision 'fp8'"),
        ({"steps": 1, "data": [1]}, "loader is"),
        ({"steps": 1, "data": DataLoader([1], batch_size=2, drop_last=True)}, "at least one batch"),
        ({"steps": 1, "loss": lambda m, b: torch.tensor(1.0)}, "depends on the model's weights"),
        ({"steps": 1, "loss": lambda m, b: m(b[0])}, "one number"),
        ({"steps": 1, "loss": lambda m, b: None}, "loss returned None"),
    ],
)
def test_bad_arguments_are_named(options, words):
    with pytest.raises(ValueError, match=words):
        fit(network(), **options)


def test_mixed_precision_runs_and_leaves_the_model_as_it_was():
    model = network()
    seen = []
    fit(model, steps=2, mixed_precision="bf16", loss=lambda m, b: seen.append(m[0](b[0]).dtype) or squared_error(m, b))
    assert model(torch.zeros(1, 3)).dtype == torch.float32
    fit(model, steps=1)  # another run with other settings in the same process


def test_nothing_is_printed_or_warned(capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(network(), steps=6)
    assert capfd.readouterr() == ("", "")


def test_history_plots(tmp_path, monkeypatch):
    monkeypatch.setenv("MMLEARN_FIGURES", str(tmp_path))
    fit(network(), steps=4, every=2, validate=lambda m: 1.0).show(name="run")
    assert {path.name for path in tmp_path.iterdir()} == {"run.png", "run-validation.png"}


SHARED = """
import os, socket, sys, torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from mmlearn import train

def run(rank, world, port, queue):
    torch.set_num_threads(1)
    if world > 1:
        os.environ |= dict(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(world))
        os.environ |= dict(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    x = torch.randn(16, 3, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    data = DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=8 // world)
    sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    loss = lambda m, b: (m(b[0]) - b[1]).square().mean()
    path = sys.argv[1] + str(world)
    history = train.fit(model, data, loss, epochs=2, optimizer=sgd, device="cpu", progress=False, checkpoint=path)
    assert torch.distributed.is_initialized() == (world > 1)
    queue.put([len(history.steps), *(round(v, 5) for v in [*history.loss, *model.weight[0].tolist()])])

context = torch.multiprocessing.get_context("fork")  # before any thread has started: torch is imported once for all three
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
queue = context.SimpleQueue()
torch.optim.SGD(nn.Linear(1, 1).parameters())
workers = [context.Process(target=run, args=(*place, port, queue)) for place in [(0, 1), (0, 2), (1, 2)]]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join(60)
assert [worker.exitcode for worker in workers] == [0, 0, 0]
print(queue.get(), queue.get(), queue.get(), sep="\\n")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="starts its processes by fork")
def test_two_processes_that_share_the_batches_do_what_one_does(tmp_path):
    script = tmp_path / "shared.py"
    script.write_text(SHARED)
    done = subprocess.run([sys.executable, script, tmp_path / "run"], capture_output=True, text=True, timeout=120)
    results = done.stdout.splitlines()
    assert len(results) == 3 and len(set(results)) == 1, done.stdout + done.stderr
    assert results[0].startswith("[4, ")


def test_one_cycle_rises_to_one_and_falls_to_nothing():
    factor = train.one_cycle(100, rise=0.3, start=0.04)
    values = [factor(step) for step in range(1, 101)]
    assert max(values) == pytest.approx(1, abs=1e-3) and np.argmax(values) == 29  # step 30
    assert values[0] == pytest.approx(0.04, abs=0.01) and values[-1] == pytest.approx(0, abs=1e-9)
    assert (np.diff(values[:29]) > 0).all() and (np.diff(values[30:]) < 0).all()
    with pytest.raises(ValueError, match="steps from 2"):
        train.one_cycle(1)


def test_late_fall_stays_then_falls_in_a_line():
    factor = train.late_fall(100)
    assert factor(1) == factor(50) == 1 and factor(100) == 0.05
    assert factor(60) - factor(70) == pytest.approx(factor(80) - factor(90)) == pytest.approx(0.2)
    for bad in ({"steps": 0}, {"steps": 10, "hold": 1}, {"steps": 10, "least": -1}):
        with pytest.raises(ValueError, match="accepted are steps from 1 and shares from 0 to 1"):
            train.late_fall(**bad)
