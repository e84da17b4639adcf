"""How many modes are covered, and the matching-aware hinge."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.text_to_image.common import close, logits


def modes_covered(points: Tensor, centres: Tensor, radius: float, least: int) -> int:
    """How many centres have `least` points or more within the radius; a point counts for its nearest centre."""
    distance, which = torch.cdist(points, centres).min(dim=1)
    return int((torch.bincount(which[distance < radius], minlength=len(centres)) >= least).sum())


def ring_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """A ring with modes that are missing, have too few points, or points just outside; all of them on one; and a dense ring."""
    n = {"standard": 8, "large": 20}[variant]
    angles = torch.arange(n, dtype=torch.float64) * 2 * torch.pi / n
    centres = 5 * torch.stack([angles.cos(), angles.sin()], dim=1)
    gap = float(torch.dist(centres[0], centres[1]))
    radius, cases = 0.2 * gap, []
    counts = [0, 1, 2, 3, 4, 9, 1, 0] + [3] * (n - 8)
    near = torch.cat([centres[i] + 0.05 * gap * normal(rng, c, 2).clamp(-2, 2) for i, c in enumerate(counts)])
    outside = centres[0] * (1 + 1.1 * radius / 5) + 0.005 * gap * normal(rng, 12, 2)
    far = 0.5 * centres[7] + 0.01 * gap * normal(rng, 12, 2)
    mixed = torch.cat([near, outside, far])
    cases.append((mixed[torch.from_numpy(rng.permutation(len(mixed)))], centres, radius, 3))
    cases.append((centres[2] + 0.02 * gap * normal(rng, 40, 2), centres, radius, 3))
    spread = torch.cat([c + 0.05 * gap * normal(rng, 30, 2) for c in centres[1:]])
    spread[:30] += 0.3 * (centres[0] - centres[1])  # leaning over to a mode that has none of its own
    return [*cases, (spread, centres, 0.9 * gap, 25)]


def counted(rule: Callable[[Tensor, float, int], Tensor]) -> Callable[..., int]:
    """`modes_covered` with another rule: distances (n, modes), radius, least -> what is counted."""

    def wrong(points: Tensor, centres: Tensor, radius: float, least: int) -> int:
        return int(rule(torch.cdist(points, centres), radius, least).sum())

    return wrong


def nearest_counts(distance: Tensor, radius: float, strict: bool = True) -> Tensor:
    least, which = distance.min(dim=1)
    return torch.bincount(which[least < radius] if strict else which, minlength=distance.shape[1])


MODES_COVERED = Exercise(
    id="text_to_image.modes_covered",
    title="count the modes that a generator covers",
    reference=modes_covered,
    cases=ring_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("points", "these are points near a centre, not modes: a generator that paints one mode a thousand times would "
                "score best", wrong=counted(lambda d, r, n: d.min(dim=1).values < r)),
        Mistake("anywhere", "every point was given to its nearest centre, however far away it is. Points between the modes cover "
                "none", wrong=counted(lambda d, r, n: nearest_counts(d, r, strict=False) >= n)),
        Mistake("one-is-enough", "one point is not enough for a mode: it needs `least` of them",
                wrong=counted(lambda d, r, n: nearest_counts(d, r) > 0)),
        Mistake("more-than", "a mode with exactly `least` points is covered too: is it >= or >?",
                wrong=counted(lambda d, r, n: nearest_counts(d, r) > n)),
        Mistake("counted-twice", "a point that is within the radius of two centres counted for both. It belongs to the nearest",
                wrong=counted(lambda d, r, n: (d < r).sum(dim=0) >= n)),
        Mistake("squared", "are these squared distances, held against a radius that is not?",
                wrong=counted(lambda d, r, n: nearest_counts(d**2, r) >= n)),
        Mistake("share", "asked for is a number of modes, not a share of them",
                wrong=lambda p, c, r, n: modes_covered(p, c, r, n) / len(c)),
    ],
    hints=(
        "To which mode does a point belong, and when to none?",
        "All distances at once, torch.cdist: (n, modes). For each point the smallest, and where it is. Then count, among "
        "the points "
        "that are near enough, how many belong to each mode.",
        "distance, which = torch.cdist(points, centres).min(dim=…)\ncounts = torch.bincount(which[…], minlength=len(centres))\n"
        "return int((counts >= …).sum())",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def matching_hinge(real: Tensor, fake: Tensor, mismatched: Tensor) -> Tensor:
    """Real pictures should score 1 or more; generated ones, and real ones beside an untrue condition, -1 or less."""
    low = (1 + fake).clamp_min(0).mean() + (1 + mismatched).clamp_min(0).mean()
    return (1 - real).clamp_min(0).mean() + low / 2


def logit_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Logits that are all sure; all wrong; mixed, and not as many of each."""
    n = {"standard": 6, "large": 50}[variant]
    sure = torch.full((3,), 2.5, dtype=torch.float64)
    cases = [(sure, -sure, -sure - 1), (-sure, 2 * sure, sure / 5)]
    several = [(n, 2 * n, n + 2), (n, n, n)]
    return [*cases, *((logits(rng, a), logits(rng, b) - 0.5, logits(rng, c)) for a, b, c in several)]


def hinged(real: float, fake: float, mismatched: float, margin: float = 1.0) -> Callable[..., Tensor]:
    """`matching_hinge` with other weights and another margin."""

    def wrong(*given: Tensor) -> Tensor:
        parts = [(margin + sign * x).clamp_min(0).mean() for sign, x in zip((-1, 1, 1), given, strict=True)]
        return sum(w * part for w, part in zip((real, fake, mismatched), parts, strict=True))

    return wrong


def mean_hinge(x: Tensor) -> Tensor:
    return x.clamp_min(0).mean()


def softly(real: Tensor, fake: Tensor, mismatched: Tensor) -> Tensor:
    soft = torch.nn.functional.softplus
    return soft(-real).mean() + (soft(fake).mean() + soft(mismatched).mean()) / 2


MATCHING_HINGE = Exercise(
    id="text_to_image.matching_hinge",
    title="a discriminator that has to look at the condition",
    reference=matching_hinge,
    cases=logit_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("blind", "the mismatched pairs are left out; and only they show what is real and does not fit",
                when=any_of(hinged(1, 1, 0), hinged(1, 0.5, 0), alike=close)),
        Mistake("not-halved", "generated and mismatched pictures count as much as the real ones *together*: take the mean "
                "of the two",
                wrong=hinged(1, 1, 1)),
        Mistake("flipped", "the signs are the wrong way round: real pictures should score high, so the loss is 0 where real ≥ 1",
                wrong=lambda r, f, m: matching_hinge(-r, -f, -m)),
        Mistake("mismatched-is-real", "a real picture beside an untrue condition is treated as a good example. It has to "
                "score low",
                wrong=lambda r, f, m: (mean_hinge(1 - r) + mean_hinge(1 - m)) / 2 + mean_hinge(1 + f)),
        Mistake("no-hinge", "without the hinge, max(0, …), a score that is good enough goes on being paid for",
                wrong=lambda r, f, m: (1 - r).mean() + ((1 + f).mean() + (1 + m).mean()) / 2),
        Mistake("no-margin", "the hinge has a margin: real pictures should reach 1, not just 0",
                wrong=hinged(1, 0.5, 0.5, margin=0.0)),
        Mistake("mean-first", "the mean was taken before the hinge: then a score that is too high hides one that is too low",
                wrong=lambda r, f, m: matching_hinge(r.mean(), f.mean(), m.mean())),
        Mistake("sum", "sums instead of means: the loss would grow with the batch",
                wrong=lambda r, f, m: (1 - r).clamp_min(0).sum() + ((1 + f).clamp_min(0).sum() + (1 + m).clamp_min(0).sum()) / 2),
        Mistake("pooled", "generated and mismatched pictures were thrown together before the mean: where there are more "
                "of one kind, "
                "it counts more. Take the mean of each kind first",
                wrong=lambda r, f, m: (1 - r).clamp_min(0).mean() + (1 + torch.cat([f, m])).clamp_min(0).mean()),
        Mistake("softplus", "this is the loss with logarithms (softplus). The hinge is max(0, 1 - …)", wrong=softly),
    ],
    hints=(
        "Which of the three should score high, and which low? From which score on is a picture good enough?",
        "The hinge of real pictures is the mean of max(0, 1 - score), that of the others the mean of max(0, 1 + score). "
        "The two that "
        "should be low share a half each.",
        "high = (1 - real).clamp_min(0).mean()\nlow = (1 + fake).clamp_min(0).mean(), …\nreturn high + …",
    ),
)  # fmt: skip
