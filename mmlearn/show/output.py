"""The house style, and how a result reaches its reader: on a notebook's page, or from a script as a file or a line."""

import base64
import functools
import io
import itertools
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Distinct for every common kind of colour vision: Okabe & Ito (2008), "Color Universal Design"; Wong (2011), Nature
# Methods 8:441. The grey is ours, dark enough for text on white.
COLOURS = {
    "blue": "#0072B2", "orange": "#E69F00", "green": "#009E73", "purple": "#CC79A7",
    "sky": "#56B4E9", "red": "#D55E00", "yellow": "#F0E442", "black": "#000000", "grey": "#767676",
}  # fmt: skip
CYCLE = [COLOURS[c] for c in ("blue", "orange", "green", "purple", "sky", "red", "black")]
WIDTH = 7.0  # inches: 700 pixels on the page, drawn at DPI / 100 of that so that text is sharp on fine screens
DPI = 140
STYLE = {
    "font.family": "DejaVu Sans", "font.size": 10, "axes.titlesize": 11, "axes.labelsize": 10, "legend.fontsize": 9,
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": "#444444", "axes.titlelocation": "left",
    "axes.grid": True, "grid.color": "#e4e4e4", "grid.linewidth": 0.8, "axes.axisbelow": True,
    "lines.linewidth": 1.8, "legend.frameon": False, "figure.facecolor": "white",
    "savefig.facecolor": "white", "image.cmap": "viridis",
}  # fmt: skip
ANOTHER_COLOUR = 40  # of 255 in red, green or blue: from there on a point of a figure is seen to have changed its colour
_unnamed = itertools.count(1)
_held: list[bool] = []


def styled(draw: Callable) -> Callable:
    """Run a drawing function in the house style. matplotlib is imported here, when something is first drawn."""

    @functools.wraps(draw)
    def in_style(*args: Any, **options: Any) -> Any:
        import matplotlib

        with matplotlib.rc_context(STYLE):
            return draw(*args, **options)

    return in_style


def in_notebook() -> bool:
    """Whether this process is a notebook's kernel (a plain script and IPython in a terminal are not)."""
    ipython = sys.modules.get("IPython")
    return getattr(ipython and ipython.get_ipython(), "kernel", None) is not None


def on_page(owner: Any, bundle: Callable[[], tuple[dict, dict]]) -> None:
    """Show a MIME bundle (data, metadata) now; `owner`, if it also ends the cell, adds no second copy.

    A notebook displays the value of a cell's last line by itself; in a later cell that shows `owner` again, as asked.
    """
    from IPython import get_ipython
    from IPython.display import display

    def put() -> None:
        data, metadata = bundle()
        display(data, metadata=metadata, raw=True)

    cell = get_ipython().execution_count
    owner._ipython_display_ = lambda: put() if get_ipython().execution_count != cell else None
    put()


def save(content: bytes, name: str | None, suffix: str) -> Path:
    """Write a file to the folder of figures, print its path and return it. Unnamed ones are numbered in order.

    Raises:
        ValueError: `name` is not a plain file name.
    """
    name = f"figure-{next(_unnamed):02d}" if name is None else name
    if not re.fullmatch(r"[\w][\w.-]*", name):
        raise ValueError(f"name is {name!r}; accepted are letters, digits, '_', '-' and '.', without a folder")
    path = Path(os.environ.get("MMLEARN_FIGURES", "figures")) / f"{name}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    print(path)
    return path


@styled
def png(figure: Any) -> bytes:
    """A figure as PNG: the same figure gives the same bytes (no date, no version of the software inside).

    In 256 colours, chosen for the figure: a third of the size, and the eye hardly tells, even with photographs. Chosen by how
    often each is needed; or, where one point in a thousand would then change its colour (small bright things on noisy paper),
    so that none is far from what it should be, and then moved to the middle of those that it stands for.
    """
    from PIL import Image

    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI)
    with Image.open(drawn) as picture:
        whole = picture.convert("RGB")
    few = whole.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    if changed(whole, few) >= 1e-3:
        few = whole.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    few.save(small, format="png", optimize=True)
    return small.getvalue()


def changed(whole: Any, few: Any) -> float:
    """The share of a picture's points whose colour has become another one in a second picture."""
    import numpy as np

    before, after = (np.asarray(picture.convert("RGB"), dtype=np.int16) for picture in (whole, few))
    return float(np.mean(np.abs(before - after).max(axis=2) > ANOTHER_COLOUR))


def present(figure: Any, name: str | None, alt: str) -> Any:
    """Show a figure once, on the page with `alt` for those who cannot see it, or as `<name>.png`; give it back."""
    figure.set_label(alt)
    if in_notebook() and not _held:
        on_page(figure, functools.partial(bundle, figure))
    elif not _held:
        save(png(figure), name, ".png")
    return figure


def bundle(figure: Any) -> tuple[dict, dict]:
    """What a page needs to show a figure: data and metadata by MIME type."""
    alt = figure.get_label()
    data = {"image/png": base64.b64encode(png(figure)).decode(), "text/plain": f"[figure: {alt}]"}
    return data, {"image/png": {"width": round(figure.get_figwidth() * 100), "alt": alt}}


@contextmanager
def held() -> Iterator[None]:
    """Inside, figures are drawn and given back but not shown: a widget shows them itself, in the place of the last."""
    _held.append(True)
    try:
        yield
    finally:
        _held.pop()


def drawable(text: str) -> str:
    """The text for a figure, drawn as it stands: a $ begins no formula.

    Raises:
        ValueError: the figure's font lacks some of its characters, as with Chinese: such text belongs on the page.
    """
    from matplotlib import font_manager

    font = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    missing = sorted({c for c in str(text) if not c.isspace() and not font.get_char_index(ord(c))})
    if missing:
        raise ValueError(
            f"text {text!r} has characters that a figure's font cannot draw ({' '.join(missing[:5])}); "
            "show it as page text, with print or show.table"
        )
    return str(text).replace("$", r"\$")
