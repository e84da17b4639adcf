"""Recurrent networks: a state that is carried from step to step, and rewritten at each.

The plain cell is Elman's (Finding Structure in Time, Cognitive Science 1990). The LSTM is that of Hochreiter and
Schmidhuber (Long Short-Term Memory, Neural Computation 1997) with the forget gate of Gers et al. (2000).
"""

import torch
from torch import Tensor, nn

from mmlearn.layers.padding import real_steps

State = tuple[Tensor, ...]


class RNNCell(nn.Module):
    """h' = tanh(W x + U h + b). The state is (h,)."""

    def __init__(self, inputs: int, hidden: int):
        super().__init__()
        self.hidden = hidden
        self.from_input, self.from_state = nn.Linear(inputs, hidden), nn.Linear(hidden, hidden, bias=False)

    def start(self, x: Tensor) -> State:
        """The state before the first step: zeros, for the batch of x (b, ...)."""
        return (x.new_zeros(len(x), self.hidden),)

    def forward(self, x: Tensor, state: State) -> State:
        """One step: x (b, inputs), state -> state."""
        return self.step(self.from_input(x), state)

    def step(self, projected: Tensor, state: State) -> State:
        """One step whose W x + b is computed already: (b, hidden), state -> state."""
        return (torch.tanh(projected + self.from_state(state[0])),)


class LSTMCell(nn.Module):
    """A memory c that gates keep, fill and read. The state is (h, c).

        i, f, o = σ(W x + U h + b), each with weights of its own       in, forget, out: 0 shut, 1 open
        g       = tanh(W x + U h + b)                                  what could be written
        c'      = f · c + i · g
        h'      = o · tanh(c')

    The forget gate starts rather open (bias 1, σ = 0.73), as Jozefowicz et al. recommend (An Empirical Exploration of
    Recurrent Network Architectures, ICML 2015): enough for about twenty steps. What must be remembered longer needs a
    larger bias: to keep something for T steps, about log(T - 1) (Tallec and Ollivier, ICLR 2018).

    Args:
        inputs: width of a step.
        hidden: width of the state.
        forget_bias: the forget gate's bias before training.
    """

    def __init__(self, inputs: int, hidden: int, forget_bias: float = 1.0):
        super().__init__()
        self.hidden = hidden
        self.from_input, self.from_state = nn.Linear(inputs, 4 * hidden), nn.Linear(hidden, 4 * hidden, bias=False)
        with torch.no_grad():
            self.from_input.bias[hidden : 2 * hidden] = forget_bias

    def start(self, x: Tensor) -> State:
        """The state before the first step: zeros, for the batch of x (b, ...)."""
        zeros = x.new_zeros(len(x), self.hidden)
        return zeros, zeros

    def forward(self, x: Tensor, state: State) -> State:
        """One step: x (b, inputs), state -> state."""
        return self.step(self.from_input(x), state)

    def step(self, projected: Tensor, state: State) -> State:
        """One step whose W x + b is computed already: (b, 4 · hidden), state -> state."""
        h, c = state
        i, f, g, o = (projected + self.from_state(h)).chunk(4, dim=-1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


CELLS = {"rnn": RNNCell, "lstm": LSTMCell}


class Recurrent(nn.Module):
    """A whole batch of sequences, read step by step; padding changes nothing.

    Args:
        inputs: width of a step.
        hidden: width of the state.
        cell: "lstm" or "rnn".
        both_ways: read backwards too, with a second cell, and put both results side by side (Schuster and Paliwal 1997).
        forget_bias: of an LSTM, as in `LSTMCell`; its default where not given.

    Raises:
        ValueError: an unknown cell, or a forget_bias for one without a forget gate.
    """

    def __init__(self, inputs: int, hidden: int, cell: str = "lstm", both_ways: bool = False, forget_bias: float | None = None):
        super().__init__()
        if cell not in CELLS:
            raise ValueError(f"cell is {cell!r}; accepted are {', '.join(CELLS)}")
        if forget_bias is not None and cell != "lstm":
            raise ValueError(f"forget_bias is {forget_bias}, but a cell {cell!r} has no forget gate; accepted is None")
        options = {} if forget_bias is None else {"forget_bias": forget_bias}
        self.cells = nn.ModuleList(CELLS[cell](inputs, hidden, **options) for _ in range(2 if both_ways else 1))
        self.dim = hidden * len(self.cells)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """x (b, t, inputs), lengths (b,) -> the state after every step (b, t, dim), zeros on padding; and the last (b, dim).

        "Last" is after the last real step; for the cell that reads backwards, after the first.
        """
        lengths = torch.full((len(x),), x.shape[1], device=x.device) if lengths is None else torch.as_tensor(lengths)
        real = real_steps(lengths.to(x.device), x.shape[1])
        found = [self._read(cell, x, real, backwards=bool(i)) for i, cell in enumerate(self.cells)]
        steps, last = (torch.cat(parts, dim=-1) for parts in zip(*found, strict=True))
        return steps, last

    @staticmethod
    def _read(cell: nn.Module, x: Tensor, real: Tensor, backwards: bool) -> tuple[Tensor, Tensor]:
        """One cell over the steps. At padding the state stays as it is, so backwards it is still zero at the last step."""
        projected = cell.from_input(x.masked_fill(~real[..., None], 0))  # (b, t, …): all steps at once, which is quicker
        state, seen = cell.start(x), []
        order = range(x.shape[1])
        for t in reversed(order) if backwards else order:
            here = real[:, t, None]
            state = tuple(torch.where(here, new, old) for new, old in zip(cell.step(projected[:, t], state), state, strict=True))
            seen.append(torch.where(here, state[0], 0.0))
        steps = torch.stack(seen[::-1] if backwards else seen, dim=1)
        return steps, state[0]
