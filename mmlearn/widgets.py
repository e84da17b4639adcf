"""The interactive ones: a search box and a slider, each above a figure that it redraws.

The figure is an ordinary one, so it stays where nothing is live: in a script, on a page that is only read, in a stored
notebook. There a widget shows its first figure and no controls.
"""

import html
import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

from mmlearn.show import retrieval
from mmlearn.show.output import bundle, drawable, held, in_notebook, present

Found = tuple[Sequence | None, Sequence[str], Sequence[float]]  # images, captions, scores: best first


def search(
    search_text: Callable[[str], Found], search_picture: Callable[[Any], Found] | None = None, examples: Sequence = (),
    *, title: str = "", name: str | None = None,
) -> None:  # fmt: skip
    """Show what an engine finds for the examples; where a kernel is live, a box to type into and a list to choose from.

    Args:
        search_text: phrase → (images, captions, scores), best first; images may be None.
        search_picture: the same for a picture; needed only if an example is one.
        examples: phrases and pictures, at least one.
        title: a line above the figure.
        name: the file's name in a script.

    Raises:
        ValueError: there are no examples, or one is a picture and there is no `search_picture`.
    """
    examples = list(examples)
    if not examples:
        raise ValueError("examples is empty; give at least one phrase or picture")
    if search_picture is None and not all(isinstance(example, str) for example in examples):
        raise ValueError("examples has a picture but search_picture is not given; give it, or phrases only")

    def results(queries: list) -> Any:
        found = [(search_text if isinstance(query, str) else search_picture)(query) for query in queries]
        images, captions, scores = zip(*found, strict=True)
        return retrieval([_label(query) for query in queries], images, captions, scores, title=title)

    if not _live():
        _still(lambda: results(examples), name)
        return
    import ipywidgets

    wide = {"description_width": "initial"}
    box = ipywidgets.Text(description="Search for", placeholder="a phrase, then Enter", continuous_update=False, style=wide)
    names = [f"“{e}”" if isinstance(e, str) else f"picture {i}" for i, e in enumerate(examples, 1)]
    choices = {"choose an example": None, "all examples": examples} | {n: [e] for n, e in zip(names, examples, strict=True)}
    choice = ipywidgets.Dropdown(options=list(choices), description="or", style=wide)
    redraw = _stage([box, choice], lambda: results(examples))

    def typed(change: Any) -> None:
        if phrase := change.new.strip():
            choice.index = 0  # so that the same example can be chosen again
            redraw(lambda: results([phrase]))

    def chosen(change: Any) -> None:
        if queries := choices[change.new]:
            box.value = ""
            redraw(lambda: results(queries))

    box.observe(typed, "value")
    choice.observe(chosen, "value")


def slider(
    function: Callable[[Any], Any], values: Sequence, label: str, *, start: Any = None, name: str | None = None
) -> None:
    """Show the figure of one value; where a kernel is live, a slider that draws the others.

    Args:
        function: value → a figure, as those of `mmlearn.show` return. What it shows itself is held back.
        values: what the slider chooses from, in order.
        label: what they are.
        start: the value shown first; the middle one where not given.
        name: the file's name in a script.

    Raises:
        ValueError: `values` is empty, or `start` is not one of them.
    """
    values = list(values)
    if not values:
        raise ValueError("values is empty; give at least one")
    start = values[len(values) // 2] if start is None else start
    if start not in values:
        raise ValueError(f"start is {start!r}; accepted are the values {values}")
    if not _live():
        _still(lambda: function(start), name)
        return
    import ipywidgets

    knob = ipywidgets.SelectionSlider(
        options=values, value=start, description=label, continuous_update=False,
        style={"description_width": "initial"}, layout={"width": "500px"},
    )  # fmt: skip
    redraw = _stage([knob], lambda: function(start))
    knob.observe(lambda change: redraw(lambda: function(change.new)), "value")


def _label(query: Any) -> Any:
    """The query as the figure shows it: a phrase in a script that its font lacks is searched all the same."""
    if isinstance(query, str):
        try:
            drawable(query)
        except ValueError:
            return "your phrase"
    return query


def _live() -> bool:
    """Whether controls can work here: a notebook's kernel, with ipywidgets installed."""
    return in_notebook() and importlib.util.find_spec("ipywidgets") is not None


def _drawn(draw: Callable[[], Any]) -> Any:
    """The figure that `draw` returns, not shown.

    Raises:
        TypeError: it returned something else.
    """
    from matplotlib.figure import Figure

    with held():
        figure = draw()
    if not isinstance(figure, Figure):
        raise TypeError(
            f"the function returned {figure!r}; accepted is a Figure, as every plot of mmlearn.show returns"
        )
    return figure


def _still(draw: Callable[[], Any], name: str | None) -> None:
    """The first figure, without controls."""
    figure = _drawn(draw)
    present(figure, name, figure.get_label())


def _stage(controls: list, draw: Callable[[], Any]) -> Callable[[Callable[[], Any]], None]:
    """Show controls and the first figure under them; give the function that draws another in its place."""
    import ipywidgets
    from IPython.display import display

    data, metadata = bundle(_drawn(draw))
    message = ipywidgets.HTML()
    display(ipywidgets.VBox([*controls, message]))
    place = display(data, metadata=metadata, raw=True, display_id=True)

    def redraw(draw: Callable[[], Any]) -> None:
        message.value = "…"
        try:
            data, metadata = bundle(_drawn(draw))
        except Exception as error:  # a page hides what a callback raises, so the sentence is shown here
            message.value = f"<p>{html.escape(str(error) or type(error).__name__)}</p>"
        else:
            place.update(data, metadata=metadata, raw=True)
            message.value = ""

    return redraw
