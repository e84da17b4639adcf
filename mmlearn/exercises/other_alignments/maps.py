"""One space onto the other: by ridge regression, by a rotation."""

import math
from typing import Any

import numpy as np

from mmlearn import align
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import plain
from mmlearn.exercises.other_alignments.common import any_of, close


def solved(X: np.ndarray, Y: np.ndarray, added: Any) -> np.ndarray:
    """(XᵀX + added)⁻¹ XᵀY, by the pseudo-inverse where it is singular."""
    return np.linalg.pinv(X.T @ X + added) @ X.T @ Y


def eye(X: np.ndarray) -> np.ndarray:
    return np.eye(X.shape[1])


def ridge_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, d, e = {"standard": (9, 4, 3), "large": (200, 60, 30)}[variant]
    tiny = (np.array([[1.0, 0.0], [1.0, 2.0], [0.0, 1.0]]), np.array([[2.0], [1.0], [0.0]]), 0.5)
    X = rng.normal(size=(n, d)) + 0.7  # not centred, so that whoever centres is found out
    few = rng.normal(size=(d - 1, d))
    Y = rng.normal(size=(n, e))
    return [tiny, (X, Y + 1, 2.0), (X, Y, 30.0), (few, Y[: d - 1], 0.3)]


RIDGE = Exercise(
    id="other_alignments.ridge_map",
    title="a matrix from one space into the other",
    reference=align.ridge_map,
    cases=ridge_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-ridge", "this is least squares without the ridge: reg does not count in it",
                when=any_of(lambda X, Y, reg: solved(X, Y, 0.0), lambda X, Y, reg: np.linalg.lstsq(X, Y, rcond=None)[0])),
        Mistake("everywhere", "reg was added to every entry of XᵀX. It belongs on the diagonal: reg times which matrix?",
                wrong=lambda X, Y, reg: solved(X, Y, reg)),
        Mistake("mean", "with XᵀX / n the ridge weighs n times as much. The task has sums, not means: the two must be divided "
                "alike",
                wrong=lambda X, Y, reg: solved(X, Y, reg * len(X) * eye(X))),
        Mistake("factor", "the ridge weighs twice, or half, of what it should: both terms are squares, so that the 2 of their "
                "gradients cancels",
                when=any_of(lambda X, Y, reg: solved(X, Y, 2 * reg * eye(X)), lambda X, Y, reg: solved(X, Y, reg / 2 * eye(X)))),
        Mistake("squared", "reg was squared. In the task it stands before |W|² as it is",
                wrong=lambda X, Y, reg: solved(X, Y, reg**2 * eye(X))),
        Mistake("root", "the root of reg was added. That belongs to another way, which appends √reg I to the rows of X",
                wrong=lambda X, Y, reg: solved(X, Y, math.sqrt(reg) * eye(X))),
        Mistake("minus", "reg was subtracted: that makes weak directions weaker still, and the inverse larger",
                wrong=lambda X, Y, reg: solved(X, Y, -reg * eye(X))),
        Mistake("centred", "the columns were centred first. Here X and Y are taken as they are",
                wrong=lambda X, Y, reg: align.ridge_map(X - X.mean(0), Y - Y.mean(0), reg)),
        Mistake("swapped", "this maps Y to X. Asked for is W with XW near Y: (d, e)",
                when=any_of(lambda X, Y, reg: align.ridge_map(Y, X, reg))),
        Mistake("transposed", "the right numbers, lying across: rows are items, so W stands to the right of X and is (d, e)",
                when=lambda got, expected, *_: close(np.transpose(plain(got)), expected)),
        Mistake("mapped", "this is XW, the mapped rows. The map itself was asked for",
                when=any_of(lambda X, Y, reg: X @ align.ridge_map(X, Y, reg))),
    ],
    hints=(
        "Where the gradient with respect to W is zero, |XW - Y|² + reg |W|² is least.",
        "The gradient is 2Xᵀ(XW - Y) + 2 reg W. Set it to zero and solve for W: a linear system whose matrix is (d, d). "
        "np.linalg.solve needs no inverse.",
        "left = X.T @ X + reg * …\nreturn np.linalg.solve(left, …)",
    ),
)  # fmt: skip


def svd(M: np.ndarray) -> tuple:
    return np.linalg.svd(M)


def kabsch(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """The best rotation without a mirror."""
    U, _, Vt = svd(X.T @ Y)
    return U * np.append(np.ones(len(U) - 1), np.linalg.det(U @ Vt)) @ Vt


def not_transposed(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    U, _, Vt = svd(X.T @ Y)
    return U @ Vt.T


def procrustes_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, d = {"standard": (8, 3), "large": (300, 40)}[variant]
    tiny = (np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]), np.array([[0.0, 1.0], [-2.0, 0.0], [-1.0, 1.0]]))
    X = rng.normal(size=(n, d)) + 0.5
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    turn[:, 0] *= -np.sign(np.linalg.det(turn))  # with a mirror: its determinant is -1
    return [tiny, (X, X @ turn + 0.01 * rng.normal(size=(n, d))), (X, rng.normal(size=(n, d)))]


PROCRUSTES = Exercise(
    id="other_alignments.procrustes",
    title="turn one cloud onto the other, without stretching it",
    reference=align.procrustes,
    cases=procrustes_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("turned-back", "this turns Y onto X: the transpose, which is the inverse. Of which product did you take the "
                "SVD?",
                wrong=lambda X, Y: align.procrustes(Y, X)),
        Mistake("stretched", "the singular values are still in it, so this also stretches: it is XᵀY. Leave them out",
                wrong=lambda X, Y: X.T @ Y),
        Mistake("not-transposed", "np.linalg.svd gives Vᵀ, not V, as its third part: it need not be transposed again",
                wrong=not_transposed),
        Mistake("negative", "the sign is wrong: this makes the trace as small as can be, and turns X away from Y",
                wrong=lambda X, Y: -align.procrustes(X, Y)),
        Mistake("unit-rows", "the rows were made of length one first. Here X and Y are taken as they are: long rows count more",
                when=any_of(lambda X, Y: align.procrustes(*(A / np.linalg.norm(A, axis=1, keepdims=True) for A in (X, Y))))),
        Mistake("one-factor", "this is one factor of the SVD alone. The turn leads into the singular directions by one and "
                "out by the other",
                when=any_of(lambda X, Y: svd(X.T @ Y)[0], lambda X, Y: svd(X.T @ Y)[2], lambda X, Y: svd(X.T @ Y)[2].T)),
        Mistake("no-mirror", "the determinant was made +1, so a mirror is ruled out. Here it is allowed: any orthogonal "
                "matrix will do",
                wrong=kabsch),
        Mistake("least-squares", "this is the best matrix of any kind. It stretches; QᵀQ = I was asked for",
                wrong=lambda X, Y: np.linalg.lstsq(X, Y, rcond=None)[0]),
        Mistake("centred", "the columns were centred first. Here X and Y are taken as they are",
                wrong=lambda X, Y: align.procrustes(X - X.mean(0), Y - Y.mean(0))),
        Mistake("mapped", "this is XQ, the turned rows. The matrix itself was asked for",
                when=any_of(lambda X, Y: X @ align.procrustes(X, Y))),
    ],
    hints=(
        "|XQ - Y|² = |X|² + |Y|² - 2 trace(QᵀXᵀY) for every orthogonal Q. So which number has to be large?",
        "Write XᵀY = USVᵀ. Then trace(QᵀUSVᵀ) = trace(VᵀQᵀU S). VᵀQᵀU is orthogonal, so none of its diagonal entries is above 1, "
                "and S weighs just those: best are ones. Which Q makes it so?",
        "left, scale, right = np.linalg.svd(…)   # three parts; which of them stretches?\nreturn …",
    ),
)  # fmt: skip
