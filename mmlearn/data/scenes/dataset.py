"""The dataset: worlds, and each medium's view of them made when it is asked for."""

import warnings
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch

from mmlearn.data.base import Pairs
from mmlearn.data.scenes import chance, espeak, information, options, speech, world
from mmlearn.data.scenes.captions import plan, sentence
from mmlearn.data.scenes.chance import Chooser
from mmlearn.data.scenes.facts import COLOURS, VALUES, Facts
from mmlearn.data.scenes.languages import LANGUAGES
from mmlearn.data.scenes.questions import Question, questions
from mmlearn.data.scenes.render import Painter


class Scenes(Pairs):
    """Generated scenes: images, captions, speech, questions, and the truth.

    An item is a dict:
        "image" uint8 tensor (3, size, size);
        "caption" str, in `language`;
        "captions" list of str: `paraphrases` of each of `languages` in turn, the first of `language` being "caption";
            the k-th of every language say the same facts;
        "speech" float32 tensor (samples,) at `sample_rate`, the caption said by "speaker" (int, index into
            `scenes.SPEAKERS`) — with `speech`;
        "questions" list of `Question` — with `questions`;
        "shape" "colour" "size" "texture" "place" int: the first thing's, in reading order, as indices into
            `scenes.SHAPES` and so on; "count" int; "facts" the whole truth (`Facts`);
        "label" int — with `task`; "group" int.

    Args:
        split: "train", "val", "test", or "held_out": worlds with a combination of `held_out`, which others never have.
        n: number of items; item i does not depend on it.
        size: width and height in pixels, 32 to 1024.
        objects: number of things, or (least, most), from 1 to 3.
        difficulty: 0 (clean) to 1 (specks and noise); hides nothing.
        detail: probability with which a caption says each attribute besides the shape.
        language: "en", "zh" or "fr"; `languages`: those of "captions", `language` alone if None.
        paraphrases: captions a language.
        speech: True speaks (tones, with a warning, where espeakng-loader is not installed); "tones" never speaks.
        questions: how many an item.
        only: attribute -> values allowed, such as {"shape": ["circle", "star"]}.
        held_out: combinations of values such as [("red", "circle")], or "default" for `world.HELD_OUT`.
        task: "redundant", "complementary" or "xor" over image, caption and (with `speech`) speech; `flip` and `erase`
            map a modality to a probability (see `information`). In a task, image, caption and speech each show a
            symbol of their own as the colour of the first thing; the truth is that of the image.

    Raises:
        ValueError: an option out of range; the message names it and what is accepted.
    """

    name = "scenes"

    def __init__(
        self,
        split: str = "train",
        n: int = 2000,
        seed: int = 0,
        *,
        size: int = 64,
        objects: int | tuple[int, int] = (1, 3),
        difficulty: float = 0.0,
        detail: float = 0.75,
        language: str = "en",
        languages: Sequence[str] | None = None,
        paraphrases: int = 3,
        speech: bool | str = False,
        questions: int = 0,
        only: dict[str, Sequence[str]] | None = None,
        held_out: str | Sequence[Sequence[str]] | None = None,
        task: str | None = None,
        flip: dict[str, float] | None = None,
        erase: dict[str, float] | None = None,
    ):
        options.check_sizes(n=n, seed=seed, size=size, paraphrases=paraphrases, questions=questions)
        options.check_shares(difficulty=difficulty, detail=detail)
        options.check_task(task, flip, erase, held_out, only)
        self.split, self.seed, self.detail, self.paraphrases = split, seed, detail, paraphrases
        self.languages = options.spoken(language, languages)
        self.speech_is = _speech_is(speech)
        self.modalities = ("image", "caption", *(("speech",) if speech else ()))
        self.sample_rate = espeak.RATE if speech else None
        self.task = information.make(task, self.modalities, flip, erase) if task else None
        self.worlds = world.draw(options.kind(split, objects, only, held_out, bool(task)), n, seed)
        self.labels, self.shown = self._show_symbols()
        self.groups = self.worlds.group.tolist()
        self._facts = list(self.worlds.facts())
        self._painter = Painter(self.worlds, size, difficulty, seed, split)
        streams = {"caption": paraphrases, "speech": 2, "questions": 1}
        self._seeds = {medium: chance.seeds(seed, split, medium, n, k) for medium, k in streams.items()}
        self._views = self._make_views(questions)

    def __len__(self) -> int:
        return len(self._facts)

    def __getitem__(self, i: int) -> dict:
        i = self._index(i)
        captions = self._captions(i)  # the first is "caption": made once
        said = {"caption": captions[0], "captions": captions}
        return {key: said[key] if key in said else view(i) for key, view in self._views.items()}

    def column(self, key: str) -> list:
        """One view of all items, without making the others.

        Raises:
            KeyError: no such view.
        """
        if key not in self._views:
            raise KeyError(f"key is {key!r}; these items have {', '.join(self._views)}")
        return [self._views[key](i) for i in range(len(self))]

    def images(self) -> torch.Tensor:
        """All images at once, (n, 3, size, size) uint8."""
        return torch.from_numpy(self._painter.images())

    def caption(self, i: int, language: str | None = None, paraphrase: int = 0) -> str:
        """One caption of item i, in any of the languages."""
        said = self.said(i, paraphrase)
        return sentence(
            said, LANGUAGES[language or self.languages[0]], Chooser(self._seeds["caption"][i][paraphrase] + 1)
        )

    def said(self, i: int, paraphrase: int = 0) -> Facts:
        """The facts that a caption of item i states, the same in each language."""
        choose = Chooser(self._seeds["caption"][i][paraphrase])
        return plan(self._told(i, "caption"), choose, self.detail, key=0 if self.task else None)

    def ceilings(self) -> dict[str, float]:
        """The best possible accuracy for "label" of every set of modalities, exact (see `information`).

        Raises:
            ValueError: the scenes were loaded without a task.
        """
        if self.task is None:
            raise ValueError(f"task is None; ceilings are known with task={' or '.join(map(repr, information.TASKS))}")
        return self.task.ceilings()

    def _make_views(self, asked: int) -> dict[str, Callable[[int], object]]:
        """A function of the index for each key of an item."""
        views: dict[str, Callable[[int], object]] = {
            "image": self.image,
            "caption": self.caption,
            "captions": self._captions,
        }
        if self.speech_is:
            views |= {"speech": self._speech, "speaker": self._speaker}
        if asked:
            views["questions"] = partial(self._questions, asked)
        for attribute in VALUES:
            views[attribute] = getattr(self.worlds, attribute)[:, 0].tolist().__getitem__
        views |= {"count": self.worlds.count.tolist().__getitem__, "facts": self._facts.__getitem__}
        if self.task:
            views["label"] = self.labels.tolist().__getitem__
        return views | {"group": self.groups.__getitem__}

    def image(self, i: int) -> torch.Tensor:
        """Image i alone, (3, size, size) uint8."""
        return torch.from_numpy(self._painter.image(i))

    def _captions(self, i: int) -> list[str]:
        plans = [self.said(i, k) for k in range(self.paraphrases)]
        return [
            sentence(said, LANGUAGES[code], Chooser(seed + 1))
            for code in self.languages
            for said, seed in zip(plans, self._seeds["caption"][i], strict=True)
        ]

    def _speech(self, i: int) -> torch.Tensor:
        """The caption said aloud; in a task, a caption of its own that shows speech's symbol."""
        text = self.caption(i)
        if self.task:
            said = plan(self._told(i, "speech"), Chooser(self._seeds["speech"][i][1]), self.detail, key=0)
            text = sentence(said, LANGUAGES[self.languages[0]], Chooser(self._seeds["speech"][i][1] + 1))
        make = speech.speak if self.speech_is == "speech" else speech.tones
        speaker = list(speech.SPEAKERS)[self._speaker(i)]
        return torch.from_numpy(make(text, self.languages[0], speaker, self._seeds["speech"][i][1]))

    def _speaker(self, i: int) -> int:
        return int(Chooser(self._seeds["speech"][i][0]).uniform() * len(speech.SPEAKERS))

    def _questions(self, number: int, i: int) -> list[Question]:
        return questions(self._facts[i], number, Chooser(self._seeds["questions"][i][0]), self.languages[0])

    def _told(self, i: int, medium: str) -> Facts:
        """What a medium of words knows: the truth, or in a task the truth with its own symbol for a colour."""
        if self.task is None:
            return self._facts[i]
        symbol = int(self.shown[i, self.modalities.index(medium)])
        colour = None if symbol == information.ERASED else information.SYMBOL_COLOURS[symbol]
        first, *others = self._facts[i].things
        return Facts((first._replace(colour=colour), *others))

    def _show_symbols(self) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Draw labels (n,) and symbols (n, modalities), and paint each world's first thing in the image's symbol."""
        if self.task is None:
            return None, None
        u = chance.rows(self.seed, self.split, "task", len(self.worlds), 9).reshape(-1, 3, 3)
        labels, shown = self.task.draw(u[:, :, : len(self.modalities)])
        colours = np.array([COLOURS.index(colour) for colour in information.SYMBOL_COLOURS])
        self.worlds.colour[:, 0] = colours[shown[:, 0]]
        return labels, shown

    def _index(self, i: int) -> int:
        if not -len(self) <= i < len(self):
            raise IndexError(f"item {i} of {len(self)} scenes")
        return int(i) % len(self)


def _speech_is(wanted: bool | str) -> str | None:
    """What stands for speech: "speech", "tones" or nothing."""
    if wanted not in (True, False, "tones"):
        raise ValueError(f"speech is {wanted!r}; accepted are True, False, 'tones'")
    if wanted is True and not espeak.installed():
        warnings.warn("espeakng-loader is not installed: tones stand in for speech", stacklevel=3)
        return "tones"
    return {True: "speech", False: None}.get(wanted, wanted)
