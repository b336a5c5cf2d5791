"""What the system says of processes (Linux): the CPU that they used, the memory that they hold."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used: what a busy machine does not change."""
    return sum(_times(pid)[:2])


def cpu_of_server(pid: int) -> float:
    """The same of a process, its children, and those of them that have ended (a database server's)."""
    running = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return sum(_times(pid)) + sum(cpu_of(each) for each in running if _parent(each) == pid)


def resident(pid: int) -> float:
    """MiB of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _fields(pid: int) -> list[str]:
    """From the state on; none of a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return []


def _times(pid: int) -> list[float]:
    """User, system, and both of the children that have ended."""
    return [int(field) / _TICKS for field in _fields(pid)[11:15]]


def _parent(pid: int) -> int:
    return int((_fields(pid)[1:2] or ["0"])[0])
