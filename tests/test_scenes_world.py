"""Worlds: the same by seed, never in two splits, and never with what is held out."""

import numpy as np
import pytest

from mmlearn.data.scenes import facts, world
from mmlearn.data.scenes.facts import Facts, Thing
from mmlearn.data.scenes.world import Kind

A = Thing("circle", "red", "small", "plain", "top left")
B = Thing("star", "blue", "large", "dotted", "bottom left")


def test_fewer_worlds_are_the_first_of_more():
    few, many = world.draw(Kind("val"), 10, 3), world.draw(Kind("val"), 1000, 3)
    assert list(few.facts()) == list(many.facts())[:10]


def test_seeds_differ():
    one, other = (list(world.draw(Kind(), 50, seed).facts()) for seed in (0, 1))
    assert one != other


@pytest.mark.parametrize("objects", [(1, 1), (1, 3)])
def test_no_group_is_in_two_splits_whatever_the_seeds(objects):
    groups = [
        set(world.draw(Kind(split, objects), 3000, seed).group) for seed, split in enumerate(("train", "val", "test"))
    ]
    assert not groups[0] & groups[1] and not groups[0] & groups[2] and not groups[1] & groups[2]


def test_groups_are_equal_just_where_worlds_differ_only_in_colour():
    worlds = world.draw(Kind(objects=(1, 2)), 3000, 0)
    bare = [tuple(thing._replace(colour=None) for thing in truth.things) for truth in worlds.facts()]
    pairs = set(zip(worlds.group.tolist(), bare, strict=True))
    assert len(pairs) == len(set(worlds.group.tolist())) == len(set(bare)) < 3000


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_held_out_combinations_are_nowhere_but_in_their_split(split):
    combinations = (("red", "circle"), ("striped", "large", "star"))
    for combination in combinations:
        assert not world.draw(Kind(split, held_out=combinations), 2000, 0).has(combination).any()
    held = world.draw(Kind("held_out", held_out=combinations), 300, 0)
    assert (held.has(combinations[0]) | held.has(combinations[1])).all()
    assert held.has(combinations[0]).any() and held.has(combinations[1]).any()


def test_held_out_worlds_share_no_group_with_training():
    kinds = [Kind(split, (1, 1), held_out=world.HELD_OUT) for split in ("train", "val", "held_out")]
    train, val, held = (set(world.draw(kind, 2000, 0).group) for kind in kinds)
    assert not held & (train | val)


def test_things_stand_apart_in_reading_order_and_differ():
    for truth in world.draw(Kind(), 1000, 0).facts():
        places = [facts.PLACES.index(thing.place) for thing in truth.things]
        assert places == sorted(set(places))
        assert len({thing[:2] for thing in truth.things}) == len(truth.things)


def test_counts_and_values_all_occur():
    worlds = world.draw(Kind(), 3000, 0)
    assert set(worlds.count) == {1, 2, 3}
    for attribute, values in facts.VALUES.items():
        column = getattr(worlds, attribute)
        assert set(np.unique(column)) == {-1, *range(len(values))}
        shares = np.bincount(column[column >= 0]) / (column >= 0).sum()
        assert abs(shares - 1 / len(values)).max() < 0.03


def test_only_is_kept():
    kind = Kind(objects=(2, 2), only={"shape": ("star", "moon"), "place": ("top", "left")})
    truths = list(world.draw(kind, 200, 0).facts())
    assert {thing.shape for truth in truths for thing in truth.things} == {"star", "moon"}
    assert all([thing.place for thing in truth.things] == ["top", "left"] for truth in truths)


def test_what_cannot_be_is_said_so():
    with pytest.raises(ValueError, match="no world fits"):
        world.draw(Kind(objects=(2, 2), only={"shape": ("star",), "colour": ("red",)}), 1, 0)


def test_relations_follow_rows_and_columns():
    assert facts.relations(A, B) == ["above"] and facts.relations(B, A) == ["below"]
    assert facts.relations(A, B._replace(place="centre")) == ["left of", "above"]


def test_agrees_finds_each_thing_once():
    truth = Facts((A, B))
    red = Thing("circle", "red")
    assert facts.agrees(Facts((Thing("star"), red)), truth)
    assert facts.agrees(Facts((red, Thing("star")), "above"), truth)
    assert not facts.agrees(Facts((red, Thing("star")), "below"), truth)
    assert not facts.agrees(Facts((red, red)), truth)
    assert not facts.agrees(Facts((Thing("circle", "blue"),)), truth)
