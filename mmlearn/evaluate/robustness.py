"""How much noise a model stands before it would do better without what is noisy."""

from typing import Any

import numpy as np

from mmlearn.arrays import as_numpy


def crossing(levels: Any, fused: Any, alone: Any) -> float:
    """The first level of noise at which a curve falls below another; both are straight lines between two levels.

    Args:
        levels: (k,) rising numbers.
        fused: (k,) scores of a model that is given the noisy modality.
        alone: (k,) scores without it.

    Returns:
        The level; the first one where `fused` is below from the start, infinity where it never is. Touching is not falling below.

    Raises:
        ValueError: unequal lengths, no level, numbers that are not finite, or levels that do not rise.
    """
    levels, fused, alone = (as_numpy(x, n).astype(float) for x, n in ((levels, "levels"), (fused, "fused"), (alone, "alone")))
    if levels.ndim != 1 or not len(levels) or not levels.shape == fused.shape == alone.shape:
        raise ValueError(
            f"levels, fused and alone have shapes {levels.shape}, {fused.shape}, {alone.shape}; accepted is (k,) each"
        )
    if not np.isfinite([levels, fused, alone]).all() or (np.diff(levels) <= 0).any():
        raise ValueError(f"levels are {levels.tolist()}; accepted are finite numbers that rise, and finite scores")
    ahead = fused - alone
    if not (ahead < 0).any():
        return np.inf
    i = int(np.argmax(ahead < 0))
    if i == 0:
        return float(levels[0])
    return float(levels[i - 1] + (levels[i] - levels[i - 1]) * ahead[i - 1] / (ahead[i - 1] - ahead[i]))
