"""Sentences to vectors: tokens, their contextual vectors, the mean over the real ones, length 1.

Reimers and Gurevych, Sentence-BERT, EMNLP 2019, section 3 (mean pooling).
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.features import bert
from mmlearn.features.weights import digest


class SentenceEncoder(nn.Module):
    """Turns texts into vectors (b, dim) of length 1.

    A text longer than `max_tokens` (with its two marks) is cut: what follows does not count.

    Attributes:
        name, version: which model with which weights; features are cached under both.
        dim: length of a vector.
        medium: "text".
        batch_size: texts taken at once by `features.encode`.
    """

    medium = "text"

    def __init__(self, folder: Path, name: str, max_tokens: int = 256, batch_size: int = 64):
        super().__init__()
        self.network = bert.load(folder).requires_grad_(False)
        longest = min(max_tokens, self.network.longest)
        self.tokenizer = tokenizer(folder / "tokenizer.json", longest)
        self.name, self.version, self.dim = name, f"{digest(self.network)}-{longest}tokens", self.network.dim
        self.batch_size = batch_size

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Texts to vectors (b, dim).

        Raises:
            TypeError, ValueError: see `check_texts`.
        """
        check_texts(texts)
        encoded = self.tokenizer.encode_batch(list(texts))
        device = self.network.embeddings.word_embeddings.weight.device
        ids = torch.tensor([e.ids for e in encoded], device=device)
        mask = torch.tensor([e.attention_mask for e in encoded], dtype=torch.bool, device=device)
        tokens = self.network(ids, mask)  # (b, t, dim)
        return functional.normalize(bert.mean_of_tokens(tokens, mask), dim=-1)


def tokenizer(path: Path, longest: int):
    """The tokenizer kept in a `tokenizer.json`, cutting at `longest` tokens and padding to the longest of a batch.

    Raises:
        ValueError: no tokenizer can be read from `path`.
    """
    from tokenizers import Tokenizer

    try:
        found = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises a bare Exception
        raise ValueError(f"path is {path.parent}: no tokenizer can be read from its {path.name}") from error
    found.enable_truncation(longest)
    found.enable_padding()
    return found


def check_texts(texts: Sequence[str], start: int = 0) -> None:
    """See that `texts` is a list of texts, none of them empty; the first has index `start` in messages.

    Raises:
        TypeError: it is one text instead of a list, or an item is no text.
        ValueError: an item is empty or blank.
    """
    if isinstance(texts, str):
        raise TypeError(f"texts is one text ({texts[:40]!r}); give a list of texts, such as [text]")
    for i, text in enumerate(texts, start):
        if not isinstance(text, str):
            raise TypeError(f"text {i} is {type(text).__name__}; accepted are texts (str)")
        if not text.strip():
            raise ValueError(f"text {i} is empty; an empty text has no meaning to encode, so leave it out")
