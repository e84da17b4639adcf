"""eSpeak NG, a speech synthesiser in C, called through ctypes: one sentence in, one waveform out, the same every time.

The library keeps the phase of its oscillators from one sentence to the next, so what it says depends on what it said
before. It is therefore loaded anew for each sentence, about 2 ms, which makes a sentence depend on its arguments alone.
"""

import atexit
import ctypes
import os
import shutil
import sys
import tempfile
import threading
from functools import lru_cache
from pathlib import Path

import numpy as np

RATE = 22050
_LOCK = threading.Lock()  # the library is not made for threads
_SYNCHRONOUS, _DONT_EXIT, _UTF8 = 2, 0x8000, 1  # names and numbers as in eSpeak NG's speak_lib.h
_SPEED, _PITCH = 1, 3
_LONGEST_PATH = 140  # eSpeak keeps the path of its data in 160 characters
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class SpeechError(RuntimeError):
    """The synthesiser is there but does not work."""


def installed() -> bool:
    """Whether the optional package `espeakng-loader` is there."""
    try:
        import espeakng_loader  # noqa: F401
    except ImportError:
        return False
    return True


def synthesise(text: str, voice: str, speed: int, pitch: int, seed: int) -> np.ndarray:
    """Speak `text`: (samples,) int16 at `RATE`.

    Args:
        voice: a language with a variant, such as "fr+f3".
        speed: words a minute.
        pitch: 0 to 99.
        seed: of the noise in breath and consonants.

    Raises:
        SpeechError: the library cannot be loaded, or has no such voice.
    """
    with _LOCK:
        library = _open()
        try:
            return _speak(library, text, voice, speed, pitch, seed)
        finally:
            library.espeak_Terminate()
            _unload(library)


def _speak(library: ctypes.CDLL, text: str, voice: str, speed: int, pitch: int, seed: int) -> np.ndarray:
    heard: list[bytes] = []

    @_CALLBACK
    def keep(wave, number, _events):
        if wave and number > 0:
            heard.append(ctypes.string_at(wave, 2 * number))
        return 0

    library.espeak_SetSynthCallback(keep)
    library.espeak_ng_SetRandSeed(ctypes.c_long(seed % 2**31))
    if library.espeak_SetVoiceByName(voice.encode()):
        raise SpeechError(f"eSpeak NG has no voice {voice!r}")
    library.espeak_SetParameter(_SPEED, speed, 0)
    library.espeak_SetParameter(_PITCH, pitch, 0)
    said = text.encode()
    if library.espeak_Synth(said, len(said) + 1, 0, 1, 0, _UTF8, None, None):
        raise SpeechError(f"eSpeak NG could not speak {text!r}")
    return np.frombuffer(b"".join(heard), np.int16)


def _open() -> ctypes.CDLL:
    import espeakng_loader

    try:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
    except OSError as error:
        raise SpeechError(f"eSpeak NG cannot be loaded ({error}); reinstall espeakng-loader") from error
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int,
        ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p,
    ]  # fmt: skip
    folder = _short(str(espeakng_loader.get_data_path()))
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, folder.encode(), _DONT_EXIT)
    if rate != RATE:
        raise SpeechError(f"eSpeak NG does not start with its data in {folder}; reinstall espeakng-loader")
    return library


def _unload(library: ctypes.CDLL) -> None:
    import _ctypes

    close = _ctypes.FreeLibrary if sys.platform == "win32" else _ctypes.dlclose
    close(library._handle)


@lru_cache
def _short(folder: str) -> str:
    """The data folder, or, where its path is too long for eSpeak, a link to it that ends with this process."""
    if len(folder.encode()) <= _LONGEST_PATH:
        return folder
    home = tempfile.mkdtemp(prefix="mmlearn-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    link = Path(home, "espeak-ng-data")
    try:
        os.symlink(folder, link, target_is_directory=True)
    except OSError as error:
        raise SpeechError(f"the path {folder} is too long for eSpeak NG; install into a shorter one") from error
    return str(link)
