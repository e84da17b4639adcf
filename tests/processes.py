"""Starts a script in two processes on the CPU, as `accelerate launch` does on as many GPUs."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def run_on_two(script: str, folder: Path, *arguments: Any) -> None:
    """Run the text of a script twice at once, in processes that know of each other; any failure is an AssertionError."""
    path = folder / "on_two.py"
    path.write_text(script)
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_machines", "1", "--num_processes", "2"]
    options = ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    command = [*launch, *options, str(path), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
