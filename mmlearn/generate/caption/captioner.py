"""A model that writes captions: what sees the picture, what writes, and the words it writes with."""

from typing import Any

import torch
from torch import Tensor, nn

from mmlearn.features.text import END, PAD
from mmlearn.generate.caption.decoder import Decoder, Memory, as_memory
from mmlearn.generate.caption.decoding import Written, beam, greedy, nucleus
from mmlearn.generate.caption.losses import attention_penalty, mixed_inputs, word_loss
from mmlearn.generate.caption.words import CaptionVocabulary

HOW = {"greedy": greedy, "beam": beam, "nucleus": nucleus}


class Captioner(nn.Module):
    """Pictures in, captions out.

    Args:
        decoder: who writes; made for as many words as the vocabulary has.
        vocabulary: its words.
        encoder: pictures -> `Memory` or regions, such as `PictureRegions`; without one, pictures are given as regions
            (b, n, d) or vectors (b, d) that were made before, as by a pretrained network.

    Raises:
        ValueError: decoder and vocabulary, or decoder and encoder, do not fit.
    """

    def __init__(self, decoder: Decoder, vocabulary: CaptionVocabulary, encoder: nn.Module | None = None):
        super().__init__()
        if decoder.embedding.num_embeddings != len(vocabulary):
            raise ValueError(f"decoder was made for {decoder.embedding.num_embeddings} words; vocabulary has {len(vocabulary)}")
        if getattr(encoder, "dim", decoder.memory_dim) != decoder.memory_dim:
            raise ValueError(f"encoder gives regions of width {encoder.dim}; decoder was made for {decoder.memory_dim}")
        self.decoder, self.vocabulary, self.encoder = decoder, vocabulary, encoder

    def memory(self, pictures: Any) -> Memory:
        """What the decoder sees of pictures."""
        return as_memory(pictures if self.encoder is None else self.encoder(pictures), self.decoder.memory_dim)

    def logits(self, pictures: Any, tokens: Tensor) -> Tensor:
        """b pictures and tokens (b · k, t), as of `vocabulary.batch` -> logits (b · k, t - 1, V) of all tokens but the first."""
        return self.decoder(self.memory(pictures), tokens[:, :-1])

    def forward(
        self, pictures: Any, tokens: Tensor, *, truth: float = 1.0, penalty: float = 0.0, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """The parts of the loss by name, as `train.fit` takes them: "loss" is "words" + penalty · "looks".

            train.fit(captioner, loader, lambda model, batch: model(*batch), steps=800)

        Args:
            pictures: b pictures.
            tokens: (b · k, t), as of `vocabulary.batch`; the k captions of a picture side by side.
            truth: share of true tokens that the decoder reads, see `mixed_inputs`; 1 is teacher forcing.
            penalty: how much `attention_penalty` counts; 0 leaves it out.
            generator: of scheduled sampling's draws.

        Raises:
            ValueError: a caption shorter than its two marks, or a penalty for a decoder that does not look.
        """
        return self.losses(self.memory(pictures), tokens, truth=truth, penalty=penalty, generator=generator)

    def losses(
        self, memory: Memory, tokens: Tensor, *, truth: float = 1.0, penalty: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:  # fmt: skip
        """As `forward`, for pictures that are seen already."""
        if tokens.ndim != 2 or tokens.shape[1] < 2:
            raise ValueError(f"tokens has shape {tuple(tokens.shape)}; accepted is (rows, t), t at least 2: a start and an end")
        tokens = tokens[:, : max(2, int((tokens != PAD).sum(dim=1).max()))]  # common padding costs, and changes nothing
        given, asked = tokens[:, :-1], tokens[:, 1:]
        read = given if truth == 1 else mixed_inputs(self.decoder, memory, given, truth, generator)
        logits, weights = self.decoder.look(memory, read)
        words = word_loss(logits, asked)
        if not penalty:
            return {"loss": words}
        if weights is None:
            raise ValueError(f"penalty is {penalty}, but {type(self.decoder).__name__} looks at no regions; accepted is 0")
        looks = attention_penalty(weights, asked != PAD, memory.real)
        return {"loss": words + penalty * looks, "words": words, "looks": looks}

    @torch.no_grad()
    def write(self, pictures: Any, language: str | None = None, how: str = "greedy", **options: Any) -> Written:
        """Captions as tokens, by "greedy", "beam" or "nucleus" with their options. The model is in evaluation mode meanwhile.

        Raises:
            ValueError: an unknown `how` or language, or what the decoding does not accept.
        """
        if how not in HOW:
            raise ValueError(f"how is {how!r}; accepted are {', '.join(map(repr, HOW))}")
        start, training = self.vocabulary.start(language), self.training
        self.eval()  # in training mode batch normalisation would let the pictures of a batch see each other
        try:
            return HOW[how](self.decoder, self.memory(pictures), start, silent=self.vocabulary.silent, **options)
        finally:
            self.train(training)

    def captions(
        self, pictures: Any, language: str | None = None, how: str = "greedy", at_once: int = 128, **options: Any
    ) -> list[str]:
        """One caption a picture, of any number of pictures; the best where several are written.

        Raises:
            ValueError: as `write`; or `at_once` is below 1.
        """
        if at_once < 1:
            raise ValueError(f"at_once is {at_once}; accepted is 1 or more pictures")
        said, masked = [], isinstance(pictures, Memory)
        for at in range(0, len(pictures.regions if masked else pictures), at_once):
            rows = slice(at, at + at_once)
            some = Memory(pictures.regions[rows], pictures.real[rows]) if masked else pictures[rows]
            tokens = self.write(some, language, how, **options).tokens[:, 0].tolist()
            said += [self.vocabulary.decode(row, language) for row in tokens]
        return said

    @torch.no_grad()
    def maps(self, picture: Any, caption: str | None = None, language: str | None = None) -> tuple[list[str], Tensor]:
        """Where a decoder that looks has looked before each word of one picture's caption.

        Args:
            picture: one, without the batch's axis.
            caption: whose words are asked about; the one that it writes greedily, if None.
            language: of the caption.

        Returns:
            The tokens, m of them, the end's mark included where there is one, and weights (m, n), each row of sum 1.

        Raises:
            ValueError: the decoder does not look at regions.
        """
        if caption is None:
            row = self.write(picture[None], language).tokens[0, 0].tolist()
            ids = [self.vocabulary.start(language), *row]
        else:
            ids = self.vocabulary.encode(caption, language)
        training = self.training
        self.eval()
        try:
            memory = self.memory(picture[None])
            weights = self.decoder.look(memory, torch.tensor([ids[:-1]], device=memory.regions.device))[1]
        finally:
            self.train(training)
        if weights is None:
            raise ValueError(f"decoder is {type(self.decoder).__name__}, which looks at no regions; it has no maps")
        words = ["<end>" if i == END else self.vocabulary.words[i] for i in ids[1:]]
        return words, weights[0]
