"""Where the course's folders are, and the settings under which its notebooks are built, tested and measured."""

import os
from pathlib import Path

import mmlearn
from mmlearn.course.repository import REPOSITORY


class NotACourseError(RuntimeError):
    """The folders of notebooks cannot be found."""


def root() -> Path:
    """The checkout: the one this package is imported from, else the working folder or one above it.

    Raises:
        NotACourseError: neither holds `chapters/` and `solutions/`.
    """
    here = Path.cwd()
    for folder in (Path(mmlearn.__file__).resolve().parents[1], here, *here.parents):
        if (folder / "chapters").is_dir() and (folder / "solutions").is_dir():
            return folder
    raise NotACourseError(f"{here} is not the course: run this in a clone of {REPOSITORY}")


def sources(chapter: str | None = None, folder: Path | None = None) -> list[Path]:
    """The chapters' sources in order, or the one whose file name starts with `chapter`, such as "00".

    Raises:
        ValueError: no chapter starts so.
    """
    every = sorted((folder or root() / "solutions").glob("[0-9][0-9]_*.py"))
    if chapter is None:
        return every
    found = [path for path in every if path.stem.startswith(chapter)]
    if not found:
        raise ValueError(f"no chapter starts with {chapter!r}; there are {', '.join(p.stem for p in every) or 'none'}")
    return found[:1]


def environment(profile: str) -> dict[str, str]:
    """The environment for a run whose outputs are kept or compared.

    One thread, since the number of threads changes the last digits; no progress bars, which write timings; and the
    learner's own record of passed exercises left alone. Python keeps what it compiled, as a learner's does: without that every
    kernel would spend ten seconds on compiling torch and transformers anew.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **inherited,
        "MMLEARN_PROFILE": profile,
        "MMLEARN_PROGRESS": "off",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "TQDM_DISABLE": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
