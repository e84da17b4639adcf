"""Plots of words: their vectors on a plane, and which token looks at which."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmlearn.show.output import COLOURS, CYCLE, WIDTH, drawable, present, styled
from mmlearn.show.plots import _figure, _legend

_MARKERS = "os^DvP*X"  # shapes as well as colours, for print and for any kind of colour vision
_ACROSS = 4  # maps of attention in one row


@styled
def words2d(
    vectors: Any, words: Sequence[str], groups: Sequence[str] | None = None, *, links: Sequence[tuple[int, int]] = (),
    title: str = "", name: str | None = None,
) -> Any:  # fmt: skip
    """Show words as points, each with its name, on the plane in which their vectors vary most (their first two principal
    components; vectors of two numbers are shown as they are).

    Args:
        vectors: (n, d) numbers, d at least 2.
        words: n names; "" for a point without one.
        groups: what kind each word is: one colour and marker a kind.
        links: pairs of places in `words` between which a thin line is drawn.
        title: a line above; the share of the variance that the plane keeps stands at the axes.
        name: the file's name in a script.

    Returns:
        The matplotlib Figure.

    Raises:
        ValueError: not one vector and one group a word, or vectors that are not finite or have fewer than two numbers.
    """
    vectors = np.asarray(vectors.detach().cpu() if hasattr(vectors, "detach") else vectors, float)
    groups = [""] * len(words) if groups is None else list(groups)
    if vectors.ndim != 2 or vectors.shape[1] < 2 or not np.isfinite(vectors).all():
        raise ValueError(f"vectors has shape {vectors.shape}; accepted are finite numbers (n, d), d at least 2")
    if not len(vectors) == len(words) == len(groups) or not len(words):
        raise ValueError(f"vectors has {len(vectors)} rows, words {len(words)}, groups {len(groups)}; give one each a word")
    points, shares = _plane(vectors)
    figure, axes = _figure(4.6)
    for i, group in enumerate(dict.fromkeys(groups)):
        here = np.array([g == group for g in groups])
        axes.scatter(*points[here].T, s=28, color=CYCLE[i % len(CYCLE)], marker=_MARKERS[i % 8], label=drawable(group))
    for pair in links:
        axes.plot(*points[list(pair)].T, color=COLOURS["grey"], linewidth=0.6, zorder=0)
    for word, point in zip(words, points, strict=True):
        axes.annotate(drawable(word), point, (4, 3), textcoords="offset points", fontsize=9)
    axes.set(xlabel=shares[0], ylabel=shares[1], title=drawable(title))
    axes.margins(x=0.12)
    _legend(figure, axes)
    return present(figure, name, f"{title or 'words on a plane'}: {', '.join(filter(None, words)) or f'{len(words)} points'}")


def _plane(vectors: np.ndarray) -> tuple[np.ndarray, tuple[str, str]]:
    """Points (n, 2) and the names of the axes."""
    if vectors.shape[1] == 2:
        return vectors, ("first number", "second number")
    U, s, _ = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    U, s = (np.pad(U, ((0, 0), (0, 1)))[:, :2], np.pad(s, (0, 1))) if len(s) < 2 else (U, s)
    signs = np.where(np.take_along_axis(U, np.abs(U).argmax(axis=0)[None], axis=0) < 0, -1, 1)[0, :2]  # SVD leaves them open
    part = s[:2] ** 2 / max((s**2).sum(), 1e-300)
    return U[:, :2] * signs * s[:2], tuple(f"component {i + 1} ({p:.0%} of the variance)" for i, p in enumerate(part))


@styled
def attention(weights: Any, tokens: Sequence[str], *, title: str = "", name: str | None = None) -> Any:
    """Show which token looks at which: one map a head, a row for the token that looks, a column for what it looks at.

    Args:
        weights: (heads, t, t) or (t, t), from 0 to 1.
        tokens: t names.
        title: a line above.
        name: the file's name in a script.

    Returns:
        The matplotlib Figure.

    Raises:
        ValueError: `weights` is not of that shape, or does not fit the tokens.
    """
    from matplotlib.figure import Figure

    weights = np.asarray(weights.detach().cpu() if hasattr(weights, "detach") else weights, float)
    maps = weights[None] if weights.ndim == 2 else weights
    if maps.ndim != 3 or not len(maps) or maps.shape[1:] != (len(tokens), len(tokens)) or not np.isfinite(maps).all():
        accepted = f"(heads, {len(tokens)}, {len(tokens)}), finite, one row and column for each of the {len(tokens)} tokens"
        raise ValueError(f"weights has shape {weights.shape}; accepted is {accepted}")
    across = min(_ACROSS, len(maps))
    down = -(-len(maps) // across)
    figure = Figure(figsize=(WIDTH, 0.7 + down * (0.85 * WIDTH / across + 0.5)), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False)
    for axes in grid.flat[len(maps) :]:
        axes.set_axis_off()
    names = [drawable(token) for token in tokens]
    size = max(5.0, min(9.0, 60.0 * 2 / across / max(len(tokens), 1)))  # so that rows of names do not overlap
    for i, (axes, one) in enumerate(zip(grid.flat, maps, strict=False)):
        shown = axes.imshow(one, vmin=0, vmax=maps.max())
        axes.grid(False)
        axes.set_title(f"head {i + 1}" if len(maps) > 1 else "", fontsize=9)
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize=size)
        axes.set_yticks(range(len(names)), names if i % across == 0 else [""] * len(names), fontsize=size)
    figure.colorbar(shown, ax=grid, shrink=0.6, label="weight")
    figure.suptitle(drawable(title), fontsize=11, x=0.02, ha="left")
    return present(figure, name, f"{title or 'attention'}: {len(maps)} maps of {len(tokens)} tokens, {' '.join(tokens)}")
