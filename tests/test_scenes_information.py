"""Ceilings: exact by hand, by simulation, and by what the media really show."""

from itertools import product

import numpy as np
import pytest

from mmlearn.data.scenes import COLOURS, information, parse
from mmlearn.data.scenes.dataset import Scenes

MEDIA = ("image", "caption", "speech")
FLIP, ERASE = {"image": 0.1, "caption": 0.25}, {"caption": 0.2, "speech": 0.4}


def test_ceilings_by_hand():
    pair = MEDIA[:2]
    one = information.make("redundant", pair, {"image": 0.1}, {"caption": 0.2}).ceilings()
    # The caption errs never, is withheld one time in five; then the image is right nine times in ten.
    assert one == {"image": 0.9, "caption": 0.9, "image+caption": pytest.approx(0.8 + 0.2 * 0.9)}
    xor = information.make("xor", pair, {"image": 0.1}, {"caption": 0.2}).ceilings()
    assert xor == {"image": 0.5, "caption": 0.5, "image+caption": pytest.approx(0.8 * 0.9 + 0.2 * 0.5)}
    parts = information.make("complementary", pair, {"image": 0.1}, {"caption": 0.2}).ceilings()
    assert parts == {"image": 0.45, "caption": 0.45, "image+caption": pytest.approx(0.9 * (0.8 + 0.2 * 0.5))}


def test_xor_of_three_needs_all_three():
    ceilings = information.make("xor", MEDIA, None, None).ceilings()
    assert ceilings.pop("image+caption+speech") == 1
    assert len(ceilings) == 6 and set(ceilings.values()) == {0.5}


def test_a_useless_medium_adds_nothing():
    for useless in ({"flip": {"caption": 0.5}, "erase": None}, {"flip": None, "erase": {"caption": 1.0}}):
        ceilings = information.make("redundant", MEDIA[:2], **useless).ceilings()
        assert ceilings == {"image": 1.0, "caption": 0.5, "image+caption": 1.0}


@pytest.mark.parametrize("kind", information.TASKS)
def test_joint_is_a_distribution_with_fair_labels(kind):
    task = information.make(kind, MEDIA, FLIP, ERASE)
    joint = task.joint()
    assert joint.min() >= 0 and joint.sum() == pytest.approx(1)
    assert joint.reshape(task.classes, -1).sum(1) == pytest.approx(1 / task.classes)


@pytest.mark.parametrize("kind", information.TASKS)
def test_ceilings_are_what_the_best_decisions_reach_in_simulation(kind):
    task = information.make(kind, MEDIA, FLIP, ERASE)
    labels, shown = task.draw(np.random.default_rng(0).random((200_000, 3, 3)))
    for name, ceiling in task.ceilings().items():
        some = name.split("+")
        symbols = shown[:, [MEDIA.index(medium) for medium in some]]
        decided = task.decide(some)[tuple(symbols.T)]
        assert (decided == labels).mean() == pytest.approx(ceiling, abs=0.005)
        # Nor does any other rule do better: the majority label of each case, found with hindsight.
        best = 0
        for case in product(range(3), repeat=len(some)):
            here = labels[(symbols == case).all(1)]
            best += np.bincount(here).max() if len(here) else 0
        assert best / len(labels) == pytest.approx(ceiling, abs=0.005)


@pytest.fixture(scope="module")
def pairs() -> Scenes:
    return Scenes("train", 1500, 0, task="xor", flip=FLIP, erase=ERASE, speech="tones", size=32)


def told(caption: str) -> int:
    """The symbol a caption shows, read from its words alone."""
    colours = {thing.colour for thing in parse(caption).things}
    return 0 if "red" in colours else 1 if "blue" in colours else information.ERASED


def test_media_show_their_symbols_and_no_other(pairs):
    for i in range(400):
        symbols = [information.SYMBOL_COLOURS.index(thing.colour) for thing in pairs[i]["facts"].things[:1]]
        assert symbols == [pairs.shown[i, 0]] and COLOURS[pairs[i]["colour"]] == information.SYMBOL_COLOURS[symbols[0]]
        assert not {"red", "blue", "grey"} & {thing.colour for thing in pairs[i]["facts"].things[1:]}
        assert {told(caption) for caption in pairs[i]["captions"]} == {pairs.shown[i, 1]}


def test_pixels_tell_the_symbol_of_the_image():
    from mmlearn.data.scenes.render import RGB, TEXTURES, shade

    pairs = Scenes("val", 500, 1, task="xor", flip=FLIP, erase=ERASE, speech="tones")
    images = pairs.images().numpy().astype(int)
    tones = {float(shade(texture, np.zeros(1), np.arange(9), 64).round(6).min()) for texture in TEXTURES} | {1.0}
    counts = np.zeros((500, 3))
    for symbol, colour in enumerate(information.SYMBOL_COLOURS):
        for tone in tones:
            painted = np.array(RGB[colour])[:, None, None] * tone
            counts[:, symbol] += (abs(images - painted) <= 1).all(1).sum((1, 2))
    assert (counts.argmax(1) == pairs.shown[:, 0]).all() and counts.max(1).min() > 0


def test_spoken_caption_shows_the_symbol_of_speech(pairs, monkeypatch):
    from mmlearn.data.scenes import speech

    heard = []
    monkeypatch.setattr(speech, "tones", lambda text, *_: heard.append(text) or np.zeros(1, np.float32))
    for i in range(300):
        pairs._speech(i)
    assert [told(text) for text in heard] == pairs.shown[:300, 2].tolist()


def test_nothing_else_depends_on_the_label(pairs):
    for name in ("shape", "size", "texture", "place"):
        column = getattr(pairs.worlds, name)[:, 0]
        table = np.array([np.bincount(column[pairs.labels == label], minlength=9) for label in (0, 1)]).T
        table = table[table.sum(1) > 0]
        expected = table.sum(1, keepdims=True) * table.sum(0) / table.sum()
        chi2 = ((table - expected) ** 2 / expected).sum()
        assert chi2 < 27.9  # 0.999 quantile with 8 degrees of freedom is 26.1, with fewer it is lower
    again = Scenes("train", 1500, 0, task="redundant", speech="tones", size=32)
    same = ("shape", "size", "texture", "place", "group")
    assert all((getattr(again.worlds, name) == getattr(pairs.worlds, name)).all() for name in same)


def test_ceilings_of_loaded_scenes(pairs):
    assert pairs.ceilings() == information.make("xor", MEDIA, FLIP, ERASE).ceilings()
    with pytest.raises(ValueError, match="task is None"):
        Scenes(n=1).ceilings()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"task": "and"}, "task is 'and'"),
        ({"task": "xor", "flip": {"image": 0.6}}, r"flip\['image'\] is 0.6; a probability from 0 to 0.5"),
        ({"task": "xor", "erase": {"image": -0.1}}, r"erase\['image'\] is -0.1; a probability from 0 to 1 "),
        ({"task": "xor", "erase": {"image": float("nan")}}, r"erase\['image'\] is nan"),
        ({"task": "xor", "flip": {"speech": 0.1}}, "flip has 'speech'; this task has 'image', 'caption'"),
        ({"flip": {"image": 0.1}}, "flip and erase need a task"),
        ({"task": "xor", "held_out": "default"}, "held_out"),
        ({"task": "xor", "only": {"colour": ["red"]}}, "colour"),
    ],
)
def test_bad_tasks_are_refused(options, complaint):
    with pytest.raises(ValueError, match=complaint):
        Scenes(n=2, **options)
