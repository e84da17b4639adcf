"""Chapter 04: cutting a wave into frames, and the power of each frame's frequencies."""

import numpy as np

from mmlearn.exercises.audio_features.common import close, proportional
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import same


def frames(wave: np.ndarray, window: int, hop: int) -> np.ndarray:
    """(samples,) -> (n, window): whole frames only; the library's own pads half a window at both ends."""
    n = 1 + (len(wave) - window) // hop
    return wave[hop * np.arange(n)[:, None] + np.arange(window)]


def frames_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    window, hop, n = {"standard": (8, 3, 40), "large": (256, 80, 4096)}[variant]
    whole, rest = window + 10 * hop, window + 10 * hop + 2  # the last frame ends with the wave; two samples are left over
    return [(np.arange(10.0), 4, 2), (np.arange(11.0), 4, 2), (rng.normal(size=whole), window, hop),
            (rng.normal(size=rest), window, hop), (rng.normal(size=n), window, window)]  # fmt: skip


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
                "One more than (len(wave) - window) // hop", when=lambda got, expected, *_: close(got, expected[:-1])),
        Mistake("past-end", "your last frame runs past the end of the wave and is filled up with zeros: leave it out",
                when=lambda got, _, w, n, h: close(got, frames(np.pad(w, (0, -(len(w) - n) % h)), n, h))),
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


def hann(n: int) -> np.ndarray:
    """The periodic Hann window: 0 at the first sample, 1 in the middle."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)


def power_spectrum(frames: np.ndarray) -> np.ndarray:
    """(n, window) -> (n, window // 2 + 1): windowed, transformed, squared."""
    return np.abs(np.fft.rfft(frames * hann(frames.shape[1]), axis=1)) ** 2


def real_power(got, expected) -> bool:
    """Equal numbers, of a real type: x + 0i is no power yet."""
    return np.asarray(got).dtype.kind != "c" and same(got, expected, 1e-4)


def _faded(f: np.ndarray, windows: list[np.ndarray]) -> list[np.ndarray]:
    """The power of every frequency through each of these windows."""
    return [np.abs(np.fft.rfft(f * w, axis=1)) ** 2 for w in windows]


def spectrum_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, window = {"standard": (3, 16), "large": (40, 256)}[variant]
    tiny = np.array([[0.0, 1.0, 3.0, 2.0, -1.0, -2.0, 1.0, 4.0]])
    return [(tiny,), (rng.normal(size=(n, window)),), (rng.normal(size=(window + 2, 12)),)]


SPECTRUM = Exercise(
    id="audio_features.power_spectrum",
    title="the power of every frequency in every frame",
    reference=power_spectrum,
    cases=spectrum_cases,
    variants=("standard", "large"),
    tolerance=1e-4,  # float32 will do
    agrees=real_power,
    mistakes=[
        Mistake("complex-type", "the right numbers, but still of complex type, with an imaginary part of 0: take .real",
                when=lambda got, expected, f: np.iscomplexobj(np.asarray(got)) and close(np.asarray(got).real, expected)),
        Mistake("no-window", "the frames were not faded: at their hard edges energy leaks into all frequencies. Multiply "
                "each by a Hann window first", wrong=lambda f: np.abs(np.fft.rfft(f, axis=1)) ** 2),
        Mistake("window-late", "the window was laid over the spectrum. It belongs on the samples, before the transform",
                when=lambda got, expected, f: close(got, np.abs(np.fft.rfft(f, axis=1)) ** 2 * hann(f.shape[1] // 2 + 1))
                or close(got, np.abs(np.fft.rfft(f, axis=1) * hann(f.shape[1] // 2 + 1)) ** 2)),
        Mistake("symmetric", "np.hanning gives the symmetric window, for designing filters. For spectra the periodic one is "
                "used: 0.5 - 0.5 cos(2πj / window), whose next value would be 0 again",
                wrong=lambda f: np.abs(np.fft.rfft(f * np.hanning(f.shape[1]), axis=1)) ** 2),
        Mistake("hamming", "this is the Hamming window, which does not go down to 0. The Hann window is "
                "0.5 - 0.5 cos(2πj / window)", when=lambda got, expected, f: any(close(got, p) for p in _faded(
                    f, [np.hamming(f.shape[1]), np.hamming(f.shape[1] + 1)[:-1]]))),
        Mistake("magnitude", "these are magnitudes. Power is their square",
                wrong=lambda f: np.abs(np.fft.rfft(f * hann(f.shape[1]), axis=1))),
        Mistake("real-part", "you squared the real part only. |a + bi|² = a² + b²: both parts carry energy",
                wrong=lambda f: np.fft.rfft(f * hann(f.shape[1]), axis=1).real ** 2),
        Mistake("complex-square", "z² is still complex and loses the size; |z|² was asked for: take np.abs before squaring",
                when=lambda got, expected, f: np.iscomplexobj(got)),
        Mistake("both-halves", "the spectrum of a real wave is its own mirror image: np.fft.fft gives both halves, "
                "np.fft.rfft the one that is needed", wrong=lambda f: np.abs(np.fft.fft(f * hann(f.shape[1]), axis=1)) ** 2),
        Mistake("last-row", "the last frequency, half the rate, is missing: there are window // 2 *+ 1* of them",
                when=lambda got, expected, f: close(got, expected[:, :-1])),
        Mistake("doubled", "you counted the inner frequencies twice, for the mirrored half that was left away. Some do; here the "
                "power stays as it is", when=lambda got, expected, f: close(np.asarray(got)[:, 1:-1], 2 * expected[:, 1:-1])
                and close(np.asarray(got)[:, 0], expected[:, 0])),
        Mistake("decibels", "this is a logarithm of the power. The decibels come later: here the power itself is asked for",
                when=lambda got, expected, f: any(np.allclose(p, expected, rtol=1e-3, atol=1e-6) for p in (
                    10 ** (np.asarray(got) / 10), np.exp(np.asarray(got)), 10 ** np.asarray(got)))),
        Mistake("scaled", "right but for a factor. Nothing is divided here, neither by the length of the window nor by its sum",
                when=lambda got, expected, f: proportional(got, expected)),
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
