"""How speech shows a scene: a caption said aloud by one of eight speakers, or, without a synthesiser, as tones."""

import re
import zlib
from typing import NamedTuple

import numpy as np

from mmlearn.data.scenes import espeak
from mmlearn.data.scenes.chance import Chooser
from mmlearn.data.scenes.languages import language as find

SAMPLE_RATE = espeak.RATE
_VOICES = {"en": "en-us", "zh": "cmn", "fr": "fr"}
_TONE_SECONDS, _GAP_SECONDS = 0.12, 0.03


class Speaker(NamedTuple):
    """How one speaker sounds: a variant of eSpeak's voices, pitch (0 to 99) and speed (words a minute)."""

    variant: str
    pitch: int
    speed: int


SPEAKERS = {
    "ada": Speaker("f2", 58, 165),
    "bea": Speaker("f4", 46, 180),
    "cleo": Speaker("Annie", 52, 155),
    "dina": Speaker("f5", 64, 175),
    "emil": Speaker("m3", 42, 160),
    "finn": Speaker("m7", 50, 185),
    "gus": Speaker("Denis", 36, 150),
    "hugo": Speaker("m1", 30, 170),
}


def speak(text: str, language: str = "en", speaker: str = "ada", seed: int = 0) -> np.ndarray:
    """Say `text` aloud: (samples,) float32 in [-1, 1] at `SAMPLE_RATE` (22,050 Hz).

    `seed` varies pitch and speed a little, as no one says a thing twice alike; equal arguments give equal samples.

    Raises:
        ValueError: empty text, unknown language or speaker.
        DataUnavailable: the optional package `espeakng-loader` is not installed or does not work.
    """
    _check(text, language, speaker)
    if not espeak.installed():
        raise _unavailable("speech needs the optional package espeakng-loader, which is not installed")
    voice, choose = SPEAKERS[speaker], Chooser(seed)
    pitch, speed = (round(value * (0.92 + 0.16 * choose.uniform())) for value in voice[1:])
    try:
        wave = espeak.synthesise(text, f"{_VOICES[language]}+{voice.variant}", speed, pitch, seed)
    except espeak.SpeechError as error:
        raise _unavailable(str(error)) from error
    return wave.astype(np.float32) / 32768


def tones(text: str, language: str = "en", speaker: str = "ada", seed: int = 0) -> np.ndarray:
    """Stand in for speech where there is none: each word (in Chinese, each character) becomes its own two-note chord.

    Shape, rate and arguments as of `speak`; the speaker sets the key and `seed` the loudness of each word.

    Raises:
        ValueError: empty text, unknown language or speaker.
    """
    _check(text, language, speaker)
    words = list(text.replace(" ", "")) if language == "zh" else text.split()
    choose = Chooser(seed)
    key = 1 + list(SPEAKERS).index(speaker) / 20
    time = np.arange(round(_TONE_SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    swell = np.sin(np.pi * time / _TONE_SECONDS)
    gap = np.zeros(round(_GAP_SECONDS * SAMPLE_RATE))
    parts = []
    for word in words:
        code = zlib.crc32(re.sub(r"\W", "", word).lower().encode())
        low, high = 200 * 2 ** (code % 24 / 12), 900 * 2 ** (code // 24 % 24 / 12)
        chord = np.sin(2 * np.pi * key * low * time) + np.sin(2 * np.pi * key * high * time)
        parts += [(0.2 + 0.1 * choose.uniform()) * swell * chord, gap]
    return np.concatenate(parts).astype(np.float32)


def _check(text: str, language: str, speaker: str) -> None:
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"text is {text!r}; there must be something to say")
    find(language)
    if speaker not in SPEAKERS:
        raise ValueError(f"speaker is {speaker!r}; accepted are {', '.join(map(repr, SPEAKERS))}")


def _unavailable(why: str) -> Exception:
    from mmlearn.data.registry import DataUnavailable

    return DataUnavailable(f"{why}: pip install espeakng-loader, or take speech='tones'")
