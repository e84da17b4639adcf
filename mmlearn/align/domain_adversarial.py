"""Domain adaptation by an adversary: features that tell the label, and do not tell where a picture came from.

Ganin et al., Domain-Adversarial Training of Neural Networks, JMLR 2016 (DANN). The label head learns on the source, which has
labels; the domain head on both, behind a gradient reversal.
"""

import math
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from torch import Tensor, nn
from torch.nn import functional

from mmlearn import train
from mmlearn.align.domain import check_domains
from mmlearn.align.trained import network
from mmlearn.arrays import as_matrix, as_numpy
from mmlearn.layers import reverse_gradient


class DANN(BaseEstimator, ClassifierMixin):
    """A network with two heads on its features: one says the label, of the source; the other, behind a gradient reversal,
    from which domain a row is.

    Args:
        n_components: width of the features.
        strength: λ of the reversal at the end; it grows from 0 as 2 / (1 + exp(-10 p)) - 1, p being the share of steps done
            (section 5.2.2 of the paper). 0 trains on the source alone.
        steps, batch: updates, and rows of each domain in each.
        lr, weight_decay: of AdamW.
        seed: of all random numbers.

    Attributes:
        classes_: the labels.
        model_: the trained networks.
        history_: its `parts` are "label" and "domain", the two losses, and the domain head's "accuracy"; guessing gives 0.5.
    """

    def __init__(
        self, n_components: int = 64, *, strength: float = 1.0, steps: int = 300, batch: int = 64, lr: float = 1e-3,
        weight_decay: float = 0.01, seed: int = 0,
    ):  # fmt: skip
        self.n_components, self.strength, self.steps, self.batch = n_components, strength, steps, batch
        self.lr, self.weight_decay, self.seed = lr, weight_decay, seed

    def fit(self, source: Any, labels: Any, target: Any) -> "DANN":
        """Learn from source rows (n, d) with labels (n,), and target rows (m, d) without.

        Raises:
            ValueError: unfit matrices, unequal widths, labels that are not one a source row or are all the same.
        """
        source, target = check_domains(source, target)
        labels = as_numpy(labels, "labels")
        if labels.shape != (len(source),):
            raise ValueError(f"labels has shape {labels.shape}; accepted is one label a row of source, ({len(source)},)")
        self.classes_, y = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"labels has the one label {labels[0]!r}; there must be at least two")
        both = np.concatenate([source, target])
        self.mean_, self.scale_ = both.mean(axis=0), float(both.std()) or 1.0
        torch.manual_seed(self.seed)
        self.model_ = TwoHeads(source.shape[1], self.n_components, len(self.classes_), self.strength, self.steps)
        rows = torch.utils.data.TensorDataset(self._scaled(source), torch.from_numpy(y))
        batch = min(self.batch, len(rows))
        loader = torch.utils.data.DataLoader(rows, batch_size=batch, shuffle=True, drop_last=True)
        others = self._scaled(target)
        self.history_ = train.fit(
            self.model_, loader, lambda model, rows: model(*rows, others[torch.randint(len(others), (batch,))]),
            optimizer=torch.optim.AdamW(self.model_.parameters(), lr=self.lr, weight_decay=self.weight_decay),
            steps=self.steps, schedule=train.one_cycle(self.steps) if self.steps > 1 else None, clip=1.0, seed=self.seed,
            progress=False, device="cpu",
        )  # fmt: skip
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The label of each row (n, d), of either domain."""
        rows = self._rows(X)
        with torch.no_grad():
            return self.classes_[self.model_.label(self.model_.see(rows)).argmax(dim=1).numpy()]

    def transform(self, X: Any) -> np.ndarray:
        """The features of each row, (n, n_components)."""
        with torch.no_grad():
            return self.model_.see(self._rows(X)).numpy()

    def _rows(self, X: Any) -> Tensor:
        if not hasattr(self, "model_"):
            raise NotFittedError("this DANN has not been fitted; call fit(source, labels, target) first")
        X = as_matrix(X, "X")
        if X.shape[1] != len(self.mean_):
            raise ValueError(f"X has {X.shape[1]} columns; it was fitted with {len(self.mean_)}")
        return self._scaled(X)

    def _scaled(self, X: np.ndarray) -> Tensor:
        return torch.from_numpy(((X - self.mean_) / self.scale_).astype(np.float32))


class TwoHeads(nn.Module):
    """Features (b, k) of rows (b, d), one head for labels and one for domains.

    Args:
        inputs, width, classes: d, k and the number of labels.
        strength: of the reversal when training ends.
        steps: in how many it grows to that.
    """

    def __init__(self, inputs: int, width: int, classes: int, strength: float, steps: int):
        super().__init__()
        self.see = nn.Sequential(nn.Linear(inputs, width), nn.GELU())
        self.label, self.domain = nn.Linear(width, classes), network([width, width, 2])
        self.strength, self.steps, self.done = strength, steps, 0

    def forward(self, source: Tensor, y: Tensor, target: Tensor) -> dict[str, Tensor]:
        """Source rows with labels and as many target rows -> "loss", its two parts, and the domain head's "accuracy"."""
        self.done += 1
        grown = 2 / (1 + math.exp(-10 * self.done / self.steps)) - 1
        seen = self.see(torch.cat([source, target]))
        label = functional.cross_entropy(self.label(seen[: len(source)]), y)
        where = torch.arange(2, device=y.device).repeat_interleave(len(source))
        logits = self.domain(reverse_gradient(seen, self.strength * grown))
        domain = functional.cross_entropy(logits, where)
        accuracy = (logits.argmax(dim=1) == where).float().mean()
        return {"loss": label + domain, "label": label, "domain": domain, "accuracy": accuracy}
