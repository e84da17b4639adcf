"""Knowledge distillation: a small network learns from what a large one says, not only from the right answers.

Soft targets are from Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network, NIPS workshop 2014. Where there
are no classes, the teacher's similarities between the items of a batch take their place: which of the others each item is like
(Park et al., Relational Knowledge Distillation, CVPR 2019; Tung and Mori, Similarity-Preserving Knowledge Distillation, ICCV
2019). That asks nothing of the width of the vectors, so a teacher of pictures and one of texts can teach one common space.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.align.contrastive import InfoNCE, unit
from mmlearn.features.image import SmallCNN
from mmlearn.features.text import PAD, Vocabulary
from mmlearn.layers import mean_of_steps, real_steps


def distillation_loss(student: Tensor, teacher: Tensor, temperature: float = 1.0) -> Tensor:
    """T² times the mean over rows of the divergence KL(softmax(teacher / T) ‖ softmax(student / T)), in nats.

    T² keeps its gradient of one size whatever T is (Hinton et al., section 2). No gradient reaches the teacher.

    Args:
        student, teacher: logits (n, m).
        temperature: T, above 0: the higher, the more is said of what is unlikely.

    Raises:
        ValueError: the shapes differ or are not (n, m); T out of range.
    """
    if student.ndim != 2 or student.shape != teacher.shape:
        raise ValueError(
            f"student has shape {tuple(student.shape)} and teacher {tuple(teacher.shape)}; accepted are equal (n, m)"
        )
    if not 0 < temperature < math.inf:
        raise ValueError(f"temperature is {temperature}; accepted are finite numbers above 0")
    said, wanted = (functional.log_softmax(logits / temperature, dim=1) for logits in (student, teacher.detach()))
    return temperature**2 * functional.kl_div(said, wanted, reduction="batchmean", log_target=True)


def relation_loss(student: Tensor, teacher: Tensor, temperature: float = 0.1) -> Tensor:
    """`distillation_loss` over who is like whom: row i holds the cosines of item i with the n - 1 others, divided by T.

    Unlike there it is not multiplied by T², since cosines have a size of their own.

    Args:
        student: embeddings (n, k).
        teacher: embeddings (n, d) of the same items, of any width.
        temperature: T, of both.

    Raises:
        ValueError: unequal numbers of items, or fewer than 3, among which there is nothing to tell apart.
    """
    if student.ndim != 2 or teacher.ndim != 2 or len(student) != len(teacher) or len(student) < 3:
        given = f"student {tuple(student.shape)} and teacher {tuple(teacher.shape)}"
        raise ValueError(f"student and teacher must be (n, k) and (n, d) of the same n items, at least 3; got {given}")
    if not 0 < temperature < math.inf:
        raise ValueError(f"temperature is {temperature}; accepted are finite numbers above 0")
    others = ~torch.eye(len(student), dtype=torch.bool, device=student.device)
    alike = [(unit(x) @ unit(x).T)[others].reshape(len(x), -1) / temperature for x in (student, teacher)]
    return distillation_loss(*alike)


class JointStudent(nn.Module):
    """A small picture network and a small text encoder into one space: the student of two large ones.

    A text is the mean of its words' vectors, which are looked up, through one layer; a picture what `SmallCNN` finds, likewise.

    Args:
        vocabulary: the words it knows.
        dim: k, the width of the common space.
        width: channels of the picture network's first stage.
        words: width of a word's vector.
    """

    def __init__(self, vocabulary: Vocabulary, dim: int = 128, width: int = 16, words: int = 128):
        super().__init__()
        self.vocabulary = vocabulary
        self.cnn = SmallCNN(channels=3, width=width)
        self.from_picture = nn.Sequential(nn.Dropout(0.2), nn.Linear(self.cnn.dim, dim))
        self.embedding = nn.Embedding(len(vocabulary), words, padding_idx=PAD)
        self.from_words = nn.Sequential(nn.Dropout(0.2), nn.Linear(words, dim))
        self.pairs = InfoNCE()

    def pictures(self, images: Any) -> Tensor:
        """Pictures as `SmallCNN` takes them -> (b, dim)."""
        return self.from_picture(self.cnn.features(images))

    def texts(self, texts: Sequence[str]) -> Tensor:
        """Texts -> (b, dim); one without a known word is as good as any other such."""
        device = self.embedding.weight.device
        ids, lengths = (part.to(device) for part in self.vocabulary.batch(texts))
        return self.from_words(mean_of_steps(self.embedding(ids), real_steps(lengths, ids.shape[1])))

    def loss(self, images: Any, texts: Sequence[str], teachers: Sequence[Tensor] | None = None, weight: float = 1.0) -> Tensor:
        """InfoNCE of the pairs; with `teachers`, their vectors of these pictures (b, d) and texts (b, e), also `weight` times
        the relation loss of each medium."""
        embeddings = self.pictures(images), self.texts(texts)
        loss = self.pairs(embeddings)
        if teachers is None:
            return loss
        taught = [relation_loss(mine, theirs) for mine, theirs in zip(embeddings, teachers, strict=True)]
        return loss + weight * sum(taught)

    @torch.inference_mode()
    def encode(self, images: Any, texts: Sequence[str], at_once: int = 256) -> tuple[np.ndarray, np.ndarray]:
        """Embeddings of many pictures and texts in evaluation mode: (n, dim) and (m, dim)."""
        training = self.training
        self.eval()
        parts = [self.pictures(images[i : i + at_once]) for i in range(0, len(images), at_once)]
        more = [self.texts(texts[i : i + at_once]) for i in range(0, len(texts), at_once)]
        self.train(training)
        return torch.cat(parts).cpu().numpy(), torch.cat(more).cpu().numpy()
