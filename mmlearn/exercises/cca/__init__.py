"""Chapter 06: whitening, CCA, held-out correlations, a permutation test, merging, weighting, and CCA without whitening: PLS."""

from mmlearn.exercises.cca import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.cca.building import SOLVE, WHITEN
from mmlearn.exercises.cca.judging import HELD_OUT, PERMUTATION
from mmlearn.exercises.cca.lengths import PLS
from mmlearn.exercises.cca.streams import MERGE
from mmlearn.exercises.cca.weighting import WEIGHTED
from mmlearn.exercises.engine import register

register(WHITEN, SOLVE, HELD_OUT, PERMUTATION, MERGE, WEIGHTED, PLS)
