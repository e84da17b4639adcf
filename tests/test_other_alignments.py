"""Chapter 09's benchmarks: stored rows measured again, and the rules they measure by."""

import json

import numpy as np
import pytest
import torch

from benchmarks import align_other_alignments, alignment, drawings_to_stamps, words_and_regions
from mmlearn import data, evaluate
from mmlearn.data.scenes import Thing


def test_a_row_of_the_parts_table_is_measured_again():
    try:
        alignment.vectors()
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))
    name = "ridge map, pictures to captions"
    stored = json.loads(data.resource("results/alignment.json").read_text(encoding="utf-8"))["figures"]["table"][name]
    live, _, _ = alignment.one_split(align_other_alignments.ALIGNERS[name], 0)
    assert np.isclose(live["R@10"], stored["R@10"][0], atol=0.01)


def test_what_points_where():
    weights = np.zeros((6, 6))
    weights[1, 4] = 1
    assert words_and_regions.points_at(weights, Thing(place="top right"))
    assert not words_and_regions.points_at(weights, Thing(place="top"))
    weights[3, 2] = 2
    assert words_and_regions.points_at(weights, Thing(place="centre"))


def test_swapped_captions_have_the_same_words():
    pair = Thing("circle", "red"), Thing("star", "orange")
    assert words_and_regions.named(*pair) == "a red circle and a orange star"
    assert words_and_regions.swapped(*pair) == "a orange circle and a red star"


def test_the_untrained_row_is_measured_again():
    stored = evaluate.Scores.stored("other_alignments", "regions").values["words and regions, untrained"]
    live = words_and_regions.measured(words_and_regions.learned(0, steps=0), 0)
    for metric, values in stored.items():
        assert np.isclose(live[metric], values[0], atol=0.02), metric


def test_the_pixels_rule_knows_the_colours_of_scenes():
    names = drawings_to_stamps.COLOURS
    world = data.load("scenes", split="train", n=60, objects=1, only={"colour": names, "texture": ["plain"]})
    found = [drawings_to_stamps.colour_of(image.numpy()) for image in world.images()]
    right = [names.index(facts.things[0].colour) == colour for facts, colour in zip(world.column("facts"), found, strict=True)]
    assert np.mean(right) > 0.95


def test_the_pixels_rule_refuses_what_is_grey_or_of_two_colours():
    white = np.full((3, 20, 20), 255, np.uint8)
    assert drawings_to_stamps.colour_of(white) == -1
    red = white.copy()
    red[1:, 5:15, 5:15] = 0
    assert drawings_to_stamps.colour_of(red) == 0
    both = red.copy()
    both[:, 10:15, 5:15] = np.array([0, 0, 255], np.uint8)[:, None, None]
    assert drawings_to_stamps.colour_of(both) == -1


def test_a_caption_says_a_colour_if_it_says_one():
    assert drawings_to_stamps.said(["A red apple.", "Red and blue.", "A tree.", "Redwood"]) == [0, -1, -1, -1]


def test_learning_from_captions_of_others_gives_every_picture_anothers_caption(monkeypatch):
    monkeypatch.setattr(words_and_regions, "TRAIN", 40)
    monkeypatch.setattr(words_and_regions, "BATCH", 8)
    model = words_and_regions.learned(0, shuffled=True, steps=1)
    assert model.scores(torch.zeros(2, 3, 48, 48, dtype=torch.uint8), ["a red circle"]).shape == (1, 2)
