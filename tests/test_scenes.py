"""The dataset: items as promised, lazy where dear, and clear about what it does not accept."""

import pickle
import subprocess
import sys

import pytest
import torch

from mmlearn import data
from mmlearn.data import scenes
from mmlearn.data.scenes import agrees, parse
from mmlearn.data.scenes.dataset import Scenes
from mmlearn.data.scenes.facts import VALUES


def same(one: dict, other: dict) -> bool:
    """Whether two items are equal, tensors included."""
    return one.keys() == other.keys() and all(
        torch.equal(one[k], other[k]) if isinstance(one[k], torch.Tensor) else one[k] == other[k] for k in one
    )


def test_item_is_as_promised():
    pairs = Scenes(n=20, languages=["zh", "fr"], language="fr", paraphrases=2, questions=3, speech="tones", size=48)
    item = pairs[3]
    assert list(item)[:3] == ["image", "caption", "captions"]
    assert item["image"].shape == (3, 48, 48) and item["image"].dtype == torch.uint8
    assert item["caption"] == item["captions"][0] == pairs.caption(3) and len(item["captions"]) == 4
    assert item["speech"].dtype == torch.float32 and item["speech"].ndim == 1 and pairs.sample_rate == 22050
    assert len(item["questions"]) == 3 and item["group"] == pairs.groups[3]
    assert all(VALUES[a][item[a]] == getattr(item["facts"].things[0], a) for a in VALUES)
    assert item["count"] == len(item["facts"].things)
    assert pairs.modalities == ("image", "caption", "speech") and len(pairs) == 20


def test_captions_are_true_and_languages_say_the_same():
    pairs = Scenes(n=200, languages=["en", "zh", "fr"])
    for item in pairs:
        assert all(agrees(parse(caption), item["facts"]) for caption in item["captions"])
        english, chinese, french = (item["captions"][3 * k : 3 * k + 3] for k in range(3))
        for i in range(3):
            assert parse(english[i], "en") == parse(chinese[i], "zh") == parse(french[i], "fr")


def test_plain_items_carry_nothing_dear():
    item = Scenes(n=1)[0]
    assert not {"speech", "questions", "label"} & set(item)


@pytest.mark.parametrize("options", [{}, {"task": "xor", "difficulty": 0.5, "speech": "tones", "questions": 2}])
def test_items_do_not_depend_on_how_many_there_are(options):
    few, many = Scenes("val", 10, 7, **options), Scenes("val", 300, 7, **options)
    assert all(same(few[i], many[i]) for i in range(10))
    assert same(few[3], Scenes("val", 10, 7, **options)[3])
    assert not same(few[3], Scenes("val", 10, 8, **options)[3])
    assert not same(few[3], Scenes("test", 10, 7, **options)[3])


def test_groups_of_loaded_splits_are_disjoint():
    train, val, test = (set(Scenes(split, 800, seed).groups) for seed, split in enumerate(("train", "val", "test")))
    assert not train & val and not train & test and not val & test


def test_held_out_combinations_by_default():
    train, held = (Scenes(split, 400, held_out="default") for split in ("train", "held_out"))
    for combination in scenes.HELD_OUT:
        assert not train.worlds.has(combination).any() and held.worlds.has(combination).any()


def test_columns_and_images_equal_items():
    pairs = Scenes(n=12, objects=2)
    items = [pairs[i] for i in range(12)]
    assert torch.equal(pairs.images(), torch.stack([item["image"] for item in items]))
    for key in ("caption", "captions", "facts", "colour", "group"):
        assert pairs.column(key) == [item[key] for item in items]
    with pytest.raises(KeyError, match="label"):
        pairs.column("label")


def test_indices_are_those_of_a_list():
    pairs = Scenes(n=3)
    assert same(pairs[-1], pairs[2]) and len(list(pairs)) == 3
    with pytest.raises(IndexError, match="item 3 of 3"):
        pairs[3]


def test_scenes_travel_to_other_processes():
    pairs = Scenes(n=4, task="redundant", questions=1)
    assert same(pickle.loads(pickle.dumps(pairs))[2], pairs[2])


def test_batches_collate():
    pairs = Scenes(n=4, speech="tones", task="redundant")
    batch = data.collate([pairs[i] for i in range(4)])
    assert batch["image"].shape == (4, 3, 64, 64) and batch["speech"].shape == batch["speech_mask"].shape
    assert batch["label"].shape == (4,) and len(batch["caption"]) == 4


def test_registered_by_name():
    pairs = data.load("scenes", split="test", n=5, seed=1)
    assert isinstance(pairs, Scenes) and same(pairs[4], Scenes("test", 5, 1)[4])


def test_unknown_option_is_named():
    with pytest.raises(TypeError, match="no option 'colour'; accepted are split, n, seed"):
        data.load("scenes", colour="red")


def test_names_stay_what_they_are_after_use():
    for _ in range(2):
        assert scenes.parse(scenes.say(parse("a star"))) == parse("a star")
        assert callable(scenes.speak) and callable(scenes.ask)
    with pytest.raises(AttributeError, match="has no attribute 'dance'"):
        scenes.dance  # noqa: B018


def test_reading_and_speaking_need_no_torch():
    code = "import sys; from mmlearn.data.scenes import parse, tones; parse('a star'), tones('a'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "torch" not in done.stdout.split() and "numpy" in done.stdout.split()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"split": "dev"}, "split is 'dev'; accepted are 'train', 'val', 'test'"),
        ({"split": "held_out"}, "needs the held_out"),
        ({"n": 0}, "n is 0; a whole number of at least 1"),
        ({"n": 2.5}, "n is 2.5"),
        ({"seed": -1}, "seed is -1"),
        ({"size": 16}, "size is 16; a whole number from 32 to 1024"),
        ({"objects": 4}, "objects is 4; a number from 1 to 3"),
        ({"objects": (2, 1)}, r"objects is \(2, 1\)"),
        ({"objects": "two"}, "objects is 'two'"),
        ({"objects": None}, "objects is None"),
        ({"difficulty": 1.5}, "difficulty is 1.5; a number from 0 to 1"),
        ({"detail": -0.5}, "detail is -0.5"),
        ({"language": "de"}, "language is 'de'; accepted are 'en', 'zh', 'fr'"),
        ({"languages": ["en", "xx"]}, "language is 'xx'"),
        ({"languages": "zh"}, "languages is 'zh'; a list"),
        ({"speech": "loud"}, "speech is 'loud'"),
        ({"paraphrases": 0}, "paraphrases is 0"),
        ({"only": {"shape": ["blob"]}}, r"only\['shape'\] has 'blob'; accepted are 'circle'"),
        ({"only": {"shape": "circle"}}, "a list of values"),
        ({"only": {"mood": ["sad"]}}, "only has 'mood'"),
        ({"held_out": "all"}, "held_out is 'all'"),
        ({"held_out": ["red circle"]}, "held_out has 'red circle'"),
        ({"held_out": [("red", "blue")]}, "held_out has"),
        ({"held_out": [("red", "blob")]}, "held_out has"),
    ],
)
def test_bad_options_are_refused_in_one_sentence(options, complaint):
    with pytest.raises(ValueError, match=complaint) as error:
        Scenes(**{"n": 2, **options})
    assert "\n" not in str(error.value)
