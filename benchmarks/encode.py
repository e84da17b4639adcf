"""How fast pictures become features: the plain way, ours, and ours again from the cache; and texts.

python -m benchmarks.encode
"""

import os
import random
import tempfile
from unittest.mock import patch

import numpy as np
import torch

from benchmarks import record
from mmlearn import features
from mmlearn.features import sources, weights
from mmlearn.features.efficientnet import EfficientNetLite0

SIZES = (160, 224)
PICTURES, TEXTS, REPEATS = 64, 512, 5
WORDS = ("a", "the", "red", "blue", "small", "old", "dog", "cat", "house", "tree", "with", "and", "under", "garden")


def plain_network() -> torch.nn.Module:
    """The network as it is usually run: batch normalisation apart, channels first."""
    path = sources.efficientnet_lite0()
    return weights.fill(EfficientNetLite0().eval(), weights.read(path), path)


def plainly(network: torch.nn.Module, images: np.ndarray, batch_size: int = 32) -> np.ndarray:
    """Scale and run batches of 32."""
    rows = []
    with torch.inference_mode():
        for start in range(0, len(images), batch_size):
            batch = torch.from_numpy(images[start : start + batch_size]).float()
            rows.append(network.features((batch - 127) / 128).numpy())
    return np.concatenate(rows)


def pictures(size: int) -> dict:
    """Pictures a second, each way, and the paired ratio of the plain time to ours."""
    images = np.random.default_rng(0).integers(0, 256, (PICTURES, 3, size, size), dtype=np.uint8)
    network, encoder = plain_network(), features.pretrained.image(size=size)
    options = {"progress": False, "cache": False}
    same = np.abs(features.encode(encoder, images, **options) - plainly(network, images)).max()

    def ours():
        return features.encode(encoder, images, **options)

    ratio = record.paired_ratio(lambda: plainly(network, images), ours, REPEATS)
    seconds = min(record.seconds(ours) for _ in range(REPEATS))
    return {
        "size": size,
        "pictures_a_second": round(PICTURES / seconds, 1),
        "times_faster_than_plain": round(ratio, 2),
        "largest_difference_from_plain": float(same),
        "cached_pictures_a_second": round(PICTURES / cached(encoder, images)),
    }


def cached(encoder: torch.nn.Module, images: np.ndarray) -> float:
    """Seconds of a call whose features are on disk already, reading and hashing the pictures included."""
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, MMLEARN_CACHE=folder):
        features.encode(encoder, images, progress=False)
        return min(record.seconds(lambda: features.encode(encoder, images, progress=False)) for _ in range(REPEATS))


def texts() -> dict:
    """Texts a second, of one to twelve words."""
    rng, encoder = random.Random(0), features.pretrained.text()
    items = [" ".join(rng.choices(WORDS, k=rng.randint(1, 12))) for _ in range(TEXTS)]
    seconds = min(
        record.seconds(lambda: features.encode(encoder, items, progress=False, cache=False)) for _ in range(REPEATS)
    )
    return {"texts_a_second": round(TEXTS / seconds, 1)}


def main() -> None:
    sizes = [pictures(size) for size in SIZES]
    figures = {"threads": torch.get_num_threads(), "pictures": sizes, **texts()}
    for key, value in figures.items():
        print(key, value)
    print(record.write("encode", figures, seeds=[0]))


if __name__ == "__main__":
    main()
