"""The checks: one module per chapter (`start_here.py`, `cca.py` …) on the machinery in `engine/`.

In a chapter: `from mmlearn.exercises import check, hint, progress, quiz`.
"""

from mmlearn.exercises.engine import check, hint, progress
from mmlearn.exercises.engine.quiz import quiz

__all__ = ["check", "hint", "progress", "quiz"]
