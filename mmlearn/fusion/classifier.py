"""A fusion with a linear layer on top, trained by one recipe, so that variants differ in nothing but how they fuse."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.arrays import as_matrix, as_numpy
from mmlearn.fusion import make
from mmlearn.fusion.missing import drop_modalities


class Classifier(BaseEstimator):
    """Labels from several modalities: `make(name, …, width)`, a linear layer, cross-entropy.

    Columns are scaled to mean 0 and variance 1 on the training rows; those that do not vary become 0. With validation rows
    the weights of the best moment are kept, by their log-loss.

    Args:
        name: the variant, one of `fusion.NAMES`.
        width: how wide the fused vector is.
        options: what the variant takes besides, such as {"rank": 4} of "low_rank".
        steps, batch: updates, and rows in each (all there are, if they are fewer).
        lr, weight_decay: of AdamW.
        every: steps from one look at the validation rows to the next.
        modality_dropout: in training, the probability with which each modality of each row is left out; see `drop_modalities`.
        seed: of all random numbers.

    Attributes:
        network_: the trained `Network`.
        classes_: the labels, in the order of the columns of `predict_proba`.
        means_, scales_: of each modality's columns, (d,).
        history_: what `train.fit` tells.
    """

    def __init__(
        self, name: str = "concat", *, width: int = 64, options: dict[str, Any] | None = None, steps: int = 600, batch: int = 128,
        lr: float = 3e-3, weight_decay: float = 0.01, every: int = 10, modality_dropout: float = 0.0, seed: int = 0,
    ):  # fmt: skip
        self.name, self.width, self.options = name, width, options
        self.steps, self.batch, self.lr, self.weight_decay = steps, batch, lr, weight_decay
        self.every, self.modality_dropout, self.seed = every, modality_dropout, seed

    def fit(self, views: Sequence[Any], labels: Any, validation: tuple[Sequence[Any], Any] | None = None) -> "Classifier":
        """Learn from views, one (n, d) a modality, and labels (n,); `validation` is (views, labels) of other rows.

        Raises:
            ValueError: unequal numbers of rows, other widths in validation, a label that is only there, or one class.
        """
        from mmlearn import train

        views = [as_matrix(view, f"views[{m}]") for m, view in enumerate(views)]
        self.classes_ = np.unique(as_numpy(labels, "labels"))
        if len(self.classes_) < 2:
            raise ValueError(f"labels has the one class {str(self.classes_[0])!r}; there is nothing to learn below two")
        if len({len(view) for view in views}) > 1:
            raise ValueError(f"views have {[len(view) for view in views]} rows; each needs one row an example")
        self._prepare(views)
        rows = _Rows(*self._scaled(views), self._targets(labels, len(views[0])))
        batch = {"batch_size": min(self.batch, len(rows)), "drop_last": True, "collate_fn": lambda columns: columns}
        loader = torch.utils.data.DataLoader(rows, shuffle=True, **batch)
        optimizer = torch.optim.AdamW(self.network_.parameters(), lr=self.lr, weight_decay=self.weight_decay)
        self.history_ = train.fit(
            self.network_, loader, lambda network, batch: functional.cross_entropy(network(*batch[:-1]), batch[-1]),
            steps=self.steps, optimizer=optimizer, every=self.every, seed=self.seed, progress=False, higher_is_better=False,
            validate=None if validation is None else lambda _: self.log_loss(*validation),
        )  # fmt: skip
        return self

    def predict_proba(self, views: Sequence[Any], mask: Any = None) -> np.ndarray:
        """The probability of each class, (n, classes).

        Args:
            views: one (n, d) a modality, or None for one that is missing in all rows.
            mask: (n, modalities) bool, true where a modality is there.
        """
        device = next(self.network_.parameters()).device
        scaled = [None if x is None else x.to(device) for x in self._scaled(views)]
        there = None if mask is None else torch.as_tensor(mask, device=device)
        self.network_.eval()
        with torch.no_grad():
            return self.network_(*scaled, mask=there).float().softmax(1).cpu().numpy()

    def predict(self, views: Sequence[Any], mask: Any = None) -> np.ndarray:
        """The likeliest label of each row, (n,)."""
        return self.classes_[self.predict_proba(views, mask).argmax(1)]

    def score(self, views: Sequence[Any], labels: Any, mask: Any = None) -> float:
        """The share of rows whose likeliest label is right."""
        return float((self.predict(views, mask) == as_numpy(labels, "labels")).mean())

    def log_loss(self, views: Sequence[Any], labels: Any, mask: Any = None) -> float:
        """The mean of minus the natural logarithm of the right label's probability."""
        p = self.predict_proba(views, mask)
        right = p[np.arange(len(p)), self._targets(labels, len(p)).numpy()]
        return float(-np.log(np.maximum(right, np.finfo(np.float32).tiny)).mean())

    def _prepare(self, views: Sequence[np.ndarray]) -> None:
        """The scale of each column, and the untrained network."""
        self.means_ = [view.mean(axis=0) for view in views]
        spreads = [view.std(axis=0) for view in views]
        self.scales_ = [np.where(s > 1e-6 * (1 + np.abs(m)), s, np.inf) for s, m in zip(spreads, self.means_, strict=True)]
        torch.manual_seed(self.seed)
        fuse = make(self.name, [view.shape[1] for view in views], self.width, **(self.options or {}))
        self.network_ = Network(fuse, len(self.classes_), self.modality_dropout)

    def _scaled(self, views: Sequence[Any]) -> list[Tensor | None]:
        if len(views) != len(self.means_):
            raise ValueError(f"views has {len(views)} modalities; it was fitted with {len(self.means_)}")
        named = [None if view is None else as_matrix(view, f"views[{m}]") for m, view in enumerate(views)]
        columns = zip(named, self.means_, self.scales_, strict=True)
        return [None if x is None else torch.from_numpy(((x - m) / s).astype(np.float32)) for x, m, s in columns]

    def _targets(self, labels: Any, n: int) -> Tensor:
        """(n,) whole numbers: the column of each label."""
        labels = as_numpy(labels, "labels")
        if labels.shape != (n,):
            raise ValueError(f"labels has shape {labels.shape}; accepted is one a row, ({n},)")
        if unknown := set(labels.tolist()) - set(self.classes_.tolist()):
            raise ValueError(f"labels has {sorted(unknown)}, which no training row has")
        return torch.from_numpy(np.searchsorted(self.classes_, labels))


class _Rows(torch.utils.data.TensorDataset):
    """Rows that are taken a batch at a time: one by one, as a loader does otherwise, is a third of all the time."""

    def __getitems__(self, numbers: list[int]) -> list[Tensor]:
        chosen = torch.tensor(numbers)
        return [column[chosen] for column in self.tensors]


class Network(nn.Module):
    """Logits (batch, classes) from one (batch, d) a modality: a fusion and a linear layer, in training with modality dropout."""

    def __init__(self, fuse: nn.Module, classes: int, modality_dropout: float = 0.0):
        super().__init__()
        self.fuse, self.decide, self.modality_dropout = fuse, nn.Linear(fuse.out_dim, classes), modality_dropout

    def forward(self, *views: Tensor | None, mask: Tensor | None = None) -> Tensor:
        if self.training and self.modality_dropout:
            mask = drop_modalities(self._there(views) if mask is None else mask, self.modality_dropout)
        return self.decide(self.fuse(*views, mask=mask))

    def _there(self, views: Sequence[Tensor | None]) -> Tensor:
        """(batch, modalities) bool: all of a view that is given."""
        first = next(x for x in views if x is not None)
        return torch.tensor([x is not None for x in views], device=first.device).expand(len(first), -1)
