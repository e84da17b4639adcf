"""Chapter 17: modes of a ring, the matching-aware hinge, spectral norm, projection, clouds of conditions, truncation, flows."""

from mmlearn.exercises.engine import register
from mmlearn.exercises.text_to_image import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.text_to_image.conditions import DIVERGENCE, REDRAWN
from mmlearn.exercises.text_to_image.critics import PROJECTION, STRETCH
from mmlearn.exercises.text_to_image.flows import CARRIED
from mmlearn.exercises.text_to_image.games import MATCHING_HINGE, MODES_COVERED

register(MODES_COVERED, STRETCH, PROJECTION, MATCHING_HINGE, DIVERGENCE, REDRAWN, CARRIED)  # as the chapter has them
