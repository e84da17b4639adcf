"""The same words said otherwise: what a recogniser should not care about, varied while it trains.

Never used on validation or test. Masks are those of Park et al., SpecAugment, Interspeech 2019; stretching the frequency
axis, which imitates longer and shorter throats, is vocal tract length perturbation (Jaitly and Hinton, ICML workshop 2013).
"""

import torch
from torch import Tensor

from mmlearn.layers.padding import real_steps


def normalise(log_mel: Tensor, lengths: Tensor | None = None) -> Tensor:
    """Every utterance's own loudness and tone colour taken out: (b, bands, t) -> the same shape, zeros on padding."""
    raise NotImplementedError


def augment(log_mel: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """A random variation of every utterance: (b, bands, t), (b,) -> the same kind of pair."""
    raise NotImplementedError
