"""The table of chapters 05 to 09: every aligner on the same vectors and the same five splits, by one protocol.

    python -m benchmarks.alignment                    # every row
    python -m benchmarks.alignment "CCA" "InfoNCE"    # these
    python -m benchmarks.alignment --missing          # those that are not stored yet
    python -m benchmarks.alignment --list             # the names

A row is a chooser, `choose(X, Y, train, val, seed) -> similarity`. X holds the picture vectors (n, 1280) and Y the caption
vectors (n, 384) of all pairs, `train` and `val` the row numbers to learn from and to choose with; `similarity(rows)` gives
captions (down) against pictures (across) of these rows. The test rows of X and Y are NaN until the chooser has returned, so
that nothing can be learned or chosen on them. Choosers stand in `benchmarks/align_<chapter>.py`, each of which has

    ALIGNERS: dict[str, chooser]; and, if it likes, KINDS: {name: "control"} and SHUFFLED: names to run on wrong pairs too.

A star marks rows that look at all test queries at once (CSLS): they suit a benchmark better than a search box.
"""

import argparse
import functools
import importlib
import importlib.util
import json
from collections.abc import Callable

import numpy as np

from benchmarks import record, start_here
from mmlearn import data, evaluate

SEEDS = (0, 1, 2, 3, 4)
TEST, VAL = 500, 400
CHAPTERS = ("matching_and_retrieval", "cca", "nonlinear_cca", "contrastive", "other_alignments")
WRONG = "shuffled pairs: "
Similarity = Callable[[np.ndarray], np.ndarray]
Chooser = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int], Similarity]


def cca(X, Y, train, val, seed) -> Similarity:
    """The row that all others are compared with: ridge and number of directions chosen on validation pairs."""
    model, k = start_here.chosen_cca(X, Y, train, val, power=0)
    return lambda rows: start_here.similarities(model, k, X[rows], Y[rows], power=0)


def naive(X, Y, train, val, seed) -> Similarity:
    """No alignment: the first 384 numbers of the picture's vector against the caption's."""
    return lambda rows: evaluate.cosine_similarity(Y[rows], X[rows][:, : Y.shape[1]])


def one_view(of: int) -> Chooser:
    """Without a query: each item's own strength in CCA's space ranks it, whatever is asked."""

    def choose(X, Y, train, val, seed) -> Similarity:
        model, k = start_here.chosen_cca(X, Y, train, val, power=0)

        def similarity(rows: np.ndarray) -> np.ndarray:
            strength = np.linalg.norm(model.transform((X, Y)[of][rows], view=of)[:, :k], axis=1)
            return np.tile(strength, (len(rows), 1)) if of == 0 else np.tile(strength[:, None], len(rows))

        return similarity

    return choose


BASE: dict[str, Chooser] = {
    "CCA": cca,
    "naive: vectors cut to one length": naive,
    "picture alone, caption ignored": one_view(0),
    "caption alone, picture ignored": one_view(1),
}


def choosers() -> tuple[dict[str, Chooser], dict[str, str]]:
    """All rows in their order, and the kind of those that are no methods."""
    rows, kinds = dict(BASE), dict.fromkeys(list(BASE)[1:], "control")
    wrong = ["CCA"]
    for chapter in CHAPTERS:
        if importlib.util.find_spec(f"benchmarks.align_{chapter}") is None:
            continue
        module = importlib.import_module(f"benchmarks.align_{chapter}")
        if twice := rows.keys() & module.ALIGNERS.keys():
            raise ValueError(f"benchmarks.align_{chapter} names rows that are there already: {sorted(twice)}")
        rows |= module.ALIGNERS
        kinds |= getattr(module, "KINDS", {})
        wrong += getattr(module, "SHUFFLED", [])
    rows |= {WRONG + name: on_wrong_pairs(rows[name]) for name in wrong}
    return rows, kinds | {WRONG + name: "control" for name in wrong}


def on_wrong_pairs(choose: Chooser) -> Chooser:
    """The same on training pictures with captions of others; it should fall to chance."""

    def choose_on_wrong(X, Y, train, val, seed) -> Similarity:
        order, wrong = np.arange(len(X)), np.random.default_rng(seed).permutation(train)
        order[train] = wrong
        shuffled = Y[order]
        similarity = choose(X, shuffled, train, val, seed)

        def revealed(rows: np.ndarray) -> np.ndarray:
            shuffled[rows] = Y[rows]
            return similarity(rows)

        return revealed

    return choose_on_wrong


@functools.cache
def vectors() -> tuple[list, np.ndarray, np.ndarray]:
    """The group of each pair, the pictures' vectors X and the captions' vectors Y."""
    pairs, X, Y = start_here.vectors()
    return list(pairs.groups), X, Y


def one_split(choose: Chooser, seed: int) -> tuple[dict[str, float], np.ndarray, np.ndarray]:
    """The metrics of one row on one split, R@10 of each test pair (n,), and its group (n,)."""
    groups, X, Y = vectors()
    test, val, train = data.splits.grouped(groups, (TEST, VAL), seed=seed)
    views = [V.copy() for V in (X, Y)]
    for view in views:
        view[test] = np.nan
    similarity = choose(*views, train, val, seed)
    for view, whole in zip(views, (X, Y), strict=True):
        view[test] = whole[test]
    S = similarity(test)
    hits = (evaluate.hits_at_k(S, 10) + evaluate.hits_at_k(S.T, 10)) / 2
    return evaluate.retrieval_report(S)["both"], hits, np.array([str(groups[i]) for i in test])


def measured(choose: Chooser) -> tuple[list[dict[str, float]], np.ndarray, np.ndarray]:
    """All splits of one row: the metrics of each, and hits and groups of all test pairs in one."""
    runs, hits, groups = zip(*(one_split(choose, seed) for seed in SEEDS), strict=True)
    return list(runs), np.concatenate(hits), np.concatenate(groups)


@functools.cache
def reference() -> np.ndarray:
    return measured(cca)[1]


def row(name: str, choose: Chooser, kind: str) -> tuple[evaluate.Scores, evaluate.Scores]:
    """One row of the table, and by how much it is ahead of CCA on the same test pairs, groups drawn together."""
    table, gains = evaluate.Scores(), evaluate.Scores()
    runs, hits, groups = measured(choose)
    table.add(name, runs, kind)
    if name != "CCA":
        ahead = evaluate.paired_bootstrap(hits, reference(), groups=groups)
        gains.add(name, [{"R@10": ahead.difference, "low": ahead.low, "high": ahead.high, "p": ahead.p_value}], kind)
    return table, gains


def stored() -> dict[str, dict]:
    """What earlier runs measured."""
    path = record.path_of("alignment")
    return json.loads(path.read_text(encoding="utf-8"))["figures"] if path.exists() else {}


def keep(order: list[str], **tables: dict) -> None:
    """Add rows to what is stored, in the order of the table."""
    before = stored()
    parts = {}
    for key, rows in tables.items():
        together = {**before.get(key, {}), **rows}
        known = {name: together[name] for name in order if name in together}
        parts[key] = known | together
    record.merge("alignment", parts, SEEDS)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="*")
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--list", action="store_true")
    asked = parser.parse_args()
    rows, kinds = choosers()
    if asked.list:
        print(*rows, sep="\n")
        return
    if unknown := set(asked.rows) - set(rows):
        parser.error(f"there is no row {sorted(unknown)}; --list names them")
    order = [*rows, "random guessing"]
    lots = evaluate.Scores()
    metrics = {f"R@{k}": evaluate.chance(TEST, k) for k in (1, 5, 10)} | {"median rank": (TEST + 1) / 2}
    lots.add("random guessing", [metrics], "chance")
    keep(order, table=lots.figures(), gains={})
    for name in asked.rows or rows:
        if asked.missing and name in stored()["table"]:
            continue
        table, gains = row(name, rows[name], kinds.get(name, "method"))
        keep(order, table=table.figures(), gains=gains.figures())
        print(table, flush=True)


if __name__ == "__main__":
    main()
