"""Every chapter has settings for every profile, and what is made for a GPU also runs: in small amounts, on a CPU."""

import subprocess
import sys

import pytest

from mmlearn import profiles
from mmlearn.course.house import environment, root, sources

CHAPTERS = [path.stem for path in sources()]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_profiles_have_the_same_settings(chapter):
    keys = [vars(profiles.settings(chapter, profile)).keys() for profile in profiles.NAMES]
    assert all(one == keys[0] for one in keys)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_gpu_settings_run_in_small_amounts(chapter, tmp_path):
    settings = {**environment("gpu_smoke"), "MMLEARN_FIGURES": str(tmp_path)}
    source = root() / "solutions" / f"{chapter}.py"
    done = subprocess.run([sys.executable, str(source)], env=settings, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


def test_an_unknown_profile_is_refused(monkeypatch):
    with pytest.raises(ValueError, match="accepted are laptop"):
        profiles.settings("00_start_here", "huge")
    monkeypatch.setenv("MMLEARN_PROFILE", "tpu")
    with pytest.raises(ValueError, match="'tpu'"):
        profiles.name()
