"""Films: what their frames show, that only their order tells what happens, and that splits share nothing."""

import numpy as np
import pytest
import torch

from mmlearn.data import scenes
from mmlearn.data.scenes import motion

FILMS = scenes.films(120, seed=3)
FRAMES = FILMS.films()


def test_an_item_is_a_film_with_its_caption_label_and_group():
    item = FILMS[5]
    assert item["film"].shape == (8, 3, 32, 32) and item["film"].dtype == torch.uint8
    assert torch.equal(item["film"], FRAMES[5]) and item["label"] == FILMS.labels()[5] and item["group"] == FILMS.groups[5]
    assert torch.equal(FILMS[-1]["film"], FRAMES[-1]) and len(list(FILMS)) == 120 == len(FILMS)
    assert FILMS.card() == scenes.load(n=2).card()
    assert set(FILMS.labels()) == set(range(6)) and FILMS.labels().dtype == np.int64


def test_a_pair_has_the_same_frames_in_opposite_order_and_opposite_labels():
    assert torch.equal(FRAMES[0::2], FRAMES[1::2].flip(1))
    first, second = FILMS.labels()[0::2], FILMS.labels()[1::2]
    assert (first % 2 == 0).all() and (second == first + 1).all()
    assert FILMS.groups[0::2] == FILMS.groups[1::2]


def test_the_ceiling_without_order_is_exact():
    """Whatever is concluded from the mean frame, it is the same for both films of a pair: right on one of them at most."""
    mean = FRAMES.double().mean(1)
    assert torch.equal(mean[0::2], mean[1::2])
    assert FILMS.ceilings() == {"frames in any order": 0.5, "frames in order": 1.0}


def middle_and_area(film):
    """Where what differs from the ground lies, frame by frame, and how much it is."""
    there = (film.double() - motion.GROUND).abs().sum(1)  # (frames, H, W)
    weight = there / there.sum(dim=(1, 2), keepdim=True)
    grid = torch.arange(film.shape[-1], dtype=torch.float64)
    return (weight.sum(1) @ grid), (weight.sum(2) @ grid), there.sum(dim=(1, 2))


@pytest.mark.parametrize("i", range(24))
def test_what_happens_is_what_the_label_says(i):
    x, y, area = middle_and_area(FRAMES[i])
    seen = {"right": x, "left": -x, "down": y, "up": -y, "growing": area, "shrinking": -area}[scenes.MOTIONS[FILMS[i]["label"]]]
    assert (seen.diff() > 0).all()
    still = [way for way in (x, y) if way.max() - way.min() < 1.5]
    assert len(still) == (2 if FILMS[i]["label"] >= 4 else 1)


def test_captions_say_it():
    assert {c.split(" ", 3)[3] for c in FILMS.column("caption")} == {f"{said}." for said in motion.SAID}
    odd = [c for c in FILMS.column("caption") if "orange" in c]
    assert odd and all(c.startswith("An orange ") for c in odd)


def test_the_same_seed_gives_the_same_and_item_i_does_not_depend_on_n():
    again, other = scenes.films(40, seed=3), scenes.films(40, seed=4)
    assert torch.equal(again.films(), FRAMES[:40]) and not torch.equal(other.films(), again.films())


def test_splits_are_disjoint():
    groups = {split: set(scenes.films(2000, split, seed=seed).groups) for seed, split in enumerate(motion.SPLITS)}
    assert not groups["train"] & groups["val"] and not groups["train"] & groups["test"] and not groups["val"] & groups["test"]
    same = scenes.films(2000, "train", seed=9)
    assert not set(same.groups) & (groups["val"] | groups["test"])


@pytest.mark.parametrize("size", [24, 25, 31, 48, 64])
def test_things_stay_inside_frames_of_every_size(size):
    film = scenes.films(200, seed=1, size=size, frames=3).films()
    assert film.shape == (200, 3, 3, size, size)
    for border in (film[..., 0, :], film[..., -1, :], film[..., 0], film[..., -1]):
        assert (border == motion.GROUND).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 5}, "n is 5; accepted are even"),
        ({"n": 0}, "n is 0"),
        ({"n": 4, "split": "held_out"}, "accepted are train, val, test"),
        ({"n": 4, "frames": 1}, "frames is 1"),
        ({"n": 4, "size": 16}, "size is 16; accepted are whole numbers from 24"),
        ({"n": 4, "size": 32.0}, "size is 32.0"),
        ({"n": 4, "seed": -1}, "seed is -1"),
    ],
)
def test_what_is_not_accepted_gets_a_sentence(options, message):
    with pytest.raises(ValueError, match=message):
        scenes.films(**options)


def test_an_index_beyond_the_end_is_refused():
    with pytest.raises(IndexError, match="item 120 of 120 films"):
        FILMS[120]
