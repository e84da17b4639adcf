"""Exact CCA beside cca-zoo's and scikit-learn's: speed, agreement, the memory of a stream of batches, and many processes.

python -m benchmarks.cca                           # all but the last, about a minute on 2 idle cores
python -m benchmarks.cca cca_zoo_ridge workers     # these parts; what others measured stays
python -m benchmarks.cca scikit_learn_full         # scikit-learn at full size, once: a quarter of an hour
"""

import argparse
import multiprocessing
import os
import tracemalloc
import warnings
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from cca_zoo import linear as cca_zoo
from sklearn import cross_decomposition
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from benchmarks.record import merge, paired_ratio, seconds
from mmlearn.align import CCA

THREADS, SEED = 2, 0
FULL = {"n": 10_000, "p": 512, "q": 384, "k": 64}
SMALL = {"n": 2_000, "p": 64, "q": 48, "k": 16}


def two_views(n: int, p: int, q: int, k: int, seed: int = SEED) -> tuple[np.ndarray, np.ndarray]:
    """Views that share k signals of falling strength, in noise."""
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal((n, k)) * np.linspace(3, 0.5, k)
    X, Y = (0.3 * shared @ rng.standard_normal((k, d)) + rng.standard_normal((n, d)) for d in (p, q))
    return X, Y


def correlations(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Correlation of each column of A with that of B."""
    A, B = (view - view.mean(axis=0) for view in (A, B))
    return (A * B).sum(axis=0) / np.sqrt((A**2).sum(axis=0) * (B**2).sum(axis=0))


def beside_cca_zoo(repeats: int) -> dict:
    X, Y = two_views(**FULL)
    ours, theirs = CCA(FULL["k"], reg=0), cca_zoo.CCA(n_components=FULL["k"])
    ratio = paired_ratio(lambda: theirs.fit([X, Y]), lambda: ours.fit(X, Y), repeats)
    gap = np.abs(ours.correlations_ - correlations(*theirs.transform([X, Y])))
    best = min(seconds(lambda: ours.fit(X, Y)) for _ in range(repeats))
    return {"size": FULL, "times_faster": ratio, "best_seconds": best, "largest_difference": float(gap.max())}


def ridge_of_cca_zoo(view: np.ndarray, reg: float) -> float:
    """Their shrinkage c of one view that is our `reg`.

    We add reg × m to each variance, m being the view's mean variance; they take (1 - c) C + c I = (1 - c) (C + c / (1 - c) I).
    The factor before the bracket only stretches the directions, so c / (1 - c) = reg × m.
    """
    ridge = reg * view.var(axis=0, ddof=1).mean()
    return float(ridge / (1 + ridge))


def beside_cca_zoo_with_ridge(repeats: int, regs: tuple[float, ...] = (0.1, 1.0)) -> list[dict]:
    """Views of unequal scales. The correlations are those of the embedded pairs: both methods' own are scaled otherwise."""
    X, Y = two_views(**FULL)
    X, Y = 3 * X, Y / 5
    rows = []
    for reg in regs:
        ours = CCA(FULL["k"], reg=reg)
        theirs = cca_zoo.RidgeCCA(n_components=FULL["k"], shrinkage=[ridge_of_cca_zoo(view, reg) for view in (X, Y)])
        ratio = paired_ratio(lambda a=ours: a.fit(X, Y), lambda b=theirs: b.fit([X, Y]), repeats)
        gap = np.abs(correlations(*ours.transform(X, Y)) - correlations(*theirs.transform([X, Y])))
        rows.append({"reg": reg, "size": FULL, "time_ratio": ratio, "largest_difference": float(gap.max())})
    return rows


def beside_scikit_learn(size: dict, repeats: int) -> dict:
    """Speed with its default settings; agreement over the leading components that its iteration brought to an end."""
    X, Y = two_views(**size)
    ours, theirs = CCA(size["k"], reg=0), cross_decomposition.CCA(n_components=size["k"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        if repeats > 1:
            ratio = paired_ratio(lambda: theirs.fit(X, Y), lambda: ours.fit(X, Y), repeats)
        else:  # theirs takes a quarter of an hour, so it runs once, between runs of ours
            before = [seconds(lambda: ours.fit(X, Y)) for _ in range(7)]
            taken = seconds(lambda: theirs.fit(X, Y))
            ratio = taken / np.median([*before, *(seconds(lambda: ours.fit(X, Y)) for _ in range(7))])
    unfinished = np.append(np.asarray(theirs.n_iter_) >= theirs.max_iter, True)
    converged = int(unfinished.argmax())
    gap = np.abs(ours.correlations_ - correlations(*theirs.transform(X, Y)))[:converged]
    return {
        "size": size,
        "times_faster": float(ratio),
        "components_converged": converged,
        "largest_difference_at_its_default_tolerance": float(gap.max()) if converged else None,
    }


def agreement_when_converged() -> float:
    """Largest difference from scikit-learn's correlations where its iteration may run until it has converged."""
    size = {"n": 2_000, "p": 40, "q": 30, "k": 10}
    X, Y = two_views(**size)
    peer = cross_decomposition.CCA(n_components=size["k"], max_iter=100_000, tol=1e-14).fit(X, Y)
    return float(np.abs(CCA(size["k"], reg=0).fit(X, Y).correlations_ - correlations(*peer.transform(X, Y))).max())


def stream(pairs: tuple[int, ...] = (5_000, 20_000, 80_000), batch: int = 1_000) -> list[dict]:
    """Peak memory, in megabytes, of learning from batches that are made one at a time."""
    rows = []
    for n in pairs:
        cca = CCA(FULL["k"], reg=0.1)
        tracemalloc.start()
        for seed in range(n // batch):
            cca.partial_fit(*two_views(batch, FULL["p"], FULL["q"], FULL["k"], seed))
        rows.append({"pairs": n, "megabytes": tracemalloc.get_traced_memory()[1] / 1e6})
        tracemalloc.stop()
    return rows


def stream_equals_fit() -> float:
    """Largest difference of the correlations after batches, and after merging two shards, from those of one fit."""
    X, Y = two_views(**FULL)
    whole, batches = CCA(FULL["k"]).fit(X, Y), CCA(FULL["k"])
    for start in range(0, len(X), 777):
        batches.partial_fit(X[start : start + 777], Y[start : start + 777])
    shards = CCA(FULL["k"]).fit(X[:3000], Y[:3000]).merge(CCA(FULL["k"]).fit(X[3000:], Y[3000:]))
    return float(max(np.abs(other.correlations_ - whole.correlations_).max() for other in (batches, shards)))


def workers(processes: int = 2, shards: int = 8) -> dict:
    """Shards learned in processes of their own and merged, beside one fit: what crosses between them, and how equal they are."""
    X, Y = two_views(**FULL)
    whole, total = CCA(FULL["k"]).fit(X, Y), CCA(FULL["k"])
    parts = zip(np.array_split(X, shards), np.array_split(Y, shards), strict=True)
    # Each process starts afresh ("spawn"), as it would on another machine.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        tasks = [pool.submit(learned, x, y) for x, y in parts]
        pids = set()
        for task in tasks:
            pid, shard = task.result()
            pids.add(pid)
            total.merge(shard)
    return {
        "size": FULL,
        "shards": shards,
        "processes": len(pids),
        "largest_difference": float(np.abs(total.correlations_ - whole.correlations_).max()),
        "megabytes_of_a_shard": (X.nbytes + Y.nbytes) / shards / 1e6,
        "megabytes_of_its_moments": total.moments_.scatter.nbytes / 1e6,
    }


def learned(X: np.ndarray, Y: np.ndarray) -> tuple[int, CCA]:
    """What one worker does: its process number, and a CCA that has seen its shard."""
    return os.getpid(), CCA(FULL["k"]).partial_fit(X, Y)


PARTS = {
    "cca_zoo": beside_cca_zoo,
    "cca_zoo_ridge": beside_cca_zoo_with_ridge,
    "scikit_learn_small": lambda repeats: beside_scikit_learn(SMALL, min(repeats, 3)),
    "scikit_learn_converged_difference": lambda _: agreement_when_converged(),
    "stream_memory": lambda _: stream(),
    "stream_difference": lambda _: stream_equals_fit(),
    "workers": lambda _: workers(),
    "scikit_learn_full": lambda _: beside_scikit_learn(FULL, 1),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to measure; all but scikit_learn_full if none")
    parser.add_argument("--repeats", type=int, default=7, help="paired runs a ratio")
    options = parser.parse_args()
    for name in options.parts or list(PARTS)[:-1]:
        with threadpool_limits(THREADS):
            figure = PARTS[name](options.repeats)
        print(f"{name}: {figure}", flush=True)
        merge("cca", {"threads": THREADS, name: figure}, [SEED])


if __name__ == "__main__":
    main()
