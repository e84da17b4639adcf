"""English: "A small striped red circle at the top left and a blue star."""

from mmlearn.data.scenes.chance import Chooser
from mmlearn.data.scenes.facts import COLOURS, SHAPES, Thing
from mmlearn.data.scenes.languages.language import Language, all_forms, either

WORDS = {
    "shape": {shape: (shape,) for shape in SHAPES} | {"moon": ("moon", "crescent")},
    "colour": {colour: (colour,) for colour in COLOURS} | {"purple": ("purple", "violet")},
    "size": {"small": ("small", "little"), "medium": ("medium-sized", "mid-sized"), "large": ("large", "big")},
    "texture": {
        "plain": ("plain", "without a pattern"),
        "striped": ("striped", "with stripes"),
        "dotted": ("dotted", "with dots"),
        "checked": ("checked", "with checks"),
    },
    "place": {
        "top left": ("at the top left", "in the top left corner"),
        "top": ("at the top", "in the top middle"),
        "top right": ("at the top right", "in the top right corner"),
        "left": ("on the left", "on the left side"),
        "centre": ("in the centre", "in the middle"),
        "right": ("on the right", "on the right side"),
        "bottom left": ("at the bottom left", "in the bottom left corner"),
        "bottom": ("at the bottom", "in the bottom middle"),
        "bottom right": ("at the bottom right", "in the bottom right corner"),
    },
}

RELATIONS = {
    "left of": ("to the left of", "left of"),
    "right of": ("to the right of", "right of"),
    "above": ("above", "higher than"),
    "below": ("below", "lower than"),
}


def phrase(thing: Thing, choose: Chooser, clause: bool = True) -> str:
    """A thing with all that is known of it: "an orange moon with dots in the middle"."""
    texture = thing.texture and choose.of(WORDS["texture"][thing.texture])
    after = texture and " " in texture
    shape, colour, size, place = (
        value and choose.of(WORDS[attribute][value])
        for attribute, value in thing._asdict().items()
        if attribute != "texture"
    )
    words = [size, None if after else texture, colour, shape, texture if after else None, place]
    return _with_article(" ".join(word for word in words if word))


def pattern(suffix: str, clause: bool) -> str:
    """The phrase as a regular expression."""

    def group(attribute: str, space: str = "{} ", keep=lambda form: True) -> str:
        forms = either(filter(keep, all_forms(WORDS[attribute.rstrip("2")])))
        return "(?:" + space.format(f"(?P<{attribute}{suffix}>{forms})") + ")?"

    place = group("place", " {}") if clause else ""
    before = group("texture", keep=lambda form: " " not in form)
    after = group("texture2", " {}", keep=lambda form: " " in form)
    shape = f"(?P<shape{suffix}>{either(all_forms(WORDS['shape']))})"
    return f"an? {group('size')}{before}{group('colour')}{shape}{after}{place}"


def definite(thing: Thing) -> str:
    """ "the red circle", "the red thing"."""
    return " ".join(filter(None, ("the", thing.colour, thing.shape or "thing")))


def indefinite(thing: Thing) -> str:
    """ "an orange moon"."""
    return _with_article(" ".join(filter(None, (thing.colour, thing.shape or "thing"))))


def _with_article(words: str) -> str:
    return ("an " if words[0] in "aeiou" else "a ") + words


ENGLISH = Language(
    code="en",
    name="English",
    words=WORDS,
    phrase=phrase,
    pattern=pattern,
    lists=(
        ("", ", ", " and ", "."),
        ("there is ", ", ", " and ", "."),
        ("i can see ", ", ", " and ", "."),
        ("a picture of ", ", ", " and ", "."),
        ("the image shows ", ", ", " and ", "."),
    ),
    comparisons=("{0} {r} {1}.", "{0} is {r} {1}.", "there is {0} {r} {1}."),
    relations=RELATIONS,
    questions={
        "colour": "What colour is {the}?",
        "shape": "What shape is {the}?",
        "place": "Where is {the}?",
        "count": "How many things are there?",
        "count_colour": "How many {colour} things are there?",
        "exists": "Is there {any}?",
        "relation": "Is {the} {beside}?",
    },
    definite=definite,
    indefinite=indefinite,
    beside=lambda relation, thing: f"{RELATIONS[relation][0]} {definite(thing)}",
    answers={"yes": "yes", "no": "no", "0": "none", "1": "one", "2": "two", "3": "three"},
    several=str,
)
