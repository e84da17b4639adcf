"""Pictures of sounds: waveforms, and anything that has a row for every frequency and a column for every moment."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mmlearn.show.output import CYCLE, WIDTH, drawable, present, styled


def _several(values: Any, argument: str, dims: int) -> dict[str, np.ndarray]:
    """Title -> array; one array becomes a mapping without a title.

    Raises:
        ValueError: there is none, or one is empty, of other dimensions, or not finite.
    """
    several = values if isinstance(values, Mapping) else {"": values}
    arrays = {t: np.asarray(v.detach().cpu() if hasattr(v, "detach") else v, float) for t, v in several.items()}
    if not arrays:
        raise ValueError(f"{argument} is empty; give at least one")
    for title, array in arrays.items():
        if array.ndim != dims or not array.size or not np.isfinite(array).all():
            shape = "(samples,)" if dims == 1 else "(rows, frames)"
            raise ValueError(f"{argument}[{title!r}] has shape {array.shape}; accepted are finite numbers {shape}")
    return arrays


def _side_by_side(count: int, height: float) -> tuple[Any, list]:
    """A figure of `count` places, at most three in a row, that share their axes."""
    from matplotlib.figure import Figure

    columns = min(count, 3)
    rows = -(-count // columns)
    figure = Figure(figsize=(WIDTH, height * rows + 0.3), layout="constrained")
    places = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel().tolist()
    for place in places[count:]:
        place.set_visible(False)
    return figure, places[:count]


def _positive(value: float, argument: str) -> float:
    if not value > 0:
        raise ValueError(f"{argument} is {value!r}; accepted are positive numbers")
    return value


@styled
def waveform(waves: Any, rate: int, *, title: str = "", name: str | None = None) -> Any:
    """Show sounds as they are: pressure against time.

    Args:
        waves: (samples,) numbers, or title -> such, drawn side by side on one scale.
        rate: samples a second.
        title: a line above all.
        name: the file's name in a script.

    Returns:
        The matplotlib Figure.

    Raises:
        ValueError: a wave is not (samples,) of finite numbers, or `rate` is not positive.
    """
    waves, rate = _several(waves, "waves", 1), _positive(rate, "rate")
    figure, places = _side_by_side(len(waves), 2.0)
    for place, (label, wave) in zip(places, waves.items(), strict=True):
        place.plot(np.arange(wave.size) / rate, wave, color=CYCLE[0], linewidth=0.7)
        place.set(title=drawable(label), xlabel="seconds")
    places[0].set_ylabel("pressure")
    figure.suptitle(drawable(title))
    lasting = ", ".join(f"{label or 'a sound'} of {wave.size / rate:.2g} s" for label, wave in waves.items())
    return present(figure, name, f"{title or 'Waveform'}: {lasting}")


def _marks(frequencies: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Where to write which Hz on an axis that counts rows: a mark an octave of 1,000 Hz; at some rows if fewer than two fit."""
    octaves = 1000 * 2.0 ** np.arange(-6, 6)
    seen = octaves[(octaves >= frequencies.min()) & (octaves <= frequencies.max())]
    if len(seen) < 2 or (np.diff(frequencies) <= 0).any():
        rows = np.unique(np.linspace(0, len(frequencies) - 1, 6).round().astype(int))
        return rows, [f"{frequencies[row]:,.0f}" for row in rows]
    places = np.interp(seen, frequencies, np.arange(len(frequencies)))
    apart = np.diff(places, append=np.inf) > 0.06 * len(frequencies)  # at the bottom of a mel scale octaves crowd
    return places[apart], [f"{hz:,.0f}" for hz in seen[apart]]


@styled
def spectrogram(
    values: Any, rate: int, hop: int, *, frequencies: Any = None, label: str = "decibels", title: str = "",
    name: str | None = None,
) -> Any:  # fmt: skip
    """Show what a sound holds at every frequency and moment, bright for much.

    Args:
        values: (rows, frames) numbers, lowest frequency first, or title -> such, drawn side by side in one scale of colours.
        rate: samples a second.
        hop: samples from one frame to the next.
        frequencies: (rows,) Hz of each row, such as those of mel bands or wavelets; where not given, rows go evenly from 0 to
            rate / 2.
        label: what the colours are.
        title: a line above all.
        name: the file's name in a script.

    Returns:
        The matplotlib Figure.

    Raises:
        ValueError: values are not (rows, frames) of finite numbers, or their rows are not as many as `frequencies`, or `rate`
            or `hop` is not positive.
    """
    values, rate, hop = _several(values, "values", 2), _positive(rate, "rate"), _positive(hop, "hop")
    if frequencies is not None:
        frequencies = np.asarray(frequencies.cpu() if hasattr(frequencies, "cpu") else frequencies, float)
        if any(len(value) != frequencies.size for value in values.values()):
            raise ValueError(f"frequencies has {frequencies.size} numbers; values have {[len(v) for v in values.values()]} rows")
    reach = min(v.min() for v in values.values()), max(v.max() for v in values.values())
    figure, places = _side_by_side(len(values), 2.8)
    for place, (which, value) in zip(places, values.items(), strict=True):
        # without frequencies the axis is in Hz; with them it counts rows, one row high each, and carries their Hz
        height = (0, rate / 2) if frequencies is None else (-0.5, len(value) - 0.5)
        extent = (0, value.shape[1] * hop / rate, *height)
        limits = {"vmin": reach[0], "vmax": reach[1], "extent": extent}
        shown = place.imshow(value, origin="lower", aspect="auto", cmap="magma", interpolation="nearest", **limits)
        place.set(title=drawable(which), xlabel="seconds")
        place.grid(False)
    if frequencies is not None:
        places[0].set_yticks(*_marks(frequencies))
    places[0].set_ylabel("Hz")
    figure.colorbar(shown, ax=places, label=drawable(label), shrink=0.9)
    figure.suptitle(drawable(title))
    parts = ", ".join(which or "a sound" for which in values)
    low, high = (0, rate / 2) if frequencies is None else (frequencies.min(), frequencies.max())
    return present(figure, name, f"{title or 'Spectrogram'}: {parts}, from {low:,.0f} to {high:,.0f} Hz")
