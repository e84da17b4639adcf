"""Words that are drawn and still pass gradients on; which picture belongs to which sound."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import close
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.engine.gradients import leaves


def with_soft(soft: Tensor, hard: Tensor | None = None) -> Tensor:
    """Forward the largest of each row of `hard`, backward `soft`."""
    drawn = (soft if hard is None else hard).argmax(1)
    return functional.one_hot(drawn, soft.shape[1]).to(soft) + soft - soft.detach()


def straight_through(logits: Tensor, gumbel: Tensor) -> Tensor:
    """As `networks.straight_through` does it for one slot, with the noise given."""
    return with_soft((logits + gumbel).softmax(1))


def logit_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Logits through which gradients flow, and noise: in row 0 it makes the unlikeliest win, in row 1 not quite."""
    b, n = {"standard": (24, 3), "large": (50, 9)}[variant]
    made = []
    for rows in (2, b):
        logits = normal(rng, rows, n)
        gumbel = torch.from_numpy(rng.gumbel(size=(rows, n)))
        logits[0], gumbel[0] = 0.1 * torch.arange(n), torch.linspace(2, -1, n).double()
        logits[1], gumbel[1] = 4.0 * (torch.arange(n) == 1), 1.5 * (torch.arange(n) == 0)
        made.append((logits.requires_grad_(), gumbel))
    return made


def pull(value: Tensor) -> Tensor | None:
    """The gradient that reaches the logits from a fixed weighting of the words; None if none does."""
    found = leaves(value)
    if not found:
        return None
    weights = torch.linspace(-1, 2, value.numel(), dtype=value.dtype).reshape(value.shape)  # other ones in each row
    return torch.autograd.grad((value * weights).sum(), found[0], allow_unused=True, retain_graph=True)[0]


def same_and_learns(got: Tensor, expected: Tensor) -> bool:
    """Equal words, and equal gradients."""
    a, b = pull(got), pull(expected)
    return close(got, expected) and a is not None and close(a, b)


def but_pull(change: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., bool]:
    """Whether the words are right and their gradient is that of `change` of the logits and the noise."""

    def like(got: Tensor, expected: Tensor, logits: Tensor, gumbel: Tensor) -> bool:
        return close(got, expected) and close(pull(got), pull(change(logits, gumbel)))

    return like


def words(got: Tensor, *_: object) -> bool:
    """Whether each row is one word: a 1 among zeros."""
    return close(got, functional.one_hot(got.argmax(1), got.shape[1]))


STRAIGHT_THROUGH = Exercise(
    id="cross_modal_gan.straight_through",
    title="a drawn word that gradients pass through",
    reference=straight_through,
    cases=logit_cases,
    variants=("standard", "large"),
    agrees=same_and_learns,
    mistakes=[
        Mistake("no-gradient", "the right words, but no gradient comes back to the logits. argmax has none, and nothing that was "
                "detached has one. Add something that is zero and has one",
                when=lambda got, expected, *_: close(got, expected) and not leaves(got)),
        Mistake("no-detach", "the right words, and the gradient is zero: soft - soft cancels in both directions. One of the two "
                "must be detached", when=lambda got, expected, *_: close(got, expected) and bool(pull(got).abs().max() < 1e-12)),
        Mistake("one-sided", "the right words, but the wrong gradient: it should be that of softmax(logits + gumbel), with the "
                "noise in it", when=but_pull(lambda logits, gumbel: logits.softmax(1))),
        Mistake("sign", "the right words, but the gradient has the wrong sign: + soft - soft.detach(), not the other way",
                when=but_pull(lambda logits, gumbel: -(logits + gumbel).softmax(1))),
        Mistake("no-softmax", "the right words, but the gradient is that of the sums logits + gumbel themselves. It should be "
                "that of their softmax", when=but_pull(lambda logits, gumbel: logits + gumbel)),
        Mistake("batch", "the softmax runs down the batch. Each row is one choice: dim=1",
                when=lambda got, expected, logits, gumbel: close(got, with_soft((logits + gumbel).softmax(0)))
                or but_pull(lambda x, g: (x + g).softmax(0))(got, expected, logits, gumbel)),
        Mistake("other-gradient", "the right words, but the gradient is not that of softmax(logits + gumbel): is there a "
                "logarithm, a temperature or a factor in it?", when=lambda got, expected, *_: close(got, expected)),
        Mistake("soft", "these are probabilities. Forward it should be the drawn word itself, 0 and 1",
                when=lambda got, *_: bool((got >= 0).all()) and close(got.sum(1), torch.ones(len(got))) and not words(got)),
        Mistake("no-noise", "the likeliest word was taken. Added to the logits, Gumbel noise makes the largest a *draw*",
                when=lambda got, expected, logits, gumbel: close(got, straight_through(logits, 0 * gumbel))),
        Mistake("subtracted", "the noise was subtracted. It is added",
                when=lambda got, expected, logits, gumbel: close(got, straight_through(logits, -gumbel))),
        Mistake("softmax-first", "the noise was added to the probabilities. It belongs on the logits, before the softmax: only "
                "then is the largest a draw from softmax(logits)",
                when=lambda got, expected, logits, gumbel: close(got, with_soft(logits.softmax(1) + gumbel))),
        Mistake("axis", "the largest was looked for down the batch. Each row draws one word",
                when=lambda got, expected, logits, gumbel: got.shape == logits.shape
                and close(got.sum(0), torch.ones(logits.shape[1]))),
        Mistake("index", "these are the indices of the words. Asked for is a row with a 1 in that place",
                when=lambda got, expected, logits, gumbel: close(got, (logits + gumbel).argmax(1))),
        Mistake("own-noise", "each row is a word, but not the largest of logits + gumbel. Was noise drawn anew, as "
                "functional.gumbel_softmax does? `gumbel` is the noise, drawn already: use it", when=words),
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
    """Two batches; all that is given can learn."""
    b, p, q, k = {"standard": (4, 3, 5, 2), "large": (20, 30, 25, 8)}[variant]
    sizes = [((n, p), (n, q), (k, p), (k, q)) for n in (3, b)]
    return [tuple(normal(rng, *size).requires_grad_() for size in four) for four in sizes]


def reach(scores: Tensor) -> list[float]:
    """How large the gradients are that reach what the scores were made of, from a fixed weighting; the smallest first."""
    found = leaves(scores)
    if not found:
        return []
    weights = torch.linspace(-1, 2, scores.numel(), dtype=scores.dtype).reshape(scores.shape)
    gradients = torch.autograd.grad((scores * weights).sum(), found, retain_graph=True)
    return sorted(float(gradient.abs().sum()) for gradient in gradients)


def same_and_all_learn(got: Tensor, expected: Tensor) -> bool:
    """Equal scores, and equal gradients to all four."""
    return close(got, expected) and close(reach(got), reach(expected))


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
    agrees=same_and_all_learn,
    mistakes=[
        Mistake("detached", "the right scores, but a gradient does not reach all four of seen, heard, left and right as it "
                "should: was one detached, or a score turned into a plain number? Both senses and both matrices learn from "
                "these scores",
                when=lambda got, expected, *_: close(got, expected)),
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
