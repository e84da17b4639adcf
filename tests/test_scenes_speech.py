"""Speech: the same every time, different by speaker, and tones where there is no synthesiser."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mmlearn.data.scenes import LANGUAGES, SPEAKERS, espeak, speech
from mmlearn.data.scenes.dataset import Scenes

TEXTS = {"en": "A red circle on the left.", "zh": "左上角有一个红色的圆形。", "fr": "Une étoile bleue à gauche."}
needs_synthesiser = pytest.mark.skipif(not espeak.installed(), reason="espeakng-loader is not installed")


@needs_synthesiser
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_speaker_speaks_each_language_in_a_voice_of_their_own(language):
    waves = [speech.speak(TEXTS[language], language, speaker) for speaker in SPEAKERS]
    for wave in waves:
        assert wave.dtype == np.float32 and wave.ndim == 1 and 0.7 < len(wave) / speech.SAMPLE_RATE < 6
        assert 0.1 < abs(wave).max() <= 1
    assert len({wave.tobytes() for wave in waves}) == len(SPEAKERS)


@needs_synthesiser
def test_speech_depends_on_its_arguments_not_on_what_was_said_before():
    first = speech.speak(TEXTS["en"], "en", "ada", 3)
    speech.speak(TEXTS["fr"], "fr", "cleo", 1)
    assert (speech.speak(TEXTS["en"], "en", "ada", 3) == first).all()
    other = speech.speak(TEXTS["en"], "en", "ada", 4)
    assert other.shape != first.shape or (other != first).any()


@needs_synthesiser
def test_another_process_says_the_same():
    code = (
        "import zlib; from mmlearn.data.scenes import speak; "
        f"print(zlib.crc32(speak({TEXTS['en']!r}, 'en', 'ada', 3).tobytes()))"
    )
    import zlib

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == zlib.crc32(speech.speak(TEXTS["en"], "en", "ada", 3).tobytes())


@needs_synthesiser
def test_threads_take_turns():
    alone = [speech.speak(TEXTS["fr"], "fr", speaker).tobytes() for speaker in SPEAKERS]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda speaker: speech.speak(TEXTS["fr"], "fr", speaker).tobytes(), SPEAKERS))
    assert together == alone


@needs_synthesiser
def test_long_path_to_the_synthesiser_is_linked(tmp_path, monkeypatch):
    import espeakng_loader

    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    (deep / "espeak-ng-data").symlink_to(espeakng_loader.get_data_path())
    expected = speech.speak(TEXTS["en"])
    monkeypatch.setattr(espeakng_loader, "get_data_path", lambda: str(deep / "espeak-ng-data"))
    assert (speech.speak(TEXTS["en"]) == expected).all()


@needs_synthesiser
def test_broken_synthesiser_is_said_in_a_sentence(monkeypatch):
    import espeakng_loader

    from mmlearn.data import DataUnavailable

    monkeypatch.setattr(espeakng_loader, "get_library_path", lambda: "/nowhere/lib.so")
    with pytest.raises(DataUnavailable, match="eSpeak NG cannot be loaded"):
        speech.speak("A star.")


def test_without_synthesiser_speak_says_what_to_do(monkeypatch):
    from mmlearn.data import DataUnavailable

    monkeypatch.setattr(espeak, "installed", lambda: False)
    with pytest.raises(DataUnavailable, match="espeakng-loader.*speech='tones'"):
        speech.speak("A star.")


def test_without_synthesiser_scenes_warn_and_use_tones(monkeypatch):
    monkeypatch.setattr(espeak, "installed", lambda: False)
    with pytest.warns(UserWarning, match="tones stand in for speech"):
        pairs = Scenes(n=2, speech=True)
    assert pairs.speech_is == "tones"
    assert (pairs[1]["speech"] == Scenes(n=2, speech="tones")[1]["speech"]).all()


def test_tones_tell_words_apart_and_words_only():
    red, blue = (speech.tones(text) for text in ("A red star.", "A blue star."))
    third = len(red) // 3
    assert (
        len(red) == len(blue) and (red[:third] == blue[:third]).all() and (red[2 * third :] == blue[2 * third :]).all()
    )
    assert abs(red[third : 2 * third] - blue[third : 2 * third]).max() > 0.1
    assert (red != speech.tones("A red star.", speaker="hugo")).any()
    assert len(speech.tones("红色星星", "zh")) == 4 * third
    assert abs(red).max() <= 1


@pytest.mark.parametrize("make", [speech.speak, speech.tones])
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("", "en", "ada"), "text is ''"),
        (("  ", "en", "ada"), "text is '  '"),
        ((None, "en", "ada"), "text is None"),
        (("a star", "de", "ada"), "language is 'de'"),
        (("a star", "en", "zoe"), "speaker is 'zoe'; accepted are 'ada'"),
    ],
)
def test_bad_input_is_refused(make, arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        make(*arguments)
