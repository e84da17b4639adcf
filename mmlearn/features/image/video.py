"""Films: a vector a frame, then averaged, or read in order.

The average of the frames, as in Karpathy et al. (Large-scale Video Classification with Convolutional Neural Networks, CVPR
2014), is the same forwards and backwards. A recurrent network over them (Donahue et al., Long-term Recurrent
Convolutional Networks for Visual Recognition and Description, CVPR 2015) knows which came first.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor, nn

from mmlearn.arrays import as_numpy
from mmlearn.layers import Recurrent


def by_frame(represent: Callable[[Any], Any], films: Any) -> np.ndarray:
    """A vector a frame: films (n, T, c, H, W) -> (n, T, d) float32.

    Args:
        represent: pictures (m, c, H, W) -> (m, d), such as `lambda x: features.encode(encoder, x)`.
        films: an array or a tensor.

    Raises:
        ValueError: `films` has other than five axes, or none of something.
    """
    if films.ndim != 5 or 0 in films.shape:
        raise ValueError(f"films has shape {tuple(films.shape)}; accepted is (n, frames, channels, height, width)")
    frames = films.reshape(-1, *films.shape[2:])
    vectors = as_numpy(represent(frames), "represent(frames)").astype(np.float32)
    return vectors.reshape(*films.shape[:2], -1)


def mean_of_frames(x: Any) -> Any:
    """x (n, T, d) -> (n, d): what is seen on average. The order of the frames is gone."""
    if x.ndim != 3 or 0 in x.shape:
        raise ValueError(f"x has shape {tuple(x.shape)}; accepted is (n, frames, d), each at least 1")
    return x.mean(1)


class ReadFrames(nn.Module):
    """Frames read one after the other by an LSTM, whose last state is classified: (b, T, inputs) -> logits.

    Args:
        inputs: width of a frame's vector.
        hidden: width of the state.
        classes: how many logits.
    """

    def __init__(self, inputs: int, hidden: int = 64, classes: int = 6):
        super().__init__()
        self.dim = hidden
        self.normalise = nn.LayerNorm(inputs)  # vectors come in the units of whatever made them
        self.read, self.classify = Recurrent(inputs, hidden), nn.Linear(hidden, classes)

    def features(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """x (b, T, inputs), and how many frames each film has if not all T -> (b, hidden)."""
        return self.read(self.normalise(x), lengths)[1]

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        return self.classify(self.features(x, lengths))
