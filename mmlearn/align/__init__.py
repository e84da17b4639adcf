"""Several spaces to one: where a picture and its caption become vectors that can be compared."""

from mmlearn.align.base import Aligner, check_views
from mmlearn.align.cca import CCA
from mmlearn.align.csls import csls

__all__ = ["CCA", "Aligner", "check_views", "csls"]
