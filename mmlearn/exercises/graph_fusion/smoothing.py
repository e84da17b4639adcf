"""Graph convolution, and how much nodes still differ."""

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.graph_fusion.common import SIZES, any_of, array, numbers_of, random_edges, single, tensor
from mmlearn.layers import mean_of_steps


def _with_self(nodes: Tensor, edges: Tensor) -> Tensor:
    return numbers_of(edges, nodes) + torch.eye(nodes.shape[1], dtype=nodes.dtype)


def graph_convolution(nodes: Tensor, edges: Tensor, W: Tensor) -> Tensor:
    """`layers.GraphConvolution` without its bias."""
    A = _with_self(nodes, edges)
    scale = A.sum(2, keepdim=True).rsqrt()
    return scale * (A @ (scale * (nodes @ W)))


def convolution_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    batch, n, d = SIZES[variant]
    path = tensor([[[False, True, False], [True, False, True], [False, True, False]]])
    tiny = single([[[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]]]), path, single([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]])
    nodes, W = single(rng.normal(size=(batch, n, d))), single(rng.normal(size=(d, d + 2)))
    return [tiny, (nodes, random_edges(rng, batch, n, symmetric=True), W)]


def _scaled(nodes: Tensor, A: Tensor, W: Tensor, left: float, right: float, degree: Tensor | None = None) -> Tensor:
    """D^left A D^right H W; D of A unless given."""
    D = (A.sum(2, keepdim=True) if degree is None else degree).clamp(min=1e-12)
    return D**left * (A @ (D**right * (nodes @ W)))


def _no_self(nodes: Tensor, edges: Tensor, W: Tensor) -> Tensor:
    A = numbers_of(edges, nodes)
    degree = A.sum(2, keepdim=True)
    scale = torch.where(degree > 0, degree.rsqrt(), 0)
    return scale * (A @ (scale * (nodes @ W)))


def _old_degree(nodes: Tensor, edges: Tensor, W: Tensor) -> Tensor:
    degree = numbers_of(edges, nodes).sum(2, keepdim=True)
    return _scaled(nodes, _with_self(nodes, edges), W, -0.5, -0.5, degree.clamp(min=1))


def _infinite(got: object, *_: object) -> bool:
    return not np.isfinite(array(got)).all()


CONVOLUTION = Exercise(
    id="graph_fusion.graph_convolution",
    title="the weighted mean of a node and its neighbours",
    reference=graph_convolution,
    cases=convolution_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-self", "A without I: nodes do not hear themselves, and those without neighbours hear nothing",
                when=any_of(_no_self, lambda h, e, W: _scaled(h, numbers_of(e, h), W, -0.5, -0.5))),
        Mistake("degree", "the degrees are those of A. They have to be those of A + I, so that no node has none",
                when=lambda got, expected, *arguments: any_of(_old_degree)(got, expected, *arguments) or _infinite(got)),
        Mistake("not-scaled", "this is a sum: the degrees do not divide it",
                when=any_of(lambda h, e, W: _scaled(h, _with_self(h, e), W, 0, 0))),
        Mistake("mean", "this is the plain mean, D⁻¹(A + I)HW. A fair layer, but here each side takes a root: D^(-1/2) on both",
                when=any_of(lambda h, e, W: _scaled(h, _with_self(h, e), W, -1, 0))),
        Mistake("speaker", "the degree divides on the right only, that of the node which is heard. Each side takes a root",
                when=any_of(lambda h, e, W: _scaled(h, _with_self(h, e), W, 0, -1))),
        Mistake("one-side", "one of the two sides is missing: D^(-1/2) stands left *and* right of A + I",
                when=any_of(*(lambda h, e, W, p=p: _scaled(h, _with_self(h, e), W, *p) for p in ((-0.5, 0), (0, -0.5))))),
        Mistake("no-root", "divided by the degrees on both sides, without the roots",
                when=any_of(lambda h, e, W: _scaled(h, _with_self(h, e), W, -1, -1))),
        Mistake("upside", "multiplied by the roots of the degrees. The power is *minus* a half",
                when=any_of(lambda h, e, W: _scaled(h, _with_self(h, e), W, 0.5, 0.5))),
        Mistake("no-W", "W is missing", when=lambda got, expected, h, e, W: np.shape(array(got)) == tuple(h.shape) != tuple(
            (*h.shape[:2], W.shape[1]))),
    ],
    hints=(
        "D is diagonal: multiplying by it from the left scales rows. What scales columns of A + I, applied to H instead?",
        "A + I: edges as numbers plus torch.eye(n). Its row sums, axis kept, are (batch, n, 1); their power -1/2 multiplies the "
        "nodes before the product with A + I, and the result after it.",
        "A = edges.to(nodes.dtype) + torch.eye(…, dtype=nodes.dtype)\nscale = A.sum(dim=…, keepdim=True).rsqrt()\n"
        "return scale * (A @ (… * (nodes @ W)))",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def spread(nodes: Tensor, real: Tensor) -> Tensor:
    """How much real nodes differ: the sum of squares about their mean over that about zero."""
    mean = mean_of_steps(nodes, real)[:, None]
    apart = ((nodes - mean) ** 2).sum(2).masked_fill(~real, 0).sum(1)
    return _ratio(apart, (nodes**2).sum(2).masked_fill(~real, 0).sum(1))


def spread_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """By hand; padding that holds numbers; a graph of zeros and one without any node."""
    batch, n, d = SIZES[variant]
    tiny = single([[[1.0, 0.0], [3.0, 0.0], [9.0, 9.0]]]), tensor([[True, True, False]])
    nodes = rng.normal(size=(batch, n, d)) + 0.7
    real = np.arange(n) < rng.integers(2, n, batch)[:, None]
    odd, none = nodes.copy(), real.copy()
    odd[0] = 0.0
    none[-1] = False
    return [tiny, (single(nodes), tensor(real)), (single(odd), tensor(none))]


def _ratio(apart: Tensor, whole: Tensor) -> Tensor:
    return apart / torch.where(whole > 0, whole, 1)


def _all_nodes(nodes: Tensor, real: Tensor) -> Tensor:
    return spread(nodes, torch.ones_like(real))


def _mean_of_all(nodes: Tensor, real: Tensor) -> Tensor:
    apart = ((nodes - nodes.mean(1, keepdim=True)) ** 2).sum(2).masked_fill(~real, 0).sum(1)
    return _ratio(apart, (nodes**2).sum(2).masked_fill(~real, 0).sum(1))


def _padding_as_zeros(nodes: Tensor, real: Tensor) -> Tensor:
    return _all_nodes(nodes * real[..., None], real)


def _padding_in_sums(nodes: Tensor, real: Tensor) -> Tensor:
    """The mean is right, but both sums run over padding as well."""
    mean = mean_of_steps(nodes, real)[:, None]
    return _ratio(((nodes - mean) ** 2).sum((1, 2)), (nodes**2).sum((1, 2)))


def _lengths(nodes: Tensor, real: Tensor) -> Tensor:
    mean = mean_of_steps(nodes, real)[:, None]
    apart = (nodes - mean).norm(dim=2).masked_fill(~real, 0).sum(1)
    return _ratio(apart, nodes.norm(dim=2).masked_fill(~real, 0).sum(1))


def _not_divided(nodes: Tensor, real: Tensor) -> Tensor:
    mean = mean_of_steps(nodes, real)[:, None]
    return ((nodes - mean) ** 2).sum(2).masked_fill(~real, 0).sum(1)


SPREAD = Exercise(
    id="graph_fusion.spread",
    title="how much the nodes of a graph differ",
    reference=spread,
    cases=spread_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("nan", "NaN for a graph of zeros, or without a real node. Its spread is 0: what do you divide by there?",
                when=lambda got, expected, *_: bool(np.isnan(array(got)).any())),
        Mistake("padding", "padding counts as nodes. Only the real ones belong in the mean and in both sums",
                when=any_of(_all_nodes, _padding_in_sums)),
        Mistake("padding-zeros", "padding was set to zero and then counted. The mean is over real nodes, and so are the sums",
                when=any_of(_padding_as_zeros)),
        Mistake("mean", "the mean runs over padding too; only the sums leave it out", when=any_of(_mean_of_all)),
        Mistake("lengths", "these are lengths. Squares are asked for, before the sum", when=any_of(_lengths)),
        Mistake("root", "one root too many: the ratio of the sums of squares as it is",
                when=any_of(lambda h, r: spread(h, r).sqrt())),
        Mistake("not-divided", "not divided by Σ|h|²: then a graph of large numbers seems to differ more",
                when=any_of(_not_divided, lambda h, r: _not_divided(h, r) / r.sum(1).clamp(min=1))),
        Mistake("inverted", "this is one minus it: how much nodes are the same", when=any_of(lambda h, r: 1 - spread(h, r))),
        Mistake("whole-batch", "one number for the whole batch. Each graph has its own",
                when=lambda got, expected, *_: np.ndim(array(got)) == 0),
    ],
    hints=(
        "Which nodes enter the mean, and which the two sums?",
        "layers.mean_of_steps(nodes, real) is the mean over real nodes, (batch, d). Squares of the differences, summed over d; "
        "padding filled with 0; summed over nodes. Divide where there is something to divide by.",
        "mean = layers.mean_of_steps(nodes, real)[:, None]\napart = ((nodes - mean) ** 2).sum(dim=2).masked_fill(…, "
        "0).sum(dim=1)\n"
        "whole = …\nreturn apart / torch.where(whole > 0, whole, …)",
    ),
)  # fmt: skip
