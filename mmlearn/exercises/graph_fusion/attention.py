"""Graph attention: weights that rank alike for everybody, and weights that do not."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.graph_fusion.common import SIZES, any_of, array, own_edge, random_edges, tensor

SLOPE = 0.2


def shares(scores: Tensor, edges: Tensor, dim: int = 2, itself: bool = True) -> Tensor:
    heard = own_edge(edges) if itself else edges
    return scores.masked_fill(~heard, torch.finfo(scores.dtype).min).softmax(dim)


def static_scores(z: Tensor, speaks: Tensor, looks: Tensor) -> Tensor:
    return (z @ speaks)[:, None, :] + (z @ looks)[:, :, None]


def bent(scores: Tensor, slope: float = SLOPE) -> Tensor:
    return functional.leaky_relu(scores, slope)


def attention_weights(z: Tensor, edges: Tensor, speaks: Tensor, looks: Tensor) -> Tensor:
    """The weights of `layers.GraphAttention`, one head."""
    return shares(bent(static_scores(z, speaks, looks)), edges)


def attention_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """By hand; random; scores of thousands; and scores far below 0."""
    batch, n, d = SIZES[variant]
    tiny = (tensor([[[1.0, -1.0], [0.5, 2.0], [-2.0, 0.0]]]), tensor([[[False, True, False], [True, False, True], [False] * 3]]),
            tensor([1.0, 0.5]), tensor([-1.0, 1.0]))  # fmt: skip
    z, edges = rng.normal(size=(batch, n, d)), random_edges(rng, batch, n)
    a, c = tensor(rng.normal(size=d)), tensor(rng.normal(size=d))
    low = tensor(-1e6 * (abs(z) + 1)), edges, abs(a), abs(c)
    return [tiny, (tensor(z), edges, a, c), (tensor(2000 * z), edges, a, c), low]


def _filled(scores: Tensor, edges: Tensor, fill: float) -> Tensor:
    """Scores that do not count set to 0, or to another number that is a score like any other."""
    return scores.masked_fill(~own_edge(edges), fill).softmax(2)


def _after(scores: Tensor, edges: Tensor) -> Tensor:
    """Softmax over all, then the others cut off: rows do not sum to 1."""
    return scores.softmax(2) * own_edge(edges)


def _overflown(got: object, *_: object) -> bool:
    return not np.isfinite(array(got)).all()


def _nobody_is_nan(got: object, edges: Tensor) -> bool:
    """NaN for those who hear nobody else, and for them alone."""
    bad = np.isnan(array(got)).any(2)
    return bool(bad.any()) and bool((bad == ~edges.any(2).numpy()).all())


def _common_mistakes(scores) -> list[Mistake]:
    """Those of the softmax, given the scores of a graph from all arguments but the edges."""
    return [
        Mistake("nobody", "NaN where a node hears nobody else. It always hears itself, whatever edges says",
                when=lambda got, _, *x: _nobody_is_nan(got, x[_edges_at(x)])),
        Mistake("overflow", "NaN where scores are thousands: e to their power is infinite, or, if the others were cut off after "
                "the softmax, nothing is left to divide by. Mask first; softmax then takes the largest off", when=_overflown),
        Mistake("itself", "a node does not hear itself here. It always does, whatever edges says",
                when=any_of(lambda *x: shares(scores(*x), x[_edges_at(x)], itself=False),
                            lambda *x: _no_edges_zero(scores(*x), x[_edges_at(x)]))),
        Mistake("unmasked", "the edges were not used: everybody hears everybody", when=any_of(lambda *x: scores(*x).softmax(2))),
        Mistake("zeroed", "scores without an edge were set to a number, such as 0, that others go below: they still get weight. "
                "Which score gets none?",
                when=any_of(*(lambda *x, fill=f: _filled(scores(*x), x[_edges_at(x)], fill) for f in (0.0, -100.0, -1e3, -1e4)))),
        Mistake("after", "the softmax ran over all nodes, and the others were cut off afterwards: rows do not sum to 1",
                when=any_of(lambda *x: _after(scores(*x), x[_edges_at(x)]))),
        Mistake("axis", "the softmax runs along the wrong axis: columns sum to 1. The weights of one who *looks*, a row, do",
                when=any_of(lambda *x: shares(scores(*x), x[_edges_at(x)], dim=1))),
        Mistake("scores", "these are scores. The softmax over those heard is missing", when=any_of(scores)),
    ]  # fmt: skip


def _edges_at(arguments: tuple) -> int:
    return next(i for i, x in enumerate(arguments) if x.dtype == torch.bool)


def _no_edges_zero(scores: Tensor, edges: Tensor) -> Tensor:
    """As without itself, but zeros where there is nobody."""
    return shares(scores, edges, itself=False) * edges.any(2, keepdim=True)


ATTENTION = Exercise(
    id="graph_fusion.attention_weights",
    title="how much each neighbour counts",
    reference=attention_weights,
    cases=attention_cases,
    variants=("standard", "large"),
    mistakes=[
        *_common_mistakes(lambda z, e, a, c: bent(static_scores(z, a, c))),
        Mistake("not-bent", "LeakyReLU is missing", when=any_of(lambda z, e, a, c: shares(static_scores(z, a, c), e))),
        Mistake("relu", "this is a ReLU, or another slope. Below 0, scores are multiplied by 0.2 (PyTorch's own default is 0.01)",
                when=any_of(*(lambda z, e, a, c, s=s: shares(bent(static_scores(z, a, c), s), e) for s in (0.0, 0.01)))),
        Mistake("exchanged", "speaks and looks have changed places. Row i looks, column j speaks",
                when=any_of(lambda z, e, a, c: shares(bent(static_scores(z, c, a)), e))),
        Mistake("speaker-only", "who looks makes no difference: looks is missing, or each of the two was bent by itself. What is "
                "the same in a whole row cancels in the softmax; LeakyReLU comes after the sum",
                when=any_of(lambda z, e, a, c: shares(bent(static_scores(z, a, 0 * c)), e))),
        Mistake("looker-only", "who speaks makes no difference: speaks is missing",
                when=any_of(lambda z, e, a, c: shares(bent(static_scores(z, 0 * a, c)), e))),
        Mistake("transposed", "edges were read the wrong way round: row i says whom i hears",
                when=any_of(lambda z, e, a, c: attention_weights(z, e.transpose(1, 2), a, c))),
    ],
    hints=(
        "A score is a sum of two numbers, one of each node. How do a row of numbers and a column of numbers make a matrix?",
        "z @ speaks is (batch, n): as a row for every i, [:, None, :]; z @ looks as a column, [:, :, None]. LeakyReLU of the "
        "sum; "
        "-inf where there is neither an edge nor the node itself; softmax along the row.",
        "scores = functional.leaky_relu((z @ speaks)[:, None, :] + …, 0.2)\n"
        "heard = edges | torch.eye(z.shape[1], dtype=torch.bool)\nreturn scores.masked_fill(~heard, …).softmax(dim=…)",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def dynamic_scores(u: Tensor, v: Tensor, a: Tensor, slope: float = SLOPE) -> Tensor:
    return bent(u[:, :, None] + v[:, None], slope) @ a


def dynamic_weights(u: Tensor, v: Tensor, edges: Tensor, a: Tensor) -> Tensor:
    """Brody, Alon and Yahav (2022), "How attentive are graph attention networks?", ICLR, equation 7."""
    return shares(dynamic_scores(u, v, a), edges)


def dynamic_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    batch, n, d = SIZES[variant]
    tiny = (tensor([[[1.0, -1.0], [0.5, 2.0], [-2.0, 0.0]]]), tensor([[[-1.0, 0.5], [1.0, -2.5], [0.0, 1.0]]]),
            tensor([[[False, True, False], [True, False, True], [False] * 3]]), tensor([1.0, 0.5]))  # fmt: skip
    u, v, edges = rng.normal(size=(batch, n, d)), rng.normal(size=(batch, n, d)), random_edges(rng, batch, n)
    a = tensor(rng.normal(size=d))
    low = tensor(-1e6 * (abs(u) + 1)), tensor(-1e6 * (abs(v) + 1)), edges, abs(a)
    return [tiny, (tensor(u), tensor(v), edges, a), (tensor(2000 * u), tensor(2000 * v), edges, a), low]


def _static(u: Tensor, v: Tensor, e: Tensor, a: Tensor) -> Tensor:
    return shares(bent((u @ a)[:, :, None] + (v @ a)[:, None]), e)


DYNAMIC = Exercise(
    id="graph_fusion.dynamic_weights",
    title="attention that depends on who looks",
    reference=dynamic_weights,
    cases=dynamic_cases,
    variants=("standard", "large"),
    mistakes=[
        *_common_mistakes(lambda u, v, e, a: dynamic_scores(u, v, a)),
        Mistake("static", "the product with a came first, and LeakyReLU after it: that is exercise 5 again, which ranks alike "
                "for "
                "everybody. Bend the vectors, then multiply", when=any_of(_static)),
        Mistake("not-bent", "LeakyReLU is missing: then the scores are plain sums, and everybody ranks alike",
                when=any_of(lambda u, v, e, a: shares(dynamic_scores(u, v, a, 1.0), e))),
        Mistake("relu", "this is a ReLU, or another slope. Below 0, numbers are multiplied by 0.2 (PyTorch's own default is "
                "0.01)",
                when=any_of(*(lambda u, v, e, a, s=s: shares(dynamic_scores(u, v, a, s), e) for s in (0.0, 0.01)))),
        Mistake("exchanged", "u and v have changed places. Row i looks: u_i. Column j speaks: v_j",
                when=any_of(lambda u, v, e, a: dynamic_weights(v, u, e, a))),
        Mistake("each-bent", "u and v were bent each by itself: then they no longer meet. LeakyReLU comes after their sum",
                when=any_of(lambda u, v, e, a: shares((bent(u) @ a)[:, :, None] + (bent(v) @ a)[:, None], e))),
        Mistake("transposed", "edges were read the wrong way round: row i says whom i hears",
                when=any_of(lambda u, v, e, a: dynamic_weights(u, v, e.transpose(1, 2), a))),
    ],
    hints=(
        "Here every pair of nodes has a vector, not only a number, before a makes a number of it. What shape do all pairs have?",
        "u[:, :, None] + v[:, None] is (batch, n, n, d). LeakyReLU of it, then @ a gives (batch, n, n). Mask and softmax as in "
        "exercise 5.",
        "pairs = u[:, :, None] + …\nscores = functional.leaky_relu(pairs, 0.2) @ …\n"
        "heard = edges | torch.eye(…, dtype=torch.bool)\nreturn scores.masked_fill(…, -torch.inf).softmax(dim=…)",
    ),
)  # fmt: skip
