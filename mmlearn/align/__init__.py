"""Several spaces to one: where a picture and its caption become vectors that can be compared.

* `base.py`: what every aligner promises
* `cca.py`: exact CCA · `moments.py`: all that it needs to know of its data
* `trained.py`: what aligners that learn by gradient descent have in common
* `csls.py`: hubs in the common space, and their repair
"""

from mmlearn.align.base import Aligner, check_views
from mmlearn.align.cca import CCA
from mmlearn.align.csls import csls
from mmlearn.lazy import on_first_use

# What needs torch is imported when it is first named.
_HOME = {
    "TrainedAligner": "trained",
}  # fmt: skip

__all__ = ["CCA", "Aligner", "check_views", "csls", *_HOME]

__getattr__ = on_first_use(__name__, _HOME)
