"""GPT-2 as a text encoder: it was trained to say the next word, and its states are taken.

Radford et al., Language Models are Unsupervised Multitask Learners, 2019. It reads from left to right, so the last token
has seen the whole text and the first has seen nothing but itself.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.features import weights
from mmlearn.features.sentences import check_texts, tokenizer
from mmlearn.features.text.pooling import pool

POOLS = ("mean", "last")


class Gpt2Encoder(nn.Module):
    """Turns texts into vectors (b, dim) of length 1; a text longer than `max_tokens` is cut.

    Args:
        folder: holds config.json, model.safetensors and tokenizer.json.
        pool: "mean" of all tokens, or the "last".

    Raises:
        ValueError: the folder holds no GPT-2 with weights that fit, or `pool` is neither.
    """

    medium, name = "text", "gpt2"

    def __init__(self, folder: Path, pool: str = "mean", max_tokens: int = 1024, batch_size: int = 32):
        super().__init__()
        if pool not in POOLS:
            raise ValueError(f"pool is {pool!r}; accepted are {', '.join(map(repr, POOLS))}")
        self.network = load(folder).requires_grad_(False)
        longest = min(max_tokens, self.network.config.n_positions)
        self.tokenizer = tokenizer(folder / "tokenizer.json", longest)
        self.pool, self.dim, self.batch_size = pool, self.network.config.n_embd, batch_size
        self.version = f"{weights.digest(self.network)}-{pool}-{longest}tokens"

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Texts to vectors (b, dim).

        Raises:
            TypeError, ValueError: see `check_texts`.
        """
        check_texts(texts)
        encoded = self.tokenizer.encode_batch(list(texts))
        device = self.network.wte.weight.device
        ids = torch.tensor([e.ids for e in encoded], device=device)  # filled up on the right, so positions are as if alone
        real = torch.tensor([e.attention_mask for e in encoded], device=device)
        states = self.network(input_ids=ids, attention_mask=real).last_hidden_state
        return functional.normalize(pool(states, real.bool(), self.pool), dim=-1)


def load(folder: Path) -> nn.Module:
    """The network kept in `folder`, in evaluation mode.

    Raises:
        ValueError: the folder holds no GPT-2, or weights that do not fit its configuration.
    """
    from transformers import GPT2Config, GPT2Model

    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        wanted = "a folder with config.json, model.safetensors and tokenizer.json"
        raise ValueError(f"path is {folder}; accepted is {wanted}") from error
    if config.get("model_type") != "gpt2":
        raise ValueError(f"path is {folder}, a {config.get('model_type')!r} model; accepted is 'gpt2'")
    network = GPT2Model(GPT2Config(**config))
    stored = weights.read(folder / "model.safetensors")
    return weights.fill(network, {name.removeprefix("transformer."): value for name, value in stored.items()}, folder).eval()
