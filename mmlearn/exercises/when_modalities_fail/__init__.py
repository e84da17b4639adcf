"""Chapter 14: modality dropout, noise of a given strength, whom to believe, crossing points, balance, many guesses."""

from mmlearn.exercises.engine import register
from mmlearn.exercises.when_modalities_fail import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.when_modalities_fail.absent import DROP, GUESSES
from mmlearn.exercises.when_modalities_fail.evidence import BALANCE, BELIEVE
from mmlearn.exercises.when_modalities_fail.noise import CROSSING, SNR

register(DROP, SNR, BELIEVE, CROSSING, BALANCE, GUESSES)
