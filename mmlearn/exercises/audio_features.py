"""Chapter 04: frames and their spectra, mel bands, cepstra, means that see no padding, folds by speaker, and change over time."""

import numpy as np

from mmlearn.exercises.engine import Exercise, Mistake, register
from mmlearn.exercises.engine.quiz import Choice, Question, ask


def close(got, expected) -> bool:
    """Equal shapes and nearly equal numbers."""
    return np.shape(got) == np.shape(expected) and np.allclose(got, expected, rtol=1e-4, atol=1e-6)


# 1 -------------------------------------------------------------------------------------------------------------------


def frames(wave: np.ndarray, window: int, hop: int) -> np.ndarray:
    """(samples,) -> (n, window): whole frames only; the library's own pads half a window at both ends."""
    n = 1 + (len(wave) - window) // hop
    return wave[hop * np.arange(n)[:, None] + np.arange(window)]


def frames_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    window, hop, n = {"standard": (8, 3, 40), "large": (256, 80, 4000)}[variant]
    return [(np.arange(10.0), 4, 2), (rng.normal(size=n + 1), window, hop), (rng.normal(size=n), window, window)]


FRAMES = Exercise(
    id="audio_features.frames",
    title="cut a wave into overlapping frames",
    reference=frames,
    cases=frames_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-overlap", "your frames lie end to end: each begins where the last one stopped. The next frame begins `hop` "
                "samples after the start of this one", wrong=lambda w, n, h: frames(w, n, n)),
        Mistake("last-missing", "the last frame is missing. How many starts s = 0, hop, 2·hop … have s + window ≤ len(wave)? "
                "One more than (len(wave) - window) // hop", wrong=lambda w, n, h: frames(w, n, h)[:-1]),
        Mistake("ragged", "the frames at the end are shorter than the others, so that they make no matrix. Leave out those that "
                "do not have `window` samples",
                when=lambda got, expected, w, n, h: len({len(f) for f in got}) > 1),
        Mistake("padded", "you have more frames than fit. A frame that would run past the end of the wave is left out here",
                when=lambda got, expected, w, n, h: len(got) > len(expected) and close(got[: len(expected)], expected)),
        Mistake("transposed", "the right numbers, but a frame must be a *row*: (n, window)",
                when=lambda got, expected, *_: close(np.transpose(got), expected)),
        Mistake("swapped", "window and hop have changed places: your frames have hop samples and start window samples apart",
                when=lambda got, expected, w, n, h: close(got, frames(w, h, n))),
        Mistake("starts", "these are where frames begin. The samples themselves were asked for",
                when=lambda got, expected, w, n, h: np.ndim(got) == 1),
    ],
    hints=(
        "Frame i begins at sample i · hop. Where does it end, and for which i does that still lie inside the wave?",
        "There are n = 1 + (len(wave) - window) // hop whole frames. Slice each out and stack them, or index the wave with a "
        "matrix: row i, column j holds i · hop + j.",
        "n = 1 + (len(wave) - window) // hop\nreturn np.stack([wave[…] for i in range(n)])",
    ),
)  # fmt: skip


# 2 -------------------------------------------------------------------------------------------------------------------


def hann(n: int) -> np.ndarray:
    """The periodic Hann window: 0 at the first sample, 1 in the middle."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)


def power_spectrum(frames: np.ndarray) -> np.ndarray:
    """(n, window) -> (n, window // 2 + 1): windowed, transformed, squared."""
    return np.abs(np.fft.rfft(frames * hann(frames.shape[1]), axis=1)) ** 2


def spectrum_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, window = {"standard": (3, 16), "large": (40, 256)}[variant]
    tone = np.cos(2 * np.pi * 2.5 * np.arange(8) / 8)
    return [(tone[None],), (rng.normal(size=(n, window)),), (rng.normal(size=(window + 2, 12)),)]


SPECTRUM = Exercise(
    id="audio_features.power_spectrum",
    title="the power of every frequency in every frame",
    reference=power_spectrum,
    cases=spectrum_cases,
    variants=("standard", "large"),
    tolerance=1e-4,  # float32 will do
    mistakes=[
        Mistake("no-window", "the frames were not faded: at their hard edges energy leaks into all frequencies. Multiply "
                "each by a Hann window first", wrong=lambda f: np.abs(np.fft.rfft(f, axis=1)) ** 2),
        Mistake("window-late", "the window was laid over the spectrum. It belongs on the samples, before the transform",
                when=lambda got, expected, f: close(got, np.abs(np.fft.rfft(f, axis=1)) ** 2 * hann(f.shape[1] // 2 + 1))
                or close(got, np.abs(np.fft.rfft(f, axis=1) * hann(f.shape[1] // 2 + 1)) ** 2)),
        Mistake("symmetric", "np.hanning gives the symmetric window, for designing filters. For spectra the periodic one is "
                "used: 0.5 - 0.5 cos(2πj / window), whose next value would be 0 again",
                wrong=lambda f: np.abs(np.fft.rfft(f * np.hanning(f.shape[1]), axis=1)) ** 2),
        Mistake("magnitude", "these are magnitudes. Power is their square",
                wrong=lambda f: np.abs(np.fft.rfft(f * hann(f.shape[1]), axis=1))),
        Mistake("real-part", "you squared the real part only. |a + bi|² = a² + b²: both parts carry energy",
                wrong=lambda f: np.fft.rfft(f * hann(f.shape[1]), axis=1).real ** 2),
        Mistake("complex-square", "z² is still complex and loses the size; |z|² was asked for: take np.abs before squaring",
                when=lambda got, expected, f: np.iscomplexobj(got)),
        Mistake("both-halves", "the spectrum of a real wave is its own mirror image: np.fft.fft gives both halves, "
                "np.fft.rfft the one that is needed", wrong=lambda f: np.abs(np.fft.fft(f * hann(f.shape[1]), axis=1)) ** 2),
        Mistake("axis", "you transformed along the wrong axis. A frame is a row: which axis runs along its samples?",
                when=lambda got, expected, f: np.shape(got)[0] == f.shape[0] // 2 + 1),
    ],
    hints=(
        "Three steps: fade the frame in and out, take the Fourier transform, take the squared size of each complex number.",
        "hann = 0.5 - 0.5 cos(2πj / window) for j = 0 … window-1, multiplied onto every row; then np.fft.rfft along the samples; "
        "then np.abs(…)**2.",
        "window = frames.shape[1]\nhann = 0.5 - 0.5 * np.cos(…)\nreturn np.abs(np.fft.rfft(…, axis=1)) ** 2",
    ),
)  # fmt: skip


# 3 -------------------------------------------------------------------------------------------------------------------


def mel_filterbank(edges: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    """edges (bands + 2,), frequencies (bins,) -> (bands, bins) triangles of height 1; the library's have equal area."""
    low, peak, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (frequencies - low) / (peak - low), (high - frequencies) / (high - peak)
    return np.maximum(0, np.minimum(rising, falling))


def filterbank_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    bands, bins = {"standard": (5, 33), "large": (40, 257)}[variant]
    tiny = (np.array([0.0, 2.0, 4.0, 8.0]), np.arange(9.0))
    edges = np.cumsum(rng.uniform(30, 300, size=bands + 2))
    return [tiny, (edges, np.linspace(0, edges[-1] * 1.1, bins))]


FILTERBANK = Exercise(
    id="audio_features.mel_filterbank",
    title="triangles on the mel scale",
    reference=mel_filterbank,
    cases=filterbank_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-floor", "outside its triangle a band is negative: the two lines go on falling. What should be the least "
                "value?",
                wrong=lambda e, f: np.minimum((f - e[:-2, None]) / (e[1:-1, None] - e[:-2, None]),
                                              (e[2:, None] - f) / (e[2:, None] - e[1:-1, None]))),
        Mistake("valley", "you took the larger of the two lines. A triangle lies under both: take the smaller",
                when=lambda got, _, e, f: close(got, np.maximum(0, np.maximum(
                    (f - e[:-2, None]) / (e[1:-1, None] - e[:-2, None]), (e[2:, None] - f) / (e[2:, None] - e[1:-1, None]))))),
        Mistake("boxes", "these are boxes: every frequency between the edges counts in full. Let the weight rise to 1 at "
                "the peak and fall again", wrong=lambda e, f: ((f >= e[:-2, None]) & (f <= e[2:, None])).astype(float)),
        Mistake("one-side", "only one flank of each triangle is there. It rises from the left edge to the peak, and falls to the "
                "right edge", when=lambda got, expected, e, f: close(got, np.where(f <= e[1:-1, None], expected, 0))
                or close(got, np.where(f >= e[1:-1, None], expected, 0))),
        Mistake("area", "your triangles have equal area, as the library's have in the end. Here each is 1 at its peak",
                wrong=lambda e, f: mel_filterbank(e, f) * 2 / (e[2:] - e[:-2])[:, None]),
        Mistake("sum", "you scaled every row to sum 1. Here each is 1 at its peak",
                when=lambda got, expected, e, f: close(got, expected / np.maximum(expected.sum(1, keepdims=True), 1e-12))),
        Mistake("symmetric", "both flanks have the width of the left one. On the mel scale the right one is wider: use the right "
                "edge too", wrong=lambda e, f: np.maximum(0, 1 - np.abs(f - e[1:-1, None]) / (e[1:-1] - e[:-2])[:, None])),
        Mistake("transposed", "the right numbers, but a band must be a *row*: (bands, bins)",
                when=lambda got, expected, *_: close(np.transpose(got), expected)),
        Mistake("edges-as-bands", "you have a band for every edge. Band i needs three of them, i, i + 1 and i + 2, so there "
                "are two bands fewer than edges", when=lambda got, expected, e, f: len(got) in (len(e), len(e) - 1)),
    ],
    hints=(
        "Draw one triangle: it begins at edge i, peaks at edge i + 1 and ends at edge i + 2. Write down its two lines.",
        "Rising: (f - low) / (peak - low). Falling: (high - f) / (high - peak). The triangle is the smaller of the two, and "
        "never below 0. With low, peak, high as columns (bands, 1) and f as a row this is one formula for all bands.",
        "low, peak, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]\nrising = …\nfalling = …\n"
        "return np.maximum(0, np.minimum(…, …))",
    ),
)  # fmt: skip


# 4 -------------------------------------------------------------------------------------------------------------------


def dct(x: np.ndarray, ortho: bool = True) -> np.ndarray:
    """The DCT-II down the rows of (bands, …), written out."""
    n = len(x)
    basis = np.cos(np.pi * np.arange(n)[:, None] * (np.arange(n) + 0.5) / n)
    if ortho:
        basis *= np.where(np.arange(n) == 0, np.sqrt(1 / n), np.sqrt(2 / n))[:, None]
    return basis @ x


def mfcc(log_mel: np.ndarray, kept: int) -> np.ndarray:
    """(bands, frames) -> (kept, frames): the first `kept` of an orthonormal DCT-II of every frame."""
    return dct(log_mel)[:kept]


def mfcc_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    bands, n, kept = {"standard": (8, 5, 3), "large": (40, 100, 13)}[variant]
    return [(np.array([[1.0], [2.0], [3.0], [4.0]]), 2), (rng.normal(-40, 20, size=(bands, n)), kept),
            (rng.normal(size=(bands, bands)), kept)]  # fmt: skip


MFCC = Exercise(
    id="audio_features.mfcc",
    title="the smooth part of every spectrum",
    reference=mfcc,
    cases=mfcc_cases,
    variants=("standard", "large"),
    tolerance=1e-4,  # float32 will do
    mistakes=[
        Mistake("axis", "you transformed along time. A frame is a column, and the cosines run over its bands",
                when=lambda got, _, x, k: close(got, dct(x.T).T[:k]) or close(got, dct(x.T).T[:, :k])),
        Mistake("not-ortho", "the cosines are not of length one, so the numbers are too large (and the first more so). "
                "scipy.fft.dct takes norm=\"ortho\"; by hand: √(1/bands) for row 0, √(2/bands) for the others",
                when=lambda got, _, x, k: close(got, dct(x, False)[:k]) or close(got, 2 * dct(x, False)[:k])),
        Mistake("first-row", "all rows but the first are right. Row 0, whose cosine is 1 everywhere, is scaled by "
                "√(1/bands), the others by √(2/bands)", when=lambda got, expected, x, k: close(got[1:], expected[1:])),
        Mistake("dropped-first", "you left out coefficient 0, the loudness. Some do; here it belongs to the first `kept`",
                when=lambda got, _, x, k: close(got, dct(x)[1 : k + 1]) or close(got, dct(x)[1:k])),
        Mistake("all", "these are all coefficients. Only the first `kept` were asked for: the rest is the fine structure that an "
                "MFCC throws away", when=lambda got, _, x, k: close(got, dct(x))),
        Mistake("last", "you kept the last coefficients, the ripples. The smooth part stands first",
                when=lambda got, _, x, k: close(got, dct(x)[-k:])),
        Mistake("log-twice", "log_mel is in decibels already: another logarithm of it makes no sense",
                when=lambda got, expected, x, k: np.isnan(np.asarray(got)).any()),
        Mistake("fourier", "this is a Fourier transform. The cepstrum takes the *cosine* transform, DCT-II: real, and "
                "without the jump between the last band and the first", when=lambda got, _, x, k: np.iscomplexobj(got)
                or close(got, np.fft.rfft(x, axis=0).real[:k]) or close(got, np.abs(np.fft.rfft(x, axis=0))[:k])),
    ],
    hints=(
        "Describe the curve of each frame by how much of each cosine wave it holds, and keep the slow ones.",
        "scipy.fft.dct(…, axis=…, norm=…) does type II. By hand: coefficient c of a frame is s_c · Σ_b x_b cos(π c (b + ½) "
        "/ bands) with s_0 = √(1/bands), else √(2/bands).",
        "from scipy.fft import dct\nreturn dct(log_mel, axis=…, norm=…)[…]",
    ),
)  # fmt: skip


# 5 -------------------------------------------------------------------------------------------------------------------


def masked_mean(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(batch, rows, frames), (batch,) -> (batch, rows): the mean over each item's own frames."""
    real = np.arange(x.shape[2]) < np.asarray(lengths)[:, None]  # (batch, frames)
    return np.where(real[:, None], x, 0).sum(2) / np.asarray(lengths)[:, None]


def masked_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    batch, rows, n = {"standard": (3, 2, 6), "large": (30, 40, 90)}[variant]
    tiny = np.array([[[2.0, 4.0, -100.0, -100.0]], [[1.0, 2.0, 3.0, 6.0]]])
    lengths = rng.integers(1, n, size=batch)
    x = rng.normal(-30, 10, size=(batch, rows, n))
    silent = np.where(np.arange(n) < lengths[:, None, None], x, -100.0)
    full = rng.normal(size=(batch, rows, n)), np.full(batch, n)
    return [(tiny, np.array([2, 4])), (silent, lengths), (x, rng.permutation(lengths)), full]


MASKED = Exercise(
    id="audio_features.masked_mean",
    title="a mean that sees no padding",
    reference=masked_mean,
    cases=masked_cases,
    variants=("standard", "large"),
    tolerance=1e-4,  # float32 will do
    mistakes=[
        Mistake("plain", "the padding is in your mean: the longer the pad, the more the item sounds like silence. `lengths` says "
                "how many frames are real", wrong=lambda x, n: x.mean(2)),
        Mistake("divisor", "you summed the real frames only, which is right, but divided by the padded length. Divide by each "
                "item's own",
                wrong=lambda x, n: np.where(np.arange(x.shape[2]) < n[:, None, None], x, 0).sum(2) / x.shape[2]),
        Mistake("sum", "this is the sum. Divide by each item's number of frames",
                wrong=lambda x, n: np.where(np.arange(x.shape[2]) < n[:, None, None], x, 0).sum(2)),
        Mistake("numerator", "you divided by the right length, but the padding is still in the sum",
                wrong=lambda x, n: x.sum(2) / n[:, None]),
        Mistake("one-off", "one frame too many or too few: the real frames are number 0 … length-1",
                when=lambda got, _, x, n: any(close(got, [i[:, :k].mean(1) for i, k in zip(x, m, strict=True)])
                                              for m in (np.minimum(n + 1, x.shape[2]), np.maximum(n - 1, 1)))),
        Mistake("end", "you took frames from the end. Padding comes last: the real frames stand first",
                when=lambda got, _, x, n: close(got, [i[:, -k:].mean(1) for i, k in zip(x, n, strict=True)])),
        Mistake("shortest", "you cut every item to the shortest one. Each has frames of its own",
                wrong=lambda x, n: x[:, :, : n.min()].mean(2)),
        Mistake("axis", "you averaged over the bands. Frames are the last axis: (batch, rows) should remain",
                when=lambda got, _, x, n: np.shape(got) == (x.shape[0], x.shape[2]) and x.shape[1] != x.shape[2]),
        Mistake("last", "this is the last real frame. The mean over all real ones was asked for",
                when=lambda got, _, x, n: close(got, x[np.arange(len(x)), :, n - 1])),
    ],
    hints=(
        "Which frames of item i are real? Those whose number is below lengths[i].",
        "real = np.arange(frames) < lengths[:, None] is (batch, frames). Put zeros where it is false, sum over frames, and "
        "divide by lengths, not by the number of frames.",
        "real = np.arange(x.shape[2]) < lengths[:, None]\ntotal = np.where(real[:, None], x, …).sum(…)\nreturn total / …",
    ),
)  # fmt: skip


# 6 -------------------------------------------------------------------------------------------------------------------


def leave_one_speaker_out(speakers: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """(n,) names -> one (train, test) pair of index arrays a speaker, in alphabetical order of who is left out."""
    speakers = np.asarray(speakers)
    return [(np.flatnonzero(speakers != who), np.flatnonzero(speakers == who)) for who in np.unique(speakers)]


def folds_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    names, n = {"standard": (["theo", "ada", "lucas"], 12), "large": (["f", "c", "a", "e", "b", "d"], 300)}[variant]
    some = np.array([*names, *rng.choice(names, n)])  # everyone at least once, and the first is not the alphabet's first
    return [(np.array(["bea", "ada", "bea", "gus"]),), (some,)]


def _folds(got) -> list[tuple[list, list]]:
    """Folds as lists, whatever they were."""
    return [tuple(np.asarray(part).tolist() for part in fold) for fold in got]


FOLDS = Exercise(
    id="audio_features.leave_one_speaker_out",
    title="test on a voice that training never heard",
    reference=leave_one_speaker_out,
    cases=folds_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("swapped", "train and test are the wrong way round: you train on one voice and test on all others",
                when=lambda got, expected, s: _folds([fold[::-1] for fold in got]) == _folds(expected)),
        Mistake("masks", "these are masks of True and False. Their positions were asked for: np.flatnonzero gives them",
                when=lambda got, expected, s: np.asarray(got[0][0]).dtype == bool),
        Mistake("one-item", "you leave out one *recording* at a time. The same voice is still in training, so nothing is unseen",
                when=lambda got, expected, s: len(got) == len(s) != len(expected)),
        Mistake("everyone", "your training part still holds the speaker you test on",
                when=lambda got, expected, s: all(len(train) == len(s) for train, _ in got)),
        Mistake("order", "the folds are right, but come in the order in which the voices appear. Give them in alphabetical order "
                "(np.unique sorts)", when=lambda got, expected, s: _folds(got) != _folds(expected)
                and sorted(_folds(got)) == sorted(_folds(expected))),
        Mistake("names", "these are the names of the speakers. The indices of their recordings were asked for",
                when=lambda got, expected, s: np.asarray(got[0][0]).dtype.kind in "UO"),
        Mistake("test-only", "these are the test parts alone. Each fold is a pair: what to train on, what to test on",
                when=lambda got, expected, s: all(np.ndim(part) == 1 and np.array_equal(part, test)
                                                  for part, (_, test) in zip(got, expected, strict=True))),
        Mistake("one-fold", "this is one fold. Every speaker is left out once",
                when=lambda got, expected, s: len(got) == 2 and np.ndim(got[0][0]) == 0 or len(got) == 1),
    ],
    hints=(
        "For one speaker: which recordings are theirs (test), and which are not (train)? Then do it for each.",
        "np.unique(speakers) gives the voices, sorted. np.flatnonzero(speakers == who) gives the positions of one of them.",
        "return [(np.flatnonzero(speakers … who), np.flatnonzero(speakers … who)) for who in np.unique(speakers)]",
    ),
)  # fmt: skip


# 7 -------------------------------------------------------------------------------------------------------------------


def deltas(x: np.ndarray, reach: int) -> np.ndarray:
    """(rows, frames) -> the slope of each row around each frame. Not in the library, so that it can be graded."""
    padded = np.pad(x, ((0, 0), (reach, reach)), mode="edge")
    n = x.shape[1]
    total = sum(k * (padded[:, reach + k : reach + k + n] - padded[:, reach - k : reach - k + n]) for k in range(1, reach + 1))
    return total / (2 * sum(k * k for k in range(1, reach + 1)))


def deltas_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    rows, n = {"standard": (2, 9), "large": (13, 80)}[variant]
    ramp = np.array([[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]])
    return [(3 * ramp, 1), (rng.normal(size=(rows, n)), 2), (rng.normal(size=(rows, n)), 3)]


def _wrong_deltas(x: np.ndarray, reach: int, mode: str = "edge", weigh: bool = True, divide: bool = True) -> np.ndarray:
    """Deltas with one thing done otherwise."""
    padded, n = np.pad(x, ((0, 0), (reach, reach)), mode=mode), x.shape[1]
    w = {k: k if weigh else 1 for k in range(1, reach + 1)}
    total = sum(w[k] * (padded[:, reach + k : reach + k + n] - padded[:, reach - k : reach - k + n]) for k in w)
    return total / (2 * sum(k * k for k in w)) if divide else total


DELTAS = Exercise(
    id="audio_features.deltas",
    title="not only where the spectrum is, but where it goes",
    reference=deltas,
    cases=deltas_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-divisor", "the slopes are too steep by one factor: divide by 2 Σ k²",
                wrong=lambda x, r: _wrong_deltas(x, r, divide=False)),
        Mistake("half-divisor", "every slope is twice too steep: the divisor is *2* Σ k²",
                wrong=lambda x, r: 2 * deltas(x, r)),
        Mistake("unweighted", "each difference counts as often as its distance k: far frames say more about a slope",
                wrong=lambda x, r: _wrong_deltas(x, r, weigh=False)),
        Mistake("sign", "a rising row should have positive deltas: what comes later, minus what came before",
                wrong=lambda x, r: -deltas(x, r)),
        Mistake("zeros", "at both ends you put zeros beside the frames, and found slopes that are not there. Repeat the "
                "first and the last frame instead", wrong=lambda x, r: _wrong_deltas(x, r, mode="constant")),
        Mistake("wrapped", "your ends wrap around: the frame before the first is not the last one (np.roll does that). "
                "Repeat the first and the last frame", wrong=lambda x, r: _wrong_deltas(x, r, mode="wrap")),
        Mistake("reflected", "you mirrored the ends. Here the first and the last frame are repeated (mode=\"edge\")",
                when=lambda got, _, x, r: close(got, _wrong_deltas(x, r, mode="reflect"))
                or close(got, _wrong_deltas(x, r, mode="symmetric"))),
        Mistake("short", "there are fewer frames than before. Repeat the first and the last frame `reach` times, so that every "
                "frame has neighbours", when=lambda got, expected, x, r: np.shape(got)[1] < np.shape(expected)[1]),
        Mistake("axis", "you took differences between rows. Time runs along a row",
                when=lambda got, _, x, r: close(got, deltas(x.T, r).T)),
        Mistake("only-neighbours", "you looked at the next frame on either side only. Use all distances k = 1 … reach",
                when=lambda got, _, x, r: close(got, deltas(x, 1)) or close(got, np.gradient(x, axis=1))
                or close(got, np.diff(x, axis=1, prepend=x[:, :1]))),
    ],
    hints=(
        "Fit a straight line through the frames t - reach … t + reach of one row. Its slope is the answer.",
        "Pad with `reach` copies of the first and of the last frame. Then add k · (x[t + k] - x[t - k]) for k = 1 … reach, and "
        "divide by 2 Σ k².",
        "padded = np.pad(x, ((0, 0), (reach, reach)), mode=…)\n"
        "total = sum(k * (padded[:, …] - padded[:, …]) for k in range(1, reach + 1))\nreturn total / …",
    ),
)  # fmt: skip

register(FRAMES, SPECTRUM, FILTERBANK, MFCC, MASKED, FOLDS, DELTAS)


ask(
    Question(
        "audio_features.window",
        "You make the window of an STFT eight times as long. What happens to the picture of a chirp with two clicks in it?",
        (
            Choice("Everything becomes sharper: more samples, more information", False,
                   "The wave is the same. A longer window only divides its information differently between time and frequency."),
            Choice("Frequencies become sharper, and the clicks smear out in time", True,
                   "A window of T seconds tells frequencies about 1/T apart, and knows when something happened only to "
                   "within T."),
            Choice("The clicks become sharper, and frequencies blur", False,
                   "That is what a *shorter* window does."),
        ),
    ),
    Question(
        "audio_features.griffin_lim",
        "A word put together again from its magnitudes alone sounds almost the same, yet its wave is nowhere near the "
        "original. Why?",
        (
            Choice("The phase was lost. It says where each wave's crests lie, and the ear hardly hears that", True,
                   "That is why one can throw it away before recognising speech, and why waves are bad to compare sample by "
                   "sample."),
            Choice("The magnitudes were rounded", False, "They were kept exactly. Only the phase was thrown away and "
                    "guessed anew."),
            Choice("The algorithm had too few steps", False,
                   "More steps make the magnitudes agree better. No number of them brings back the phase that was thrown away."),
        ),
    ),
    Question(
        "audio_features.mfcc_pitch",
        "Why do the first 13 MFCCs say so little about how high a voice is?",
        (
            Choice("Because a recording at 8,000 samples a second holds no pitch", False,
                   "Voices have their pitch between 80 and 400 Hz, far below the limit of 4,000 Hz."),
            Choice("Pitch shows as fine ripples along the spectrum, and those are in the coefficients that were cut off", True,
                   "The harmonics of a voice stand one pitch apart. Thirteen slow cosines describe the envelope over them: "
                   "the vowel."),
            Choice("Because the mel scale puts all low frequencies into one band", False,
                   "It is the other way round: low frequencies get the narrowest bands."),
        ),
    ),
    Question(
        "audio_features.unseen_speaker",
        "A digit recogniser has 98% on a random test split and much less on a new person's voice. Which number do you report?",
        (
            Choice("98%: the test recordings were never trained on", False,
                   "The recordings were not, but the voices were. If your users are not the six people in training, it "
                   "promises too much."),
            Choice("The one for unseen speakers, each speaker's number beside the mean", True,
                   "It answers the question a user has. The spread over speakers says how much luck is in it: six voices "
                   "are few."),
            Choice("The mean of both", False, "Then it answers neither question."),
        ),
    ),
    Question(
        "audio_features.language",
        "A probe tells six languages apart in almost every recording of the stamps. From the *quietest* tenth of each "
        "recording it does nearly as well. What did it learn?",
        (
            Choice("How the pauses of each language sound", False,
                   "A pause of a tenth of a second has no language. What it has is a room, a microphone and a level."),
            Choice("Which microphone and which room: in each language one person recorded nearly everything", True,
                   "Language, speaker and recording chain are confounded. Only other recordings of the same languages could "
                   "untie them."),
            Choice("Nothing, that must be a bug", False,
                   "The numbers are right. It is their name, *language recognition*, that is wrong."),
        ),
    ),
)  # fmt: skip

__all__ = ["deltas", "frames", "leave_one_speaker_out", "masked_mean", "mel_filterbank", "mfcc", "power_spectrum"]
