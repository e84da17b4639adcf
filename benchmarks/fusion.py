"""The protocol of the chapters on fusion: every variant on the same tasks, with the same recipe, the same five seeds.

    python -m benchmarks.fusion                         # every task and variant, then what follows from them
    python -m benchmarks.fusion digits xor              # these parts
    python -m benchmarks.fusion digits --only joint     # one row of a part
    python -m benchmarks.fusion --missing               # rows that are not stored yet
    python -m benchmarks.fusion table speed             # parts that are no tasks: the table of all tasks; cost and time

Every variant is `fusion.Classifier(name)` with its settings as they come, fixed before a test score was looked at: the fused
vector is 64 wide, a linear layer on top, 600 steps of AdamW, the moment with the lowest log-loss on validation rows. A test
row is used for nothing but the scores.

Tasks on scenes, whose ceilings are exact: "redundant", "complementary", "xor", and "clean xor", which nothing disturbs. Real
ones: "digits" (seen and heard), "stamps" (category from picture, caption and voice), "mosi" (sentiment).
"""

import argparse
import functools
import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks import fusion_cost, fusion_scenes, fusion_tasks, record
from benchmarks.fusion_tasks import Part
from mmlearn import evaluate, fusion

SEEDS = (0, 1, 2, 3, 4)
SCENES = tuple(fusion_scenes.FLIPS)
MODALITIES = fusion_scenes.MODALITIES | fusion_tasks.MODALITIES
TASKS = tuple(MODALITIES)
ALL, WRONG, PEEKED = "early", "wrong labels", "moment chosen on test"
PUBLISHED = "published: Poria et al. (2017), with the utterances around"
AVERAGED, MULTIPLIED = "separate votes averaged", "separate votes multiplied"
METHODS = (*fusion.NAMES, AVERAGED, MULTIPLIED)


class Run(NamedTuple):
    """What one trained classifier did on the test rows, and which of them it got right (n,)."""

    metrics: dict[str, float]
    right: np.ndarray
    validation: float


@functools.lru_cache(maxsize=8)
def parts(task: str, seed: int) -> dict[str, Part]:
    """Train, val and test of a task."""
    return fusion_scenes.task(task, seed) if task in SCENES else getattr(fusion_tasks, task)(seed)


def one_run(task: str, name: str, seed: int) -> Run:
    """Train a variant on a task, and take things away from it on the test rows."""
    train, val, test = (parts(task, seed)[split] for split in ("train", "val", "test"))
    model = fusion.Classifier(name, seed=seed).fit(train.views, train.labels, validation=val[:2])
    return judged(model, val, test, seed)


def judged(model: fusion.Classifier, val: Part, test: Part, seed: int) -> Run:
    """Scores on test rows: as they are; each modality missing in turn; each in turn taken from another row."""
    right = model.predict(test.views) == test.labels
    metrics = {"accuracy": float(right.mean()), "log-loss": model.log_loss(test.views, test.labels)}
    if len(test.views) > 1:
        order = np.random.default_rng(seed).permutation(len(test.labels))
        each = range(len(test.views))
        metrics["one missing"] = mean_score(model, test, lambda m, view: None, each)
        metrics["one shuffled"] = mean_score(model, test, lambda m, view: view[order], each)
    return Run(metrics, right, model.score(*val[:2]))


def mean_score(model: fusion.Classifier, test: Part, change: Callable, each: Sequence[int]) -> float:
    """The mean over the modalities of the accuracy when this one is changed."""
    changed = [[change(m, v) if i == m else v for i, v in enumerate(test.views)] for m in each]
    return float(np.mean([model.score(views, test.labels) for views in changed]))


def alone(task: str, modality: str, seed: int) -> Run:
    """One modality by itself: the network of `early` without the others."""
    m = MODALITIES[task].index(modality)
    train, val, test = (
        Part((part.views[m],), part.labels, part.groups) for part in map(parts(task, seed).get, ("train", "val", "test"))
    )
    return judged(fusion.Classifier(ALL, seed=seed).fit(train.views, train.labels, validation=val[:2]), val, test, seed)


def votes(task: str, multiplied: bool, seed: int) -> Run:
    """Each modality trained for itself; their probabilities averaged, or multiplied as Bayes' rule has it.

    p(y | x_1 … x_n) ∝ Π p(y | x_m) / p(y)^(n - 1) is exact where the modalities have nothing in common but y.
    """
    train, val, test = (parts(task, seed)[split] for split in ("train", "val", "test"))
    models = [
        fusion.Classifier(ALL, seed=seed).fit([x], train.labels, validation=([v], val.labels))
        for x, v in zip(train.views, val.views, strict=True)
    ]
    prior = np.bincount(train.labels) / len(train.labels)

    def decided(part: Part) -> np.ndarray:
        p = np.stack([model.predict_proba([x]) for model, x in zip(models, part.views, strict=True)])
        p = np.log(np.maximum(p, 1e-12)).sum(0) - (len(p) - 1) * np.log(prior) if multiplied else np.log(p.mean(0))
        return p - np.logaddexp.reduce(p, axis=1, keepdims=True)

    log_p = decided(test)
    right = log_p.argmax(1) == test.labels
    loss = -log_p[np.arange(len(right)), test.labels].mean()
    metrics = {"accuracy": float(right.mean()), "log-loss": float(loss)}
    return Run(metrics, right, float((decided(val).argmax(1) == val.labels).mean()))


def wrong_labels(task: str, seed: int) -> Run:
    """Trained and chosen with labels of other rows: it must fall to the commonest label, or something leaks."""
    rng = np.random.default_rng(seed)
    train, val = (part._replace(labels=rng.permutation(part.labels)) for part in map(parts(task, seed).get, ("train", "val")))
    model = fusion.Classifier(ALL, seed=seed).fit(train.views, train.labels, validation=val[:2])
    return judged(model, val, parts(task, seed)["test"], seed)


def peeked(task: str, seed: int) -> Run:
    """The same network, its best moment chosen by test accuracy: what one would claim by looking."""
    train, test = parts(task, seed)["train"], parts(task, seed)["test"]
    tries = (fusion.Classifier(ALL, seed=seed, steps=steps).fit(train.views, train.labels) for steps in range(10, 301, 10))
    best = max(tries, key=lambda model: model.score(*test[:2]))
    return judged(best, test, test, seed)


def rows(task: str) -> dict[str, Callable[[int], Run]]:
    """Every row of a task that is trained: name -> seed -> run."""
    made = {name: functools.partial(one_run, task, name) for name in fusion.NAMES}
    made |= {name: functools.partial(votes, task, name == MULTIPLIED) for name in (AVERAGED, MULTIPLIED)}
    made |= {f"{modality} alone": functools.partial(alone, task, modality) for modality in MODALITIES[task]}
    made |= {f"{WRONG}: {ALL}": functools.partial(wrong_labels, task)}
    return made | ({f"{PEEKED}: {ALL}": functools.partial(peeked, task)} if task == "mosi" else {})


def known(task: str) -> dict[str, dict]:
    """Rows that need no training: the commonest label, and on scenes the best possible of each modality and of all."""
    table = evaluate.Scores()
    table.add("majority", [{"accuracy": evaluate.majority(*labels(task, seed))} for seed in SEEDS], "chance")
    if task == "mosi":  # its training part has more negative utterances, its test part more positive ones
        table.add("always positive", [{"accuracy": float(parts(task, seed)["test"].labels.mean())} for seed in SEEDS], "chance")
        table.add(PUBLISHED, [{"accuracy": 0.803}], "control")
    if task in SCENES:
        for some, best in fusion_scenes.load(task, "test", 0, n=1).ceilings().items():
            if "+" not in some:
                table.add(f"ceiling of {some}", [{"accuracy": best}], "ceiling")
        table.add("ceiling", [{"accuracy": best}], "ceiling")  # the last set is that of all modalities
    return table.figures()


def labels(task: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Those of the training and of the test rows; of scenes without making their speech."""
    if task in SCENES:
        return fusion_scenes.load(task, "train", seed).labels, fusion_scenes.load(task, "test", seed).labels
    return parts(task, seed)["train"].labels, parts(task, seed)["test"].labels


@functools.cache
def runs(task: str, name: str) -> tuple[Run, ...]:
    return tuple(rows(task)[name](seed) for seed in SEEDS)


@functools.cache
def best_alone(task: str) -> str:
    """The modality that does best by itself on validation rows."""
    names = [f"{modality} alone" for modality in MODALITIES[task]]
    return max(names, key=lambda name: np.mean([run.validation for run in runs(task, name)]))


def ahead(task: str, name: str) -> dict[str, float]:
    """By how much a row is ahead of late fusion and of the best modality alone, on the same test rows, groups together."""
    groups = np.concatenate([group_names(task, seed) for seed in SEEDS])
    right = np.concatenate([run.right for run in runs(task, name)])
    found = {}
    for label, other in (("late", "late"), ("the best alone", best_alone(task))):
        there = np.concatenate([run.right for run in runs(task, other)])
        gain = evaluate.paired_bootstrap(right, there, groups=groups, n_resamples=4000)
        found |= {
            f"over {label}": gain.difference,
            f"{label}: low": gain.low,
            f"{label}: high": gain.high,
            f"{label}: p": gain.p_value,
        }
    return found


def group_names(task: str, seed: int) -> np.ndarray:
    """The group of each test row; digits are put together anew for each seed, so that theirs are new groups."""
    groups = parts(task, seed)["test"].groups
    return np.array([f"{seed} {group}" if task == "digits" else str(group) for group in groups])


def stored() -> dict[str, dict]:
    """What earlier runs measured."""
    path = record.path_of("fusion")
    return json.loads(path.read_text(encoding="utf-8"))["figures"] if path.exists() else {}


def keep(key: str, new: dict, order: Sequence[str]) -> None:
    """Add rows to a stored part, in this order."""
    together = {**stored().get(key, {}), **new}
    first = {name: together[name] for name in order if name in together}
    record.merge("fusion", {key: first | together}, SEEDS)


def run_task(task: str, only: Sequence[str], missing: bool) -> None:
    """Train and store every row of a task, one by one."""
    order = [*rows(task), *known(task)]
    keep(task, known(task), order)
    for name in rows(task):
        if (only and name not in only) or (missing and name in stored()[task]):
            continue
        table, gains = evaluate.Scores(), evaluate.Scores()
        kind = "method" if name in METHODS else "control"
        table.add(name, [run.metrics for run in runs(task, name)], kind)
        keep(task, table.figures(), order)
        if kind == "method":
            gains.add(f"{task}: {name}", [ahead(task, name)])
            keep("gains", gains.figures(), [f"{t}: {n}" for t in TASKS for n in METHODS])
        print(task, table, sep="\n", flush=True)


def whole_table() -> dict[str, dict]:
    """One row a variant: its accuracy on every task, and what it costs."""
    have = stored()
    whole = {}
    for name in METHODS:
        scores = {task: have[task][name]["accuracy"] for task in TASKS if name in have.get(task, {})}
        cost = have.get("speed", {}).get(name, {})
        whole[name] = {"kind": "method", **scores, **{key: cost[key] for key in fusion_cost.COLUMNS if key in cost}}
    for kind in ("majority", "ceiling"):
        scores = {task: have[task][kind]["accuracy"] for task in TASKS if kind in have.get(task, {})}
        whole[kind] = {"kind": "chance" if kind == "majority" else "ceiling", **scores}
    return whole


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", choices=[*TASKS, "speed", "table", []])
    parser.add_argument("--only", action="append", default=[], metavar="ROW")
    parser.add_argument("--missing", action="store_true")
    asked = parser.parse_args()
    wanted = asked.parts or [*TASKS, "speed", "table"]
    for task in (part for part in wanted if part in TASKS):
        if unknown := set(asked.only) - set(rows(task)):
            parser.error(f"{task} has no row {sorted(unknown)}; it has {', '.join(rows(task))}")
        run_task(task, asked.only, asked.missing)
    if "speed" in wanted:
        for name in asked.only or fusion.NAMES:
            if not (asked.missing and name in stored().get("speed", {})):
                keep("speed", fusion_cost.row(name).figures(), fusion.NAMES)
    record.merge("fusion", {"table": whole_table()}, SEEDS)


if __name__ == "__main__":
    main()
