"""Words that are drawn and still pass gradients on; which picture belongs to which sound."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import close
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.engine.gradients import leaves


def straight_through(logits: Tensor, gumbel: Tensor) -> Tensor:
    """As `networks.straight_through` does it for one slot, with the noise given."""
    soft = (logits + gumbel).softmax(1)
    hard = functional.one_hot(soft.argmax(1), logits.shape[1]).to(soft)
    return hard + soft - soft.detach()


def logit_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Logits through which gradients flow, and Gumbel noise that changes some of the winners."""
    b, n = {"standard": (4, 3), "large": (50, 9)}[variant]
    made = []
    for rows in (1, b):
        logits = normal(rng, rows, n)
        gumbel = torch.from_numpy(rng.gumbel(size=(rows, n)))
        logits[0], gumbel[0] = 0.1 * torch.arange(n), torch.linspace(2, -1, n).double()
        made.append((logits.requires_grad_(), gumbel))
    return made


def pull(value: Tensor) -> Tensor | None:
    """The gradient that reaches the logits from a fixed weighting of the words; None if none can."""
    found = leaves(value)
    if not found:
        return None
    weights = torch.linspace(-1, 2, value.shape[1], dtype=value.dtype)
    return torch.autograd.grad((value * weights).sum(), found[0], allow_unused=True, retain_graph=True)[0]


def same_and_learns(got: Tensor, expected: Tensor) -> bool:
    """Equal words, and equal gradients."""
    a, b = pull(got), pull(expected)
    return close(got, expected) and a is not None and close(a, b)


def right_words(got: Tensor, expected: Tensor, *_: object) -> bool:
    return close(got, expected)


STRAIGHT_THROUGH = Exercise(
    id="cross_modal_gan.straight_through",
    title="a drawn word that gradients pass through",
    reference=straight_through,
    cases=logit_cases,
    variants=("standard", "large"),
    agrees=same_and_learns,
    mistakes=[
        Mistake("no-gradient", "the right words, but no gradient comes back to the logits: argmax has none. Add something that "
                "is "
                "zero and has one", when=lambda got, expected, *_: right_words(got, expected) and not leaves(got)),
        Mistake("no-detach", "the right words, and the gradient is zero: soft - soft cancels in both directions. One of the two "
                "must be detached", when=lambda got, expected, *_: right_words(got, expected) and pull(got) is not None
                and not bool(pull(got).abs().sum() > 1e-12)),
        Mistake("one-sided", "the right words, but the wrong gradient: it should be that of softmax(logits + gumbel), with the "
                "noise in it", when=lambda got, expected, *_: right_words(got, expected) and leaves(got)
                and not close(pull(got), pull(expected))),
        Mistake("soft", "these are probabilities. Forward it should be the drawn word itself, 0 and 1",
                when=lambda got, expected, logits, gumbel: close(got, (logits + gumbel).softmax(1))),
        Mistake("no-noise", "the likeliest word was taken. Added to the logits, Gumbel noise makes the largest a *draw*",
                when=lambda got, expected, logits, gumbel: close(got, straight_through(logits, 0 * gumbel))),
        Mistake("subtracted", "the noise was subtracted. It is added",
                when=lambda got, expected, logits, gumbel: close(got, straight_through(logits, -gumbel))),
        Mistake("axis", "the largest was looked for down the batch. Each row draws one word",
                when=lambda got, expected, logits, gumbel: got.shape == logits.shape
                and close(got.sum(0), torch.ones(logits.shape[1]))),
        Mistake("index", "these are the indices of the words. Asked for is a row with a 1 in that place",
                when=lambda got, expected, logits, gumbel: close(got, (logits + gumbel).argmax(1))),
    ],
    hints=(
        "What has the value of one thing and the gradient of another? Think of x.detach().",
        "soft is the softmax of logits + gumbel, hard its largest as 0 and 1. hard + soft - soft has the value of hard; which of "
        "the two softs should keep its gradient?",
        "soft = (logits + gumbel).softmax(dim=1)\nhard = functional.one_hot(soft.argmax(1), …).to(soft)\nreturn hard + …",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def pair_scores(seen: Tensor, heard: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """The third score of `CrossDiscriminator`, of true pairs and of pairs with the sound of the row before."""
    a, b = seen @ left.T, heard @ right.T
    return torch.stack([(a * b).sum(1), (a * b.roll(1, 0)).sum(1)], dim=1)


def pair_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    b, p, q, k = {"standard": (4, 3, 5, 2), "large": (20, 30, 25, 8)}[variant]
    return [(normal(rng, n, p), normal(rng, n, q), normal(rng, k, p), normal(rng, k, q)) for n in (3, b)]


def columns(match=lambda a, b: (a * b).sum(1), other=lambda a, b: (a * b.roll(1, 0)).sum(1), order=(0, 1), dim=1):
    """The two scores with a mistake in one of them, or in their order."""

    def wrong(seen: Tensor, heard: Tensor, left: Tensor, right: Tensor) -> Tensor:
        a, b = seen @ left.T, heard @ right.T
        both = match(a, b), other(a, b)
        return torch.stack([both[i] for i in order], dim=dim)

    return wrong


PAIR_SCORES = Exercise(
    id="cross_modal_gan.pair_scores",
    title="does this sound belong to this picture?",
    reference=pair_scores,
    cases=pair_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("backwards", "the sounds were shifted the other way: row i should meet the sound of row i - 1",
                wrong=columns(other=lambda a, b: (a * b.roll(-1, 0)).sum(1))),
        Mistake("features", "the numbers of each vector were shifted, not the rows of the batch: roll along axis 0",
                wrong=columns(other=lambda a, b: (a * b.roll(1, 1)).sum(1))),
        Mistake("flat", "roll without a dimension shifts the flattened numbers: rows are torn apart. Say which axis",
                wrong=columns(other=lambda a, b: (a * b.roll(1)).sum(1))),
        Mistake("both", "picture and sound were shifted alike, so they still belong together: shift one of the two",
                wrong=columns(other=lambda a, b: (a.roll(1, 0) * b.roll(1, 0)).sum(1))),
        Mistake("picture", "the pictures were shifted. Row i keeps its picture, and meets the sound of row i - 1",
                wrong=columns(other=lambda a, b: (a.roll(1, 0) * b).sum(1))),
        Mistake("swapped", "the pairs that belong together come first, the others second", wrong=columns(order=(1, 0))),
        Mistake("mean", "this is the mean of the products. An inner product is their sum",
                wrong=columns(lambda a, b: (a * b).mean(1), lambda a, b: (a * b.roll(1, 0)).mean(1))),
        Mistake("cosine", "these are cosines. The discriminator's score has no bound",
                wrong=columns(lambda a, b: torch.cosine_similarity(a, b),
                              lambda a, b: torch.cosine_similarity(a, b.roll(1, 0)))),
        Mistake("rows", "two rows came out: asked for is one row a scene, and two columns", wrong=columns(dim=0)),
        Mistake("all-pairs", "these are all pictures with all sounds. Asked for are two pairings of each picture",
                wrong=lambda s, h, left, right: (s @ left.T) @ (h @ right.T).T),
    ],
    hints=(
        "A picture's vector and a sound's have different lengths. What brings them into one space?",
        "a = seen · leftᵀ and b = heard · rightᵀ both have k columns; the score of a pair is the inner product of its two "
        "rows. For "
        "wrong pairs shift b by one row.",
        "a, b = seen @ left.T, heard @ right.T\nreturn torch.stack([(a * b).sum(1), …], dim=1)",
    ),
)  # fmt: skip
