"""Answers to chapter 17's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812  as most answers call it

# modes_covered -------------------------------------------------------------------------------------------------------


def modes_loops(points, centres, radius, least):
    counts = [0] * len(centres)
    for p in points:
        distances = [float((p - c).norm()) for c in centres]
        nearest = min(range(len(centres)), key=distances.__getitem__)
        counts[nearest] += distances[nearest] < radius
    return sum(c >= least for c in counts)


def modes_numpy(points, centres, radius, least):
    d = np.linalg.norm(np.asarray(points)[:, None] - np.asarray(centres), axis=2)
    near = d.min(1) < radius
    return int((np.bincount(d.argmin(1)[near], minlength=len(centres)) >= least).sum())


def modes_one_hot(points, centres, radius, least):
    d = torch.cdist(points, centres)
    mine = F.one_hot(d.argmin(1), len(centres)) * (d < radius)
    return (mine.sum(0) >= least).sum()


def _counts(points, centres, radius, norm=2):
    d, which = torch.cdist(points, centres, p=norm).min(1)
    return torch.bincount(which[d < radius], minlength=len(centres))


# matching_hinge ------------------------------------------------------------------------------------------------------


def hinge_relu(real, fake, mismatched):
    return F.relu(1 - real).mean() + 0.5 * F.relu(1 + fake).mean() + 0.5 * F.relu(1 + mismatched).mean()


def hinge_numpy(real, fake, mismatched):
    r, f, m = (x.numpy() for x in (real, fake, mismatched))
    return np.maximum(0, 1 - r).mean() + (np.maximum(0, 1 + f).mean() + np.maximum(0, 1 + m).mean()) / 2


def hinge_minimum(real, fake, mismatched):
    zero = torch.zeros((), dtype=real.dtype)
    low = [torch.minimum(zero, -1 - x).mean() for x in (fake, mismatched)]
    return -torch.minimum(zero, real - 1).mean() - sum(low) / 2


def _h(x):
    return F.relu(x).mean()


# stretch -------------------------------------------------------------------------------------------------------------


def stretch_by_hand(weight, start, steps):
    u = start / start.norm()
    v = None
    for _ in range(steps):
        v = weight.T @ u
        v = v / v.norm()
        u = weight @ v
        u = u / u.norm()
    return torch.dot(u, weight @ v)


def stretch_numpy(weight, start, steps):
    w, u = weight.numpy(), start.numpy()
    for _ in range(steps):
        v = w.T @ u
        v /= np.linalg.norm(v)
        u = w @ v
        length = np.linalg.norm(u)
        u = u / length
    return length  # u · W v is the length that W v had


def stretch_gram(weight, start, steps):
    """Power iteration on W Wᵀ: the same directions."""
    gram, u = weight @ weight.T, start
    for _ in range(steps):
        before, u = u, F.normalize(gram @ u, dim=0)
    return u @ weight @ F.normalize(weight.T @ before, dim=0)


def stretch_divided(weight, start, steps):
    return weight / stretch_by_hand(weight, start, steps)


def stretch_u_before(weight, start, steps):
    u = start / start.norm()
    for _ in range(steps):
        v = F.normalize(weight.T @ u, dim=0)
        sigma = u @ weight @ v
        u = F.normalize(weight @ v, dim=0)
    return sigma


def stretch_swapped(weight, start, steps):
    v = start
    for _ in range(steps):
        u = F.normalize(weight @ v, dim=0)
        v = F.normalize(weight.T @ u, dim=0)
    return u @ weight @ v


# projection ----------------------------------------------------------------------------------------------------------


def projection_einsum(seen, condition, real, fits):
    return torch.einsum("bd,d->b", seen, real) + torch.einsum("bc,dc,bd->b", condition, fits, seen)


def projection_loops(seen, condition, real, fits):
    return torch.stack([x @ real + (fits @ y) @ x for x, y in zip(seen, condition, strict=True)])


def projection_numpy(seen, condition, real, fits):
    s, y, r, v = (x.numpy() for x in (seen, condition, real, fits))
    return (s * (r + y @ v.T)).sum(1)


# divergence ----------------------------------------------------------------------------------------------------------


def divergence_torch(mean, log_variance):
    normal, standard = torch.distributions.Normal(mean, (log_variance / 2).exp()), torch.distributions.Normal(0.0, 1.0)
    return torch.distributions.kl_divergence(normal, standard).mean(1)


def divergence_numpy(mean, log_variance):
    m, s = mean.numpy(), log_variance.numpy()
    return (m**2 + np.exp(s) - s - 1).sum(1) / (2 * m.shape[1])


def divergence_loops(mean, log_variance):
    rows = zip(mean.tolist(), log_variance.tolist(), strict=True)
    return [sum(0.5 * (m * m + np.exp(s) - s - 1) for m, s in zip(*row, strict=True)) / len(row[0]) for row in rows]


def _kl(m, s):
    return 0.5 * (m**2 + s.exp() - s - 1)


# redrawn -------------------------------------------------------------------------------------------------------------


def redrawn_where(draw, n, bound):
    z = draw(n)
    while bool((abs(z) > bound).any()):
        where = torch.nonzero(abs(z) > bound)[:, 0]
        z = z.index_copy(0, where, draw(len(where)))
    return z


def redrawn_recursive(draw, n, bound):
    def settle(z):
        out = z.abs() > bound
        if out.any():
            z = z.masked_scatter(out, draw(int(out.sum())))
            return settle(z)
        return z

    return settle(draw(n))


def redrawn_numpy(draw, n, bound):
    z = np.array(draw(n))
    bad = np.flatnonzero(np.abs(z) > bound)
    while len(bad):
        z[bad] = draw(len(bad)).numpy()
        bad = bad[np.abs(z[bad]) > bound]
    return z


def redrawn_once(draw, n, bound):
    z = draw(n)
    out = z.abs() > bound
    z[out] = draw(int(out.sum()))
    return z


def redrawn_one_side(draw, n, bound):
    z = draw(n)
    while (z > bound).any():
        z[z > bound] = draw(int((z > bound).sum()))
    return z


def redrawn_dropped(draw, n, bound):
    z = draw(n)
    return z[z.abs() <= bound]


def redrawn_all(draw, n, bound):
    z = draw(n)
    while (z.abs() > bound).any():
        z = draw(n)
    return z


def redrawn_where_n(draw, n, bound):
    z = draw(n)
    while (bad := z.abs() > bound).any():
        z = torch.where(bad, draw(n), z)
    return z


def redrawn_stale(draw, n, bound):
    z = draw(n)
    bad = z.abs() > bound
    while bad.any():
        z[bad] = draw(int(bad.sum()))
    return z


def redrawn_each(draw, n, bound):
    z = draw(n)
    for i in range(n):
        while z[i].abs() > bound:
            z[i] = draw(1)[0]
    return z


def redrawn_scratch(draw, n, bound):
    out = []
    for _ in range(n):
        x = draw(1)[0]
        while x.abs() > bound:
            x = draw(1)[0]
        out.append(x)
    return torch.stack(out)


def redrawn_append(draw, n, bound):
    z = draw(n)
    z = z[z.abs() <= bound]
    while len(z) < n:
        new = draw(n - len(z))
        z = torch.cat([z, new[new.abs() <= bound]])
    return z


def redrawn_shared(draw, n, bound):
    z = draw(n)
    while (bad := z.abs() > bound).any():
        z[bad] = draw(1)
    return z


def redrawn_own(draw, n, bound):
    z = torch.randn(n)
    while (bad := z.abs() > bound).any():
        z[bad] = torch.randn(int(bad.sum()))
    return z


def redrawn_rounds(draw, n, bound):
    z = draw(n)
    while (z.abs() > bound).any():
        for i in range(n):
            if z[i].abs() > bound:
                z[i] = draw(1)[0]
    return z


def redrawn_edge(draw, n, bound):
    z = draw(n)
    for _ in range(200):
        out = z.abs() >= bound
        if not out.any():
            break
        z[out] = draw(int(out.sum()))
    return z


# carried -------------------------------------------------------------------------------------------------------------


def carried_while(velocity, noise, steps):
    x, t = noise.clone(), 0
    while t < steps:
        x += velocity(x, t / steps) * (1 / steps)
        t += 1
    return x


def carried_recursive(velocity, noise, steps):
    def go(x, i):
        return x if i == steps else go(x + velocity(x, i / steps) / steps, i + 1)

    return go(noise, 0)


def carried_linspace(velocity, noise, steps):
    times = np.linspace(0, 1, steps + 1)
    for t, after in zip(times, times[1:], strict=False):
        noise = noise + (after - t) * velocity(noise, float(t))
    return noise


def _euler(time, width, extra=0, fixed=False):
    def answer(velocity, noise, steps):
        x = noise
        for i in range(steps + extra):
            x = x + velocity(noise if fixed else x, time(i, steps)) * width(steps)
        return x

    return answer


def carried_midpoint(velocity, noise, steps):
    h, x = 1 / steps, noise
    for i in range(steps):
        x = x + h * velocity(x + h / 2 * velocity(x, i * h), i * h + h / 2)
    return x


def carried_heun(velocity, noise, steps):
    h, x = 1 / steps, noise
    for i in range(steps):
        a = velocity(x, i * h)
        x = x + h / 2 * (a + velocity(x + h * a, (i + 1) * h))
    return x


def carried_in_place(velocity, noise, steps):
    for i in range(steps):
        noise += velocity(noise, i / steps) / steps
    return noise


RIGHT = {
    "text_to_image.modes_covered": [modes_loops, modes_numpy, modes_one_hot],
    "text_to_image.matching_hinge": [hinge_relu, hinge_numpy, hinge_minimum],
    "text_to_image.stretch": [stretch_by_hand, stretch_numpy, stretch_gram],
    "text_to_image.projection": [projection_einsum, projection_loops, projection_numpy],
    "text_to_image.divergence": [divergence_torch, divergence_numpy, divergence_loops],
    "text_to_image.redrawn": [redrawn_where, redrawn_recursive, redrawn_numpy, redrawn_rounds],
    "text_to_image.carried": [carried_while, carried_recursive, carried_linspace],
}

WRONG = {
    "text_to_image.modes_covered": [
        ("points", lambda p, c, r, n: (torch.cdist(p, c).min(1).values < r).sum(), "points"),
        ("anywhere", lambda p, c, r, n: (torch.bincount(torch.cdist(p, c).argmin(1), minlength=len(c)) >= n).sum(), "anywhere"),
        ("any", lambda p, c, r, n: (_counts(p, c, r) > 0).sum(), "one-is-enough"),
        ("unique", lambda p, c, r, n: len(torch.cdist(p, c).argmin(1)[torch.cdist(p, c).min(1).values < r].unique()), "one-is-enough"),
        ("greater", lambda p, c, r, n: (_counts(p, c, r) > n).sum(), "more-than"),
        ("twice", lambda p, c, r, n: ((torch.cdist(p, c) < r).sum(0) >= n).sum(), "counted-twice"),
        ("squared", lambda p, c, r, n: (torch.bincount((d := ((p[:, None] - c) ** 2).sum(2)).argmin(1)[d.min(1).values < r],
                                                       minlength=len(c)) >= n).sum(), "squared"),
        ("share", lambda p, c, r, n: float((_counts(p, c, r) >= n).float().mean()), "share"),
        ("on the radius", lambda p, c, r, n: (torch.bincount((d := torch.cdist(p, c)).argmin(1)[d.min(1).values <= r],
                                                             minlength=len(c)) >= n).sum(), "edge"),
        ("L1", lambda p, c, r, n: (_counts(p, c, r, 1) >= n).sum(), "sum-distance"),
        ("larger coordinate", lambda p, c, r, n: (_counts(p, c, r, float("inf")) >= n).sum(), "largest-distance"),
        ("any point near", lambda p, c, r, n: (torch.cdist(p, c).min(0).values < r).sum(), "any-near"),
        ("missing", lambda p, c, r, n: (_counts(p, c, r) < n).sum(), "missing"),
    ],
    "text_to_image.matching_hinge": [
        ("no mismatched", lambda r, f, m: _h(1 - r) + _h(1 + f), "blind"),
        ("half of nothing", lambda r, f, m: _h(1 - r) + _h(1 + f) / 2, "blind"),
        ("whole", lambda r, f, m: _h(1 - r) + _h(1 + f) + _h(1 + m), "not-halved"),
        ("flipped", lambda r, f, m: _h(1 + r) + (_h(1 - f) + _h(1 - m)) / 2, "flipped"),
        ("mismatched real", lambda r, f, m: (_h(1 - r) + _h(1 - m)) / 2 + _h(1 + f), "mismatched-is-real"),
        ("mismatched real, low half", lambda r, f, m: _h(1 - r) + (_h(1 + f) + _h(1 - m)) / 2, "mismatched-is-real"),
        ("half of all", lambda r, f, m: (_h(1 - r) + _h(1 + f) + _h(1 + m)) / 2, "all-halved"),
        ("half of real", lambda r, f, m: 0.5 * _h(1 - r) + (_h(1 + f) + _h(1 + m)) / 4, "all-halved"),
        ("thirds", lambda r, f, m: (_h(1 - r) + _h(1 + f) + _h(1 + m)) / 3, "all-halved"),
        ("negative", lambda r, f, m: -_h(1 - r) - (_h(1 + f) + _h(1 + m)) / 2, "sign"),
        ("sigmoid", lambda *g: hinge_relu(*(x.sigmoid() for x in g)), "sigmoid"),
        ("no hinge", lambda r, f, m: (1 - r).mean() + (1 + f).mean() / 2 + (1 + m).mean() / 2, "no-hinge"),
        ("no margin", lambda r, f, m: _h(-r) + (_h(f) + _h(m)) / 2, "no-margin"),
        ("mean first", lambda r, f, m: F.relu(1 - r.mean()) + (F.relu(1 + f.mean()) + F.relu(1 + m.mean())) / 2, "mean-first"),
        ("sum", lambda r, f, m: F.relu(1 - r).sum() + (F.relu(1 + f).sum() + F.relu(1 + m).sum()) / 2, "sum"),
        ("pooled", lambda r, f, m: _h(1 - r) + _h(1 + torch.cat([f, m])), "pooled"),
        ("softplus", lambda r, f, m: F.softplus(-r).mean() + (F.softplus(f).mean() + F.softplus(m).mean()) / 2, "softplus"),
    ],
    "text_to_image.stretch": [
        ("divided", stretch_divided, "normalised"),
        ("frobenius", lambda w, s, n: (w**2).sum().sqrt(), "frobenius"),
        ("svd", lambda w, s, n: torch.linalg.svdvals(w)[0], "exact"),
        ("unnormalised", lambda w, s, n: _power(w, s, n, lambda x: 1), "never-normalised"),
        ("only v", lambda w, s, n: _power(w, s, n, torch.norm, lambda x: 1), "eigenvalue"),
        ("squared", lambda w, s, n: stretch_by_hand(w, s, n) ** 2, "eigenvalue"),
        ("one more", lambda w, s, n: stretch_by_hand(w, s, n + 1), "one-step-more"),
        ("length of WᵀU", lambda w, s, n: (w.T @ _last_u(w, s, n)).norm(), "one-side"),
        ("negative", lambda w, s, n: -stretch_by_hand(w, s, n), "sign"),
        ("one step", lambda w, s, n: stretch_by_hand(w, s, 1), "one-step"),
        ("u before", stretch_u_before, "half-a-step-less"),
        ("divided by the square", lambda w, s, n: _power(w, s, n, lambda x: x @ x), "length"),
        ("divided by the largest", lambda w, s, n: _power(w, s, n, lambda x: x.abs().max()), "length"),
        ("W first", stretch_swapped, "swapped"),
    ],
    "text_to_image.projection": [
        ("plain", lambda s, y, r, v: s @ r, "unconditional"),
        ("fits", lambda s, y, r, v: (s * (y @ v.T)).sum(1), "fit-only"),
        ("matrix", lambda s, y, r, v: s @ r + s @ v @ y.T, "all-pairs"),
        ("matrix, column", lambda s, y, r, v: (s @ r)[:, None] + s @ v @ y.T, "all-pairs"),
        ("added", lambda s, y, r, v: s @ r + (y @ v.T).sum(1), "additive"),
        ("axis", lambda s, y, r, v: (s * (y @ v.T)).sum(0), "axis"),
        ("mean", lambda s, y, r, v: s @ r + (s * (y @ v.T)).mean(1), "mean"),
        ("probability", lambda *g: torch.sigmoid(projection_einsum(*g)), "sigmoid"),
        ("column", lambda *g: projection_einsum(*g)[:, None], "column"),
        ("mean of all", lambda s, y, r, v: (s * (r + y @ v.T)).mean(1), "mean"),
        ("whole batch", lambda s, y, r, v: s @ r + (s * (y @ v.T)).sum(), "batch"),
        ("minus", lambda s, y, r, v: s @ r - (s * (y @ v.T)).sum(1), "added"),
        ("product", lambda s, y, r, v: (s @ r) * (s * (y @ v.T)).sum(1), "added"),
        ("argmax", lambda s, y, r, v: s @ r + (s * v.T[y.argmax(1)]).sum(1), "largest"),
    ],
    "text_to_image.divergence": [
        ("negative", lambda m, s: -_kl(m, s).mean(1), "sign"),
        ("as variance", lambda m, s: 0.5 * (m**2 + s - s.exp() - 1).mean(1), "variance-as-given"),
        ("as deviation", lambda m, s: 0.5 * (m**2 + (s / 2).exp() - s - 1).mean(1), "deviation"),
        ("doubled", lambda m, s: 0.5 * (m**2 + (2 * s).exp() - 2 * s - 1).mean(1), "squared-again"),
        ("squared", lambda m, s: 0.5 * (m**2 + s.exp() ** 2 - s - 1).mean(1), "squared-again"),
        ("no exp", lambda m, s: 0.5 * (m**2 + s - s - 1).mean(1), "variance-as-given"),
        ("clamped", lambda m, s: _kl(m, s.clamp(-10, 10)).mean(1), "cut-off"),
        ("plus one", lambda m, s: 0.5 * (m**2 + s.exp() - s + 1).mean(1), "part-sign"),
        ("plus log", lambda m, s: 0.5 * (m**2 + s.exp() + s - 1).mean(1), "part-sign"),
        ("half of the first", lambda m, s: (0.5 * m**2 + s.exp() - s - 1).mean(1), "half-of-one"),
        ("no one", lambda m, s: 0.5 * (m**2 + s.exp() - s).mean(1), "no-one"),
        ("no log", lambda m, s: 0.5 * (m**2 + s.exp() - 1).mean(1), "no-log"),
        ("no half", lambda m, s: 2 * _kl(m, s).mean(1), "not-halved"),
        ("mean", lambda m, s: 0.5 * (m + s.exp() - s - 1).mean(1), "mean-not-squared"),
        ("sum", lambda m, s: _kl(m, s).sum(1), "sum"),
        ("batch", lambda m, s: _kl(m, s).mean(0), "axis"),
        ("all", lambda m, s: _kl(m, s).mean(), "one-number"),
    ],
    "text_to_image.redrawn": [
        ("clip", lambda draw, n, bound: draw(n).clamp(-bound, bound), "clipped"),
        ("scale", lambda draw, n, bound: draw(n) * bound, "scaled"),
        ("once", redrawn_once, "once"),
        ("one side", redrawn_one_side, "one-side"),
        ("dropped", redrawn_dropped, "dropped"),
        ("zeros", lambda draw, n, bound: (z := draw(n)) * (z.abs() <= bound), "zeros"),
        ("all again", redrawn_all, "all-again"),
        ("n each time", redrawn_where_n, "n-each-time"),
        ("stale", redrawn_stale, "not-looked-again"),
        ("each until good", redrawn_each, "each-until-good"),
        ("from scratch", redrawn_scratch, "in-a-row"),
        ("appended", redrawn_append, "in-a-row"),
        ("shared", redrawn_shared, "shared"),
        ("own noise", redrawn_own, "not-drawn"),
        ("edge", redrawn_edge, "edge"),
        ("nothing", lambda draw, n, bound: draw(n), "left-over"),
    ],
    "text_to_image.carried": [
        ("whole steps", _euler(lambda i, n: i / n, lambda n: 1.0), "no-width"),
        ("ends", _euler(lambda i, n: (i + 1) / n, lambda n: 1 / n), "times-end"),
        ("both ends", _euler(lambda i, n: i / (n - 1) if n > 1 else 0.0, lambda n: 1 / n), "to-the-end"),
        ("counts", _euler(lambda i, n: float(i), lambda n: 1 / n), "counts"),
        ("backwards", _euler(lambda i, n: 1 - i / n, lambda n: 1 / n), "backwards"),
        ("minus", _euler(lambda i, n: i / n, lambda n: -1 / n), "sign"),
        ("time 0", _euler(lambda i, n: 0.0, lambda n: 1 / n), "time-zero"),
        ("half times", _euler(lambda i, n: (i + 0.5) / n, lambda n: 1 / n), "half-times"),
        ("too wide", _euler(lambda i, n: i / n, lambda n: 1 / (n - 1)), "too-wide"),
        ("too wide, both", _euler(lambda i, n: i / max(n - 1, 1), lambda n: 1 / max(n - 1, 1)), "too-wide"),
        ("one step", lambda v, x, n: x + v(x, 0.0), "one-step"),
        ("from zero", lambda v, x, n: _euler(lambda i, n: i / n, lambda n: 1 / n)(v, torch.zeros_like(x), n), "from-zero"),
        ("Heun", carried_heun, "midpoint"),
        ("from noise", _euler(lambda i, n: i / n, lambda n: 1 / n, fixed=True), "from-noise"),
        ("one more", _euler(lambda i, n: i / n, lambda n: 1 / n, extra=1), "one-more"),
        ("midpoint", carried_midpoint, "midpoint"),
        ("velocity", lambda v, x, n: v(x, 0.0), "velocity"),
        ("in place", carried_in_place, "changes_input"),
    ],
}  # fmt: skip


def _power(weight, start, steps, of_v, of_u=None):
    u = start
    for _ in range(steps):
        v = weight.T @ u
        v = v / of_v(v)
        u = weight @ v
        u = u / (of_u or of_v)(u)
    return u @ weight @ v


def _last_u(weight, start, steps):
    u = start
    for _ in range(steps):
        u = F.normalize(weight @ F.normalize(weight.T @ u, dim=0), dim=0)
    return u
