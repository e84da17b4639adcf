"""From noise to a picture along a field of velocities."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of, plain
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.text_to_image.common import close

Velocity = Callable[[Tensor, float], Tensor]


class Field(NamedTuple):
    """A velocity that can be read in a message."""

    text: str
    rule: Velocity

    def __call__(self, x: Tensor, t: float) -> Tensor:
        return self.rule(x, t)

    def __repr__(self) -> str:
        return f"velocity(x, t) = {self.text}"


def carried(velocity: Velocity, noise: Tensor, steps: int) -> Tensor:
    """Euler's steps from t = 0 to 1, each by the velocity at its beginning."""
    x = noise
    for i in range(steps):
        x = x + velocity(x, i / steps) / steps
    return x


def straight(x: Tensor, t: float) -> Tensor:
    """Towards a fixed point, which is reached at t = 1."""
    return (torch.full_like(x, 2.0) - x) / (1 - t)


def field_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """A velocity that is constant, one that depends on time, on place, on both; one step, and several."""
    b, d = {"standard": (3, 2), "large": (10, 12)}[variant]
    turn = 0.5 * normal(rng, d, d)
    x = normal(rng, b, d)
    fields = [
        (Field("1", lambda x, t: torch.ones_like(x)), 4), (Field("3t", lambda x, t: 3 * t + torch.zeros_like(x)), 5),
        (Field("x A", lambda x, t: x @ turn), 3), (Field("(1 + t) x A + t", lambda x, t: (1 + t) * (x @ turn) + t), 3),
        (Field("x A + (1 + t)²", lambda x, t: x @ turn + (1 + t) ** 2), 1), (Field("(2 - x) / (1 - t)", straight), 6),
    ]  # fmt: skip
    return [(field, x, n) for field, n in fields]


def stepped(time: Callable, width: Callable, keep: bool = True, extra: int = 0) -> Callable[..., Tensor]:
    """`carried` with other times and widths of its steps."""

    def wrong(velocity: Velocity, noise: Tensor, steps: int) -> Tensor:
        x = noise
        for i in range(steps + extra):
            x = x + velocity(x if keep else noise, time(i, steps)) * width(steps)
        return x

    return wrong


def too_wide(got: Tensor, expected: Tensor, velocity: Velocity, noise: Tensor, steps: int) -> bool:
    """With steps of 1 / (steps - 1): of a single step that is a division by zero, unless someone saw to it."""
    if steps == 1 and got is None:
        return True
    wide = [stepped(time, lambda n: 1 / max(n - 1, 1)) for time in (lambda i, n: i / n, lambda i, n: i / max(n - 1, 1))]
    return any(close(got, one(velocity, noise, steps)) for one in wide)


def heun(velocity: Velocity, noise: Tensor, steps: int) -> Tensor:
    x = noise
    for i in range(steps):
        here = velocity(x, i / steps)
        x = x + (here + velocity(x + here / steps, (i + 1) / steps)) / (2 * steps)
    return x


def asked_twice(got: Tensor, expected: Tensor, *given: Any) -> bool:
    """By midpoints, or as Heun: he asks at t = 1 too, where one of the fields is infinite."""
    return any_of(midpoint, heun, alike=close)(got, expected, *given) or not bool(np.isfinite(plain(got)).all())


def last_only(velocity: Velocity, noise: Tensor, steps: int) -> Tensor:
    for i in range(steps):
        x = noise + velocity(noise, i / steps) / steps
    return x


def midpoint(velocity: Velocity, noise: Tensor, steps: int) -> Tensor:
    x = noise
    for i in range(steps):
        middle = x + velocity(x, i / steps) / (2 * steps)
        x = x + velocity(middle, (i + 0.5) / steps) / steps
    return x


CARRIED = Exercise(
    id="text_to_image.carried",
    title="carry noise to a picture",
    reference=carried,
    cases=field_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-width", "each step goes as far as a whole unit of time. There are `steps` of them from 0 to 1: each "
                "is 1 / steps "
                "wide", wrong=stepped(lambda i, n: i / n, lambda n: 1.0)),
        Mistake("times-end", "the time runs from 1 / steps to 1: each step is to use the velocity at its *beginning*. (At "
                "t = 1 there "
                "is nothing left to say.)", wrong=stepped(lambda i, n: (i + 1) / n, lambda n: 1 / n)),
        Mistake("to-the-end", "the times run from 0 to 1 with both ends, so the step between two is wider than 1 / steps",
                when=any_of(stepped(lambda i, n: i / max(n - 1, 1), lambda n: 1 / n), alike=close)),
        Mistake("counts", "the velocity was asked at time 0, 1, 2, …: time is a number from 0 to 1",
                wrong=stepped(lambda i, n: float(i), lambda n: 1 / n)),
        Mistake("backwards", "time runs backwards, from the picture to the noise",
                when=any_of(stepped(lambda i, n: 1 - i / n, lambda n: 1 / n),
                            stepped(lambda i, n: 1 - (i + 1) / n, lambda n: 1 / n), alike=close)),
        Mistake("sign", "the velocity points to the picture: go along with it, not against it",
                wrong=stepped(lambda i, n: i / n, lambda n: -1 / n)),
        Mistake("one-step", "this goes the whole way by the first velocity. It is to be asked again at each of `steps` steps",
                when=any_of(lambda v, x, n: x + v(x, 0.0), alike=close)),
        Mistake("time-zero", "every velocity was asked at time 0. Step i begins at i / steps",
                when=any_of(stepped(lambda i, n: 0.0, lambda n: 1 / n), alike=close)),
        Mistake("half-times", "this asks at the time of a step's *middle*, but at the place of its beginning. Take the beginning "
                "of both", wrong=stepped(lambda i, n: (i + 0.5) / n, lambda n: 1 / n)),
        Mistake("too-wide", "`steps` equal steps from 0 to 1 are 1 / steps wide each, not 1 / (steps - 1)", when=too_wide),
        Mistake("from-zero", "the path has to begin at the noise", wrong=lambda v, x, n: carried(v, torch.zeros_like(x), n)),
        Mistake("from-noise", "every velocity was asked at the noise. It has to be asked where the path has come to",
                when=any_of(stepped(lambda i, n: i / n, lambda n: 1 / n, keep=False), last_only, alike=close)),
        Mistake("one-more", "one step too many", wrong=stepped(lambda i, n: i / n, lambda n: 1 / n, extra=1)),
        Mistake("midpoint", "this asks twice a step, as the midpoint rule and Heun's do: better, but asked for are Euler's plain "
                "steps", when=asked_twice),
        Mistake("velocity", "this is a velocity, not the place where it leads",
                when=any_of(lambda v, x, n: v(x, 0.0), lambda v, x, n: carried(v, x, n) - x, alike=close)),
    ],
    hints=(
        "How wide is one of `steps` equal steps from t = 0 to t = 1? And at which times do they begin?",
        "Begin with the noise. Step i begins at t = i / steps: ask for the velocity there, at the place where you are, "
        "and go on by "
        "1 / steps of it.",
        "x = noise\nfor i in range(steps):\n    x = x + velocity(x, …) * …\nreturn x",
    ),
)  # fmt: skip
