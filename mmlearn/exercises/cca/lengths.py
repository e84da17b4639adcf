"""What becomes of CCA when the whitening is left out: partial least squares."""

import numpy as np

from mmlearn.exercises.cca.building import solved
from mmlearn.exercises.cca.common import arrays, close, moments, of_cross, one_turned, same_pairs, standard, two_views
from mmlearn.exercises.engine import Exercise, Mistake


def pls(X: np.ndarray, Y: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Not in the library, so that it can be graded."""
    return of_cross(moments(X, Y)[2], k)


def pls_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, p, q, k = {"standard": (40, 5, 4, 2), "large": (400, 30, 20, 8)}[variant]
    return [(*two_views(rng, 14, 2, 3), 1), (*two_views(rng, n, p, q), k), (*two_views(rng, n, q, p), k)]


def is_pls(*changed):
    return lambda got, _, X, Y, k: any(same_pairs(got, wrong(X, Y, k)) for wrong in changed)


def of_solution(*changed):
    """A mistake: the right answer (A, B, s), changed afterwards."""
    return lambda got, expected, *_: any(same_pairs(got, change(*expected)) for change in changed)


def pls_rows(X, Y, k):
    U, s, Vt = np.linalg.svd(moments(X, Y)[2])
    return U[:, :k], Vt[:, :k], s[:k]


def of_standard(ddof):
    return lambda X, Y, k: of_cross(moments(standard(X, ddof), standard(Y, ddof))[2], k)


def unit(V):
    return V / np.linalg.norm(V, axis=0)


def only_lengths(got, expected, *_):
    """The right directions of another length, whatever it is."""
    A, B, s = arrays(*got)
    return close(s, expected[2]) and same_pairs((unit(A), unit(B), s), expected)


def huge_ridge(got, expected, *_):
    """The right directions, nearly, of another length, and other numbers with them."""
    A, B, _ = arrays(*got)
    return all(np.allclose(abs(unit(V)), abs(W), atol=1e-3) for V, W in zip((A, B), expected[:2], strict=True))


def correlated_instead(got, expected, X, Y, _):
    A, B = expected[:2]
    return same_pairs(got, (A, B, [np.corrcoef(X @ a, Y @ b)[0, 1] for a, b in zip(A.T, B.T, strict=True)]))


def components(got, expected, X, Y, k):
    """Each view's own principal components, one view without regard to the other."""
    own = [np.linalg.eigh(np.cov(V, rowvar=False))[1][:, ::-1][:, :k] for V in (X, Y)]
    return all(close(abs(np.asarray(g, float)), abs(o)) for g, o in zip(got, own, strict=False))


def deflated(X, Y, k, symmetric):
    """PLS that takes each pair of directions out of the rows before it looks for the next, as NIPALS does."""
    X, Y, found = X - X.mean(axis=0), Y - Y.mean(axis=0), []
    for _ in range(k):
        a, b, _ = of_cross(X.T @ Y, 1)
        found.append((a[:, 0], b[:, 0]))
        x, y = X @ a, Y @ b
        X, Y = X - x @ (x.T @ X) / (x.T @ x), Y - (y @ (y.T @ Y) / (y.T @ y) if symmetric else x @ (x.T @ Y) / (x.T @ x))
    return [np.stack(view, axis=1) for view in zip(*found, strict=True)]


def is_deflated(got, _, X, Y, k):
    return any(all(close(abs(np.asarray(g, float)), abs(d), rtol=1e-4, atol=1e-4) for g, d in zip(
        got, deflated(X, Y, k, symmetric), strict=False)) for symmetric in (True, False))


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
        Mistake("deflated", "this takes each pair of directions out of the data before it looks for the next, as NIPALS and "
                "scikit-learn's PLSCanonical do. Here nothing is taken out: one SVD gives all of them", when=is_deflated),
        Mistake("components", "these are each view's own principal components: they know nothing of the other view",
                when=components),
        Mistake("standardised", "you scaled every column to variance one first. Here the columns stay as they are, only centred",
                when=is_pls(of_standard(0), of_standard(1))),
        Mistake("rows", "np.linalg.svd gives Vᵀ: the right singular vectors are its *rows*", when=is_pls(pls_rows)),
        Mistake("scaled", "the right directions, but they do not have length one: does a singular value belong in them?",
                when=only_lengths),
        Mistake("swapped", "the first part should act on X, the second on Y. Yours are the other way round",
                when=lambda got, expected, *_: same_pairs((got[1], got[0], got[2]), expected)),
        Mistake("squared", "the directions are right; the third part holds the squares of the covariances",
                when=of_solution(lambda A, B, s: (A, B, s**2))),
        Mistake("correlated", "A and B are right. But the third part holds correlations, and covariances were asked for",
                when=correlated_instead),
        Mistake("rising", "the right directions, but the largest covariance should come first",
                when=of_solution(lambda A, B, s: (A[:, ::-1], B[:, ::-1], s[::-1]))),
        Mistake("all", "these are all directions. Only the first k were asked for",
                when=lambda got, expected, X, Y, k: same_pairs((got[0][:, :k], got[1][:, :k], got[2][:k]), expected)),
        Mistake("signs", "right but for signs: a direction of X and its partner in Y can be turned about only together, or their "
                "covariance becomes negative. Take both from one SVD", when=one_turned),
        Mistake("huge-ridge", "the right directions, but not of length one, and no covariances: are they those of CCA with a "
                "huge ridge? Bring a and b to length one, and give the covariance of Xa with Yb", when=huge_ridge),
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
