"""What the figures were measured on: the machine, its disk, and how much memory a process takes."""

import os
import platform
import subprocess
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from onhand import clock

BUSY_LOAD = 0.5
PROBE_SECONDS = 0.05
PROBE_BYTES = b"\0" * 8192  # One page of a database.


def describe() -> dict[str, str]:
    """The machine and the versions that matter, for people."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": _memory(),
        "system": platform.platform(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "onhand": version("onhand"),
    }


def busy_with_others() -> str | None:
    """A warning, when other programs keep the machine busy just before the run."""
    load = os.getloadavg()[0]
    if load < BUSY_LOAD:
        return None
    return (
        f"The machine was busy before the run (load average {load:.1f}): its figures are low, and its ratios doubtful."
    )


def fsyncs_per_second(folder: Path, seconds: float = PROBE_SECONDS) -> float:
    """How often a page can be written and made durable on the disk of a folder: no commit is faster than this."""
    make_durable: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync.
    with tempfile.TemporaryFile(dir=folder) as probe:
        began = clock.stopwatch()
        count = 0
        while (spent := clock.stopwatch() - began) < seconds:
            os.lseek(probe.fileno(), 0, os.SEEK_SET)
            os.write(probe.fileno(), PROBE_BYTES)
            make_durable(probe.fileno())
            count += 1
    return count / spent


def resident_megabytes(process_id: int) -> float:
    """The memory that a process holds right now."""
    status = Path(f"/proc/{process_id}/status")
    if status.exists():
        (line,) = (line for line in status.read_text("ascii").splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(process_id)], check=True, capture_output=True, text=True)
    return int(told.stdout) / 1024


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text("utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB"
    except (AttributeError, ValueError):  # Not every system tells.
        return "unknown"
