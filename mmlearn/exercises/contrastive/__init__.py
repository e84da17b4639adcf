"""Chapter 08: hinges and their negatives, InfoNCE and its floor, false negatives, many machines, the gap, prompts, sigmoids."""

from mmlearn.exercises.contrastive import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.contrastive.batches import MASKED, WITHOUT
from mmlearn.exercises.contrastive.hinges import SEMI_HARD, TRIPLET
from mmlearn.exercises.contrastive.sigmoids import SIGMOID
from mmlearn.exercises.contrastive.softmax import FLOOR, INFO_NCE
from mmlearn.exercises.contrastive.space import GAP, ZERO_SHOT
from mmlearn.exercises.engine import register

register(TRIPLET, SEMI_HARD, INFO_NCE, FLOOR, GAP, ZERO_SHOT, MASKED, WITHOUT, SIGMOID)
