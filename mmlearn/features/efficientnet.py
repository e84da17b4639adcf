"""EfficientNet-Lite0: the small convolutional network that gives the course its default picture features.

Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, ICML 2019. The "lite" variant
(published by its authors for mobile hardware in 2020) drops squeeze-and-excitation and uses ReLU6. The block is that of
Sandler et al., MobileNetV2, CVPR 2018. Parameters are named as in the published PyTorch weights, so that
`load_state_dict` is strict.
"""

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional

EPSILON = 1e-3  # of batch normalisation, as in the TensorFlow original; PyTorch's 1e-5 would shift every feature
DIM = 1280


class Stage(NamedTuple):
    """One row of table 1 of the paper: `repeats` blocks, the first of which has the stride."""

    kernel: int
    stride: int
    expansion: int
    channels: int
    repeats: int


STAGES = (
    Stage(3, 1, 1, 16, 1),
    Stage(3, 2, 6, 24, 2),
    Stage(5, 2, 6, 40, 2),
    Stage(3, 2, 6, 80, 3),
    Stage(5, 1, 6, 112, 3),
    Stage(5, 2, 6, 192, 4),
    Stage(3, 1, 6, 320, 1),
)


class SameConv(nn.Conv2d):
    """A convolution without bias whose output has ceil(input / stride) rows and columns, padded as TensorFlow pads.

    Where the padding is odd the extra row and column go below and to the right. The weights were trained so; padding
    evenly on both sides moves every strided layer by one pixel.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1):
        even = kernel // 2 if stride == 1 else 0  # at stride 1 both sides are equal, and padding inside is faster
        super().__init__(inputs, outputs, kernel, stride, even, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.stride[0] > 1:
            rows, columns = (self._missing(n) for n in x.shape[-2:])
            x = functional.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
        return super().forward(x)

    def _missing(self, n: int) -> int:
        """Rows (or columns) to add to `n` so that ceil(n / stride) windows fit."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        return max((-(-n // stride) - 1) * stride + kernel - n, 0)


def relu6(x: Tensor) -> Tensor:
    """min(max(x, 0), 6), written over its input: half the memory traffic, which is what a CPU waits for."""
    return functional.relu6(x, inplace=True)


class InvertedBottleneck(nn.Module):
    """Widen by a 1×1 convolution, filter each channel by itself, narrow again; add the input where shapes allow."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        wide = inputs * expansion
        self.expands = expansion > 1
        if self.expands:
            self._expand_conv, self._bn0 = SameConv(inputs, wide, 1), nn.BatchNorm2d(wide, EPSILON)
        self._depthwise_conv = SameConv(wide, wide, kernel, stride, groups=wide)
        self._bn1 = nn.BatchNorm2d(wide, EPSILON)
        self._project_conv, self._bn2 = SameConv(wide, outputs, 1), nn.BatchNorm2d(outputs, EPSILON)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = relu6(self._bn0(self._expand_conv(x))) if self.expands else x  # (b, wide, h, w)
        y = relu6(self._bn1(self._depthwise_conv(y)))  # (b, wide, h/stride, w/stride)
        y = self._bn2(self._project_conv(y))  # (b, outputs, h/stride, w/stride), linear on purpose
        return x + y if self.residual else y


class EfficientNetLite0(nn.Module):
    """Pictures (b, 3, H, W), scaled by `(pixel - 127) / 128`, to ImageNet logits (b, 1000).

    `features` gives the vectors before the last layer, `maps` what each stage sees. 4.7 million parameters, 0.4 billion
    multiply-adds at 224×224.
    """

    def __init__(self, classes: int = 1000):
        super().__init__()
        self._conv_stem, self._bn0 = SameConv(3, 32, 3, stride=2), nn.BatchNorm2d(32, EPSILON)
        blocks, width = [], 32
        for stage in STAGES:
            for i in range(stage.repeats):
                stride = stage.stride if i == 0 else 1
                blocks.append(InvertedBottleneck(width, stage.channels, stage.kernel, stride, stage.expansion))
                width = stage.channels
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = SameConv(width, DIM, 1), nn.BatchNorm2d(DIM, EPSILON)
        self._fc = nn.Linear(DIM, classes)

    def maps(self, x: Tensor) -> list[Tensor]:
        """The map after each of the seven stages, (b, channels, h, w), then the head's, (b, 1280, ⌈H/32⌉, ⌈W/32⌉)."""
        x = relu6(self._bn0(self._conv_stem(x)))
        found, blocks = [], iter(self._blocks)
        for stage in STAGES:
            for _ in range(stage.repeats):
                x = next(blocks)(x)
            found.append(x)
        return [*found, relu6(self._bn1(self._conv_head(x)))]

    def features(self, x: Tensor) -> Tensor:
        """(b, 3, H, W) -> (b, 1280): the head's map averaged over the picture."""
        return self.maps(x)[-1].mean(dim=(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self._fc(self.features(x))
