"""A small student of two large teachers, on the pictures and captions of the part's table and its five grouped splits.

The student sees pictures of 32 pixels and looks its words up; its teachers say of the training pairs who is like whom.
How much that counts is chosen by R@10 on validation pairs. Milliseconds are of one picture and one caption, on one thread.
"""

import functools
from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

from benchmarks import alignment, start_here
from mmlearn import data, evaluate, features, train
from mmlearn.align import JointStudent
from mmlearn.features.text import Vocabulary

PIXELS, WEIGHTS = 32, (1.0, 3.0)
STEPS, BATCH, LR, EVERY = 300, 128, 3e-3, 50


@functools.cache
def media() -> tuple[torch.Tensor, list[str]]:
    """All pictures (n, 3, 32, 32) and captions, as the table has them."""
    pairs = data.join(*(data.load(name, split="all", size=PIXELS) for name in ("stamps", "clipart")))
    return torch.from_numpy(np.stack(pairs.column("image"))), pairs.captions


def learned(
    rows: Sequence[np.ndarray], seed: int, teachers: Sequence[np.ndarray] | None, weight: float
) -> tuple[JointStudent, float]:
    """A student of the training pairs, at its best moment by the validation pairs, and its R@10 on these."""
    val, there = rows
    images, captions = media()
    torch.manual_seed(seed)
    model = JointStudent(Vocabulary.of([captions[i] for i in there], min_count=2))
    vectors = None if teachers is None else [torch.from_numpy(view).float() for view in teachers]

    def loss(model: JointStudent, batch: list[torch.Tensor]) -> torch.Tensor:
        said = None if vectors is None else [view[batch[0]] for view in vectors]
        return model.loss(images[batch[0]], [captions[i] for i in batch[0]], said, weight)

    chosen = torch.utils.data.TensorDataset(torch.from_numpy(there))
    loader = torch.utils.data.DataLoader(chosen, batch_size=BATCH, shuffle=True, drop_last=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LR, weight_decay=0.1)
    history = train.fit(
        model, loader, loss, steps=STEPS, optimizer=optimizer, schedule=train.one_cycle(STEPS), clip=1.0, seed=seed, every=EVERY,
        progress=False, device="cpu", validate=lambda m: start_here.recall(similarity(m, val)),
    )  # fmt: skip
    return model, max(history.validation.values())


def similarity(model: JointStudent, rows: np.ndarray) -> np.ndarray:
    images, captions = media()
    A, B = model.encode(images[rows], [captions[i] for i in rows])
    return evaluate.cosine_similarity(B, A)


def one_split(seed: int) -> dict[str, dict[str, float]]:
    """The student alone, and taught, on one split."""
    groups, X, Y = alignment.vectors()
    test, *rows = data.splits.grouped(groups, (alignment.TEST, alignment.VAL), seed=seed)
    centred = [functional.normalize(torch.from_numpy(V - V[rows[1]].mean(0)), dim=1).numpy() for V in (X, Y)]
    taught = max((learned(rows, seed, centred, weight) for weight in WEIGHTS), key=lambda found: found[1])[0]
    alone = learned(rows, seed, None, 0.0)[0]
    report = {name: start_here.report(similarity(m, test)) for name, m in (("student, taught", taught), ("student alone", alone))}
    return {name: {m: one[m] for m in ("R@1", "R@10", "median rank")} for name, one in report.items()}


def costs() -> dict[str, dict[str, float]]:
    """Millions of parameters, and milliseconds a picture and a caption, of the student and of its teachers."""
    images, captions = media()
    some, words = data.load("clipart", split="all").images(range(32)), captions[:64]
    model = JointStudent(Vocabulary.of(captions, min_count=2)).eval()
    picture, text = features.pretrained.image(), features.pretrained.text()
    count = lambda *parts: sum(p.numel() for part in parts for p in part.parameters()) / 1e6  # noqa: E731
    with torch.inference_mode():
        student = [evaluate.milliseconds(see, items) for see, items in ((model.pictures, images[:32]), (model.texts, words))]
        teachers = [evaluate.milliseconds(see, items) for see, items in ((picture, torch.from_numpy(some)), (text, words))]
    names = "million parameters", "ms a picture", "ms a caption"
    return {
        "student": dict(zip(names, (count(model), *student), strict=True)),
        "teachers": dict(zip(names, (count(picture, text), *teachers), strict=True)),
    }


def distillation(seeds: Sequence[int]) -> dict:
    """The parts "distillation" and "distillation costs"."""
    runs = [one_split(seed) for seed in seeds]
    scores, prices = evaluate.Scores(), evaluate.Scores()
    for name in runs[0]:
        scores.add(name, [run[name] for run in runs])
    teachers = [alignment.one_split(alignment.cca, seed)[0] for seed in seeds]
    scores.add(
        "the teachers' vectors, by CCA", [{m: one[m] for m in ("R@1", "R@10", "median rank")} for one in teachers], "ceiling"
    )
    lots = {"R@1": 1 / alignment.TEST, "R@10": 10 / alignment.TEST, "median rank": (alignment.TEST + 1) / 2}
    scores.add("guessing", [lots], "chance")
    for name, cost in costs().items():
        prices.add(name, [cost])
    return {"distillation": scores.figures(), "distillation costs": prices.figures()}
