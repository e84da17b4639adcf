"""How many modes are covered, and the matching-aware hinge."""

import math
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
    """A ring where modes are missing or have too few points; one mode, and points on the slant, on the radius; a dense ring."""
    n = {"standard": 8, "large": 20}[variant]
    angles = torch.arange(n, dtype=torch.float64) * 2 * torch.pi / n
    centres = 5 * torch.stack([angles.cos(), angles.sin()], dim=1)
    gap = float(torch.dist(centres[0], centres[1]))
    radius, cases = round(0.2 * gap * 64) / 64, []  # a sum of powers of two: “just on the radius” is the same in any precision
    counts = [0, 1, 2, 3, 4, 9, 1, 0] + [3] * (n - 8)
    near = torch.cat([centres[i] + 0.05 * gap * normal(rng, c, 2).clamp(-2, 2) for i, c in enumerate(counts)])
    outside = centres[0] * (1 + 1.1 * radius / 5) + 0.005 * gap * normal(rng, 12, 2)
    far = 0.5 * centres[7] + 0.01 * gap * normal(rng, 12, 2)
    mixed = torch.cat([near, outside, far])
    cases.append((mixed[torch.from_numpy(rng.permutation(len(mixed)))], centres, radius, 3))
    slanting = radius * torch.tensor([[1, 1], [-1, 1], [1, -1], [-1, -1]], dtype=torch.float64) / 2**0.5
    just = centres[0] + radius * torch.tensor([[1.0, 0.0]] * 3, dtype=torch.float64)
    corners = [centres[i] + 0.9 * slanting for i in (5, 6)] + [centres[i] + 1.2 * slanting for i in (3, 4, 7)]
    cases.append((torch.cat([centres[2] + 0.02 * gap * normal(rng, 40, 2), just, *corners]), centres, radius, 3))
    spread = torch.cat([c + 0.05 * gap * normal(rng, 30, 2) for c in centres[1:]])
    spread[:30] += 0.3 * (centres[0] - centres[1])  # leaning over to a mode that has none of its own
    return [*cases, (spread, centres, 0.9 * gap, 25)]


def counted(rule: Callable[[Tensor, float, int], Tensor]) -> Callable[..., int]:
    """`modes_covered` with another rule: distances (n, modes), radius, least -> what is counted."""

    def wrong(points: Tensor, centres: Tensor, radius: float, least: int) -> int:
        return int(rule(torch.cdist(points, centres), radius, least).sum())

    return wrong


def nearest_counts(distance: Tensor, radius: float, strict: bool = True, edge: bool = False) -> Tensor:
    least, which = distance.min(dim=1)
    near = least <= radius if edge else least < radius
    return torch.bincount(which[near] if strict else which, minlength=distance.shape[1])


def measured(norm: float) -> Callable[..., int]:
    """`modes_covered` by another distance."""
    return lambda p, c, r, n: int((nearest_counts(torch.cdist(p, c, p=norm), r) >= n).sum())


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
        Mistake("any-near", "this asks whether *any* point is near a centre. Count for each centre the points that belong to it",
                wrong=counted(lambda d, r, n: d.min(dim=0).values < r)),
        Mistake("more-than", "a mode with exactly `least` points is covered too: is it >= or >?",
                wrong=counted(lambda d, r, n: nearest_counts(d, r) > n)),
        Mistake("counted-twice", "a point that is within the radius of two centres counted for both. It belongs to the nearest",
                wrong=counted(lambda d, r, n: (d < r).sum(dim=0) >= n)),
        Mistake("edge", "a point just on the radius does not belong: it has to be closer",
                wrong=counted(lambda d, r, n: nearest_counts(d, r, edge=True) >= n)),
        Mistake("sum-distance", "this measures |x| + |y|. Meant is the straight line, √(x² + y²)", wrong=measured(1)),
        Mistake("largest-distance", "this measures the larger of |x| and |y|. Meant is the straight line, √(x² + y²)",
                wrong=measured(math.inf)),
        Mistake("missing", "these are the modes that are *missing*. Asked for are those that are covered",
                wrong=lambda p, c, r, n: len(c) - modes_covered(p, c, r, n)),
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
        Mistake("not-halved", "generated and mismatched pairs count as much as the real ones *together*: half of each",
                wrong=hinged(1, 1, 1)),
        Mistake("flipped", "the signs are the wrong way round: real pictures should score high, so the loss is 0 where real ≥ 1",
                wrong=lambda r, f, m: matching_hinge(-r, -f, -m)),
        Mistake("mismatched-is-real", "a real picture beside an untrue condition is treated as a good example. It has to "
                "score low",
                when=any_of(lambda r, f, m: (mean_hinge(1 - r) + mean_hinge(1 - m)) / 2 + mean_hinge(1 + f),
                            lambda r, f, m: mean_hinge(1 - r) + (mean_hinge(1 + f) + mean_hinge(1 - m)) / 2,
                            lambda r, f, m: mean_hinge(1 - r) + mean_hinge(1 + f) + mean_hinge(1 - m), alike=close)),
        Mistake("all-halved", "the real pairs were made to count less too. They count whole: only the two kinds that should "
                "score low are halved",
                when=any_of(*(hinged(*w) for w in ((0.5,) * 3, (0.5, 0.25, 0.25), (1 / 3,) * 3)), alike=close)),
        Mistake("sign", "the right size with a minus before it: a loss is made small, and this one is never below 0",
                wrong=lambda r, f, m: -matching_hinge(r, f, m)),
        Mistake("sigmoid", "the hinge takes the scores as they are: leave the sigmoid out",
                wrong=lambda r, f, m: matching_hinge(r.sigmoid(), f.sigmoid(), m.sigmoid())),
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
