"""Answers to chapter 00's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import numpy as np
import torch


def _unit(A):
    return A / np.linalg.norm(A, axis=-1, keepdims=True)


# cosine_similarity ---------------------------------------------------------------------------------------------------


def cosine_loops(A, B):
    out = np.empty((len(A), len(B)))
    for i, a in enumerate(A):
        for j, b in enumerate(B):
            out[i, j] = a @ b / np.sqrt((a @ a) * (b @ b))
    return out


def cosine_einsum(A, B):
    return np.einsum("id,jd->ij", A, B) / np.outer(np.sqrt((A**2).sum(1)), np.sqrt((B**2).sum(1)))


def cosine_torch(A, B):
    A, B = torch.from_numpy(A), torch.from_numpy(B)
    return torch.nn.functional.cosine_similarity(A[:, None], B[None], dim=-1)


def cosine_in_place(A, B):
    A /= np.linalg.norm(A, axis=1, keepdims=True)
    B /= np.linalg.norm(B, axis=1, keepdims=True)
    return A @ B.T


# top_k ---------------------------------------------------------------------------------------------------------------


def top_k_python(scores, k):
    return [i for i, _ in sorted(enumerate(scores), key=lambda pair: -pair[1])][:k]


def top_k_partition(scores, k):
    some = np.argpartition(scores, -k)[-k:]
    return some[np.argsort(scores[some])[::-1]]


def top_k_torch(scores, k):
    return torch.from_numpy(scores).topk(k).indices


# recall_at_k ---------------------------------------------------------------------------------------------------------


def recall_loops(similarity, k):
    found = 0
    for i, row in enumerate(similarity):
        found += i in np.argsort(-row)[:k]
    return found / len(similarity)


def recall_argsort(similarity, k):
    first = np.argsort(-similarity, axis=1)[:, :k]
    return (first == np.arange(len(similarity))[:, None]).any(axis=1).mean()


# mixed_query ---------------------------------------------------------------------------------------------------------


def mixed_steps(picture, phrase, weight):
    p, q = picture / np.sqrt(picture @ picture), phrase / np.sqrt(phrase @ phrase)
    mixed = p + weight * (q - p)
    return mixed / np.sqrt(mixed @ mixed)


def mixed_torch(picture, phrase, weight):
    p, q = (torch.nn.functional.normalize(torch.from_numpy(v), dim=0) for v in (picture, phrase))
    return torch.nn.functional.normalize(torch.lerp(p, q, weight), dim=0)


RIGHT = {
    "start_here.cosine_similarity": [cosine_loops, cosine_einsum, cosine_torch],
    "start_here.top_k": [top_k_python, top_k_partition, top_k_torch],
    "start_here.recall_at_k": [recall_loops, recall_argsort],
    "start_here.mixed_query": [mixed_steps, mixed_torch],
}

WRONG = {
    "start_here.cosine_similarity": [
        ("dot product", lambda A, B: A @ B.T, "length"),
        ("columns normalised", lambda A, B: (A / np.linalg.norm(A, axis=0)) @ (B / np.linalg.norm(B, axis=0)).T, "axis"),
        ("only A normalised", lambda A, B: _unit(A) @ B.T, "one-side"),
        ("only B normalised", lambda A, B: A @ _unit(B).T, "one-side"),
        ("no square root", lambda A, B: A @ B.T / np.outer((A**2).sum(1), (B**2).sum(1)), "square"),
        ("distance", lambda A, B: 1 - _unit(A) @ _unit(B).T, "distance"),
        ("transposed", lambda A, B: _unit(B) @ _unit(A).T, "transposed"),
        ("row by row", lambda A, B: (_unit(A)[: min(len(A), len(B))] * _unit(B)[: min(len(A), len(B))]).sum(1), "row-wise"),
        ("one norm for all", lambda A, B: A @ B.T / (np.linalg.norm(A) * np.linalg.norm(B)), "whole-norm"),
        ("angle", lambda A, B: np.arccos(_unit(A) @ _unit(B).T), "angle"),
        ("no return", lambda A, B: print(end="") or None, "returns_none"),
        ("changes its input", cosine_in_place, "changes_input"),
        ("no transpose", lambda A, B: _unit(A) @ _unit(B), "raises"),
    ],
    "start_here.top_k": [
        ("worst", lambda s, k: np.argsort(s)[:k], "worst"),
        ("best last", lambda s, k: np.argsort(s)[-k:], "reversed"),
        ("scores", lambda s, k: np.sort(s)[::-1][:k], "values"),
        ("whole ranking", lambda s, k: np.argsort(s)[::-1], "all"),
        ("not sorted", lambda s, k: np.sort(np.argpartition(s, -k)[-k:]), "unsorted"),
        ("partitioned only", lambda s, k: np.argpartition(-s, min(k, len(s) - 1))[:k], "unsorted"),
        ("one too many", lambda s, k: np.argsort(-s)[: k + 1], "one-off"),
        ("only the best", lambda s, k: int(np.argmax(s)), "shape"),
        ("skips the best", lambda s, k: np.argsort(-s)[1 : k + 1], "differs"),
    ],
    "start_here.recall_at_k": [
        ("the other direction", lambda S, k: recall_argsort(S.T, k), "direction"),
        ("first place only", lambda S, k: recall_argsort(S, 1), "only-first"),
        ("rank <= k from 0", lambda S, k: float(((S > np.diag(S)[:, None]).sum(1) <= k).mean()), "one-off"),
        ("sorted upwards", lambda S, k: recall_loops(-S, k), "worst"),
        ("count", lambda S, k: recall_loops(S, k) * len(S), "count"),
        ("right score beside the columns", lambda S, k: ((S > np.diag(S)).sum(1) < k).mean(), "broadcast"),
        ("summed the wrong way", lambda S, k: ((S > np.diag(S)[:, None]).sum(0) < k).mean(), "summed-axis"),
        ("greater or equal", lambda S, k: ((S >= np.diag(S)[:, None]).sum(1) < k).mean(), "itself"),
        ("argsort as rank", lambda S, k: np.mean([np.argsort(-r)[i] < k for i, r in enumerate(S)]), "argsort"),
        ("percent", lambda S, k: recall_loops(S, k) * 100, "percent"),
        ("divided by k", lambda S, k: recall_loops(S, k) / k, "precision"),
        ("one answer a query", lambda S, k: (S > np.diag(S)[:, None]).sum(1) < k, "no-mean"),
    ],
    "start_here.mixed_query": [
        ("not normalised before", lambda p, q, w: _unit((1 - w) * p + w * q), "length-before"),
        ("never normalised", lambda p, q, w: (1 - w) * p + w * q, "length-before"),
        ("not normalised after", lambda p, q, w: (1 - w) * _unit(p) + w * _unit(q), "length-after"),
        ("weights swapped", lambda p, q, w: _unit(w * _unit(p) + (1 - w) * _unit(q)), "swapped"),
        ("weight ignored", lambda p, q, w: _unit(_unit(p) + _unit(q)), "unweighted"),
        ("plain mean", lambda p, q, w: (p + q) / 2, "unweighted"),
        ("concatenated", lambda p, q, w: _unit(np.concatenate([(1 - w) * p, w * q])), "concatenated"),
        ("multiplied", lambda p, q, w: _unit(_unit(p) * _unit(q)), "product"),
    ],
}
