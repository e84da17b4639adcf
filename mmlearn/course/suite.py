"""`mmlearn test`: every test, then every cell of every notebook, and one line that says how it went."""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

from mmlearn.course.execute import SECONDS_PER_CELL
from mmlearn.course.house import environment, root

# Without loadfile the cells of one notebook would be scattered over the workers.
TOGETHER = ["-n", "2", "--dist", "loadfile", "-q"]
NO_NBVAL = ["-p", "no:nbval"]  # it takes seconds to load, in every worker
IN_ORDER = ["--no-loadscope-reorder"]  # as tests/conftest.py puts them; else files of few long tests come last, on one worker
COUNTS = ("tests", "failures", "errors", "skipped")


def test(arguments: list[str]) -> int:
    """Run everything; with arguments for pytest only the tests, with these. Returns 0 if all is well.

    Three stages: the tests; the solved notebooks under the laptop profile; the blank ones, in seconds, under smoke.
    """
    stages = [("tests", "smoke", ["tests", *NO_NBVAL, *IN_ORDER, *arguments])]
    if not arguments:
        stages += [(name, profile, notebooks(name)) for name, profile in (("solutions", "laptop"), ("chapters", "smoke"))]
    total, good = dict.fromkeys(COUNTS, 0), True
    for name, profile, chosen in stages:
        print(f"— {name} —", flush=True)
        code, counts = stage(chosen, profile)
        good = good and code == 0
        total = {key: total[key] + counts[key] for key in COUNTS}
    failed = total["failures"] + total["errors"]
    passed = total["tests"] - failed - total["skipped"]
    scope = "tests" if arguments else "tests and notebook cells"
    print(f"{'✓' if good else '✗'} {scope}: {passed} passed, {failed} failed, {total['skipped']} skipped")
    return 0 if good else 1


def notebooks(folder: str) -> list[str]:
    """Arguments for every notebook of a folder: errors anywhere fail, outputs are compared where a cell is tagged."""
    sanitize = root() / "tests" / "nbval_sanitize.cfg"
    return [folder, "--nbval-lax", f"--nbval-sanitize-with={sanitize}", f"--nbval-cell-timeout={SECONDS_PER_CELL}"]


def stage(chosen: list[str], profile: str) -> tuple[int, dict[str, int]]:
    """Run pytest once in a process of its own; its exit code and counts."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", *TOGETHER, f"--junitxml={report}", *chosen]
        code = subprocess.run(command, cwd=root(), env=environment(profile)).returncode
        suites = ET.parse(report).getroot().iter("testsuite") if report.exists() else []
        found = [{key: int(suite.get(key, 0)) for key in COUNTS} for suite in suites]
    return code, {key: sum(counts[key] for counts in found) for key in COUNTS}
