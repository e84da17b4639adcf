"""A transformer whose modalities exchange only through a few tokens."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmlearn.fusion.simple import averaged
from mmlearn.fusion.steps import Attending, present
from mmlearn.layers import TransformerBlock


class Bottleneck(Attending):
    """Nagrani et al. (2021), "Attention Bottlenecks for Multimodal Fusion", NeurIPS.

    Every modality has transformer blocks of its own, which see its steps and a few tokens Z (tokens, d), learned at first:

    [Z_m; H_m] ← block_m([Z; H_m])   each modality alone with the tokens
    Z ← mean over m of Z_m           the only place where modalities meet

    and so again in every layer. h = W · LayerNorm(mean of the tokens). The paper reads off one class token a modality instead.
    A missing modality has no part in the mean; one alone is a transformer with some tokens more. Two layers are the fewest in
    which what one modality put into the tokens can change how another is read.

    Args:
        tokens: how many.
        layers: how many.
        heads: of each block's attention; out_dim must be a multiple.

    Raises:
        ValueError: one of them is not a positive integer, or out_dim is no multiple of heads.
    """

    def __init__(self, dims: Sequence[int], out_dim: int, tokens: int = 4, layers: int = 2, heads: int = 1):
        super().__init__(dims, out_dim)
        for name, value in (("tokens", tokens), ("layers", layers), ("heads", heads)):
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} is {value!r}; accepted is a positive integer")
        self.tokens = nn.Parameter(0.02 * torch.randn(tokens, out_dim))
        blocks = [[TransformerBlock(out_dim, heads) for _ in self.dims] for _ in range(layers)]
        for block in (block for layer in blocks for block in layer):
            block.attention.key.bias = None  # it would raise all scores of a query alike, and never learn
        self.layers = nn.ModuleList([nn.ModuleList(layer) for layer in blocks])
        self.norm, self.out = nn.LayerNorm(out_dim), nn.Linear(out_dim, out_dim)

    def attend(self, hidden: list[Tensor], real: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Weights: for each modality (batch, layers, tokens, length), how much each token looks at each step (mean of heads).

        They sum to less than 1: the rest goes to the tokens themselves.
        """
        n, states, looked, there = len(self.tokens), list(hidden), [[] for _ in hidden], present(real)
        shared = self.tokens.expand(len(hidden[0]), -1, -1)
        seen = [torch.cat([r.new_ones(len(r), n), r], dim=1)[:, None] for r in real]  # (batch, 1, n + length)
        for layer in self.layers:
            given = []
            for m, block in enumerate(layer):
                both, weights = block(torch.cat([shared, states[m]], dim=1), seen[m])
                states[m] = both[:, n:]
                given.append(both[:, :n].flatten(1))
                looked[m].append(weights.mean(1)[:, :n, n:])
            shared = averaged(torch.stack(given, dim=1), there).unflatten(1, (n, -1))
        return self.out(self.norm(shared.mean(1))), [torch.stack(layers, dim=1) for layers in looked]
