"""The words of captions, there and back; and the truth of what captions say."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlearn import data
from mmlearn.data import scenes
from mmlearn.data.scenes import Facts, Thing
from mmlearn.features.text import END, PAD, UNKNOWN
from mmlearn.generate.caption import CaptionVocabulary, joined, judge, share_true, tokens_of

CAPTIONS = {"en": ["A red circle, a medium-sized star and a ring."], "zh": ["左边有一个红色的圆形,右边有一颗星星。"]}


@pytest.mark.parametrize("language", ["en", "zh", "fr"])
def test_a_caption_of_the_scenes_comes_back_from_its_words_with_its_sense(language):
    pairs = data.load("scenes", split="train", n=60, seed=3, size=32, language=language)
    captions = pairs.column("caption")
    vocabulary = CaptionVocabulary.of({language: captions})
    for caption in captions:
        again = joined(tokens_of(caption, language), language)
        assert scenes.parse(again, language) == scenes.parse(caption, language)
        assert vocabulary.decode(vocabulary.encode(caption)) == again
    ids = vocabulary.batch(captions)
    assert [vocabulary.decode(row) for row in ids] == [joined(tokens_of(c, language), language) for c in captions]


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=30), st.sampled_from(["en", "zh", "fr"]))
def test_any_text_has_words_and_numbers(text, language):
    """Joined words cut to the same words again, and nothing breaks the vocabulary."""
    words = tokens_of(text, language)
    if language != "zh":  # where words that are no Chinese run together when they are joined
        assert tokens_of(joined(words, language), language) == words
    vocabulary = CaptionVocabulary(["red"], [language])
    ids = vocabulary.encode(text)
    assert len(ids) == len(words) + 2 and max(ids) < len(vocabulary)


def test_what_is_kept_and_what_is_dropped():
    assert tokens_of("A RED, medium-sized dog's ball!") == ["a", "red", ",", "medium-sized", "dog's", "ball"]
    assert tokens_of("L’image montre aujourd'hui un cercle.", "fr") == ["l'", "image", "montre", "aujourd'hui", "un", "cercle"]
    assert joined(["l'", "image", ",", "là"], "fr") == "l'image, là"
    assert tokens_of("红色的T恤,圆。", "zh") == ["红", "色", "的", "t", "恤", ",", "圆"]
    assert tokens_of("") == tokens_of(" .!? ") == []


def test_two_languages_share_one_vocabulary_and_start_apart():
    vocabulary = CaptionVocabulary.of(CAPTIONS)
    assert vocabulary.words[:7] == ["<pad>", "<unknown>", "<mask>", "<start>", "<end>", "<en>", "<zh>"]
    assert vocabulary.starts == {"en": 5, "zh": 6} and vocabulary.start() == 5
    assert sorted(vocabulary.words[7:]) == sorted({*tokens_of(CAPTIONS["en"][0]), *tokens_of(CAPTIONS["zh"][0], "zh")})
    assert vocabulary.silent.tolist() == [i < 7 and i != END for i in range(len(vocabulary))]
    ids = vocabulary.batch([CAPTIONS["en"][0], CAPTIONS["zh"][0]], ["en", "zh"])
    assert ids[:, 0].tolist() == [5, 6] and ids.dtype == torch.int64
    assert vocabulary.decode(ids[1], "zh") == "左边有一个红色的圆形,右边有一颗星星"
    assert vocabulary.decode(ids[0]) == "a red circle, a medium-sized star and a ring"
    again = CaptionVocabulary(vocabulary.words[7:], vocabulary.languages)
    assert again.words == vocabulary.words


def test_words_are_numbered_by_falling_count_and_rare_ones_left_out():
    vocabulary = CaptionVocabulary.of({"en": ["b b a", "b a c"]}, min_count=2)
    assert vocabulary.words[-2:] == ["b", "a"] and vocabulary.encode("c b") == [5, UNKNOWN, vocabulary.index["b"], END]


def test_unknown_words_empty_captions_and_long_ones_are_defined():
    vocabulary = CaptionVocabulary.of({"en": ["a red circle"]})
    assert vocabulary.encode("zebra") == [5, UNKNOWN, END] and vocabulary.decode([5, UNKNOWN, END]) == ""
    assert vocabulary.encode("<end> red")[1:] == [UNKNOWN, vocabulary.index["red"], END]  # written out it is no mark
    ids = vocabulary.batch(["", "a red circle"])
    assert ids[0].tolist() == [5, END, PAD, PAD, PAD]
    assert vocabulary.batch(["a red circle"], longest=4)[0].tolist() == [5, *vocabulary.encode("a red")[1:3], END]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda v: v.batch("a red circle"), TypeError, "texts is one text"),
        (lambda v: v.batch([]), ValueError, "texts is empty"),
        (lambda v: v.batch(["a", 3]), TypeError, "text 1 is int"),
        (lambda v: v.batch(["a", "b"], ["en"]), ValueError, "language has 1 entries for 2"),
        (lambda v: v.batch(["a"], longest=2), ValueError, "longest is 2"),
        (lambda v: v.encode("a", "zh"), ValueError, "language is 'zh'; this vocabulary has 'en'"),
        (lambda v: v.encode(None), TypeError, "text is NoneType"),
        (lambda v: tokens_of("a", "de"), ValueError, "language is 'de'"),
        (lambda v: CaptionVocabulary(["a"], []), ValueError, "languages is"),
        (lambda v: CaptionVocabulary(["a"], "en"), ValueError, "languages is 'en'"),
        (lambda v: CaptionVocabulary.of(["a"]), TypeError, "captions is list"),
    ],
)
def test_what_is_no_caption_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(CaptionVocabulary.of({"en": ["a red circle"]}))


SCENE = Facts((Thing("circle", "red", "small", "plain", "left"), Thing("star", "blue", "large", "dotted", "top right")))


@pytest.mark.parametrize(
    ("caption", "language", "verdict"),
    [
        ("A small red circle on the left and a star.", "en", (True, True, True, True)),
        ("a red circle is left of a blue star", "en", (True, True, True, True)),
        ("a red circle is below a blue star", None, (True, True, True, True)),
        ("a red circle is above a blue star", "en", (True, True, True, False)),
        ("a blue circle is left of a star", "en", (True, True, False, False)),
        ("a red circle at the top", "en", (True, True, False, False)),
        ("a red circle and a circle", "en", (True, False, False, False)),
        ("a red ring", "en", (True, False, False, False)),
        ("左边有一个红色的圆形", "zh", (True, True, True, True)),
        ("左边有一个蓝色的圆形", "zh", (True, True, False, False)),
        ("红色的圆形", "zh", (False, False, False, False)),
        ("une étoile bleue", "fr", (True, True, True, True)),
        ("a red circle", "zh", (False, False, False, False)),
        ("a red circle a red circle", "en", (False, False, False, False)),
        ("", "en", (False, False, False, False)),
        ("a green zebra", None, (False, False, False, False)),
    ],
)
def test_a_caption_is_judged_by_all_that_it_says(caption, language, verdict):
    found = judge(caption, SCENE, language)
    assert found[:4] == verdict and (found.said is not None) == verdict[0]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_true_captions_are_true_of_their_scene_and_mostly_false_of_another(language):
    pairs = data.load("scenes", split="test", n=80, seed=1, size=32, language=language)
    captions, facts = pairs.column("caption"), pairs.column("facts")
    right = share_true(captions, facts, language)
    assert [right[part] for part in ("readable", "objects", "attributes", "relation", "relations")] == [1.0] * 5
    assert 1 < right["things"] < 3
    wrong = share_true(captions, facts[1:] + facts[:1], language)
    assert wrong["readable"] == 1 and wrong["relation"] <= wrong["attributes"] <= wrong["objects"] < 0.3


def test_shares_of_captions_without_a_relation_or_a_sense():
    found = share_true(["a red circle", "???"], [SCENE, SCENE])
    assert found["attributes"] == found["relation"] == found["readable"] == 0.5 and found["things"] == 1
    assert math.isnan(found["relations"]) and math.isnan(share_true([""], [SCENE])["things"])


def test_what_cannot_be_judged_is_named():
    with pytest.raises(ValueError, match="language is 'de'"):
        judge("ein Kreis", SCENE, "de")
    with pytest.raises(TypeError, match="caption is a int"):
        judge(3, SCENE)
    for captions, facts in (([], []), (["a ring"], [])):
        with pytest.raises(ValueError, match="as many, at least one"):
            share_true(captions, facts)
