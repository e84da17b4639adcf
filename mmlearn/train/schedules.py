"""Learning rates that change as training goes on, for `train.fit(schedule=…)`: functions from a step to a factor."""

import math
from collections.abc import Callable


def one_cycle(steps: int, rise: float = 0.3, start: float = 0.04) -> Callable[[int], float]:
    """A learning rate that rises, then falls to nothing: step 1 … `steps` -> factor.

    Smith and Topin, Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates, 2019: large
    steps in the middle go far and find flat places, small ones at the end settle. Both sides are half cosines.

    Args:
        steps: of the whole training.
        rise: the share of them on the way up.
        start: the factor at the first step.

    Raises:
        ValueError: `steps` is below 2, or `rise` is not between 0 and 1.
    """
    if steps < 2 or not 0 < rise < 1:
        raise ValueError(f"steps is {steps} and rise is {rise}; accepted are steps from 2 and rise between 0 and 1")
    peak = max(rise * steps, 1)

    def factor(step: int) -> float:
        if step < peak:
            return start + (1 - start) * (1 - math.cos(math.pi * step / peak)) / 2
        return (1 + math.cos(math.pi * min((step - peak) / (steps - peak), 1))) / 2

    return factor


def late_fall(steps: int, hold: float = 0.5, least: float = 0.05) -> Callable[[int], float]:
    """A learning rate that stays as it is, then falls in a straight line: step 1 … `steps` -> factor.

    For two players: as long as both still change what the other sees, neither should settle.

    Args:
        steps: of the whole training.
        hold: the share of them before it falls, about.
        least: the factor at the last step.

    Raises:
        ValueError: `steps` is below 1, or `hold` or `least` is not between 0 and 1.
    """
    if steps < 1 or not 0 <= hold < 1 or not 0 <= least <= 1:
        raise ValueError(f"steps is {steps}, hold {hold}, least {least}; accepted are steps from 1 and shares from 0 to 1")
    return lambda step: min(1.0, (1 - step / steps) / (1 - hold) + least)
