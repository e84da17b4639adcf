"""Answers to chapter 16's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import math
from collections import Counter

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812  as most answers call it

# teacher_forced ------------------------------------------------------------------------------------------------------


def forced_library(say, tokens, pad):
    logits = say(tokens[:, :-1])
    return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), ignore_index=pad)


def forced_read_all(say, tokens, pad):
    """Reads the last token too, and throws away what is said after it."""
    logp = say(tokens).log_softmax(-1)[:, :-1]
    rows, steps = torch.nonzero(tokens[:, 1:] != pad, as_tuple=True)
    return -logp[rows, steps, tokens[rows, steps + 1]].mean()


def forced_loops(say, tokens, pad):
    total, count = 0.0, 0
    logp = say(tokens[:, :-1]).log_softmax(-1)
    for r, row in enumerate(tokens.tolist()):
        for t in range(1, len(row)):
            if row[t] != pad:
                total = total - logp[r, t - 1, row[t]]
                count += 1
    return total / count


def _ce(logits, asked, **options):
    return F.cross_entropy(logits.flatten(0, 1), asked.flatten(), **options)


def forced_same(say, tokens, pad):
    return _ce(say(tokens), tokens, ignore_index=pad)


def forced_same_cut(say, tokens, pad):
    return _ce(say(tokens[:, :-1]), tokens[:, :-1], ignore_index=pad)


def forced_backwards(say, tokens, pad):
    given, asked = tokens[:, 1:], tokens[:, :-1]
    return _ce(say(given), asked, reduction="none").view_as(asked)[given != pad].mean()


def forced_all(say, tokens, pad):
    return _ce(say(tokens[:, :-1]), tokens[:, 1:])


def forced_divided(say, tokens, pad):
    return _ce(say(tokens[:, :-1]), tokens[:, 1:], ignore_index=pad, reduction="sum") / tokens[:, 1:].numel()


def forced_mask_of_given(say, tokens, pad):
    given, asked = tokens[:, :-1], tokens[:, 1:]
    return _ce(say(given), asked, reduction="none").view_as(asked)[given != pad].mean()


def forced_kept_both(say, tokens, pad):
    return _ce(say(tokens)[:, 1:], tokens[:, 1:], ignore_index=pad)


def forced_number(say, tokens, pad):
    return float(forced_library(say, tokens, pad))


def forced_detached(say, tokens, pad):
    with torch.no_grad():
        return forced_library(say, tokens, pad)


def forced_captions_counted(say, tokens, pad):
    return forced_sum(say, tokens, pad) / len(tokens)


def forced_start_counted(say, tokens, pad):
    return forced_sum(say, tokens, pad) / (tokens != pad).sum()


def forced_sum(say, tokens, pad):
    return _ce(say(tokens[:, :-1]), tokens[:, 1:], ignore_index=pad, reduction="sum")


def forced_each(say, tokens, pad):
    losses = [_ce(say(row[None, :-1]), row[None, 1:], ignore_index=pad) for row in tokens]
    return torch.stack(losses).mean()


def forced_negative(say, tokens, pad):
    return -forced_library(say, tokens, pad)


def forced_logits(say, tokens, pad):
    asked = tokens[:, 1:]
    picked = say(tokens[:, :-1]).gather(2, asked[:, :, None])[:, :, 0]
    return -picked[asked != pad].mean()


# attend --------------------------------------------------------------------------------------------------------------


def _score(regions, h, U, W, v):
    inside = torch.einsum("bnd,sd->bns", regions, U) + torch.einsum("bk,sk->bs", h, W)[:, None]
    return torch.einsum("bns,s->bn", torch.tanh(inside), v)


def _seen(weights, regions):
    return torch.einsum("bn,bnd->bd", weights, regions)


def attend_einsum(regions, h, U, W, v, real):
    weights = F.softmax(_score(regions, h, U, W, v).masked_fill(~real, float("-inf")), dim=1)
    return _seen(weights, regions), weights


def attend_renormalised(regions, h, U, W, v, real):
    raw = torch.exp(_score(regions, h, U, W, v)) * real
    weights = raw / raw.sum(dim=1, keepdim=True)
    return (weights.unsqueeze(1) @ regions).squeeze(1), weights


def attend_rows(regions, h, U, W, v, real):
    seen, weights = [], np.zeros(tuple(real.shape))
    for b in range(len(regions)):
        at = np.flatnonzero(real[b].numpy())
        a = regions[b, at].numpy()
        score = np.tanh(a @ U.numpy().T + W.numpy() @ h[b].numpy()) @ v.numpy()
        w = np.exp(score - score.max())
        weights[b, at] = w / w.sum()
        seen.append(weights[b, at] @ a)
    return np.stack(seen), weights


def _attend(weigh, score=_score):
    def answer(regions, h, U, W, v, real):
        weights = weigh(score(regions, h, U, W, v), real)
        return _seen(weights, regions), weights

    return answer


def attend_swapped(*given):
    return attend_einsum(*given)[::-1]


def _inf(score, real):
    return score.masked_fill(~real, -1e9)


# cached_step ---------------------------------------------------------------------------------------------------------


def cached_library(x, Q, K, V, past):
    keys, values = torch.cat([past[0], (x @ K).unsqueeze(1)], dim=1), torch.cat([past[1], (x @ V).unsqueeze(1)], dim=1)
    return F.scaled_dot_product_attention((x @ Q)[:, None], keys, values)[:, 0], (keys, values)


def cached_einsum(x, Q, K, V, past):
    keys = torch.cat([past[0], torch.einsum("bd,dk->bk", x, K)[:, None]], 1)
    values = torch.cat([past[1], torch.einsum("bd,dk->bk", x, V)[:, None]], 1)
    weights = (torch.einsum("bk,bsk->bs", x @ Q, keys) / math.sqrt(keys.shape[-1])).exp()
    return torch.einsum("bs,bsk->bk", weights / weights.sum(1, keepdim=True), values), [keys, values]


def cached_numpy(x, Q, K, V, past):
    x, Q, K, V = (part.numpy() for part in (x, Q, K, V))
    keys = np.concatenate([past[0].numpy(), (x @ K)[:, None]], axis=1)
    values = np.concatenate([past[1].numpy(), (x @ V)[:, None]], axis=1)
    score = (keys * (x @ Q)[:, None]).sum(2) / np.sqrt(keys.shape[2])
    weights = np.exp(score) / np.exp(score).sum(axis=1, keepdims=True)
    return (weights[:, :, None] * values).sum(1), (keys, values)


def _look(q, keys, values, scale=None):
    scale = keys.shape[-1] ** -0.5 if scale is None else scale
    return torch.einsum("bs,bsk->bk", (torch.einsum("bk,bsk->bs", q, keys) * scale).softmax(1), values)


def _grown(x, K, V, past):
    return torch.cat([past[0], (x @ K)[:, None]], 1), torch.cat([past[1], (x @ V)[:, None]], 1)


def _step(look=_look, used=lambda now, past: now, kept=lambda now, past: now, grow=_grown):
    def answer(x, Q, K, V, past):
        now = grow(x, K, V, past)
        return look(x @ Q, *used(now, past)), kept(now, past)

    return answer


def _front(x, K, V, past):
    return torch.cat([(x @ K)[:, None], past[0]], 1), torch.cat([(x @ V)[:, None], past[1]], 1)


def cached_by_input(x, Q, K, V, past):
    now = _grown(x, K, V, past)
    return _look(x @ Q, *now, 1 / math.sqrt(x.shape[1])), now


def cached_query(x, Q, K, V, past):
    now = _grown(x, Q, V, past)
    return _look(x @ Q, *now), now


def _look_across(q, keys, values):
    weights = (torch.einsum("bk,bsk->bs", q, keys) / math.sqrt(keys.shape[-1])).softmax(0)
    return torch.einsum("bs,bsk->bk", weights, values)


# beam_step -----------------------------------------------------------------------------------------------------------


def _all(total, logp, done, pad):
    free = torch.full_like(logp, float("-inf"))
    free[:, :, pad] = 0.0
    return total.unsqueeze(2) + torch.where(done.unsqueeze(2), free, logp)


def beam_topk(total, logp, done, pad):
    b, k, V = logp.shape
    best, at = _all(total, logp, done, pad).view(b, -1).topk(k, dim=1)
    return best, torch.div(at, V, rounding_mode="floor"), at.remainder(V)


def beam_numpy(total, logp, done, pad):
    totals = _all(total, logp, done, pad).numpy()
    b, k, V = totals.shape
    at = np.argsort(-totals.reshape(b, -1), axis=1, kind="stable")[:, :k]
    rows, words = np.unravel_index(at, (k, V))
    return np.take_along_axis(totals.reshape(b, -1), at, axis=1), rows, words


def beam_lists(total, logp, done, pad):
    out = []
    for b in range(len(total)):
        found = []
        for i in range(total.shape[1]):
            if done[b, i]:
                found.append((float(total[b, i]), i, pad))
            else:
                found += [(float(total[b, i] + logp[b, i, w]), i, w) for w in range(logp.shape[2])]
        out.append(sorted(found, key=lambda one: -one[0])[: total.shape[1]])
    parts = np.array(out)
    return parts[..., 0], parts[..., 1].astype(int), parts[..., 2].astype(int)


def _best(totals):
    best, at = totals.flatten(1).topk(totals.shape[1])
    return best, at // totals.shape[2], at % totals.shape[2]


def beam_greedy(total, logp, done, pad):
    best, word = _all(total, logp, done, pad).max(2)
    order = torch.argsort(best, dim=1, descending=True, stable=True)
    return best.gather(1, order), order, word.gather(1, order)


def beam_goes_on(total, logp, done, pad):
    return _best(total[:, :, None] + logp)


def beam_dropped(total, logp, done, pad):
    return _best((total[:, :, None] + logp).masked_fill(done[:, :, None], float("-inf")))


def beam_paid(total, logp, done, pad):
    only = torch.full_like(logp, float("-inf"))
    only[:, :, pad] = logp[:, :, pad]
    return _best(total[:, :, None] + torch.where(done[:, :, None], only, logp))


def beam_forgetful(total, logp, done, pad):
    return _best(_all(torch.zeros_like(total), logp, done, pad))


def beam_turned(*given):
    best, row, word = beam_topk(*given)
    return best, word, row


def beam_flat(*given):
    best, row, word = beam_topk(*given)
    return best, row + torch.arange(len(row))[:, None] * row.shape[1], word


def beam_worst(total, logp, done, pad):
    totals = _all(total, logp, done, pad)
    best, at = totals.flatten(1).topk(totals.shape[1], largest=False)
    return best, at // totals.shape[2], at % totals.shape[2]


def beam_multiplied(total, logp, done, pad):
    return _best(total[:, :, None] * logp)


def beam_pad_0(total, logp, done, pad):
    return beam_topk(total, logp, done, 0)


def beam_any_word(total, logp, done, pad):
    return _best(total[:, :, None] + logp.masked_fill(done[..., None], 0))


def beam_words_left(total, logp, done, pad):
    logp = logp.clone()
    logp[..., pad] = torch.where(done, 0, logp[..., pad])
    return _best(total[:, :, None] + logp)


def beam_no_pad(total, logp, done, pad):
    logp = logp.clone()
    logp[..., pad] = -torch.inf
    return beam_topk(total, logp, done, pad)


def beam_step_alone(total, logp, done, pad):
    best, row, word = beam_topk(total, logp, done, pad)
    return best - torch.take_along_dim(total, row, 1), row, word


def beam_floats(*given):
    best, row, word = beam_topk(*given)
    return best, row.float(), word.float()


def beam_turned_round(*given):
    return tuple(part.flip(1) for part in beam_topk(*given))


# no_repeats ----------------------------------------------------------------------------------------------------------


def repeats_sets(logp, tokens, n):
    out = logp.clone()
    for r, said in enumerate(tokens.tolist()):
        seen = {}
        for gram in zip(*(said[i:] for i in range(n)), strict=False):
            seen.setdefault(gram[:-1], set()).add(gram[-1])
        for word in seen.get(tuple(said[len(said) - n + 1 :]) if len(said) >= n - 1 else None, ()):
            out[r, word] = -math.inf
    return out


def repeats_unfold(logp, tokens, n):
    t = tokens.shape[1]
    if t < n:
        return logp.clone()
    grams = tokens.unfold(1, n, 1)  # (rows, t - n + 1, n)
    again = (grams[:, :, : n - 1] == tokens[:, None, t - n + 1 :]).all(2)
    out = logp.clone()
    rows, at = again.nonzero(as_tuple=True)
    out[rows, grams[rows, at, n - 1]] = -torch.inf
    return out


def repeats_numpy(logp, tokens, n):
    out, ids = logp.numpy().copy(), tokens.numpy()
    for r in range(len(ids)):
        for word in range(out.shape[1]):
            new = [*ids[r], word]
            grams = [tuple(new[i : i + n]) for i in range(len(new) - n + 1)]
            if grams and grams[-1] in grams[:-1]:
                out[r, word] = -np.inf
    return out


def _blocked(before, value=-math.inf, pool=None):
    def answer(logp, tokens, n):
        out, said = logp.clone(), tokens.tolist()
        k = before(n)
        for r in range(len(said)):
            last = said[r][len(said[r]) - k :]
            for other in [said[r]] if pool is None else said:
                for i in range(len(other) - k):
                    if other[i : i + k] == last:
                        out[r, other[i + k]] = value
        return out

    return answer


def _scan(last, end):
    def answer(logp, tokens, n):
        out, t = logp.clone(), tokens.shape[1]
        for r, row in enumerate(tokens.tolist()):
            for s in range(end(t, n)):
                if row[s : s + n - 1] == last(row, n):
                    out[r, row[s + n - 1]] = -math.inf
        return out

    return answer


def repeats_impatient(logp, tokens, n):
    return logp.clone() if tokens.shape[1] < n + 3 else repeats_sets(logp, tokens, n)


def _once(which):
    def answer(logp, tokens, n):
        out = logp.clone()
        for r, said in enumerate(tokens.tolist()):
            found = [said[i + n - 1] for i in range(len(said) - n + 1) if said[i : i + n - 1] == said[len(said) - n + 1 :]]
            if found:
                out[r, found[which]] = -math.inf
        return out

    return answer


def repeats_inverted(logp, tokens, n):
    forbidden = repeats_sets(logp, tokens, n).isinf()
    return logp.masked_fill(~forbidden, -math.inf)


def repeats_normalised(logp, tokens, n):
    return repeats_sets(logp, tokens, n).log_softmax(1)


def repeats_in_place(logp, tokens, n):
    logp[repeats_sets(logp, tokens, n).isinf()] = -math.inf
    return logp


# bleu ----------------------------------------------------------------------------------------------------------------


def _grams(words, n):
    return Counter(zip(*(words[i:] for i in range(n)), strict=False))


def bleu_library(hypotheses, references, longest):
    from mmlearn.evaluate import corpus_bleu

    return corpus_bleu(hypotheses, references, longest)


def _bleu(hypotheses, references, longest, clip="most", length="closest", mean="geometric", brevity=True, add=0):
    c = r = 0
    right, total = np.zeros(longest), np.zeros(longest)
    for said, refs in zip(hypotheses, references, strict=True):
        c += len(said)
        sizes = [len(ref) for ref in refs]
        near = sorted(sizes, key=lambda size: (abs(size - len(said)), size))[0]
        tie = min(sizes, key=lambda size: abs(size - len(said)))
        r += {"closest": near, "shortest": min(sizes), "longest": max(sizes), "tie": tie, "longer": 2 * len(said) - near if 2 * len(said) - near in sizes else near, "first": sizes[0]}[length]
        for n in range(1, longest + 1):
            for gram, count in _grams(said, n).items():
                there = [_grams(ref, n)[gram] for ref in refs]
                limit = {"most": max(there), "sum": sum(there), "first": there[0], "none": count * (max(there) > 0)}[clip]
                right[n - 1] += min(count, limit)
            total[n - 1] += max(0, len(said) - n + 1)
    extra = np.where(np.arange(longest) > 0, add, 0)
    p = (right + extra) / np.maximum(total + extra, 1)
    value = {"geometric": np.prod(p) ** (1 / longest), "arithmetic": p.mean(), "last": p[-1], "product": np.prod(p), "or 0": p.mean() * p.all()}[mean]  # fmt: skip
    penalty = {True: min(1.0, math.exp(1 - r / c)), False: 1.0, "always": math.exp(1 - r / c),
               "turned": math.exp(1 - c / r) if c < r else 1.0, "turned, capped": min(1.0, math.exp(1 - c / r))}[brevity]  # fmt: skip
    return float(value * penalty)


def bleu_counted(hypotheses, references, longest):
    return _bleu(hypotheses, references, longest)


def bleu_logs(hypotheses, references, longest):
    logs = []
    for n in range(1, longest + 1):
        right = total = 0
        for said, refs in zip(hypotheses, references, strict=True):
            most = Counter()
            for ref in refs:
                most |= _grams(ref, n)
            right += sum((_grams(said, n) & most).values())
            total += max(0, len(said) - n + 1)
        if right == 0:
            return 0.0
        logs.append(math.log(right / total))
    c = sum(len(said) for said in hypotheses)
    both = zip(hypotheses, references, strict=True)
    r = sum(min((abs(len(ref) - len(said)), len(ref)) for ref in refs)[1] for said, refs in both)
    return math.exp(sum(logs) / longest + min(0.0, 1 - r / c))


def bleu_sentences(hypotheses, references, longest):
    return float(np.mean([_bleu([h], [r], longest) for h, r in zip(hypotheses, references, strict=True)]))


def bleu_one_reference(hypotheses, references, longest):
    return _bleu(hypotheses, [refs[:1] for refs in references], longest)


def bleu_of_sets(hypotheses, references, longest):
    right, total = np.zeros(longest), np.zeros(longest)
    for said, refs in zip(hypotheses, references, strict=True):
        for n in range(1, longest + 1):
            grams = set(_grams(said, n))
            right[n - 1] += len(grams & set().union(*(_grams(ref, n) for ref in refs)))
            total[n - 1] += len(grams)
    c = sum(map(len, hypotheses))
    r = sum(min((abs(len(b) - len(a)), len(b)) for b in refs)[1] for a, refs in zip(hypotheses, references, strict=True))
    return float(np.prod(right / np.maximum(total, 1)) ** (1 / longest) * min(1, math.exp(1 - r / c)))


def bleu_unguarded(hypotheses, references, longest):
    p = []
    for n in range(1, longest + 1):
        right = total = 0
        for said, refs in zip(hypotheses, references, strict=True):
            most = Counter()
            for ref in refs:
                most |= _grams(ref, n)
            right += sum((_grams(said, n) & most).values())
            total += sum(_grams(said, n).values())
        p.append(right / total)
    return math.prod(p) ** (1 / longest) * _with(mean="arithmetic")(hypotheses, references, 1)


def _with(**options):
    return lambda hypotheses, references, longest: _bleu(hypotheses, references, longest, **options)


RIGHT = {
    "captioning.teacher_forced": [forced_library, forced_read_all, forced_loops],
    "captioning.attend": [attend_einsum, attend_renormalised, attend_rows],
    "captioning.cached_step": [cached_library, cached_einsum, cached_numpy],
    "captioning.beam_step": [beam_topk, beam_numpy, beam_lists],
    "captioning.no_repeats": [repeats_sets, repeats_unfold, repeats_numpy],
    "captioning.bleu": [bleu_library, bleu_counted, bleu_logs],
}

# (name, function, key of the diagnosis)
WRONG = {
    "captioning.teacher_forced": [
        ("copies", forced_same, "no-shift"),
        ("copies the cut ones", forced_same_cut, "no-shift"),
        ("both without the start", forced_kept_both, "no-shift"),
        ("a float", forced_number, "no-gradient"),
        ("without a gradient", forced_detached, "no-gradient"),
        ("over captions", forced_captions_counted, "captions-counted"),
        ("over all tokens", forced_start_counted, "start-counted"),
        ("backwards", forced_backwards, "backwards"),
        ("padding too", forced_all, "pad-counted"),
        ("divided by all", forced_divided, "pad-divided"),
        ("masked by what is read", forced_mask_of_given, "mask-of-given"),
        ("sum", forced_sum, "sum"),
        ("a caption each", forced_each, "a-caption-each"),
        ("sign", forced_negative, "sign"),
        ("no softmax", forced_logits, "logits"),
    ],
    "captioning.attend": [
        ("weights first", attend_swapped, "swapped"),
        ("mask forgotten", _attend(lambda s, real: s.softmax(1)), "ignored"),
        ("mask after the softmax", _attend(lambda s, real: s.softmax(1) * real), "masked-late"),
        ("scores times mask", _attend(lambda s, real: (s * real).softmax(1)), "masked-zero"),
        ("mask inverted", _attend(lambda s, real: s.masked_fill(real, -1e9).softmax(1)), "inverted"),
        ("mask inverted, infinite", _attend(lambda s, real: s.masked_fill(real, -torch.inf).softmax(1)), "inverted"),
        ("tanh apart", _attend(lambda s, real: _inf(s, real).softmax(1),
                               lambda a, h, U, W, v: ((a @ U.T).tanh() + (h @ W.T).tanh()[:, None]) @ v), "no-state"),
        ("softmax of axis 0", _attend(lambda s, real: _inf(s, real).softmax(0)), "across-pictures"),
        ("no tanh", _attend(lambda s, real: _inf(s, real).softmax(1),
                            lambda a, h, U, W, v: (a @ U.T + (h @ W.T)[:, None]) @ v), "no-tanh"),
        ("state forgotten", _attend(lambda s, real: _inf(s, real).softmax(1),
                                    lambda a, h, U, W, v: (a @ U.T).tanh() @ v), "no-state"),
        ("the best only", _attend(lambda s, real: F.one_hot(_inf(s, real).argmax(1), s.shape[1]).double()), "hard"),
        ("no softmax", _attend(lambda s, real: torch.where(real, s, 0.0)), "scores"),
        ("mean", _attend(lambda s, real: real.double() / real.sum(1)[:, None]), "mean"),
    ],
    "captioning.cached_step": [
        ("cache as it was", _step(kept=lambda now, past: past), "not-kept"),
        ("looks at the past only", _step(used=lambda now, past: past), "not-itself"),
        ("looks at itself only", _step(used=lambda now, past: (now[0][:, -1:], now[1][:, -1:])), "only-itself"),
        ("in front", _step(grow=_front), "front"),
        ("not scaled", _step(look=lambda q, k, v: _look(q, k, v, 1.0)), "not-scaled"),
        ("divided by k", _step(look=lambda q, k, v: _look(q, k, v, 1 / k.shape[-1])), "scaled-twice"),
        ("keys and values", _step(look=lambda q, k, v: _look(q, v, k)), "values-as-keys"),
        ("K and V", _step(grow=lambda x, K, V, past: _grown(x, V, K, past)), "weights-mixed"),
        ("mean", _step(look=lambda q, k, v: v.mean(dim=1)), "mean"),
        ("root of d", cached_by_input, "scaled-by-input"),
        ("query kept", cached_query, "query-kept"),
        ("K twice", _step(grow=lambda x, K, V, past: _grown(x, K, K, past)), "values-from-K"),
        ("softmax of axis 0", _step(look=_look_across), "across-batch"),
        ("cache turned", _step(kept=lambda now, past: now[::-1]), "cache-turned"),
    ],
    "captioning.beam_step": [
        ("k times greedy", beam_greedy, "a-word-each"),
        ("ended captions go on", beam_goes_on, "goes-on"),
        ("ended captions dropped", beam_dropped, "dropped"),
        ("padding paid for", beam_paid, "padding-paid"),
        ("the new word alone", beam_forgetful, "without-total"),
        ("// and % turned", beam_turned, "turned"),
        ("rows of the batch", beam_flat, "flat"),
        ("smallest", beam_worst, "worst"),
        ("multiplied", beam_multiplied, "multiplied"),
        ("pad is 0", beam_pad_0, "pad-is-0"),
        ("ended goes on for nothing", beam_any_word, "any-word"),
        ("words left beside pad", beam_words_left, "words-left"),
        ("pad never said", beam_no_pad, "pad-forbidden"),
        ("the word's own", beam_step_alone, "word-alone"),
        ("floats", beam_floats, "not-whole"),
        ("worst first", beam_turned_round, "worst-first"),
    ],
    "captioning.no_repeats": [
        ("last phrase missed", _scan(lambda row, n: row[len(row) - n + 1 :], lambda t, n: t - n), "last-missed"),
        ("row[-0:]", _scan(lambda row, n: row[-(n - 1) :], lambda t, n: t - n + 1), "minus-zero"),
        ("short captions left alone", repeats_impatient, "differs"),
        ("no word twice", _blocked(lambda n: 0), "words"),
        ("last n words", _blocked(lambda n: n), "context-long"),
        ("last n - 2 words", _blocked(lambda n: max(0, n - 2)), "context-short"),
        ("last word", _blocked(lambda n: 1), "one-word"),
        ("zeros", _blocked(lambda n: n - 1, 0.0), "zero"),
        ("all rows", _blocked(lambda n: n - 1, pool=True), "other-rows"),
        ("first time only", _once(0), "one-only"),
        ("last time only", _once(-1), "one-only"),
        ("inverted", repeats_inverted, "inverted"),
        ("normalised", repeats_normalised, "normalised"),
        ("in place", repeats_in_place, "changes_input"),
    ],
    "captioning.bleu": [
        ("not clipped", _with(clip="none"), "not-clipped"),
        ("clipped by the sum", _with(clip="sum"), "clipped-by-all"),
        ("first reference clips", _with(clip="first"), "first-reference"),
        ("first reference", bleu_one_reference, "first-reference"),
        ("mean of sentences", bleu_sentences, "captions-mean"),
        ("arithmetic mean", _with(mean="arithmetic"), "arithmetic"),
        ("last precision", _with(mean="last"), "longest-only"),
        ("product", _with(mean="product"), "product"),
        ("no brevity", _with(brevity=False), "no-brevity"),
        ("brevity above 1", _with(brevity="always"), "rewarded"),
        ("shortest reference", _with(length="shortest"), "shortest"),
        ("longest reference", _with(length="longest"), "longest-reference"),
        ("smoothed", _with(add=1), "smoothed"),
        ("arithmetic mean, or 0", _with(mean="or 0"), "arithmetic"),
        ("first of two equally close", _with(length="tie"), "first-of-two"),
        ("the longer of two equally close", _with(length="longer"), "tie"),
        ("length of the first", _with(length="first"), "first-length"),
        ("c / r", _with(brevity="turned"), "turned"),
        ("c / r, at most 1", _with(brevity="turned, capped"), "turned-for-long"),
        ("sets", bleu_of_sets, "sets"),
        ("times 100", lambda *given: 100 * bleu_counted(*given), "hundredfold"),
        ("nothing guarded", bleu_unguarded, "raises"),
    ],
}  # fmt: skip
