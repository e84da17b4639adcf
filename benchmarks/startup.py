"""How long one waits: for imports, beyond Python itself, and for `mmlearn lab` to listen the second time.

    python -m benchmarks.startup
"""

import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from benchmarks import record

LINES = {
    "nothing": "pass",
    "import mmlearn": "import mmlearn",
    "the course's import line": (
        "from mmlearn import data, features, fusion, evaluate, train, show\nfrom mmlearn.align import CCA"
    ),
}
REPEATS = 7


def imports() -> dict[str, float]:
    """Median seconds of a fresh Python that runs a line, less that of one that does nothing; they take turns."""
    times = {name: [] for name in LINES}
    for _ in range(REPEATS):
        for name, line in LINES.items():
            times[name].append(record.seconds(lambda line=line: subprocess.run([sys.executable, "-c", line], check=True)))
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    return {name: round(medians[name] - medians["nothing"], 3) for name in LINES if name != "nothing"}


def lab() -> float:
    """Seconds from the command `mmlearn lab` to a server that answers on a free port; it is ended again."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "JUPYTER_PORT": str(port), "DISPLAY": ""}
    start = time.perf_counter()
    command = [str(Path(sys.executable).with_name("mmlearn")), "lab"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, env=environment, start_new_session=True, **quiet)
    try:
        while time.perf_counter() - start < 120:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=2)
                return round(time.perf_counter() - start, 1)
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
    finally:
        os.killpg(server.pid, signal.SIGTERM)  # the command and the server it started
        server.wait(timeout=30)
    raise RuntimeError("the lab did not answer within two minutes")


def main() -> None:
    lab()  # the first start writes byte code and settings
    figures = {"seconds beyond Python": imports(), "seconds to a listening lab, second time": lab()}
    print(figures)
    record.write("startup", figures)


if __name__ == "__main__":
    main()
