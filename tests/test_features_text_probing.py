"""The questions asked of text representations: labels are true, and each question needs what it says it needs."""

from collections import Counter

import pytest

from mmlearn import data
from mmlearn.data import scenes
from mmlearn.features import text


@pytest.mark.parametrize("language", ["en", "fr", "zh"])
def test_the_colour_is_the_one_that_is_said(language):
    texts, labels = text.colour_task("val", 80, language=language)
    assert len(texts) == len(labels) == 80 and len(set(labels)) == 8
    assert all(scenes.parse(said, language).things[0].colour == label for said, label in zip(texts, labels, strict=True))


@pytest.mark.parametrize("split", ["train", "test"])
def test_sizes_are_said_in_words_of_their_own_in_each_split(split):
    texts, labels = text.new_words_task(split, 80)
    assert all(scenes.parse(said).things[0].size == label for said, label in zip(texts, labels, strict=True))
    words = {word for said in texts for word in text.tokenize(said)}
    assert words & {"small", "large", "little", "big"} == ({"small", "large"} if split == "train" else {"little", "big"})
    assert 20 < Counter(labels)["small"] < 60


def test_twins_say_the_same_words_in_another_order_and_have_different_answers():
    texts, labels = text.order_task("test", 100)
    assert len(texts) == len(labels) == 100
    for said, label in zip(texts, labels, strict=True):
        facts = scenes.parse(said)
        assert facts.relation == "left of" and facts.things[0].colour == label != facts.things[1].colour
    for i in range(0, 100, 2):
        assert Counter(text.tokenize(texts[i])) == Counter(text.tokenize(texts[i + 1])) and labels[i] != labels[i + 1]
    counts = text.BagOfWords().fit_transform(texts)
    assert (counts[::2] == counts[1::2]).all()
    with pytest.raises(ValueError, match="n is 3; accepted are even numbers"):
        text.order_task("train", 3)


@pytest.mark.parametrize("task", [text.colour_task, text.new_words_task, text.order_task])
def test_a_question_is_the_same_every_time_and_another_in_every_split(task):
    assert task("train", 40) == task("train", 40) and task("train", 40) != task("train", 40, seed=1)
    assert task("train", 20)[0] == task("train", 40)[0][:20] or task is text.order_task
    seen = set(task("train", 300)[0])
    assert sum(said in seen for said in task("test", 300)[0]) < 15  # worlds never repeat; what is said of them may


def test_the_texts_to_learn_from_are_generated_ones_then_real_ones():
    generated = text.corpus(30, real=False)
    assert generated == data.load("scenes", split="train", n=30, seed=0, paraphrases=1).column("caption")
    assert text.tokenize(text.corpus(1, real=False, language="zh")[0], "zh")[0] not in text.tokenize(generated[0])
    try:
        assert text.corpus(30)[:30] == generated and "A frog." in text.corpus(30)[30:]
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))


def test_categories_are_not_named_by_tags():
    try:
        titles, labels = text.category_task("test")
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))
    assert len(titles) == len(labels) > 300 and "Armadillo" in titles
    with pytest.raises(ValueError, match="split is 'dev'"):
        text.category_task("dev")
