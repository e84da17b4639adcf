"""Chapter 09: a gradient reversed, two maps, words that look for regions, a teacher's rows, and a cloud moved onto another."""

from mmlearn.exercises.engine import register
from mmlearn.exercises.other_alignments import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.other_alignments.attending import ATTENDED, SPARSE
from mmlearn.exercises.other_alignments.maps import PROCRUSTES, RIDGE
from mmlearn.exercises.other_alignments.moving import CORAL
from mmlearn.exercises.other_alignments.padding import PADDED
from mmlearn.exercises.other_alignments.reversal import REVERSAL
from mmlearn.exercises.other_alignments.teaching import DISTILLATION

register(REVERSAL, RIDGE, PROCRUSTES, ATTENDED, PADDED, SPARSE, DISTILLATION, CORAL)
