"""Chapter 04: frames and their spectra, mel bands, cepstra, means that see no padding, folds by speaker, and change over time."""

from mmlearn.exercises.audio_features import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.audio_features.bands import FILTERBANK, MFCC, mel_filterbank, mfcc
from mmlearn.exercises.audio_features.batches import FOLDS, MASKED, leave_one_speaker_out, masked_mean
from mmlearn.exercises.audio_features.change import DELTAS, deltas
from mmlearn.exercises.audio_features.cutting import FRAMES, SPECTRUM, frames, power_spectrum
from mmlearn.exercises.engine import register

register(FRAMES, SPECTRUM, FILTERBANK, MFCC, DELTAS, MASKED, FOLDS)

__all__ = ["deltas", "frames", "leave_one_speaker_out", "masked_mean", "mel_filterbank", "mfcc", "power_spectrum"]
