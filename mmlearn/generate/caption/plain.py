"""The plain caption of a scene: everything that is there, always in the same words and the same order.

Captions of `scenes` leave out now this and now that, and say the rest in many ways. A plain one does neither, so there is one
right caption a scene, and whatever a model gets wrong it has seen wrong.
"""

from collections.abc import Collection, Sequence
from typing import Any

from mmlearn.data.scenes import Facts
from mmlearn.data.scenes.captions import sentence
from mmlearn.data.scenes.chance import Chooser
from mmlearn.data.scenes.facts import relations
from mmlearn.data.scenes.languages import language as find


class _First(Chooser):
    """Takes the first of several, and so chooses nothing."""

    def of(self, options: Sequence) -> Any:
        return options[0]


SAID = ("colour", "size", "texture", "place")


def plain_caption(facts: Facts, language: str = "en", said: Collection[str] = SAID) -> str:
    """Two things by how the first in reading order lies to the second; one thing, or three, by their places.

    "A small dotted pink heart is above a large striped pink circle." Whether left or above is said, where both are so, is
    settled too: left or right.

    Args:
        facts: the whole truth of a scene.
        language: "en", "zh" or "fr".
        said: which attributes are said, besides the shape.

    Raises:
        ValueError: no things, one that lacks an attribute, an unknown language, or an unknown attribute.
    """
    if set(said) - set(SAID):
        raise ValueError(f"said is {list(said)}; accepted are some of {', '.join(SAID)}")
    if not facts.things or any(value is None for thing in facts.things for value in thing):
        raise ValueError(f"facts is {facts}; a plain caption is of a scene's whole truth, with every attribute known")
    relation = relations(*facts.things)[0] if len(facts.things) == 2 else None
    unsaid = dict.fromkeys({*SAID} - {*said} | ({"place"} if relation else set()))
    things = tuple(thing._replace(**unsaid) for thing in facts.things)
    return sentence(Facts(things, relation), find(language), _First(0))


def plain_captions(facts: Sequence[Facts], language: str = "en", said: Collection[str] = SAID) -> list[str]:
    """Of many scenes."""
    return [plain_caption(each, language, said) for each in facts]
