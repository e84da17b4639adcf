"""Run chapters' sources as plain scripts, without Jupyter: on a machine with a GPU, for the demo, on a server."""

import contextlib
import os
import runpy
import shutil
import subprocess
import sys
import time
from pathlib import Path

from mmlearn.course.house import root


def run(source: Path, profile: str, figures: Path) -> int:
    """Run one source in a process of its own, its figures to a folder; returns its exit code."""
    environment = {**os.environ, "MMLEARN_PROFILE": profile, "MMLEARN_FIGURES": str(figures), "PYTHONUTF8": "1"}
    return subprocess.run([sys.executable, str(source)], env=environment, cwd=root()).returncode


def run_all(chosen: list[Path], profile: str) -> bool:
    """Run several sources one after the other and sum up at the end; whether all of them ran through."""
    lines, good = [], True
    for source in chosen:
        print(f"— {source.stem} under {profile} —", flush=True)
        start, figures = time.perf_counter(), root() / "figures" / source.stem
        code = run(source, profile, figures)
        good = good and code == 0
        lines.append(f"{'✓' if code == 0 else '✗'} {source.stem}: {time.perf_counter() - start:.0f} s, figures in {figures}")
    print("\n".join(lines))
    return good


def demo(source: Path) -> None:
    """Run chapter 00 quietly, print the table that it calls `results`, and say where its pictures are."""
    figures = root() / "figures" / source.stem
    shutil.rmtree(figures, ignore_errors=True)  # so that all that is there afterwards is of this run
    figures.mkdir(parents=True)
    os.environ["MMLEARN_FIGURES"] = str(figures)
    log = figures / "output.txt"
    print(f"running {source.name}; the first time it fetches its data and computes features …", flush=True)
    start = time.perf_counter()
    with log.open("w", encoding="utf-8") as out, contextlib.redirect_stdout(out):
        made = runpy.run_path(str(source), run_name="__main__")
    if "results" not in made:
        raise ValueError(f"{source.name} defines no table called results for the demo to print")
    print(f"\n{made['results']}\n")
    print("\n".join(f"picture: {picture}" for picture in sorted(figures.glob("*.png"))))
    print(f"all it printed: {log}\n{time.perf_counter() - start:.0f} s; for the chapter itself: mmlearn lab 00")
