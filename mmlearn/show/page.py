"""What is not drawn but written or played: tables, listings of the library's source, sounds."""

import html
import inspect
import io
import re
import wave as wav_files
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmlearn.show.output import in_notebook, on_page, save

NUMBER = re.compile(r"|[–-]|[-−+]?[\d,]*\.?\d+( ± \d*\.?\d+)?\s?[%×]?")


class Table:
    """Rows with named columns that print as Markdown on a page and as aligned text in a terminal.

    Args:
        rows: one mapping a row, column → value; or one mapping, column → values. What a row lacks is left blank.
        digits: decimals of a float.

    Raises:
        ValueError: there are no rows, or columns of unequal length.
    """

    def __init__(self, rows: Sequence[Mapping] | Mapping[str, Sequence], digits: int = 3):
        if isinstance(rows, Mapping):
            lengths = {column: len(values) for column, values in rows.items()}
            if len(set(lengths.values())) > 1:
                raise ValueError(f"rows has columns of unequal length: {lengths}")
            rows = [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]
        if not rows:
            raise ValueError("rows is empty; a table needs at least one row")
        self.columns = list(dict.fromkeys(column for row in rows for column in row))
        self.cells = [[self._text(row.get(column, ""), digits) for column in self.columns] for row in rows]
        self.numeric = [all(self._number(row.get(column, "")) for row in rows) for column in self.columns]

    @staticmethod
    def _number(value: Any) -> bool:
        """Whether a cell stands to the right: a number, or a text such as "0.61 ± 0.02", "47%" or "–"."""
        if isinstance(value, str):
            return NUMBER.fullmatch(value) is not None
        return value is None or isinstance(value, int | float | np.number)

    @staticmethod
    def _text(value: Any, digits: int) -> str:
        is_float = isinstance(value, float | np.floating)
        return "" if value is None else f"{value:.{digits}f}" if is_float else str(value)

    def __str__(self) -> str:
        widths = [max(len(c) for c in column) for column in zip(self.columns, *self.cells, strict=True)]
        lines = [self.columns, ["-" * width for width in widths], *self.cells]
        padded = [
            [f"{c:{'>' if right else '<'}{w}}" for c, w, right in zip(line, widths, self.numeric, strict=True)] for line in lines
        ]
        return "\n".join("  ".join(line).rstrip() for line in padded)

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        rule = ["---:" if right else ":---" for right in self.numeric]
        lines = [[self._escape(c) for c in line] for line in [self.columns, *self.cells]]
        return "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]])

    @staticmethod
    def _escape(text: str) -> str:
        return re.sub(r"([\\|*_`<$\[])", r"\\\1", text).replace("\n", " ")


class Listing:
    """The source of a function, method, class or module, as it stands in its file; or from the line that begins so."""

    def __init__(self, thing: Any, start: str = ""):
        try:
            lines, first = inspect.getsourcelines(thing)
            path = Path(inspect.getsourcefile(inspect.unwrap(thing)) or "")
        except (TypeError, OSError):
            raise TypeError(f"{thing!r} has no Python source; give a function, method, class or module") from None
        skipped = next((i for i, line in enumerate(lines) if line.strip().startswith(start)), None)
        if skipped is None:
            raise ValueError(f"start is {start!r}, but no line of {thing!r} begins so")
        lines, first = lines[skipped:], first + skipped
        package = Path(__file__).parents[1]  # what a reader wrote in a notebook has no place worth naming
        inside = path.is_relative_to(package)
        self.place = f"{path.relative_to(package.parent).as_posix()}, line {max(first, 1)}" if inside else ""
        self.code = inspect.cleandoc("\n" + "".join(lines)) + "\n"

    def __str__(self) -> str:
        return f"# {self.place}\n{self.code}" if self.place else self.code

    def _repr_markdown_(self) -> str:
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", self.code) or [""]))
        place = f"`{self.place}`\n\n" if self.place else ""
        return f"{place}{fence}python\n{self.code}{fence}"


def _show(item: Any) -> Any:
    """Put something with a Markdown form on the page once, or print it."""
    if in_notebook():
        on_page(item, lambda: ({"text/markdown": item._repr_markdown_(), "text/plain": str(item)}, {}))
    else:
        print(item)
    return item


def table(rows: Sequence[Mapping] | Mapping[str, Sequence], digits: int = 3) -> Table:
    """Show rows as a table, and give it back (see `Table`, which makes one without showing it)."""
    return _show(Table(rows, digits))


def source(thing: Any, start: str = "") -> Listing:
    """Show the source of a function, method, class or module: on a page as a highlighted listing, in a script as text.

    Args:
        thing: what to show.
        start: leave out what stands before the first line that begins with this, such as a long docstring.

    Raises:
        TypeError: it has no Python source, as a builtin or a number.
        ValueError: no line begins with `start`.
    """
    return _show(Listing(thing, start))


def audio(wave: Any, rate: int, title: str = "", *, name: str | None = None) -> Any:
    """Show a player for a sound; a script writes it as `<name>.wav`. It is stored as 16-bit samples, 2 bytes each.

    Args:
        wave: (samples,) or (channels, samples) floats in [-1, 1]; louder is clipped.
        rate: samples a second.
        title: a line above the player.
        name: the file's name in a script.

    Returns:
        What a notebook shows (an IPython Audio), or the path written.

    Raises:
        ValueError: `wave` is empty, not finite or of another shape, or `rate` is not positive.
    """
    samples = np.asarray(wave.detach().cpu() if hasattr(wave, "detach") else wave, np.float32)
    if samples.ndim not in (1, 2) or not samples.size or not np.isfinite(samples).all():
        raise ValueError(f"wave has shape {samples.shape}; accepted are finite floats (samples,) or (channels, samples)")
    if rate <= 0:
        raise ValueError(f"rate is {rate}; accepted are positive numbers of samples a second")
    content = _wav(np.atleast_2d(samples), int(rate))
    if not in_notebook():
        return save(content, name, ".wav")
    from IPython.display import Audio

    player = Audio(data=content)
    caption = f"<p>{html.escape(title)}</p>" if title else ""
    on_page(player, lambda: ({"text/html": caption + player._repr_html_(), "text/plain": f"[sound: {title}]"}, {}))
    return player


def _wav(samples: np.ndarray, rate: int) -> bytes:
    """(channels, samples) in [-1, 1] as a WAV file."""
    buffer = io.BytesIO()
    with wav_files.open(buffer, "wb") as file:
        file.setparams((len(samples), 2, rate, 0, "NONE", "not compressed"))
        file.writeframes((np.clip(samples, -1, 1).T * 32767).round().astype("<i2").tobytes())
    return buffer.getvalue()
