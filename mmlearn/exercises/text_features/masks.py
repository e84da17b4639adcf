"""Words hidden for BERT."""

import numpy as np

from mmlearn.exercises.engine import Exercise, Mistake

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
