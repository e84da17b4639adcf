"""What autograd wrote down behind an answer: for checks that ask not only for the right numbers, but for how they can learn."""

from typing import Any


def history(value: Any) -> list:
    """Every step of autograd's record behind a tensor, the last one first; none behind anything else."""
    seen, met, ahead = [], set(), [getattr(value, "grad_fn", None)]
    while ahead:
        step = ahead.pop()
        if step is not None and step not in met:
            met.add(step)
            seen.append(step)
            ahead += [before for before, _ in step.next_functions]
    return seen


def leaves(value: Any) -> list:
    """The tensors that `value` was made from, and to which gradients flow back."""
    return [step.variable for step in history(value) if hasattr(step, "variable")]
