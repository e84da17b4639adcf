"""Answers to chapter 18's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import math

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812  as most answers call it

# normalised ----------------------------------------------------------------------------------------------------------


def normalised_maximum(decibels, reach=60.0):
    top = decibels.flatten(1).max(dim=1).values[:, None, None]
    return (2 * torch.maximum(decibels - top, torch.tensor(-reach, dtype=decibels.dtype)) + reach) / reach


def normalised_loop(decibels, reach=60.0):
    pictures = []
    for sound in decibels.numpy():
        floor = sound.max() - reach
        pictures.append(2 * (np.maximum(sound, floor) - floor) / reach - 1)
    return np.stack(pictures)


def normalised_top(top):
    return lambda d, r=60.0: 1 + 2 * (d - top(d)).clamp(min=-r) / r


def normalised_range(d, reach=60.0):
    low, high = d.amin((1, 2), keepdim=True), d.amax((1, 2), keepdim=True)
    return 2 * (d - low) / (high - low) - 1


def normalised_in_place(d, reach=60.0):
    d -= d.amax((1, 2), keepdim=True)
    d.clamp_(min=-reach)
    return d * 2 / reach + 1


# slerp ---------------------------------------------------------------------------------------------------------------


def _angle(a, b):
    return torch.arccos((F.normalize(a, dim=1) * F.normalize(b, dim=1)).sum(1).clamp(-1, 1))[:, None]


def slerp_rows(a, b, t):
    rows = []
    for x, y in zip(a.numpy(), b.numpy(), strict=True):
        w = math.acos(min(1.0, max(-1.0, float(x @ y / np.linalg.norm(x) / np.linalg.norm(y)))))
        rows.append((1 - t) * x + t * y if w < 1e-6 else (math.sin((1 - t) * w) * x + math.sin(t * w) * y) / math.sin(w))
    return np.stack(rows)


def slerp_where(a, b, t):
    w = _angle(a, b)
    near = w.abs() < 1e-5
    ratio = [torch.where(near, s, torch.sin(s * w) / torch.sin(w)) for s in (1 - t, t)]
    return ratio[0] * a + ratio[1] * b


def slerp_plain(a, b, t, angle=_angle, divide=True):
    w = angle(a, b)
    whole = torch.sin((1 - t) * w) * a + torch.sin(t * w) * b
    return whole / torch.sin(w) if divide else whole


def slerp_guarded(a, b, t, wrong):
    """A wrong way along the arc that minds two equal noises."""
    return torch.where((a == b).all(1, keepdim=True), a, wrong(a, b, t))


def slerp_all_straight(a, b, t):
    return a + t * (b - a) if (torch.sin(_angle(a, b)) < 1e-6).any() else slerp_plain(a, b, t)


def slerp_batch(a, b, t):
    return slerp_plain(a, b, t, lambda a, b: torch.arccos(((a * b).sum() / a.norm() / b.norm()).clamp(-1, 1)) * torch.ones(len(a), 1))


# straight_through ----------------------------------------------------------------------------------------------------


def through_library(logits, gumbel):
    soft = F.softmax(logits + gumbel, dim=-1)
    hard = torch.zeros_like(soft).scatter(1, soft.argmax(1, keepdim=True), 1.0)
    return (hard - soft).detach() + soft


def through_function(logits, gumbel):
    class Draw(torch.autograd.Function):
        @staticmethod
        def forward(ctx, soft):
            return (soft == soft.amax(1, keepdim=True)).to(soft)

        @staticmethod
        def backward(ctx, gradient):
            return gradient

    return Draw.apply((logits + gumbel).softmax(1))


def through_rows(logits, gumbel):
    made = []
    for row in logits + gumbel:
        soft = row.exp() / row.exp().sum()
        word = torch.zeros_like(row)
        word[row.argmax()] = 1
        made.append(word + soft - soft.detach())
    return torch.stack(made)


def through(soft, hard=lambda x, g: x + g, back=lambda soft: soft - soft.detach()):
    """The drawn word of `hard`, and a gradient by way of `soft`."""
    return lambda x, g: _hard(hard(x, g)) + back(soft(x, g))


def _softmax(x, g):
    return (x + g).softmax(1)


def through_factor(logits, gumbel):
    soft = _softmax(logits, gumbel)
    return _hard(soft) * soft / soft.detach()


def _hard(x):
    return F.one_hot(x.argmax(1), x.shape[1]).to(x)


def through_no_detach(logits, gumbel):
    soft = (logits + gumbel).softmax(1)
    return _hard(soft) + soft - soft


def through_other_detach(logits, gumbel):
    soft = (logits + gumbel).softmax(1)
    return soft + _hard(soft) - _hard(soft).detach()


def through_clean(logits, gumbel):
    soft = logits.softmax(1)
    return _hard(logits + gumbel) + soft - soft.detach()


def through_no_noise(logits, gumbel):
    soft = logits.softmax(1)
    return _hard(soft) + soft - soft.detach()


def through_minus(logits, gumbel):
    soft = (logits - gumbel).softmax(1)
    return _hard(soft) + soft - soft.detach()


def through_axis(logits, gumbel):
    soft = (logits + gumbel).softmax(1)
    hard = F.one_hot(soft.argmax(0), len(soft)).T.to(soft)
    return hard + soft - soft.detach()


# pair_scores ---------------------------------------------------------------------------------------------------------


def pairs_matrix(seen, heard, left, right):
    table = (seen @ left.T) @ (heard @ right.T).T
    row = torch.arange(len(table))
    return torch.stack([table[row, row], table[row, row - 1]], dim=1)


def pairs_loop(seen, heard, left, right):
    form = left.T @ right
    return torch.stack([torch.stack([s @ form @ heard[i], s @ form @ heard[i - 1]]) for i, s in enumerate(seen)])


def pairs_plain(seen, heard, left, right):
    form = left.T @ right
    return torch.tensor([[float(s @ form @ heard[i]), float(s @ form @ heard[i - 1])] for i, s in enumerate(seen)])


def _scores(other, match=lambda a, b: (a * b).sum(1)):
    def answer(seen, heard, left, right):
        a, b = seen @ left.T, heard @ right.T
        return torch.stack([match(a, b), other(a, b)], dim=1)

    return answer


# completed, hole_error -----------------------------------------------------------------------------------------------


def completed_fill(given, made, seen):
    return given.masked_fill(seen == 0, 0) + made * (1 - seen)


def completed_copy(given, made, seen):
    result = made.clone()
    known = seen.bool().expand_as(given)
    result[known] = given[known]
    return result


def completed_in_place(given, made, seen):
    hidden = (seen == 0).expand_as(given)
    given[hidden] = made[hidden]
    return given


def completed_into_made(given, made, seen):
    known = seen.bool().expand_as(made)
    made[known] = given[known]
    return made


def completed_first(given, made, seen):
    result = given.clone()
    result[:, :1] = torch.where(seen > 0, given[:, :1], made[:, :1])
    return result


def error_loop(made, true, seen):
    found = []
    for m, t, s in zip(made.numpy(), true.numpy(), seen.numpy(), strict=True):
        hidden = np.broadcast_to(s == 0, t.shape)
        found.append(np.abs(m - t)[hidden].mean() if hidden.any() else 0.0)
    return np.array(found)


def error_counts(made, true, seen):
    hidden = (seen == 0).to(made)
    pixels = (made - true).abs().mean(1, keepdim=True)
    return ((pixels * hidden).sum((1, 2, 3)) / hidden.sum((1, 2, 3))).nan_to_num(0.0)


def _error(made, true, seen, count):
    return ((made - true).abs() * (1 - seen)).sum((1, 2, 3)) / count


def error_nan(made, true, seen):
    return _error(made, true, seen, (1 - seen).sum((1, 2, 3)) * true.shape[1])


def error_channels(made, true, seen):
    return _error(made, true, seen, (1 - seen).sum((1, 2, 3)).clamp_min(1))


def error_differing(made, true, seen):
    off = (made - true).abs() * (1 - seen)
    return off.sum((1, 2, 3)) / (off > 0).sum((1, 2, 3)).clamp(min=1)


def error_pooled(made, true, seen):
    return _error(made, true, seen, (1 - seen).expand_as(true).sum())


def error_squared(made, true, seen):
    return ((made - true) ** 2 * (1 - seen)).sum((1, 2, 3)) / ((1 - seen).sum((1, 2, 3)) * true.shape[1]).clamp_min(1)


def error_signed(made, true, seen):
    return ((made - true) * (1 - seen)).sum((1, 2, 3)) / ((1 - seen).sum((1, 2, 3)) * true.shape[1]).clamp_min(1)


# cycle_loss ----------------------------------------------------------------------------------------------------------


def cycle_l1(sounds, images, to_image, to_sound):
    return F.l1_loss(to_sound(to_image(sounds)), sounds) + F.l1_loss(to_image(to_sound(images)), images)


def cycle_steps(sounds, images, to_image, to_sound):
    total = 0
    for start, there, back in ((sounds, to_image, to_sound), (images, to_sound, to_image)):
        off = back(there(start)) - start
        total = total + torch.where(off < 0, -off, off).sum() / off.numel()
    return total


def cycle_detached(sounds, images, to_image, to_sound):
    return F.l1_loss(to_sound(to_image(sounds).detach()), sounds) + F.l1_loss(to_image(to_sound(images).detach()), images)


def cycle_half_detached(sounds, images, to_image, to_sound):
    return F.l1_loss(to_sound(to_image(sounds)), sounds) + F.l1_loss(to_image(to_sound(images).detach()), images)


def cycle_joint(sounds, images, to_image, to_sound):
    off = (to_sound(to_image(sounds)) - sounds).abs(), (to_image(to_sound(images)) - images).abs()
    return sum(one.sum() for one in off) / sum(one.numel() for one in off)


def cycle_no_grad(sounds, images, to_image, to_sound):
    with torch.no_grad():
        return cycle_l1(sounds, images, to_image, to_sound)


WRONG = {
    "cross_modal_gan.normalised": [
        ("of the batch", normalised_top(lambda d: d.max()), "batch"),
        ("of each band", normalised_top(lambda d: d.amax(2, keepdim=True)), "each-band"),
        ("of each frame", normalised_top(lambda d: d.amax(1, keepdim=True)), "each-frame"),
        ("no loudest place", normalised_top(lambda d: 0), "no-top"),
        ("not cut", lambda d, r=60.0: 1 + 2 * (d - d.amax((1, 2), keepdim=True)) / r, "not-cut"),
        ("0 to 1", lambda d, r=60.0: 1 + (d - d.amax((1, 2), keepdim=True)).clamp(min=-r) / r, "zero-one"),
        ("own range", normalised_range, "range"),
        ("upside down", lambda d, r=60.0: -normalised_maximum(d, r), "upside-down"),
        ("always 60", lambda d, r=60.0: normalised_maximum(d), "sixty"),
        ("scaled by 60", lambda d, r=60.0: 1 + 2 * (d - d.amax((1, 2), keepdim=True)).clamp(min=-r) / 60, "sixty"),
        ("one wide", lambda d, r=60.0: normalised_maximum(d, r) / 2, "scale"),
        ("around nothing", lambda d, r=60.0: normalised_maximum(d, r) - 1, "scale"),
        ("in place", normalised_in_place, "changes_input"),
    ],
    "cross_modal_gan.slerp": [
        ("straight", lambda a, b, t: a + t * (b - a), "straight"),
        ("equal noises", slerp_plain, "equal"),
        ("backwards", lambda a, b, t: slerp_plain(a, b, 1 - t), "backwards"),
        ("not divided", lambda a, b, t: slerp_plain(a, b, t, divide=False), "undivided"),
        ("unit", lambda a, b, t: F.normalize(slerp_where(a, b, t), dim=1), "unit"),
        ("one angle", slerp_batch, "whole-batch"),
        ("no lengths", lambda a, b, t: slerp_plain(a, b, t, lambda a, b: torch.arccos((a * b).sum(1).clamp(-1, 1))[:, None]), "dot"),
        ("straight for all", slerp_all_straight, "all-straight"),
        ("equal batches only", lambda a, b, t: a if torch.equal(a, b) else slerp_plain(a, b, t), "equal"),
        ("NaN to zero", lambda a, b, t: slerp_plain(a, b, t).nan_to_num(0.0), "equal-zeros"),
        ("backwards, guarded", lambda a, b, t: slerp_where(a, b, 1 - t), "backwards"),
        ("one angle, guarded", lambda a, b, t: slerp_guarded(a, b, t, slerp_batch), "whole-batch"),
        ("line on the sphere", lambda a, b, t: F.normalize(a + t * (b - a), dim=1), "line-on-sphere"),
        ("roots", lambda a, b, t: math.sqrt(1 - t) * a + math.sqrt(t) * b, "root"),
        ("degrees", lambda a, b, t: slerp_plain(a, b, t, lambda a, b: _angle(a, b) * 180 / math.pi), "degrees"),
    ],
    "cross_modal_gan.straight_through": [
        ("argmax", lambda x, g: _hard(x + g), "no-gradient"),
        ("all detached", lambda x, g: through_library(x, g).detach(), "no-gradient"),
        ("nothing detached", through_no_detach, "no-detach"),
        ("hard detached", through_other_detach, "soft"),
        ("gradient without noise", through_clean, "one-sided"),
        ("softmax", lambda x, g: (x + g).softmax(1), "soft"),
        ("likeliest", through_no_noise, "no-noise"),
        ("minus", through_minus, "subtracted"),
        ("down the batch", through_axis, "axis"),
        ("own noise", lambda x, g: F.gumbel_softmax(x, hard=True, dim=1), "own-noise"),
        ("own noise, soft", lambda x, g: F.gumbel_softmax(x, dim=1), "soft"),
        ("softmax down the batch", lambda x, g: through(lambda x, g: (x + g).softmax(0))(x, g), "batch"),
        ("all down the batch", lambda x, g: through(lambda x, g: (x + g).softmax(0), lambda x, g: (x + g).softmax(0))(x, g), "batch"),
        ("sign", through(_softmax, back=lambda soft: soft.detach() - soft), "sign"),
        ("no softmax", through(lambda x, g: x + g), "no-softmax"),
        ("logarithm", through(lambda x, g: (x + g).log_softmax(1)), "other-gradient"),
        ("temperature", through(lambda x, g: ((x + g) / 0.5).softmax(1)), "other-gradient"),
        ("factor", through_factor, "other-gradient"),
        ("noise behind the softmax", through(lambda x, g: x.softmax(1) + g, lambda x, g: x.softmax(1) + g), "softmax-first"),
        ("logits detached", lambda x, g: through(_softmax)(x.detach(), g), "no-gradient"),
        ("indices", lambda x, g: (x + g).argmax(1), "index"),
    ],
    "cross_modal_gan.pair_scores": [
        ("other way", _scores(lambda a, b: (a * b.roll(-1, 0)).sum(1)), "backwards"),
        ("features", _scores(lambda a, b: (a * b.roll(1, 1)).sum(1)), "features"),
        ("no axis", _scores(lambda a, b: (a * torch.roll(b, 1)).sum(1)), "flat"),
        ("both", _scores(lambda a, b: (a.roll(1, 0) * b.roll(1, 0)).sum(1)), "both"),
        ("pictures", _scores(lambda a, b: (a.roll(1, 0) * b).sum(1)), "picture"),
        ("columns swapped", lambda *given: pairs_matrix(*given).flip(1), "swapped"),
        ("mean", _scores(lambda a, b: (a * b.roll(1, 0)).mean(1), lambda a, b: (a * b).mean(1)), "mean"),
        ("cosine", _scores(lambda a, b: F.cosine_similarity(a, b.roll(1, 0)), F.cosine_similarity), "cosine"),
        ("as rows", lambda *given: pairs_matrix(*given).T, "rows"),
        ("sound detached", lambda s, h, left, right: pairs_matrix(s, h.detach(), left, right), "detached"),
        ("plain numbers", pairs_plain, "detached"),
        ("numpy", lambda *four: pairs_matrix(*[x.detach() for x in four]).numpy(), "detached"),
        ("one column detached", _scores(lambda a, b: (a * b.roll(1, 0)).sum(1).detach()), "detached"),
        ("all pairs", lambda s, h, left, right: s @ left.T @ right @ h.T, "all-pairs"),
    ],
    "cross_modal_gan.completed": [
        ("inverted", lambda g, m, s: torch.where(s == 0, g, m), "inverted"),
        ("multiplied", lambda g, m, s: s * g + (1 - s) * m, "not-a-number"),
        ("only NaN", lambda g, m, s: torch.where(torch.isnan(g), m, g), "nan-only"),
        ("detached", lambda g, m, s: torch.where(s == 0, m.detach(), g), "detached"),
        ("into made", completed_into_made, "in-place"),
        ("numpy", lambda g, m, s: np.where(s.numpy() > 0, g.numpy(), m.detach().numpy()), "detached"),
        ("made", lambda g, m, s: m.clone(), "made"),
        ("zeros", lambda g, m, s: g.masked_fill(s == 0, 0.0), "zeros"),
        ("half and half", lambda g, m, s: torch.where(g.isnan(), m, 0.5 * g + 0.5 * m), "mixed"),
        ("first channel", completed_first, "first-channel"),
        ("in place", completed_in_place, "changes_input"),
    ],
    "cross_modal_gan.hole_error": [
        ("NaN", error_nan, "nothing-hidden"),
        ("everywhere", lambda m, t, s: (m - t).abs().mean((1, 2, 3)), "everywhere"),
        ("all pixels", lambda m, t, s: ((m - t).abs() * (1 - s)).mean((1, 2, 3)), "all-pixels"),
        ("differing", error_differing, "differing"),
        ("sum", lambda m, t, s: _error(m, t, s, 1), "not-divided"),
        ("count of the batch", error_pooled, "pooled-count"),
        ("channels", error_channels, "channels"),
        ("one number", lambda m, t, s: error_loop(m, t, s).mean(), "one-number"),
        ("squared", error_squared, "squared"),
        ("inverted", lambda m, t, s: error_counts(m, t, 1 - s), "inverted"),
        ("signed", error_signed, "signed"),
    ],
    "cross_modal_gan.cycle_loss": [
        ("a plain number", lambda *given: float(cycle_l1(*given)), "no-gradient"),
        ("no_grad", cycle_no_grad, "no-gradient"),
        ("detached", cycle_detached, "detached"),
        ("one detached", cycle_half_detached, "detached"),
        ("one mean", cycle_joint, "joint"),
        ("mean first", lambda s, i, f, g: (g(f(s)) - s).mean().abs() + (f(g(i)) - i).mean().abs(), "mean-first"),
        ("sounds only", lambda s, i, f, g: (g(f(s)) - s).abs().mean(), "one-way"),
        ("pictures only", lambda s, i, f, g: (f(g(i)) - i).abs().mean(), "other-way"),
        ("squares", lambda s, i, f, g: F.mse_loss(g(f(s)), s) + F.mse_loss(f(g(i)), i), "squared"),
        ("signed", lambda s, i, f, g: (g(f(s)) - s).mean() + (f(g(i)) - i).mean(), "signed"),
        ("summed", lambda s, i, f, g: (g(f(s)) - s).abs().sum() + (f(g(i)) - i).abs().sum(), "summed"),
        ("averaged", lambda *given: cycle_l1(*given) / 2, "halved"),
    ],
}

RIGHT = {
    "cross_modal_gan.normalised": [normalised_maximum, normalised_loop],
    "cross_modal_gan.slerp": [slerp_rows, slerp_where],
    "cross_modal_gan.straight_through": [through_library, through_function, through_rows],
    "cross_modal_gan.pair_scores": [pairs_matrix, pairs_loop],
    "cross_modal_gan.completed": [completed_fill, completed_copy],
    "cross_modal_gan.hole_error": [error_loop, error_counts],
    "cross_modal_gan.cycle_loss": [cycle_l1, cycle_steps],
}
