"""The real datasets, fetched once into the normal cache; skipped where they cannot be had."""

import time
import warnings

import numpy as np
import pytest
import torch

from mmlearn import data
from mmlearn.data import clipart, fashion_mnist, fetch, manifest, stamps


def real(name: str, **options: object) -> data.Pairs:
    try:
        return data.load(name, **options)
    except data.DataUnavailable as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", ["stamps", "clipart"])
def test_every_item_of_the_manifest_is_there_and_right(name):
    real(name)
    report = {"stamps": stamps, "clipart": clipart}[name].verify(fetch.find(name))
    assert not report.missing and not report.changed


@pytest.mark.parametrize("name", ["stamps", "clipart", "fashion_mnist"])
def test_splits_are_as_the_card_says_and_disjoint(name):
    parts = {split: real(name, split=split) for split in manifest.SPLITS}
    assert {split: len(part) for split, part in parts.items()} == data.card(name).splits
    if name != "fashion_mnist":
        ids = [set(part.column("id")) for part in parts.values()]
        assert not ids[0] & ids[1] and not ids[0] & ids[2] and not ids[1] & ids[2]
        assert set.union(*ids) == set(real(name, split="all").column("id"))


@pytest.mark.parametrize(("name", "side"), [("stamps", 224), ("clipart", 224), ("fashion_mnist", 28)])
def test_an_item_is_a_picture_and_its_caption(name, side):
    pairs = real(name, split="test")
    item = pairs[7]
    assert item["image"].shape == (3, side, side) and item["image"].dtype == torch.uint8
    assert item["caption"] == pairs.column("caption")[7] and item["captions"][0] == item["caption"]
    assert item["group"] == pairs.groups[7]
    assert (pairs.images([7])[0] == item["image"].numpy()).all()
    assert data.collate([pairs[0], item])["image"].shape == (2, 3, side, side)


def test_a_known_stamp_is_what_it_says():
    pairs = real("stamps", split="all")
    frog = pairs[pairs.column("id").index("animals/amphibians/frog")]
    assert frog["caption"] == "A frog." and frog["translations"]["fr"] == "Une grenouille."
    assert frog["labels"] == {"category": "animals", "folder": "animals/amphibians"}
    assert frog["speech_path"]["en"].name == "frog_desc.ogg" and frog["speech_path"]["en"].is_file()
    red, green, blue = frog["image"].float().mean((1, 2)).tolist()
    assert red > blue and green > blue and (frog["image"][:, 0, 0] == 255).all()


def test_stamps_speak_other_languages_and_know_which():
    french = real("stamps", split="all", language="fr")
    assert french.column("caption")[0].startswith("Une grenouille")
    with pytest.raises(ValueError, match="language is 'klingon', accepted are .*fr"):
        real("stamps", language="klingon")


def test_letters_and_symbols_come_only_when_asked():
    plain, whole = real("stamps", split="all"), real("stamps", split="all", symbols=True)
    assert {one["category"] for one in whole.column("labels")} - {one["category"] for one in plain.column("labels")} == {
        "symbols"
    }
    assert len(whole) == len(manifest.entries("stamps"))


def test_captions_of_clipart_say_something_and_differ():
    pairs = real("clipart", split="all")
    captions = pairs.column("caption")
    assert len(set(captions)) > 0.99 * len(captions)
    assert all(len(caption) >= 3 and "hash(" not in caption.lower() for caption in captions)
    assert not [id for id in pairs.column("id") if clipart.LEFT_OUT.search(id)]


def test_no_picture_is_blank():
    for name in ("stamps", "clipart"):
        pairs = real(name, split="test", size=32)
        assert (pairs.images().reshape(len(pairs), -1).min(1) < 250).all()


def test_a_smaller_size_is_the_same_picture():
    large, small = (real("clipart", split="val", size=size).images(range(5)) for size in (224, 56))
    assert small.shape == (5, 3, 56, 56)
    assert np.abs(large.reshape(5, 3, 56, 4, 56, 4).mean((3, 5)) - small).mean() < 4


@pytest.mark.parametrize("size", [0, 15, 225, "large"])
def test_an_impossible_size_is_named(size):
    with pytest.raises(ValueError, match="size is .* accepted are whole numbers from 16 to 224"):
        real("clipart", size=size)


def test_prepared_pictures_are_read_quickly():
    pairs = real("clipart", split="test")
    pairs.images(range(20))
    started = time.process_time()
    pairs.images(range(200))
    assert (time.process_time() - started) / 200 < 12 / 4400


def test_a_changed_file_is_left_out_with_a_warning(tmp_path, monkeypatch):
    real("clipart")
    root, items = fetch.find("clipart"), manifest.entries("clipart")[:40]
    for item in items:
        copy = clipart.file(tmp_path / "clipart", item.id)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(clipart.file(root, item.id).read_bytes())
    with copy.open("ab") as handle:
        handle.write(b"<!-- altered -->")
    monkeypatch.setenv("MMLEARN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(manifest, "entries", lambda name: items)
    with pytest.warns(UserWarning, match="0 items are missing and 1 changed of 40"):
        pairs = data.load("clipart", split="all")
    assert pairs.column("id") == [item.id for item in items[:-1]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(data.load("clipart", split="all")) == 39  # prepared now: nothing is checked or drawn again


def test_fashion_mnist_is_whole():
    pairs = real("fashion_mnist", split="test")
    assert pairs.labels().tolist() == pairs.column("label") and np.bincount(pairs.labels()).tolist() == [1000] * 10
    assert pairs.column("caption")[0] == "an ankle boot" == fashion_mnist.CAPTIONS[pairs[0]["label"]]
    assert pairs.images().shape == (10_000, 3, 28, 28) and abs(pairs.images().mean() - 73.15) < 0.01


def test_a_damaged_fashion_file_gets_one_sentence(tmp_path, monkeypatch):
    real("fashion_mnist")
    root = fetch.find("fashion_mnist")
    (tmp_path / "fashion_mnist").mkdir()
    for path in root.glob("t10k*.gz"):
        (tmp_path / "fashion_mnist" / path.name).write_bytes(path.read_bytes()[:1000])
    monkeypatch.setenv("MMLEARN_DATA_DIR", str(tmp_path))
    with pytest.raises(data.DataUnavailable, match="truncated or damaged"):
        data.load("fashion_mnist", split="test")
    with pytest.raises(data.DataUnavailable, match="train-images-idx3-ubyte.gz is missing"):
        data.load("fashion_mnist")
