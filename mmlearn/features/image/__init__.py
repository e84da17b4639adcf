"""Pictures to vectors, from hand-made to learned: chapter 03 builds them.

* `oriented_gradients.py`: HOG, histograms of oriented gradients
* `sift.py`: keypoints with descriptors, matches between two pictures, a bag of visual words
* `cnn.py`: a small convolutional network
* `vit.py`: a small vision transformer, and where it looks
* `stages.py`: what every stage of a network sees
* `changes.py`: shifts, turns, colours …, and how far each moves a representation
* `video.py`: frames averaged, and frames read in order
* `inputs.py`: which pictures they all take
"""

from mmlearn.lazy import on_first_use

_HOME = {
    "gradients": "oriented_gradients", "cell_histograms": "oriented_gradients", "hog": "oriented_gradients",
    "draw_hog": "oriented_gradients",
    "Keypoints": "sift", "keypoints": "sift", "match": "sift", "VisualWords": "sift",
    "SmallCNN": "cnn",
    "patches": "vit", "SmallViT": "vit", "rollout": "vit",
    "maps_of": "stages", "layers_of": "stages",
    "shift": "changes", "rotate": "changes", "scale": "changes", "hue": "changes", "grey": "changes",
    "brightness": "changes", "blur": "changes", "CHANGES": "changes", "sensitivity": "changes",
    "by_frame": "video", "mean_of_frames": "video", "ReadFrames": "video",
}  # fmt: skip

__all__ = [*_HOME]

__getattr__ = on_first_use(__name__, _HOME)
