"""Chapter 07: kernels and their centring, the dual of CCA, random features, a root, a loss with gradients, a shared variable."""

from mmlearn.exercises.engine import register
from mmlearn.exercises.nonlinear_cca import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.nonlinear_cca.dual import DUAL
from mmlearn.exercises.nonlinear_cca.kernels import CENTRE, FOURIER, GAUSSIAN
from mmlearn.exercises.nonlinear_cca.loss import LOSS
from mmlearn.exercises.nonlinear_cca.sharing import MAXVAR
from mmlearn.exercises.nonlinear_cca.whitening import ROOT

register(GAUSSIAN, CENTRE, DUAL, FOURIER, ROOT, LOSS, MAXVAR)
