"""Something is missing: left out in training, or guessed many times."""

from collections.abc import Callable

import numpy as np

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of, plain


def drop_modalities(mask: np.ndarray, u: np.ndarray, share: float) -> np.ndarray:
    """Modality dropout with given random numbers; a row that would lose everything keeps the one with the largest."""
    left = mask & (u >= share)
    return np.where(left.any(1, keepdims=True), left, largest(mask, u))


def largest(mask: np.ndarray, u: np.ndarray) -> np.ndarray:
    """For each row the one of those there that has the largest number; none where none is there."""
    luck = np.where(mask, u, -1)
    return mask & (luck == luck.max(1, keepdims=True))


def drop_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """By hand: a row that loses some (and one number equals the share), all, the largest number of all on what was missing
    anyway, nothing there; random."""
    n, modalities = {"standard": (12, 3), "large": (200, 5)}[variant]
    mask = np.array([[1, 1, 1], [1, 1, 1], [1, 1, 0], [0, 1, 1], [0, 0, 0], [0, 0, 1]], bool)
    u = np.array([[0.9, 0.1, 0.5], [0.1, 0.3, 0.2], [0.4, 0.2, 0.9], [0.45, 0.1, 0.3], [0.7, 0.8, 0.2], [0.3, 0.9, 0.1]])
    there = rng.random((n, modalities)) < 0.7
    everything = np.ones((n, modalities), bool)
    return [(mask, u, 0.5), (there, rng.random((n, modalities)), 0.6), (everything, rng.random((n, modalities)), 1.0)]


def saved_by(rescue: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[..., np.ndarray]:
    """Modality dropout with another rescue."""

    def wrong(mask: np.ndarray, u: np.ndarray, share: float) -> np.ndarray:
        left = mask & (u >= share)
        return np.where(left.any(1, keepdims=True), left, rescue(mask, u))

    return wrong


def turned_round(got: np.ndarray, mask: np.ndarray, u: np.ndarray, share: float) -> bool:
    """Whether the rows that would lose some but not all hold what they should lose. (With a share of 1 there are none.)"""
    lost = mask & (u < share)
    some = lost.any(1) & (mask & (u >= share)).any(1)
    return np.array_equal(got[some], lost[some])


def from_nothing(got: np.ndarray, mask: np.ndarray, u: np.ndarray, share: float) -> bool:
    """Whether all is right but for rows that had nothing, and have something now."""
    had = mask.any(1)
    return np.array_equal(got[had], drop_modalities(mask, u, share)[had]) and bool(got[~had].any())


def same_bools(got: object, expected: np.ndarray) -> bool:
    """Whether it is the same mask, and one of bool: `~` of 0 and 1 would be -1 and -2."""
    got = np.asarray(plain(got))
    return got.dtype == bool and np.array_equal(got, expected)


def first_there(mask: np.ndarray, u: np.ndarray) -> np.ndarray:
    return mask & (np.cumsum(mask, axis=1) == 1)


def largest_of_all(mask: np.ndarray, u: np.ndarray) -> np.ndarray:
    return u == u.max(1, keepdims=True)


def largest_of_all_if_any(mask: np.ndarray, u: np.ndarray) -> np.ndarray:
    return largest_of_all(mask, u) & mask.any(1, keepdims=True)


def one_for_the_row(mask: np.ndarray, u: np.ndarray, share: float) -> np.ndarray:
    left = mask & (u[:, :1] >= share)
    return np.where(left.any(1, keepdims=True), left, largest(mask, u))


DROP = Exercise(
    id="when_modalities_fail.drop_modalities",
    title="leave modalities out, but never all of a row",
    reference=drop_modalities,
    cases=drop_cases,
    variants=("standard", "large"),
    agrees=same_bools,
    mistakes=[
        Mistake("not-bool", "these are the right zeros and ones, but not a mask of bool. Compare, or use .astype(bool)",
                when=lambda got, expected, *_: np.array_equal(plain(got), expected) and not same_bools(got, expected)),
        Mistake("equal", "where u equals the share the modality stays: it is left out where u is *below*",
                wrong=lambda mask, u, share: drop_modalities(mask, np.where(u == share, 0.99 * u, u), share)),
        Mistake("inverted", "these are the modalities that should have been left out: they go where u is *below* the share",
                when=lambda got, _, mask, u, share: turned_round(plain(got), mask, u, share)),
        Mistake("revived", "a modality that was not there has come back. Dropout can only take away",
                wrong=lambda mask, u, share: drop_modalities(np.ones_like(mask), u, share)),
        Mistake("emptied", "rows have lost everything they had; each must keep one",
                wrong=lambda mask, u, share: mask & (u >= share)),
        Mistake("whole-row", "a row that lost everything got back all that it had. It keeps one",
                wrong=saved_by(lambda mask, u: mask)),
        Mistake("from-nothing", "a row that had nothing got a modality. There is nothing in it to save",
                when=lambda got, _, mask, u, share: from_nothing(np.asarray(plain(got)), mask, u, share)),
        Mistake("saved-missing", "the largest u was looked for among all modalities, also among those that were not there. "
                "What was missing must not come back", when=any_of(saved_by(largest_of_all), saved_by(largest_of_all_if_any))),
        Mistake("saved-nothing", "the modality with the largest u was saved only where it was there; elsewhere the row stayed "
                "empty. Look for the largest among those there", wrong=saved_by(lambda mask, u: mask & largest_of_all(mask, u))),
        Mistake("first", "always the first modality is saved. Then it is there more often than the others, and the network "
                "leans on it", wrong=saved_by(first_there)),
        Mistake("smallest", "the one with the smallest u was saved; the largest was asked for",
                wrong=saved_by(lambda mask, u: largest(mask, 1 - u))),
        Mistake("one-number", "one random number decides for the whole row. Each modality has its own", wrong=one_for_the_row),
    ],
    hints=(
        "Which entries are left, if there were no rescue? In which rows is none left, though there was one before?",
        "Compute both for every row: what is left, and the one that would be saved (the largest u among those there: put "
        "something below every u where nothing is). Then choose row by row.",
        "left = mask & (u >= share)\nluck = np.where(mask, u, -1)\nsaved = mask & (luck == …)\n"
        "return np.where(left.any(axis=1, keepdims=True), …, …)",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------

Predict = Callable[[np.ndarray, np.ndarray], np.ndarray]


def average_over_guesses(predict: Predict, known: np.ndarray, guess: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """The mean of what is answered to every guess plus an error."""
    return np.mean([predict(known, guess + error) for error in residuals], axis=0)


class Net:
    """A small network of known and guessed columns, with probabilities of three classes."""

    def __init__(self, rng: np.random.Generator, a: int, b: int):
        self.first, self.second = 2 * rng.normal(size=(a + b, 8)), 2 * rng.normal(size=(8, 3))

    def __repr__(self) -> str:
        return "predict"

    def __call__(self, known: np.ndarray, other: np.ndarray) -> np.ndarray:
        known, other = np.asarray(known, float), np.asarray(other, float)
        logits = np.tanh(np.concatenate([known, other], axis=-1) @ self.first) @ self.second
        e = np.exp(logits - logits.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)


def guess_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """As many errors as rows, so that a mix-up of the two still runs; fewer; and more."""
    n, k = {"standard": (4, 7), "large": (60, 40)}[variant]
    a, b = 3, 2
    return [(Net(rng, a, b), rng.normal(size=(rows, a)), rng.normal(size=(rows, b)), rng.normal(size=(errors, b)))
            for rows, errors in ((5, 5), (n, k), (2 * k, k))]  # fmt: skip


def answers(predict: Predict, known: np.ndarray, guess: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """(k, n, classes)."""
    return np.stack([predict(known, guess + error) for error in residuals])


def votes(*arguments: object) -> np.ndarray:
    P = answers(*arguments)
    return (P == P.max(-1, keepdims=True)).mean(0)


def geometric(*arguments: object) -> np.ndarray:
    p = np.exp(np.log(answers(*arguments)).mean(0))
    return p / p.sum(-1, keepdims=True)


def a_residual_each(predict: Predict, known: np.ndarray, guess: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    return predict(known, guess + residuals[np.arange(len(guess)) % len(residuals)])


def swapped(predict: Predict, known: np.ndarray, guess: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    return np.mean([predict(guess + error, known) for error in residuals], axis=0)


def the_guess_too(predict: Predict, known: np.ndarray, guess: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    return answers(predict, known, guess, np.vstack([0 * residuals[:1], residuals])).mean(0)


def other_order(predict: Predict, known: np.ndarray, guess: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """One big call in which known rows are tiled and guessed rows repeated."""
    n, k = len(known), len(residuals)
    many = (guess[:, None] + residuals).reshape(n * k, -1)
    return predict(np.tile(known, (k, 1)), many).reshape(n, k, -1).mean(1)


GUESSES = Exercise(
    id="when_modalities_fail.average_over_guesses",
    title="the mean answer to many guesses",
    reference=average_over_guesses,
    cases=guess_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("one-guess", "this is the answer to the mean guess alone; the errors have no say",
                wrong=lambda predict, known, guess, residuals: predict(known, guess)),
        Mistake("mean-first", "the errors were averaged first, and the network was asked once. The answer to a mean is not the "
                "mean of the answers", wrong=lambda predict, known, guess, residuals: predict(known, guess + residuals.mean(0))),
        Mistake("row-by-row", "each row met one error only. Every row meets every error", wrong=a_residual_each),
        Mistake("summed", "the answers were added up: rows sum to k instead of 1", wrong=lambda *given: answers(*given).sum(0)),
        Mistake("axis", "the mean was taken over the rows. Every row keeps its own answer; the mean is over the errors",
                wrong=lambda *given: answers(*given).mean(1)),
        Mistake("one-error", "this is the answer to one error alone: does a `return` stand inside the loop, or is each answer "
                "overwritten by the next?",
                when=any_of(lambda *given: answers(*given)[-1], lambda *given: answers(*given)[0])),
        Mistake("swapped", "the network got its two arguments the wrong way round: what is known comes first", wrong=swapped),
        Mistake("guess-too", "the plain guess was counted as one more guess. Only guesses with an error on top are asked for",
                wrong=the_guess_too),
        Mistake("order", "known rows and guesses stand in different orders: np.tile repeats the whole, np.repeat each row",
                wrong=other_order),
        Mistake("votes", "decisions were averaged: how often each class won. Average the probabilities, which also say how "
                "surely",
                wrong=votes),
        Mistake("only-errors", "the network was asked about the errors by themselves; they belong on top of the guess",
                wrong=lambda predict, known, guess, residuals: answers(predict, known, 0 * guess, residuals).mean(0)),
        Mistake("not-averaged", "these are all answers, one set an error. Their mean over the errors is asked for",
                when=lambda got, _, *given: np.shape(plain(got)) == answers(*given).shape),
        Mistake("geometric", "logarithms of probabilities were averaged, which lets one sure No outvote everything. The plain "
                "mean is asked for", wrong=geometric),
        Mistake("minus", "the errors were taken off the guess. An error is what was true less what was guessed",
                wrong=lambda predict, known, guess, residuals: answers(predict, known, guess, -residuals).mean(0)),
    ],
    hints=(
        "How often must the network be asked, if every row is to meet every error?",
        "One call for each error, with that error added to all rows of the guess. The k answers have one shape; take their mean.",
        "answers = [predict(known, …) for error in residuals]\nreturn np.mean(answers, axis=…)",
    ),
)  # fmt: skip
