"""A folder of the cache appears whole or not at all."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmlearn.data.cache import explain

_STALE = 24 * 3600.0


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside `path`, renamed to `path` only if the block ends well.

    An interrupted block leaves nothing that could later be taken for whole. Two processes may do the same at once:
    each fills its own folder, the first to finish is kept.

    Raises:
        CacheError: the cache is read-only, full, or not a folder.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))
        inside = temporary / "whole"
        inside.mkdir()
        yield inside
        _keep(inside, path)
    except OSError as error:
        if error.errno is None:  # a library's own failure, or one already explained
            raise
        raise explain(error, path) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _keep(inside: Path, path: Path) -> None:
    try:
        inside.rename(path)
    except OSError:
        if not path.is_dir():  # else another process was first: what it made is as good
            raise


def _sweep(path: Path) -> None:
    """Remove what a killed process left behind a day ago or more."""
    for left in path.parent.glob(f".{path.name}.*.part"):
        if time.time() - left.stat().st_mtime > _STALE:
            shutil.rmtree(left, ignore_errors=True)
