"""Chapter 00's table: search among 500 unseen stamps and clipart, five splits, both directions, nothing chosen on test.

    python -m benchmarks.start_here

Every method sees the same vectors and splits. Ridge, number of directions and steps are chosen by R@10 on validation pairs;
the other settings of the contrastive head are fixed, and CCA without ridge keeps the number of directions chosen with it.
A star marks methods that look at all test queries at once (CSLS): they suit a benchmark better than a search box.
"""

import numpy as np

from benchmarks import record
from mmlearn import data, evaluate, features, profiles
from mmlearn.align import CCA, Contrastive, csls, weighted_similarity

SEEDS = (0, 1, 2, 3, 4)
RIDGES = (0.1, 0.3, 1.0, 3.0, 10.0)
KS = (64, 128, 256, 384)
CONTROLS = (
    "leaky split: CCA",
    "leaky split: CCA, weighted + CSLS*",
    "CCA without ridge",
    "naive: vectors cut to one length",
    "shuffled pairs",
    "picture alone, caption ignored",
    "caption alone, picture ignored",
)
SIZE = profiles.settings("00_start_here", "laptop")


def vectors() -> tuple[data.Pairs, np.ndarray, np.ndarray, np.ndarray]:
    """The pairs, their picture vectors X and their caption vectors Y."""
    pairs = data.join(*(data.load(name, split="all") for name in ("stamps", "clipart")))
    images = pairs.column("image")
    X = features.encode(features.pretrained.image(size=SIZE.pixels), images)
    Y = features.encode(features.pretrained.text(), pairs.captions)
    return pairs, X, Y


def report(similarity: np.ndarray) -> dict[str, float]:
    """Mean of both directions."""
    return evaluate.retrieval_report(similarity)["both"]


def recall(similarity: np.ndarray) -> float:
    """R@10, mean of both directions: what everything is chosen by."""
    return (evaluate.recall_at_k(similarity, 10) + evaluate.recall_at_k(similarity.T, 10)) / 2


def similarities(cca: CCA, k: int, X: np.ndarray, Y: np.ndarray, power: float) -> np.ndarray:
    """Captions against pictures along the first k directions, each weighted by its correlation to this power."""
    A, B = cca.transform(X, Y)
    return weighted_similarity(B[:, :k], A[:, :k], cca.correlations_[:k], power)


def chosen_cca(X, Y, train, val, power: float) -> tuple[CCA, int]:
    """The CCA and the number of directions that do best on validation pairs; training pairs are read once."""
    moments = CCA(n_components=1).fit(X[train], Y[train])
    tried = []
    for reg in RIDGES:
        cca = CCA(n_components=max(KS), reg=reg).merge(moments)
        tried += [(recall(similarities(cca, k, X[val], Y[val], power)), reg, k, cca) for k in KS]
    _, _, k, cca = max(tried, key=lambda t: t[0])
    return cca, k


def contrastive(X, Y, train, val, test, seed: int) -> np.ndarray:
    """A linear map of each view, trained with the symmetric InfoNCE loss; its best moment by validation."""
    head = Contrastive(n_components=256, dropout=0.3, steps=400, seed=seed)
    head.fit(X[train], Y[train], validation=[X[val], Y[val]])
    return evaluate.cosine_similarity(head.transform(Y[test], view=1), head.transform(X[test], view=0))


def searched(X, Y, train, val, test, power: float) -> tuple[np.ndarray, CCA, int]:
    """Similarities of test captions and pictures by CCA chosen on validation pairs, the CCA, and its directions."""
    cca, k = chosen_cca(X, Y, train, val, power)
    return similarities(cca, k, X[test], Y[test], power), cca, k


def one_split(pairs, X, Y, seed: int, live: bool = False) -> dict[str, dict[str, float]]:
    """Every row of the table on one split; `live` gives only the row a test measures again."""
    test, val, train = data.splits.grouped(pairs.groups, (SIZE.test, SIZE.val), seed=seed)
    S, cca, k = searched(X, Y, train, val, test, power=0)
    rows = {"CCA": report(S)}
    if live:
        return rows
    W, *_ = searched(X, Y, train, val, test, power=1)
    H = contrastive(X, Y, train, val, test, seed)
    both = (W - W.mean()) / W.std() + (H - H.mean()) / H.std()
    rows |= {
        "CCA + CSLS*": report(csls(S)),
        "CCA, directions weighted": report(W),
        "CCA, weighted + CSLS*": report(csls(W)),
        "linear contrastive head": report(H),
        "weighted CCA + head": report(both),
        "weighted CCA + head + CSLS*": report(csls(both)),
    }
    return rows | leaky(X, Y, seed) | controls(X, Y, train, test, cca, k, seed)


def leaky(X, Y, seed: int) -> dict[str, dict[str, float]]:
    """The same at random splits, which tear near-duplicates apart: not a result, but what many papers would report."""
    order = np.random.default_rng(seed).permutation(len(X))
    test, val, train = np.split(order, [SIZE.test, SIZE.test + SIZE.val])
    S, *_ = searched(X, Y, train, val, test, power=0)
    W, *_ = searched(X, Y, train, val, test, power=1)
    return {"leaky split: CCA": report(S), "leaky split: CCA, weighted + CSLS*": report(csls(W))}


def controls(X, Y, train, test, cca: CCA, k: int, seed: int) -> dict[str, dict[str, float]]:
    """The same without what we believe in: without ridge, without pairs, without a query, without alignment."""
    plain = CCA(n_components=k, reg=0).merge(cca)
    shuffled = np.random.default_rng(seed).permutation(train)
    wrong = CCA(n_components=k, reg=cca.reg).fit(X[train], Y[shuffled])
    A, B = cca.transform(X[test], Y[test])
    # One view alone: the item's own strength in the space ranks it, whatever is asked.
    alone = [np.tile(np.linalg.norm(view, axis=1), (len(test), 1)) for view in (A, B)]
    hits = {
        "picture alone, caption ignored": {f"R@{n}": evaluate.recall_at_k(alone[0], n) for n in (1, 5, 10)},
        "caption alone, picture ignored": {f"R@{n}": evaluate.recall_at_k(alone[1], n) for n in (1, 5, 10)},
    }
    return {
        "CCA without ridge": report(similarities(plain, k, X[test], Y[test], 0)),
        "naive: vectors cut to one length": report(evaluate.cosine_similarity(Y[test], X[test][:, : Y.shape[1]])),
        "shuffled pairs": report(similarities(wrong, k, X[test], Y[test], 0)),
        **hits,
    }


def main() -> None:
    pairs, X, Y = vectors()
    runs = [one_split(pairs, X, Y, seed) for seed in SEEDS]
    scores = evaluate.Scores()
    for name in runs[0]:
        kind = "control" if name in CONTROLS else "method"
        scores.add(name, [run[name] for run in runs], kind)
    lots = {f"R@{k}": evaluate.chance(SIZE.test, k) for k in (1, 5, 10)}
    scores.add("random guessing", [lots], "chance")
    print(scores)
    record.write("start_here", scores.figures(), SEEDS)


if __name__ == "__main__":
    main()
