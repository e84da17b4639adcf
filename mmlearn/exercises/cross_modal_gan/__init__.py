"""Chapter 18: pictures of sounds, words that are drawn and learned, what belongs together, repair, cycles, noise "
"between."""

from mmlearn.exercises.cross_modal_gan import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.cross_modal_gan.game import PAIR_SCORES, STRAIGHT_THROUGH
from mmlearn.exercises.cross_modal_gan.repair import COMPLETED, HOLE_ERROR
from mmlearn.exercises.cross_modal_gan.signals import NORMALISED, SLERP
from mmlearn.exercises.cross_modal_gan.travel import CYCLE_LOSS
from mmlearn.exercises.engine import register

register(NORMALISED, STRAIGHT_THROUGH, PAIR_SCORES, COMPLETED, HOLE_ERROR, CYCLE_LOSS, SLERP)
