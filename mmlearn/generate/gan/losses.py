"""What a generator and a discriminator play for. Scores are logits: any real number, large for "real".

Goodfellow et al., Generative Adversarial Nets, NIPS 2014, for "minimax" and "non-saturating"; the hinge is that of Lim and Ye
(Geometric GAN, 2017), as Miyato et al. use it (Spectral Normalization for GANs, ICLR 2018).
"""

import torch
from torch import Tensor
from torch.nn import functional

KINDS = ("hinge", "non-saturating", "minimax")


def discriminator_loss(real: Tensor, fake: Tensor, mismatched: Tensor | None = None, kind: str = "hinge") -> Tensor:
    """What the discriminator makes small: real pictures should score high, all others low.

    Matching-aware (Reed et al., Generative Adversarial Text to Image Synthesis, ICML 2016): a real picture beside a text that
    is not its own is wrong too, and makes half of what must score low. Otherwise “real” and “fits” are never seen apart.

        hinge            mean max(0, 1 - real) + mean max(0, 1 + fake)
        the two others   mean softplus(-real)  + mean softplus(fake)      = -log σ(real) - log(1 - σ(fake))

    Args:
        real: logits of real pictures, each beside its own condition, of any shape.
        fake: logits of generated pictures.
        mismatched: logits of real pictures beside a condition that is not true of them.
        kind: "hinge", "non-saturating" or "minimax".

    Raises:
        ValueError: an unknown kind, or no logits at all.
    """
    _check(kind, real, fake)
    if kind == "hinge":
        right, wrong = functional.relu(1 - real), [functional.relu(1 + x) for x in (fake, mismatched) if x is not None]
    else:
        right, wrong = functional.softplus(-real), [functional.softplus(x) for x in (fake, mismatched) if x is not None]
    return right.mean() + torch.stack([x.mean() for x in wrong]).mean()


def generator_loss(fake: Tensor, kind: str = "hinge") -> Tensor:
    """What the generator makes small: its pictures should score high.

        hinge            mean -fake
        non-saturating   mean softplus(-fake)   = -log σ(fake)
        minimax          mean -softplus(fake)   = log(1 - σ(fake)), flat where the discriminator is sure

    Args:
        fake: logits of generated pictures, each beside the condition it was made from.
        kind: "hinge", "non-saturating" or "minimax".

    Raises:
        ValueError: an unknown kind, or no logits.
    """
    _check(kind, fake)
    if kind == "hinge":
        return -fake.mean()
    return functional.softplus(-fake).mean() if kind == "non-saturating" else -functional.softplus(fake).mean()


def _check(kind: str, *logits: Tensor) -> None:
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; accepted are {', '.join(map(repr, KINDS))}")
    if any(x.numel() == 0 for x in logits):
        raise ValueError("there are no logits; a loss needs at least one picture on each side")
