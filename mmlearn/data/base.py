"""What every dataset of the course is: pairs (or triples …) of media that belong together."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.utils.data import Dataset


class Pairs(Dataset):
    """A dataset whose item is one dict with a view per modality. Subclasses fill `items` lazily in `__getitem__`.

    Attributes:
        name: its registered name.
        split: "train", "val" or "test".
        modalities: names of the views in order, keys of an item, such as `("image", "caption")`.
        sample_rate: Hz of "speech" or "audio", None where there is no sound.
        groups: one id an item; items of one group never straddle splits.
    """

    name: str = ""
    split: str = "train"
    modalities: tuple[str, ...] = ()
    sample_rate: int | None = None
    groups: Sequence[Any] = ()

    def card(self) -> "Any":
        """Licence, source, size and splits (see `mmlearn.data.registry.Card`)."""
        from mmlearn.data.registry import card

        return card(self.name)

    def column(self, key: str) -> list:
        """One view of all items, as a list."""
        return [self[i][key] for i in range(len(self))]

    def __repr__(self) -> str:
        return f"{self.name}[{self.split}]: {len(self)} items of {', '.join(self.modalities)}"


def collate(items: Sequence[dict]) -> dict:
    """Stack a batch of items; views of unequal length are padded and come with a mask.

    A tensor view of equal shapes is stacked to (batch, …). One whose first axis differs in length is padded with zeros to
    (batch, longest, …), and `<key>_mask` (batch, longest) bool is true where there is data. Anything else becomes a list.

    Raises:
        ValueError: `items` is empty.
    """
    if not items:
        raise ValueError("items is empty; collate needs at least one item")
    batch = {}
    for key in items[0]:
        values = [item[key] for item in items]
        if isinstance(values[0], torch.Tensor):
            if all(v.shape == values[0].shape for v in values):
                batch[key] = torch.stack(values)
            else:
                batch[key] = torch.nn.utils.rnn.pad_sequence(values, batch_first=True)
                lengths = torch.tensor([len(v) for v in values])
                batch[f"{key}_mask"] = torch.arange(int(lengths.max())) < lengths[:, None]
        elif isinstance(values[0], (int, float, bool)):
            batch[key] = torch.tensor(values)
        else:
            batch[key] = values
    return batch
