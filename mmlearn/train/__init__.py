"""How everything is trained: `history = train.fit(model, loader, loss, epochs=5)`.

* `loop.py`: `fit`, the loop that trains every model of the course
* `adversarial.py`: `fit_gan`, the same for a generator and a discriminator
* `running.py`: what both loops share
* `state.py`: `History`, what happened, and the checkpoint from which a run goes on
* `schedules.py`: `one_cycle`, a learning rate that rises and falls, and `late_fall`, one that falls in the second half
* `problems.py`: the sentences for bad arguments and for a loss that breaks

Device, mixed precision and many machines come from Hugging Face's `accelerate`. torch is imported when `fit` is called.
"""

from mmlearn.train.adversarial import fit_gan
from mmlearn.train.loop import fit
from mmlearn.train.schedules import late_fall, one_cycle
from mmlearn.train.state import History

__all__ = ["History", "fit", "fit_gan", "late_fall", "one_cycle"]
