"""Chapter 12: what an interaction is, all products with a 1 at each end, low-rank factors, sketches, factors that never train."""

from mmlearn.exercises.engine import register
from mmlearn.exercises.tensor_fusion import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.tensor_fusion.factors import EXPANDED, LOW_RANK
from mmlearn.exercises.tensor_fusion.products import ALL_PRODUCTS, BY_ORDER, INTERACTION
from mmlearn.exercises.tensor_fusion.sketches import SKETCH_OF_PRODUCTS
from mmlearn.exercises.tensor_fusion.training import HOW_FAR, MENDED

register(INTERACTION, ALL_PRODUCTS, LOW_RANK, EXPANDED, BY_ORDER, SKETCH_OF_PRODUCTS, HOW_FAR, MENDED)
