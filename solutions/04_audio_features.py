# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] label="promise"
# # 04 · Audio features: from a wave to a vector, and back to your ears
#
# **Build every step from the wave that a microphone writes to a vector that knows which word was said; hear what each step throws away; and
# see what an unseen speaker does to a number that looked good.**
#
# ![A table of accuracies: eight representations of sound, and which of five facts can be read from each](../data/pictures/audio_features.png)
#
# *What you will have measured at the end of section 4: which facts can be read from which representation of a sound. Bright is readable, dark is
# thrown away.*

# %% [markdown] label="objectives"
# **After this chapter you can**
#
# - turn sound into spectrograms, log-mel spectrograms, MFCCs and wavelet coefficients, and say what each keeps and throws away;
# - choose a window, knowing what it costs;
# - batch recordings of unequal length so that the padding changes nothing;
# - train a recurrent and a convolutional network on spoken words, and test them on a voice they never heard.
#
# **You need** NumPy, an idea of what a sine is, and from [chapter 01](01_primer.ipynb) the training loop and the LSTM. Terms in English and
# Chinese: [glossary · 术语表](../GLOSSARY.md). Have headphones at hand: you will listen a lot.

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
import numpy as np
import torch
from sklearn.model_selection import LeaveOneGroupOut

from mmlearn import data, evaluate, layers, profiles, show, train, widgets
from mmlearn.data import scenes
from mmlearn.data.fsdd import WORDS as DIGITS
from mmlearn.exercises import check, hint, progress, quiz
from mmlearn.features import audio

size = profiles.settings("04_audio_features")
RATE = 8000  # samples a second: what a telephone carries
WINDOW, HOP = 256, 80  # samples: frames of 32 ms, one every 10 ms, to look at and to listen to

# %% [markdown] label="wave-text"
# ## 1 · A wave, and a comparison that fails
#
# A microphone measures the pressure of the air many times a second, here 8,000 times. That is all a computer ever gets: a long row of
# numbers between −1 and 1, the **waveform** (波形).
#
# We start where the truth is known, with words said by synthetic voices. `say` gives one: the same word, the same speaker and another
# `take` differ a little in pitch and speed, as no person says a thing twice alike. Where no synthesiser is installed, chords stand in for
# words.


# %% label="say"
try:
    scenes.speak("red")
    voice = scenes.speak
except data.DataUnavailable as reason:
    print(f"{reason}\n\nThe chapter goes on with tones: a chord for every word.")
    voice = scenes.tones


def say(text: str, speaker: str = "ada", take: int = 0) -> torch.Tensor:
    """A text said aloud: float32 (samples,) at RATE."""
    pitch = 0 if voice is scenes.speak else 150 * take  # a voice varies by itself, tones do not
    return audio.resample(voice(text, "en", speaker, take), 22050 + pitch, RATE)


first, again, other = say("red", take=1), say("red", take=2), say("green", take=1)
show.waveform({"“red”": first, "“red” again": again, "“green”": other}, RATE, name="waves");

# %% label="say-listen"
show.audio(torch.cat([first, again, other]), RATE, "red, red again, green", name="three-words");

# %% [markdown] label="naive-text"
# Which two are the same word? By ear it is obvious. Now ask the numbers: eight words, four takes each, one voice. We pad them to one
# length, scale each to length one, and take the distance between any two.


# %% label="naive"
WORDS = ["red", "green", "blue", "pink", "circle", "square", "star", "moon"]


def takes(speaker: str) -> list:
    """Four takes of each of the eight words."""
    return [say(word, speaker, take) for word in WORDS for take in range(4)]


said = np.repeat(np.arange(8), 4)  # which word each take is
waves, lengths = audio.pad(takes("ada"))  # (32, longest) with zeros behind, (32,)
unit = (waves / waves.norm(dim=1, keepdim=True)).numpy()
distances = np.linalg.norm(unit[:, None] - unit[None], axis=2)  # (32, 32)
same = said[:, None] == said
np.fill_diagonal(distances, np.nan)
print(f"same word, two takes: {np.nanmean(distances[same]):.3f}    two different words: {np.nanmean(distances[~same]):.3f}")

# %% [markdown] label="naive-read"
# On average the same word twice is **no nearer than two different words**. $\sqrt 2 \approx 1.414$ is the distance of two unit vectors that have nothing to do
# with each other, and that is what every pair looks like. Why? Look what happens if we compare a recording *with itself*, a moment later.

# %% label="shifted"
wave = first / first.norm()
rows = [{"delay (ms)": 1000 * k / RATE, "distance to itself": float((wave - wave.roll(k)).norm())} for k in (1, 2, 4, 8)]
show.table(rows);

# %% [markdown] label="shifted-read"
# A delay of one millisecond, which nobody hears, moves a word further from itself than other words are: even beyond $\sqrt 2$, because the
# strongest swing takes about two milliseconds, and half a swing later a wave is nearly its own opposite. The ear does not compare pressure
# moment by moment. It hears *which frequencies are there, and when*. That is what we build now.

# %% [markdown] label="aliasing-text"
# ### How often must one measure?
#
# Nyquist's and Shannon's answer: more than twice per swing of the fastest wave. At 8,000 samples a second that is everything below 4,000 Hz.
# What lies above does not vanish: it comes back as something else.
#
# A tone of 5,000 Hz, measured 8,000 times a second, gives *exactly* the numbers of one of 3,000 Hz. This is **aliasing** (混叠).

# %% label="aliasing" tags=["nbval-check-output"]
n = np.arange(80)
high, low = np.cos(2 * np.pi * 5000 * n / RATE), np.cos(2 * np.pi * 3000 * n / RATE)
print("largest difference of the two is below 1e-10:", bool(np.abs(high - low).max() < 1e-10))

# %% [markdown] label="chirp-text"
# Hear it. A **chirp** rises from 200 to 7,000 Hz, made at 16,000 samples a second. Taking every second sample folds its upper half back
# down: the tone turns round and falls. `audio.resample` first takes away what the new rate cannot carry: the tone rises, and is gone, but for
# a faint rest, since no filter is perfectly steep. (The bars at the left and right edge are the cut: a tone that begins or stops at once holds
# all frequencies for that moment.)

# %% label="chirp"
t = torch.arange(int(0.5 * 16000)) / 16000
chirp = 0.5 * torch.sin(2 * torch.pi * (200 * t + 6800 * t**2))  # the frequency at time t is 200 + 13600 t
folded, filtered = chirp[::2], audio.resample(chirp, 16000, RATE)
pictures = {name: audio.decibels(audio.stft(x, 256, 80).abs() ** 2, 1e-4)
            for name, x in {"every second sample": folded, "resampled": filtered}.items()}  # fmt: skip
show.spectrogram(pictures, RATE, 80, name="aliasing");

# %% label="chirp-listen"
show.audio(folded, RATE, "every second sample: it comes back down", name="folded")
show.audio(filtered, RATE, "resampled: it rises and is gone", name="filtered");

# %% [markdown] label="stft-text"
# ## 2 · Time and frequency at once
#
# The Fourier transform of a whole recording says which frequencies it holds, but not when. So we cut the wave into short **frames**,
# and transform each. For frame $t$ of $N$ samples, `hop` samples after the one before,
#
# $$X[k, t] = \sum_{n=0}^{N-1} w[n]\; x[t\cdot\text{hop} + n]\; e^{-2\pi i\, k n / N},\qquad k = 0 \dots N/2,$$
#
# where $x$ is the wave, $w$ a window that fades the frame in and out, and row $k$ belongs to the frequency $k\cdot\text{rate}/N$. This is the
# **short-time Fourier transform**, STFT (短时傅里叶变换). $|X[k,t]|^2$ is the power of frequency $k$ at moment $t$; its picture is a
# **spectrogram** (语谱图).

# %% [markdown] label="frames-text" exercise="audio_features.frames" difficulty=2 minutes=8
# First the cutting. Frame $i$ begins at sample $i\cdot$`hop` and has `window` samples. Frames overlap if `hop` is smaller. Leave out a frame
# that would run past the end.


# %% label="frames" exercise="audio_features.frames"
def frames(wave: np.ndarray, window: int, hop: int) -> np.ndarray:
    """wave (samples,) -> (n, window): overlapping pieces, a row each."""
    ### BEGIN SOLUTION
    n = 1 + (len(wave) - window) // hop
    return np.stack([wave[i * hop : i * hop + window] for i in range(n)])
    ### END SOLUTION


# %% label="frames-check" tags=["nbval-check-output"]
check("audio_features.frames", frames)

# %% [markdown] label="hint-text"
# Stuck? `hint("audio_features.frames")` in a cell of its own gives a nudge; call it again for the approach, and once more for a skeleton. It
# works for every exercise.

# %% [markdown] label="spectrum-text" exercise="audio_features.power_spectrum" difficulty=2 minutes=10
# Then the spectrum of each frame. Multiply it by the **Hann window** $w[n] = \tfrac12 - \tfrac12\cos(2\pi n/N)$, transform it (`np.fft.rfft`
# gives the rows $0 \dots N/2$), and take the squared size of each complex number.


# %% label="spectrum" exercise="audio_features.power_spectrum"
def power_spectrum(frames: np.ndarray) -> np.ndarray:
    """frames (n, window) -> (n, window // 2 + 1): the power of every frequency in every frame."""
    ### BEGIN SOLUTION
    window = frames.shape[1]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    return np.abs(np.fft.rfft(frames * hann, axis=1)) ** 2
    ### END SOLUTION


# %% label="spectrum-check" tags=["nbval-check-output"]
check("audio_features.power_spectrum", power_spectrum)

# %% [markdown] label="leak-text"
# Why the window? A frame that is simply cut out begins and ends with a jump, and a jump holds all frequencies. One tone of 1,010 Hz,
# with and without:

# %% label="leak"
tone = np.cos(2 * np.pi * 1010 * np.arange(256) / RATE)
spectra = {"cut out": np.fft.rfft(tone), "Hann window": np.fft.rfft(tone * audio.hann(256).numpy())}
levels = {name: 10 * np.log10(np.abs(z) ** 2 / np.max(np.abs(z) ** 2)) for name, z in spectra.items()}
show.curve(np.arange(129) * RATE / 256, levels, "Hz", "dB relative to the peak",
           title="One tone, seen through one frame", name="leakage");

# %% [markdown] label="listing-text"
# ### The listing
#
# The library's version is batched and takes torch tensors. It also pads: frame $t$ is *centred* on sample $t\cdot$`hop`, so half a window of silence
# goes before and behind. With `lengths`, every wave of a batch gets its silence at its own end.

# %% label="listing"
show.source(audio.stft);

# %% [markdown] label="mine-text"
# Set `mine = True` once both exercises show ✓: the spectrogram below is then made by your two functions.

# %% label="spectrogram"
mine = False


def spectrogram(wave: torch.Tensor, window: int = WINDOW, hop: int = HOP) -> torch.Tensor:
    """Power in decibels, (window // 2 + 1, frames)."""
    if mine:
        power = torch.from_numpy(power_spectrum(frames(wave.numpy(), window, hop)).T)
    else:
        power = audio.stft(wave, window, hop).abs() ** 2
    return audio.decibels(power, 1e-4)


show.spectrogram({"“red”": spectrogram(first), "“red” again": spectrogram(again), "“green”": spectrogram(other)}, RATE, HOP,
                 name="spectrograms");

# %% [markdown] label="spectrogram-read"
# Now *red* looks like *red*. The fine horizontal stripes are the **harmonics** of the voice, multiples of its pitch. The broad bright bands
# over them are the **formants** (共振峰), the resonances of the mouth: they make an *e* an *e*.

# %% [markdown] label="uncertainty-text"
# ### The price: when, or which?
#
# To tell two tones apart, a Hann window of $T$ seconds needs them about $2/T$ apart; to tell two clicks apart, about $T/2$. Make one better, and
# the other gets worse; no window escapes (Gabor, 1946).
#
# Move the slider: a chirp with two clicks, 12 ms apart, and two steady tones 100 Hz apart. For which window do you see both clicks? For which
# both tones?

# %% label="uncertainty-sound"
t = torch.arange(int(0.5 * RATE)) / RATE
puzzle = 0.2 * torch.sin(2 * torch.pi * (500 * t + 2500 * t**2))  # rises from 500 to 3,000 Hz
puzzle += 0.2 * torch.sin(2 * torch.pi * 3300 * t) + 0.2 * torch.sin(2 * torch.pi * 3400 * t)
for moment in (0.200, 0.212):
    puzzle[int(moment * RATE)] += 8
show.audio(puzzle.clip(-0.6, 0.6), RATE, "a chirp, two tones, two clicks", name="puzzle");


# %% label="uncertainty"
def through(window: int):
    """The puzzle seen through a window of so many samples."""
    power = audio.stft(puzzle, window, 8).abs() ** 2 / window
    return show.spectrogram(audio.decibels(power, 1e-3), RATE, 8, title=f"{window} samples, {1000 * window / RATE:.0f} ms")


widgets.slider(through, [32, 64, 128, 256, 512, 1024], "samples a window", start=128, name="uncertainty");

# %% [markdown] label="uncertainty-read"
# Up to 128 samples you see both clicks, from 256 on both tones, and with no window both. That is what the rule says: 12 ms is $T/2$ for 192
# samples, 100 Hz is $2/T$ for 160. The beads at short windows are the two tones beating: together they swell and fade 100 times a second.

# %% [markdown] label="inverse-text"
# ### What it keeps, what it throws away
#
# The complex STFT throws away **nothing**: overlapping frames can be added up again. So one can work in it, and go back. Here a whistle at
# 2,000 Hz lies over a word. We set the rows around 2,000 Hz to zero and listen again.

# %% label="mask"
whistle = 0.2 * torch.sin(2 * torch.pi * 2000 * torch.arange(len(first)) / RATE)
X = audio.stft(first + whistle, 256, 80)
bins = torch.arange(129) * RATE / 256
X[(bins - 2000).abs() < 100] = 0
cleaned = audio.istft(X, 256, 80, len(first))


def ratio(found: torch.Tensor) -> str:
    """How much stronger the word is than what differs from it."""
    return f"{10 * torch.log10(first.square().sum() / (found - first).square().sum()):.1f} dB"


there_and_back = audio.istft(audio.stft(first, 256, 80), 256, 80, len(first))
print("there and back, largest error below 1e-5:", bool((there_and_back - first).abs().max() < 1e-5))
print("word over whistle, before:", ratio(first + whistle), " after:", ratio(cleaned))

# %% label="mask-listen"
gap = torch.zeros(800)
show.audio(torch.cat([first + whistle, gap, cleaned]), RATE, "with the whistle; without", name="whistle");

# %% [markdown] label="phase-text"
# But nearly everyone keeps only $|X|$, the magnitudes, and drops the **phase**: when each wave has its crests. That is what made waves
# incomparable, so good riddance? Hear it. **Griffin–Lim** (1984) looks for a sound with these magnitudes: start from random phases, go to
# the wave and back, put the right magnitudes in again, repeat.

# %% label="phase"
X = audio.stft(first, 256, 80)
guessed = audio.griffin_lim(X.abs(), 256, 80, samples=len(first))


def voiced(wave: torch.Tensor) -> float:
    """How well the loudest frames repeat after one swing of a pitch from 80 to 400 Hz: 1 is sung, near 0 whispered."""
    pieces = audio.frames(wave, 512, 80)
    pieces = pieces[pieces.norm(dim=1).argsort(descending=True)[:10]]
    alike = [torch.cosine_similarity(pieces[:, lag:], pieces[:, :-lag]) for lag in range(RATE // 400, RATE // 80)]
    return float(torch.stack(alike).amax(0).mean())


def compare(found: torch.Tensor) -> dict:
    """How like the original a sound is: as a wave, by its magnitudes, and how much of a voice it has."""
    wave = torch.cosine_similarity(found, first, dim=0)
    wanted = audio.stft(first, 256, 80).abs()
    error = (audio.stft(found, 256, 80).abs() - wanted).norm() / wanted.norm()
    return {"cosine of the waves": float(wave), "error of the magnitudes": float(error), "voiced": voiced(found)}


show.table([{"": "the original", **compare(first)}, {"": "phases guessed", **compare(guessed)}])
starts = [audio.griffin_lim(X.abs(), 256, 80, samples=len(first), seed=seed) for seed in range(1, 6)]
print("cosine from five other random starts:", " ".join(f"{torch.cosine_similarity(x, first, dim=0):.2f}" for x in starts))

# %% label="phase-listen"
show.audio(torch.cat([first, gap, guessed]), RATE, "the original; from its magnitudes alone", name="griffin-lim");

# %% [markdown] label="phase-read"
# As waves the two have nothing in common: the cosine is what chance makes of it, now a little above 0, now a little below, another at every
# start. And yet you hear the same word in the same voice, as strongly *voiced*. **Keeps**: which frequencies, when, how loud.
# **Throws away**: the phase, which the ear hardly misses.

# %% [markdown] label="mel-text"
# ## 3 · Fewer numbers: mel bands
#
# 129 rows a frame are many, and they are evenly spaced in Hz. The ear is not: from 200 to 300 Hz is a large step, from 3,000 to 3,100 Hz hardly
# one. The **mel scale** (梅尔刻度; Stevens, Volkmann and Newman, 1937) measures frequency as it sounds. In one common formula
#
# $$\operatorname{mel}(f) = 2595\,\log_{10}(1 + f/700).$$
#
# A second one (Slaney, 1998), straight below 1,000 Hz, is the default here as in librosa. A model trained with one misreads the other, and no error
# message tells you.

# %% label="mel-scale"
hz = [100, 200, 500, 1000, 2000, 3000, 4000]
rows = []
for scale in ("htk", "slaney"):
    share = audio.hz_to_mel(hz, scale) / audio.hz_to_mel(4000, scale)
    rows.append({"share of the way to 4,000 Hz": scale} | {f"{f} Hz": float(part) for f, part in zip(hz, share, strict=True)})
show.table(rows, digits=2);

# %% [markdown] label="bank-text" exercise="audio_features.mel_filterbank" difficulty=3 minutes=15
# Now the bands. Someone has taken `bands + 2` **edges**, evenly spaced in mel, and turned them back into Hz: `edges` come in Hz. Band $b$ is a
# triangle over the frequencies: 0 up to edge $b$, rising to 1 at edge $b+1$, falling to 0 at edge $b+2$. Its flanks are straight lines **in Hz**.
# Each band's power is the sum of the spectrum, weighted by its triangle.


# %% label="bank" exercise="audio_features.mel_filterbank"
def mel_filterbank(edges: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    """edges (bands + 2,) in Hz, frequencies (bins,) in Hz -> weights (bands, bins)."""
    ### BEGIN SOLUTION
    low, peak, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]  # (bands, 1) each
    rising = (frequencies - low) / (peak - low)
    falling = (high - frequencies) / (high - peak)
    return np.maximum(0, np.minimum(rising, falling))
    ### END SOLUTION


# %% label="bank-check" tags=["nbval-check-output"]
check("audio_features.mel_filterbank", mel_filterbank)

# %% [markdown] label="bank-listing-text"
# The library's triangles are yours, each divided by half its width, so that all have area 1. (Otherwise the wide ones at the top would be loud for
# being wide.)

# %% label="bank-listing"
show.source(audio.mel_filterbank)
bank = audio.mel_filterbank(RATE, 1024, bands=12)
below = torch.nn.functional.max_pool1d(bank[None], 3, 1, 1)[0] > 0  # where each triangle is, and the 0 on either side
triangles = {f"band {b}": torch.where(below[b], bank[b], torch.nan) for b in (0, 4, 8, 11)}
show.curve(torch.arange(513) * RATE / 1024, triangles, "Hz", "weight",
           title="Four of twelve bands: above 1,000 Hz, the higher the wider", name="filterbank");

# %% [markdown] label="log-text"
# Last, the **logarithm**. Loudness, too, is heard in ratios: $10\log_{10}$ of the power, in decibels. Shouting instead of whispering then *adds* a
# constant, instead of multiplying everything. Together: the **log-mel spectrogram**, the standard input of speech and sound models. To hear what
# is left, we let 40 bands, then 10, go back to a sound.

# %% label="log-mel"
options = {"window": WINDOW, "hop": HOP}


def from_mel(power: torch.Tensor) -> torch.Tensor:
    """A sound whose mel bands have this power."""
    return audio.griffin_lim(audio.mel_to_magnitude(power, RATE, WINDOW), **options, samples=len(first))


mels = {bands: audio.mel_spectrogram(first, RATE, bands=bands, **options) for bands in (40, 10)}
from_mels = {bands: from_mel(power) for bands, power in mels.items()}
show.table([{"": f"from {bands} bands", "numbers a second": bands * RATE // HOP, **compare(x)} for bands, x in from_mels.items()]);

# %% label="log-mel-listen"
show.audio(torch.cat([from_mels[40], gap, from_mels[10]]), RATE, "from 40 bands; from 10", name="from-mel");

# %% [markdown] label="mel-read"
# With 40 bands, the word is clear and the voice a little rough: neighbouring harmonics fell into one band. With 10 it whispers: the pitch is gone, the
# word not quite. **Keeps**: the formants, the loudness, the rhythm. **Throws away**: the phase, and fine pitch from the middle of the scale up.

# %% [markdown] label="mfcc-title"
# ### MFCC: only the smooth part
#
# Neighbouring bands rise and fall together. So describe each frame's curve of bands by **cosines**: a constant (the loudness), one half swing (more bass
# or more treble), a full swing, and so on, and keep the first few, the slow ones. These are the mel-frequency cepstral coefficients, MFCC (梅尔频率倒谱系数; Davis
# and Mermelstein, 1980).

# %% [markdown] label="mfcc-text" exercise="audio_features.mfcc" difficulty=2 minutes=10
# Transform each frame by an *orthonormal* DCT-II (all its cosines have length one and stand at right angles to each other):
#
# $$y_c = s_c \sum_{b=0}^{B-1} x_b \cos\!\big(\pi c (b+\tfrac12)/B\big),\qquad s_0=\sqrt{1/B},\quad s_{c>0}=\sqrt{2/B},$$
#
# with $x_b$ the decibels of band $b$ of $B$, and $y_c$ coefficient number $c$. Keep the first `kept`. `scipy.fft.dct` is allowed.


# %% label="mfcc" exercise="audio_features.mfcc"
def mfcc(log_mel: np.ndarray, kept: int) -> np.ndarray:
    """log_mel (bands, frames) -> (kept, frames): the first coefficients of each frame."""
    ### BEGIN SOLUTION
    from scipy.fft import dct

    return dct(log_mel, axis=0, norm="ortho")[:kept]
    ### END SOLUTION


# %% label="mfcc-check" tags=["nbval-check-output"]
check("audio_features.mfcc", mfcc)

# %% label="mfcc-back"
show.source(audio.dct)
cosines = audio.dct(torch.eye(size.bands), size.kept)  # (bands, kept): multiplied with, they go back to smooth log-mel
log_mel = audio.log_mel(first, RATE, bands=size.bands, **options)
smooth = cosines @ audio.mfcc(first, RATE, size.kept, bands=size.bands, **options)
show.spectrogram({"log-mel": log_mel, f"what {size.kept} MFCCs say of it": smooth}, RATE, HOP,
                 frequencies=audio.mel_frequencies(RATE, size.bands), name="mfcc");

# %% label="mfcc-listen"
from_mfcc = from_mel(10 ** (smooth / 10))
show.table([{"": f"from {size.kept} MFCCs", "numbers a second": size.kept * RATE // HOP, **compare(from_mfcc)}])
show.audio(from_mfcc, RATE, f"from {size.kept} MFCCs", name="from-mfcc");

# %% [markdown] label="pitch-text"
# Measure it. A vowel is a stack of harmonics of the pitch, weighted by formants; so we can build *ah* and *ee* at two pitches and know
# the truth. How far does a change of *pitch* move a representation, as a share of what a change of *vowel* does?


# %% label="pitch"
def vowel(pitch: float, formants: tuple) -> torch.Tensor:
    """0.2 s of a voice: harmonics of the pitch, louder near the formants (Hz)."""
    t = torch.arange(int(0.2 * RATE)) / RATE
    k = torch.arange(1, int(3900 / pitch))[:, None]
    loud = sum(1 / (1 + ((k * pitch - f) / 90) ** 2) for f in formants) / k.sqrt()
    wave = (loud * torch.sin(2 * torch.pi * k * pitch * t + k**2)).sum(0)  # k²: crests that do not all fall together
    return 0.4 * wave / wave.abs().max()


FORMANTS = {"ah": (730, 1090, 2440), "ee": (270, 2290, 3010)}  # of men's voices: Peterson and Barney, 1952
vowels = {(name, pitch): vowel(pitch, f) for name, f in FORMANTS.items() for pitch in (110, 165)}
show.audio(torch.cat(list(vowels.values())), RATE, "ah low, ah high; ee low, ee high", name="vowels");

# %% label="pitch-measured"
kinds = {
    "spectrogram": lambda x: audio.decibels(audio.stft(x, **options).abs() ** 2),
    "log-mel": lambda x: audio.log_mel(x, RATE, bands=size.bands, **options),
    "MFCC": lambda x: audio.mfcc(x, RATE, size.kept, bands=size.bands, **options),
}
rows = []
for name, represent in kinds.items():
    v = {key: represent(x)[:, 3:-3].mean(1) for key, x in vowels.items()}  # the mean frame, without the edges
    by_pitch = sum((v[w, 110] - v[w, 165]).norm() for w in FORMANTS)
    by_vowel = sum((v["ah", p] - v["ee", p]).norm() for p in (110, 165))
    rows.append({"": name, "numbers a frame": len(v["ah", 110]), "moved by pitch / by vowel": float(by_pitch / by_vowel)})
show.table(rows, digits=2);

# %% [markdown] label="mfcc-read"
# In a spectrogram a change of pitch weighs almost as much as a change of vowel. The mel bands take most of that away, to less than a third; the
# cosines halve what is left, to a sixth. If you want words, that is what you want. If you
# want to know who speaks, or in what mood, you have just thrown it away. **Keeps**: the vowel, the loudness (coefficient 0). **Throws away**: most of the
# pitch.

# %% [markdown] label="again-text"
# ### The failing comparison, again
#
# Section 1 asked whether two takes of a word are nearer than two words. Ask once more, with the mean frame of each recording. For each take: is its nearest
# neighbour the same word? And last: if its neighbours are spoken by *another voice*?


# %% label="again"
def mean_frame(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """(n, rows, frames) and samples (n,) -> (n, rows): the mean over the frames that are there."""
    mask = layers.real_steps(audio.frame_count(lengths, HOP), x.shape[2])
    return layers.mean_of_steps(x.transpose(1, 2), mask)


def far(a: torch.Tensor, b: torch.Tensor) -> np.ndarray:
    """Distances between the rows of a and those of b; of a row to itself, infinity."""
    found = torch.cdist(a.double(), b.double())
    return (found.fill_diagonal_(torch.inf) if a is b else found).numpy()


# %% label="again-ways"
foreign, foreign_lengths = audio.pad(takes("hugo"))
both = {"ada": (waves, lengths), "hugo": (foreign, foreign_lengths)}
ways = {"log-mel, mean": lambda x, n: mean_frame(audio.log_mel(x, RATE, bands=size.bands, lengths=n, **options), n),
        "MFCC, mean": lambda x, n: mean_frame(audio.mfcc(x, RATE, size.kept, bands=size.bands, lengths=n, **options), n),
        "waveform": lambda x, n: torch.nn.functional.pad(x / x.norm(dim=1, keepdim=True), (0, 8000))[:, :8000]}

# %% label="again-measured"
rows = []
for name, way in ways.items():
    ada, hugo = (way(*both[who]) for who in both)
    near, cross = far(ada, ada), far(hugo, ada)
    rows.append({"": name,
                 "same word / other word": np.mean(near[same & np.isfinite(near)]) / np.mean(near[~same]),
                 "nearest is the same word": np.mean(said[near.argmin(1)] == said),
                 "by another voice": np.mean(said[cross.argmin(1)] == said)})  # fmt: skip
show.table(rows, digits=2);

# %% [markdown] label="again-read"
# Two takes of a word are now seven to eight times nearer than two words, and the nearest neighbour is always the right word, where the waveform did little better
# than guessing (1 in 8). But by *another voice* only little more than half are right. The voice is still in there. Section 5 is about that.

# %% [markdown] label="deltas-title"
# ### A variation: where is it going?
#
# A frame says where the spectrum *is*; speech is also where it *goes*. **Deltas** (Furui, 1986) are the slope of each row: fit a straight line
# through a few frames on both sides, and take its steepness.

# %% [markdown] label="deltas-text" exercise="audio_features.deltas" difficulty=3 minutes=15
# The library has no function for this; section 4 will use yours. For frame $t$ of a row $x$,
#
# $$d_t = \frac{\sum_{k=1}^{K} k\,(x_{t+k} - x_{t-k})}{2\sum_{k=1}^{K} k^2},$$
#
# where $k$ is the distance in frames and $K$ the `reach`. At both ends repeat the first and the last frame, so that there are as many frames as before.


# %% label="deltas" exercise="audio_features.deltas"
def deltas(x: np.ndarray, reach: int) -> np.ndarray:
    """x (rows, frames) -> (rows, frames): the slope of each row around each frame."""
    ### BEGIN SOLUTION
    n = x.shape[1]
    padded = np.pad(x, ((0, 0), (reach, reach)), mode="edge")
    total = sum(k * (padded[:, reach + k : reach + k + n] - padded[:, reach - k : reach - k + n]) for k in range(1, reach + 1))
    return total / (2 * sum(k**2 for k in range(1, reach + 1)))
    ### END SOLUTION


# %% label="deltas-check" tags=["nbval-check-output"]
deltas_checked = check("audio_features.deltas", deltas)

# %% [markdown] label="cwt-text"
# ### Wavelets: a window for every frequency
#
# The STFT looks at all frequencies through one window. The **continuous wavelet transform**, CWT (连续小波变换), takes a short wave under a bell,
# the *Morlet wavelet*
#
# $$\psi(u) = \frac{1}{\sqrt{\pi\beta}}\, e^{-u^2/\beta}\, e^{2\pi i u},$$
#
# with $u$ counted in swings and $\beta$ its `bandwidth`, and stretches it to each frequency $f$:
#
# $$W[f, \tau] = \frac{1}{\sqrt a}\sum_n x[n]\;\overline{\psi\!\Big(\frac{n-\tau}{a}\Big)},\qquad a = \text{rate}/f.$$
#
# $\tau$ is the moment, in samples; $a$ the scale: as many samples as one swing of frequency $f$ takes. High frequencies get short windows, low
# ones long windows. With $\beta = 8$ the bell has fallen to a third at $\sqrt 8 \approx 2.8$ swings on either side.

# %% label="cwt"
frequencies = torch.logspace(np.log10(250), np.log10(3800), 60)
scalogram = audio.decibels(audio.cwt(puzzle, RATE, frequencies, bandwidth=8).abs() ** 2, 1e-3)
show.spectrogram(scalogram[:, ::8], RATE, 8, frequencies=frequencies, title="The puzzle by wavelets", name="cwt");

# %% [markdown] label="cwt-measure-text"
# The rows go up by equal *ratios*, so the straight chirp is bent. The clicks are parted everywhere but at the bottom. The two tones never are: up
# there the windows are too short, and they beat.
#
# Measured on a single click and on single tones: how long does a click ring in each row, and over how many Hz does a tone spread? (The width at
# half of the highest power. The last columns are the product of the two, in ms · Hz / 1000, a number without a unit.)


# %% label="cwt-measure"
def width(power: torch.Tensor, step: float) -> float:
    """How far the part above half of the highest power reaches."""
    above = torch.nonzero(power > power.max() / 2)
    return float((above.max() - above.min() + 1) * step)


click = torch.zeros(4001)
click[2000] = 1
n, grid = torch.arange(4001), torch.arange(100.0, 4000.0, 2.5)
rows = []
for f in (250, 500, 1000, 2000):
    tone = torch.sin(2 * torch.pi * f * n / RATE)
    bells = {"STFT": audio.stft(click, 256, 1)[f * 256 // RATE], "CWT": audio.cwt(click, RATE, [f], bandwidth=8)[0]}
    fine = torch.fft.rfft(tone[1000:1256] * audio.hann(256), 8192).abs() ** 2  # zeros behind the frame: a row each 1 Hz
    spread = audio.cwt(tone[1000:3001], RATE, grid, bandwidth=8)[:, 1000].abs() ** 2 * grid
    ms = {name: width(bell.abs() ** 2, 1000 / RATE) for name, bell in bells.items()}
    hz = {"STFT": width(fine, RATE / 8192), "CWT": width(spread, 2.5)}
    rows.append({"Hz": f"{f:,}"} | {f"{name}: {kind}": f"{value[name]:.{d}f}" for name in ms for kind, value, d in
                (("click (ms)", ms, 1), ("tone (Hz)", hz, 0), ("product", {k: ms[k] * hz[k] / 1000 for k in ms}, 2))})
show.table(rows);

# %% [markdown] label="cwt-read"
# The STFT's columns stay the same from top to bottom. The CWT trades: at each doubling of the frequency, a click gets twice as sharp and a tone
# twice as wide. Gabor's bound: the product of the two standard deviations (of the power, over time and over frequency) is never below $1/4\pi$, and only a bell reaches it. In widths at half
# height, a bell has $2\ln 2/\pi \approx 0.44$. The wavelet *is* a bell, the Hann window nearly one.
#
# **Keeps**: everything, at least as much as the STFT. **Throws away**: nothing, if you keep it all: a number for every *sample* in every row, 80
# times as often as the log-mel. In practice one keeps a few per frame.

# %% [markdown] label="world-text"
# ## 4 · On a world whose truth we know
#
# What does each representation keep? Ask it. We build clips in which everything is known: two different words out of four, said one after the other by one of
# eight voices, loud or soft, early or late, over a faint hiss. A **linear probe**, a logistic regression on the vector, tries to read each fact
# from it. It learns from the pile *train*, chooses how strongly its weights are held small (the *ridge*) on *val*, and is scored once on *test*.
#
# One ceiling is known beforehand. Whatever averages over time cannot know which of the two words came *first*: at best it knows the two, and
# guesses. That is **50%**, however good the features are.


# %% label="world"
PAIR, SPEAKERS = WORDS[:4], list(scenes.SPEAKERS)
TAKES = {"train": range(0, 6), "val": range(6, 8), "test": range(8, 12)}  # a take is used in one pile only
single = {(w, s, k): say(w, s, k) for w in PAIR for s in SPEAKERS for takes_of in TAKES.values() for k in takes_of}


def clip(rng: np.random.Generator, split: str) -> tuple:
    """One clip of 1.5 s and its facts."""
    one, two = rng.permutation(4)[:2]
    who, loud, late = rng.integers(8), rng.integers(2), rng.integers(2)
    words = [single[PAIR[w], SPEAKERS[who], rng.choice(TAKES[split])] for w in (one, two)]
    start, end = torch.zeros(200 + 2000 * late), torch.zeros(12000)
    wave = torch.cat([start, words[0] / words[0].norm(), torch.zeros(400), words[1] / words[1].norm(), end])[:12000]
    wave = wave + 3e-4 * torch.from_numpy(rng.normal(size=12000)).float()
    pair = " and ".join(PAIR[w] for w in sorted((one, two)))
    return wave * (1.0 if loud else 0.25), {"which two": pair, "which first": one, "who": who, "loud": loud, "late": late}


# %% label="world-made"
world = {split: [clip(np.random.default_rng([4, i, n]), split) for i in range(n)] for split, n in size.clips.items()}
world_waves = {split: torch.stack([wave for wave, _ in clips]) for split, clips in world.items()}
facts = {split: {fact: np.array([f[fact] for _, f in clips]) for fact in clips[0][1]} for split, clips in world.items()}
heard, told = world["train"][0]
title = f"{told['which two']}, {PAIR[told['which first']]} first, by {SPEAKERS[told['who']]}, {'late' if told['late'] else 'early'}"
show.audio(0.8 * heard[:9600] / heard.abs().max(), RATE, f"One clip, turned up to listen to: {title}", name="clip");

# %% [markdown] label="world-reps-text"
# The representations. *In order* means: time is cut into 12 parts, and the frames of each are averaged. *Mean* is the average over all frames.


# %% label="world-reps"
def in_order(x: torch.Tensor) -> torch.Tensor:
    """(n, rows, frames) -> (n, 12 · rows)."""
    return torch.cat([part.mean(-1) for part in x.tensor_split(12, dim=-1)], dim=-1)


def log_mels(waves: torch.Tensor) -> torch.Tensor:
    return audio.log_mel(waves, RATE, bands=size.bands, **options)


def mfccs(waves: torch.Tensor) -> torch.Tensor:
    return audio.mfcc(waves, RATE, size.kept, bands=size.bands, **options)


def slopes(waves: torch.Tensor) -> torch.Tensor:
    """Deltas of MFCCs; (n, rows, frames) is one long list of rows for your function."""
    x = mfccs(waves)
    return torch.as_tensor(deltas(x.flatten(0, 1).numpy(), 2)).float().reshape(x.shape)


# %% label="world-list"
REPRESENTATIONS = {
    "waveform": lambda w: w[:, ::4],  # every fourth sample, to be quick
    "log-mel, mean": lambda w: log_mels(w).mean(-1),
    "log-mel, in order": lambda w: in_order(log_mels(w)),
    "MFCC, mean": lambda w: mfccs(w).mean(-1),
    "MFCC, no c0, mean": lambda w: mfccs(w)[:, 1:].mean(-1),
    "MFCC, in order": lambda w: in_order(mfccs(w)),
    "MFCC − mean, in order": lambda w: in_order(mfccs(w) - mfccs(w).mean(-1, keepdim=True)),
    "deltas, size in order": lambda w: in_order(slopes(w).abs()),
}
if not deltas_checked.passed:
    del REPRESENTATIONS["deltas, size in order"]
    print("Exercise 5 is not done yet: the row of deltas is left out.")

# %% [markdown] label="world-control-text"
# Beside them stand a *control*, something that must fail if the probe is honest, and what guessing reaches. The control is the probe on the mean of
# log-mel, trained and chosen on **shuffled labels**, ten times (mean ± standard deviation); the guess is the commonest answer.


# %% label="world-probe"
def facts_read(vectors: dict, asked: dict) -> dict:
    """Test accuracy of a probe for every fact: of vectors split -> (n, d), asked for labels split -> fact -> (n,)."""
    return {fact: evaluate.linear_probe(*((vectors[pile], asked[pile][fact]) for pile in ("train", "val", "test"))).accuracy
            for fact in asked["test"]}  # fmt: skip


kept = evaluate.Scores()
for name, represent in REPRESENTATIONS.items():
    kept.add(name, [facts_read({split: represent(w).numpy() for split, w in world_waves.items()}, facts)])

# %% label="world-control"
rng = np.random.default_rng(0)
control = {split: log_mels(w).mean(-1).numpy() for split, w in world_waves.items()}
shuffled = []
for _ in range(10):
    lots = {split: {fact: rng.permutation(values) for fact, values in facts[split].items()} for split in ("train", "val")}
    shuffled.append(facts_read(control, lots | {"test": facts["test"]}))
kept.add("log-mel, mean, labels shuffled", shuffled, "control")
guess = {fact: evaluate.majority(facts["train"][fact], values) for fact, values in facts["test"].items()}
kept.add("commonest answer", [guess], "chance")
show.table(kept.rows(digits=2));

# %% [markdown] label="world-picture-text"
# The same as a picture. So that columns can be compared, the colour is how far a row gets from guessing (0) to knowing (1):
# (accuracy − guessing) / (1 − guessing).

# %% label="world-picture"
shown = [row for row in kept.values if row != "commonest answer"]
gained = [[max(0.0, (kept[row][fact] - guess[fact]) / (1 - guess[fact])) for row in shown] for fact in guess]
show.heatmap(gained, list(guess), [row.replace("log-mel, mean, labels", "labels") for row in shown], label="0 guessed, 1 known",
             title="What can be read from each representation", name="kept");

# %% [markdown] label="world-read"
# Read it fact by fact. (Every fact is there to be heard, so the ceiling of every one is 1, but for *which first* in the columns of means. There
# are 320 test clips: an accuracy near one half is known to about ±0.03.)
#
# - **The waveform** says little to a linear probe: something of who speaks, how loud, and when, hardly anything of the words. Everything is in
#   it, but a shift of a millisecond hides it.
# - **Log-mel in order** has everything.
# - **A mean** knows the two words and the voice, but not which word came *first* (no mean gets clearly beyond that ceiling of one half) and not
#   *when* they began. It is what you use if order does not matter.
# - **Without c0**, and likewise **less their own mean**, MFCCs do not know how *loud* a clip was: a microphone twice as near adds a constant to
#   every frame, and the constant is gone. That is a gift if you want words.
# - **Deltas** do not know how loud, either: a constant has no slope. Of the words and their order they keep nearly all. Here they say less about
#   *who* than the MFCCs they were made from, but still a lot.
# - **Who speaks** can be read from every column, best where there are spectra. No step so far throws the voice away. Remember that in the next section.
# - With **shuffled labels** the probe does what guessing does, within its ±. So the numbers above come from the sounds. (Why is the ± of *loud* so
#   large? The clips lie in two heaps, loud and soft. A probe that learned nothing answers alike for a whole heap, and is right or wrong about all of
#   it.)

# %% [markdown] label="speech-text"
# ## 5 · Real speech, and a voice that nobody trained on
#
# The **Free Spoken Digit Dataset** has 3,000 recordings of *zero* to *nine* by six people, at 8,000 samples a second. Its official split tests on
# recordings 0 to 4 of each person and digit, and trains on the rest; we keep 5 to 9 to choose with. Where it cannot be had, our eight synthetic
# voices say eight words instead.


# %% label="speech"
def synthetic() -> list:
    """Eight words by eight voices, twelve takes each."""
    piles = ["test", "test", "val", "val", *["train"] * 8]
    return [(say(word, who, take), i, who, piles[take]) for i, word in enumerate(WORDS) for who in SPEAKERS for take in range(12)]


def recordings() -> tuple:
    """Waves, labels, speakers, the pile of each, and the names of the labels."""
    try:
        parts = {pile: data.load("fsdd", split=pile) for pile in ("train", "val", "test")}
    except data.DataUnavailable as reason:
        print(f"{reason}\n\nThe chapter goes on with synthetic voices.")
        waves, labels, speakers, piles = zip(*synthetic(), strict=True)
        return list(waves), np.array(labels), np.array(speakers), np.array(piles), WORDS
    waves = [wave for part in parts.values() for wave in part.waves()]
    labels = np.concatenate([part.labels() for part in parts.values()])
    speakers = np.concatenate([part.speakers() for part in parts.values()])
    piles = np.repeat(list(parts), [len(part) for part in parts.values()])
    return waves, labels, speakers, piles, list(DIGITS)


every_wave, labels, speakers, piles, names = recordings()
some = np.sort(np.random.default_rng(0).permutation(len(labels))[: size.recordings])  # None is all
every_wave, labels, speakers, piles = [every_wave[i] for i in some], labels[some], speakers[some], piles[some]
print(len(labels), "recordings:", {pile: int((piles == pile).sum()) for pile in ("train", "val", "test")})

# %% label="speech-listen" tags=["private-media"]
for who in np.unique(speakers)[[0, 2, 4]]:
    own = np.flatnonzero(speakers == who)
    i = own[np.argmax(labels[own] == 7)]  # a "seven", if there is one
    loud = 0.8 * every_wave[i] / every_wave[i].abs().max()  # else you would not hear theo beside the others
    show.audio(loud, RATE, f"“{names[labels[i]]}” by {who}, made equally loud", name=f"heard-{who}")

# %% label="speech-levels"
rows = []
for who in np.unique(speakers):
    own = [wave for wave, s in zip(every_wave, speakers, strict=True) if s == who]
    rows.append({"speaker": who, "median peak": float(np.median([wave.abs().max() for wave in own])),
                 "mean seconds": float(np.mean([len(wave) for wave in own])) / RATE})  # fmt: skip
show.table(rows);

# %% [markdown] label="speech-levels-text"
# Look at the peaks. Real recordings differ in more than their words: of these six people one is recorded fifteen times as softly as another.
#
# ### Unequal lengths
#
# A batch is one tensor, so short recordings are padded, and every summary must know where each ends.

# %% [markdown] label="masked-text" exercise="audio_features.masked_mean" difficulty=2 minutes=10
# The simplest vector of a recording is the mean of its frames. Take it over the **real** frames only: item $i$ has `lengths[i]` of them, and
# what stands behind is padding.


# %% label="masked" exercise="audio_features.masked_mean"
def masked_mean(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """x (batch, rows, frames), lengths (batch,) -> (batch, rows): the mean over each item's own frames."""
    ### BEGIN SOLUTION
    real = np.arange(x.shape[2]) < lengths[:, None]  # (batch, frames)
    return np.where(real[:, None], x, 0).sum(axis=2) / lengths[:, None]
    ### END SOLUTION


# %% label="masked-check" tags=["nbval-check-output"]
check("audio_features.masked_mean", masked_mean)

# %% [markdown] label="fold-title"
# ### Who is in the test?
#
# In the official split every test recording is new, but every test *voice* was in training. **Leave one speaker out** asks the harder question, one
# fold for each speaker: train on everyone else, test on that one.

# %% [markdown] label="fold-text" exercise="audio_features.leave_one_speaker_out" difficulty=2 minutes=8
# Return a list with one pair (train, test) for each speaker: the indices of the recordings to train on, and of those to test on, as integers,
# ascending. The pairs come in alphabetical order of who is left out.


# %% label="fold" exercise="audio_features.leave_one_speaker_out"
def leave_one_speaker_out(speakers: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """speakers (n,) names -> for each speaker the indices to train on and those to test on."""
    ### BEGIN SOLUTION
    return [(np.flatnonzero(speakers != who), np.flatnonzero(speakers == who)) for who in np.unique(speakers)]
    ### END SOLUTION


# %% label="fold-check" tags=["nbval-check-output"]
check("audio_features.leave_one_speaker_out", leave_one_speaker_out)

# %% label="prepare"
def pictures_of(waves: list) -> tuple:
    """Log-mel (n, bands, frames) and the number of real frames (n,). A hop of 16 ms is enough for a network, and quicker."""
    spectrum = {"window": size.window, "hop": size.hop, "bands": size.bands, "low": 60.0}
    batch, lengths = audio.pad(waves)
    pieces = [audio.log_mel(x, RATE, lengths=n, **spectrum) for x, n in zip(batch.split(200), lengths.split(200), strict=True)]
    return torch.cat(pieces), audio.frame_count(lengths, size.hop)


M, real = pictures_of(every_wave)
print("log-mel", tuple(M.shape), "· real frames", int(real.min()), "to", int(real.max()))

# %% [markdown] label="first-text"
# ### A number that looks good
#
# First without any network. Each recording becomes the mean and the *spread* (the standard deviation) of its log-mel frames, over the real ones; a
# linear probe reads the word. Once on the official split, then on each speaker in turn, kept out of training. (The library's masked mean and
# scikit-learn's folds do what your two functions do, in torch.)


# %% label="first"
def mean_and_spread(x: torch.Tensor, lengths: torch.Tensor) -> np.ndarray:
    """(n, bands, frames), real frames (n,) -> (n, 2 · bands)."""
    steps, mask = x.transpose(1, 2), layers.real_steps(lengths, x.shape[2])  # (n, frames, bands), (n, frames)
    mean = layers.mean_of_steps(steps, mask)
    return torch.cat([mean, layers.mean_of_steps((steps - mean[:, None]) ** 2, mask).sqrt()], dim=1).numpy()


def read_words(X: np.ndarray, known: np.ndarray, test: np.ndarray) -> float:
    """Test accuracy of a probe that learns from the pile "train" of these recordings, and chooses its ridge by their "val"."""
    parts = known[piles[known] == "train"], known[piles[known] == "val"], test
    return evaluate.linear_probe(*((X[i], labels[i]) for i in parts)).accuracy


# %% label="first-measured"
moments = mean_and_spread(M, real)
train_on, test_on = (np.flatnonzero(piles == pile) for pile in ("train", "test"))
folds = dict(zip(np.unique(speakers), LeaveOneGroupOut().split(labels, groups=speakers), strict=True))
results = {"official split": read_words(moments, np.arange(len(labels)), test_on)}
results |= {f"without {who}": read_words(moments, *fold) for who, fold in folds.items()}
results["mean of the speakers"] = float(np.mean([results[f"without {who}"] for who in folds]))
show.table([{"tested on": name, "accuracy": value} for name, value in results.items()]);

# %% [markdown] label="first-read"
# Same recordings, same features, same probe. The only thing that changed is *who was in training*. On voices it knows the probe looks nearly finished; for a
# voice it never heard it loses almost forty points in a hundred on average, and for some voices more. The official split never asked.

# %% [markdown] label="networks-text"
# ### Two networks
#
# A network can read the frames **in order**. The recurrent one first halves their number with a convolution, which sees five frames at a time; then
# chapter 01's LSTM carries a state from frame to frame, once forwards, once backwards.

# %% label="networks"
show.source(audio.SpeechLSTM);

# %% [markdown] label="cnn-text"
# The convolutional one slides small filters along time, and takes the mean and the maximum of what they found over the *real* frames.

# %% label="cnn"
show.source(audio.SpeechCNN);

# %% [markdown] label="trim-text"
# Three more steps are meant for unseen voices. First, `trim` cuts the pauses at both ends.

# %% label="trim"
show.source(audio.trim);

# %% [markdown] label="normalise-text"
# Second, `normalise` takes each recording's own mean out of every band, and with it the loudness and the microphone.

# %% label="normalise"
show.source(audio.normalise);

# %% [markdown] label="augment-text"
# Third, and only while they train, `augment` varies each recording: a little slower or faster, with a longer or a shorter throat (a stretched
# frequency axis), with noise, with a few bands or moments hidden. The loss does it.

# %% label="augment"
show.source(audio.recognition_loss);


# %% label="learn"
def learn(known: np.ndarray, make: type = audio.SpeechCNN) -> torch.nn.Module:
    """A network trained on those of these recordings that are of the pile "train"."""
    index, most = known[piles[known] == "train"], RATE // size.hop  # one in two hundred is longer than a second: it is cut
    items = torch.utils.data.TensorDataset(M[index, :, :most], real[index].clamp_max(most), torch.from_numpy(labels[index]))
    loader = torch.utils.data.DataLoader(items, batch_size=size.batch, shuffle=True, drop_last=True)
    torch.manual_seed(0)
    model = make(bands=size.bands, classes=len(names))
    schedule = train.one_cycle(size.steps)
    train.fit(model, loader, audio.recognition_loss, steps=size.steps, lr=size.lr, schedule=schedule, clip=1.0)
    return model.cpu()


# %% label="answers"
@torch.no_grad()
def answers(model: torch.nn.Module, x: torch.Tensor, lengths: torch.Tensor) -> np.ndarray:
    """What the network takes each recording for."""
    batches = zip(x.split(100), lengths.split(100), strict=True)
    return torch.cat([model(a[..., : int(n.max())], n).argmax(1) for a, n in batches]).numpy()


def accuracy(model: torch.nn.Module, index: np.ndarray) -> float:
    return float(np.mean(answers(model, M[index], real[index]) == labels[index]))


# %% label="official"
official = learn(train_on)  # learn(train_on, audio.SpeechLSTM) trains the other one, which takes longer
print(f"SpeechCNN: {accuracy(official, test_on):.1%} of the official test recordings")

# %% [markdown] label="official-text"
# That looks like a solved problem; SpeechLSTM does as well (the table below). Now the same network, the same steps, but one person is kept out of training altogether.

# %% label="unseen"
unseen = {}
for who in [who for who in size.unseen if who in folds] or list(folds)[-1:]:
    unseen[who] = learn(folds[who][0])
    print(f"trained without {who}, tested on {who}: {accuracy(unseen[who], folds[who][1]):.1%}")

# %% label="unseen-stored"
show.table(evaluate.Scores.stored("audio_features", "fsdd").rows());

# %% [markdown] label="unseen-text"
# *(From `python -m benchmarks.audio_features`: every network trained anew for every column. Where there is a ±, it is the standard deviation over
# several random starts.)* Three things to see:
#
# - **In the column *official* all methods look alike.** Three points lie between probe and networks: ten recordings of three hundred.
# - **In the column *mean of six* they are far apart**: two words in three for the probe, five in six for networks with these three steps. That
#   difference is worth more than anything else in this chapter, and the official split hardly sees it. Which of the two networks one takes makes
#   little difference.
# - **Along a row** one voice is understood nineteen times in twenty, and another two times in three. Six voices are few: with six others the mean
#   could come out several points higher or lower. So report every one.
#
# How honest is the mean of six? Trimming and noise were chosen by voices held out *inside* the training part of a fold; but each of the six is
# somewhere in training, so the recipe has met all of them. A seventh voice would be the cleaner test.

# %% [markdown] label="why-text"
# ### Why
#
# Ask the vectors of the first table another question: *who speaks?*

# %% label="why"
rows = []
for question, answer in {"which digit": labels, "who speaks": speakers}.items():
    parts = [(moments[piles == pile], answer[piles == pile]) for pile in ("train", "val", "test")]
    guessing = evaluate.majority(parts[0][1], parts[2][1])
    rows.append({"": question, "accuracy": evaluate.linear_probe(*parts).accuracy, "guessing": guessing})
show.table(rows);

# %% [markdown] label="pauses-text"
# The vectors say *who* even more surely than *what*. A classifier trained on six voices may use that: it learns "a nine as theo says it", and nothing
# in the official test ever punishes it.
#
# And not only the voice is new. Below, the recording as ten frames in order, as it is and with its pauses cut by `trim`. *Cut away* is the share of
# all frames of a speaker: for one it is more than a third. A probe that never met such pauses takes them for part of the word.


# %% label="pauses"
def ten_frames(x: torch.Tensor, lengths: torch.Tensor) -> np.ndarray:
    """(n, bands, frames), real frames (n,) -> (n, 10 · bands): each recording squeezed to ten frames, in order."""
    squeeze = torch.nn.functional.interpolate
    return torch.cat([squeeze(a[None, :, :k], size=10, mode="linear", align_corners=True)
                      for a, k in zip(x, lengths, strict=True)]).flatten(1).numpy()  # fmt: skip


trimmed, left = audio.trim(M, real)
rows = [{"tested on": who, "cut away": float(1 - left[fold[1]].sum() / real[fold[1]].sum())} for who, fold in folds.items()]
for name, ten in {"as it is": ten_frames(M, real), "trimmed": ten_frames(trimmed, left)}.items():
    for row, fold in zip(rows, folds.values(), strict=True):
        row[name] = read_words(ten, *fold)
rows.append({"tested on": "mean", **{column: float(np.mean([row[column] for row in rows])) for column in list(rows[0])[1:]}})
show.table(rows);

# %% [markdown] label="pauses-read"
# On average trimming helps the probe a little, the speaker with the long pauses very much; and for some others it makes things *worse*, by
# several points. This is what work on new voices is like: one cause found, several left.
#
# Which words does the network confuse in the voice it did not know?

# %% label="confused"
who, model = next(iter(unseen.items()))
test = folds[who][1]
given = answers(model, M[test], real[test])
counts = np.array([[np.sum((labels[test] == a) & (given == b)) for b in range(len(names))] for a in range(len(names))])
print(f"What {who} said (rows), and how often each word was understood (columns):")
show.table([{"said": said_word} | {name: str(n or "") for name, n in zip(names, row, strict=True)}
            for said_word, row in zip(names, counts, strict=True)]);

# %% [markdown] label="confused-read"
# The errors are not spread evenly. When *nicolas* is the unknown voice, two confusions make up about half of them or more: *four* taken for *five* (both
# begin with an f), and *six* taken for *eight*. Several words are nearly always understood.

# %% [markdown] label="wrong-name-text"
# ## 6 · What goes wrong
#
# **A good number with the wrong name.** The *stamps* of chapter 00 come with their captions read aloud in many languages. A probe tells six of the
# languages apart almost perfectly. Language recognition, solved? Before you believe it, give the probe something that holds hardly any language:
# the *quietest tenth* of each recording, which is mostly silence.


# %% label="wrong-name"
LANGUAGES = ["bg", "ca", "es", "fr", "ro", "ru"]


def descriptions() -> list:
    """Some (file, language, group) of spoken descriptions; none where the stamps cannot be had."""
    try:
        stamps = data.load("stamps", split="all")
    except data.DataUnavailable as reason:
        print(f"{reason}\n\nThis experiment is left out.")
        return []
    found = [(files[code], code, group) for files, group in zip(stamps.column("speech_path"), stamps.groups, strict=True)
             for code in LANGUAGES if code in files]  # fmt: skip
    return [found[i] for i in np.random.default_rng(0).permutation(len(found))[: size.stamps]]


def whole_and_quiet(file) -> tuple:
    """The mean log-mel frame of a recording, and the mean of its quietest tenth."""
    x = audio.log_mel(audio.read(file, RATE), RATE, bands=size.bands, **options)
    quietest = x.mean(0).argsort()[: max(3, x.shape[1] // 10)]
    return x.mean(1).numpy(), x[:, quietest].mean(1).numpy()


# %% label="wrong-name-probe"
if chosen := descriptions():
    both = [whole_and_quiet(file) for file, _, _ in chosen]
    code, groups = (np.array([item[k] for item in chosen]) for k in (1, 2))
    piles_of = data.splits.grouped(groups.tolist(), (len(chosen) // 4, len(chosen) // 4), seed=0)
    rows = [{"": "guessing", "accuracy": evaluate.majority(code[piles_of[2]], code[piles_of[0]])}]
    for k, name in enumerate(("the whole recording", "only its quietest tenth")):
        means = np.stack([pair[k] for pair in both])
        unheard, val, learnt = ((means[i], code[i]) for i in piles_of)
        rows.append({"": name, "accuracy": evaluate.linear_probe(learnt, val, unheard).accuracy})
    show.table(rows)

# %% [markdown] label="wrong-name-read"
# The silence says nearly as much as the speech. So what the probe reads may well be the room, the microphone and the level: in these recordings they
# go with the language, as do the people who spoke. This experiment cannot say how many people those were, and the probe cannot tell *language* from
# *recording*; nor can a better model. A better name helps, or recordings in which every language has many voices, and every voice, if possible,
# several languages.

# %% [markdown] label="wrong-rate-text"
# **The wrong rate.** A file says 8,000 samples a second, the code believes 16,000. Nothing fails: everything is only twice as fast and an octave
# higher. Hear it, and look what the network trained above makes of it.

# %% label="wrong-rate"
show.audio(first, 2 * RATE, "“red”, 8,000 samples a second played as 16,000", name="wrong-rate")
hurried = pictures_of([audio.resample(every_wave[i], 2 * RATE, RATE) for i in test_on])
wrong = float(np.mean(answers(official, *hurried) == labels[test_on]))
print(f"right rate {accuracy(official, test_on):.1%}, wrong rate {wrong:.1%}, guessing {1 / len(names):.0%}")

# %% [markdown] label="wrong-rate-read"
# The repair is a habit: `audio.read(file, rate)` returns the rate you ask for, whatever the file has, and a dataset carries its `sample_rate`.
#
# **Padding that leaks.** The same recording, alone and in a batch with a longer one. A plain mean over frames gives two answers. A mean
# over the real frames, as your exercise in section 5, gives one.

# %% label="wrong-padding"
alone = audio.log_mel(first[None], RATE, bands=size.bands, **options)
batch, lengths = audio.pad([first, torch.cat([other, other, other])])
together = audio.log_mel(batch, RATE, bands=size.bands, lengths=lengths, **options)
counts = audio.frame_count(lengths, HOP)
plain = float((together[0].mean(-1) - alone[0].mean(-1)).norm())
repaired = float((together[0, :, : counts[0]].mean(-1) - alone[0].mean(-1)).norm())
words = float((audio.log_mel(other, RATE, bands=size.bands, **options).mean(-1) - alone[0].mean(-1)).norm())
distances = {"“red” and “green”": words, "“red” alone and in a batch, plain mean": plain, "the same, over real frames": repaired}
show.table([{"distance between": pair, "decibels, over all bands": value} for pair, value in distances.items()]);

# %% [markdown] label="wrong-padding-read"
# The plain mean moves a word further than another word is away. It passes every test with batches of equal lengths, and fails in use. So test it:
# *the answer of a batch is the answer of each item alone.*
#
# **The logarithm of nothing.** Digital silence has power 0, its logarithm is −∞, and one such frame makes a mean −∞ and a loss NaN. The repair is a
# floor, as in `audio.decibels`.

# %% label="wrong-log" tags=["nbval-check-output"]
silence = torch.zeros(800)
print("without a floor:", float((10 * torch.log10(audio.stft(silence, 256, 80).abs() ** 2)).mean()))
print("with one:       ", float(audio.log_mel(silence, RATE).mean()), "dB")

# %% [markdown] label="which-text"
# ## 7 · Which feature should I use?
#
# One protocol for all. Each recording of a spoken digit becomes one vector, and a linear probe reads three things from it: the **digit**, on the
# official test part; the **digit of a new voice**, mean of the six that were left out in turn; and **who speaks**. *Numbers* is the length of the
# vector, *ms an item* the time on one thread from the wave to the vector.

# %% label="which"
stored = evaluate.Scores.stored("audio_features", "probe")
rows = stored.rows()
for row in rows:
    for column, digits in (("numbers", 0), ("ms an item", 2)):  # no ± where nothing is random
        row[column] = f"{stored[row['']][column]:.{digits}f}" if column in row else "–"
columns = ("", "digit", "digit, new voice", "speaker", "numbers", "ms an item")
show.table([{column: row[column] for column in columns} for row in rows]);

# %% [markdown] label="which-read"
# *(From `python -m benchmarks.audio_features`. The networks' numbers are a shade off those of section 5: here a probe reads the vector below the last
# layer, there the network answers itself.)*
#
# - **Known voices, quickly:** ten log-mel frames in order and a linear probe: about 95% with nothing trained but the probe. A network gets to about
#   99%.
# - **New voices:** a network that was trained with varied voices, on trimmed and normalised recordings. Next come the ten frames, far behind;
#   whatever averages over time is further behind still.
# - **Who speaks:** any spectrum, best of all log-mel. The networks, best at new voices, keep less of the speaker; but most of it is in there even
#   so, for nothing ever asked them to lose it: think of that before you call a voice anonymous.
# - **Few numbers:** MFCCs. A third as many as the mean and spread of log-mel, nearly as good for known voices, and no worse for new ones.
# - **Wavelets** averaged over time are one more mean spectrum, at many times the price. Their strength, exact moments, is lost in a mean.
# - **Not the waveform.** Eight statistics of it (length, loudness, zero crossings) know who speaks far better than what is said: here each speaker
#   has a level of their own.
#
# One row, live. It may differ from the stored one by a few recordings of the three hundred: the probe's solver stops within a tolerance, and meets
# the recordings in another order.

# %% label="which-live"
live = {task: evaluate.linear_probe(*((moments[piles == pile], y[piles == pile]) for pile in ("train", "val", "test"))).accuracy
        for task, y in {"digit": labels, "speaker": speakers}.items()}  # fmt: skip
show.table([{"": "log-mel, mean and spread (run live)", **live, "numbers": moments.shape[1]}]);

# %% [markdown] label="quiz-text"
# ## 8 · Quiz
#
# Click the choice you think is right. Every choice explains itself, so click the wrong ones too.

# %% label="quiz"
quiz("audio_features")

# %% label="progress"
progress("audio_features")

# %% [markdown] label="end"
# ## Take away
#
# - A wave is bad to compare: one millisecond makes it a stranger to itself. Frequencies over time are what one hears.
# - The window decides between *when* and *which*. Wavelets decide anew at each frequency.
# - Each step throws something away on purpose: the magnitude drops the phase, mel bands drop fine pitch, MFCCs drop nearly all pitch, a mean drops the order. What is left is
#   smaller and, for words, better.
# - **Test on voices that training never heard**, and report each of them.
# - Before you name what a number measures, look for what else could have made it.
#
# **With a GPU or more time.** `MMLEARN_PROFILE=gpu` trains longer and holds out all six speakers live. Models that learned from thousands of hours, such as wav2vec 2.0 and Whisper, begin
# with a wave or a log-mel spectrogram just as here.
#
# ## Further reading
#
# - D. Gabor (1946). Theory of communication. *Journal of the IEE* 93, 429–457.
# - S. S. Stevens, J. Volkmann, E. B. Newman (1937). A scale for the measurement of the psychological magnitude pitch. *JASA* 8, 185–190.
# - G. E. Peterson, H. L. Barney (1952). Control methods used in a study of the vowels. *JASA* 24, 175–184.
# - S. B. Davis, P. Mermelstein (1980). Comparison of parametric representations for monosyllabic word recognition in continuously spoken sentences. *IEEE Transactions on ASSP* 28, 357–366.
# - D. W. Griffin, J. S. Lim (1984). Signal estimation from modified short-time Fourier transform. *IEEE Transactions on ASSP* 32, 236–243.
# - S. Furui (1986). Speaker-independent isolated word recognition using dynamic features of speech spectrum. *IEEE Transactions on ASSP* 34, 52–59.
# - S. Mallat (2009). *A Wavelet Tour of Signal Processing*, third edition. Academic Press.
# - Z. Jackson et al. (2018). *Free Spoken Digit Dataset*. Zenodo, doi:10.5281/zenodo.1342401.
# - A. Baevski, Y. Zhou, A. Mohamed, M. Auli (2020). wav2vec 2.0: a framework for self-supervised learning of speech representations. *NeurIPS*.
# - A. Radford et al. (2023). Robust speech recognition via large-scale weak supervision. *ICML*.
