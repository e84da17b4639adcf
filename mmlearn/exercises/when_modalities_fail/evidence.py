"""Evidence: of witnesses that contradict each other, and of a cue that must not count."""

from collections.abc import Callable

import numpy as np

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of, plain


def signs(symbols: np.ndarray) -> np.ndarray:
    """0, 1 and silence as -1, 1 and 0."""
    return np.array([-1, 1, 0])[symbols]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def odds(flips: np.ndarray) -> np.ndarray:
    return np.log((1 - flips) / flips)


def believe(symbols: np.ndarray, flips: np.ndarray) -> np.ndarray:
    """The probability that the label is 1."""
    return sigmoid(signs(symbols) @ odds(flips))


def believe_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """By hand: one against two, someone silent, all silent; a witness that tosses a coin; random."""
    n, modalities = {"standard": (8, 3), "large": (200, 5)}[variant]
    tiny = np.array([[1, 1, 1], [1, 0, 0], [1, 0, 2], [2, 2, 0], [2, 2, 2]])
    coin = rng.uniform(0.05, 0.45, modalities)
    coin[1] = 0.5
    drawn = rng.integers(0, 3, (2, n, modalities))
    return [(tiny, np.array([0.1, 0.15, 0.2])), (drawn[0], coin), (drawn[1], rng.uniform(0.02, 0.4, modalities))]


def likelihood(symbols: np.ndarray, flips: np.ndarray, label: int) -> np.ndarray:
    right = np.where(symbols == label, 1 - flips, flips)
    return np.where(symbols == 2, 1.0, right).prod(1)


def share_of_votes(symbols: np.ndarray, flips: np.ndarray) -> np.ndarray:
    speaking = (symbols < 2).sum(1)
    return np.where(speaking > 0, (symbols == 1).sum(1) / np.maximum(speaking, 1), 0.5)


def mean_probability(symbols: np.ndarray, flips: np.ndarray) -> np.ndarray:
    each = np.where(symbols == 2, 0.5, np.where(symbols == 1, 1 - flips, flips))
    return each.mean(1)


def one_sided(symbols: np.ndarray, flips: np.ndarray) -> np.ndarray:
    """The logarithm of the probability of what was said, if the label is 1."""
    return np.log(likelihood(symbols, flips, 1))


def rounded(got: np.ndarray, expected: np.ndarray) -> bool:
    """Whether these are decisions: 0 or 1 (or ½ where nothing speaks for either)."""
    clear = ~np.isclose(expected, 0.5)
    return bool(np.isin(got, (0, 0.5, 1)).all()) and np.array_equal(got[clear], (expected > 0.5)[clear])


BELIEVE = Exercise(
    id="when_modalities_fail.believe",
    title="whom to believe, exactly",
    reference=believe,
    cases=believe_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("votes", "everyone has the same say. A witness who is wrong less often must count more", wrong=share_of_votes),
        Mistake("opposite", "this is the probability of label 0", wrong=lambda s, f: 1 - believe(s, f)),
        Mistake("odds", "these are the log-odds, which may be any number; a probability was asked for",
                wrong=lambda s, f: signs(s) @ odds(f)),
        Mistake("rounded", "these are decisions. How sure one can be is asked for: a probability between 0 and 1",
                when=lambda got, expected, *_: rounded(np.asarray(plain(got), float), expected)),
        Mistake("one-sided", "each term holds a probability under one label only. It is the logarithm of a quotient: what was "
                "said, under label 1, over the same under label 0",
                when=any_of(one_sided, lambda s, f: sigmoid(one_sided(s, f)), lambda s, f: sigmoid(signs(s) @ np.log(1 - f)),
                            lambda s, f: sigmoid(signs(s) @ -np.log(f)))),
        Mistake("silence-is-zero", "silence was counted as a vote for 0",
                wrong=lambda s, f: sigmoid(np.where(s == 1, 1, -1) @ odds(f))),
        Mistake("silence-is-two", "silence was counted with its number, 2: nobody votes three times as loud by saying nothing",
                wrong=lambda s, f: sigmoid((2 * s - 1) @ odds(f))),
        Mistake("only-for", "only the witnesses who say 1 were counted; those who say 0 speak against it",
                wrong=lambda s, f: sigmoid((s == 1) @ odds(f))),
        Mistake("unnormalised", "this is the probability of what was said, if the label is 1. Bayes' rule divides by the sum "
                "over both labels", wrong=lambda s, f: likelihood(s, f, 1)),
        Mistake("mean", "the witnesses' probabilities were averaged. Independent evidence adds up, as log-odds: two who agree "
                "are surer than either", wrong=mean_probability),
        Mistake("mean-odds", "the log-odds were averaged; they are to be added",
                when=lambda got, _, s, f: np.allclose(plain(got), sigmoid(signs(s) @ odds(f) / s.shape[1]))),
    ],
    hints=(
        "What does a witness add who says 1, who says 0, who says nothing?",
        "Turn symbols into +1, -1 and 0, multiply by each witness's log((1 - f) / f), add up along the row; then back to a "
        "probability by 1 / (1 + e^-x).",
        "says = np.array([-1, 1, 0])[symbols]\nterms = np.log(…)\nreturn 1 / (1 + np.exp(-(says @ terms)))",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def cells(labels: np.ndarray, cue: np.ndarray) -> tuple[np.ndarray, int]:
    """How many rows share each row's combination, (n,), and how many combinations occur."""
    _, which, count = np.unique(np.stack([labels, cue]), axis=1, return_inverse=True, return_counts=True)
    return count[which.ravel()], len(count)


def balance(labels: np.ndarray, cue: np.ndarray) -> np.ndarray:
    """Weights that sum to 1, equal in sum over every combination that occurs."""
    count, kinds = cells(labels, cue)
    return 1 / count / kinds


def balance_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """By hand: a combination that never occurs, many cues; random; random, with numbers below 0 or far from it."""
    n = {"standard": 30, "large": 500}[variant]
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2])
    cue = np.array([0, 0, 0, 1, 1, 1, 0, 1, 1])
    y = np.concatenate([[0, 0, 1, 1], rng.integers(0, 2, n)])
    c = np.concatenate([[0, 1, 0, 1], np.where(rng.random(n) < 0.9, y[4:], 1 - y[4:])])
    many = (np.array([0, 0, 1, 1, 1, 2]), np.array([2, 0, 0, 0, 1, 3]))
    far = 5 + np.arange(n) % 3, 3 * ((np.arange(n) + rng.integers(0, 2, n)) % 4 > 1) - 1
    return [(labels, cue), many, (y, c), far]


def of(values: np.ndarray) -> np.ndarray:
    """How many rows share each row's value."""
    _, which, count = np.unique(values, return_inverse=True, return_counts=True)
    return count[which]


def normed(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum()


def all_combinations(labels: np.ndarray, cue: np.ndarray) -> np.ndarray:
    """Divided by the combinations that could occur."""
    return 1 / cells(labels, cue)[0] / (len(np.unique(labels)) * len(np.unique(cue)))


def keyed(key: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[..., np.ndarray]:
    """Balanced by one number a row, which may be the same for two combinations."""
    return lambda labels, cue: normed(1 / of(key(labels, cue)))


BALANCE = Exercise(
    id="when_modalities_fail.balance",
    title="weights that break the tie of label and cue",
    reference=balance,
    cases=balance_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("zero-and-one", "some rows weigh nothing, or NaN: labels and cues may be other numbers than 0 and 1. Go through "
                "those that occur", when=lambda got, *_: not (np.asarray(plain(got)) > 0).all()),
        Mistake("collision", "label and cue were made one number, and two combinations got the same one. Keep them apart, as "
                "pairs", when=any_of(*map(keyed, (lambda y, c: y + c, lambda y, c: 2 * y + c, lambda y, c: y + 2 * c,
                                                  lambda y, c: y * c, lambda y, c: y * (c.max() + 1) + c)))),
        Mistake("label", "labels are balanced, whatever the cue: within a label the common cue still rules",
                wrong=lambda y, c: normed(1 / of(y))),
        Mistake("cue", "cues are balanced, whatever the label: within a cue the common label still rules",
                wrong=lambda y, c: normed(1 / of(c))),
        Mistake("margins", "labels and cues were balanced each for itself, and the two multiplied. Only counts of the "
                "combinations know how they hang together", wrong=lambda y, c: normed(1 / (of(y) * of(c)))),
        Mistake("reweighing", "this makes label and cue independent but leaves their shares as they are (Kamiran and Calders, "
                "2012): a fair method, and another one. Here every combination weighs the same",
                wrong=lambda y, c: normed(of(y) * of(c) / cells(y, c)[0])),
        Mistake("counts", "frequent combinations weigh even more; they must weigh less, row by row",
                wrong=lambda y, c: normed(cells(y, c)[0].astype(float))),
        Mistake("all-combinations", "the sum is not 1 where a combination never occurs: divide by those that occur",
                wrong=all_combinations),
        Mistake("not-normed", "each row's weight stands in the right ratio to the others, but they do not sum to 1",
                when=lambda got, expected, *_: np.allclose(normed(np.asarray(plain(got), float)), expected)
                and not np.isclose(np.sum(plain(got)), 1)),
        Mistake("flat", "every row weighs the same; so the tie is as it was", wrong=lambda y, c: np.full(len(y), 1 / len(y))),
    ],
    hints=(
        "Four rows of one combination, one row of another: what must each weigh so that both combinations weigh the same?",
        "Count how many rows share each row's combination of label and cue. A row weighs one over that, and over the number of "
        "combinations that occur.",
        "_, which, count = np.unique(np.stack([labels, cue]), axis=1, return_inverse=True, return_counts=True)\n"
        "return 1 / count[which.ravel()] / …",
    ),
)  # fmt: skip
