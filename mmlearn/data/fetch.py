"""Find the files of a dataset, or get them: a copy of the user's, the cache, an installed package, the package
manager, the upstream site.

Nothing needs root. What is got lands in the cache whole or not at all. Which files a dataset has, and that they are
the right ones, is checked against its manifest when it is prepared (`mmlearn.data.manifest`), because releases of a
package differ between systems.
"""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mmlearn.data.cache import CacheError, cache_dir, explain
from mmlearn.data.folders import whole
from mmlearn.data.registry import DataUnavailable
from mmlearn.data.resources import resource
from mmlearn.data.unpack import BadArchive, unpack
from mmlearn.data.wheels import wheel

__all__ = ["deb", "find", "folder", "source", "upstream", "wheel"]

_MB = 1_000_000
_APT = ["-q", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20", "-o", "Acquire::https::Timeout=20"]


def source(name: str) -> dict:
    """Where a dataset is had: its entry of `data/sources.json`."""
    return json.loads(resource("sources.json").read_text(encoding="utf-8"))[name]


def find(name: str) -> Path | None:
    """The folder of a dataset's files if it is on this machine already: the user's own, the cache's, or an installed
    package's.

    Raises:
        DataUnavailable: MMLEARN_DATA_DIR has a folder for it without any file of the kind it needs.
    """
    suffixes = tuple(source(name)["suffixes"])
    own = os.environ.get("MMLEARN_DATA_DIR")
    if own and (theirs := Path(own).expanduser() / name).is_dir():
        if not _any_file(theirs, suffixes):
            kinds = ", ".join(suffixes)
            raise DataUnavailable(f"MMLEARN_DATA_DIR has {theirs}, but no {kinds} file is in it: fill or remove that folder")
        return theirs
    installed = source(name)["installed"]  # null where no package manager has it
    for place in (cache_dir("raw", name), *([Path(installed)] if installed else [])):
        if place.is_dir() and _any_file(place, suffixes):
            return place
    return None


def folder(name: str) -> Path:
    """The folder of a dataset's files, fetched on first use.

    Raises:
        DataUnavailable: it is not here and cannot be got; the message says what was tried and what to do.
        CacheError: the cache is read-only or full.
    """
    if place := find(name):
        return place
    entry, place = source(name), cache_dir("raw", name)
    print(f"fetching {name}: {entry['megabytes']} MB, once …", file=sys.stderr, flush=True)
    reasons = []
    for attempt in (_by_package_manager, _by_upstream) if entry["package"] else (_by_upstream,):
        try:
            with whole(place) as temporary:
                _room(temporary, 4 * entry["megabytes"] * _MB)
                attempt(entry, temporary)
            return place
        except DataUnavailable as error:
            reasons.append(str(error))
    raise DataUnavailable(
        f"{name} could not be fetched ({'; '.join(reasons)}): connect to the network and try again, "
        f"or put its files into a folder {name} and let MMLEARN_DATA_DIR name the folder above it"
    )


def deb(package: str, destination: Path, inside: str, suffixes: Sequence[str], megabytes: int) -> None:
    """Get a Debian or Ubuntu package through the package manager and unpack the wanted files of it. Needs no root.

    Args:
        package: its name.
        destination: an existing folder.
        inside: only files below this folder of the package are taken.
        suffixes: only files that end so.
        megabytes: the size of the package; what it unpacks to may be at most eight times that.

    Raises:
        DataUnavailable: no package manager, unknown package, no network, a damaged package.
    """
    if not shutil.which("apt-get"):
        raise DataUnavailable("this system has no apt-get")
    with _temporary(destination) as work:
        done = subprocess.run(["apt-get", *_APT, "download", package], cwd=work, env=_plain(), capture_output=True, text=True)
        found = list(work.glob("*.deb"))
        if done.returncode or not found:
            raise DataUnavailable(_why_apt(package, done.stderr))
        _unpack(found[0], destination, inside, suffixes, megabytes)


def _why_apt(package: str, said: str) -> str:
    """One clause from what apt-get said."""
    if "enough free space" in said or "No space left" in said:
        raise explain(OSError(errno.ENOSPC, "no space"), cache_dir())
    if "Unable to locate" in said or "404" in said or "no installation candidate" in said:
        return f"the package lists are missing or stale for {package}: run sudo apt-get update"
    last = [line.removeprefix("E: ") for line in said.splitlines() if line.startswith("E: ")]
    return f"apt-get could not download {package}: {last[0] if last else 'it gave no reason'}"


def upstream(item: dict, destination: Path, suffixes: Sequence[str], megabytes: int) -> None:
    """Download one upstream archive, or one by one the files it lists, and put the wanted files into `destination`.

    Args:
        item: `url` with `sha256` (or null) and `inside`; or `url` ending in "/" with `files`.

    Raises:
        DataUnavailable: unreachable, or not what was expected.
    """
    with _temporary(destination) as work:
        for file in item.get("files", ()):
            shutil.move(_download(item["url"] + file, None, work), destination / Path(file).name)
        if "inside" in item:
            _unpack(_download(item["url"], item["sha256"], work), destination, item["inside"], suffixes, megabytes)


def _download(url: str, sha256: str | None, work: Path) -> Path:
    """One file by HTTP, with a progress bar, into the folder `work`."""
    import logging

    import pooch
    import requests

    pooch.get_logger().setLevel(logging.ERROR)
    site, fname = url.split("/")[2], url.rsplit("/", 1)[1]
    try:
        getter = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=30)
        return Path(pooch.retrieve(url, known_hash=sha256, fname=fname, path=work, downloader=getter))
    except requests.RequestException as error:
        status = getattr(error.response, "status_code", None)
        raise DataUnavailable(f"{site} answered {status}" if status else f"{site} cannot be reached") from error
    except ValueError as error:
        raise DataUnavailable(f"what {site} sent for {fname} is truncated or altered (its checksum is another)") from error


def _by_package_manager(entry: dict, temporary: Path) -> None:
    deb(entry["package"], temporary, entry["installed"].lstrip("/"), entry["suffixes"], entry["megabytes"])


def _by_upstream(entry: dict, temporary: Path) -> None:
    reasons = []
    for item in entry["upstream"]:
        try:
            return upstream(item, temporary, entry["suffixes"], entry["megabytes"])
        except DataUnavailable as error:
            reasons.append(str(error))
    raise DataUnavailable("; ".join(reasons))


def _unpack(archive: Path, destination: Path, inside: str, suffixes: Sequence[str], megabytes: int) -> None:
    ends = tuple(suffixes)
    try:
        taken = unpack(archive, destination, inside, lambda path: path.endswith(ends), limit=8 * megabytes * _MB)
    except BadArchive as error:
        raise DataUnavailable(f"{archive.name} cannot be used: {error}") from error
    if not taken:
        raise DataUnavailable(f"{archive.name} holds none of the files expected in {inside}")


def _any_file(place: Path, suffixes: tuple[str, ...]) -> bool:
    return any(path.suffix in suffixes for path in place.rglob("*"))


def _room(place: Path, needed: int) -> None:
    """Refuse before a long download what could not be unpacked after it."""
    if shutil.disk_usage(place).free < needed:
        raise CacheError(
            f"no space left in {cache_dir()} for {needed // _MB} MB: free some, or point MMLEARN_CACHE at a larger disk"
        )


@contextmanager
def _temporary(beside: Path) -> Iterator[Path]:
    """A folder for downloads, beside where their files go and gone afterwards."""
    work = beside.with_name(f"{beside.name}.download")
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _plain() -> dict[str, str]:
    """The environment with messages in English, which we read."""
    return {**os.environ, "LC_ALL": "C"}
