"""How every benchmark writes down what it measured: the figures and all that is needed to measure them again."""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_PACKAGES = (
    "mmlearn-course",
    "torch",
    "torchvision",
    "transformers",
    "numpy",
    "scipy",
    "scikit-learn",
    "cca-zoo",
    "librosa",
    "scikit-image",
    "PyWavelets",
    "opencv-python-headless",
    "espeakng-loader",
)


def write(name: str, figures: dict | list, seeds: Sequence[int] = ()) -> Path:
    """Write `data/results/<name>.json`: command, seeds, code, packages, machine and `figures`; return its path.

    Raises:
        TypeError: `figures` holds something JSON cannot (turn arrays into lists, numpy numbers into float).
    """
    path = path_of(name)
    record = {
        "command": _command(),
        "seeds": [int(seed) for seed in seeds],
        "code": code(),
        "packages": packages(),
        "machine": machine(),
        "figures": figures,
    }
    return _save(record, path)


def path_of(name: str) -> Path:
    """Where the results of a benchmark lie."""
    return _ROOT / "data" / "results" / f"{name}.json"


def merge(name: str, parts: dict, seeds: Sequence[int] = ()) -> Path:
    """`write`, keeping the parts of an earlier run that `parts` does not name: a long benchmark can be run part by part.

    The record says for every part by which command, at which commit and on which machine it was measured: `parts` there.
    """
    path = path_of(name)
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    origin = {"command": _command(), "code": code(), "machine": machine(), "seeds": [int(seed) for seed in seeds]}
    write(name, {**before.get("figures", {}), **parts}, seeds)
    record = json.loads(path.read_text(encoding="utf-8"))
    record["parts"] = {**before.get("parts", {}), **dict.fromkeys(parts, origin)}
    return _save(record, path)


def paired_ratio(
    a: Callable[[], object], b: Callable[[], object], repeats: int = 7, clock: Callable[[], float] = time.perf_counter
) -> float:
    """How many times longer `a` takes than `b`: the median over `repeats` of the ratio of two runs side by side.

    Both run once unmeasured; then they take turns, and which goes first changes each time, so that a machine that slows
    down midway, or is shared, slows both alike.

    Raises:
        ValueError: `repeats` is below 1.
    """
    if repeats < 1:
        raise ValueError(f"repeats is {repeats}; it must be at least 1")
    a(), b()
    ratios = []
    for turn in range(repeats):
        if turn % 2:
            second, first = seconds(b, clock), seconds(a, clock)
        else:
            first, second = seconds(a, clock), seconds(b, clock)
        ratios.append(first / second)
    return statistics.median(ratios)


def seconds(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of one call, by the clock on the wall; `time.process_time` counts those the processor spent on this program."""
    start = clock()
    work()
    return clock() - start


def code() -> dict:
    """The version of the course and the commit it was measured at; `commit` is None outside a checkout."""
    from mmlearn import __version__

    return {
        "version": __version__,
        "commit": _git("rev-parse", "--short", "HEAD"),
        "edited": bool(_git("diff", "HEAD", "--name-only")),
    }


def packages() -> dict[str, str]:
    """Versions of the installed packages a figure may depend on."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict:
    """What was measured on, without naming it: system, processor family, cores, Python, threads asked for."""
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS"),
    }


def _save(record: dict, path: Path) -> Path:
    """Write beside it, then put it in its place: a run that is stopped midway leaves the old file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".tmp")
    fresh.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return fresh.replace(path)


def _command() -> str:
    """The command to run again, such as `python -m benchmarks.cca --seeds 5`, whatever folder it was started from."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    started = f"-m {spec.name}" if spec else Path(sys.argv[0]).name
    return " ".join(["python", started, *sys.argv[1:]])


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=_ROOT, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
