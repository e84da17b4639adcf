"""Answers to chapter 12's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import itertools
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  as most answers call it

from mmlearn.fusion.tensor import contract

# interaction ---------------------------------------------------------------------------------------------------------


def interaction_two_steps(table):
    rest = table - table.mean(axis=1, keepdims=True)
    return rest - rest.mean(axis=0, keepdims=True)


def interaction_loops(table):
    rows, columns = table.shape
    result = np.empty_like(table)
    for i in range(rows):
        for j in range(columns):
            result[i, j] = table[i, j] - sum(table[i]) / columns - sum(table[:, j]) / rows + table.sum() / table.size
    return result


def interaction_projection(table):
    left = np.eye(len(table)) - 1 / len(table)
    right = np.eye(table.shape[1]) - 1 / table.shape[1]
    return left @ table @ right


def _rows(t):
    return t.mean(axis=1, keepdims=True)


def _columns(t):
    return t.mean(axis=0, keepdims=True)


# all_products --------------------------------------------------------------------------------------------------------


def _one(h):
    return torch.cat([h, torch.ones(len(h), 1, dtype=h.dtype)], dim=1)


def _flat(zs):
    result = zs[0]
    for z in zs[1:]:
        result = (result[:, :, None] * z[:, None, :]).flatten(1)
    return result


def products_filled(vectors, present):
    return _flat([_one(h.masked_fill(~present[:, m : m + 1], 0)) for m, h in enumerate(vectors)])


def products_einsum(vectors, present):
    zs = [_one(torch.where(present[:, [m]], h, torch.zeros_like(h))) for m, h in enumerate(vectors)]
    letters = "ijkl"[: len(zs)]
    return torch.einsum(",".join("b" + c for c in letters) + "->b" + letters, *zs).reshape(len(present), -1)


def products_rows(vectors, present):
    rows = []
    for r in range(len(present)):
        row = torch.ones(1, dtype=vectors[0].dtype)
        for m, h in enumerate(vectors):
            z = torch.cat([h[r] if present[r, m] else torch.zeros_like(h[r]), torch.ones(1, dtype=h.dtype)])
            row = torch.kron(row, z)
        rows.append(row)
    return torch.stack(rows)


def _masked(vectors, present):
    return [torch.where(present[:, m, None], h, 0.0) for m, h in enumerate(vectors)]


def products_times_mask(vectors, present):
    return _flat([_one(h * present[:, m, None]) for m, h in enumerate(vectors)])


def products_silenced(vectors, present):
    return _flat([torch.where(present[:, m, None], _one(h), 0.0) for m, h in enumerate(vectors)])


def products_unflattened(vectors, present):
    return products_filled(vectors, present).reshape(len(present), *(h.shape[1] + 1 for h in vectors))


# by_order ------------------------------------------------------------------------------------------------------------


def order_subsets(weight, vectors):
    n, batch = len(vectors), len(vectors[0])
    parts = [torch.zeros(batch, weight.shape[-1], dtype=weight.dtype) for _ in range(n + 1)]
    for subset in itertools.chain.from_iterable(itertools.combinations(range(n), k) for k in range(n + 1)):
        block, zs = weight, []
        for m in range(n):
            block = block.narrow(m, 0, vectors[m].shape[1]) if m in subset else block.narrow(m, vectors[m].shape[1], 1)
            zs.append(vectors[m] if m in subset else torch.ones(batch, 1, dtype=weight.dtype))
        parts[len(subset)] = parts[len(subset)] + _flat(zs) @ block.reshape(-1, weight.shape[-1])
    return torch.stack(parts)


def order_polynomial(weight, vectors):
    """The parts are the coefficients of the fusion of t · h: solved from its values at n + 1 places t."""
    n = len(vectors)
    t = torch.arange(n + 1, dtype=weight.dtype)
    values = torch.stack([_flat([_one(s * x) for x in vectors]) @ weight.flatten(0, -2) for s in t])
    return torch.linalg.solve(t[:, None] ** torch.arange(n + 1), values.flatten(1)).reshape(values.shape)


def order_positions(weight, vectors):
    """Every entry of the outer product knows how many of its indices are not the last."""
    products = _flat([_one(x) for x in vectors])
    counts = torch.zeros(weight.shape[:-1], dtype=torch.long)
    for m, x in enumerate(vectors):
        shape = [1] * len(vectors)
        shape[m] = -1
        counts = counts + (torch.arange(x.shape[1] + 1) < x.shape[1]).long().reshape(shape)
    flat = weight.flatten(0, -2)
    return torch.stack([products @ (flat * (counts.flatten() == k)[:, None]) for k in range(len(vectors) + 1)])


def order_total(weight, vectors):
    whole = _flat([_one(x) for x in vectors]) @ weight.flatten(0, -2)
    return torch.stack([whole] * (len(vectors) + 1))


def order_overlap(weight, vectors):
    n = len(vectors)
    parts = [0] * (n + 1)
    for which in itertools.product((0, 1), repeat=n):
        zs = [_one(x * k) for x, k in zip(vectors, which, strict=True)]
        parts[sum(which)] = parts[sum(which)] + _flat(zs) @ weight.flatten(0, -2)
    return torch.stack(parts)


def order_one_set(weight, vectors):
    n, parts = len(vectors), []
    for k in range(n + 1):
        zs = [F.pad(x, (0, 1)) if m < k else F.pad(0 * x, (0, 1), value=1.0) for m, x in enumerate(vectors)]
        parts.append(_flat(zs) @ weight.flatten(0, -2))
    return torch.stack(parts)


def order_averaged(weight, vectors):
    n = len(vectors)
    return order_subsets(weight, vectors) / torch.tensor([math.comb(n, k) for k in range(n + 1)])[:, None, None]


def order_sets(weight, vectors, absent=None, present=None, sets=itertools.combinations, add=True):
    n = len(vectors)
    absent = absent or (lambda x: F.pad(0 * x, (0, 1), value=1.0))
    present = present or (lambda x: F.pad(x, (0, 1)))
    parts = torch.zeros(n + 1, len(vectors[0]), weight.shape[-1], dtype=weight.dtype)
    for k in range(n + 1):
        for which in sets(range(n), k):
            part = contract(weight, [present(x) if m in which else absent(x) for m, x in enumerate(vectors)])
            parts[k] = parts[k] + part if add else part
    return parts


def order_part_a_set(weight, vectors):
    parts = []
    for which in itertools.product((0, 1), repeat=len(vectors)):
        zs = [F.pad(x, (0, 1)) if k else F.pad(0 * x, (0, 1), value=1.0) for x, k in zip(vectors, which, strict=True)]
        parts.append(contract(weight, zs))
    return torch.stack(parts)


# low_rank ------------------------------------------------------------------------------------------------------------


def _answers(factors, vectors):
    return [torch.einsum("bi,irk->brk", _one(x), f) for f, x in zip(factors, vectors, strict=True)]


def low_rank_stack(factors, vectors):
    return torch.stack(_answers(factors, vectors)).prod(0).sum(1)


def low_rank_loops(factors, vectors):
    batch, rank, out = len(vectors[0]), *factors[0].shape[1:]
    y = np.zeros((batch, out))
    for r in range(rank):
        term = np.ones((batch, out))
        for f, x in zip(factors, vectors, strict=True):
            term = term * (x.numpy() @ f[:-1, r].numpy() + f[-1, r].numpy())
        y += term
    return y


def low_rank_matmul(factors, vectors):
    product = 1
    for f, x in zip(factors, vectors, strict=True):
        product = product * (_one(x) @ f.flatten(1)).reshape(len(x), *f.shape[1:])
    return product.sum(dim=-2)


def _product(parts):
    result = parts[0]
    for part in parts[1:]:
        result = result * part
    return result


def low_rank_one_first(factors, vectors):
    return _product([torch.einsum("bi,irk->brk", F.pad(x, (1, 0), value=1.0), f)
                     for f, x in zip(factors, vectors, strict=True)]).sum(1)  # fmt: skip


def low_rank_no_one(factors, vectors):
    return _product([torch.einsum("bi,irk->brk", x, f[:-1]) for f, x in zip(factors, vectors, strict=True)]).sum(1)


def low_rank_mixed_up(factors, vectors):
    parts = []
    for f, x in zip(factors, vectors, strict=True):
        d, rank, out = f.shape
        parts.append((_one(x) @ f.reshape(d, rank * out)).reshape(-1, out, rank))
    return _product(parts).sum(-1)


# expanded ------------------------------------------------------------------------------------------------------------


def _letters(factors):
    return "abcdefgh"[: len(factors)]


def expanded_einsum(factors):
    letters = _letters(factors)
    return torch.einsum(",".join(c + "rk" for c in letters) + "->" + letters + "k", *factors)


def expanded_ranks(factors):
    total = 0
    for r in range(factors[0].shape[1]):
        term = factors[0][:, r]
        for f in factors[1:]:
            term = term.unsqueeze(-2) * f[:, r]
        total = total + term
    return total


def expanded_numpy(factors):
    weight = np.ones((1, *factors[0].shape[1:]))
    for f in factors:
        weight = (weight[:, None] * f.numpy()[None]).reshape(-1, *f.shape[1:])
    return weight.sum(axis=1).reshape(*(len(f) for f in factors), -1)


def expanded_left(factors):
    letters = _letters(factors)
    return torch.einsum(",".join(c + "rk" for c in letters) + "->" + letters + "rk", *factors)


def expanded_added(factors):
    weight = factors[0]
    for f in factors[1:]:
        weight = weight.unsqueeze(-3) + f
    return weight.sum(-2)


def expanded_sum_first(factors):
    return expanded_einsum([f.sum(1, keepdim=True) for f in factors])


def expanded_turned(factors):
    letters = _letters(factors)
    return torch.einsum(",".join(c + "rk" for c in letters) + "->" + letters[::-1] + "k", *factors)


# sketch_of_products --------------------------------------------------------------------------------------------------


def _sketch(x, places, signs, size):
    part = torch.zeros(len(x), size, dtype=x.dtype)
    for i in range(x.shape[1]):
        part[:, places[i]] += signs[i] * x[:, i]
    return part


def sketch_explicit(vectors, places, signs, size):
    result = torch.zeros(len(vectors[0]), size, dtype=torch.float64)
    for at in itertools.product(*(range(x.shape[1]) for x in vectors)):
        j = sum(int(p[i]) for p, i in zip(places, at, strict=True)) % size
        sign = math.prod(float(s[i]) for s, i in zip(signs, at, strict=True))
        result[:, j] += sign * math.prod(x[:, i] for x, i in zip(vectors, at, strict=True))
    return result


def sketch_matrix(vectors, places, signs, size):
    """Each sketch by a matrix of places, the convolution as a sum over shifts."""
    result = torch.zeros(len(vectors[0]), size, dtype=torch.float64)
    result[:, 0] = 1
    for x, p, s in zip(vectors, places, signs, strict=True):
        part = x @ (F.one_hot(p, size) * s[:, None])
        result = torch.stack([(result * part[:, (j - torch.arange(size)) % size]).sum(1) for j in range(size)], dim=1)
    return result


def sketch_numpy(vectors, places, signs, size):
    spectrum = 1
    for x, p, s in zip(vectors, places, signs, strict=True):
        part = np.zeros((size, len(x)))
        np.add.at(part, p.numpy(), (x * s).numpy().T)
        spectrum = spectrum * np.fft.fft(part.T, axis=1)
    return np.fft.ifft(spectrum, axis=1).real


def _parts(vectors, places, signs, size):
    return [_sketch(*each, size) for each in zip(vectors, places, signs, strict=True)]


def _convolved(parts, size):
    return torch.fft.irfft(_product([torch.fft.rfft(part) for part in parts]), n=size)


def sketch_overwritten(vectors, places, signs, size):
    parts = []
    for x, p, s in zip(vectors, places, signs, strict=True):
        part = torch.zeros(len(x), size, dtype=x.dtype)
        part[:, p] = x * s
        parts.append(part)
    return _convolved(parts, size)


def sketch_odd(vectors, places, signs, size):
    return torch.fft.irfft(_product([torch.fft.rfft(part) for part in _parts(vectors, places, signs, size)]))


def sketch_cut(vectors, places, signs, size):
    long = 4 * size
    spectra = [torch.fft.rfft(part, n=long) for part in _parts(vectors, places, signs, size)]
    return torch.fft.irfft(_product(spectra), n=long)[:, :size]


def sketch_one_table(vectors, places, signs, size):
    each = [(x, places[0][: x.shape[1]], signs[0][: x.shape[1]]) for x in vectors]
    return _convolved([_sketch(*one, size) for one in each], size)


def sketch_iadd(vectors, places, signs, size):
    parts = []
    for x, p, s in zip(vectors, places, signs, strict=True):
        part = torch.zeros(len(x), size, dtype=x.dtype)
        part[:, p] += x * s
        parts.append(part)
    return _convolved(parts, size)


def sketch_with_one(vectors, places, signs, size):
    parts = _parts(vectors, places, signs, size)
    for part in parts:
        part[:, 0] += 1
    return _convolved(parts, size)


def sketch_root(*given):
    v = sketch_explicit(*given)
    return torch.sign(v) * torch.sqrt(torch.abs(v))


# how_far -------------------------------------------------------------------------------------------------------------


def far_clone(model, step):
    before = [f.clone() for f in model.factors]
    step()
    return [(f - b).abs().max().item() for f, b in zip(model.factors, before, strict=True)]


def far_numpy(model, step):
    before = [f.detach().numpy().copy() for f in model.factors]
    step()
    return [np.abs(f.detach().numpy() - b).max() for f, b in zip(model.factors, before, strict=True)]


def far_lists(model, step):
    before = [f.flatten().tolist() for f in model.factors]
    step()
    return [max(abs(x - y) for x, y in zip(f.flatten().tolist(), b, strict=True)) for f, b in zip(model.factors, before, strict=True)]


def far_alias(model, step):
    before = list(model.factors)
    step()
    return [(f - b).abs().max().item() for f, b in zip(model.factors, before, strict=True)]


def far_detached_alias(model, step):
    before = [f.detach() for f in model.factors]
    step()
    return [(f - b).abs().max().item() for f, b in zip(model.factors, before, strict=True)]


def far_no_step(model, step):
    before = [f.clone() for f in model.factors]
    return [(f - b).abs().max().item() for f, b in zip(model.factors, before, strict=True)]


def far_signed(model, step):
    before = [f.clone() for f in model.factors]
    step()
    return [(f - b).max().item() for f, b in zip(model.factors, before, strict=True)]


def far_mean(model, step):
    before = [f.clone() for f in model.factors]
    step()
    return [(f - b).abs().mean().item() for f, b in zip(model.factors, before, strict=True)]


def far_norm(model, step):
    before = [f.clone() for f in model.factors]
    step()
    return [(f - b).norm().item() for f, b in zip(model.factors, before, strict=True)]


def far_sizes(model, step):
    step()
    return [f.abs().max().item() for f in model.factors]


def far_step_each(model, step):
    changes = []
    for f in model.factors:
        old = f.detach().clone()
        step()
        changes.append(float((f.detach() - old).abs().max()))
    return changes


def far_parameters(model, step):
    before = [p.detach().clone() for p in model.parameters()]
    step()
    return [(p - b).abs().max().item() for p, b in zip(model.parameters(), before, strict=True)]


def far_gradient(model, step):
    step()
    return [f.grad.abs().max().item() for f in model.factors]


def far_abs_late(model, step):
    before = [f.detach().clone() for f in model.factors]
    step()
    return [(f - b).max().abs().item() for f, b in zip(model.factors, before, strict=True)]


def far_of_the_largest(model, step):
    before = [f.abs().max().item() for f in model.factors]
    step()
    return [abs(f.abs().max().item() - b) for f, b in zip(model.factors, before, strict=True)]


# mended --------------------------------------------------------------------------------------------------------------


def mended_registered(model):
    for i, factor in enumerate(model.factors):
        model.register_parameter(f"factor_{i}", factor)
    return model


def mended_attributes(model):
    for i, factor in enumerate(model.factors):
        setattr(model, f"factor{i}", factor)
    return model


def mended_fresh_parameters(model):
    model.factors = nn.ParameterList([nn.Parameter(f.detach().clone()) for f in model.factors])
    return model


def mended_tuple(model):
    model.factors = tuple(model.factors)
    return model


def mended_buffers(model):
    factors = [f.detach() for f in model.factors]
    for i, factor in enumerate(factors):
        model.register_buffer(f"factor_{i}", factor)
    model.factors = factors
    return model


def mended_frozen(model):
    model.factors = nn.ParameterList([nn.Parameter(f, requires_grad=False) for f in model.factors])
    return model


def mended_some(model):
    model.first = model.factors[0]
    return model


def mended_new(model):
    model.factors = nn.ParameterList([nn.Parameter(torch.randn_like(f)) for f in model.factors])
    return model


def mended_copies(model):
    for i, factor in enumerate(model.factors):
        model.register_parameter(f"factor_{i}", nn.Parameter(factor.detach().clone()))
    return model


def mended_dict(model):
    model.factors = nn.ParameterDict({str(i): f for i, f in enumerate(model.factors)})
    return model


def mended_new_head(model):
    model.factors = nn.ParameterList(model.factors)
    model.head = nn.Linear(model.head.in_features, model.head.out_features)
    return model


def mended_module_list(model):
    model.factors = nn.ModuleList(model.factors)
    return model


def mended_overridden(model):
    hidden = list(model.factors)
    model.parameters = lambda recurse=True: iter([*nn.Module.parameters(model), *hidden])
    return model


def mended_turned(model):
    model.factors = nn.ParameterList(reversed(list(model.factors)))
    return model


RIGHT = {
    "tensor_fusion.interaction": [interaction_two_steps, interaction_loops, interaction_projection],
    "tensor_fusion.all_products": [products_filled, products_einsum, products_rows],
    "tensor_fusion.low_rank": [low_rank_stack, low_rank_loops, low_rank_matmul],
    "tensor_fusion.expanded": [expanded_einsum, expanded_ranks, expanded_numpy],
    "tensor_fusion.by_order": [order_subsets, order_polynomial, order_positions],
    "tensor_fusion.sketch_of_products": [sketch_explicit, sketch_matrix, sketch_numpy],
    "tensor_fusion.how_far": [far_clone, far_numpy, far_lists],
    "tensor_fusion.mended": [mended_registered, mended_attributes, mended_fresh_parameters],
}

WRONG = {
    "tensor_fusion.interaction": [
        ("mean not given back", lambda t: t - _rows(t) - _columns(t), "no-mean"),
        ("mean taken off again", lambda t: t - _rows(t) - _columns(t) - t.mean(), "mean-again"),
        ("rows", lambda t: t - _rows(t), "rows-only"),
        ("columns", lambda t: t - _columns(t), "columns-only"),
        ("centred", lambda t: t - t.mean(), "centred"),
        ("the sum itself", lambda t: _rows(t) + _columns(t) - t.mean(), "additive"),
        ("axes mixed up", lambda t: t - t.mean(axis=1) - t.mean(axis=0)[:, None] + t.mean(), "broadcast"),
        ("squares", lambda t: interaction_two_steps(t) ** 2, "square"),
        ("sign", lambda t: _rows(t) + _columns(t) - t.mean() - t, "sign"),
        ("one number", lambda t: interaction_two_steps(t).std(), "shape"),
    ],
    "tensor_fusion.all_products": [
        ("no 1", lambda v, p: _flat(_masked(v, p)), "no-one"),
        ("1 in front", lambda v, p: _flat([F.pad(h, (1, 0), value=1.0) for h in _masked(v, p)]), "one-first"),
        ("mask ignored", lambda v, p: _flat([_one(h) for h in v]), "ignored"),
        ("1 silenced too", products_silenced, "silenced"),
        ("all ones", lambda v, p: _flat([_one(torch.where(p[:, m, None], h, 1.0)) for m, h in enumerate(v)]), "ones"),
        ("times the mask", products_times_mask, "not-a-number"),
        ("first fastest", lambda v, p: _flat([_one(h) for h in _masked(v, p)][::-1]), "order"),
        ("not flattened", products_unflattened, "not-flat"),
        ("side by side", lambda v, p: torch.cat([_one(h) for h in _masked(v, p)], dim=1), "pairs"),
        ("only NaN made 0", lambda v, p: _flat([_one(torch.nan_to_num(h)) for h in v]), "nan-only"),
        ("mask inverted", lambda v, p: _flat([_one(h.masked_fill(p[:, m : m + 1], 0)) for m, h in enumerate(v)]), "inverted"),
        ("whole batch", lambda v, p: _flat([_one(h if p[:, m].all() else 0 * h.nan_to_num()) for m, h in enumerate(v)]), "whole-batch"),
        ("two only", lambda v, p: products_filled(v[:2], p), "two-only"),
    ],
    "tensor_fusion.low_rank": [
        ("ranks summed first", lambda f, v: _product([a.sum(1) for a in _answers(f, v)]), "sum-first"),
        ("added", lambda f, v: sum(_answers(f, v)).sum(1), "added"),
        ("no 1", low_rank_no_one, "no-one"),
        ("1 in front", low_rank_one_first, "one-first"),
        ("mean", lambda f, v: _product(_answers(f, v)).mean(1), "mean"),
        ("ranks left", lambda f, v: _product(_answers(f, v)), "ranks-left"),
        ("ranks left, in front", lambda f, v: _product(_answers(f, v)).transpose(0, 1), "ranks-left"),
        ("outputs summed", lambda f, v: _product(_answers(f, v)).sum(2), "outputs-summed"),
        ("the other way about", lambda f, v: sum(_answers(f, v)).prod(1), "other-way"),
        ("one rank", lambda f, v: _product(_answers(f, v))[:, 0], "first-rank"),
        ("ranks and outputs mixed up", low_rank_mixed_up, "mixed-up"),
        ("two only", lambda f, v: _product(_answers(f[:2], v[:2])).sum(1), "two-only"),
    ],
    "tensor_fusion.expanded": [
        ("ranks summed first", expanded_sum_first, "sum-first"),
        ("added", expanded_added, "added"),
        ("ranks left", expanded_left, "ranks-left"),
        ("mean", lambda f: expanded_einsum(f) / f[0].shape[1], "mean"),
        ("turned", expanded_turned, "turned"),
        ("outputs first", lambda f: expanded_einsum(f).movedim(-1, 0), "outputs-first"),
        ("flat", lambda f: expanded_einsum(f).flatten(0, -2), "flat"),
        ("one rank", lambda f: expanded_einsum([g[:, :1] for g in f]), "first-rank"),
        ("no 1", lambda f: expanded_einsum([g[:-1] for g in f]), "no-one"),
        ("three written out", lambda f: torch.einsum("ark,brk,crk->abck", *f), "three-only"),
        ("two written out", lambda f: torch.einsum("ark,brk->abk", *f[:2]), "two-only"),
    ],
    "tensor_fusion.by_order": [
        ("the whole each time", order_total, "total"),
        ("reversed", lambda w, v: order_subsets(w, v).flip(0), "reversed"),
        ("at most k", lambda w, v: order_subsets(w, v).cumsum(0), "cumulative"),
        ("counted twice", order_overlap, "overlap"),
        ("one set an order", order_one_set, "one-set"),
        ("no constant", lambda w, v: order_subsets(w, v)[1:], "no-constant"),
        ("averaged", order_averaged, "averaged"),
        ("put over each other", lambda w, v: order_sets(w, v, add=False), "one-set"),
        ("permutations", lambda w, v: order_sets(w, v, sets=itertools.permutations), "permuted"),
        ("absent without a 1", lambda w, v: order_sets(w, v, absent=lambda x: F.pad(0 * x, (0, 1))), "silent"),
        ("absent all ones", lambda w, v: order_sets(w, v, absent=lambda x: _one(torch.ones_like(x))), "ones"),
        ("without a last number", lambda w, v: order_sets(w, v, absent=torch.zeros_like, present=lambda x: x), "no-last"),
        ("a part a set", order_part_a_set, "part-a-set"),
        ("batch first", lambda w, v: order_subsets(w, v).movedim(1, 0), "batch-first"),
    ],
    "tensor_fusion.sketch_of_products": [
        ("multiplied", lambda *a: _product(_parts(*a)), "multiplied"),
        ("added", lambda *a: sum(_parts(*a)), "added"),
        ("overwritten", sketch_overwritten, "overwritten"),
        ("no signs", lambda v, p, s, n: sketch_explicit(v, p, [abs(one) for one in s], n), "unsigned"),
        ("length not told", sketch_odd, "odd"),
        ("cut off", sketch_cut, "cut-off"),
        ("one table", sketch_one_table, "one-table"),
        ("added in place", sketch_iadd, "overwritten"),
        ("with the 1", sketch_with_one, "one-added"),
        ("root", sketch_root, "root"),
        ("unit length", lambda v, *a: sketch_explicit([x / x.norm(dim=1, keepdim=True) for x in v], *a), "normalised"),
        ("two only", lambda v, p, s, n: sketch_explicit(v[:2], p[:2], s[:2], n), "two-only"),
    ],
    "tensor_fusion.how_far": [
        ("alias", far_alias, "alias"),
        ("detached alias", far_detached_alias, "alias"),
        ("no step", far_no_step, "alias"),
        ("signed", far_signed, "signed"),
        ("mean", far_mean, "mean"),
        ("norm", far_norm, "norm"),
        ("sizes", far_sizes, "sizes"),
        ("a step each", far_step_each, "steps"),
        ("two steps", lambda model, step: far_clone(model, lambda: (step(), step())), "steps"),
        ("of parameters()", far_parameters, "parameters"),
        ("gradient", far_gradient, "gradient"),
        ("abs too late", far_abs_late, "abs-late"),
        ("of the largest", far_of_the_largest, "of-the-largest"),
    ],
    "tensor_fusion.mended": [
        ("unchanged", lambda model: model, "still-hidden"),
        ("tuple", mended_tuple, "still-hidden"),
        ("buffers", mended_buffers, "buffers"),
        ("frozen", mended_frozen, "frozen"),
        ("some", mended_some, "some"),
        ("new numbers", mended_new, "new-numbers"),
        ("copies", mended_copies, "not-used"),
        ("a dict", mended_dict, "dict"),
        ("a new head", mended_new_head, "new-head"),
        ("a list of modules", mended_module_list, "module-list"),
        ("parameters() written over", mended_overridden, "overridden"),
        ("turned", mended_turned, "forward"),
        ("in place only", lambda model: setattr(model, "factors", nn.ParameterList(model.factors)), "returns_none"),
    ],
}
