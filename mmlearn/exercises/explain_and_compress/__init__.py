"""Chapter 15: Shapley values, interactions, LIME with Shapley's weights, integrated gradients, calibration, fewer bits."""

from mmlearn.exercises.engine import register
from mmlearn.exercises.explain_and_compress import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.explain_and_compress.games import INTERACTION, SHAPLEY
from mmlearn.exercises.explain_and_compress.models import INTEGRATED_GRADIENTS, SURROGATE
from mmlearn.exercises.explain_and_compress.numbers import CALIBRATION_ERROR, QUANTISE

register(SHAPLEY, INTERACTION, SURROGATE, INTEGRATED_GRADIENTS, CALIBRATION_ERROR, QUANTISE)
