"""Is the learner's answer the expected one, and if not, in what way?"""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """A tensor as an array; anything else as it is. Tensors are known by their methods, so that torch need not load."""
    if hasattr(value, "detach") and hasattr(value, "numpy"):
        return value.detach().cpu().numpy()
    return value


def _numeric(value: Any) -> np.ndarray | None:
    """`value` as an array of numbers, or None if it is not one."""
    try:
        array = np.asarray(plain(value))
    except (ValueError, TypeError, RuntimeError):
        return None
    return array if array.dtype.kind in "biufc" else None


def _is_numeric(value: Any) -> bool:
    return isinstance(plain(value), (np.ndarray, np.generic, bool, int, float, complex)) and _numeric(value) is not None


def same(got: Any, expected: Any, tolerance: float) -> bool:
    """Whether two answers agree: numbers within the tolerance, containers part by part, anything else by equality."""
    if _is_numeric(expected):
        a, b = _numeric(got), _numeric(expected)
        if a is None or a.shape != b.shape:
            return False
        return np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)
    got, expected = plain(got), plain(expected)
    if isinstance(expected, (list, tuple)):
        if not isinstance(got, (list, tuple, np.ndarray)) or getattr(got, "ndim", 1) == 0 or len(got) != len(expected):
            return False
        return all(same(a, b, tolerance) for a, b in zip(got, expected, strict=True))
    if isinstance(expected, dict):
        if not isinstance(got, dict) or got.keys() != expected.keys():
            return False
        return all(same(got[key], expected[key], tolerance) for key in expected)
    if isinstance(expected, np.ndarray):
        return isinstance(got, np.ndarray) and got.shape == expected.shape and bool((got == expected).all())
    return type(got) is type(expected) and bool(got == expected)


def close(got: Any, expected: Any, rtol: float = 1e-5, atol: float = 1e-6) -> bool:
    """Equal numbers, up to rounding, in equal shapes: what a mistake's own test asks.

    Raises:
        TypeError: `got` is None, or holds something that is not a number.
    """
    if got is None:  # which NumPy would make NaN
        raise TypeError("no answer")
    a, b = (np.asarray(plain(value), float) for value in (got, expected))
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True))


def any_of(*wrong: Callable[..., Any], alike: Callable[[Any, Any], bool] = close) -> Callable[..., bool]:
    """For a mistake that can be made in several ways: whether the answer is alike what one of them gives."""
    return lambda got, _, *arguments: any(alike(got, one(*copy.deepcopy(arguments))) for one in wrong)


def fault(got: Any, expected: Any, where: str = "your answer") -> tuple[str, str] | None:
    """A wrong type, a wrong shape or NaN, as (key, sentence); None where only the values can be wrong."""
    if _is_numeric(expected):
        return _fault_of_numbers(got, _numeric(expected), where)
    if isinstance(expected, (list, tuple)):
        if not isinstance(got, (list, tuple, np.ndarray)) or getattr(got, "ndim", 1) == 0:
            return "type", f"{where} is {describe(got)}, but {describe(expected)} was asked for"
        if len(got) != len(expected):
            return "shape", f"{where} has {len(got)} parts, but {len(expected)} were asked for"
        parts = (fault(a, b, f"part {i} of {where}") for i, (a, b) in enumerate(zip(got, expected, strict=True)))
        return next((part for part in parts if part), None)
    if isinstance(expected, dict) and isinstance(got, dict) and got.keys() == expected.keys():
        parts = (fault(got[k], expected[k], f"{k!r} in {where}") for k in expected)
        return next((part for part in parts if part), None)
    if isinstance(expected, dict) and isinstance(got, dict):
        return "type", f"{where} has the keys {sorted(map(str, got))}, but {sorted(map(str, expected))} were asked for"
    if type(plain(got)) is not type(plain(expected)):
        return "type", f"{where} is {describe(got)}, but {describe(expected)} was asked for"
    return None


def _fault_of_numbers(got: Any, expected: np.ndarray, where: str) -> tuple[str, str] | None:
    array = _numeric(got)
    if array is None:
        return "type", f"{where} is {describe(got)}, but {describe(expected)} was asked for"
    if array.shape != expected.shape:
        return "shape", f"{where} has shape {array.shape}, but {expected.shape} was asked for"
    if not np.isfinite(array).all() and np.isfinite(expected).all():
        kind = "NaN" if np.isnan(array).any() else "infinity"
        return (
            "nan",
            f"{where} contains {kind}: is something divided by zero, or a root or logarithm taken of a bad value?",
        )
    return None


def describe(value: Any) -> str:
    """A value in a few words: its kind and size, not its contents."""
    value = plain(value)
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}" if value.ndim else "one number"
    if isinstance(value, (bool, int, float, complex, np.generic)):
        return "one number"
    if isinstance(value, (list, tuple, dict, set, str)):
        return f"a {type(value).__name__} of length {len(value)}"
    return f"a {type(value).__name__}"


def difference(got: Any, expected: Any, tolerance: float) -> str:
    """Where two answers of one shape first part, in one line."""
    if not _is_numeric(expected):
        return f"got {short(got)}, expected {short(expected)}"
    a, b = _numeric(got), _numeric(expected)
    if a is None or a.shape != b.shape:
        return f"got {short(got)}, expected {short(expected)}"
    wrong = np.argwhere(~np.isclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True))
    if len(wrong) == 0:
        return f"got {short(got)}"
    at = tuple(int(i) for i in wrong[0])
    place = f" at {list(at)}" if at else ""
    share = f" ({len(wrong)} of {a.size} numbers differ)" if a.size > 1 else ""
    return f"got {a[at]:.6g}{place}, expected {b[at]:.6g}{share}"


def short(value: Any, width: int = 200) -> str:
    """`value` printed on one line, cut at `width` characters."""
    value = plain(value)
    text = np.array2string(value, precision=4, threshold=12) if isinstance(value, np.ndarray) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"
