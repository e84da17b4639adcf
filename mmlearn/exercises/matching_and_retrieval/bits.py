"""Bits: turn a cloud so that its signs say more, and count the bits in which two codes differ."""

import numpy as np

from mmlearn.align import hashing
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.matching_and_retrieval.common import close, one_of


def corners(V: np.ndarray, R: np.ndarray) -> np.ndarray:
    return np.where(V @ R >= 0, 1.0, -1.0)


def nearest_turn(M: np.ndarray) -> np.ndarray:
    """The orthogonal matrix nearest to M."""
    U, _, Wt = np.linalg.svd(M)
    return U @ Wt


def itq_step(V: np.ndarray, R: np.ndarray) -> np.ndarray:
    """One round of the library's loop: take signs, then the nearest rotation or reflection."""
    return nearest_turn(V.T @ corners(V, R))


def itq_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Rotations and, in the second case and the last, a reflection: there the best answer mirrors too."""
    n, k = {"standard": (40, 3), "large": (300, 12)}[variant]
    cases = []
    for _ in range(3):
        V = rng.normal(size=(n, k)) * np.linspace(2, 0.5, k)
        cases.append((V, np.linalg.qr(rng.normal(size=(k, k)))[0]))
    V, R = cases[-1]
    V, R, three = V, R * np.where(np.arange(k) == 0, -1, 1), np.array([[2.0, 0.5], [-1.5, 1.0], [-1.0, -2.0]])
    return [(three, np.eye(2)), (three, np.diag([1.0, -1.0])), *cases, (V, R)]


def without_mirror(got, _, V, R):
    """The last column of U, or of the answer, turned about where the determinant is -1."""
    U, _, Wt = np.linalg.svd(V.T @ corners(V, R))
    D = np.ones(len(R))
    D[-1] = np.sign(np.linalg.det(U @ Wt))
    return one_of(got, (U * D @ Wt, U @ Wt * D))


def several_rounds(got, _, V, R):
    return one_of(got, (R := itq_step(V, R) for _ in range(30)))


def v_for_vt(got, _, V, R):
    U, _, Wt = np.linalg.svd(V.T @ corners(V, R))
    return close(got, U @ Wt.T)


ITQ = Exercise(
    id="matching_and_retrieval.itq_step",
    title="turn the cloud towards the corners of a cube",
    reference=itq_step,
    cases=itq_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-mirror", "right where the nearest one is a pure rotation. You forced the determinant to be +1: R may be any "
                "orthogonal matrix, one that also mirrors too",
                when=without_mirror),
        Mistake("transposed", "the right rotation, turned the other way: its transpose. Does V @ R come nearer to B with yours?",
                when=lambda got, expected, V, R: np.allclose(got, expected.T)),
        Mistake("v-for-vt", "np.linalg.svd gives the third factor already transposed: U, s, Wt. You transposed it once more",
                when=v_for_vt),
        Mistake("stretched", "your matrix also stretches: the singular values are still in it. A rotation has all of them "
                "equal to 1",
                when=lambda got, _, V, R: one_of(got, (
                    V.T @ corners(V, R), np.linalg.lstsq(V, corners(V, R), rcond=None)[0]))),
        Mistake("qr", "Q of a QR decomposition is orthogonal, but not the *nearest* to VᵀB: the singular value decomposition "
                "gives that one",
                wrong=lambda V, R: np.linalg.qr(V.T @ corners(V, R))[0]),
        Mistake("signs-before", "the signs are those of V, not of V @ R: then R does not matter, and a second round changes "
                "nothing",
                when=lambda got, _, V, R: close(got, itq_step(V, np.eye(V.shape[1])))),
        Mistake("back", "the signs are those of V @ R.T. R turns V by V @ R",
                when=lambda got, _, V, R: close(got, itq_step(V, R.T))),
        Mistake("bits", "your B has 0 and 1. The corners of the cube are ±1",
                when=lambda got, _, V, R: close(got, nearest_turn(V.T @ (V @ R >= 0)))),
        Mistake("relative", "this is the rotation that turns V @ R towards B. The new R applies to V itself",
                when=lambda got, _, V, R: close(got, itq_step(V @ R, np.eye(V.shape[1])))),
        Mistake("centred", "you took the columns' means from V. It is to be used as it is given",
                when=lambda got, _, V, R: close(got, itq_step(V - V.mean(0), R))),
        Mistake("rounds", "you went on for several rounds. One step was asked for: signs once, a rotation once",
                when=several_rounds),
        Mistake("unchanged", "R came back as it was: in this step B is fixed and the best R is computed anew",
                wrong=lambda V, R: R),
        Mistake("returns-b", "these are n rows, as B or V @ R has them. The matrix that turns was asked for, (bits, bits)",
                when=lambda got, _, V, R: np.shape(got) == V.shape),
    ],
    hints=(
        "Two things in turn. With R fixed, which corners B of the cube are nearest to the points V R? With B fixed, which "
        "rotation brings V "
        "nearest to B?",
        "B = the signs of V @ R, as ±1. The rotation that brings V nearest to B is U Wᵀ, from the singular value decomposition "
        "of VᵀB.",
        "B = np.where(…, 1.0, -1.0)\nU, s, Wt = np.linalg.svd(…)\nreturn U @ …",
    ),
)  # fmt: skip


def hamming_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Codes of one byte, of some, and of 32: there a code and its opposite differ in 256 bits, more than a byte can hold."""
    n, m, size = {"standard": (3, 4, 2), "large": (30, 50, 16)}[variant]
    tiny = (np.array([[0b11110000]], np.uint8), np.array([[0b11110001], [0b00001111], [0b11110000]], np.uint8))
    cases = [tuple(rng.integers(0, 256, (rows, size), np.uint8) for rows in pair) for pair in ((n, m), (m, n))]
    long = rng.integers(0, 256, (2, 32), np.uint8)
    return [tiny, *cases, (long, np.concatenate([~long, long[:1]]))]


def of_counts(got, _, A, B):
    """How many ones each has, compared; or bytes added before any bit is compared."""
    a, b = (np.bitwise_count(C).astype(int) for C in (A, B))
    added = np.bitwise_count(A.sum(1)[:, None] ^ B.sum(1))
    return one_of(got, (abs(a.sum(1)[:, None] - b.sum(1)), abs(a[:, None] - b).sum(2), added))


HAMMING = Exercise(
    id="matching_and_retrieval.hamming_distances",
    title="in how many bits do two codes differ?",
    reference=hashing.hamming_distances,
    cases=hamming_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("overflow", "right, until 256 bits differ: you add up in whole numbers of 8 bits, which begin again at 0 after "
                "255. Add in a larger type",
                when=lambda got, expected, A, B: close(got, expected % 256)),
        Mistake("bytes", "you counted the *bytes* that differ. Two different bytes differ in 1 to 8 bits",
                wrong=lambda A, B: (A[:, None] != B).sum(2)),
        Mistake("same", "you counted the bits that are equal: a similarity. The distance counts those that differ",
                wrong=lambda A, B: 8 * A.shape[1] - hashing.hamming_distances(A, B)),
        Mistake("and", "you counted the bits that are 1 in both (A & B). Which operation has a 1 where two bits differ?",
                wrong=lambda A, B: np.bitwise_count(A[:, None] & B).sum(2)),
        Mistake("or", "you counted the bits that are 1 in either (A | B). Which operation has a 1 only where two bits differ?",
                wrong=lambda A, B: np.bitwise_count(A[:, None] | B).sum(2)),
        Mistake("minus", "you counted the ones of A - B. A subtraction borrows from the next bit: 240 - 241 has eight ones, and "
                "one bit differs",
                when=lambda got, _, A, B: one_of(got, (
                    np.bitwise_count(A[:, None] - B).sum(2), np.bitwise_count(A[:, None].astype(int) - B).sum(2)))),
        Mistake("counts", "you compared *how many* ones there are, not where: 240 and 15 have four each, and differ in all eight "
                "bits",
                when=of_counts),
        Mistake("xor-sum", "you added the bytes of A ^ B as numbers. Count the ones in each byte instead",
                wrong=lambda A, B: (A[:, None] ^ B).sum(2)),
        Mistake("difference", "you added differences of bytes taken as numbers: 128 and 127 differ by 1, and in all eight bits",
                when=lambda got, _, A, B: one_of(got, (
                    np.abs(A[:, None].astype(int) - B).sum(2), (A[:, None] - B).sum(2)))),
        Mistake("not-summed", "these are the counts of each byte. A code has several: add them up",
                when=lambda got, _, A, B: np.shape(got) == (len(A), len(B), A.shape[1])),
        Mistake("sum-axis", "you added over the wrong axis. A[:, None] ^ B has the axes code of A, code of B, byte: the bytes "
                "are to be added",
                when=lambda got, _, A, B: one_of(got, (np.bitwise_count(A[:, None] ^ B).sum(axis) for axis in (0, 1)))),
        Mistake("row-by-row", "one number for each pair of rows: the first with the first, and so on. Every row of A against "
                "*every* row of B was asked for, (n, m)",
                when=lambda got, _, A, B: np.ndim(got) == 1),
        Mistake("share", "this is the share of bits that differ. The number was asked for",
                wrong=lambda A, B: hashing.hamming_distances(A, B) / (8 * A.shape[1])),
        Mistake("transposed", "the numbers are right, but lie across: entry (i, j) compares row i of A with row j of B",
                when=lambda got, expected, A, B: np.allclose(np.transpose(got), expected)),
    ],
    hints=(
        "Which operation on two bits gives 1 exactly where they differ? NumPy applies it to whole bytes.",
        "Exclusive or, `^`. To meet every row of A with every row of B, give A one more axis, so that the result is (n, m, "
        "bytes). Then count the ones of each byte (NumPy has a function for it), and add up the bytes of a code.",
        "different = A[:, None] ^ …\nreturn np.bitwise_count(different).sum(axis=…)",
    ),
)  # fmt: skip
