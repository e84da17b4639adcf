"""Chapter 04: triangles on the mel scale, and the smooth part of a spectrum."""

import numpy as np

from mmlearn.exercises.audio_features.common import close, proportional
from mmlearn.exercises.engine import Exercise, Mistake


def mel_filterbank(edges: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    """edges (bands + 2,), frequencies (bins,) -> (bands, bins) triangles of height 1; the library's have equal area."""
    low, peak, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (frequencies - low) / (peak - low), (high - frequencies) / (high - peak)
    return np.maximum(0, np.minimum(rising, falling))


def _flanks_in_mel(e: np.ndarray, f: np.ndarray) -> list[np.ndarray]:
    """Triangles whose flanks are straight on a mel scale, either one."""
    from mmlearn.features import audio

    return [mel_filterbank(*(audio.hz_to_mel(hz, scale).double().numpy() for hz in (e, f))) for scale in ("htk", "slaney")]


def _equal_sides(e: np.ndarray, f: np.ndarray) -> list[np.ndarray]:
    """Triangles that are as wide on the left as on the right."""
    low, peak, high = e[:-2, None], e[1:-1, None], e[2:, None]
    sides = [(peak, peak - low), (peak, high - peak), (peak, (high - low) / 2), ((low + high) / 2, (high - low) / 2)]
    return [np.maximum(0, 1 - np.abs(f - middle) / side) for middle, side in sides]


def _snapped(e: np.ndarray, f: np.ndarray) -> list[np.ndarray]:
    """Triangles whose corners were moved to the nearest, or the next lower or higher, of the frequencies."""
    low = np.clip(np.searchsorted(f, e, side="right") - 1, 0, len(f) - 1)
    nearest, high = np.abs(f - e[:, None]).argmin(1), np.clip(np.searchsorted(f, e), 0, len(f) - 1)
    return [mel_filterbank(f[where], f) for where in (nearest, low, high)]


def filterbank_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    bands, bins = {"standard": (5, 65), "large": (40, 513)}[variant]
    tiny = (np.array([0.0, 2.0, 4.0, 8.0]), np.arange(9.0))
    edges = np.cumsum(rng.uniform(1 / 8, 1, size=bands + 2)) * 6000 / bands  # up to about 4,000 Hz
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
                "the peak and fall again", when=lambda got, expected, e, f: len(np.unique(np.asarray(got, float))) == 2
                and np.isin(np.asarray(got, float), (0, 1)).all()),
        Mistake("mel-flanks", "your flanks are straight lines on the mel scale. `edges` come in Hz already: draw straight lines "
                "in Hz", when=lambda got, _, e, f: any(close(got, bank) for bank in _flanks_in_mel(e, f))),
        Mistake("snapped", "you moved the edges to frequencies that the spectrum has. Leave them where they are: a triangle may "
                "peak between two rows", when=lambda got, _, e, f: any(close(got, bank) for bank in _snapped(e, f))),
        Mistake("one-side", "only one flank of each triangle is there. It rises from the left edge to the peak, and falls to the "
                "right edge", when=lambda got, expected, e, f: close(got, np.where(f <= e[1:-1, None], expected, 0))
                or close(got, np.where(f >= e[1:-1, None], expected, 0))),
        Mistake("area", "your triangles have equal area, as the library's have in the end. Here each is 1 at its peak",
                wrong=lambda e, f: mel_filterbank(e, f) * 2 / (e[2:] - e[:-2])[:, None]),
        Mistake("sum", "you scaled every row to sum 1. Here each is 1 at its peak",
                when=lambda got, expected, e, f: close(got, expected / np.maximum(expected.sum(1, keepdims=True), 1e-12))),
        Mistake("symmetric", "both flanks are equally wide. The left one begins at the left edge, the right one ends at the "
                "right edge, and the peak need not lie midway",
                when=lambda got, _, e, f: any(close(got, bank) for bank in _equal_sides(e, f))),
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


def dct(x: np.ndarray, ortho: bool = True, half: float = 0.5) -> np.ndarray:
    """The DCT-II down the rows of (bands, …), written out."""
    n = len(x)
    basis = np.cos(np.pi * np.arange(n)[:, None] * (np.arange(n) + half) / n)
    if ortho:
        basis *= np.where(np.arange(n) == 0, np.sqrt(1 / n), np.sqrt(2 / n))[:, None]
    return basis @ x


def mfcc(log_mel: np.ndarray, kept: int) -> np.ndarray:
    """(bands, frames) -> (kept, frames): the first `kept` of an orthonormal DCT-II of every frame."""
    return dct(log_mel)[:kept]


def mfcc_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    bands, n, kept = {"standard": (8, 5, 3), "large": (40, 100, 13)}[variant]
    tiny = np.array([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [3.0, 5.0, 4.0], [4.0, 3.0, 1.0]])
    return [(tiny, 2), (rng.normal(-40, 20, size=(bands, n)), kept),
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
        Mistake("cut-bands", "you kept the first bands and transformed only those (`n=kept` does that too). Transform all bands, "
                "then keep the first coefficients", when=lambda got, _, x, k: close(got, dct(x[:k]))),
        Mistake("transposed", "the right numbers, but a frame must be a *column*: (kept, frames)",
                when=lambda got, expected, *_: close(np.transpose(got), expected)),
        Mistake("mean-removed", "coefficient 0 is 0 everywhere: did you take each frame's mean away? It is the loudness, and "
                "here it is kept", when=lambda got, expected, x, k: close(got, np.vstack([0 * expected[:1], expected[1:]]))),
        Mistake("half", "your cosines are taken at b, where each band begins. Take them at b + ½, its middle",
                when=lambda got, _, x, k: close(got, dct(x, half=0.0)[:k])),
        Mistake("scaled", "right but for a factor. log_mel is in decibels already: take no other logarithm, and divide by "
                "nothing but √bands and √(bands/2)", when=lambda got, expected, x, k: proportional(got, expected)),
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
