"""BERT's encoder, small enough to read: token vectors in their context, and sentence vectors as their mean.

Devlin et al., BERT: Pre-training of Deep Bidirectional Transformers, NAACL 2019, sections 3 and A.2. MiniLM (Wang et
al., NeurIPS 2020) has the same layers, fewer and narrower. Written here because it is one page, and because the library
that ships it takes seconds to import, which every chapter would pay. Parameters are named as in the published weights.
"""

import json
from pathlib import Path
from types import SimpleNamespace

from torch import Tensor, nn
from torch.nn import functional

from mmlearn.features import weights


class Embeddings(nn.Module):
    """Word + position + segment (always the first), normalised: ids (b, t) -> (b, t, d)."""

    def __init__(self, c: SimpleNamespace):
        super().__init__()
        self.word_embeddings = nn.Embedding(c.vocab_size, c.hidden_size)
        self.position_embeddings = nn.Embedding(c.max_position_embeddings, c.hidden_size)
        self.token_type_embeddings = nn.Embedding(c.type_vocab_size, c.hidden_size)
        self.LayerNorm = nn.LayerNorm(c.hidden_size, c.layer_norm_eps)

    def forward(self, ids: Tensor) -> Tensor:
        position = self.position_embeddings.weight[: ids.shape[1]]
        return self.LayerNorm(self.word_embeddings(ids) + position + self.token_type_embeddings.weight[0])


def projection(inputs: int, c: SimpleNamespace) -> nn.ModuleDict:
    """Back to the width of the model, and the normalisation that follows the residual."""
    norm = nn.LayerNorm(c.hidden_size, c.layer_norm_eps)
    return nn.ModuleDict({"dense": nn.Linear(inputs, c.hidden_size), "LayerNorm": norm})


class Attention(nn.Module):
    """Multi-head self-attention, its projection, the residual and the normalisation after it."""

    def __init__(self, c: SimpleNamespace):
        super().__init__()
        self.heads = c.num_attention_heads
        self.self = nn.ModuleDict({name: nn.Linear(c.hidden_size, c.hidden_size) for name in ("query", "key", "value")})
        self.output = projection(c.hidden_size, c)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        b, t, d = x.shape
        q, k, v = (self.self[n](x).view(b, t, self.heads, -1).transpose(1, 2) for n in ("query", "key", "value"))
        y = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])  # (b, heads, t, d/heads)
        y = y.transpose(1, 2).reshape(b, t, d)
        return self.output["LayerNorm"](x + self.output["dense"](y))


class Layer(nn.Module):
    """One transformer layer: attention, then a two-layer network on each token; (b, t, d) -> (b, t, d)."""

    def __init__(self, c: SimpleNamespace):
        super().__init__()
        self.attention = Attention(c)
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(c.hidden_size, c.intermediate_size)})
        self.output = projection(c.intermediate_size, c)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.attention(x, mask)
        y = functional.gelu(self.intermediate["dense"](x))
        return self.output["LayerNorm"](x + self.output["dense"](y))


class Bert(nn.Module):
    """Token ids (b, t) and a mask (b, t), true where there is a token, to contextual token vectors (b, t, d)."""

    def __init__(self, config: dict):
        super().__init__()
        c = SimpleNamespace(**config)
        self.dim, self.longest = c.hidden_size, c.max_position_embeddings
        self.embeddings = Embeddings(c)
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(Layer(c) for _ in range(c.num_hidden_layers))})

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        x = self.embeddings(ids)
        for layer in self.encoder["layer"]:
            x = layer(x, mask)
        return x


def mean_of_tokens(tokens: Tensor, mask: Tensor) -> Tensor:
    """Average of the real tokens' vectors: (b, t, d) and (b, t) bool -> (b, d); padding counts for nothing."""
    weight = mask.to(tokens.dtype)[..., None]
    return (tokens * weight).sum(dim=1) / weight.sum(dim=1)


def load(folder: Path) -> Bert:
    """The model kept in `folder` as `config.json` and `model.safetensors`, in evaluation mode.

    Raises:
        ValueError: the folder holds no BERT, or weights that do not fit its configuration.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        wanted = "a folder with config.json, model.safetensors and tokenizer.json"
        raise ValueError(f"path is {folder}; accepted is {wanted}") from error
    kind, activation = config.get("model_type"), config.get("hidden_act")
    if (kind, activation) != ("bert", "gelu"):
        raise ValueError(f"path is {folder}, a {kind!r} model with {activation!r}; accepted is 'bert' with 'gelu'")
    model = Bert(config)
    stored = weights.read(folder / "model.safetensors")
    return weights.fill(model, {_today(name): value for name, value in stored.items()}, folder).eval()


def _today(name: str) -> str:
    """A parameter's name in files of every age: the first releases said gamma and beta, and put `bert.` before."""
    return name.removeprefix("bert.").replace(".gamma", ".weight").replace(".beta", ".bias")
