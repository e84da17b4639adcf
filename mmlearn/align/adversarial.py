"""A common space in which nothing tells whether a vector was a picture or a caption.

Pairs are pulled together, and a discriminator, which learns to tell the views apart, is worked against through a gradient
reversal (Wang et al., Adversarial Cross-Modal Retrieval, ACM Multimedia 2017, with the reversal of Ganin et al., JMLR 2016).
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.align.contrastive import InfoNCE, unit
from mmlearn.align.trained import TrainedAligner, network
from mmlearn.layers import reverse_gradient


class PairsAndDiscriminator(nn.Module):
    """InfoNCE of the pairs, and the cross-entropy of a discriminator behind a gradient reversal.

    The discriminator sees embeddings of length one, since only their directions are compared in a search.

    Args:
        width: k, of an embedding.
        views: how many it tells apart.
        strength: of the reversal; 0 lets the discriminator watch without being worked against.
        temperature: InfoNCE's to begin with.
        hidden: the discriminator's hidden width.
    """

    def __init__(self, width: int, views: int = 2, strength: float = 1.0, temperature: float = 0.05, hidden: int = 128):
        super().__init__()
        self.strength = strength
        self.pairs = InfoNCE(temperature)
        self.discriminator = network([width, hidden, views])

    def forward(self, embeddings: Sequence[Tensor]) -> dict[str, Tensor]:
        """One (batch, k) a view -> "loss", and to be recorded the two in it and the "accuracy" of the discriminator."""
        pairs = self.pairs(embeddings)
        rows = torch.cat([unit(e) for e in embeddings])
        view = torch.arange(len(embeddings), device=rows.device).repeat_interleave(len(embeddings[0]))
        logits = self.discriminator(reverse_gradient(rows, self.strength))
        told_apart = functional.cross_entropy(logits, view)
        accuracy = (logits.argmax(dim=1) == view).float().mean()
        return {"loss": pairs + told_apart, "pairs": pairs, "discriminator": told_apart, "accuracy": accuracy}


class Adversarial(TrainedAligner):
    """A network for each view, trained with InfoNCE against a discriminator of views.

    Args:
        strength: λ, how much the networks give for confusing the discriminator; 0 is InfoNCE alone, watched.
        temperature: InfoNCE's to begin with.
        discriminator: its hidden width.
        training: the arguments of `TrainedAligner`.

    Attributes:
        history_: its `parts` are "pairs" and "discriminator", the two losses, and the discriminator's "accuracy" on each batch;
            guessing gives 1 / views.
    """

    def __init__(self, *, strength: float = 1.0, temperature: float = 0.05, discriminator: int = 128, **training: Any):
        super().__init__(**training)
        self.strength, self.temperature, self.discriminator = strength, temperature, discriminator

    def _criterion(self) -> nn.Module:
        views = len(self.n_features_)
        return PairsAndDiscriminator(self.n_components, views, self.strength, self.temperature, self.discriminator)
