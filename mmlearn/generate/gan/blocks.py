"""What generators and discriminators of pictures are made of.

Radford et al., Unsupervised Representation Learning with Deep Convolutional GANs (DCGAN), ICLR 2016: strides instead of pooling,
normalised layers, ReLU in the generator and leaky ReLU in the discriminator. Two later additions: spectral normalisation (Miyato
et al., ICLR 2018) and batch normalisation whose scale and shift come from the condition (de Vries et al., NIPS 2017).
"""

from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations


def spectral(layer: nn.Module) -> nn.Module:
    """The layer with its weight divided by its largest singular value, so that it stretches nothing more than once.

    The singular value is followed by one step of power iteration a pass, in training mode. It makes the discriminator's slope
    bounded, and with it what the generator learns from.
    """
    return parametrizations.spectral_norm(layer)


class ConditionalBatchNorm(nn.Module):
    """Batch normalisation, then a scale and a shift for each channel that the condition chooses.

    Without a condition (`condition_dim` 0) they are learned numbers, as in plain batch normalisation.

    Args:
        channels: of the maps.
        condition_dim: width of the condition.
    """

    def __init__(self, channels: int, condition_dim: int = 0):
        super().__init__()
        self.normalise = nn.BatchNorm2d(channels, affine=not condition_dim)
        self.choose = nn.Linear(condition_dim, 2 * channels) if condition_dim else None
        if self.choose is not None:
            nn.init.normal_(self.choose.weight, std=0.1)
            nn.init.zeros_(self.choose.bias)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """x (b, channels, h, w), condition (b, condition_dim) -> the shape of x."""
        x = self.normalise(x)
        if self.choose is None:
            return x
        scale, shift = self.choose(condition)[:, :, None, None].chunk(2, dim=1)
        return x * (1 + scale) + shift


class Up(nn.Module):
    """Normalise, ReLU, twice the side: (b, inputs, h, w) -> (b, outputs, 2h, 2w)."""

    def __init__(self, inputs: int, outputs: int, condition_dim: int = 0):
        super().__init__()
        self.normalise = ConditionalBatchNorm(inputs, condition_dim)
        self.filter = nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        return self.filter(functional.relu(self.normalise(x, condition)))


class Down(nn.Module):
    """Filter with a stride of two, leaky ReLU: (b, inputs, h, w) -> (b, outputs, h/2, w/2). Spectrally normalised."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.filter = spectral(nn.Conv2d(inputs, outputs, 4, stride=2, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        return functional.leaky_relu(self.filter(x), 0.2)
