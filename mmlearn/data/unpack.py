"""Take the wanted files out of an archive, and nothing else: no links, no paths that lead out, no endless files.

Files are written by us from the archive's bytes, with our own names and modes, so that what an archive says about
owners, modes, links and devices is never acted on.
"""

import lzma
import shutil
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

_BROKEN = (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError)


class BadArchive(ValueError):  # noqa: N818
    """An archive that is truncated, altered, or asks for what is refused."""


def relative(name: str, inside: str) -> PurePosixPath | None:
    """The path of an archive's member below the folder `inside`, None if it does not lie there.

    Raises:
        BadArchive: the path is absolute or leads out of the archive.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise BadArchive(f"it holds a file with the unsafe path {name!r}")
    return path.relative_to(inside) if path.is_relative_to(inside) and path != PurePosixPath(inside) else None


def unpack(archive: Path, destination: Path, inside: str, wanted: Callable[[str], bool], limit: int) -> int:
    """Write the wanted files of an archive below `destination`.

    Args:
        archive: a `.deb`, `.zip`, `.whl` or tar file of any compression that Python reads.
        destination: an existing folder.
        inside: only files below this folder of the archive; "" for all. Their paths are kept from there on.
        wanted: is given that path and says whether to take it.
        limit: bytes that all files together may have.

    Returns:
        The number of files written.

    Raises:
        BadArchive: truncated, altered, unsafe paths, or more than `limit` bytes.
    """
    written = 0
    try:
        with _members(archive) as members:
            for name, size, stream in members:
                path = relative(name, inside)
                if path is None or not wanted(str(path)):
                    continue
                limit -= size
                if limit < 0:
                    raise BadArchive("its files are larger than they should be")
                _write(stream(), destination / path, size)
                written += 1
    except _BROKEN as error:
        raise BadArchive("it is truncated or damaged") from error
    except OSError as error:
        if error.errno is not None:  # the disk's trouble, not the archive's
            raise
        raise BadArchive("it is truncated or damaged") from error
    return written


def _write(stream: IO[bytes], path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with stream, open(path, "wb") as target:
        shutil.copyfileobj(stream, target)
    if path.stat().st_size != size:
        raise BadArchive(f"{path.name} is truncated in it")


Member = tuple[str, int, Callable[[], IO[bytes]]]


@contextmanager
def _members(archive: Path) -> Iterator[Iterable[Member]]:
    """The regular files of an archive, in order: name, size, and a function that opens them."""
    if archive.suffix in (".zip", ".whl"):
        with zipfile.ZipFile(archive) as opened:
            yield ((i.filename, i.file_size, lambda i=i: opened.open(i)) for i in opened.infolist() if not i.is_dir())
    elif archive.suffix == ".deb":
        with _deb(archive) as opened:
            yield _of_tar(opened)
    else:
        with tarfile.open(archive, mode="r:*") as opened:
            yield _of_tar(opened)


def _of_tar(opened: tarfile.TarFile) -> Iterator[Member]:
    return ((m.name, m.size, lambda m=m: opened.extractfile(m)) for m in opened if m.isfile())


@contextmanager
def _deb(archive: Path) -> Iterator[tarfile.TarFile]:
    """The files of a Debian package: by dpkg-deb, which knows every compression, else by Python where it can."""
    if not shutil.which("dpkg-deb"):
        with open(archive, "rb") as handle, tarfile.open(fileobj=_data_of_ar(handle), mode="r|*") as opened:
            yield opened
        return
    command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|") as opened:
                yield opened
            process.stdout.read()
        finally:
            process.stdout.close()
            failed = process.wait()
    if failed:
        raise BadArchive("it is truncated or damaged (dpkg-deb cannot read it)")


def _data_of_ar(handle: IO[bytes]) -> IO[bytes]:
    """Move to the member data.tar.* of a Debian package (deb(5): an ar archive with headers of 60 bytes)."""
    if handle.read(8) != b"!<arch>\n":
        raise BadArchive("it is not a Debian package")
    while header := handle.read(60):
        if len(header) < 60 or header[58:] != b"`\n":
            raise BadArchive("it is truncated or damaged (a header of its parts)")
        if not header[48:58].strip().isdigit():
            raise BadArchive("it is truncated or damaged (a size of its parts)")
        name, size = header[:16].decode("ascii", "replace").strip().rstrip("/"), int(header[48:58])
        if name.startswith("data.tar"):
            if name.endswith(".zst"):
                raise BadArchive("it is compressed with zstd, which needs the command dpkg-deb")
            return handle
        handle.seek(size + size % 2, 1)
    raise BadArchive("it holds no data.tar")
