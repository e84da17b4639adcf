"""Two things that are counted: ranks where scores are equal, and how often each item is found."""

import numpy as np

from mmlearn import evaluate
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.matching_and_retrieval.common import close, nearest, one_of


def pessimistic_ranks(similarity: np.ndarray) -> np.ndarray:
    """The library's, for square similarities."""
    return evaluate.ranks(similarity, ties="pessimistic")


def tie_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Many equals, nothing but equals, none, and scores that differ by a billionth and are not equal."""
    n = {"standard": 8, "large": 100}[variant]
    tiny = np.array([[0.5, 0.5, 0.1], [0.2, 0.7, 0.9], [0.3, 0.3, 0.3]])
    hub = rng.integers(0, 4, size=(n, n)) + 1.0 * (np.arange(n) == 0)  # a popular column: the two directions differ
    hardly = np.array([[0.500000001, 0.5, 0.5], [0.4, 0.3, 0.300000001], [0.2, 0.2, 0.200000001]])
    return [(tiny,), (hub / 4,), (np.zeros((n, n)),), (rng.permutation(n * n).reshape(n, n) / n,), (hardly,)]


def right(S: np.ndarray) -> np.ndarray:
    return np.diag(S)[:, None]


def by_order(S: np.ndarray, kind: str | None = None) -> np.ndarray:
    order = np.argsort(-S, axis=1, kind=kind)
    return 1 + np.argmax(order == np.arange(len(S))[:, None], axis=1)


def items_at_own_place(S: np.ndarray, kind: str | None = None) -> np.ndarray:
    return np.diag(np.argsort(-S, axis=1, kind=kind))


def rounded(got, _, S):
    near = (S >= right(S)) | np.isclose(S, right(S))
    return one_of(got, (near.sum(1), *(pessimistic_ranks(A) for A in (
        S.astype(np.float32), S.astype(np.float16), *(S.round(d) for d in range(2, 9))))))  # fmt: skip


TIES = Exercise(
    id="matching_and_retrieval.pessimistic_ranks",
    title="in doubt, against the method",
    reference=pessimistic_ranks,
    cases=tie_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("optimistic", "this is the optimistic rule: among equals the right item stands first. Your constant model has "
                "R@1 = 100%",
                wrong=lambda S: 1 + (S > right(S)).sum(1)),
        Mistake("expected", "this is the expected rank, in the middle of the equals. Pessimistic means: after all of them",
                wrong=lambda S: evaluate.ranks(S)),
        Mistake("from-zero", "your ranks begin at 0. The best possible rank is 1", wrong=lambda S: pessimistic_ranks(S) - 1),
        Mistake("itself", "one too many everywhere: the right item counts itself among those that are not worse. Add 1, or "
                "count it, not both",
                wrong=lambda S: pessimistic_ranks(S) + 1),
        Mistake("direction", "you ranked down the columns: for each item the queries. A row is a query: count along it",
                when=lambda got, _, S: np.allclose(got, pessimistic_ranks(S.T))),
        Mistake("broadcast", "each score was compared with the right score of its *column*. The right score of a query must "
                "stand beside its "
                "whole row: shape (n, 1)", wrong=lambda S: (S >= np.diag(S)).sum(1)),
        Mistake("order", "np.argsort breaks ties by the items' order, so your ranks depend on where an item happens to lie. "
                "Count instead: how "
                "many items score as much or more?", when=lambda got, _, S: one_of(got, (
                    by_order(S), by_order(S) - 1, by_order(S, "stable"), by_order(S, "stable") - 1))),
        Mistake("which-item", "np.argsort says *which item* stands at a place, not at which place an item stands. And it "
                "breaks ties by the items' order. Count instead of sorting",
                when=lambda got, _, S: one_of(got, (items_at_own_place(S, kind) + one for kind in (None, "stable")
                                                    for one in (0, 1)))),
        Mistake("worst", "you counted the items that score less or the same. A rank counts those that score more or the same",
                wrong=lambda S: (S <= right(S)).sum(1)),
        Mistake("dense", "you counted the different *scores* that are as good or better. Three items of one score take three "
                "places: count items",
                wrong=lambda S: np.array([len(np.unique(row[row >= row[i]])) for i, row in enumerate(S)])),
        Mistake("rounded", "right where scores are exactly equal. But you also call scores equal that differ a little: rounded, "
                "of fewer bits, or compared by np.isclose",
                when=rounded),
        Mistake("mean", "this is one number. Every query, every row, has a rank of its own",
                when=lambda got, _, S: np.ndim(got) == 0),
    ],
    hints=(
        "A rank can be counted instead of sorted for: how many items stand before the right one?",
        "In row i the right score is entry (i, i). Before it stands whatever scores more; under the pessimistic rule, whatever "
        "scores the "
        "same as well. Does the right item count itself?",
        "right = np.diag(similarity)[:, None]   # (n, 1)\nreturn (similarity … right).sum(axis=…)",
    ),
)  # fmt: skip


def occurrence_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """More queries than items and fewer; the last case asks for all items."""
    q, n, k = {"standard": (7, 5, 2), "large": (200, 120, 10)}[variant]
    tiny = np.array([[0.9, 0.8, 0.1], [0.2, 0.7, 0.3]])
    S = rng.normal(size=(q, n)) + rng.normal(size=n)  # some items are popular
    return [(tiny, 1), (tiny, 2), (S, k), (S, 1), (S.T.copy(), min(k, 5)), (S, n)]


def counted(found: np.ndarray, items: int) -> np.ndarray:
    return np.bincount(found.ravel(), minlength=items)


def sorted_down(got, _, S, k):
    """Queries ranked for each item, then counted as if their numbers were items; or every item's k best queries."""
    down = np.argsort(-S, axis=0)
    return one_of(got, (counted(down[:k], S.shape[1]), (np.argsort(down, axis=0) < k).sum(0)))


def of_wrong_length(got, expected, S, k):
    """Right as far as it goes: too short, or with zeros for items that do not exist."""
    n = min(len(got), len(expected))
    return len(got) != len(expected) and np.allclose(got[:n], expected[:n]) and not np.any(got[n:])


OCCURRENCES = Exercise(
    id="matching_and_retrieval.k_occurrences",
    title="how often is each item found?",
    reference=evaluate.k_occurrences,
    cases=occurrence_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("direction", "you counted for each query. How often is each *item*, each column, among the first k of a row?",
                when=lambda got, _, S, k: close(got, evaluate.k_occurrences(S.T, min(k, len(S))))),
        Mistake("sorted-down", "you sorted down the columns: queries ranked for an item. A query is a *row*, and ranks the "
                "items along it (axis=1)",
                when=sorted_down),
        Mistake("worst", "these are the k least similar items of each query", wrong=lambda S, k: evaluate.k_occurrences(-S, k)),
        Mistake("first-only", "you counted the first place only, whatever k says", wrong=lambda S,
                k: evaluate.k_occurrences(S, 1)),
        Mistake("last-only", "you counted place k only. Places 1 to k count",
                wrong=lambda S, k: counted(nearest(S, k)[:, -1], S.shape[1])),
        Mistake("skips-first", "you left out the first place, as if an item found itself. Queries are not items here",
                wrong=lambda S, k: counted(nearest(S, k + 1)[:, 1:], S.shape[1])),
        Mistake("argsort", "np.argsort says which item stands at each place. You used it as the place of each item: that is "
                "another array",
                wrong=lambda S, k: (np.argsort(-S, axis=1) < k).sum(0)),
        Mistake("one-off", "one place too many or too few. Ranks that begin at 0 are below k for k items; and what does a slice "
                "[:k] hold?",
                when=lambda got, _, S, k: any(close(got, counted(nearest(S, j), S.shape[1])) for j in (k - 1, k + 1))),
        Mistake("lost", "an item found by several queries has been counted once. counts[numbers] += 1 adds one for a number, "
                "however often it occurs in `numbers`",
                when=lambda got, expected, S, k: close(got, np.minimum(expected, 1))),
        Mistake("share", "these are shares. N_k is a count: all of them together make k × queries",
                when=lambda got, expected, S, k: one_of(got, (expected / t for t in (len(S), k, k * len(S))))),
        Mistake("too-short", "not one number for each item: an item that nobody finds has the count 0, the last ones too. "
                "np.bincount has minlength for that: the number of columns",
                when=of_wrong_length),
        Mistake("each-query", "every query finds k items: that is k for each row. Add up over the queries, so that each item "
                "(column) keeps a number",
                when=lambda got, _, S, k: close(got, np.full(len(S), k))),
        Mistake("distinct", "this leaves items that nobody finds out. Every item gets a number, also if it is 0",
                when=lambda got, expected, S, k: np.allclose(got, expected[expected > 0])),
        Mistake("indices", "these are the numbers of the items found. How often does each number occur?",
                when=lambda got, _, S, k: np.shape(got) == (len(S), k)),
        Mistake("similarity", "you added similarities. N_k counts: one for each query that has the item among its first k",
                when=lambda got, _, S, k: one_of(got, (S.sum(0), np.bincount(
                    nearest(S, k).ravel(), np.take_along_axis(S, nearest(S, k), 1).ravel(), S.shape[1])))),
        Mistake("partition", "right, until k is the number of items: np.argpartition counts its places from 0, so the k-th has "
                "the number k - 1",
                wrong=lambda S, k: counted(np.argpartition(-S, k, axis=1)[:, :k], S.shape[1])),
    ],
    hints=(
        "First: which items does each query find among its first k? Then: how often does each item's number appear there?",
        "Sort each row so that the numbers of the items come nearest first, and keep k of them. Put all rows into one flat "
        "list and count how often each number occurs: np.bincount does. It stops at the largest number it meets, unless told "
        "how many there are.",
        "found = np.argsort(…, axis=1)[:, :k]\nreturn np.bincount(found.ravel(), minlength=…)",
    ),
)  # fmt: skip
