"""Between the steps of modalities: cross-attention by a mask, and parallel co-attention."""

import math

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.gates_and_attention.common import drawn
from mmlearn.layers import attention


def who_sees_whom(modality: Tensor, real: Tensor) -> Tensor:
    """(b, T, T): a real step may look at a real step of another modality."""
    return (modality[:, None] != modality) & real[:, None] & real[:, :, None]


def look_across(query: Tensor, key: Tensor, value: Tensor, modality: Tensor, real: Tensor) -> Tensor:
    """Cross-attention as the library does it."""
    return attention(query, key, value, who_sees_whom(modality, real))[0]


def look_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Two modalities; three, in no order, with padding; and one example in which only one modality is real."""
    b, T, d, e = {"standard": (3, 6, 4, 3), "large": (12, 20, 8, 5)}[variant]
    tiny = (*(drawn(rng, 1, 4, n) for n in (d, d, e)), torch.tensor([0, 0, 1, 1]), torch.ones(1, 4, dtype=torch.bool))
    steps = 2 * drawn(rng, b, T, d), drawn(rng, b, T, d), drawn(rng, b, T, e)
    two, three = torch.arange(T) // (T // 2), torch.from_numpy(np.r_[0, 1, 2, rng.integers(0, 3, T - 3)])
    real = torch.from_numpy(rng.random((b, T)) < 0.7)
    real[0] = True
    real[:, :3] = True  # every modality has a real step
    alone = real.clone()
    alone[-1] = three == 1
    every = torch.ones_like(real)
    return [tiny, (*steps, two, every), (*steps, three, every), (*steps, three, real), (*steps, three, alone)]


def struck_out(q: Tensor, k: Tensor, v: Tensor, modality: Tensor, real: Tensor) -> Tensor:
    weights = (q @ k.mT / math.sqrt(q.shape[-1])).softmax(-1) * who_sees_whom(modality, real)
    return weights @ v


def with_mask(mask) -> object:
    """The exercise with another idea of who may look at whom."""
    return lambda q, k, v, modality, real: attention(q, k, v, mask(modality, real))[0]


def but_for_rows(got: Tensor, expected: Tensor, rows: Tensor) -> bool:
    """Whether only these rows (b, T) differ."""
    got = torch.as_tensor(got, dtype=expected.dtype)
    wrong = ~torch.isclose(got, expected, rtol=1e-5, atol=1e-8).all(-1)
    return bool(wrong.any() and not (wrong & ~rows).any())


LOOK_ACROSS = Exercise(
    id="gates_and_attention.look_across",
    title="every step looks at the other modalities",
    reference=look_across,
    cases=look_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("everything", "every step looks at every real step, its own modality included: that is self-attention",
                wrong=with_mask(lambda m, r: r[:, None] & r[:, :, None])),
        Mistake("own", "turned round: a step looks at its *own* modality",
                wrong=with_mask(lambda m, r: (m[:, None] == m) & r[:, None] & r[:, :, None])),
        Mistake("no-scale", "the scores are not divided by √d: with many dimensions the softmax is too sharp",
                wrong=lambda q, k, v, m, r: look_across(q * math.sqrt(q.shape[-1]), k, v, m, r)),
        Mistake("padding-seen", "padding is looked at: a key whose `real` is false must get no weight",
                wrong=with_mask(lambda m, r: (m[:, None] != m) & r[:, :, None])),
        Mistake("no-mask", "`real` is not used: padding looks, and is looked at",
                wrong=with_mask(lambda m, r: (m[:, None] != m).expand(len(r), -1, -1))),
        Mistake("struck-out", "the softmax ran over everything, and weights were struck out after it: what is left does "
                "not sum to 1",
                wrong=struck_out),
        Mistake("columns", "the softmax runs over the queries. Each query shares out 1 over the keys, the last axis",
                wrong=lambda q, k, v, m, r: torch.where(who_sees_whom(m, r), (q @ k.mT / math.sqrt(q.shape[-1])).masked_fill(
                    ~who_sees_whom(m, r), -1e9).softmax(-2), 0.0) @ v),
        Mistake("nothing-found", "right, but for steps that are padding or find no other modality: they must get zeros. A "
                "softmax of "
                "nothing but -inf is NaN; of equal lowest numbers, equal weights",
                when=lambda got, expected, q, k, v, m, r: but_for_rows(got, expected, ~who_sees_whom(m, r).any(-1))),
    ],
    hints=(
        "Who may look at whom is one bool matrix (b, T, T): the row looks, the column is looked at. Three conditions must "
        "hold.",
        "modality[:, None] != modality is (T, T). real[:, None] says of the column that it is real, real[:, :, None] of "
        "the row. Then "
        "attention as in chapter 01; a row that may look nowhere gets zeros if the weights are multiplied by the mask at "
        "the end.",
        "may = (modality[:, None] != modality) & … & …\nscores = query @ key.mT / …\n"
        "weights = scores.masked_fill(~may, torch.finfo(scores.dtype).min).softmax(dim=-1) * …\nreturn weights @ value",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def co_attention(X: Tensor, Y: Tensor, B: Tensor, U: Tensor, W: Tensor, u: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    """Parallel co-attention of Lu et al. (2016)."""
    return from_affinity((X @ B @ Y.T).tanh(), X, Y, U, W, u, w)


def from_affinity(C: Tensor, X: Tensor, Y: Tensor, U: Tensor, W: Tensor, u: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    """The weights for any affinity C (n, r)."""
    a, c = (X @ U + C @ Y @ W).tanh() @ u, (Y @ W + C.T @ X @ U).tanh() @ w
    return a.softmax(0), c.softmax(0)


def co_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    sizes = {"standard": [(2, 3, 4), (5, 4, 4), (1, 3, 4)], "large": [(3, 4, 8), (20, 12, 8)]}[variant]
    # k = d, so that a forgotten U or W shows in the numbers and not in an error about shapes
    cases = []
    for n, r, d in sizes:
        layers = [0.7 * drawn(rng, d, d) for _ in range(3)]
        cases.append((drawn(rng, n, d), drawn(rng, r, d), *layers, 2 * drawn(rng, d), 2 * drawn(rng, d)))
    return cases


def raw_guests(X: Tensor, Y: Tensor, B: Tensor, U: Tensor, W: Tensor, u: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    C = (X @ B @ Y.T).tanh()
    return ((X @ U + C @ Y).tanh() @ u).softmax(0), ((Y @ W + C.T @ X).tanh() @ w).softmax(0)


def no_outer(X: Tensor, Y: Tensor, B: Tensor, U: Tensor, W: Tensor, u: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    C = (X @ B @ Y.T).tanh()
    return ((X @ U + C @ Y @ W) @ u).softmax(0), ((Y @ W + C.T @ X @ U) @ w).softmax(0)


def of_affinity(X: Tensor, Y: Tensor, B: Tensor, *_: Tensor) -> tuple[Tensor, Tensor]:
    C = (X @ B @ Y.T).tanh()
    return C.amax(1).softmax(0), C.amax(0).softmax(0)


def scores_only(X: Tensor, Y: Tensor, B: Tensor, U: Tensor, W: Tensor, u: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    C = (X @ B @ Y.T).tanh()
    return (X @ U + C @ Y @ W).tanh() @ u, (Y @ W + C.T @ X @ U).tanh() @ w


CO_ATTENTION = Exercise(
    id="gates_and_attention.co_attention",
    title="parallel co-attention",
    reference=co_attention,
    cases=co_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-affinity", "each side decides alone: C and the other side play no part",
                wrong=lambda X, Y, B, *rest: from_affinity(torch.zeros(len(X), len(Y), dtype=X.dtype), X, Y, *rest)),
        Mistake("raw-affinity", "the affinity is not squashed: C is the tanh of X B Yᵀ",
                wrong=lambda X, Y, B, *rest: from_affinity(X @ B @ Y.T, X, Y, *rest)),
        Mistake("no-b", "the affinity is that of the plain vectors: B is not used",
                wrong=lambda X, Y, B, *rest: from_affinity((X @ Y.T).tanh(), X, Y, *rest)),
        Mistake("b-turned", "B was transposed: the affinity is X B Yᵀ",
                wrong=lambda X, Y, B, *rest: co_attention(X, Y, B.T, *rest)),
        Mistake("softmax-affinity", "the affinity was made a softmax. It is a tanh, so that a step can also be pushed away",
                wrong=lambda X, Y, B, *rest: from_affinity((X @ B @ Y.T).softmax(1), X, Y, *rest)),
        Mistake("raw-guests", "what comes from the other side has not gone through its own layer: C Y *W*, Cᵀ X *U*",
                wrong=raw_guests),
        Mistake("no-tanh", "the tanh around the sum is missing, before u and w", wrong=no_outer),
        Mistake("largest", "each step was weighed by its largest affinity. Here both sides are brought together by C first",
                wrong=of_affinity),
        Mistake("scores", "these are the scores; the softmax over the steps is missing", wrong=scores_only),
        Mistake("exchanged", "u and w are exchanged: u scores the rows of X, w those of Y",
                wrong=lambda X, Y, B, U, W, u, w: co_attention(X, Y, B, U, W, w, u)),
        Mistake("order", "the two weights are exchanged: first those of X",
                when=lambda got, expected, X, *_: [len(g) for g in got] == [len(e) for e in expected[::-1]]
                and all(np.allclose(g, e) for g, e in zip(got, expected[::-1], strict=True))),
    ],
    hints=(
        "Write the shapes beside each factor: (n, d)(d, d)(d, r) gives C (n, r); what must stand before Y W (r, k), so "
        "that it can be "
        "added to X U (n, k)?",
        "C brings what Y offers to the steps of X; Cᵀ brings what X offers to the steps of Y. On each side a tanh of the "
        "sum, one "
        "score a step, a softmax over the steps.",
        "C = torch.tanh(…)\na = torch.tanh(X @ U + C @ Y @ W) @ u\nc = torch.tanh(…) @ w\nreturn a.softmax(dim=0), …",
    ),
)  # fmt: skip
