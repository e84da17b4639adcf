"""The files the course ships: data cards, source registry, split manifests, measured cards, results, checkpoints.

In a checkout they lie in `data/` at its top; an installed package carries the same folder as `mmlearn/_data`.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def folder() -> Path:
    """The folder of shipped files, in a checkout or in an installed package."""
    packed = _PACKAGE / "_data"
    return packed if packed.is_dir() else _PACKAGE.parent / "data"


def resource(name: str) -> Path:
    """Path of one shipped file, such as `results/cca.json`.

    Raises:
        FileNotFoundError: nothing of that name is shipped.
    """
    path = folder() / name
    if not path.exists():
        raise FileNotFoundError(f"mmlearn ships no file {name!r} (looked in {folder()})")
    return path
