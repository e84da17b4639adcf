"""Maps, attention, keypoints and matches are drawn, and what cannot be drawn gets a sentence."""

import numpy as np
import pytest
import torch

from mmlearn import show

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 256, (3, 20, 30), dtype=np.uint8)
POINTS = np.array([[3, 4, 6, 0], [20, 10, 8, 90.0]])


@pytest.fixture(autouse=True)
def figures(tmp_path, monkeypatch):
    monkeypatch.setenv("MMLEARN_FIGURES", str(tmp_path))
    return tmp_path


def test_maps_are_drawn_with_their_titles(figures):
    figure = show.maps(torch.randn(5, 4, 6), [f"map {i}" for i in range(5)], columns=3, title="What it found", name="found")
    assert (figures / "found.png").stat().st_size > 0
    assert len(figure.axes) == 5 and figure.axes[4].get_title("left") == "map 4"
    assert "What it found" in figure.get_label() and "map 0" in figure.get_label()


def test_each_map_has_its_own_range_or_all_have_one():
    given = np.stack([np.arange(4.0).reshape(2, 2), 10 * np.arange(4.0).reshape(2, 2)])
    assert [a.images[0].get_clim() for a in show.maps(given).axes] == [(0, 3), (0, 30)]
    assert [a.images[0].get_clim() for a in show.maps(given, each=False).axes] == [(0, 30)] * 2
    assert [a.images[0].get_clim() for a in show.maps(-given, diverging=True).axes] == [(-3, 3), (-30, 30)]
    assert show.maps(np.zeros((1, 2, 2)), diverging=True).axes[0].images[0].get_clim() == (0, 1)


def test_maps_of_several_sizes_can_stand_together():
    assert len(show.maps([np.eye(3), np.eye(7), np.zeros((2, 5))]).axes) == 3


def test_where_weights_are_large_the_picture_shows():
    weights = np.zeros((2, 3))
    weights[0, 2] = 4
    figure = show.overlay([PICTURE], [weights], ["a picture"])
    shade = figure.axes[0].images[1]
    assert shade.get_alpha()[0, 2] == 0 and (shade.get_alpha()[1] > 0.8).all()
    assert shade.get_extent() == [-0.5, 29.5, 19.5, -0.5] and "a picture" in figure.get_label()
    assert show.overlay([PICTURE], [torch.zeros(2, 2)]).axes  # nobody looks anywhere: all dark


def test_a_lighter_veil_and_a_frame_around_the_place_looked_at_most():
    weights = np.zeros((2, 3))
    weights[1, 2] = 4
    axes = show.overlay([PICTURE], [weights], veil=0.5, framed=True).axes[0]
    assert axes.images[1].get_alpha().max() == 0.5
    frame = axes.patches[0]
    assert frame.get_xy() == (19.5, 9.5) and (frame.get_width(), frame.get_height()) == (10, 10)


def test_keypoints_and_matches_are_drawn():
    circled = show.keypoints(PICTURE, POINTS, title="Points")
    assert len(circled.axes[0].lines) == 4 and "2 keypoints" in circled.get_label()
    assert len(show.keypoints(PICTURE, POINTS, most=1).axes[0].lines) == 2
    assert not show.keypoints(PICTURE[0], np.zeros((0, 4))).axes[0].lines
    both = show.matches(PICTURE, PICTURE[0] / 255.0, POINTS, POINTS[:1], np.array([[1, 0]]))
    (line,) = both.axes[0].lines
    assert line.get_xdata().tolist() == [20, 30 + 8 + 3] and line.get_ydata().tolist() == [10, 4]
    assert not show.matches(PICTURE, PICTURE, POINTS, POINTS, np.zeros((0, 2), int)).axes[0].lines
    judged = show.matches(PICTURE, PICTURE, POINTS, POINTS, [[0, 0], [1, 0]], marks=[True, False]).axes[0].lines
    assert [line.get_color() for line in judged] == [show.COLOURS["green"], show.COLOURS["red"]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: show.maps([]), "maps has 0 maps"),
        (lambda: show.maps(np.zeros((2, 3, 3)), ["one"]), "titles 1"),
        (lambda: show.maps(np.zeros((2, 3, 3)), columns=0), "columns is 0"),
        (lambda: show.maps(np.zeros((2, 3, 3, 3))), r"shape \(3, 3, 3\)"),
        (lambda: show.maps(np.full((1, 2, 2), np.nan)), "finite"),
        (lambda: show.maps(np.zeros((1, 2, 2)), ["图"]), "cannot draw"),
        (lambda: show.overlay([PICTURE], []), "1, 0, 1 items"),
        (lambda: show.overlay([PICTURE], [-np.ones((2, 2))]), "negative"),
        (lambda: show.overlay([PICTURE], [np.ones((2, 2))], veil=2), "veil is 2"),
        (lambda: show.keypoints(PICTURE, np.zeros((2, 3))), r"points has shape \(2, 3\)"),
        (lambda: show.matches(PICTURE, PICTURE, POINTS, POINTS, [[0, 2]]), r"up to \(0, 2\); accepted are those of 2 and 2"),
        (lambda: show.matches(PICTURE, PICTURE, POINTS, POINTS, [[-1, 0]]), "pairs has indices"),
        (lambda: show.matches(PICTURE, PICTURE, POINTS, POINTS, [[0, 0]], marks=[]), "marks has 0 items and pairs 1"),
    ],
)
def test_what_cannot_be_drawn_gets_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
