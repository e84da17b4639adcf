"""Answers to chapter 13's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812  as most answers call it

inf = float("inf")


def _eye(n):
    return torch.eye(n, dtype=torch.bool)


# join_nodes ----------------------------------------------------------------------------------------------------------


def _real(a, b):
    real = torch.cat([a, b], 1)
    return real[:, :, None] & real[:, None]


def _across(a, b):
    kind = torch.cat([torch.zeros(a.shape[1]), torch.ones(b.shape[1])])
    return kind[:, None] != kind


def _apart(a, b):
    n = torch.arange(a.shape[1] + b.shape[1])
    return n - n[:, None]


def join_vectorised(a, b):
    return (_across(a, b) | (_apart(a, b).abs() == 1)) & _real(a, b)


def join_loops(a, b):
    p, n = a.shape[1], a.shape[1] + b.shape[1]
    real = torch.cat([a, b], 1).tolist()
    edges = torch.zeros(len(a), n, n, dtype=torch.bool)
    for k in range(len(a)):
        for i in range(n):
            for j in range(n):
                edges[k, i, j] = real[k][i] and real[k][j] and i != j and ((i < p) != (j < p) or abs(i - j) == 1)
    return edges


def join_blocks(a, b):
    """Four blocks put together, in NumPy, as numbers."""
    p, q = a.shape[1], b.shape[1]
    chain = [np.eye(k, k=1) + np.eye(k, k=-1) for k in (p, q)]
    whole = np.block([[chain[0], np.ones((p, q))], [np.ones((q, p)), chain[1]]])
    real = np.concatenate([a.numpy(), b.numpy()], axis=1)
    return whole * real[:, :, None] * real[:, None] > 0


def join_closed(a, b):
    edges = _across(a, b) & _real(a, b)
    for offset, part in ((0, a), (a.shape[1], b)):
        for k in range(len(part)):
            there = [offset + i for i, real in enumerate(part[k].tolist()) if real]
            for i, j in zip(there, there[1:], strict=False):
                edges[k, i, j] = edges[k, j, i] = True
    return edges


# neighbour_mean ------------------------------------------------------------------------------------------------------


def mean_product(h, e):
    A = e.to(h.dtype)
    return A @ h / A.sum(2, keepdim=True).clamp(min=1)


def mean_loops(h, e):
    result = torch.zeros_like(h)
    for b in range(len(h)):
        for i in range(h.shape[1]):
            if e[b, i].any():
                result[b, i] = h[b][e[b, i]].mean(0)
    return result


def mean_masked(h, e):
    """(batch, n, n, d): everybody for everybody, then those without an edge filled with NaN and left out."""
    everybody = np.where(e.numpy()[..., None], h.numpy()[:, None], np.nan)
    counts = np.isfinite(everybody).sum(2)
    return np.nansum(everybody, axis=2) / np.maximum(counts, 1)


def _sums(h, e):
    return e.to(h.dtype) @ h


# graph_convolution ---------------------------------------------------------------------------------------------------


def _with_self(h, e):
    return e.to(h.dtype) + torch.eye(h.shape[1], dtype=h.dtype)


def _conv(h, e, W, left=-0.5, right=-0.5, A=None):
    A = _with_self(h, e) if A is None else A
    D = A.sum(2)
    return torch.diag_embed(D**left) @ A @ torch.diag_embed(D**right) @ h @ W


def conv_matrices(h, e, W):
    return _conv(h, e, W)


def conv_loops(h, e, W):
    z, result = h @ W, torch.zeros(*h.shape[:2], W.shape[1], dtype=h.dtype)
    for b in range(len(h)):
        degree = e[b].sum(1) + 1
        for i in range(h.shape[1]):
            for j in range(h.shape[1]):
                if i == j or e[b, i, j]:
                    result[b, i] += z[b, j] / (degree[i] * degree[j]) ** 0.5
    return result


def conv_numpy(h, e, W):
    A = e.numpy() + np.eye(h.shape[1])
    degree = A.sum(2)
    return (A / np.sqrt(degree[:, :, None] * degree[:, None])) @ h.numpy() @ W.numpy()


def conv_no_self(h, e, W):
    A = e.to(h.dtype)
    scale = A.sum(2, keepdim=True).pow(-0.5)
    scale[scale == inf] = 0
    return scale * (A @ (scale * (h @ W)))


def conv_old_degree(h, e, W):
    scale = e.to(h.dtype).sum(2, keepdim=True).rsqrt()
    return scale * (_with_self(h, e) @ (scale * (h @ W)))


# spread --------------------------------------------------------------------------------------------------------------


def _squares(h, real, mean):
    return ((h - mean) ** 2).sum(2).masked_fill(~real, 0).sum(1)


def _mean(h, real):
    return (h * real[..., None]).sum(1, keepdim=True) / real.sum(1)[:, None, None].clamp(min=1)


def _divided(a, b):
    return torch.where(b > 0, a / b.clamp(min=1e-30), torch.zeros_like(a))


def spread_torch(h, real):
    return _divided(_squares(h, real, _mean(h, real)), _squares(h, real, 0))


def spread_loops(h, real):
    found = []
    for nodes, there in zip(h, real, strict=True):
        kept = nodes[there]
        whole = float((kept**2).sum())
        found.append(float(((kept - kept.mean(0)) ** 2).sum()) / whole if whole > 0 else 0.0)
    return np.array(found)


def spread_shifted(h, real):
    """Σ|h - m|² = Σ|h|² - n |m|²."""
    h, n = h.numpy() * real.numpy()[..., None], np.maximum(real.numpy().sum(1), 1)
    whole = (h**2).sum((1, 2))
    return np.divide(whole - (h.sum(1) ** 2).sum(1) / n, whole, out=np.zeros(len(h)), where=whole > 0)


def spread_nan(h, real):
    return _squares(h, real, _mean(h, real)) / _squares(h, real, 0)


def spread_padding(h, real):
    return spread_torch(h, torch.ones_like(real))


def spread_mean_of_all(h, real):
    return _divided(_squares(h, real, h.mean(1, keepdim=True)), _squares(h, real, 0))


def spread_padding_in_sums(h, real):
    everything = torch.ones_like(real)
    return _divided(_squares(h, everything, _mean(h, real)), _squares(h, everything, 0))


def spread_lengths(h, real):
    a, b = ((h - m).norm(dim=2).masked_fill(~real, 0).sum(1) for m in (_mean(h, real), 0))
    return _divided(a, b)


# attention_weights ---------------------------------------------------------------------------------------------------


def _heard(e):
    return e | _eye(e.shape[1])


def _share(scores, e, dim=2):
    return scores.masked_fill(~_heard(e), -inf).softmax(dim)


def _static(z, a, c):
    return (z @ a)[:, None] + (z @ c)[:, :, None]


def att_vectorised(z, e, a, c):
    return _share(F.leaky_relu(_static(z, a, c), 0.2), e)


def att_loops(z, e, a, c):
    weights = torch.zeros(*z.shape[:2], z.shape[1], dtype=z.dtype)
    for b in range(len(z)):
        for i in range(z.shape[1]):
            heard = [j for j in range(z.shape[1]) if j == i or e[b, i, j]]
            scores = torch.stack([z[b, j] @ a + z[b, i] @ c for j in heard])
            weights[b, i, heard] = torch.where(scores > 0, scores, 0.2 * scores).softmax(0)
    return weights


def att_numpy(z, e, a, c):
    z, heard = z.numpy(), e.numpy() | np.eye(z.shape[1], dtype=bool)
    scores = np.add.outer(np.zeros(len(z)), np.zeros((z.shape[1],) * 2)) + (z @ c.numpy())[:, :, None] + (z @ a.numpy())[:, None]
    scores = np.where(heard, np.maximum(scores, 0.2 * scores), -np.inf)
    e = np.exp(scores - scores.max(2, keepdims=True))
    return e / e.sum(2, keepdims=True)


def _naive_softmax(scores, e):
    x = scores.exp() * _heard(e)
    return x / x.sum(2, keepdim=True)


def att_plain_exp(z, e, a, c):
    return _naive_softmax(F.leaky_relu(_static(z, a, c), 0.2), e)


def att_without_self(z, e, a, c):
    return F.leaky_relu(_static(z, a, c), 0.2).masked_fill(~e, -3e38).softmax(2)


# dynamic_weights -----------------------------------------------------------------------------------------------------


def _pairs(u, v):
    return u[:, :, None] + v[:, None]


def dyn_vectorised(u, v, e, a):
    return _share(F.leaky_relu(_pairs(u, v), 0.2) @ a, e)


def dyn_loops(u, v, e, a):
    weights = torch.zeros(*u.shape[:2], u.shape[1], dtype=u.dtype)
    for b in range(len(u)):
        for i in range(u.shape[1]):
            heard = [j for j in range(u.shape[1]) if j == i or e[b, i, j]]
            scores = torch.stack([a @ F.leaky_relu(u[b, i] + v[b, j], 0.2) for j in heard])
            weights[b, i, heard] = scores.softmax(0)
    return weights


def dyn_einsum(u, v, e, a):
    x = _pairs(u, v)
    scores = torch.einsum("bijd,d->bij", 0.6 * x + 0.4 * x.abs(), a)  # LeakyReLU(x) = 0.6 x + 0.4 |x|
    return _share(scores, e)


# relational ----------------------------------------------------------------------------------------------------------


def _means(h, e):
    A = e.to(h.dtype)
    return A @ h / A.sum(-1, keepdim=True).clamp(min=1)


def rel_einsum(h, e, W, V):
    return h @ W + torch.einsum("kbnd,kde->bne", _means(h, e), V)


def rel_loop(h, e, W, V):
    result = h @ W
    for k in range(len(V)):
        result = result + mean_product(h, e[k]) @ V[k]
    return result


def rel_side_by_side(h, e, W, V):
    """The node and what it hears of each kind in one row, the matrices in one column."""
    row = torch.cat([h, *_means(h, e)], dim=-1)
    return row @ torch.cat([W, *V])


def rel_together(h, e, W, V):
    A = e.to(h.dtype)
    return h @ W + sum(A[k] @ h @ V[k] for k in range(len(V))) / A.sum((0, 3)).clamp(min=1)[..., None]


WRONG = {
    "graph_fusion.join_nodes": [
        ("no mask", lambda a, b: (_across(a, b) | (_apart(a, b).abs() == 1)).repeat(len(a), 1, 1), "padding"),
        ("rows masked", lambda a, b: (_across(a, b) | (_apart(a, b).abs() == 1)) & torch.cat([a, b], 1)[:, :, None], "half-masked"),
        ("columns masked", lambda a, b: (_across(a, b) | (_apart(a, b).abs() == 1)) & torch.cat([a, b], 1)[:, None], "half-masked"),
        ("the diagonal", lambda a, b: (_across(a, b) | (_apart(a, b).abs() <= 1)) & _real(a, b), "itself"),
        ("the diagonal, padding too", lambda a, b: join_vectorised(a, b) | _eye(a.shape[1] + b.shape[1]), "itself"),
        ("chain to the right", lambda a, b: (_across(a, b) | (_apart(a, b) == 1)) & _real(a, b), "directed"),
        ("chain to the left", lambda a, b: (_across(a, b) | (_apart(a, b) == -1)) & _real(a, b), "directed"),
        ("first hears second", lambda a, b: join_vectorised(a, b) & ~(_across(a, b) & (_apart(a, b) < 0)), "one-way"),
        ("second hears first", lambda a, b: join_vectorised(a, b) & ~(_across(a, b) & (_apart(a, b) > 0)), "one-way"),
        ("all within", lambda a, b: _real(a, b) & (_apart(a, b) != 0), "all"),
        ("all", lambda a, b: _real(a, b), "all"),
        ("none within", lambda a, b: _across(a, b) & _real(a, b), "none"),
        ("none across", lambda a, b: ~_across(a, b) & (_apart(a, b).abs() == 1) & _real(a, b), "no-across"),
        ("one long chain", lambda a, b: (_apart(a, b).abs() == 1) & _real(a, b), "no-across"),
        ("turned round", lambda a, b: ~join_vectorised(a, b), "inverted"),
        ("over holes", join_closed, "bridged"),
        ("one graph", lambda a, b: join_vectorised(a, b)[0], "shape"),
    ],
    "graph_fusion.neighbour_mean": [
        ("sum", _sums, "sum"),
        ("by n", lambda h, e: _sums(h, e) / h.shape[1], "of-all"),
        ("by n - 1", lambda h, e: _sums(h, e) / (h.shape[1] - 1), "of-all"),
        ("by all edges", lambda h, e: _sums(h, e) / e.sum((1, 2), keepdim=True), "of-all"),
        ("itself", lambda h, e: mean_product(h, _heard(e)), "itself"),
        ("transposed", lambda h, e: mean_product(h, e.transpose(1, 2)), "transposed"),
        ("columns' degrees", lambda h, e: _sums(h, e) / e.sum(1).clamp(min=1)[..., None], "degree"),
        ("columns normalised", lambda h, e: (e / e.sum(1, keepdim=True).clamp(min=1)).to(h.dtype) @ h, "degree"),
        ("NaN", lambda h, e: _sums(h, e) / e.sum(2, keepdim=True), "nan"),
        ("everyone", lambda h, e: h.mean(1, keepdim=True).expand(h.shape), "everyone"),
        ("lonely ones keep themselves", lambda h, e: torch.where(e.any(2, keepdim=True), mean_product(h, e), h), "one-count"),
        ("softmax", lambda h, e: e.to(h.dtype).softmax(2) @ h, None),
    ],
    "graph_fusion.graph_convolution": [
        ("no I", conv_no_self, "no-self"),
        ("degrees of A", conv_old_degree, "degree"),
        ("degrees of A, at least 1", lambda h, e, W: (lambda s: s * (_with_self(h, e) @ (s * (h @ W))))(
            e.to(h.dtype).sum(2, keepdim=True).clamp(min=1).rsqrt()), "degree"),
        ("sum", lambda h, e, W: _with_self(h, e) @ h @ W, "not-scaled"),
        ("mean", lambda h, e, W: _conv(h, e, W, -1, 0), "mean"),
        ("by those heard", lambda h, e, W: _conv(h, e, W, 0, -1), "speaker"),
        ("left only", lambda h, e, W: _conv(h, e, W, -0.5, 0), "one-side"),
        ("right only", lambda h, e, W: _conv(h, e, W, 0, -0.5), "one-side"),
        ("no roots", lambda h, e, W: _conv(h, e, W, -1, -1), "no-root"),
        ("times roots", lambda h, e, W: _conv(h, e, W, 0.5, 0.5), "upside"),
        ("no W", lambda h, e, W: (lambda A: A / (A.sum(2)[:, :, None] * A.sum(2)[:, None]).sqrt() @ h)(_with_self(h, e)), "no-W"),
        ("W turned", lambda h, e, W: _conv(h, e, W.T), "raises"),
    ],
    "graph_fusion.spread": [
        ("NaN", spread_nan, "nan"),
        ("padding", spread_padding, "padding"),
        ("padding in the sums", spread_padding_in_sums, "padding"),
        ("padding as zeros", lambda h, real: spread_padding(h * real[..., None], real), "padding-zeros"),
        ("mean of all", spread_mean_of_all, "mean"),
        ("lengths", spread_lengths, "lengths"),
        ("root", lambda h, real: spread_torch(h, real).sqrt(), "root"),
        ("not divided", lambda h, real: _squares(h, real, _mean(h, real)), "not-divided"),
        ("variance", lambda h, real: _squares(h, real, _mean(h, real)) / real.sum(1).clamp(min=1), "not-divided"),
        ("same instead", lambda h, real: 1 - spread_torch(h, real), "inverted"),
        ("whole batch", lambda h, real: spread_torch(h, real).mean(), "whole-batch"),
        ("a list of one", lambda h, real: spread_torch(h, real)[:, None], "shape"),
    ],
    "graph_fusion.attention_weights": [
        ("plain exp", att_plain_exp, "overflow"),
        ("not itself", att_without_self, "itself"),
        ("not itself, minus infinity", lambda z, e, a, c: F.leaky_relu(_static(z, a, c), 0.2).masked_fill(~e, -torch.inf).softmax(2),
         "nobody"),
        ("masked with a thousand", lambda z, e, a, c: F.leaky_relu(_static(z, a, c), 0.2).masked_fill(~_heard(e), -1e3).softmax(2),
         "zeroed"),
        ("not itself, zeros", lambda z, e, a, c: att_without_self(z, e, a, c) * e.any(2, keepdim=True), "itself"),
        ("no edges", lambda z, e, a, c: F.leaky_relu(_static(z, a, c), 0.2).softmax(2), "unmasked"),
        ("zeros", lambda z, e, a, c: (F.leaky_relu(_static(z, a, c), 0.2) * _heard(e)).softmax(2), "zeroed"),
        ("cut afterwards", lambda z, e, a, c: F.leaky_relu(_static(z, a, c), 0.2).softmax(2) * _heard(e), "after"),
        ("columns", lambda z, e, a, c: _share(F.leaky_relu(_static(z, a, c), 0.2), e, 1), "axis"),
        ("scores", lambda z, e, a, c: F.leaky_relu(_static(z, a, c), 0.2), "scores"),
        ("not bent", lambda z, e, a, c: _share(_static(z, a, c), e), "not-bent"),
        ("slope of PyTorch", lambda z, e, a, c: _share(F.leaky_relu(_static(z, a, c)), e), "relu"),
        ("relu", lambda z, e, a, c: _share(F.relu(_static(z, a, c)), e), "relu"),
        ("exchanged", lambda z, e, a, c: att_vectorised(z, e, c, a), "exchanged"),
        ("speaker only", lambda z, e, a, c: att_vectorised(z, e, a, 0 * c), "speaker-only"),
        ("each bent", lambda z, e, a, c: _share(F.leaky_relu(z @ a, 0.2)[:, None] + F.leaky_relu(z @ c, 0.2)[:, :, None], e),
         "speaker-only"),
        ("looker only", lambda z, e, a, c: att_vectorised(z, e, 0 * a, c), "looker-only"),
        ("edges turned", lambda z, e, a, c: att_vectorised(z, e.transpose(1, 2), a, c), "transposed"),
    ],
    "graph_fusion.dynamic_weights": [
        ("plain exp", lambda u, v, e, a: _naive_softmax(F.leaky_relu(_pairs(u, v), 0.2) @ a, e), "overflow"),
        ("not itself", lambda u, v, e, a: (F.leaky_relu(_pairs(u, v), 0.2) @ a).masked_fill(~e, -3e38).softmax(2), "itself"),
        ("not itself, minus infinity",
         lambda u, v, e, a: (F.leaky_relu(_pairs(u, v), 0.2) @ a).masked_fill(~e, -torch.inf).softmax(2), "nobody"),
        ("no edges", lambda u, v, e, a: (F.leaky_relu(_pairs(u, v), 0.2) @ a).softmax(2), "unmasked"),
        ("zeros", lambda u, v, e, a: (F.leaky_relu(_pairs(u, v), 0.2) @ a * _heard(e)).softmax(2), "zeroed"),
        ("cut afterwards", lambda u, v, e, a: (F.leaky_relu(_pairs(u, v), 0.2) @ a).softmax(2) * _heard(e), "after"),
        ("columns", lambda u, v, e, a: _share(F.leaky_relu(_pairs(u, v), 0.2) @ a, e, 1), "axis"),
        ("scores", lambda u, v, e, a: F.leaky_relu(_pairs(u, v), 0.2) @ a, "scores"),
        ("static", lambda u, v, e, a: _share(F.leaky_relu(_pairs(u, v) @ a, 0.2), e), "static"),
        ("not bent", lambda u, v, e, a: _share(_pairs(u, v) @ a, e), "not-bent"),
        ("slope of PyTorch", lambda u, v, e, a: _share(F.leaky_relu(_pairs(u, v)) @ a, e), "relu"),
        ("exchanged", lambda u, v, e, a: dyn_vectorised(v, u, e, a), "exchanged"),
        ("each bent", lambda u, v, e, a: _share(_pairs(F.leaky_relu(u, 0.2), F.leaky_relu(v, 0.2)) @ a, e), "each-bent"),
        ("edges turned", lambda u, v, e, a: dyn_vectorised(u, v, e.transpose(1, 2), a), "transposed"),
    ],
    "graph_fusion.relational": [
        ("NaN", lambda h, e, W, V: h @ W + sum(e[k].to(h.dtype) @ h / e[k].sum(2, keepdim=True) @ V[k] for k in range(len(V))), "nan"),
        ("not itself", lambda h, e, W, V: rel_loop(h, e, W, V) - h @ W, "no-own"),
        ("sums", lambda h, e, W, V: h @ W + sum(_sums(h, e[k]) @ V[k] for k in range(len(V))), "sum"),
        ("one degree", rel_together, "together"),
        ("first kind", lambda h, e, W, V: h @ W + mean_product(h, e[0]) @ V[0], "one-kind"),
        ("last kind", lambda h, e, W, V: h @ W + mean_product(h, e[-1]) @ V[-1], "one-kind"),
        ("first matrix", lambda h, e, W, V: h @ W + _means(h, e).sum(0) @ V[0], "one-matrix"),
        ("mean matrix", lambda h, e, W, V: h @ W + _means(h, e).sum(0) @ V.mean(0), "one-matrix"),
        ("merged", lambda h, e, W, V: h @ W + mean_product(h, e.any(0)) @ V.sum(0), "merged"),
        ("mean of kinds", lambda h, e, W, V: h @ W + (rel_loop(h, e, W, V) - h @ W) / len(V), "mean-of-kinds"),
        ("edges turned", lambda h, e, W, V: rel_loop(h, e.transpose(2, 3), W, V), "transposed"),
        ("itself in every kind", lambda h, e, W, V: rel_loop(h, e, W, V) + (len(V) - 1) * h @ W, "own-each-kind"),
    ],
}  # fmt: skip

RIGHT = {
    "graph_fusion.join_nodes": [join_vectorised, join_loops, join_blocks],
    "graph_fusion.neighbour_mean": [
        mean_product, mean_loops, mean_masked, lambda h, e: (e.float() @ h) / e.sum(2, keepdim=True).clamp(min=1),
    ],
    "graph_fusion.graph_convolution": [conv_matrices, conv_loops, conv_numpy],
    "graph_fusion.spread": [spread_torch, spread_loops, spread_shifted],
    "graph_fusion.attention_weights": [att_vectorised, att_loops, att_numpy],
    "graph_fusion.dynamic_weights": [dyn_vectorised, dyn_loops, dyn_einsum],
    "graph_fusion.relational": [rel_einsum, rel_loop, rel_side_by_side],
}
