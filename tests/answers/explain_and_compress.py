"""Answers to chapter 15's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import itertools
from math import comb, factorial

import numpy as np
import torch

# shapley -------------------------------------------------------------------------------------------------------------


def shapley_orders(values, n):
    """The mean over all orders of arrival."""
    phi = torch.zeros(n, *values.shape[1:], dtype=values.dtype)
    for order in itertools.permutations(range(n)):
        there = 0
        for m in order:
            phi[m] += values[there | 1 << m] - values[there]
            there |= 1 << m
    return phi / factorial(n)


def shapley_matrix(values, n):
    """One matrix (M, 2 ** M) times the values: weights above 0 where m is in the set, below where it is not."""
    i = torch.arange(2**n)
    bits = (i[:, None] >> torch.arange(n)) & 1  # (2 ** M, M)
    size = bits.sum(1)
    fact = torch.tensor([float(factorial(k)) for k in range(n + 1)], dtype=values.dtype)
    inside = fact[(size - 1).clamp_min(0)] * fact[n - size] / fact[n]
    outside = fact[size] * fact[(n - size - 1).clamp_min(0)] / fact[n]
    W = torch.where(bits.T == 1, inside, -outside)
    return torch.tensordot(W, values, 1)


def shapley_numpy(values, n):
    v = values.numpy()
    phi = np.zeros((n, *v.shape[1:]))
    for m in range(n):
        for i in range(2**n):
            if not i & 2**m:
                s = bin(i).count("1")
                phi[m] += (v[i + 2**m] - v[i]) / (n * comb(n - 1, s))
    return phi


def shapley_list(values, n):
    """A list of M tensors instead of one."""
    return list(shapley_orders(values, n))


def _sum(v, n, weight, sign=1.0):
    phi = torch.zeros(n, *v.shape[1:], dtype=v.dtype)
    for m in range(n):
        for i in range(2**n):
            if not i >> m & 1:
                phi[m] += weight(i.bit_count()) * (v[i | 1 << m] - sign * v[i])
    return phi


def _fair(n):
    return lambda s: factorial(s) * factorial(n - s - 1) / factorial(n)


def _reversed(v, n):
    return torch.stack([v[int(f"{i:0{n}b}"[::-1], 2)] for i in range(2**n)])


def shapley_first(v, n):
    return torch.stack([v[2 ** (m + 1) - 1] - v[2**m - 1] for m in range(n)])


# interaction ---------------------------------------------------------------------------------------------------------


def interaction_difference(values, n, a, b):
    """How much more a is worth once b is there: the Shapley value of a in the two games that b decides."""
    rest = [m for m in range(n) if m != b]
    games = []
    for with_b in (0, 1):
        rows = [sum(1 << rest[k] for k in range(n - 1) if i >> k & 1) | with_b << b for i in range(2 ** (n - 1))]
        games.append(shapley_orders(values[rows], n - 1)[rest.index(a)])
    return games[1] - games[0]


def interaction_sets(values, n, a, b):
    others = [m for m in range(n) if m not in (a, b)]
    total = 0
    for size in range(len(others) + 1):
        for some in itertools.combinations(others, size):
            base = sum(1 << m for m in some)
            term = values[base + 2**a + 2**b] - values[base + 2**a] - values[base + 2**b] + values[base]
            total = total + term / ((n - 1) * comb(n - 2, size))
    return total


def _pairs(v, n, a, b, weight, sign=1.0):
    total = torch.zeros_like(v[0])
    for i in range(2**n):
        if not (i >> a & 1 or i >> b & 1):
            total = total + weight(i.bit_count()) * (v[i | 1 << a | 1 << b] - v[i | 1 << a] - v[i | 1 << b] + sign * v[i])
    return total


def _fair_pair(n):
    return lambda s: factorial(s) * factorial(n - s - 2) / factorial(n - 1)


# surrogate -----------------------------------------------------------------------------------------------------------


def surrogate_normal(Z, v, w):
    A = np.hstack([np.ones((len(Z), 1)), Z])
    return np.linalg.solve(A.T @ (w[:, None] * A), A.T @ (w * v))[1:]


def surrogate_sklearn(Z, v, w):
    from sklearn.linear_model import LinearRegression

    return LinearRegression().fit(Z, v, sample_weight=w).coef_


def surrogate_centred(Z, v, w):
    """The constant drops out once both sides are less their weighted means."""
    w = w / w.sum()
    Zc, vc = Z - w @ Z, v - w @ v
    return np.linalg.pinv(Zc.T @ np.diag(w) @ Zc) @ Zc.T @ (w * vc)


def _fit(Z, v, w):
    A = np.column_stack([np.ones(len(Z)), Z])
    return np.linalg.lstsq(A * np.sqrt(w)[:, None], v * np.sqrt(w), rcond=None)[0]


def surrogate_forgotten_values(Z, v, w):
    A = np.column_stack([np.ones(len(Z)), Z])
    return np.linalg.lstsq(A * np.sqrt(w)[:, None], v, rcond=None)[0][1:]


def surrogate_forgotten_rows(Z, v, w):
    return np.linalg.lstsq(np.column_stack([np.ones(len(Z)), Z]), v * np.sqrt(w), rcond=None)[0][1:]


def surrogate_forgotten_ones(Z, v, w):
    r = np.sqrt(w)
    return np.linalg.lstsq(np.column_stack([np.ones(len(Z)), Z * r[:, None]]), v * r, rcond=None)[0][1:]


def surrogate_through_zero(Z, v, w):
    return np.linalg.lstsq(Z * np.sqrt(w)[:, None], v * np.sqrt(w), rcond=None)[0]


def surrogate_ridge(Z, v, w):
    from sklearn.linear_model import Ridge

    A = np.column_stack([np.ones(len(Z)), Z])
    return Ridge(alpha=1.0, fit_intercept=False).fit(A, v, sample_weight=w).coef_[1:]


# integrated_gradients ------------------------------------------------------------------------------------------------


def ig_loop(f, x, baseline, steps):
    total = torch.zeros_like(x)
    for k in range(steps):
        point = (baseline + (k + 0.5) / steps * (x - baseline)).clone().requires_grad_(True)
        f(point[None]).sum().backward()
        total = total + point.grad
    return (total / steps * (x - baseline)).detach()


def ig_points(f, x, baseline, steps):
    total = 0
    for k in range(steps):
        point = (baseline + (k + 0.5) / steps * (x - baseline)).requires_grad_()
        total = total + torch.autograd.grad(f(point).sum(), point)[0]
    return (x - baseline) * total / steps


def ig_func(f, x, baseline, steps):
    slope = torch.func.grad(lambda p: f(p[None])[0])
    t = (torch.arange(steps, dtype=x.dtype) + 0.5) / steps
    return (x - baseline) * torch.func.vmap(slope)(baseline + t[:, None] * (x - baseline)).mean(0)


def _slopes(f, points):
    points = points.detach().requires_grad_()
    return torch.autograd.grad(f(points).sum(), points)[0]


def _ig(f, x, b, t):
    return (x - b) * _slopes(f, b + t.to(x.dtype)[:, None] * (x - b)).mean(0)


def _middle(n):
    return (torch.arange(n) + 0.5) / n


# calibration_error ---------------------------------------------------------------------------------------------------


def ece_loop(P, y, bins):
    total = 0.0
    for k in range(bins):
        rows = [i for i in range(len(P)) if k / bins < P[i].max() <= (k + 1) / bins]
        if rows:
            right = np.mean([P[i].argmax() == y[i] for i in rows])
            total += len(rows) / len(P) * abs(right - np.mean([P[i].max() for i in rows]))
    return total


def ece_bincount(P, y, bins):
    c = P.max(1)
    place = np.ceil(c * bins).astype(int) - 1
    return float(np.abs(np.bincount(place, (P.argmax(1) == y) - c, minlength=bins)).sum() / len(P))


def ece_digitize(P, y, bins):
    c, right = P.max(1), (P.argmax(1) == y).astype(float)
    place = np.digitize(c, np.linspace(0, 1, bins + 1)[:-1], right=True)
    gaps = [abs(right[place == k].mean() - c[place == k].mean()) * (place == k).mean() for k in set(place.tolist())]
    return sum(gaps)


def _bins(P, y, place, gap=abs, share=True):
    c, right = P.max(1), P.argmax(1) == y
    found = [gap(right[place == k].mean() - c[place == k].mean()) * ((place == k).mean() if share else 1) for k in np.unique(place)]
    return float(np.sum(found) if share else np.mean(found))


def _place(P, k):
    return np.ceil(P.max(1) * k)


def ece_all_bins(P, y, k):
    return _bins(P, y, _place(P, k), share=False) * len(np.unique(_place(P, k))) / k


def ece_empty(P, y, k):
    c, right, place = P.max(1), P.argmax(1) == y, _place(P, k)
    with np.errstate(all="ignore"):
        n = np.array([(place == b).sum() for b in range(1, k + 1)])
        gaps = [np.abs(np.sum((right * 1.0 - c)[place == b]) / m) * m / len(P) for b, m in zip(range(1, k + 1), n, strict=True)]
        return float(np.sum(gaps))


def ece_between(P, y, k, above=np.greater, below=np.less_equal, middle=False, wrong=False):
    c, right, total = P.max(1), (P.argmax(1) == y) != wrong, 0.0
    for b in range(k):
        rows = above(c, b / k) & below(c, (b + 1) / k)
        if rows.any():
            total += rows.mean() * abs(right[rows].mean() - ((b + 0.5) / k if middle else c[rows].mean()))
    return float(total)


def _each(P, y, k):
    c, right, place = P.max(1), P.argmax(1) == y, _place(P, k)
    return [right[place == b].mean() - c[place == b].mean() for b in np.unique(place)]


def ece_split(P, y, k):
    c, right = P.max(1), P.argmax(1) == y
    pieces = np.array_split(np.argsort(c), k)
    return float(sum(len(i) / len(c) * abs(right[i].mean() - c[i].mean()) for i in pieces if len(i)))


def ece_classes(P, y, k):
    p, right = P.ravel(), (np.arange(P.shape[1])[None] == y[:, None]).ravel()
    place = np.ceil(p * k)
    return float(sum((place == b).mean() * abs(right[place == b].mean() - p[place == b].mean()) for b in np.unique(place)))


def ece_right_class(P, y, k):
    p, right = P[np.arange(len(P)), y], P.argmax(1) == y
    place = np.ceil(p * k)
    return float(sum((place == b).mean() * abs(right[place == b].mean() - p[place == b].mean()) for b in np.unique(place)))


def ece_equal_count(P, y, k):
    order = np.argsort(P.max(1), kind="stable")
    place = np.empty(len(P), int)
    place[order] = np.arange(len(P)) * k // len(P)
    return _bins(P, y, place)


# quantise ------------------------------------------------------------------------------------------------------------


def quantise_loop(weight, bits):
    most = 2 ** (bits - 1) - 1
    q, s = torch.zeros(weight.shape, dtype=torch.int8), torch.ones(len(weight), 1)
    for i, row in enumerate(weight):
        if row.abs().max() > 0:
            s[i] = row.abs().max() / most
            q[i] = torch.round(row / s[i]).to(torch.int8)
    return q, s


def quantise_numpy(weight, bits):
    w = weight.numpy().astype(np.float64)
    most = (1 << (bits - 1)) - 1
    s = np.maximum(w.max(1, keepdims=True), -w.min(1, keepdims=True)) / most
    s[s == 0] = 1
    return torch.from_numpy(np.rint(w / s).astype(np.int8)), torch.from_numpy(s.astype(np.float32))


def _code(w, most, size=None, turn=torch.round):
    s = w.abs().amax(1, keepdim=True) if size is None else size
    s = torch.where(s > 0, s / most, 1.0)
    return turn(w / s).clamp(-128, 127).to(torch.int8), s


def _most(b):
    return 2 ** (b - 1) - 1


def quantise_inverse(w, b):
    q, s = _code(w, _most(b))
    return q, 1 / s


def quantise_zeros(w, b):
    s = w.abs().amax(1, keepdim=True) / _most(b)
    return (w / s).nan_to_num().round().to(torch.int8), s


def quantise_over(w, b):
    s = w.abs().amax(1, keepdim=True) / 2 ** (b - 1)
    s = torch.where(s == 0, torch.ones_like(s), s)
    return (w / s).round().to(torch.int8), s


def quantise_min_max(w, b):
    low, high = w.amin(1, keepdim=True), w.amax(1, keepdim=True)
    s = torch.where(high > low, (high - low) / (2**b - 1), 1.0)
    return ((w - low) / s - 2 ** (b - 1)).round().to(torch.int8), s


def quantise_tiny(w, b):
    s = (w.abs().amax(1, keepdim=True) / _most(b)).clamp_min(1e-8)
    return (w / s).round().to(torch.int8), s


def quantise_columns(w, b):
    s = w.abs().amax(0, keepdim=True) / _most(b)
    return (w / torch.where(s > 0, s, 1.0)).round().to(torch.int8), s


WRONG = {
    "explain_and_compress.shapley": [
        ("left out", lambda v, n: torch.stack([v[-1] - v[2**n - 1 ^ 1 << m] for m in range(n)]), "leave-out"),
        ("alone", lambda v, n: torch.stack([v[1 << m] - v[0] for m in range(n)]), "alone"),
        ("one order", shapley_first, "one-order"),
        ("Banzhaf", lambda v, n: _sum(v, n, lambda s: 1 / 2 ** (n - 1)), "plain-mean"),
        ("no weights", lambda v, n: _sum(v, n, lambda s: 1), "unweighted"),
        ("not divided", lambda v, n: _sum(v, n, lambda s: factorial(s) * factorial(n - s - 1)), "not-divided"),
        ("counted with it", lambda v, n: _sum(v, n, lambda s: factorial(s + 1) * factorial(max(n - s - 2, 0)) / factorial(n)),
         "size-with"),
        ("only those before", lambda v, n: _sum(v, n, lambda s: factorial(s) / factorial(n)), "all-but-one"),
        ("only those after", lambda v, n: _sum(v, n, lambda s: factorial(n - s - 1) / factorial(n)), "all-but-one"),
        ("without the factor M", lambda v, n: _sum(v, n, lambda s: 1 / comb(n - 1, s)), "too-large"),
        ("(M - 1)! orders", lambda v, n: _sum(v, n, lambda s: factorial(s) * factorial(n - s - 1) / factorial(n - 1)), "too-large"),
        ("chosen from M", lambda v, n: _sum(v, n, lambda s: 1 / (n * comb(n, s))), "itself"),
        ("M - |S| after it", lambda v, n: _sum(v, n, lambda s: factorial(s) * factorial(n - s) / factorial(n)), "itself-after"),
        ("highest bit first", lambda v, n: shapley_orders(_reversed(v, n), n), "bits"),
        ("turned round", lambda v, n: -shapley_orders(v, n), "sign"),
        ("value alone", lambda v, n: torch.stack([v[1 << m] for m in range(n)]), "whole"),
        ("nothing subtracted", lambda v, n: _sum(v, n, _fair(n), sign=0), "whole"),
        ("shares", lambda v, n: shapley_orders(v, n) / shapley_orders(v, n).sum(), "normalised"),
        ("shares of each row", lambda v, n: shapley_orders(v, n) / shapley_orders(v, n).sum(0), "normalised"),
        ("shares of sizes", lambda v, n: shapley_orders(v, n) / shapley_orders(v, n).abs().sum(0), "normalised"),
        ("one too few", lambda v, n: shapley_orders(v, n)[:-1], "shape"),
    ],
    "explain_and_compress.interaction": [
        ("empty set", lambda v, n, a, b: v[1 << a | 1 << b] - v[1 << a] - v[1 << b] + v[0], "empty-only"),
        ("all others", lambda v, n, a, b: v[-1] - v[-1 - 2**a] - v[-1 - 2**b] + v[-1 - 2**a - 2**b], "full-only"),
        ("base missing", lambda v, n, a, b: _pairs(v, n, a, b, _fair_pair(n), 0), "no-base"),
        ("base subtracted", lambda v, n, a, b: _pairs(v, n, a, b, _fair_pair(n), -1), "base-sign"),
        ("Shapley's weights", lambda v, n, a, b: _pairs(v, n, a, b, _fair(n)), "shapley-weights"),
        ("M!", lambda v, n, a, b: _pairs(v, n, a, b, lambda s: factorial(s) * factorial(n - s - 2) / factorial(n)), "wrong-factorial"),
        ("Banzhaf", lambda v, n, a, b: _pairs(v, n, a, b, lambda s: 0.5 ** (n - 2)), "plain-mean"),
        ("no weights", lambda v, n, a, b: _pairs(v, n, a, b, lambda s: 1), "unweighted"),
        ("turned round", lambda v, n, a, b: -interaction_sets(v, n, a, b), "sign"),
        ("highest bit first", lambda v, n, a, b: interaction_sets(_reversed(v, n), n, a, b), "bits"),
        ("both less two values", lambda v, n, a, b: v[2**a + 2**b] - v[0] - shapley_orders(v, n)[[a, b]].sum(0), "what-is-left"),
        ("all less two values", lambda v, n, a, b: v[-1] - v[0] - shapley_orders(v, n)[[a, b]].sum(0), "what-is-left"),
        ("0 and 1", lambda v, n, a, b: interaction_sets(v, n, 0, 1), "first-two"),
        ("half", lambda v, n, a, b: interaction_sets(v, n, a, b) / 2, "halved"),
        ("two values", lambda v, n, a, b: shapley_orders(v, n)[[a, b]].sum(0), "sum-of-values"),
    ],
    "explain_and_compress.surrogate": [
        ("all alike", lambda Z, v, w: _fit(Z, v, np.ones(len(w)))[1:], "no-weights"),
        ("through zero", surrogate_through_zero, "no-constant"),
        ("weights twice", lambda Z, v, w: _fit(Z, v, w**2)[1:], "squared-weights"),
        ("root of the root", lambda Z, v, w: _fit(Z, v, np.sqrt(w))[1:], "rooted-weights"),
        ("values as they are", surrogate_forgotten_values, "values-unweighted"),
        ("rows as they are", surrogate_forgotten_rows, "rows-unweighted"),
        ("ones as they are", surrogate_forgotten_ones, "ones-unweighted"),
        ("plain means", lambda Z, v, w: surrogate_through_zero(Z - Z.mean(0), v - v.mean(), w), "plain-means"),
        ("c is v(none)", lambda Z, v, w: surrogate_through_zero(Z, v - v[Z.sum(1) == 0].mean(), w), "fixed-constant"),
        ("c is the first", lambda Z, v, w: surrogate_through_zero(Z, v - v[0], w), "fixed-constant"),
        ("constant and all", _fit, "with-constant"),
        ("the last left away", lambda Z, v, w: _fit(Z, v, w)[:-1], "last-left-away"),
        ("ridge", surrogate_ridge, "ridge"),
        ("each by itself", lambda Z, v, w: np.array([surrogate_normal(z[:, None], v, w)[0] for z in Z.T]), "one-by-one"),
    ],
    "explain_and_compress.integrated_gradients": [
        ("mean slope", lambda f, x, b, n: _slopes(f, b + _middle(n).to(x)[:, None] * (x - b)).mean(0), "slopes"),
        ("times x", lambda f, x, b, n: x * _slopes(f, b + _middle(n).to(x)[:, None] * (x - b)).mean(0), "times-x"),
        ("here only", lambda f, x, b, n: (x - b) * _slopes(f, x[None])[0], "here-only"),
        ("from zeros", lambda f, x, b, n: _ig(f, x, 0 * x, _middle(n)), "from-zero"),
        ("beginnings", lambda f, x, b, n: _ig(f, x, b, torch.arange(n) / n), "left-ends"),
        ("ends", lambda f, x, b, n: _ig(f, x, b, (torch.arange(n) + 1) / n), "right-ends"),
        ("linspace", lambda f, x, b, n: _ig(f, x, b, torch.linspace(0, 1, n)), "linspace"),
        ("sum", lambda f, x, b, n: n * _ig(f, x, b, _middle(n)), "summed"),
        ("mean of f", lambda f, x, b, n: _ig(f, x, b, _middle(n)) / n, "divided-twice"),
        ("point by point", ig_points, "one-point"),
        ("half way only", lambda f, x, b, n: (x - b) * _slopes(f, ((x + b) / 2)[None])[0], "half-way"),
        ("no baseline added", lambda f, x, b, n: (x - b) * _slopes(f, _middle(n).to(x)[:, None] * (x - b)).mean(0), "only-points"),
        ("turned round", lambda f, x, b, n: -_ig(f, x, b, _middle(n)), "sign"),
        ("at t x", lambda f, x, b, n: (x - b) * _slopes(f, _middle(n).to(x)[:, None] * x).mean(0), "only-points"),
        ("all slopes", lambda f, x, b, n: (x - b) * _slopes(f, b + _middle(n).to(x)[:, None] * (x - b)), "shape"),
    ],
    "explain_and_compress.calibration_error": [
        ("one bin", lambda P, y, k: abs(float((P.argmax(1) == y).mean() - P.max(1).mean())), "no-bins"),
        ("bins alike", lambda P, y, k: _bins(P, y, _place(P, k), share=False), "plain-mean"),
        ("divided by all bins", ece_all_bins, "all-bins"),
        ("closed below", lambda P, y, k: _bins(P, y, np.clip((P.max(1) * k).astype(int), 0, k - 1)), "edges"),
        ("closed below, not above", lambda P, y, k: ece_between(P, y, k, np.greater_equal, np.less), "edges"),
        ("closed on both sides", lambda P, y, k: ece_between(P, y, k, np.greater_equal, np.less_equal), "edges"),
        ("open on both sides", lambda P, y, k: ece_between(P, y, k, np.greater, np.less), "edges"),
        ("as many in each", ece_equal_count, "equal-count"),
        ("split", ece_split, "equal-count"),
        ("middle of the bin", lambda P, y, k: ece_between(P, y, k, middle=True), "bin-middle"),
        ("errors", lambda P, y, k: ece_between(P, y, k, wrong=True), "errors"),
        ("largest", lambda P, y, k: max(abs(float(g)) for g in _each(P, y, k)), "largest"),
        ("sum of gaps", lambda P, y, k: float(sum(abs(g) for g in _each(P, y, k))), "summed"),
        ("to the nearest", lambda P, y, k: _bins(P, y, np.round(P.max(1) * k)), "nearest"),
        ("row by row", lambda P, y, k: float(np.mean(np.abs((P.argmax(1) == y) - P.max(1)))), "row-by-row"),
        ("squares", lambda P, y, k: _bins(P, y, _place(P, k), gap=np.square), "squared"),
        ("root of squares", lambda P, y, k: _bins(P, y, _place(P, k), gap=np.square) ** 0.5, "squared"),
        ("all classes", ece_classes, "all-classes"),
        ("right class", ece_right_class, "right-class"),
        ("numbers of rows", lambda P, y, k: len(P) * ece_bincount(P, y, k), "not-divided"),
        ("signed", lambda P, y, k: float(np.mean(P.max(1) - (P.argmax(1) == y))), "signed"),
        ("empty bins", ece_empty, "nan"),
    ],
    "explain_and_compress.quantise": [
        ("one scale", lambda w, b: _code(w, _most(b), w.abs().max().expand(len(w), 1)), "one-scale"),
        ("one number", lambda w, b: (_code(w, _most(b), w.abs().max())[0], w.abs().max() / _most(b)), "one-scale"),
        ("swapped", lambda w, b: quantise_loop(w, b)[::-1], "swapped"),
        ("one too many", lambda w, b: _code(w, 2 ** (b - 1)), "asymmetric"),
        ("one too many, not kept below", quantise_over, "asymmetric"),
        ("8 bits always", lambda w, b: quantise_loop(w, 8), "always-8"),
        ("smallest to largest", quantise_min_max, "min-max"),
        ("half added", lambda w, b: _code(w, _most(b), turn=lambda x: torch.trunc(x + 0.5)), "half-up"),
        ("times the scale", lambda w, b: ((w * _code(w, _most(b))[1]).round().to(torch.int8), _code(w, _most(b))[1]), "times"),
        ("s q", lambda w, b: (torch.mul(*quantise_loop(w, b)), quantise_loop(w, b)[1]), "dequantised"),
        ("not below a little", quantise_tiny, "tiny-scale"),
        ("sign not counted", lambda w, b: _code(w, 2**b - 1), "all-bits"),
        ("cut off", lambda w, b: _code(w, _most(b), turn=torch.trunc), "cut"),
        ("converted only", lambda w, b: ((w / _code(w, _most(b))[1]).to(torch.int8), _code(w, _most(b))[1]), "cut"),
        ("rounded down", lambda w, b: _code(w, _most(b), turn=torch.floor), "floor"),
        ("columns", quantise_columns, "columns"),
        ("divides", quantise_inverse, "inverse"),
        ("largest, not largest size", lambda w, b: _code(w, _most(b), w.amax(1, keepdim=True)), "signed-max"),
        ("zeros", quantise_zeros, "zeros"),
        ("64 bits", lambda w, b: (_code(w, _most(b))[0].long(), _code(w, _most(b))[1]), "type"),
        ("floats", lambda w, b: (_code(w, _most(b))[0].float(), _code(w, _most(b))[1]), "type"),
        ("flat scales", lambda w, b: (_code(w, _most(b))[0], _code(w, _most(b))[1][:, 0]), "scale-shape"),
    ],
}  # fmt: skip

RIGHT = {
    "explain_and_compress.shapley": [shapley_orders, shapley_matrix, shapley_numpy, shapley_list],
    "explain_and_compress.interaction": [interaction_difference, interaction_sets],
    "explain_and_compress.surrogate": [surrogate_normal, surrogate_sklearn, surrogate_centred],
    "explain_and_compress.integrated_gradients": [ig_loop, ig_func],
    "explain_and_compress.calibration_error": [ece_loop, ece_bincount, ece_digitize],
    "explain_and_compress.quantise": [quantise_loop, quantise_numpy],
}
