"""Checkpoints in safetensors: what is written comes back; what is broken, foreign or hostile is refused in a sentence."""

import json
import pickle

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from mmlearn.generate import checkpoint

ONE = {"x": torch.ones(1)}


def build(config):
    return nn.Sequential(nn.Linear(config["d"], 3), nn.BatchNorm1d(3))


def saved(path, **options):
    torch.manual_seed(0)
    module = build({"d": 4})
    module(torch.randn(8, 4))
    return module, checkpoint.save(path, module, {"d": 4}, {"command": "by hand", "seed": 0}, **options)


def test_a_module_comes_back_with_its_weights_buffers_and_story(tmp_path):
    module, path = saved(tmp_path / "a.safetensors")
    back = checkpoint.load(path, build)
    assert not back.training
    for name, x in module.state_dict().items():
        assert torch.equal(x, back.state_dict()[name]) and x.dtype == back.state_dict()[name].dtype
    opened = checkpoint.read(path)
    assert opened.config == {"d": 4} and opened.made == {"command": "by hand", "seed": 0}


def test_half_is_half_as_large_and_close(tmp_path):
    big, small = nn.Linear(200, 200), tmp_path / "half.safetensors"
    whole = checkpoint.save(tmp_path / "whole.safetensors", big, {}, {})
    checkpoint.save(small, big, {}, {}, half=True)
    assert small.stat().st_size < 0.52 * whole.stat().st_size
    back = checkpoint.load(small, lambda config: nn.Linear(200, 200))
    assert back.weight.dtype == torch.float32
    torch.testing.assert_close(back.weight, big.weight, rtol=1e-3, atol=1e-6)


def test_saving_changes_nothing_in_the_module(tmp_path):
    module = build({"d": 4})
    before = {k: v.clone() for k, v in module.state_dict().items()}
    checkpoint.save(tmp_path / "a", module, {}, {}, half=True)
    assert all(torch.equal(v, before[k]) and v.dtype == before[k].dtype for k, v in module.state_dict().items())


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda p: p.write_bytes(p.read_bytes()[:-20]), "broken, or no safetensors file"),
        (lambda p: p.write_bytes(b""), "broken, or no safetensors file"),
        (lambda p: p.write_bytes(pickle.dumps(print)), "broken, or no safetensors file"),
        (lambda p: p.write_text("<html>404</html>"), "broken, or no safetensors file"),
        (lambda p: save_file(ONE, p), "does not say how it is built"),
        (lambda p: save_file(ONE, p, {"mmlearn": "[]"}), "does not say how it is built"),
        (lambda p: save_file(ONE, p, {"mmlearn": "{'a'"}), "does not say how it is built"),
        (lambda p: save_file(ONE, p, {"mmlearn": '{"format": 1, "config": 3, "made": {}}'}), "does not say how it is built"),
        (
            lambda p: save_file(ONE, p, {"mmlearn": '{"format": 2, "config": {}, "made": {}}'}),
            "is of format 2; this version of mmlearn reads format 1",
        ),
    ],
)
def test_a_file_that_is_not_ours_is_refused_in_a_sentence(tmp_path, spoil, sentence):
    _, path = saved(tmp_path / "a.safetensors")
    spoil(path)
    with pytest.raises(ValueError, match=sentence):
        checkpoint.load(path, build)


def test_a_pickle_in_place_of_weights_runs_nothing(tmp_path):
    class Hostile:
        def __reduce__(self):
            return (open, (str(tmp_path / "was here"), "w"))

    path = tmp_path / "a.safetensors"
    torch.save(Hostile(), path)
    with pytest.raises(ValueError, match="cannot be read"):
        checkpoint.load(path, build)
    assert not (tmp_path / "was here").exists()


@pytest.mark.parametrize("config", [{"d": 5}, {"e": 4}, {"d": "4"}])
def test_another_version_of_the_model_is_refused_in_a_sentence(tmp_path, config):
    module, _ = saved(tmp_path / "a")
    path = checkpoint.save(tmp_path / "b", module, config, {})
    with pytest.raises(ValueError, match="is of another version of this model: .") as refused:
        checkpoint.load(path, build)
    assert "\n" not in str(refused.value)


def test_weights_that_are_not_finite_are_not_written(tmp_path):
    module = nn.Linear(1, 1)
    with torch.no_grad():
        module.weight.fill_(1e6)
    checkpoint.save(tmp_path / "whole", module, {}, {})
    with pytest.raises(ValueError, match="'weight' are not all finite in 16 bits"):
        checkpoint.save(tmp_path / "half", module, {}, {}, half=True)
    with pytest.raises(ValueError, match="plain JSON"):
        checkpoint.save(tmp_path / "c", module, {"x": object()}, {})
    assert [p.name for p in tmp_path.iterdir()] == ["whole"]


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no checkpoint"):
        checkpoint.load(tmp_path / "none", build)
    with pytest.raises(FileNotFoundError, match="no checkpoint 'nobody' comes with the course; there are "):
        checkpoint.shipped("nobody")


def test_what_is_written_is_the_same_every_time(tmp_path):
    a, b = (saved(tmp_path / name)[1].read_bytes() for name in "ab")
    assert a == b
    size = int.from_bytes(a[:8], "little")
    assert json.loads(a[8 : 8 + size])["__metadata__"].keys() == {"mmlearn"}
