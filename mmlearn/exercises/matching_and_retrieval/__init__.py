"""Chapter 05: a similarity, borrowed captions, measuring a ranking, ties, hubs, bits, a search that skips most items."""

from mmlearn.exercises.engine import register
from mmlearn.exercises.matching_and_retrieval import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.matching_and_retrieval.bits import HAMMING, ITQ
from mmlearn.exercises.matching_and_retrieval.bridge import BORROW, PEARSON
from mmlearn.exercises.matching_and_retrieval.cells import PROBE
from mmlearn.exercises.matching_and_retrieval.counting import OCCURRENCES, TIES
from mmlearn.exercises.matching_and_retrieval.precision import PRECISION

register(PEARSON, BORROW, PRECISION, TIES, OCCURRENCES, ITQ, HAMMING, PROBE)
