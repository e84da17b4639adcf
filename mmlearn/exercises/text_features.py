"""Chapter 02: weighing words, learning their vectors, summing up a padded batch, and the two losses of contextual models."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.exercises.engine import Exercise, Mistake, register
from mmlearn.exercises.engine.quiz import Choice, Question, ask


def unit(A: np.ndarray) -> np.ndarray:
    """Rows scaled to length one; a row of zeros stays so."""
    length = np.linalg.norm(A, axis=1, keepdims=True)
    return A / np.where(length == 0, 1, length)


def counted(rng: np.random.Generator, n: int, v: int) -> np.ndarray:
    """Bags of words (n, v) in which some words are common, some rare, and every one occurs; no bag is empty."""
    commonness = np.linspace(0.1, 0.9, v)
    counts = rng.poisson(1.2, size=(n, v)) * (rng.random((n, v)) < commonness) + rng.permutation(np.eye(n, v, dtype=int))
    counts[np.arange(n), rng.integers(0, v, n)] += 1
    counts[0] += counts.sum(axis=0) == 0
    return counts.astype(float)


# 1 -------------------------------------------------------------------------------------------------------------------


def tfidf(counts: np.ndarray) -> np.ndarray:
    """Counts (n, v) to TF-IDF, smoothed, rows of length one: what `features.text.TfIdf` does to its own counts."""
    return unit(counts * idf(counts))


def idf(counts: np.ndarray) -> np.ndarray:
    """ln((1 + n) / (1 + df)) + 1, for each word (v,)."""
    return np.log((1 + len(counts)) / (1 + (counts > 0).sum(axis=0))) + 1


def tfidf_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Counts by hand, random ones, and random ones with an empty text."""
    n, v = {"standard": (7, 5), "large": (80, 40)}[variant]
    tiny = np.array([[2.0, 1.0, 0.0], [1.0, 0.0, 3.0]])
    with_empty = counted(rng, n, v)
    with_empty[n // 2] = 0
    return [(tiny,), (counted(rng, n, v),), (with_empty,)]


def _columns(A: np.ndarray) -> np.ndarray:
    return unit(A.T).T


TFIDF = Exercise(
    id="text_features.tfidf",
    title="a word that is everywhere says little",
    reference=tfidf,
    cases=tfidf_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("totals", "you counted how often a word occurs. df is the number of texts it occurs in, however often",
                wrong=lambda C: unit(C * (np.log((1 + len(C)) / (1 + C.sum(0))) + 1))),
        Mistake("length", "the weights are right, but a long text has a long vector. Bring every row to length one",
                wrong=lambda C: C * idf(C)),
        Mistake("columns", "you brought the columns to length one. A row is a text: which axis runs along it?",
                wrong=lambda C: _columns(C * idf(C))),
        Mistake("sum-to-one", "your rows sum to one. Length one means that the squares sum to one",
                when=lambda got, expected, C: np.allclose(
                    got, (C * idf(C)) / np.maximum((C * idf(C)).sum(1, keepdims=True), 1e-300))),
        Mistake("no-one", "is the + 1 after the logarithm missing? Without it a word that is in every text weighs nothing",
                wrong=lambda C: unit(C * (idf(C) - 1))),
        Mistake("unsmoothed", "the two ones inside the logarithm are missing: they stand for one more text that has every word",
                wrong=lambda C: unit(C * (np.log(len(C) / (C > 0).sum(0)) + 1))),
        Mistake("no-log", "the ratio of texts is there, its logarithm is not",
                wrong=lambda C: unit(C * ((1 + len(C)) / (1 + (C > 0).sum(0)) + 1))),
        Mistake("upside-down", "your weight grows with the number of texts that have the word. It is the rare ones that say "
                "something",
                wrong=lambda C: unit(C * (np.log((1 + (C > 0).sum(0)) / (1 + len(C))) + 1))),
        Mistake("base", "this is the logarithm to the base 10 or 2. The natural one was asked for: np.log",
                when=lambda got, _, C: any(np.allclose(got, unit(C * ((idf(C) - 1) / np.log(b) + 1))) for b in (2, 10))),
        Mistake("binary", "you only looked whether a word is there. A word said twice counts twice",
                wrong=lambda C: unit((C > 0) * idf(C))),
        Mistake("unweighted", "these are the counts, brought to length one. Where is the weight of each word?",
                wrong=lambda C: unit(C)),
        Mistake("columns-counted", "n is the number of texts, the rows. You took the number of words, the columns",
                wrong=lambda C: unit(C * (np.log((1 + C.shape[1]) / (1 + (C > 0).sum(0))) + 1))),
        Mistake("whole-length", "you divided by the length of the whole matrix. Every row has a length of its own",
                wrong=lambda C: C * idf(C) / np.linalg.norm(C * idf(C))),
        Mistake("empty", "a text without a known word has the length zero, and you divided by it. Its row should stay zero",
                when=lambda got, expected, C: not np.isfinite(np.asarray(got)).all() and np.allclose(
                    np.asarray(got)[C.sum(1) > 0], expected[C.sum(1) > 0])),
    ],
    hints=(
        "Two things are needed for every word: how often it is in this text, and in how many texts it is at all.",
        "df = (counts > 0).sum(axis=0) is one number a word. Make the weight of it, multiply every row by the weights, then "
        "divide every row by its length; a row of zeros has none, so divide it by 1.",
        "df = …\nidf = np.log((1 + len(counts)) / (1 + df)) + 1\nX = counts * …\nlength = np.linalg.norm(X, axis=…, "
        "keepdims=True)\n"
        "return X / np.where(length == 0, 1, length)",
    ),
)  # fmt: skip


# 2 -------------------------------------------------------------------------------------------------------------------


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


# 3 -------------------------------------------------------------------------------------------------------------------


def last_state(states: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(b, t, d), (b,) -> (b, d): the state after the last real word."""
    return states[np.arange(len(states)), lengths - 1]


def padded(rng: np.random.Generator, b: int, t: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """States with numbers on padding too, as a careless network leaves them; every sequence is shorter than t."""
    lengths = rng.integers(1, t - 1, size=b)
    lengths[0], lengths[-1] = t - 1, 1
    return rng.normal(size=(b, t, d)), lengths


def state_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Padded batches in which every sequence is shorter than the batch is wide."""
    b, t, d = {"standard": (5, 6, 3), "large": (40, 30, 16)}[variant]
    tiny = (np.arange(16.0).reshape(2, 4, 2), np.array([3, 1]))
    return [tiny, padded(rng, b, t, d), padded(rng, b + 1, t + 3, d)]


def _rows(states: np.ndarray) -> np.ndarray:
    return np.arange(len(states))


LAST = Exercise(
    id="text_features.last_state",
    title="the state after the last real word",
    reference=last_state,
    cases=state_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("padding", "this is the last column of the batch. For a short caption that is padding, not its last word",
                wrong=lambda s, n: s[:, -1]),
        Mistake("one-off", "one step too far: a sequence of 3 words has the steps 0, 1, 2",
                wrong=lambda s, n: s[_rows(s), n]),
        Mistake("too-early", "one step too early: the last of 3 words is step 2",
                wrong=lambda s, n: s[_rows(s), np.maximum(n - 2, 0)]),
        Mistake("from-the-end", "a negative index counts from the end of the padded row, so the padding shifts it. Count from "
                "the front",
                wrong=lambda s, n: s[_rows(s), -n]),
        Mistake("longest", "you took the last step of the longest sequence for all. Every sequence has a length of its own",
                wrong=lambda s, n: s[:, n.max() - 1]),
        Mistake("every-pair", "states[:, lengths - 1] takes every length from every sequence: (b, b, d). Sequence i wants its "
                "own "
                "length only: which index runs along with it?", wrong=lambda s, n: s[:, n - 1]),
        Mistake("first", "this is the state after the first word", wrong=lambda s, n: s[:, 0]),
        Mistake("mean", "this is the mean over the words. The last state was asked for",
                wrong=lambda s, n: np.stack([x[:k].mean(0) for x, k in zip(s, n, strict=True)])),
    ],
    hints=(
        "Sequence i ends at step lengths[i] - 1. For one sequence you would write states[i, lengths[i] - 1].",
        "NumPy takes two lists of indices at once, states[rows, steps], and pairs them up: row 0 with step 0, and so on.",
        "rows = np.arange(len(states))\nreturn states[rows, …]",
    ),
)  # fmt: skip


# 4 -------------------------------------------------------------------------------------------------------------------

IGNORE = -100  # what torch's cross-entropy leaves out


def mask_words(
    ids: np.ndarray, maskable: np.ndarray, u: np.ndarray, v: np.ndarray, other: np.ndarray, mask_id: int
) -> tuple[np.ndarray, np.ndarray]:
    """The words that a BERT reads, and those it must guess (-100 elsewhere), by draws u, v in [0, 1)."""
    chosen = maskable & (u < 0.15)
    corrupted = np.where(v < 0.8, mask_id, np.where(v < 0.9, other, ids))
    return np.where(chosen, corrupted, ids), np.where(chosen, ids, IGNORE)


def mask_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Padded texts with marks, and chances in which every fate meets words, marks and padding."""
    b, t = {"standard": (30, 12), "large": (100, 30)}[variant]

    def case(words: int) -> tuple:
        lengths = rng.integers(4, t + 1, size=b)
        step = np.arange(t)
        ids = np.where(step < lengths[:, None], rng.integers(5, words, size=(b, t)), 0)
        ids[:, 0], ids[np.arange(b), lengths - 1] = 2, 3  # the marks of beginning and end
        u, v = rng.random((b, t)), rng.random((b, t))
        # Every fate is met, on a word, a mark and padding, whatever was drawn.
        u[:4, :3], v[:4, :3] = 0.1, np.array([0.3, 0.7, 0.85, 0.95])[:, None]
        u[4, :] = 0.1
        return ids, ids >= 5, u, v, rng.integers(5, words, size=(b, t)), 4

    tiny = (np.array([[2, 7, 8, 9, 6, 3, 0]]), np.array([[False, True, True, True, True, False, False]]),
            np.array([[0.1, 0.1, 0.9, 0.1, 0.1, 0.1, 0.1]]), np.array([[0.5, 0.5, 0.5, 0.85, 0.95, 0.5, 0.5]]),
            np.array([[5, 5, 5, 5, 5, 5, 5]]), 4)  # fmt: skip
    # A chance that falls exactly on an edge: u = 0.15 chooses nothing, v = 0.8 is another word, v = 0.9 stays.
    edges = (np.array([[2, 7, 8, 9, 6, 3]]), np.array([[False, True, True, True, True, False]]),
             np.array([[0.1, 0.15, 0.1, 0.1, 0.1, 0.1]]), np.array([[0.5, 0.5, 0.8, 0.9, 0.3, 0.5]]),
             np.array([[5, 5, 5, 5, 5, 5]]), 4)  # fmt: skip
    return [tiny, case(50), case(400), edges]


def _masked(chosen, ids, v, other, mask_id, first=0.8, second=0.9):
    """Inputs in which the chosen words met their fate."""
    return np.where(chosen, np.where(v < first, mask_id, np.where(v < second, other, ids)), ids)


def _targets_changed(got: tuple, ids, maskable, u, v, other, mask_id, targets) -> bool:
    """Whether the inputs are right, and the targets are `targets`."""
    right = mask_words(ids, maskable, u, v, other, mask_id)[0]
    return np.array_equal(got[0], right) and np.array_equal(got[1], targets)


MASK = Exercise(
    id="text_features.mask_words",
    title="hide some words, and remember which",
    reference=mask_words,
    cases=mask_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("edges", "right but at the edges: u < 0.15, v < 0.8 and v < 0.9 do not include 0.15, 0.8 and 0.9",
                when=lambda got, expected, i, m, u, v, o, k: not np.any(
                    ((got[0] != expected[0]) | (got[1] != expected[1])) & (u != 0.15) & (v != 0.8) & (v != 0.9))),
        Mistake("swapped", "the two results stand in the wrong order: first what the model reads, then what it must say",
                when=lambda got, expected, *_: np.array_equal(got[0], expected[1]) and np.array_equal(got[1], expected[0])),
        Mistake("marks", "marks or padding are hidden too. Only where maskable is true may a word be chosen",
                wrong=lambda i, m, u, v, o, k: (_masked(u < 0.15, i, v, o, k), np.where(u < 0.15, i, IGNORE))),
        Mistake("all-hidden", "every chosen word became the mask. One in ten should become another word, and one in ten stay: "
                "did "
                "you use v for the second decision?",
                when=lambda got, _, i, m, u, v, o, k: np.array_equal(got[0], np.where(m & (u < 0.15), k, i))),
        Mistake("no-stay", "two in ten became another word, none stayed. One in ten should stay as it is, and be guessed all "
                "the same",
                when=lambda got, _, i, m, u, v, o, k: np.array_equal(got[0], _masked(m & (u < 0.15), i, v, o, k, second=1.0))),
        Mistake("bands", "the shares are right, the bands of v are not: v from 0.8 to 0.9 is another word, from 0.9 on the "
                "word stays",
                when=lambda got, _, i, m, u, v, o, k: np.array_equal(
                    got[0], np.where(m & (u < 0.15), np.where(v < 0.8, k, np.where(v < 0.9, i, o)), i))),
        Mistake("all-targets", "every word is a target. Then most of the loss is for words that stand there to be copied",
                when=lambda got, _, i, m, u, v, o, k: _targets_changed(got, i, m, u, v, o, k, i)
                or _targets_changed(got, i, m, u, v, o, k, np.where(m, i, IGNORE))),
        Mistake("inverted", "the targets stand where nothing was hidden. Where does -100 belong?",
                when=lambda got, _, i, m, u, v, o, k: _targets_changed(
                    got, i, m, u, v, o, k, np.where(m & (u < 0.15), IGNORE, i))),
        Mistake("corrupted", "the target is the corrupted word. The model shall guess what stood there before",
                when=lambda got, _, i, m, u, v, o, k: _targets_changed(
                    got, i, m, u, v, o, k, np.where(m & (u < 0.15), mask_words(i, m, u, v, o, k)[0], IGNORE))),
        Mistake("only-masks", "words that were replaced or left are chosen too: they are guessed like the hidden ones",
                when=lambda got, _, i, m, u, v, o, k: _targets_changed(
                    got, i, m, u, v, o, k, np.where(m & (u < 0.15) & (v < 0.8), i, IGNORE))),
        Mistake("only-changed", "a chosen word that stays as it is, is a target too: that is what it was chosen for",
                when=lambda got, _, i, m, u, v, o, k: _targets_changed(
                    got, i, m, u, v, o, k, np.where(mask_words(i, m, u, v, o, k)[0] != i, i, IGNORE))),
        Mistake("minus-one", "cross-entropy leaves out the target -100, not -1",
                when=lambda got, _, i, m, u, v, o, k: _targets_changed(
                    got, i, m, u, v, o, k, np.where(m & (u < 0.15), i, -1))),
        Mistake("zero", "0 is a word's number too, here that of padding. What is to be left out of the loss is marked -100",
                when=lambda got, _, i, m, u, v, o, k: _targets_changed(
                    got, i, m, u, v, o, k, np.where(m & (u < 0.15), i, 0))),
    ],
    hints=(
        "First decide which words are chosen; then, for those alone, what becomes of them.",
        "chosen = maskable & (u < 0.15). np.where(condition, a, b) can be nested: mask_id, or another word, or the word "
        "itself. The "
        "targets are the original words where chosen, -100 elsewhere.",
        "chosen = maskable & …\nfate = np.where(v < 0.8, mask_id, np.where(v < 0.9, …, …))\n"
        "inputs = np.where(chosen, …, ids)\ntargets = np.where(chosen, …, -100)\nreturn inputs, targets",
    ),
)  # fmt: skip


# 5 -------------------------------------------------------------------------------------------------------------------


def mean_pool(states: np.ndarray, real: np.ndarray) -> np.ndarray:
    """(b, t, d), bool (b, t) -> (b, d): the mean over the real words; zeros where there are none."""
    return np.where(real[..., None], states, 0).sum(1) / np.maximum(real.sum(1), 1)[:, None]


def pool_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """The padded batches of `state_cases`, one with a sequence of no words, and one with holes between the words."""

    def case(states: np.ndarray, lengths: np.ndarray) -> tuple:
        return states, np.arange(states.shape[1]) < lengths[:, None]

    cases = [case(*one) for one in state_cases(rng, variant)]
    states, real = (part.copy() for part in cases[1])
    real[1] = False
    holes = rng.random(real.shape) < 0.5  # words anywhere, not only at the front
    holes[:, [0, 2]] = False, True
    return [*cases, (states, real), (states, holes)]


POOL = Exercise(
    id="text_features.mean_pool",
    title="the mean over the real words",
    reference=mean_pool,
    cases=pool_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("padding", "padding is counted: a caption's vector then depends on the longest caption of its batch",
                wrong=lambda s, r: s.mean(1)),
        Mistake("divided-by-all", "padding is left out of the sum, but not of the number you divide by",
                wrong=lambda s, r: np.where(r[..., None], s, 0).mean(1)),
        Mistake("sum", "this is the sum over the real words. Long captions get long vectors",
                wrong=lambda s, r: np.where(r[..., None], s, 0).sum(1)),
        Mistake("whole-batch", "you divided by the number of real words of the whole batch. Every caption has its own",
                wrong=lambda s, r: np.where(r[..., None], s, 0).sum(1) / r.sum()),
        Mistake("one-mean", "this is one vector for the whole batch. A caption is a row: (b, d)",
                wrong=lambda s, r: s[r].mean(0)),
        Mistake("last", "this is the last real word alone", wrong=lambda s, r: np.where(
            r.any(1)[:, None], s[_rows(s), r.shape[1] - 1 - r[:, ::-1].argmax(1)], 0)),
        Mistake("first", "this is the first token alone: another way to pool", wrong=lambda s, r: s[:, 0]),
        Mistake("from-the-front", "you took as many words as are real, but from the front. real says *which* they are",
                wrong=lambda s, r: mean_pool(s, np.arange(r.shape[1]) < r.sum(1)[:, None])),
        Mistake("inverted", "this is the mean over the padding. Where is real true?", wrong=lambda s, r: mean_pool(s, ~r)),
        Mistake("one-more", "you divide by one more than there are words. A text without any is the only one that needs help",
                wrong=lambda s, r: np.where(r[..., None], s, 0).sum(1) / (r.sum(1) + 1)[:, None]),
        Mistake("largest", "this is the largest number in each column: max pooling. The mean was asked for",
                when=lambda got, _, s, r: np.allclose(
                    np.asarray(got)[r.any(1)], np.where(r[..., None], s, -np.inf).max(1)[r.any(1)])),
        Mistake("empty", "a caption without a real word gave 0 / 0. Its vector should be zeros: divide by at least 1",
                when=lambda got, expected, s, r: not np.isfinite(np.asarray(got)).all() and np.allclose(
                    np.asarray(got)[r.any(1)], expected[r.any(1)])),
    ],
    hints=(
        "Two things must not see padding: the sum, and the number by which it is divided.",
        "real[..., None] has shape (b, t, 1) and fits the states. The number of real words is real.sum(axis=1), at least 1.",
        "total = np.where(real[..., None], states, 0).sum(axis=…)\nwords = np.maximum(real.sum(axis=1), 1)\nreturn total / …",
    ),
)  # fmt: skip


# 6 -------------------------------------------------------------------------------------------------------------------


def next_word_loss(logits: Tensor, ids: Tensor, real: Tensor) -> Tensor:
    """(b, t, v), (b, t), bool (b, t) -> the mean cross-entropy of every real word but the first, guessed from those before."""
    guessed = logits[:, :-1][real[:, 1:]]
    return functional.cross_entropy(guessed, ids[:, 1:][real[:, 1:]])


def _terms(logits: Tensor, ids: Tensor) -> Tensor:
    """Cross-entropy at every place (b, t)."""
    return functional.cross_entropy(logits.transpose(1, 2), ids, reduction="none")


def next_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Logits, padded texts, and which words are real."""
    b, t, v = {"standard": (4, 6, 5), "large": (24, 20, 60)}[variant]

    def case(b: int, t: int, v: int) -> tuple:
        lengths = rng.integers(2, t, size=b)
        lengths[0] = t
        real = np.arange(t) < lengths[:, None]
        ids = rng.integers(0, v, size=(b, t))  # on padding too: only real says where a word is
        return leaf(2 * rng.normal(size=(b, t, v))), torch.from_numpy(ids), torch.from_numpy(real)

    return [case(2, 4, 3), case(b, t, v), case(b + 2, t + 1, v)]


def _shifted(logits: Tensor, ids: Tensor) -> Tensor:
    return _terms(logits[:, :-1], ids[:, 1:])


NEXT = Exercise(
    id="text_features.next_word_loss",
    title="guess the next word",
    reference=next_word_loss,
    cases=next_cases,
    variants=("standard", "large"),
    tolerance=1e-4,
    agrees=learns,
    mistakes=[
        NO_GRADIENT,
        Mistake("no-shift", "step i is compared with word i, which it has just read: it learns to copy. Which word comes next?",
                when=lambda got, _, x, i, r: any(np.isclose(float(got), float(v), rtol=1e-4) for v in (
                    _terms(x, i)[r].mean(), _terms(x, i).mean()))),
        Mistake("backwards", "shifted the wrong way: step i is asked for the word before it",
                when=lambda got, _, x, i, r: any(np.isclose(float(got), float(v), rtol=1e-4) for v in (
                    _terms(x[:, 1:], i[:, :-1])[r[:, :-1]].mean(), _terms(x[:, 1:], i[:, :-1])[r[:, 1:]].mean(),
                    _terms(x[:, 1:], i[:, :-1]).mean()))),
        Mistake("padding", "padding is guessed too, and it is easy to guess: the loss looks better than it is",
                wrong=lambda x, i, r: _shifted(x, i).mean()),
        Mistake("mask-shift", "one padding word a caption is still counted: whether a *guessed* word is real says real[:, 1:]",
                wrong=lambda x, i, r: _shifted(x, i)[r[:, :-1]].mean()),
        Mistake("number-as-padding", "you left out one word's number, as if it stood for padding alone. Which places are real "
                "says `real`",
                when=lambda got, _, x, i, r: any(np.isclose(float(got), float(_shifted(x, i)[i[:, 1:] != k].mean()), rtol=1e-4)
                                                 for k in (0, 1))),
        Mistake("round-the-corner", "torch.roll brings the first word round to the last place, which is then guessed. Cut "
                "instead: the last "
                "step guesses nothing",
                when=lambda got, _, x, i, r: any(np.isclose(float(got), float(t), rtol=1e-4) for t in (
                    _terms(x, i.roll(-1, 1)).mean(), _terms(x, i.roll(-1, 1))[r].mean()))),
        Mistake("across-captions", "you made one long row of the batch before shifting: the last step of a caption is asked "
                "for the first "
                "word of the next one", when=lambda got, _, x, i, r: any(np.isclose(float(got), float(t), rtol=1e-4) for t in (
                    functional.cross_entropy(x.flatten(0, 1)[:-1], i.flatten()[1:]),
                    functional.cross_entropy(x[r][:-1], i[r][1:]),
                    functional.cross_entropy(x.flatten(0, 1)[:-1][r.flatten()[1:]], i.flatten()[1:][r.flatten()[1:]])))),
        Mistake("first-counted", "you divided by the number of all real words. The first of each caption is not guessed",
                wrong=lambda x, i, r: (_shifted(x, i) * r[:, 1:]).sum() / r.sum()),
        Mistake("divided-by-all", "padding is left out of the sum, but not of the number you divide by",
                wrong=lambda x, i, r: (_shifted(x, i) * r[:, 1:]).mean()),
        Mistake("sum", "this is the sum over all words. Their mean was asked for",
                wrong=lambda x, i, r: _shifted(x, i)[r[:, 1:]].sum()),
        Mistake("per-caption", "this is the mean over captions of their means: a word of a short caption counts more than one "
                "of a "
                "long caption", wrong=lambda x, i, r: ((_shifted(x, i) * r[:, 1:]).sum(1) / r[:, 1:].sum(1)).mean()),
        Mistake("softmax-twice", "functional.cross_entropy takes the logits as they are: it does the softmax itself",
                when=lambda got, _, x, i, r: any(np.isclose(float(got), float(_shifted(p, i)[r[:, 1:]].mean()), rtol=1e-4)
                                                 for p in (x.softmax(-1), x.softmax(-1).log() * 2))),
        Mistake("reward", "this number grows as the model gets better. A loss is its opposite",
                wrong=lambda x, i, r: -next_word_loss(x, i, r)),
    ],
    hints=(
        "After reading words 0 … i the model guesses word i + 1. So the last step guesses nothing, and word 0 is not guessed.",
        "logits[:, :-1] stands beside ids[:, 1:]. Keep the places where real[:, 1:] is true, then "
        "functional.cross_entropy(guesses "
        "(n, v), words (n,)).",
        "keep = real[:, 1:]\nguesses = logits[:, :-1][keep]\nwords = ids[…][keep]\nreturn functional.cross_entropy(…, …)",
    ),
)  # fmt: skip


# 7 -------------------------------------------------------------------------------------------------------------------


def sif(counts: np.ndarray, vectors: np.ndarray, share: np.ndarray, a: float) -> np.ndarray:
    """Not in the library, so that it can be graded: weighted means of word vectors, without their common direction."""
    return _without(_weighted(counts, vectors, a / (a + share)))


def _weighted(counts: np.ndarray, vectors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return (counts * weights) @ vectors / counts.sum(1, keepdims=True)


def _without(X: np.ndarray) -> np.ndarray:
    """X without what its rows have along its first right singular vector."""
    u = np.linalg.svd(X, full_matrices=False)[2][0]
    return X - np.outer(X @ u, u)


def sif_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Counts with word vectors that share a direction, as real ones do."""
    n, v, d = {"standard": (9, 12, 4), "large": (80, 60, 16)}[variant]

    def case(a: float) -> tuple:
        counts, vectors = counted(rng, n, v), rng.normal(size=(v, d)) + 0.7 * rng.normal(size=d)
        return counts, vectors, counts.sum(0) / counts.sum(), a

    tiny_counts = np.array([[2.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 2.0]])
    tiny = (tiny_counts, np.array([[1.0, 0.0], [1.0, 2.0], [3.0, 1.0]]), np.array([0.5, 0.3, 0.2]), 0.1)
    return [tiny, case(0.01), case(0.2)]


SIF = Exercise(
    id="text_features.sif",
    title="a better mean of word vectors",
    reference=sif,
    cases=sif_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("not-removed", "the weighted means are right. Their common direction is still in them: take it out",
                wrong=lambda C, W, p, a: _weighted(C, W, a / (a + p))),
        Mistake("unweighted", "every word weighs the same. Where is a / (a + share)?",
                when=lambda got, _, C, W, p, a: any(np.allclose(got, x) for x in (
                    _without(_weighted(C, W, np.ones_like(p))), _weighted(C, W, np.ones_like(p))))),
        Mistake("upside-down", "common words weigh most. The weight should fall as the share grows",
                when=lambda got, _, C, W, p, a: any(np.allclose(got, _without(_weighted(C, W, w)))
                                                    for w in (p / (a + p), (a + p) / a))),
        Mistake("weights-sum", "you divided by the sum of the weights. The formula divides by the number of words, so that a "
                "caption of "
                "common words only stays short",
                wrong=lambda C, W, p, a: _without((C * (a / (a + p))) @ W / (C * (a / (a + p))).sum(1, keepdims=True))),
        Mistake("binary", "you only looked whether a word is there. A word said twice counts twice",
                wrong=lambda C, W, p, a: sif((C > 0).astype(float), W, p, a)),
        Mistake("distinct", "you divided by the number of *different* words. A word said twice counts twice there, too",
                wrong=lambda C, W, p, a: _without((C * (a / (a + p))) @ W / (C > 0).sum(1, keepdims=True))),
        Mistake("own-constant", "you wrote a number for a. It is an argument",
                when=lambda got, _, C, W, p, a: any(np.allclose(got, sif(C, W, p, b)) for b in (1e-3, 1e-4))),
        Mistake("column-of-v", "np.linalg.svd gives the *transposed* right vectors: the first one is a row, [2][0]",
                when=lambda got, _, C, W, p, a: np.allclose(
                    got, (X := _weighted(C, W, a / (a + p))) - np.outer(X @ (c := np.linalg.svd(X)[2][:, 0]), c))),
        Mistake("of-the-words", "this is the common direction of the word vectors. The one of the texts was asked for",
                when=lambda got, _, C, W, p, a: np.allclose(
                    got, (X := _weighted(C, W, a / (a + p))) - np.outer(X @ (c := np.linalg.svd(W)[2][0]), c))),
        Mistake("subtracted", "you took the direction itself from every row. What is to go is each row's own part along it",
                when=lambda got, _, C, W, p, a: any(np.allclose(
                    got, (X := _weighted(C, W, a / (a + p))) - sign * np.linalg.svd(X)[2][0]) for sign in (1, -1))),
        Mistake("sum", "this is the weighted sum. Divide it by the number of words",
                wrong=lambda C, W, p, a: _without((C * (a / (a + p))) @ W)),
        Mistake("centred", "you took away the mean vector. What is to go is the part of every row along one direction",
                when=lambda got, _, C, W, p, a: np.allclose(got, (x := _weighted(C, W, a / (a + p))) - x.mean(0))),
        Mistake("pca", "this direction is that of the largest *variance*: the means were taken off first. The one asked for is "
                "the first "
                "right singular vector of the vectors as they are",
                when=lambda got, _, C, W, p, a: _is_pca(got, _weighted(C, W, a / (a + p)))),
        Mistake("common-part", "this is the part along the common direction. It is what should go, not what should stay",
                when=lambda got, expected, C, W, p, a: np.allclose(got, _weighted(C, W, a / (a + p)) - expected)),
    ],
    hints=(
        "Two steps: a mean in which common words weigh little, then one direction less.",
        "counts * (a / (a + share)) are the weighted counts; times vectors, divided by the number of words of each row, they "
        "are X (n, d). "
        "np.linalg.svd(X)[2][0] is the direction u; X @ u says how much of it is in each row.",
        "X = (counts * …) @ vectors / counts.sum(axis=1, keepdims=True)\nu = np.linalg.svd(X, full_matrices=False)[2][0]\n"
        "return X - np.outer(…, …)",
    ),
)  # fmt: skip


def _is_pca(got: np.ndarray, X: np.ndarray) -> bool:
    u = np.linalg.svd(X - X.mean(0), full_matrices=False)[2][0]
    return any(np.allclose(got, Y - np.outer(Y @ u, u)) for Y in (X, X - X.mean(0)))


register(TFIDF, NEGATIVES, LAST, MASK, POOL, NEXT, SIF)


ask(
    Question(
        "text_features.bag_order",
        "Two captions have the same words in another order. A classifier on their bags of words tells them apart in 50% of "
        "cases, however long it trains. What would help?",
        (
            Choice("More training captions", False,
                   "Both captions of a pair become the same vector. No amount of training makes a function give two answers "
                   "for one input."),
            Choice("Features that depend on order, such as those of a network that reads one word after another", True,
                   "What a representation threw away must be kept in the first place. No classifier brings it back."),
            Choice("Counting pairs of neighbouring words too", False,
                   "Pairs tell the captions apart (“circle left”, “square left”), but not which colour is left. That takes three "
                   "words in a row, “red circle left”. Counting triples works, at dozens of times the columns."),
            Choice("TF-IDF instead of counts", False,
                   "It weighs the same counts: two equal bags stay equal."),
            Choice("The mean of good word vectors", False,
                   "A sum does not know in which order it was added up."),
        ),
    ),
    Question(
        "text_features.negatives",
        "Skip-gram is trained without the drawn words, with true neighbours alone. What happens?",
        (
            Choice("The loss goes to zero: all vectors become long and point the same way", True,
                   "Then every word predicts every other one, true neighbours included. The drawn words are what stops it."),
            Choice("It learns the same, more slowly", False,
                   "It learns quickly, but nothing: vectors that are all alike have the smallest loss."),
            Choice("Only rare words suffer", False,
                   "The same happens to all, and to frequent ones first."),
        ),
    ),
    Question(
        "text_features.padding",
        "Your encoder gives a caption one vector when it stands alone, and another beside longer captions. What is the likely "
        "cause?",
        (
            Choice("Random numbers: dropout is still on", False,
                   "Possible, but then two runs of the same batch would differ too. Test that first: call model.eval()."),
            Choice("Padding is read like words: in the mean, in the last state or in the attention", True,
                   "The longer the neighbours, the more padding. The test is simple: each caption alone against all in one "
                   "batch."),
            Choice("Rounding", False,
                   "Rounding changes the sixth digit. Padding changes the first."),
        ),
    ),
    Question(
        "text_features.pooling",
        "Why can the last token be a summary of a caption in a GPT, while in a BERT no token is special?",
        (
            Choice("In a GPT every token sees only what comes before it: the last alone has seen all", True,
                   "It can be a summary. Whether it is depends on the training: this one was made to guess the next word, and in "
                   "this chapter the mean of all tokens keeps more."),
            Choice("A GPT's last token is the longest vector", False, "Its length has nothing to do with it."),
            Choice("A BERT has no last token", False, "It has one: the mark of the end, [SEP] in the paper."),
        ),
    ),
    Question(
        "text_features.no_shift",
        "After a hundred steps your GPT's loss is 0.01, a perplexity of 1.01. What do you look at first?",
        (
            Choice("Nothing: the data are easy", False,
                   "Even in an easy language the next word is not certain: who writes decides whether a circle or a star comes."),
            Choice("Whether targets are shifted by one word", True,
                   "Unshifted, step i is asked for the word it has just read, and copying is learnt at once."),
            Choice("Whether the learning rate is too high", False,
                   "Too high a rate makes a loss large or NaN, not perfect."),
        ),
    ),
)  # fmt: skip
