"""The scenes of chapter 17, in pictures of 32 × 32: one thing in the middle, medium or large, of any texture; or two things.

The pictures of a split have shapes, sizes and textures in combinations of their own (see `data.scenes.world`); with sizes and
textures left open every shape is learned from several of them, and tested on others.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mmlearn import data
from mmlearn.data.scenes import PLACES, Facts
from mmlearn.data.scenes.dataset import Scenes
from mmlearn.generate.gan.classes import condition_of
from mmlearn.generate.gan.prompts import asked, changed, sentence

SIDE = 32
ONLY = {"size": ("medium", "large"), "place": ("centre",)}
TWO = {"size": ("medium", "large"), "texture": ("plain", "striped")}  # of two things, at any two places


class Prompted(NamedTuple):
    """Sentences for pictures: k for each of n.

    Attributes:
        said: lists of k `Facts`, what each sentence says.
        texts: lists of k sentences.
        untrue: lists of k sentences, each wrong about its picture in one thing.
    """

    said: list[list[Facts]]
    texts: list[list[str]]
    untrue: list[list[str]]


def one_thing(split: str = "train", n: int = 4000, seed: int = 0) -> Scenes:
    """n scenes of one thing."""
    return data.load("scenes", split=split, n=n, seed=seed, size=SIDE, objects=1, only=ONLY)


def conditions(scenes: Scenes) -> Tensor:
    """Shape and colour of the first thing of each scene, (n, 16)."""
    return condition_of(*(torch.from_numpy(column[:, 0]).long() for column in (scenes.worlds.shape, scenes.worlds.colour)))


def prompted(scenes: Scenes, each: int = 2, seed: int = 0) -> Prompted:
    """Sentences that name shape and colour of each scene's things, and sentences that are wrong in one of them."""
    dice = np.random.default_rng([seed, len(scenes)])
    facts = scenes.column("facts")
    said = [[asked(f, dice, "things") for _ in range(each)] for f in facts]
    texts = [[sentence(s, dice) for s in some] for some in said]
    untrue = [[sentence(changed(s, f, dice), dice) for s in some] for some, f in zip(said, facts, strict=True)]
    return Prompted(said, texts, untrue)


def facts_of(scenes: Scenes) -> list[Facts]:
    """What a condition says of each scene of one thing: its shape and its colour."""
    return [Facts((f.things[0]._replace(size=None, texture=None, place=None),)) for f in scenes.column("facts")]


def lone_sentences(n: int = 4000, seed: int = 0) -> tuple[list[Facts], list[str]]:
    """What is said of n scenes like those of two things, but of one, and the sentences: so that one thing is known from two."""
    scenes = data.load("scenes", split="train", n=n, seed=seed, size=SIDE, objects=1, only=TWO, held_out="default")
    dice = np.random.default_rng([seed, n, 1])
    said = [asked(facts, dice) for facts in scenes.column("facts")]
    return said, [sentence(s, dice) for s in said]


class Described(NamedTuple):
    """A sentence for each of n scenes of two things.

    Attributes:
        said: what it says.
        texts: the sentence.
        places: where its first and its second thing stand in that scene, (n, 2), whether it says so or not.
    """

    said: list[Facts]
    texts: list[str]
    places: Tensor


def two_things(split: str = "train", n: int = 20_000, seed: int = 0) -> Scenes:
    """n scenes of two things; those of the split "held_out" are of combinations that the other splits never show."""
    return data.load("scenes", split=split, n=n, seed=seed, size=SIDE, objects=2, only=TWO, held_out="default")


def described(scenes: Scenes, way: str | None = None, seed: int = 0) -> Described:
    """A sentence for each of these scenes of two things, in one of the ways of `asked`."""
    dice = np.random.default_rng([seed, len(scenes)])
    turned = [Facts(tuple(f.things[i] for i in dice.permutation(2))) for f in scenes.column("facts")]
    said = [asked(facts, dice, way, shuffle=False) for facts in turned]
    places = torch.tensor([[PLACES.index(thing.place) for thing in facts.things] for facts in turned])
    return Described(said, [sentence(s, dice) for s in said], places)
