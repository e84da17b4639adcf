"""Chapter 01: a bend and its slope, a loss, a step, a loop, whitening, a cell with a memory, attention and who may look where."""

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn import layers
from mmlearn.exercises.engine import Exercise, Mistake, register
from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.engine.quiz import Choice, Question, ask


def normal(rng: np.random.Generator, *shape: int) -> Tensor:
    """Random numbers in float64."""
    return torch.from_numpy(rng.normal(size=shape))


def close(a: Any, b: Any) -> bool:
    """Whether two answers are equal numbers in equal shapes."""
    a, b = np.asarray(plain(a), float), np.asarray(plain(b), float)
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True)


# 1 -------------------------------------------------------------------------------------------------------------------


def sigmoid(x: Tensor) -> tuple[Tensor, Tensor]:
    """The library has no slopes of its own: autograd computes them."""
    value = layers.sigmoid(x)
    return value, value * (1 - value)


def sigmoid_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n = {"standard": 5, "large": 300}[variant]
    return [(torch.tensor([0.0, 1.0, -1.0], dtype=torch.float64),), (3 * normal(rng, n),), (3 * normal(rng, 2, n),),
            (torch.tensor([-1000.0, -30.0, 30.0, 1000.0], dtype=torch.float64),)]  # fmt: skip


def with_value(value: Callable[[Tensor], Tensor]) -> Callable[[Any, Any, Tensor], bool]:
    """Recognise an answer by its first part alone, whatever stands second."""
    return lambda got, _, x: close(got[0], value(x))


SIGMOID = Exercise(
    id="primer.sigmoid",
    title="a probability, and its slope",
    reference=sigmoid,
    cases=sigmoid_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("range", "your values run from -1 to 1: that is a tanh. A sigmoid lies between 0 and 1, whatever some texts say",
                when=lambda got, _, x: close(got[0], torch.tanh(x)) or close(got[0], torch.tanh(x / 2))),
        Mistake("overflow", "right for small numbers, but not at x = 1000 or -1000: exp of what becomes infinite there, and "
                "infinity divided by infinity is NaN. Can the exponent be kept negative?",
                when=lambda got, _, x: float(x.abs().max()) > 700 and not np.isfinite(np.asarray(plain(got[0]))).all()
                or not np.isfinite(np.asarray(plain(got[1]))).all()),
        Mistake("sign", "this falls where it should rise: at large x a sigmoid is near 1. Check the sign in the exponent",
                when=with_value(lambda x: torch.sigmoid(-x))),
        Mistake("slope-of-value", "the slope is σ (1 - σ) with the *values* σ(x) in it; you put x itself there",
                when=lambda got, _, x: close(got[0], torch.sigmoid(x)) and close(got[1], x * (1 - x))),
        Mistake("tanh-slope", "1 - σ² is the slope of a tanh, whose values go from -1 to 1. Work it out again for 1 / (1 + e⁻ˣ)",
                when=lambda got, _, x: close(got[1], 1 - torch.sigmoid(x) ** 2)),
        Mistake("twice", "the slope was bent once more: σ (1 - σ) takes σ(x), which you have already, not σ(σ(x))",
                when=lambda got, _, x: close(got[1], (s := torch.sigmoid(torch.sigmoid(x))) * (1 - s))),
        Mistake("slope-sign", "a sigmoid rises everywhere, so its slope is never negative",
                when=lambda got, expected, x: close(got[1], -expected[1])),
        Mistake("swapped", "value and slope are in the wrong order", when=lambda got, expected, x: close(got[0], expected[1])),
        Mistake("one", "this is the value alone. Return two things: the value and the slope",
                when=lambda got, expected, x: close(got, expected[0])),
    ],
    hints=(
        "For x = -1000 the formula 1 / (1 + e⁻ˣ) asks for e¹⁰⁰⁰, which no float holds; for x = 1000, eˣ / (1 + eˣ) does. Each is "
        "safe on one side.",
        "Compute with e to the power of minus |x|, which is never above 1. For x ≥ 0 the value is 1 / (1 + e), for x < 0 it is "
        "e / (1 + e): torch.where chooses. The slope of the sigmoid is σ(x) (1 - σ(x)).",
        "e = torch.exp(-x.abs())\nvalue = torch.where(x >= 0, …, …)\nreturn value, value * …",
    ),
)  # fmt: skip


# 2 -------------------------------------------------------------------------------------------------------------------


def entropy_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, classes = {"standard": (6, 4), "large": (200, 50)}[variant]
    labels = [torch.from_numpy(rng.integers(classes, size=n)) for _ in range(2)]
    tiny = (torch.tensor([[0.0, 0.0], [2.0, 0.0]], dtype=torch.float64), torch.tensor([0, 1]))
    return [tiny, (normal(rng, n, classes), labels[0]), (1e4 * normal(rng, n, classes), labels[1])]


def picked(log_p: Tensor, labels: Tensor) -> Tensor:
    return log_p[torch.arange(len(labels)), labels]


CROSS_ENTROPY = Exercise(
    id="primer.cross_entropy",
    title="how surprised is the model by the right class?",
    reference=layers.cross_entropy,
    cases=entropy_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("overflow", "right for small logits, but at 10,000 exp becomes infinite, or a probability rounds to 0 and its "
                "logarithm to -∞. Take the largest logit of each row out first, and the logarithm before rounding can happen",
                when=lambda got, _, logits, y: float(logits.abs().max()) > 500 and not np.isfinite(plain(got))),
        Mistake("clipped", "an added constant, or a clip, hides the overflow but changes the answer: at logits of 10,000 the "
                "loss really is in the thousands. log softmax can be computed without ever forming the softmax",
                when=lambda got, expected, logits, y: float(logits.abs().max()) > 500 and 0 < float(got) < float(expected) / 10),
        Mistake("sign", "a loss to make small: the *negative* logarithm. Yours is below zero",
                when=lambda got, expected, *_: close(got, -expected)),
        Mistake("sum", "this is the sum over the examples. The mean was asked for: else the learning rate would depend on how "
                "many there are", when=lambda got, expected, logits, y: close(got, expected * len(y))),
        Mistake("classes", "you also divided by the number of classes. Each example adds one term, that of its label",
                when=lambda got, expected, logits, y: close(got, expected / logits.shape[1])),
        Mistake("bits", "this is in bits, the logarithm to base 2. The natural one was asked for",
                when=lambda got, expected, *_: close(got, expected / math.log(2))),
        Mistake("twice", "softmax was applied to probabilities: softmax of a softmax. Logits go in as they are",
                wrong=lambda logits, y: -picked(torch.log_softmax(logits.softmax(1), 1), y).mean()),
        Mistake("axis", "softmax ran down the columns, over the examples. It runs over the classes, along each row",
                wrong=lambda logits, y: -picked(torch.log_softmax(logits, 0), y).mean()),
        Mistake("everything", "the mean was taken over all classes. Only the label's term counts: which column does each row "
                "pick?",
                wrong=lambda logits, y: -torch.log_softmax(logits, 1).mean()),
        Mistake("broadcast", "logits[:, labels] picks *every* label's column from every row. Pair row i with label i",
                wrong=lambda logits, y: -torch.log_softmax(logits, 1)[:, y].mean()),
        Mistake("logit", "this is the label's logit, without what normalises it: log Σ eˣ is missing",
                wrong=lambda logits, y: -picked(logits, y).mean()),
        Mistake("each", "one loss an example is a good step. Take their mean",
                when=lambda got, expected, logits, y: np.shape(plain(got)) == (len(y),)),
    ],
    hints=(
        "-log softmax(x)[label] = log Σ eˣ - x[label]. Which of its parts can overflow?",
        "Subtract each row's largest logit: the loss does not change, and no exponent is above 0. Then take "
        "log Σ eˣ of each row, subtract the label's shifted logit, and average over rows.",
        "shifted = logits - logits.max(dim=1, keepdim=True).values\nlog_sum = shifted.exp().sum(…).log()\n"
        "right = shifted[torch.arange(len(labels)), …]\nreturn (… - …).mean()",
    ),
)  # fmt: skip


# 3 -------------------------------------------------------------------------------------------------------------------


def adam_step(
    w: Tensor, g: Tensor, m: Tensor, s: Tensor, t: int, lr: float, b1: float, b2: float, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The library's Adam, asked for a single change."""
    memory = {"t": t - 1, "m": m, "s": s}
    optimizer = layers.Adam([w.detach().clone().requires_grad_()], lr, (b1, b2), eps)
    return w - optimizer.change(g, memory), memory["m"], memory["s"]


def adam_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n = {"standard": 4, "large": 500}[variant]
    zeros = [torch.zeros(n, dtype=torch.float64) for _ in range(2)]
    later = [(normal(rng, n), 3 * normal(rng, n), normal(rng, n), normal(rng, n) ** 2, t, lr, b1, b2, 0.1)
             for t, lr, b1, b2 in ((2, 0.1, 0.9, 0.99), (5, 0.5, 0.8, 0.95))]  # fmt: skip
    return [(normal(rng, n), 2 + normal(rng, n) ** 2, *zeros, 1, 0.1, 0.9, 0.999, 1e-8), *later]


def adam_with(change: Callable[..., Any]) -> Callable[..., tuple]:
    """Adam with a mistake: `change` gets its quantities and says how far to go."""

    def step(w, g, m, s, t, lr, b1, b2, eps):
        m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g**2
        return w - lr * change(m=m, s=s, t=t, b1=b1, b2=b2, eps=eps, g=g), m, s

    return step


def swapped_betas(w: Tensor, g: Tensor, m: Tensor, s: Tensor, t: int, lr: float, b1: float, b2: float, eps: float) -> tuple:
    return adam_step(w, g, m, s, t, lr, b2, b1, eps)


def corrected_memory(w: Tensor, g: Tensor, m: Tensor, s: Tensor, t: int, lr: float, b1: float, b2: float, eps: float) -> tuple:
    w, m, s = adam_step(w, g, m, s, t, lr, b1, b2, eps)
    return w, m / (1 - b1**t), s / (1 - b2**t)


def unsquared(w: Tensor, g: Tensor, m: Tensor, s: Tensor, t: int, lr: float, b1: float, b2: float, eps: float) -> tuple:
    m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g
    return w - lr * (m / (1 - b1**t)) / ((s / (1 - b2**t)).sqrt() + eps), m, s


ADAM = Exercise(
    id="primer.adam_step",
    title="one step of Adam",
    reference=adam_step,
    cases=adam_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("uncorrected", "both averages begin at zero, so early on they are too small. Divide them by 1 - β₁ᵗ and 1 - β₂ᵗ",
                wrong=adam_with(lambda m, s, eps, **_: m / (s.sqrt() + eps))),
        Mistake("half-corrected", "one of the two averages is corrected for its start at zero, the other is not",
                when=lambda got, expected, w, g, m, s, t, lr, b1, b2, eps: any(
                    close(got[0], adam_with(one)(w, g, m, s, t, lr, b1, b2, eps)[0]) for one in (
                        lambda m, s, t, b1, eps, **_: m / (1 - b1**t) / (s.sqrt() + eps),
                        lambda m, s, t, b2, eps, **_: m / ((s / (1 - b2**t)).sqrt() + eps)))),
        Mistake("epsilon", "is ε inside the square root? It is added after the root is taken",
                wrong=adam_with(lambda m, s, t, b1, b2, eps, **_: m / (1 - b1**t) / (s / (1 - b2**t) + eps).sqrt())),
        Mistake("root", "you divided by ŝ itself. The step is measured by its square root, which has the unit of a gradient",
                wrong=adam_with(lambda m, s, t, b1, b2, eps, **_: m / (1 - b1**t) / (s / (1 - b2**t) + eps))),
        Mistake("uphill", "the weights went uphill: is the step subtracted?",
                when=lambda got, expected, w, *_: close(w - got[0], expected[0] - w)),
        Mistake("late", "the correction is one step off: at the first step t is 1, and β₁ is raised to the power 1",
                when=lambda got, expected, w, g, m, s, t, lr, b1, b2, eps: any(
                    close(got[0], adam_with(lambda m, s, t, b1, b2, eps, _off=off, **_:
                                            m / (1 - b1 ** (t + _off)) / ((s / (1 - b2 ** (t + _off))).sqrt() + eps))(
                                                w, g, m, s, t, lr, b1, b2, eps)[0]) for off in (-1, 1))),
        Mistake("unsquared", "s averages the gradients as they are; it should average their squares", wrong=unsquared),
        Mistake("betas", "the two β are swapped: β₁ belongs to m, β₂ to s", wrong=swapped_betas),
        Mistake("no-momentum", "this step goes along the gradient of the moment, as RMSprop does. Adam goes along its average m̂",
                wrong=adam_with(lambda g, s, t, b2, eps, **_: g / ((s / (1 - b2**t)).sqrt() + eps))),
        Mistake("remembers-corrected", "the corrected averages are for this step only. Remember m and s as they are, or the "
                "correction is applied again at every step", wrong=corrected_memory),
        Mistake("weights-only", "the weights are right, but Adam must remember: return w, m and s",
                when=lambda got, expected, *_: close(got, expected[0])),
    ],
    hints=(
        "Two running averages, one of the gradients and one of their squares; each is a little of the new and much of the old.",
        "Update m with β₁ and s with β₂; correct both for their start at zero, by dividing by 1 - βᵗ; go against m̂, divided by "
        "(√ŝ + ε); and give back the *uncorrected* m and s.",
        "m = b1 * m + … * g\ns = b2 * s + … * g**2\nm_hat = m / (1 - b1**t)\ns_hat = …\n"
        "return w - lr * m_hat / (… + eps), m, s",
    ),
)  # fmt: skip


# 4 -------------------------------------------------------------------------------------------------------------------


def train_loop(model: nn.Module, batches: list, loss: Callable, optimizer: Any, epochs: int) -> list[float]:
    """On copies, since a check calls it several times with the same model."""
    model, optimizer = copy.deepcopy((model, optimizer))
    return loop(model, batches, loss, optimizer, epochs)


def loop(
    model: nn.Module, batches: list, loss: Callable, optimizer: Any, epochs: int,
    order: tuple[str, ...] = ("zero", "backward", "step"),
) -> list[float]:  # fmt: skip
    """The loop with its three calls in any order, so that mistakes can be told from one another."""
    losses = []
    for _ in range(epochs):
        for batch in batches:
            value = loss(model, batch)
            for call in order:
                {"zero": optimizer.zero_grad, "backward": value.backward, "step": optimizer.step}[call]()
            losses.append(value.item())
    return losses


def squared(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    """The mean squared error of a batch."""
    return layers.mse(model(batch[0]), batch[1])


def loop_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Linear models with their batches and an optimizer of their own."""
    sizes = {"standard": (3, 4, 2), "large": (8, 10, 4)}[variant]
    inputs, count, epochs = sizes
    cases = []
    for lr, epochs_now in ((0.1, 1), (0.05, epochs)):
        model = nn.Linear(inputs, 2).double()
        with torch.no_grad():
            model.weight.copy_(normal(rng, 2, inputs))
            model.bias.copy_(normal(rng, 2))
        batches = [(normal(rng, 5, inputs), normal(rng, 5, 2)) for _ in range(count)]
        cases.append((model, batches, squared, layers.GradientDescent(model.parameters(), lr), epochs_now))
    return cases


def in_order(*order: str) -> Callable[..., list[float]]:
    return lambda model, batches, loss, optimizer, epochs: loop(model, batches, loss, optimizer, epochs, order)


LOOP = Exercise(
    id="primer.train_loop",
    title="forget, look back, step: over and over",
    reference=train_loop,
    cases=loop_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("accumulates", "the gradients of all batches so far are added up: backward() adds to what is there. Who "
                "clears it?",
                wrong=in_order("backward", "step")),
        Mistake("unchanged", "these are the losses of a model that never changes. Is step() called, and are the gradients "
                "still there when it is?", wrong=in_order("zero", "backward")),
        Mistake("stale", "step() comes before backward(), and so uses the gradient of the batch before",
                wrong=in_order("step", "zero", "backward")),
        Mistake("one-epoch", "you went through the batches once. epochs says how often",
                when=lambda got, expected, model, batches, *_: len(got) == len(batches) and close(got, expected[: len(got)])),
        Mistake("last", "this is the last loss alone. Keep the loss of every batch, in a list",
                when=lambda got, expected, *_: close(got, expected[-1])),
        Mistake("means", "one number an epoch is too few: keep the loss of every batch",
                when=lambda got, expected, m, batches, loss, o, epochs: len(got) == epochs),
        Mistake("after", "these are the losses after each step. Keep the one that the gradient came from, before it",
                when=lambda got, expected, *_: len(got) == len(expected) and got[0] != expected[0]),
    ],
    hints=(
        "For every batch three calls, in an order that matters: two of the optimizer, one of the loss.",
        "For each epoch and each batch: compute the loss, clear the old gradients, compute the new ones (backward), let the "
        "optimizer step, and append loss.item(), a plain number.",
        "losses = []\nfor epoch in range(epochs):\n    for batch in batches:\n        value = loss(model, batch)\n"
        "        optimizer.…\n        value.…\n        optimizer.…\n        losses.append(…)\nreturn losses",
    ),
)  # fmt: skip


# 5 -------------------------------------------------------------------------------------------------------------------


def whiten(X: np.ndarray) -> np.ndarray:
    """PCA with every direction at variance one."""
    return layers.PCA(whiten=True).fit_transform(X)


def whiten_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Clouds of unequal spreads along any directions, none of them at the origin."""
    n, d = {"standard": (12, 3), "large": (300, 20)}[variant]

    def cloud(n: int, d: int) -> np.ndarray:
        """Rows stretched unequally along random directions, away from the origin."""
        turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
        return rng.normal(size=(n, d)) * np.linspace(4, 0.5, d) @ turn + 3 * rng.normal(size=d)

    return [(cloud(6, 2),), (cloud(n, d),), (cloud(2 * n, d),)]


def up_to_sign(got: Any, expected: np.ndarray) -> bool:
    """A direction and its opposite are the same direction."""
    got = np.asarray(plain(got), float)
    signs = np.where((got * expected).sum(axis=0) < 0, -1, 1)
    return got.shape == expected.shape and np.allclose(got * signs, expected, rtol=1e-5, atol=1e-6)


def centred_svd(X: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.linalg.svd(X - X.mean(axis=0), full_matrices=False)


def uncentred(X: np.ndarray) -> np.ndarray:
    U, _, _ = np.linalg.svd(X, full_matrices=False)
    return U * math.sqrt(len(X) - 1)


WHITEN = Exercise(
    id="primer.whiten",
    title="uncorrelated, and all equally spread",
    reference=whiten,
    cases=whiten_cases,
    variants=("standard", "large"),
    agrees=up_to_sign,
    mistakes=[
        Mistake("centre", "the mean is still in the data, and the first direction points at it. Subtract each column's mean "
                "first",
                when=lambda got, _, X: up_to_sign(got, uncentred(X)) or np.abs(np.asarray(plain(got)).mean(axis=0)).max() > 0.05),
        Mistake("pca-only", "the columns are uncorrelated, but their variances still differ: this is PCA. Divide each column "
                "by its standard deviation", when=lambda got, _, X: up_to_sign(got, layers.PCA().fit_transform(X))),
        Mistake("variance", "you divided by the variance. To bring a spread to one, divide by its square root",
                when=lambda got, _, X: up_to_sign(got, layers.PCA().fit_transform(X) / layers.PCA().fit(X).explained_variance_)),
        Mistake("unit-length", "each column has length one; its *variance* should be one, and there are n rows in it: "
                "how much longer must it be?", when=lambda got, _, X: up_to_sign(got, centred_svd(X)[0])),
        Mistake("ddof", "almost: the variance is one if you divide by n; divide by n - 1, as np.cov does",
                when=lambda got, _, X: up_to_sign(got, centred_svd(X)[0] * math.sqrt(len(X)))),
        Mistake("scaled-only", "every column has variance one, but they are still correlated: turn the data first, onto the "
                "directions of the SVD", when=lambda got, _, X: up_to_sign(got, (X - X.mean(0)) / X.std(0, ddof=1))
                or up_to_sign(got, (X - X.mean(0)) / X.std(0))),
        Mistake("rising", "white, but from the smallest direction to the largest (np.linalg.eigh sorts that way). Begin with the "
                "largest", when=lambda got, expected, X: up_to_sign(np.asarray(plain(got))[:, ::-1], expected)),
        Mistake("turned-back", "white, and turned back to the axes of X (that is ZCA). Here the columns should be the "
                "directions themselves, the largest first",
                when=lambda got, _, X: close(got, centred_svd(X)[0] @ centred_svd(X)[2] * math.sqrt(len(X) - 1))),
        Mistake("transposed", "np.linalg.svd gives Vᵀ: its *rows* are the directions. Multiply by its transpose",
                when=lambda got, _, X: any(up_to_sign(got, (X - X.mean(0)) @ centred_svd(X)[2] / spread)
                                           for spread in (centred_svd(X)[1] / math.sqrt(len(X) - 1), 1.0))),
    ],
    hints=(
        "Two things are wanted: no two columns correlated, and every column of variance one. The SVD of the centred data "
        "gives both.",
        "With X - mean = U S Vᵀ, the columns of U are uncorrelated and of length one. What must they be multiplied by, so that "
        "their variance (with n - 1) is one? Or: turn with V, then divide each column by its standard deviation.",
        "U, S, Vt = np.linalg.svd(X - …, full_matrices=False)\nreturn U * np.sqrt(…)",
    ),
)  # fmt: skip


# 6 -------------------------------------------------------------------------------------------------------------------


def lstm_step(x: Tensor, h: Tensor, c: Tensor, W: Tensor, U: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The library's cell with these weights."""
    cell = layers.LSTMCell(W.shape[1], U.shape[1])
    return cell_with(cell, W, U, b).step(x @ W.T + b, (h, c))


def cell_with(cell: nn.Module, W: Tensor, U: Tensor, b: Tensor) -> nn.Module:
    cell = cell.double().requires_grad_(False)
    cell.from_input.weight.copy_(W), cell.from_state.weight.copy_(U), cell.from_input.bias.copy_(b)
    return cell


def lstm_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, inputs, hidden = {"standard": (3, 4, 2), "large": (40, 16, 32)}[variant]
    return [(normal(rng, size, inputs), normal(rng, size, hidden), normal(rng, size, hidden), normal(rng, 4 * hidden, inputs),
             normal(rng, 4 * hidden, hidden), normal(rng, 4 * hidden)) for size in (1, n, n + 1)]  # fmt: skip


def gates(x: Tensor, h: Tensor, W: Tensor, U: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    """What stands before the bends, in the order in, forget, candidate, out."""
    return (x @ W.T + h @ U.T + b).chunk(4, dim=-1)


def lstm_with(memory: Callable[..., Tensor], read: Callable[..., Tensor] | None = None) -> Callable[..., tuple]:
    """An LSTM with a mistake: `memory` makes the new c from (i, f, g, o, c), `read` the new h from (g, o, new c, old c)."""

    def step(x, h, c, W, U, b):
        i, f, g, o = gates(x, h, W, U, b)
        new = memory(i, f, g, o, c)
        return (torch.sigmoid(o) * torch.tanh(new)) if read is None else read(g, o, new, c), new

    return step


def right_memory(i: Tensor, f: Tensor, g: Tensor, o: Tensor, c: Tensor) -> Tensor:
    return torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)


LSTM = Exercise(
    id="primer.lstm_step",
    title="keep, write, read",
    reference=lstm_step,
    cases=lstm_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("gates", "in and forget gate are swapped: the blocks stand in the order in, forget, candidate, out",
                wrong=lstm_with(lambda i, f, g, o, c: right_memory(f, i, g, o, c))),
        Mistake("order", "the candidate is the third block and the out gate the fourth; you took them the other way round",
                wrong=lstm_with(lambda i, f, g, o, c: right_memory(i, f, o, g, c),
                                lambda g, o, new, old: torch.sigmoid(g) * torch.tanh(new))),
        Mistake("candidate", "the candidate may be negative: it goes through tanh. The sigmoid is for the gates",
                wrong=lstm_with(lambda i, f, g, o, c: torch.sigmoid(f) * c + torch.sigmoid(i) * torch.sigmoid(g))),
        Mistake("no-in-gate", "everything new is written: the in gate should say how much of the candidate enters",
                wrong=lstm_with(lambda i, f, g, o, c: torch.sigmoid(f) * c + torch.tanh(g))),
        Mistake("no-forget-gate", "the old memory stays whole: the forget gate should say how much of it is kept",
                wrong=lstm_with(lambda i, f, g, o, c: c + torch.sigmoid(i) * torch.tanh(g))),
        Mistake("coupled", "you keep 1 - f where you should keep f: at 1 the forget gate is open and keeps everything, in "
                "spite of its name", wrong=lstm_with(lambda i, f, g, o, c: right_memory(i, -f, g, o, c))),
        Mistake("no-bend", "the memory can grow beyond 1, so it goes through tanh before it is read: h' = o · tanh(c')",
                wrong=lstm_with(right_memory, lambda g, o, new, old: torch.sigmoid(o) * new)),
        Mistake("old-memory", "h' reads the old memory. It should read the new one, c'",
                wrong=lstm_with(right_memory, lambda g, o, new, old: torch.sigmoid(o) * torch.tanh(old))),
        Mistake("bias", "the bias b is missing from the four sums",
                wrong=lambda x, h, c, W, U, b: lstm_with(right_memory)(x, h, c, W, U, torch.zeros_like(b))),
        Mistake("no-state", "the gates do not look at the state: W x is there, U h is missing",
                wrong=lambda x, h, c, W, U, b: lstm_with(right_memory)(x, torch.zeros_like(h), c, W, U, b)),
        Mistake("swapped", "both are right, but in the wrong order: return h', then c'",
                when=lambda got, expected, *_: close(got[0], expected[1]) and close(got[1], expected[0])),
    ],
    hints=(
        "All four sums at once are one (n, 4 · hidden) matrix. Which blocks are gates, between 0 and 1, and which is a content?",
        "Compute x Wᵀ + h Uᵀ + b and cut it in four (chunk). Sigmoid for in, forget and out, tanh for the candidate. Then "
        "c' = f · c + i · g and h' = o · tanh(c').",
        "i, f, g, o = (x @ W.T + … + b).chunk(4, dim=-1)\nc = torch.sigmoid(f) * … + torch.sigmoid(i) * …\n"
        "return torch.sigmoid(o) * …, c",
    ),
)  # fmt: skip


# 7 -------------------------------------------------------------------------------------------------------------------


def attention_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    q, k, d, v = {"standard": (3, 4, 5, 2), "large": (40, 60, 32, 16)}[variant]
    some = torch.from_numpy(rng.random((q, k)) < 0.5)
    some[:, 0], some[0, 1:] = True, False  # every query may look somewhere, one of them at a single key only
    batch = (normal(rng, 2, q, d), normal(rng, 2, k, d), normal(rng, 2, k, v))
    return [(normal(rng, q, d), normal(rng, k, d), normal(rng, k, v), torch.ones(q, k, dtype=torch.bool)),
            (normal(rng, q, d), normal(rng, k, d), normal(rng, k, v), some), (*batch, some)]  # fmt: skip


def attention_with(
    scale: Callable[[Tensor], float] = lambda q: math.sqrt(q.shape[-1]), fill: float = -math.inf, axis: int = -1,
    which: Callable[[Tensor], Tensor] = lambda mask: mask, after: bool = False,
) -> Callable[..., tuple]:  # fmt: skip
    """Attention with a mistake in its scale, its mask or its axis."""

    def attend(query, key, value, mask):
        scores = query @ key.transpose(-2, -1) / scale(query)
        weights = scores.softmax(axis) * mask if after else scores.masked_fill(~which(mask), fill).softmax(axis)
        return weights @ value, weights

    return attend


ATTENTION = Exercise(
    id="primer.attention",
    title="look everywhere, take home a weighted mean",
    reference=layers.attention,
    cases=attention_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("unscaled", "the scores are not divided by √d: in wide vectors they grow, and softmax becomes all or nothing",
                wrong=attention_with(scale=lambda q: 1.0)),
        Mistake("d", "you divided by d. A sum of d products has a spread of √d, so divide by the root",
                wrong=attention_with(scale=lambda q: q.shape[-1])),
        Mistake("steps", "√d is the root of the vectors' width, their last axis; you took the number of steps",
                wrong=attention_with(scale=lambda q: math.sqrt(q.shape[-2]))),
        Mistake("unmasked", "the mask was not used: some queries look where they may not",
                wrong=attention_with(which=torch.ones_like)),
        Mistake("inverted", "the mask is turned round: true means that a query *may* look there",
                when=lambda got, _, q, k, v, mask: close(got[1], attention_with(which=torch.logical_not)(q, k, v, mask)[1])),
        Mistake("zero", "a forbidden score was set to 0, but e⁰ = 1: it still gets weight. Which number has e to it equal to 0?",
                wrong=attention_with(fill=0.0)),
        Mistake("late", "the weights were masked after the softmax, so that those left no longer sum to 1. Mask the scores",
                wrong=attention_with(after=True)),
        Mistake("axis", "softmax ran over the queries. Each query spreads its own weight over the keys: along which axis?",
                wrong=attention_with(axis=-2)),
        Mistake("one", "both were asked for: the result, and the weights that made it",
                when=lambda got, expected, *_: close(got, expected[0])),
        Mistake("scores", "the second part should be the weights after the softmax, each row of which sums to 1",
                when=lambda got, expected, *_: close(got[0], expected[0])),
    ],
    hints=(
        "A query's score for a key is a dot product. What makes scores into weights that sum to 1?",
        "scores = query keyᵀ / √d, of shape (…, q, k); where the mask is false put -∞; softmax along the keys; the weights times "
        "the values are the result. transpose(-2, -1) works for batches too.",
        "scores = query @ key.transpose(-2, -1) / …\nscores = scores.masked_fill(~mask, …)\n"
        "weights = scores.softmax(dim=…)\nreturn …, weights",
    ),
)  # fmt: skip


# 8 -------------------------------------------------------------------------------------------------------------------


def window_mask(length: int, width: int) -> Tensor:
    """Not in the library, so that it can be graded."""
    back = torch.arange(length)[:, None] - torch.arange(length)  # how many steps ago
    return (back >= 0) & (back < width)


def true_or_false(got: Any, expected: Tensor) -> bool:
    got = np.asarray(plain(got))
    return got.dtype == bool and np.array_equal(got, plain(expected))


def ago(length: int) -> Tensor:
    return torch.arange(length)[:, None] - torch.arange(length)


WINDOW = Exercise(
    id="primer.window_mask",
    title="only the last few steps",
    reference=window_mask,
    cases=lambda rng, variant: [(4, 2), (6, 3), (int(rng.integers(8, 12 if variant == "standard" else 200)), 5), (5, 1)],
    variants=("standard", "large"),
    agrees=true_or_false,
    mistakes=[
        Mistake("number", "right, but as numbers: a mask is bool, since layers.attention turns it round with ~",
                when=lambda got, expected, *_: np.asarray(plain(got)).dtype != bool and close(got, expected)),
        Mistake("future", "some steps look ahead. Step i may look at itself and back, never at what comes later",
                when=lambda got, _, length, width: bool((np.asarray(plain(got), bool) & (ago(length) < 0).numpy()).any())
                and not np.array_equal(np.asarray(plain(got), bool), (~window_mask(length, width)).numpy())),
        Mistake("too-wide", "one step too many: the step itself counts as one of `width`",
                wrong=lambda length, width: window_mask(length, width + 1)),
        Mistake("too-narrow", "one step too few: with width 1 a step still sees itself",
                when=lambda got, _, length, width: true_or_false(got, window_mask(length, width - 1))),
        Mistake("causal", "this is the whole past. Only the last `width` steps may be seen",
                wrong=lambda length, width: layers.causal_mask(length)),
        Mistake("inverted", "turned round: true is where a step may look",
                when=lambda got, _, length, width: true_or_false(got, ~window_mask(length, width))),
        Mistake("blind", "a step does not see itself here; it should",
                when=lambda got, _, length, width: not np.diag(np.asarray(plain(got), bool)).any()),
    ],
    hints=(
        "Entry (i, j) says whether step i may look at step j. How many steps back is j?",
        "i - j is how long ago j was: 0 for the step itself. It must be at least 0 and below width. torch.arange(length)[:, "
        "None] minus torch.arange(length) is that number for all pairs; & is the *and* of two bool tensors.",
        "back = torch.arange(length)[:, None] - torch.arange(length)\nreturn (back >= …) & (…)",
    ),
)  # fmt: skip


register(SIGMOID, CROSS_ENTROPY, ADAM, LOOP, WHITEN, LSTM, ATTENTION, WINDOW)


ask(
    Question(
        "primer.linear_stack",
        "Ten linear layers, one after the other, without activations between them. What can they do that one cannot?",
        (
            Choice("Nothing: a linear function of a linear function is linear", True,
                   "The ten matrices multiply to one. Only the bends between layers make depth worth anything."),
            Choice("Draw curved boundaries", False,
                   "The boundary of a linear function is flat, however many matrices it was multiplied together from."),
            Choice("Learn exclusive or, given enough data", False,
                   "No straight line separates it, so no amount of data helps: section 1 shows four layers at about 50%."),
        ),
    ),
    Question(
        "primer.sigmoid_range",
        "A sigmoid gave exactly 1.0 for x = 20 in float32. What does that tell?",
        (
            Choice("Its range includes 1 after all", False,
                   "In exact arithmetic it is 1 - 2·10⁻⁹: below 1, as for every x. The open end belongs to the function, the "
                   "1.0 to the float."),
            Choice("The float has no number between that value and 1; and the slope, σ (1 - σ), is now 0", True,
                   "Nearest to 1, float32 numbers are 6·10⁻⁸ apart. So a saturated unit can stop learning altogether, and a "
                   "loss that takes log(1 - σ) breaks: reason enough to compute losses from logits."),
            Choice("The weights are too small", False, "Large weights make large x, and large x saturates."),
        ),
    ),
    Question(
        "primer.adam_everywhere",
        "We turned the valley by 45 degrees. Gradient descent and momentum did exactly as before, RMSprop and Adam did not. Why?",
        (
            Choice("They were unlucky with the start", False, "The start was turned with the valley, so for gradient descent "
                   "nothing changed."),
            Choice("They measure each weight's step by that weight's own gradients, so the axes matter to them", True,
                   "A valley along an axis is what they are made for. Across the axes every weight sees both the steep and "
                   "the flat direction, and one scale a weight cannot tell them apart."),
            Choice("Momentum always wins on quadratic functions", False,
                   "With its two settings well chosen it is hard to beat there, but that does not explain what turning changed."),
        ),
    ),
    Question(
        "primer.forget_bias",
        "An LSTM whose forget gate begins at σ(0) = 0.5 learnt nothing from sequences of 20 steps. Why?",
        (
            Choice("It has too few units", False, "The same number of units is right every time once the gate begins open."),
            Choice("What the memory held is halved at every step: after 20 a millionth is left, and a millionth of the "
                   "gradient", True,
                   "An LSTM does not remember because it is an LSTM, but because a gate can stay open. Gradients must pass it "
                   "*before* training can open it, so it is opened at the start."),
            Choice("Its gradients exploded", False, "0.5 to the power of 20 vanishes. A factor above 1 at every step would "
                   "explode."),
        ),
    ),
    Question(
        "primer.attention_order",
        "All steps of a sequence are shuffled, keys with their values, and a query looks at them without a mask. What does it "
        "get?",
        (
            Choice("The same as before: a weighted mean does not depend on the order", True,
                   "Attention by itself does not know the order of what it looks at. That is why positions are added to the "
                   "steps: our pooled rows of digits had to be told which row is which."),
            Choice("Something else, since the weights belong to positions", False,
                   "Each weight comes from a query and a key, and moves along with them. No position enters."),
            Choice("The mean of all values", False, "Only if all scores were equal."),
        ),
    ),
)  # fmt: skip

__all__ = ["window_mask"]
