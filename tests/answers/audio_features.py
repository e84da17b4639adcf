"""Answers to chapter 04's exercises: wrong ones with the diagnosis each must get, and different right ones."""

import numpy as np
import scipy.fft
import torch

# frames --------------------------------------------------------------------------------------------------------------


def frames_loop(wave, window, hop):
    out, start = [], 0
    while start + window <= len(wave):
        out.append(wave[start : start + window])
        start += hop
    return np.array(out)


def frames_view(wave, window, hop):
    return np.lib.stride_tricks.sliding_window_view(wave, window)[::hop]


def frames_torch(wave, window, hop):
    return torch.from_numpy(wave).unfold(0, window, hop)


def frames_padded(wave, window, hop):
    count = -(-(len(wave) - window) // hop) + 2
    longer = np.pad(wave, (0, count * hop + window - len(wave)))
    return frames_loop(longer, window, hop)[:count]


def frames_ragged(wave, window, hop):
    return [wave[s : s + window] for s in range(0, len(wave), hop)]


# power_spectrum ------------------------------------------------------------------------------------------------------


def hann(n):
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)


def spectrum_sine(frames):
    n = frames.shape[1]
    z = np.fft.rfft(frames * np.sin(np.pi * np.arange(n) / n) ** 2)
    return z.real**2 + z.imag**2


def spectrum_torch(frames):
    frames = torch.from_numpy(frames)
    return torch.fft.rfft(frames * torch.hann_window(frames.shape[1], dtype=frames.dtype)).abs().square()


def spectrum_faded(frames):
    return np.fft.rfft(frames * hann(frames.shape[1]))


def spectrum_doubled(frames):
    power = spectrum_sine(frames)
    power[:, 1:-1] *= 2
    return power


def spectrum_matrix(frames):
    n = frames.shape[1]
    k, j = np.arange(n // 2 + 1)[:, None], np.arange(n)
    faded = frames * hann(n)
    return (faded @ np.cos(2 * np.pi * k * j / n).T) ** 2 + (faded @ np.sin(2 * np.pi * k * j / n).T) ** 2


# mel_filterbank ------------------------------------------------------------------------------------------------------


def bank_loops(edges, frequencies):
    out = np.zeros((len(edges) - 2, len(frequencies)))
    for i in range(len(edges) - 2):
        low, peak, high = edges[i : i + 3]
        for j, f in enumerate(frequencies):
            if low < f <= peak:
                out[i, j] = (f - low) / (peak - low)
            elif peak < f < high:
                out[i, j] = (high - f) / (high - peak)
    return out


def bank_interpolated(edges, frequencies):
    return np.stack([np.interp(frequencies, edges[i : i + 3], [0, 1, 0], 0, 0) for i in range(len(edges) - 2)])


def bank_torch(edges, frequencies):
    e, f = torch.from_numpy(edges), torch.from_numpy(frequencies)
    up = (f - e[:-2, None]) / (e[1:-1] - e[:-2])[:, None]
    down = (e[2:, None] - f) / (e[2:] - e[1:-1])[:, None]
    return torch.minimum(up, down).clamp_min(0)


def bank_equal_sides(edges, frequencies):
    middle, side = (edges[:-2] + edges[2:]) / 2, (edges[2:] - edges[:-2]) / 2
    return np.clip(1 - np.abs(frequencies - middle[:, None]) / side[:, None], 0, None)


def mel(hz):
    return 2595 * np.log10(1 + hz / 700)


def flanks(edges, frequencies):
    low, peak, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    return (frequencies - low) / (peak - low), (high - frequencies) / (high - peak)


# mfcc ----------------------------------------------------------------------------------------------------------------


def mfcc_scipy(log_mel, kept):
    return scipy.fft.dct(log_mel, axis=0, norm="ortho")[:kept]


def mfcc_torch(log_mel, kept):
    x = torch.from_numpy(log_mel)
    n = len(x)
    basis = torch.cos(torch.pi / n * torch.outer(torch.arange(kept), torch.arange(n) + 0.5)).to(x) * (2 / n) ** 0.5
    basis[0] /= 2**0.5
    return basis @ x


def mfcc_loops(log_mel, kept):
    bands, frames = log_mel.shape
    out = np.zeros((kept, frames))
    for c in range(kept):
        scale = np.sqrt((1 if c == 0 else 2) / bands)
        for b in range(bands):
            out[c] += scale * log_mel[b] * np.cos(np.pi * c * (b + 0.5) / bands)
    return out


def mfcc_no_half(log_mel, kept):
    n = len(log_mel)
    basis = np.cos(np.pi / n * np.outer(np.arange(kept), np.arange(n))) * np.sqrt(2 / n)
    basis[0] = np.sqrt(1 / n)
    return basis @ log_mel


# masked_mean ---------------------------------------------------------------------------------------------------------


def masked_loops(x, lengths):
    return np.stack([item[:, :n].mean(axis=1) for item, n in zip(x, lengths, strict=True)])


def masked_torch(x, lengths):
    x, n = torch.from_numpy(x), torch.from_numpy(lengths)
    real = torch.arange(x.shape[-1]) < n[:, None]
    return (x * real[:, None]).sum(-1) / n[:, None]


def masked_cumulative(x, lengths):
    return np.cumsum(x, axis=2)[np.arange(len(x)), :, lengths - 1] / lengths[:, None]


def masked_in_place(x, lengths):
    for item, n in zip(x, lengths, strict=True):
        item[:, n:] = 0
    return x.sum(2) / lengths[:, None]


def real(x, n):
    return (np.arange(x.shape[2]) < n[:, None])[:, None]


# leave_one_speaker_out -----------------------------------------------------------------------------------------------


def folds_loops(speakers):
    out = []
    for who in sorted(set(speakers.tolist())):
        train = [i for i, name in enumerate(speakers) if name != who]
        test = [i for i, name in enumerate(speakers) if name == who]
        out.append((train, test))
    return out


def folds_sklearn(speakers):
    from sklearn.model_selection import LeaveOneGroupOut

    return list(LeaveOneGroupOut().split(np.zeros(len(speakers)), groups=speakers))


def folds_sets(speakers):
    everyone = set(range(len(speakers)))
    for who in np.unique(speakers):
        test = {i for i in everyone if speakers[i] == who}
        yield sorted(everyone - test, reverse=True), sorted(test)


def folds_unsorted(speakers):
    return [(np.flatnonzero(speakers != w), np.flatnonzero(speakers == w)) for w in dict.fromkeys(speakers.tolist())]


# deltas --------------------------------------------------------------------------------------------------------------


def deltas_loops(x, reach):
    n = x.shape[1]
    out = np.zeros(x.shape)
    for t in range(n):
        for k in range(1, reach + 1):
            out[:, t] += k * (x[:, min(t + k, n - 1)] - x[:, max(t - k, 0)])
    return out / (2 * sum(k**2 for k in range(1, reach + 1)))


def deltas_torch(x, reach):
    x = torch.from_numpy(x)[:, None]
    kernel = torch.arange(-reach, reach + 1, dtype=x.dtype)
    padded = torch.nn.functional.pad(x, (reach, reach), mode="replicate")
    return torch.nn.functional.conv1d(padded, (kernel / kernel.square().sum())[None, None])[:, 0]


def deltas_scipy(x, reach):
    from scipy.ndimage import correlate1d

    kernel = np.arange(-reach, reach + 1.0)
    return correlate1d(x, kernel / (kernel**2).sum(), axis=1, mode="nearest")


def deltas_padded(x, reach, **how):
    p, n = np.pad(x, ((0, 0), (reach, reach)), **how), x.shape[1]
    total = sum(k * (p[:, reach + k : reach + k + n] - p[:, reach - k : reach - k + n]) for k in range(1, reach + 1))
    return total / (2 * sum(k**2 for k in range(1, reach + 1)))


def deltas_rolled(x, reach):
    total = sum(k * (np.roll(x, -k, axis=1) - np.roll(x, k, axis=1)) for k in range(1, reach + 1))
    return total / (2 * sum(k**2 for k in range(1, reach + 1)))


def deltas_unweighted(x, reach):
    p, n = np.pad(x, ((0, 0), (reach, reach)), mode="edge"), x.shape[1]
    return sum(p[:, reach + k : reach + k + n] - p[:, reach - k : reach - k + n] for k in range(1, reach + 1)) / (
        2 * squares(reach)
    )


def deltas_short_range(x, reach):
    p, n = np.pad(x, ((0, 0), (reach, reach)), mode="edge"), x.shape[1]
    total = sum(k * (p[:, reach + k : reach + k + n] - p[:, reach - k : reach - k + n]) for k in range(1, reach))
    return total / (2 * sum(k**2 for k in range(1, reach)))


def deltas_farthest(x, reach):
    p = np.pad(x, ((0, 0), (reach, reach)), mode="edge")
    return p[:, 2 * reach :] - p[:, : -2 * reach]


def squares(reach):
    return sum(k**2 for k in range(1, reach + 1))


RIGHT = {
    "audio_features.frames": [frames_loop, frames_view, frames_torch],
    "audio_features.power_spectrum": [spectrum_sine, spectrum_torch, spectrum_matrix],
    "audio_features.mel_filterbank": [bank_loops, bank_interpolated, bank_torch],
    "audio_features.mfcc": [mfcc_scipy, mfcc_torch, mfcc_loops],
    "audio_features.masked_mean": [masked_loops, masked_torch, masked_cumulative],
    "audio_features.leave_one_speaker_out": [folds_loops, folds_sklearn, folds_sets],
    "audio_features.deltas": [deltas_loops, deltas_torch, deltas_scipy],
}

WRONG = {
    "audio_features.frames": [
        ("end to end", lambda w, n, h: w[: len(w) // n * n].reshape(-1, n), "no-overlap"),
        (
            "one frame short",
            lambda w, n, h: np.stack([w[s : s + n] for s in range(0, len(w) - n, h)][: (len(w) - n) // h]),
            "last-missing",
        ),
        ("range without its end", lambda w, n, h: np.array([w[s : s + n] for s in range(0, len(w) - n, h)]), "last-missing"),
        ("last one filled up", lambda w, n, h: frames_loop(np.pad(w, (0, -(len(w) - n) % h)), n, h), "past-end"),
        ("zeros behind", frames_padded, "padded"),
        ("short ones kept", frames_ragged, "ragged"),
        ("columns", lambda w, n, h: frames_loop(w, n, h).T, "transposed"),
        ("window and hop swapped", lambda w, n, h: frames_loop(w, h, n), "swapped"),
        ("only the starts", lambda w, n, h: np.arange(0, len(w) - n + 1, h), "starts"),
        ("every sample a start", lambda w, n, h: np.lib.stride_tricks.sliding_window_view(w, n), "shape"),
        ("no return", lambda w, n, h: print(end=""), "returns_none"),
    ],
    "audio_features.power_spectrum": [
        ("no window", lambda f: np.abs(np.fft.rfft(f)) ** 2, "no-window"),
        ("np.hanning", lambda f: np.abs(np.fft.rfft(f * np.hanning(f.shape[1]))) ** 2, "symmetric"),
        ("not squared", lambda f: np.abs(np.fft.rfft(f * hann(f.shape[1]))), "magnitude"),
        ("real part", lambda f: np.real(np.fft.rfft(f * hann(f.shape[1]))) ** 2, "real-part"),
        ("complex square", lambda f: np.fft.rfft(f * hann(f.shape[1])) ** 2, "complex-square"),
        ("both halves", lambda f: np.abs(np.fft.fft(f * hann(f.shape[1]))) ** 2, "both-halves"),
        ("along the frames", lambda f: np.abs(np.fft.rfft(f * hann(f.shape[1]), axis=0)) ** 2, "axis"),
        ("window after", lambda f: np.abs(np.fft.rfft(f) * hann(f.shape[1] // 2 + 1)) ** 2, "window-late"),
        ("decibels", lambda f: 10 * np.log10(spectrum_sine(f)), "decibels"),
        ("natural logarithm", lambda f: np.log(spectrum_sine(f)), "decibels"),
        ("times its conjugate", lambda f: spectrum_faded(f) * spectrum_faded(f).conj(), "complex-type"),
        ("the same in torch", lambda f: torch.from_numpy(spectrum_faded(f) * spectrum_faded(f).conj()), "complex-type"),
        ("divided by the window", lambda f: spectrum_sine(f) / f.shape[1], "scaled"),
        ("divided by the window's sum", lambda f: spectrum_sine(f) / hann(f.shape[1]).sum() ** 2, "scaled"),
        ("np.hamming", lambda f: np.abs(np.fft.rfft(f * np.hamming(f.shape[1]))) ** 2, "hamming"),
        ("both sides in one", spectrum_doubled, "doubled"),
        ("one row short", lambda f: np.abs(np.fft.fft(f * hann(f.shape[1]))[:, : f.shape[1] // 2]) ** 2, "last-row"),
    ],
    "audio_features.mel_filterbank": [
        ("no floor", lambda e, f: np.minimum(*flanks(e, f)), "no-floor"),
        ("larger of the two", lambda e, f: np.maximum(0, np.maximum(*flanks(e, f))), "valley"),
        ("boxes", lambda e, f: 1.0 * ((f >= e[:-2, None]) & (f <= e[2:, None])), "boxes"),
        ("rising only", lambda e, f: np.where(f <= e[1:-1, None], np.maximum(0, flanks(e, f)[0]), 0), "one-side"),
        ("equal area", lambda e, f: bank_loops(e, f) * (2 / (e[2:] - e[:-2]))[:, None], "area"),
        ("sum one", lambda e, f: bank_loops(e, f) / np.maximum(bank_loops(e, f).sum(1), 1e-12)[:, None], "sum"),
        (
            "left width on both sides",
            lambda e, f: np.maximum(0, 1 - np.abs(f - e[1:-1, None]) / (e[1:-1] - e[:-2])[:, None]),
            "symmetric",
        ),
        ("boxes without their ends", lambda e, f: 1.0 * ((f > e[:-2, None]) & (f < e[2:, None])), "boxes"),
        ("boxes end to end", lambda e, f: 1.0 * ((f >= e[:-2, None]) & (f < e[1:-1, None])), "boxes"),
        ("straight in mel", lambda e, f: bank_loops(mel(e), mel(f)), "mel-flanks"),
        ("equal sides between its ends", bank_equal_sides, "symmetric"),
        ("corners at the nearest row", lambda e, f: bank_loops(f[np.abs(f - e[:, None]).argmin(1)], f), "snapped"),
        ("corners rounded down", lambda e, f: bank_loops(f[np.searchsorted(f, e, side="right") - 1], f), "snapped"),
        ("columns", lambda e, f: bank_loops(e, f).T, "transposed"),
        ("a band an edge", lambda e, f: np.stack([np.interp(f, e, row, 0, 0) for row in np.eye(len(e))]), "edges-as-bands"),
    ],
    "audio_features.mfcc": [
        ("along time", lambda x, k: scipy.fft.dct(x, axis=1, norm="ortho")[:k], "axis"),
        ("default axis, kept columns", lambda x, k: scipy.fft.dct(x, norm="ortho")[:, :k], "axis"),
        ("default norm", lambda x, k: scipy.fft.dct(x, axis=0)[:k], "not-ortho"),
        ("first row too large", lambda x, k: scipy.fft.dct(x, axis=0)[:k] / np.sqrt(2 * len(x)), "first-row"),
        ("without the loudness", lambda x, k: scipy.fft.dct(x, axis=0, norm="ortho")[1 : k + 1], "dropped-first"),
        ("all of them", lambda x, k: scipy.fft.dct(x, axis=0, norm="ortho"), "all"),
        ("the last", lambda x, k: scipy.fft.dct(x, axis=0, norm="ortho")[-k:], "last"),
        ("another logarithm", lambda x, k: scipy.fft.dct(np.log(x - 5), axis=0, norm="ortho")[:k], "log-twice"),
        ("Fourier", lambda x, k: np.fft.rfft(x, axis=0)[:k], "fourier"),
        ("the first bands", lambda x, k: scipy.fft.dct(x[:k], axis=0, norm="ortho"), "cut-bands"),
        ("n=kept", lambda x, k: scipy.fft.dct(x, n=k, axis=0, norm="ortho"), "cut-bands"),
        ("a frame a row", lambda x, k: mfcc_loops(x, k).T, "transposed"),
        ("each frame less its mean", lambda x, k: mfcc_loops(x - x.mean(0), k), "mean-removed"),
        ("natural logarithm", lambda x, k: mfcc_loops(np.log(10 ** (x / 10)), k), "scaled"),
        ("cosines from the bands' ends", mfcc_no_half, "half"),
        ("type I", lambda x, k: scipy.fft.dct(x, type=1, axis=0, norm="ortho")[:k], "differs"),
    ],
    "audio_features.masked_mean": [
        ("plain mean", lambda x, n: x.mean(axis=-1), "plain"),
        ("divided by the padded length", lambda x, n: (x * real(x, n)).mean(2), "divisor"),
        ("sum", lambda x, n: (x * real(x, n)).sum(2), "sum"),
        ("padding in the sum", lambda x, n: x.sum(2) / n[:, None], "numerator"),
        ("one too many", lambda x, n: np.stack([i[:, : k + 1].mean(1) for i, k in zip(x, n, strict=True)]), "one-off"),
        ("from the end", lambda x, n: np.stack([i[:, -k:].mean(1) for i, k in zip(x, n, strict=True)]), "end"),
        ("cut to the shortest", lambda x, n: x[..., : min(n)].mean(-1), "shortest"),
        ("cut to the longest", lambda x, n: x[:, :, : n.max()].mean(2), "longest"),
        ("over the bands", lambda x, n: x.mean(1), "axis"),
        ("last frame", lambda x, n: np.stack([i[:, k - 1] for i, k in zip(x, n, strict=True)]), "last"),
        ("changes its input", masked_in_place, "changes_input"),
    ],
    "audio_features.leave_one_speaker_out": [
        ("swapped", lambda s: [(np.flatnonzero(s == w), np.flatnonzero(s != w)) for w in np.unique(s)], "swapped"),
        ("masks", lambda s: [(s != w, s == w) for w in np.unique(s)], "masks"),
        ("one recording out", lambda s: [(np.delete(np.arange(len(s)), i), np.array([i])) for i in range(len(s))], "one-item"),
        ("trained on everyone", lambda s: [(np.arange(len(s)), np.flatnonzero(s == w)) for w in np.unique(s)], "everyone"),
        ("in order of appearance", folds_unsorted, "order"),
        ("backwards", lambda s: folds_loops(s)[::-1], "order"),
        ("the rarest first", lambda s: sorted(folds_loops(s), key=lambda fold: (len(fold[1]), -fold[1][0])), "order"),
        ("np.where", lambda s: [(np.where(s != w), np.where(s == w)) for w in np.unique(s)], "tuples"),
        ("names", lambda s: [(s[s != w], s[s == w]) for w in np.unique(s)], "names"),
        ("one fold", lambda s: [(np.flatnonzero(s != s[0]), np.flatnonzero(s == s[0]))], "one-fold"),
        ("only the test parts", lambda s: [np.flatnonzero(s == w) for w in np.unique(s)], "test-only"),
    ],
    "audio_features.deltas": [
        ("not divided", lambda x, r: deltas_loops(x, r) * 2 * squares(r), "no-divisor"),
        ("twice too steep", lambda x, r: deltas_loops(x, r) * 2, "half-divisor"),
        ("zeros beside", lambda x, r: deltas_padded(x, r, mode="constant"), "zeros"),
        ("wrapped", deltas_rolled, "wrapped"),
        ("mirrored", lambda x, r: deltas_padded(x, r, mode="reflect"), "reflected"),
        ("sign", lambda x, r: -deltas_scipy(x, r), "sign"),
        ("inside only", lambda x, r: deltas_loops(x, r)[:, r:-r], "short"),
        ("down the rows", lambda x, r: deltas_scipy(x.T, r).T, "axis"),
        ("neighbours", lambda x, r: deltas_loops(x, 1), "only-neighbours"),
        ("np.gradient", lambda x, r: np.gradient(x, axis=1), "only-neighbours"),
        ("unweighted", deltas_unweighted, "unweighted"),
        ("np.diff", lambda x, r: np.diff(x, axis=1, prepend=x[:, :1]), "one-side"),
        ("np.diff, the last repeated", lambda x, r: np.diff(x, axis=1, append=x[:, -1:]), "one-side"),
        ("range(1, reach)", deltas_short_range, "range"),
        ("range(1, reach) above only", lambda x, r: deltas_short_range(x, r) * squares(r - 1) / squares(r), "range"),
        ("square of the sum", lambda x, r: deltas_loops(x, r) * squares(r) / sum(range(r + 1)) ** 2, "square-of-sum"),
        ("only the farthest", lambda x, r: deltas_farthest(x, r) / (2 * r), "only-farthest"),
        ("only the farthest, whole divisor", lambda x, r: r * deltas_farthest(x, r) / (2 * squares(r)), "only-farthest"),
        ("rows padded too", lambda x, r: deltas_loops(np.pad(x, ((r, r), (0, 0)), mode="edge"), r), "rows-padded"),
    ],
}
