"""Answers to chapter 08's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import math

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812  as most answers call it

inf = math.inf


def _eye(S):
    return torch.eye(len(S), dtype=torch.bool)


def _unit(A, axis=-1):
    return A / np.linalg.norm(A, axis=axis, keepdims=True)


def _ce(z):
    return F.cross_entropy(z, torch.arange(len(z)))


def _nce(z):
    return (_ce(z) + _ce(z.T)) / 2


def _cos(a, b):
    return F.normalize(a) @ F.normalize(b).T


# triplet -------------------------------------------------------------------------------------------------------------


def triplet_masked(S, m):
    others = S.masked_fill(_eye(S), -inf)
    own = S.diagonal()
    return F.relu(m + others.max(1).values - own).sum() + F.relu(m + others.max(0).values - own).sum()


def triplet_loops(S, m):
    total = S.new_zeros(())
    for i in range(len(S)):
        for line in (S[i], S[:, i]):
            hardest = max(line[j] for j in range(len(S)) if j != i)
            total = total + torch.clamp(m + hardest - S[i, i], min=0)
    return total


def triplet_shifted(S, m):
    far = S - 10 * torch.eye(len(S), dtype=S.dtype)
    return sum((m - S.diag() + far.amax(axis)).clamp_min(0).sum() for axis in (0, 1))


def _rows(S, m, fill=-inf):
    return (m + S.masked_fill(_eye(S), fill).amax(1) - S.diagonal()).clamp_min(0)


def _hinges(S, m):
    return torch.cat([_rows(S, m), _rows(S.T, m)])


def triplet_unhinged(S, m):
    o = S.masked_fill(_eye(S), -inf)
    return (m + o.amax(1) - S.diagonal()).sum() + (m + o.amax(0) - S.diagonal()).sum()


def triplet_sign(S, m):
    o = S.masked_fill(_eye(S), -inf)
    return (m - o.amax(1) + S.diagonal()).clamp_min(0).sum() + (m - o.amax(0) + S.diagonal()).clamp_min(0).sum()


def triplet_all(S, m):
    own = S.diagonal()
    r = (m + S - own[:, None]).clamp_min(0)[~_eye(S)]
    c = (m + S - own).clamp_min(0)[~_eye(S)]
    return r.sum() + c.sum()


def triplet_own(S, m):
    own = S.diagonal()
    return (m + S.amax(1) - own).clamp_min(0).sum() + (m + S.amax(0) - own).clamp_min(0).sum()


def triplet_easiest(S, m):
    o = S.masked_fill(_eye(S), inf)
    return (m + o.amin(1) - S.diagonal()).clamp_min(0).sum() + (m + o.amin(0) - S.diagonal()).clamp_min(0).sum()


def triplet_detached(S, m):
    others = S.detach().masked_fill(_eye(S), -2)
    return F.relu(m + others.amax(1) - S.diagonal()).sum() + F.relu(m + others.amax(0) - S.diagonal()).sum()


def triplet_matrix(S, m):
    X, own = S.masked_fill(_eye(S), -2), S.diag()
    return F.relu(m + X.max(1, keepdim=True).values - own).sum() + F.relu(m + X.max(0, keepdim=True).values - own).sum()


def triplet_matrices(S, m):
    X, own = S.masked_fill(_eye(S), -2), S.diag()[:, None]
    return F.relu(m + X.amax(1) - own).sum() + F.relu(m + X.amax(0) - own).sum()


# semi_hard -----------------------------------------------------------------------------------------------------------


def semi_torch(S, m):
    gap = S.diagonal().unsqueeze(1) - S
    return (gap > 0) & (gap < m)


def semi_numpy(S, m):
    S = S.numpy()
    own = np.diag(S).reshape(-1, 1)
    return np.logical_and(own > S, own - m < S)


def semi_loops(S, m):
    n = len(S)
    return torch.tensor([[bool(S[i, i] - m < S[i, j] < S[i, i]) for j in range(n)] for i in range(n)])


def semi_one(S, m):
    mask = semi_torch(S, m)
    best = S.masked_fill(~mask, -inf).argmax(1)
    return F.one_hot(best, len(S)).bool() & mask


def semi_at_most(S, m):
    own = S.diagonal()[:, None]
    return (own >= S) & (own - m < S)


def _own(S):
    return S.diagonal()[:, None]


# info_nce ------------------------------------------------------------------------------------------------------------


def nce_entropy(a, b, t):
    return _nce(_cos(a, b) / t)


def nce_logsumexp(a, b, t):
    z = (a / a.norm(dim=1, keepdim=True)) @ (b / b.norm(dim=1, keepdim=True)).T / t
    return ((z.logsumexp(1) + z.logsumexp(0)) / 2 - z.diagonal()).mean()


def nce_rows(a, b, t):
    a, b = F.normalize(a), F.normalize(b)
    losses = [-F.log_softmax(b @ x / t, 0)[i] for i, x in enumerate(a)] + [
        -F.log_softmax(a @ y / t, 0)[i] for i, y in enumerate(b)
    ]
    return torch.stack(losses).mean()


def nce_plain_exp(a, b, t):
    e = (_cos(a, b) / t).exp()
    return -((e.diagonal() / e.sum(1)).log().mean() + (e.diagonal() / e.sum(0)).log().mean()) / 2


def nce_without_own(a, b, t):
    z = _cos(a, b) / t
    o = z.masked_fill(_eye(z), -inf)
    return ((o.logsumexp(1) - z.diagonal()).mean() + (o.logsumexp(0) - z.diagonal()).mean()) / 2


def nce_probability(a, b, t):
    z = _cos(a, b) / t
    return -(z.softmax(1).diagonal().mean() + z.softmax(0).diagonal().mean()) / 2


def nce_log_of_softmax(a, b, t):
    z = _cos(a, b) / t
    return -(z.softmax(0).diag().log() + z.softmax(1).diag().log()).mean() / 2


def nce_small_constant(a, b, t):
    z = _cos(a, b) / t
    return -((z.softmax(0).diag() + 1e-12).log() + (z.softmax(1).diag() + 1e-12).log()).mean() / 2


def nce_softmax_each(a, b, t):
    z = _cos(a, b) / t
    return (_ce(z.softmax(1)) + _ce(z.T.softmax(1))) / 2


# floor ---------------------------------------------------------------------------------------------------------------


def floor_log1p(n, t):
    return math.log1p((n - 1) * math.exp(-n / (n - 1) / t))


def floor_torch(n, t):
    logits = torch.full((n,), -1 / (n - 1) / t, dtype=torch.float64)
    logits[0] = 1 / t
    return float(F.cross_entropy(logits[None], torch.tensor([0])))


def floor_simplex(n, t):
    if n > 1000:  # the vectors themselves, where they are few
        return floor_log1p(n, t)
    z = ((1 + 1 / (n - 1)) * np.eye(n) - 1 / (n - 1)) / t
    z = z - z.max(axis=1, keepdims=True)
    return float(-np.mean(np.diag(z) - np.log(np.exp(z).sum(axis=1))))


def floor_overflow(n, t):
    own, other = math.exp(1 / t), math.exp(-1 / (n - 1) / t)
    return -math.log(own / (own + (n - 1) * other))


def floor_numpy_overflow(n, t):
    own, other = np.exp(np.float64(1 / t)), np.exp(np.float64(-1 / (n - 1) / t))
    return -np.log(own / (own + (n - 1) * other))


# masked_info_nce -----------------------------------------------------------------------------------------------------


def _same(g):
    return g[:, None] == g


def _doubles(g):
    return _same(g) & ~_eye(g)


def masked_fill(z, g):
    return _nce(z.masked_fill(_doubles(g), -inf))


def masked_rows(z, g):
    total = z.new_zeros(())
    for i in range(len(z)):
        keep = (g != g[i]) | (torch.arange(len(z)) == i)
        total = total + z[i][keep].logsumexp(0) + z[:, i][keep].logsumexp(0) - 2 * z[i, i]
    return total / (2 * len(z))


def masked_added(z, g):
    off = torch.zeros_like(z).masked_fill(_doubles(g), -inf)
    z = z + off
    return ((z.logsumexp(1) + z.logsumexp(0)) / 2 - z.diagonal()).mean()


def masked_plain_exp(z, g):
    e = z.exp() * ~_doubles(g)
    return -((e.diagonal() / e.sum(1)).log().mean() + (e.diagonal() / e.sum(0)).log().mean()) / 2


def masked_soft(z, g):
    target = _same(g) / _same(g).sum(1, keepdim=True)
    return (F.cross_entropy(z, target) + F.cross_entropy(z.T, target)) / 2


def masked_dropped(z, g):
    first = torch.tensor([i for i in range(len(g)) if not (g[:i] == g[i]).any()])
    return _nce(z[first][:, first])


def masked_large_number(z, g):
    return _nce(torch.where(_doubles(g), torch.tensor(-1e9), z))


def masked_inside(z, g):
    own = z.masked_fill(~_same(g), -inf)
    return ((z.logsumexp(1) - own.logsumexp(1)).mean() + (z.logsumexp(0) - own.logsumexp(0)).mean()) / 2


# without_gathering ---------------------------------------------------------------------------------------------------


def without_chunks(a, b, t, p):
    return sum(_nce(_cos(x, y) / t) for x, y in zip(a.chunk(p), b.chunk(p), strict=True)) / p


def without_blocks(a, b, t, p):
    n = len(a) // p
    return torch.stack([_nce(_cos(a[i : i + n], b[i : i + n]) / t) for i in range(0, len(a), n)]).mean()


def without_masked(a, b, t, p):
    process = torch.arange(len(a)) // (len(a) // p)
    return _nce((_cos(a, b) / t).masked_fill(process[:, None] != process, -inf))


def without_dealt(a, b, t, p):
    return sum(_nce(_cos(a[i::p], b[i::p]) / t) for i in range(p)) / p


def without_split(a, b, t, p):
    losses = [_nce(_cos(x, y) / t) for x, y in zip(a.split(p), b.split(p), strict=True)]
    return sum(losses) / len(losses)


def without_zeros(a, b, t, p):
    process = torch.arange(len(a)) // (len(a) // p)
    return _nce(_cos(a, b) / t * (process[:, None] == process))


# modality_gap --------------------------------------------------------------------------------------------------------


def gap_numpy(A, B):
    return float(np.linalg.norm(_unit(A).mean(0) - _unit(B).mean(0)))


def gap_torch(A, B):
    A, B = (F.normalize(torch.from_numpy(M), dim=1) for M in (A, B))
    return (A.mean(0) - B.mean(0)).norm().item()


def gap_loops(A, B):
    means = [sum(row / math.sqrt(float(row @ row)) for row in M) / len(M) for M in (A, B)]
    return math.dist(*means)


def gap_pairs(A, B):
    n = min(len(A), len(B))
    return np.linalg.norm(_unit(A)[:n] - _unit(B)[:n], axis=1).mean()


# zero_shot -----------------------------------------------------------------------------------------------------------


def zero_numpy(images, prompts):
    return (_unit(images) @ _unit(_unit(prompts).mean(1)).T).argmax(1)


def zero_torch(images, prompts):
    classes = F.normalize(F.normalize(torch.from_numpy(prompts), dim=-1).sum(1), dim=-1)
    return (torch.from_numpy(images) @ classes.T).argmax(1)


def zero_loops(images, prompts):
    classes = []
    for each in prompts:
        middle = np.mean([p / np.linalg.norm(p) for p in each], axis=0)
        classes.append(middle / np.linalg.norm(middle))
    return [int(np.argmax([x @ c for c in classes])) for x in images]


# sigmoid_loss --------------------------------------------------------------------------------------------------------


def _z(S):
    return 2 * torch.eye(len(S), dtype=S.dtype) - 1


def sigmoid_logsigmoid(S, t, c):
    return -F.logsigmoid(_z(S) * (t * S + c)).sum(1).mean()


def sigmoid_softplus(S, t, c):
    z = t * S + c
    return (F.softplus(z).sum() - z.diagonal().sum()) / len(S)


def sigmoid_bce(S, t, c):
    return F.binary_cross_entropy_with_logits(t * S + c, torch.eye(len(S), dtype=S.dtype), reduction="sum") / len(S)


WRONG = {
    "contrastive.triplet": [
        ("pictures only", lambda S, m: _rows(S, m).sum(), "one-direction"),
        ("captions only", lambda S, m: _rows(S.T, m).sum(), "one-direction"),
        ("rows twice", lambda S, m: 2 * _rows(S, m).sum(), "twice"),
        ("mean", lambda S, m: _hinges(S, m).mean(), "mean"),
        ("mean over the batch", lambda S, m: _rows(S, m).mean() + _rows(S.T, m).mean(), "mean"),
        ("diagonal left in", triplet_own, "own"),
        ("diagonal to 0", lambda S, m: _rows(S, m, 0).sum() + _rows(S.T, m, 0).sum(), "zero-diagonal"),
        ("no hinge", triplet_unhinged, "no-hinge"),
        ("hinge around the sum", lambda S, m: triplet_unhinged(S, m).clamp_min(0), "no-hinge"),
        ("no margin", lambda S, m: triplet_masked(S, 0), "no-margin"),
        ("turned round", triplet_sign, "sign"),
        ("every mismatch", triplet_all, "all"),
        ("mean of mismatches", lambda S, m: triplet_all(S, m) / (len(S) - 1), "all"),
        ("easiest", triplet_easiest, "easiest"),
        ("a number", lambda S, m: triplet_masked(S, m).item(), "no-gradient"),
        ("a new tensor", lambda S, m: torch.tensor(triplet_masked(S, m).item()), "no-gradient"),
        ("one number in a list", lambda S, m: triplet_masked(S, m)[None], "shape"),
        ("negatives detached", triplet_detached, "half-gradient"),
        ("keepdim", triplet_matrix, "matrix"),
        ("partners as a column", triplet_matrices, "matrix"),
        ("larger direction", lambda S, m: torch.maximum(_rows(S, m), _rows(S.T, m)).sum(), "larger-direction"),
        ("hinges one by one", _hinges, None),
        ("nothing", lambda S, m: None, "not_attempted"),
    ],
    "contrastive.semi_hard": [
        ("hard ones too", lambda S, m: (S.diagonal()[:, None] - m < S) & ~_eye(S), "with-hard"),
        ("hard ones and the pair", lambda S, m: S.diagonal()[:, None] - m < S, "with-hard"),
        ("easy ones too", lambda S, m: S.diagonal()[:, None] > S, "with-easy"),
        ("partner of the column", lambda S, m: (S.diagonal() > S) & (S.diagonal() - m < S), "broadcast"),
        ("above the partner", lambda S, m: (S.diagonal()[:, None] < S) & (S.diagonal()[:, None] + m > S), "other-side"),
        ("at most", semi_at_most, "itself"),
        ("at most the margin", lambda S, m: (_own(S) - m <= S) & (_own(S) > S), "border"),
        ("at most, no diagonal", lambda S, m: semi_at_most(S, m) & ~_eye(S), "border"),
        ("both at most, no diagonal", lambda S, m: (_own(S) - m <= S) & (_own(S) >= S) & ~_eye(S), "border"),
        ("or", lambda S, m: (_own(S) - m < S) | (_own(S) > S), "or"),
        ("or, no diagonal", lambda S, m: ((_own(S) - m < S) | (_own(S) > S)) & ~_eye(S), "or"),
        ("within the margin", lambda S, m: ((S - _own(S)).abs() < m) & ~_eye(S), "both-sides"),
        ("within the margin, and the pair", lambda S, m: (S - _own(S)).abs() < m, "both-sides"),
        ("turned round", lambda S, m: ~semi_torch(S, m) & ~_eye(S), "inverted"),
        ("one a row", semi_one, "one-each"),
        ("floats", lambda S, m: semi_torch(S, m).float(), "number"),
        ("indices", lambda S, m: semi_torch(S, m).nonzero(), None),
    ],
    "contrastive.info_nce": [
        ("dot products", lambda a, b, t: _nce(a @ b.T / t), "length"),
        ("columns", lambda a, b, t: _nce(F.normalize(a, dim=0) @ F.normalize(b, dim=0).T / t), "columns"),
        ("pictures only", lambda a, b, t: _ce(_cos(a, b) / t), "one-direction"),
        ("captions only", lambda a, b, t: _ce(_cos(b, a) / t), "one-direction"),
        ("added", lambda a, b, t: 2 * _nce(_cos(a, b) / t), "not-halved"),
        ("summed", lambda a, b, t: len(a) * _nce(_cos(a, b) / t), "summed"),
        ("times T", lambda a, b, t: _nce(_cos(a, b) * t), "times"),
        ("no T", lambda a, b, t: _nce(_cos(a, b)), "no-temperature"),
        ("exp as it stands", nce_plain_exp, "overflow"),
        ("log of softmax", nce_log_of_softmax, "underflow"),
        ("a small constant", nce_small_constant, "floor"),
        ("logits cut at 50", lambda a, b, t: _nce((_cos(a, b) / t).clamp(max=50)), "floor"),
        ("captions detached", lambda a, b, t: _nce(_cos(a, b.detach()) / t), "half-gradient"),
        ("softmax twice", lambda a, b, t: _nce((_cos(a, b) / t).softmax(1)), "softmax-twice"),
        ("softmax twice, each direction", nce_softmax_each, "softmax-twice"),
        ("only pictures of length one", lambda a, b, t: _nce(F.normalize(a) @ b.T / t), "one-normalised"),
        ("only captions of length one", lambda a, b, t: _nce(a @ F.normalize(b).T / t), "one-normalised"),
        ("one number in a list", lambda a, b, t: nce_entropy(a, b, t)[None], "shape"),
        ("own left out", nce_without_own, "without-own"),
        ("probability", nce_probability, "no-log"),
        ("positive probability", lambda a, b, t: -nce_probability(a, b, t), "no-log"),
        ("no minus", lambda a, b, t: -_nce(_cos(a, b) / t), "sign"),
        ("distances", lambda a, b, t: _nce(torch.cdist(F.normalize(a), F.normalize(b)) ** 2 / t), "distances"),
        ("a number", lambda a, b, t: _nce(_cos(a, b) / t).item(), "no-gradient"),
        ("numpy", lambda a, b, t: _nce(_cos(a, b) / t).detach().numpy(), "no-gradient"),
    ],
    "contrastive.floor": [
        ("e to 1/T", floor_overflow, None),
        ("a tensor", lambda n, t: torch.tensor(floor_log1p(n, t)), "tensor"),
        ("one mismatch", lambda n, t: math.log1p(math.exp(-n / (n - 1) / t)), "no-count"),
        ("+1/(n - 1)", lambda n, t: math.log1p((n - 1) * math.exp((-1 + 1 / (n - 1)) / t)), "mismatch-sign"),
        ("both directions", lambda n, t: 2 * floor_log1p(n, t), "summed"),
        ("whole batch", lambda n, t: n * floor_log1p(n, t), "summed"),
        ("e to 1/T, numpy", floor_numpy_overflow, "overflow"),
        ("opposite", lambda n, t: math.log(1 + (n - 1) * math.exp(-2 / t)), "opposite"),
        ("orthogonal", lambda n, t: math.log(1 + (n - 1) * math.exp(-1 / t)), "orthogonal"),
        ("-1/n", lambda n, t: math.log(1 + (n - 1) * math.exp(-(1 + 1 / n) / t)), "one-over-n"),
        ("ln n", lambda n, t: math.log(n), "chance"),
        ("times T", lambda n, t: math.log(1 + (n - 1) * math.exp(-n / (n - 1) * t)), "times"),
        ("n mismatches", lambda n, t: math.log(1 + n * math.exp(-n / (n - 1) / t)), "n-mismatches"),
        ("partner left out", lambda n, t: math.log(n - 1) - n / (n - 1) / t, "no-partner"),
        ("probability", lambda n, t: 1 / (1 + (n - 1) * math.exp(-n / (n - 1) / t)), "probability"),
        ("no minus", lambda n, t: -floor_log1p(n, t), "sign"),
        ("bits", lambda n, t: floor_log1p(n, t) / math.log(2), "base"),
        ("base 10", lambda n, t: math.log10(1 + (n - 1) * math.exp(-n / (n - 1) / t)), "base"),
    ],
    "contrastive.masked_info_nce": [
        ("no mask", lambda z, g: _nce(z), "unmasked"),
        ("diagonal masked too", lambda z, g: _nce(z.masked_fill(_same(g), -inf)), "own"),
        ("diagonal masked with -1e9", lambda z, g: _nce(z.masked_fill(_same(g), -1e9)), "own"),
        ("zeros", lambda z, g: _nce(z.masked_fill(_doubles(g), 0)), "zero"),
        ("-100", lambda z, g: _nce(z.masked_fill(_doubles(g), -100.0)), "constant"),
        ("-1", lambda z, g: _nce(z.masked_fill(_doubles(g), -1.0)), "constant"),
        ("any of the group", masked_inside, "inside-log"),
        ("logits detached in part", lambda z, g: _nce(torch.where(_eye(z), z, z.detach()).masked_fill(_doubles(g), -inf)),
         "half-gradient"),
        ("one number in a list", lambda z, g: masked_fill(z, g)[None], "shape"),
        ("multiplied", lambda z, g: _nce(z * ~_doubles(g)), "zero"),
        ("inverted", lambda z, g: _nce(z.masked_fill(~_same(g), -inf)), "inverted"),
        ("as right answers", masked_soft, "as-right"),
        ("dropped", masked_dropped, "dropped"),
        ("rows only", lambda z, g: _ce(z.masked_fill(_doubles(g), -inf)), "one-direction"),
        ("columns only", lambda z, g: _ce(z.T.masked_fill(_doubles(g), -inf)), "one-direction"),
        ("one masked", lambda z, g: (_ce(z.masked_fill(_doubles(g), -inf)) + _ce(z.T)) / 2, "one-masked"),
        ("added", lambda z, g: 2 * masked_fill(z, g), "not-halved"),
        ("summed", lambda z, g: len(z) * masked_fill(z, g), "not-halved"),
        ("exp as it stands", masked_plain_exp, "overflow"),
        ("a number", lambda z, g: float(masked_fill(z, g)), "no-gradient"),
    ],
    "contrastive.without_gathering": [
        ("whole batch", lambda a, b, t, p: _nce(_cos(a, b) / t), "whole"),
        ("summed", lambda a, b, t, p: p * without_chunks(a, b, t, p), "summed"),
        ("first process", lambda a, b, t, p: _nce(_cos(a.chunk(p)[0], b.chunk(p)[0]) / t), "first"),
        ("last process", lambda a, b, t, p: _nce(_cos(a.chunk(p)[-1], b.chunk(p)[-1]) / t), "first"),
        ("dealt out", without_dealt, "interleaved"),
        ("split", without_split, "split"),
        ("split, by processes", lambda a, b, t, p: sum(
            _nce(_cos(x, y) / t) for x, y in zip(a.split(p), b.split(p), strict=True)) / p, "split"),
        ("zeros for the others", without_zeros, "zero"),
        ("captions detached", lambda a, b, t, p: without_chunks(a, b.detach(), t, p), "half-gradient"),
        ("one number in a list", lambda a, b, t, p: without_chunks(a, b, t, p)[None], "shape"),
        ("all captions", lambda a, b, t, p: _ce(_cos(a, b) / t), "all-captions"),
        ("one direction", lambda a, b, t, p: sum(_ce(_cos(x, y) / t) for x, y in zip(a.chunk(p), b.chunk(p), strict=True)) / p,
         "one-direction"),
        ("divided twice", lambda a, b, t, p: without_chunks(a, b, t, p) / p, "divided"),
        ("dot products", lambda a, b, t, p: sum(_nce(x @ y.T / t) for x, y in zip(a.chunk(p), b.chunk(p), strict=True)) / p,
         "length"),
        ("a number", lambda a, b, t, p: without_chunks(a, b, t, p).item(), "no-gradient"),
    ],
    "contrastive.modality_gap": [
        ("lengths kept", lambda A, B: np.linalg.norm(A.mean(0) - B.mean(0)), "length"),
        ("one length for all", lambda A, B: np.linalg.norm((A / np.linalg.norm(A)).mean(0) - (B / np.linalg.norm(B)).mean(0)),
         "whole-length"),
        ("a vector", lambda A, B: _unit(A).mean(0) - _unit(B).mean(0), "vector"),
        ("squared", lambda A, B: ((_unit(A).mean(0) - _unit(B).mean(0)) ** 2).sum(), "squared"),
        ("city blocks", lambda A, B: np.abs(_unit(A).mean(0) - _unit(B).mean(0)).sum(), "l1"),
        ("means to length one", lambda A, B: np.linalg.norm(_unit(_unit(A).mean(0)) - _unit(_unit(B).mean(0))), "unit-means"),
        ("cosine of the means", lambda A, B: _unit(_unit(A).mean(0)) @ _unit(_unit(B).mean(0)), "cosine"),
        ("one minus it", lambda A, B: 1 - _unit(_unit(A).mean(0)) @ _unit(_unit(B).mean(0)), "cosine"),
        ("pair by pair", lambda A, B: np.linalg.norm(_unit(A) - _unit(B), axis=1).mean(), "mean-distance"),
        ("along rows", lambda A, B: np.linalg.norm(_unit(A).mean(1) - _unit(B).mean(1)), "axis"),
        ("pairs that exist", gap_pairs, None),
        ("columns", lambda A, B: np.linalg.norm(_unit(A, 0).mean(0) - _unit(B, 0).mean(0)), "columns"),
        ("only the means", lambda A, B: np.linalg.norm(_unit(A.mean(0)) - _unit(B.mean(0))), "only-means"),
        ("cut to one length", lambda A, B: gap_numpy(A[: len(B)], B[: len(A)]), "cut"),
    ],
    "contrastive.zero_shot": [
        ("scores", lambda i, p: _unit(i) @ _unit(_unit(p).mean(1)).T, "scores"),
        ("prompts of any length", lambda i, p: (i @ _unit(p.mean(1)).T).argmax(1), "prompt-length"),
        ("plain means", lambda i, p: (i @ p.mean(1).T).argmax(1), "prompt-length"),
        ("means of any length", lambda i, p: (i @ _unit(p).mean(1).T).argmax(1), "class-length"),
        ("best prompt", lambda i, p: (i @ _unit(p).reshape(-1, p.shape[2]).T).reshape(len(i), *p.shape[:2]).max(2).argmax(1),
         "best-prompt"),
        ("first prompt", lambda i, p: (i @ _unit(p[:, 0]).T).argmax(1), "first-prompt"),
        ("least", lambda i, p: (i @ _unit(_unit(p).mean(1)).T).argmin(1), "least"),
        ("best picture", lambda i, p: (i @ _unit(_unit(p).mean(1)).T).argmax(0), "per-class"),
        ("floats", lambda i, p: zero_numpy(i, p).astype(float), "floats"),
        ("the cosines", lambda i, p: (_unit(i) @ _unit(_unit(p).mean(1)).T).max(1), "values"),
        ("prompts in one row", lambda i, p: (i @ _unit(p.reshape(-1, p.shape[2])).T).argmax(1), "flattened"),
        ("prompts in one row, divided", lambda i, p: (i @ _unit(p.reshape(-1, p.shape[2])).T).argmax(1) // p.shape[1], "best-prompt"),
        ("length along axis 1", lambda i, p: (i @ _unit(_unit(p, 1).mean(1)).T).argmax(1), "norm-axis"),
        ("length along axis 0", lambda i, p: (i @ _unit(_unit(p, 0).mean(1)).T).argmax(1), "norm-axis"),
        ("mean over classes", lambda i, p: (i @ _unit(_unit(p).mean(0)).T).argmax(1), "axis"),
    ],
    "contrastive.sigmoid_loss": [
        ("mean of all", lambda S, t, c: -F.logsigmoid(_z(S) * (t * S + c)).mean(), "mean"),
        ("sum", lambda S, t, c: -F.logsigmoid(_z(S) * (t * S + c)).sum(), "summed"),
        ("all yes", lambda S, t, c: -F.logsigmoid(t * S + c).sum() / len(S), "no-signs"),
        ("turned round", lambda S, t, c: -F.logsigmoid(-_z(S) * (t * S + c)).sum() / len(S), "signs"),
        ("diagonal only", lambda S, t, c: -F.logsigmoid((t * S + c).diagonal()).mean(), "only-pairs"),
        ("zero and one", lambda S, t, c: -F.logsigmoid(torch.eye(len(S), dtype=S.dtype) * (t * S + c)).sum() / len(S), "only-pairs"),
        ("bias subtracted", lambda S, t, c: -F.logsigmoid(_z(S) * (t * S - c)).sum() / len(S), "bias"),
        ("bias outside", lambda S, t, c: -F.logsigmoid(_z(S) * t * S + c).sum() / len(S), "bias"),
        ("bias in the bracket", lambda S, t, c: -F.logsigmoid(_z(S) * t * (S + c)).sum() / len(S), "bracket"),
        ("twice", lambda S, t, c: 2 * sigmoid_logsigmoid(S, t, c), "twice"),
        ("log of 1 + exp", lambda S, t, c: torch.log(1 + torch.exp(-_z(S) * (t * S + c))).sum() / len(S), "overflow"),
        ("negatives detached", lambda S, t, c: sigmoid_logsigmoid(torch.where(_eye(S), S, S.detach()), t, c), "half-gradient"),
        ("one number in a list", lambda S, t, c: sigmoid_logsigmoid(S, t, c)[None], "shape"),
        ("no bias", lambda S, t, c: -F.logsigmoid(_z(S) * t * S).sum() / len(S), "no-bias"),
        ("divided", lambda S, t, c: -F.logsigmoid(_z(S) * (S / t + c)).sum() / len(S), "divided"),
        ("softmax", lambda S, t, c: _nce(t * S + c), "softmax"),
        ("no log", lambda S, t, c: -torch.sigmoid(_z(S) * (t * S + c)).sum() / len(S), "no-log"),
        ("no minus", lambda S, t, c: F.logsigmoid(_z(S) * (t * S + c)).sum() / len(S), "sign"),
        ("log of sigmoid", lambda S, t, c: -torch.sigmoid(_z(S) * (t * S + c)).log().sum() / len(S), "overflow"),
        ("a small constant", lambda S, t, c: -torch.log(torch.sigmoid(_z(S) * (t * S + c)).clamp_min(1e-12)).sum() / len(S), "floor"),
        ("a number", lambda S, t, c: sigmoid_logsigmoid(S, t, c).item(), "no-gradient"),
    ],
}  # fmt: skip

RIGHT = {
    "contrastive.triplet": [triplet_masked, triplet_loops, triplet_shifted],
    "contrastive.semi_hard": [semi_torch, semi_numpy, semi_loops],
    "contrastive.info_nce": [nce_entropy, nce_logsumexp, nce_rows],
    "contrastive.floor": [floor_log1p, floor_torch, floor_simplex],
    "contrastive.masked_info_nce": [masked_fill, masked_rows, masked_added, masked_large_number],
    "contrastive.without_gathering": [without_chunks, without_blocks, without_masked],
    "contrastive.modality_gap": [gap_numpy, gap_torch, gap_loops],
    "contrastive.zero_shot": [zero_numpy, zero_torch, zero_loops],
    "contrastive.sigmoid_loss": [sigmoid_logsigmoid, sigmoid_softplus, sigmoid_bce],
}
