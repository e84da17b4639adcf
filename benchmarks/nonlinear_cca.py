"""Chapter 07's tables: kernel CCA and GCCA beside cca-zoo, deep CCA on noisy digits, its loss beside the textbook's, three views.

    python -m benchmarks.nonlinear_cca [zoo digits hundred three_views …]

Everything is chosen on validation pairs, never on test pairs.
"""

import sys

import numpy as np

from benchmarks import record
from benchmarks.cca import correlations, two_views
from mmlearn import evaluate
from mmlearn.align import CCA, GCCA, DeepCCA, KernelCCA, median_gamma
from mmlearn.data.two_views import TwoViews, noisy_digits
from mmlearn.evaluate import Scores

SEEDS = (0, 1, 2, 3, 4)
THREADS = 1  # more would wait for each other on a machine that has other work
K = 10  # directions of the digits: one more than nine, all that ten classes can need
RIDGES = (0.01, 0.1, 0.3, 1.0, 3.0)
WIDTHS = (4.0, 8.0, 16.0)  # times the median heuristic's gamma
KERNEL_RIDGES = (0.0000125, 0.00005, 0.0002)
DEEP = {"hidden": (512, 256), "dropout": 0.4, "steps": 1500, "batch": 512, "every": 100}
PAIRS = {"train": 2000, "val": 1000, "test": 2000}
NOISE = 0.2


# beside cca-zoo -------------------------------------------------------------------------------------------------------


def largest_gap(ours, theirs, views, new) -> float:
    """Largest difference of any correlation of two views' embeddings, on the fitted rows and on new ones."""
    gaps = []
    for rows in (views, new):
        A, B = ours.transform(rows), theirs.transform(rows)
        pairs = [(i, j) for i in range(len(rows)) for j in range(i)]
        gaps += [np.abs(correlations(A[i], A[j]) - correlations(B[i], B[j])).max() for i, j in pairs]
    return float(max(gaps))


def absolute_ridges(kcca: KernelCCA) -> list[float]:
    """What the relative ridge comes to in each view: reg × the total variance in feature space."""
    kernels = [kcca._kernel(kept.rows, kept.rows, kept.gamma) for kept in kcca.features_]
    return [kcca.reg * (np.trace(K) - K.mean() * len(K)) / (len(K) - 1) for K in kernels]


def kernel_beside_zoo(kernel: str, n: int, repeats: int, k: int = 8) -> dict:
    from cca_zoo.nonparametric import KCCA

    X, Y = two_views(n + 200, 40, 30, k)
    train, new = [v[:n] for v in (X, Y)], [v[n:] for v in (X, Y)]
    gammas = [median_gamma(view) for view in train]
    ours = KernelCCA(kernel, gamma=gammas, n_components=k, reg=0.01).fit(*train)
    shrinkage = [ridge / (1 + ridge) for ridge in absolute_ridges(ours)]
    theirs = KCCA(k, kernel=kernel, gamma=gammas, shrinkage=shrinkage).fit(train)
    ratio = record.paired_ratio(lambda: ours.fit(*train), lambda: theirs.fit(train), repeats)
    gap = 1e9 * largest_gap(ours, theirs, train, new)
    return {"rows": n, "largest difference, billionths": gap, "time, ours / theirs": ratio}


def gcca_beside_zoo(n: int, reg: float, repeats: int, k: int = 16) -> dict:
    from cca_zoo import linear

    X, Y = two_views(n + 200, 256, 192, k)
    Z = X @ np.random.default_rng(1).standard_normal((256, 64)) / 16 + two_views(n + 200, 64, 2, k, seed=2)[0]
    train, new = [v[:n] for v in (X, Y, Z)], [v[n:] for v in (X, Y, Z)]
    ridges = [reg * view.var(axis=0, ddof=1).mean() for view in train]
    shrinkage = [ridge / (1 + ridge) for ridge in ridges]
    ours = GCCA(k, reg=reg).fit(train)
    theirs = linear.GCCA(k, shrinkage=shrinkage, view_weights=[1 - c for c in shrinkage]).fit(train)
    ratio = record.paired_ratio(lambda: ours.fit(train), lambda: theirs.fit(train), repeats)
    gap = 1e9 * largest_gap(ours, theirs, train, new)
    return {"rows": n, "largest difference, billionths": gap, "time, ours / theirs": ratio}


def zoo(repeats: int = 7) -> dict:
    from threadpoolctl import threadpool_limits

    scores = Scores()
    with threadpool_limits(THREADS):
        for kernel in ("rbf", "linear", "poly"):
            scores.add(f"kernel CCA, {kernel}", [kernel_beside_zoo(kernel, 1000, repeats)])
            print(scores, flush=True)
        for reg in (0.0, 0.3):
            scores.add(f"GCCA of three views, ridge {reg:g}", [gcca_beside_zoo(10_000, reg, repeats)])
            print(scores, flush=True)
    return scores.figures()


# noisy digits ---------------------------------------------------------------------------------------------------------


def total(aligner, part: TwoViews) -> float:
    """The total correlation of held-out pairs."""
    return K * aligner.score(part.X, part.Y)


def probed(represent, parts: dict[str, TwoViews]) -> float:
    """Linear-probe accuracy of the first view's embedding."""
    return evaluate.linear_probe(*((represent(parts[name].X), parts[name].labels) for name in ("train", "val", "test"))).accuracy


def linear(parts: dict[str, TwoViews], seed: int = 0) -> CCA:
    train, val = parts["train"], parts["val"]
    return max((CCA(K, reg=reg).fit(train.X, train.Y) for reg in RIDGES), key=lambda a: total(a, val))


def kernel(parts: dict[str, TwoViews], seed: int = 0) -> KernelCCA:
    """The best of all widths and ridges by validation pairs."""
    train, val = parts["train"], parts["val"]
    gammas = [median_gamma(view) for view in (train.X, train.Y)]
    tried = (
        KernelCCA(gamma=[width * gamma for gamma in gammas], n_components=K, reg=reg).fit(train.X, train.Y)
        for width in WIDTHS
        for reg in KERNEL_RIDGES
    )
    best = max(tried, key=lambda a: total(a, val))
    print(f"seed {seed}: {best.gamma[0] / gammas[0]:g} times the median heuristic's gamma, ridge {best.reg:g}", flush=True)
    return best


def deep(parts: dict[str, TwoViews], seed: int = 0) -> DeepCCA:
    """Its best moment by validation pairs."""
    train, val = parts["train"], parts["val"]
    return DeepCCA(n_components=K, seed=seed, **DEEP).fit(train.X, train.Y, validation=[val.X, val.Y])


METHODS = {"linear CCA": linear, "kernel CCA": kernel, "deep CCA": deep}


def measured(aligner, parts: dict[str, TwoViews]) -> dict[str, float]:
    test = parts["test"]
    return {"total correlation": total(aligner, test), "probe accuracy": probed(lambda X: aligner.transform(X, view=0), parts)}


def shuffled(parts: dict[str, TwoViews], seed: int) -> dict[str, TwoViews]:
    """The same pairs with partners exchanged in training."""
    train = parts["train"]
    wrong = np.random.default_rng(seed).permutation(len(train.X))
    return {**parts, "train": train._replace(Y=train.Y[wrong])}


def digits() -> dict:
    scores, tasks = Scores(), {seed: noisy_digits(PAIRS, seed, noise=NOISE) for seed in SEEDS}
    for name, method in METHODS.items():
        scores.add(name, [measured(method(parts, seed), parts) for seed, parts in tasks.items()])
        print(scores, flush=True)
    wrong = [measured(linear(shuffled(parts, seed)), parts) for seed, parts in tasks.items()]
    scores.add("shuffled pairs: linear CCA", wrong, "control")
    scores.add("pixels", [{"probe accuracy": probed(lambda X: X, parts)} for parts in tasks.values()], "control")
    chance = [{"probe accuracy": evaluate.majority(p["train"].labels, p["test"].labels)} for p in tasks.values()]
    scores.add("always the commonest class", chance, "chance")
    scores.add("ceiling: nine directions", [{"total correlation": 9.0}], "ceiling")
    print(scores)
    return scores.figures()


# a hundred runs -------------------------------------------------------------------------------------------------------


def hundred(runs: int = 100) -> dict:
    from benchmarks.nonlinear_cca_stress import LOSSES, survived

    scores = Scores()
    for name, loss in LOSSES.items():
        broken = [not survived(loss, seed) for seed in range(runs)]
        scores.add(name, [{"runs": runs, "runs with NaN": sum(broken)}])
    print(scores)
    return scores.figures()


def three_views() -> dict:
    from benchmarks.nonlinear_cca_speech import table

    return table(SEEDS)


PARTS = {"zoo": zoo, "digits": digits, "hundred": hundred, "three_views": three_views}


def main() -> None:
    for part in sys.argv[1:] or PARTS:
        print(record.merge("nonlinear_cca", {part: PARTS[part]()}, SEEDS))


if __name__ == "__main__":
    main()
