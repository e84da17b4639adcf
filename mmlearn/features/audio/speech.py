"""Two small networks that recognise a spoken word from its log-mel spectrogram, one recurrent, one convolutional."""

import torch
from torch import Tensor, nn


class SpeechLSTM(nn.Module):
    """Reads the frames one after the other, both ways, with an LSTM."""

    def __init__(self, bands: int = 40, classes: int = 10, hidden: int = 96):
        super().__init__()
        raise NotImplementedError

    def features(self, log_mel: Tensor, lengths: Tensor | None = None) -> Tensor:
        """(b, bands, t), lengths (b,) -> (b, dim): what the last layer decides by."""
        raise NotImplementedError

    def forward(self, log_mel: Tensor, lengths: Tensor | None = None) -> Tensor:
        """(b, bands, t), lengths (b,) -> logits (b, classes)."""
        raise NotImplementedError
