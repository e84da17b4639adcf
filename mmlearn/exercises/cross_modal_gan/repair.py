"""What is known stays, what is hidden is made; and how far off it is there."""

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of, close
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.engine.gradients import leaves
from mmlearn.generate.cross.repair import completed, hole_error


def masks(rng: np.random.Generator, n: int, side: int) -> Tensor:
    """(n, 1, side, side): the first row all seen, the last nothing, the others with some holes; 0 and 1 in float64."""
    seen = torch.from_numpy((rng.random((n, 1, side, side)) < 0.6).astype(float))
    seen[0], seen[-1], seen[1, 0, 0, 0], seen[1, 0, 1, 1] = 1, 0, 0, 1
    return seen


def repair_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Colour pictures and grey ones; where nothing is seen stands NaN, or an old number. What is made can learn."""
    n, side = {"standard": (3, 4), "large": (8, 16)}[variant]
    cases = []
    for channels, hidden in ((3, 7.0), (1, torch.nan)):
        seen, given, made = masks(rng, n, side), normal(rng, n, channels, side, side), normal(rng, n, channels, side, side)
        cases.append((torch.where(seen.bool(), given, hidden), made.requires_grad_(), seen))
    return cases


def pull(value: Tensor) -> Tensor | None:
    """The gradient that reaches what was made from a fixed weighting of the numbers; None if none does."""
    found = leaves(value)
    if not found:
        return None
    weights = torch.linspace(-1, 2, value.numel(), dtype=value.dtype).reshape(value.shape)
    return torch.autograd.grad((value * weights).sum(), found[0], retain_graph=True)[0]


def same_and_learns(got: Tensor, expected: Tensor) -> bool:
    """Equal pictures, and equal gradients to what was made."""
    a = pull(got)
    return close(got, expected) and a is not None and close(a, pull(expected))


COMPLETED = Exercise(
    id="cross_modal_gan.completed",
    title="known pixels stay, hidden ones are made",
    reference=completed,
    cases=repair_cases,
    variants=("standard", "large"),
    agrees=same_and_learns,
    mistakes=[
        Mistake("detached", "the right picture, but no gradient gets back to `made`: a generator that is judged by its repairs "
                "would learn nothing. Do not detach it, and stay with torch",
                when=lambda got, expected, *_: close(got, expected)),
        Mistake("in-place", "`made` itself was written into, which torch forbids where gradients are wanted, and which would "
                "spoil it for others. Choose into a new tensor, or take made.clone()", wrong=lambda g, m, s: m.mul_(1)),
        Mistake("inverted", "the wrong way round: what was seen was thrown away, and what was hidden was kept. `seen` is 1 "
                "where a "
                "pixel is known", wrong=lambda g, m, s: torch.where(s.bool(), m, g)),
        Mistake("not-a-number", "right where numbers stand. But in a hole there may be anything, NaN too, and 0 · NaN is NaN: "
                "choose "
                "instead of multiplying", wrong=lambda g, m, s: g * s + m * (1 - s)),
        Mistake("nan-only", "only NaN was replaced. In a hole old numbers may stand too: ask `seen`",
                wrong=lambda g, m, s: torch.where(g.isnan(), m, g)),
        Mistake("made", "this is what the generator made, everywhere. Where a pixel is known, it knows better than any generator",
                wrong=lambda g, m, s: m),
        Mistake("zeros", "the holes are filled with zeros: that is the question, not the answer",
                wrong=lambda g, m, s: torch.where(s.bool(), g, 0.0)),
        Mistake("mixed", "known and made were mixed everywhere, half and half",
                wrong=lambda g, m, s: torch.where(g.isnan(), m, (g + m) / 2)),
        Mistake("first-channel", "only the first channel was repaired: `seen` holds for all channels of a pixel",
                when=lambda got, expected, g, m, s: g.shape[1] > 1 and close(got[:, 0], expected[:, 0])
                and close(got[:, 1:], g[:, 1:])),
    ],
    hints=(
        "A pixel is either known or made. Which function chooses between two tensors, place by place?",
        "torch.where(condition, a, b) takes a where the condition is true; a mask of one channel is spread over all.",
        "return torch.where(seen > 0, …, …)",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def error_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """What was made, the truth and the mask; made and true differ outside the holes too, and in them not everywhere."""
    cases = []
    for given, made, seen in repair_cases(rng, variant):
        true = given.nan_to_num(0.3)
        made = made.detach()
        made[-1, :, :2] = true[-1, :, :2]  # some hidden pixels were repaired exactly
        made[1, 0, 0, 0] = true[1, 0, 0, 0]  # and a single number
        cases.append((made, true, seen))
    return cases


def off(made: Tensor, true: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
    """Absolute differences in the holes, summed, and how many numbers are hidden, of each example."""
    hidden = (1 - seen).expand_as(true)
    return ((made - true).abs() * hidden).flatten(1).sum(1), hidden.flatten(1).sum(1)


def divided_by(number) -> object:
    """The summed difference divided by something else than the hidden numbers."""

    def wrong(made: Tensor, true: Tensor, seen: Tensor) -> Tensor:
        return off(made, true, seen)[0] / number(made, true, seen)

    return wrong


def differing(made: Tensor, true: Tensor, seen: Tensor) -> Tensor:
    return ((made != true) & (seen == 0)).flatten(1).sum(1).clamp_min(1)


def squared(made: Tensor, true: Tensor, seen: Tensor) -> Tensor:
    hidden = (1 - seen).expand_as(true)
    return ((made - true).square() * hidden).flatten(1).sum(1) / hidden.flatten(1).sum(1).clamp_min(1)


def seen_only(made: Tensor, true: Tensor, seen: Tensor) -> Tensor:
    return hole_error(made, true, 1 - seen)


HOLE_ERROR = Exercise(
    id="cross_modal_gan.hole_error",
    title="how far off it is where it was hidden",
    reference=hole_error,
    cases=error_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("nothing-hidden", "an example of which nothing is hidden has no error: 0, and not NaN",
                when=lambda got, expected, *_: got.shape == expected.shape and bool(torch.isnan(got).any())
                and close(got.nan_to_num(0), expected)),
        Mistake("everywhere", "this is the error of the whole picture, known pixels and all. They were given, so they say "
                "nothing of "
                "the repair", wrong=lambda m, t, s: (m - t).abs().flatten(1).mean(1)),
        Mistake("all-pixels", "the sum is over the hole, but it is divided by the whole picture: a small hole then looks well "
                "repaired, whatever is in it", wrong=divided_by(lambda m, t, s: t[0].numel())),
        Mistake("differing", "divided by how many hidden numbers *differ*. One that was repaired exactly is hidden all the "
                "same, and counts as 0", when=any_of(divided_by(differing))),
        Mistake("not-divided", "this is the sum over the hole. Divide by how many numbers are hidden in each example",
                wrong=lambda m, t, s: off(m, t, s)[0]),
        Mistake("pooled-count", "divided by a count of the whole batch. Each example has a hole of its own size",
                when=any_of(divided_by(lambda m, t, s: off(m, t, s)[1].sum()), divided_by(lambda m, t, s: off(m, t, s)[1].mean()),
                            divided_by(lambda m, t, s: (1 - s).sum()))),
        Mistake("channels", "the channels were forgotten in the count: three colours of a pixel are three numbers",
                when=lambda got, expected, m, t, s: t.shape[1] > 1 and close(got, expected * t.shape[1])),
        Mistake("one-number", "one number came out for all. Asked for is one an example: a paired test needs them",
                when=lambda got, expected, *_: got.ndim == 0),
        Mistake("squared", "these are squares. Asked for are absolute differences", wrong=squared),
        Mistake("inverted", "this is the error where it was *seen*. `seen` is 1 where a pixel is known", wrong=seen_only),
        Mistake("signed", "without the absolute value, too dark and too bright cancel",
                when=lambda got, expected, m, t, s: close(
                    got, ((m - t) * (1 - s)).flatten(1).sum(1) / (1 - s).expand_as(t).flatten(1).sum(1).clamp_min(1))),
    ],
    hints=(
        "Which numbers of a picture does the repair answer for, and how many are there?",
        "Spread the mask over the channels; sum the absolute differences in the hole for each example, and divide by how many "
        "numbers are hidden, by 1 where none is.",
        "hidden = (1 - seen).expand_as(true)\ntotal = (… * hidden).flatten(1).sum(1)\nreturn total / …",
    ),
)  # fmt: skip
