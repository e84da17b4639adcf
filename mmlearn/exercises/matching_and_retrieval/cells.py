"""A search that opens a few cells instead of looking everywhere."""

import numpy as np

from mmlearn.exercises.engine import Exercise, Mistake


def away(query: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Squared distances of points (n, d) from the query (d,)."""
    return ((points - query) ** 2).sum(1)


def best_among(query: np.ndarray, items: np.ndarray, cell: np.ndarray, opened: np.ndarray, k: int) -> np.ndarray:
    """The k nearest items of some cells."""
    among = np.flatnonzero(np.isin(cell, opened))
    return among[np.argsort(away(query, items[among]), kind="stable")[:k]]


def probe_search(query: np.ndarray, items: np.ndarray, cell: np.ndarray, centres: np.ndarray, nprobe: int, k: int) -> np.ndarray:
    """The k nearest by Euclid among the items of the nprobe nearest cells. The library has only exact search."""
    return best_among(query, items, cell, np.argsort(away(query, centres))[:nprobe], k)


def probe_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """First some to redo by hand; then queries near the border of two cells, with few cells opened, all, or too few items."""
    tiny = (np.array([0.0]), np.array([[1.0], [0.4], [-2.0], [9.0]]), np.array([1, 1, 0, 2]), np.array([[-0.5], [1.5], [9.0]]))
    line = (np.array([1.0]), np.array([[0.1], [2.2], [1.5], [-0.6], [5.0], [4.0]]), np.array([1, 2, 2, 1, 0, 0]),
        np.array([[4.5], [0.0], [2.5]]))  # fmt: skip
    by_hand = [(*tiny, 1, 2), (*line, 1, 2), (*line, 2, 3), (*line, 1, 5)]
    n, cells, d, k = {"standard": (60, 5, 2, 3), "large": (2000, 30, 8, 10)}[variant]
    items = rng.normal(size=(n, d))
    centres = 1.2 * rng.normal(size=(cells, d))
    cell = ((items[:, None] - centres) ** 2).sum(2).argmin(1)
    # Near the edge of a cell, as many queries are, and never as near to one centre as to another.
    between = [0.55 * centres[i] + 0.45 * centres[(i + 1) % cells] for i in range(5)]
    lists = [(query, items, cell, centres, probes, k) for query in between for probes in (1, 2, cells)]
    lists += [(query, items, cell, centres, 2, n // 2) for query in between]  # more than one cell has
    return [*by_hand, *lists]


def in_first_cells(query, items, cell, centres, nprobe, k):
    """The items of the opened cells, as they lie."""
    return np.flatnonzero(np.isin(cell, np.argsort(away(query, centres))[:nprobe]))


def farthest_items(query, items, cell, centres, nprobe, k):
    among = in_first_cells(query, items, cell, centres, nprobe, k)
    return among[np.argsort(-away(query, items[among]))[:k]]


def per_cell(query, items, cell, centres, nprobe, k):
    """k of each opened cell, the nearest cell first."""
    opened = np.argsort(away(query, centres))[:nprobe]
    return np.concatenate([best_among(query, items, cell, one[None], k) for one in opened])


def cell_by_cell(query, items, cell, centres, nprobe, k):
    return per_cell(query, items, cell, centres, nprobe, len(items))[:k]


def ranked_cells(query, items, cell, centres, nprobe, k):
    """argsort taken for the rank of each cell."""
    return best_among(query, items, cell, np.flatnonzero(np.argsort(away(query, centres)) < nprobe), k)


def until_enough(query, items, cell, centres, nprobe, k):
    """Further cells opened until there are k items."""
    order = np.argsort(away(query, centres))
    while np.isin(cell, order[:nprobe]).sum() < k and nprobe < len(centres):
        nprobe += 1
    return best_among(query, items, cell, order[:nprobe], k)


def products(query, points):
    return -(points @ query)


def cosines(query, points):
    return products(query, points) / np.linalg.norm(points, axis=1)


def city_blocks(query, points):
    return abs(points - query).sum(1)


def by_another(*measures):
    """A mistake: cells or items or both ranked by something other than Euclid's distance."""

    def recognised(got, _, query, items, cell, centres, nprobe, k):
        pairs = [(a, b) for a in (away, *measures) for b in (away, *measures)][1:]
        for of_cells, of_items in pairs:
            among = np.flatnonzero(np.isin(cell, np.argsort(of_cells(query, centres))[:nprobe]))
            if np.array_equal(got, among[np.argsort(of_items(query, items[among]))[:k]]):
                return True
        return False

    return recognised


def out_of_order(got, expected, *case):
    """The right items in another order, or the first of the opened cells as they lie."""
    return np.array_equal(np.sort(got), np.sort(expected)) or np.array_equal(got, in_first_cells(*case)[: case[-1]])


def padded(got, expected, *case):
    n, got = len(expected), np.asarray(got)
    return len(got) == case[-1] > n and np.array_equal(got[:n], expected) and (got[n:] < 0).all()


def distances(got, expected, query, items, *_):
    squared = away(query, items[expected])
    return np.shape(got) == squared.shape and (np.allclose(got, squared) or np.allclose(got, np.sqrt(squared)))


PROBE = Exercise(
    id="matching_and_retrieval.probe_search",
    title="search in a few cells instead of everywhere",
    reference=probe_search,
    cases=probe_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("local", "these numbers count within the opened cells. Translate them back into the items' own numbers",
                when=lambda got, expected, *case: np.array_equal(in_first_cells(*case)[np.asarray(got)], expected)),
        Mistake("everything", "you compared with all items. That is exact, and what this was to avoid: only those of the "
                "opened cells",
                wrong=lambda q, X, cell, C, nprobe, k: np.argsort(away(q, X))[:k]),
        Mistake("one-cell", "you opened the nearest cell only, whatever nprobe says",
                wrong=lambda q, X, cell, C, nprobe, k: probe_search(q, X, cell, C, 1, k)),
        Mistake("one-more-cell", "you opened one cell too many. What does a slice [:nprobe] hold?",
                wrong=lambda q, X, cell, C, nprobe, k: probe_search(q, X, cell, C, nprobe + 1, k)),
        Mistake("until-enough", "you opened further cells until there were k items. nprobe says how many are opened; the answer "
                "may be shorter than k",
                wrong=until_enough),
        Mistake("padded", "right, but filled up to k with numbers that are no items. If the opened cells hold fewer, give fewer",
                when=padded),
        Mistake("far-cells", "you opened the cells that are *farthest* from the query",
                wrong=lambda q, X, cell, C, nprobe, k: best_among(q, X, cell, np.argsort(-away(q, C))[:nprobe], k)),
        Mistake("cells-in-order", "you opened cells 0 to nprobe - 1. Open those whose centres are nearest to the query",
                wrong=lambda q, X, cell, C, nprobe, k: best_among(q, X, cell, np.arange(nprobe), k)),
        Mistake("argsort", "np.argsort says which cell stands at each place. You used it as the place of each cell: that is "
                "another array. The cells to open are its first nprobe entries",
                wrong=ranked_cells),
        Mistake("far-items", "the right cells, but the farthest of their items", wrong=farthest_items),
        Mistake("unsorted", "items of the right cells, but not sorted: the nearest to the query comes first",
                when=out_of_order),
        Mistake("inner", "you ranked by inner product or by cosine. The distance asked for is Euclid's, for cells and for items",
                when=by_another(products, cosines)),
        Mistake("city-blocks", "you added absolute differences. Euclid's distance adds their squares, for cells and for items",
                when=by_another(city_blocks)),
        Mistake("merged-cells", "you listed the items cell by cell: the nearest cell's first. Sort all opened items together",
                when=lambda got, _, *case: np.array_equal(got, cell_by_cell(*case))),
        Mistake("k-per-cell", "these are k items of *each* opened cell. k was meant for all of them together",
                when=lambda got, _, *case: np.array_equal(np.sort(got), np.sort(per_cell(*case)))),
        Mistake("distances", "these are the distances. Give the numbers of the items that have them", when=distances),
        Mistake("vectors", "these are the items themselves. Give their numbers, as `items[number]` would need them",
                when=lambda got, expected, q, X, *_: np.shape(got) == (len(expected), X.shape[1])),
    ],
    hints=(
        "Two searches, one after the other: first a small one among the centres, then one among the items whose cell was opened.",
        "Sort the cells by the distance of their centres, keep nprobe. np.isin(cell, opened) marks the items that lie in them, "
        "np.flatnonzero "
        "gives their numbers; sort these by distance and keep k.",
        "opened = np.argsort(…)[:nprobe]\namong = np.flatnonzero(np.isin(cell, …))\nnear = np.argsort(…)[:k]\nreturn among[…]",
    ),
)  # fmt: skip
