"""What captions are learned from: the next word, after the right words or after the model's own."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.features.text import PAD
from mmlearn.generate.caption.decoder import Decoder, Memory


def word_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of the words that come next, the mean over all that are no padding; 0 where nothing is asked.

    Teacher forcing: logits (rows, t, V) of a decoder that read tokens[:, :-1], against targets (rows, t), tokens[:, 1:].
    `<end>` is asked like a word, and so is `<unknown>`, the chance of some other word.

    Raises:
        ValueError: shapes that do not fit.
    """
    if logits.ndim != 3 or logits.shape[:2] != targets.shape:
        given = f"logits {tuple(logits.shape)} and targets {tuple(targets.shape)}"
        raise ValueError(f"logits must be (rows, t, V) and targets (rows, t); got {given}")
    total = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PAD, reduction="sum")
    return total / (targets != PAD).sum().clamp_min(1)


@torch.no_grad()
def mixed_inputs(
    decoder: Decoder, pictures: Memory | Tensor, tokens: Tensor, truth: float, generator: torch.Generator | None = None
) -> Tensor:
    """Scheduled sampling: what the decoder reads, (rows, t), each token the true one or, now and then, its own.

    Whoever has only read right words does not know how to go on after a wrong one of its own (exposure bias). So each token after
    the first is kept with probability `truth`, else drawn from what the decoder says after the tokens so far, mixed ones too.
    Bengio et al., Scheduled Sampling for Sequence Prediction with Recurrent Neural Networks, NIPS 2015, section 2.4. The draw has
    no gradient there either, so the loss may read the result as if it had been given.

    Args:
        decoder: read in the mode it is in.
        pictures: b pictures.
        tokens: (rows, t) true tokens, start mark first, without the last; padding stays.
        truth: probability from 0 to 1, of 1 at the start of training, and less later (`inverse_sigmoid`).
        generator: of the draws.

    Raises:
        ValueError: `truth` is not from 0 to 1.
    """
    if not 0 <= truth <= 1:
        raise ValueError(f"truth is {truth}; accepted is a probability from 0 to 1")
    state = decoder.start(pictures)
    state, mixed = state.spread(len(tokens) // len(state.rows[0])), [tokens[:, 0]]
    device = tokens.device if generator is None else generator.device
    keep = (torch.rand(tokens.shape, generator=generator, device=device) < truth).to(tokens.device)
    for t in range(1, tokens.shape[1]):
        said, state = decoder.step(mixed[-1], state)
        drawn = torch.multinomial(said.exp().to(device), 1, generator=generator).squeeze(1).to(tokens.device)
        mixed.append(torch.where(keep[:, t] | (tokens[:, t] == PAD), tokens[:, t], drawn))
    return torch.stack(mixed, dim=1)


def inverse_sigmoid(step: int, k: float) -> float:
    """k / (k + e^(step / k)): a share of truth that stays near 1 at first, then falls, with half at step k · ln k.

    Bengio et al. 2015, section 2.4; k is at least 1.

    Raises:
        ValueError: `k` is below 1.
    """
    if not k >= 1:
        raise ValueError(f"k is {k}; accepted is 1 or more")
    return 1 / (1 + math.exp(min(step / k - math.log(k), 700.0)))  # the same, written so that nothing overflows


def attention_penalty(weights: Tensor, words: Tensor, regions: Tensor) -> Tensor:
    """Σ_i (1 - Σ_t α_ti)², the mean over captions: over a whole caption every region should be looked at alike.

    Xu et al., Show, Attend and Tell, ICML 2015, equation 14 ("doubly stochastic attention"). Since the weights of a step sum
    to 1, any other number in place of 1 gives the same gradient: what is punished is to look at some regions more than at others.

    Args:
        weights: (rows, t, n), α.
        words: (rows, t) bool, which steps are real.
        regions: (b, n) bool, which regions are real; rows is a multiple of b.
    """
    looked = (weights * words[..., None]).sum(dim=1)  # (rows, n)
    real = regions.repeat_interleave(len(weights) // len(regions), dim=0)
    return ((1 - looked) ** 2 * real).sum(dim=1).mean()
