"""Where does a question look? Every attention of chapter 11 on questions about scenes and on stamps, five seeds.

    python -m benchmarks.gates_and_attention [questions] [stamps]

"questions": scenes of three things, "What colour is the star?"; nine regions of 93 numbers, five words. Columns: answers that
are right; the same after another question was put in; and pointing, the region with the largest weight is the place of the thing
asked for (guessing: one in nine). "stamps": the category from 49 regions of EfficientNet and the words of MiniLM, by splits
that keep near-duplicates together; the moment is chosen on validation stamps.
"""

import argparse
import collections
import functools
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks import record
from mmlearn import data, evaluate, features, fusion, train
from mmlearn.data import scenes
from mmlearn.features.image import hog
from mmlearn.features.text import Vocabulary
from mmlearn.layers import mean_of_steps, real_steps

SEEDS = (0, 1, 2, 3, 4)
ROWS, WIDTH, BATCH, STEPS, LONG_STEPS, STAMP_STEPS = {"train": 4000, "test": 800}, 64, 64, 400, 900, 160
SEQUENCES = (
    "cross_attention", "co_attention", "alternating_co_attention", "bilinear_attention", "recurrent_attention", "bottleneck",
)  # fmt: skip
POINTING = SEQUENCES[:-1]  # a bottleneck's tokens look, not its words
TEST, VAL, LEAST, LONGEST = 150, 90, 40, 16


class Answer(nn.Module):
    """A fusion of sequences, or of their means where it takes vectors; dropout; a linear layer."""

    def __init__(self, name: str, dims: Sequence[int], classes: int, dropout: float = 0.0):
        super().__init__()
        self.fuse, self.decide, self.dropout = fusion.make(name, dims, WIDTH), nn.Linear(WIDTH, classes), dropout

    def forward(self, *steps: Tensor, lengths: Sequence[Tensor | None]) -> Tensor:
        if self.fuse.accepts == "vectors":
            fused = self.fuse(*(_mean(x, n) for x, n in zip(steps, lengths, strict=True)))
        else:
            fused = self.fuse(*steps, lengths=lengths)
        return self.decide(functional.dropout(fused, self.dropout, self.training))


def _mean(x: Tensor, lengths: Tensor | None) -> Tensor:
    return x.mean(1) if lengths is None else mean_of_steps(x, real_steps(lengths, x.shape[1]))


# questions ------------------------------------------------------------------------------------------------------------


@functools.cache
def asked(split: str) -> dict:
    """Questions for a colour, one a scene: pictures, texts, answers (n,), places of the things asked for (n,), all things."""
    world = data.load("scenes", split=split, n=ROWS[split], size=48, objects=3, questions=7, seed=0)
    found = [next(((i, q) for q in some if q.kind == "colour"), None) for i, some in enumerate(world.column("questions"))]
    first = [each for each in found if each]
    things = [world.column("facts")[i].things for i, _ in first]
    about = [
        next(t for t in all_ if t.shape == q.text.rstrip("?").split()[-1]) for all_, (_, q) in zip(things, first, strict=True)
    ]
    return {
        "images": world.images()[[i for i, _ in first]],
        "texts": [q.text for _, q in first],
        "answers": torch.tensor([scenes.COLOURS.index(q.value) for _, q in first]),
        "places": torch.tensor([scenes.PLACES.index(t.place) for t in about]),
        "things": things,
    }


def in_regions(pictures: Tensor) -> Tensor:
    """Pictures (n, 3, 48, 48) → (n, 9, 93): coarse pixels, oriented gradients and the place of each of nine regions."""
    cut = pictures.unfold(2, 16, 16).unfold(3, 16, 16).permute(0, 2, 3, 1, 4, 5).flatten(0, 2)  # (9n, 3, 16, 16)
    coarse = functional.adaptive_avg_pool2d(cut.float() / 255, 4).flatten(1)
    parts = torch.cat([coarse, torch.from_numpy(hog(cut.numpy(), cell=8))], dim=1).unflatten(0, (-1, 9))
    return torch.cat([parts, torch.eye(9).expand(len(parts), -1, -1)], dim=2)


@functools.cache
def questions() -> dict[str, tuple[Tensor, Tensor]]:
    """Words (n, 5, words of the vocabulary) and regions (n, 9, 93), scaled as the training scenes are."""
    vocabulary, raw = Vocabulary.of(asked("train")["texts"]), {split: in_regions(asked(split)["images"]) for split in ROWS}
    middle, spread = raw["train"].mean((0, 1)), raw["train"].std((0, 1)).clamp(min=1e-3)
    words = {s: functional.one_hot(vocabulary.batch(asked(s)["texts"])[0], len(vocabulary)).float() for s in ROWS}
    return {split: (words[split], (raw[split] - middle) / spread) for split in ROWS}


def learned(name: str, seed: int, used: Sequence[int] = (0, 1), steps: int | None = None, lr: float = 3e-3) -> Answer:
    """A network that answers from words (0), regions (1) or both."""
    torch.manual_seed(seed)
    given = [questions()["train"][m] for m in used]
    net = Answer(name, [x.shape[2] for x in given], len(scenes.COLOURS))
    rows = torch.utils.data.TensorDataset(*given, asked("train")["answers"])
    loader = torch.utils.data.DataLoader(rows, BATCH, shuffle=True, drop_last=True)
    none = [None] * len(used)
    train.fit(net, loader, lambda net, batch: functional.cross_entropy(net(*batch[:-1], lengths=none), batch[-1]),
              lr=lr, steps=steps or STEPS, seed=seed, progress=False, device="cpu")  # fmt: skip
    return net


def right(net: Answer, *steps: Tensor) -> float:
    with torch.inference_mode():
        answers = net(*steps, lengths=[None] * len(steps)).argmax(1)
    return (answers == asked("test")["answers"]).float().mean().item()


def looks(net: Answer, words: Tensor, regions: Tensor) -> Tensor:
    """How much each question looks at each region, (n, 9): of all words, and in recurrent attention of the last round."""
    with torch.inference_mode():
        weights = net.fuse.weights(words, regions)
    if isinstance(weights, list):
        return weights[1][:, -1] if weights[1].ndim == 3 else weights[1]
    return weights[:, : words.shape[1], words.shape[1] :].mean(1)


def answered(name: str, seed: int, **recipe: float) -> dict[str, float]:
    """One run on questions."""
    net, (words, regions) = learned(name, seed, **recipe), questions()["test"]
    other = words[torch.randperm(len(words), generator=torch.Generator().manual_seed(seed))]
    metrics = {"right": right(net, words, regions), "asked another question": right(net, other, regions)}
    if name in POINTING:
        metrics["points rightly"] = (looks(net, words, regions).argmax(1) == asked("test")["places"]).float().mean().item()
    return metrics


def picture_alone(things: tuple) -> float:
    """The chance of the best answer for one who does not hear the question: the commonest colour that can be asked for."""
    shapes = collections.Counter(thing.shape for thing in things)
    could = [thing.colour for thing in things if shapes[thing.shape] == 1]
    return collections.Counter(could).most_common(1)[0][1] / len(could)


def question_table() -> evaluate.Scores:
    scores = evaluate.Scores()
    for name in ("early", *SEQUENCES):
        scores.add("early, of the means" if name == "early" else name, [answered(name, seed) for seed in SEEDS])
    for name in ("recurrent_attention", "bottleneck"):  # which fail by the recipe of the others
        slowly = [answered(name, seed, steps=LONG_STEPS, lr=1e-3) for seed in SEEDS]
        scores.add(f"{name}, {LONG_STEPS} steps at a third of the rate", slowly)
    test = questions()["test"]
    for name, m, what in (("co_attention", 1, "picture alone"), ("early", 0, "words alone")):
        scores.add(f"{name}, {what}", [{"right": right(learned(name, seed, [m]), test[m])} for seed in SEEDS], "control")
    scores.add(
        "best with the picture alone", [{"right": float(np.mean([picture_alone(t) for t in asked("test")["things"]]))}], "ceiling"
    )
    scores.add("best with the words alone", [{"right": 1 / len(scenes.COLOURS)}], "ceiling")
    scores.add("ceiling", [{"right": 1.0, "points rightly": 1.0}], "ceiling")
    return scores


# stamps ---------------------------------------------------------------------------------------------------------------


class Regions:
    """Pictures → (b, 49 · 320): what the last stage of the pretrained network sees in 7 × 7 regions."""

    def __init__(self, encoder: nn.Module):
        self.encoder, self.name, self.version, self.batch_size = encoder, "regions", encoder.version, 8

    def __call__(self, pictures: Sequence) -> Tensor:
        maps = self.encoder.network.maps(self.encoder.prepare(pictures))[-2]  # (b, 320, 7, 7)
        return maps.flatten(2).mT.flatten(1)


class Words:
    """Captions → (b, LONGEST · 384): the words as MiniLM reads them, filled up with zeros."""

    def __init__(self, encoder: nn.Module):
        self.encoder, self.name, self.version, self.batch_size = encoder, "words", encoder.version, 64

    def lengths(self, texts: Sequence[str]) -> Tensor:
        encoded = self.encoder.tokenizer.encode_batch(list(texts))
        return torch.tensor([min(sum(e.attention_mask), LONGEST) for e in encoded])

    def __call__(self, texts: Sequence[str]) -> Tensor:
        encoded = self.encoder.tokenizer.encode_batch(list(texts))
        ids, real = (torch.tensor([getattr(e, field) for e in encoded]) for field in ("ids", "attention_mask"))
        tokens = self.encoder.network(ids, real.bool()) * real[..., None]
        return functional.pad(tokens, (0, 0, 0, max(0, LONGEST - tokens.shape[1])))[:, :LONGEST].flatten(1)


@functools.cache
def stamps() -> tuple[Tensor, Tensor, Tensor, Tensor, list]:
    """Words (n, 16, 384), their lengths, regions (n, 49, 320), categories, groups."""
    pairs = data.load("stamps", split="all")
    kinds = [labels["category"] for labels in pairs.column("labels")]
    often = sorted(kind for kind, n in collections.Counter(kinds).items() if n >= LEAST)
    rows = [i for i, kind in enumerate(kinds) if kind in often]
    reader, captions = Words(features.pretrained.text()), pairs.column("caption")
    titles = [captions[i] for i in rows]
    R = features.encode(Regions(features.pretrained.image()), [pairs[i]["image"] for i in rows], progress=False)
    W = features.encode(reader, titles, progress=False)
    category = torch.tensor([often.index(kinds[i]) for i in rows])
    W, R = torch.from_numpy(W).unflatten(1, (-1, 384)), torch.from_numpy(R).unflatten(1, (-1, 320))
    return W, reader.lengths(titles), R, category, [pairs.groups[i] for i in rows]


def on_stamps(name: str, used: Sequence[int], seed: int) -> dict[str, float]:
    """One split: words (0), regions (1) or both; and, for both, captions of other stamps at the test."""
    W, length, R, category, groups = stamps()
    test, val, fit = data.splits.grouped(groups, (TEST, VAL), seed=seed)
    scaled = [(x - x[fit].mean((0, 1))) / x[fit].std((0, 1)).clamp(min=1e-3) for x in (W, R)]
    lengths = [length, None]

    def given(rows: np.ndarray, texts: np.ndarray) -> tuple[list[Tensor], list[Tensor | None]]:
        take = [texts, rows]
        steps = [scaled[m][take[m]] for m in used]
        return steps, [None if lengths[m] is None else lengths[m][take[m]] for m in used]

    def share(net: Answer, rows: np.ndarray, texts: np.ndarray) -> float:
        net.eval()
        steps, real = given(rows, texts)
        with torch.inference_mode():
            return (net(*steps, lengths=real).argmax(1) == category[rows]).float().mean().item()

    torch.manual_seed(seed)
    net = Answer(name, [scaled[m].shape[2] for m in used], int(category.max()) + 1, dropout=0.3)

    def loss(net: Answer, rows: Tensor) -> Tensor:
        steps, real = given(rows, rows)
        return functional.cross_entropy(net(*steps, lengths=real), category[rows])

    loader = torch.utils.data.DataLoader(torch.as_tensor(fit), BATCH, shuffle=True, drop_last=True)
    train.fit(net, loader, loss, steps=STAMP_STEPS, every=20, seed=seed, progress=False, device="cpu",
              optimizer=torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.05),
              validate=lambda net: share(net, val, val))  # fmt: skip
    other = np.random.default_rng(seed).permutation(test)
    return {"accuracy": share(net, test, test)} | ({"captions of others": share(net, test, other)} if len(used) == 2 else {})


def stamps_table() -> evaluate.Scores:
    scores = evaluate.Scores()
    for name in ("concat", "scalar_gated", "gated", "cross_attention", "co_attention", "alternating_co_attention",
                 "bilinear_attention", "recurrent_attention"):  # fmt: skip
        means = ", of the means" if fusion.accepts(name) == "vectors" else ""
        scores.add(name + means, [on_stamps(name, (0, 1), seed) for seed in SEEDS])
    for name, m, what in (("concat", 0, "caption alone"), ("concat", 1, "picture alone"), ("co_attention", 0, "caption alone")):
        scores.add(f"{name}, {what}", [on_stamps(name, (m,), seed) for seed in SEEDS], "control")
    category, groups = stamps()[3:]
    majority = []
    for seed in SEEDS:
        test, _, fit = data.splits.grouped(groups, (TEST, VAL), seed=seed)
        majority.append({"accuracy": evaluate.majority(category[fit], category[test])})
    scores.add("majority", majority, "chance")
    return scores


TABLES: dict[str, Callable[[], evaluate.Scores]] = {"questions": question_table, "stamps": stamps_table}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", help=f"of {', '.join(TABLES)}; all where none is given")
    for name in parser.parse_args().tables or TABLES:
        scores = TABLES[name]()
        record.merge("gates_and_attention", {name: scores.figures()}, SEEDS)
        print(scores)


if __name__ == "__main__":
    main()
