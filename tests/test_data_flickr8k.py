"""Flickr8k: made-up copies in both forms, and, where it can be had, the real one."""

import hashlib

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from mmlearn import data
from mmlearn.course.data_command import app
from mmlearn.data import fetch, flickr8k, manifest

NAMES = [f"{1000 + i}_{i:02d}.jpg" for i in range(12)]
PARTS = {"train": NAMES[:8], "val": NAMES[8:10], "test": NAMES[10:]}


def photograph(path, colour, size=(60, 40)):
    """A photograph with blue ends, which a crop to the middle square cuts off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((size[1], size[0], 3), colour, dtype=np.uint8)
    pixels[:, :8] = pixels[:, -8:] = (0, 0, 255)
    Image.fromarray(pixels).save(path, "JPEG", quality=95, subsampling=0)


def caption(name, number):
    return f"A dog, number {name[:4]}, runs for the {number} . time ."


@pytest.fixture(params=["the authors' form", "one table"])
def copy(tmp_path, monkeypatch, request):
    """Twelve photographs with five captions each, in folders as the archives leave them, with the lists of the splits."""
    root = tmp_path / "mine/flickr8k"
    authors = request.param == "the authors' form"
    for i, name in enumerate(NAMES):
        photograph(root / ("Flicker8k_Dataset" if authors else "Images") / name, (250, 20 * i, 0))
    texts = root / "Flickr8k_text" if authors else root
    texts.mkdir(exist_ok=True)
    if authors:
        rows = [f"{name}#{n}\t{caption(name, n)}" for n in (4, 0, 1, 3, 2) for name in NAMES]
        (texts / flickr8k.TOKENS).write_text("\r\n".join([*rows, "9999_1.jpg.1#0\tA name that no photograph has ."]) + "\r\n")
        (root / "__MACOSX/Flicker8k_Dataset").mkdir(parents=True)
        (root / f"__MACOSX/Flicker8k_Dataset/._{NAMES[0]}").write_bytes(b"no photograph")
    else:
        rows = [f"{name},{caption(name, n)}" for name in NAMES for n in range(4)]
        rows += [f'{name},"{caption(name, 4)}"' for name in NAMES]
        (texts / flickr8k.TABLE).write_text("\n".join(["image,caption", *rows]))
    for split, names in PARTS.items():
        (texts / flickr8k.LISTS[split]).write_text("\n".join(names) + "\n")
    monkeypatch.setenv("MMLEARN_DATA_DIR", str(tmp_path / "mine"))
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "cache"))
    return root


def test_splits_are_those_of_the_lists(copy):
    parts = {split: data.load("flickr8k", split=split) for split in ("train", "val", "test", "all")}
    assert {split: part.column("id") for split, part in parts.items()} == PARTS | {"all": NAMES}
    assert parts["test"].name == "flickr8k" and parts["test"].split == "test" and parts["test"].groups == PARTS["test"]


def test_an_item_is_a_photograph_and_its_five_captions(copy):
    pairs = data.load("flickr8k", split="all")
    item = pairs[5]
    assert pairs.modalities == ("image", "caption") and item["id"] == item["group"] == NAMES[5]
    assert item["captions"] == [caption(NAMES[5], n) for n in range(5)] and item["caption"] == item["captions"][0]
    assert item["image"].shape == (3, 224, 224) and item["image"].dtype == torch.uint8
    assert data.collate([pairs[0], item])["image"].shape == (2, 3, 224, 224)
    assert pairs.column("captions")[5] == item["captions"] and pairs.column("caption")[5] == item["caption"]
    assert (pairs.images([5])[0] == item["image"].numpy()).all() and pairs.images().shape == (12, 3, 224, 224)
    assert pairs.images([]).shape == (0, 3, 224, 224)


def test_a_photograph_is_whole_on_white_or_its_middle_square(copy):
    whole, cut = (data.load("flickr8k", split="all", size=48, crop=crop)[0]["image"].int() for crop in (False, True))
    assert whole.shape == cut.shape == (3, 48, 48)
    assert (whole[:, :6] > 250).all() and (whole[:, -6:] > 250).all()  # white above and below
    assert (whole[2, 10:38, :5] > 200).all() and (whole[0, 10:38, :5] < 60).all()  # with its blue ends
    assert (cut[0] > 200).all() and (cut[2] < 60).all()  # red from edge to edge


def test_a_path_can_be_given_instead_of_the_environment(copy, monkeypatch):
    monkeypatch.delenv("MMLEARN_DATA_DIR")
    assert len(data.load("flickr8k", split="val", root=copy)) == len(data.load("flickr8k", split="val", root=str(copy))) == 2
    with pytest.raises(data.DataUnavailable, match="root is '.*nowhere', which is no folder"):
        data.load("flickr8k", root=copy / "nowhere")


def test_a_part_of_a_copy_will_do(copy):
    """Photographs, lists and captions may each be only partly there."""
    for name in [*PARTS["train"][:3], *PARTS["test"]]:
        next(copy.rglob(name)).unlink()
    with pytest.warns(UserWarning, match="flickr8k: 3 of 8 items of the split 'train' lack photograph or captions"):
        assert data.load("flickr8k").column("id") == PARTS["train"][3:]
    with pytest.raises(data.DataUnavailable, match="has no photograph with captions of flickr8k's split 'test'") as caught:
        data.load("flickr8k", split="test")
    assert "\n" not in str(caught.value)
    next(copy.rglob(flickr8k.LISTS["val"])).unlink()
    with pytest.raises(data.DataUnavailable, match="split 'val'"):
        data.load("flickr8k", split="val")
    report = flickr8k.verify(copy)
    assert sorted(report.missing) == sorted([*PARTS["train"][:3], *PARTS["test"]]) and len(report.right) == 5


def test_without_lists_parts_are_drawn_and_that_is_said(copy):
    for name in flickr8k.LISTS.values():
        next(copy.rglob(name)).unlink()
    assert data.load("flickr8k", split="all").column("id") == NAMES
    expected = {split: [name for name in NAMES if flickr8k.drawn(name) == split] for split in manifest.SPLITS}
    for split, names in expected.items():
        with pytest.warns(UserWarning, match="parts are drawn, not the authors'"):
            if names:
                assert data.load("flickr8k", split=split).column("id") == names
            else:
                with pytest.raises(data.DataUnavailable):
                    data.load("flickr8k", split=split)


def test_drawn_parts_have_their_sizes():
    drawn = [flickr8k.drawn(f"{i}.jpg") for i in range(8000)]
    assert all(abs(drawn.count(split) - n) < 120 for split, n in (("train", 6000), ("val", 1000), ("test", 1000)))


def test_the_fingerprint_changes_with_what_is_read(copy):
    load = lambda **options: data.load("flickr8k", **options).fingerprint  # noqa: E731
    found = [load(), load(split="val"), load(size=96), load(crop=True)]
    photograph(next(copy.rglob(NAMES[0])), (0, 200, 0), (90, 80))
    assert len({*found, load()}) == 5 and load() == load()


def test_what_is_missing_or_no_table_is_said_in_one_sentence(copy):
    (texts,) = [path for name in (flickr8k.TOKENS, flickr8k.TABLE) for path in copy.rglob(name)]
    texts.write_text("image,caption\n")
    with pytest.raises(data.DataUnavailable, match=f"{texts.name} holds no captions of the form it should"):
        data.load("flickr8k")
    texts.unlink()
    with pytest.raises(data.DataUnavailable, match="has photographs but neither Flickr8k.token.txt nor captions.txt"):
        data.load("flickr8k")
    with pytest.raises(ValueError, match="split is 'dev', accepted are train, val, test, all"):
        data.load("flickr8k", split="dev")
    with pytest.raises(ValueError, match="size is 500, accepted are whole numbers from 16 to 224"):
        data.load("flickr8k", size=500)


def test_where_there_is_no_copy_one_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path))
    monkeypatch.delenv("MMLEARN_DATA_DIR", raising=False)
    monkeypatch.setattr(fetch, "_download", lambda *a: pytest.fail("fetched"))
    with pytest.raises(data.DataUnavailable, match="flickr8k is not on this machine, .*MMLEARN_DATA_DIR") as caught:
        data.load("flickr8k")
    assert "\n" not in str(caught.value)
    monkeypatch.setenv("MMLEARN_DATA_DIR", str(tmp_path))
    (tmp_path / "flickr8k").mkdir()
    with pytest.raises(data.DataUnavailable, match=r"no \.jpg file is in it"):
        data.load("flickr8k")


def test_the_command_verifies_a_copy(copy):
    run = CliRunner()
    done = run.invoke(app, ["verify", "flickr8k"])
    assert done.exit_code == 0 and "flickr8k: 12 right, 0 missing, 0 changed" in done.output
    next(copy.rglob(NAMES[1])).write_bytes(b"<html>not found</html>")
    next(copy.rglob(NAMES[2])).unlink()
    done = run.invoke(app, ["verify", "flickr8k"])
    assert done.exit_code == 1 and f"changed: {NAMES[1]}" in done.output and f"missing: {NAMES[2]}" in done.output


def test_the_card_says_what_may_be_kept():
    card = data.card("flickr8k")
    assert not card.stored and card.items == 8000 and "non-commercial" in card.licence and "Hodosh" in card.citation
    assert fetch.source("flickr8k")["upstream"] == [] and fetch.source("flickr8k")["package"] is None


@pytest.mark.filterwarnings("ignore:flickr8k")
def test_the_real_photographs_are_read():
    try:
        pairs = data.load("flickr8k", split="train", size=64)
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))
    assert 0 < len(pairs) <= data.card("flickr8k").splits["train"] and len(set(pairs.ids)) == len(pairs)
    assert {len(said) for said in pairs.column("captions")} == {5}
    some = pairs.images(range(0, len(pairs), max(1, len(pairs) // 8)))
    assert some.shape[1:] == (3, 64, 64) and len({hashlib.sha256(one.tobytes()).hexdigest() for one in some}) == len(some)
    if "1000268201_693b08cb0e.jpg" in pairs.ids:
        said = pairs.column("captions")[pairs.ids.index("1000268201_693b08cb0e.jpg")]
        assert said[1] == "A girl going into a wooden building ."
