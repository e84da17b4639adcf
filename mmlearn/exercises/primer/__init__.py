"""Chapter 01: a bend and its slope, a loss, a step, a loop, whitening, a cell with a memory, attention and who may look where."""

from mmlearn.exercises.engine import register
from mmlearn.exercises.primer import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.primer.bends import CROSS_ENTROPY, SIGMOID
from mmlearn.exercises.primer.looking import ATTENTION, WINDOW
from mmlearn.exercises.primer.memory import LSTM
from mmlearn.exercises.primer.training import ADAM, LOOP
from mmlearn.exercises.primer.whitening import WHITEN

register(SIGMOID, CROSS_ENTROPY, ADAM, LOOP, WHITEN, LSTM, ATTENTION, WINDOW)
