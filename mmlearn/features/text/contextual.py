"""Words in their context: a small BERT and a small GPT, of transformers' own classes, trained from scratch.

BERT reads both ways and learns to fill in hidden words (Devlin et al., NAACL 2019). GPT reads from left to right and
learns to say the next word (Radford et al., Language Models are Unsupervised Multitask Learners, 2019).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.features.text.pooling import POOLS, pool
from mmlearn.features.text.tokens import END, MASK, PAD, SPECIALS, START, UNKNOWN, Vocabulary, check_texts
from mmlearn.layers import real_steps

if TYPE_CHECKING:
    from transformers import BertForMaskedLM, GPT2LMHeadModel

AT_ONCE = 128  # texts read together
APART = 2  # groups of like length into which a batch is cut while training
IGNORED = -100  # cross-entropy's mark of a place that asks nothing


def small_bert(vocabulary: Vocabulary, dim: int = 64, layers: int = 2, heads: int = 4, longest: int = 48) -> "BertForMaskedLM":
    """A BERT with random weights: `dim` numbers a token, texts of up to `longest` tokens, marks included."""
    from transformers import BertConfig, BertForMaskedLM

    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=dim, num_hidden_layers=layers, num_attention_heads=heads,
        intermediate_size=4 * dim, max_position_embeddings=longest, type_vocab_size=1, pad_token_id=PAD,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="eager",
    )  # fmt: skip
    return BertForMaskedLM(config)


def small_gpt(vocabulary: Vocabulary, dim: int = 64, layers: int = 2, heads: int = 4, longest: int = 48) -> "GPT2LMHeadModel":
    """A GPT-2 with random weights: `dim` numbers a token, texts of up to `longest` tokens, marks included."""
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=len(vocabulary), n_embd=dim, n_layer=layers, n_head=heads, n_positions=longest,
        bos_token_id=START, eos_token_id=END, pad_token_id=PAD,
        embd_pdrop=0.0, attn_pdrop=0.0, resid_pdrop=0.0, attn_implementation="eager",
        activation_function="gelu_pytorch_tanh",  # the same function as GPT-2's "gelu_new", in one kernel
    )  # fmt: skip
    return GPT2LMHeadModel(config)


def mask_words(
    ids: Tensor, real: Tensor, vocabulary: Vocabulary, share: float = 0.15, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Hide some words, for a model to find: inputs (b, t) and targets (b, t), which are -100 where nothing is asked.

    Of the chosen `share` of words 80% become `<mask>`, 10% a random word, 10% stay as they are (Devlin et al., section
    3.1): the model must not rely on being told where to think. Marks are never chosen.

    Raises:
        ValueError: `share` is not above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share is {share}; accepted are numbers above 0 and at most 1")
    chance, kind = (torch.rand(ids.shape, generator=generator).to(ids.device) for _ in range(2))
    chosen = real & (ids >= len(SPECIALS)) & (chance < share)
    others = torch.randint(len(SPECIALS), max(len(vocabulary), len(SPECIALS) + 1), ids.shape, generator=generator)
    inputs = ids.masked_fill(chosen & (kind < 0.8), MASK)
    inputs = torch.where(chosen & (kind >= 0.9), others.to(ids.device), inputs)
    return inputs, ids.masked_fill(~chosen, IGNORED)


def masked_loss(
    model: nn.Module, ids: Tensor, lengths: Tensor, vocabulary: Vocabulary, share: float = 0.15,
    generator: torch.Generator | None = None,
) -> Tensor:  # fmt: skip
    """Cross-entropy of the hidden words, of a batch with marks: ids (b, t), lengths (b,). 0 where none was hidden."""
    inputs, targets = mask_words(ids, real_steps(lengths, ids.shape[1]), vocabulary, share, generator)
    states, wanted = _asked(model.bert, inputs, lengths, targets)
    return _mean_cross_entropy(model.cls(states), wanted)


def next_word_loss(model: nn.Module, ids: Tensor, lengths: Tensor) -> Tensor:
    """Cross-entropy of each next token, of a batch with marks: ids (b, t), lengths (b,). 0 where none follows."""
    following = functional.pad(ids[:, 1:], (0, 1))  # (b, t): the last place has none
    targets = following.masked_fill(~real_steps(lengths - 1, ids.shape[1]), IGNORED)
    states, wanted = _asked(model.transformer, ids, lengths, targets)
    return _mean_cross_entropy(model.lm_head(states), wanted)


def _asked(network: nn.Module, inputs: Tensor, lengths: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """The states (n, dim) at the n places of a batch (b, t) that ask something, and what they ask for (n,).

    Only there is a score for every word of the vocabulary needed, and that is dear. So is padding: short texts are read
    apart from long ones, which changes no state.
    """
    states, wanted = [], []
    for rows in lengths.argsort().chunk(APART):
        longest = int(lengths[rows].max())
        real = real_steps(lengths[rows], longest)
        found = network(input_ids=inputs[rows, :longest], attention_mask=real.long()).last_hidden_state
        asks = targets[rows, :longest] != IGNORED
        states.append(found[asks])
        wanted.append(targets[rows, :longest][asks])
    return torch.cat(states), torch.cat(wanted)


def _mean_cross_entropy(scores: Tensor, wanted: Tensor) -> Tensor:
    """Scores (n, words) against (n,): the mean; 0, not 0 / 0, where n is 0."""
    return functional.cross_entropy(scores, wanted, reduction="sum") / max(len(wanted), 1)


class ContextEncoder(nn.Module):
    """Texts to the vectors that a BERT or GPT has for them. Longer texts than the model takes are cut.

    A text is read with `<start>` before and `<end>` after it, so an empty one has a vector too: that of its marks.

    Args:
        model: a model of `small_bert` or `small_gpt`, used as it is, in evaluation mode.
        vocabulary: the one it was trained with.
        pool: "cls", "mean" or "last", see `pool`.
        layer: whose states are taken: 0 is the embeddings, -1 the last.

    Raises:
        ValueError: an unknown `pool`, or a `layer` that the model does not have.
    """

    medium = "text"

    def __init__(self, model: nn.Module, vocabulary: Vocabulary, pool: str = "mean", layer: int = -1):
        super().__init__()
        config = model.config
        if pool not in POOLS:
            raise ValueError(f"pool is {pool!r}; accepted are {', '.join(map(repr, POOLS))}")
        if not -config.num_hidden_layers - 1 <= layer <= config.num_hidden_layers:
            raise ValueError(f"layer is {layer}; accepted are 0 (embeddings) to {config.num_hidden_layers}, or -1 for the last")
        self.model, self.vocabulary, self.how, self.layer = model, vocabulary, pool, layer
        self.longest, self.dim = config.max_position_embeddings, config.hidden_size

    def states(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """The vector of every token in its context, (b, t, d), and which tokens are real, (b, t) bool."""
        ids, real = self._read(texts)
        self.model.eval()
        found = self.model(input_ids=ids, attention_mask=real.long(), output_hidden_states=True)
        return found.hidden_states[self.layer], real

    def forward(self, texts: Sequence[str]) -> Tensor:
        """One vector a text, (b, d)."""
        return pool(*self.states(texts), self.how)

    @torch.inference_mode()
    def transform(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of any number of texts, float32 (n, d)."""
        texts = check_texts(texts)
        parts = [self(texts[start : start + AT_ONCE]).cpu().numpy() for start in range(0, len(texts), AT_ONCE)]
        return np.concatenate(parts)

    def tokens(self, text: str) -> list[str]:
        """The tokens of one text as the model sees them, marks included."""
        ids, _ = self._read([text])
        return [self.vocabulary.words[i] for i in ids[0].tolist()]

    @torch.inference_mode()
    def attentions(self, text: str) -> Tensor:
        """Who looks at whom in one text: (layers, heads, t, t), each row of which sums to 1."""
        ids, real = self._read([text])
        self.model.eval()
        found = self.model(input_ids=ids, attention_mask=real.long(), output_attentions=True)
        return torch.cat(found.attentions)

    def _read(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        ids, lengths = self.vocabulary.batch(texts, self.longest, marks=True)
        return ids.to(self.model.device), real_steps(lengths, ids.shape[1]).to(self.model.device)


@torch.inference_mode()
def continuation(
    model: nn.Module, vocabulary: Vocabulary, beginning: str = "", words: int = 20, temperature: float = 0.0,
    generator: torch.Generator | None = None,
) -> str:  # fmt: skip
    """A text that goes on from its beginning, one word at a time, until `<end>`, `words` more words, or the model is full.

    Args:
        model: a GPT.
        vocabulary: the one it was trained with.
        beginning: what it starts from; may be empty.
        words: how many words to add at most.
        temperature: 0 always takes the likeliest word; 1 draws words as the model thinks likely; between, more carefully.
        generator: of the draws.

    Raises:
        ValueError: `temperature` is negative.
    """
    if temperature < 0:
        raise ValueError(f"temperature is {temperature}; accepted is 0 or more")
    ids = [START, *vocabulary.encode(beginning)]
    model.eval()
    for _ in range(min(words, model.config.max_position_embeddings - len(ids))):
        logits = model(input_ids=torch.tensor([ids], device=model.device)).logits[0, -1].cpu()
        logits[[PAD, UNKNOWN, MASK, START]] = -torch.inf  # no words that can be said
        if temperature:
            following = int(torch.multinomial((logits / temperature).softmax(dim=-1), 1, generator=generator))
        else:
            following = int(logits.argmax())
        if following == END:
            break
        ids.append(following)
    return vocabulary.decode(ids[1:])
