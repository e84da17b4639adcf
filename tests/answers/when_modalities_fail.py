"""Answers to chapter 14's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import math

import numpy as np
import torch

# drop_modalities -----------------------------------------------------------------------------------------------------


def drop_loop(mask, u, share):
    new = mask.copy()
    for i, row in enumerate(mask):
        there = [m for m in range(len(row)) if row[m]]
        for m in there:
            if u[i, m] < share:
                new[i, m] = False
        if there and not new[i].any():
            new[i, max(there, key=lambda m: u[i, m])] = True
    return new


def drop_indexed(mask, u, share):
    left = np.logical_and(mask, ~(u < share))
    rows = np.flatnonzero(mask.any(1) & ~left.any(1))
    left[rows, np.where(mask[rows], u[rows], -np.inf).argmax(1)] = True
    return left


def drop_torch(mask, u, share):
    m, v = torch.from_numpy(mask), torch.from_numpy(u)
    best = v.masked_fill(~m, -1).argmax(1, keepdim=True)
    saved = torch.zeros_like(m).scatter(1, best, True) & m
    left = m & (v >= share)
    return left | (saved & ~left.any(1, keepdim=True))


def drop_inverted(mask, u, share):
    left = mask & (u < share)
    lucky = np.where(mask, u, -1)
    return np.where(left.any(1, keepdims=True), left, mask & (lucky == lucky.max(1, keepdims=True)))


def drop_revived(mask, u, share):
    left = u >= share
    left[~left.any(1), u[~left.any(1)].argmax(1)] = True
    return left


def drop_whole(mask, u, share):
    left = mask & (u >= share)
    left[~left.any(1)] = mask[~left.any(1)]
    return left


def drop_saved_missing(mask, u, share):
    left = mask & (u >= share)
    empty = ~left.any(1)
    left[empty, u[empty].argmax(1)] = True
    return left


def drop_saved_nothing(mask, u, share):
    return drop_saved_missing(mask, u, share) & mask


def drop_first(mask, u, share):
    left = mask & (u >= share)
    empty = ~left.any(1) & mask.any(1)
    left[empty, mask[empty].argmax(1)] = True
    return left


def drop_smallest(mask, u, share):
    left = mask & (u >= share)
    empty = ~left.any(1) & mask.any(1)
    left[empty, np.where(mask[empty], u[empty], 2).argmin(1)] = True
    return left


def drop_one_number(mask, u, share):
    left = np.where(u[:, [0]] >= share, mask, False)
    empty = ~left.any(1) & mask.any(1)
    left[empty, np.where(mask[empty], u[empty], -1).argmax(1)] = True
    return left


def drop_empty_saved(mask, u, share):
    left = mask & (u >= share)
    lost = ~left.any(1)
    left[lost, np.where(mask[lost], u[lost], -1).argmax(1)] = True
    return left


def drop_masked_product(mask, u, share):
    left, luck = mask & (u >= share), u * mask
    return np.where(left.any(1, keepdims=True), left, luck == luck.max(1, keepdims=True))


def drop_saved_missing_unless_empty(mask, u, share):
    left = mask & (u >= share)
    lost = ~left.any(1) & mask.any(1)
    left[lost, u[lost].argmax(1)] = True
    return left


def drop_above(mask, u, share):
    left = mask & (u > share)
    lost = np.flatnonzero(~left.any(1) & mask.any(1))
    left[lost, np.where(mask, u, -1)[lost].argmax(1)] = True
    return left


def drop_list(mask, u, share):
    return drop_loop(mask, u, share).tolist()


# at_snr --------------------------------------------------------------------------------------------------------------


def _power(x):
    return np.mean(x**2, axis=1, keepdims=True)


def snr_unit_noise(signals, noise, snr):
    unit = noise / np.sqrt(_power(noise))
    return signals + unit * np.sqrt(_power(signals)) * 10 ** (-snr / 20)


def snr_loop(signals, noise, snr):
    out = []
    for s, n in zip(signals, noise, strict=True):
        wanted = np.dot(s, s) / 10 ** (snr / 10)
        out.append(s + n * math.sqrt(wanted / np.dot(n, n)))
    return np.array(out)


def snr_torch(signals, noise, snr):
    s, n = torch.from_numpy(signals), torch.from_numpy(noise)
    rms = lambda x: x.pow(2).mean(1, keepdim=True).sqrt()  # noqa: E731
    return s + n * rms(s) / rms(n) / math.sqrt(math.exp(snr / 10 * math.log(10)))


# believe -------------------------------------------------------------------------------------------------------------


def believe_bayes(symbols, flips):
    out = []
    for row in symbols:
        p = [1.0, 1.0]
        for symbol, f in zip(row, flips, strict=True):
            if symbol != 2:
                for label in (0, 1):
                    p[label] *= 1 - f if symbol == label else f
        out.append(p[1] / (p[0] + p[1]))
    return np.array(out)


def believe_products(symbols, flips):
    one = np.where(symbols == 2, 1, np.where(symbols == 1, 1 - flips, flips)).prod(1)
    zero = np.where(symbols == 2, 1, np.where(symbols == 0, 1 - flips, flips)).prod(1)
    return one / (one + zero)


def believe_torch(symbols, flips):
    s, f = torch.from_numpy(symbols), torch.from_numpy(flips)
    says = (s == 1).double() - (s == 0).double()
    return torch.sigmoid((says * torch.logit(1 - f)).sum(1))


def _says(symbols):
    return (symbols == 1) * 1.0 - (symbols == 0) * 1.0


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


# crossing ------------------------------------------------------------------------------------------------------------


def crossing_loop(levels, fused, alone):
    for i in range(len(levels)):
        if fused[i] < alone[i]:
            if i == 0:
                return levels[0]
            a, b = fused[i - 1] - alone[i - 1], fused[i] - alone[i]
            return levels[i - 1] + (levels[i] - levels[i - 1]) * a / (a - b)
    return float("inf")


def crossing_interp(levels, fused, alone):
    ahead = np.asarray(fused) - np.asarray(alone)
    first = np.flatnonzero(ahead < 0)
    if first.size == 0:
        return math.inf
    i = first[0]
    return levels[0] if i == 0 else np.interp(0, [ahead[i], ahead[i - 1]], [levels[i], levels[i - 1]])


def crossing_signs(levels, fused, alone):
    d = fused - alone
    if d[0] < 0:
        return levels[0]
    return crossing_signs_only(levels, fused, alone)


def crossing_signs_only(levels, fused, alone):
    d = fused - alone
    for i in range(1, len(d)):
        if d[i - 1] * d[i] < 0:
            return levels[i - 1] + (levels[i] - levels[i - 1]) * d[i - 1] / (d[i - 1] - d[i])
    return math.inf


def crossing_above_only(levels, fused, alone):
    d = fused - alone
    for i in range(1, len(d)):
        if d[i - 1] >= 0 and d[i] < 0:
            return levels[i - 1] + (levels[i] - levels[i - 1]) * d[i - 1] / (d[i - 1] - d[i])
    return math.inf


def crossing_before(levels, fused, alone):
    i = next((i for i in range(len(levels)) if fused[i] < alone[i]), None)
    return math.inf if i is None else levels[max(i - 1, 0)]


def crossing_index(levels, fused, alone):
    return next((i for i in range(len(levels)) if fused[i] < alone[i]), math.inf)


def crossing_nan(levels, fused, alone):
    found = crossing_loop(levels, fused, alone)
    return float("nan") if math.isinf(found) else found


def crossing_end(levels, fused, alone):
    found = crossing_loop(levels, fused, alone)
    return levels[-1] if math.isinf(found) else found


def crossing_grid(levels, fused, alone):
    return next((x for x, f, a in zip(levels, fused, alone, strict=True) if f < a), math.inf)


def crossing_last(levels, fused, alone):
    d, found = fused - alone, math.inf
    if d[0] < 0:
        found = levels[0]
    for i in range(1, len(d)):
        if d[i - 1] >= 0 > d[i]:
            found = levels[i - 1] + (levels[i] - levels[i - 1]) * d[i - 1] / (d[i - 1] - d[i])
    return found


def crossing_touch(levels, fused, alone):
    d = fused - alone
    if not (d <= 0).any():
        return math.inf
    i = int(np.argmax(d <= 0))
    return levels[0] if i == 0 else levels[i - 1] + (levels[i] - levels[i - 1]) * d[i - 1] / (d[i - 1] - d[i])


def crossing_wrap(levels, fused, alone):
    d = fused - alone
    if (d >= 0).all():
        return math.inf
    i = int(np.argmax(d < 0))
    return levels[i - 1] + (levels[i] - levels[i - 1]) * d[i - 1] / (d[i - 1] - d[i])


def crossing_turned(levels, fused, alone):
    d = fused - alone
    if (d >= 0).all():
        return math.inf
    i = int(np.argmax(d < 0))
    return levels[0] if i == 0 else levels[i] - (levels[i] - levels[i - 1]) * d[i - 1] / (d[i - 1] - d[i])


def crossing_half(levels, fused, alone):
    d = fused - alone
    if (d >= 0).all():
        return math.inf
    i = int(np.argmax(d < 0))
    return levels[0] if i == 0 else 0.5 * (levels[i] + levels[i - 1])


def crossing_whole_interp(levels, fused, alone):
    return math.inf if (fused >= alone).all() else np.interp(0, alone - fused, levels)


# balance -------------------------------------------------------------------------------------------------------------


def _counts(values):
    values = list(values)
    return np.array([values.count(v) for v in values])


def _cells(labels, cue):
    return _counts(zip(labels.tolist(), cue.tolist(), strict=True))


def _normed(w):
    return w / w.sum()


def balance_dict(labels, cue):
    pairs = list(zip(labels.tolist(), cue.tolist(), strict=True))
    kinds = set(pairs)
    return np.array([1 / pairs.count(pair) / len(kinds) for pair in pairs])


def balance_normed(labels, cue):
    return _normed(1.0 / _cells(labels, cue))


def balance_loop(labels, cue):
    weights = np.zeros(len(labels))
    for label in np.unique(labels):
        for c in np.unique(cue):
            rows = (labels == label) & (cue == c)
            if rows.any():
                weights[rows] = 1 / rows.sum()
    return weights / weights.sum()


def balance_zero_one(labels, cue):
    weights = np.zeros(len(labels))
    for label in (0, 1):
        for c in (0, 1):
            rows = (labels == label) & (cue == c)
            weights[rows] = 0.25 / max(rows.sum(), 1)
    return weights


def balance_torch(labels, cue):
    pairs = torch.stack([torch.from_numpy(labels), torch.from_numpy(cue)], dim=1)
    _, which, count = torch.unique(pairs, dim=0, return_inverse=True, return_counts=True)
    return 1 / count[which].double() / len(count)


def balance_possible(labels, cue):
    return 1 / _cells(labels, cue) / (len(set(labels.tolist())) * len(set(cue.tolist())))


# average_over_guesses ------------------------------------------------------------------------------------------------


def guesses_loop(predict, known, guess, residuals):
    total = 0
    for k in range(len(residuals)):
        total = total + predict(known, guess + residuals[k])
    return total / len(residuals)


def guesses_at_once(predict, known, guess, residuals):
    n, k = len(known), len(residuals)
    many = (guess[:, None] + residuals[None]).reshape(n * k, -1)
    return predict(np.repeat(known, k, axis=0), many).reshape(n, k, -1).mean(1)


def guesses_by_row(predict, known, guess, residuals):
    rows = [predict(np.tile(x, (len(residuals), 1)), g + residuals).mean(0) for x, g in zip(known, guess, strict=True)]
    return torch.tensor(np.array(rows))


def _all(predict, known, guess, residuals):
    return np.array([predict(known, guess + r) for r in residuals])


def guesses_each(predict, known, guess, residuals):
    times = -(-len(guess) // len(residuals))
    return predict(known, guess + np.tile(residuals, (times, 1))[: len(guess)])


def guesses_votes(predict, known, guess, residuals):
    P = _all(predict, known, guess, residuals)
    return np.eye(P.shape[-1])[P.argmax(-1)].mean(0)


def guesses_geometric(predict, known, guess, residuals):
    p = _all(predict, known, guess, residuals).prod(0) ** (1 / len(residuals))
    return p / p.sum(1, keepdims=True)


def guesses_in_two_orders(predict, known, guess, residuals):
    n, k = len(known), len(residuals)
    other = (guess[:, None] + residuals[None]).reshape(n * k, -1)
    return predict(np.tile(known, (k, 1)), other).reshape(n, k, -1).mean(1)


def guesses_returned_early(predict, known, guess, residuals):
    for error in residuals:
        return predict(known, guess + error)


RIGHT = {
    "when_modalities_fail.drop_modalities": [drop_loop, drop_indexed, drop_torch, drop_list],
    "when_modalities_fail.at_snr": [snr_unit_noise, snr_loop, snr_torch],
    "when_modalities_fail.believe": [believe_bayes, believe_products, believe_torch],
    "when_modalities_fail.crossing": [crossing_loop, crossing_interp],
    "when_modalities_fail.balance": [balance_dict, balance_normed, balance_loop, balance_torch],
    "when_modalities_fail.average_over_guesses": [guesses_loop, guesses_at_once, guesses_by_row],
}

WRONG = {
    "when_modalities_fail.drop_modalities": [
        ("below", drop_inverted, "inverted"),
        ("below, no rescue", lambda mask, u, p: mask & (u < p), "inverted"),
        ("from the random numbers alone", drop_revived, "revived"),
        ("no rescue", lambda mask, u, p: mask & (u >= p), "emptied"),
        ("all come back", drop_whole, "whole-row"),
        ("the largest of all", drop_saved_missing, "saved-missing"),
        ("the largest of all if there", drop_saved_nothing, "saved-nothing"),
        ("the first", drop_first, "first"),
        ("the smallest", drop_smallest, "smallest"),
        ("one number a row", drop_one_number, "one-number"),
        ("above", drop_above, "equal"),
        ("floats", lambda mask, u, p: drop_indexed(mask, u, p).astype(float), "not-bool"),
        ("empty rows saved", drop_empty_saved, "from-nothing"),
        ("product with the mask", drop_masked_product, "from-nothing"),
        ("the largest of all, but for empty rows", drop_saved_missing_unless_empty, "saved-missing"),
    ],
    "when_modalities_fail.at_snr": [
        ("power as factor", lambda s, n, d: s + n * _power(s) / _power(n) * 10 ** (-d / 10), "power-as-factor"),
        ("decibels without root", lambda s, n, d: s + n * (_power(s) / _power(n)) ** 0.5 * 10 ** (-d / 10), "half-root"),
        ("powers without root", lambda s, n, d: s + n * _power(s) / _power(n) * 10 ** (-d / 20), "half-root"),
        ("more is more", lambda s, n, d: s + n * np.sqrt(_power(s) / _power(n)) * 10 ** (d / 20), "sign"),
        ("noise as it is", lambda s, n, d: s + n * np.sqrt(_power(s)) * 10 ** (-d / 20), "noise-as-it-is"),
        ("signal as it is", lambda s, n, d: s + n / np.sqrt(_power(n)) * 10 ** (-d / 20), "signal-as-it-is"),
        ("one power", lambda s, n, d: s + n * np.sqrt(np.mean(s**2) / np.mean(n**2)) * 10 ** (-d / 20), "one-for-all"),
        ("standard deviations", lambda s, n, d: s + n * s.std(1)[:, None] / n.std(1)[:, None] * 10 ** (-d / 20), "variance"),
        ("e", lambda s, n, d: s + n * np.sqrt(_power(s) / _power(n)) * np.exp(-d / 20), "natural"),
        ("20 and a root", lambda s, n, d: s + n * np.sqrt(_power(s) / _power(n) / 10 ** (d / 20)), "twenty"),
        ("signal scaled", lambda s, n, d: n + s * np.sqrt(_power(n) / _power(s)) * 10 ** (d / 20), "signal-scaled"),
        ("sum", lambda s, n, d: s + n * np.sqrt((s**2).sum(1)[:, None] / _power(n)) * 10 ** (-d / 20), "sum"),
        ("sum of the noise", lambda s, n, d: s + n * np.sqrt(_power(s) / (n**2).sum(1)[:, None]) * 10 ** (-d / 20), "sum"),
        ("centred", lambda s, n, d: snr_unit_noise(s, n - n.mean(1)[:, None], d), "centred"),
        ("noise only", lambda s, n, d: n * np.sqrt(_power(s) / _power(n)) * 10 ** (-d / 20), "noise-only"),
    ],
    "when_modalities_fail.believe": [
        ("votes", lambda s, f: np.array([np.mean(r[r < 2]) if (r < 2).any() else 0.5 for r in s]), "votes"),
        ("opposite", lambda s, f: _sigmoid(_says(s) @ np.log(f / (1 - f))), "opposite"),
        ("log-odds", lambda s, f: _says(s) @ np.log((1 - f) / f), "odds"),
        ("silent is no", lambda s, f: _sigmoid((2.0 * (s == 1) - 1) @ np.log((1 - f) / f)), "silence-is-zero"),
        ("silent is loud", lambda s, f: _sigmoid((s * 2 - 1) @ np.log((1 - f) / f)), "silence-is-two"),
        ("only for", lambda s, f: _sigmoid((s == 1) @ np.log((1 - f) / f)), "only-for"),
        ("likelihood", lambda s, f: np.where(s == 2, 1, np.where(s == 1, 1 - f, f)).prod(1), "unnormalised"),
        ("mean", lambda s, f: np.where(s == 2, 0.5, np.where(s == 1, 1 - f, f)).mean(1), "mean"),
        ("rounded", lambda s, f: np.round(believe_products(s, f)), "rounded"),
        ("decided", lambda s, f: believe_products(s, f) > 0.5, "rounded"),
        ("under label 1", lambda s, f: np.where(s == 2, 0, np.log(np.where(s == 1, 1 - f, f))).sum(1), "one-sided"),
        ("log of right", lambda s, f: _sigmoid((_says(s) * np.log(1 - f)).sum(1)), "one-sided"),
        ("mean of odds", lambda s, f: _sigmoid((_says(s) * np.log((1 - f) / f)).mean(1)), "mean-odds"),
    ],
    "when_modalities_fail.crossing": [
        ("product of signs", crossing_signs, "signs"),
        ("product of signs, no start", crossing_signs_only, "start"),
        ("from above only", crossing_above_only, "start"),
        ("swapped", lambda levels, fused, alone: crossing_loop(levels, alone, fused), "swapped"),
        ("the level before", crossing_before, "before"),
        ("index", crossing_index, "index"),
        ("nan", crossing_nan, "never"),
        ("the last level", crossing_end, "never"),
        ("grid", crossing_grid, "grid"),
        ("last", crossing_last, "last"),
        ("touch", crossing_touch, "touch"),
        ("wrap", crossing_wrap, "wrap"),
        ("turned", crossing_turned, "turned"),
        ("half", crossing_half, "halfway"),
        ("interp", crossing_whole_interp, "interp"),
    ],
    "when_modalities_fail.balance": [
        ("label", lambda y, c: _normed(1 / _counts(y.tolist())), "label"),
        ("cue", lambda y, c: _normed(1 / _counts(c.tolist())), "cue"),
        ("margins", lambda y, c: _normed(1 / _counts(y.tolist()) / _counts(c.tolist())), "margins"),
        ("reweighing", lambda y, c: _counts(y.tolist()) * _counts(c.tolist()) / _cells(y, c) / len(y) ** 2, None),
        ("reweighing, normed", lambda y, c: _normed(_counts(y.tolist()) * _counts(c.tolist()) / _cells(y, c)), "reweighing"),
        ("counts", lambda y, c: _cells(y, c) / _cells(y, c).sum(), "counts"),
        ("possible", balance_possible, "all-combinations"),
        ("2 labels + cue", lambda y, c: _normed(1 / _counts((2 * y + c).tolist())), "collision"),
        ("labels times cues", lambda y, c: _normed(1 / _counts((y * (c.max() + 1) + c).tolist())), "collision"),
        ("sum as key", lambda y, c: _normed(1 / _counts((y + c).tolist())), "collision"),
        ("0 and 1", balance_zero_one, "zero-and-one"),
        ("0 and 1, normed", lambda y, c: _normed(balance_zero_one(y, c)), "zero-and-one"),
        ("one over count", lambda y, c: 1 / _cells(y, c), "not-normed"),
        ("flat", lambda y, c: np.ones(len(y)) / len(y), "flat"),
    ],
    "when_modalities_fail.average_over_guesses": [
        ("one guess", lambda f, x, g, r: f(x, g), "one-guess"),
        ("mean first", lambda f, x, g, r: f(x, g + r.mean(0)), "mean-first"),
        ("row by row", guesses_each, "row-by-row"),
        ("sum", lambda *a: _all(*a).sum(0), "summed"),
        ("votes", guesses_votes, "votes"),
        ("errors alone", lambda f, x, g, r: np.mean([f(x, np.tile(e, (len(x), 1))) for e in r], axis=0), "only-errors"),
        ("all", lambda *a: _all(*a), "not-averaged"),
        ("wrong axis", lambda *a: np.mean(_all(*a), axis=1), "axis"),
        ("last", lambda *a: _all(*a)[-1], "one-error"),
        ("returned early", guesses_returned_early, "one-error"),
        ("swapped", lambda f, x, g, r: np.mean([f(g + e, x) for e in r], axis=0), "swapped"),
        ("guess too", lambda f, x, g, r: (f(x, g) + _all(f, x, g, r).sum(0)) / (len(r) + 1), "guess-too"),
        ("two orders", guesses_in_two_orders, "order"),
        ("geometric", guesses_geometric, "geometric"),
        ("minus", lambda f, x, g, r: np.mean([f(x, g - e) for e in r], axis=0), "minus"),
    ],
}
