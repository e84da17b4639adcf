"""One figure that is drawn again and again in the same place: samples while a network learns."""

import functools
import itertools
from collections.abc import Callable
from typing import Any

from mmlearn.show.output import bundle, held, in_notebook, png, save

_numbers = itertools.count(1)


class Live:
    """A figure that refreshes in place: `live.update(lambda: show.pictures(…))`, as often as you like.

    In a notebook each update takes the place of the one before, under the cell that made the first; in a script the file
    `<name>.png` is written anew.

    Args:
        name: of the file that a script writes.
    """

    def __init__(self, name: str | None = None):
        self.name = name or f"live-{next(_numbers):02d}"
        self._handle: Any = None

    def update(self, draw: Callable[[], Any]) -> Any:
        """Call `draw`, which gives a figure, such as any figure of `mmlearn.show`; show it instead of the last one.

        Raises:
            TypeError: `draw` gave no figure.
        """
        from matplotlib.figure import Figure

        with held():
            figure = draw()
        if not isinstance(figure, Figure):
            raise TypeError(f"draw gave {type(figure).__name__}; accepted is a function that gives a figure")
        if in_notebook():
            self._put(functools.partial(bundle, figure))
        elif self._handle is None:
            self._handle = save(png(figure), self.name, ".png")
        else:
            self._handle.write_bytes(png(figure))
        return figure

    def _put(self, bundled: Callable[[], tuple[dict, dict]]) -> None:
        from IPython.display import display

        data, metadata = bundled()
        if self._handle is None:
            self._handle = display(data, metadata=metadata, raw=True, display_id=True)
        else:
            self._handle.update(data, metadata=metadata, raw=True)
