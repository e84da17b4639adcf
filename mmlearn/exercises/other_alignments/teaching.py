"""A teacher's rows, softened."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn import align
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.other_alignments.common import close


def divergence(student: Tensor, teacher: Tensor, T: float = 1.0, axis: int = 1) -> Tensor:
    """Σ over `axis` of p (log p - log q), p the teacher's softened probabilities and q the student's."""
    log_p, log_q = (functional.log_softmax(x / T, dim=axis) for x in (teacher, student))
    return (log_p.exp() * (log_p - log_q)).sum(axis)


def softened(student: Tensor, teacher: Tensor, T: float) -> tuple[Tensor, Tensor]:
    """The teacher's probabilities and the logarithms of the student's."""
    return (teacher / T).softmax(1), functional.log_softmax(student / T, dim=1)


def distillation_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, m = {"standard": (4, 5), "large": (60, 80)}[variant]
    tiny = (torch.tensor([[1.0, 0.0]]).double(), torch.tensor([[0.0, 2.0]]).double(), 2.0)
    some = [(3 * normal(rng, n, m), 3 * normal(rng, n, m), T) for T in (2.0, 0.5)]
    cases = [tiny, *some, (4000 * normal(rng, n, m), 4000 * normal(rng, n, m), 2.0)]
    return [(student.requires_grad_(), teacher, T) for student, teacher, T in cases]


def calm(*wrong: Callable[..., Any]) -> Callable[..., bool]:
    """Whether the answer is one of these; where large logits have made it NaN or infinite, nothing is asked."""

    def recognised(got: Any, _: Any, s: Tensor, t: Tensor, T: float) -> bool:
        lost = bool(t.abs().max() > 500) and not np.isfinite(np.asarray(plain(got))).all()
        return lost or any(close(got, one(s, t, T)) for one in wrong)

    return recognised


def floored(student: Tensor, teacher: Tensor, T: float, least: float, added: bool) -> Tensor:
    """The loss with a small number added to probabilities before the logarithm, or as their least value."""
    p, q = ((x / T).softmax(1) for x in (teacher, student))
    log_p, log_q = ((x + least if added else x.clamp_min(least)).log() for x in (p, q))
    return T**2 * (p * (log_p - log_q)).sum(1).mean()


def teaches(got: Any, expected: Tensor) -> bool:
    """The same number, and a gradient can flow back from it."""
    return close(got, expected) and isinstance(got, Tensor) and got.requires_grad


DISTILLATION = Exercise(
    id="other_alignments.distillation_loss",
    title="learn from how sure the teacher is, of everything",
    reference=align.distillation_loss,
    cases=distillation_cases,
    variants=("standard", "large"),
    agrees=teaches,
    mistakes=[
        Mistake("overflow", "right for small logits. For large ones a probability rounds to 0, and its logarithm is -∞. Take "
                "the logarithm of the softmax in one step: torch.log_softmax",
                when=lambda got, expected, s, t, T: not np.isfinite(np.asarray(plain(got))).all()),
        Mistake("no-gradient", "right numbers, but no gradient comes back to the student (detach, float, item, NumPy): nobody "
                "can learn from that", when=lambda got, expected, *_: close(got, expected)),
        Mistake("floor", "a small number under the logarithm hides the infinity, and is wrong where a probability is smaller "
                "still. Take the logarithm of the softmax in one step: torch.log_softmax",
                when=lambda got, _, *a: any(
                    close(got, floored(*a, least, added), rtol=1e-4, atol=1e-4)
                    for least in (2.220446e-16, *(10.0**-i for i in range(5, 41))) for added in (True, False))),
        Mistake("no-square", "the factor T² is missing: without it the gradient shrinks with 1/T², and a soft teacher hardly "
                "teaches",
                when=calm(lambda s, t, T: divergence(s, t, T).mean())),
        Mistake("once", "the loss was multiplied by T, not by T²", when=calm(lambda s, t, T: T * divergence(s, t, T).mean())),
        Mistake("reversed", "KL has a direction. Here the teacher's probabilities weigh: Σ p (log p - log q) with p the "
                "teacher's",
                when=calm(lambda s, t, T: T**2 * divergence(t, s, T).mean())),
        Mistake("hot-only", "only one of the two was softened by T. Divide both logits by it, else a student equal to its "
                "teacher would still have a loss",
                when=calm(*(lambda s, t, T, i=i: T**2 * divergence(s / T**i, t / T ** (1 - i)).mean() for i in (0, 1)))),
        Mistake("multiplied", "the logits were multiplied by T, which sharpens. Divide",
                when=calm(lambda s, t, T: T**2 * divergence(s * T, t * T).mean())),
        Mistake("no-temperature", "T does not soften anything in your loss",
                when=calm(lambda s, t, T: divergence(s, t).mean(), lambda s, t, T: T**2 * divergence(s, t).mean())),
        Mistake("every-entry", "you divided by the number of *entries* (as kl_div does by default). Each row is one choice: "
                "sum along it, then take the mean over rows",
                when=calm(lambda s, t, T: T**2 * divergence(s, t, T).mean() / s.shape[1])),
        Mistake("summed", "the rows were added up. Take their mean, so that a larger batch does not mean a larger loss",
                when=calm(lambda s, t, T: T**2 * divergence(s, t, T).sum())),
        Mistake("axis", "softmax ran down the columns. A row is one choice among m: along which axis?",
                when=calm(*(lambda s, t, T, i=i: T**2 * divergence(s, t, T, axis=0).sum() / (1, *s.shape)[i] for i in range(3)))),
        Mistake("cross-entropy", "this is the cross-entropy with the teacher's probabilities. Its gradient is the same, but "
                "KL, which is 0 when the student agrees, was asked for: subtract the teacher's own entropy",
                when=calm(lambda s, t, T: -(T**2) * (softened(s, t, T)[0] * softened(s, t, T)[1]).sum(1).mean())),
        Mistake("hard", "only the teacher's first choice counts in this. Its other probabilities are what it has to teach",
                when=calm(*(lambda s, t, T, hot=hot, f=f: T**f * functional.cross_entropy(s / T**hot, t.argmax(1))
                            for hot in (0, 1) for f in (0, 2)))),
        Mistake("squared-error", "this is a squared error between logits. Asked for is the divergence between the softened "
                "rows",
                when=lambda got, _, s, t, T: any(close(got, f * functional.mse_loss(s, t)) for f in (1, T, T**2, 1 / T**2))),
    ],
    hints=(
        "Both rows become probabilities after division by T. How far is one distribution from another?",
        "p = softmax(teacher / T), q = softmax(student / T), both along a row. KL = Σ p (log p - log q), summed along the "
                "row; mean over rows; times T². Take logarithms by log_softmax; p is then the exponential of that.",
        "log_p = functional.log_softmax(teacher / …, dim=…)\nlog_q = …\nrows = (log_p.exp() * (…)).sum(dim=1)\nreturn … * "
        "rows.mean()",
    ),
)  # fmt: skip
