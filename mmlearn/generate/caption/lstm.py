"""Show and tell: an LSTM is shown the picture once, as if it were the first word, and then writes.

Vinyals, Toshev, Bengio and Erhan, Show and Tell: A Neural Image Caption Generator, CVPR 2015, section 3.1.
"""

import torch
from torch import Tensor, nn

from mmlearn.generate.caption.decoder import Decoder, Memory, State
from mmlearn.layers import LSTMCell, mean_of_steps


class LSTMDecoder(Decoder):
    """x_-1 = W · picture, x_t = embedding of token t, h_t = LSTM(x_t, h_t-1), logits = V h_t + b.

    The picture is one vector; of several regions it is their mean. All that will be said must fit into the first state.

    Args:
        words: V, the size of the vocabulary.
        memory_dim: width of the picture's vector.
        dim: of a word's vector, and of the state.
    """

    def __init__(self, words: int, memory_dim: int, dim: int = 128):
        super().__init__(words, memory_dim, dim)
        self.show = nn.Linear(memory_dim, dim)
        self.cell = LSTMCell(dim, dim)

    def begin(self, memory: Memory) -> State:
        picture = self.show(mean_of_steps(*memory))  # (b, dim)
        return State((), self.cell(picture, self.cell.start(picture)))

    def advance(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        rows = self.cell(self.embedding(tokens), state.rows)
        return rows[0], State((), rows)

    def read(self, memory: Memory, tokens: Tensor) -> tuple[Tensor, None]:
        state = self.begin(memory).spread(len(tokens) // len(memory.regions)).rows
        projected, seen = self.cell.from_input(self.embedding(tokens)), []  # all steps at once, which is quicker
        for t in range(tokens.shape[1]):
            state = self.cell.step(projected[:, t], state)
            seen.append(state[0])
        return torch.stack(seen, dim=1), None
