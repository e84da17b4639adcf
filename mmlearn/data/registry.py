"""The datasets by name: where each one's code is, and its card.

To register a dataset: write its module with a function `load(split, **options) -> Pairs`, add its line to `HOMES`,
its card to `data/cards/NAME.json` and, if it must be fetched, its source to `data/sources.json`. This module imports
no torch.
"""

import difflib
import importlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmlearn.data.resources import resource

if TYPE_CHECKING:
    from mmlearn.data.base import Pairs

HOMES = {
    "scenes": "mmlearn.data.scenes",
    "stamps": "mmlearn.data.stamps",
    "clipart": "mmlearn.data.clipart",
    "fashion_mnist": "mmlearn.data.fashion_mnist",
    "fsdd": "mmlearn.data.fsdd",
    "mosi": "mmlearn.data.mosi",
    "flickr8k": "mmlearn.data.flickr8k",
}

NAMES = tuple(HOMES)


class DataUnavailable(RuntimeError):  # noqa: N818 - named for what the reader sees
    """Real data cannot be reached. Its message is one sentence or two: what, why, and the next step."""


@dataclass(frozen=True)
class Card:
    """What a reader should know of a dataset before using it.

    Attributes:
        name: its registered name.
        title: its name in words.
        what: one sentence on its content.
        made_by: who made it.
        licence: the terms it comes under.
        source: where it comes from, in words.
        homepage: a page about it, empty for generated data.
        items: how many usable items it has, 0 where the user chooses.
        splits: split name -> number of items.
        megabytes: what a first use fetches, or the size of a copy that nobody fetches for you; 0 for generated data.
        languages: of its text or speech.
        modalities: the views of an item.
        citation: how to cite it.
        harms: known harms and limits.
        stored: whether its media may be kept in stored outputs of notebooks.
    """

    name: str
    title: str
    what: str
    made_by: str
    licence: str
    source: str
    homepage: str
    items: int
    splits: dict[str, int]
    megabytes: int
    languages: tuple[str, ...]
    modalities: tuple[str, ...]
    citation: str
    harms: str
    stored: bool


def known(name: str) -> str:
    """Return `name` if it is registered.

    Raises:
        ValueError: it is not; the message names what is, the closest first.
    """
    if name in HOMES:
        return name
    close = difflib.get_close_matches(str(name).lower(), NAMES, n=1, cutoff=0.5)
    meant = f"; did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"name is {name!r}, accepted are {', '.join(NAMES)}{meant}")


def load(name: str, split: str = "train", **options: object) -> "Pairs":
    """A registered dataset.

    Args:
        name: one of `NAMES`.
        split: "train", "val" or "test"; the real datasets also give "all", from which other splits can be drawn.
        options: the dataset's own (see its module).

    Raises:
        ValueError: an unknown name, split or value of an option.
        TypeError: an option the dataset does not have.
        DataUnavailable: real data that can neither be found nor fetched.
    """
    return importlib.import_module(HOMES[known(name)]).load(split=split, **options)


def card(name: str) -> Card:
    """Licence, source, size, splits and known harms of a dataset.

    Raises:
        ValueError: an unknown name.
    """
    fields = json.loads(resource(f"cards/{known(name)}.json").read_text(encoding="utf-8"))
    fields["languages"], fields["modalities"] = tuple(fields["languages"]), tuple(fields["modalities"])
    return Card(name=name, **fields)
