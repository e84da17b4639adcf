"""Chapter 09: a gradient reversed, two maps, words that look for regions, a teacher's rows, and a cloud moved onto another."""

import copy
import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn import align, layers
from mmlearn.exercises.engine import Exercise, Mistake, register
from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.engine.gradients import leaves
from mmlearn.exercises.engine.quiz import Choice, Question, ask


def close(a: Any, b: Any, tolerance: float = 1e-5) -> bool:
    """Whether two answers are equal numbers in equal shapes."""
    a, b = np.asarray(plain(a), float), np.asarray(plain(b), float)
    return a.shape == b.shape and np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


def any_of(*wrong: Callable[..., Any]) -> Callable[..., bool]:
    """For a mistake that can be made in several ways: whether the answer equals one of them."""
    return lambda got, _, *arguments: any(close(got, one(*copy.deepcopy(arguments))) for one in wrong)


def normal(rng: np.random.Generator, *shape: int) -> Tensor:
    """Random numbers in float64."""
    return torch.from_numpy(rng.normal(size=shape))


def rows_unit(x: Tensor) -> Tensor:
    """Vectors along the last axis, brought to length one; zeros stay zeros."""
    return functional.normalize(x, dim=-1)


def columns_unit(x: Tensor) -> Tensor:
    return functional.normalize(x, dim=0)


# 1 -------------------------------------------------------------------------------------------------------------------


def sent_back(value: Any) -> Tensor | Exception | None:
    """What arrives at the tensor that `value` was made from when 1, 2, 3 … is sent back; None if nothing, or the error."""
    if not isinstance(value, Tensor) or not value.requires_grad:
        return None
    asked = torch.arange(1, value.numel() + 1, dtype=value.dtype).reshape(value.shape)
    if value.grad_fn is None:  # the very tensor that was given: what is asked of it is its gradient
        return asked
    same = [leaf for leaf in leaves(value) if leaf.shape == value.shape]
    if not same:
        return None
    try:
        return torch.autograd.grad(value, same[0], asked, retain_graph=True, allow_unused=True)[0]
    except Exception as error:  # whatever the learner's backward raises
        return error


def gradient_is(wanted: Callable[[Tensor, float], Tensor]) -> Callable[..., bool]:
    """Whether the gradient that came back is this one: of what was sent (1, 2, 3 …) and of the strength."""

    def recognised(got: Any, _: Any, x: Tensor, strength: float) -> bool:
        back = sent_back(got)
        asked = torch.arange(1, x.numel() + 1, dtype=x.dtype).reshape(x.shape)
        return isinstance(back, Tensor) and close(back, wanted(asked, strength))

    return recognised


def reversal_agrees(got: Any, expected: Tensor) -> bool:
    """The same values, and the same gradient behind them."""
    back = sent_back(got)
    return close(got, expected) and isinstance(back, Tensor) and close(back, sent_back(expected))


def reversal_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, d = {"standard": (3, 4), "large": (50, 30)}[variant]
    tiny = (torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True), 0.5)
    return [tiny, *((normal(rng, n, d).requires_grad_(), s) for s in (2.0, 0.1, 0.0))]


REVERSAL = Exercise(
    id="other_alignments.reverse_gradient",
    title="unchanged on the way there, turned round on the way back",
    reference=layers.reverse_gradient,
    cases=reversal_cases,
    variants=("standard", "large"),
    agrees=reversal_agrees,
    mistakes=[
        Mistake("not-applied", "your class was called like a function, which makes an object of it. Call it by "
                ".apply(x, strength)",
                when=lambda got, *_: isinstance(got, torch.autograd.Function)),
        Mistake("order", "backward gives its gradients in the wrong order: first x's, then None for the strength, as in forward",
                when=lambda got, *_: isinstance(sent_back(got), Exception) and "different than None" in str(sent_back(got))),
        Mistake("arity", "the backward pass failed. forward took two arguments after the context, x and strength, so backward "
                "must give two gradients back: None for one that is a plain number",
                when=lambda got, *_: isinstance(sent_back(got), Exception) and "gradients" in str(sent_back(got))),
        Mistake("value", "the values themselves have changed. On the way there x passes as it is; only its gradient is turned",
                when=lambda got, expected, *_: np.shape(plain(got)) == np.shape(plain(expected)) and not close(got, expected)),
        Mistake("no-gradient", "right values, but no gradient comes back to x at all: it was cut off from its history (by "
                "detach, by NumPy, or by a backward that gives None)",
                when=lambda got, expected, *_: close(got, expected) and sent_back(got) is None),
        Mistake("backward", "the values are right, but backward raises an error when a gradient arrives. It gets (context, "
                "gradient), and what it needs of forward must have been kept in the context",
                when=lambda got, *_: isinstance(sent_back(got), Exception)),
        Mistake("at-zero", "right, but for a strength of 0: then nothing of the gradient may come back",
                when=lambda got, expected, x, strength: strength == 0 and isinstance(sent_back(got), Tensor)),
        Mistake("identity", "the gradient comes back as it was sent: nothing is reversed", when=gradient_is(lambda g, s: g)),
        Mistake("strength", "the gradient is reversed, but whatever the strength, by 1", when=gradient_is(lambda g, s: -g)),
        Mistake("sign", "the gradient is scaled by the strength, but keeps its sign: those below would *help* the layers above",
                when=gradient_is(lambda g, s: s * g)),
        Mistake("constant", "what was sent back is ignored: each entry gets -strength alone. Multiply the gradient that "
                "arrives",
                when=gradient_is(lambda g, s: torch.full_like(g, -s))),
        Mistake("divided", "the gradient is divided by the strength. A larger strength should push harder",
                when=gradient_is(lambda g, s: -g / s)),
        Mistake("added", "the old gradient is still in it: (1 - strength) of what was sent came back. Both ways lead to x; "
                "one must be cut off with detach", when=gradient_is(lambda g, s: (1 - s) * g)),
        Mistake("gradient", "the values are right, but what comes back is not -strength times the gradient that arrived",
                when=lambda got, expected, *_: close(got, expected) and isinstance(sent_back(got), Tensor)),
    ],
    hints=(
        "What does backward have to know that only forward is told? The context is there to carry it.",
        "forward keeps the strength in the context (context.strength = …) and gives x.view_as(x), the same numbers in a new "
                "tensor. "
                "backward multiplies what arrives, and gives None as the second gradient, the strength's.",
        "class Reversal(torch.autograd.Function):\n    @staticmethod\n    def forward(context, x, strength):\n        "
        "context.strength = …\n"
        "        return x.view_as(x)\n    @staticmethod\n    def backward(context, gradient):\n        return …, None\n"
        "return Reversal.apply(x, strength)",
    ),
)  # fmt: skip


# 2 -------------------------------------------------------------------------------------------------------------------


def solved(X: np.ndarray, Y: np.ndarray, added: Any) -> np.ndarray:
    """(XᵀX + added)⁻¹ XᵀY, by the pseudo-inverse where it is singular."""
    return np.linalg.pinv(X.T @ X + added) @ X.T @ Y


def eye(X: np.ndarray) -> np.ndarray:
    return np.eye(X.shape[1])


def ridge_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, d, e = {"standard": (9, 4, 3), "large": (200, 60, 30)}[variant]
    tiny = (np.array([[1.0, 0.0], [1.0, 2.0], [0.0, 1.0]]), np.array([[2.0], [1.0], [0.0]]), 0.5)
    X = rng.normal(size=(n, d)) + 0.7  # not centred, so that whoever centres is found out
    few = rng.normal(size=(d - 1, d))
    Y = rng.normal(size=(n, e))
    return [tiny, (X, Y + 1, 2.0), (X, Y, 30.0), (few, Y[: d - 1], 0.3)]


RIDGE = Exercise(
    id="other_alignments.ridge_map",
    title="a matrix from one space into the other",
    reference=align.ridge_map,
    cases=ridge_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-ridge", "this is least squares without the ridge: reg does not count in it",
                when=any_of(lambda X, Y, reg: solved(X, Y, 0.0), lambda X, Y, reg: np.linalg.lstsq(X, Y, rcond=None)[0])),
        Mistake("everywhere", "reg was added to every entry of XᵀX. It belongs on the diagonal: reg times which matrix?",
                wrong=lambda X, Y, reg: solved(X, Y, reg)),
        Mistake("mean", "with XᵀX / n the ridge weighs n times as much. The task has sums, not means: the two must be divided "
                "alike",
                wrong=lambda X, Y, reg: solved(X, Y, reg * len(X) * eye(X))),
        Mistake("factor", "the ridge weighs twice, or half, of what it should: both terms are squares, so that the 2 of their "
                "gradients cancels",
                when=any_of(lambda X, Y, reg: solved(X, Y, 2 * reg * eye(X)), lambda X, Y, reg: solved(X, Y, reg / 2 * eye(X)))),
        Mistake("squared", "reg was squared. In the task it stands before |W|² as it is",
                wrong=lambda X, Y, reg: solved(X, Y, reg**2 * eye(X))),
        Mistake("root", "the root of reg was added. That belongs to another way, which appends √reg I to the rows of X",
                wrong=lambda X, Y, reg: solved(X, Y, math.sqrt(reg) * eye(X))),
        Mistake("minus", "reg was subtracted: that makes weak directions weaker still, and the inverse larger",
                wrong=lambda X, Y, reg: solved(X, Y, -reg * eye(X))),
        Mistake("centred", "the columns were centred first. Here X and Y are taken as they are",
                wrong=lambda X, Y, reg: align.ridge_map(X - X.mean(0), Y - Y.mean(0), reg)),
        Mistake("swapped", "this maps Y to X. Asked for is W with XW near Y: (d, e)",
                when=any_of(lambda X, Y, reg: align.ridge_map(Y, X, reg))),
        Mistake("transposed", "the right numbers, lying across: rows are items, so W stands to the right of X and is (d, e)",
                when=lambda got, expected, *_: close(np.transpose(plain(got)), expected)),
        Mistake("mapped", "this is XW, the mapped rows. The map itself was asked for",
                when=any_of(lambda X, Y, reg: X @ align.ridge_map(X, Y, reg))),
    ],
    hints=(
        "Where the gradient with respect to W is zero, |XW - Y|² + reg |W|² is least.",
        "The gradient is 2Xᵀ(XW - Y) + 2 reg W. Set it to zero and solve for W: a linear system whose matrix is (d, d). "
        "np.linalg.solve needs no inverse.",
        "left = X.T @ X + reg * …\nreturn np.linalg.solve(left, …)",
    ),
)  # fmt: skip


# 3 -------------------------------------------------------------------------------------------------------------------


def svd(M: np.ndarray) -> tuple:
    return np.linalg.svd(M)


def kabsch(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """The best rotation without a mirror."""
    U, _, Vt = svd(X.T @ Y)
    return U * np.append(np.ones(len(U) - 1), np.linalg.det(U @ Vt)) @ Vt


def not_transposed(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    U, _, Vt = svd(X.T @ Y)
    return U @ Vt.T


def procrustes_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, d = {"standard": (8, 3), "large": (300, 40)}[variant]
    tiny = (np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]), np.array([[0.0, 1.0], [-2.0, 0.0], [-1.0, 1.0]]))
    X = rng.normal(size=(n, d)) + 0.5
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    turn[:, 0] *= -np.sign(np.linalg.det(turn))  # with a mirror: its determinant is -1
    return [tiny, (X, X @ turn + 0.01 * rng.normal(size=(n, d))), (X, rng.normal(size=(n, d)))]


PROCRUSTES = Exercise(
    id="other_alignments.procrustes",
    title="turn one cloud onto the other, without stretching it",
    reference=align.procrustes,
    cases=procrustes_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("turned-back", "this turns Y onto X: the transpose, which is the inverse. Of which product did you take the "
                "SVD?",
                wrong=lambda X, Y: align.procrustes(Y, X)),
        Mistake("stretched", "the singular values are still in it, so this also stretches: it is XᵀY. Leave them out",
                wrong=lambda X, Y: X.T @ Y),
        Mistake("not-transposed", "np.linalg.svd gives Vᵀ, not V, as its third part: it need not be transposed again",
                wrong=not_transposed),
        Mistake("negative", "the sign is wrong: this makes the trace as small as can be, and turns X away from Y",
                wrong=lambda X, Y: -align.procrustes(X, Y)),
        Mistake("unit-rows", "the rows were made of length one first. Here X and Y are taken as they are: long rows count more",
                when=any_of(lambda X, Y: align.procrustes(*(A / np.linalg.norm(A, axis=1, keepdims=True) for A in (X, Y))))),
        Mistake("one-factor", "this is one factor of the SVD alone. The turn leads into the singular directions by one and "
                "out by the other",
                when=any_of(lambda X, Y: svd(X.T @ Y)[0], lambda X, Y: svd(X.T @ Y)[2], lambda X, Y: svd(X.T @ Y)[2].T)),
        Mistake("no-mirror", "the determinant was made +1, so a mirror is ruled out. Here it is allowed: any orthogonal "
                "matrix will do",
                wrong=kabsch),
        Mistake("least-squares", "this is the best matrix of any kind. It stretches; QᵀQ = I was asked for",
                wrong=lambda X, Y: np.linalg.lstsq(X, Y, rcond=None)[0]),
        Mistake("centred", "the columns were centred first. Here X and Y are taken as they are",
                wrong=lambda X, Y: align.procrustes(X - X.mean(0), Y - Y.mean(0))),
        Mistake("mapped", "this is XQ, the turned rows. The matrix itself was asked for",
                when=any_of(lambda X, Y: X @ align.procrustes(X, Y))),
    ],
    hints=(
        "|XQ - Y|² = |X|² + |Y|² - 2 trace(QᵀXᵀY) for every orthogonal Q. So which number has to be large?",
        "Write XᵀY = USVᵀ. Then trace(QᵀUSVᵀ) = trace(VᵀQᵀU S). VᵀQᵀU is orthogonal, so none of its diagonal entries is above 1, "
                "and S weighs just those: best are ones. Which Q makes it so?",
        "left, scale, right = np.linalg.svd(…)   # three parts; which of them stretches?\nreturn …",
    ),
)  # fmt: skip


# 4 -------------------------------------------------------------------------------------------------------------------


def attended(
    words: Tensor, regions: Tensor, sharpness: float, *, axis: int | None = -1, cosine: bool = True, unit_regions: bool = True,
    whole: Callable[[Tensor], Tensor] = lambda each: each.mean(), compare: str = "cosine",
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The exercise, with a mistake where an argument says so."""
    w, r = rows_unit(words), rows_unit(regions)
    scores = w @ r.T if cosine else words @ regions.T
    scaled = sharpness * scores
    weights = scaled.flatten().softmax(0).reshape(scores.shape) if axis is None else scaled.softmax(axis)
    context = weights @ (r if unit_regions else regions)
    if compare == "best":
        return whole(scores.max(dim=1).values), weights
    each = (w * context).sum(1) if compare == "product" else (w * rows_unit(context)).sum(1)
    return whole(each), weights


def attended_reference(words: Tensor, regions: Tensor, sharpness: float) -> tuple[Tensor, Tensor]:
    """The library's, for one sentence and one picture."""
    real = torch.ones(1, len(words), dtype=torch.bool)
    scores, weights = align.attended_similarity(words[None], real, regions[None], sharpness)
    return scores[0, 0], weights[0, 0]


def attended_is(**mistake: Any) -> Callable[..., bool]:
    """Whether both parts are those of this mistake (an answer of one part is judged by the last two mistakes)."""

    def recognised(got: Any, _: Any, *arguments: Any) -> bool:
        return all(close(a, b) for a, b in zip(got, attended(*arguments, **mistake), strict=True))

    return recognised


def attended_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    t, r, d = {"standard": (3, 5, 4), "large": (12, 64, 32)}[variant]
    tiny = (torch.tensor([[2.0, 0.0]]).double(), torch.tensor([[1.0, 0.0], [0.0, 3.0]]).double(), 2.0)
    lengths = torch.from_numpy(rng.uniform(0.3, 3, size=(r, 1)))
    return [tiny, *((2 * normal(rng, t, d), lengths * normal(rng, r, d), s) for s in (0.5, 4.0, 9.0))]


ATTENDED = Exercise(
    id="other_alignments.attended_similarity",
    title="each word looks for its place in the picture",
    reference=attended_reference,
    cases=attended_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("axis", "softmax ran over the words. Each word spreads its own weight over the regions: along which axis?",
                when=attended_is(axis=0)),
        Mistake("not-sharp", "sharpness does not count in your weights. Cosines lie between -1 and 1, so that softmax alone "
                "hardly tells the regions apart", when=lambda got, _, w, r, s: attended_is()(got, _, w, r, 1.0)),
        Mistake("divided", "the cosines were divided by the sharpness, which makes them blunter. Multiply",
                when=lambda got, _, w, r, s: attended_is()(got, _, w, r, 1 / s)),
        Mistake("not-unit", "no row was brought to length one. Do so first with all, words and regions, along the last axis",
                when=attended_is(cosine=False, unit_regions=False)),
        Mistake("columns-unit", "the *columns* were brought to length one. A vector is a row: along which axis is its length?",
                when=lambda got, _, w, r, s: attended_is(cosine=False, unit_regions=False)(
                    got, _, columns_unit(w), columns_unit(r), s)),
        Mistake("whole", "softmax ran over the whole matrix, so that the words share one weight. Each row must sum to 1",
                when=attended_is(axis=None)),
        Mistake("root", "the cosines were divided by √d, as dot products are in chapter 01. Cosines need no such thing: "
                "sharpness alone scales them",
                when=lambda got, _, w, r, s: attended_is()(got, _, w, r, s / math.sqrt(w.shape[1]))),
        Mistake("products", "the weights come from dot products of rows as they are: a long region attracts every word. All "
                "rows must have length one first", when=attended_is(cosine=False)),
        Mistake("unit-late", "the weights are right, but what a word takes home must be the weighted sum of the regions of "
                "*length one*",
                when=attended_is(unit_regions=False)),
        Mistake("product", "the weights are right. The word was compared with what it found by a dot product; a mean of "
                "several unit vectors is shorter than one, so divide by its length: a "
                "cosine", when=attended_is(compare="product")),
        Mistake("best", "you took each word's best region. Asked for is the cosine with the weighted sum of all",
                when=attended_is(compare="best")),
        Mistake("summed", "the cosines of the words were added up, so a longer caption scores higher. Take their mean",
                when=attended_is(whole=lambda each: each.sum())),
        Mistake("each-word", "one cosine a word is a good step. The score of the caption is their mean: one number",
                when=attended_is(whole=lambda each: each)),
        Mistake("swapped", "both parts are right, in the wrong order: the score first, then the weights",
                when=lambda got, expected, *_: close(got[0], expected[1]) and close(got[1], expected[0])),
        Mistake("one", "both were asked for: the score, and the weights that made it",
                when=lambda got, expected, *_: close(got, expected[0]) or close(got, expected[1])),
        Mistake("score-differs", "the weights are right, the score is not: the mean over words of cos(word, what it found)",
                when=lambda got, expected, *_: close(got[1], expected[1]) and np.ndim(plain(got[0])) == 0),
        Mistake("weights-differ", "the weights are not right yet, and the score stands on them. Row i is the softmax, over the "
                "regions, of sharpness times word i's cosines with them",
                when=lambda got, expected, *_: np.shape(plain(got[1])) == expected[1].shape and np.ndim(plain(got[0])) == 0),
    ],
    hints=(
        "It is attention: words are the queries, regions are keys and values at once.",
        "Make all rows length one; cosines = words regionsᵀ, (t, r); weights = softmax of sharpness · cosines along the "
                "regions; found = weights times regions, (t, d). The score is the mean over words of the cosine of each word "
                "with what it "
        "found.",
        "w, r = words / …, regions / …\nweights = (sharpness * w @ r.T).softmax(dim=…)\nfound = weights @ …\n"
        "each = (w * found).sum(1) / found.norm(dim=1)\nreturn each.mean(), …",
    ),
)  # fmt: skip


# 5 -------------------------------------------------------------------------------------------------------------------


def caption_scores(words: Tensor, real: Tensor, regions: Tensor, sharpness: float) -> Tensor:
    """The library's, its scores alone."""
    return align.attended_similarity(words, real, regions, sharpness)[0]


def per_word(
    words: Tensor, regions: Tensor, sharpness: float, *, axis: int = -1, unit: bool = True, cosine: bool = True
) -> Tensor:
    """cos of every word with what it finds in every picture, (b, c, t); padding gives what it gives. Or with a mistake."""
    w, r = (rows_unit(words), rows_unit(regions)) if unit else (words, regions)
    weights = (sharpness * torch.einsum("btd,crd->bctr", w, r)).softmax(axis)
    found = torch.einsum("bctr,crd->bctd", weights, r)
    return ((rows_unit(found) if cosine else found) * (rows_unit(words) if cosine else w)[:, None]).sum(-1)


def mean_of_real(each: Tensor, real: Tensor) -> Tensor:
    """The mean of (b, c, t) over real words."""
    return each.masked_fill(~real[:, None], 0).sum(-1) / real.sum(1)[:, None]


def slipped(**mistake: Any) -> Callable[..., bool]:
    """Whether this mistake was made with the words, and none with their padding."""
    return on_clean(lambda w, real, r, s: mean_of_real(per_word(w.masked_fill(~real[..., None], 0), r, s, **mistake), real))


def first_ones(words: Tensor, real: Tensor, regions: Tensor, sharpness: float) -> Tensor:
    """As if the real words were always the first ones."""
    return caption_scores(words, torch.arange(real.shape[1]) < real.sum(1)[:, None], regions, sharpness)


def share(real: Tensor) -> Tensor:
    """What part of each sentence is real, (b, 1)."""
    return real.sum(dim=1, keepdim=True) / real.shape[1]


def padded_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Padding that is noise, padding that is NaN, in front and between; as many pictures as captions or not; no padding."""
    b, c, t, r, d = {"standard": (3, 4, 5, 6, 4), "large": (8, 10, 9, 25, 16)}[variant]
    lengths = torch.from_numpy(rng.permutation(np.r_[1, t, rng.integers(2, t, b - 2)]))
    real = torch.arange(t) < lengths[:, None]
    noise = 2 * normal(rng, b, t, d)
    holes = noise.masked_fill(~real[..., None], math.nan)
    full = torch.ones(2, 2, dtype=torch.bool)
    return [
        (normal(rng, 2, 2, 3), full, normal(rng, 1, 2, 3), 3.0),
        (noise, real, normal(rng, c, r, d), 9.0),
        (noise, real, normal(rng, b, r, d), 4.0),
        (noise, real.flip(1), normal(rng, c, r, d), 5.0),
        (noise, real[:, rng.permutation(t)], normal(rng, c, r, d), 9.0),
        (holes, real, normal(rng, c, r, d), 9.0),
    ]


def on_clean(wrong: Callable[..., Any]) -> Callable[..., bool]:
    """Whether the answer is this one's where padding is a number; where it is NaN, nothing is asked but that it failed."""

    def recognised(got: Any, _: Any, words: Tensor, real: Tensor, regions: Tensor, sharpness: float) -> bool:
        return bool(words.isnan().any()) or close(got, wrong(words, real, regions, sharpness))

    return recognised


PADDED = Exercise(
    id="other_alignments.caption_scores",
    title="every caption in every picture, and padding is silent",
    reference=caption_scores,
    cases=padded_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("nan", "right while padding holds numbers, but here it holds NaN, and NaN · 0 is NaN. Fill the padding with "
                "something harmless before you compute with it (masked_fill, torch.where)",
                when=lambda got, _, words, *rest: bool(words.isnan().any()) and bool(np.isnan(np.asarray(plain(got))).any())),
        Mistake("padding-counts", "padding is averaged in like words: a caption's score depends on how long its *neighbours* "
                "in the batch are", when=on_clean(lambda w, real, r, s: per_word(w, r, s).mean(-1))),
        Mistake("divided-by-all", "padding adds nothing, but it is still counted: divide by the number of real words of each "
                "caption, not by t", when=lambda got, _, w, real, r, s: close(got, caption_scores(w, real, r, s) * share(real))),
        Mistake("at-end", "right where padding stands at the end. Here it also stands in front or between: go by `real`, not by "
                "how many are real", when=on_clean(first_ones)),
        Mistake("axis", "softmax ran over the words. Each word spreads its own weight over the regions: the last axis",
                when=slipped(axis=-2)),
        Mistake("not-unit", "no vector was brought to length one before the products, so that long regions attract every word",
                when=slipped(unit=False)),
        Mistake("product", "a word was compared with what it found by a dot product. Divide by the length of what it found: a "
                "cosine", when=slipped(cosine=False)),
        Mistake("batch-mean", "each caption was divided by the *mean* number of real words in the batch. Divide by its own",
                when=lambda got, _, w, real, r, s: close(
                    got, caption_scores(w, real, r, s) * real.sum(1)[:, None] / real.sum(1).double().mean())),
        Mistake("summed", "the words were added up. Take their mean, else long captions win every picture",
                when=lambda got, _, w, real, r, s: close(got, caption_scores(w, real, r, s) * real.sum(1)[:, None])),
        Mistake("inverted", "the mask is turned round: true means that a word is real",
                when=on_clean(lambda w, real, r, s: (per_word(w, r, s) * ~real[:, None]).sum(-1) / (~real).sum(1)[:, None])),
        Mistake("transposed", "the right numbers, lying across: row i is caption i, column j picture j",
                when=lambda got, expected, *_: close(np.transpose(plain(got)), expected)),
        Mistake("pairs-only", "this compares caption i with picture i alone. Every caption meets every picture: (b, c)",
                when=lambda got, *_: np.ndim(plain(got)) == 1),
        Mistake("per-word", "one number a word is a good step. Now the mean over the real words of each caption: (b, c)",
                when=lambda got, *_: np.ndim(plain(got)) == 3),
    ],
    hints=(
        "The exercise before did one caption and one picture. What is new: two more axes, and words that are none.",
        "Fill padding with zeros first. torch.einsum(\"btd,crd->bctr\", words, regions) has all cosines at once; softmax over "
                "the last axis; another einsum gives what each word found, (b, c, t, d). Mean over real words: a sum in which "
                "padding is 0, "
                "divided by how many are real.",
        "words = words.masked_fill(~real[..., None], 0)\nw, r = …   # length one; functional.normalize leaves zeros zero\n"
        "cosines = torch.einsum(\"btd,crd->bctr\", w, r)\nweights = …\nfound = torch.einsum(\"bctr,crd->bctd\", weights, r)\n"
        "each = functional.cosine_similarity(w[:, None], found, dim=-1)   # (b, c, t)\nreturn (each * real[:, None]).sum(-1) "
        "/ …",
    ),
)  # fmt: skip


# 6 -------------------------------------------------------------------------------------------------------------------


def sparse_attention(words: Tensor, regions: Tensor, k: int, sharpness: float) -> Tensor:
    """Not in the library, so that it can be graded."""
    return best_of(sharpness * rows_unit(words) @ rows_unit(regions).T, k)


def kept_best(words: Tensor, regions: Tensor, k: int, sharpness: float, *, fill: float = -math.inf, axis: int = 1) -> Tensor:
    """The same with a mistake: what is not among the best gets `fill`; the best along another axis, or of all."""
    scores = sharpness * rows_unit(words) @ rows_unit(regions).T
    flat = scores.flatten()[None] if axis == 2 else scores
    least = flat.topk(min(k, flat.shape[min(axis, 1)]), dim=min(axis, 1)).values.amin(min(axis, 1), keepdim=True)
    return scores.masked_fill(scores < least, fill).softmax(dim=1)


def best_of(scores: Tensor, k: int, largest: bool = True) -> Tensor:
    """Softmax over the k largest, or smallest, of each row."""
    kept = torch.zeros_like(scores, dtype=torch.bool).scatter_(1, scores.topk(k, dim=1, largest=largest).indices, True)
    return scores.masked_fill(~kept, -math.inf).softmax(dim=1)


def cut_late(words: Tensor, regions: Tensor, k: int, sharpness: float) -> Tensor:
    weights = sparse_attention(words, regions, len(regions), sharpness)
    return weights * (sparse_attention(words, regions, k, sharpness) > 0)


def sparse_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    t, r, d = {"standard": (4, 6, 5), "large": (12, 64, 32)}[variant]
    cases = [(normal(rng, 2, 3), normal(rng, 3, 3), 2, 3.0)]
    return cases + [(2 * normal(rng, t, d), normal(rng, r, d), k, s) for k, s in ((1, 9.0), (3, 2.0), (2, 0.5), (r, 4.0))]


SPARSE = Exercise(
    id="other_alignments.sparse_attention",
    title="look at a few places only",
    reference=sparse_attention,
    cases=sparse_cases,
    variants=("standard", "large"),
    agrees=lambda got, expected: close(got, expected) and not np.asarray(plain(got))[plain(expected) == 0].any(),
    mistakes=[
        Mistake("not-summing", "the rest was cut after the softmax, so that what is left no longer sums to 1. Cut before it, "
                "or divide again by the sum", wrong=cut_late),
        Mistake("zero", "the scores of the others were set to 0, but e⁰ = 1: they still get "
                "weight", wrong=lambda *a: kept_best(*a, fill=0.0)),
        Mistake("finite", "the others still get a little weight. Exactly 0 was asked for: which score has e to it equal to 0?",
                when=lambda got, expected, *_: np.allclose(np.asarray(plain(got)).sum(1), 1) and close(got, expected, 0.3)
                and bool(np.asarray(plain(got))[plain(expected) == 0].any())),
        Mistake("all", "k does not count: each word still looks at every "
                "region", wrong=lambda w, r, k, s: sparse_attention(w, r, len(r), s)),
        Mistake("words", "you kept the k best *words* of each region. Each word keeps its k best regions: along a row",
                when=any_of(lambda *a: kept_best(*a, axis=0))),
        Mistake("of-all", "you kept the k best of all pairs together. Each word has k of its "
                "own", when=any_of(lambda *a: kept_best(*a, axis=2),
                                   lambda w, r, k, s: kept_best(w, r, k * len(w), s, axis=2))),
        Mistake("worst", "these are the k *least* similar regions",
                wrong=lambda w, r, k, s: best_of(s * rows_unit(w) @ rows_unit(r).T, k, largest=False)),
        Mistake("one-off", "one region too many or too few: how many are left of each "
                "row?", when=lambda got, _, w, r, k, s: (k == 1 and not np.nan_to_num(np.asarray(plain(got))).any()) or any(
                    close(got, sparse_attention(w, r, j, s)) for j in (k - 1, k + 1) if 1 <= j <= len(r))),
        Mistake("best-one", "only the best region is left of each row. Keep k, and share the weight among them by "
                "softmax", wrong=lambda w, r, k, s: sparse_attention(w, r, 1, s)),
        Mistake("even", "the k regions are right, but they share the weight evenly. The sharper the better one should win",
                when=lambda got, expected, w, r, k, s: close(got, (np.asarray(plain(expected)) > 0) / k)),
        Mistake("not-sharp", "sharpness does not count in your "
                "weights", wrong=lambda w, r, k, s: sparse_attention(w, r, k, 1.0)),
        Mistake("products", "rows must have length one first: these are dot products",
                when=any_of(lambda w, r, k, s: best_of(s * w @ r.T, k))),
    ],
    hints=(
        "Softmax gives exactly 0 to one kind of score only.",
        "Compute sharpness · cosines, (t, r). Find each row's k-th largest score (topk along the row), set everything below "
                "it to -∞, then softmax along the row.",
        "scores = sharpness * …\nleast = scores.topk(k, dim=1).values[:, -1:]   # (t, 1)\n"
        "return scores.masked_fill(scores < least, …).softmax(dim=…)",
    ),
)  # fmt: skip


# 7 -------------------------------------------------------------------------------------------------------------------


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
                    close(got, floored(*a, least, added), 1e-4)
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


# 8 -------------------------------------------------------------------------------------------------------------------


def power(C: np.ndarray, exponent: float) -> np.ndarray:
    """A symmetric positive matrix to a power."""
    values, vectors = np.linalg.eigh(C)
    return (vectors * values**exponent) @ vectors.T


def moved(
    source: np.ndarray, target: np.ndarray, reg: float, *, ddof: int = 1, out: float = -0.5, into: float = 0.5,
    root: Callable[[np.ndarray, float], np.ndarray] = power, mean: float = 1.0, swap: bool = False,
    ridges: tuple[float, float] = (1.0, 1.0), everywhere: bool = False, summed: bool = False,
) -> np.ndarray:  # fmt: skip
    """CORAL, with a mistake where an argument says so."""
    d = source.shape[1]
    eye = reg * (np.ones((d, d)) if everywhere else np.eye(d))
    weigh = [len(X) - ddof if summed else 1 for X in (source, target)]
    C_s, C_t = (n * np.cov(X.T, ddof=ddof) + r * eye for X, r, n in zip((source, target), ridges, weigh, strict=True))
    steps = [root(C_s, out), root(C_t, into)]
    first, second = steps[::-1] if swap else steps
    return (source - source.mean(0)) @ first @ second + mean * target.mean(0)


def columns(source: np.ndarray, target: np.ndarray, reg: float, ddof: int) -> np.ndarray:
    """Means and variances matched, column by column."""
    ratio = (target.var(axis=0, ddof=ddof) + reg) / (source.var(axis=0, ddof=ddof) + reg)
    return (source - source.mean(0)) * np.sqrt(ratio) + target.mean(0)


def uncentred(source: np.ndarray, target: np.ndarray, reg: float) -> list[np.ndarray]:
    """The source's own mean left where it was, moved along, or put back: every way to forget to take it off."""
    around_zero = moved(source, target, reg, mean=0.0)
    C_s, C_t = (np.cov(X.T) + reg * np.eye(source.shape[1]) for X in (source, target))
    along, own, to = source.mean(0) @ power(C_s, -0.5) @ power(C_t, 0.5), source.mean(0), target.mean(0)
    return [around_zero + shift for shift in (own, along, along + to, along + to - own, own + to)]


def half_root(C: np.ndarray, exponent: float) -> np.ndarray:
    """VΛ^p alone: the eigenvectors are not turned back."""
    values, vectors = np.linalg.eigh(C)
    return vectors * values**exponent


def wrong_way(C: np.ndarray, exponent: float) -> np.ndarray:
    """VᵀΛ^pV: the eigenvectors on the wrong sides."""
    values, vectors = np.linalg.eigh(C)
    return (vectors.T * values**exponent) @ vectors


def cholesky(C: np.ndarray, exponent: float) -> np.ndarray:
    """Another root: it too makes the covariances equal, but turns the cloud as well."""
    L = np.linalg.cholesky(C)
    return np.linalg.inv(L).T if exponent < 0 else L.T


def coral_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, m, d = {"standard": (12, 9, 3), "large": (200, 150, 30)}[variant]
    mix = [rng.normal(size=(d, d)) for _ in range(2)]
    source, target = rng.normal(size=(n, d)) @ mix[0] + 2, rng.normal(size=(m, d)) @ mix[1] - 1
    tiny = (np.array([[0.0, 1.0], [2.0, 1.5], [1.0, 5.0]]), np.array([[1.0, 1.0], [3.0, 2.0], [2.0, 0.0], [0.0, 2.0]]), 0.5)
    return [tiny, (source, target, 1.0), (source, target, 0.2)]


CORAL = Exercise(
    id="other_alignments.coral",
    title="give one cloud the shape of another",
    reference=align.coral,
    cases=coral_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-target-mean", "the cloud has the right shape, but lies around zero: move it to the target's mean",
                wrong=lambda s, t, reg: moved(s, t, reg, mean=0.0)),
        Mistake("own-mean", "the cloud has the right shape, but stays where it was: its own mean was added back, or never "
                "taken off. It should come to lie around the target's",
                when=lambda got, _, *a: any(close(got, one) for one in uncentred(*a))),
        Mistake("eigenvectors", "the eigenvectors are not where they belong: np.linalg.eigh gives them as the *columns* of V, "
                "and the root is VΛ^pVᵀ, both factors", when=any_of(
                    functools.partial(moved, root=half_root), functools.partial(moved, root=wrong_way),
                    functools.partial(moved, root=lambda C, p: half_root(C, p) if p < 0 else half_root(C, p).T))),
        Mistake("everywhere", "reg was added to every entry of the covariances. It belongs on the diagonals",
                wrong=lambda s, t, reg: moved(s, t, reg, everywhere=True)),
        Mistake("undivided", "these are sums of squares, not covariances: divide by n - 1, of each cloud its own",
                wrong=lambda s, t, reg: moved(s, t, reg, summed=True)),
        Mistake("order", "coloured first and whitened after. The matrices do not commute: first take the source's covariance "
                "away, then give it the target's", wrong=lambda s, t, reg: moved(s, t, reg, swap=True)),
        Mistake("no-root", "whitening needs C^(-1/2), not C⁻¹ or C: the covariance of XA is AᵀCA, so A counts twice",
                when=any_of(*(functools.partial(moved, out=o, into=i) for o, i in ((-1, 1), (-1, 0.5), (-0.5, 1))))),
        Mistake("not-whitened", "the target's covariance was given to a cloud that still had its own. Whiten the source first",
                when=any_of(lambda s, t, reg: moved(s, t, reg, out=0.0))),
        Mistake("not-coloured", "the source is whitened, but does not get the target's "
                "covariance", wrong=lambda s, t, reg: moved(s, t, reg, into=0.0)),
        Mistake("backwards", "this gives the *target* the source's shape. The source, which has the labels, is to be moved",
                when=any_of(lambda s, t, reg: moved(t, s, reg))),
        Mistake("other-root", "the covariance comes out right, but the cloud is turned as well: a Cholesky factor is a root, "
                "though not the symmetric one. Take it from the eigenvectors: V λ^(±1/2) Vᵀ", when=any_of(
                    functools.partial(moved, root=cholesky),
                    functools.partial(moved, root=lambda C, p: cholesky(C, p).T))),
        Mistake("columns", "you matched each column's spread alone. CORAL matches the covariances too", when=any_of(
                    lambda s, t, reg: columns(s, t, 0.0, 1), lambda s, t, reg: columns(s, t, 0.0, 0),
                    lambda s, t, reg: columns(s, t, reg, 1))),
        Mistake("no-ridge", "reg was not added to both covariances' diagonals", when=any_of(
                    *(functools.partial(moved, ridges=ridges) for ridges in ((0, 0), (1, 0), (0, 1))))),
        Mistake("divisor", "nearly: these covariances are divided by n. Here the divisor is n - 1, as np.cov has it",
                wrong=lambda s, t, reg: moved(s, t, reg, ddof=0)),
    ],
    hints=(
        "Whitening, which you know from chapter 01, takes a covariance away. How would you give one?",
        "Covariances of both, with reg on the diagonal. A symmetric C = VΛVᵀ has the root C^(p) = VΛ^pVᵀ (np.linalg.eigh). "
                "Centre the source, multiply by C_s^(-1/2), then by C_t^(1/2), and add the target's mean.",
        "def power(C, p):\n    values, V = np.linalg.eigh(C)\n    return V * values**p @ V.T\n"
        "C_s = np.cov(source, rowvar=False) + reg * …\nC_t = …\nreturn (source - …) @ power(C_s, …) @ power(C_t, …) + …",
    ),
)  # fmt: skip

register(REVERSAL, RIDGE, PROCRUSTES, ATTENDED, PADDED, SPARSE, DISTILLATION, CORAL)


ask(
    Question(
        "other_alignments.discriminator",
        "A fresh linear classifier tells pictures from captions in your common space with 52% accuracy. What do you know?",
        (
            Choice("The space is well aligned", False,
                   "Two clouds of pure noise around zero cannot be told apart either. Whether pairs lie together is a question "
                   "for recall."),
            Choice("That the two clouds are not told apart by a line; nothing about pairs, and little about shape", True,
                   "Both views were centred, so their means agree. A classifier that bends may still see a difference in shape, "
                   "and pairs may lie anywhere."),
            Choice("That adversarial training will raise recall", False,
                   "There is nothing left for it to remove. In this chapter's measurements working against a discriminator did "
                   "not pay in recall."),
        ),
    ),
    Question(
        "other_alignments.sign",
        "Someone reverses the gradient in the discriminator's own weights too. What will the curves look like?",
        (
            Choice("The discriminator's loss rises, far above guessing: everybody works against it, itself included", True,
                   "A critic that learns to be wrong tells the encoders nothing. Only what flows on below the discriminator "
                   "is reversed."),
            Choice("The same, only slower", False,
                   "The sign of a gradient is no question of speed: the discriminator now walks uphill on its own loss."),
            Choice("The encoders collapse at once", False,
                   "They may as well run off to help a critic that is wrong. What you can rely on is that the critic's loss "
                   "rises."),
        ),
    ),
    Question(
        "other_alignments.direction",
        "A search by a ridge map makes many hubs: a few items stand in nearly every list. Which side was probably mapped?",
        (
            Choice("The queries: regression pulls what it maps towards the mean, and there all of them find the same items", True,
                   "Predictions lie nearer to the mean than what they predict (Shigeto et al., 2015). Of recall this says less: "
                   "by the cosine the map from pictures was better in both searches, once on the worse side."),
            Choice("The items: what is mapped lies close together, so any query finds them all", False,
                   "Close together they lie, but queries that keep their spread still rank them apart. In this chapter mapped "
                   "items made fewer hubs in both searches."),
            Choice("Neither: a linear map cannot make hubs", False,
                   "It can, since its ridge shrinks what it predicts. By distance, mapped captions that ask for pictures nearly "
                   "all find the same few."),
        ),
    ),
    Question(
        "other_alignments.swap",
        "One vector a caption, the mean of its word vectors. Can it tell “a red circle and a blue square” from “a blue circle "
        "and a red square”?",
        (
            Choice("No: the words are the same, so is their mean", True,
                   "Whatever the vectors are. The order has to enter before the mean is taken, or no mean must be taken."),
            Choice("Yes, if it is trained long enough", False, "A sum does not depend on its order, however it was trained."),
            Choice("Yes, if the picture's vector is good enough", False,
                   "Both captions have the very same vector, so every picture is equally near to both."),
        ),
    ),
    Question(
        "other_alignments.temperature",
        "Why does a student learn from softened rows of a teacher, instead of from its first choices?",
        (
            Choice("First choices are often wrong", False, "The pairs are known to be right; that is not the reason."),
            Choice("The rows say which wrong answers are nearly right", True,
                   "That a picture of a pear is rather like apple and not at all like tractor is known to the teacher, and a "
                   "hard label does not say it (Hinton et al., 2015)."),
            Choice("It makes the loss smaller", False, "A smaller number is no better lesson: T² keeps it large."),
        ),
    ),
)  # fmt: skip
