"""Chapter 09's tables.

    python -m benchmarks.other_alignments [mapping] [discriminator] [domain] [regions] [distillation]

* mapping: maps of one space onto the other, by direction: R@10 and how unevenly pictures are found (skewness of how often each
  is among the first 10).
* discriminator: InfoNCE against a discriminator, by its strength. "told apart" is what a fresh classifier makes of test
  embeddings, a picture or a caption, after learning on the validation pairs'; guessing makes 0.5. "gap" is the distance of the
  two views' mean unit vectors. The discriminator's own accuracy is over its last 50 batches.
* domain, regions, distillation: see `drawings_to_stamps`, `words_and_regions` and `student`.

Real pairs are split as in `benchmarks.alignment`; nothing is chosen on test pairs.
"""

import sys

import numpy as np

from benchmarks import align_other_alignments as rows
from benchmarks import alignment, drawings_to_stamps, record, start_here, student, words_and_regions
from mmlearn import data, evaluate
from mmlearn.align import Adversarial, NetworkMap, Procrustes, RidgeMap

SEEDS = (0, 1, 2, 3, 4)
STRENGTHS = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0)
MAPS = {
    "ridge, pictures to captions": lambda seed: [RidgeMap(reg, towards=1) for reg in rows.RIDGES],
    "ridge, captions to pictures": lambda seed: [RidgeMap(reg, towards=0) for reg in rows.RIDGES],
    "orthogonal (Procrustes)": lambda seed: [Procrustes(k) for k in rows.KS],
    "network, pictures to captions": lambda seed: [NetworkMap(towards=1, hidden=(512,), seed=seed, **rows.TRAINING)],
    "network, captions to pictures": lambda seed: [NetworkMap(towards=0, hidden=(512,), seed=seed, **rows.TRAINING)],
}


def split(seed: int) -> tuple:
    groups, X, Y = alignment.vectors()
    return X, Y, *data.splits.grouped(groups, (alignment.TEST, alignment.VAL), seed=seed)


def mapping() -> dict:
    scores = evaluate.Scores()
    for name, candidates in MAPS.items():
        runs = []
        for seed in SEEDS:
            X, Y, test, val, train = split(seed)
            S = rows.best_of(candidates)(X, Y, train, val, seed)(test)
            runs.append({
                "R@10": start_here.recall(S),
                "captions to pictures": evaluate.recall_at_k(S, 10), "pictures to captions": evaluate.recall_at_k(S.T, 10),
                "hubs among pictures": evaluate.hub_skewness(S, 10),
            })  # fmt: skip
        scores.add(name, runs)
    return {"mapping": scores.figures()}


def told_apart(model: Adversarial, X, Y, val, test) -> tuple[float, float]:
    """The accuracy of a fresh linear classifier of views, and the distance of the views' mean unit vectors."""
    parts = []
    for rows_ in (val, test):
        units = [E / np.linalg.norm(E, axis=1, keepdims=True) for E in model.transform(X[rows_], Y[rows_])]
        parts.append((np.concatenate(units), np.repeat([0, 1], len(rows_))))
    A, B = parts[1][0][: len(test)], parts[1][0][len(test) :]
    half = [i for i in range(len(parts[0][1])) if i % 2 == 0], [i for i in range(len(parts[0][1])) if i % 2]
    learn, choose = ((parts[0][0][i], parts[0][1][i]) for i in half)
    return evaluate.linear_probe(learn, choose, parts[1]).accuracy, float(np.linalg.norm(A.mean(axis=0) - B.mean(axis=0)))


def discriminator() -> dict:
    scores = evaluate.Scores()
    for strength in STRENGTHS:
        runs = []
        for seed in SEEDS:
            X, Y, test, val, train = split(seed)
            model = rows.fitted(Adversarial(strength=strength, seed=seed, **rows.TRAINING), X, Y, train, val)
            found, gap = told_apart(model, X, Y, val, test)
            own = float(np.mean(model.history_.parts["accuracy"][-50:]))
            R = start_here.recall(rows.compared(model, X, Y, test))
            runs.append({"R@10": R, "told apart": found, "gap": gap, "own accuracy": own})
        scores.add(f"strength {strength:g}", runs, "method" if strength else "control")
    scores.add("guessing", [{"R@10": 10 / alignment.TEST, "told apart": 0.5}], "chance")
    return {"discriminator": scores.figures()}


PARTS = {
    "mapping": mapping,
    "discriminator": discriminator,
    "domain": lambda: drawings_to_stamps.domain(SEEDS),
    "regions": lambda: words_and_regions.regions(SEEDS),
    "distillation": lambda: student.distillation(SEEDS),
}


def main() -> None:
    asked = sys.argv[1:] or list(PARTS)
    if unknown := set(asked) - set(PARTS):
        raise SystemExit(f"there is no part {sorted(unknown)}; there are {', '.join(PARTS)}")
    for name in asked:
        found = PARTS[name]()
        record.merge("other_alignments", found, SEEDS)
        for table in found:
            print(evaluate.Scores.stored("other_alignments", table), flush=True)


if __name__ == "__main__":
    main()
