"""Attention: every query looks at all keys and takes home a weighted mean of their values.

Vaswani et al., Attention Is All You Need, NeurIPS 2017, section 3.2. The weights are returned with the result, since a
course looks at them.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """softmax(query · keyᵀ / √d) · value, and the softmax itself.

    Args:
        query: (..., q, d).
        key: (..., k, d).
        value: (..., k, v).
        mask: bool, broadcast to (..., q, k); true where a query may look. One that may look nowhere gets zeros.

    Returns:
        (..., q, v) and the weights (..., q, k), each row of which sums to 1.

    Raises:
        ValueError: shapes that do not fit, or a mask that is not bool.
    """
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        shapes = ", ".join(f"{name} {tuple(x.shape)}" for name, x in (("query", query), ("key", key), ("value", value)))
        raise ValueError(f"query and key must be equally wide, key and value equally long; got {shapes}")
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])  # (..., q, k)
    if mask is None:
        weights = scores.softmax(dim=-1)
    elif mask.dtype == torch.bool:
        least = torch.finfo(scores.dtype).min  # not -inf: a row of nothing else would give 0 / 0
        weights = scores.masked_fill(~mask, least).softmax(dim=-1) * mask
    else:
        raise ValueError(f"mask is {mask.dtype}; accepted is bool, true where a query may look")
    return weights @ value, weights


def causal_mask(length: int, device: torch.device | None = None) -> Tensor:
    """bool (length, length): step i may look at steps 0 to i, not at what comes later."""
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()


class MultiHeadAttention(nn.Module):
    """Attention several times side by side, each on its own projection to dim / heads numbers (section 3.2.2).

    Args:
        dim: width of the input, and of the output.
        heads: how many; `dim` must be a multiple.
        memory_dim: width of what is looked at, if it is not `dim`.
    """

    def __init__(self, dim: int, heads: int = 4, memory_dim: int | None = None):
        super().__init__()
        if dim % heads:
            raise ValueError(f"dim is {dim} and heads is {heads}; dim must be a multiple of heads")
        self.heads = heads
        self.query = nn.Linear(dim, dim)
        self.key, self.value = (nn.Linear(memory_dim or dim, dim) for _ in range(2))
        self.out = nn.Linear(dim, dim)

    def forward(self, x: Tensor, memory: Tensor | None = None, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """x (b, q, dim) looks at memory (b, k, memory_dim), at itself where that is not given.

        `mask` is bool: (b, k), which keys are real; or (q, k) or (b, q, k), which keys each query may see.

        Returns:
            (b, q, dim) and the weights (b, heads, q, k).
        """
        memory = x if memory is None else memory
        if mask is not None:
            is_keys = mask.ndim == 2 and tuple(mask.shape) == tuple(memory.shape[:2])
            square = mask.ndim == 2 and tuple(mask.shape) == (x.shape[1], memory.shape[1])
            if is_keys and square:
                raise ValueError(f"mask {tuple(mask.shape)} could mean keys or queries here; give it as (b, q, k)")
            mask = mask[:, None, None] if is_keys else mask if mask.ndim == 2 else mask[:, None]
        heads = (self._split(part) for part in (self.query(x), self.key(memory), self.value(memory)))
        found, weights = attention(*heads, mask)  # (b, heads, q, dim / heads)
        return self.out(found.transpose(1, 2).flatten(2)), weights

    def _split(self, x: Tensor) -> Tensor:
        """(b, t, dim) -> (b, heads, t, dim / heads)."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class TransformerBlock(nn.Module):
    """Look around, then think: attention and a two-layer network, each added to what comes in.

    The layers are normalised before, not after, which trains without a warm-up (Xiong et al., On Layer Normalization in
    the Transformer Architecture, ICML 2020).

    Args:
        dim: width.
        heads: of the attention.
        widen: how many times wider the two-layer network is inside.
        dropout: share of each result that is dropped while training.
    """

    def __init__(self, dim: int, heads: int = 4, widen: int = 4, dropout: float = 0.0):
        super().__init__()
        self.before_looking, self.before_thinking = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = MultiHeadAttention(dim, heads)
        self.think = nn.Sequential(nn.Linear(dim, widen * dim), nn.GELU(), nn.Linear(widen * dim, dim))
        self.dropout = dropout

    def forward(self, x: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """x (b, t, dim), mask as in `MultiHeadAttention` -> (b, t, dim) and the weights (b, heads, t, t)."""
        found, weights = self.attention(self.before_looking(x), mask=mask)
        x = x + functional.dropout(found, self.dropout, self.training)
        return x + functional.dropout(self.think(self.before_thinking(x)), self.dropout, self.training), weights
