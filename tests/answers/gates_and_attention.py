"""Answers to chapter 11's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import math

import numpy as np
import torch

LOW = -1e300


def _there(x, m):
    return torch.where(m[:, :, None], x, torch.zeros((), dtype=x.dtype))


# gated_unit ----------------------------------------------------------------------------------------------------------


def gated_filled(said, scores, mask):
    m = mask.unsqueeze(-1)
    z = torch.softmax(scores.masked_fill(~m, LOW), 1)
    return torch.einsum("bmd,bmd->bd", z.expand_as(said), said.masked_fill(~m, 0))


def gated_loops(said, scores, mask):
    out = []
    for h, s, m in zip(said, scores, mask, strict=True):
        out.append(s[m].softmax(0).mul(h[m]).sum(0) if m.any() else torch.zeros(h.shape[1], dtype=h.dtype))
    return torch.stack(out)


def gated_numpy(said, scores, mask):
    s, m = scores.numpy(), mask.numpy()[:, :, None]
    e = np.where(m, np.exp(s - np.nanmax(np.where(m, s, -50), axis=1, keepdims=True)), 0)
    total = e.sum(1, keepdims=True)
    return (np.divide(e, total, out=np.zeros_like(e), where=total > 0) * np.where(m, said.numpy(), 0)).sum(1)


def gated_inf(said, scores, mask):
    m = mask[:, :, None]
    return (scores.masked_fill(~m, -math.inf).softmax(1) * said.masked_fill(~m, 0)).sum(1)


def gated_nan(said, scores, mask):
    m = mask[:, :, None]
    return (scores.masked_fill(~m, LOW).softmax(1) * said).sum(1)


# modality_weights ----------------------------------------------------------------------------------------------------


def weights_einsum(hidden, mask, A, B, v):
    h = _there(hidden, mask)
    q = h.sum(1) / mask.sum(1).clamp(min=1)[:, None]
    s = torch.einsum("bmk,k->bm", torch.tanh(torch.einsum("bmd,kd->bmk", h, A) + torch.einsum("bd,kd->bk", q, B)[:, None]), v)
    return torch.nan_to_num(s.masked_fill(~mask, -math.inf).softmax(1))


def weights_loops(hidden, mask, A, B, v):
    out = torch.zeros(mask.shape, dtype=hidden.dtype)
    for i, m in enumerate(mask):
        if m.any():
            h = hidden[i][m]
            q = h.mean(0)
            out[i, m] = torch.stack([v @ torch.tanh(A @ x + B @ q) for x in h]).softmax(0)
    return out


def _scores(h, m, A, B, v, q):
    return torch.tanh(h @ A.T + (q @ B.T)[:, None]) @ v


def _mean(h, m):
    return h.sum(1) / m.sum(1, keepdim=True).clamp(min=1)


def _low(s, m):
    return torch.where(m, s.masked_fill(~m, LOW).softmax(1), 0.0)


def weights_inf(h, m, A, B, v):
    h = _there(h, m)
    return _scores(h, m, A, B, v, _mean(h, m)).masked_fill(~m, -math.inf).softmax(1)


def weights_equal(h, m, A, B, v):
    h = _there(h, m)
    return _scores(h, m, A, B, v, _mean(h, m)).masked_fill(~m, LOW).softmax(1)


# attention_or_nobody -------------------------------------------------------------------------------------------------


def nobody_cat(scores, mask):
    z = torch.cat([torch.zeros(len(scores), 1, dtype=scores.dtype), scores.masked_fill(~mask, -math.inf)], 1)
    return torch.softmax(z, 1)[:, 1:]


def nobody_shift(scores, mask):
    z = scores.masked_fill(~mask, LOW)
    top = z.amax(1, keepdim=True).clamp(min=0)
    e = (z - top).exp()
    return e / ((-top).exp() + e.sum(1, keepdim=True))


def nobody_log(scores, mask):
    z = scores.masked_fill(~mask, -math.inf)
    total = torch.logaddexp(torch.logsumexp(z, 1), torch.zeros(len(z), dtype=z.dtype))
    return (z - total[:, None]).exp()


def nobody_raw(s, m):
    e = torch.where(m, s.exp(), 0.0)
    return e / (1 + e.sum(1, keepdim=True))


def nobody_shifted(s, m):
    z = s.masked_fill(~m, LOW)
    e = torch.where(m, (z - z.amax(1, keepdim=True)).exp(), 0.0)
    return e / (1 + e.sum(1, keepdim=True))


# look_across ---------------------------------------------------------------------------------------------------------


def look_sdpa(q, k, v, modality, real):
    may = (modality[:, None] != modality)[None] & real[:, None] & real[:, :, None]
    found = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=may)
    return torch.where(may.any(-1, keepdim=True), torch.nan_to_num(found), 0.0)


def look_loops(q, k, v, modality, real):
    out = torch.zeros_like(v)
    for b in range(len(q)):
        for t in range(q.shape[1]):
            s = [i for i in range(q.shape[1]) if real[b, i] and modality[i] != modality[t]]
            if real[b, t] and s:
                out[b, t] = (k[b, s] @ q[b, t] / math.sqrt(q.shape[2])).softmax(0) @ v[b, s]
    return out


def _may(modality, real):
    return (modality[:, None] != modality) & real[:, None] & real[:, :, None]


def _look(q, k, v, may, scale=True, dim=-1):
    s = q @ k.mT / (math.sqrt(q.shape[-1]) if scale else 1)
    return (s.masked_fill(~may, LOW).softmax(dim) * may) @ v


def look_inf(q, k, v, modality, real):
    s = q @ k.mT / q.shape[-1] ** 0.5
    return s.masked_fill(~_may(modality, real), -math.inf).softmax(-1) @ v


def look_padding_asks(q, k, v, modality, real):
    return _look(q, k, v, (modality[:, None] != modality) & real[:, None])


def look_equal(q, k, v, modality, real):
    s = q @ k.mT / q.shape[-1] ** 0.5
    return s.masked_fill(~_may(modality, real), LOW).softmax(-1) @ v


# co_attention --------------------------------------------------------------------------------------------------------


def co_einsum(X, Y, B, U, W, u, w):
    C = torch.tanh(torch.einsum("nd,de,re->nr", X, B, Y))
    P, Q = X @ U, Y @ W
    return torch.softmax(torch.tanh(P + torch.einsum("nr,rk->nk", C, Q)) @ u, 0), torch.softmax(torch.tanh(Q + C.T @ P) @ w, 0)


def co_numpy(*args):
    X, Y, B, U, W, u, w = (x.numpy() for x in args)
    C = np.tanh(X @ B @ Y.T)
    a, c = np.tanh(X @ U + C @ (Y @ W)) @ u, np.tanh(Y @ W + C.T @ (X @ U)) @ w
    return np.exp(a) / np.exp(a).sum(), np.exp(c) / np.exp(c).sum()


def co_loops(X, Y, B, U, W, u, w):
    C = [[torch.tanh(x @ B @ y) for y in Y] for x in X]
    a = torch.stack([u @ torch.tanh(x @ U + sum(C[i][j] * (Y[j] @ W) for j in range(len(Y)))) for i, x in enumerate(X)])
    c = torch.stack([w @ torch.tanh(y @ W + sum(C[i][j] * (X[i] @ U) for i in range(len(X)))) for j, y in enumerate(Y)])
    return a.softmax(0), c.softmax(0)


def _co(C, X, Y, U, W, u, w):
    return (torch.tanh(X @ U + C @ Y @ W) @ u).softmax(0), (torch.tanh(Y @ W + C.T @ X @ U) @ w).softmax(0)


def _affinity(X, Y, B):
    return torch.tanh(X @ B @ Y.T)


# bilinear_attention --------------------------------------------------------------------------------------------------


def bi_products(F, G, p):
    P = F[:, None] * G[None]
    alpha = (P @ p).flatten().softmax(0).view(len(F), len(G))
    return (alpha[..., None] * P).sum((0, 1)), alpha


def bi_einsum(F, G, p):
    s = torch.einsum("nd,d,rd->nr", F, p, G)
    alpha = (s - s.logsumexp((0, 1))).exp()
    return torch.einsum("nr,nd,rd->d", alpha, F, G), alpha


def bi_numpy(F, G, p):
    F, G, p = F.numpy(), G.numpy(), p.numpy()
    e = np.exp((F * p) @ G.T)
    alpha = e / e.sum()
    return np.diag(F.T @ alpha @ G), alpha


def _alpha(F, G, p):
    return bi_products(F, G, p)[1]


# bottleneck_mask -----------------------------------------------------------------------------------------------------


def mask_blocks(lengths, tokens):
    T = tokens + sum(lengths)
    mask = torch.zeros(T, T, dtype=torch.bool)
    mask[:tokens] = mask[:, :tokens] = True
    start = tokens
    for n in lengths:
        mask[start : start + n, start : start + n] = True
        start += n
    return mask


def mask_numpy(lengths, tokens):
    owner = np.repeat(np.arange(-1, len(lengths)), [tokens, *lengths])
    return (owner[:, None] == owner) | (owner[:, None] < 0) | (owner < 0)


def mask_block_diag(lengths, tokens):
    mask = torch.block_diag(torch.zeros(tokens, tokens), *(torch.ones(n, n) for n in lengths)) > 0
    mask[:tokens, :] = True
    mask[:, :tokens] = True
    return mask


def _mask(lengths, tokens, rows, columns, between=True):
    mask = mask_blocks(lengths, tokens).clone()
    mask[:tokens, tokens:] = rows
    mask[tokens:, :tokens] = columns
    mask[:tokens, :tokens] = between
    return mask


def gated_exp(said, scores, mask):
    e = _there(scores.exp(), mask)
    return (e / e.sum(1, keepdim=True).clamp(min=1e-9) * _there(said, mask)).sum(1)


def nobody_exp(scores, mask):
    e = torch.where(mask, scores.exp(), 0.0)
    return (e / (1 + e.sum(1, keepdim=True))).nan_to_num(1.0)


WRONG = {
    "gates_and_attention.gated_unit": [
        ("no mask", lambda h, s, m: (s.softmax(1) * h).sum(1), "mask-forgotten"),
        ("plain exp", gated_exp, "overflow"),
        ("sigmoid", lambda h, s, m: (_there(s.sigmoid(), m) * _there(h, m)).sum(1), "sigmoid"),
        ("over dimensions", lambda h, s, m: (s.masked_fill(~m[:, :, None], LOW).softmax(2) * _there(h, m)).sum(1), "dimensions"),
        ("score zero", lambda h, s, m: (_there(s, m).softmax(1) * _there(h, m)).sum(1), "zero-score"),
        ("struck out after", lambda h, s, m: (_there(torch.nan_to_num(s).softmax(1), m) * _there(h, m)).sum(1), "not-shared"),
        ("minus infinity", gated_inf, "nothing"),
        ("NaN times zero", gated_nan, "nan"),
        ("mean", lambda h, s, m: gated_filled(h, s, m) / h.shape[1], "mean"),
        ("tanh twice", lambda h, s, m: gated_filled(h.tanh(), s, m), "tanh-again"),
        ("not summed", lambda h, s, m: s.masked_fill(~m[:, :, None], LOW).softmax(1) * _there(h, m), "shape"),
    ],
    "gates_and_attention.modality_weights": [
        ("no mask", lambda h, m, A, B, v: torch.softmax(torch.tanh(h @ A.T + (h.mean(1) @ B.T)[:, None]) @ v, 1), "mask-forgotten"),
        ("no question", lambda h, m, A, B, v: _low(torch.tanh(_there(h, m) @ A.T) @ v, m), "no-question"),
        ("mean of all", lambda h, m, A, B, v: _low(_scores(_there(h, m), m, A, B, v, _there(h, m).mean(1)), m), "mean-of-all"),
        ("sum", lambda h, m, A, B, v: _low(_scores(_there(h, m), m, A, B, v, _there(h, m).sum(1)), m), "sum"),
        ("no tanh", lambda h, m, A, B, v: _low((_there(h, m) @ A.T + (_mean(_there(h, m), m) @ B.T)[:, None]) @ v, m), "no-tanh"),
        ("two tanhs", lambda h, m, A, B, v: _low(((_there(h, m) @ A.T).tanh() + (_mean(_there(h, m), m) @ B.T).tanh()[:, None]) @ v, m),
         "no-question"),
        ("exchanged", lambda h, m, A, B, v: weights_loops(h, m, B, A, v), "exchanged"),
        ("struck out after", lambda h, m, A, B, v: torch.where(m, _scores(_there(h, m), m, A, B, v, _mean(_there(h, m), m)).softmax(1),
                                                               0.0), "not-shared"),
        ("minus infinity", weights_inf, "nothing"),
        ("equal parts of nothing", weights_equal, "nothing"),
        ("NaN asks", lambda h, m, A, B, v: _low(_scores(_there(h, m), m, A, B, v, (h * m[:, :, None]).sum(1)
                                                        / m.sum(1, keepdim=True).clamp(min=1)), m), "nan"),
        ("unweighted", lambda h, m, A, B, v: _scores(_there(h, m), m, A, B, v, _mean(_there(h, m), m)), None),
    ],
    "gates_and_attention.attention_or_nobody": [
        ("softmax", _low, "softmax"),
        ("NaN made 1", nobody_exp, "overflow"),
        ("sigmoid", lambda s, m: torch.where(m, s.sigmoid(), 0.0), "sigmoid"),
        ("shifted without nobody", nobody_shifted, "shifted"),
        ("no mask", lambda s, m: nobody_cat(s, torch.ones_like(m)), "mask-forgotten"),
        ("struck out after", lambda s, m: torch.where(m, nobody_cat(s, torch.ones_like(m)), 0.0), "struck-out"),
        ("score zero", lambda s, m: torch.where(m, nobody_cat(s.masked_fill(~m, 0), torch.ones_like(m)), 0.0), "zero-score"),
        ("plain exponentials", nobody_raw, "overflow"),
        ("with nobody", lambda s, m: torch.cat([s.masked_fill(~m, -math.inf), torch.zeros_like(s[:, :1])], 1).softmax(1),
         "nobody-returned"),
    ],
    "gates_and_attention.look_across": [
        ("self-attention", lambda q, k, v, m, r: _look(q, k, v, r[:, None] & r[:, :, None]), "everything"),
        ("own modality", lambda q, k, v, m, r: _look(q, k, v, (m[:, None] == m) & r[:, None] & r[:, :, None]), "own"),
        ("no scale", lambda q, k, v, m, r: _look(q, k, v, _may(m, r), scale=False), "no-scale"),
        ("padding seen", lambda q, k, v, m, r: _look(q, k, v, (m[:, None] != m) & r[:, :, None]), "padding-seen"),
        ("no real", lambda q, k, v, m, r: _look(q, k, v, (m[:, None] != m).expand(len(r), -1, -1)), "no-mask"),
        ("struck out after", lambda q, k, v, m, r: ((q @ k.mT / q.shape[-1] ** 0.5).softmax(-1) * _may(m, r)) @ v, "struck-out"),
        ("over queries", lambda q, k, v, m, r: _look(q, k, v, _may(m, r), dim=-2), "columns"),
        ("minus infinity", look_inf, "nothing-found"),
        ("padding asks", look_padding_asks, "nothing-found"),
        ("equal weights of nothing", look_equal, "nothing-found"),
        ("the weights", lambda q, k, v, m, r: _look(q, k, torch.eye(q.shape[1], dtype=q.dtype).expand(len(q), -1, -1), _may(m, r)), "shape"),
    ],
    "gates_and_attention.co_attention": [
        ("alone", lambda X, Y, B, U, W, u, w: ((torch.tanh(X @ U) @ u).softmax(0), (torch.tanh(Y @ W) @ w).softmax(0)), "no-affinity"),
        ("raw affinity", lambda X, Y, B, *r: _co(X @ B @ Y.T, X, Y, *r), "raw-affinity"),
        ("no B", lambda X, Y, B, *r: _co(torch.tanh(X @ Y.T), X, Y, *r), "no-b"),
        ("B transposed", lambda X, Y, B, *r: _co(_affinity(X, Y, B.T), X, Y, *r), "b-turned"),
        ("softmax affinity", lambda X, Y, B, *r: _co((X @ B @ Y.T).softmax(1), X, Y, *r), "softmax-affinity"),
        ("raw guests", lambda X, Y, B, U, W, u, w: ((torch.tanh(X @ U + _affinity(X, Y, B) @ Y) @ u).softmax(0),
                                                    (torch.tanh(Y @ W + _affinity(X, Y, B).T @ X) @ w).softmax(0)), "raw-guests"),
        ("no outer tanh", lambda X, Y, B, U, W, u, w: (((X @ U + _affinity(X, Y, B) @ Y @ W) @ u).softmax(0),
                                                       ((Y @ W + _affinity(X, Y, B).T @ X @ U) @ w).softmax(0)), "no-tanh"),
        ("largest affinity", lambda X, Y, B, *r: (_affinity(X, Y, B).amax(1).softmax(0), _affinity(X, Y, B).amax(0).softmax(0)), "largest"),
        ("scores", lambda X, Y, B, U, W, u, w: (torch.tanh(X @ U + _affinity(X, Y, B) @ Y @ W) @ u,
                                                torch.tanh(Y @ W + _affinity(X, Y, B).T @ X @ U) @ w), "scores"),
        ("u and w exchanged", lambda X, Y, B, U, W, u, w: _co(_affinity(X, Y, B), X, Y, U, W, w, u), "exchanged"),
        ("order", lambda *a: co_einsum(*a)[::-1], "order"),
        ("one of them", lambda *a: co_einsum(*a)[0], None),
    ],
    "gates_and_attention.bilinear_attention": [
        ("rows", lambda F, G, p: (lambda a: ((F * (a @ G)).sum(0), a))(((F * p) @ G.T).softmax(1)), "rows"),
        ("columns", lambda F, G, p: (lambda a: ((F * (a @ G)).sum(0), a))(((F * p) @ G.T).softmax(0)), "columns"),
        ("sums multiplied", lambda F, G, p: (lambda a: ((a.sum(1) @ F) * (a.sum(0) @ G), a))(_alpha(F, G, p)), "sums"),
        ("no p", lambda F, G, p: bi_products(F, G, torch.ones_like(p)), "no-p"),
        ("p in the sum", lambda F, G, p: (bi_products(F, G, p)[0] * p, _alpha(F, G, p)), "p-again"),
        ("scaled", lambda F, G, p: bi_products(F, G, p / len(p) ** 0.5), "scaled"),
        ("mean of products", lambda F, G, p: (F.mean(0) * G.mean(0), _alpha(F, G, p)), "equal"),
        ("sum of products", lambda F, G, p: (F.sum(0) * G.sum(0), _alpha(F, G, p)), "equal"),
        ("scores", lambda F, G, p: (bi_products(F, G, p)[0], (F * p) @ G.T), "scores"),
        ("flat", lambda F, G, p: (bi_products(F, G, p)[0], _alpha(F, G, p).flatten()), "flat"),
        ("a matrix", lambda F, G, p: (F.T @ _alpha(F, G, p) @ G, _alpha(F, G, p)), "matrix"),
        ("added", lambda F, G, p: ((_alpha(F, G, p)[..., None] * (F[:, None] + G)).sum((0, 1)), _alpha(F, G, p)), "added"),
        ("only h", lambda F, G, p: bi_products(F, G, p)[0], None),
    ],
    "gates_and_attention.bottleneck_mask": [
        ("all", lambda n, t: torch.ones(t + sum(n), t + sum(n), dtype=torch.bool), "open"),
        ("walls", lambda n, t: _mask(n, t, False, False), "walls"),
        ("blind tokens", lambda n, t: _mask(n, t, False, True), "tokens-blind"),
        ("tokens unseen", lambda n, t: _mask(n, t, True, False), "tokens-unseen"),
        ("tokens apart", lambda n, t: _mask(n, t, True, True, False), "tokens-apart"),
        ("tokens see themselves", lambda n, t: _mask(n, t, True, True, torch.eye(t, dtype=torch.bool)), "tokens-apart"),
        ("tokens last", lambda n, t: mask_blocks(n, t)[list(range(t, t + sum(n))) + list(range(t))][:, list(range(t, t + sum(n)))
                                                                                                  + list(range(t))], "order"),
        ("inverted", lambda n, t: ~mask_blocks(n, t), "inverted"),
        ("causal too", lambda n, t: mask_blocks(n, t).tril(), "lower"),
        ("numbers", lambda n, t: mask_blocks(n, t).float(), "floats"),
    ],
}  # fmt: skip

RIGHT = {
    "gates_and_attention.gated_unit": [gated_filled, gated_loops, gated_numpy],
    "gates_and_attention.modality_weights": [weights_einsum, weights_loops],
    "gates_and_attention.attention_or_nobody": [nobody_cat, nobody_shift, nobody_log],
    "gates_and_attention.look_across": [look_sdpa, look_loops],
    "gates_and_attention.co_attention": [co_einsum, co_numpy, co_loops],
    "gates_and_attention.bilinear_attention": [bi_products, bi_einsum, bi_numpy],
    "gates_and_attention.bottleneck_mask": [mask_blocks, mask_numpy, mask_block_diag],
}
