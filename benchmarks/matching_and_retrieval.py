"""Chapter 05's tables: the classical recipe, hubs, leaks and binary codes on stamps and clipart; search among many.

    python -m benchmarks.matching_and_retrieval [direct] [bridge] [hubs] [leaks] [hashing] [speed] [growth] [approximate] [memory]

The same vectors and the same five grouped splits as everywhere; mean of both directions; whatever a method may choose is
chosen by R@10 on the 400 validation pairs. The last four parts stand in `search_at_scale.py`: made vectors, one thread.
"""

import sys
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
from sklearn.decomposition import TruncatedSVD

from benchmarks import record, search_at_scale, start_here, text_models
from mmlearn import data, evaluate, layers
from mmlearn.align import CCA, CrossModalHash, csls, hamming_distances, inverted_softmax, itq_rotation, pack_bits
from mmlearn.features import text

SEEDS = (0, 1, 2, 3, 4)
TEST, VAL = 500, 400
MEASURES = {
    "Euclid": evaluate.euclidean_similarity,
    "cosine": evaluate.cosine_similarity,
    "Pearson": evaluate.pearson_similarity,
}
NEAREST = (1, 3, 5, 10, 20, 40)  # training pictures whose captions are borrowed
NEIGHBOURS, BETAS = (5, 10, 20, 40), (5.0, 10.0, 20.0, 40.0, 80.0)
BITS = (16, 32, 64, 128, 256)


def split(groups: Sequence, seed: int) -> list[np.ndarray]:
    """Test, validation and training rows; no group of near-duplicates in two of them."""
    return data.splits.grouped(groups, (TEST, VAL), seed=seed)


def both(forward: np.ndarray, backward: np.ndarray | None = None) -> dict[str, float]:
    """R@k, mAP and median rank, mean of both directions; `backward` where the other direction is not the transpose."""
    backward = forward.T if backward is None else backward
    reports = [evaluate.retrieval_report(S)["forward"] for S in (forward, backward)]
    return {metric: float(np.mean([r[metric] for r in reports])) for metric in reports[0]}


def words(captions: list[str], Y: np.ndarray, known: Sequence[int], seed: int) -> dict[str, np.ndarray]:
    """Four representations of all captions; the first three learn from the captions `known`."""
    texts = [captions[i] for i in known]
    vocabulary = text.Vocabulary.of(texts, min_count=2)
    return {
        "bag of words": text.BagOfWords(min_texts=2).fit(texts).transform(captions),
        "TF-IDF": text.TfIdf(min_texts=2).fit(texts).transform(captions),
        "word vectors, mean": text_models.word_vectors(texts, vocabulary, seed, steps=600).transform(captions),
        "MiniLM": Y,
    }


def direct(scores: evaluate.Scores, pairs: data.Pairs, X: np.ndarray, Y: np.ndarray) -> None:
    """Across media without a common space: both views reduced to 64 numbers, then compared."""
    runs: dict[str, list] = {}
    for seed in SEEDS:
        test, _, train = split(pairs.groups, seed)
        P = layers.PCA(64, True).fit(X[train]).transform(X[test])
        for name, T in words(pairs.captions, Y, train, seed).items():
            Q = layers.PCA(min(64, T.shape[1]), True).fit(T[train]).transform(T[test])
            for measure, similarity in MEASURES.items():
                runs.setdefault(f"{name}, {measure}", []).append(both(similarity(Q, P)))
    for name, rows in runs.items():
        scores.add(name, rows)
    guessing(scores)


def borrowed(X: np.ndarray, train: np.ndarray, rows: np.ndarray, T: np.ndarray, m: int) -> np.ndarray:
    """For each picture of `rows` the mean text vector of its m nearest training pictures: (len(rows), d)."""
    near = np.argsort(-evaluate.cosine_similarity(X[rows], X[train]), axis=1)[:, :m]
    return T[train][near].mean(axis=1)


def bridged(X, T, train, val, rows, measure: Callable) -> np.ndarray:
    """Captions against pictures, compared as texts; the number of borrowed captions is chosen on validation pairs."""
    on_val = {m: start_here.recall(measure(T[val], borrowed(X, train, val, T, m))) for m in NEAREST}
    m = max(on_val, key=on_val.get)
    return measure(T[rows], borrowed(X, train, rows, T, m))


def bridge(scores: evaluate.Scores, pairs: data.Pairs, X: np.ndarray, Y: np.ndarray) -> None:
    """Text against text, through the captions of the nearest training pictures; and CCA, which has a common space."""
    runs: dict[str, list] = {}
    for seed in SEEDS:
        test, val, train = split(pairs.groups, seed)
        for name, T in words(pairs.captions, Y, train, seed).items():
            for measure, similarity in MEASURES.items():
                runs.setdefault(f"{name}, {measure}", []).append(both(bridged(X, T, train, val, test, similarity)))
        runs.setdefault("CCA (MiniLM)", []).append(both(start_here.searched(X, Y, train, val, test, power=0)[0]))
        wrong = Y.copy()
        wrong[train] = Y[np.random.default_rng(seed).permutation(train)]
        shuffled = both(bridged(X, wrong, train, val, test, evaluate.cosine_similarity))
        runs.setdefault("MiniLM, cosine, shuffled pairs", []).append(shuffled)
    for name, rows in runs.items():
        scores.add(name, rows, "control" if "shuffled" in name else "method")
    guessing(scores)


def guessing(scores: evaluate.Scores) -> None:
    lots = {f"R@{k}": evaluate.chance(TEST, k) for k in (1, 5, 10)}
    scores.add("random guessing", [lots | {"mAP": float(np.mean(1 / np.arange(1, TEST + 1))), "median rank": 250.5}], "chance")


def hubby(forward: np.ndarray, backward: np.ndarray | None = None) -> dict[str, float]:
    """Recall, and how unequally items are found; mean of both directions."""
    found = both(forward, backward)
    backward = forward.T if backward is None else backward
    counts = [evaluate.k_occurrences(S, 10) for S in (forward, backward)]
    return {
        "skewness of N10": float(np.mean([evaluate.hub_skewness(S, 10) for S in (forward, backward)])),
        "largest N10": float(np.mean([N.max() for N in counts])),
        "never found": float(np.mean([(N == 0).mean() for N in counts])),
        **{metric: found[metric] for metric in ("R@1", "R@10", "median rank")},
    }


def repaired(on_val: np.ndarray, S: np.ndarray) -> dict[str, tuple]:
    """Similarities of both directions after each repair, whose setting is chosen on validation pairs."""
    n = max(NEIGHBOURS, key=lambda n: start_here.recall(csls(on_val, n)))
    softened = {b: (inverted_softmax(on_val, b), inverted_softmax(on_val.T, b)) for b in BETAS}
    beta = max(BETAS, key=lambda b: both(*softened[b])["R@10"])
    return {"": (S,), " + CSLS*": (csls(S, n),),
            " + inverted softmax*": (inverted_softmax(S, beta), inverted_softmax(S.T, beta))}  # fmt: skip


def hubs(scores: evaluate.Scores, pairs: data.Pairs, X: np.ndarray, Y: np.ndarray) -> None:
    """Hubs in CCA's space, plain and weighted, before and after the two repairs."""
    runs: dict[str, list] = {}
    for seed, (name, power) in product(SEEDS, {"CCA": 0, "CCA, weighted": 1}.items()):
        test, val, train = split(pairs.groups, seed)
        cca, k = start_here.chosen_cca(X, Y, train, val, power)
        on_val, S = (start_here.similarities(cca, k, X[rows], Y[rows], power) for rows in (val, test))
        for repair, directions in repaired(on_val, S).items():
            runs.setdefault(name + repair, []).append(hubby(*directions))
    for name, rows in runs.items():
        scores.add(name, rows)
    lots = [hubby(np.random.default_rng(seed).standard_normal((TEST, TEST))) for seed in SEEDS]
    scores.add("random order", lots, "chance")


def lsa(captions: list[str], known: Sequence[int], seed: int) -> np.ndarray:
    """TF-IDF and a truncated SVD of it to 200 numbers, both learned from the captions `known`."""
    texts = [captions[i] for i in known]
    weights = text.TfIdf().fit(texts)
    return TruncatedSVD(200, random_state=seed).fit(weights.transform(texts)).transform(weights.transform(captions))


def chosen(X, T, train, val, test) -> dict[str, float]:
    """CCA with ridge and directions chosen on `val`, reported on `test`."""
    tried, moments = [], CCA(n_components=1).fit(X[train], T[train])
    for reg in start_here.RIDGES:
        cca = CCA(n_components=128, reg=reg).merge(moments)
        tried += [(start_here.recall(start_here.similarities(cca, k, X[val], T[val], 0)), reg, k, cca) for k in (64, 128)]
    *_, k, cca = max(tried, key=lambda t: t[0])
    return both(start_here.similarities(cca, k, X[test], T[test], 0))


def lucky(n: int, seed: int, tries: int = 1000) -> list[dict[str, float]]:
    """The best of many methods that know nothing, on the n queries it was chosen by and on n others."""
    rng = np.random.default_rng(seed)
    hits = rng.random((2, tries, n)) < 10 / n  # R@10 of items in random order
    first, second = hits.mean(axis=2)
    return [{"R@10": float(scores[first.argmax()])} for scores in (first, second)]


def leaks(scores: evaluate.Scores, pairs: data.Pairs, X: np.ndarray, Y: np.ndarray) -> None:
    """The same method with and without each leak."""
    runs: dict[str, list] = {}
    for seed in SEEDS:
        test, val, train = split(pairs.groups, seed)
        few = np.sort(np.random.default_rng(seed).permutation(train)[:500])
        for name, rows in {"": train, ", 500 training pairs": few}.items():
            for source, known in {"training captions": rows, "all captions": np.r_[rows, val, test]}.items():
                T = lsa(pairs.captions, known, seed)
                runs.setdefault(f"vocabulary from {source}{name}", []).append(chosen(X, T, rows, val, test))
        honest = chosen(X, Y, train, val, test)
        runs.setdefault("groups kept apart", []).append(honest)
        rest, places = np.random.default_rng(seed).permutation(len(X)), [TEST, TEST + VAL]
        careless, choose, learn = np.split(rest, places)
        runs.setdefault("split at random", []).append(chosen(X, Y, learn, choose, careless))
        runs.setdefault("chosen on validation", []).append(honest)
        runs.setdefault("chosen on test", []).append(chosen(X, Y, train, test, test))
        for n, rows in product((100, 500), zip(("its own queries", "others"), range(2), strict=True)):
            runs.setdefault(f"best of 1,000 that know nothing, on {rows[0]}, {n}", []).append(lucky(n, seed)[rows[1]])
    for name, rows in runs.items():
        scores.add(name, rows)


def by_codes(model: CrossModalHash, X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Captions against pictures: minus the number of bits that differ."""
    return -hamming_distances(model.codes(Y, view=1), model.codes(X, view=0)).astype(float)


def signs_alike(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """The same from real numbers, captions B against pictures A."""
    return -hamming_distances(pack_bits(B), pack_bits(A)).astype(float)


def one_hash(X, Y, train, val, test, bits: int, seed: int) -> dict[str, float]:
    """R@10 of every kind of code of one length; the ridge is chosen on validation pairs, by codes."""
    fits = [CrossModalHash(bits, reg, seed=seed).fit(X[train], Y[train]) for reg in start_here.RIDGES[1:4]]
    model = max(fits, key=lambda fit: start_here.recall(by_codes(fit, X[val], Y[val])))
    wrong = CrossModalHash(bits, model.reg, seed=seed).fit(X[train], Y[np.random.default_rng(seed).permutation(train)])
    A, B = model.transform(X[test], Y[test])
    at_random = model.rotation_.T @ itq_rotation(A, 0, seed)  # back, and to where ITQ began
    codes, signs = by_codes(model, X[test], Y[test]), [np.where(Z >= 0, 1.0, -1.0) for Z in (A, B)]
    asked = evaluate.cosine_similarity(B, signs[0]), evaluate.cosine_similarity(A, signs[1])
    return {
        "real numbers, as many": start_here.recall(evaluate.cosine_similarity(B, A)),
        "ITQ, query real": float(np.mean([evaluate.recall_at_k(S, 10) for S in asked])),
        "ITQ": start_here.recall(codes),
        "ITQ, ties pessimistic": float(np.mean([evaluate.recall_at_k(S, 10, ties="pessimistic") for S in (codes, codes.T)])),
        "random rotation": start_here.recall(signs_alike(A @ at_random, B @ at_random)),
        "signs of CCA": start_here.recall(signs_alike(*model.cca_.transform(X[test], Y[test]))),
        "ITQ, shuffled pairs": start_here.recall(by_codes(wrong, X[test], Y[test])),
    }


def hashing(scores: evaluate.Scores, pairs: data.Pairs, X: np.ndarray, Y: np.ndarray) -> None:
    """R@10 by length of the code."""
    runs = []
    for seed in SEEDS:
        test, val, train = split(pairs.groups, seed)
        runs.append({bits: one_hash(X, Y, train, val, test, bits, seed) for bits in BITS})
    for name in runs[0][BITS[0]]:
        kind = "control" if "shuffled" in name else "method"
        scores.add(name, [{f"{bits} bits": run[bits][name] for bits in BITS} for run in runs], kind)
    scores.add("random guessing", [{f"{bits} bits": evaluate.chance(TEST, 10) for bits in BITS}], "chance")


PARTS = {"direct": direct, "bridge": bridge, "hubs": hubs, "leaks": leaks, "hashing": hashing}


def measured(name: str) -> evaluate.Scores:
    """One part."""
    if name in search_at_scale.PARTS:
        return search_at_scale.measured(name)
    scores = evaluate.Scores()
    PARTS[name](scores, *start_here.vectors())
    return scores


def main(names: list[str]) -> None:
    """Measure the parts named, all of them where none is."""
    for name in names or (*PARTS, *search_at_scale.PARTS):
        scores = measured(name)
        print(scores, flush=True)
        record.merge("matching_and_retrieval", {name: scores.figures()}, SEEDS)


if __name__ == "__main__":
    main(sys.argv[1:])
