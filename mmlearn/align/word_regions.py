"""Words to regions: every word of a sentence looks for its part of the picture, and the sentence scores as its words find.

One vector for a whole picture cannot say which colour belongs to which shape. Here a picture stays a grid of vectors and a
sentence a row of them (Karpathy and Fei-Fei, Deep visual-semantic alignments, CVPR 2015); each word attends to regions, and is
compared with what it found (Lee et al., Stacked cross attention for image-text matching, ECCV 2018, text-to-image, average).
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.align.contrastive import SHARPEST, unit
from mmlearn.features.image import SmallCNN
from mmlearn.features.text import PAD, Vocabulary, tokenize
from mmlearn.layers import Recurrent, mean_of_steps, real_steps


def attended_similarity(words: Tensor, real: Tensor, regions: Tensor, sharpness: float = 9.0) -> tuple[Tensor, Tensor]:
    """How well each sentence's words find themselves in each picture.

    All vectors are made length one. Word w of a sentence gives region r of a picture the weight
    softmax over r of sharpness · cos(w, r); what it finds is the weighted sum c of the regions; the sentence's score in the
    picture is the mean over its real words of cos(w, c).

    Args:
        words: (b, t, d), b sentences.
        real: (b, t) bool, false on padding, which may hold anything.
        regions: (c, r, d), c pictures.
        sharpness: of the softmax; 0 gives all regions the same weight.

    Returns:
        scores (b, c), 0 for a sentence without words; and weights (b, c, t, r), zeros on padding.

    Raises:
        ValueError: shapes that do not fit, or `real` is not bool.
    """
    if words.ndim != 3 or regions.ndim != 3 or words.shape[-1] != regions.shape[-1]:
        given = f"words {tuple(words.shape)} and regions {tuple(regions.shape)}"
        raise ValueError(f"words must be (b, t, d) and regions (c, r, d), of one width d; got {given}")
    if real.dtype != torch.bool or real.shape != words.shape[:2]:
        raise ValueError(f"real must be bool of shape {tuple(words.shape[:2])}; got {real.dtype} of {tuple(real.shape)}")
    words, regions = unit(words.masked_fill(~real[..., None], 0)), unit(regions)  # filled: NaN times 0 is NaN
    cosines = torch.einsum("btd,crd->bctr", words, regions)
    weights = (sharpness * cosines).softmax(dim=-1)  # (b, c, t, r)
    found = torch.einsum("bctr,crd->bctd", weights, regions)
    # cos(w, found) = w·found / |found|, and w·found is the weighted sum of the cosines: no second product with the words
    length = torch.linalg.vector_norm(found, dim=-1)
    agreement = (weights * cosines).sum(dim=-1) / torch.where(length > 0, length, 1)  # (b, c, t)
    kept = real[:, None].to(agreement.dtype)
    scores = (agreement * kept).sum(dim=-1) / kept.sum(dim=-1).clamp_min(1)
    return scores, weights * kept[..., None]


class WordRegions(nn.Module):
    """Pictures as grids of regions, sentences as rows of words, and the score of each sentence in each picture.

    A small convolutional network sees the regions; a word is its embedding, plus what two LSTMs, one each way, read around it:
    without that "red" could not know which shape it is said of.

    Args:
        vocabulary: whose words are read.
        dim: d, the width of words and regions; even.
        width: channels of the network's first stage.
        sharpness: of `attended_similarity`.
        pooled: compare the mean word with the mean region instead, one vector for the sentence and one for the picture.
    """

    def __init__(self, vocabulary: Vocabulary, dim: int = 64, width: int = 16, sharpness: float = 9.0, pooled: bool = False):
        super().__init__()
        self.vocabulary, self.sharpness, self.pooled = vocabulary, sharpness, pooled
        self.cnn = SmallCNN(channels=3, width=width)
        self.to_region = nn.Conv2d(4 * width, dim, 3, padding=1)
        self.embedding = nn.Embedding(len(vocabulary), dim, padding_idx=PAD)
        self.reader = Recurrent(dim, dim // 2, cell="lstm", both_ways=True)
        self.log_scale = nn.Parameter(torch.tensor(math.log(10.0)))

    def regions(self, images: Any) -> tuple[Tensor, tuple[int, int]]:
        """Pictures, as `SmallCNN` takes them -> (c, rows · columns, d), row by row; and (rows, columns)."""
        grid = self.to_region(self.cnn.maps(images)[-1])
        return grid.flatten(2).transpose(1, 2), tuple(grid.shape[-2:])

    def words(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Sentences -> their words in context (b, t, d), and which are real (b, t)."""
        device = self.log_scale.device
        ids, lengths = (part.to(device) for part in self.vocabulary.batch(texts))
        x = self.embedding(ids)
        return x + self.reader(x, lengths)[0], real_steps(lengths, ids.shape[1])

    def forward(self, images: Any, texts: Sequence[str]) -> Tensor:
        """c pictures and b sentences -> scores (b, c), each a mean of cosines."""
        (words, real), (regions, _) = self.words(texts), self.regions(images)
        if self.pooled:
            return unit(mean_of_steps(words, real)) @ unit(regions.mean(dim=1)).T
        return attended_similarity(words, real, regions, self.sharpness)[0]

    def loss(self, images: Any, texts: Sequence[str]) -> Tensor:
        """Symmetric InfoNCE of pairs: picture i belongs to sentence i. The scores' scale is learned."""
        logits = self.log_scale.clamp(max=math.log(SHARPEST)).exp() * self(images, texts)
        target = torch.arange(len(logits), device=logits.device)
        return (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target)) / 2

    @torch.inference_mode()
    def scores(self, images: Any, texts: Sequence[str], at_once: int = 64) -> np.ndarray:
        """As `forward` in evaluation mode, for many pictures and sentences: (sentences, pictures)."""
        training = self.training
        self.eval()
        starts = range(0, len(texts), at_once), range(0, len(images), at_once)
        blocks = [[self(images[j : j + at_once], texts[i : i + at_once]) for j in starts[1]] for i in starts[0]]
        self.train(training)
        return torch.cat([torch.cat(row, dim=1) for row in blocks]).cpu().numpy()

    @torch.inference_mode()
    def maps(self, image: Any, text: str) -> tuple[list[str], np.ndarray]:
        """Where each word of a sentence looks in one picture (3, H, W): the words, and weights (words, rows, columns)."""
        training = self.training
        self.eval()
        (words, real), (regions, grid) = self.words([text]), self.regions(image[None])
        weights = attended_similarity(words, real, regions, self.sharpness)[1]
        self.train(training)
        return tokenize(text, self.vocabulary.language), weights[0, 0].reshape(-1, *grid).cpu().numpy()
