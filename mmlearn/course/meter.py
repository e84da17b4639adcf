"""Run one chapter's source and write down what it took: `python -m mmlearn.course.meter SOURCE REPORT`.

A process of its own, so that its peak memory and its seconds are the chapter's alone.
"""

import json
import os
import re
import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmlearn.data.cache import cache_dir
from mmlearn.data.resources import resource


def main(source: str, report: str) -> None:
    """Run `source` as a script; `report` gets cpu_seconds, training_seconds (of those, in `train.fit` and `fit_gan`),
    wall_seconds, peak_megabytes and fetched_megabytes."""
    opened: set[str] = set()
    training = time_training()

    def note(event: str, arguments: tuple) -> None:
        if event == "open" and isinstance(arguments[0], str):
            opened.add(arguments[0])

    sys.addaudithook(note)
    start = time.perf_counter()
    runpy.run_path(source, run_name="__main__")
    wall = time.perf_counter() - start
    figures = {"cpu_seconds": time.process_time(), "training_seconds": sum(training), "wall_seconds": wall}
    figures["peak_megabytes"] = peak_megabytes()
    figures = {name: round(value, 1) for name, value in figures.items()}
    figures["fetched_megabytes"] = fetched_megabytes(opened)
    Path(report).write_text(json.dumps(figures), encoding="utf-8")


def time_training() -> list[float]:
    """From now on every call of `train.fit` or `fit_gan` in this process adds its CPU seconds to the list that is returned."""
    import torch

    from mmlearn import train

    seconds: list[float] = []
    # one step ahead of the chapter's: the first imports accelerate and torch's compiler, seconds that are no training
    one = torch.utils.data.DataLoader(torch.ones(1, 1))
    train.fit(torch.nn.Linear(1, 1), one, lambda model, x: model(x).sum(), steps=1, progress=False)

    def timed(fit: Callable) -> Callable:
        def run(*arguments: Any, **options: Any) -> Any:
            start = time.process_time()
            try:
                return fit(*arguments, **options)
            finally:
                seconds.append(time.process_time() - start)

        return run

    train.fit, train.fit_gan = timed(train.fit), timed(train.fit_gan)
    return seconds


def peak_megabytes() -> float:
    """The most memory this process has held at once, as the system counts it.

    Raises:
        RuntimeError: on a system that does not say.
    """
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count the process that started this one, too
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) * 1024 / 1e6
    try:
        import resource as usage
    except ImportError:
        raise RuntimeError("memory is measured on Linux and macOS only: make the cards there") from None
    return usage.getrusage(usage.RUSAGE_SELF).ru_maxrss / 1e6  # bytes on macOS


def fetched_megabytes(opened: set[str]) -> int:
    """What a first run has to fetch, told by the files that were opened: datasets as packed, weights as they lie.

    It counts what is used and not what came over the network this time, as that is nothing on a second run.
    """
    sources = json.loads(resource("sources.json").read_text(encoding="utf-8"))
    places = {name: _homes(name, entry["installed"]) for name, entry in sources.items()}
    paths = [Path(path) for path in opened]
    used = [n for n, folders in places.items() if any(p.is_relative_to(f) for p in paths for f in folders)]
    wheels = cache_dir("wheels")
    models = {wheels / path.relative_to(wheels).parts[0] for path in paths if path.is_relative_to(wheels)}
    size = sum(file.stat().st_size for model in models for file in model.rglob("*") if file.is_file())
    return round(sum(sources[name]["megabytes"] for name in used) + size / 1e6)


def _homes(name: str, installed: str | None) -> list[Path]:
    """Where a dataset's files may lie: in its package's folder if it has a package, in the cache, in the user's own folder."""
    own = os.environ.get("MMLEARN_DATA_DIR")
    places = [*cache_dir().glob(f"*/{name}*"), installed, own and Path(own).expanduser() / name]
    return [Path(place) for place in places if place]


if __name__ == "__main__":
    main(*sys.argv[1:])
