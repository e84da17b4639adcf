"""A transformer decoder: every word looks at the words before it, then at the picture.

Vaswani et al., Attention Is All You Need, NeurIPS 2017, section 3.1, with the layers normalised before and not after (Xiong et
al., ICML 2020). Words that are written do not change, so neither do their keys and values: they are kept (the cache), and a new
word costs one step and not a whole sentence.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.generate.caption.decoder import Decoder, Memory, State
from mmlearn.layers import MultiHeadAttention, attention, causal_mask


class DecoderBlock(nn.Module):
    """Look back, look at the picture, think: each added to what comes in.

    Args:
        dim: width.
        heads: of both attentions.
        dropout: share of each result that is dropped while training.
    """

    def __init__(self, dim: int, heads: int, dropout: float = 0.0):
        super().__init__()
        self.before_back, self.before_picture, self.before_thinking = (nn.LayerNorm(dim) for _ in range(3))
        self.back, self.picture = MultiHeadAttention(dim, heads), MultiHeadAttention(dim, heads)
        self.think = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.heads, self.dropout = heads, dropout

    def of_pictures(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of regions (b, n, dim): each (b, heads, n, dim / heads)."""
        return self._split(self.picture.key(seen)), self._split(self.picture.value(seen))

    def forward(self, x: Tensor, past: tuple[Tensor, Tensor], pictures: tuple[Tensor, Tensor, Tensor]) -> tuple:
        """New steps x (b · k, t, dim) after `past`, keys and values (b · k, heads, s, dim / heads) of the s steps before.

        `pictures` holds the keys and values of `of_pictures`, and which regions are real, (b, n).

        Returns:
            (b · k, t, dim), the past with the new steps, and the weights on the regions, (b · k, t, n), mean over heads.
        """
        y = self.before_back(x)
        new = self._split(self.back.key(y)), self._split(self.back.value(y))
        past = tuple(torch.cat(parts, dim=2) for parts in zip(past, new, strict=True))
        mask = causal_mask(past[0].shape[2], x.device)[-x.shape[1] :]  # (t, s + t)
        found, _ = attention(self._split(self.back.query(y)), *past, mask)
        x = x + self._dropped(self.back.out(found.transpose(1, 2).flatten(2)))
        found, weights = self._look(self.before_picture(x), *pictures)
        x = x + self._dropped(found)
        return x + self._dropped(self.think(self.before_thinking(x))), past, weights

    def _look(self, x: Tensor, keys: Tensor, values: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """x (b · k, t, dim) at the regions: the k captions of a picture ask side by side, (b, k · t, dim)."""
        query = self._split(self.picture.query(x).reshape(len(keys), -1, x.shape[-1]))
        found, weights = attention(query, keys, values, real[:, None, None])  # (b, heads, k · t, …)
        found = self.picture.out(found.transpose(1, 2).flatten(2)).view_as(x)
        return found, weights.mean(dim=1).view(*x.shape[:2], -1)

    def _split(self, x: Tensor) -> Tensor:
        """(b, t, dim) -> (b, heads, t, dim / heads)."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def _dropped(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout, self.training)


class TransformerDecoder(Decoder):
    """Blocks of attention over the words so far and over the regions.

    Args:
        words: V, the size of the vocabulary.
        memory_dim: width of a region.
        dim: width of a step; a multiple of `heads`.
        layers: how many blocks.
        heads: of every attention.
        longest: the most tokens of a caption, its marks included: each place has a vector of its own.
        dropout: share of each block's results that is dropped while training.
    """

    def __init__(
        self, words: int, memory_dim: int, dim: int = 128, *, layers: int = 2, heads: int = 4, longest: int = 64,
        dropout: float = 0.0,
    ):  # fmt: skip
        super().__init__(words, memory_dim, dim)
        self.longest = longest
        self.see = nn.Sequential(nn.Linear(memory_dim, dim), nn.LayerNorm(dim))
        self.position = nn.Embedding(longest, dim)
        nn.init.normal_(self.position.weight, std=0.1)  # small beside a word, whose numbers have standard deviation 1
        self.blocks = nn.ModuleList(DecoderBlock(dim, heads, dropout) for _ in range(layers))
        self.normalise = nn.LayerNorm(dim)

    def begin(self, memory: Memory) -> State:
        seen = self.see(memory.regions)
        pictures = [part for block in self.blocks for part in block.of_pictures(seen)]
        empty = seen.new_empty(len(seen), self.blocks[0].heads, 0, self.dim // self.blocks[0].heads)
        return State((*pictures, memory.real), (empty,) * len(pictures))

    def advance(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        known, state, _ = self._continue(tokens[:, None], state)
        return known[:, 0], state

    def read(self, memory: Memory, tokens: Tensor) -> tuple[Tensor, Tensor]:
        known, _, weights = self._continue(tokens, self.begin(memory).spread(len(tokens) // len(memory.regions)))
        return known, weights

    def _continue(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        """t more tokens a row, all at once: what is known after each, the state, and the last block's look at the picture."""
        before = state.rows[0].shape[2]
        if before + tokens.shape[1] > self.longest:
            raise ValueError(f"a caption grew to {before + tokens.shape[1]} tokens; this decoder was made for {self.longest}")
        *pictures, real = state.pictures
        x = self.embedding(tokens) + self.position.weight[before : before + tokens.shape[1]]
        rows = []
        for i, block in enumerate(self.blocks):
            pair = slice(2 * i, 2 * i + 2)
            x, past, weights = block(x, state.rows[pair], (*pictures[pair], real))
            rows += past
        return self.normalise(x), State(state.pictures, tuple(rows)), weights
