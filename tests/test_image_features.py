"""Chapter 03: the row shown from its benchmark is measured anew; its controlled world and its films keep their promises."""

import json

import numpy as np
import pytest

from mmlearn import data, evaluate, profiles
from mmlearn.exercises import quiz
from mmlearn.exercises.engine import find

TOPIC = "image_features"


def stored(table: str) -> dict:
    return json.loads(data.resource(f"results/{TOPIC}.json").read_text(encoding="utf-8"))["figures"][table]


def test_a_row_of_the_shared_table_is_measured_again():
    """HOG on scenes, the whole protocol, from scratch."""
    from benchmarks import image_features, image_representations

    assert profiles.settings("03_image_features", "laptop") == image_representations.SIZE
    live = image_features.accuracies("HOG", image_representations.scenes())
    row = stored("probe")["HOG"]
    for column in ("shape", "colour", "place"):
        # The solver's last digits differ between processors, which can turn a doubtful picture or two.
        assert np.isclose(live[column][0], row[column][0], atol=0.011), column


def test_the_tables_hold_what_the_chapter_says_of_them():
    """Every claim of the chapter's prose that rests on a stored table."""
    probe, video = evaluate.Scores.stored(TOPIC, "probe"), evaluate.Scores.stored(TOPIC, "video")
    assert probe.kinds["majority"] == "chance"
    for column, best in (("stamps", "EfficientNet, last"), ("fashion", "own CNN"), ("colour", "colour histogram")):
        assert max(probe.values, key=lambda row: probe[row].get(column, 0)) == best, column
    counted, hog, pixels = probe["colour histogram"], probe["HOG"], probe["raw pixels"]
    assert counted["colour"] > 0.99 and counted["place"] < 0.2 and counted["shape"] < 0.35
    assert min(probe[row]["place"] for row in ("raw pixels", "HOG", "own CNN")) > 0.95
    assert probe["EfficientNet, last"]["place"] < probe["EfficientNet, middle"]["place"]
    assert all(hog[column] > pixels[column] for column in ("shape", "fashion", "stamps"))
    middle = probe["EfficientNet, middle"]
    assert min(middle[column] for column in ("shape", "colour", "place")) > 0.925
    assert hog["colour"] < 0.25 < 0.5 < pixels["colour"]
    own = evaluate.Scores.stored(TOPIC, "fashion_mnist")
    own, last = own["own CNN, 10,000 pictures"], own["EfficientNet, last + linear probe, 10,000 pictures"]
    assert own["accuracy"] > last["accuracy"]
    means = [video[row]["accuracy"] for row in video.values if "mean of frames" in row]
    assert len(means) == 2 and max(means) <= 0.5, "twins have one mean and two labels"
    assert video["HOG: read in order"]["accuracy"] > 0.9


def test_the_shared_table_says_how_long_a_vector_is_and_what_it_costs():
    probe = evaluate.Scores.stored(TOPIC, "probe")
    assert {"shape", "colour", "place", "fashion", "stamps", "numbers", "ms an item"} <= probe["HOG"].keys()
    assert probe["HOG"]["numbers"] == 1296 and probe["colour histogram"]["numbers"] == 64


def test_no_function_of_the_mean_frame_can_beat_one_half():
    """A film and its twin: the same mean, another label."""
    from mmlearn.data import scenes
    from mmlearn.features import image

    films = scenes.films(40, split="test", frames=6, size=32)
    frames, labels = films.films().numpy().astype(float), films.labels()
    means = image.mean_of_frames(frames.reshape(40, 6, -1))
    assert np.allclose(means[0::2], means[1::2], atol=1e-9)
    assert (labels[0::2] != labels[1::2]).all()


@pytest.mark.parametrize("cell", [8, 9])
def test_the_exercises_build_the_librarys_hog(cell):
    """One cell and one block at a time, as the chapter's `hog_by_hand` does it."""
    from mmlearn.features import image

    histogram, normalise = (find(f"{TOPIC}.{name}").reference for name in ("orientation_histogram", "block_normalise"))
    grey = np.random.default_rng(0).random((5 * cell, 4 * cell))
    dy, dx = image.gradients(grey)
    cells = np.array([[histogram(dx[r : r + cell, c : c + cell], dy[r : r + cell, c : c + cell], 9)
                       for c in range(0, 4 * cell, cell)] for r in range(0, 5 * cell, cell)])  # fmt: skip
    blocks = [normalise(cells[r : r + 2, c : c + 2]) for r in range(4) for c in range(3)]
    assert np.allclose(np.ravel(blocks), image.hog(grey[None], cell=cell)[0], atol=1e-6)


def test_the_exercises_agree_with_the_library():
    """Matches, patches and convolution as the exercises define them are those that the library makes."""
    import torch

    from mmlearn.features import image

    rng = np.random.default_rng(1)
    a, b = rng.random((20, 128)).astype(np.float32), rng.random((15, 128)).astype(np.float32)
    b[:10] = a[:10] + 0.01 * rng.random((10, 128), np.float32)
    distances = np.linalg.norm(a[:, None].astype(float) - b[None], axis=2)
    assert image.match(a, b, 0.75).tolist() == find(f"{TOPIC}.ratio_test").reference(distances, 0.75).tolist()
    picture = rng.random((3, 8, 12))
    assert np.array_equal(image.patches(torch.from_numpy(picture)[None], 4)[0], find(f"{TOPIC}.patches").reference(picture, 4))


def test_the_quiz_explains_every_choice(capsys):
    quiz(TOPIC)
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") == 10
