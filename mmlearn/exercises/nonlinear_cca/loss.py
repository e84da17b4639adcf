"""Chapter 07: the loss of deep CCA, and whether its gradient is the right one."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.gradients import leaves
from mmlearn.exercises.nonlinear_cca.common import close, numbers


def correlation_loss(A: Tensor, B: Tensor, ridge: float) -> Tensor:
    a, b = A - A.mean(0), B - B.mean(0)
    factor = [torch.linalg.cholesky(v.mT @ v / (len(v) - 1) + ridge * torch.eye(v.shape[1], dtype=v.dtype)) for v in (a, b)]
    half = torch.linalg.solve_triangular(factor[0], a.mT @ b / (len(a) - 1), upper=False)
    return -torch.linalg.svdvals(torch.linalg.solve_triangular(factor[1], half.mT, upper=False)).sum()


def outputs(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Plain outputs, then ones with a column that is almost silent and columns that are, where eigenvalues are equal."""
    n, k = {"standard": (20, 3), "large": (60, 6)}[variant]

    def views(n: int, k: int, silent: bool) -> tuple[Tensor, Tensor]:
        A, B = rng.normal(size=(2, n, k)) + 1
        B = B + A
        if silent:
            A[:, 1] *= 1e-8
            A[:, 2:] = 0
        return torch.from_numpy(A).requires_grad_(), torch.from_numpy(B).requires_grad_()

    return [(*views(9, 2, False), 0.1), (*views(n, k, False), 0.01), (*views(n, k + 2, True), 0.1)]


def gradients(value: Any, at: list[Tensor]) -> list[Tensor] | None:
    """The gradient in each leaf that holds the numbers of one of `at`; None where one is not reached."""
    own = leaves(value)
    met = [[leaf for leaf in own if leaf.shape == a.shape and torch.equal(leaf, a)] for a in at]
    if not all(met):
        return None
    return list(torch.autograd.grad(value.sum(), [leaf[0] for leaf in met], retain_graph=True))


def slopes(got: Any, expected: Tensor) -> tuple[list[Tensor] | None, list[Tensor], list[Tensor]]:
    """(the answer's gradients, the right ones, the outputs they belong to)."""
    at = leaves(expected)
    return gradients(got, at), gradients(expected, at), at


def finite(got: Any, expected: Tensor) -> bool:
    return all(bool(torch.isfinite(g).all()) for g in slopes(got, expected)[0])


def trains(got: Any, expected: Tensor) -> bool:
    """Equal losses and equal gradients. (That of a silent column is open, since a singular value is 0: any number will do.)"""
    if not close(got, expected):
        return False
    steps, right, at = slopes(got, expected)
    if steps is None or not finite(got, expected):
        return False
    live = [a.detach().std(0) > 0 for a in at]
    return all(
        bool(torch.allclose(g[:, on], r[:, on], rtol=1e-4, atol=1e-5 * float(r[:, on].abs().max())))
        for g, r, on in zip(steps, right, live, strict=True)
    )


def broken(got: Any, expected: Tensor) -> bool:
    """The loss or its gradient is no number."""
    if np.isnan(numbers(got)).any():
        return True
    return close(got, expected) and slopes(got, expected)[0] is not None and not finite(got, expected)


def flawed(centre: bool = True, ddof: int = 1, ridge: str = "both", sign: int = -1, sums: str = "svd"):
    """The loss with one thing done differently."""

    def loss(A: Tensor, B: Tensor, r: float) -> Tensor:
        a, b = (A - A.mean(0), B - B.mean(0)) if centre else (A, B)
        roots = []
        for i, v in enumerate((a, b)):
            C = v.mT @ v / (len(v) - ddof) + (r if ridge == "both" or (ridge == "one" and i == 0) else 1e-9) * torch.eye(
                v.shape[1], dtype=v.dtype)  # fmt: skip
            l, U = torch.linalg.eigh(C)
            roots.append(U / l.clamp_min(1e-12).sqrt() @ U.mT)
        T = roots[0] @ (a.mT @ b / (len(a) - ddof)) @ roots[1]
        s = torch.linalg.svdvals(T)
        kinds = {"svd": s.sum(), "squares": (s**2).sum(), "trace": torch.trace(T), "mean": s.mean(), "first": s[0]}
        return sign * kinds[sums]

    return loss


def covariances(A: Tensor, B: Tensor, ridges: tuple) -> tuple[Tensor, Tensor, Tensor]:
    """The Cholesky factors of both ridged covariances, and the covariance between."""
    a, b = A - A.mean(0), B - B.mean(0)
    one = torch.eye(A.shape[1], dtype=A.dtype)
    factors = [torch.linalg.cholesky(v.mT @ v / (len(v) - 1) + r * one) for v, r in zip((a, b), ridges, strict=True)]
    return *factors, a.mT @ b / (len(a) - 1)


def turned(A: Tensor, B: Tensor, r: float) -> list[Tensor]:
    """The loss with G⁻ᵀ where G⁻¹ belongs or the other way round, on one side or both; and with half of each factor unread."""
    G_a, G_b, C = covariances(A, B, (r, r))
    inv = torch.linalg.inv
    lefts, rights = (inv(G_a), inv(G_a).mT), (inv(G_b).mT, inv(G_b))
    products = [lefts[i] @ C @ rights[j] for i, j in ((0, 1), (1, 0), (1, 1))]
    products.append(C / G_a.diagonal()[:, None] / G_b.diagonal())
    products += [solve(C, G_a, G_b) for solve in (half_turned, half_turned_back)]
    return [-torch.linalg.svdvals(T).sum() for T in products]


def half_turned(C: Tensor, G_a: Tensor, G_b: Tensor) -> Tensor:
    """The second solution without the transposition before it: G_b⁻¹ G_a⁻¹ C."""
    return torch.linalg.solve(G_b, torch.linalg.solve(G_a, C))


def half_turned_back(C: Tensor, G_a: Tensor, G_b: Tensor) -> Tensor:
    """The transpose of C between the factors: G_a⁻¹ Cᵀ G_b⁻ᵀ."""
    return torch.linalg.solve(G_b, torch.linalg.solve(G_a, C.mT).mT)


def relative(A: Tensor, B: Tensor, r: float) -> list[Tensor]:
    """The loss with a ridge relative to the mean variance, or to the whole."""
    totals = [float(v.var(0).sum()) for v in (A, B)]
    found = []
    for m in (1, A.shape[1]):
        G_a, G_b, C = covariances(A, B, tuple(r * t / m for t in totals))
        found.append(-torch.linalg.svdvals(torch.linalg.inv(G_a) @ C @ torch.linalg.inv(G_b).mT).sum())
    return found


def sums(A: Tensor, B: Tensor, r: float) -> dict[str, Tensor]:
    """What else than the sum of its singular values may be taken of T by Cholesky factors."""
    G_a, G_b, C = covariances(A, B, (r, r))
    T = torch.linalg.inv(G_a) @ C @ torch.linalg.inv(G_b).mT
    return {"trace": -torch.trace(T), "length": -torch.linalg.matrix_norm(T)}


def equals(got: Any, other, A: Tensor, B: Tensor, r: float) -> bool:
    return close(got, other(A.detach(), B.detach(), r), 1e-4)


def one_of(got: Any, others, A: Tensor, B: Tensor, r: float, tolerance: float = 1e-4) -> bool:
    return any(close(got, other, tolerance) for other in others(A.detach(), B.detach(), r))


LOSS = Exercise(
    id="nonlinear_cca.correlation_loss",
    title="minus the total correlation, safe to train with",
    reference=correlation_loss,
    cases=outputs,
    variants=("standard", "large"),
    agrees=trains,
    mistakes=[
        Mistake("no-gradient", "the number is right, but no gradient flows back to both views: did something go through numpy, "
                ".item() or .detach()?",
                when=lambda got, expected, *_: close(got, expected) and slopes(got, expected)[0] is None),
        Mistake("nan-gradient", "where units are silent, the loss or its gradient is NaN. Eigenvectors (or the full SVD) of a "
                "matrix with equal eigenvalues have no gradient; and the root of an eigenvalue of TᵀT that should be 0 is NaN, "
                "or its slope is. Whiten with torch.linalg.cholesky, and sum torch.linalg.svdvals(T)",
                when=lambda got, expected, *_: broken(got, expected)),
        Mistake("wrong-gradient", "the number is right, but its gradient is not: is something detached, clamped or replaced "
                "(nan_to_num)?", when=lambda got, expected, *_: close(got, expected, 5e-5)),
        Mistake("sign", "this grows with the correlation; a loss is made small, so give *minus* the total",
                when=lambda got, _, *a: equals(got, flawed(sign=1), *a)),
        Mistake("turned", "G⁻¹ stands left of C_AB and G⁻ᵀ right: G_A⁻¹ C_AB G_B⁻ᵀ, with lower triangular factors (upper=False)",
                when=lambda got, _, *a: one_of(got, turned, *a)),
        Mistake("relative", "your ridge is relative to the mean variance; here ν is added as it stands",
                when=lambda got, _, *a: one_of(got, relative, *a)),
        Mistake("length", "that is the length of T (the Frobenius norm), the root of the sum of squares; add the singular values",
                when=lambda got, _, *a: one_of(got, lambda *b: [sums(*b)["length"]], *a)),
        Mistake("centre", "the outputs were not centred: take each column's mean over the batch off first",
                when=lambda got, _, *a: equals(got, flawed(centre=False), *a) or equals(got, flawed(centre=False, ddof=0), *a)),
        Mistake("no-ridge", "the ridge is missing in one view or both", when=lambda got, _, A, B, r:
                any(equals(got, flawed(ridge=which), A, B, r) for which in ("none", "one"))),
        Mistake("ddof", "almost: divide by n - 1, not by n", when=lambda got, _, *a: equals(got, flawed(ddof=0), *a)),
        Mistake("squares", "the squares of the correlations were added; add the singular values themselves",
                when=lambda got, _, *a: equals(got, flawed(sums="squares"), *a)),
        Mistake("trace", "the trace is the sum of the singular values only where the matrix is symmetric and positive; here they "
                "are needed themselves: torch.linalg.svdvals", when=lambda got, _, *a: equals(got, flawed(sums="trace"), *a)
                or one_of(got, lambda *b: [sums(*b)["trace"]], *a, 1e-6)),
        Mistake("mean", "the *sum* of the correlations, not their mean or the largest alone", when=lambda got, _, A, B, r:
                any(equals(got, flawed(sums=which), A, B, r) for which in ("mean", "first"))),
    ],
    hints=(
        "Covariances first: of each view with itself, plus ridge × I, and of A with B. Then whiten from both sides without any "
        "eigenvector.",
        "G = torch.linalg.cholesky(C) has G Gᵀ = C, so G⁻¹ whitens. torch.linalg.solve_triangular(G, M, upper=False) is G⁻¹ M. "
        "You need G_A⁻¹ C_AB G_B⁻ᵀ: solve once from the left, transpose, solve again. Singular values do not mind the transpose.",
        "a, b = A - A.mean(0), …\nC = lambda u, v: u.T @ v / (len(u) - 1)\nG_a, G_b = torch.linalg.cholesky(…), …\n"
        "half = torch.linalg.solve_triangular(G_a, …, upper=False)\n"
        "whole = torch.linalg.solve_triangular(G_b, half.T, upper=False)\n"
        "return -torch.linalg.svdvals(whole).sum()",
    ),
)  # fmt: skip
