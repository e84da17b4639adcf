"""What each chapter was measured to need: its card, and its row in the README's table.

`data/cards.json` holds the figures, and only `mmlearn cards` writes it:
chapter -> profile -> {"first": figures, "again": figures, "machine": …}.
"""

import json
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from mmlearn.course.house import environment, root
from mmlearn.course.source import read
from mmlearn.data.cache import cache_dir
from mmlearn.data.resources import folder

UNMEASURED = "*Not measured yet: `mmlearn cards` fills this in.*"
BEGIN, END = "<!-- cards:begin -->", "<!-- cards:end -->"


class MeasureError(RuntimeError):
    """A chapter did not run through."""


def cards() -> dict[str, dict]:
    """The measured figures by chapter and profile, {} before the first measurement."""
    file = folder() / "cards.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def card_markdown(chapter: str) -> str:
    """The card of one chapter, as its notebook shows it."""
    card = cards().get(chapter)
    if not card:
        return UNMEASURED
    lines = ["| measured | first run | again | of it training | memory | to fetch |", "|:---|---:|---:|---:|---:|---:|"]
    for profile, measured in sorted(card.items(), reverse=True):
        where = measured["machine"] if profile == "gpu" else "laptop, CPU seconds"
        lines.append(f"| {where} | {' | '.join(_figures(measured, profile))} |")
    return "\n".join(lines)


def table_markdown(sources: list[Path]) -> str:
    """The README's table of chapters, with links to the solved notebooks, which GitHub shows."""
    lines = [
        "| chapter | exercises | first run | again | of it training | memory | to fetch | GPU |",
        "|:---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for source in sources:
        chapter = read(source)
        card = cards().get(chapter.name, {})
        laptop = _figures(card["laptop"], "laptop") if "laptop" in card else ["–"] * 5
        gpu = _figures(card["gpu"], "gpu")[0] if "gpu" in card else "–"
        link = f"[{chapter.title}](solutions/{chapter.name}.ipynb)"
        lines.append(f"| {link} | {len(chapter.exercises)} | {' | '.join(laptop)} | {gpu} |")
    return "\n".join(lines)


def measure(source: Path, profile: str) -> dict:
    """Measure one chapter twice, with its features still to compute and with them cached; media are fetched already.

    Raises:
        MeasureError: it did not run through.
    """
    with tempfile.TemporaryDirectory() as scratch:
        cache = Path(scratch) / "cache"
        cache.mkdir()
        kept = [entry for entry in cache_dir().glob("*") if entry.is_dir() and entry.name != "features"]
        for entry in kept:
            (cache / entry.name).symlink_to(entry, target_is_directory=True)
        first, again = (_run(source, profile, cache) for _ in range(2))
    gpu = _gpu() if profile == "gpu" else None
    return {"first": first, "again": again, "machine": gpu or f"{platform.system()} {platform.machine()}, one thread"}


def write(chapter: str, profile: str, measured: dict) -> None:
    """Put one measurement into `data/cards.json`."""
    every = cards()
    every.setdefault(chapter, {})[profile] = measured
    (folder() / "cards.json").write_text(json.dumps(every, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def write_table(readme: Path, sources: list[Path]) -> None:
    """Put the table of chapters between its two marks in the README.

    Raises:
        ValueError: the marks are not there.
    """
    text = readme.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"{readme.name} needs the lines {BEGIN!r} and {END!r}, once each, around its table of chapters")
    block = f"{BEGIN}\n{table_markdown(sources)}\n{END}"
    readme.write_text(re.sub(f"{BEGIN}.*?{END}", lambda _: block, text, flags=re.DOTALL), encoding="utf-8")


def _run(source: Path, profile: str, cache: Path) -> dict:
    report = cache.parent / "report.json"
    settings = {**environment(profile), "MMLEARN_CACHE": str(cache), "MMLEARN_FIGURES": str(cache.parent / "figures")}
    command = [sys.executable, "-m", "mmlearn.course.meter", str(source), str(report)]
    done = subprocess.run(command, cwd=root(), env=settings, stdout=subprocess.DEVNULL)
    if done.returncode:
        raise MeasureError(f"{source.name} did not run through under {profile}; see above")
    return json.loads(report.read_text(encoding="utf-8"))


def _gpu() -> str | None:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def _figures(measured: dict, profile: str) -> list[str]:
    """First run, again, of it training, memory, to fetch. On a GPU the clock counts, elsewhere the seconds of all cores."""
    first, again = measured["first"], measured["again"]
    clock = "wall_seconds" if profile == "gpu" else "cpu_seconds"
    training = f"{again['training_seconds']:.0f} s" if again["training_seconds"] else "–"
    memory = f"{max(first['peak_megabytes'], again['peak_megabytes']) / 1000:.1f} GB"
    return [_time(first[clock]), _time(again[clock]), training, memory, f"{first['fetched_megabytes']:.0f} MB"]


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.1f} min"
