"""Chapter 08's figures: the price of a step beside open_clip's, the best search, and spoken descriptions.

    python -m benchmarks.contrastive [speed] [best] [leaky] [speech] [languages]

`speed` wants two idle cores. `best` (and `leaky`, the same at random splits, which is no result), and `speech`
and `languages` are described in their own files, `contrastive_best.py` and `contrastive_speech.py`.
"""

import sys

import torch
from open_clip.loss import ClipLoss
from torch import Tensor
from torch.nn import functional

from benchmarks import record
from mmlearn.align import info_nce

PAIRS, WIDTH, THREADS, TURNS = 4096, 512, 2, 15


def batch(seed: int = 0) -> list[Tensor]:
    """Pairs of vectors of length 1, as open_clip's loss takes them; ours makes them so itself."""
    generator = torch.Generator().manual_seed(seed)
    a = torch.randn(PAIRS, WIDTH, generator=generator)
    b = a + 2 * torch.randn(PAIRS, WIDTH, generator=generator)
    return [functional.normalize(view).requires_grad_() for view in (a, b)]


def step(loss: Tensor, views: list[Tensor]) -> list[Tensor]:
    """The loss and its gradients."""
    return [loss.detach(), *torch.autograd.grad(loss, views)]


def speed(turns: int = TURNS) -> dict:
    """Forward and backward of one batch, ours and open_clip's in turns."""
    views, scale, theirs = batch(), torch.tensor(1 / 0.07), ClipLoss()
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        ratio = record.paired_ratio(
            lambda: step(info_nce(*views), views), lambda: step(theirs(*views, scale), views), repeats=turns
        )
        loss, *gradients = step(info_nce(*views), views)
        reference, *others = step(theirs(*map(functional.normalize, views), scale), views)
    finally:
        torch.set_num_threads(before)
    apart = max(float((g - h).abs().max() / h.abs().max()) for g, h in zip(gradients, others, strict=True))
    row = {"batch": PAIRS, "width": WIDTH, "threads": THREADS, "loss": float(loss), "time relative to open_clip": ratio}
    row |= {"difference of the loss": float(abs(loss - reference)), "relative difference of a gradient": apart}
    return {"InfoNCE step": {"kind": "method", **{name: [value] for name, value in row.items()}}}


def main(names: list[str]) -> None:
    """Measure the parts named, all of them where none is."""
    from benchmarks import contrastive_best, contrastive_speech

    parts = {
        "speed": (speed, ()),
        "best": (contrastive_best.table, contrastive_best.SEEDS),
        "leaky": (lambda: contrastive_best.table(contrastive_best.at_random), contrastive_best.SEEDS),
        "speech": (contrastive_speech.table, contrastive_speech.SEEDS),
        "languages": (contrastive_speech.languages, contrastive_speech.SEEDS),
    }
    for name in names or parts:
        measure, seeds = parts[name]
        figures = measure()
        print(name, figures)
        record.merge("contrastive", {name: figures}, seeds)


if __name__ == "__main__":
    main(sys.argv[1:])
