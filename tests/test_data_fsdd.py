"""Spoken digits: a made-up folder of the same layout, and, where it can be had, the real one."""

import io
import tarfile

import numpy as np
import pytest
import soundfile
import torch

from mmlearn import data
from mmlearn.data import fetch, fsdd, make_manifests, manifest


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """Two speakers, two digits, fifteen recordings each, as upstream lays them out, and their manifest."""
    folder = tmp_path / "mine/fsdd/recordings"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for digit in (3, 7):
        for speaker in ("george", "lucas"):
            for number in range(15):
                samples = rng.integers(-9000, 9000, int(rng.integers(1000, 3000)), dtype=np.int16)
                soundfile.write(folder / f"{digit}_{speaker}_{number}.wav", samples, 8000)
    monkeypatch.setenv("MMLEARN_DATA_DIR", str(tmp_path / "mine"))
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "cache"))
    items = make_manifests.make_fsdd(tmp_path)
    monkeypatch.setattr(manifest, "entries", lambda name: items)
    return folder


def test_a_recording_is_in_the_part_its_number_says(toy):
    parts = {split: data.load("fsdd", split=split) for split in ("train", "val", "test", "all")}
    assert {split: len(part) for split, part in parts.items()} == {"train": 20, "val": 20, "test": 20, "all": 60}
    numbers = {split: {fsdd.parts(id)[2] for id in part.column("id")} for split, part in parts.items()}
    assert numbers["test"] == set(range(5)) and numbers["val"] == set(range(5, 10)) and numbers["train"] == set(range(10, 15))


def test_an_item_is_a_recording_and_its_word(toy):
    pairs = data.load("fsdd", split="all")
    item = pairs[pairs.column("id").index("7_lucas_12")]
    samples, rate = soundfile.read(toy / "7_lucas_12.wav", dtype="float32")
    assert rate == pairs.sample_rate == 8000 and pairs.modalities == ("speech", "caption")
    assert item["speech"].dtype == torch.float32 and (item["speech"].numpy() == samples).all()
    assert item["caption"] == "seven" and item["captions"] == ["seven"] and item["label"] == 7
    assert item["labels"] == {"digit": 7, "speaker": "lucas"} and item["group"] == pairs.groups[pairs.ids.index(item["id"])]
    assert len(set(pairs.groups)) == 60


def test_columns_agree_with_items(toy):
    pairs = data.load("fsdd", split="val")
    assert pairs.labels().tolist() == pairs.column("label") and pairs.labels().dtype == np.int64
    assert pairs.speakers().tolist() == [one["speaker"] for one in pairs.column("labels")]
    assert all((a == b).all() for a, b in zip(pairs.waves(), pairs.column("speech"), strict=True))
    batch = data.collate([pairs[0], pairs[1]])
    assert batch["speech_mask"].sum(1).tolist() == [len(wave) for wave in pairs.waves()[:2]]


def test_recordings_are_found_without_their_folder_too(toy):
    root = toy.parent
    for path in toy.iterdir():
        path.rename(root / path.name)
    toy.rmdir()
    assert len(data.load("fsdd", split="test")) == 20


def test_what_is_missing_or_changed_is_left_out_with_a_warning(toy):
    (toy / "3_george_11.wav").unlink()
    with pytest.warns(UserWarning, match="fsdd: 1 items are missing and 0 changed of 60"):
        assert len(data.load("fsdd", split="all")) == 59
    report = fsdd.verify(toy.parent)
    assert report.missing == ["3_george_11"] and not report.changed
    for number in range(10, 15):
        (toy / f"7_lucas_{number}.wav").write_bytes(b"RIFF")
    with pytest.raises(data.DataUnavailable, match="does not hold the fsdd this course knows .1 items are missing and 5 changed"):
        data.load("fsdd", split="train")


def test_another_rate_is_not_taken_for_it(toy, monkeypatch):
    path = toy / "3_george_0.wav"
    soundfile.write(path, np.zeros(500, np.int16), 16000)
    changed = [i._replace(digest=fsdd.digest(toy.parent, i.id)) for i in manifest.entries("fsdd")]
    monkeypatch.setattr(manifest, "entries", lambda name: changed)
    with pytest.raises(data.DataUnavailable, match="3_george_0.wav has 16000 samples a second"):
        data.load("fsdd", split="test")


def test_a_folder_without_recordings_is_named(tmp_path, monkeypatch):
    (tmp_path / "fsdd").mkdir()
    monkeypatch.setenv("MMLEARN_DATA_DIR", str(tmp_path))
    with pytest.raises(data.DataUnavailable, match=r"no \.wav file is in it"):
        data.load("fsdd")


def test_it_is_fetched_from_upstream_alone(toy, tmp_path, monkeypatch):
    """The archive of the release holds one folder; no package manager is asked."""
    inside = fetch.source("fsdd")["upstream"][0]["inside"]
    archive = tmp_path / "v1.0.10.tar.gz"
    with tarfile.open(archive, "w:gz") as made:
        made.add(toy, f"{inside}/recordings")
        made.addfile(tarfile.TarInfo(f"{inside}/README.md"), io.BytesIO())
    monkeypatch.delenv("MMLEARN_DATA_DIR")
    monkeypatch.setattr(fetch, "_download", lambda url, sha256, work: archive)
    monkeypatch.setattr(fetch, "deb", lambda *a: pytest.fail("there is no package of it"))
    assert len(data.load("fsdd", split="all")) == 60
    assert sorted(p.name for p in fetch.find("fsdd").iterdir()) == ["recordings"]


def test_where_it_cannot_be_had_one_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path))
    monkeypatch.delenv("MMLEARN_DATA_DIR", raising=False)

    def unreachable(url, sha256, work):
        raise data.DataUnavailable("github.com cannot be reached")

    monkeypatch.setattr(fetch, "_download", unreachable)
    with pytest.raises(data.DataUnavailable, match=r"fsdd could not be fetched \(github.com .*MMLEARN_DATA_DIR") as caught:
        data.load("fsdd")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", ["tests", "validation", ""])
def test_an_unknown_split_is_named_before_anything_is_fetched(tmp_path, monkeypatch, wrong):
    monkeypatch.setattr(fetch, "folder", lambda name: pytest.fail("fetched"))
    with pytest.raises(ValueError, match="accepted are train, val, test, all"):
        data.load("fsdd", split=wrong)


def test_the_card_counts_what_the_manifest_holds():
    items, card = manifest.entries("fsdd"), data.card("fsdd")
    assert card.splits == {split: sum(item.split == split for item in items) for split in manifest.SPLITS}
    assert card.items == len(items) == len({item.digest for item in items}) and not card.stored
    assert card.megabytes == fetch.source("fsdd")["megabytes"]
    named = {fsdd.parts(item.id) for item in items}
    assert named == {(digit, speaker, n) for digit in range(10) for speaker in fsdd.SPEAKERS for n in range(50)}


def test_the_real_recordings_are_all_there():
    try:
        pairs = data.load("fsdd", split="all")
    except data.DataUnavailable as error:
        pytest.skip(str(error))
    assert len(pairs) == 3000 and not fsdd.verify(fetch.find("fsdd")).changed
    lengths = [len(wave) for wave in pairs.waves()]
    assert min(lengths) == 1148 and max(lengths) == 18262 and max(float(w.abs().max()) for w in pairs.waves()) <= 1
    assert np.bincount(pairs.labels()).tolist() == [300] * 10 and sorted(set(pairs.speakers())) == list(fsdd.SPEAKERS)
