"""Vision, fusion and language trained together: three losses on the same regions.

As long as a decoder looks everywhere at once, no region is told what it shows. Two further losses speak to the regions directly,
and need nothing but the captions. (Whether they are worth it depends on the decoder: measure.)

* vision: of every word, does the picture show it? The picture shows what its surest region shows (multiple instance learning,
  as in Fang et al., From Captions to Visual Concepts and Back, CVPR 2015, section 3);
* fusion: picture and caption meet in a joint space, where each has to find the other among the batch (`align.contrastive`);
* language: the next word.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.align.contrastive import info_nce
from mmlearn.generate.caption.captioner import Captioner
from mmlearn.generate.caption.decoder import Memory


def words_of(tokens: Tensor, vocabulary: int, marks: int, pictures: int) -> Tensor:
    """Which words the captions of each picture hold, marks left out: (b · k, t) -> (b, vocabulary - marks) of 0 and 1."""
    held = torch.zeros(len(tokens), vocabulary, device=tokens.device).scatter_(1, tokens, 1.0)
    return held[:, marks:].unflatten(0, (pictures, -1)).amax(dim=1)


def naming_loss(logits: Tensor, real: Tensor, held: Tensor) -> Tensor:
    """Cross-entropy of "is this word there?", the surest region answering; summed over words, mean over pictures.

    Args:
        logits: (b, n, words), how sure each region is of each word.
        real: (b, n) bool, which regions are real.
        held: (b, words), 1 for a word that a caption of the picture has, else 0.

    Raises:
        ValueError: shapes that do not fit.
    """
    if logits.ndim != 3 or real.shape != logits.shape[:2] or held.shape != (len(logits), logits.shape[2]):
        given = f"logits {tuple(logits.shape)}, real {tuple(real.shape)} and held {tuple(held.shape)}"
        raise ValueError(f"logits must be (b, n, words), real (b, n) and held (b, words); got {given}")
    surest = logits.masked_fill(~real[..., None], torch.finfo(logits.dtype).min).amax(dim=1)
    return functional.binary_cross_entropy_with_logits(surest, held, reduction="none").sum(dim=1).mean()


class JointTraining(nn.Module):
    """A captioner with what trains its eyes beside it; afterwards the captioner is used alone.

        train.fit(JointTraining(captioner), loader, lambda model, batch: model(*batch), steps=800)

    Args:
        captioner: one with an encoder.
        dim: width of the joint space.
        vision, fusion: how much these losses count, beside 1 for language; at 0 they are left out.

    Raises:
        ValueError: a negative weight, or a captioner without an encoder.
    """

    def __init__(self, captioner: Captioner, dim: int = 64, vision: float = 0.3, fusion: float = 0.0):
        super().__init__()
        if captioner.encoder is None:
            raise ValueError("captioner has no encoder; there would be nothing to train together")
        if not vision >= 0 or not fusion >= 0:
            raise ValueError(f"vision is {vision} and fusion {fusion}; accepted are weights from 0")
        self.captioner, self.vision, self.fusion = captioner, vision, fusion
        words, width = len(captioner.vocabulary), captioner.decoder.memory_dim
        # what is left out is not built: on several devices weights that never learn are an error
        if vision:
            self.name = nn.Linear(width, words - captioner.vocabulary.marks)
        if fusion:
            self.picture, self.caption = nn.Linear(2 * width, dim), nn.Linear(words - captioner.vocabulary.marks, dim)

    def forward(self, pictures: Tensor, *captions: Tensor) -> dict[str, Tensor]:
        """b pictures and their captions -> "loss", the weighted sum, and its parts "words", "vision", "fusion".

        Args:
            pictures: b pictures, which are looked at once.
            captions: (b · k, t) as of `vocabulary.batch`, or several such sets, as one a language: short ones need not be padded
                to the length of another language's. "words" is the mean over sets.

        Raises:
            ValueError: no captions, or as `Captioner.forward`.
        """
        if not captions:
            raise ValueError("captions is empty; accepted are one or more sets of tokens (b · k, t)")
        memory, vocabulary = self.captioner.memory(pictures), self.captioner.vocabulary
        words = torch.stack([self.captioner.losses(memory, tokens)["loss"] for tokens in captions]).mean()
        held = [words_of(tokens, len(vocabulary), vocabulary.marks, len(memory.regions)) for tokens in captions]
        held = torch.stack(held).amax(dim=0)
        parts = {"loss": words, "words": words}
        if self.vision:
            parts["vision"] = naming_loss(self.name(memory.regions), memory.real, held)
            parts["loss"] = parts["loss"] + self.vision * parts["vision"]
        if self.fusion:
            parts["fusion"] = info_nce(self.joint(memory), self.caption(held), temperature=0.1)
            parts["loss"] = parts["loss"] + self.fusion * parts["fusion"]
        return parts

    def joint(self, memory: Memory) -> Tensor:
        """Pictures in the joint space, (b, dim): of their regions the mean, and of every number the largest."""
        regions = memory.regions.masked_fill(~memory.real[..., None], 0)
        mean = regions.sum(dim=1) / memory.real.sum(dim=1, keepdim=True).clamp_min(1)
        return self.picture(torch.cat([mean, regions.amax(dim=1)], dim=1))
