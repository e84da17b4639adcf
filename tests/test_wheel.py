"""The package as others get it: built, installed outside the checkout, and whole."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mmlearn import __version__

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The wheel without its dependencies in a folder of its own."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--disable-pip-version-check"]
    subprocess.run([*command, "--target", str(folder), str(wheel)], check=True)
    return folder


def python(installed: Path, code: str, cwd: Path) -> str:
    """What `code` prints where only the installed package can be imported."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_wheel_is_ours_and_holds_the_library_and_its_files_only(wheel):
    assert wheel.name == f"mmlearn_course-{__version__}-py3-none-any.whl"
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"mmlearn", f"mmlearn_course-{__version__}.dist-info"}
    packed = {name.removeprefix("mmlearn/_data/") for name in names if name.startswith("mmlearn/_data/")}
    shipped = {str(p.relative_to(ROOT / "data").as_posix()) for p in (ROOT / "data").rglob("*") if p.is_file()}
    assert packed == shipped and "sources.json" in packed
    assert not [name for name in names if "__pycache__" in name or name.endswith(".ipynb")]


def test_the_installed_package_finds_its_own_files(installed, tmp_path):
    code = "import mmlearn; from mmlearn.data.resources import folder; print(mmlearn.__file__); print(folder())"
    module, folder = python(installed, code, tmp_path).splitlines()
    assert Path(module).is_relative_to(installed) and Path(folder) == installed / "mmlearn" / "_data"


def test_every_card_and_result_is_found_by_the_installed_package(installed, tmp_path):
    for path in [*(ROOT / "data" / "cards").glob("*.json"), *(ROOT / "data" / "results").glob("*.json")]:
        name = path.relative_to(ROOT / "data").as_posix()
        code = f"from mmlearn.data.resources import resource; print(len(resource({name!r}).read_bytes()))"
        assert int(python(installed, code, tmp_path)) == path.stat().st_size
    code = "from mmlearn import data; print(' '.join(data.card(name).title for name in data.NAMES))"
    assert python(installed, code, tmp_path)


def test_data_are_made_by_the_installed_package(installed, tmp_path):
    code = "from mmlearn import data; print(sorted(data.load('scenes', split='train', n=2, seed=0)[0]))"
    assert "caption" in python(installed, code, tmp_path)


def test_a_command_that_needs_the_course_says_so_outside_it(installed, tmp_path):
    code = "import sys; sys.argv = ['mmlearn', 'chapters', '--check']; from mmlearn.course.cli import app; app()"
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith(f"mmlearn: {tmp_path} is not the course: run this in a clone of https://")
    assert len(done.stderr.splitlines()) == 1
