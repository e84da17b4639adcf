"""From a vector for every token to one for the text."""

from torch import Tensor

from mmlearn.layers import last_step, mean_of_steps

POOLS = ("cls", "mean", "last")


def pool(states: Tensor, real: Tensor, how: str) -> Tensor:
    """One vector a text: states (b, t, d), real (b, t) bool, true where there is a token -> (b, d).

    Args:
        how: "cls" takes the first token (BERT's `[CLS]`), "mean" the mean over the real ones, "last" the last real one.

    Raises:
        ValueError: `how` is none of these.
    """
    if how not in POOLS:
        raise ValueError(f"how is {how!r}; accepted are {', '.join(map(repr, POOLS))}")
    if how == "cls":
        return states[:, 0]
    return mean_of_steps(states, real) if how == "mean" else last_step(states, real)
