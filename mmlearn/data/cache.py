"""Where fetched and computed files are kept, and how they are written: whole or not at all."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class CacheError(OSError):
    """The cache cannot be written: no space, no permission, or not a folder."""


def cache_dir(*parts: str) -> Path:
    """The course's cache folder: `MMLEARN_CACHE` if set, else the user's cache folder of this system. Not created here."""
    import pooch

    root = os.environ.get("MMLEARN_CACHE")
    return Path(root or pooch.os_cache("mmlearn-course")).expanduser().joinpath(*parts)


def explain(error: OSError, path: Path) -> CacheError:
    """Turn a failed write into one sentence with the next step."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CacheError(f"no space left to write {path}: free some, or point MMLEARN_CACHE at a larger disk")
    return CacheError(f"cannot write {path} ({error.strerror}): make it writable, or point MMLEARN_CACHE at a folder that is")


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, moved into place only if the block ends well.

    An interrupted write therefore leaves nothing that could later be taken for whole.

    Raises:
        CacheError: the folder is read-only or the disk is full.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        os.close(handle)
        temporary = Path(name)
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        if isinstance(error, CacheError) or error.errno is None:
            raise
        raise explain(error, path) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
