"""CMU-MOSI: made-up tables of the same layout, and, where they can be had, the real ones."""

import csv
import json

import numpy as np
import pytest
import torch

from mmlearn import data
from mmlearn.data import make_manifests, manifest, mosi

SAID = [("a_1", "GOOD"), ("a_2", "BAD"), ("b_1", "FINE"), ("c_1", "NO"), ("d_1", "YES"), ("e_1", "WELL"), ("f_1", "AWFUL")]
LINES = {"train": [5, 3, 2, 4, 6], "test": [1, 0]}  # which line of the transcripts a row belongs to


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)


@pytest.fixture(params=["beside each other", "as upstream"])
def toy(tmp_path, monkeypatch, request):
    """Seven utterances of six videos, with the tables in one folder or in one a medium, and their manifest."""
    root = tmp_path / "mine/mosi"
    rng = np.random.default_rng(0)
    write(root / "transcripts.csv", [(id, words, "1", str(i % 2)) for i, (id, words) in enumerate(SAID)])
    for part, lines in LINES.items():
        write(root / f"text_{part}.csv", [[line, *rng.normal(size=100)] for line in lines])
        for name, width in mosi.WIDTHS.items():
            place = root if request.param == "beside each other" else root / name
            write(place / f"{name}_{part}0.csv", [[*(np.full(width, line) + 0.5), line % 2] for line in lines])
    monkeypatch.setenv("MMLEARN_DATA_DIR", str(tmp_path / "mine"))
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "cache"))
    items = make_manifests.make_mosi(tmp_path)
    monkeypatch.setattr(manifest, "entries", lambda name: items)
    mosi.utterances.cache_clear()
    yield root
    mosi.utterances.cache_clear()


def test_rows_find_their_words_and_labels(toy):
    pairs = data.load("mosi", split="all")
    words = dict(SAID)
    assert len(pairs) == 7 and pairs.modalities == ("text", "audio", "video")
    for item in (pairs[i] for i in range(7)):
        line = [id for id, _ in SAID].index(item["id"])
        assert item["caption"] == words[item["id"]] and item["label"] == line % 2
        for name, width in mosi.WIDTHS.items():
            assert item[name].shape == (width,) and item[name].dtype == torch.float32 and (item[name] == line + 0.5).all()


def test_parts_share_no_video_and_columns_agree_with_items(toy):
    parts = {name: data.load("mosi", split=name) for name in ("train", "val", "test")}
    assert {name: len(part) for name, part in parts.items()} == {"train": 4, "val": 1, "test": 2}
    assert {id for id in parts["test"].column("id")} == {"a_1", "a_2"}
    groups = [set(part.groups) for part in parts.values()]
    assert not groups[0] & groups[1] and not groups[2] & (groups[0] | groups[1])
    text, audio, video = parts["train"].features()
    assert text.shape == (4, 100) and audio.shape == (4, 73) and video.shape == (4, 100)
    assert (torch.from_numpy(audio) == torch.stack(parts["train"].column("audio"))).all()
    assert parts["train"].labels().tolist() == parts["train"].column("label")


def test_what_is_missing_or_altered_is_said_in_one_sentence(toy):
    path = next(toy.rglob("audio_test0.csv"))
    rows = list(csv.reader(path.open()))
    write(path, [row[:-1] for row in rows])
    mosi.utterances.cache_clear()
    with pytest.raises(data.DataUnavailable, match=r"audio_test0.csv is not the table it should be, 74 numbers a row"):
        data.load("mosi")
    write(path, rows[:1])
    mosi.utterances.cache_clear()
    with pytest.raises(data.DataUnavailable, match="tables of the part test that do not go together"):
        data.load("mosi")
    path.unlink()
    mosi.utterances.cache_clear()
    with pytest.raises(data.DataUnavailable, match="has no audio_test0.csv"):
        data.load("mosi")
    with pytest.raises(ValueError, match="split is 'dev', accepted are train, val, test, all"):
        data.load("mosi", split="dev")


def test_changed_numbers_are_refused(toy, tmp_path):
    for path in toy.rglob("video_*0.csv"):
        write(path, [["1.0"] * 101 for _ in csv.reader(path.open())])
    mosi.utterances.cache_clear()
    with pytest.raises(data.DataUnavailable, match="does not hold the mosi this course knows"):
        data.load("mosi")


def test_the_real_one_is_as_its_card_says():
    try:
        parts = {name: data.load("mosi", split=name) for name in ("train", "val", "test")}
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))
    assert {name: len(part) for name, part in parts.items()} == data.card("mosi").splits
    assert round(float(np.mean(parts["test"].labels())), 3) == 0.621  # the majority: positive


def test_the_manifest_is_whole():
    with manifest.resource("splits/mosi.json").open(encoding="utf-8") as file:
        items = json.load(file)["items"]
    videos = {split: {group for _, one, group, *_ in items if one == split} for split in manifest.SPLITS}
    assert {name: len(each) for name, each in videos.items()} == {"train": 50, "val": 12, "test": 31}
    assert len(set.union(*videos.values())) == 93
