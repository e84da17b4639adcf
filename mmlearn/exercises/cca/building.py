"""CCA in two steps: whitening, and the decomposition of what lies between."""

from typing import Any

import numpy as np

from mmlearn.align import CCA
from mmlearn.exercises.cca.common import (
    arrays,
    close,
    covariance,
    moments,
    of_cross,
    one_turned,
    ridged,
    root,
    same_pairs,
    standard,
    two_views,
)
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.layers.decomposition import whitener

# 1 -------------------------------------------------------------------------------------------------------------------


def whiten_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    d = {"standard": 4, "large": 30}[variant]
    return [(covariance(rng, 2), 0.5), (covariance(rng, d), 0.1), (covariance(rng, d), 1.0)]


def same_product(got: Any, expected: np.ndarray) -> bool:
    """Every W with Wᵀ M W = I is right, however it is turned; W Wᵀ, the inverse of M, is the same for all of them."""
    (W,) = arrays(got)
    target = expected @ expected.T
    return W.shape == expected.shape and close(W @ W.T, target, atol=1e-6 * np.abs(target).max())


def whitens(of):
    """A mistake: the answer whitens another matrix than it should."""
    return lambda got, _, C, reg: same_product(got, root(of(C, reg)))


def late_ridge(got, _, C, reg):
    """λ added to the standard deviations after the decomposition."""
    values, vectors = np.linalg.eigh(C)
    stretched = vectors / (np.sqrt(np.maximum(values, 0)) + reg * np.trace(C) / len(C))
    return close(got @ got.T, stretched @ stretched.T)


WHITEN = Exercise(
    id="cca.whiten",
    title="whitening from a covariance matrix, with a ridge",
    reference=whitener,
    cases=whiten_cases,
    variants=("standard", "large"),
    agrees=same_product,
    mistakes=[
        Mistake("no-ridge", "this whitens C as it is: reg has no effect", when=whitens(lambda C, reg: C)),
        Mistake("absolute", "you added reg itself to the diagonal. The ridge is relative: reg × the mean variance, so that it "
                            "does "
                "not depend on the unit of the view", when=whitens(lambda C, reg: C + reg * np.eye(len(C)))),
        Mistake("total", "you added reg × the trace: that is the sum of the variances. Their mean was asked for",
                when=whitens(lambda C, reg: C + reg * np.trace(C) * np.eye(len(C)))),
        Mistake("everywhere", "the ridge was added to every entry of C. It belongs on the diagonal only",
                when=whitens(lambda C, reg: C + reg * np.trace(C) / len(C))),
        Mistake("mean-of-all", "is that the mean of all entries of C? The mean *variance* is the mean of its diagonal",
                when=whitens(lambda C, reg: C + reg * C.mean() * np.eye(len(C)))),
        Mistake("own-variances", "every column got reg × its *own* variance. One λ for all is meant: reg × their mean",
                when=whitens(lambda C, reg: C + reg * np.diag(np.diag(C)))),
        Mistake("late-ridge", "λ was added to the standard deviations. It is a variance: add it to C before the decomposition",
                when=late_ridge),
        Mistake("inverse", "you divided by the eigenvalues. They are variances: to bring a spread to one, divide by their "
                           "square root",
                when=lambda got, _, C, reg: close(got @ got.T, np.linalg.inv(ridged(C, reg) @ ridged(C, reg)))),
        Mistake("stretched", "you multiplied by the roots of the eigenvalues. Divide by them",
                when=lambda got, _, C, reg: close(got @ got.T, ridged(C, reg))),
        Mistake("turned-only", "this only turns the columns: they are uncorrelated now, but of unequal variance. Divide each "
                "direction by its standard deviation", when=lambda got, _, C, reg: close(got @ got.T, np.eye(len(C)))),
        Mistake("scaled-only", "every column would have variance one, but they are still correlated: what about the entries of C "
                "beside the diagonal?", when=lambda got, _, C, reg: any(
                    close(got, np.diag(np.diag(M) ** -0.5)) for M in (ridged(C, reg), C))),
        Mistake("transposed", "the right numbers, lying across: rows are multiplied by W from the right, so its *columns* are "
                              "the "
                "directions, and Wᵀ M W should be I",
                when=lambda got, expected, C, reg: same_product(np.transpose(got), expected)),
        Mistake("rows-scaled", "you divided the *rows* of the directions. Column j is direction j: divide column j by its "
                "standard deviation", when=lambda got, _, C, reg: close(
                    got @ got.T, np.diag(1 / np.linalg.eigvalsh(ridged(C, reg))))),
    ],
    hints=(
        "Let M = C + λI. np.linalg.eigh gives M = V diag(v) Vᵀ. What are the variances along the columns of V?",
        "λ = reg × the mean of C's diagonal. Along column j of V the variance is v[j]: dividing that column by √v[j] makes it "
        "one. "
        "Check with W.T @ M @ W.",
        "d = len(C)\nM = C + reg * … * np.eye(d)\nvariances, directions = np.linalg.eigh(M)\nreturn directions / …",
    ),
)  # fmt: skip

# 2 -------------------------------------------------------------------------------------------------------------------


def solve(X: np.ndarray, Y: np.ndarray, k: int, reg: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The library's."""
    cca = CCA(k, reg=reg).fit(X, Y)
    return *cca.weights_, cca.correlations_


def solve_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, p, q, k = {"standard": (40, 5, 4, 2), "large": (400, 30, 20, 8)}[variant]
    return [(*two_views(rng, 14, 2, 3), 1, 0.2), (*two_views(rng, n, p, q), k, 0.1), (*two_views(rng, n, q, p), k, 0.5)]


def solved(X, Y, k, ridge_x, ridge_y, C=None):
    """CCA with these ridges added to the variances; of other moments, if they are given."""
    Cxx, Cyy, Cxy = moments(X, Y) if C is None else C
    Wx, Wy = root(Cxx + ridge_x * np.eye(len(Cxx))), root(Cyy + ridge_y * np.eye(len(Cyy)))
    U, s, Vt = np.linalg.svd(Wx @ Cxy @ Wy)
    return Wx @ U[:, :k], Wy @ Vt[:k].T, s[:k]


def ridges(X, Y, reg):
    return reg * X.var(axis=0, ddof=1).mean(), reg * Y.var(axis=0, ddof=1).mean()


def is_solved(*changed):
    """A mistake: the answer is what comes out of another calculation."""
    return lambda got, _, X, Y, k, reg: any(same_pairs(got, wrong(X, Y, k, reg)) for wrong in changed)


def of_solution(*changed):
    """A mistake: the right answer (A, B, s), changed afterwards; `change(A, B, s, n)`."""
    return lambda got, expected, X, *_: any(same_pairs(got, change(*expected, len(X))) for change in changed)


def about_zero(X, Y, k, reg):
    n = len(X) - 1
    C = X.T @ X / n, Y.T @ Y / n, X.T @ Y / n
    return solved(X, Y, k, *(reg * np.trace(V) / len(V) for V in C[:2]), C)


def of_standard(ddof):
    return lambda X, Y, k, reg: solve(standard(X, ddof), standard(Y, ddof), k, reg)


def strange_ridges(X, Y, k, reg):
    """The λ of one view for both, and one λ of all columns together."""
    x, y = ridges(X, Y, reg)
    both = (x * X.shape[1] + y * Y.shape[1]) / (X.shape[1] + Y.shape[1])
    return [solved(X, Y, k, one, one) for one in (x, y, both, (x + y) / 2)]


def without_whitening(X, Y, k, reg):
    return of_cross(moments(X, Y)[2], k)


def scaled_by(factor):
    return lambda A, B, s, n: (A * factor(n), B * factor(n), s)


def white(directions, view, reg):
    """Whether these directions have variance one, ridge included, and are uncorrelated."""
    M = ridged(np.cov(view, rowvar=False), reg)
    return close(directions.T @ M @ directions, np.eye(directions.shape[1]), atol=1e-5)


def not_mapped_back(got, expected, X, Y, k, reg):
    """Singular vectors, cut or whole, transposed or not, with the right singular values."""
    A, B, s = arrays(*got)
    orthogonal = any(close(V.T @ V, np.eye(k)) for V in (B[:, :k], B[:k].T))
    return close(s[:k], expected[2]) and close(A[:, :k].T @ A[:, :k], np.eye(k)) and orthogonal


def rows_of_v(got, expected, X, Y, k, reg):
    """A and the correlations are right; B has variance one as well, and yet is wrong."""
    A, B, s = arrays(*got)
    return close(s, expected[2]) and close(abs(A), abs(expected[0])) and white(B, Y, reg)


def not_between(got, expected, X, Y, k, reg):
    """Both views whitened as they should be, but other directions."""
    A, B, s = arrays(*got)
    return not close(s, expected[2]) and white(A, X, reg) and white(B, Y, reg)


def only_directions_wrong(got, expected, X, Y, k, reg):
    A, B, s = arrays(*got)
    return close(s, expected[2]) and A.shape == expected[0].shape and B.shape == expected[1].shape


def correlated_instead(got, expected, X, Y, *_):
    """Right directions, with Pearson's correlations of the projected pairs."""
    A, B = expected[:2]
    return same_pairs(got, (A, B, [np.corrcoef(X @ a, Y @ b)[0, 1] for a, b in zip(A.T, B.T, strict=True)]))


SOLVE = Exercise(
    id="cca.solve",
    title="CCA: whiten, decompose, map back",
    reference=solve,
    cases=solve_cases,
    variants=("standard", "large"),
    agrees=same_pairs,
    mistakes=[
        Mistake("centre", "the means are still in the data: a covariance is taken about the mean. Centre both views, or use "
                          "np.cov",
                when=is_solved(about_zero)),
        Mistake("not-mapped", "these are directions among the *whitened* columns. To act on X and Y they must be mapped back: "
                "which matrix made the whitened columns?", when=not_mapped_back),
        Mistake("no-ridge", "this is plain CCA: reg has no effect", when=is_solved(lambda X, Y, k, reg: solved(X, Y, k, 0, 0))),
        Mistake("one-ridge", "only one of the two views has its ridge", when=is_solved(
            lambda X, Y, k, reg: solved(X, Y, k, ridges(X, Y, reg)[0], 0),
            lambda X, Y, k, reg: solved(X, Y, k, 0, ridges(X, Y, reg)[1]))),
        Mistake("other-ridge", "both views got the same λ. Each has its own: reg × the mean variance of *its* columns",
                when=lambda got, _, *given: any(same_pairs(got, wrong) for wrong in strange_ridges(*given))),
        Mistake("ddof", "almost: your covariances are divided by n. Divide by n - 1, as np.cov does",
                when=of_solution(scaled_by(lambda n: np.sqrt(n / (n - 1))))),
        Mistake("no-division", "these are made of sums over the rows. A covariance is their mean: divide by n - 1",
                when=of_solution(scaled_by(lambda n: np.sqrt(1 / (n - 1))))),
        Mistake("divisors", "the covariance *between* the views and those within them have different divisors. Divide all "
                "three by n - 1", when=of_solution(lambda A, B, s, n: (A, B, s * (n - 1) / n), lambda A, B, s, n: (
                    A * np.sqrt(n / (n - 1)), B * np.sqrt(n / (n - 1)), s * n / (n - 1)))),
        Mistake("standardised", "you scaled every column to variance one first. Here the columns stay as they are, only centred: "
                "whitening sees to the variances", when=is_solved(of_standard(0), of_standard(1))),
        Mistake("unwhitened", "this is the SVD of the covariance between the views as they are: the loudest columns win. Whiten "
                              "both "
                "views first", when=is_solved(without_whitening)),
        Mistake("squared", "the directions are right; the third part holds the squares of the correlations",
                when=of_solution(lambda A, B, s, n: (A, B, s**2))),
        Mistake("correlated", "A and B are right. But the third part holds the correlations of X A with Y B, as np.corrcoef "
                "gives them. With a ridge these are not the singular values, which were asked for", when=correlated_instead),
        Mistake("rising", "the right directions, but the largest correlation should come first",
                when=of_solution(lambda A, B, s, n: (A[:, ::-1], B[:, ::-1], s[::-1]))),
        Mistake("swapped", "the first part should act on X, the second on Y. Yours are the other way round",
                when=lambda got, expected, *_: same_pairs((got[1], got[0], got[2]), expected)),
        Mistake("all", "these are all directions. Only the first k were asked for",
                when=lambda got, expected, X, Y, k, reg: same_pairs(
                    (got[0][:, :k], got[1][:, :k], got[2][:k]), expected)),
        Mistake("signs", "right but for signs: a direction of X and its partner in Y can be turned about only together, or their "
                "correlation becomes negative", when=one_turned),
        Mistake("rows", "A and the correlations are right, B is not: np.linalg.svd gives Vᵀ, so the right singular vectors are "
                "its *rows*", when=rows_of_v),
        Mistake("not-between", "both views are whitened as they should be, but these are not the directions of largest "
                "correlation. Is it Wxᵀ Cxy Wy that you decompose, the first whitener transposed?", when=not_between),
        Mistake("map-back", "the singular values are right, so whitening and decomposition are. The slip is in mapping back: "
                "A = Wx U and B = Wy V, whiteners not transposed", when=only_directions_wrong),
    ],
    hints=(
        "Exercise 1 gives one whitener a view. What is the covariance between whitened X and whitened Y?",
        "With Wx and Wy the whiteners, K = Wxᵀ Cxy Wy holds all correlations between whitened columns. Its singular vectors are "
        "the "
        "directions there, its singular values the correlations; Wx and Wy lead back.",
        "X, Y = X - X.mean(axis=0), …\nWx, Wy = whiten(X.T @ X / (len(X) - 1), reg), …\nU, s, Vt = np.linalg.svd(Wx.T @ (…) @ "
        "Wy)\n"
        "return Wx @ U[:, :k], …, s[:k]",
    ),
)  # fmt: skip
