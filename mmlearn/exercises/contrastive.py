"""Chapter 08: hinges and their negatives, InfoNCE and its floor, false negatives, many machines, the gap, prompts, sigmoids."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn import align
from mmlearn.exercises.engine import Exercise, Mistake, register
from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.engine.quiz import Choice, Question, ask


def leaf(values: Any) -> Tensor:
    """A tensor that gradients are wanted for, in float64."""
    return torch.tensor(np.asarray(values), dtype=torch.float64, requires_grad=True)


def number(got: Any) -> float:
    """A loss as a plain number, gradient or not."""
    return float(np.asarray(plain(got), float).reshape(()))


def same_number(got: Any, expected: Any) -> bool:
    return bool(np.isclose(number(got), number(expected), rtol=1e-5, atol=1e-7))


def learns(got: Any, expected: Any) -> bool:
    """The right number, and one through which a gradient flows."""
    return same_number(got, expected) and bool(getattr(got, "requires_grad", False))


def any_of(*wrong: Callable[..., Any]) -> Callable[..., bool]:
    """For a mistake that can be made in several ways: whether the number equals one of them."""
    return lambda got, _, *arguments: any(same_number(got, function(*arguments)) for function in wrong)


NO_GRADIENT = Mistake(
    "no-gradient", "the number is right, but no gradient flows through it, so nothing can be learnt from it. Return the tensor "
    "itself, without .item(), float() or NumPy on the way",
    when=lambda got, expected, *_: same_number(got, expected),
)  # fmt: skip


def not_finite(got: Any, *_: Any) -> bool:
    return not math.isfinite(number(got))


def diagonal_mask(S: Tensor) -> Tensor:
    return torch.eye(len(S), dtype=torch.bool)


def one_way_logits(logits: Tensor) -> Tensor:
    return functional.cross_entropy(logits, torch.arange(len(logits)))


def cosines(a: Tensor, b: Tensor) -> Tensor:
    return functional.normalize(a, dim=1) @ functional.normalize(b, dim=1).T


# 1 -------------------------------------------------------------------------------------------------------------------


def hinges(S: Tensor, margin: float, fill: float = -math.inf) -> Tensor:
    """The n hinges of the rows, each with its hardest negative."""
    return (margin + S.masked_fill(diagonal_mask(S), fill).amax(dim=1) - S.diagonal()).clamp_min(0)


def triplet(S: Tensor, margin: float) -> Tensor:
    """`align.triplet_loss` with the hardest negatives, from cosines."""
    return hinges(S, margin).sum() + hinges(S.T, margin).sum()


def triplet_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """By hand; random; and cosines below 0, where a diagonal that was set to 0 would win."""
    n = {"standard": 6, "large": 60}[variant]
    tiny = leaf([[0.9, 0.3, 0.8], [0.2, 0.5, 0.6], [0.1, 0.45, 0.4]])
    mixed = rng.uniform(-0.6, 0.6, (n, n)) + 0.3 * np.eye(n)
    below = rng.uniform(-0.9, -0.5, (n, n))
    return [(tiny, 0.2), (leaf(mixed), 0.2), (leaf(below), 0.1)]


def every_negative(S: Tensor, margin: float, mean: bool = False) -> Tensor:
    both = 0
    for T in (S, S.T):
        terms = (margin + T - T.diagonal()[:, None]).clamp_min(0).masked_fill(diagonal_mask(T), 0)
        both = both + terms.sum() / (len(S) - 1 if mean else 1)
    return both


def unhinged(S: Tensor, margin: float) -> Tensor:
    return sum((margin + T.masked_fill(diagonal_mask(T), -math.inf).amax(1) - T.diagonal()).sum() for T in (S, S.T))


def turned_hinge(S: Tensor, margin: float) -> Tensor:
    return sum((margin - T.masked_fill(diagonal_mask(T), -math.inf).amax(1) + T.diagonal()).clamp_min(0).sum() for T in (S, S.T))


TRIPLET = Exercise(
    id="contrastive.triplet",
    title="the partner closer than the hardest mismatch, by a margin",
    reference=triplet,
    cases=triplet_cases,
    variants=("standard", "large"),
    agrees=learns,
    mistakes=[
        NO_GRADIENT,
        Mistake("one-direction", "this is one direction only. Pictures look for captions and captions for pictures: 2n hinges",
                when=any_of(lambda S, m: hinges(S, m).sum(), lambda S, m: hinges(S.T, m).sum())),
        Mistake("twice", "this is one direction, counted twice. The other one has its own hardest mismatches, down the columns",
                when=any_of(lambda S, m: 2 * hinges(S, m).sum(), lambda S, m: 2 * hinges(S.T, m).sum())),
        Mistake("mean", "this is a mean. The hinges are summed here, over the batch and both directions",
                when=any_of(*(lambda S, m, k=k: triplet(S, m) / (k * len(S)) for k in (1, 2)), lambda S, m: triplet(S, m) / 2)),
        Mistake("own", "the partner itself was among the candidates for the hardest mismatch. Take the diagonal out first",
                wrong=lambda S, m: sum((m + T.amax(1) - T.diagonal()).clamp_min(0).sum() for T in (S, S.T))),
        Mistake("zero-diagonal", "right as long as some mismatch is above 0. The diagonal was set to 0, and where all mismatches "
                "are negative that 0 wins. Which number never wins a maximum?",
                wrong=lambda S, m: hinges(S, m, 0.0).sum() + hinges(S.T, m, 0.0).sum()),
        Mistake("no-hinge", "pairs that are well apart already give a negative number here, and pay for others. Each hinge is at "
                "least 0, before the sum", when=any_of(unhinged, lambda S, m: unhinged(S, m).clamp_min(0))),
        Mistake("no-margin", "the margin is missing: being closer is not enough, it has to be closer by the margin",
                wrong=lambda S, m: triplet(S, 0.0)),
        Mistake("sign", "the sign is turned round: a loss is high where the mismatch is *more* similar than the partner",
                wrong=turned_hinge),
        Mistake("all", "every mismatch was counted. Each row, and each column, has one hinge: that of its most similar mismatch",
                when=any_of(every_negative, lambda S, m: every_negative(S, m, mean=True))),
        Mistake("easiest", "this is the least similar mismatch, the easiest one. The hardest is the most similar",
                wrong=lambda S, m: sum((m + T.masked_fill(diagonal_mask(T), math.inf).amin(1) - T.diagonal()).clamp_min(0).sum()
                                       for T in (S, S.T))),
    ],
    hints=(
        "For one picture: which wrong caption is most similar to it, and by how much is it too similar?",
        "Take the diagonal out of the running (masked_fill with -∞), take the largest entry of each row, and compare: margin + "
        "that - the row's own diagonal entry, but at least 0. The same for the columns. Sum both.",
        "own = S.diagonal()\nothers = S.masked_fill(torch.eye(len(S), dtype=torch.bool), …)\n"
        "rows = (margin + others.amax(dim=…) - own).clamp_min(…)\ncolumns = …\nreturn rows.sum() + …",
    ),
)  # fmt: skip


# 2 -------------------------------------------------------------------------------------------------------------------


def semi_hard(S: Tensor, margin: float) -> Tensor:
    """Which mismatches are less similar than the partner, but by less than the margin."""
    own = S.diagonal()[:, None]
    return (S < own) & (S > own - margin)


def semi_hard_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n = {"standard": 6, "large": 80}[variant]
    tiny = torch.tensor([[0.9, 0.3, 0.8], [0.2, 0.5, 0.6], [0.1, 0.35, 0.4]], dtype=torch.float64)
    mixed = torch.from_numpy(rng.uniform(-0.5, 0.5, (n, n)) + 0.2 * np.eye(n))
    return [(tiny, 0.2), (mixed, 0.2), (mixed.T.contiguous(), 0.5)]


def array(got: Any) -> np.ndarray:
    return np.asarray(plain(got))


def equals(wrong: Callable[..., Tensor]) -> Callable[..., bool]:
    return lambda got, _, *arguments: np.array_equal(array(got).astype(bool), plain(wrong(*arguments)))


SEMI_HARD = Exercise(
    id="contrastive.semi_hard",
    title="not too easy, not too hard",
    reference=semi_hard,
    cases=semi_hard_cases,
    variants=("standard", "large"),
    agrees=lambda got, expected: array(got).dtype == bool and np.array_equal(array(got), plain(expected)),
    mistakes=[
        Mistake("number", "right, but as numbers. A mask is bool: true or false",
                when=lambda got, expected, *_: array(got).dtype != bool and np.array_equal(array(got) != 0, plain(expected))),
        Mistake("with-hard", "hard mismatches, more similar than the partner, are in it too. Semi-hard is below the partner",
                when=lambda got, _, S, m: any(
                    np.array_equal(array(got).astype(bool), plain(one))
                    for one in (S > S.diagonal()[:, None] - m, (S > S.diagonal()[:, None] - m) & ~diagonal_mask(S)))),
        Mistake("with-easy", "easy mismatches, farther away than the margin, are in it too: their hinge is 0 and teaches nothing",
                when=equals(lambda S, m: S < S.diagonal()[:, None])),
        Mistake("broadcast", "each entry was compared with the partner of its *column*. The partner of a row stands beside its "
                "whole row: what shape does its cosine need, (n,) or (n, 1)?",
                when=equals(lambda S, m: (S < S.diagonal()) & (S > S.diagonal() - m))),
        Mistake("other-side", "these lie *above* the partner by less than the margin: hard ones. Which side is semi-hard?",
                when=equals(lambda S, m: (S > S.diagonal()[:, None]) & (S < S.diagonal()[:, None] + m))),
        Mistake("itself", "the pair itself is marked. It is no mismatch: strictly less similar than the partner",
                when=lambda got, *_: bool(np.diag(array(got)).all())),
        Mistake("inverted", "turned round: true is where a mismatch *is* semi-hard",
                when=equals(lambda S, m: ~semi_hard(S, m) & ~diagonal_mask(S))),
        Mistake("one-each", "one mismatch a row, and the most similar of them. Asked for is the mask of *all* semi-hard ones",
                when=lambda got, expected, S, m: bool((array(got).sum(1) <= 1).all() and (plain(expected).sum(1) > 1).any()
                                                      and not (array(got) & ~plain(expected)).any())),
    ],
    hints=(
        "Two conditions on the cosine of a mismatch, both against the cosine of the row's own partner.",
        "own = the diagonal as a column, (n, 1), so that it meets every entry of its row. True where S is below own, and (&) "
        "above own - margin.",
        "own = S.diagonal()[:, …]\nreturn (S < …) & (S > …)",
    ),
)  # fmt: skip


# 3 -------------------------------------------------------------------------------------------------------------------


def info_nce(a: Tensor, b: Tensor, temperature: float) -> Tensor:
    """The library's, with a float temperature."""
    return align.info_nce(a, b, temperature)


def nce_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Rows of unequal length, a small batch, a larger one, and a temperature at which a plain exp is infinite."""
    n, d = {"standard": (5, 4), "large": (64, 32)}[variant]

    def pairs(n: int, d: int) -> tuple[Tensor, Tensor]:
        a = rng.normal(size=(n, d))
        lengths = rng.uniform(0.3, 4, size=(2, n, 1))
        return leaf(a * lengths[0]), leaf((a + 0.8 * rng.normal(size=(n, d))) * lengths[1])

    return [(*pairs(2, 3), 0.5), (*pairs(n, d), 0.2), (*pairs(n, d), 0.0005)]


def nce(logits: Tensor) -> Tensor:
    target = torch.arange(len(logits))
    return (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target)) / 2


def one_way(a: Tensor, b: Tensor, t: float) -> Tensor:
    return functional.cross_entropy(cosines(a, b) / t, torch.arange(len(a)))


def without_own(a: Tensor, b: Tensor, t: float) -> Tensor:
    z = cosines(a, b) / t
    others = z.masked_fill(diagonal_mask(z), -math.inf)
    return ((others.logsumexp(1) + others.logsumexp(0)) / 2 - z.diagonal()).mean()


INFO_NCE = Exercise(
    id="contrastive.info_nce",
    title="which caption belongs to this picture, which picture to this caption?",
    reference=info_nce,
    cases=nce_cases,
    variants=("standard", "large"),
    agrees=learns,
    mistakes=[
        NO_GRADIENT,
        Mistake("overflow", "right at moderate temperatures, but cos/T reaches 2000 in one case, and e to that is infinite. Use "
                "cross_entropy, logsumexp or log_softmax, which take the largest off first", when=lambda got, expected, a, b, t:
                t < 0.01 and not_finite(got)),
        Mistake("length", "the rows were not brought to length one: these are dot products, and long rows win. Cosines are "
                "asked for",
                wrong=lambda a, b, t: nce(a @ b.T / t)),
        Mistake("columns", "you normalised the columns. A row is an item: which axis runs along a row?",
                wrong=lambda a, b, t: nce(functional.normalize(a, dim=0) @ functional.normalize(b, dim=0).T / t)),
        Mistake("one-direction", "this is one direction. The other one, captions looking for pictures, is the same along the "
                "columns",
                when=any_of(one_way, lambda a, b, t: one_way(b, a, t), lambda a, b, t: one_way(a, b, t) / 2)),
        Mistake("not-halved", "the two directions were added. Their mean is asked for, so that chance is ln(n), not 2 ln(n)",
                wrong=lambda a, b, t: 2 * info_nce(a, b, t)),
        Mistake("summed", "this is the sum over the batch. The mean is asked for",
                when=any_of(lambda a, b, t: info_nce(a, b, t) * len(a), lambda a, b, t: info_nce(a, b, t) * 2 * len(a))),
        Mistake("times", "the cosines were multiplied by the temperature. They are divided by it",
                wrong=lambda a, b, t: nce(cosines(a, b) * t)),
        Mistake("no-temperature", "the temperature was not used", wrong=lambda a, b, t: nce(cosines(a, b))),
        Mistake("without-own", "the partner is missing from the denominator: softmax runs over all captions of the batch, its "
                "own "
                "included", wrong=without_own),
        Mistake("no-log", "this is the mean probability of the partner. The loss is minus its logarithm",
                when=any_of(*(lambda a, b, t, s=s: s * ((cosines(a, b) / t).softmax(1).diagonal().mean()
                              + (cosines(a, b) / t).softmax(0).diagonal().mean()) / 2 for s in (1, -1)))),
        Mistake("sign", "the sign is turned round: a loss is positive and falls as pairs agree",
                wrong=lambda a, b, t: -info_nce(a, b, t)),
        Mistake("distances", "these are squared distances. They grow as vectors part: cosines are asked for",
                when=any_of(lambda a, b, t: nce(torch.cdist(functional.normalize(a), functional.normalize(b)) ** 2 / t),
                            lambda a, b, t: nce(torch.cdist(a, b) ** 2 / t))),
    ],
    hints=(
        "It is the cross-entropy of chapter 01, with the captions of the batch as classes. Which class is right for picture i?",
        "Bring the rows to length one, multiply a with the transpose of b, divide by the temperature: logits (n, n). The right "
        "class of row i is i. functional.cross_entropy(logits, torch.arange(n)), and the same with the transpose; the mean.",
        "a, b = functional.normalize(…), functional.normalize(…)\nlogits = a @ … / …\nright = torch.arange(len(a))\n"
        "return (functional.cross_entropy(logits, …) + functional.cross_entropy(…, …)) / 2",
    ),
)  # fmt: skip


# 4 -------------------------------------------------------------------------------------------------------------------


def floor(n: int, temperature: float) -> float:
    """The lowest InfoNCE loss of n pairs of unit vectors."""
    return math.log1p((n - 1) * math.exp(-n / (n - 1) / temperature))


def at(own: float, other: Callable[[int], float]) -> Callable[[int, float], float]:
    """The loss if partners have one cosine and mismatches another."""
    return lambda n, t: math.log1p((n - 1) * math.exp((other(n) - own) / t))


FLOOR = Exercise(
    id="contrastive.floor",
    title="how low can the loss get at this temperature?",
    reference=floor,
    cases=lambda rng, variant: [
        (2, 1.0), (8, 0.5), (int(rng.integers(100, 600 if variant == "standard" else 5000)), 1.0), (512, 0.1), (64, 0.001)],
    variants=("standard", "large"),
    mistakes=[
        Mistake("overflow", "right at moderate temperatures, but e^(1/T) overflows at T = 0.001. Divide through by it first: "
                "only "
                "e to a *negative* number is left",
                when=lambda got, _, n, t: t < 0.01 and not_finite(got)),
        Mistake("opposite", "here every mismatch has cosine -1. But n vectors cannot all be opposite to one another: the lowest "
                "cosine that all mismatches can have at once is -1/(n - 1)", wrong=at(1, lambda n: -1)),
        Mistake("orthogonal", "here mismatches have cosine 0. They can do a little better: -1/(n - 1)", wrong=at(1, lambda n: 0)),
        Mistake("one-over-n", "the mismatches' cosine is -1/(n - 1), not -1/n. (With two pairs: -1.)",
                wrong=at(1, lambda n: -1 / n)),
        Mistake("chance", "ln(n) is the loss of knowing nothing, where all cosines are equal", wrong=lambda n, t: math.log(n)),
        Mistake("times", "the cosines were multiplied by the temperature. They are divided by it",
                wrong=lambda n, t: math.log1p((n - 1) * math.exp(-n / (n - 1) * t))),
        Mistake("n-mismatches", "a picture has n - 1 mismatches, and the partner is in the denominator once",
                when=any_of(lambda n, t: math.log1p(n * math.exp(-n / (n - 1) / t)))),
        Mistake("no-partner", "the partner is missing from the denominator: softmax runs over all captions, its own included",
                wrong=lambda n, t: math.log(n - 1) - n / (n - 1) / t),
        Mistake("probability", "this is the probability of the partner. The loss is minus its logarithm",
                wrong=lambda n, t: math.exp(-floor(n, t))),
        Mistake("sign", "the sign is turned round: the loss is *minus* the logarithm of a probability, so not below 0",
                when=lambda got, expected, *_: same_number(-number(got), expected)),
        Mistake("base", "this is a logarithm of another base. Cross-entropy uses the natural one",
                when=any_of(lambda n, t: floor(n, t) / math.log(2), lambda n, t: floor(n, t) / math.log(10))),
    ],
    hints=(
        "In the best batch every row of cosines looks the same: one entry for the partner, n - 1 equal entries for the others.",
        "The partner's logit is 1/T, a mismatch's -1/(n - 1)/T. Write down the softmax probability of the partner, divide "
        "numerator and denominator by e^(1/T), and take minus its logarithm.",
        "apart = 1 + 1 / (n - 1)  # how much closer the partner is\nreturn math.log(1 + (n - 1) * math.exp(…))",
    ),
)  # fmt: skip


# 5 -------------------------------------------------------------------------------------------------------------------


def doubles(groups: Tensor) -> Tensor:
    """(n, n): where another pair is of the same group."""
    return (groups[:, None] == groups) & ~torch.eye(len(groups), dtype=torch.bool)


def masked_info_nce(logits: Tensor, groups: Tensor) -> Tensor:
    """`align.info_nce` with groups, from logits."""
    return nce(logits.masked_fill(doubles(groups), -math.inf))


def masked_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Some in common groups, one case without doubles, and logits of hundreds."""
    n, kinds = {"standard": (6, 3), "large": (60, 20)}[variant]
    tiny = (leaf([[2.0, 1.0, 0.0], [1.5, 2.0, 0.5], [0.0, 0.3, 1.0]]), torch.tensor([4, 4, 7]))
    groups = torch.from_numpy(np.r_[0, 0, 1, rng.integers(0, kinds, n - 3)])
    mixed = rng.normal(size=(n, n)) + np.eye(n)
    return [tiny, (leaf(2 * mixed), groups), (leaf(2 * mixed), torch.arange(n) + 5), (leaf(2000 * mixed), groups)]


def softly(logits: Tensor, groups: Tensor) -> Tensor:
    """Every pair of the group counted as right."""
    same = (groups[:, None] == groups).to(logits.dtype)
    target = same / same.sum(1, keepdim=True)
    return -((target * logits.log_softmax(1)).sum(1).mean() + (target * logits.T.log_softmax(1)).sum(1).mean()) / 2


def first_only(logits: Tensor, groups: Tensor) -> Tensor:
    keep = torch.tensor([i for i, g in enumerate(groups.tolist()) if g not in groups[:i].tolist()])
    return nce(logits[keep][:, keep])


def masked_one_way(logits: Tensor, groups: Tensor) -> Tensor:
    return functional.cross_entropy(logits.masked_fill(doubles(groups), -math.inf), torch.arange(len(logits)))


MASKED = Exercise(
    id="contrastive.masked_info_nce",
    title="an equal caption is no wrong answer",
    reference=masked_info_nce,
    cases=masked_cases,
    variants=("standard", "large"),
    agrees=learns,
    mistakes=[
        NO_GRADIENT,
        Mistake("unmasked", "pairs of one group still count as wrong answers of each other", wrong=lambda z, g: nce(z)),
        Mistake("own", "the partner itself was masked too: its group equals its own. Then nothing is left to find (infinity, "
                "or NaN)",
                when=lambda got, expected, z, g: (not_finite(got) and float(z.detach().abs().max()) < 50)
                or (number(got) > 1e6)),
        Mistake("overflow", "right for small logits, but e to the power of several hundred is infinite. Use cross_entropy or "
                "logsumexp, which take the largest off first",
                when=lambda got, expected, z, g: float(z.detach().abs().max()) > 50 and not_finite(got)),
        Mistake("zero", "the doubles were set to 0, but e⁰ = 1: they still have weight. Which logit has none at all?",
                wrong=lambda z, g: nce(z.masked_fill(doubles(g), 0.0))),
        Mistake("inverted", "the mask is turned round: the doubles were kept, and the honest mismatches left out",
                wrong=lambda z, g: nce(z.masked_fill(g[:, None] != g, -math.inf))),
        Mistake("as-right", "every pair of the group was counted as a right answer. That is another loss (Khosla et al., "
                "2020), and a "
                "fair one; here they are left out: neither right nor wrong", wrong=softly),
        Mistake("dropped", "pairs were thrown out of the batch. Every pair keeps its row and its column; only what its doubles "
                "add "
                "to the denominator goes", when=any_of(first_only)),
        Mistake("one-direction", "this is one direction. The mean of both is asked for",
                when=any_of(masked_one_way, lambda z, g: masked_one_way(z.T, g))),
        Mistake("one-masked", "only one of the two directions was masked",
                when=any_of(lambda z, g: (masked_one_way(z, g) + one_way_logits(z.T)) / 2,
                            lambda z, g: (masked_one_way(z.T, g) + one_way_logits(z)) / 2)),
        Mistake("not-halved", "the two directions were added, or the batch summed. The mean of both directions and of the "
                "batch is asked for",
                when=any_of(lambda z, g: 2 * masked_info_nce(z, g), lambda z, g: len(z) * masked_info_nce(z, g))),
    ],
    hints=(
        "Which entries of the (n, n) logits stand for two different pairs of the same group? What must they become so that "
        "softmax gives them nothing?",
        "groups[:, None] == groups is true for doubles and on the diagonal; take the diagonal out of it. Fill what remains with "
        "-∞, then the InfoNCE as before, both directions.",
        "same = groups[:, None] == groups\ndoubles = same & ~torch.eye(len(groups), dtype=torch.bool)\n"
        "logits = logits.masked_fill(…, …)\nright = torch.arange(len(logits))\nreturn (functional.cross_entropy(logits, right) "
        "+ …) / 2",
    ),
)  # fmt: skip


# 6 -------------------------------------------------------------------------------------------------------------------


def without_gathering(a: Tensor, b: Tensor, temperature: float, processes: int) -> Tensor:
    """The mean over processes of the loss that each finds among its own pairs."""
    parts = zip(a.chunk(processes), b.chunk(processes), strict=True)
    return torch.stack([align.info_nce(x, y, temperature) for x, y in parts]).mean()


def process_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    each, d = {"standard": (3, 4), "large": (16, 8)}[variant]
    made = []
    for processes in (2, 3, 4):
        a = rng.normal(size=(processes * each, d))
        made.append((leaf(a), leaf(a + rng.normal(size=a.shape)), 0.3, processes))
    return made


def own_against_all(a: Tensor, b: Tensor, t: float, processes: int) -> Tensor:
    return one_way(a, b, t)


def interleaved(a: Tensor, b: Tensor, t: float, processes: int) -> Tensor:
    return torch.stack([info_nce(a[p::processes], b[p::processes], t) for p in range(processes)]).mean()


def one_way_each(a: Tensor, b: Tensor, t: float, processes: int) -> Tensor:
    return torch.stack([one_way(x, y, t) for x, y in zip(a.chunk(processes), b.chunk(processes), strict=True)]).mean()


WITHOUT = Exercise(
    id="contrastive.without_gathering",
    title="what each machine sees alone",
    reference=without_gathering,
    cases=process_cases,
    variants=("standard", "large"),
    agrees=learns,
    mistakes=[
        NO_GRADIENT,
        Mistake("whole", "this is the loss of the whole batch, as if the processes could see each other's pairs. Here each has "
                "its "
                "own only", wrong=lambda a, b, t, p: info_nce(a, b, t)),
        Mistake("summed", "the processes' losses were added. Their mean is asked for",
                wrong=lambda a, b, t, p: p * without_gathering(a, b, t, p)),
        Mistake("first", "this is one process alone. The mean over all of them is asked for",
                when=any_of(lambda a, b, t, p: info_nce(a[: len(a) // p], b[: len(a) // p], t),
                            lambda a, b, t, p: info_nce(a[-(len(a) // p):], b[-(len(a) // p):], t))),
        Mistake("interleaved", "here the pairs were dealt out like cards. Process 0 has the *first* n/processes pairs, process "
                "1 the "
                "next ones, and so on", wrong=interleaved),
        Mistake("all-captions", "here each process compares its own pictures with the captions of all. It has seen its own "
                "captions only",
                wrong=own_against_all),
        Mistake("one-direction", "this is one direction only", wrong=one_way_each),
        Mistake("divided", "divided by the number of processes twice, or by the batch: each process's loss is a mean over its "
                "own pairs "
                "already", when=any_of(lambda a, b, t, p: without_gathering(a, b, t, p) / p,
                                       lambda a, b, t, p: without_gathering(a, b, t, p) / len(a) * p)),
        Mistake("length", "the rows were not brought to length one. align.info_nce does that for you",
                wrong=lambda a, b, t, p: torch.stack(
                    [nce(x @ y.T / t) for x, y in zip(a.chunk(p), b.chunk(p), strict=True)]).mean()),
    ],
    hints=(
        "Cut the batch into as many equal pieces as there are processes. What does each of them compute?",
        "a.chunk(processes) and b.chunk(processes) give the pieces, in order. align.info_nce(x, y, temperature) on each, then "
        "the mean: torch.stack(list of losses).mean().",
        "losses = [align.info_nce(x, y, …) for x, y in zip(a.chunk(…), …)]\nreturn torch.stack(losses)…",
    ),
)  # fmt: skip


# 7 -------------------------------------------------------------------------------------------------------------------


def rows_to_one(A: np.ndarray) -> np.ndarray:
    return A / np.linalg.norm(A, axis=-1, keepdims=True)


def gap_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, d = {"standard": (6, 4), "large": (200, 64)}[variant]

    def cone(n: int) -> np.ndarray:
        return (rng.normal(size=(n, d)) + 1.5 * rng.normal(size=d)) * rng.uniform(0.3, 5, size=(n, 1))

    return [(np.array([[3.0, 0.0], [0.6, 0.8]]), np.array([[0.0, 2.0], [-1.0, 0.0]])), (cone(n), cone(n)), (cone(n + 3), cone(n))]


def mean_gap(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    return rows_to_one(A).mean(0) - rows_to_one(B).mean(0)


def between_means(A: np.ndarray, B: np.ndarray) -> float:
    """The cosine of the two means."""
    return float(rows_to_one(rows_to_one(A).mean(0)) @ rows_to_one(rows_to_one(B).mean(0)))


GAP = Exercise(
    id="contrastive.modality_gap",
    title="how far apart do the two media live?",
    reference=align.modality_gap,
    cases=gap_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("length", "the rows keep their lengths here, and a few long ones decide where the middle is. Bring each to "
                "length one "
                "first", wrong=lambda A, B: np.linalg.norm(A.mean(0) - B.mean(0))),
        Mistake("whole-length", "you divided by the length of the whole matrix. Every row has a length of its own",
                wrong=lambda A, B: np.linalg.norm((A / np.linalg.norm(A)).mean(0) - (B / np.linalg.norm(B)).mean(0))),
        Mistake("vector", "this is the difference of the two means, a vector. Its length is asked for",
                when=lambda got, expected, A, B: np.shape(got) == A.shape[1:]),
        Mistake("squared", "this is the squared length. The root is missing", wrong=lambda A, B: np.sum(mean_gap(A, B) ** 2)),
        Mistake("l1", "these are the absolute differences, added up. The Euclidean length is asked for",
                wrong=lambda A, B: np.abs(mean_gap(A, B)).sum()),
        Mistake("mean-distance", "this is how far a picture is from its own caption, on average. The gap is between the two "
                "*means*",
                when=lambda got, _, A, B: got is None if len(A) != len(B) else np.isclose(
                    got, np.linalg.norm(rows_to_one(A) - rows_to_one(B), axis=1).mean())),
        Mistake("unit-means", "the means were brought to length one too. Their lengths say how narrow each cloud is: leave them",
                wrong=lambda A, B: np.linalg.norm(rows_to_one(rows_to_one(A).mean(0)) - rows_to_one(rows_to_one(B).mean(0)))),
        Mistake("cosine", "this is a cosine, or one minus it. The gap is a distance: the length of the difference",
                when=lambda got, _, A, B: any(np.isclose(got, v) for v in (between_means(A, B), 1 - between_means(A, B)))),
        Mistake("axis", "the mean was taken along each row. The middle of a cloud is the mean over its items",
                when=lambda got, _, A, B: got is None if len(A) != len(B) else np.isclose(
                    got, np.linalg.norm(rows_to_one(A).mean(1) - rows_to_one(B).mean(1)))),
    ],
    hints=(
        "Each medium is a cloud of points. Where is the middle of each?",
        "Bring every row to length one, take the mean over the rows of each medium, subtract, and take the Euclidean length.",
        "A = A / np.linalg.norm(A, axis=…, keepdims=True)\nB = …\nreturn float(np.linalg.norm(A.mean(axis=…) - …))",
    ),
)  # fmt: skip


# 8 -------------------------------------------------------------------------------------------------------------------


def class_means(prompts: np.ndarray) -> np.ndarray:
    return rows_to_one(rows_to_one(prompts).mean(axis=1))


def zero_shot(images: np.ndarray, prompts: np.ndarray) -> np.ndarray:
    """`align.zero_shot` and its argmax."""
    return (rows_to_one(images) @ class_means(prompts).T).argmax(axis=1)


def zero_shot_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Prompts of very unequal lengths, and classes whose prompts agree more or less."""
    n, classes, p, d = {"standard": (60, 5, 4, 6), "large": (400, 12, 6, 24)}[variant]
    made = []
    for _ in range(2):
        spread = rng.uniform(0.1, 2.5, size=(classes, 1, 1))
        prompts = rng.normal(size=(classes, 1, d)) + spread * rng.normal(size=(classes, p, d))
        lengths = rng.uniform(0.1, 6, size=(classes, p, 1))
        made.append((rng.normal(size=(n, d)) * rng.uniform(0.3, 3, size=(n, 1)), rows_to_one(prompts) * lengths))
    tiny = (np.array([[1.0, 0.2], [0.1, 2.0]]), np.array([[[1.0, 0.0], [2.0, 0.4]], [[0.0, 1.0], [0.3, 1.0]]]))
    return [tiny, *made]


ZERO_SHOT = Exercise(
    id="contrastive.zero_shot",
    title="classify with words",
    reference=zero_shot,
    cases=zero_shot_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("scores", "these are the scores of all classes. The number of the best one is asked for, one for each picture",
                when=lambda got, expected, images, prompts: np.shape(got) == (len(images), len(prompts))),
        Mistake("prompt-length", "long prompts outweigh short ones. Bring every prompt to length one before the mean",
                when=lambda got, _, images, prompts: any(np.array_equal(got, v) for v in (
                    (images @ rows_to_one(prompts.mean(1)).T).argmax(1), (images @ prompts.mean(1).T).argmax(1)))),
        Mistake("class-length", "the mean of a class's prompts is shorter where they disagree, and such a class can hardly "
                "win. Bring "
                "the means to length one too", wrong=lambda i, p: (i @ rows_to_one(p).mean(1).T).argmax(1)),
        Mistake("best-prompt", "here the single best prompt of a class decides. The mean of its prompts is asked for",
                when=lambda got, _, i, p: any(np.array_equal(got, np.einsum("nk,cpk->ncp", i, q).max(2).argmax(1))
                                              for q in (p, rows_to_one(p)))),
        Mistake("first-prompt", "only one prompt of each class was used", when=lambda got, _, i, p: any(
            np.array_equal(got, (i @ rows_to_one(p)[:, k].T).argmax(1)) for k in (0, -1))),
        Mistake("least", "this is the least similar class", wrong=lambda i, p: (i @ class_means(p).T).argmin(1)),
        Mistake("per-class", "for each class the best picture: the other way round. For each picture the best class is asked for",
                wrong=lambda i, p: (i @ class_means(p).T).argmax(0)),
        Mistake("axis", "the mean ran over the classes. Axis 0 of prompts counts classes, axis 1 the prompts of a class",
                when=lambda got, _, i, p: np.array_equal(got, (i @ rows_to_one(rows_to_one(p).mean(0)).T).argmax(1))),
    ],
    hints=(
        "Each class needs one vector. What is a good summary of several sentences that say the same?",
        "Bring prompts to length one (along their last axis), take the mean over axis 1, bring that to length one. images @ "
        "classes.T are scores (n, classes): argmax along each row. The pictures' lengths change no argmax.",
        "prompts = prompts / np.linalg.norm(prompts, axis=-1, keepdims=True)\nclasses = prompts.mean(axis=…)\nclasses = "
        "classes / …\n"
        "return (images @ …).argmax(axis=…)",
    ),
)  # fmt: skip


# 9 -------------------------------------------------------------------------------------------------------------------


def sigmoid_loss(S: Tensor, scale: float, bias: float) -> Tensor:
    """Not in the library, so that it can be graded."""
    signs = 2 * torch.eye(len(S), dtype=S.dtype) - 1
    return -functional.logsigmoid(signs * (scale * S + bias)).sum() / len(S)


def sigmoid_with(
    signs: Callable[[Tensor], Tensor] = lambda S: 2 * torch.eye(len(S), dtype=S.dtype) - 1,
    logits: Callable[..., Tensor] = lambda S, scale, bias: scale * S + bias,
    divide: Callable[[Tensor], float] = len,
) -> Callable[..., Tensor]:  # fmt: skip
    """The loss with a mistake in its signs, its logits or its mean."""
    return lambda S, scale, bias: -functional.logsigmoid(signs(S) * logits(S, scale, bias)).sum() / divide(S)


def sigmoid_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Cosines; the bias that training starts from; and a scale at which a plain sigmoid rounds to 0."""
    n = {"standard": 5, "large": 50}[variant]
    tiny = leaf([[0.9, 0.1], [0.2, 0.5]])
    mixed = rng.uniform(-0.8, 0.8, (n, n)) + 0.15 * np.eye(n)
    return [(tiny, 2.0, -1.0), (leaf(mixed), 10.0, -4.0), (leaf(mixed), 2000.0, -10.0)]


SIGMOID = Exercise(
    id="contrastive.sigmoid_loss",
    title="every pair its own yes or no",
    reference=sigmoid_loss,
    cases=sigmoid_cases,
    variants=("standard", "large"),
    agrees=learns,
    mistakes=[
        NO_GRADIENT,
        Mistake("overflow", "right for small logits, but a sigmoid of -1500 is 0 to the last digit, and its logarithm infinite. "
                "functional.logsigmoid computes both in one step",
                when=lambda got, _, S, scale, bias: scale > 500 and not_finite(got)),
        Mistake("floor", "right for small logits. For large ones a floor or a clamp stops infinity, but it also stops the "
                "gradient. "
                "functional.logsigmoid needs no floor",
                when=lambda got, expected, S, scale, bias: scale > 500 and 0 < number(got) < number(expected)),
        Mistake("mean", "this is the mean over all n² entries. The sum is divided by n, the number of pairs: or the one pair "
                "in each row "
                "would hardly count", wrong=sigmoid_with(divide=lambda S: len(S) ** 2)),
        Mistake("summed", "this is the sum. Divide by n, the number of pairs", wrong=sigmoid_with(divide=lambda S: 1)),
        Mistake("no-signs", "mismatches are pulled together, like pairs. Their logit needs the other sign",
                wrong=sigmoid_with(signs=torch.ones_like)),
        Mistake("signs", "the signs are turned round: pairs are pushed apart and mismatches together",
                wrong=sigmoid_with(signs=lambda S: 1 - 2 * torch.eye(len(S), dtype=S.dtype))),
        Mistake("only-pairs", "only the diagonal counts here: nothing pushes mismatches apart, and all collapses",
                when=any_of(sigmoid_with(signs=lambda S: torch.eye(len(S), dtype=S.dtype)),
                            lambda S, scale, bias: -functional.logsigmoid(scale * S + bias).diagonal().mean())),
        Mistake("bias", "the bias was subtracted, or turned with the sign: it is added to scale · cosine, before the sign",
                when=any_of(sigmoid_with(logits=lambda S, scale, bias: scale * S - bias),
                            lambda S, scale, bias: -functional.logsigmoid(
                                (2 * torch.eye(len(S), dtype=S.dtype) - 1) * scale * S + bias).sum() / len(S))),
        Mistake("no-bias", "the bias is missing", wrong=sigmoid_with(logits=lambda S, scale, bias: scale * S)),
        Mistake("divided", "scale is 1/temperature: multiply by it",
                wrong=sigmoid_with(logits=lambda S, scale, bias: S / scale + bias)),
        Mistake("softmax", "this is a softmax over the batch, InfoNCE again. Here every entry is a question of its own, "
                "answered by a "
                "sigmoid", when=any_of(lambda S, scale, bias: nce(scale * S), lambda S, scale, bias: one_way_logits(scale * S))),
        Mistake("no-log", "these are probabilities. The loss is minus their logarithms",
                when=any_of(lambda S, scale, bias: -torch.sigmoid(
                    (2 * torch.eye(len(S), dtype=S.dtype) - 1) * (scale * S + bias)).sum() / len(S))),
        Mistake("sign", "the sign of the whole is turned round: a loss is positive", wrong=lambda *a: -sigmoid_loss(*a)),
    ],
    hints=(
        "Each of the n² entries asks: do these two belong together? The truth is yes on the diagonal and no elsewhere.",
        "signs: +1 on the diagonal, -1 elsewhere. The probability of the right answer is σ(sign · (scale · S + bias)). Minus "
        "the sum "
        "of its logarithms (functional.logsigmoid), divided by n.",
        "signs = 2 * torch.eye(len(S)) - …\nlogits = …\nreturn -functional.logsigmoid(signs * …).sum() / …",
    ),
)  # fmt: skip


register(TRIPLET, SEMI_HARD, INFO_NCE, FLOOR, MASKED, WITHOUT, GAP, ZERO_SHOT, SIGMOID)


ask(
    Question(
        "contrastive.collapse",
        "A triplet loss with hardest negatives, margin 0.2 and batches of 128 stays at 51.2. What has happened?",
        (
            Choice("The learning rate is too low; wait", False,
                   "51.2 = 2 · 128 · 0.2 to the last digit is no accident: every hinge is exactly the margin."),
            Choice("All embeddings have become one point, so every hinge is exactly the margin", True,
                   "Partner and hardest mismatch are equally similar, in both directions, for all 128. There the gradient is "
                   "almost nil. "
                   "Begin with all or semi-hard negatives, warm up, then take the hardest."),
            Choice("The loss has converged: no pair violates the margin any more", False,
                   "Then it would be 0."),
        ),
    ),
    Question(
        "contrastive.stuck",
        "InfoNCE with batches of 256 stays at 5.55 = ln(256) from the first step on. What would you look at first?",
        (
            Choice("Whether pictures and captions of a batch still belong together, and whether the captions differ at all", True,
                   "ln(n) is the loss of knowing nothing: shuffled pairs, or a text side that gives everybody the same vector, "
                   "cannot get "
                   "below it. A temperature of 1 can, but only by about one."),
            Choice("Whether the network has enough layers", False,
                   "Even one linear layer leaves ln(n) within a few steps if the pairs are right."),
            Choice("Whether the batch is too small", False,
                   "A smaller batch has a lower ln(n), and can be stuck at it just the same."),
        ),
    ),
    Question(
        "contrastive.batch",
        "Two runs: batch 64 ends at a loss of 0.9, batch 512 at 1.9. Which one is better?",
        (
            Choice("The first: its loss is lower", False,
                   "It had 63 wrong answers to beat, the other 511. ln(64) = 4.2, ln(512) = 6.2."),
            Choice("The losses cannot say. Compare retrieval on the same held-out pairs", True,
                   "The batch is part of the loss: more candidates make the same question harder."),
            Choice("The second: its loss is further below ln(n)", False,
                   "4.3 against 3.3 nats gained looks like it, but what a nat is worth depends on the candidates as well. "
                   "Compare retrieval."),
        ),
    ),
    Question(
        "contrastive.gather",
        "Two processes, 128 pairs each, and each computes InfoNCE among its own pairs; gradients are averaged as usual. Is "
        "that the "
        "same as one process with 256 pairs?",
        (
            Choice("Yes: averaging gradients over processes gives the gradient of the whole batch", False,
                   "True of a loss that is a mean over examples. Here each example's loss depends on the others in the batch."),
            Choice("No: each picture has met 127 wrong captions instead of 255", True,
                   "The embeddings have to be gathered, and gradients must find their way back through the gathering."),
            Choice("No, but only because of rounding", False, "The loss at the start is ln(128) instead of ln(256)."),
        ),
    ),
    Question(
        "contrastive.gap",
        "You move the two clouds onto each other, and the modality gap is 0. What does that do to retrieval?",
        (
            Choice("It must improve: partners are closer now", False,
                   "Every mismatch came closer too. A ranking only sees who is closer than whom."),
            Choice("Often little, and it can go either way: measure it", True,
                   "All candidates of a query moved by the same vector. Only their lengths, and a term for each candidate, "
                   "change."),
            Choice("Nothing at all, exactly: all cosines rise by the same amount", False,
                   "Nearly, but not quite: after the move the rows are brought to length one again, and a query is moved as "
                   "well."),
        ),
    ),
)  # fmt: skip
