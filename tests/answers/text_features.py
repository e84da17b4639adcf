"""Answers to chapter 02's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import numpy as np
import torch
from torch.nn import functional

# tfidf ---------------------------------------------------------------------------------------------------------------


def tfidf_sklearn(counts):
    from sklearn.feature_extraction.text import TfidfTransformer

    return TfidfTransformer().fit_transform(counts).toarray()


def tfidf_loops(counts):
    n, v = counts.shape
    out = np.zeros((n, v))
    for j in range(v):
        df = sum(counts[i, j] > 0 for i in range(n))
        out[:, j] = counts[:, j] * (np.log(1 + n) - np.log(1 + df) + 1)
    for row in out:
        if row.any():
            row /= np.sqrt(row @ row)
    return out


def tfidf_torch(counts):
    C = torch.from_numpy(counts)
    return functional.normalize(C * (torch.log((1 + len(C)) / (1 + (C > 0).sum(0))) + 1), dim=1)


def _idf(C):
    return np.log((1 + len(C)) / (1 + np.count_nonzero(C, axis=0))) + 1


def _unit(X, axis=1):
    return X / np.maximum(np.sqrt((X**2).sum(axis, keepdims=True)), 1e-12)


# negative_sampling_loss ----------------------------------------------------------------------------------------------


def negatives_einsum(centre, context, negatives):
    true = torch.einsum("bd,bd->b", centre, context)
    false = torch.einsum("bd,bkd->bk", centre, negatives)
    return (functional.softplus(-true) + functional.softplus(false).sum(1)).mean()


def negatives_bce(centre, context, negatives):
    words = torch.cat([context[:, None], negatives], dim=1)
    scores = (words * centre[:, None]).sum(-1)
    answers = torch.zeros_like(scores)
    answers[:, 0] = 1
    return functional.binary_cross_entropy_with_logits(scores, answers, reduction="none").sum(1).mean()


def negatives_loop(centre, context, negatives):
    losses = [functional.softplus(-c @ o) + functional.softplus(n @ c).sum() for c, o, n in zip(centre, context, negatives, strict=True)]
    return torch.stack(losses).mean()


def _true(c, o, n):
    return (c * o).sum(1)


def _false(c, o, n):
    return torch.einsum("bd,bkd->bk", c, n)


def naive(c, o, n):
    return -(torch.log(torch.sigmoid(_true(c, o, n))) + torch.log(1 - torch.sigmoid(_false(c, o, n))).sum(1)).mean()


# last_state ----------------------------------------------------------------------------------------------------------


def last_loop(states, lengths):
    return np.stack([states[i, n - 1] for i, n in enumerate(lengths)])


def last_take(states, lengths):
    return np.take_along_axis(states, (lengths - 1)[:, None, None], axis=1)[:, 0]


def last_torch(states, lengths):
    s, n = torch.from_numpy(states), torch.from_numpy(lengths)
    return s.gather(1, (n - 1)[:, None, None].expand(-1, 1, s.shape[2])).squeeze(1)


# mask_words ----------------------------------------------------------------------------------------------------------


def mask_steps(ids, maskable, u, v, other, mask_id):
    chosen = maskable & (u < 0.15)
    inputs, targets = ids.copy(), np.full_like(ids, -100)
    targets[chosen] = ids[chosen]
    inputs[chosen & (v < 0.8)] = mask_id
    swapped = chosen & (v >= 0.8) & (v < 0.9)
    inputs[swapped] = other[swapped]
    return inputs, targets


def mask_loops(ids, maskable, u, v, other, mask_id):
    inputs, targets = [], []
    for row in zip(ids, maskable, u, v, other, strict=True):
        read, asked = [], []
        for word, may, choose, fate, new in zip(*row, strict=True):
            chosen = may and choose < 0.15
            asked.append(word if chosen else -100)
            read.append(word if not chosen or fate >= 0.9 else mask_id if fate < 0.8 else new)
        inputs.append(read)
        targets.append(asked)
    return np.array(inputs), np.array(targets)


def _hide(chosen, ids, v, other, mask_id):
    return np.where(chosen & (v < 0.8), mask_id, np.where(chosen & (v < 0.9), other, ids))


def _variant(inputs=None, targets=None):
    """mask_words with one of its two results made by another function of (chosen, inputs, *arguments)."""

    def answer(ids, maskable, u, v, other, mask_id):
        chosen = maskable & (u < 0.15)
        read = _hide(chosen, ids, v, other, mask_id)
        asked = np.where(chosen, ids, -100)
        changed = inputs(chosen, ids, v, other, mask_id) if inputs else read
        return changed, targets(chosen, read, ids, v) if targets else asked

    return answer


def mask_in_place(ids, maskable, u, v, other, mask_id):
    targets = np.where(maskable & (u < 0.15), ids, -100)
    ids[:] = _hide(maskable & (u < 0.15), ids, v, other, mask_id)
    return ids, targets


# mean_pool -----------------------------------------------------------------------------------------------------------


def pool_loop(states, real):
    return np.stack([s[r].mean(0) if r.any() else np.zeros(s.shape[1]) for s, r in zip(states, real, strict=True)])


def pool_einsum(states, real):
    return np.einsum("btd,bt->bd", states, real.astype(float)) / real.sum(1).clip(1)[:, None]


def pool_torch(states, real):
    s, r = torch.from_numpy(states), torch.from_numpy(real)
    weights = r.double() / r.sum(1, keepdim=True).clamp(min=1)
    return (weights[:, None] @ s)[:, 0]


# next_word_loss ------------------------------------------------------------------------------------------------------


def next_ignore(logits, ids, real):
    targets = ids.masked_fill(~real, -100)[:, 1:]
    return functional.cross_entropy(logits[:, :-1].flatten(0, 1), targets.flatten())


def next_loops(logits, ids, real):
    terms = []
    for x, words, there in zip(logits.log_softmax(-1), ids, real, strict=True):
        terms += [-x[i, words[i + 1]] for i in range(len(words) - 1) if there[i + 1]]
    return sum(terms) / len(terms)


def next_gather(logits, ids, real):
    told = logits[:, :-1].log_softmax(-1).gather(2, ids[:, 1:, None])[..., 0]
    keep = real[:, 1:].float()
    return -(told * keep).sum() / keep.sum()


def _ce(logits, ids):
    return functional.cross_entropy(logits.transpose(1, 2), ids, reduction="none")


# sif -----------------------------------------------------------------------------------------------------------------


def sif_loops(counts, vectors, share, a):
    rows = [sum(c[w] * a / (a + share[w]) * vectors[w] for w in range(len(share))) / c.sum() for c in counts]
    X = np.array(rows)
    u = np.linalg.eigh(X.T @ X)[1][:, -1]
    return np.array([x - (x @ u) * u for x in X])


def sif_projector(counts, vectors, share, a):
    X = np.diag(1 / counts.sum(1)) @ counts @ np.diag(a / (a + share)) @ vectors
    u = torch.linalg.svd(torch.from_numpy(X)).Vh[0].numpy()[:, None]
    return X @ (np.eye(len(u)) - u @ u.T)


def _means(C, W, weights):
    return (C * weights) @ W / C.sum(1, keepdims=True)


def _off(X):
    u = np.linalg.svd(X)[2][0]
    return X - np.outer(X @ u, u)


def _pca(C, W, p, a):
    X = _means(C, W, a / (a + p))
    X = X - X.mean(0)
    return _off(X)


RIGHT = {
    "text_features.tfidf": [tfidf_sklearn, tfidf_loops, tfidf_torch],
    "text_features.negative_sampling_loss": [negatives_einsum, negatives_bce, negatives_loop],
    "text_features.last_state": [last_loop, last_take, last_torch],
    "text_features.mask_words": [mask_steps, mask_loops],
    "text_features.mean_pool": [pool_loop, pool_einsum, pool_torch],
    "text_features.next_word_loss": [next_ignore, next_loops, next_gather],
    "text_features.sif": [sif_loops, sif_projector],
}

WRONG = {
    "text_features.tfidf": [
        ("occurrences counted", lambda C: _unit(C * (np.log((1 + len(C)) / (1 + C.sum(0))) + 1)), "totals"),
        ("not normalised", lambda C: C * _idf(C), "length"),
        ("columns normalised", lambda C: _unit(C * _idf(C), 0), "columns"),
        ("rows sum to one", lambda C: C * _idf(C) / np.maximum((C * _idf(C)).sum(1, keepdims=True), 1e-12), "sum-to-one"),
        ("no plus one", lambda C: _unit(C * np.log((1 + len(C)) / (1 + (C > 0).sum(0)))), "no-one"),
        ("not smoothed", lambda C: _unit(C * (np.log(len(C) / (C > 0).sum(0)) + 1)), "unsmoothed"),
        ("no logarithm", lambda C: _unit(C * ((1 + len(C)) / (1 + (C > 0).sum(0)) + 1)), "no-log"),
        ("ratio upside down", lambda C: _unit(C * (np.log((1 + (C > 0).sum(0)) / (1 + len(C))) + 1)), "upside-down"),
        ("log 10", lambda C: _unit(C * (np.log10((1 + len(C)) / (1 + (C > 0).sum(0))) + 1)), "base"),
        ("log 2", lambda C: _unit(C * (np.log2((1 + len(C)) / (1 + (C > 0).sum(0))) + 1)), "base"),
        ("presence only", lambda C: _unit((C > 0) * _idf(C)), "binary"),
        ("no weights", lambda C: _unit(C), "unweighted"),
        ("empty text divides by zero", lambda C: C * _idf(C) / np.linalg.norm(C * _idf(C), axis=1, keepdims=True), "empty"),
        ("one length for all", lambda C: C * _idf(C) / np.linalg.norm(C * _idf(C)), "whole-length"),
        ("n from the columns", lambda C: _unit(C * (np.log((1 + C.shape[1]) / (1 + (C > 0).sum(0))) + 1)), "columns-counted"),
        ("weights alone", lambda C: _idf(C), "shape"),
    ],
    "text_features.negative_sampling_loss": [
        ("log of a sigmoid", naive, "overflow"),
        ("negatives pulled", lambda c, o, n: (functional.softplus(-_true(c, o, n))
                                              + functional.softplus(-_false(c, o, n)).sum(1)).mean(), "negative-sign"),
        ("both signs", lambda c, o, n: (functional.softplus(_true(c, o, n))
                                        + functional.softplus(-_false(c, o, n)).sum(1)).mean(), "signs-swapped"),
        ("log-likelihood", lambda c, o, n: -negatives_einsum(c, o, n), "reward"),
        ("mean over k", lambda c, o, n: negatives_einsum(c, o, n) - (1 - 1 / n.shape[1])
         * functional.softplus(_false(c, o, n)).sum(1).mean(), "mean-negatives"),
        ("sum over the batch", lambda c, o, n: negatives_einsum(c, o, n) * len(c), "batch-sum"),
        ("probabilities", lambda c, o, n: -(torch.sigmoid(_true(c, o, n))
                                            + torch.sigmoid(-_false(c, o, n)).sum(1)).mean(), "no-log"),
        ("no negatives", lambda c, o, n: functional.softplus(-_true(c, o, n)).mean(), "only-true"),
        ("softmax", lambda c, o, n: functional.cross_entropy(
            torch.cat([_true(c, o, n)[:, None], _false(c, o, n)], 1), torch.zeros(len(c), dtype=torch.long)), "softmax"),
        ("one a pair", lambda c, o, n: functional.softplus(-_true(c, o, n))
         + functional.softplus(_false(c, o, n)).sum(1), "per-pair"),
        ("a list", lambda c, o, n: [1.0, 2.0], "shape"),
        ("a float", lambda c, o, n: negatives_bce(c, o, n).item(), "no-gradient"),
        ("a new tensor", lambda c, o, n: torch.tensor(float(negatives_einsum(c, o, n))), "no-gradient"),
        ("a small number added", lambda c, o, n: -(torch.log(torch.sigmoid(_true(c, o, n)) + 1e-9)
                                                  + torch.log(torch.sigmoid(-_false(c, o, n)) + 1e-9).sum(1)).mean(), "floor"),
        ("clamped scores", lambda c, o, n: (functional.softplus(-_true(c, o, n).clamp(-50, 50))
                                            + functional.softplus(_false(c, o, n).clamp(-50, 50)).sum(1)).mean(), "floor"),
        ("negatives with the context", lambda c, o, n: (functional.softplus(-_true(c, o, n))
                                                        + functional.softplus(_false(o, c, n)).sum(1)).mean(), "wrong-partner"),
        ("no positive term", lambda c, o, n: functional.softplus(_false(c, o, n)).sum(1).mean(), "only-drawn"),
    ],
    "text_features.last_state": [
        ("last column", lambda s, n: s[:, -1], "padding"),
        ("one too far", lambda s, n: np.stack([x[k] for x, k in zip(s, n, strict=True)]), "one-off"),
        ("one too early", lambda s, n: np.stack([x[max(k - 2, 0)] for x, k in zip(s, n, strict=True)]), "too-early"),
        ("counted from the end", lambda s, n: np.stack([x[-k] for x, k in zip(s, n, strict=True)]), "from-the-end"),
        ("longest of the batch", lambda s, n: s[:, max(n) - 1], "longest"),
        ("all pairs", lambda s, n: s[:, n - 1], "every-pair"),
        ("first", lambda s, n: s[:, 0], "first"),
        ("mean", lambda s, n: np.array([s[i, : n[i]].mean(0) for i in range(len(s))]), "mean"),
        ("one number", lambda s, n: s[np.arange(len(s)), n - 1, 0], "shape"),
        ("lengths from the states", lambda s, n: s[np.arange(len(s)), (s != 0).any(2).sum(1) - 1], "padding"),
    ],
    "text_features.mask_words": [
        ("marks too", lambda i, m, u, v, o, k: (_hide(u < 0.15, i, v, o, k), np.where(u < 0.15, i, -100)), "marks"),
        ("always the mask", _variant(inputs=lambda c, i, v, o, k: np.where(c, k, i)), "all-hidden"),
        ("one draw for both", lambda i, m, u, v, o, k: mask_steps(i, m, u, u, o, k), "all-hidden"),
        ("none stays", _variant(inputs=lambda c, i, v, o, k: np.where(c, np.where(v < 0.8, k, o), i)), "no-stay"),
        ("bands swapped", _variant(inputs=lambda c, i, v, o, k: np.where(
            c & (v < 0.8), k, np.where(c & (v >= 0.9), o, i))), "bands"),
        ("everything is a target", _variant(targets=lambda c, read, i, v: i), "all-targets"),
        ("inverted", _variant(targets=lambda c, read, i, v: np.where(c, -100, i)), "inverted"),
        ("corrupted targets", _variant(targets=lambda c, read, i, v: np.where(c, read, -100)), "corrupted"),
        ("only hidden ones asked", _variant(targets=lambda c, read, i, v: np.where(read == 4, i, -100)), "only-masks"),
        ("zero elsewhere", _variant(targets=lambda c, read, i, v: i * c), "zero"),
        ("edges included", lambda i, m, u, v, o, k: (
            _hide(m & (u <= 0.15), i, v - 1e-12, o, k), np.where(m & (u <= 0.15), i, -100)), "edges"),
        ("outputs swapped", lambda *a: mask_steps(*a)[::-1], "swapped"),
        ("only changed ones asked", _variant(targets=lambda c, read, i, v: np.where(read != i, i, -100)), "only-changed"),
        ("minus one", _variant(targets=lambda c, read, i, v: np.where(c, i, -1)), "minus-one"),
        ("in place", mask_in_place, "changes_input"),
        ("inputs alone", lambda *a: mask_steps(*a)[0], "shape"),
    ],
    "text_features.mean_pool": [
        ("plain mean", lambda s, r: s.mean(1), "padding"),
        ("zeroed, divided by t", lambda s, r: (s * r[..., None]).mean(1), "divided-by-all"),
        ("sum", lambda s, r: (s * r[..., None]).sum(1), "sum"),
        ("words of the batch", lambda s, r: (s * r[..., None]).sum(1) / r.sum(), "whole-batch"),
        ("one vector", lambda s, r: s[r].mean(axis=0), "one-mean"),
        ("last word", lambda s, r: np.array([x[q][-1] if q.any() else 0 * x[0] for x, q in zip(s, r, strict=True)]), "last"),
        ("zero by zero", lambda s, r: (s * r[..., None]).sum(1) / r.sum(1)[:, None], "empty"),
        ("largest", lambda s, r: np.where(r[..., None], s, -9e9).max(1), "largest"),
        ("first", lambda s, r: s[:, 0], "first"),
        ("as many from the front", lambda s, r: np.array([x[: q.sum()].mean(0) if q.any() else 0 * x[0]
                                                          for x, q in zip(s, r, strict=True)]), "from-the-front"),
        ("inverted", lambda s, r: pool_loop(s, ~r), "inverted"),
        ("one too many", lambda s, r: (s * r[..., None]).sum(1) / (1 + r.sum(1, keepdims=True)), "one-more"),
    ],
    "text_features.next_word_loss": [
        ("no shift", lambda x, i, r: _ce(x, i)[r].mean(), "no-shift"),
        ("no shift, padding too", lambda x, i, r: functional.cross_entropy(x.flatten(0, 1), i.flatten()), "no-shift"),
        ("backwards", lambda x, i, r: _ce(x[:, 1:], i[:, :-1])[r[:, 1:]].mean(), "backwards"),
        ("padding counted", lambda x, i, r: _ce(x[:, :-1], i[:, 1:]).mean(), "padding"),
        ("mask of the reader", lambda x, i, r: _ce(x[:, :-1], i[:, 1:])[r[:, :-1]].mean(), "mask-shift"),
        ("divided by all", lambda x, i, r: (_ce(x[:, :-1], i[:, 1:]) * r[:, 1:]).mean(), "divided-by-all"),
        ("sum", lambda x, i, r: (_ce(x[:, :-1], i[:, 1:]) * r[:, 1:]).sum(), "sum"),
        ("mean of means", lambda x, i, r: torch.stack(
            [t[k].mean() for t, k in zip(_ce(x[:, :-1], i[:, 1:]), r[:, 1:], strict=True)]).mean(), "per-caption"),
        ("softmax twice", lambda x, i, r: next_ignore(x.softmax(2), i, r), "softmax-twice"),
        ("log-likelihood", lambda x, i, r: -next_gather(x, i, r), "reward"),
        ("classes last", lambda x, i, r: functional.cross_entropy(x[:, :-1], i[:, 1:]), "raises"),
        ("one a word", lambda x, i, r: _ce(x[:, :-1], i[:, 1:])[r[:, 1:]], "shape"),
        ("a float", lambda x, i, r: next_gather(x, i, r).item(), "no-gradient"),
        ("zero is padding", lambda x, i, r: functional.cross_entropy(
            x[:, :-1].transpose(1, 2), i[:, 1:], ignore_index=0), "number-as-padding"),
        ("rolled", lambda x, i, r: _ce(x, i.roll(-1, 1)).mean(), "round-the-corner"),
        ("flattened first", lambda x, i, r: functional.cross_entropy(
            x.reshape(-1, x.shape[2])[:-1], i.reshape(-1)[1:]), "across-captions"),
        ("flattened real ones", lambda x, i, r: functional.cross_entropy(x[r][:-1], i[r][1:]), "across-captions"),
        ("all real ones counted", lambda x, i, r: (_ce(x[:, :-1], i[:, 1:]) * r[:, 1:]).sum() / r.sum(), "first-counted"),
    ],
    "text_features.sif": [
        ("direction left", lambda C, W, p, a: _means(C, W, a / (a + p)), "not-removed"),
        ("all words alike", lambda C, W, p, a: _off(_means(C, W, 1)), "unweighted"),
        ("plain mean", lambda C, W, p, a: C @ W / C.sum(1)[:, None], "unweighted"),
        ("upside down", lambda C, W, p, a: _off(_means(C, W, (a + p) / a)), "upside-down"),
        ("share in the numerator", lambda C, W, p, a: _off(_means(C, W, p / (a + p))), "upside-down"),
        ("divided by the weights", lambda C, W, p, a: _off(
            (C * a / (a + p)) @ W / (C * a / (a + p)).sum(1)[:, None]), "weights-sum"),
        ("sum", lambda C, W, p, a: _off((C * a / (a + p)) @ W), "sum"),
        ("presence only", lambda C, W, p, a: sif_loops(np.minimum(C, 1), W, p, a), "binary"),
        ("different words", lambda C, W, p, a: _off((C * a / (a + p)) @ W / (C > 0).sum(1)[:, None]), "distinct"),
        ("a constant of its own", lambda C, W, p, a: sif_loops(C, W, p, 1e-3), "own-constant"),
        ("column of V transposed", lambda C, W, p, a: (X := _means(C, W, a / (a + p))) - np.outer(
            X @ np.linalg.svd(X)[2][:, 0], np.linalg.svd(X)[2][:, 0]), "column-of-v"),
        ("direction of the words", lambda C, W, p, a: (X := _means(C, W, a / (a + p))) - np.outer(
            X @ np.linalg.svd(W)[2][0], np.linalg.svd(W)[2][0]), "of-the-words"),
        ("direction subtracted", lambda C, W, p, a: (X := _means(C, W, a / (a + p))) - np.linalg.svd(X)[2][0], "subtracted"),
        ("centred", lambda C, W, p, a: (X := _means(C, W, a / (a + p))) - X.mean(0), "centred"),
        ("first principal component", _pca, "pca"),
        ("the part removed", lambda C, W, p, a: (X := _means(C, W, a / (a + p))) - _off(X), "common-part"),
        ("left singular vector", lambda C, W, p, a: (X := _means(C, W, a / (a + p))) - np.outer(
            np.linalg.svd(X)[0][0], X @ np.linalg.svd(X)[2][0]), "raises"),
    ],
}  # fmt: skip
