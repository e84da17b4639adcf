"""Questions: their answers hold when worked out from the words alone, and yes is as likely as no."""

from collections import Counter

import pytest

from mmlearn.data.scenes import LANGUAGES, Facts, Thing, ask, world
from mmlearn.data.scenes.chance import Chooser
from mmlearn.data.scenes.facts import COLOURS, PLACES, SHAPES
from mmlearn.data.scenes.questions import KINDS, questions

TRUTHS = list(world.draw(world.Kind(), 1500, 8).facts())
PAIR = Facts((Thing("star", "red", "small", "plain", "left"), Thing("circle", "green", "large", "plain", "right")))


def named(words: list[str], truth: Facts) -> list[Thing]:
    """The things that fit a description in English."""
    shape, colour = (next((w for w in words if w in known), None) for known in (SHAPES, COLOURS))
    return [t for t in truth.things if shape in (None, t.shape) and colour in (None, t.colour)]


def worked_out(text: str, truth: Facts) -> str:
    """The answer to an English question, read by rules of this test's own."""
    words = text.rstrip("?").lower().split()
    if words[:2] == ["how", "many"]:
        return {0: "none", 1: "one", 2: "two", 3: "three"}[len(named(words, truth))]
    if words[:2] == ["is", "there"]:
        return "yes" if named(words, truth) else "no"
    if words[0] == "is":
        cut = words.index("the", 2)
        (a,), (b,) = named(words[:cut], truth), named(words[cut:], truth)
        (row_a, column_a), (row_b, column_b) = (divmod(PLACES.index(t.place), 3) for t in (a, b))
        holds = {
            "left": column_a < column_b, "right": column_a > column_b,
            "above": row_a < row_b, "below": row_a > row_b,
        }  # fmt: skip
        return "yes" if holds[next(w for w in words if w in holds)] else "no"
    (thing,) = named(words, truth)
    if words[0] == "where":
        return thing.place
    return thing.colour if words[1] == "colour" else thing.shape


def test_english_answers_can_be_worked_out():
    kinds = Counter()
    for i, truth in enumerate(TRUTHS):
        for question in questions(truth, 5, Chooser(i)):
            answer = worked_out(question.text, truth)
            given = question.value if question.kind == "place" else question.answer
            assert given == answer, (question, truth)
            kinds[question.kind] += 1
    assert set(kinds) == set(KINDS) and min(kinds.values()) > 300


@pytest.mark.parametrize("kind", ["exists", "relation"])
def test_yes_is_as_likely_as_no(kind):
    asked = [ask(truth, kind, Chooser(i)) for i, truth in enumerate(TRUTHS)]
    values = Counter(question.value for question in asked if question)
    assert set(values) == {"yes", "no"}
    assert abs(values["yes"] / values.total() - 0.5) < 0.06  # three standard errors of 700 tosses


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_ask_the_same(language):
    for i, truth in enumerate(TRUTHS[:300]):
        here, english = questions(truth, 4, Chooser(i), language), questions(truth, 4, Chooser(i))
        assert [(q.kind, q.value) for q in here] == [(q.kind, q.value) for q in english]
        assert len({q.kind for q in here}) == 4
        assert not any(mark in q.text for q in here for mark in "{}")


def test_french_contracts_and_elides():
    texts = {ask(PAIR, "relation", Chooser(i), "fr").text for i in range(60)}
    texts = {text for text in texts if "étoile" in text and "cercle" in text}
    assert any("l'étoile est à gauche du cercle" in text for text in texts)
    assert any("le cercle est à droite de l'étoile" in text for text in texts)
    assert ask(PAIR, "count_colour", Chooser(0), "fr").text.startswith("Combien de choses ")


def test_a_scene_of_one_has_no_relation():
    assert ask(Facts(PAIR.things[:1]), "relation", Chooser(0)) is None


def test_bad_kinds_and_languages_are_refused():
    with pytest.raises(ValueError, match="kind is 'why'"):
        ask(PAIR, "why", Chooser(0))
    with pytest.raises(ValueError, match="language is 'xx'"):
        ask(PAIR, "count", Chooser(0), "xx")
