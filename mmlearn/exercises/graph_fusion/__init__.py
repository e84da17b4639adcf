"""Chapter 13: edges, messages, convolution and its smoothing, attention fixed and moving, kinds of edges."""

from mmlearn.exercises.engine import register
from mmlearn.exercises.graph_fusion import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.graph_fusion.attention import ATTENTION, DYNAMIC
from mmlearn.exercises.graph_fusion.edges import JOIN, MEAN
from mmlearn.exercises.graph_fusion.kinds import RELATIONAL
from mmlearn.exercises.graph_fusion.smoothing import CONVOLUTION, SPREAD

register(JOIN, MEAN, CONVOLUTION, SPREAD, ATTENTION, DYNAMIC, RELATIONAL)
