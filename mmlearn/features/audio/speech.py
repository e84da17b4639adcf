"""Two small networks that recognise a spoken word from its log-mel spectrogram: one convolves over time, one reads in order.

Both take out pauses, loudness and tone colour first (`trim`, `normalise`), see no padding, and give a vector of the whole
utterance with `features` before they decide with `forward`. The first is a time-delay network (Waibel et al., Phoneme
Recognition Using Time-Delay Neural Networks, IEEE Transactions on Acoustics, Speech, and Signal Processing 1989) with pooling
over time; the second an LSTM that reads both ways (Graves, Mohamed and Hinton, Speech Recognition with Deep Recurrent Neural
Networks, ICASSP 2013).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.features.audio.variation import augment, normalise, trim
from mmlearn.layers import Recurrent, mean_of_steps, real_steps


class SpeechCNN(nn.Module):
    """Convolutions over time, the bands as channels; then the mean and the maximum over the real frames.

    Args:
        bands: of the log-mel spectrogram.
        classes: words to tell apart.
        width: channels of every layer.
        dropout: share of the utterance's vector that is hidden at each step of training.
    """

    LAYERS = ((5, 2), (3, 1), (3, 2), (3, 1))  # (frames a kernel sees, frames it moves on)

    def __init__(self, bands: int = 40, classes: int = 10, width: int = 96, dropout: float = 0.2):
        super().__init__()
        inputs = [bands, *[width] * (len(self.LAYERS) - 1)]
        self.convolutions = nn.ModuleList(
            nn.Conv1d(i, width, kernel, stride, padding=kernel // 2)
            for i, (kernel, stride) in zip(inputs, self.LAYERS, strict=True)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in self.LAYERS)
        self.dim = 2 * width
        self.decide = nn.Sequential(nn.Dropout(dropout), nn.Linear(self.dim, classes))

    def features(self, log_mel: Tensor, lengths: Tensor | None = None) -> Tensor:
        """(b, bands, t), lengths (b,) -> one vector an utterance (b, dim)."""
        x, lengths = trim(log_mel, _lengths(log_mel, lengths))
        x = normalise(x, lengths)
        for convolve, norm in zip(self.convolutions, self.norms, strict=True):
            x = norm(convolve(x)).relu()  # (b, width, t')
            lengths = (lengths - 1) // convolve.stride[0] + 1
            x = x.masked_fill(~real_steps(lengths, x.shape[-1])[:, None], 0)  # else the next layer would see padding
        return torch.cat([x.sum(-1) / lengths[:, None], x.amax(-1)], dim=1)  # relu: nothing real is below the zeros

    def forward(self, log_mel: Tensor, lengths: Tensor | None = None) -> Tensor:
        """(b, bands, t), lengths (b,) -> logits (b, classes)."""
        return self.decide(self.features(log_mel, lengths))


class SpeechLSTM(nn.Module):
    """One convolution that halves the frames, then an LSTM over them, forwards and backwards.

    Args:
        bands: of the log-mel spectrogram.
        classes: words to tell apart.
        hidden: width of the state in each direction.
        dropout: share that is hidden at each step of training, of the LSTM's input and of the utterance's vector.
    """

    def __init__(self, bands: int = 40, classes: int = 10, hidden: int = 64, dropout: float = 0.2):
        super().__init__()
        self.first = nn.Conv1d(bands, hidden, kernel_size=5, stride=2, padding=2)
        self.reader = Recurrent(hidden, hidden, both_ways=True)
        self.dropout = nn.Dropout(dropout)
        self.dim = 2 * self.reader.dim
        self.decide = nn.Linear(self.dim, classes)

    def features(self, log_mel: Tensor, lengths: Tensor | None = None) -> Tensor:
        """(b, bands, t), lengths (b,) -> one vector an utterance (b, dim): the mean state and the last, both ways."""
        x, lengths = trim(log_mel, _lengths(log_mel, lengths))
        x = self.first(normalise(x, lengths)).relu().transpose(1, 2)  # (b, t', hidden)
        lengths = (lengths - 1) // 2 + 1
        steps, last = self.reader(self.dropout(x), lengths)
        return torch.cat([mean_of_steps(steps, real_steps(lengths, steps.shape[1])), last], dim=1)

    def forward(self, log_mel: Tensor, lengths: Tensor | None = None) -> Tensor:
        """(b, bands, t), lengths (b,) -> logits (b, classes)."""
        return self.decide(self.dropout(self.features(log_mel, lengths)))


def recognition_loss(model: nn.Module, batch: tuple[Tensor, Tensor, Tensor], smoothing: float = 0.1) -> Tensor:
    """Cross-entropy for `mmlearn.train.fit`: batch = (log_mel (b, bands, t), lengths (b,), labels (b,)) -> a scalar.

    While the model trains, every utterance is varied by `augment`; validation and test are left as they are. The share
    `smoothing` of each target is spread over all classes (Szegedy et al., Rethinking the Inception Architecture, CVPR 2016).
    """
    log_mel, lengths, labels = batch
    if model.training:
        log_mel, lengths = augment(log_mel, lengths)
    longest = int(lengths.max())  # what no utterance of the batch reaches need not be computed
    return functional.cross_entropy(model(log_mel[..., :longest], lengths), labels, label_smoothing=smoothing)


def _lengths(log_mel: Tensor, lengths: Tensor | None) -> Tensor:
    """Real frames of each spectrogram (b,), all where not given.

    Raises:
        ValueError: `log_mel` is not (b, bands, t), or there is not one length from 1 to t each.
    """
    if log_mel.dim() != 3 or not log_mel.numel():
        raise ValueError(f"log_mel has shape {tuple(log_mel.shape)}; accepted is (b, bands, t) with at least one frame")
    if lengths is None:
        return torch.full((len(log_mel),), log_mel.shape[-1], device=log_mel.device)
    lengths = torch.as_tensor(lengths, device=log_mel.device)
    if lengths.shape != (len(log_mel),) or int(lengths.min()) < 1 or int(lengths.max()) > log_mel.shape[-1]:
        raise ValueError(f"lengths is {lengths.tolist()}; accepted is one number of frames from 1 to {log_mel.shape[-1]} each")
    return lengths
