"""What is asked of a representation: small tasks, each of which needs one thing that a text says.

A linear classifier on frozen vectors finds a property only where the representation keeps it (Conneau et al., What you can
cram into a single vector, ACL 2018). All generated texts describe worlds of the split that is asked for.
"""

from mmlearn import data
from mmlearn.data.scenes import Facts, Scenes, Thing
from mmlearn.data.scenes.captions import say
from mmlearn.data.scenes.chance import Chooser, seeds
from mmlearn.data.scenes.languages import LANGUAGES

Task = tuple[list[str], list[str]]
"""Texts and their labels, equally many."""

FAMILIAR, NEW = ("small", "large"), ("little", "big")


def corpus(captions: int = 4000, seed: int = 0, real: bool = True, language: str = "en") -> list[str]:
    """Texts to learn from, without labels: captions of generated training scenes, then the real ones for training.

    Args:
        captions: how many generated ones.
        seed: of these.
        real: whether captions of `stamps`, and captions, titles and descriptions of `clipart` follow.
        language: of the generated ones, "en", "fr" or "zh"; real ones are English.

    Raises:
        DataUnavailable: the real ones are wanted, and can neither be found nor fetched.
    """
    texts = Scenes("train", captions, seed, language=language, paraphrases=1).column("caption")
    if real:
        for name in ("stamps", "clipart"):
            texts += [text for one in data.load(name, split="train").column("captions") for text in one]
    return texts


def colour_task(split: str, n: int, seed: int = 0, language: str = "en") -> Task:
    """One thing, of which any other attribute may be left out: which of eight colours has it?"""
    worlds = Scenes(split, n, seed, objects=1)
    texts, labels = [], []
    for i, (facts, (number,)) in enumerate(zip(worlds.column("facts"), seeds(seed, split, "caption", n, 1), strict=True)):
        said = worlds.said(i).things[0]._replace(colour=facts.things[0].colour)
        texts.append(say(Facts((said,)), language, number))
        labels.append(said.colour)
    return texts, labels


def new_words_task(split: str, n: int, seed: int = 0) -> Task:
    """One thing: is it small or large? Training texts say so in these words, "val" and "test" say little or big.

    Who counts words has never seen those beside a label, and must guess; who knows that they are used alike need not.
    """
    worlds = Scenes(split, n, seed, objects=1, only={"size": ("small", "large")})
    wanted = FAMILIAR if split == "train" else NEW
    texts, labels = [], []
    for i, (facts, (number,)) in enumerate(zip(worlds.column("facts"), seeds(seed, split, "caption", n, 1), strict=True)):
        said = Facts((worlds.said(i).things[0]._replace(size=facts.things[0].size),))
        tries = (say(said, "en", number + more) for more in range(1000))
        texts.append(next(text for text in tries if any(word in text.lower().split() for word in wanted)))
        labels.append(facts.things[0].size)
    return texts, labels


def order_task(split: str, n: int, seed: int = 0) -> Task:
    """Two things, of different colours: which colour has the one that is said to be on the left?

    Texts come in pairs, which say the same words in another order and have different answers: "A red circle left of a blue
    star." and "A blue star left of a red circle." Who counts words is right in one of the two at best, so in half of all.

    Raises:
        ValueError: `n` is odd.
    """
    if n % 2:
        raise ValueError(f"n is {n}; accepted are even numbers, since these texts come in pairs")
    texts, labels, tongue, taken = [], [], LANGUAGES["en"], 0
    worlds = Scenes(split, 2 * n + 50, seed, objects=2)  # one in eight has two things of one colour
    for facts, (number,) in zip(worlds.column("facts"), seeds(seed, split, "order", len(worlds), 1), strict=True):
        left, right = (thing._replace(place=None) for thing in facts.things)
        if left.colour == right.colour or taken == n:
            continue
        choose = Chooser(number)
        phrases = [tongue.phrase(_shortened(thing, choose), choose, False) for thing in (left, right)]
        frame, relation = choose.of(tongue.comparisons), choose.of(tongue.relations["left of"])
        for first, second in (phrases, phrases[::-1]):
            said = frame.format(first, second, r=relation)
            texts.append(said[0].upper() + said[1:])
        labels += [left.colour, right.colour]
        taken += 2
    return texts, labels


def category_task(split: str, name: str = "clipart") -> Task:
    """Of real pictures, by their titles or captions alone: the folder that a person put them into.

    Args:
        name: "clipart" (titles; its tags would name the folder) or "stamps" (captions).

    Raises:
        DataUnavailable: they can neither be found nor fetched.
    """
    pairs = data.load(name, split=split)
    titles = [one[min(1, len(one) - 1)] for one in pairs.column("captions")]
    return titles, [labels["category"] for labels in pairs.column("labels")]


def _shortened(thing: Thing, choose: Chooser) -> Thing:
    """A thing without its size or texture, each left out half of the time."""
    return thing._replace(**{name: None for name in ("size", "texture") if choose.uniform() < 0.5})
