"""CCA in two steps, and what becomes of it when the first is left out."""

from typing import Any

import numpy as np

from mmlearn.align import CCA
from mmlearn.exercises.cca.common import arrays, close, covariance, moments, ridged, root, same_pairs, two_views
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


def pieces(X, Y, reg_x, reg_y, C=None):
    """Whiteners of both views, and the SVD of what lies between the whitened views."""
    Cxx, Cyy, Cxy = moments(X, Y) if C is None else C
    Wx, Wy = root(ridged(Cxx, reg_x)), root(ridged(Cyy, reg_y))
    return Wx, Wy, *np.linalg.svd(Wx @ Cxy @ Wy)


def solved(X, Y, k, reg_x, reg_y, C=None):
    Wx, Wy, U, s, Vt = pieces(X, Y, reg_x, reg_y, C)
    return Wx @ U[:, :k], Wy @ Vt[:k].T, s[:k]


def is_solved(*changed):
    """A mistake: the answer is what comes out of another calculation."""
    return lambda got, _, X, Y, k, reg: any(same_pairs(got, wrong(X, Y, k, reg)) for wrong in changed)


def not_mapped_back(X, Y, k, reg):
    _, _, U, s, Vt = pieces(X, Y, reg, reg)
    return U[:, :k], Vt[:k].T, s[:k]


def about_zero(X, Y, k, reg):
    n = len(X) - 1
    return solved(X, Y, k, reg, reg, (X.T @ X / n, Y.T @ Y / n, X.T @ Y / n))


def rows_of_v(X, Y, k, reg):
    Wx, Wy, U, s, Vt = pieces(X, Y, reg, reg)
    return Wx @ U[:, :k], Wy @ Vt[:, :k], s[:k]


def by_n(X, Y, k, reg):
    A, B, s = solved(X, Y, k, reg, reg)
    return A * np.sqrt(len(X) / (len(X) - 1)), B * np.sqrt(len(X) / (len(X) - 1)), s


def without_whitening(X, Y, k, reg):
    U, s, Vt = np.linalg.svd(moments(X, Y)[2])
    return U[:, :k], Vt[:k].T, s[:k]


def squared(X, Y, k, reg):
    A, B, s = solved(X, Y, k, reg, reg)
    return A, B, s**2


def one_turned(got, expected, X, Y, k, reg):
    """Right but for signs: the columns of A and of B turned about one without the other."""
    (A, B, s), (A2, B2, s2) = arrays(*got), arrays(*expected)
    return close(s, s2) and close(abs(A), abs(A2)) and close(abs(B), abs(B2))


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
                "which matrix made the whitened columns?", when=is_solved(not_mapped_back)),
        Mistake("rows", "np.linalg.svd gives Vᵀ: the right singular vectors are its *rows*", when=is_solved(rows_of_v)),
        Mistake("no-ridge", "this is plain CCA: reg has no effect", when=is_solved(lambda X, Y, k, reg: solved(X, Y, k, 0, 0))),
        Mistake("one-ridge", "only one of the two views has its ridge", when=is_solved(
            lambda X, Y, k, reg: solved(X, Y, k, reg, 0), lambda X, Y, k, reg: solved(X, Y, k, 0, reg))),
        Mistake("ddof", "almost: your covariances are divided by n. Divide by n - 1, as np.cov does", when=is_solved(by_n)),
        Mistake("unwhitened", "this is the SVD of the covariance between the views as they are: the loudest columns win. Whiten "
                              "both "
                "views first", when=is_solved(without_whitening)),
        Mistake("squared", "the directions are right; the third part holds the squares of the correlations",
                when=is_solved(squared)),
        Mistake("swapped", "the first part should act on X, the second on Y. Yours are the other way round",
                when=lambda got, expected, *_: same_pairs((got[1], got[0], got[2]), expected)),
        Mistake("all", "these are all directions. Only the first k were asked for",
                when=lambda got, expected, X, Y, k, reg: same_pairs(
                    (got[0][:, :k], got[1][:, :k], got[2][:k]), expected)),
        Mistake("signs", "right but for signs: a direction of X and its partner in Y can be turned about only together, or their "
                "correlation becomes negative", when=one_turned),
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

# 7 -------------------------------------------------------------------------------------------------------------------


def pls(X: np.ndarray, Y: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Not in the library, so that it can be graded."""
    return without_whitening(X, Y, k, 0)


def pls_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, p, q, k = {"standard": (40, 5, 4, 2), "large": (400, 30, 20, 8)}[variant]
    return [(*two_views(rng, 14, 2, 3), 1), (*two_views(rng, n, p, q), k), (*two_views(rng, n, q, p), k)]


def is_pls(*changed):
    return lambda got, _, X, Y, k: any(same_pairs(got, wrong(X, Y, k)) for wrong in changed)


def of_cross(C, k):
    U, s, Vt = np.linalg.svd(C)
    return U[:, :k], Vt[:k].T, s[:k]


def standard(V):
    return (V - V.mean(axis=0)) / V.std(axis=0, ddof=1)


def pls_rows(X, Y, k):
    U, s, Vt = np.linalg.svd(moments(X, Y)[2])
    return U[:, :k], Vt[:, :k], s[:k]


def pls_scaled(by_root):
    def wrong(X, Y, k):
        A, B, s = pls(X, Y, k)
        return A * (np.sqrt(s) if by_root else s), B * (np.sqrt(s) if by_root else s), s

    return wrong


def only_lengths(got, expected, *_):
    """The right directions of another length, whatever it is."""
    A, B, s = arrays(*got)
    unit = [V / np.linalg.norm(V, axis=0) for V in (A, B)]
    return close(s, expected[2]) and same_pairs((*unit, s), expected)


PLS = Exercise(
    id="cca.pls",
    title="without whitening: the largest covariance",
    reference=pls,
    cases=pls_cases,
    variants=("standard", "large"),
    agrees=same_pairs,
    mistakes=[
        Mistake("centre", "the means are still in the data: a covariance is taken about the mean",
                when=is_pls(lambda X, Y, k: of_cross(X.T @ Y / (len(X) - 1), k))),
        Mistake("ddof", "the directions are right, the covariances are divided by n. Divide by n - 1, as np.cov does",
                when=is_pls(lambda X, Y, k: of_cross(np.cov(X, Y, rowvar=False, ddof=0)[: X.shape[1], X.shape[1] :], k))),
        Mistake("no-division", "the directions are right, but these are sums of products over the rows. A covariance is their "
                "mean: divide by n - 1",
                when=is_pls(lambda X, Y, k: of_cross((X - X.mean(0)).T @ (Y - Y.mean(0)), k))),
        Mistake("whitened", "this is CCA. Here nothing is whitened: lengths are bounded, not variances",
                when=is_pls(lambda X, Y, k: solved(X, Y, k, 0, 0))),
        Mistake("standardised", "you scaled every column to variance one first. Here the columns stay as they are, only centred",
                when=is_pls(lambda X, Y, k: of_cross(moments(standard(X), standard(Y))[2], k))),
        Mistake("rows", "np.linalg.svd gives Vᵀ: the right singular vectors are its *rows*", when=is_pls(pls_rows)),
        Mistake("scaled", "the right directions, but they do not have length one: does a singular value belong in them?",
                when=only_lengths),
        Mistake("swapped", "the first part should act on X, the second on Y. Yours are the other way round",
                when=lambda got, expected, *_: same_pairs((got[1], got[0], got[2]), expected)),
        Mistake("squared", "the directions are right; the third part holds the squares of the covariances",
                when=is_pls(lambda X, Y, k: (*pls(X, Y, k)[:2], pls(X, Y, k)[2] ** 2))),
    ],
    hints=(
        "In CCA the variances of Xa and Yb are bounded by one; here the lengths of a and b are. Which matrix says the "
        "covariance of "
        "Xa and Yb?",
        "The covariance of Xa and Yb is aᵀ Cxy b. Among vectors of length one it is largest for the first singular vectors of "
        "Cxy, "
        "next largest for the second.",
        "X, Y = X - …, Y - …\nU, s, Vt = np.linalg.svd(… / (len(X) - 1))\nreturn U[:, :k], …, s[:k]",
    ),
)  # fmt: skip
