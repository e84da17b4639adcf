"""Answers to chapter 03's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import numpy as np
import torch
from torch.nn import functional

# orientation_histogram -----------------------------------------------------------------------------------------------


def orientation_loops(dx, dy, bins=9):
    votes = [0.0] * bins
    for x, y in zip(dx.ravel(), dy.ravel(), strict=True):
        angle = np.degrees(np.arctan2(y, x))
        angle = angle + 180 if angle < 0 else angle
        angle = 0.0 if y == 0 else angle  # 180° is 0°
        votes[min(int(angle // (180 / bins)), bins - 1)] += np.sqrt(x * x + y * y)
    return [v / dx.size for v in votes]


def orientation_numpy(dx, dy, bins=9):
    angle = np.degrees(np.arctan2(dy, dx)) % 180
    return np.histogram(angle, bins, range=(0, 180), weights=np.hypot(dx, dy))[0] / dx.size


def orientation_torch(dx, dy, bins=9):
    dx, dy = torch.from_numpy(dx), torch.from_numpy(dy)
    index = (torch.rad2deg(torch.atan2(dy, dx)).remainder(180) / (180 / bins)).long().clamp(max=bins - 1)
    return torch.zeros(bins, dtype=dx.dtype).index_add(0, index.ravel(), torch.hypot(dx, dy).ravel()) / dx.numel()


def _orientation(dx, dy, bins, angle=None, weight=None):
    angle = np.degrees(np.arctan2(dy, dx)) % 180 if angle is None else angle
    weight = np.hypot(dx, dy) if weight is None else weight
    return np.histogram(angle, bins, range=(0, 180), weights=weight)[0] / dx.size


def orientation_shared(dx, dy, bins):
    out, width = np.zeros(bins), 180 / bins
    for angle, m in zip((np.degrees(np.arctan2(dy, dx)) % 180).ravel(), np.hypot(dx, dy).ravel(), strict=True):
        low, part = divmod(angle / width - 0.5, 1)
        out[int(low) % bins] += m * (1 - part)
        out[int(low + 1) % bins] += m * part
    return out / dx.size


def orientation_centred(dx, dy, bins):
    out, width = np.zeros(bins), 180 / bins
    for angle, m in zip((np.degrees(np.arctan2(dy, dx)) % 180).ravel(), np.hypot(dx, dy).ravel(), strict=True):
        out[int(np.round(angle / width)) % bins] += m
    return out / dx.size


def orientation_unguarded(dx, dy, bins):
    votes = np.zeros(bins)
    for x, y in zip(dx.ravel(), dy.ravel(), strict=True):
        votes[int(np.degrees(np.arctan2(y, x)) % 180 / (180 / bins))] += np.hypot(x, y)
    return votes / dx.size


def orientation_overwritten(dx, dy, bins):
    votes = np.zeros(bins)
    index = np.minimum((np.degrees(np.arctan2(dy, dx)) % 180 / (180 / bins)).astype(int), bins - 1)
    votes[index.ravel()] += np.hypot(dx, dy).ravel()
    return votes / dx.size


def orientation_quotient(dx, dy, bins):
    angle = np.degrees(np.arctan(dy / dx)) % 180
    return np.bincount((angle / (180 / bins)).astype(int).ravel(), np.hypot(dx, dy).ravel(), bins) / dx.size


# block_normalise -----------------------------------------------------------------------------------------------------


def block_numpy(block):
    v = block.ravel()
    v = v / np.sqrt(v @ v + 1e-10)
    v = v.clip(0, 0.2)
    return (v / np.sqrt(v @ v + 1e-10)).reshape(block.shape)


def block_torch(block):
    v = torch.from_numpy(block)
    for cap in (0.2, 1.0):
        v = (v / (v.square().sum() + 1e-10).sqrt()).clamp(max=cap)
    return v


def _length(b):
    return np.sqrt((b**2).sum() + 1e-10)


# ratio_test ----------------------------------------------------------------------------------------------------------


def ratio_loops(distances, ratio=0.75):
    pairs = []
    for i, row in enumerate(distances):
        j = int(np.argmin(row))
        if row[j] < ratio * min(d for k, d in enumerate(row) if k != j):
            pairs.append((i, j))
    return pairs


def ratio_torch(distances, ratio=0.75):
    values, indices = torch.from_numpy(distances).topk(2, largest=False)
    sure = values[:, 0] < ratio * values[:, 1]
    return torch.stack([sure.nonzero()[:, 0], indices[sure, 0]], dim=1)


def _pairs(distances, keep):
    return np.array([(i, row.argmin()) for i, row in enumerate(distances) if keep(np.sort(row))])


# convolve ------------------------------------------------------------------------------------------------------------


def convolve_loops(image, kernels, stride=1, padding=0):
    c, height, width = image.shape
    x = np.zeros((c, height + 2 * padding, width + 2 * padding))
    x[:, padding : padding + height, padding : padding + width] = image
    o, _, k, _ = kernels.shape
    out = np.zeros((o, (x.shape[1] - k) // stride + 1, (x.shape[2] - k) // stride + 1))
    for r in range(out.shape[1]):
        for q in range(out.shape[2]):
            window = x[:, r * stride : r * stride + k, q * stride : q * stride + k]
            out[:, r, q] = [(window * kernel).sum() for kernel in kernels]
    return out


def convolve_windows(image, kernels, stride=1, padding=0):
    k = kernels.shape[-1]
    x = np.pad(image, ((0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))[:, ::stride, ::stride]
    return np.tensordot(kernels, windows, axes=([1, 2, 3], [0, 3, 4]))


def convolve_slow(image, kernels, stride=1, padding=0):
    right, dense = convolve_loops(image, kernels, stride, padding), convolve_loops(image, kernels, 1, padding)
    return dense[:, : right.shape[1], : right.shape[2]]


def convolve_unfold(image, kernels, stride=1, padding=0):
    x, k = torch.from_numpy(image).double(), kernels.shape[-1]
    columns = functional.unfold(x[None], k, padding=padding, stride=stride)[0]
    height = (image.shape[1] + 2 * padding - k) // stride + 1
    return (torch.from_numpy(kernels).flatten(1) @ columns).unflatten(1, (height, -1))


# patches -------------------------------------------------------------------------------------------------------------


def patches_loops(picture, size):
    _, height, width = picture.shape
    rows = []
    for top in range(0, height, size):
        for left in range(0, width, size):
            rows.append(picture[:, top : top + size, left : left + size].ravel())
    return np.array(rows)


def patches_unfold(picture, size):
    return functional.unfold(torch.from_numpy(picture)[None], size, stride=size)[0].T


def _patches(picture, size, lay, columns_first=False):
    _, height, width = picture.shape
    corners = [(t, s) for t in range(0, height, size) for s in range(0, width, size)]
    corners = sorted(corners, key=lambda at: (at[1], at[0])) if columns_first else corners
    return np.array([lay(picture[:, t : t + size, s : s + size]) for t, s in corners])


# spatial_pyramid -----------------------------------------------------------------------------------------------------


def pyramid_loops(maps, levels=(1, 2)):
    _, height, width = maps.shape
    parts = []
    for g in levels:
        for i in range(g):
            for j in range(g):
                rows = slice(i * height // g, (i + 1) * height // g)
                parts.append(maps[:, rows, j * width // g : (j + 1) * width // g].mean(axis=(1, 2)))
    return np.concatenate(parts)


def pyramid_torch(maps, levels=(1, 2)):
    x = torch.from_numpy(maps)
    return torch.cat([functional.adaptive_avg_pool2d(x, g).permute(1, 2, 0).flatten() for g in levels])


def _pooled(maps, g):
    return functional.adaptive_avg_pool2d(torch.from_numpy(maps), g).numpy()  # (c, g, g)


RIGHT = {
    "image_features.orientation_histogram": [orientation_loops, orientation_numpy, orientation_torch],
    "image_features.block_normalise": [block_numpy, block_torch],
    "image_features.ratio_test": [ratio_loops, ratio_torch],
    "image_features.convolve": [convolve_loops, convolve_windows, convolve_unfold],
    "image_features.patches": [patches_loops, patches_unfold],
    "image_features.spatial_pyramid": [pyramid_loops, pyramid_torch],
}

WRONG = {
    "image_features.orientation_histogram": [
        ("once round", lambda x, y, n: np.histogram(np.degrees(np.arctan2(y, x)) % 360, n, (0, 360),
                                                    weights=np.hypot(x, y))[0] / x.size, "signed"),
        ("absolute angle", lambda x, y, n: _orientation(x, y, n, np.abs(np.degrees(np.arctan2(y, x))) % 180), "folded"),
        ("one vote each", lambda x, y, n: _orientation(x, y, n, weight=np.ones_like(x)), "count"),
        ("squared length", lambda x, y, n: _orientation(x, y, n, weight=x * x + y * y), "squared"),
        ("city block", lambda x, y, n: _orientation(x, y, n, weight=abs(x) + abs(y)), "city-block"),
        ("arctan2(x, y)", lambda x, y, n: _orientation(x, y, n, np.degrees(np.arctan2(x, y)) % 180), "swapped"),
        ("radians", lambda x, y, n: _orientation(x, y, n, np.arctan2(y, x) % np.pi), "radians"),
        ("rounded", orientation_centred, "centred"),
        ("two bins a vote", orientation_shared, "shared"),
        ("sums", lambda x, y, n: _orientation(x, y, n) * x.size, "sum"),
        ("shares", lambda x, y, n: _orientation(x, y, n) / max(np.hypot(x, y).mean(), 1e-12), "share"),
        ("absolute, whole", lambda x, y, n: np.histogram(np.abs(np.degrees(np.arctan2(y, x))), n, (0, 180),
                                                         weights=np.hypot(x, y))[0] / x.size, "folded"),
        ("180 degrees forgotten", lambda x, y, n: np.bincount(
            (np.degrees(np.arctan2(y, x)) % 180 / (180 / n)).astype(int).ravel(), np.hypot(x, y).ravel(), n) / x.size, "edge"),
        ("180 degrees forgotten, in a loop", orientation_unguarded, "edge-index"),
        ("no minlength", lambda x, y, n: np.bincount(np.minimum(
            (np.degrees(np.arctan2(y, x)) % 180 / (180 / n)).astype(int), n - 1).ravel(), np.hypot(x, y).ravel()) / x.size,
                "minlength"),
        ("one vote kept", orientation_overwritten, "overwritten"),
        ("radians modulo 180", lambda x, y, n: _orientation(x, y, n, np.arctan2(y, x) % 180), "radians-modulo"),
        ("along the edge", lambda x, y, n: _orientation(x, y, n, np.degrees(np.arctan2(x, -y)) % 180), "along"),
        ("minus dy", lambda x, y, n: _orientation(x, y, n, np.degrees(np.arctan2(-y, x)) % 180), "mirrored"),
        ("64 pixels, always", lambda x, y, n: _orientation(x, y, n) * x.size / 64, "divisor"),
        ("by the rows", lambda x, y, n: _orientation(x, y, n) * x.size / len(x), "divisor"),
        ("a quotient, 0 / 0", orientation_quotient, None),
        ("no return", lambda x, y, n: None, "not_attempted"),
    ],
    "image_features.block_normalise": [
        ("divides by zero", lambda b: (lambda u: u / np.linalg.norm(u))(np.clip(b / np.linalg.norm(b), 0, 0.2)), "no-epsilon"),
        ("length one only", lambda b: b / _length(b), "no-clip"),
        ("not twice", lambda b: np.clip(b / _length(b), 0, 0.2), "no-second"),
        ("clips first", lambda b: (lambda u: u / _length(u))(np.clip(b, 0, 0.2)), "clip-first"),
        ("cell by cell", lambda b: np.stack([[block_numpy(cell) for cell in row] for row in b]), "cell-wise"),
        ("sum of absolutes", lambda b: (lambda u: u / (np.abs(u).sum() + 1e-5))(np.clip(b / (b.sum() + 1e-5), 0, 0.2)), "sum"),
        ("no root", lambda b: (lambda u: u / _length(u) ** 2)(np.clip(b / _length(b) ** 2, 0, 0.2)), "square"),
        ("epsilon, not squared", lambda b: (lambda u: u / np.sqrt((u**2).sum() + 1e-5))(
            np.clip(b / np.sqrt((b**2).sum() + 1e-5), 0, 0.2)), "epsilon"),
        ("epsilon outside the root", lambda b: (lambda u: u / (np.linalg.norm(u) + 1e-5))(
            np.clip(b / (np.linalg.norm(b) + 1e-5), 0, 0.2)), "epsilon"),
        ("bin by bin", lambda b: (lambda u: u / np.sqrt((u**2).sum((0, 1)) + 1e-10))(
            np.clip(b / np.sqrt((b**2).sum((0, 1)) + 1e-10), 0, 0.2)), "bin-wise"),
        ("large ones to zero", lambda b: (lambda u: u / _length(u))(b / _length(b) * (b / _length(b) <= 0.2)), "zeroed"),
        ("by the largest", lambda b: b / (b.max() + 1e-5), "maximum"),
        ("flat", lambda b: block_numpy(b).ravel(), "shape"),
    ],
    "image_features.ratio_test": [
        ("nearest, always", lambda D, r: _pairs(D, lambda s: True), "no-test"),
        ("keeps the doubtful", lambda D, r: _pairs(D, lambda s: s[0] >= r * s[1]), "inverted"),
        ("near enough", lambda D, r: _pairs(D, lambda s: s[0] < r), "threshold"),
        ("ratio at the nearest", lambda D, r: _pairs(D, lambda s: r * s[0] < s[1]), "side"),
        ("against the farthest", lambda D, r: _pairs(D, lambda s: s[0] < r * s[-1]), "last"),
        ("down the columns", lambda D, r: ratio_loops(D.T, r), "columns"),
        ("(j, i)", lambda D, r: [(j, i) for i, j in ratio_loops(D, r)], "swapped"),
        ("j alone", lambda D, r: [j for _, j in ratio_loops(D, r)], "partners-only"),
        ("from the end", lambda D, r: ratio_loops(D, r)[::-1], "order"),
        ("or equal", lambda D, r: _pairs(D, lambda s: s[0] <= r * s[1]), "not-strict"),
        ("ties made one", lambda D, r: _pairs(D, lambda s: np.unique(s)[0] < r * np.unique(s)[1]), "unique"),
        ("always 0.75", lambda D, r: ratio_loops(D), "fixed"),
        ("squares", lambda D, r: _pairs(D, lambda s: s[0] ** 2 < r * s[1] ** 2), "power"),
        ("ratio squared", lambda D, r: ratio_loops(D, r * r), "power"),
        ("the rival", lambda D, r: [(i, np.argsort(D[i])[1]) for i, _ in ratio_loops(D, r)], "second"),
        ("mutual", lambda D, r: [(i, j) for i, j in ratio_loops(D, r) if D[:, j].argmin() == i], "mutual"),
        ("which rows", lambda D, r: np.sort(D)[:, 0] < r * np.sort(D)[:, 1], "mask"),
        ("two rows", lambda D, r: np.array(ratio_loops(D, r)).T, "across"),
        ("indices and rivals", lambda D, r: np.argsort(D, 1)[:, :2], None),
    ],
    "image_features.convolve": [
        ("flipped", lambda x, w, s, p: convolve_loops(x, w[:, :, ::-1, ::-1], s, p), "flipped"),
        ("transposed", lambda x, w, s, p: convolve_loops(x, np.swapaxes(w, 2, 3), s, p), "transposed"),
        ("mean", lambda x, w, s, p: convolve_loops(x, w, s, p) / w[0].size, "mean"),
        ("mean of channels", lambda x, w, s, p: convolve_loops(x, w, s, p) / len(x), "channel-mean"),
        ("first channel", lambda x, w, s, p: convolve_loops(x[:1], w[:, :1], s, p), "first-channel"),
        ("one kernel", lambda x, w, s, p: convolve_loops(x, w[[0] * len(w)], s, p), "same-kernel"),
        ("border repeated", lambda x, w, s, p: convolve_loops(np.pad(x, ((0, 0), (p, p), (p, p)), "edge"), w, s), "edge"),
        ("padding forgotten", lambda x, w, s, p: convolve_loops(x, w, s), "no-padding"),
        ("stride forgotten", lambda x, w, s, p: convolve_loops(x, w, 1, p), "no-stride"),
        ("channels apart", lambda x, w, s, p: np.stack(
            [[convolve_loops(x[c : c + 1], k[None, c : c + 1], s, p)[0] for c in range(len(x))] for k in w]), "channels-apart"),
        ("maps last", lambda x, w, s, p: np.moveaxis(convolve_loops(x, w, s, p), 0, -1), "channels-last"),
        ("one ring of zeros", lambda x, w, s, p: convolve_loops(x, w, s, 1 if p else 0), "padding-flag"),
        ("zeros round the maps", lambda x, w, s, p: np.pad(convolve_loops(x, w, s), ((0, 0), (p, p), (p, p))), "padding-after"),
        ("stride not in the start", convolve_slow, "starts"),
        ("maps of the picture's type", lambda x, w, s, p: convolve_loops(x, w, s, p).astype(x.dtype), "integers"),
        ("channels padded too", lambda x, w, s, p: convolve_loops(np.pad(x, p), w, s), None),
    ],
    "image_features.patches": [
        ("reshape alone", lambda p, s: p.reshape(-1, len(p) * s * s), "reshape"),
        ("column by column", lambda p, s: _patches(p, s, np.ravel, columns_first=True), "column-order"),
        ("channels last", lambda p, s: _patches(p, s, lambda q: q.transpose(1, 2, 0).ravel()), "channels-last"),
        ("transposed inside", lambda p, s: _patches(p, s, lambda q: q.transpose(0, 2, 1).ravel()), "transposed"),
        ("overlapping", lambda p, s: functional.unfold(torch.from_numpy(p)[None], s)[0].T, "overlapping"),
        ("each channel", lambda p, s: np.concatenate([patches_loops(c[None], s) for c in p]), "channels-apart"),
        ("split the other way", lambda p, s: p.reshape(len(p), s, p.shape[1] // s, s, p.shape[2] // s)
            .transpose(2, 4, 0, 1, 3).reshape(-1, len(p) * s * s), "split"),
        ("channel outermost", lambda p, s: np.concatenate(
            [patches_loops(c[None], s).ravel() for c in p]).reshape(-1, len(p) * s * s), "channel-outermost"),
        ("columns", lambda p, s: patches_loops(p, s).T, "across"),
        ("so many a side", lambda p, s: np.zeros((s * s, p.size // (s * s))), "per-side"),
        ("not laid out", lambda p, s: _patches(p, s, lambda q: q), "not-flat"),
    ],
    "image_features.spatial_pyramid": [
        ("maximum", lambda m, levels: np.concatenate([
            functional.adaptive_max_pool2d(torch.from_numpy(m), g).permute(1, 2, 0).flatten() for g in levels]), "maximum"),
        ("sum", lambda m, levels: np.concatenate([
            np.moveaxis(_pooled(m, g), 0, -1).ravel() * m[0].size / g**2 for g in levels]), "sum"),
        ("channels first", lambda m, levels: np.concatenate([_pooled(m, g).ravel() for g in levels]), "channels-first"),
        ("columns first", lambda m, levels: np.concatenate([_pooled(m, g).transpose(2, 1, 0).ravel() for g in levels]),
         "column-order"),
        ("finest first", lambda m, levels: pyramid_loops(m, levels[::-1]), "reversed"),
        ("one mean", lambda m, levels: m.mean(axis=(1, 2)), "no-place"),
        ("last level", lambda m, levels: pyramid_loops(m, levels[-1:]), "one-level"),
        ("parts of side g", lambda m, levels: np.concatenate([functional.avg_pool2d(torch.from_numpy(m), g).permute(1, 2, 0)
                                                              .flatten() for g in levels]), "side"),
        ("every g-th", lambda m, levels: np.concatenate(
            [m[:, i::g, j::g].mean((1, 2)) for g in levels for i in range(g) for j in range(g)]), "interleaved"),
        ("channel by channel", lambda m, levels: np.concatenate([pyramid_loops(c[None], levels) for c in m]), "per-channel"),
        ("2^g parts a side", lambda m, levels: pyramid_torch(m, tuple(2**g for g in levels)), "level-count"),
        ("g strips", lambda m, levels: np.concatenate([
            functional.adaptive_avg_pool2d(torch.from_numpy(m), (g, 1)).permute(1, 2, 0).flatten() for g in levels]),
                "level-count"),
    ],
}  # fmt: skip
