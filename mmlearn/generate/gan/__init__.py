"""Pictures from noise, from classes and from sentences, by two networks that play against each other; chapter 17 builds it.

* `losses.py`: what the two play for, and the matching-aware loss
* `blocks.py`: spectral normalisation, conditional batch normalisation, steps up and down
* `networks.py`: DCGAN, and with a condition the projection discriminator
* `game.py`: the two losses as `train.fit_gan` takes them
* `classes.py`: conditions that are a shape and a colour
* `prompts.py`: conditions that are sentences, and sentences that are nearly right
* `sentences.py`: a sentence as one vector
* `conditioning.py`: conditioning augmentation, and truncated noise
* `prompted.py`: from a sentence to a picture
* `layout.py`: what stands where, as a condition that keeps its places
* `two_things.py`: from a sentence about two things to a layout, and from there to a picture
* `world.py`: the scenes and sentences of the chapter
* `ring.py`: points on a ring, where collapse can be counted
* `reader.py`: what is in a picture of scenes, by a classifier trained on real ones
* `verdict.py`: whether that is what the prompt asked for
"""

from mmlearn.lazy import on_first_use

_HOME = {
    "discriminator_loss": "losses", "generator_loss": "losses", "KINDS": "losses",
    "spectral": "blocks", "ConditionalBatchNorm": "blocks", "Up": "blocks", "Down": "blocks",
    "Generator": "networks", "Discriminator": "networks", "as_input": "networks", "as_pictures": "networks",
    "condition_of": "classes", "classes_of": "classes", "every": "classes", "mismatched": "classes",
    "asked": "prompts", "changed": "prompts", "sentence": "prompts", "WAYS": "prompts",
    "SentenceEncoder": "sentences", "answers_of": "sentences",
    "ConditioningAugmentation": "conditioning", "divergence": "conditioning", "truncated_noise": "conditioning",
    "CloudGenerator": "prompted", "TextToImage": "prompted", "cloud_game": "prompted",
    "layout_map": "layout", "untrue": "layout", "SpatialNorm": "layout", "LayoutGenerator": "layout",
    "LayoutDiscriminator": "layout", "Whereabouts": "two_things", "TwoThings": "two_things", "layout_game": "two_things",
    "one_thing": "world", "conditions": "world", "two_things": "world", "described": "world",
    "SceneReader": "reader", "places_of": "reader", "reading_loss": "reader",
    "points_on_ring": "ring", "centres": "ring", "coverage": "ring", "PointGenerator": "ring", "PointDiscriminator": "ring",
    "read": "verdict", "obeys": "verdict", "share_obeyed": "verdict", "caption_scores": "verdict", "compare": "verdict",
}  # fmt: skip

__all__ = [*_HOME]

__getattr__ = on_first_use(__name__, _HOME)
