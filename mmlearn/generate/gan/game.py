"""The two losses of a game, as `train.fit_gan` takes them, for generators and discriminators of `networks.py`."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from mmlearn.generate.gan.losses import discriminator_loss, generator_loss
from mmlearn.generate.gan.networks import as_input

Loss = Callable[[Any, Any, Any], Tensor]


def game(noise_dim: int, kind: str = "hinge", wrong: Callable[[Tensor], Tensor] | None = None) -> tuple[Loss, Loss]:
    """`d_loss` and `g_loss` for batches of pictures alone, of pictures and conditions, or with untrue conditions as third.

        train.fit_gan(generator, discriminator, loader, *game(32, wrong=mismatched), steps=250)

    Args:
        noise_dim: width of the generator's noise.
        kind: of the losses, as in `discriminator_loss`.
        wrong: conditions (b, c) -> conditions that are not true of the same pictures; instead of a third part of the batch.

    Returns:
        Two functions of (generator, discriminator, batch), where the batch's pictures are uint8.
    """

    def noise(batch: Any) -> Tensor:
        return torch.randn(len(batch[0]), noise_dim, device=batch[0].device)

    def d_loss(generator: nn.Module, discriminator: nn.Module, batch: Any) -> Tensor:
        pictures, condition, untrue = parts(batch, wrong)
        with torch.no_grad():
            fake = generator(noise(batch), condition)
        both = torch.cat([as_input(pictures), fake])  # at once: half as many passes
        if condition is None:
            return discriminator_loss(*discriminator(both).chunk(2), kind=kind)
        twice = torch.cat([condition, condition])
        if untrue is None:
            return discriminator_loss(*discriminator(both, twice).chunk(2), kind=kind)
        fits, other = discriminator(both, twice, torch.cat([untrue, condition]))  # what was seen is asked a second question
        return discriminator_loss(*fits.chunk(2), other.chunk(2)[0], kind)

    def g_loss(generator: nn.Module, discriminator: nn.Module, batch: Any) -> Tensor:
        condition = parts(batch)[1]
        return generator_loss(discriminator(generator(noise(batch), condition), condition), kind)

    return d_loss, g_loss


def parts(batch: Any, wrong: Callable[[Tensor], Tensor] | None = None) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """Pictures, their conditions and untrue ones, where there are any."""
    pictures, condition, untrue = (*batch, None, None)[:3]
    return pictures, condition, wrong(condition) if wrong is not None and untrue is None else untrue
