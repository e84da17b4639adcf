"""Answers to chapter 01's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import math

import numpy as np
import torch

# sigmoid -------------------------------------------------------------------------------------------------------------


def sigmoid_abs(x):
    e = torch.exp(-x.abs())
    value = torch.where(x >= 0, 1 / (1 + e), e / (1 + e))
    return value, value * (1 - value)


def sigmoid_numpy(x):
    x = x.detach().numpy()
    value = (1 + np.tanh(x / 2)) / 2
    return value, value - value**2


def sigmoid_softmax(x):
    both = torch.stack([torch.zeros_like(x), x]).softmax(0)
    return both[1], both.prod(0)


def sigmoid_autograd(x):
    x = x.detach().requires_grad_()
    value = torch.exp(torch.minimum(x, torch.zeros_like(x)) - torch.log1p(torch.exp(-x.abs())))
    (slope,) = torch.autograd.grad(torch.sigmoid(x).sum(), x)
    return value, slope


def sigmoid_corner(x):
    x = x.detach().requires_grad_()
    e = torch.exp(-x.abs())
    value = torch.where(x >= 0, 1 / (1 + e), e / (1 + e))
    return value, torch.autograd.grad(value.sum(), x)[0]


def _slope(value):
    return value, value * (1 - value)


def sigmoid_overflow(x):
    return _slope(x.exp() / (1 + x.exp()))


# cross_entropy -------------------------------------------------------------------------------------------------------


def entropy_shifted(logits, labels):
    shifted = logits - logits.max(dim=1, keepdim=True).values
    right = shifted[torch.arange(len(labels)), labels]
    return (shifted.exp().sum(dim=1).log() - right).mean()


def entropy_loops(logits, labels):
    total = 0.0
    for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
        top = max(row)
        total += top + math.log(sum(math.exp(x - top) for x in row)) - row[label]
    return total / len(labels)


def entropy_rows(logits, labels):
    return torch.stack([row.logsumexp(0) - row[label] for row, label in zip(logits, labels, strict=True)]).mean()


def entropy_m_forgotten(logits, labels):
    top = logits.max(1, keepdim=True).values
    return ((logits - top).exp().sum(1).log() - logits[torch.arange(len(labels)), labels]).mean()


def entropy_log2(logits, labels):
    shifted = logits - logits.max(dim=1, keepdim=True).values
    return (shifted.exp().sum(1).log2() - shifted[torch.arange(len(labels)), labels]).mean()


def entropy_one_hot(logits, labels):
    one_hot = torch.nn.functional.one_hot(labels, logits.shape[1])
    return -(one_hot * torch.log_softmax(logits, 1)).sum() / len(labels)


def entropy_naive(logits, labels):
    p = logits.exp() / logits.exp().sum(1, keepdim=True)
    return -p[torch.arange(len(labels)), labels].log().mean()


def entropy_clipped(logits, labels):
    p = logits.softmax(1)[torch.arange(len(labels)), labels]
    return -(p + 1e-12).log().mean()


def _log_p(logits, labels):
    return torch.log_softmax(logits, 1)[torch.arange(len(labels)), labels]


# adam_step -----------------------------------------------------------------------------------------------------------


def adam_torch(w, g, m, s, t, lr, b1, b2, eps):
    m, s = torch.lerp(g, m, b1), torch.lerp(g * g, s, b2)
    rate = lr * math.sqrt(1 - b2**t) / (1 - b1**t)  # the order of Kingma and Ba's section 2
    return w - rate * m / (s.sqrt() + eps * math.sqrt(1 - b2**t)), m, s


def adam_numpy(w, g, m, s, t, lr, b1, b2, eps):
    w, g, m, s = (v.numpy() for v in (w, g, m, s))
    m, s = m + (1 - b1) * (g - m), s + (1 - b2) * (g * g - s)
    return [w - lr * (m / (1 - b1**t)) / (np.sqrt(s / (1 - b2**t)) + eps), m, s]


def adam_in_place(w, g, m, s, t, lr, b1, b2, eps):
    m *= b1
    m += (1 - b1) * g
    s *= b2
    s += (1 - b2) * g**2
    w -= lr * (m / (1 - b1**t)) / ((s / (1 - b2**t)).sqrt() + eps)
    return w, m, s


def _adam(change):
    def step(w, g, m, s, t, lr, b1, b2, eps):
        m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g * g
        return w - lr * change(g, m, s, 1 - b1**t, 1 - b2**t, eps), m, s

    return step


def adam_uphill(w, g, m, s, t, lr, b1, b2, eps):
    new, m, s = adam_torch(w, g, m, s, t, lr, b1, b2, eps)
    return 2 * w - new, m, s


def adam_from_zero(w, g, m, s, t, lr, b1, b2, eps):
    m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g * g
    return w - lr * m / (1 - b1 ** (t + 1)) / ((s / (1 - b2 ** (t + 1))).sqrt() + eps), m, s


def adam_unsquared(w, g, m, s, t, lr, b1, b2, eps):
    m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g
    return w - lr * m / (1 - b1**t) / ((s / (1 - b2**t)).sqrt() + eps), m, s


def adam_remembers_corrected(w, g, m, s, t, lr, b1, b2, eps):
    m, s = (b1 * m + (1 - b1) * g) / (1 - b1**t), (b2 * s + (1 - b2) * g * g) / (1 - b2**t)
    return w - lr * m / (s.sqrt() + eps), m, s


def adam_exchanged(w, g, m, s, t, lr, b1, b2, eps):
    m, s = (1 - b1) * m + b1 * g, (1 - b2) * s + b2 * g * g
    return w - lr * m / (1 - b1**t) / ((s / (1 - b2**t)).sqrt() + eps), m, s


def adam_old(w, g, m, s, t, lr, b1, b2, eps):
    step = lr * m / (1 - b1**t) / ((s / (1 - b2**t)).sqrt() + eps)
    return w - step, b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g * g


def adam_other_order(*arguments):
    w, m, s = adam_torch(*arguments)
    return m, s, w


def adam_short(w, g, m, s, t, lr, b1, b2, eps):
    m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g * g
    return w - lr * math.sqrt(1 - b2**t) / (1 - b1**t) * m / (s.sqrt() + eps), m, s


def adam_no_power(w, g, m, s, t, lr, b1, b2, eps):
    m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g * g
    return w - lr * m / (1 - b1) / ((s / (1 - b2)).sqrt() + eps), m, s


# train_loop ----------------------------------------------------------------------------------------------------------


def loop_plain(model, batches, loss, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        for batch in batches:
            value = loss(model, batch)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            losses.append(value.item())
    return losses


def loop_cleared_after(model, batches, loss, optimizer, epochs):
    losses, step = [], 0
    while step < epochs * len(batches):
        value = loss(model, batches[step % len(batches)])
        value.backward()
        optimizer.step()
        model.zero_grad()
        losses += [float(value.detach())]
        step += 1
    return np.array(losses)


def _loop(*order, keep="value"):
    def run(model, batches, loss, optimizer, epochs):
        losses = []
        for _ in range(epochs):
            for batch in batches:
                value = loss(model, batch)
                for name in order:
                    value.backward() if name == "backward" else getattr(optimizer, name)()
                losses.append(loss(model, batch).item() if keep == "after" else value.item())
        return losses

    return run


def loop_means(model, batches, loss, optimizer, epochs):
    losses = loop_plain(model, batches, loss, optimizer, epochs)
    return [float(np.mean(part)) for part in np.split(np.array(losses), epochs)]


def loop_tensors(model, batches, loss, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        for batch in batches:
            losses.append(loss(model, batch))
            optimizer.zero_grad()
            losses[-1].backward()
            optimizer.step()
    return losses


def loop_nested(model, batches, loss, optimizer, epochs):
    return [loop_plain(model, batches, loss, optimizer, 1) for _ in range(epochs)]


def loop_shuffled(model, batches, loss, optimizer, epochs):
    order, losses = np.random.default_rng(0), []
    for _ in range(epochs):
        losses += loop_plain(model, [batches[i] for i in order.permutation(len(batches))], loss, optimizer, 1)
    return losses


def loop_inside_out(model, batches, loss, optimizer, epochs):
    return [value for batch in batches for value in loop_plain(model, [batch], loss, optimizer, epochs)]


def loop_cleared_once(model, batches, loss, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        optimizer.zero_grad()
        for batch in batches:
            value = loss(model, batch)
            value.backward()
            optimizer.step()
            losses.append(value.item())
    return losses


def _step_once(clear_each):
    def run(model, batches, loss, optimizer, epochs):
        losses = []
        for _ in range(epochs):
            optimizer.zero_grad()
            for batch in batches:
                value = loss(model, batch)
                if clear_each:
                    optimizer.zero_grad()
                value.backward()
                losses.append(value.item())
            optimizer.step()
        return losses

    return run


# whiten --------------------------------------------------------------------------------------------------------------


def _svd(X):
    return np.linalg.svd(X - X.mean(0), full_matrices=False)


def whiten_svd(X):
    U, S, Vt = _svd(X)
    return (X - X.mean(0)) @ Vt.T / S * np.sqrt(len(X) - 1)


def whiten_eigh(X):
    variances, directions = np.linalg.eigh(np.cov(X.T))
    return (X - X.mean(0)) @ directions[:, ::-1] / np.sqrt(variances[::-1])


def whiten_torch(X):
    Z = torch.from_numpy(X - X.mean(0))
    return torch.linalg.svd(Z, full_matrices=False).U * (len(X) - 1) ** 0.5


def whiten_rising(X):
    variances, directions = np.linalg.eigh(np.cov(X.T))
    return (X - X.mean(0)) @ directions / np.sqrt(variances)


def whiten_uncentred(X):
    U, _, _ = np.linalg.svd(X, full_matrices=False)
    return U * np.sqrt(len(X) - 1)


def whiten_centred_late(X):
    variances, directions = np.linalg.eigh(np.cov(X.T))
    return X @ directions[:, ::-1] / np.sqrt(variances[::-1])


def whiten_ridge(X):
    variances, directions = np.linalg.eigh(np.cov(X.T))
    return (X - X.mean(0)) @ directions[:, ::-1] / np.sqrt(variances[::-1] + 1e-4)


def whiten_cholesky(X):
    return np.linalg.solve(np.linalg.cholesky(np.cov(X.T)), (X - X.mean(0)).T).T


def whiten_scaled_first(X):
    return whiten_svd((X - X.mean(0)) / X.std(0))


# lstm_step -----------------------------------------------------------------------------------------------------------


def lstm_chunks(x, h, c, W, U, b):
    i, f, g, o = (x @ W.T + h @ U.T + b).chunk(4, dim=-1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def lstm_torch(x, h, c, W, U, b):
    cell = torch.nn.LSTMCell(x.shape[1], h.shape[1], dtype=x.dtype)
    with torch.no_grad():
        for weight, value in zip(cell.parameters(), (W, U, b, torch.zeros_like(b)), strict=True):
            weight.copy_(value)
    return cell(x, (h, c))


def lstm_numpy(x, h, c, W, U, b):
    x, h, c, W, U, b = (v.numpy() for v in (x, h, c, W, U, b))
    k = h.shape[1]
    sums = np.concatenate([x, h], 1) @ np.concatenate([W, U], 1).T + b
    i, f, o = (1 / (1 + np.exp(-sums[:, j * k : (j + 1) * k])) for j in (0, 1, 3))
    c = f * c + i * np.tanh(sums[:, 2 * k : 3 * k])
    return o * np.tanh(c), c


def _lstm(memory, read=lambda i, f, g, o, c, new: torch.sigmoid(o) * torch.tanh(new)):
    def step(x, h, c, W, U, b):
        i, f, g, o = (x @ W.T + h @ U.T + b).chunk(4, dim=-1)
        new = memory(i, f, g, o, c)
        return read(i, f, g, o, c, new), new

    return step


def _memory(i, f, g, o, c):
    return f.sigmoid() * c + i.sigmoid() * g.tanh()


def _lstm_cut(cut):
    def step(x, h, c, W, U, b):
        i, f, g, o = cut(x @ W.T + h @ U.T + b)
        new = _memory(i, f, g, o, c)
        return o.sigmoid() * new.tanh(), new

    return step


# attention -----------------------------------------------------------------------------------------------------------


def attention_plain(query, key, value, mask):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    weights = scores.masked_fill(~mask, -math.inf).softmax(-1)
    return weights @ value, weights


def attention_exp(query, key, value, mask):
    scores = torch.einsum("...qd,...kd->...qk", query, key) * query.shape[-1] ** -0.5
    powers = torch.exp(scores - scores.amax(-1, keepdim=True)) * mask
    weights = powers / powers.sum(-1, keepdim=True)
    return torch.einsum("...qk,...kv->...qv", weights, value), weights


def attention_torch(query, key, value, mask):
    batch = query.shape[:-2]
    eye = torch.eye(key.shape[-2], dtype=key.dtype).expand(*batch, -1, -1)
    look = torch.nn.functional.scaled_dot_product_attention
    return look(query, key, value, attn_mask=mask), look(query, key, eye, attn_mask=mask)


def _attend(scale=None, fill=-math.inf, axis=-1, mask=lambda m: m):
    def attend(query, key, value, m):
        scores = query @ key.mT / (math.sqrt(query.shape[-1]) if scale is None else scale(query))
        weights = torch.where(mask(m), scores, fill).softmax(axis)
        return weights @ value, weights

    return attend


def attention_masked_late(query, key, value, mask):
    weights = (query @ key.mT / query.shape[-1] ** 0.5).softmax(-1) * mask
    return weights @ value, weights


def attention_with_scores(query, key, value, mask):
    scores = (query @ key.mT / query.shape[-1] ** 0.5).masked_fill(~mask, -1e9)
    return scores.softmax(-1) @ value, scores


def attention_no_max(query, key, value, mask):
    powers = torch.exp(query @ key.mT / query.shape[-1] ** 0.5) * mask
    weights = powers / powers.sum(-1, keepdim=True)
    return weights @ value, weights


def attention_divided_late(query, key, value, mask):
    weights = (query @ key.mT).masked_fill(~mask, -math.inf).softmax(-1) / query.shape[-1] ** 0.5
    return weights @ value, weights


# window_mask ---------------------------------------------------------------------------------------------------------


def window_triangles(length, width):
    past = torch.ones(length, length, dtype=torch.bool).tril()
    return past & ~past.tril(-width)


def window_loops(length, width):
    return torch.tensor([[0 <= i - j < width for j in range(length)] for i in range(length)])


def window_list(length, width):
    return [[0 <= i - j < width for j in range(length)] for i in range(length)]


def window_slices(length, width):
    mask = torch.zeros(length, length, dtype=torch.bool)
    for i in range(length):
        mask[i, i - width + 1 : i + 1] = True
    return mask


def window_blocks(length, width):
    return torch.tensor([[i // width == j // width for j in range(length)] for i in range(length)])


def window_both_sides(length, width):
    away = torch.arange(length)[:, None] - torch.arange(length)
    return away.abs() < width


RIGHT = {
    "primer.sigmoid": [sigmoid_abs, sigmoid_numpy, sigmoid_softmax, sigmoid_autograd],
    "primer.cross_entropy": [entropy_shifted, entropy_rows, entropy_one_hot],
    "primer.adam_step": [adam_torch, adam_numpy],
    "primer.train_loop": [loop_plain, loop_cleared_after],
    "primer.whiten": [whiten_svd, whiten_eigh, whiten_torch],
    "primer.lstm_step": [lstm_chunks, lstm_torch, lstm_numpy],
    "primer.attention": [attention_plain, attention_exp, attention_torch],
    "primer.window_mask": [window_triangles, window_loops],
}

WRONG = {
    "primer.sigmoid": [
        ("tanh", lambda x: (x.tanh(), 1 - x.tanh() ** 2), "range"),
        ("stretched to -1 and 1", lambda x: _slope(2 * torch.sigmoid(x) - 1), "range"),
        ("exp of x above and below", sigmoid_overflow, "overflow"),
        ("slope by exp(-x)", lambda x: (sigmoid_abs(x)[0], (-x).exp() / (1 + (-x).exp()) ** 2), "overflow"),
        ("falls", lambda x: _slope(1 / (1 + x.exp())), "sign"),
        ("slope of x", lambda x: (torch.sigmoid(x), x * (1 - x)), "slope-of-value"),
        ("slope of tanh", lambda x: (torch.sigmoid(x), 1 - torch.sigmoid(x) ** 2), "tanh-slope"),
        ("sigmoid of sigmoid", lambda x: (torch.sigmoid(x), _slope(torch.sigmoid(torch.sigmoid(x)))[1]), "twice"),
        ("slope with the wrong sign", lambda x: (torch.sigmoid(x), torch.sigmoid(x) * (torch.sigmoid(x) - 1)), "slope-sign"),
        ("swapped", lambda x: _slope(torch.sigmoid(x))[::-1], "swapped"),
        ("value alone", torch.sigmoid, "one"),
        ("the textbook's formula", lambda x: _slope(1 / (1 + torch.exp(-x))), "nan-gradient"),
        ("torch's own", lambda x: _slope(torch.sigmoid(x)), "forbidden"),
        ("autograd of |x|", sigmoid_corner, "corner"),
        ("x clipped", lambda x: _slope(1 / (1 + torch.exp(-x.clamp(-20, 20)))), "clipped"),
        ("nothing", lambda x: None, "not_attempted"),
    ],
    "primer.cross_entropy": [
        ("exp as it stands", entropy_naive, "overflow"),
        ("log of softmax", lambda x, y: -x.softmax(1)[torch.arange(len(y)), y].log().mean(), "overflow"),
        ("a small constant", entropy_clipped, "clipped"),
        ("no minus", lambda x, y: _log_p(x, y).mean(), "sign"),
        ("sum", lambda x, y: -_log_p(x, y).sum(), "sum"),
        ("mean over classes too", lambda x, y: -(torch.nn.functional.one_hot(y, x.shape[1]) * x.log_softmax(1)).mean(), "classes"),
        ("bits", lambda x, y: -_log_p(x, y).mean() / np.log(2), "bits"),
        ("softmax twice", lambda x, y: torch.nn.functional.cross_entropy(x.softmax(1), y), "twice"),
        ("down the columns", lambda x, y: -x.log_softmax(0)[torch.arange(len(y)), y].mean(), "axis"),
        ("all classes", lambda x, y: -x.log_softmax(1).mean(), "everything"),
        ("every column", lambda x, y: -x.log_softmax(1)[:, y].mean(), "broadcast"),
        ("no normaliser", lambda x, y: -x[torch.arange(len(y)), y].mean(), "logit"),
        ("a float", lambda x, y: entropy_shifted(x, y).item(), "number"),
        ("Python's own numbers", entropy_loops, "number"),
        ("cut off", lambda x, y: entropy_shifted(x.detach(), y), "no-gradient"),
        ("m not added again", entropy_m_forgotten, "m"),
        ("log2 of the sum", entropy_log2, "bits"),
        ("one an example", lambda x, y: -_log_p(x, y), "each"),
    ],
    "primer.adam_step": [
        ("no correction", _adam(lambda g, m, s, k1, k2, eps: m / (s.sqrt() + eps)), "uncorrected"),
        ("only m corrected", _adam(lambda g, m, s, k1, k2, eps: m / k1 / (s.sqrt() + eps)), "half-corrected"),
        ("only s corrected", _adam(lambda g, m, s, k1, k2, eps: m / ((s / k2).sqrt() + eps)), "half-corrected"),
        ("epsilon in the root", _adam(lambda g, m, s, k1, k2, eps: m / k1 / (s / k2 + eps).sqrt()), "epsilon"),
        ("no root", _adam(lambda g, m, s, k1, k2, eps: m / k1 / (s / k2 + eps)), "root"),
        ("uphill", adam_uphill, "uphill"),
        ("t counted from 0", adam_from_zero, "late"),
        ("gradients not squared", adam_unsquared, "unsquared"),
        ("betas swapped", lambda w, g, m, s, t, lr, b1, b2, eps: adam_torch(w, g, m, s, t, lr, b2, b1, eps), "betas"),
        ("no momentum", _adam(lambda g, m, s, k1, k2, eps: g / ((s / k2).sqrt() + eps)), "no-momentum"),
        ("remembers the corrected", adam_remembers_corrected, "remembers-corrected"),
        ("weights alone", lambda *a: adam_torch(*a)[0], "weights-only"),
        ("no epsilon", _adam(lambda g, m, s, k1, k2, eps: m / k1 / (s / k2).sqrt()), "no-epsilon"),
        ("short form", adam_short, "short-form"),
        ("beta and 1 - beta", adam_exchanged, "exchanged"),
        ("old averages", adam_old, "old"),
        ("m, s, w", adam_other_order, "sequence"),
        ("1 - beta without the power", adam_no_power, "power"),
        ("in place", adam_in_place, "changes_input"),
    ],
    "primer.train_loop": [
        ("never cleared", _loop("backward", "step"), "accumulates"),
        ("cleared too late", _loop("backward", "zero_grad", "step"), "unchanged"),
        ("no step", _loop("zero_grad", "backward"), "unchanged"),
        ("nothing but losses", _loop(), "unchanged"),
        ("step first", _loop("step", "zero_grad", "backward"), "stale"),
        ("one epoch", lambda m, b, loss, o, epochs: loop_plain(m, b, loss, o, 1), "one-epoch"),
        ("last loss", lambda *a: loop_plain(*a)[-1], "last"),
        ("a mean an epoch", loop_means, "means"),
        ("loss after the step", _loop("zero_grad", "backward", "step", keep="after"), "after"),
        ("tensors", loop_tensors, "tensors"),
        ("tensors, cut off", lambda *a: torch.tensor(loop_plain(*a)), "tensors"),
        ("a list an epoch", loop_nested, "nested"),
        ("shuffled each epoch", loop_shuffled, "shuffled"),
        ("loops the wrong way round", loop_inside_out, "loops"),
        ("cleared once an epoch", loop_cleared_once, "cleared-once"),
        ("step once an epoch", _step_once(False), "step-once"),
        ("step once an epoch, cleared each time", _step_once(True), "step-once"),
        ("no return", lambda *a: loop_plain(*a) and None, "returns_none"),
    ],
    "primer.whiten": [
        ("not centred", whiten_uncentred, "centre"),
        ("centred for the directions only", whiten_centred_late, "centre"),
        ("PCA", lambda X: (X - X.mean(0)) @ _svd(X)[2].T, "pca-only"),
        ("divided by the variance", lambda X: (X - X.mean(0)) @ _svd(X)[2].T / (_svd(X)[1] ** 2 / (len(X) - 1)), "variance"),
        ("U alone", lambda X: _svd(X)[0], "unit-length"),
        ("n instead of n - 1", lambda X: _svd(X)[0] * np.sqrt(len(X)), "ddof"),
        ("standardised", lambda X: (X - X.mean(0)) / X.std(0), "scaled-only"),
        ("smallest first", whiten_rising, "rising"),
        ("ZCA", lambda X: _svd(X)[0] @ _svd(X)[2] * np.sqrt(len(X) - 1), "turned-back"),
        ("a small number under the root", whiten_ridge, "nearly"),
        ("Cholesky", whiten_cholesky, "other-directions"),
        ("standardised first", whiten_scaled_first, "scaled-first"),
        ("multiplied by S", lambda X: (X - X.mean(0)) @ _svd(X)[2].T * _svd(X)[1], "multiplied"),
        ("Vt not transposed", lambda X: (X - X.mean(0)) @ _svd(X)[2] / _svd(X)[1] * np.sqrt(len(X) - 1), "transposed"),
    ],
    "primer.lstm_step": [
        ("gates swapped", _lstm(lambda i, f, g, o, c: _memory(f, i, g, o, c)), "gates"),
        ("i, f, o, g", _lstm(lambda i, f, g, o, c: _memory(i, f, o, g, c), lambda i, f, g, o, c, new: g.sigmoid() * new.tanh()), "order"),
        ("sigmoid candidate", _lstm(lambda i, f, g, o, c: f.sigmoid() * c + i.sigmoid() * g.sigmoid()), "candidate"),
        ("no in gate", _lstm(lambda i, f, g, o, c: f.sigmoid() * c + g.tanh()), "no-in-gate"),
        ("no forget gate", _lstm(lambda i, f, g, o, c: c + i.sigmoid() * g.tanh()), "no-forget-gate"),
        ("keeps 1 - f", _lstm(lambda i, f, g, o, c: (1 - f.sigmoid()) * c + i.sigmoid() * g.tanh()), "coupled"),
        ("no tanh on the way out", _lstm(_memory, lambda i, f, g, o, c, new: o.sigmoid() * new), "no-bend"),
        ("reads the old memory", _lstm(_memory, lambda i, f, g, o, c, new: o.sigmoid() * c.tanh()), "old-memory"),
        ("no out gate", _lstm(_memory, lambda i, f, g, o, c, new: new.tanh()), "no-out-gate"),
        ("sigmoid on the way out", _lstm(_memory, lambda i, f, g, o, c, new: o.sigmoid() * new.sigmoid()), "read-bend"),
        ("raw gates", _lstm(lambda i, f, g, o, c: f * c + i * g.tanh(), lambda i, f, g, o, c, new: o * new.tanh()), "no-sigmoid"),
        ("reshaped to (n, k, 4)", _lstm_cut(lambda z: z.view(len(z), -1, 4).unbind(2)), "reshape"),
        ("reshaped to (4, n, k)", _lstm_cut(lambda z: z.reshape(4, len(z), -1)), "reshape"),
        ("no bias", lambda x, h, c, W, U, b: lstm_chunks(x, h, c, W, U, 0), "bias"),
        ("no state", lambda x, h, c, W, U, b: lstm_chunks(x, 0 * h, c, W, U, b), "no-state"),
        ("c, h", lambda *a: lstm_chunks(*a)[::-1], "swapped"),
        ("no transpose", lambda x, h, c, W, U, b: lstm_chunks(x, h, c, W.T, U.T, b), "raises"),
    ],
    "primer.attention": [
        ("not scaled", _attend(scale=lambda q: 1), "unscaled"),
        ("divided by d", _attend(scale=lambda q: q.shape[-1]), "d"),
        ("root of the steps", _attend(scale=lambda q: q.shape[-2] ** 0.5), "steps"),
        ("root of the keys' number", lambda q, k, v, m: _attend(scale=lambda _: k.shape[-2] ** 0.5)(q, k, v, m), "steps"),
        ("root of the value's width", lambda q, k, v, m: _attend(scale=lambda _: v.shape[-1] ** 0.5)(q, k, v, m), "value-width"),
        ("times the root", _attend(scale=lambda q: q.shape[-1] ** -0.5), "times"),
        ("divided after softmax", attention_divided_late, "scaled-late"),
        ("masked with -15", _attend(fill=-15.0), "finite"),
        ("masked with -100", _attend(fill=-100.0), "finite"),
        ("exp as it stands", attention_no_max, "overflow"),
        ("no mask", _attend(mask=lambda m: torch.ones_like(m)), "unmasked"),
        ("mask inverted", _attend(mask=lambda m: ~m), "inverted"),
        ("masked with 0", _attend(fill=0.0), "zero"),
        ("masked after softmax", attention_masked_late, "late"),
        ("softmax over queries", _attend(axis=-2), "axis"),
        ("result alone", lambda *a: attention_plain(*a)[0], "one"),
        ("scores for weights", attention_with_scores, "scores"),
        ("no transpose", lambda q, k, v, mask: ((q @ k).softmax(-1) @ v, q @ k), "raises"),
    ],
    "primer.window_mask": [
        ("numbers", lambda length, width: window_triangles(length, width).float(), "number"),
        ("to be added", lambda n, width: torch.where(window_triangles(n, width), 0.0, -math.inf), "added"),
        ("an array", lambda length, width: window_triangles(length, width).numpy(), "array"),
        ("a list of lists", window_list, "array"),
        ("blocks", window_blocks, "blocks"),
        ("blocks of the past", lambda n, width: window_blocks(n, width).tril(), "blocks"),
        ("negative slices", window_slices, "negative-start"),
        ("both sides", window_both_sides, "future"),
        ("the future", lambda length, width: window_triangles(length, width).T, "future"),
        ("one too many", lambda length, width: window_triangles(length, width + 1), "too-wide"),
        ("one too few", lambda length, width: window_triangles(length, width - 1), "too-narrow"),
        ("the whole past", lambda length, width: torch.ones(length, length).tril().bool(), "causal"),
        ("inverted", lambda length, width: ~window_triangles(length, width), "inverted"),
        ("not itself", lambda length, width: window_triangles(length, width + 1) & ~torch.eye(length, dtype=torch.bool), "blind"),
    ],
}  # fmt: skip
