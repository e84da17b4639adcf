"""A function of two numbers as a map: lines of equal height, the ways taken across it, points that lie on it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mmlearn.show.output import COLOURS, CYCLE, WIDTH, drawable, present, styled


@styled
def surface(
    function: Callable[[np.ndarray, np.ndarray], Any], paths: Mapping[str, Any] | None = None, *,
    points: Mapping[str, Any] | None = None, xlim: Sequence[float] = (-1, 1), ylim: Sequence[float] = (-1, 1),
    lowest: Sequence[float] | None = None, levels: int | Sequence[float] = 12, log: bool = False, xlabel: str = "",
    ylabel: str = "", label: str = "", title: str = "", name: str | None = None,
) -> Any:  # fmt: skip
    """Show the heights of a function as coloured contours, with paths and points on top.

    Args:
        function: x (n, m), y (n, m) → heights (n, m).
        paths: label → (steps, 2), the places of one walk in order, drawn from a ring to a cross. One that leaves the frame for
            good has no cross, and its label says so.
        points: label → (n, 2), a cloud of places.
        xlim, ylim: the frame.
        lowest: (x, y) of the minimum, marked by a star.
        levels: how many heights to draw a line at, or which.
        log: space the heights by their logarithm: for a function above 0 that is flat at the bottom and steep at the rim.
        xlabel, ylabel: what the numbers are.
        label: what the height is; then a colour bar says which colour is which, orange (low) to blue (high).
        title: a line above.
        name: the file's name in a script.

    Returns:
        The matplotlib Figure.

    Raises:
        ValueError: a frame that does not rise, heights that are not one finite number a place, or paths and points that
            are not (n, 2).
    """
    from matplotlib.figure import Figure

    _check(xlim, ylim, {**(paths or {}), **(points or {})})
    figure = Figure(figsize=(WIDTH, 4.4), layout="constrained")
    axes = figure.add_subplot()
    _contours(figure, axes, function, xlim, ylim, levels, log, label)
    for i, (key, places) in enumerate((points or {}).items()):
        x, y = np.asarray(places, float).T
        axes.scatter(x, y, s=14, marker="osD^v"[i % 5], color=CYCLE[i % len(CYCLE)], edgecolor="white", linewidth=0.4,
                     label=drawable(key), zorder=3)  # fmt: skip
    for i, (key, places) in enumerate((paths or {}).items()):
        _path(axes, np.asarray(places, float), xlim, ylim, drawable(key), i)
    if lowest is not None:
        axes.plot(*lowest, marker="*", markersize=21, color=COLOURS["yellow"], markeredgecolor="black", zorder=5, label="lowest")
    axes.set(xlim=xlim, ylim=ylim, xlabel=drawable(xlabel), ylabel=drawable(ylabel), title=drawable(title))
    axes.grid(False)
    if paths:
        axes.plot([], [], "o", markersize=9, markerfacecolor="white", color="black", label="start")
        axes.plot([], [], "X", markersize=8, color=COLOURS["grey"], label="end")
    if paths or points:
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4 if max(map(len, labels)) <= 36 else 2)
    return present(figure, name, title or f"contours{' of ' + label if label else ''}")


def _contours(figure: Any, axes: Any, function: Callable, xlim: Any, ylim: Any, levels: Any, log: bool, label: str) -> None:
    """Grey lines on a pale ground, so that the paths stand out."""
    x, y = np.meshgrid(np.linspace(*xlim, 161), np.linspace(*ylim, 161))
    z = np.asarray(function(x, y), float)
    if z.shape != x.shape or not np.isfinite(z).all():
        raise ValueError(f"function gave heights of shape {z.shape}; accepted are {x.shape} finite numbers, one a place")
    if np.ndim(levels) == 0:
        low, high = z.min(), z.max()
        levels = np.geomspace(max(low, high * 1e-4), high, levels) if log else np.linspace(low, high, levels)
    # What lies beyond the outer levels is coloured like the last one, not left white.
    filled = axes.contourf(
        x, y, np.clip(z, levels[0], levels[-1]), levels=levels, norm="log" if log else None,
        cmap=_two_sided() if label else "Blues_r", alpha=0.55,
    )  # fmt: skip
    axes.contour(x, y, z, levels=levels, colors="#5a6b7b", linewidths=0.5)
    if label:
        figure.colorbar(filled, label=drawable(label), shrink=0.9)


def _two_sided() -> Any:
    """From the orange of the second group of points to the blue of the first: one hue a side, for ground and points."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("sides", [COLOURS["orange"], "white", COLOURS["blue"]])


def _path(axes: Any, places: np.ndarray, xlim: Any, ylim: Any, label: str, i: int) -> None:
    """A line with a dot a step, a ring where it begins and a cross where it ends, if that is within the frame."""
    x, y = places[-1]
    stays = bool(xlim[0] <= x <= xlim[1] and ylim[0] <= y <= ylim[1])  # NaN is nowhere
    places, label = _inside(places, xlim, ylim), label if stays else f"{label}: left the picture"
    colour = CYCLE[i % len(CYCLE)]
    dash = ("-", "--", "-.", ":")[i % 4]
    axes.plot(*places.T, color=colour, linestyle=dash, marker=".", markersize=4, linewidth=1.4, label=label, zorder=4)
    axes.plot(*places[0], marker="o", markersize=9, markerfacecolor="white", color="black", zorder=5)
    if stays:
        axes.plot(*places[-1], marker="X", markersize=8, color=colour, markeredgecolor="white", zorder=6)


def _inside(places: np.ndarray, xlim: Any, ylim: Any) -> np.ndarray:
    """The way up to where it first leaves the surroundings of the frame: a path that runs off to 10³⁰⁰ cannot be drawn."""
    reach = np.array([xlim, ylim], float)
    span = reach[:, 1] - reach[:, 0]
    near = (places > reach[:, 0] - span) & (places < reach[:, 1] + span)  # NaN is not near
    off = np.flatnonzero(~near.all(axis=1))
    return places[: max(1, off[0])] if len(off) else places


def _check(xlim: Any, ylim: Any, places: Mapping[str, Any]) -> None:
    for argument, limits in (("xlim", xlim), ("ylim", ylim)):
        if len(limits) != 2 or not limits[0] < limits[1]:
            raise ValueError(f"{argument} is {limits!r}; accepted are two numbers, the smaller first")
    for key, array in places.items():
        if np.ndim(array) != 2 or np.shape(array)[1] != 2 or not len(array):
            raise ValueError(f"{key!r} has shape {np.shape(array)}; accepted is (n, 2), a place a row")
