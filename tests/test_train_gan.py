"""train.fit_gan: turns, averages, resuming to the same weights, bad input, several processes."""

import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
import torch
from processes import run_on_two
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset
from tqdm.auto import tqdm

from mmlearn import train


def players(seed=0):
    torch.manual_seed(seed)
    generator = nn.Sequential(nn.Linear(2, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
    critic = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
    return generator, critic


def loader(n=64, batch=16):
    x = torch.randn(n, 2, generator=torch.Generator().manual_seed(1)) * 0.1 + torch.tensor([3.0, -1.0])
    return DataLoader(TensorDataset(x), batch_size=batch, shuffle=True)


def d_loss(generator, critic, batch):
    fake = generator(torch.randn(len(batch[0]), 2)).detach()
    real, made = critic(torch.cat([batch[0], fake])).chunk(2)
    return functional.softplus(-real).mean() + functional.softplus(made).mean()


def g_loss(generator, critic, batch):
    made = critic(generator(torch.randn(len(batch[0]), 2)))
    return {"loss": functional.softplus(-made).mean(), "score": made.mean()}


def run(generator, critic, **options):
    options = {"steps": 12, "device": "cpu", "progress": False} | options
    return train.fit_gan(generator, critic, loader(), d_loss, g_loss, **options)


def weights(*modules):
    return torch.cat([v.flatten().double() for m in modules for v in m.state_dict().values()])


def test_a_generator_comes_to_where_the_data_is():
    generator, critic = players()
    history = run(generator, critic, steps=600, lr=(5e-3, 5e-3), average=0.95)
    with torch.no_grad():
        made = generator(torch.randn(500, 2, generator=torch.Generator().manual_seed(2)))
    assert (made.mean(0) - torch.tensor([3.0, -1.0])).norm() < 0.5
    assert len(history.loss) == len(history.parts["discriminator"]) == len(history.parts["score"]) == 600
    assert not generator.training and not critic.training
    assert all(p.requires_grad for p in [*generator.parameters(), *critic.parameters()])


def test_only_the_one_whose_turn_it_is_learns():
    generator, critic = players()
    seen = []

    def d_spy(g, d, batch):
        seen.append(("d", any(p.requires_grad for p in g.parameters()), all(p.requires_grad for p in d.parameters())))
        return d_loss(g, d, batch)

    def g_spy(g, d, batch):
        seen.append(("g", all(p.requires_grad for p in g.parameters()), any(p.requires_grad for p in d.parameters())))
        return g_loss(g, d, batch)

    train.fit_gan(generator, critic, loader(), d_spy, g_spy, steps=2, critic_steps=3, device="cpu", progress=False)
    assert seen == ([("d", False, True)] * 3 + [("g", True, False)]) * 2


def test_a_rate_of_nothing_would_be_refused_and_a_small_one_moves_both():
    generator, critic = players()
    before = weights(generator).clone(), weights(critic).clone()
    run(generator, critic, steps=1)
    assert not torch.equal(before[0], weights(generator)) and not torch.equal(before[1], weights(critic))


def test_the_average_is_the_moving_average_of_the_weights_after_each_step():
    path = []
    for steps in range(1, 5):
        generator, critic = players()
        run(generator, critic, steps=steps)
        path.append(generator[0].weight.detach().clone())
    expected = path[0]
    for later in path[1:]:
        expected = 0.7 * expected + 0.3 * later
    generator, critic = players()
    run(generator, critic, steps=4, average=0.7)
    torch.testing.assert_close(generator[0].weight, expected)


@pytest.mark.parametrize("stop", [1, 5, 7, 11])
@pytest.mark.parametrize("average", [None, 0.9])
def test_a_run_that_goes_on_ends_with_the_same_bits(tmp_path, stop, average):
    whole = players()
    run(*whole, average=average, every=3)
    first = players()
    run(*first, steps=stop, average=average, checkpoint=tmp_path / "c.pt")
    second = players(seed=5)
    history = run(*second, average=average, checkpoint=tmp_path / "c.pt")
    assert torch.equal(weights(*whole), weights(*second))
    assert history.steps == list(range(1, 13))


KILLED = """
import sys, torch
sys.path.insert(0, sys.argv[2])
import test_train_gan as t
torch.set_num_threads(1)
def slow(g, step):
    print(step, flush=True)
t.run(*t.players(), steps=4000, every=1, watch=slow, checkpoint=sys.argv[1])
"""


def test_a_killed_process_loses_nothing_that_was_saved(tmp_path):
    path = tmp_path / "c.pt"
    here = os.path.dirname(__file__)
    with subprocess.Popen([sys.executable, "-c", KILLED, path, here], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if int(line) >= 7:
                time.sleep(0.003 * (time.time_ns() % 10))  # a moment of no one's choosing
                process.send_signal(signal.SIGKILL)
                break
    done = len(torch.load(path, weights_only=True)["history"]["steps"])
    assert 7 <= done + 1 < 4000
    resumed, whole = players(seed=9), players()
    run(*resumed, steps=done + 6, checkpoint=path)
    run(*whole, steps=done + 6)
    assert torch.equal(weights(*resumed), weights(*whole))


def test_watch_sees_the_generator_at_its_times_and_as_it_will_be():
    generator, critic = players()
    seen = {}

    def watch(g, step):
        assert not g.training and not torch.is_grad_enabled()
        seen[step] = weights(g).clone()

    run(generator, critic, steps=7, every=3, average=0.8, watch=watch)
    assert list(seen) == [3, 6, 7]
    assert torch.equal(seen[7], weights(generator))


@pytest.mark.parametrize("whose", ["generator", "discriminator"])
def test_a_loss_that_breaks_ends_the_run_with_one_sentence(whose):
    def broken(loss):
        return lambda g, d, b: loss(g, d, b)["loss"] / 0 if loss is g_loss else loss(g, d, b) / 0

    losses = (d_loss, broken(g_loss)) if whose == "generator" else (broken(d_loss), g_loss)
    with pytest.raises(FloatingPointError, match=f"the {whose}'s loss is inf at step 1: likely"):
        train.fit_gan(*players(), loader(), *losses, steps=3, device="cpu", progress=False)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"steps": 0}, "steps is 0; accepted are positive integers"),
        ({"critic_steps": 0}, "critic_steps is 0; accepted are positive integers"),
        ({"average": 1.0}, "average is 1.0; accepted are None and numbers between 0 and 1"),
        ({"lr": (1e-3, 0)}, "accepted are lr above 0"),
        ({"every": 0}, "every is 0; accepted"),
        ({"mixed_precision": "fp8"}, "mixed_precision 'fp8'; accepted"),
    ],
)
def test_bad_arguments_are_refused_in_a_sentence(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        run(*players(), **options)


def test_a_checkpoint_of_other_models_is_refused(tmp_path):
    run(*players(), steps=1, checkpoint=tmp_path / "c.pt")
    generator = nn.Linear(2, 2)
    with pytest.raises(ValueError, match="is of another model or optimizer"):
        run(generator, players()[1], checkpoint=tmp_path / "c.pt")
    with pytest.raises(ValueError, match="was made with seed 0, not 1"):
        run(*players(), seed=1, checkpoint=tmp_path / "c.pt")


def test_the_bar_shows_the_losses(capsys, monkeypatch):
    # Drawn at every step and whatever TQDM_DISABLE says, for under the tests' own command every bar is off.
    monkeypatch.setattr("tqdm.auto.tqdm", partial(tqdm, disable=False, mininterval=0, miniters=1))
    train.fit_gan(*players(), loader(), d_loss, g_loss, steps=5, device="cpu")
    shown = capsys.readouterr().err
    assert "loss=" in shown and "discriminator=" in shown


SHARED = """
import sys, torch
sys.path.insert(0, sys.argv[2])
import test_train_gan as t
torch.set_num_threads(1)
players = t.players()
history = t.train.fit_gan(*players, t.loader(batch=8), t.d_loss, t.g_loss, steps=6, device="cpu", progress=False, average=0.9)
from accelerate import PartialState
state = PartialState()
assert state.num_processes == 2
both = [torch.empty_like(t.weights(players[1])) for _ in range(2)]
torch.distributed.all_gather(both, t.weights(players[1]))
assert torch.equal(*both), "the processes' discriminators differ"
trained = [torch.empty(2, 16) for _ in range(2)]
torch.distributed.all_gather(trained, players[0][3].weight.detach())
assert torch.equal(*trained), "the processes' generators differ"
assert not torch.equal(players[0][3].weight, t.players()[0][3].weight)
if state.is_main_process:
    open(sys.argv[1], "w").write(str(len(history.steps)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="gloo over localhost")
def test_two_processes_keep_the_same_weights(tmp_path):
    run_on_two(SHARED, tmp_path, tmp_path / "done", os.path.dirname(os.path.abspath(__file__)))
    assert int((tmp_path / "done").read_text()) == 6
