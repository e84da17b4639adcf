"""The divergence of a cloud from the standard normal, and noise that is drawn again."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of, plain
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.text_to_image.common import close
from mmlearn.generate.gan.conditioning import divergence


def cloud_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """The standard normal itself; one that only moved; one that only shrank; random ones."""
    b, d = {"standard": (3, 4), "large": (20, 16)}[variant]
    zero = torch.zeros(2, 3, dtype=torch.float64)
    cases = [(zero, zero.clone()), (zero + 2, zero.clone()), (zero.clone(), zero - 3)]
    return [*cases, (normal(rng, b, d), normal(rng, b, d)), (2 * normal(rng, d, d), normal(rng, d, d) - 2)]


def formula(mean: float = 1, variance: float = 1, log: float = 1, one: float = 1) -> Callable[..., Tensor]:
    """½ (μ² + σ² - log σ² - 1) with other weights of its parts."""

    def wrong(m: Tensor, s: Tensor) -> Tensor:
        return 0.5 * (mean * m**2 + variance * s.exp() - log * s - one).mean(dim=1)

    return wrong


def with_parts(variance: Callable[[Tensor], Tensor], log: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """The formula with another reading of σ² and of log σ²."""
    return lambda m, s: 0.5 * (m**2 + variance(s) - log(s) - 1).mean(dim=1)


READ_AS_VARIANCE = any_of(
    with_parts(lambda s: s, torch.exp), with_parts(lambda s: s, torch.log),
    with_parts(torch.abs, lambda s: (s.abs() + 1e-8).log()),
    alike=close,
)  # fmt: skip
READ_AS_DEVIATION = any_of(
    with_parts(lambda s: (s / 2).exp(), lambda s: s), with_parts(lambda s: (s / 2).exp(), lambda s: s / 2),
    with_parts(torch.exp, lambda s: s / 2), with_parts(lambda s: (2 * s).exp(), lambda s: 2 * s),
    with_parts(lambda s: (2 * s).exp(), lambda s: s), alike=close,
)  # fmt: skip

DIVERGENCE = Exercise(
    id="text_to_image.divergence",
    title="how far is a cloud from the standard normal?",
    reference=divergence,
    cases=cloud_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("sign", "the right size with the wrong sign: a divergence is never negative",
                wrong=lambda m, s: -divergence(m, s)),
        Mistake("variance-as-given", "what is given is log σ²: σ² is its exponential", when=READ_AS_VARIANCE),
        Mistake("deviation", "exp(log σ² / 2) is σ. The formula has σ², and log σ²", when=READ_AS_DEVIATION),
        Mistake("no-one", "of the standard normal itself this should be 0: is the - 1 there?", wrong=formula(one=0)),
        Mistake("no-log", "log σ² is missing: then nothing keeps the cloud from shrinking to a point",
                when=any_of(formula(log=0), formula(log=0, one=0), alike=close)),
        Mistake("not-halved", "the factor ½ is missing", wrong=lambda m, s: 2 * divergence(m, s)),
        Mistake("mean-not-squared", "the mean stands squared in the formula",
                wrong=lambda m, s: 0.5 * (m + s.exp() - s - 1).mean(1)),
        Mistake("sum", "a sum over the numbers of a cloud. Here their mean is asked for, so that the width does not count",
                wrong=lambda m, s: divergence(m, s) * m.shape[1]),
        Mistake("axis", "the mean runs over the batch. Asked for is one number a cloud, (b,)",
                wrong=lambda m, s: (0.5 * (m**2 + s.exp() - s - 1)).mean(0)),
        Mistake("one-number", "one number for the whole batch. Asked for is one a cloud, (b,)",
                wrong=lambda m, s: divergence(m, s).mean()),
    ],
    hints=(
        "What are σ² and log σ², if log σ² is what you are given?",
        "½ (μ² + σ² - log σ² - 1), number by number, then the mean over the last axis.",
        "variance = log_variance.…\nreturn 0.5 * (mean**2 + … - … - 1).mean(dim=…)",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


class Draws:
    """Gives the numbers of a long list, as many as are asked for; the next call goes on where the last one ended."""

    def __init__(self, numbers: Tensor):
        self.numbers, self.at = numbers, 0

    def __call__(self, n: int) -> Tensor:
        self.at += int(n)
        return self.numbers[self.at - int(n) : self.at].clone()


def redrawn(draw: Callable[[int], Tensor], n: int, bound: float) -> Tensor:
    """n numbers; those beyond the bound are drawn again, in their places, until none is."""
    draw = Draws(draw.numbers)
    z = draw(n)
    while (beyond := z.abs() > bound).any():
        z[beyond] = draw(int(beyond.sum()))
    return z


def draw_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """None beyond; some that are beyond twice and more, on both sides; a bound that is met exactly."""
    n = {"standard": 6, "large": 60}[variant]
    many = normal(rng, 60 * n + 400)
    exact = torch.tensor([0.5, 1.0, -1.0, 3.0, -2.5, 0.1, 7.0, -0.25, 0.75, 0.3], dtype=torch.float64)
    return [(Draws(0.1 * many[:20]), 4, 1.0), (Draws(exact), 6, 1.0), (Draws(many), n, 0.5), (Draws(many.flip(0)), n, 1.0)]


def by(rule: Callable[[Tensor, Draws, float], Tensor]) -> Callable[..., Tensor]:
    """Another rule for the numbers beyond the bound."""
    return lambda draw, n, bound: rule((fresh := Draws(draw.numbers))(n), fresh, bound)


def once(z: Tensor, draw: Draws, bound: float, within: Callable = lambda z, b: z.abs() > b) -> Tensor:
    beyond = within(z, bound)
    z[beyond] = draw(int(beyond.sum()))
    return z


def until(z: Tensor, draw: Draws, bound: float, beyond: Callable[[Tensor, float], Tensor]) -> Tensor:
    for _ in range(200):
        if not beyond(z, bound).any():
            break
        z = once(z, draw, bound, beyond)
    return z


def whole_again(z: Tensor, draw: Draws, bound: float) -> Tensor:
    while (z.abs() > bound).any() and draw.at + len(z) <= len(draw.numbers):
        z = draw(len(z))
    return z


def beyond_left(got: Tensor, expected: Tensor, draw: Draws, n: int, bound: float) -> bool:
    return np.shape(plain(got)) == (n,) and bool((np.abs(plain(got)) > bound).any())


REDRAWN = Exercise(
    id="text_to_image.redrawn",
    title="truncation as it is told: draw again",
    reference=redrawn,
    cases=draw_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("clipped", "numbers beyond the bound were set onto it: then many pictures share the very edge. Draw them again",
                wrong=by(lambda z, draw, b: z.clamp(-b, b))),
        Mistake("scaled", "the noise was made smaller as a whole. Only the numbers beyond the bound are to be drawn again",
                when=any_of(by(lambda z, draw, b: z * b), by(lambda z, draw, b: z * b / z.abs().max()), alike=close)),
        Mistake("once", "drawn again once; but the new numbers can lie beyond the bound as well", wrong=by(once)),
        Mistake("one-side", "only one side is cut: a number far below -bound is as far from the middle",
                wrong=by(lambda z, draw, b: until(z, draw, b, lambda z, b: z > b))),
        Mistake("dropped", "the numbers beyond were left out, so that fewer than n are left",
                when=lambda got, expected, draw, n, bound: 0 < len(got) < n),
        Mistake("zeros", "numbers beyond the bound became 0: too many pictures of the very middle. Draw them again",
                wrong=by(lambda z, draw, b: z.masked_fill(z.abs() > b, 0.0))),
        Mistake("all-again", "one number beyond the bound, and all of them were drawn again. That takes for ever where n "
                "is large",
                wrong=by(whole_again)),
        Mistake("edge", "a number that lies just on the bound is within: draw again where it is greater",
                wrong=by(lambda z, draw, b: until(z, draw, b, lambda z, b: z.abs() >= b))),
        Mistake("left-over", "there are still numbers beyond the bound", when=beyond_left),
    ],
    hints=(
        "Which numbers are beyond? How many new ones are needed, and where do they go?",
        "Draw n. As long as some are beyond, on either side: draw as many as these are, put them in their places, and "
        "look again.",
        "z = draw(n)\nwhile (beyond := …).any():\n    z[beyond] = draw(…)\nreturn z",
    ),
)  # fmt: skip
