"""What a cache saves: beam search by a transformer that keeps keys and values, and by one that reads its caption again each step.

    python -m benchmarks.captioning_cache

The model is trained for a few hundred steps, so that its captions are as long as captions are. Both searches run on the same
regions, seen before, on the same machine, taking turns.
"""

import statistics
import time

import torch

from benchmarks import record
from mmlearn import data, train
from mmlearn.features.text import PAD
from mmlearn.generate.caption import (
    Captioner,
    CaptionVocabulary,
    PictureRegions,
    TransformerDecoder,
    WithoutCache,
    Written,
    beam,
)

SIZE, OBJECTS, WIDTH = 48, 2, 5


def measure(
    pictures: int = 1000, train_pictures: int = 4000, steps: int = 400, dim: int = 128, repeats: int = 5, at_once: int = 125,
    longest: int = 40,
) -> dict[str, float]:  # fmt: skip
    """How many times longer it takes without the cache, in the processor's time; and whether the captions are the same."""
    model = trained(train_pictures, steps, dim)
    test = data.load("scenes", split="test", n=pictures, seed=0, size=SIZE, objects=OBJECTS)
    with torch.no_grad():
        memories = [model.memory(images) for images in test.images().split(at_once)]

    def captions(decoder: torch.nn.Module) -> list[Written]:
        start, silent = model.vocabulary.start("en"), model.vocabulary.silent
        return [beam(decoder, memory, start, width=WIDTH, longest=longest, silent=silent) for memory in memories]

    slow = WithoutCache(model.decoder)
    pairs = list(zip(captions(model.decoder), captions(slow), strict=True))
    same = [row for a, b in pairs for row in same_best(a, b)]
    lengths = [n for a, _ in pairs for n in (a.tokens[:, 0] != PAD).sum(dim=1).tolist()]
    ratio = record.paired_ratio(lambda: captions(slow), lambda: captions(model.decoder), repeats, time.process_time)
    return {
        "pictures": pictures, "beams": WIDTH, "tokens a caption": statistics.mean(lengths),
        "same captions": statistics.mean(same), "without cache, with = 1": ratio,
    }  # fmt: skip


def same_best(a: Written, b: Written) -> list[bool]:
    """Picture by picture, whether the best captions of two searches are the same; one may be padded further than the other."""
    best = [[[token for token in row if token != PAD] for row in written.tokens[:, 0].tolist()] for written in (a, b)]
    return [x == y for x, y in zip(*best, strict=True)]


def trained(pictures: int, steps: int, dim: int) -> Captioner:
    """A transformer that captions scenes in English."""
    pairs = data.load("scenes", split="train", n=pictures, seed=0, size=SIZE, objects=OBJECTS)
    captions = pairs.column("caption")
    vocabulary = CaptionVocabulary.of({"en": captions})
    torch.manual_seed(0)
    model = Captioner(TransformerDecoder(len(vocabulary), dim, dim), vocabulary, PictureRegions(dim))
    examples = torch.utils.data.TensorDataset(pairs.images(), vocabulary.batch(captions))
    loader = torch.utils.data.DataLoader(examples, batch_size=96, shuffle=True)
    schedule = train.one_cycle(max(steps, 2))
    train.fit(model, loader, lambda m, batch: m(*batch), steps=steps, lr=2e-3, schedule=schedule, clip=1.0, device="cpu")
    return model


def main() -> None:
    figures = measure()
    print(figures)
    record.write("captioning_cache", figures, seeds=[0])


if __name__ == "__main__":
    main()
