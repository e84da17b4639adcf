"""Chapter 16: teacher forcing, soft attention, a decoder's cache, beam search, no phrase twice, BLEU."""

from mmlearn.exercises.captioning import questions  # noqa: F401  the quiz asks itself
from mmlearn.exercises.captioning.cache import CACHED_STEP
from mmlearn.exercises.captioning.learning import ATTEND, TEACHER_FORCED
from mmlearn.exercises.captioning.repeats import NO_REPEATS
from mmlearn.exercises.captioning.scoring import BLEU
from mmlearn.exercises.captioning.writing import BEAM_STEP
from mmlearn.exercises.engine import register

register(TEACHER_FORCED, ATTEND, CACHED_STEP, BEAM_STEP, NO_REPEATS, BLEU)
