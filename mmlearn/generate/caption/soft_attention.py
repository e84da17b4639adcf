"""Show, attend and tell: before every word the decoder looks at the picture again, at those regions that it needs.

Xu et al., Show, Attend and Tell: Neural Image Caption Generation with Visual Attention, ICML 2015, sections 3.1.2 and 4.2; the
score of a region is the additive one of Bahdanau et al. (ICLR 2015).
"""

import torch
from torch import Tensor, nn

from mmlearn.generate.caption.decoder import Decoder, Memory, State
from mmlearn.layers import LSTMCell, mean_of_steps


class AttentionDecoder(Decoder):
    """An LSTM that looks before every word.

        a_i  = normalise(A · region_i)                        what there is to see, of one size for all (Ba et al., 2016)
        α_ti = softmax over i of v · tanh(U a_i + W h_t-1)    where to look, regions that are no padding only
        z_t  = σ(β · h_t-1) Σ_i α_ti a_i                      what is seen, and how much of it is let in
        h_t  = LSTM([y_t, z_t], h_t-1)                        y_t is the embedding of token t
        o_t  = y_t + L h_t + K z_t,  logits = O o_t + b

    h and c start from the mean of the regions, each by a layer and tanh.

    Args:
        words: V, the size of the vocabulary.
        memory_dim: width of a region.
        dim: of a word's vector, of what is seen, and of the state.
        score_dim: inside the score, of v; every region is scored for every word, so this decides what attention costs.
    """

    def __init__(self, words: int, memory_dim: int, dim: int = 128, score_dim: int = 64):
        super().__init__(words, memory_dim, dim)
        self.see = nn.Sequential(nn.Linear(memory_dim, dim), nn.LayerNorm(dim))
        self.first = nn.Linear(dim, 2 * dim)
        self.of_region, self.of_state = nn.Linear(dim, score_dim), nn.Linear(dim, score_dim, bias=False)
        self.score = nn.Linear(score_dim, 1, bias=False)  # a bias would raise all scores alike, which a softmax does not see
        self.gate = nn.Linear(dim, 1)
        self.cell = LSTMCell(dim, dim)
        self.seen_to_cell = nn.Linear(dim, 4 * dim, bias=False)
        self.state_to_word, self.seen_to_word = nn.Linear(dim, dim), nn.Linear(dim, dim, bias=False)

    def begin(self, memory: Memory) -> State:
        seen = self.see(memory.regions)  # (b, n, dim)
        first = self.first(mean_of_steps(seen, memory.real)).tanh().chunk(2, dim=-1)
        return State((seen, self.of_region(seen), memory.real), first)

    def advance(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        word = self.embedding(tokens)
        rows, seen, _ = self._write(self.cell.from_input(word), state.rows, state.pictures)
        return self._known(word, rows[0], seen), State(state.pictures, rows)

    def read(self, memory: Memory, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """As `Decoder.read`. Where to look depends on the state, so this goes step by step; the rest is done at once."""
        pictures, rows = self.begin(memory).spread(len(tokens) // len(memory.regions))
        words = self.embedding(tokens)
        projected, steps = self.cell.from_input(words), []
        for t in range(tokens.shape[1]):
            rows, seen, weights = self._write(projected[:, t], rows, pictures)
            steps.append((rows[0], seen, weights))
        states, seen, weights = (torch.stack(parts, dim=1) for parts in zip(*steps, strict=True))
        return self._known(words, states, seen), weights

    def _write(self, projected: Tensor, rows: tuple, pictures: tuple) -> tuple[tuple, Tensor, Tensor]:
        """One step: the new h and c, what was seen (rows, dim), and where (rows, n)."""
        seen, weights = self._attend(rows[0], *pictures)
        return self.cell.step(projected + self.seen_to_cell(seen), rows), seen, weights

    def _attend(self, h: Tensor, seen: Tensor, keys: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """h (b · k, dim) looks at the regions of its picture, (b, n, dim); a picture without regions shows zeros."""
        query = self.of_state(h).unflatten(0, (len(seen), -1))  # (b, k, score_dim)
        scores = self.score((keys[:, None] + query[:, :, None]).tanh()).squeeze(-1)  # (b, k, n)
        least = torch.finfo(scores.dtype).min  # not -inf: nothing but -inf would give 0 / 0
        weights = scores.masked_fill(~real[:, None], least).softmax(dim=-1) * real[:, None]
        found = (weights @ seen).flatten(0, 1)  # (b · k, dim)
        return torch.sigmoid(self.gate(h)) * found, weights.flatten(0, 1)

    def _known(self, words: Tensor, states: Tensor, seen: Tensor) -> Tensor:
        return words + self.state_to_word(states) + self.seen_to_word(seen)
