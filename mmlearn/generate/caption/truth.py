"""Whether a caption of a scene is true: it is read back into facts, which are compared with what is there.

No overlap with a reference counts, only what is said: two captions without a word in common can both be right, and one that
differs from a right one in a single word is wrong.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mmlearn.data.scenes import Facts, agrees, parse
from mmlearn.data.scenes.languages import language as find


class Verdict(NamedTuple):
    """What is right about a caption.

    Attributes:
        readable: it is a sentence of the scenes' language; if not, nothing about it is right.
        objects: every thing it names is there, each once, whatever it says of them.
        attributes: every thing it names is there with all that is said of it: colour, size, texture, place.
        relation: `attributes`, and how the first thing lies to the second is as it says, if it says so.
        said: the facts it states; None where it is not readable.
    """

    readable: bool
    objects: bool
    attributes: bool
    relation: bool
    said: Facts | None


def judge(caption: str, facts: Facts, language: str | None = None) -> Verdict:
    """Judge one caption by the truth of its scene, the "facts" of an item of `scenes`.

    Args:
        caption: any text; an empty one is not readable.
        facts: what is there.
        language: "en", "zh" or "fr"; all are tried, if None.

    Raises:
        TypeError: `caption` is no string.
        ValueError: an unknown language.
    """
    code = None if language is None else find(language).code
    try:
        said = parse(caption, code)
    except ValueError:
        return Verdict(False, False, False, False, None)
    shapes = Facts(tuple(thing._replace(colour=None, size=None, texture=None, place=None) for thing in said.things))
    return Verdict(True, agrees(shapes, facts), agrees(said._replace(relation=None), facts), agrees(said, facts), said)


def share_true(captions: Sequence[str], facts: Sequence[Facts], language: str | None = None) -> dict[str, float]:
    """Of many captions, the shares that are readable, and right in their objects, attributes, and relation too.

    "relations" is the share that is right of those captions which state one (NaN if none does), "things" the mean number of
    things that a readable caption names: who says little is seldom wrong.

    Raises:
        ValueError: no captions, or not as many as facts.
    """
    if len(captions) != len(facts) or not len(captions):
        raise ValueError(f"captions has {len(captions)} entries and facts {len(facts)}; accepted are as many, at least one")
    verdicts = [judge(caption, truth, language) for caption, truth in zip(captions, facts, strict=True)]
    shares = {part: float(np.mean([getattr(v, part) for v in verdicts])) for part in Verdict._fields[:4]}
    stating = [v.relation for v in verdicts if v.said and v.said.relation]
    named = [len(v.said.things) for v in verdicts if v.said]
    return shares | {"relations": float(np.mean(stating or np.nan)), "things": float(np.mean(named or np.nan))}
