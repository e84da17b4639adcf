"""Losses: how unlikely the model finds what really happened, as one number to make small.

Both follow from one idea, maximum likelihood. Say how probable the model makes the data, take the logarithm, change its
sign, and take the mean over the examples: Gaussian noise gives the squared error, a choice among classes the cross-entropy
(Bishop, Pattern Recognition and Machine Learning, 2006, sections 1.2.5 and 4.3.4). NaN passes through, so that the
training loop, which sees weights and data too, can say where it came from.
"""

import torch
from torch import Tensor


def mse(predicted: Tensor, target: Tensor) -> Tensor:
    """The mean of (predicted - target)² over all entries. Its gradient is 2 (predicted - target) / entries.

    Raises:
        ValueError: the shapes differ, if only as (n, 1) and (n,), which would silently compare everything with everything;
            or there is nothing in them.
    """
    if predicted.shape != target.shape or not predicted.numel():
        raise ValueError(
            f"predicted has shape {tuple(predicted.shape)} and target {tuple(target.shape)}; accepted are equal shapes, not empty"
        )
    return ((predicted - target) ** 2).mean()


def log_sum_exp(x: Tensor, dim: int = -1) -> Tensor:
    """log Σ eˣ along `dim`: the largest is taken out first, log Σ eˣ = m + log Σ eˣ⁻ᵐ, so that nothing overflows."""
    m = x.amax(dim, keepdim=True).detach()
    return m.squeeze(dim) + torch.exp(x - m).sum(dim).log()


def log_softmax(x: Tensor, dim: int = -1) -> Tensor:
    """The logarithm of softmax, without the rounding to log 0 that taking one after the other runs into."""
    shifted = x - x.amax(dim, keepdim=True).detach()
    return shifted - torch.exp(shifted).sum(dim, keepdim=True).log()


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """The mean of -log softmax(logits)[label]. Its gradient is (softmax(logits) - one-hot(labels)) / n.

    Args:
        logits: (n, classes), scores of any size: softmax is part of the loss.
        labels: (n,) whole numbers from 0 to classes - 1.

    Raises:
        ValueError: other shapes, no examples, or a label that is no class.
    """
    if logits.ndim != 2 or labels.shape != logits.shape[:1] or not logits.numel():
        raise ValueError(
            f"logits has shape {tuple(logits.shape)} and labels {tuple(labels.shape)}; accepted are (n, classes) and (n,), n > 0"
        )
    if labels.is_floating_point() or labels.min() < 0 or labels.max() >= logits.shape[1]:
        found = f"{labels.dtype} from {labels.min()} to {labels.max()}"
        raise ValueError(f"labels are {found}; accepted are integers from 0 to {logits.shape[1] - 1}")
    return -log_softmax(logits).gather(1, labels[:, None].long()).mean()
