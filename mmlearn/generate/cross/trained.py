"""What the recipe trains and chapter 18 loads: the generator, an autoencoder to hold it against, the judges, the frame maker."""

from torch import nn

from mmlearn.generate.cross.films import FrameMaker
from mmlearn.generate.cross.judges import Ear
from mmlearn.generate.cross.networks import CrossGenerator
from mmlearn.generate.gan import SceneReader


class CrossModal(nn.Module):
    """All of it in one module, so that it is one checkpoint.

    Args:
        width: channels of the generator's finest maps.

    Attributes:
        generator: trained against a discriminator, with reconstruction of what is partly seen.
        autoencoder: the same network without a word chain and without a discriminator: reconstruction only.
        ear, eye: the judges.
        frames: makes lost frames.
    """

    def __init__(self, width: int = 16):
        super().__init__()
        self.generator = CrossGenerator(width)
        self.autoencoder = CrossGenerator(width, words_first=False)
        self.ear, self.eye, self.frames = Ear(), SceneReader(), FrameMaker()


def build(config: dict) -> CrossModal:
    """The untrained module of a checkpoint's config, for `checkpoint.load`."""
    return CrossModal(**config)
