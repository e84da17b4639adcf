"""Answers to chapter 10's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812  as most answers call it


def _there(x, m):
    return torch.where(m[:, :, None], x, 0.0)


# late_fusion ---------------------------------------------------------------------------------------------------------


def late_fill(d, m):
    return d.masked_fill(~m[..., None], 0).sum(1) / m.sum(1).clamp_min(1)[:, None]


def late_loops(d, m):
    out = torch.zeros(d.shape[0], d.shape[2], dtype=d.dtype)
    for i in range(len(d)):
        votes = [d[i, j] for j in range(d.shape[1]) if m[i, j]]
        if votes:
            out[i] = sum(votes) / len(votes)
    return out


def late_numpy(d, m):
    d, m = d.numpy(), m.numpy()
    return np.where(m[..., None], d, 0).sum(1) / np.maximum(m.sum(1, keepdims=True), 1)


def late_nanmean(d, m):
    return torch.where(m[:, :, None], d, torch.nan).nanmean(1).nan_to_num(0)


# bayes_votes ---------------------------------------------------------------------------------------------------------


def bayes_counted(log_p, prior, m):
    n = m.sum(1, keepdim=True)
    return torch.log_softmax(_there(log_p, m).sum(1) - (n - 1) * prior, dim=1)


def bayes_loops(log_p, prior, m):
    rows = []
    for p, there in zip(log_p, m, strict=True):
        total = prior.clone()
        for vote in p[there]:
            total = total + vote - prior
        rows.append(total - total.logsumexp(0))
    return torch.stack(rows)


def bayes_numpy(log_p, prior, m):
    p, q, m = log_p.numpy(), prior.numpy(), m.numpy()
    z = q + np.where(m[..., None], p - q, 0).sum(1)
    return z - np.logaddexp.reduce(z, axis=1, keepdims=True)


def bayes_in_probabilities(log_p, prior, m):
    p, q = log_p.exp(), prior.exp()
    z = q * torch.where(m[:, :, None], p / q, 1.0).prod(1)
    return (z / z.sum(1, keepdim=True)).log()


# joint_projection ----------------------------------------------------------------------------------------------------


def joint_loop(views, weights, bias):
    total = bias
    for x, W in zip(views, weights, strict=True):
        if x is not None:
            total = total + F.linear(x, W)
    return torch.relu(total)


def joint_side_by_side(views, weights, bias):
    there = [m for m, x in enumerate(views) if x is not None]
    x, W = torch.cat([views[m] for m in there], 1), torch.cat([weights[m] for m in there], 1)
    return torch.addmm(bias, x, W.T).clamp(min=0)


def joint_numpy(views, weights, bias):
    parts = [x.numpy() @ W.numpy().T for x, W in zip(views, weights, strict=True) if x is not None]
    return np.maximum(np.sum(parts, axis=0) + bias.numpy(), 0)


def _parts(views, weights):
    return [x @ W.T for x, W in zip(views, weights, strict=True) if x is not None]


# xor_by_hand ---------------------------------------------------------------------------------------------------------


def hand_and():
    """u + v, and twice off where both are."""
    return torch.tensor([[1.0, 1], [1, 1]]), torch.tensor([0.0, -1]), torch.tensor([1.0, -2]), -0.5


def hand_numpy():
    return np.array([[3.0, -3], [-2, 2]]), np.zeros(2), np.array([1.0, 5]), np.float64(-1)


def hand_agree():
    """No ReLU awake: they differ. Either awake: they agree."""
    return [[1.0, 1.0], [-1.0, -1.0]], [-1.0, 1.0], [-1.0, -1.0], 0.5


def _hand(W, b, V, c):
    return lambda: tuple(torch.tensor(part, dtype=torch.float32) for part in (W, b, V, c))


# learned_weights -----------------------------------------------------------------------------------------------------


def learned_fill(a, m):
    z = a.expand(m.shape).masked_fill(~m, torch.finfo(a.dtype).min)
    return z.softmax(1) * m


def learned_exp(a, m):
    e = (a - a.max()).exp() * m
    return e / e.sum(1, keepdim=True).clamp_min(1e-30)


def learned_rows(a, m):
    out = torch.zeros(m.shape, dtype=a.dtype)
    for i, there in enumerate(m):
        if there.any():
            out[i, there] = a[there].softmax(0)
    return out


def learned_renormalised(a, m):
    w = a.softmax(0) * m
    return w / w.sum(1, keepdim=True).clamp_min(1e-300)


def learned_row_by_row(a, m):
    """As one writes it who does not think of the kind of numbers."""
    rows = []
    for there in m:
        row = torch.zeros(len(a))
        if there.any():
            row[there] = a[there].softmax(0)
        rows.append(row)
    return torch.stack(rows)


def learned_infinite(a, m):
    """-inf that is put in, not added: where passes no NaN back."""
    return torch.where(m, a, -torch.inf).softmax(1).nan_to_num()


def learned_largest(a, m):
    e = torch.where(m, (torch.where(m, a, -1e9) - torch.where(m, a, -1e9).amax(1, keepdim=True)).exp(), 0.0)
    return e / e.sum(1, keepdim=True).clamp(min=1e-12)


def _down(a, m):
    return a.expand(m.shape).masked_fill(~(m | ~m.any(1, keepdim=True)), -torch.inf).softmax(0) * m


def _nan_back(a, m):
    return (a + torch.zeros(m.shape, dtype=a.dtype).masked_fill(~m, -torch.inf)).softmax(1).nan_to_num(0)


# similarity_weights --------------------------------------------------------------------------------------------------


def similar_sum(h, t):
    u = F.normalize(h, dim=-1)
    return torch.softmax(t * (u * (u.sum(1, keepdim=True) - u)).sum(-1) / (h.shape[1] - 1), dim=1)


def similar_loops(h, t):
    n = h.shape[1]
    s = torch.zeros(h.shape[:2], dtype=h.dtype)
    for i in range(len(h)):
        for m in range(n):
            s[i, m] = sum(F.cosine_similarity(h[i, m], h[i, k], dim=0) for k in range(n) if k != m) / (n - 1)
    return (t * s).softmax(1)


def similar_itself(h, t):
    """With the cosine of each with itself: a softmax does not notice what everybody has."""
    u = F.normalize(h, dim=2)
    return (t * (u @ u.mT).sum(2) / (h.shape[1] - 1)).softmax(1)


def similar_numpy(h, t):
    h = h.numpy()
    u = h / np.linalg.norm(h, axis=2, keepdims=True)
    s = t * ((u @ u.transpose(0, 2, 1)).sum(2) - 1) / (h.shape[1] - 1)
    e = np.exp(s - s.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def _agreement(h):
    u = F.normalize(h, dim=-1)
    return ((u @ u.mT).sum(2) - 1) / (h.shape[1] - 1)


WRONG = {
    "fusion_protocol.late_fusion": [
        ("times the mask", lambda d, m: (d * m[..., None]).sum(1) / m.sum(1, keepdim=True).clamp(min=1), "nan"),
        ("no clamp", lambda d, m: _there(d, m).sum(1) / m.sum(1, keepdim=True), "nobody"),
        ("nanmean", lambda d, m: torch.where(m[..., None], d, torch.nan).nanmean(1), "nobody"),
        ("mean", lambda d, m: d.mean(1), "mask-ignored"),
        ("zeros counted", lambda d, m: _there(d, m).mean(1), "all-counted"),
        ("sum", lambda d, m: _there(d, m).sum(1), "sum"),
        ("one divisor", lambda d, m: _there(d, m).sum(1) / m.sum(), "batch-counted"),
        ("largest", lambda d, m: torch.where(m.any(1)[:, None], d.masked_fill(~m[..., None], -torch.inf).amax(1), 0.0), "largest"),
        ("probabilities", lambda d, m: late_fill(d.softmax(-1), m), "softmax"),
        ("over classes", lambda d, m: _there(d, m).sum(2), "shape"),
        ("only NaN zeroed", lambda d, m: d.nan_to_num(nan=0.0).sum(1) / m.sum(1, keepdim=True).clamp(min=1), "nan-only"),
        ("softmax of zeros", lambda d, m: _there(d, m).softmax(2).sum(1) / m.sum(1, keepdim=True).clamp(min=1), "softmax"),
    ],
    "fusion_protocol.bayes_votes": [
        ("in probabilities", bayes_in_probabilities, "underflow"),
        ("times the mask", lambda p, q, m: (q + ((p - q) * m[..., None]).sum(1)).log_softmax(1), "nan"),
        ("no prior removed", lambda p, q, m: _there(p, m).sum(1).log_softmax(1), "prior-kept"),
        ("prior gone", lambda p, q, m: _there(p - q, m).sum(1).log_softmax(1), "prior-lost"),
        ("plus instead of minus", lambda p, q, m: (_there(p, m).sum(1) + (m.sum(1, keepdim=True) - 1) * q).log_softmax(1),
         "prior-added"),
        ("n of all", lambda p, q, m: (_there(p, m).sum(1) - (p.shape[1] - 1) * q).log_softmax(1), "all-counted"),
        ("everybody", lambda p, q, m: (p.sum(1) - (p.shape[1] - 1) * q).log_softmax(1), "mask-ignored"),
        ("no softmax", lambda p, q, m: q + _there(p - q, m).sum(1), "not-normalised"),
        ("mean", lambda p, q, m: torch.where(m.any(1)[:, None], late_fill(p.exp(), m), q.exp()).log(), "averaged"),
        ("softmax", lambda p, q, m: bayes_counted(p, q, m).exp(), "probabilities"),
        ("log of a log", lambda p, q, m: (_there(p.log(), m).sum(1) - (m.sum(1, keepdim=True) - 1) * q.log()).log_softmax(1),
         "log-again"),
        ("log of log_p", lambda p, q, m: bayes_counted(p.log(), q, m), "log-again"),
        ("none is uniform", lambda p, q, m: (_there(p, m).sum(1) - (m.sum(1, keepdim=True) - 1).clamp(min=0) * q).log_softmax(1),
         "nobody"),
        ("none is zeros", lambda p, q, m: torch.where(m.any(1, keepdim=True), bayes_counted(p, q, m), 0.0), "nobody"),
        ("mean of logarithms", lambda p, q, m: late_fill(p, m).log_softmax(1), "averaged"),
        ("mean of logarithms, as it is", lambda p, q, m: late_fill(p, m), "averaged"),
        ("sum of probabilities", lambda p, q, m: late_fill(p.exp(), m).log().log_softmax(1), "averaged"),
        ("down the batch", lambda p, q, m: (_there(p, m).sum(1) - (m.sum(1, keepdim=True) - 1) * q).log_softmax(0), "axis"),
        ("one prior", lambda p, q, m: (_there(p, m).sum(1) - q).log_softmax(1), "one-taken"),
        ("normalised too early", lambda p, q, m: _there(p, m).sum(1).log_softmax(1) - (m.sum(1, keepdim=True) - 1) * q,
         "not-normalised"),
    ],
    "fusion_protocol.joint_projection": [
        ("relu each", lambda v, w, b: sum(p.relu() for p in _parts(v, w)) + b, "bend-each"),
        ("networks", lambda v, w, b: sum((p + b).relu() for p in _parts(v, w)), "bend-each"),
        ("None forgotten", lambda v, w, b: sum(x @ W.T for x, W in zip(v, w, strict=True)).add(b).relu(), "raises"),
        ("None forgotten, no relu", lambda v, w, b: sum(x @ W.T for x, W in zip(v, w, strict=True)) + b, "none"),
        ("not transposed", lambda v, w, b: (sum(x @ W for x, W in zip(v, w, strict=True) if x is not None) + b).relu(), "transposed"),
        ("linear", lambda v, w, b: sum(_parts(v, w)) + b, "no-relu"),
        ("bias each", lambda v, w, b: sum(p + b for p in _parts(v, w)).relu(), "bias-each"),
        ("no bias", lambda v, w, b: sum(_parts(v, w)).relu(), "no-bias"),
        ("bias after", lambda v, w, b: sum(_parts(v, w)).relu() + b, "bias-outside"),
        ("views moved up", lambda v, w, b: (sum(x @ W.T for x, W in zip([x for x in v if x is not None], w, strict=False)) + b).relu(),
         "wrong-weights"),
        ("mean", lambda v, w, b: (sum(_parts(v, w)) / len(_parts(v, w)) + b).relu(), "mean"),
    ],
    "fusion_protocol.xor_by_hand": [
        ("on the border", _hand([[1, -1], [-1, 1]], [0, 0], [1, 1], 0), "border"),
        ("agree", _hand([[1, -1], [-1, 1]], [0, 0], [-1, -1], 0.5), "turned-round"),
        ("transposed", _hand([[2, -1], [-2, 1]], [0, 0], [1, 1], -0.5), "transposed"),
        ("or", _hand([[1, 1], [0, 0]], [0, 0], [1, 1], -0.5), "or"),
        ("and", _hand([[1, 1], [0, 0]], [-1, 0], [1, 1], -0.5), "and"),
        ("never", _hand([[1, -1], [-1, 1]], [0, 0], [1, 1], -2), "always"),
        ("one relu", _hand([[1, -1], [0, 0]], [0, 0], [1, 1], -0.5), "one-only"),
        ("c as a vector", lambda: (*hand_and()[:3], torch.tensor([-0.5])), "shape"),
        ("three of them", lambda: hand_and()[:3], "shape"),
    ],
    "fusion_protocol.learned_weights": [
        ("detached", lambda a, m: learned_fill(a.detach(), m), "no-gradient"),
        ("minus infinity", _nan_back, "nan-gradient"),
        ("minus infinity, left", lambda a, m: a.expand(m.shape).masked_fill(~m, -torch.inf).softmax(1), "nobody"),
        ("equal shares for nobody", lambda a, m: a.expand(m.shape).masked_fill(~m, -1e9).softmax(1), "nobody-shares"),
        ("plain exp", lambda a, m: (e := a.exp() * m) / e.sum(1, keepdim=True).clamp_min(1e-30), "overflow"),
        ("no mask", lambda a, m: a.expand(m.shape).softmax(1), "mask-ignored"),
        ("not renormalised", lambda a, m: a.softmax(0) * m, "not-shared"),
        ("zero score", lambda a, m: (a * m).softmax(1), "zero-score"),
        ("down the batch", lambda a, m: torch.where(m, a.expand(m.shape).masked_fill(~m, -1e9).softmax(0), 0.0), "axis"),
        ("equal", lambda a, m: m / m.sum(1, keepdim=True).clamp(min=1), "equal"),
        ("softmax of all, then shared", learned_renormalised, "all-counted"),
        ("softmax of all, then divided", lambda a, m: (w := a.softmax(0) * m) / w.sum(1, keepdim=True).clamp(min=1e-12), "all-counted"),
        ("the largest of all taken off", learned_exp, "all-counted"),
        ("not that low", lambda a, m: torch.where(m, a, -20.0).softmax(1) * m, "not-low-enough"),
        ("not that low, filled", lambda a, m: a.expand(m.shape).masked_fill(~m, -100.0).softmax(1) * m, "not-low-enough"),
        ("plain exp, chosen", lambda a, m: (e := torch.where(m, a.exp(), 0.0)) / e.sum(1, keepdim=True).clamp(min=1e-12), "overflow"),
        ("zero score, then masked", lambda a, m: torch.where(m, a, 0.0).softmax(1) * m, "zero-score"),
        ("down the batch, -inf", _down, "axis"),
        ("no exp", lambda a, m: (s := a * m) / s.sum(1, keepdim=True), "no-exp"),
    ],
    "fusion_protocol.similarity_weights": [
        ("dot products", lambda h, t: (t * ((h @ h.mT).sum(2) - h.square().sum(2)) / (h.shape[1] - 1)).softmax(1), "dots"),
        ("mean of all", lambda h, t: (t * ((u := F.normalize(h, dim=2)) @ u.mT).mean(2)).softmax(1), "self"),
        ("sum", lambda h, t: (t * _agreement(h) * (h.shape[1] - 1)).softmax(1), "sum"),
        ("no softmax", lambda h, t: t * _agreement(h), "no-softmax"),
        ("divided by the sum", lambda h, t: (s := _agreement(h)) / s.sum(1, keepdim=True), "shares"),
        ("softmax over the batch", lambda h, t: (t * _agreement(h)).softmax(0), "axis"),
        ("length across", lambda h, t: (t * (((u := F.normalize(h, dim=1)) @ u.mT).sum(2) - 1) / (h.shape[1] - 1)).softmax(1),
         "norm-axis"),
        ("not sharpened", lambda h, t: _agreement(h).softmax(1), "no-sharpness"),
        ("as a temperature", lambda h, t: (_agreement(h) / t).softmax(1), "divided"),
        ("outsiders first", lambda h, t: (-t * _agreement(h)).softmax(1), "outsider"),
        ("own one off, mean of all", lambda h, t: (t * ((u := F.normalize(h, dim=2)) @ u.mT - torch.eye(h.shape[1])).mean(2)).softmax(1),
         "self"),
        ("plain exp", lambda h, t: (e := (t * _agreement(h)).exp()) / e.sum(1, keepdim=True), "overflow"),
        ("length across, own off", lambda h, t: (t * ((g := (u := F.normalize(h, dim=1)) @ u.mT).sum(2) - g.diagonal(dim1=1, dim2=2))
         / (h.shape[1] - 1)).softmax(1), "norm-axis"),
        ("no negative cosines", lambda h, t: (t * (((u := F.normalize(h, dim=2)) @ u.mT).clamp(min=0).sum(2) - 1)
         / (h.shape[1] - 1)).softmax(1), "no-negative"),
        ("with the mean", lambda h, t: (t * F.cosine_similarity(u := F.normalize(h, dim=2), u.mean(1, keepdim=True), dim=2)).softmax(1),
         "with-mean"),
    ],
}  # fmt: skip

RIGHT = {
    "fusion_protocol.late_fusion": [late_fill, late_loops, late_numpy, late_nanmean],
    "fusion_protocol.bayes_votes": [bayes_counted, bayes_loops, bayes_numpy],
    "fusion_protocol.joint_projection": [joint_loop, joint_side_by_side, joint_numpy],
    "fusion_protocol.xor_by_hand": [hand_and, hand_numpy, hand_agree],
    "fusion_protocol.learned_weights": [learned_fill, learned_rows, learned_row_by_row, learned_infinite, learned_largest],
    "fusion_protocol.similarity_weights": [similar_sum, similar_loops, similar_itself, similar_numpy],
}
