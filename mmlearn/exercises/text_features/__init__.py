"""Chapter 02: weighing words, learning their vectors, summing up a padded batch, and the two losses of contextual models."""

from mmlearn.exercises.engine import register
from mmlearn.exercises.text_features import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.text_features.masks import MASK
from mmlearn.exercises.text_features.negatives import NEGATIVES
from mmlearn.exercises.text_features.next_word import NEXT
from mmlearn.exercises.text_features.summing_up import LAST, POOL
from mmlearn.exercises.text_features.weighing import SIF, TFIDF

register(TFIDF, NEGATIVES, LAST, MASK, POOL, NEXT, SIF)
