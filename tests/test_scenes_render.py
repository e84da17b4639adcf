"""Images: they show each thing's colour, shape and size where it is, whatever the size and difficulty."""

import numpy as np
import pytest

from benchmarks.scenes import naive
from mmlearn.data.scenes import render, world
from mmlearn.data.scenes.facts import COLOURS, PLACES, SHAPES
from mmlearn.data.scenes.render import RGB, Painter
from mmlearn.data.scenes.shapes import coverage

WORLDS = world.draw(world.Kind(), 300, 2)
PLAIN = world.draw(world.Kind(only={"texture": ("plain",)}), 300, 2)


def cell(image: np.ndarray, place: str, inset: int = 0) -> np.ndarray:
    """The ninth of an image that a place names, without `inset` pixels on each side, (3, pixels)."""
    edges = np.linspace(0, image.shape[1], 4).round().astype(int)
    row, column = (slice(edges[k] + inset, edges[k + 1] - inset) for k in divmod(PLACES.index(place), 3))
    return image[:, row, column].reshape(3, -1)


def test_fast_and_naive_renderers_agree():
    painter = Painter(WORLDS, 64, 0.0, 4, "train")
    for i in range(60):
        assert abs(painter.image(i).astype(int) - naive(painter, i)).max() <= 1


@pytest.mark.parametrize("size", [48, 64, 101])
def test_each_thing_shows_its_colour_at_its_place_and_nothing_elsewhere(size):
    painter = Painter(PLAIN, size)
    for i, truth in enumerate(PLAIN.facts()):
        image = painter.image(i).astype(int)
        ground = np.array(painter.ground[i])
        there = {thing.place: thing for thing in truth.things}
        for place in PLACES:
            if place in there:
                exact = (abs(cell(image, place).T - RGB[there[place].colour]) <= 1).all(1)
                assert exact.sum() >= 2
            else:
                empty = cell(image, place, inset=2)
                assert (ground == empty.T).all()


@pytest.mark.parametrize("difficulty", [0.4, 1.0])
def test_difficulty_hides_no_colour(difficulty):
    painter = Painter(PLAIN, 64, difficulty)
    clean = Painter(PLAIN, 64)
    palette = np.array([RGB[colour] for colour in COLOURS])
    for i, truth in enumerate(PLAIN.facts()):
        shown, mask = painter.image(i).astype(float), clean.image(i).astype(int)
        assert (shown != mask).mean() > 0.5
        for thing in truth.things:
            inside = (abs(cell(mask, thing.place).T - RGB[thing.colour]) <= 1).all(1)
            mean = cell(shown, thing.place)[:, inside].mean(1)
            # Noise near 0 or 255 is cut off and moves a mean by at most a quarter of its width.
            assert COLOURS[abs(palette - mean).sum(1).argmin()] == thing.colour


def test_image_depends_on_its_index_only():
    few = Painter(WORLDS.take(np.arange(5)), 64, 0.7, 1, "val").images()
    painter = Painter(WORLDS, 64, 0.7, 1, "val")
    assert (few == painter.images()[:5]).all() and (few[3] == painter.image(3)).all()
    assert (few != Painter(WORLDS, 64, 0.7, 2, "val").images()[:5]).any()


def test_larger_sizes_cover_more():
    areas = {s: [coverage(shape, r * 64, 0, 0, 0).sum() for shape in SHAPES] for s, r in render.RADIUS.items()}
    assert (np.array(areas["small"]) * 1.5 < areas["medium"]).all()
    assert (np.array(areas["medium"]) * 1.4 < areas["large"]).all()


def test_no_two_shapes_or_textures_look_alike():
    covers = [coverage(shape, 8.0, 0, 0, 0) for shape in SHAPES]
    for i, one in enumerate(covers):
        for other in covers[:i]:
            assert abs(one - other).sum() > 0.15 * min(one.sum(), other.sum())
    grid = np.meshgrid(np.arange(-8, 9), np.arange(-8, 9))
    shades = [render.shade(texture, *grid, 64) for texture in ("plain", "striped", "dotted", "checked")]
    for i, one in enumerate(shades):
        for other in shades[:i]:
            assert abs(one - other).mean() > 0.06


def test_outlines_stay_in_their_patch_with_soft_edges():
    for shape in SHAPES:
        for turn in render.TURNS:
            cover = coverage(shape, 8.3, 0.5, 0.5, turn)
            assert cover.max() == 1 and ((cover > 0) & (cover < 1)).any()
            assert not cover[[0, -1]].any() and not cover[:, [0, -1]].any()


def test_circle_has_the_area_of_a_circle():
    assert coverage("circle", 20.0, 0.5, 0, 0).sum() == pytest.approx(np.pi * 18**2, rel=0.005)
