"""The command that trains checkpoints: what it writes, that it goes on after an interruption, what it refuses."""

import sys
from pathlib import Path

import pytest
import torch
import typer
from processes import run_on_two
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from typer.testing import CliRunner

from mmlearn import train
from mmlearn.generate import checkpoint, recipes
from mmlearn.generate.recipes import __main__ as command


def trained(steps, seed, resume, stop=None):
    """A recipe of a few milliseconds; `stop` ends it in the middle, as a closed lid would."""
    torch.manual_seed(seed)
    x = torch.randn(32, 3)
    model = nn.Linear(3, 1)
    loader = DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=8, shuffle=True)

    def loss(m, batch):
        if stop and resume.exists() and len(torch.load(resume, weights_only=True)["history"]["steps"]) >= stop:
            raise KeyboardInterrupt
        return (m(batch[0]) - batch[1]).square().mean()

    train.fit(model, loader, loss, steps=steps, every=2, checkpoint=resume, seed=seed, device="cpu", progress=False)
    return model, {"d": 3}


def invoke(*arguments):
    app = typer.Typer()
    app.command()(command.main)
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def recipe(monkeypatch):
    monkeypatch.setattr(command, "find", lambda name: recipes.Recipe(name, 12, False, trained))


def test_it_writes_a_checkpoint_that_says_how_it_was_made(tmp_path, recipe):
    out = tmp_path / "line.safetensors"
    (tmp_path / "line.safetensors.resume.part").touch()  # as a recipe of several trainings leaves it
    result = invoke("line", "--out", out, "--seed", 3)
    assert result.exit_code == 0 and f"{out}: 0.0 MB" in result.output
    opened = checkpoint.read(out)
    assert opened.config == {"d": 3}
    assert opened.made["command"] == "python -m mmlearn.generate.recipes line --steps 12 --seed 3"
    assert opened.made["seed"] == 3 and opened.made["torch"] == torch.__version__
    assert [p.name for p in tmp_path.iterdir()] == ["line.safetensors"], "the file to go on from is removed at the end"


@pytest.mark.parametrize("stop", [2, 6, 10])
def test_an_interrupted_run_goes_on_to_the_same_file(tmp_path, monkeypatch, stop):
    whole, broken = tmp_path / "whole.safetensors", tmp_path / "broken.safetensors"
    monkeypatch.setattr(command, "find", lambda name: recipes.Recipe(name, 12, False, trained))
    assert invoke("line", "--out", whole).exit_code == 0
    halted = recipes.Recipe("line", 12, False, lambda *a: trained(*a, stop=stop))
    monkeypatch.setattr(command, "find", lambda name: halted)
    assert invoke("line", "--out", broken).exit_code != 0
    assert not broken.exists() and Path(f"{broken}.resume").exists()
    monkeypatch.setattr(command, "find", lambda name: recipes.Recipe(name, 12, False, trained))
    assert invoke("line", "--out", broken).exit_code == 0
    assert whole.read_bytes() == broken.read_bytes()


def test_bad_arguments_are_refused_in_a_sentence(tmp_path):
    result = invoke("nobody", "--out", tmp_path / "x")
    assert result.exit_code == 2 and "name is 'nobody'; accepted are" in " ".join(result.output.replace("│", " ").split())
    assert invoke("captioner", "--steps", 0).exit_code == 2


@pytest.mark.parametrize("name", recipes.names())
def test_every_recipe_is_whole(name):
    recipe = recipes.find(name)
    assert recipe.steps > 100 and isinstance(recipe.half, bool) and callable(recipe.train)


@pytest.mark.parametrize("name", recipes.names())
def test_every_recipe_has_its_checkpoint_of_at_most_five_megabytes(name):
    path = checkpoint.shipped(name)
    assert path.stat().st_size <= 5e6
    made = checkpoint.read(path).made
    assert made["command"].startswith(f"python -m mmlearn.generate.recipes {name} --steps ")


TWO = """
import sys
import sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from accelerate import PartialState
from mmlearn.generate.recipes import captioner
model, _ = captioner.train(4, 0, Path(sys.argv[1]), pictures=192)
state = PartialState()
weights = torch.cat([p.detach().flatten() for p in model.parameters()])
both = [torch.empty_like(weights) for _ in range(state.num_processes)]
torch.distributed.all_gather(both, weights)
assert state.num_processes == 2 and torch.equal(*both), "the processes' weights differ"
torch.manual_seed(0)
fresh = torch.cat([p.detach().flatten() for p in captioner.build(captioner.train_set(192)[1]).parameters()])
assert not torch.equal(weights, fresh), "nothing was learned"
"""


@pytest.mark.skipif(sys.platform != "linux", reason="gloo over localhost")
def test_a_recipe_runs_on_two_processes_that_keep_the_same_weights(tmp_path):
    run_on_two(TWO, tmp_path, tmp_path / "resume")
    assert (tmp_path / "resume").exists(), "the first process writes the file to go on from"
