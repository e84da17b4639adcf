"""Chapter 01's tables: what every representation of the chapter has ready on digits; how far a recurrent cell remembers; how
far the layers are from the libraries they are compared with.

    python -m benchmarks.primer [probe] [memory] [equal]

The digits are scikit-learn's 1,797 (Alpaydin and Kaynak 1998), split in the order in which they stand, since digits of one
writer seem to stand together. Networks keep the weights that did best on validation; the probe chooses its C there; nothing is
chosen on test.
"""

import sys
from collections.abc import Callable

import numpy as np
import torch
from sklearn import decomposition as sklearn_decomposition
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from benchmarks import record
from mmlearn import evaluate, layers, train

SEEDS = (0, 1, 2, 3, 4)
HIDDEN, EPOCHS, LR = 64, 20, 3e-3
SYMBOLS, LENGTHS = 8, (5, 10, 20, 40)
CELLS = {"plain cell": ("rnn", None), "LSTM, forget bias 0": ("lstm", 0.0), "LSTM, forget bias 1": ("lstm", 1.0),
         "LSTM, forget bias 4": ("lstm", 4.0)}  # fmt: skip

Parts = dict[str, tuple[np.ndarray, np.ndarray]]


def digits() -> Parts:
    """Pixels (n, 64) from 0 to 1 and labels (n,): the first 1,200 to train, 200 to choose with, the last 397 to report on."""
    X, y = load_digits(return_X_y=True)
    places = {"train": slice(0, 1200), "val": slice(1200, 1400), "test": slice(1400, None)}
    return {name: (X[place].astype(np.float32) / 16, y[place]) for name, place in places.items()}


class Perceptron(nn.Module):
    """One hidden layer over all pixels."""

    def __init__(self):
        super().__init__()
        self.inside, self.out = nn.Linear(64, HIDDEN), nn.Linear(HIDDEN, 10)

    def represent(self, x: Tensor) -> Tensor:
        return layers.relu(self.inside(x))

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.represent(x))


class Rows(Perceptron):
    """A recurrent cell reads the eight rows from top to bottom."""

    def __init__(self, cell: str):
        super().__init__()
        self.inside = layers.Recurrent(8, HIDDEN, cell)

    def represent(self, x: Tensor) -> Tensor:
        return self.inside(x.unflatten(-1, (8, 8)))[1]


class Looks(Perceptron):
    """One learned query looks at the eight rows, each of which knows its place."""

    def __init__(self):
        super().__init__()
        self.inside = nn.Linear(8, HIDDEN)
        self.place, self.query = nn.Parameter(0.1 * torch.randn(8, HIDDEN)), nn.Parameter(torch.randn(1, HIDDEN))

    def represent(self, x: Tensor) -> Tensor:
        rows = layers.relu(self.inside(x.unflatten(-1, (8, 8))) + self.place)  # (n, 8, hidden)
        return layers.attention(self.query, rows, rows)[0].squeeze(-2)


NETWORKS = {
    "perceptron, hidden layer": Perceptron,
    "plain cell over rows, last state": lambda: Rows("rnn"),
    "LSTM over rows, last state": lambda: Rows("lstm"),
    "attention over rows": Looks,
}


def loss(model: nn.Module, batch: list[Tensor]) -> Tensor:
    """Cross-entropy of a batch (x, labels)."""
    return layers.cross_entropy(model(batch[0]), batch[1])


def fitted(make: Callable[[], nn.Module], parts: Parts, seed: int, epochs: int = EPOCHS) -> nn.Module:
    """A network trained on digits, with its best weights by validation."""
    torch.manual_seed(seed)
    model = make()
    X, y = (torch.from_numpy(part) for part in parts["val"])
    data = TensorDataset(*(torch.from_numpy(part) for part in parts["train"]))
    train.fit(
        model, DataLoader(data, batch_size=64, shuffle=True), loss, epochs=epochs, lr=LR, every=19, seed=seed, device="cpu",
        validate=lambda m: float((m(X).argmax(1) == y).float().mean()), progress=False,
    )  # fmt: skip
    return model


def measured(represent: Callable[[np.ndarray], np.ndarray], parts: Parts) -> dict[str, float]:
    """One row: a linear probe, the nearest neighbour, and the price."""
    found = {name: (represent(X), y) for name, (X, y) in parts.items()}
    nearest = KNeighborsClassifier(1).fit(*found["train"]).score(*found["test"])
    return {
        "accuracy": evaluate.linear_probe(found["train"], found["val"], found["test"]).accuracy,
        "nearest neighbour": float(nearest),
        "numbers": float(found["test"][0].shape[1]),
        "ms an item": evaluate.milliseconds(represent, parts["test"][0]),
    }


def of_network(model: nn.Module) -> Callable[[np.ndarray], np.ndarray]:
    """Its representation, numpy in and out."""

    def represent(X: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return model.represent(torch.from_numpy(X)).numpy()

    return represent


def add(scores: evaluate.Scores, name: str, runs: list[dict[str, float]], kind: str = "method") -> None:
    """A row whose size is said once, and its price as the median: neither is a matter of the seed."""
    scores.add(name, runs, kind)
    for metric in ("numbers", "ms an item"):
        scores.values[name][metric] = np.median(scores.values[name][metric], keepdims=True)


def probe(scores: evaluate.Scores) -> None:
    """Every representation of the chapter on digits; what is trained, for every seed."""
    parts = digits()
    add(scores, "pixels", [measured(lambda X: X, parts)])
    for name, k, whiten in (("PCA, 20", 20, False), ("PCA, 20, whitened", 20, True), ("PCA, 50", 50, False),
                            ("PCA, 50, whitened", 50, True)):  # fmt: skip
        add(scores, name, [measured(layers.PCA(k, whiten).fit(parts["train"][0]).transform, parts)])
    for name, make in NETWORKS.items():
        add(scores, name, [measured(of_network(fitted(make, parts, seed)), parts) for seed in SEEDS])
    for name, make in NETWORKS.items():
        random = []
        for seed in SEEDS:
            torch.manual_seed(seed)
            random.append(measured(of_network(make()), parts))
        add(scores, f"untrained {name}", random, "control")
    guess = evaluate.majority(parts["train"][1], parts["test"][1])
    scores.add("the commonest digit", [{"accuracy": guess}], "chance")


def sequences(n: int, length: int, seed: int, hide_first: bool = False) -> TensorDataset:
    """Random symbols, one-hot (n, length, SYMBOLS), and which was the first (n,); `hide_first` blanks it: a control."""
    symbols = torch.randint(SYMBOLS, (n, length), generator=torch.Generator().manual_seed(seed))
    X = functional.one_hot(symbols, SYMBOLS).float()
    if hide_first:
        X[:, 0] = 0
    return TensorDataset(X, symbols[:, 0])


class Remember(nn.Module):
    """Read a sequence, then say what came first. `forget_bias` is where the LSTM's forget gate begins."""

    def __init__(self, cell: str, forget_bias: float | None, hidden: int = 32):
        super().__init__()
        self.read = layers.Recurrent(SYMBOLS, hidden, cell, forget_bias=forget_bias)
        self.out = nn.Linear(hidden, SYMBOLS)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.read(x)[1])


def remembered(cell: str, bias: float | None, length: int, seed: int, hide_first: bool = False, steps: int = 250) -> float:
    """Accuracy on new sequences after training on 4,000."""
    torch.manual_seed(seed)
    model = Remember(cell, bias)
    loader = DataLoader(sequences(4000, length, seed, hide_first), batch_size=64, shuffle=True)
    train.fit(model, loader, loss, steps=steps, lr=1e-2, clip=1.0, seed=seed, device="cpu", progress=False)
    X, y = sequences(1000, length, seed + 1000, hide_first).tensors
    with torch.no_grad():
        return float((model(X).argmax(1) == y).float().mean())


def memory(scores: evaluate.Scores) -> None:
    """Accuracy by length, for the plain cell and for the LSTM by its forget gate at the start."""
    for name, (cell, bias) in CELLS.items():
        scores.add(name, [{f"length {n}": remembered(cell, bias, n, seed) for n in LENGTHS} for seed in SEEDS])
    hidden = [{f"length {LENGTHS[0]}": remembered("lstm", 4.0, LENGTHS[0], seed, hide_first=True)} for seed in SEEDS]
    scores.add("LSTM, first symbol hidden", hidden, "control")
    scores.add("chance", [{f"length {n}": 1 / SYMBOLS for n in LENGTHS}], "chance")
    scores.add("ceiling", [dict.fromkeys((f"length {n}" for n in LENGTHS), 1.0)], "ceiling")


def largest(ours: Tensor, theirs: Tensor) -> dict[str, float]:
    return {"largest difference, millionths": 1e6 * float((ours - theirs).abs().max())}


def attention_gap(seed: int, mask: str) -> dict[str, float]:
    """Our attention and torch's on random queries, keys and values of 4 heads, 33 steps, width 16."""
    generator = torch.Generator().manual_seed(seed)
    q, k, v = (torch.randn(8, 4, 33, 16, generator=generator) for _ in range(3))
    some = torch.rand(8, 1, 33, 33, generator=generator) < 0.3
    seen = {"no": None, "causal": layers.causal_mask(33), "random": some | torch.eye(33, dtype=torch.bool)}[mask]
    return largest(layers.attention(q, k, v, seen)[0], functional.scaled_dot_product_attention(q, k, v, attn_mask=seen))


def descent_gap(seed: int, ours: type, theirs: Callable, **options: float) -> dict[str, float]:
    """A perceptron on digits after 100 steps by our optimizer and by torch's, from the same weights, in float64."""
    X, y = digits()["train"]
    after = []
    for make in (ours, theirs):
        torch.manual_seed(seed)
        model = Perceptron().double()
        optimizer = make(list(model.parameters()), **options)
        for step in range(100):
            rows = np.random.default_rng([seed, step]).choice(len(X), 64)
            optimizer.zero_grad()
            functional.cross_entropy(model(torch.from_numpy(X[rows]).double()), torch.from_numpy(y[rows])).backward()
            optimizer.step()
        after.append(nn.utils.parameters_to_vector(model.parameters()).detach())
    return largest(*after)


def loss_gap(seed: int) -> dict[str, float]:
    """Cross-entropy of logits as large as 10⁴, relative to its size."""
    generator = torch.Generator().manual_seed(seed)
    logits, labels = 1e4 * torch.randn(500, 20, generator=generator), torch.randint(20, (500,), generator=generator)
    theirs = functional.cross_entropy(logits, labels)
    return largest(layers.cross_entropy(logits, labels) / theirs, torch.ones(()))


def pca_gap(seed: int) -> dict[str, float]:
    """Whitened scores of a random half of the digits; a component and its opposite are one."""
    X = digits()["train"][0].astype(float)
    X = X[np.random.default_rng(seed).permutation(len(X))[:600]]
    theirs = sklearn_decomposition.PCA(20, whiten=True, svd_solver="full")
    ours, theirs = (torch.from_numpy(np.abs(pca.fit_transform(X))) for pca in (layers.PCA(20, True), theirs))
    return largest(ours, theirs)


def equal(scores: evaluate.Scores) -> None:
    """The largest difference from torch's or scikit-learn's answer, for every seed."""
    for mask in ("no", "causal", "random"):
        name = "scaled_dot_product_attention"
        scores.add(f"attention, {mask} mask · torch {name}", [attention_gap(seed, mask) for seed in SEEDS])
    for ours, theirs, options in (
        (layers.GradientDescent, torch.optim.SGD, {"lr": 0.1}),
        (layers.Momentum, torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
        (layers.RMSprop, torch.optim.RMSprop, {"lr": 0.003}),
        (layers.Adam, torch.optim.Adam, {"lr": 0.003}),
    ):
        name = f"{ours.__name__}, 100 steps · torch.optim.{theirs.__name__}"
        scores.add(name, [descent_gap(seed, ours, theirs, **options) for seed in SEEDS])
    scores.add("cross-entropy, logits of 10⁴, relative · torch cross_entropy", [loss_gap(seed) for seed in SEEDS])
    scores.add("PCA, whitened · scikit-learn PCA", [pca_gap(seed) for seed in SEEDS])


PARTS = {"probe": probe, "memory": memory, "equal": equal}


def main(names: list[str]) -> None:
    """Measure the parts named, all of them where none is."""
    for name in names or PARTS:
        scores = evaluate.Scores()
        PARTS[name](scores)
        print(scores)
        record.merge("primer", {name: scores.figures()}, SEEDS)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.argv[1:])
