"""Plots of numbers: scores beside their controls, curves with their spread, matrices."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmlearn.show.output import COLOURS, CYCLE, WIDTH, drawable, present, styled

KINDS = {"method": "blue", "control": "orange", "ceiling": "black", "chance": "grey"}


def _figure(height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.add_subplot()


@styled
def bars_with_controls(
    rows: Sequence[Mapping], label: str = "score", *, title: str = "", name: str | None = None
) -> Any:
    """Show scores with their errors beside the controls, and the known ceiling and chance as lines.

    Args:
        rows: one mapping a score: "name"; "value"; where known "error", half the width of its interval or (below,
            above); "kind": "method" (the default), "control", "ceiling" or "chance".
        label: what the number is, and what the error means, such as "recall@10, ± standard deviation of 5 splits".
        title: a line above.
        name: the file's name in a script.

    Returns:
        The matplotlib Figure.

    Raises:
        ValueError: no row is a method or control, a kind is unknown, or a value is not finite.
    """
    for row in rows:
        if row.get("kind", "method") not in KINDS or not np.isfinite(row["value"]):
            raise ValueError(f"rows has {dict(row)}; accepted are finite values and the kinds {', '.join(KINDS)}")
    bars = [row for row in rows if row.get("kind", "method") in ("method", "control")]
    if not bars:
        raise ValueError("rows has no method and no control; give at least one")
    figure, axes = _figure(1.1 + 0.34 * len(bars))
    both_kinds = len({row.get("kind", "method") for row in bars}) == 2  # else the legend would tell nothing apart
    for i, row in enumerate(bars):
        below, above = np.broadcast_to(row.get("error") or 0.0, 2)
        kind = row.get("kind", "method")
        axes.barh(i, row["value"], height=0.62, color=COLOURS[KINDS[kind]], label=kind if both_kinds else None)
        if above or below:
            axes.errorbar(row["value"], i, xerr=[[below], [above]], color="#222222", capsize=3, linewidth=1.2)
        end = max(row["value"], 0.0) + above
        axes.annotate(f"{row['value']:.3g}", (end, i), (5, 0), textcoords="offset points", va="center", fontsize=9)
    for row in (row for row in rows if row.get("kind") in ("ceiling", "chance")):
        style = "--" if row["kind"] == "ceiling" else ":"
        axes.axvline(
            row["value"],
            color=COLOURS[KINDS[row["kind"]]],
            linestyle=style,
            label=f"{row['name']} ({row['value']:.3g})",
        )
    axes.set_yticks(range(len(bars)), [drawable(row["name"]) for row in bars])
    axes.set(xlabel=drawable(label), title=drawable(title))
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    _legend(figure, axes)
    spoken = ", ".join(f"{row['name']} {row['value']:.3g}" for row in rows)
    return present(figure, name, f"{title or label}: {spoken}")


def _legend(figure: Any, axes: Any) -> None:
    """One entry a label, below the plot, where it hides nothing; none where there is nothing to tell apart."""
    entries = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    if len(entries) > 1:
        figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=4)


@styled
def curve(
    x: Sequence, ys: Mapping[str, Any] | Any, xlabel: str = "", ylabel: str = "", *,
    levels: Mapping[str, float] | None = None, log: str = "", group: int = 1, joined: bool = True, ticks: bool = False,
    title: str = "", name: str | None = None,
) -> Any:  # fmt: skip
    """Show one or more curves; of several runs the mean, with a band of ± one standard deviation.

    Args:
        x: (n,) numbers.
        ys: label → (n,) or (runs, n); or one such array. NaN is a place not measured: the line goes on past it.
        xlabel: what x is, with its unit.
        ylabel: what y is.
        levels: label → height of a dashed line, such as a ceiling or chance.
        log: the axes that are logarithmic: "", "x", "y" or "xy".
        group: so many curves, one after the other, share a colour and differ in their dashes.
        joined: draw lines from point to point; False where there is nothing between them.
        ticks: write all numbers of x below the axis, and no others.
        title: a line above.
        name: the file's name in a script.

    Returns:
        The matplotlib Figure.

    Raises:
        ValueError: a curve is not as long as x, has nothing finite, or `log` or `group` is not as above.
    """
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f"log is {log!r}; accepted are '', 'x', 'y' and 'xy'")
    if not isinstance(group, int) or group < 1:
        raise ValueError(f"group is {group!r}; accepted are whole numbers of curves from 1")
    ys = ys if isinstance(ys, Mapping) else {"": ys}
    figure, axes = _figure(3.6)
    for i, (label, y) in enumerate(ys.items()):
        place = (i // group, i if group == 1 else i % group)
        _one_curve(axes, np.asarray(x, float), np.asarray(y, float), drawable(label), *place, joined)
    for label, height in (levels or {}).items():
        axes.axhline(height, color=COLOURS["grey"], linestyle="--", linewidth=1.2)
        place = dict(xycoords=("axes fraction", "data"), textcoords="offset points", ha="right", fontsize=9)
        axes.annotate(drawable(label), (1, height), (0, 3), **place)
    axes.set(xlabel=drawable(xlabel), ylabel=drawable(ylabel), title=drawable(title))
    axes.set(**{f"{axis}scale": "log" for axis in log})
    if ticks or ("x" in log and len(x) <= 12):
        axes.set_xticks(x, [f"{v:g}" for v in x], minor=False)
        axes.set_xticks([], minor=True)
    elif "x" in log:
        _few_places(axes.xaxis)
    _legend(figure, axes)
    return present(figure, name, title or f"{ylabel or 'curve'} against {xlabel or 'x'}")


def _few_places(axis: Any) -> None:
    """Marks at 1, 2 and 5 times the powers of ten, written out: within one power of ten matplotlib's own run into each other."""
    from matplotlib.ticker import LogLocator, NullLocator

    axis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=10))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_locator(NullLocator())


def _one_curve(axes: Any, x: np.ndarray, y: np.ndarray, label: str, hue: int, style: int, joined: bool) -> None:
    """A line through the means, or marks on them; dashes and marks also tell them apart, for print without colour."""
    runs = np.atleast_2d(y)
    if runs.shape[1:] != x.shape:
        raise ValueError(
            f"ys[{label!r}] has shape {y.shape}; x has {x.size} numbers, so ({x.size},) or (runs, {x.size})"
        )
    seen = np.isfinite(runs).any(axis=0)
    if not seen.any():
        raise ValueError(f"ys[{label!r}] has no finite number")
    runs, x = np.where(np.isfinite(runs), runs, np.nan)[:, seen], x[seen]
    mean, spread = np.nanmean(runs, axis=0), np.nanstd(runs, axis=0)
    colour, dash, dot = CYCLE[hue % len(CYCLE)], ("-", "--", "-.", ":")[style % 4], "o" if x.size <= 20 else ""
    if not joined:
        dash, dot = "", "os^D"[style % 4]
    axes.plot(x, mean, color=colour, linestyle=dash, marker=dot, markersize=4 if joined else 6, label=label)
    if len(runs) > 1:
        axes.fill_between(x, mean - spread, mean + spread, color=colour, alpha=0.18, linewidth=0)


@styled
def heatmap(
    matrix: Any, rows: Sequence[str] | None = None, columns: Sequence[str] | None = None, *,
    label: str = "", xlabel: str = "", limits: tuple[float, float] | None = None, title: str = "", name: str | None = None,
) -> Any:  # fmt: skip
    """Show a matrix as colours: dark to bright, or, where it has both signs, orange to purple about zero.

    Args:
        matrix: (n, m) numbers; up to 12 × 12 they are written into the cells.
        rows: n names.
        columns: m names.
        label: what the numbers are.
        xlabel: what the columns are.
        limits: the numbers at the two ends of the colours, so that two figures can be compared; from dark to bright.
        title: a line above.
        name: the file's name in a script.

    Returns:
        The matplotlib Figure.

    Raises:
        ValueError: `matrix` is not a matrix of finite numbers, or names are more or fewer than its rows or columns.
    """
    matrix = np.asarray(matrix.detach().cpu() if hasattr(matrix, "detach") else matrix, float)
    if matrix.ndim != 2 or not matrix.size or not np.isfinite(matrix).all():
        raise ValueError(f"matrix has shape {matrix.shape}; accepted is a matrix (n, m) of finite numbers")
    for argument, names, size in (("rows", rows, matrix.shape[0]), ("columns", columns, matrix.shape[1])):
        if names is not None and len(names) != size:
            raise ValueError(f"{argument} has {len(names)} names; the matrix has {size}")
    figure, axes = _figure(min(7.0, 1.2 + 5.0 * min(1.0, matrix.shape[0] / matrix.shape[1])))
    signed = limits is None and matrix.min() < 0 < matrix.max()
    reach = np.abs(matrix).max()
    low, high = (-reach, reach) if signed else limits or (None, None)
    shown = axes.imshow(matrix, cmap="PuOr_r" if signed else None, vmin=low, vmax=high)
    figure.colorbar(shown, label=drawable(label), shrink=0.8)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.set(title=drawable(title), xlabel=drawable(xlabel))
    if rows is not None:
        axes.set_yticks(range(len(rows)), [drawable(r) for r in rows])
    if columns is not None:
        slant = dict(rotation=40, ha="right") if max(len(c) for c in columns) * len(columns) > 50 else {}
        axes.set_xticks(range(len(columns)), [drawable(c) for c in columns], **slant)
    if max(matrix.shape) <= 12:
        _numbers(axes, matrix, shown)
    return present(figure, name, title or f"{matrix.shape[0]} by {matrix.shape[1]} matrix {label}".strip())


def _numbers(axes: Any, matrix: np.ndarray, shown: Any) -> None:
    """Write each number into its cell, black or white, whichever stands out (relative luminance, WCAG 2.2, 1.4.3)."""
    form = ".2f" if np.abs(matrix).max() < 10 else ".3g"
    for (i, j), value in np.ndenumerate(matrix):
        red, green, blue, _ = shown.to_rgba(value)
        bright = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 > 0.18
        axes.text(j, i, f"{value:{form}}", ha="center", va="center", fontsize=9, color="black" if bright else "white")
