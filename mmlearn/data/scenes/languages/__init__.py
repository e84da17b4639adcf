"""What each language needs to talk of scenes: its words, its noun phrase, its sentences. Nothing else differs."""

from mmlearn.data.scenes.languages import chinese, english, french
from mmlearn.data.scenes.languages.language import Language

LANGUAGES: dict[str, Language] = {"en": english.ENGLISH, "zh": chinese.CHINESE, "fr": french.FRENCH}


def language(code: str) -> Language:
    """The language of a code.

    Raises:
        ValueError: no such language.
    """
    if code not in LANGUAGES:
        raise ValueError(f"language is {code!r}; accepted are {', '.join(map(repr, LANGUAGES))}")
    return LANGUAGES[code]
