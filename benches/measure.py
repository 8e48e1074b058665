"""Measuring whole processes."""

import os
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable


def measure(command: list[str], repeat: int, before: Callable[[], object] = lambda: None) -> tuple[float, float, float]:
    """CPU seconds, peak MiB and wall seconds of a process: medians. `before` gets ready for each run."""
    runs = []
    for _ in range(repeat):
        before()
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        error = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        if status != 0:
            sys.exit(f"{command[0]} failed: {error.decode()[-2000:]}")
        runs.append((usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, wall))
    return tuple(statistics.median(values) for values in zip(*runs))


def newest(target: pathlib.Path, pattern: str) -> str:
    """The program that was built last."""
    found = [path for path in target.glob(pattern) if path.suffix != ".d"]
    if not found:
        sys.exit(f"{target}/{pattern} is missing: run `cargo build --release && cargo bench --no-run` first")
    return str(max(found, key=lambda path: path.stat().st_mtime))
