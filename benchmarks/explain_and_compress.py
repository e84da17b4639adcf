"""Chapter 15's tables: how sure fusions are, with both media and with one, and what a smaller network costs.

On digits seen and heard, seeds 0 to 4: each draws the pairs and the weights. `python -m benchmarks.explain_and_compress` runs
all parts, or those that are named: calibration, missing, cost.
"""

import copy
import functools
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks import fusion_tasks, record
from mmlearn import compress, evaluate, explain, fusion, train
from mmlearn.align import distillation_loss
from mmlearn.fusion.classifier import Network

SEEDS = range(5)
DROPPED = 0.3  # of the media of each row, in training where it meets missing ones
WIDTH, SMALL, LAYERS, STEPS, MORE = 256, 24, 3, 400, 200
TEMPERATURE, TAUGHT = 2.0, 0.7  # of the teacher, and how much of the loss is its


class Deep(nn.Module):
    """Logits (n, classes) from one (n, d) a modality: the joint projection, some hidden layers, a linear layer."""

    def __init__(self, dims: list[int], width: int, classes: int = 10):
        super().__init__()
        self.fuse = fusion.make("joint", dims, width)
        self.hidden = nn.ModuleList([nn.Linear(width, width) for _ in range(LAYERS)])
        self.decide = nn.Linear(width, classes)

    def forward(self, *views: torch.Tensor | None, mask: torch.Tensor | None = None) -> torch.Tensor:
        h = self.fuse(*views, mask=mask)
        for layer in self.hidden:
            h = layer(h).relu()
        return self.decide(h)


@functools.cache
def digits(seed: int) -> dict[str, tuple[list[torch.Tensor], torch.Tensor]]:
    """{"train", "val", "test"} -> views, columns scaled on the training rows, and labels."""
    parts = fusion_tasks.digits(seed)
    means = [view.mean(axis=0) for view in parts["train"].views]
    spreads = [np.maximum(view.std(axis=0), 1e-3) for view in parts["train"].views]
    return {
        name: (
            [torch.from_numpy((v - m) / s) for v, m, s in zip(part.views, means, spreads, strict=True)],
            torch.as_tensor(part.labels),
        )
        for name, part in parts.items()
    }


def fit(network: nn.Module, seed: int, steps: int = STEPS, dropped: float = 0.0, best: bool = True, teacher=None) -> nn.Module:
    """Train on cross-entropy and, with a teacher, on its answers too; keep the best moment by validation log-loss."""
    parts = digits(seed)

    def loss(model: nn.Module, batch: list) -> torch.Tensor:
        *views, y = batch
        mask = torch.rand(len(y), len(views)) >= dropped
        logits = model(*views, mask=mask)
        plain = functional.cross_entropy(logits, y)
        if teacher is None:
            return plain
        with torch.no_grad():
            wanted = teacher(*views, mask=mask)
        return (1 - TAUGHT) * plain + TAUGHT * distillation_loss(logits, wanted, TEMPERATURE)

    rows = torch.utils.data.TensorDataset(*parts["train"][0], parts["train"][1])
    loader = torch.utils.data.DataLoader(rows, 128, shuffle=True, drop_last=True)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.01)
    validate = (lambda m: functional.cross_entropy(m(*parts["val"][0]), parts["val"][1]).item()) if best else None
    train.fit(network, loader, loss, steps=steps, optimizer=optimizer, validate=validate, higher_is_better=False, every=20,
              seed=seed, progress=False, device="cpu")  # fmt: skip
    return network


@torch.no_grad()
def logits(network: nn.Module, seed: int, split: str, there: tuple[bool, ...] = (True, True)) -> np.ndarray:
    views = digits(seed)[split][0]
    return network(*views, mask=torch.tensor(there).expand(len(views[0]), -1)).numpy()


def sure(Z: np.ndarray, y: np.ndarray, temperature: float = 1.0) -> dict[str, float]:
    """Accuracy, how sure it is on average, and how far these lie apart, bin by bin."""
    P = torch.from_numpy(Z / temperature).softmax(1).numpy()
    return {
        "accuracy": float((Z.argmax(1) == y).mean()),
        "confidence": float(P.max(1).mean()),
        "ECE": explain.expected_calibration_error(P, y),
    }


LONG = "early, four times as long, to the end"
CALIBRATED = {name: {} for name in ("concat", "early", "joint", "late", "gated", "tensor")}
CALIBRATED[LONG] = {"steps": 4 * STEPS, "best": False}


@functools.cache
def fused(name: str, seed: int, dropped: float = 0.0) -> nn.Module:
    torch.manual_seed(seed)
    fuse = fusion.make(name.split(",")[0], [64, 192], 64)
    return fit(Network(fuse, 10), seed, dropped=dropped, **CALIBRATED[name])


def calibration() -> dict:
    """With both media, before and after one temperature that the validation rows choose."""
    scores = evaluate.Scores()
    for name in CALIBRATED:
        runs = []
        for seed in SEEDS:
            network, y = fused(name, seed), digits(seed)["test"][1].numpy()
            T = explain.fit_temperature(logits(network, seed, "val"), digits(seed)["val"][1].numpy())
            Z = logits(network, seed, "test")
            runs.append(sure(Z, y) | {"temperature": T, "ECE scaled": sure(Z, y, T)["ECE"]})
        scores.add(name, runs)
    return scores.figures()


def missing() -> dict:
    """The same without the image, unprepared and trained with missing media."""
    scores = evaluate.Scores()
    for name in ("concat", "early", "late"):
        for dropped in (0.0, DROPPED):
            runs = []
            for seed in SEEDS:
                network, y = fused(name, seed, dropped), digits(seed)["test"][1].numpy()
                T = explain.fit_temperature(logits(network, seed, "val"), digits(seed)["val"][1].numpy())
                Z = logits(network, seed, "test", (False, True))
                runs.append(sure(Z, y) | {"ECE scaled": sure(Z, y, T)["ECE"]})
            scores.add(name + (", trained with missing media" if dropped else ""), runs)
    return scores.figures()


def finetuned(network: nn.Module, seed: int) -> nn.Module:
    """Some more steps for what is left; weights that are zero stay zero."""
    zeros = [(p, p.detach() != 0) for p in network.parameters() if p.ndim > 1]

    def again(*_) -> None:
        with torch.no_grad():
            for weight, keep in zeros:
                weight.mul_(keep)

    hook = network.register_forward_pre_hook(again)
    fit(network, seed, steps=MORE)
    again()
    hook.remove()
    return network


def without_units(network: Deep, share: float) -> Deep:
    """Really smaller: hidden layers without their units that say least."""
    small = copy.deepcopy(network)
    for i in range(LAYERS - 1):
        small.hidden[i], small.hidden[i + 1] = compress.prune_units(small.hidden[i], small.hidden[i + 1], share)
    small.hidden[-1], small.decide = compress.prune_units(small.hidden[-1], small.decide, share)
    return small


def smaller(seed: int) -> dict[str, nn.Module]:
    """The whole network and all that is made of it or in its place."""
    torch.manual_seed(seed)
    whole = fit(Deep([64, 192], WIDTH), seed)
    made = {"whole": whole, "whole, trained on": fit(copy.deepcopy(whole), seed, steps=MORE)}
    for share in (0.5, 0.8, 0.9):
        made[f"{share:.0%} of the weights pruned"] = compress.prune(whole, share)
        made[f"{share:.0%} of the weights pruned, trained on"] = finetuned(compress.prune(whole, share), seed)
    for share in (0.5, 0.75):
        made[f"{share:.0%} of the units pruned"] = without_units(whole, share)
        made[f"{share:.0%} of the units pruned, trained on"] = fit(without_units(whole, share), seed, steps=MORE)
    made |= {f"weights of {bits} bits, rounded": compress.rounded(whole, bits) for bits in (8, 4, 3, 2)}
    made["8 bits for real"] = compress.to_int8(whole)
    torch.manual_seed(seed)
    made["three layers share one"] = fit(compress.tie(Deep([64, 192], WIDTH), "hidden.0", "hidden.1", "hidden.2"), seed)
    for name, teacher in (("small, from labels", None), ("small, taught by the whole", whole)):
        torch.manual_seed(seed)
        made[name] = fit(Deep([64, 192], SMALL), seed, teacher=teacher)
    return made


def cost() -> dict:
    """Accuracy over the seeds; the size, and the time relative to the whole network's, of the first seed's."""
    runs: dict[str, list[dict]] = {}
    for seed in SEEDS:
        made, y = smaller(seed), digits(seed)["test"][1].numpy()
        usual = logits(made["whole"], seed, "test").argmax(1)
        if seed == 0:
            sizes = {name: size(network, made["whole"]) for name, network in made.items()}
        for name, network in made.items():
            decided = logits(network, seed, "test").argmax(1)
            scores = {"accuracy": float((decided == y).mean()), "decides alike": float((decided == usual).mean())}
            runs.setdefault(name, []).append(scores)
    table = evaluate.Scores()
    for name, each in runs.items():
        table.add(name, each)
        table.values[name] |= {metric: np.array([value]) for metric, value in sizes[name].items()}
    table.add("always the commonest digit", [{"accuracy": commonest(seed)} for seed in SEEDS], kind="chance")
    return table.figures()


def commonest(seed: int) -> float:
    return float((digits(seed)["test"][1] == digits(seed)["train"][1].mode().values).float().mean())


def size(network: nn.Module, whole: nn.Module) -> dict[str, float]:
    """Thousands of weights that are not zero, kilobytes in a file, and time relative to the whole network's."""
    counted = network if any(p.ndim > 1 for p in network.parameters()) else whole  # packed whole numbers are no parameters
    found = {"thousands of weights": compress.count(counted, nonzero=True) / 1000, "kilobytes": compress.kilobytes(network)}
    for name, n, times in (("256 at once", 256, 20), ("one at a time", 1, 100)):
        ours, theirs = (functools.partial(run, each, n, times) for each in (network, whole))
        found[f"time, {name}"] = record.paired_ratio(ours, theirs, repeats=15)
        if network is whole:
            found[f"ms, {name}"] = 1000 * min(record.seconds(ours) for _ in range(5)) / times
    return found


def run(network: nn.Module, n: int, times: int) -> None:
    some = [view[:n] for view in digits(0)["test"][0]]
    with torch.inference_mode():
        for _ in range(times):
            network(*some)


PARTS = {"calibration": calibration, "missing": missing, "cost": cost}

if __name__ == "__main__":
    torch.set_num_threads(1)
    for part in sys.argv[1:] or PARTS:
        record.merge("explain_and_compress", {part: PARTS[part]()}, list(SEEDS))
