"""Packages load their parts on first use, and say what they have when asked for something else."""

import subprocess
import sys

import pytest

import mmlearn

LAZY = ("data", "data.scenes", "features", "features.audio", "features.image", "features.text", "layers")


def part(name):
    found = mmlearn
    for step in name.split("."):
        found = getattr(found, step)
    return found


@pytest.mark.parametrize("name", LAZY)
def test_every_listed_name_is_there_and_no_other(name):
    package = part(name)
    for listed in package.__all__:
        assert getattr(package, listed) is not None
    with pytest.raises(AttributeError, match=f"module 'mmlearn.{name}' has no attribute 'nonsense'; it has "):
        package.nonsense  # noqa: B018


def test_importing_them_loads_nothing_heavy():
    heavy = ("torch", "transformers", "cv2", "soundfile", "sklearn", "matplotlib")
    code = f"import sys, {', '.join(f'mmlearn.{name}' for name in LAZY)}; sys.exit(str([m for m in {heavy} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() == "[]"
