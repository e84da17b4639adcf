"""A bend with its slope, and a loss: both must hold for every float, and so must the gradients that go back through them."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn import layers
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.primer.common import any_of, close, gradient, made_by


def sigmoid(x: Tensor) -> tuple[Tensor, Tensor]:
    """The library has no slopes of its own: autograd computes them."""
    value = layers.sigmoid(x)
    return value, value * (1 - value)


def sigmoid_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Inputs that ask for a gradient, since a layer's do."""
    n = {"standard": 5, "large": 300}[variant]
    ends = torch.tensor([-1000.0, -25.0, 25.0, 1000.0], dtype=torch.float64)
    inputs = torch.tensor([0.0, 1.0, -1.0], dtype=torch.float64), 3 * normal(rng, n), 3 * normal(rng, 2, n), ends
    return [(x.requires_grad_(),) for x in inputs]


def far_out_too(a: Any, b: Any) -> bool:
    """Equal, also where both are tiny: σ(-25) is 1.4e-11, and not 0 or 2e-9."""
    return close(a, b, rtol=1e-4, atol=1e-15)


def sigmoid_agrees(got: Any, expected: tuple) -> bool:
    """Right numbers, a gradient that is finite, and not torch's own function."""
    slope = gradient(got[0])
    lets_through = slope is None or bool(slope.isfinite().all())
    return all(map(far_out_too, got, expected)) and lets_through and "SigmoidBackward0" not in made_by(got[0])


def sigmoid_is_right(got: Any, expected: tuple) -> bool:
    return len(got) == 2 and all(map(far_out_too, got, expected))


def with_value(value: Callable[[Tensor], Tensor]) -> Callable[[Any, Any, Tensor], bool]:
    """Recognise an answer by its first part alone, whatever stands second."""
    return lambda got, _, x: close(got[0], value(x))


def corner(got: Any, expected: tuple, x: Tensor) -> bool:
    """Everything is right but the slope at 0, which is 0."""
    at = (x == 0).numpy()
    slopes = np.asarray(plain(got[1]))
    return bool(at.any()) and close(got[0], expected[0]) and close(slopes[~at], plain(expected[1])[~at]) and not slopes[at].any()


def far(x: Tensor) -> bool:
    return float(x.abs().max()) > 700


SIGMOID = Exercise(
    id="primer.sigmoid",
    title="a probability, and its slope",
    reference=sigmoid,
    cases=sigmoid_cases,
    variants=("standard", "large"),
    agrees=sigmoid_agrees,
    mistakes=[
        Mistake("nan-gradient", "the numbers are right, since 1 / ∞ is 0. But an infinity was on the way: at x = -1000 the "
                "gradient that autograd sends back through your value is NaN, and would spoil every weight before it. Can the "
                "exponent be kept negative?", when=lambda got, expected, x: far(x) and sigmoid_is_right(got, expected)),
        Mistake("forbidden", "right, but this is torch.sigmoid at work. Here you build it: from exp",
                when=lambda got, expected, x: sigmoid_is_right(got, expected)),
        Mistake("corner", "only the slope at x = 0 is wrong: |x| has a corner there, and autograd calls the slope of a corner 0. "
                "Compute it from the value: σ (1 - σ)", when=corner),
        Mistake("range", "your values run from -1 to 1: that is a tanh. A sigmoid lies between 0 and 1, whatever some texts say",
                when=lambda got, _, x: close(got[0], torch.tanh(x)) or close(got[0], torch.tanh(x / 2))),
        Mistake("overflow", "right for small numbers, but not at x = 1000 or -1000: exp of what becomes infinite there, and "
                "infinity divided by infinity is NaN. Can the exponent be kept negative?",
                when=lambda got, _, x: far(x) and not np.isfinite(np.asarray(plain(got[0]))).all()
                or not np.isfinite(np.asarray(plain(got[1]))).all()),
        Mistake("clipped", "right near 0, but far out it stops too early: σ(-25) is 1.4e-11 and σ(-1000) is 0 in any float. "
                "Was x clipped, or a small number added?",
                when=lambda got, expected, x: far(x) and all(close(a, b, atol=1e-3) for a, b in zip(got, expected, strict=True))),
        Mistake("sign", "this falls where it should rise: at large x a sigmoid is near 1. Check the sign in the exponent",
                when=with_value(lambda x: torch.sigmoid(-x))),
        Mistake("slope-of-value", "the slope is σ (1 - σ) with the *values* σ(x) in it; you put x itself there",
                when=lambda got, _, x: close(got[0], torch.sigmoid(x)) and close(got[1], x * (1 - x))),
        Mistake("tanh-slope", "1 - σ² is the slope of a tanh, whose values go from -1 to 1. Work it out again for 1 / (1 + e⁻ˣ)",
                when=lambda got, _, x: close(got[1], 1 - torch.sigmoid(x) ** 2)),
        Mistake("twice", "the slope was bent once more: σ (1 - σ) takes σ(x), which you have already, not σ(σ(x))",
                when=lambda got, _, x: close(got[1], (s := torch.sigmoid(torch.sigmoid(x))) * (1 - s))),
        Mistake("slope-sign", "a sigmoid rises everywhere, so its slope is never negative",
                when=lambda got, expected, x: close(got[1], -expected[1])),
        Mistake("swapped", "value and slope are in the wrong order", when=lambda got, expected, x: close(got[0], expected[1])),
        Mistake("one", "this is the value alone. Return two things: the value and the slope",
                when=lambda got, expected, x: close(got, expected[0])),
    ],
    hints=(
        "For x = -1000 the formula 1 / (1 + e⁻ˣ) asks for e¹⁰⁰⁰, which is infinite in a float. 1 / ∞ is 0, so the value "
        "survives; its gradient does not. For x = 1000, eˣ / (1 + eˣ) is ∞ / ∞. Each formula is safe on one side.",
        "Compute with e to the power of minus |x|, which is never above 1. For x ≥ 0 the value is 1 / (1 + e), for x < 0 it is "
        "e / (1 + e): torch.where chooses. The slope of the sigmoid is σ(x) (1 - σ(x)).",
        "e = torch.exp(-x.abs())\nvalue = torch.where(x >= 0, …, …)\nreturn value, value * …",
    ),
)  # fmt: skip


def entropy_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, classes = {"standard": (6, 4), "large": (200, 50)}[variant]
    labels = [torch.from_numpy(rng.integers(classes, size=n)) for _ in range(2)]
    tiny = (torch.tensor([[0.0, 0.0], [2.0, 0.0]], dtype=torch.float64), torch.tensor([0, 1]))
    cases = [tiny, (normal(rng, n, classes), labels[0]), (1e4 * normal(rng, n, classes), labels[1])]
    return [(logits.requires_grad_(), y) for logits, y in cases]


def entropy_agrees(got: Any, expected: Tensor) -> bool:
    """The number, and the gradient that training will ask it for."""
    found, wanted = gradient(got), gradient(expected)
    return close(got, expected) and (wanted is None or (found is not None and close(found, wanted)))


def picked(log_p: Tensor, labels: Tensor) -> Tensor:
    return log_p[torch.arange(len(labels)), labels]


CROSS_ENTROPY = Exercise(
    id="primer.cross_entropy",
    title="how surprised is the model by the right class?",
    reference=layers.cross_entropy,
    cases=entropy_cases,
    variants=("standard", "large"),
    agrees=entropy_agrees,
    mistakes=[
        Mistake("number", "the number is right, but it is a plain number, and no gradient flows back through one. Return the "
                "tensor (without .item(), float() or math)",
                when=lambda got, expected, *_: not isinstance(got, Tensor) and close(got, expected)),
        Mistake("no-gradient", "the number is right, but its gradient is not that of the loss: is there a .detach(), a .data "
                "or a no_grad on the way?", when=lambda got, expected, *_: close(got, expected)),
        Mistake("overflow", "right for small logits, but at 10,000 exp becomes infinite, or a probability rounds to 0 and its "
                "logarithm to -∞. Take the largest logit of each row out first, and the logarithm before rounding can happen",
                when=lambda got, _, logits, y: float(logits.abs().max()) > 500 and not np.isfinite(plain(got))),
        Mistake("clipped", "an added constant, or a clip, hides the overflow but changes the answer: at logits of 10,000 the "
                "loss really is in the thousands. log softmax can be computed without ever forming the softmax",
                when=lambda got, expected, logits, y: float(logits.abs().max()) > 500 and 0 < float(got) < float(expected) / 10),
        Mistake("sign", "a loss to make small: the *negative* logarithm. Yours is below zero",
                when=lambda got, expected, *_: close(got, -expected)),
        Mistake("sum", "this is the sum over the examples. The mean was asked for: else the learning rate would depend on how "
                "many there are", when=lambda got, expected, logits, y: close(got, expected * len(y))),
        Mistake("classes", "you also divided by the number of classes. Each example adds one term, that of its label",
                when=lambda got, expected, logits, y: close(got, expected / logits.shape[1])),
        Mistake("bits", "a logarithm to base 2 is in it. The natural one was asked for: torch.log",
                when=any_of(lambda logits, y: layers.cross_entropy(logits, y) / math.log(2),
                            lambda logits, y: (logits.logsumexp(1) - (top := logits.amax(1))).div(math.log(2)).add(
                                top - picked(logits, y)).mean())),
        Mistake("m", "m was subtracted in the exponents and not added again: log Σ eᶻ = m + log Σ eᶻ⁻ᵐ. (Or take it off the "
                "label's logit as well)",
                wrong=lambda logits, y: (logits.logsumexp(1) - logits.amax(1) - picked(logits, y)).mean()),
        Mistake("twice", "softmax was applied to probabilities: softmax of a softmax. Logits go in as they are",
                wrong=lambda logits, y: -picked(torch.log_softmax(logits.softmax(1), 1), y).mean()),
        Mistake("axis", "softmax ran down the columns, over the examples. It runs over the classes, along each row",
                wrong=lambda logits, y: -picked(torch.log_softmax(logits, 0), y).mean()),
        Mistake("everything", "the mean was taken over all classes. Only the label's term counts: which column does each row "
                "pick?",
                wrong=lambda logits, y: -torch.log_softmax(logits, 1).mean()),
        Mistake("broadcast", "logits[:, labels] picks *every* label's column from every row. Pair row i with label i",
                wrong=lambda logits, y: -torch.log_softmax(logits, 1)[:, y].mean()),
        Mistake("logit", "this is the label's logit, without what normalises it: log Σ eˣ is missing",
                wrong=lambda logits, y: -picked(logits, y).mean()),
        Mistake("each", "one loss an example is a good step. Take their mean",
                when=lambda got, expected, logits, y: np.shape(plain(got)) == (len(y),)),
    ],
    hints=(
        "-log softmax(x)[label] = log Σ eˣ - x[label]. Which of its parts can overflow?",
        "Subtract a number from each row so that no exponent is above 0: which? The loss does not change, if the label's "
        "logit is shifted too. To pair row i with label i, index with two lists of equal length.",
        "shifted = logits - logits.max(dim=1, keepdim=True).values\nlog_sum = shifted.exp().…\n"
        "right = shifted[torch.arange(len(labels)), …]\nreturn (… - …).mean()",
    ),
)  # fmt: skip
