"""What may be asked of scenes: each option is checked once, with a sentence that says what is accepted."""

from collections.abc import Sequence
from numbers import Integral, Real

from mmlearn.data.scenes.facts import ATTRIBUTE, VALUES
from mmlearn.data.scenes.information import SYMBOL_COLOURS, TASKS
from mmlearn.data.scenes.languages import language as find
from mmlearn.data.scenes.world import HELD_OUT, MOST_THINGS, SPLITS, Kind

_RANGES = {"n": (1, None), "seed": (0, None), "size": (32, 1024), "paraphrases": (1, None), "questions": (0, None)}


def check_sizes(**given: int) -> None:
    """Whole numbers within their ranges.

    Raises:
        ValueError: one is not.
    """
    for name, value in given.items():
        least, most = _RANGES[name]
        whole = isinstance(value, Integral) and not isinstance(value, bool)
        if not whole or value < least or (most is not None and value > most):
            upper = f"from {least} to {most}" if most is not None else f"of at least {least}"
            raise ValueError(f"{name} is {value!r}; a whole number {upper} is accepted")


def check_shares(**given: float) -> None:
    """Numbers from 0 to 1.

    Raises:
        ValueError: one is not.
    """
    for name, value in given.items():
        if not isinstance(value, Real) or not 0 <= value <= 1:
            raise ValueError(f"{name} is {value!r}; a number from 0 to 1 is accepted")


def check_task(task: str | None, flip: dict | None, erase: dict | None, held_out: object, only: dict | None) -> None:
    """Options that go together, or do not.

    Raises:
        ValueError: flips or erasures without a task; a task with restrictions on the colours that carry its symbols.
    """
    if task is None:
        if flip or erase:
            raise ValueError(f"flip and erase need a task, which is None; accepted are {', '.join(map(repr, TASKS))}")
    elif held_out or "colour" in (only or {}):
        raise ValueError("a task paints its label in colours; held_out and only={'colour': …} cannot go with it")


def spoken(language: str, languages: Sequence[str] | None) -> tuple[str, ...]:
    """The languages of "captions", `language` first.

    Raises:
        ValueError: an unknown language.
    """
    if isinstance(languages, str):
        raise ValueError(f"languages is {languages!r}; a list of codes such as ['en', 'fr'] is accepted")
    codes = dict.fromkeys([language, *(languages or ())])
    return tuple(find(code).code for code in codes)


def kind(split: str, objects: int | Sequence[int], only: dict | None, held_out: object, has_task: bool) -> Kind:
    """The kind of worlds that the options ask for.

    Raises:
        ValueError: unknown split, attribute or value; a number of objects out of range.
    """
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; accepted are {', '.join(map(repr, SPLITS))}")
    combinations = _combinations(held_out)
    if split == "held_out" and not combinations:
        raise ValueError("split 'held_out' needs the held_out of its training split, such as held_out='default'")
    if has_task:
        only = {**(only or {}), "colour": [colour for colour in VALUES["colour"] if colour not in SYMBOL_COLOURS]}
    return Kind(split, _number(objects), _only(only), combinations)


def _number(objects: int | Sequence[int]) -> tuple[int, int]:
    pair = (
        (objects, objects) if isinstance(objects, Integral) else tuple(objects if isinstance(objects, Sequence) else ())
    )
    whole = len(pair) == 2 and all(isinstance(x, Integral) and not isinstance(x, bool) for x in pair)
    if not whole or not 1 <= pair[0] <= pair[1] <= MOST_THINGS:
        raise ValueError(
            f"objects is {objects!r}; a number from 1 to {MOST_THINGS} or a pair (least, most) is accepted"
        )
    return int(pair[0]), int(pair[1])


def _only(only: dict[str, Sequence[str]] | None) -> dict[str, tuple[str, ...]] | None:
    for attribute, values in (only or {}).items():
        if attribute not in VALUES:
            raise ValueError(f"only has {attribute!r}; accepted are {', '.join(map(repr, VALUES))}")
        if isinstance(values, str) or not values:
            raise ValueError(f"only[{attribute!r}] is {values!r}; a list of values is accepted")
        for value in values:
            if value not in VALUES[attribute]:
                accepted = ", ".join(map(repr, VALUES[attribute]))
                raise ValueError(f"only[{attribute!r}] has {value!r}; accepted are {accepted}")
    return {attribute: tuple(dict.fromkeys(values)) for attribute, values in only.items()} if only else None


def _combinations(held_out: object) -> tuple[tuple[str, ...], ...]:
    if held_out is None:
        return ()
    if held_out == "default":
        return HELD_OUT
    if isinstance(held_out, str):
        raise ValueError(f"held_out is {held_out!r}; 'default' or a list such as [('red', 'circle')] is accepted")
    for combination in held_out:
        attributes = [] if isinstance(combination, str) else [ATTRIBUTE.get(value) for value in combination]
        if len(attributes) < 2 or None in attributes or len(set(attributes)) < len(attributes):
            raise ValueError(f"held_out has {combination!r}; values of two or more attributes make a combination")
    return tuple(tuple(combination) for combination in held_out)
