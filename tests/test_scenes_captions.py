"""Captions: what is said is true, is read back exactly, and is good English, Chinese and French."""

import re

import pytest

from mmlearn.data.scenes import LANGUAGES, Facts, Thing, agrees, parse, say, world
from mmlearn.data.scenes.captions import plan
from mmlearn.data.scenes.chance import Chooser
from mmlearn.data.scenes.facts import VALUES

TRUTHS = list(world.draw(world.Kind(), 2500, 5).facts())
STAR = Thing("star", "green", "small", "striped", "left")


def every_way(said: Facts, language: str) -> set[str]:
    return {say(said, language, seed) for seed in range(300)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_is_true_and_read_back(language):
    related = 0
    for i, truth in enumerate(TRUTHS):
        said = plan(truth, Chooser(i), detail=(0.0, 0.5, 0.75, 1.0)[i % 4])
        assert agrees(said, truth)
        caption = say(said, language, i)
        assert parse(caption, language) == parse(caption) == said, caption
        assert parse(caption.upper().rstrip(".。"), language) == said
        related += said.relation is not None
    assert related > 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_is_read_back_in_every_form(language):
    for attribute, values in VALUES.items():
        for value in values:
            thing = Thing(**{"shape": "star", attribute: value})
            found = every_way(Facts((thing,)), language)
            assert len(found) >= 5
            assert {parse(caption, language) for caption in found} == {Facts((thing,))}


def test_detail_says_all_or_only_shapes():
    truth = next(truth for truth in TRUTHS if len(truth.things) == 1)
    assert plan(truth, Chooser(1), detail=1.0).things == truth.things
    assert plan(truth, Chooser(1), detail=0.0).things == (Thing(truth.things[0].shape),)


def test_english_article_goes_with_the_next_word():
    orange, red = (every_way(Facts((Thing("moon", colour),)), "en") for colour in ("orange", "red"))
    assert all(re.search(r"\b[Aa]n orange", caption) for caption in orange)
    assert all(re.search(r"\b[Aa] red", caption) for caption in red)


def test_french_adjectives_agree_and_stand_where_they_belong():
    captions = every_way(Facts((STAR,)), "fr")
    assert all("une petite étoile verte" in caption.lower() for caption in captions)
    assert any("verte rayée" in caption for caption in captions)
    captions = every_way(Facts((STAR._replace(shape="heart", size="large"),)), "fr")
    assert all(re.search(r"un (grand|gros) cœur vert ", caption.lower()) for caption in captions)
    moons = every_way(Facts((Thing("moon", "grey"),)), "fr")
    assert any("une lune grise" in m.lower() for m in moons)
    assert any("un croissant de lune gris." in m.lower() for m in moons)


def test_french_orange_and_pink_do_not_change():
    for colour, form in (("orange", "orange"), ("pink", "rose")):
        assert all(f"une croix {form}." in c.lower() for c in every_way(Facts((Thing("cross", colour),)), "fr"))


def test_french_elides_before_the_second_thing():
    beside = every_way(Facts((Thing("circle"), Thing("star")), "left of"), "fr")
    assert all("gauche d'une étoile" in caption for caption in beside)


def test_chinese_nouns_have_their_measure_words():
    for shape, measure in (("star", "颗"), ("heart", "颗"), ("moon", "弯"), ("circle", "个"), ("triangle", "个")):
        assert all(f"一{measure}" in caption for caption in every_way(Facts((Thing(shape),)), "zh"))
    small = every_way(Facts((Thing("circle", "red", "small"),)), "zh")
    assert any("红色的小圆形" in caption for caption in small) and not any("红色小" in caption for caption in small)


def test_chinese_says_the_opposite_from_the_other_side():
    left = Facts((Thing("circle", "red"), Thing("star", "blue")), "left of")
    assert parse("一个红色圆形的右边有一颗蓝色星星。") == left
    assert parse("一颗蓝色星星的左边是一个红色圆形。") == left


def test_sentences_of_one_own_are_read():
    assert parse("there is a big red star on the left") == Facts((Thing("star", "red", "large", None, "left"),))
    assert parse("  Un CŒUR rouge et une lune ") == parse("un coeur rouge et une lune", "fr")


@pytest.mark.parametrize(
    ("caption", "language", "complaint"),
    [
        ("", None, "caption is empty"),
        (" . ", "en", "caption is empty"),
        ("a red dog", None, "'dog', which is no word of the scenes in English"),
        ("un chien rouge", None, "'chien', which is no word of the scenes in French"),
        ("图里有一只狗。", None, "'只', which is no word of the scenes in Chinese"),
        ("a red circle", "fr", "no word of the scenes in French"),
        ("a red", None, "no sentence of the scenes in English"),
        ("a red blue circle", None, "no sentence"),
        ("a star, a star, a star and a star", None, "no sentence"),
        ("a star", "de", "language is 'de'"),
    ],
)
def test_what_cannot_be_read_is_complained_of_in_one_sentence(caption, language, complaint):
    with pytest.raises(ValueError, match=complaint) as error:
        parse(caption, language)
    assert "\n" not in str(error.value)


def test_parse_takes_text_only():
    with pytest.raises(TypeError, match="caption is a int"):
        parse(3)


@pytest.mark.parametrize(
    "said", [Facts(()), Facts((Thing(colour="red"),)), Facts((STAR,), "above"), Facts((STAR, STAR), "inside")]
)
def test_what_no_caption_can_say_is_refused(said):
    with pytest.raises(ValueError, match="said is"):
        say(said)
