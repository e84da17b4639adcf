"""Answers to chapter 05's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import numpy as np
import torch


def _unit(A):
    return A / np.linalg.norm(A, axis=1, keepdims=True)


def _off(A):
    return A - A.mean(axis=1, keepdims=True)


# pearson_similarity --------------------------------------------------------------------------------------------------


def pearson_corrcoef(A, B):
    return np.corrcoef(A, B)[: len(A), len(A) :]


def pearson_loops(A, B):
    return [[float(np.corrcoef(a, b)[0, 1]) for b in B] for a in A]


def pearson_torch(A, B):
    A, B = (torch.from_numpy(V - V.mean(1, keepdims=True)) for V in (A, B))
    return torch.nn.functional.cosine_similarity(A[:, None], B[None], dim=2)


def pearson_scores(A, B):
    A, B = ((V - V.mean(1, keepdims=True)) / V.std(1, keepdims=True) for V in (A, B))
    return A @ B.T / A.shape[1]


def pearson_divisor(A, B):
    cov = _off(A) @ _off(B).T / (A.shape[1] - 1)
    return cov / np.outer(A.std(1), B.std(1))


# borrow --------------------------------------------------------------------------------------------------------------


def borrow_loops(similarity, texts, m):
    rows = []
    for row in similarity:
        nearest = sorted(range(len(row)), key=lambda j: -row[j])[:m]
        rows.append(sum(texts[j] for j in nearest) / m)
    return np.array(rows)


def borrow_mask(similarity, texts, m):
    least = np.sort(similarity, axis=1)[:, -m][:, None]
    return (similarity >= least) @ texts / m


def borrow_torch(similarity, texts, m):
    near = torch.from_numpy(similarity).topk(m, dim=1).indices
    return torch.from_numpy(texts)[near].mean(1)


def _near(S, m):
    return np.argsort(-S, axis=1)[:, :m]


def borrow_weighted(S, T, m):
    w = np.take_along_axis(S, _near(S, m), 1)
    return np.einsum("nm,nmd->nd", w / w.sum(1, keepdims=True), T[_near(S, m)])


def borrow_softmax(S, T, m):
    w = np.exp(np.take_along_axis(S, _near(S, m), 1))
    return np.einsum("nm,nmd->nd", w / w.sum(1, keepdims=True), T[_near(S, m)])


def borrow_partition(S, T, m):
    """Right also where m is the number of training pictures."""
    return T[np.argpartition(-S, m - 1, axis=1)[:, :m]].mean(1)


# average_precision ---------------------------------------------------------------------------------------------------


def precision_loop(scores, relevant):
    found, total = 0, 0.0
    for place, item in enumerate(np.argsort(-scores), start=1):
        if relevant[item]:
            found += 1
            total += found / place
    return total / found


def precision_ranks(scores, relevant):
    ranks = np.sort([(scores >= s).sum() for s in scores[relevant]])
    return np.mean(np.arange(1, len(ranks) + 1) / ranks)


def _down(s, r):
    return r[np.argsort(-s)]


def _shares(s, r):
    return np.cumsum(_down(s, r)) / np.arange(1, len(s) + 1)


def precision_epsilon(s, r):
    return (np.cumsum(_down(s, r)) / (np.arange(len(s)) + 1e-9))[_down(s, r)].mean()


def precision_argsort(s, r):
    places = (np.argsort(-s) + 1)[r]
    return sum((places <= p).sum() / p for p in places) / len(places)


def precision_interpolated(s, r):
    return np.maximum.accumulate(_shares(s, r)[::-1])[::-1][_down(s, r)].mean()


# pessimistic_ranks ---------------------------------------------------------------------------------------------------


def ranks_loop(similarity):
    return [sum(s >= row[i] for s in row) for i, row in enumerate(similarity)]


def ranks_sorted(similarity):
    """The last place at which the right score stands in the falling order."""
    return [len(row) - np.searchsorted(np.sort(row), row[i], side="left") for i, row in enumerate(similarity)]


def ranks_torch(similarity):
    S = torch.from_numpy(similarity)
    return (S >= S.diag()[:, None]).sum(1)


def ranks_argsort(similarity):
    order = np.argsort(-similarity, axis=1)
    return np.array([int(np.flatnonzero(row == i)[0]) + 1 for i, row in enumerate(order)])


# k_occurrences -------------------------------------------------------------------------------------------------------


def occurrences_loop(similarity, k):
    counts = [0] * similarity.shape[1]
    for row in similarity:
        for item in np.argsort(row)[-k:]:
            counts[item] += 1
    return counts


def occurrences_mask(similarity, k):
    return (similarity >= np.sort(similarity, axis=1)[:, -k][:, None]).sum(0)


def occurrences_torch(similarity, k):
    found = torch.from_numpy(similarity).topk(k, dim=1).indices
    return torch.bincount(found.flatten(), minlength=similarity.shape[1])


def occurrences_rows(similarity, k):
    """Row by row no number occurs twice, so += 1 loses nothing."""
    counts = np.zeros(similarity.shape[1])
    for row in similarity:
        counts[np.argpartition(-row, k - 1)[:k]] += 1
    return counts


def occurrences_lost(S, k):
    counts = np.zeros(S.shape[1], int)
    counts[_near(S, k).ravel()] += 1
    return counts


def occurrences_partition(S, k):
    return np.bincount(np.argpartition(-S, k, axis=1)[:, :k].ravel(), minlength=S.shape[1])


# itq_step ------------------------------------------------------------------------------------------------------------


def itq_torch(V, R):
    V, R = torch.from_numpy(V), torch.from_numpy(R)
    U, _, Wt = torch.linalg.svd(V.T @ torch.where(V @ R >= 0, 1.0, -1.0).double())
    return U @ Wt


def itq_scipy(V, R):
    from scipy.linalg import orthogonal_procrustes

    return orthogonal_procrustes(V, np.sign(V @ R))[0]


def itq_transposed_way(V, R):
    """From Bᵀ V, as the paper has it."""
    S, _, Sh = np.linalg.svd(np.sign(V @ R).T @ V)
    return Sh.T @ S.T


def itq_polar(V, R):
    """M (MᵀM)^(-1/2), without the decomposition of M itself."""
    M = V.T @ np.sign(V @ R)
    values, vectors = np.linalg.eigh(M.T @ M)
    return M @ (vectors / np.sqrt(values)) @ vectors.T


def itq_proper(V, R):
    U, _, Wt = np.linalg.svd(V.T @ _signs(V, R))
    U[:, -1] *= np.sign(np.linalg.det(U @ Wt))
    return U @ Wt


def itq_rounds(V, R):
    for _ in range(5):
        R = itq_scipy(V, R)
    return R


def _signs(V, R):
    return np.where(V @ R >= 0, 1.0, -1.0)


def _turn(M):
    U, _, Wt = np.linalg.svd(M)
    return U @ Wt


def itq_vt(V, R):
    U, _, Wt = np.linalg.svd(V.T @ _signs(V, R))
    return U @ Wt.T


# hamming_distances ---------------------------------------------------------------------------------------------------


def hamming_unpacked(A, B):
    a, b = np.unpackbits(A, axis=1).astype(int), np.unpackbits(B, axis=1).astype(int)
    return a @ (1 - b).T + (1 - a) @ b.T


def hamming_strings(A, B):
    return [[sum(bin(int(x) ^ int(y)).count("1") for x, y in zip(a, b, strict=True)) for b in B] for a in A]


def hamming_table(A, B):
    ones = np.array([bin(i).count("1") for i in range(256)])
    return ones[A[:, None] ^ B].sum(2)


def hamming_bits(A, B):
    """As long whole numbers."""
    a, b = ([int.from_bytes(row.tobytes(), "big") for row in codes] for codes in (A, B))
    return np.array([[(x ^ y).bit_count() for y in b] for x in a])


def hamming_wraps(A, B):
    total = np.zeros((len(A), len(B)), np.uint8)
    for a, b in zip(A.T, B.T, strict=True):
        total += np.bitwise_count(a[:, None] ^ b)
    return total


def _ones(A):
    return np.bitwise_count(A).sum(1).astype(int)


# probe_search --------------------------------------------------------------------------------------------------------


def probe_lists(query, items, cell, centres, nprobe, k):
    """With one list of items a cell, as an inverted file has them."""
    lists = [np.flatnonzero(cell == c) for c in range(len(centres))]
    nearest = np.argsort(np.linalg.norm(centres - query, axis=1))[:nprobe]
    among = np.concatenate([lists[c] for c in nearest])
    return among[np.argsort(np.linalg.norm(items[among] - query, axis=1))[:k]]


def probe_python(query, items, cell, centres, nprobe, k):
    def far(v):
        return float(((v - query) ** 2).sum())

    opened = set(sorted(range(len(centres)), key=lambda c: far(centres[c]))[:nprobe])
    return sorted((i for i in range(len(items)) if cell[i] in opened), key=lambda i: far(items[i]))[:k]


def probe_masked(query, items, cell, centres, nprobe, k):
    """Closed cells are put out of reach."""
    opened = np.argsort(((centres - query) ** 2).sum(1))[:nprobe]
    away = np.where(np.isin(cell, opened), ((items - query) ** 2).sum(1), np.inf)
    order = np.argsort(away)[:k]
    return order[np.isfinite(away[order])]


def _opened(q, C, nprobe):
    return np.argsort(((C - q) ** 2).sum(1))[:nprobe]


def _among(cell, opened):
    return np.flatnonzero(np.isin(cell, opened))


def _sort(q, X, among, sign=1):
    return np.argsort(sign * ((X[among] - q) ** 2).sum(1))


def probe_inner(q, X, cell, C, nprobe, k):
    among = _among(cell, np.argsort(-C @ q)[:nprobe])
    return among[np.argsort(-X[among] @ q)[:k]]


def probe_by_cell(q, X, cell, C, nprobe, k):
    parts = [_among(cell, [c]) for c in _opened(q, C, nprobe)]
    return np.concatenate([part[_sort(q, X, part)] for part in parts])[:k]


def probe_cosine(q, X, cell, C, nprobe, k):
    among = _among(cell, _opened(q, C, nprobe))
    return among[np.argsort(-(X[among] @ q) / np.linalg.norm(X[among], axis=1))[:k]]


def probe_blocks(q, X, cell, C, nprobe, k):
    among = _among(cell, _opened(q, C, nprobe))
    return among[np.argsort(abs(X[among] - q).sum(1))[:k]]


def probe_until(q, X, cell, C, nprobe, k):
    for cells in range(nprobe, len(C) + 1):
        found = probe_masked(q, X, cell, C, cells, k)
        if len(found) == k:
            break
    return found


def probe_each(q, X, cell, C, nprobe, k):
    parts = [_among(cell, [c]) for c in _opened(q, C, nprobe)]
    return np.concatenate([part[_sort(q, X, part)[:k]] for part in parts])


TOPIC = "matching_and_retrieval"

RIGHT = {
    f"{TOPIC}.pearson_similarity": [pearson_corrcoef, pearson_loops, pearson_torch, pearson_scores],
    f"{TOPIC}.borrow": [borrow_loops, borrow_mask, borrow_torch, borrow_partition],
    f"{TOPIC}.average_precision": [precision_loop, precision_ranks],
    f"{TOPIC}.pessimistic_ranks": [ranks_loop, ranks_sorted, ranks_torch],
    f"{TOPIC}.k_occurrences": [occurrences_loop, occurrences_mask, occurrences_torch, occurrences_rows],
    f"{TOPIC}.itq_step": [itq_torch, itq_scipy, itq_transposed_way, itq_polar],
    f"{TOPIC}.hamming_distances": [hamming_unpacked, hamming_strings, hamming_table, hamming_bits],
    f"{TOPIC}.probe_search": [probe_lists, probe_python, probe_masked],
}

WRONG = {
    f"{TOPIC}.pearson_similarity": [
        ("cosine", lambda A, B: _unit(A) @ _unit(B).T, "cosine"),
        ("column means", lambda A, B: _unit(A - A.mean(0)) @ _unit(B - B.mean(0)).T, "column-means"),
        ("one mean", lambda A, B: _unit(A - A.mean()) @ _unit(B - B.mean()).T, "whole-mean"),
        ("products", lambda A, B: _off(A) @ _off(B).T, "covariance"),
        ("covariance", lambda A, B: np.cov(A, B)[: len(A), len(A) :], "covariance"),
        ("only A centred", lambda A, B: _unit(_off(A)) @ _unit(B).T, "one-side"),
        ("only B divided", lambda A, B: _off(A) @ _unit(_off(B)).T, "one-side"),
        ("two divisors", pearson_divisor, "divisor"),
        ("not divided by d", lambda A, B: pearson_scores(A, B) * A.shape[1], "divisor"),
        ("whole corrcoef", lambda A, B: np.corrcoef(A, B), "block"),
        ("distance", lambda A, B: 1 - pearson_corrcoef(A, B), "distance"),
        ("no return", lambda A, B: print(end="") or None, "returns_none"),
        ("length first", lambda A, B: _off(_unit(A)) @ _off(_unit(B)).T, "norm-first"),
        ("one length", lambda A, B: (_off(A) / np.linalg.norm(_off(A))) @ (_off(B) / np.linalg.norm(_off(B))).T, "whole-norm"),
        ("transposed", lambda A, B: pearson_corrcoef(A, B).T, "transposed"),
        ("absolute", lambda A, B: abs(pearson_corrcoef(A, B)), "unsigned"),
        ("squared", lambda A, B: pearson_corrcoef(A, B) ** 2, "unsigned"),
    ],
    f"{TOPIC}.borrow": [
        ("least similar", lambda S, T, m: T[np.argsort(S, axis=1)[:, :m]].mean(1), "farthest"),
        ("the nearest alone", lambda S, T, m: T[S.argmax(1)], "nearest-only"),
        ("sum", lambda S, T, m: T[_near(S, m)].sum(1), "sum"),
        ("all of them", lambda S, T, m: np.tile(T.mean(0), (len(S), 1)), "all"),
        ("all, weighted", lambda S, T, m: S @ T, "all"),
        ("weighted", borrow_weighted, "weighted"),
        ("not averaged", lambda S, T, m: T[_near(S, m)], "not-averaged"),
        ("over everything", lambda S, T, m: T[_near(S, m)].mean((0, 1)), "one-vector"),
        ("one more", lambda S, T, m: T[_near(S, m + 1)].mean(1), "one-off"),
        (
            "one vector for all",
            lambda S, T, m: T[_near(S, m)].mean((0, 1)) if len(S) > 1 else borrow_loops(S, T, m),
            "one-vector",
        ),
        ("not itself", lambda S, T, m: T[np.argsort(-S, axis=1)[:, 1 : m + 1]].mean(1), "skips-first"),
        ("mean of length one", lambda S, T, m: _unit(T[_near(S, m)].mean(1)), "length-one"),
        ("texts of length one", lambda S, T, m: _unit(T)[_near(S, m)].mean(1), "length-one"),
        ("softmax", borrow_softmax, "weighted"),
        ("median", lambda S, T, m: np.median(T[_near(S, m)], axis=1), "median"),
        ("mean over pictures", lambda S, T, m: T[_near(S, m)].mean(0), "mean-axis"),
        ("mean over numbers", lambda S, T, m: T[_near(S, m)].mean(2), "mean-axis"),
        ("down the columns", lambda S, T, m: T[np.argsort(-S, axis=0)[:m].T].mean(1), "direction"),
        ("argpartition at m", lambda S, T, m: T[np.argpartition(-S, m, axis=1)[:, :m]].mean(1), "partition"),
    ],
    f"{TOPIC}.average_precision": [
        ("unsorted", lambda s, r: (np.cumsum(r) / np.arange(1, len(s) + 1))[r].mean(), "unsorted"),
        ("ascending", lambda s, r: precision_loop(-s, r), "ascending"),
        ("every place", lambda s, r: _shares(s, r).mean(), "all-places"),
        ("divided by n", lambda s, r: _shares(s, r)[_down(s, r)].sum() / len(s), "divided-by-n"),
        ("sum", lambda s, r: _shares(s, r)[_down(s, r)].sum(), "sum"),
        ("places from 0", lambda s, r: (np.cumsum(_down(s, r)) / np.arange(len(s)))[_down(s, r)].mean(), "from-zero"),
        ("reciprocal rank", lambda s, r: 1 / (1 + np.argmax(_down(s, r))), "reciprocal"),
        ("mean of 1 / place", lambda s, r: (1 / (1 + np.flatnonzero(_down(s, r)))).mean(), "reciprocals"),
        ("R-precision", lambda s, r: _down(s, r)[: r.sum()].mean(), "at-r"),
        ("picked unsorted", lambda s, r: _shares(s, r)[r].mean(), "half-sorted"),
        ("first ten places", lambda s, r: _shares(s, r)[:10][_down(s, r)[:10]].sum() / r.sum(), "first-ten"),
        ("places from nearly 0", precision_epsilon, "from-zero"),
        ("argsort as places", precision_argsort, "argsort"),
        ("recall", lambda s, r: (np.cumsum(_down(s, r)) / r.sum())[_down(s, r)].mean(), "recall"),
        ("found before", lambda s, r: ((np.cumsum(_down(s, r)) - 1) / np.arange(1, len(s) + 1))[_down(s, r)].mean(), "before"),
        ("interpolated", precision_interpolated, "area"),
        ("trapezoids", lambda s, r: np.trapezoid(_shares(s, r), np.cumsum(_down(s, r)) / r.sum()), "area"),
    ],
    f"{TOPIC}.pessimistic_ranks": [
        ("optimistic", lambda S: (S > np.diag(S)[:, None]).sum(1) + 1, "optimistic"),
        ("expected", lambda S: ((S > np.diag(S)[:, None]).sum(1) + (S >= np.diag(S)[:, None]).sum(1) + 1) / 2, "expected"),
        ("from 0", lambda S: (S >= np.diag(S)[:, None]).sum(1) - 1, "from-zero"),
        ("counts itself twice", lambda S: (S >= np.diag(S)[:, None]).sum(1) + 1, "itself"),
        ("down the columns", lambda S: (S >= np.diag(S)).sum(0), "direction"),
        ("right score of the column", lambda S: (S >= np.diag(S)).sum(1), "broadcast"),
        ("argsort", ranks_argsort, "order"),
        ("less or equal", lambda S: (S <= np.diag(S)[:, None]).sum(1), "worst"),
        ("rounded", lambda S: (S.round(3) >= np.diag(S.round(3))[:, None]).sum(1), "rounded"),
        ("nearly equal", lambda S: ((S > np.diag(S)[:, None]) | np.isclose(S, np.diag(S)[:, None])).sum(1), "rounded"),
        ("single precision", lambda S: ranks_torch(S.astype(np.float32)), "rounded"),
        ("diagonal of argsort", lambda S: 1 + np.diag(np.argsort(-S, axis=1)), "which-item"),
        ("different scores", lambda S: [len(set(row[row >= row[i]])) for i, row in enumerate(S)], "dense"),
        ("mean rank", lambda S: (S >= np.diag(S)[:, None]).sum(1).mean(), "mean"),
    ],
    f"{TOPIC}.k_occurrences": [
        ("rows", lambda S, k: occurrences_mask(S.T, min(k, len(S))), "direction"),
        ("least similar", lambda S, k: occurrences_mask(-S, k), "worst"),
        ("first place", lambda S, k: np.bincount(S.argmax(1), minlength=S.shape[1]), "first-only"),
        ("share of queries", lambda S, k: occurrences_mask(S, k) / len(S), "share"),
        ("no minlength", lambda S, k: np.bincount(_near(S, k).ravel()), "too-short"),
        ("unique", lambda S, k: np.unique(_near(S, k), return_counts=True)[1], "distinct"),
        ("items found", lambda S, k: _near(S, k), "indices"),
        ("sums", lambda S, k: S.sum(0), "similarity"),
        ("ranked down", lambda S, k: np.bincount(np.argsort(-S, axis=0)[:k].ravel(), minlength=S.shape[1]), "sorted-down"),
        ("ranks down", lambda S, k: (np.argsort(np.argsort(-S, axis=0), axis=0) < k).sum(0), "sorted-down"),
        ("of each query", lambda S, k: (np.argsort(np.argsort(-S, axis=1), axis=1) < k).sum(1), "each-query"),
        ("counts += 1", occurrences_lost, "lost"),
        ("argsort as ranks", lambda S, k: (np.argsort(-S, axis=1) < k).sum(0), "argsort"),
        ("at most k", lambda S, k: (np.argsort(np.argsort(-S, axis=1), axis=1) <= k).sum(0), "one-off"),
        ("place k", lambda S, k: np.bincount(_near(S, k)[:, k - 1], minlength=S.shape[1]), "last-only"),
        ("not itself", lambda S, k: np.bincount(_near(S, k + 1)[:, 1:].ravel(), minlength=S.shape[1]), "skips-first"),
        ("minlength of rows", lambda S, k: np.bincount(_near(S, k).ravel(), minlength=len(S)), "too-short"),
        ("argpartition at k", occurrences_partition, "partition"),
    ],
    f"{TOPIC}.itq_step": [
        ("transposed", lambda V, R: _turn(V.T @ _signs(V, R)).T, "transposed"),
        ("V transposed once more", itq_vt, "v-for-vt"),
        ("no decomposition", lambda V, R: V.T @ _signs(V, R), "stretched"),
        ("least squares", lambda V, R: np.linalg.lstsq(V, _signs(V, R), rcond=None)[0], "stretched"),
        ("signs of V", lambda V, R: _turn(V.T @ np.where(V >= 0, 1.0, -1.0)), "signs-before"),
        ("bits 0 and 1", lambda V, R: _turn(V.T @ (V @ R >= 0)), "bits"),
        ("relative", lambda V, R: _turn((V @ R).T @ _signs(V, R)), "relative"),
        ("unchanged", lambda V, R: R, "unchanged"),
        ("determinant +1", itq_proper, "no-mirror"),
        ("QR", lambda V, R: np.linalg.qr(V.T @ _signs(V, R))[0], "qr"),
        ("V times R transposed", lambda V, R: _turn(V.T @ _signs(V, R.T)), "back"),
        ("centred", lambda V, R: _turn((V - V.mean(0)).T @ _signs(V - V.mean(0), R)), "centred"),
        ("five rounds", itq_rounds, "rounds"),
        ("B", lambda V, R: _signs(V, R), "returns-b"),
    ],
    f"{TOPIC}.hamming_distances": [
        ("bytes", lambda A, B: (A[:, None] != B).sum(2), "bytes"),
        ("equal bits", lambda A, B: 8 * A.shape[1] - hamming_table(A, B), "same"),
        ("and", lambda A, B: np.bitwise_count(A[:, None] & B).sum(2), "and"),
        ("or", lambda A, B: np.bitwise_count(A[:, None] | B).sum(2), "or"),
        ("sum of xor", lambda A, B: (A[:, None] ^ B).sum(2), "xor-sum"),
        ("difference", lambda A, B: np.abs(A[:, None].astype(int) - B.astype(int)).sum(2), "difference"),
        ("not summed", lambda A, B: np.bitwise_count(A[:, None] ^ B), "not-summed"),
        ("share", lambda A, B: hamming_table(A, B) / (8 * A.shape[1]), "share"),
        ("transposed", lambda A, B: hamming_table(B, A), "transposed"),
        ("sum of 8 bits", lambda A, B: np.bitwise_count(A[:, None] ^ B).sum(2, dtype=np.uint8), "overflow"),
        ("into 8 bits", hamming_wraps, "overflow"),
        ("minus", lambda A, B: np.bitwise_count(A[:, None] - B).sum(2), "minus"),
        ("numbers of ones", lambda A, B: abs(_ones(A)[:, None] - _ones(B)), "counts"),
        ("bytes added first", lambda A, B: np.bitwise_count(A.sum(1)[:, None] ^ B.sum(1)), "counts"),
        ("other axis", lambda A, B: np.bitwise_count(A[:, None] ^ B).sum(1), "sum-axis"),
        ("row by row", lambda A, B: np.bitwise_count(A[: len(B)] ^ B[: len(A)]).sum(1), "row-by-row"),
    ],
    f"{TOPIC}.probe_search": [
        ("numbers within", lambda q, X, c, C, p, k: _sort(q, X, _among(c, _opened(q, C, p)))[:k], "local"),
        ("everything", lambda q, X, c, C, p, k: np.argsort(((X - q) ** 2).sum(1))[:k], "everything"),
        ("one cell", lambda q, X, c, C, p, k: probe_lists(q, X, c, C, 1, k), "one-cell"),
        ("farthest cells", lambda q, X, c, C, p, k: probe_far(q, X, c, C, p, k), "far-cells"),
        ("first cells", lambda q, X, c, C, p, k: (m := _among(c, np.arange(p)))[_sort(q, X, m)[:k]], "cells-in-order"),
        ("unsorted", lambda q, X, c, C, p, k: _among(c, _opened(q, C, p))[:k], "unsorted"),
        ("farthest items", lambda q, X, c, C, p, k: (m := _among(c, _opened(q, C, p)))[_sort(q, X, m, -1)[:k]], "far-items"),
        ("inner product", probe_inner, "inner"),
        ("cell by cell", probe_by_cell, "merged-cells"),
        ("sorted numbers", lambda *case: np.sort(probe_lists(*case)), "unsorted"),
        ("farthest first", lambda *case: probe_lists(*case)[::-1], "unsorted"),
        ("cosine of items", probe_cosine, "inner"),
        ("city blocks", probe_blocks, "city-blocks"),
        ("one more cell", lambda q, X, c, C, p, k: probe_masked(q, X, c, C, p + 1, k), "one-more-cell"),
        (
            "argsort as ranks",
            lambda q, X, c, C, p, k: (m := np.flatnonzero(_opened(q, C, None)[c] < p))[_sort(q, X, m)[:k]],
            "argsort",
        ),
        ("filled with -1", lambda *case: np.r_[a := probe_lists(*case), [-1] * (case[-1] - len(a))].astype(int), "padded"),
        ("until k are found", probe_until, "until-enough"),
        ("k of each cell", probe_each, "k-per-cell"),
        ("vectors", lambda *case: case[1][probe_lists(*case)], "vectors"),
        ("distances", lambda *case: np.linalg.norm(case[1][probe_lists(*case)] - case[0], axis=1), "distances"),
    ],
}


def probe_far(q, X, cell, C, nprobe, k):
    among = _among(cell, np.argsort(-((C - q) ** 2).sum(1))[:nprobe])
    return among[_sort(q, X, among)[:k]]
