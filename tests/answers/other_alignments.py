"""Answers to chapter 09's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import math

import numpy as np
import torch
from scipy.linalg import orthogonal_procrustes, sqrtm
from torch.nn import functional

# reverse_gradient ----------------------------------------------------------------------------------------------------


def _reversal(back, forth=lambda x: x.view_as(x)):
    def answer(x, strength):
        class Reversal(torch.autograd.Function):
            @staticmethod
            def forward(context, x, strength):
                context.strength = strength
                return forth(x)

            @staticmethod
            def backward(context, gradient):
                return back(gradient, context.strength)

        return Reversal.apply(x, strength)

    return answer


def reverse_function(x, strength):
    return _reversal(lambda g, s: (-s * g, None))(x, strength)


def reverse_trick(x, strength):
    return (1 + strength) * x.detach() - strength * x


def reverse_hook(x, strength):
    y = x.clone()
    y.register_hook(lambda gradient: -strength * gradient)
    return y


def reverse_error(x, strength):
    raise ValueError("oops")


class _WithSelf(torch.autograd.Function):
    def forward(self, context, x, strength):
        return x.view_as(x)


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(context, x, strength):
        context.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(context, gradient):
        return -context.strength * gradient, None


def reverse_self(x, strength):
    return _WithSelf.apply(x, strength)


def reverse_called(x, strength):
    return _Reversal(x, strength)


def reverse_forward(x, strength):
    return _Reversal.forward(None, x, strength)


def reverse_numpy(x, strength):
    return x.detach().numpy()


# ridge_map -----------------------------------------------------------------------------------------------------------


def ridge_solve(X, Y, reg):
    return np.linalg.solve(X.T @ X + reg * np.eye(X.shape[1]), X.T @ Y)


def ridge_longer(X, Y, reg):
    more = np.vstack([X, math.sqrt(reg) * np.eye(X.shape[1])])
    return np.linalg.lstsq(more, np.vstack([Y, np.zeros((X.shape[1], Y.shape[1]))]), rcond=None)[0]


def ridge_torch(X, Y, reg):
    X, Y = torch.from_numpy(X), torch.from_numpy(Y)
    return torch.linalg.inv(X.T @ X + reg * torch.eye(X.shape[1], dtype=X.dtype)) @ X.T @ Y


def ridge_svd(X, Y, reg):
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    return Vt.T @ ((s / (s**2 + reg))[:, None] * (U.T @ Y))


def _ridge(left):
    return lambda X, Y, reg: np.linalg.pinv(left(X, reg)) @ X.T @ Y


# procrustes ----------------------------------------------------------------------------------------------------------


def procrustes_svd(X, Y):
    U, _, Vt = np.linalg.svd(X.T @ Y)
    return U @ Vt


def procrustes_scipy(X, Y):
    return orthogonal_procrustes(X, Y)[0]


def procrustes_torch(X, Y):
    U, _, V = torch.svd(torch.from_numpy(Y.T @ X))
    return (U @ V.T).T


def procrustes_rotation(X, Y):
    U, _, Vt = np.linalg.svd(X.T @ Y)
    if np.linalg.det(U @ Vt) < 0:
        U[:, -1] *= -1
    return U @ Vt


def _factors(pick):
    return lambda X, Y: pick(*np.linalg.svd(X.T @ Y))


# attended_similarity -------------------------------------------------------------------------------------------------


def attended_torch(words, regions, sharpness):
    w, r = functional.normalize(words, dim=1), functional.normalize(regions, dim=1)
    weights = (sharpness * w @ r.T).softmax(dim=1)
    return functional.cosine_similarity(w, weights @ r, dim=1).mean(), weights


def attended_numpy(words, regions, sharpness):
    w, r = (x.numpy() / np.linalg.norm(x.numpy(), axis=1, keepdims=True) for x in (words, regions))
    weights = np.exp(sharpness * w @ r.T)
    weights /= weights.sum(axis=1, keepdims=True)
    found = weights @ r
    return float(np.mean(np.sum(w * found, axis=1) / np.linalg.norm(found, axis=1))), weights


def attended_loop(words, regions, sharpness):
    unit = [region / region.norm() for region in regions]
    rows, cosines = [], []
    for word in words:
        word = word / word.norm()
        row = torch.softmax(torch.stack([sharpness * (word @ region) for region in unit]), 0)
        found = sum(a * region for a, region in zip(row, unit, strict=True))
        rows.append(row)
        cosines.append(word @ found / found.norm())
    return torch.stack(cosines).mean(), torch.stack(rows)


def attended_raw(words, regions, sharpness):
    weights = (sharpness * words @ regions.T).softmax(dim=1)
    return functional.cosine_similarity(words, weights @ regions, dim=1).mean(), weights


def attended_whole(words, regions, sharpness):
    w, r = functional.normalize(words, dim=1), functional.normalize(regions, dim=1)
    weights = (sharpness * w @ r.T).flatten().softmax(0).reshape(len(w), len(r))
    return functional.cosine_similarity(w, weights @ r, dim=1).mean(), weights


def _attended(axis=1, sharp=lambda s: s, raw=False, raw_regions=False, score=None):
    def answer(words, regions, sharpness):
        w, r = functional.normalize(words, dim=1), functional.normalize(regions, dim=1)
        cosines = words @ regions.T if raw else w @ r.T
        weights = (sharp(sharpness) * cosines).softmax(dim=axis)
        found = weights @ (regions if raw_regions else r)
        each = functional.cosine_similarity(w, found, dim=1)
        return (each.mean() if score is None else score(w, found, each, cosines)), weights

    return answer


# caption_scores ------------------------------------------------------------------------------------------------------


def padded_einsum(words, real, regions, sharpness):
    words = words.masked_fill(~real[..., None], 0)
    w, r = functional.normalize(words, dim=-1), functional.normalize(regions, dim=-1)
    weights = (sharpness * torch.einsum("btd,crd->bctr", w, r)).softmax(-1)
    found = torch.einsum("bctr,crd->bctd", weights, r)
    each = functional.cosine_similarity(w[:, None], found, dim=-1)
    return (each * real[:, None]).sum(-1) / real.sum(1)[:, None]


def padded_loop(words, real, regions, sharpness):
    rows = [[attended_torch(w[keep], r, sharpness)[0] for r in regions] for w, keep in zip(words, real, strict=True)]
    return torch.stack([torch.stack(row) for row in rows])


def padded_numpy(words, real, regions, sharpness):
    out = np.empty((len(words), len(regions)))
    for i, kept in enumerate(real):
        for j, picture in enumerate(regions):
            out[i, j] = attended_numpy(words[i][kept], picture, sharpness)[0]
    return out


def padded_prefix(words, real, regions, sharpness):
    lengths = real.sum(1).tolist()
    rows = [[attended_torch(w[:n], r, sharpness)[0] for r in regions] for w, n in zip(words, lengths, strict=True)]
    return torch.stack([torch.stack(row) for row in rows])


def _padded(axis=-1, unit=functional.normalize, cosine=functional.cosine_similarity, count=lambda real: real.sum(1)[:, None]):
    def answer(words, real, regions, sharpness):
        words = _filled(words, real)
        w, r = unit(words, dim=-1), unit(regions, dim=-1)
        weights = (sharpness * torch.einsum("btd,crd->bctr", w, r)).softmax(axis)
        each = cosine(w[:, None], torch.einsum("bctr,crd->bctd", weights, r), dim=-1)
        return (each * real[:, None]).sum(-1) / count(real)

    return answer


def _as_it_is(x, dim):
    return x


def _dot(a, b, dim):
    return (a * b).sum(dim)


def padded_nan_mean(words, real, regions, sharpness):
    each = _each(words, regions, sharpness).masked_fill(~real[:, None], math.nan)
    return each.nanmean(-1)


def _each(words, regions, sharpness):
    w, r = functional.normalize(words, dim=-1), functional.normalize(regions, dim=-1)
    weights = (sharpness * torch.einsum("btd,crd->bctr", w, r)).softmax(-1)
    return functional.cosine_similarity(w[:, None], torch.einsum("bctr,crd->bctd", weights, r), dim=-1)


def _filled(words, real):
    return words.masked_fill(~real[..., None], 0)


# sparse_attention ----------------------------------------------------------------------------------------------------


def _cosines(words, regions):
    return functional.normalize(words, dim=1) @ functional.normalize(regions, dim=1).T


def sparse_threshold(words, regions, k, sharpness):
    scores = sharpness * _cosines(words, regions)
    return scores.masked_fill(scores < scores.topk(k, dim=1).values[:, -1:], -math.inf).softmax(dim=1)


def sparse_renormalised(words, regions, k, sharpness):
    weights = (sharpness * _cosines(words, regions)).softmax(1)
    kept = weights * (weights >= weights.sort(dim=1, descending=True).values[:, k - 1 : k])
    return kept / kept.sum(1, keepdim=True)


def sparse_numpy(words, regions, k, sharpness):
    scores = sharpness * _cosines(words, regions).numpy()
    out = np.zeros_like(scores)
    for row, given in zip(out, scores, strict=True):
        best = np.argsort(-given)[:k]
        row[best] = np.exp(given[best]) / np.exp(given[best]).sum()
    return out


def _sparse(fill=-math.inf, axis=1, largest=True, sharp=lambda s: s):
    def answer(words, regions, k, sharpness):
        scores = sharp(sharpness) * _cosines(words, regions)
        best = scores.topk(min(k, scores.shape[axis]), dim=axis, largest=largest).indices
        kept = torch.zeros_like(scores, dtype=torch.bool).scatter(axis, best, True)
        return scores.masked_fill(~kept, fill).softmax(dim=1)

    return answer


def sparse_above(words, regions, k, sharpness):
    scores = sharpness * _cosines(words, regions)
    return scores.masked_fill(~(scores > scores.topk(k, dim=1).values[:, -1:]), -math.inf).softmax(dim=1)


def sparse_of_all(words, regions, k, sharpness):
    scores = sharpness * _cosines(words, regions)
    return scores.masked_fill(scores < scores.flatten().topk(k).values[-1], -math.inf).softmax(1)


def sparse_products(words, regions, k, sharpness):
    scores = sharpness * words @ regions.T
    return scores.masked_fill(scores < scores.topk(k, dim=1).values[:, -1:], -math.inf).softmax(dim=1)


def sparse_cut_late(words, regions, k, sharpness):
    weights = (sharpness * _cosines(words, regions)).softmax(1)
    return weights * (weights >= weights.topk(k, dim=1).values[:, -1:])


# distillation_loss ---------------------------------------------------------------------------------------------------


def distillation_torch(student, teacher, temperature):
    p, q = (functional.log_softmax(x / temperature, dim=1) for x in (teacher, student))
    return temperature**2 * functional.kl_div(q, p, reduction="batchmean", log_target=True)


def distillation_by_hand(student, teacher, temperature):
    log_p, log_q = ((x / temperature) - (x / temperature).logsumexp(1, keepdim=True) for x in (teacher, student))
    return temperature**2 * (log_p.exp() * (log_p - log_q)).sum(1).mean()


def distillation_entropies(student, teacher, temperature):
    p = (teacher / temperature).softmax(1)
    cross = functional.cross_entropy(student / temperature, p)
    return temperature**2 * (cross - functional.cross_entropy(teacher / temperature, p))


def distillation_floor(student, teacher, temperature):
    p, q = ((x / temperature).softmax(1) for x in (teacher, student))
    return temperature**2 * (p * ((p + 1e-12).log() - (q + 1e-12).log())).sum(1).mean()


def distillation_clamped(student, teacher, temperature):
    p, q = ((x / temperature).softmax(1).clamp_min(1e-8) for x in (teacher, student))
    return temperature**2 * (p * (p.log() - q.log())).sum(1).mean()


def distillation_numpy(student, teacher, temperature):
    def log_softmax(x):
        x = x.detach().numpy() / temperature
        x = x - x.max(axis=1, keepdims=True)
        return x - np.log(np.exp(x).sum(axis=1, keepdims=True))

    log_p, log_q = log_softmax(teacher), log_softmax(student)
    return temperature**2 * np.mean(np.sum(np.exp(log_p) * (log_p - log_q), axis=1))


def _kl(student, teacher, dim=1, reduce=lambda rows: rows.mean()):
    log_p, log_q = (functional.log_softmax(x, dim=dim) for x in (teacher, student))
    return reduce((log_p.exp() * (log_p - log_q)).sum(dim))


def distillation_naive(student, teacher, temperature):
    p, q = ((x / temperature).exp() for x in (teacher, student))
    p, q = p / p.sum(1, keepdim=True), q / q.sum(1, keepdim=True)
    return temperature**2 * (p * (p.log() - q.log())).sum(1).mean()


def distillation_log_of_softmax(student, teacher, temperature):
    p, q = ((x / temperature).softmax(1) for x in (teacher, student))
    return temperature**2 * (p * (p.log() - q.log())).sum(1).mean()


# coral ---------------------------------------------------------------------------------------------------------------


def _root(C, power):
    values, V = np.linalg.eigh(C)
    return V * values**power @ V.T


def coral_eigen(source, target, reg):
    C_s, C_t = (np.cov(X, rowvar=False) + reg * np.eye(X.shape[1]) for X in (source, target))
    return (source - source.mean(0)) @ _root(C_s, -0.5) @ _root(C_t, 0.5) + target.mean(0)


def coral_scipy(source, target, reg):
    eye = np.eye(source.shape[1])
    S = sqrtm(np.cov(source.T) + reg * eye).real
    return np.linalg.solve(S, (source - source.mean(0)).T).T @ sqrtm(np.cov(target.T) + reg * eye).real + target.mean(0)


def coral_torch(source, target, reg):
    source, target = torch.from_numpy(source), torch.from_numpy(target)

    def root(X, power):
        X = X - X.mean(0)
        values, V = torch.linalg.eigh(X.T @ X / (len(X) - 1) + reg * torch.eye(X.shape[1], dtype=X.dtype))
        return V @ torch.diag(values**power) @ V.T

    return (source - source.mean(0)) @ root(source, -0.5) @ root(target, 0.5) + target.mean(0)


def _coral(out=-0.5, into=0.5, ddof=1, root=_root, back=lambda s, t, A: t.mean(0)):
    def answer(source, target, reg):
        C_s, C_t = (np.cov(X, rowvar=False, ddof=ddof) + reg * np.eye(X.shape[1]) for X in (source, target))
        A = root(C_s, out) @ root(C_t, into)
        return (source - source.mean(0)) @ A + back(source, target, A)

    return answer


def _lower(C, power):
    L = np.linalg.cholesky(C)
    return np.linalg.inv(L).T if power < 0 else L.T


def _half(C, power):
    values, V = np.linalg.eigh(C)
    return V @ np.diag(values**power)


def _wrong_sides(C, power):
    values, V = np.linalg.eigh(C)
    return V.T @ np.diag(values**power) @ V


def coral_everywhere(source, target, reg):
    C_s, C_t = (np.cov(X, rowvar=False) + reg for X in (source, target))
    return (source - source.mean(0)) @ _root(C_s, -0.5) @ _root(C_t, 0.5) + target.mean(0)


def coral_sums(source, target, reg):
    sums = [(X - X.mean(0)).T @ (X - X.mean(0)) + reg * np.eye(X.shape[1]) for X in (source, target)]
    return (source - source.mean(0)) @ _root(sums[0], -0.5) @ _root(sums[1], 0.5) + target.mean(0)


def coral_order(source, target, reg):
    C_s, C_t = (np.cov(X, rowvar=False) + reg * np.eye(X.shape[1]) for X in (source, target))
    return (source - source.mean(0)) @ _root(C_t, 0.5) @ _root(C_s, -0.5) + target.mean(0)


RIGHT = {
    "other_alignments.reverse_gradient": [reverse_function, reverse_trick, reverse_hook],
    "other_alignments.ridge_map": [ridge_solve, ridge_longer, ridge_torch, ridge_svd],
    "other_alignments.procrustes": [procrustes_svd, procrustes_scipy, procrustes_torch],
    "other_alignments.attended_similarity": [attended_torch, attended_numpy, attended_loop],
    "other_alignments.caption_scores": [padded_einsum, padded_loop, padded_numpy, padded_nan_mean],
    "other_alignments.sparse_attention": [sparse_threshold, sparse_renormalised, sparse_numpy],
    "other_alignments.distillation_loss": [distillation_torch, distillation_by_hand, distillation_entropies],
    "other_alignments.coral": [coral_eigen, coral_scipy, coral_torch],
}

WRONG = {
    "other_alignments.reverse_gradient": [
        ("one gradient for two arguments", _reversal(lambda g, s: -s * g), "arity"),
        ("the value reversed", lambda x, strength: -strength * x, "value"),
        ("value doubled", lambda x, strength: x + x.detach(), "value"),
        ("detached", lambda x, strength: x.detach(), "no-gradient"),
        ("an array", reverse_numpy, "no-gradient"),
        ("backward gives nothing", _reversal(lambda g, s: (None, None)), "no-gradient"),
        ("x itself", lambda x, strength: x, "identity"),
        ("a copy", lambda x, strength: 1 * x, "identity"),
        ("by one", _reversal(lambda g, s: (-g, None)), "strength"),
        ("no minus", _reversal(lambda g, s: (s * g, None)), "sign"),
        ("no minus, a trick", lambda x, strength: (1 - strength) * x.detach() + strength * x, "sign"),
        ("not the gradient that came", _reversal(lambda g, s: (torch.full_like(g, -s), None)), "constant"),
        ("divided", _reversal(lambda g, s: (-g / s, None)), "divided"),
        ("only half cut off", lambda x, strength: x - strength * (x - x.detach()), "added"),
        ("an error", reverse_error, "raises"),
        ("self in the methods", reverse_self, "raises"),
        ("class called", reverse_called, "not-applied"),
        ("forward called", reverse_forward, "raises"),
        ("backward fails", _reversal(lambda g, s: (-s * g * g.nothing, None)), "backward"),
        ("flattened", lambda x, strength: reverse_function(x.flatten(), strength), "shape"),
        ("gradients in the other order", _reversal(lambda g, s: (None, -s * g)), "order"),
        ("strength or 1", lambda x, strength: reverse_function(x, strength or 1.0), "at-zero"),
        ("twice", _reversal(lambda g, s: (-2 * s * g, None)), "gradient"),
    ],
    "other_alignments.ridge_map": [
        ("least squares", lambda X, Y, reg: np.linalg.lstsq(X, Y, rcond=None)[0], "no-ridge"),
        ("added to all entries", _ridge(lambda X, reg: X.T @ X + reg), "everywhere"),
        ("means", lambda X, Y, reg: np.linalg.solve(X.T @ X / len(X) + reg * np.eye(X.shape[1]), X.T @ Y / len(X)), "mean"),
        ("twice", _ridge(lambda X, reg: X.T @ X + 2 * reg * np.eye(X.shape[1])), "factor"),
        ("half", _ridge(lambda X, reg: X.T @ X + reg / 2 * np.eye(X.shape[1])), "factor"),
        ("squared", _ridge(lambda X, reg: X.T @ X + reg**2 * np.eye(X.shape[1])), "squared"),
        ("root", _ridge(lambda X, reg: X.T @ X + reg**0.5 * np.eye(X.shape[1])), "root"),
        ("subtracted", _ridge(lambda X, reg: X.T @ X - reg * np.eye(X.shape[1])), "minus"),
        ("centred", lambda X, Y, reg: ridge_solve(X - X.mean(0), Y - Y.mean(0), reg), "centred"),
        ("the other way", lambda X, Y, reg: ridge_solve(Y, X, reg), "swapped"),
        ("transposed", lambda X, Y, reg: ridge_solve(X, Y, reg).T, "transposed"),
        ("mapped", lambda X, Y, reg: X @ ridge_solve(X, Y, reg), "mapped"),
        ("X.T forgotten", lambda X, Y, reg: np.linalg.solve(X @ X + reg, Y), "raises"),
    ],
    "other_alignments.procrustes": [
        ("of Y'X", lambda X, Y: procrustes_svd(Y, X), "turned-back"),
        ("with S", _factors(lambda U, S, Vt: U * S @ Vt), "stretched"),
        ("U V", _factors(lambda U, S, Vt: U @ Vt.T), "not-transposed"),
        ("minus", lambda X, Y: -procrustes_svd(X, Y), "negative"),
        ("unit rows", lambda X, Y: procrustes_svd(*(A / np.linalg.norm(A, axis=1, keepdims=True) for A in (X, Y))), "unit-rows"),
        ("of the rows", lambda X, Y: procrustes_svd(X.T, Y.T), "shape"),
        ("U", _factors(lambda U, S, Vt: U), "one-factor"),
        ("V", _factors(lambda U, S, Vt: Vt.T), "one-factor"),
        ("a proper rotation", procrustes_rotation, "no-mirror"),
        ("least squares", lambda X, Y: np.linalg.lstsq(X, Y, rcond=None)[0], "least-squares"),
        ("centred", lambda X, Y: procrustes_svd(X - X.mean(0), Y - Y.mean(0)), "centred"),
        ("turned rows", lambda X, Y: X @ procrustes_svd(X, Y), "mapped"),
        ("of XY", lambda X, Y: procrustes_svd(X.T, Y), "raises"),
    ],
    "other_alignments.attended_similarity": [
        ("softmax over words", _attended(axis=0), "axis"),
        ("no sharpness", _attended(sharp=lambda s: 1.0), "not-sharp"),
        ("divided", _attended(sharp=lambda s: 1 / s), "divided"),
        ("dot products", _attended(raw=True), "products"),
        ("sum of long regions", _attended(raw_regions=True), "unit-late"),
        ("dot product in the end", _attended(score=lambda w, found, each, c: (w * found).sum(1).mean()), "product"),
        ("best region", _attended(score=lambda w, found, each, c: c.max(1).values.mean()), "best"),
        ("sum", _attended(score=lambda w, found, each, c: each.sum()), "summed"),
        ("one a word", _attended(score=lambda w, found, each, c: each), "each-word"),
        ("weights first", lambda *a: attended_torch(*a)[::-1], "swapped"),
        ("score alone", lambda *a: attended_torch(*a)[0], "one"),
        ("weights alone", lambda *a: attended_torch(*a)[1], "one"),
        ("nothing normalised", lambda w, r, s: attended_raw(w, r, s), "not-unit"),
        ("columns normalised", lambda w, r, s: attended_raw(*(functional.normalize(x, dim=0) for x in (w, r)), s), "columns-unit"),
        ("softmax of the matrix", attended_whole, "whole"),
        ("by the root of d", lambda w, r, s: attended_torch(w, r, s / math.sqrt(w.shape[1])), "root"),
        ("score negated", lambda *a: (-attended_torch(*a)[0], attended_torch(*a)[1]), "score-differs"),
        ("sharpness squared", lambda w, r, s: attended_torch(w, r, s**2), "weights-differ"),
        ("no transpose", lambda w, r, s: ((w @ r).softmax(1), w), None),
    ],
    "other_alignments.caption_scores": [
        ("times the mask", lambda w, real, r, s: (_each(w, r, s) * real[:, None]).sum(-1) / real.sum(1)[:, None], "nan"),
        ("padding counts", lambda w, real, r, s: _each(w.nan_to_num(0.3), r, s).mean(-1), "padding-counts"),
        ("divided by t", lambda w, real, r, s: (_each(_filled(w, real), r, s) * real[:, None]).mean(-1), "divided-by-all"),
        ("added", lambda w, real, r, s: (_each(_filled(w, real), r, s) * real[:, None]).sum(-1), "summed"),
        ("mask inverted", lambda w, real, r, s: (_each(w, r, s) * ~real[:, None]).sum(-1) / (~real).sum(1)[:, None], "inverted"),
        ("across", lambda *a: padded_einsum(*a).T, "transposed"),
        ("the first ones", padded_prefix, "at-end"),
        ("softmax over words", _padded(axis=-2), "axis"),
        ("nothing normalised", _padded(unit=_as_it_is), "not-unit"),
        ("dot product in the end", _padded(cosine=_dot), "product"),
        ("mean length", _padded(count=lambda real: real.sum(1).double().mean()), "batch-mean"),
        ("pairs only", lambda w, real, r, s: padded_einsum(w, real, r, s).diagonal(), "pairs-only"),
        ("one a word", lambda w, real, r, s: _each(_filled(w, real), r, s), "per-word"),
    ],
    "other_alignments.sparse_attention": [
        ("cut after", sparse_cut_late, "not-summing"),
        ("zero", _sparse(fill=0.0), "zero"),
        ("minus twelve", _sparse(fill=-12.0), "finite"),
        ("everything", lambda w, r, k, s: (s * _cosines(w, r)).softmax(1), "all"),
        ("best words", _sparse(axis=0), "words"),
        ("best of all", sparse_of_all, "of-all"),
        ("worst", _sparse(largest=False), "worst"),
        ("one more", lambda w, r, k, s: sparse_threshold(w, r, min(k + 1, len(r)), s), "one-off"),
        ("above the k-th", sparse_above, "one-off"),
        ("the best alone", lambda w, r, k, s: sparse_threshold(w, r, 1, s), "best-one"),
        ("k a word, of all", lambda w, r, k, s: sparse_of_all(w, r, k * len(w), s), "of-all"),
        ("evenly", lambda w, r, k, s: (sparse_threshold(w, r, k, s) > 0) / k, "even"),
        ("no sharpness", _sparse(sharp=lambda s: 1.0), "not-sharp"),
        ("dot products", sparse_products, "products"),
    ],
    "other_alignments.distillation_loss": [
        ("exp as it stands", distillation_naive, "overflow"),
        ("log of softmax", distillation_log_of_softmax, "overflow"),
        ("a small number added", distillation_floor, "floor"),
        ("clamped", distillation_clamped, "floor"),
        ("student detached", lambda s, t, T: distillation_torch(s.detach(), t, T), "no-gradient"),
        ("a float", lambda s, t, T: float(distillation_torch(s, t, T)), "no-gradient"),
        ("NumPy", distillation_numpy, "no-gradient"),
        ("no T²", lambda s, t, T: _kl(s / T, t / T), "no-square"),
        ("T", lambda s, t, T: T * _kl(s / T, t / T), "once"),
        ("reversed", lambda s, t, T: T**2 * _kl(t / T, s / T), "reversed"),
        ("student alone softened", lambda s, t, T: T**2 * _kl(s / T, t), "hot-only"),
        ("teacher alone softened", lambda s, t, T: T**2 * _kl(s, t / T), "hot-only"),
        ("multiplied", lambda s, t, T: T**2 * _kl(s * T, t * T), "multiplied"),
        ("T forgotten", lambda s, t, T: _kl(s, t), "no-temperature"),
        ("T only outside", lambda s, t, T: T**2 * _kl(s, t), "no-temperature"),
        ("mean over entries", lambda s, t, T: T**2 * _kl(s / T, t / T) / s.shape[1], "every-entry"),
        ("sum", lambda s, t, T: T**2 * _kl(s / T, t / T, reduce=torch.sum), "summed"),
        ("columns", lambda s, t, T: T**2 * _kl(s / T, t / T, dim=0), "axis"),
        ("cross-entropy", lambda s, t, T: -(T**2) * ((t / T).softmax(1) * (s / T).log_softmax(1)).sum(1).mean(), "cross-entropy"),
        ("hard labels", lambda s, t, T: functional.cross_entropy(s, t.argmax(1)), "hard"),
        ("hard labels, softened", lambda s, t, T: T**2 * functional.cross_entropy(s / T, t.argmax(1)), "hard"),
        ("squared error", lambda s, t, T: ((s - t) ** 2).mean(), "squared-error"),
        ("each row", lambda s, t, T: T**2 * _kl(s / T, t / T, reduce=lambda rows: rows), None),
    ],
    "other_alignments.coral": [
        ("around zero", _coral(back=lambda s, t, A: 0), "no-target-mean"),
        ("around its own mean", _coral(back=lambda s, t, A: s.mean(0)), "own-mean"),
        ("not centred", _coral(back=lambda s, t, A: s.mean(0) @ A), "own-mean"),
        ("neither centred", _coral(back=lambda s, t, A: s.mean(0) @ A + t.mean(0)), "own-mean"),
        ("means apart", _coral(back=lambda s, t, A: s.mean(0) @ A + t.mean(0) - s.mean(0)), "own-mean"),
        ("eigenvectors not turned back", _coral(root=_half), "eigenvectors"),
        ("eigenvectors on the wrong sides", _coral(root=_wrong_sides), "eigenvectors"),
        ("ridge on every entry", coral_everywhere, "everywhere"),
        ("sums of squares", coral_sums, "undivided"),
        ("coloured first", coral_order, "order"),
        ("inverse", _coral(out=-1, into=1), "no-root"),
        ("inverse, then root", _coral(out=-1), "no-root"),
        ("not whitened", _coral(out=0.0), "not-whitened"),
        ("not coloured", _coral(into=0.0), "not-coloured"),
        ("target moved", lambda s, t, reg: coral_eigen(t, s, reg), "backwards"),
        ("Cholesky", _coral(root=_lower), "other-root"),
        ("columns alone", lambda s, t, reg: (s - s.mean(0)) / s.std(0) * t.std(0) + t.mean(0), "columns"),
        ("no ridge", lambda s, t, reg: coral_eigen(s, t, 0.0), "no-ridge"),
        ("divided by n", _coral(ddof=0), "divisor"),
    ],
}  # fmt: skip
