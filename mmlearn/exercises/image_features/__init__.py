"""Chapter 03: a histogram of directions and its normalisation, a convolution, matching with doubt, patches, a pyramid."""

from mmlearn.exercises.engine import register
from mmlearn.exercises.image_features import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.image_features.convolution import CONVOLVE
from mmlearn.exercises.image_features.hog import BLOCK, ORIENTATION
from mmlearn.exercises.image_features.matching import RATIO
from mmlearn.exercises.image_features.places import PATCHES, PYRAMID

register(ORIENTATION, BLOCK, RATIO, CONVOLVE, PATCHES, PYRAMID)
