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
    """The standard normal itself; one that only moved; one that only shrank; random ones, with a tiny and a huge cloud."""
    b, d = {"standard": (3, 4), "large": (20, 16)}[variant]
    zero = torch.zeros(2, 3, dtype=torch.float64)
    cases = [(zero, zero.clone()), (zero + 2, zero.clone()), (zero.clone(), zero - 3)]
    several = [(normal(rng, b, d), normal(rng, b, d)), (2 * normal(rng, d, d), normal(rng, d, d) - 2)]
    several[1][1][0, 0], several[1][1][1, 1] = -600.0, 20.0
    return [*cases, *several]


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
    with_parts(torch.abs, lambda s: (s.abs() + 1e-8).log()), with_parts(lambda s: s, lambda s: s),
    alike=close,
)  # fmt: skip
READ_AS_DEVIATION = any_of(
    with_parts(lambda s: (s / 2).exp(), lambda s: s), with_parts(lambda s: (s / 2).exp(), lambda s: s / 2),
    with_parts(torch.exp, lambda s: s / 2), alike=close,
)  # fmt: skip
SQUARED_AGAIN = any_of(
    with_parts(lambda s: (2 * s).exp(), lambda s: 2 * s), with_parts(lambda s: (2 * s).exp(), lambda s: s), alike=close,
)  # fmt: skip
CUT_OFF = any_of(*(lambda m, s, b=b: divergence(m, s.clamp(-b, b)) for b in (1, 5, 10, 20, 30, 50, 100)), alike=close)

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
        Mistake("squared-again", "this squares once too often: exp(log σ²) is σ² already", when=SQUARED_AGAIN),
        Mistake("cut-off", "log σ² was cut off at some bound. Take it as it is: a tiny cloud has to pay for being tiny",
                when=CUT_OFF),
        Mistake("part-sign", "one part has the wrong sign: it is μ² + σ² - log σ² - 1",
                when=any_of(formula(log=-1), formula(one=-1), formula(variance=-1), formula(mean=-1), alike=close)),
        Mistake("half-of-one", "the ½ belongs to all four parts, not to the first alone",
                wrong=lambda m, s: (0.5 * m**2 + s.exp() - s - 1).mean(1)),
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
        """Raises RuntimeError: there are no more, so that no loop goes on for ever."""
        self.at += int(n)
        if self.at > len(self.numbers):
            raise RuntimeError("more was asked of draw than is needed; after each draw, look again which numbers lie beyond")
        return self.numbers[self.at - int(n) : self.at].clone()

    def __repr__(self) -> str:
        return f"draw: {', '.join(f'{x:.3g}' for x in self.numbers[:12].tolist())}, …"


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
    more = torch.arange(1, 40, dtype=torch.float64) / 50  # for answers that draw more than they need: nothing beyond
    exact = torch.cat([exact, more])
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
    while (z.abs() > bound).any():
        z = draw(len(z))
    return z


def n_each_time(z: Tensor, draw: Draws, bound: float) -> Tensor:
    while (beyond := z.abs() > bound).any():
        z = torch.where(beyond, draw(len(z)), z)
    return z


def stale(z: Tensor, draw: Draws, bound: float) -> Tensor:
    beyond = z.abs() > bound
    while beyond.any():
        z[beyond] = draw(int(beyond.sum()))
    return z


def each_until_good(z: Tensor, draw: Draws, bound: float) -> Tensor:
    for i in range(len(z)):
        while z[i].abs() > bound:
            z[i] = draw(1)[0]
    return z


def in_a_row(whole: bool) -> Callable[..., Tensor]:
    """The good ones first; then, until there are n, what is good of n new ones, or of as many as are missing."""

    def rule(z: Tensor, draw: Draws, bound: float) -> Tensor:
        n, z = len(z), z[z.abs() <= bound]
        while len(z) < n:
            new = draw(n if whole else n - len(z))
            z = torch.cat([z, new[new.abs() <= bound]])
        return z[:n]

    return by(rule)


def shared(z: Tensor, draw: Draws, bound: float) -> Tensor:
    while (beyond := z.abs() > bound).any():
        z[beyond] = draw(1)
    return z


def not_drawn(got: Tensor, expected: Tensor, draw: Draws, n: int, bound: float) -> bool:
    return np.shape(plain(got)) == (n,) and not np.isin(plain(got), plain(draw.numbers)).any()


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
        Mistake("n-each-time", "draw was asked for n numbers each time, and most were thrown away. Ask for as many as lie beyond",
                wrong=by(n_each_time)),
        Mistake("not-looked-again", "which numbers lie beyond was found out once, and never again: look after each draw",
                wrong=by(stale)),
        Mistake("each-until-good", "here each number is drawn until it is good, then the next. Go round by round: all that lie "
                "beyond are drawn again *together*, with one call, then look again",
                wrong=by(each_until_good)),
        Mistake("in-a-row", "these are the first n good numbers in a row. Each new one belongs in the place of the one that it "
                "replaces", when=any_of(in_a_row(False), in_a_row(True), alike=close)),
        Mistake("shared", "one new number was put into all places: each place needs its own", wrong=by(shared)),
        Mistake("edge", "a number that lies just on the bound is within: draw again where it is greater",
                wrong=by(lambda z, draw, b: until(z, draw, b, lambda z, b: z.abs() >= b))),
        Mistake("not-drawn", "these numbers do not come from `draw`: take every one from it", when=not_drawn),
        Mistake("left-over", "there are still numbers beyond the bound", when=beyond_left),
    ],
    hints=(
        "Which numbers are beyond? How many new ones are needed, and where do they go?",
        "Draw n. As long as some are beyond, on either side: draw as many as these are, put them in their places, and "
        "look again.",
        "z = draw(n)\nwhile (beyond := …).any():\n    z[beyond] = draw(…)\nreturn z",
    ),
)  # fmt: skip
