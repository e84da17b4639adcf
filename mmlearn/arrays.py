"""Numpy or torch in, numpy out: what the numerical parts of the library do with an argument before they trust it.

Torch is not imported here: a tensor is known by its methods.
"""

from typing import Any

import numpy as np


def as_numpy(values: Any, name: str) -> np.ndarray:
    """An array, a tensor of any device or type, or nested lists as a numpy array, without a copy where none is needed.

    Raises:
        ValueError: the values make no regular array, such as rows of unequal length.
    """
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = (values.float() if str(values.dtype) == "torch.bfloat16" else values).numpy()
    try:
        return np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} must be a regular array; got {type(values).__name__} of unequal rows") from None


def as_matrix(values: Any, name: str, *, infinite: bool = False) -> np.ndarray:
    """A float64 matrix (rows, columns) of finite real numbers, at least one; `infinite` admits infinite ones too.

    Raises:
        ValueError: `values` is not two-dimensional, is empty, holds no real numbers, or holds NaN or infinite ones;
            the message names the argument as `name`.
    """
    array = as_numpy(values, name)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} must be a dense array of real numbers; got {type(values).__name__} of {array.dtype}")
    if array.ndim != 2:
        raise ValueError(f"{name} must have two dimensions (rows, columns); got shape {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name} is empty: its shape is {array.shape}")
    array = array.astype(np.float64, copy=False)
    good = ~np.isnan(array) if infinite else np.isfinite(array)
    if not good.all():
        bad = np.flatnonzero(~good.all(axis=1))
        where = f"{len(bad)} of its {len(array)} rows, the first of them row {bad[0]}"
        raise ValueError(f"{name} holds NaN{'' if infinite else ' or infinite'} values in {where}")
    return array
