"""Words on a plane and maps of attention: what is drawn is what was given."""

import numpy as np
import pytest
import torch

from mmlearn import show


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MMLEARN_FIGURES", str(tmp_path))
    return tmp_path


def drawn(axes):
    return np.concatenate([np.asarray(points.get_offsets()) for points in axes.collections])


def test_points_in_a_plane_of_many_dimensions_keep_their_distances(folder):
    flat = np.array([[0, 0], [4, 0], [0, 1], [5, 2.0]])
    turned = np.linalg.qr(np.random.default_rng(0).normal(size=(7, 7)))[0][:2]  # two orthogonal directions among seven
    figure = show.words2d(flat @ turned + 3, ["red", "blue", "dog", "cat"], ["colour", "colour", "animal", "animal"], name="w")
    points = drawn(figure.axes[0])
    apart = lambda x: np.linalg.norm(x[:, None] - x[None], axis=-1)  # noqa: E731
    np.testing.assert_allclose(apart(points), apart(flat), atol=1e-9)
    assert [t.get_text() for t in figure.axes[0].texts] == ["red", "blue", "dog", "cat"]
    assert len(figure.axes[0].collections) == 2 and "red, blue, dog, cat" in figure.get_label()
    assert (folder / "w.png").exists() and "% of the variance" in figure.axes[0].get_xlabel()


def test_linked_points_are_joined_where_they_stand():
    points = np.array([[1.0, 2], [3, -1], [0, 4]])
    axes = show.words2d(points, ["", "", ""], links=[(0, 2)]).axes[0]
    assert len(axes.lines) == 1
    np.testing.assert_allclose(axes.lines[0].get_xydata(), points[[0, 2]])
    assert "3 points" in axes.figure.get_label()


def test_points_of_two_numbers_are_drawn_as_they_are_and_few_words_do_no_harm():
    points = torch.tensor([[1.0, 2], [3, -1]])
    np.testing.assert_allclose(drawn(show.words2d(points, ["a", "b"]).axes[0]), points)
    assert len(drawn(show.words2d(np.ones((1, 5)), ["alone"]).axes[0])) == 1
    assert np.isfinite(drawn(show.words2d(np.ones((3, 5)), ["a", "b", "c"]).axes[0])).all()


@pytest.mark.parametrize(
    "vectors, words, groups, said",
    [
        (np.ones((2, 3)), ["a"], None, "vectors has 2 rows, words 1"),
        (np.ones((2, 3)), ["a", "b"], ["x"], "groups 1"),
        (np.ones(3), ["a"], None, r"vectors has shape \(3,\)"),
        (np.full((1, 3), np.nan), ["a"], None, "finite"),
        (np.ones((0, 3)), [], None, "vectors has 0 rows"),
        (np.ones((1, 2)), ["红"], None, "cannot draw"),
    ],
)
def test_what_cannot_be_drawn_as_points_is_named(vectors, words, groups, said):
    with pytest.raises(ValueError, match=said):
        show.words2d(vectors, words, groups)


@pytest.mark.parametrize("heads", [1, 3, 6])
def test_every_head_has_its_map_with_its_tokens(heads, folder):
    weights = torch.rand(heads, 3, 3, generator=torch.Generator().manual_seed(0)).softmax(-1)
    figure = show.attention(weights, ["<start>", "red", "<end>"], title="Who looks", name="a")
    maps = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    assert len(maps) == heads
    np.testing.assert_allclose(np.stack(maps), weights, rtol=1e-6)
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["<start>", "red", "<end>"]
    assert (folder / "a.png").exists() and "<start> red <end>" in figure.get_label()
    assert len([a for a in show.attention(weights[0], ["a", "b", "c"]).axes if a.images]) == 1


@pytest.mark.parametrize("shape", [(2, 3, 4), (3,), (0, 3, 3), (1, 2, 2)])
def test_weights_that_do_not_fit_the_tokens_are_named(shape):
    with pytest.raises(ValueError, match=r"weights has shape .*accepted is \(heads, 3, 3\)"):
        show.attention(np.ones(shape), ["a", "b", "c"])
