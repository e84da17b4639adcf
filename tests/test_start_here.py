"""Chapter 00: its benchmark's live row, its quiz, and several datasets as one."""

import json

import numpy as np
import pytest

from mmlearn import data, profiles
from mmlearn.exercises import quiz
from mmlearn.exercises.engine.quiz import Choice, Question


def two_parts():
    return [data.load("scenes", split=split, n=n, seed=0) for split, n in (("train", 5), ("test", 3))]


def test_joined_datasets_keep_their_items_in_order():
    train, test = two_parts()
    both = data.join(train, test)
    assert len(both) == 8 and both.name == "scenes + scenes"
    assert both.captions == train.column("caption") + test.column("caption")
    assert (both[5]["image"] == test[0]["image"]).all() and (both[-1]["image"] == test[2]["image"]).all()
    assert both.groups == [*train.groups, *test.groups]
    assert [image.shape for image in both.images([7, 0])] == [(3, 64, 64)] * 2
    column = both.column("image")
    assert len(column) == 8 and (column[6] == test[1]["image"]).all()


def test_joined_datasets_can_be_thinned_evenly():
    train, test = two_parts()
    few = data.join(train, test, n=4)
    assert few.captions == [(train.column("caption") + test.column("caption"))[i] for i in (0, 2, 4, 6)]
    assert len(data.join(train, test, n=100)) == 8


@pytest.mark.parametrize(("parts", "n", "word"), [([], None, "parts"), (None, 0, "n is 0")])
def test_joining_nothing_is_refused_in_words(parts, n, word):
    with pytest.raises(ValueError, match=word):
        data.join(*(two_parts() if parts is None else parts), n=n)


def test_without_the_real_pairs_scenes_come_and_a_sentence_says_why(monkeypatch, capsys):
    def load(name, **options):
        if name != "scenes":
            raise data.DataUnavailable(f"{name} could not be fetched: no network")
        return data.load(name, **options)

    monkeypatch.setattr("mmlearn.data.joined.load", load)
    pairs = data.captioned_pictures(n=12)
    assert pairs.name == "scenes" and len(pairs) == 12
    assert capsys.readouterr().out.startswith("stamps could not be fetched: no network\n\nThe chapter goes on")


def test_the_real_pairs_are_stamps_and_clipart():
    try:
        data.load("stamps", split="all"), data.load("clipart", split="all")
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))
    pairs = data.captioned_pictures(n=50)
    assert set(pairs.sources) == {"stamps", "clipart"} and abs(len(pairs) - 50) <= 1


def test_an_index_beyond_the_end_stops_a_loop():
    both = data.join(*two_parts())
    assert len(list(both)) == 8
    with pytest.raises(IndexError, match="8 items"):
        both[8]


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("start_here")
    said = capsys.readouterr().out
    assert said.count("✓") == 4 and said.count("✗") == 8
    with pytest.raises(ValueError, match="'nowhere'"):
        quiz("nowhere")
    with pytest.raises(ValueError, match="not explained"):
        Question("a.b", "?", (Choice("x", True, "why"), Choice("y", False, "")))
    with pytest.raises(ValueError, match="a right choice and a wrong one"):
        Question("a.b", "?", (Choice("x", True, "why"),))


def test_a_page_shows_choices_that_open_and_escapes_them():
    page = Question("a.b", "1 < 2?", (Choice("<yes>", True, "so"), Choice("no", False, "not"))).__dict__
    shown = Question(**page)._repr_html_()
    assert shown.count("<details>") == 2 and "&lt;yes&gt;" in shown and "<yes>" not in shown


def test_the_row_shown_from_the_benchmark_is_measured_again():
    """One split, one method, from scratch: what the stored table says of seed 0."""
    from benchmarks import start_here

    try:
        pairs, X, Y = start_here.vectors()
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))
    stored = json.loads(data.resource("results/start_here.json").read_text(encoding="utf-8"))["figures"]["CCA"]
    live = start_here.one_split(pairs, X, Y, seed=0, live=True)["CCA"]
    assert profiles.settings("00_start_here", "laptop") == start_here.SIZE
    for metric in ("R@1", "R@5", "R@10"):
        # Features differ in the last digits between processors, which can swap neighbours of almost equal similarity.
        assert np.isclose(live[metric], stored[metric][0], atol=0.01), metric


class Known(data.Pairs):
    """A dataset that can say what it holds without being read."""

    name, modalities = "known", ("image", "caption")

    def __init__(self, fingerprint, n=3):
        self.fingerprint, self.groups = fingerprint, list(range(n))

    def __len__(self):
        return len(self.groups)

    def column(self, key):
        return ["caption"] * len(self)

    def __getitem__(self, i):
        raise AssertionError("read")


def test_a_column_is_known_by_its_parts_fingerprints_without_reading_them():
    keys = {data.join(Known(a), Known(b), n=n).column("image").key for a, b, n in
            (("x", "y", None), ("x", "z", None), ("y", "x", None), ("x", "y", 3))}  # fmt: skip
    assert len(keys) == 4
    assert data.join(*two_parts()).column("image").key is None  # scenes have no fingerprint: their pixels are hashed
