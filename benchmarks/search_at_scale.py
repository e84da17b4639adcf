"""Chapter 05's tables about many items: exact search beside faiss, its growth, and approximate search among clusters.

They are parts of `benchmarks.matching_and_retrieval`: speed, growth, approximate, memory. All of them on one thread, and
timed by the processor's own clock: what other programs do meanwhile hardly counts then.
"""

import time
from collections.abc import Callable, Iterator

import faiss
import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import record
from mmlearn import evaluate
from mmlearn.align import FlatIndex, hamming_search

THREADS, K = 1, 10
DIM, ITEMS, QUERIES = 256, 100_000, 1000
FLAT = {"inner": faiss.IndexFlatIP, "euclidean": faiss.IndexFlatL2}
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
CLUSTERED, WIDTH, CLUSTERS = (10_000, 100_000, 1_000_000), 64, 2000


def normal(n: int, d: int, seed: int) -> np.ndarray:
    """Random vectors (n, d) float32."""
    return np.random.default_rng(seed).standard_normal((n, d), dtype=np.float32)


def clusters(n: int, seed: int, d: int = WIDTH) -> np.ndarray:
    """Points about 2,000 centres, which are the same for every seed, of unequal sizes: (n, d) float32."""
    centres = normal(CLUSTERS, d, 0)
    rng = np.random.default_rng([1, seed])
    share = 1 / np.arange(1, CLUSTERS + 1) ** 0.5
    return centres[rng.choice(CLUSTERS, n, p=share / share.sum())] + 0.5 * rng.standard_normal((n, d), dtype=np.float32)


def seconds(work: Callable[[], object]) -> float:
    """Seconds that the processor spent on one call."""
    return record.seconds(work, time.process_time)


def one_by_one(index: object, queries: np.ndarray) -> None:
    for query in queries:
        index.search(query[None], K)


def beside_faiss(metric: str, at_once: bool, rounds: int = 1) -> list[dict[str, float]]:
    """Time of ours over theirs, several times; every query's items and their order must be the same."""
    items, queries = normal(ITEMS, DIM, 0), normal(QUERIES, DIM, 1)
    ours, theirs = FlatIndex(items, metric), FLAT[metric](DIM)
    theirs.add(items)
    different = float((ours.search(queries, K)[1] != theirs.search(queries, K)[1]).sum())
    asked = queries if at_once else queries[:30]
    runs = []
    for _ in range(rounds):
        work = [(lambda i=i: i.search(asked, K)) if at_once else (lambda i=i: one_by_one(i, asked)) for i in (ours, theirs)]
        ratio = record.paired_ratio(*work, repeats=15, clock=time.process_time)
        mine, peer = (1000 * seconds(one) / len(asked) for one in work)
        taken = {"ms a query, ours": mine, "ms a query, faiss": peer}
        runs.append({"time, ours / faiss": ratio, **taken, "ids that differ": different})
    return runs


def speed(scores: evaluate.Scores) -> None:
    """100,000 × 256, 1,000 queries at once and one at a time."""
    for metric in FLAT:
        for name, at_once in (("1,000 at once", True), ("one at a time", False)):
            scores.add(f"{metric}, {name}", beside_faiss(metric, at_once))


def growth(scores: evaluate.Scores) -> None:
    """Milliseconds a query by number of items, 256 numbers each; and in how many of 1,000 places the items differ."""
    everything, queries = normal(SIZES[-1], DIM, 0), normal(100, DIM, 1)
    rows: dict[str, dict] = {}
    for n in SIZES:
        items = everything[:n]
        ours, theirs = FlatIndex(items), faiss.IndexFlatIP(DIM)
        theirs.add(items)
        differ = (ours.search(queries, K)[1] != theirs.search(queries, K)[1]).sum()
        rows.setdefault("ids that differ", {})[f"{n:,}"] = float(differ)
        for name, index in (("ours", ours), ("faiss", theirs)):
            alone = np.median([seconds(lambda i=index: one_by_one(i, queries[:5])) / 5 for _ in range(3)])
            together = np.median([seconds(lambda i=index: i.search(queries, K)) / 100 for _ in range(3)])
            rows.setdefault(f"{name}, one at a time", {})[f"{n:,}"] = 1000 * float(alone)
            rows.setdefault(f"{name}, 100 at once", {})[f"{n:,}"] = 1000 * float(together)
        del ours, theirs
    for name, row in rows.items():
        scores.add(name, [row])


def indexes(n: int) -> Iterator[tuple[str, Callable[[], faiss.Index], str, tuple, float]]:
    """Approximate indexes: name, how to make one, the knob turned when searching, its values, and bytes an item."""
    lists = int(2 * np.sqrt(n))

    def flat(metric: int = faiss.METRIC_L2) -> faiss.Index:
        return faiss.IndexFlat(WIDTH, metric)

    yield "IVF", lambda: faiss.IndexIVFFlat(flat(), WIDTH, lists), "nprobe", (1, 2, 4, 8, 16, 32), 4 * WIDTH + 8
    yield "HNSW", lambda: faiss.IndexHNSWFlat(WIDTH, 16), "efSearch", (10, 20, 40, 80, 160), 4 * WIDTH + 4 * 32
    yield "IVF-PQ", lambda: faiss.IndexIVFPQ(flat(), WIDTH, lists, 16, 8), "nprobe", (1, 4, 16, 64), 16 + 8


def built(make: Callable[[], faiss.Index], items: np.ndarray) -> tuple[faiss.Index, float]:
    """A trained and filled index, and the seconds that took."""
    start = time.process_time()
    index = make()
    if not index.is_trained:
        if hasattr(index, "cp"):
            index.cp.min_points_per_centroid, index.cp.niter = 5, 10
        index.train(items[: 50 * getattr(index, "nlist", 256)])
    index.add(items)
    return index, time.process_time() - start


def approximate(scores: evaluate.Scores) -> None:
    """Share of the true ten nearest that are found, and milliseconds a query, as a knob is turned."""
    for n in CLUSTERED:
        items, queries = clusters(n, 0), clusters(500, 1)
        exact = FlatIndex(items, "euclidean")
        truth = exact.search(queries, K)[1]
        taken = 1000 * seconds(lambda e=exact, q=queries: one_by_one(e, q[:50])) / 50
        scores.add(f"{n:,} exact", [{"recall": 1.0, "ms a query": taken, "bytes an item": 4.0 * WIDTH}])
        for name, make, knob, values, size in indexes(n):
            index, building = built(make, items)
            for value in values:
                setattr(index.hnsw if name == "HNSW" else index, knob, value)
                found = index.search(queries, K)[1]
                recall = np.mean([len(np.intersect1d(a, b)) / K for a, b in zip(found, truth, strict=True)])
                taken = np.median([seconds(lambda i=index, q=queries: one_by_one(i, q)) for _ in range(3)]) / len(queries)
                row = {"recall": float(recall), "ms a query": 1000 * float(taken), "bytes an item": float(size)}
                scores.add(f"{n:,} {name} {knob} {value}", [row | {"seconds to build": building}])
            del index


def memory(scores: evaluate.Scores) -> None:
    """A million items as real numbers and as codes: megabytes, and milliseconds a query, one at a time."""
    n = 1_000_000
    for bits in (64, 256):
        codes = np.random.default_rng(0).integers(0, 256, (n, bits // 8), dtype=np.uint8)
        theirs = faiss.IndexBinaryFlat(bits)
        theirs.add(codes)
        for name, find in (("ours", lambda q, c=codes: hamming_search(q, c, K)), ("faiss", lambda q, t=theirs: t.search(q, K))):
            taken = np.median([seconds(lambda i=i, f=find, c=codes: f(c[i : i + 1])) for i in range(20)])
            scores.add(f"{bits} bits, {name}", [{"megabytes": codes.nbytes / 1e6, "ms a query": 1000 * float(taken)}])
    items = normal(n, DIM, 0)
    index = FlatIndex(items)
    taken = np.median([seconds(lambda i=i: index.search(items[i : i + 1], K)) for i in range(20)])
    scores.add("256 numbers (float32), ours", [{"megabytes": items.nbytes / 1e6, "ms a query": 1000 * float(taken)}])


PARTS = {"speed": speed, "growth": growth, "approximate": approximate, "memory": memory}


def measured(name: str) -> evaluate.Scores:
    """One part, on one thread."""
    scores = evaluate.Scores()
    faiss.omp_set_num_threads(THREADS)
    with threadpool_limits(THREADS):
        PARTS[name](scores)
    return scores
