"""A sentence read word by word: the last state of an LSTM is its vector.

Trained without labels, to say the next word (Mikolov et al., Recurrent neural network based language model, Interspeech
2010); or with labels, by any loss on what `forward` gives.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.features.text.tokens import PAD, Vocabulary, check_texts
from mmlearn.layers import Recurrent

AT_ONCE = 256  # texts read together


class SentenceLSTM(nn.Module):
    """Word numbers to one vector a sentence; padding changes nothing, and no words give zeros.

    Args:
        vocabulary: whose words it reads.
        dim: width of a word's vector.
        hidden: width of the state, and so of the sentence's vector.
    """

    def __init__(self, vocabulary: Vocabulary, dim: int = 64, hidden: int = 64):
        super().__init__()
        self.vocabulary = vocabulary
        self.embedding = nn.Embedding(len(vocabulary), dim, padding_idx=PAD)
        self.reader = Recurrent(dim, hidden, cell="lstm")
        self.next_word = nn.Linear(hidden, len(vocabulary))
        self.dim = self.reader.dim

    def steps(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """The state after every word: ids (b, t), lengths (b,) -> (b, t, hidden), zeros on padding."""
        return self.reader(self.embedding(ids), lengths)[0]

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """The state after the last word: ids (b, t), lengths (b,) -> (b, hidden)."""
        return self.reader(self.embedding(ids), lengths)[1]

    def next_word_loss(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Cross-entropy of the word that follows each word, 0 where none does; marks in a batch are words like others."""
        asked = ids[:, 1:] != PAD  # a score for every word is dear, so it is computed here only
        guesses = self.next_word(self.steps(ids, lengths)[:, :-1][asked])  # (places, words)
        return functional.cross_entropy(guesses, ids[:, 1:][asked], reduction="sum") / asked.sum().clamp_min(1)

    @torch.inference_mode()
    def transform(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of texts, float32 (n, hidden)."""
        texts = check_texts(texts)
        device = self.embedding.weight.device
        rows = []
        for start in range(0, len(texts), AT_ONCE):
            ids, lengths = self.vocabulary.batch(texts[start : start + AT_ONCE])
            rows.append(self(ids.to(device), lengths.to(device)).cpu().numpy())
        return np.concatenate(rows)
