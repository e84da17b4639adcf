"""What to hide: whole media, a hole in a picture, a gap in a sound; for training by chance, for tests in known places."""

import torch
from torch import Tensor

from mmlearn.generate.cross.networks import Seen
from mmlearn.generate.cross.pairs import UNKNOWN, Triples

CELL = 32 / 3
HOLE = 14  # pixels along its side: the thing's cell and a rim around it

TASKS = {  # what is seen of image, sound and words: "all", "part" or "none"; and how often in training
    "noise": ("none", "none", "none", 0.20),
    "words": ("none", "none", "all", 0.10),
    "sound": ("none", "all", "none", 0.15),
    "image": ("all", "none", "none", 0.20),
    "hole and sound": ("part", "all", "none", 0.12),
    "hole alone": ("part", "none", "none", 0.06),
    "gap and image": ("all", "part", "none", 0.12),
    "gap alone": ("none", "part", "none", 0.05),
}


def hole(places: Tensor, side: int = HOLE, shift: Tensor | None = None) -> Tensor:
    """Masks (b, 1, 32, 32): 0 in a square over the middle of each place's cell (b,), 1 elsewhere.

    `shift` (b, 2) moves each square right and down by that many pixels, so that a part of the thing shows.
    """
    row, column = places // 3, places % 3
    moved = torch.zeros(len(places), 2) if shift is None else shift
    x, y = (CELL * (at + 0.5) + moved[:, axis] for axis, at in ((0, column), (1, row)))
    grid = torch.arange(32) + 0.5
    across, down = ((grid - middle[:, None]).abs() < side / 2 for middle in (x, y))  # (b, 32) each
    return 1 - (down[:, :, None] & across[:, None, :]).float()[:, None]


def gap(starts: Tensor, length: int) -> Tensor:
    """Masks (b, 1, 32, 48): 0 in `length` frames from each start (b,) on, 1 elsewhere."""
    frame = torch.arange(48)
    hidden = (frame >= starts[:, None]) & (frame < starts[:, None] + length)
    return 1 - hidden.float()[:, None, None, :].expand(-1, 1, 32, -1)


def hide(triples: Triples, tasks: dict[str, tuple] = TASKS) -> tuple[Seen, Tensor]:
    """For each scene of a batch one of the tasks by chance: what is seen of it, and whether nothing is, (b,) bool."""
    b, rows = len(triples.words), list(tasks.values())
    task = torch.multinomial(torch.tensor([row[3] for row in rows]), b, replacement=True)
    shift = torch.randint(-6, 7, (b, 2)) * (torch.rand(b, 1) < 0.5)
    parts = hole(triples.words[:, 2], shift=shift), gap(torch.randint(0, 28, (b,)), 20)
    masks = []
    for medium, part in enumerate(parts):
        kinds = torch.tensor([("none", "all", "part").index(row[medium]) for row in rows])[task]
        kinds = kinds[:, None, None, None]
        masks.append(torch.where(kinds == 2, part, (kinds == 1).float()))
    told = torch.tensor([row[2] == "all" for row in rows])[task]
    nothing = torch.tensor([row[:3] == ("none",) * 3 for row in rows])[task]
    return Seen(triples.image, triples.sound, torch.where(told[:, None], triples.words, UNKNOWN), *masks), nothing
