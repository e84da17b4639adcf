"""Aligners that learn by gradient descent: a network for each view, and a loss on what they make of a batch of pairs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn import train
from mmlearn.align.base import Aligner, check_views
from mmlearn.evaluate import cosine_similarity, recall_at_k


def network(widths: Sequence[int], dropout: float = 0.0) -> nn.Sequential:
    """Linear layers of these widths with GELU between them: (batch, widths[0]) -> (batch, widths[-1]).

    Dropout comes before the first layer, where it makes the network do without any one feature.
    """
    layers: list[nn.Module] = [nn.Dropout(dropout)] if dropout else []
    for i, (ins, outs) in enumerate(zip(widths, widths[1:], strict=False)):
        layers += [nn.GELU(), nn.Linear(ins, outs)] if i else [nn.Linear(ins, outs)]
    return nn.Sequential(*layers)


class Views(nn.Module):
    """A network for each view, and the criterion, which may learn too (a temperature, a discriminator)."""

    def __init__(self, networks: Sequence[nn.Module], criterion: nn.Module):
        super().__init__()
        self.networks, self.criterion = nn.ModuleList(networks), criterion

    def forward(self, views: Sequence[Tensor]) -> Tensor:
        """One (batch, d_i) a view, and whatever else the criterion takes of the batch -> the loss."""
        views, rest = views[: len(self.networks)], views[len(self.networks) :]
        return self.criterion([net(view) for net, view in zip(self.networks, views, strict=True)], *rest)


class TrainedAligner(Aligner):
    """What aligners that are trained have in common. A subclass writes `_criterion()`, a module from embeddings, one
    (batch, k) a view, to a loss; and may write `_validate(embeddings)`, a score of which more is better.

    Each view is centred and divided by one number, its standard deviation over all columns.

    Args:
        n_components: k, the width of the common space.
        hidden: widths of the layers before the last; () makes each network one linear map.
        dropout: the share of input features left out at random in training.
        steps, batch: updates, and pairs in each (all there are, if they are fewer).
        lr, weight_decay: of AdamW.
        every: steps from one look at the validation pairs to the next.
        seed: of all random numbers.

    Attributes:
        model_: the trained `Views`.
        history_: what `train.fit` tells: the losses, and the validation scores if there were any.
        n_features_: the columns of each view.
    """

    def __init__(
        self, n_components: int = 256, *, hidden: Sequence[int] = (), dropout: float = 0.0, steps: int = 400, batch: int = 512,
        lr: float = 1e-3, weight_decay: float = 0.1, every: int = 40, seed: int = 0,
    ):  # fmt: skip
        self.n_components, self.hidden, self.dropout = n_components, hidden, dropout
        self.steps, self.batch, self.lr, self.weight_decay = steps, batch, lr, weight_decay
        self.every, self.seed = every, seed

    @classmethod
    def _get_param_names(cls) -> list[str]:
        """scikit-learn's list of parameters: those of a subclass and those of its parents, so that none are repeated."""
        parents = [parent for parent in cls.__mro__[1:] if issubclass(parent, TrainedAligner)]
        names = [name for each in (cls, *parents) if "__init__" in vars(each) for name in _parameters(each)]
        return sorted(set(names))

    def _criterion(self) -> nn.Module:
        raise NotImplementedError

    def _validate(self, embeddings: Sequence[np.ndarray]) -> float:
        """R@10 by cosine (R@1 among fewer than 20 pairs), the mean of both directions, of the first two views."""
        A, B = embeddings[:2]
        S, k = cosine_similarity(A, B), 10 if len(A) >= 20 else 1
        return (recall_at_k(S, k) + recall_at_k(S.T, k)) / 2

    def fit(self, X: Any, Y: Any = None, *, validation: Sequence[Any] | None = None) -> "TrainedAligner":
        """Learn from pairs (X, Y) or [X, Y, …]; with `validation`, other pairs in one list, keep the best moment by them.

        Raises:
            ValueError: see `check_views`; fewer than two pairs; validation views that do not fit.
        """
        return self._fit(X, Y, validation)

    def _fit(self, X: Any, Y: Any, validation: Sequence[Any] | None, groups: Any = None) -> "TrainedAligner":
        """`fit`; `groups`, a label for each pair, go to the criterion as whole numbers, after the embeddings."""
        views = check_views(X, Y)
        if len(views[0]) < 2:
            raise ValueError("at least 2 pairs are needed to tell a pair from a mismatch; got 1")
        self._prepare(views)
        held_out = None if validation is None else self._held_out(validation)
        columns = [self._scaled(view, i) for i, view in enumerate(views)]
        columns += [] if groups is None else [_numbered(groups, len(views[0]))]
        rows = torch.utils.data.TensorDataset(*columns)
        batch = min(self.batch, len(views[0]))
        loader = torch.utils.data.DataLoader(rows, batch_size=batch, shuffle=True, drop_last=True)
        optimizer = torch.optim.AdamW(self.model_.parameters(), lr=self.lr, weight_decay=self.weight_decay)
        self.history_ = train.fit(
            self.model_, loader, lambda model, batch: model(batch), steps=self.steps, optimizer=optimizer, every=self.every,
            schedule=train.one_cycle(self.steps) if self.steps > 1 else None, clip=1.0, seed=self.seed, progress=False,
            validate=None if held_out is None else lambda _: self._validate(self._outputs(held_out)),
        )  # fmt: skip
        return self

    def _prepare(self, views: Sequence[np.ndarray]) -> None:
        """What is learned without gradients: the scale of each view; and the untrained networks."""
        self.n_features_ = tuple(view.shape[1] for view in views)
        self.means_ = [view.mean(axis=0) for view in views]
        self.scales_ = [float((view - mean).std()) or 1.0 for view, mean in zip(views, self.means_, strict=True)]
        torch.manual_seed(self.seed)
        self.model_ = Views(self._networks(), self._criterion())

    def _networks(self) -> list[nn.Module]:
        """The untrained network of each view."""
        return [network([d, *self.hidden, self.n_components], self.dropout) for d in self.n_features_]

    def _held_out(self, validation: Sequence[Any]) -> list[np.ndarray]:
        views = check_views(validation)
        if len(views) != len(self.n_features_):
            raise ValueError(f"validation must have {len(self.n_features_)} views, as the pairs to fit; got {len(views)}")
        return [self._check_columns(view, i) for i, view in enumerate(views)]

    def _scaled(self, view: np.ndarray, i: int) -> Tensor:
        return torch.from_numpy(((view - self.means_[i]) / self.scales_[i]).astype(np.float32))

    @torch.no_grad()
    def _outputs(self, views: Sequence[np.ndarray]) -> list[np.ndarray]:
        return [self._embed(view, i) for i, view in enumerate(views)]

    @torch.no_grad()
    def _embed(self, view: np.ndarray, i: int) -> np.ndarray:
        net = self.model_.networks[i].eval()
        device = next(self.model_.parameters()).device
        return net(self._scaled(view, i).to(device)).cpu().numpy()


def _numbered(groups: Any, n: int) -> Tensor:
    """Labels of any kind (n,) as whole numbers."""
    labels = np.asarray(groups)
    if labels.shape != (n,):
        raise ValueError(f"groups has shape {labels.shape}; accepted is one label a pair, ({n},)")
    return torch.from_numpy(np.unique(labels, return_inverse=True)[1])


def _parameters(cls: type) -> list[str]:
    """The names of a class's own parameters, without self and collected ones."""
    import inspect

    signature = inspect.signature(cls.__init__).parameters.values()
    return [p.name for p in signature if p.name != "self" and p.kind is not p.VAR_KEYWORD]
