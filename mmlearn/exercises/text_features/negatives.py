"""Skip-gram with drawn negatives."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.exercises.engine import Exercise, Mistake


def negative_sampling_loss(centre: Tensor, context: Tensor, negatives: Tensor) -> Tensor:
    """Mean over the batch of -log σ(centre · context) - Σ log σ(-centre · negative)."""
    true, false = (centre * context).sum(-1), (negatives @ centre[..., None])[..., 0]
    return -(functional.logsigmoid(true) + functional.logsigmoid(-false).sum(-1)).mean()


def _scores(c: Tensor, o: Tensor, n: Tensor) -> tuple[Tensor, Tensor]:
    """The scores of the true neighbours (b,) and of the drawn words (b, k)."""
    return (c * o).sum(-1), (n @ c[..., None])[..., 0]


def leaf(values: object) -> Tensor:
    """A tensor that gradients are wanted for, as parameters are."""
    return torch.tensor(np.asarray(values), dtype=torch.float32, requires_grad=True)


def negative_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Scores by hand, small ones, and some so large that a plain sigmoid rounds to 0 or 1."""
    b, k, d = {"standard": (6, 5, 4), "large": (128, 8, 32)}[variant]

    def case(scale: float) -> tuple:
        return tuple(leaf(scale * rng.normal(size=s)) for s in ((b, d), (b, d), (b, k, d)))

    tiny = (leaf([[1.0, 0.0], [0.0, 2.0]]), leaf([[2.0, 0.0], [1.0, 0.5]]),
            leaf([[[1.0, 0.0], [0.0, 1.0], [3.0, 1.0]], [[0.5, 1.0], [1.0, -1.0], [0.0, 0.0]]]))  # fmt: skip
    return [tiny, case(0.8), case(20)]  # the last has scores of hundreds, where a sigmoid is 0 or 1 to the last digit


def _signs(c: Tensor, o: Tensor, n: Tensor) -> Tensor:
    true, false = _scores(c, o, n)
    return -(functional.logsigmoid(true) + functional.logsigmoid(false).sum(-1)).mean()


def _both_signs(c: Tensor, o: Tensor, n: Tensor) -> Tensor:
    true, false = _scores(c, o, n)
    return -(functional.logsigmoid(-true) + functional.logsigmoid(false).sum(-1)).mean()


def _mean_negatives(c: Tensor, o: Tensor, n: Tensor) -> Tensor:
    true, false = _scores(c, o, n)
    return -(functional.logsigmoid(true) + functional.logsigmoid(-false).mean(-1)).mean()


def _no_log(c: Tensor, o: Tensor, n: Tensor) -> Tensor:
    true, false = _scores(c, o, n)
    return -(torch.sigmoid(true) + torch.sigmoid(-false).sum(-1)).mean()


def _softmax(c: Tensor, o: Tensor, n: Tensor) -> Tensor:
    true, false = _scores(c, o, n)
    return -torch.cat([true[:, None], false], 1).log_softmax(1)[:, 0].mean()


def same_number(got: object, expected: Tensor) -> bool:
    """Whether two losses are equal, gradient or not."""
    got, expected = (float(x.detach() if hasattr(x, "detach") else x) for x in (got, expected))
    return bool(np.isclose(got, expected, rtol=1e-4, atol=1e-4))


def learns(got: object, expected: Tensor) -> bool:
    """The right number, and one through which a gradient flows to what it was computed from."""
    return same_number(got, expected) and getattr(got, "requires_grad", False)


NO_GRADIENT = Mistake(
    "no-gradient", "the number is right, but no gradient flows through it, so nothing can be learnt from it. Give the tensor "
    "itself, without .item(), float() or NumPy on the way",
    when=lambda got, expected, *_: same_number(got, expected),
)  # fmt: skip


NEGATIVES = Exercise(
    id="text_features.negative_sampling_loss",
    title="true neighbours up, drawn words down",
    reference=negative_sampling_loss,
    cases=negative_cases,
    variants=("standard", "large"),
    tolerance=1e-4,
    agrees=learns,
    mistakes=[
        NO_GRADIENT,
        Mistake("overflow", "right for small scores, but a sigmoid of -200 is 0 to the last digit, and its logarithm infinite. "
                "functional.logsigmoid computes both in one step",
                when=lambda got, _, c, o, n: not np.isfinite(float(got)) and float(_scores(c, o, n)[0].abs().max()) > 50),
        Mistake("floor", "right for small scores. For large ones a floor or a clamp stops infinity, but it also stops the "
                "gradient: the "
                "pairs that are most wrong teach nothing. functional.logsigmoid needs no floor",
                when=lambda got, expected, c, o, n: np.isfinite(float(got)) and 0 < float(got) < float(expected)
                and float(_scores(c, o, n)[0].abs().max()) > 50),
        Mistake("wrong-partner", "the drawn words meet the context here. They are compared with the centre, as the context is",
                wrong=lambda c, o, n: -(functional.logsigmoid(_scores(c, o, n)[0])
                                        + functional.logsigmoid(-_scores(o, c, n)[1]).sum(-1)).mean()),
        Mistake("only-drawn", "the true neighbours are missing: nothing pulls words together",
                wrong=lambda c, o, n: -functional.logsigmoid(-_scores(c, o, n)[1]).sum(-1).mean()),
        Mistake("negative-sign", "drawn words are pulled *towards* the centre, like the true ones. Which sign has their score?",
                wrong=_signs),
        Mistake("signs-swapped", "true neighbours are pushed away and drawn words pulled near: the signs are the other way round",
                wrong=_both_signs),
        Mistake("reward", "this number grows as the model gets better. A loss is its opposite",
                wrong=lambda c, o, n: -negative_sampling_loss(c, o, n)),
        Mistake("mean-negatives", "you took the mean over the k drawn words. The formula has their sum: k words, k terms",
                wrong=_mean_negatives),
        Mistake("batch-sum", "this is the sum over the batch. With the mean, the learning rate need not change with its size",
                wrong=lambda c, o, n: negative_sampling_loss(c, o, n) * len(c)),
        Mistake("no-log", "these are probabilities. The loss has their logarithms", wrong=_no_log),
        Mistake("only-true", "the drawn words are missing: without them the loss is smallest when all vectors are alike",
                wrong=lambda c, o, n: -functional.logsigmoid(_scores(c, o, n)[0]).mean()),
        Mistake("softmax", "this is a softmax over one true and k drawn words. Here each word is a yes-no question of its own",
                wrong=_softmax),
        Mistake("per-pair", "one number a pair is a good step; the loss is their mean",
                when=lambda got, _, c, o, n: np.shape(got) == (len(c),)),
    ],
    hints=(
        "A dot product says how well two words go together, and a sigmoid makes a probability of it. What should it be for a "
        "true neighbour, and what for a drawn word?",
        "(centre * context).sum(-1) are the b true scores. negatives @ centre[..., None] are the b × k others; they enter with a "
        "minus sign. functional.logsigmoid takes the logarithm safely.",
        "true = (centre * context).sum(-1)\nfalse = (negatives @ centre[..., None])[..., 0]\n"
        "return -(functional.logsigmoid(…) + functional.logsigmoid(…).sum(…)).mean()",
    ),
)  # fmt: skip
