"""Open the course in JupyterLab, offline and with as little as possible between the reader and the first cell."""

import os
import subprocess
import sys
from pathlib import Path

from mmlearn.course.house import root, sources


def has_display() -> bool:
    """Whether a browser could be opened here. On Windows and macOS there always is a display."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def command(folder: Path, page: str, display: bool, administrator: bool) -> list[str]:
    """What starts JupyterLab on `folder`, at `page` (a path in it). It asks no server for news or updates."""
    options = [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{page}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]
    if not display:
        options.append("--no-browser")
    if administrator:  # in a container one often is; the server listens to this machine only, with a token
        options.append("--allow-root")
    return [sys.executable, "-m", "mmlearn.course.quick_lab", *options]


def lab(chapter: str | None) -> int:
    """Start JupyterLab and stay with it until it is stopped; without a display it prints the address to open."""
    page = f"chapters/{sources(chapter)[0].stem}.ipynb" if chapter else "chapters"
    display = has_display()
    if not display:
        print("no display here: open the address printed below in a browser", flush=True)
    administrator = hasattr(os, "geteuid") and os.geteuid() == 0
    try:
        return subprocess.run(command(root(), page, display, administrator), cwd=root()).returncode
    except KeyboardInterrupt:
        return 0
