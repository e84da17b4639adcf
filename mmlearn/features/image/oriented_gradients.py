"""HOG, histograms of oriented gradients: where the edges of a picture are, how strong, and which way they run.

Dalal and Triggs, Histograms of Oriented Gradients for Human Detection, CVPR 2005. The definition here is scikit-image's
(`skimage.feature.hog` with L2-Hys), to which it is equal. Both leave out two refinements of the paper: a pixel's vote goes
whole to one cell and one direction, where the paper shares it among neighbours, and a block is not weighted towards its
middle. Gradients on the border of a picture are 0, since half of their neighbours are missing.
"""

from typing import Any

import numpy as np

from mmlearn.arrays import as_numpy
from mmlearn.features.image.inputs import batch

EPSILON = 1e-5  # keeps a block of one colour, whose length is 0, from a division by 0
CLIP = 0.2  # the largest share of one direction in a block: a single strong edge shall not silence the others
_PIXELS = 2**21  # worked on at once, so that memory stays small however many pictures there are


def gradients(images: Any) -> tuple[np.ndarray, np.ndarray]:
    """How fast the light changes at each pixel, downwards and to the right: (..., H, W) -> two of the same shape.

    Differences of the two neighbours, next minus last, not halved; 0 on the first and last row (or column).
    """
    x = np.asarray(images, np.float64)
    down, across = np.zeros_like(x), np.zeros_like(x)
    down[..., 1:-1, :] = x[..., 2:, :] - x[..., :-2, :]
    across[..., :, 1:-1] = x[..., :, 2:] - x[..., :, :-2]
    return down, across


def cell_histograms(images: Any, cell: int = 8, bins: int = 9) -> np.ndarray:
    """For every cell of `cell` × `cell` pixels, how much gradient points in each of `bins` directions.

    Directions run from 0° to 180°, since light to dark and dark to light are the same edge. A pixel votes for its direction
    with the length of its gradient; of several channels the one with the longest counts. Pixels right and below
    of the last whole cell do not vote.

    Args:
        images: (n, H, W) or (n, c, H, W), uint8 or floats.
        cell: side of a cell in pixels.
        bins: number of directions.

    Returns:
        (n, rows, columns, bins) float64: votes a pixel of the cell.

    Raises:
        ValueError: a picture smaller than one cell, or a shape that is not accepted.
    """
    pictures = as_numpy(batch(images), "images")
    height, width = pictures.shape[2:]
    if cell < 1 or bins < 1 or min(height, width) < cell:
        raise ValueError(
            f"images are {height}×{width} pixels, cell is {cell}, bins is {bins}; accepted are 1 to the picture's side"
        )
    at_once = max(1, _PIXELS // pictures[0].size)
    return np.concatenate([_votes(pictures[i : i + at_once], cell, bins) for i in range(0, len(pictures), at_once)])


def _votes(pictures: np.ndarray, cell: int, bins: int) -> np.ndarray:
    """`cell_histograms` of some pictures (n, c, H, W), all at once."""
    down, across = gradients(pictures)
    strength = np.hypot(across, down)
    longest = strength.argmax(axis=1)[:, None]  # (n, 1, H, W): the channel that counts
    down, across, strength = (np.take_along_axis(x, longest, axis=1)[:, 0] for x in (down, across, strength))
    angle = np.rad2deg(np.arctan2(down, across)) % 180
    direction = np.minimum(angle * bins / 180, bins - 1).astype(np.int64)  # (n, H, W); rounding may give 180° itself
    n, rows, columns = len(pictures), strength.shape[1] // cell, strength.shape[2] // cell
    inside = np.s_[:, : rows * cell, : columns * cell]
    place = np.arange(n * rows * columns).reshape(n, rows, columns).repeat(cell, axis=1).repeat(cell, axis=2)
    votes = np.bincount((place * bins + direction[inside]).ravel(), strength[inside].ravel(), n * rows * columns * bins)
    return votes.reshape(n, rows, columns, bins) / cell**2


def hog(images: Any, cell: int = 8, block: int = 2, bins: int = 9) -> np.ndarray:
    """Histograms of oriented gradients, each cell seen beside its neighbours and made independent of the contrast there.

    Every `block` × `block` neighbouring cells are put side by side and scaled to length 1; shares above 0.2 are cut to
    it, and it is scaled again (L2-Hys, section 6.4 of the paper). Blocks overlap: each starts one cell further.

    Args:
        images: (n, H, W) or (n, c, H, W), uint8 or floats.
        cell: side of a cell in pixels.
        block: side of a block in cells.
        bins: number of directions.

    Returns:
        (n, d) float32 with d = (rows - block + 1) (columns - block + 1) block² bins. A picture of one colour gives zeros.

    Raises:
        ValueError: a picture smaller than one block, or a shape that is not accepted.
    """
    cells = cell_histograms(images, cell, bins)  # (n, rows, columns, bins)
    if block < 1 or min(cells.shape[1:3]) < block:
        raise ValueError(f"block is {block} cells of {cell} pixels; images have {cells.shape[1]}×{cells.shape[2]} cells")
    views = np.lib.stride_tricks.sliding_window_view(cells, (block, block), axis=(1, 2))  # (n, r, c, bins, block, block)
    blocks = np.moveaxis(views, 3, -1).reshape(*views.shape[:3], -1)  # in each block: row, column, direction
    blocks = _unit(np.minimum(_unit(blocks), CLIP))
    return blocks.reshape(len(cells), -1).astype(np.float32)


def _unit(x: np.ndarray) -> np.ndarray:
    """Vectors along the last axis, scaled to length 1; zeros stay zeros."""
    return x / np.sqrt((x**2).sum(axis=-1, keepdims=True) + EPSILON**2)


def draw_hog(image: Any, cell: int = 8, bins: int = 9, zoom: int = 3) -> np.ndarray:
    """What HOG knows of one picture: in every cell a stroke along each edge direction, brighter with its votes.

    Strokes are at right angles to the gradient, that is, along the edge, so that the drawing resembles the picture.

    Args:
        image: (H, W) or (c, H, W).
        cell, bins: as in `cell_histograms`.
        zoom: pixels of the drawing for one of the picture.

    Returns:
        (rows · cell · zoom, columns · cell · zoom) floats from 0 to 1.
    """
    votes = cell_histograms([as_numpy(image, "image")], cell, bins)[0]  # (rows, columns, bins)
    side = cell * zoom
    grid = np.arange(side) - (side - 1) / 2
    x, y = np.meshgrid(grid, grid)
    angle = (np.arange(bins) + 0.5)[:, None, None] * np.pi / bins  # of the gradient; an edge's points have x · gradient = 0
    near = np.abs(x * np.cos(angle) + y * np.sin(angle)) < zoom / 2
    strokes = (near & (np.hypot(x, y) < side / 2)).astype(float)  # (bins, side, side)
    drawn = np.einsum("rcb,byx->rycx", np.sqrt(votes), strokes)  # roots, so that weak edges show too
    return drawn.reshape(votes.shape[0] * side, votes.shape[1] * side) / max(drawn.max(), 1e-12)
