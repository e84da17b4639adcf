"""Pictures from noise, from classes and from sentences, by two networks that play against each other; chapter 17 builds it.

* `losses.py`: what the two play for, and the matching-aware loss
* `blocks.py`: spectral normalisation, conditional batch normalisation, steps up and down
* `networks.py`: DCGAN, and with a condition the projection discriminator
* `reader.py`: what is in a picture of scenes, by a classifier trained on real ones
"""

from mmlearn.lazy import on_first_use

_HOME = {
    "discriminator_loss": "losses", "generator_loss": "losses", "KINDS": "losses",
    "spectral": "blocks", "ConditionalBatchNorm": "blocks", "Up": "blocks", "Down": "blocks", "coordinates": "blocks",
    "Generator": "networks", "Discriminator": "networks", "as_input": "networks", "as_pictures": "networks",
    "SceneReader": "reader",
}  # fmt: skip

__all__ = [*_HOME]

__getattr__ = on_first_use(__name__, _HOME)
