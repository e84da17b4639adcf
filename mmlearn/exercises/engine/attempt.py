"""Call a learner's function safely: on copies, quietly, within a time limit, and keep what came of it."""

import copy
import dis
import inspect
import linecache
import signal
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlearn.exercises.engine.compare import same


class OutOfTime(BaseException):
    """The time is up. Not an Exception, so that a learner's `except Exception` does not swallow it."""


@dataclass
class Outcome:
    """What came of one call: a value or an error, and which arguments it changed in place (their positions, from 1)."""

    value: Any = None
    error: BaseException | None = None
    changed: tuple[int, ...] = ()


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in the block after `seconds`; no limit off the main thread, or where there is no timer signal."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_):
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def attempt(function: Callable, arguments: tuple, *, copied: bool = True) -> Outcome:
    """Call `function` on (a copy of) `arguments`. What it raises is kept, but for OutOfTime and the stop button."""
    given = copy.deepcopy(_detached(arguments)) if copied else arguments
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value = function(*given)
            if inspect.isgenerator(value):  # `yield` is as good as a list
                value = list(value)
    except (Exception, SystemExit) as error:
        return Outcome(error=error)
    changed = tuple(i for i, (a, b) in enumerate(zip(given, arguments, strict=True), 1) if not _unchanged(a, b))
    return Outcome(value, changed=changed)


def _detached(value: Any) -> Any:
    """The same without the history by which torch computes gradients: a tensor with one cannot be copied."""
    if isinstance(value, tuple | list) and type(value) in (tuple, list):
        return type(value)(map(_detached, value))
    return value.detach() if getattr(value, "grad_fn", None) is not None else value


def _unchanged(after: Any, before: Any) -> bool:
    """Arguments that are plain data are compared; of others (a model, a function) nothing is said."""
    plain_data = isinstance(before, (np.ndarray, list, tuple, dict)) or hasattr(before, "detach")
    return not plain_data or same(after, before, 0.0)


def place(error: BaseException, function: Callable) -> str:
    """Where in the learner's own function an error arose: ', in line 3: `x / 0`', or '' if it cannot be told."""
    code = getattr(function, "__code__", None)
    stack = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in stack if code and frame.filename == code.co_filename]
    if not frames:
        return ""
    line = linecache.getline(frames[-1].filename, frames[-1].lineno).strip()
    number = frames[-1].lineno - code.co_firstlineno + 1
    return f", in line {number} of it: `{line}`" if line and number > 0 else ""


def raised_by(error: BaseException, function: Callable) -> bool:
    """Whether the function's own body says `raise`, and not something that it calls."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None or last.tb_frame.f_code is not getattr(function, "__code__", None):
        return False
    return dis.opname[last.tb_frame.f_code.co_code[last.tb_lasti]] == "RAISE_VARARGS"
