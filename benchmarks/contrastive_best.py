"""Chapter 08: the best search among 500 unseen stamps and clipart that we found, from the same vectors as everybody's.

What a picture's vector knows is written out first. The encoder's last layer, which the course leaves out elsewhere, turns
the vector into probabilities of ImageNet's 1,000 classes; their names, in MiniLM's space and weighted by these
probabilities, say in words what may be seen (Norouzi et al., 2014, "Zero-shot learning by convex combination of semantic
embeddings", ICLR). Three methods look at vector, words and probabilities together: weighted CCA; a contrastive head; and a
bridge over the training pairs, by which a caption is near a picture if similar captions had similar pictures. Their
standardised similarities are added, and hubs repaired by CSLS. Ridge, directions, the best moment and the
sharpness of the bridge are chosen on validation pairs.
"""

import functools

import numpy as np
from sklearn.decomposition import PCA

from benchmarks import start_here
from mmlearn import data, evaluate, features
from mmlearn.align import CCA, Contrastive, csls

SEEDS = start_here.SEEDS
DIRECTIONS, TEMPERATURE = 512, 2.0
RIDGES, KS = (0.3, 1.0), (128, 256, 384)
SHARPNESS = (10.0, 20.0, 30.0, 40.0)


@functools.cache
def last_layer() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights (1000, 1280) and biases (1000,) of the encoder's last layer, and its classes as MiniLM puts their names."""
    from torchvision.models import ResNet50_Weights

    found = features.weights.read(features.sources.efficientnet_lite0())
    names = [f"a picture of a {name}" for name in ResNet50_Weights.IMAGENET1K_V2.meta["categories"]]
    named = features.encode(features.pretrained.text(), names, progress=False)
    return found["_fc.weight"].numpy(), found["_fc.bias"].numpy(), named


def written_out(X: np.ndarray) -> list[np.ndarray]:
    """What the vectors (n, 1280) know: themselves, what may be seen in words, and the probabilities; roots tame large values."""
    weight, bias, named = last_layer()
    logits = (X @ weight.T + bias) / TEMPERATURE
    share = np.exp(logits - logits.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    return [np.sqrt(np.maximum(X, 0)), share @ named, np.sqrt(share)]


class Pictures:
    """`written_out`, each part at unit variance (the last at a quarter), in its leading directions; learned on training rows."""

    def __init__(self, X: np.ndarray):
        parts = written_out(X)
        self.means = [part.mean(axis=0) for part in parts]
        self.scales = [(part - mean).std() * s for part, mean, s in zip(parts, self.means, (1, 1, 2), strict=True)]
        self.pca = PCA(DIRECTIONS, svd_solver="randomized", random_state=0).fit(self._scaled(parts))

    def _scaled(self, parts: list[np.ndarray]) -> np.ndarray:
        return np.hstack([(p - m) / s for p, m, s in zip(parts, self.means, self.scales, strict=True)]).astype(np.float64)

    def __call__(self, X: np.ndarray) -> np.ndarray:
        return self.pca.transform(self._scaled(written_out(X)))


def unit_spread(S: np.ndarray) -> np.ndarray:
    """A similarity of mean 0 and variance 1, so that several can be added."""
    return (S - S.mean()) / S.std()


def weighted_cca(see, X, Y, train, val):
    """Weighted CCA on what pictures know, its ridge and directions chosen on validation pairs."""
    V, tried = see(X[train]), []
    for reg in RIDGES:
        cca = CCA(max(KS), reg=reg).fit(V, Y[train])
        for k in KS:
            one = functools.partial(start_here.similarities, cca, k, power=1)
            tried.append((start_here.recall(one(see(X[val]), Y[val])), -len(tried), one))
    best = max(tried)[-1]
    return lambda rows: unit_spread(best(see(X[rows]), Y[rows]))


def head(see, X, Y, train, val, seed: int):
    """A linear contrastive head on the same, at its best moment by validation pairs."""
    aligner = Contrastive(n_components=256, dropout=0.5, steps=160, every=40, temperature=0.07, lr=2e-3, seed=seed)
    aligner.fit(see(X[train]), Y[train], validation=[see(X[val]), Y[val]])

    def similarity(rows: np.ndarray) -> np.ndarray:
        A, B = aligner.transform(see(X[rows]), Y[rows])
        return unit_spread(evaluate.cosine_similarity(B, A))

    return similarity


def softmax(S: np.ndarray) -> np.ndarray:
    share = np.exp(S - S.max(axis=1, keepdims=True))
    return share / share.sum(axis=1, keepdims=True)


def bridge(see, X, Y, train, val):
    """From a caption to training captions like it, to their pictures, to pictures like those; and the other way."""
    ends, middle = (see(X[train]), Y[train] - Y[train].mean(axis=0)), Y[train].mean(axis=0)

    def similarity(rows: np.ndarray, sharpness: float) -> np.ndarray:
        pictures, captions = (
            evaluate.cosine_similarity(view, end) for view, end in zip((see(X[rows]), Y[rows] - middle), ends, strict=True)
        )
        there, back = softmax(sharpness * captions) @ pictures.T, captions @ softmax(sharpness * pictures).T
        return unit_spread(unit_spread(there) + unit_spread(back))

    best = max(SHARPNESS, key=lambda sharpness: start_here.recall(similarity(val, sharpness)))
    return lambda rows: similarity(rows, best)


def parts(X, Y, train, val, seed: int) -> list:
    """The three methods, each rows -> similarity."""
    see = Pictures(X[train])
    return [weighted_cca(see, X, Y, train, val), head(see, X, Y, train, val, seed), bridge(see, X, Y, train, val)]


def best_search(X, Y, train, val, seed: int, one_query: bool = False):
    """A chooser for the part's table; `one_query` leaves CSLS out, which looks at all test queries at once."""
    found = parts(X, Y, train, val, seed)
    return lambda rows: (np.asarray if one_query else csls)(sum(part(rows) for part in found))


def one_split(X, Y, train, val, test, seed: int) -> dict[str, dict[str, float]]:
    """Every row; the test rows are hidden while anything is learned or chosen."""
    hidden = [view.copy() for view in (X, Y)]
    for view in hidden:
        view[test] = np.nan
    found = parts(*hidden, train, val, seed)
    for view, whole in zip(hidden, (X, Y), strict=True):
        view[test] = whole[test]
    each = [part(test) for part in found]
    return {
        "class names: weighted CCA": start_here.report(each[0]),
        "class names: contrastive head": start_here.report(each[1]),
        "class names: bridge": start_here.report(each[2]),
        "class names: all three": start_here.report(sum(each)),
        "class names: all three + CSLS*": start_here.report(csls(sum(each))),
    }


def grouped(groups, seed: int) -> list[np.ndarray]:
    return data.splits.grouped(groups, (start_here.SIZE.test, start_here.SIZE.val), seed=seed)


def at_random(groups, seed: int) -> list[np.ndarray]:
    """Test, validation and training rows that tear near-duplicates apart: they leak."""
    sizes = start_here.SIZE.test, start_here.SIZE.val
    return np.split(np.random.default_rng(seed).permutation(len(groups)), np.cumsum(sizes))


def table(divide=grouped, seeds: tuple[int, ...] = SEEDS) -> dict:
    """All rows over all splits of one kind; CCA's is that of `benchmarks.start_here`, on the same splits."""
    pairs, X, Y = start_here.vectors()
    runs = []
    for seed in seeds:
        test, val, train = divide(list(pairs.groups), seed)
        runs.append(one_split(X, Y, train, val, test, seed))
        print(seed, {name: round(row["R@10"], 4) for name, row in runs[-1].items()}, flush=True)
    scores, plain = evaluate.Scores(), evaluate.Scores.stored("start_here")
    scores.kinds["CCA"] = "method" if divide is grouped else "control"
    scores.values["CCA"] = plain.values["CCA" if divide is grouped else "leaky split: CCA"]
    for name in runs[0]:
        scores.add(name, [run[name] for run in runs], "method" if divide is grouped else "control")
    scores.add("random guessing", [{f"R@{k}": evaluate.chance(start_here.SIZE.test, k) for k in (1, 5, 10)}], "chance")
    return scores.figures()
