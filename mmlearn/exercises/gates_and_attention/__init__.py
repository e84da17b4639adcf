"""Chapter 11: gates, attention over modalities, across them, co-attention, bilinear attention, a bottleneck's mask."""

from mmlearn.exercises.engine import register
from mmlearn.exercises.gates_and_attention import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.gates_and_attention.across import CO_ATTENTION, LOOK_ACROSS
from mmlearn.exercises.gates_and_attention.gates import GATED, NOBODY, WEIGHTS
from mmlearn.exercises.gates_and_attention.pairs import BILINEAR, MASK

register(GATED, WEIGHTS, NOBODY, LOOK_ACROSS, CO_ATTENTION, BILINEAR, MASK)
