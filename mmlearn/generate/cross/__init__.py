"""One generator for pictures, sounds and words: from noise, from each other, with parts missing; chapter 18 builds it.

* `sound.py`: sounds as pictures, and back to sounds
* `pairs.py`: the small world: pictures, two spoken words, a sentence of three slots
* `networks.py`: the generator, which reads what is seen of each medium and makes all of them
* `discriminator.py`: three scores: picture with words, sound with words, picture with sound
* `hiding.py`: holes, gaps, and what is hidden in training
* `losses.py`: adversarial, reconstruction, contrastive, words; each with a weight
* `making.py`: use: say what is known, get the rest
* `repair.py`: known parts stay, and the error where something was hidden
* `judges.py`: what a picture shows and a sound says, by classifiers of real ones
* `films.py`: a lost frame, from its neighbours and a voice
* `trained.py`: all of it in one checkpoint
"""

from mmlearn.lazy import on_first_use

_HOME = {
    "pictures_of_sound": "sound", "sounds_of_picture": "sound", "fitted": "sound", "RATE": "sound", "HOP": "sound",
    "Triples": "pairs", "load": "pairs", "recordings": "pairs", "sentence": "pairs", "SLOTS": "pairs", "VOICES": "pairs",
    "Seen": "networks", "Made": "networks", "CrossGenerator": "networks", "straight_through": "networks",
    "CrossDiscriminator": "discriminator",
    "TASKS": "hiding", "hole": "hiding", "gap": "hiding", "hide": "hiding",
    "Weights": "losses", "d_loss": "losses", "g_loss": "losses", "autoencoder_loss": "losses",
    "known": "making", "make": "making", "there_and_back": "making", "named_alike": "making",
    "completed": "repair", "hole_error": "repair",
    "Ear": "judges", "heard": "judges", "recognised": "judges",
    "FrameMaker": "films", "gaps": "films", "frame_loss": "films",
    "CrossModal": "trained", "build": "trained",
}  # fmt: skip

__all__ = [*_HOME]

__getattr__ = on_first_use(__name__, _HOME)
