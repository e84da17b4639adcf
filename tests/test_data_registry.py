"""The registry, the cards and the command that shows them."""

import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from mmlearn import data
from mmlearn.course.data_command import app
from mmlearn.data import fetch, manifest

REAL = ("stamps", "clipart", "fashion_mnist")


@pytest.fixture
def nothing(tmp_path, monkeypatch):
    """A machine without any of the data, and without ways to get them."""
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MMLEARN_DATA_DIR", raising=False)
    monkeypatch.setattr(fetch.shutil, "which", lambda name: None)
    there = fetch.source
    monkeypatch.setattr(fetch, "source", lambda name: {**there(name), "installed": str(tmp_path / "none"), "upstream": []})
    return tmp_path


@pytest.mark.parametrize("wrong", ["clip-art", "Stamps", "fashion"])
def test_an_unknown_name_gets_the_accepted_ones_and_the_closest(wrong):
    with pytest.raises(ValueError, match=f"name is '{wrong}', accepted are scenes, stamps.*did you mean"):
        data.load(wrong)


def test_every_dataset_has_a_whole_card():
    for name in data.NAMES:
        card = data.card(name)
        assert card.name == name and card.licence and card.harms and card.made_by and card.modalities and card.citation
        assert sum(card.splits.values()) == card.items


@pytest.mark.parametrize("name", ["stamps", "clipart"])
def test_cards_count_what_the_manifests_hold(name):
    items = [item for item in manifest.entries(name) if not item.id.startswith("symbols/")]
    counted = {split: sum(item.split == split for item in items) for split in manifest.SPLITS}
    assert data.card(name).splits == counted and data.card(name).megabytes == fetch.source(name)["megabytes"]


def test_the_registry_loads_no_torch():
    code = "import sys; from mmlearn import data; data.card('stamps'); data.NAMES; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("wrong", ["tests", "", "validation"])
def test_an_unknown_split_is_named_before_anything_is_fetched(nothing, name, wrong):
    with pytest.raises((ValueError, data.DataUnavailable)) as caught:
        data.load(name, split=wrong)
    assert isinstance(caught.value, ValueError) and "accepted are train, val, test" in str(caught.value)


@pytest.mark.parametrize("name", REAL)
def test_unreachable_data_are_said_in_one_sentence(nothing, name):
    with pytest.raises(data.DataUnavailable, match=f"{name} could not be fetched .*MMLEARN_DATA_DIR") as caught:
        data.load(name)
    assert "\n" not in str(caught.value)


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def test_list_shows_every_dataset():
    out = run("list")
    assert out.exit_code == 0
    assert [line.split()[0] for line in out.output.splitlines()] == ["name", *data.NAMES]


def test_where_names_the_cache_and_what_is_not_here(nothing):
    out = run("where")
    assert out.exit_code == 0 and str(nothing / "cache") in out.output and "stamps: not on this machine" in out.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("get", "clipar"), "did you mean 'clipart'"),
        (("get", "clipart"), "clipart could not be fetched"),
        (("verify", "stamps"), "run `mmlearn data get stamps`"),
    ],
)
def test_a_failure_is_one_sentence_and_a_status(nothing, arguments, said):
    out = run(*arguments)
    lines = [line for line in out.stderr.splitlines() if not line.startswith("fetching")]
    assert out.exit_code == 1 and len(lines) == 1 and said in lines[0]


def test_verify_lists_what_is_missing_and_changed(nothing):
    folder = nothing / "cache/raw/clipart"
    ids = [item.id for item in manifest.entries("clipart")[:1]]
    (folder / ids[0]).parent.mkdir(parents=True)
    (folder / f"{ids[0]}.svg").write_text("<svg/>")
    out = run("verify", "clipart")
    assert out.exit_code == 1 and f"changed: {ids[0]}" in out.output
    assert re.search(r"clipart: 0 right, \d+ missing, 1 changed", out.output)


def test_scenes_have_nothing_to_verify():
    out = run("verify", "scenes")
    assert out.exit_code == 0 and "generated" in out.output
