"""Decibels as a picture; noise between two noises."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import close
from mmlearn.exercises.engine.draws import normal


def normalised(decibels: Tensor, reach: float = 60.0) -> Tensor:
    """As `pictures_of_sound` does it, for decibels that are there already."""
    below = (decibels - decibels.amax((1, 2), keepdim=True)).clamp(min=-reach)
    return 1 + 2 * below / reach


def decibel_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Tiny; loud and quiet sounds together; another reach. Each goes far below its reach somewhere."""
    bands, frames = {"standard": (3, 4), "large": (32, 48)}[variant]
    tiny = torch.tensor([[[0.0, -30.0], [-60.0, -90.0]]], dtype=torch.float64)
    sounds = 30 * normal(rng, 3, bands, frames) - 40 + torch.tensor([0.0, 25.0, -35.0]).double()[:, None, None]
    sounds[:, 0, 0] = -150.0
    return [(tiny, 60.0), (sounds, 60.0), (sounds, 80.0)]


def made_with(top=lambda d: d.amax((1, 2), keepdim=True), cut=True, scale=lambda x, r: 1 + 2 * x / r):
    """The picture with a mistake in the loudest place, the cut, or the scale."""

    def wrong(decibels: Tensor, reach: float = 60.0) -> Tensor:
        below = decibels - top(decibels)
        return scale(below.clamp(min=-reach) if cut else below, reach)

    return wrong


def at_sixty(decibels: Tensor, reach: float) -> list[Tensor]:
    """The picture with 60 written for the reach: in both places, in the cut alone, in the scale alone."""
    below = decibels - decibels.amax((1, 2), keepdim=True)
    return [1 + 2 * below.clamp(min=-cut) / scale for cut, scale in ((60.0, 60.0), (60.0, reach), (reach, 60.0))]


def another_scale(got: object, expected: Tensor, *_: object) -> bool:
    """Whether the answer is the picture times one number plus another."""
    x, y = expected.flatten(), torch.as_tensor(got).to(expected).reshape(expected.shape).flatten()
    slope = ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum()
    return abs(float(slope)) > 1e-3 and close(y, y.mean() + slope * (x - x.mean()))


NORMALISED = Exercise(
    id="cross_modal_gan.normalised",
    title="decibels as a picture from -1 to 1",
    reference=normalised,
    cases=decibel_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("batch", "the loudest place was looked for in all sounds together: a quiet sound beside a loud one comes out "
                "dark. "
                "Each sound has a loudest place of its own", wrong=made_with(top=lambda d: d.max())),
        Mistake("each-band", "every band got a loudest place of its own: then what makes one sound unlike another, which bands "
                "are "
                "loud, is gone", wrong=made_with(top=lambda d: d.amax(2, keepdim=True))),
        Mistake("each-frame", "every moment got a loudest place of its own: a pause then shines like a word",
                wrong=made_with(top=lambda d: d.amax(1, keepdim=True))),
        Mistake("no-top", "the loudest place was not taken off: a picture of the same word said more quietly would be darker",
                wrong=made_with(top=lambda d: 0.0)),
        Mistake("not-cut", "what is more than `reach` below the loudest place goes below -1. Cut it off there",
                wrong=made_with(cut=False)),
        Mistake("zero-one", "the right picture, from 0 to 1. The networks of this chapter end in tanh: from -1 to 1 is asked for",
                wrong=made_with(scale=lambda x, r: 1 + x / r)),
        Mistake("range", "the quietest place of each sound became -1. Then the noise floor decides how bright a word is; `reach` "
                "should", wrong=lambda d, reach=60.0: 2 * (d - d.amin((1, 2), keepdim=True))
                / (d.amax((1, 2), keepdim=True) - d.amin((1, 2), keepdim=True)) - 1),
        Mistake("upside-down", "loud is dark and quiet is bright: the other way round",
                wrong=made_with(scale=lambda x, r: -1 - 2 * x / r)),
        Mistake("sixty", "right for a reach of 60; with another the cut or the scale is still at 60. Use `reach`",
                when=lambda got, expected, d, reach: any(close(got, one) for one in at_sixty(d, reach))),
        Mistake("scale", "the right picture on another scale: 0 decibels below the loudest place should become 1, `reach` below "
                "it -1, so that the slope is 2 / reach", when=another_scale),
    ],
    hints=(
        "Two sounds of different loudness say the same word. What has to be taken off so that their pictures are alike?",
        "Subtract from each sound its own largest number, cut off what is below -reach, then bring -reach … 0 to -1 … 1.",
        "below = (decibels - decibels.amax(…, keepdim=True)).clamp(min=…)\nreturn 1 + …",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def slerp(a: Tensor, b: Tensor, t: float) -> Tensor:
    """Not in the library, so that it can be graded."""
    cosine = (a * b).sum(1, keepdim=True) / (a.norm(dim=1, keepdim=True) * b.norm(dim=1, keepdim=True))
    angle = torch.arccos(cosine.clamp(-1, 1))
    near = angle < 1e-4
    safe = torch.where(near, 1.0, angle)
    along = (torch.sin((1 - t) * safe) * a + torch.sin(t * safe) * b) / torch.sin(safe)
    return torch.where(near, (1 - t) * a + t * b, along)


def noise_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Right angles; random noise a quarter and three fifths along; one pair of equal noises among others; both ends."""
    dim = {"standard": 4, "large": 64}[variant]
    a, b = normal(rng, 3, dim), 1.5 * normal(rng, 3, dim)
    right = torch.tensor([[1.0, 0.0]], dtype=torch.float64), torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    one, other = a.clone(), b.clone()
    one[1] = other[1] = 2 * torch.eye(dim)[0]  # of which the cosine is 1 however it is rounded
    return [(*right, 0.5), (a, b, 0.25), (a, b, 0.6), (one, other, 0.3), (a, b, 0.0), (a, b, 1.0)]


def angle_of(a: Tensor, b: Tensor) -> Tensor:
    return torch.arccos(torch.cosine_similarity(a, b, dim=1).clamp(-1, 1))[:, None]


def arc(angle=angle_of, t=lambda t: t, a=lambda a: a, total=True):
    """The way along the arc, with a mistake; nothing special for two equal noises."""

    def wrong(x: Tensor, y: Tensor, share: float) -> Tensor:
        w, s = angle(x, y), t(share)
        whole = torch.sin((1 - s) * w) * a(x) + torch.sin(s * w) * a(y)
        return whole / torch.sin(w) if total else whole

    return wrong


def whole_batch(a: Tensor, b: Tensor) -> Tensor:
    return torch.arccos(((a * b).sum() / (a.norm() * b.norm())).clamp(-1, 1)).expand(len(a), 1)


def dot(a: Tensor, b: Tensor) -> Tensor:
    return torch.arccos((a * b).sum(1, keepdim=True).clamp(-1, 1))


def dot_guarded(a: Tensor, b: Tensor, t: float) -> Tensor:
    return torch.where(dot(a, b) < 1e-3, straight(a, b, t), arc(angle=dot)(a, b, t))


def straight(a: Tensor, b: Tensor, t: float) -> Tensor:
    return (1 - t) * a + t * b


def unit(x: Tensor) -> Tensor:
    return x / x.norm(dim=1, keepdim=True)


def apart(*wrong: Callable):
    """Whether the answer is one of these wrong ones, wherever two noises differ; where they are equal it may be anything."""

    def like(got: Tensor, expected: Tensor, a: Tensor, b: Tensor, t: float) -> bool:
        rows = (a != b).any(1)
        return any(close(got[rows], one(a, b, t)[rows]) for one in wrong)

    return like


def right_but(found: Callable[[Tensor], Tensor]):
    """Whether the answer is right but for equal noises, of which `found` holds."""

    def like(got: Tensor, expected: Tensor, a: Tensor, b: Tensor, t: float) -> bool:
        rows = (a != b).any(1)
        return not rows.all() and close(got[rows], expected[rows]) and bool(found(got[~rows]).all())

    return like


SLERP = Exercise(
    id="cross_modal_gan.slerp",
    title="noise on the way from one noise to another",
    reference=slerp,
    cases=noise_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("straight", "this is the straight line between the two. Half-way it is too short: noise of that length the "
                "generator has never met", wrong=straight),
        Mistake("all-straight", "one pair of equal noises sends the whole batch along the straight line. Decide row by row, as "
                "torch.where does", when=lambda got, expected, a, b, t: bool((a == b).all(1).any())
                and close(got, straight(a, b, t))),
        Mistake("equal", "right, but NaN where both noises are the same: the angle is 0, and so is its sine. Go straight there. "
                "In one batch some rows may be equal and others not", when=right_but(torch.isnan)),
        Mistake("equal-zeros", "right, but zeros where both noises are the same: between two equal noises there is that noise",
                when=right_but(lambda rows: rows == 0)),
        Mistake("backwards", "t = 0 gives the second and t = 1 the first: the other way round",
                when=apart(arc(t=lambda t: 1 - t))),
        Mistake("undivided", "the sum is not divided by the sine of the whole angle", when=apart(arc(total=False))),
        Mistake("line-on-sphere", "this is the straight line, brought to another length. On the arc equal steps of t are equal "
                "angles: take the sines of the formula",
                when=apart(lambda a, b, t: unit(straight(a, b, t)), lambda a, b, t: unit(straight(unit(a), unit(b), t)))),
        Mistake("unit", "the result has length 1. The lengths of the two noises are to be kept",
                when=lambda *given: apart(lambda a, b, t: given[1] / given[1].norm(dim=1, keepdim=True), arc(a=unit))(*given)),
        Mistake("root", "√(1 - t) and √t are the arc for noises at right angles, and even there not in equal steps. Take each "
                "row's own angle", when=apart(lambda a, b, t: (1 - t) ** 0.5 * a + t**0.5 * b)),
        Mistake("whole-batch", "one angle was taken for the whole batch. Each row has its own",
                when=apart(arc(angle=whole_batch))),
        Mistake("dot", "the angle is the arccosine of a *cosine*: divide the inner product by both lengths first",
                when=apart(arc(angle=dot), dot_guarded)),
        Mistake("degrees", "torch.sin takes radians", when=apart(arc(angle=lambda a, b: torch.rad2deg(angle_of(a, b))))),
    ],
    hints=(
        "Noise of many dimensions lies near a sphere. How do you walk from one city to another without digging a tunnel?",
        "With w the angle between a row of a and its row of b: sin((1 - t) w) / sin w of a, and sin(t w) / sin w of b. Where w "
        "is "
        "nearly 0 both noises point the same way, and the straight line will do.",
        "cosine = (a * b).sum(1, keepdim=True) / (…)\nw = torch.arccos(cosine.clamp(-1, 1))\nalong = …\n"
        "return torch.where(w < 1e-4, …, along)",
    ),
)  # fmt: skip
