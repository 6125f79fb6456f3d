"""CPU time and memory of process trees, read from /proc (Linux only).

Shapes: CPU in seconds, memory in bytes. A process that ends while it is being read counts as zero.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class ProcessStat:
    """The fields of /proc/<pid>/stat: CPU seconds of the process itself and of its ended, awaited children."""

    parent: int
    name: str
    own_seconds: float
    reaped_seconds: float


def read_stat(pid: int) -> ProcessStat | None:
    """Return the process's stat, or None if it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    name = text[text.index("(") + 1 : text.rindex(")")]
    fields = text[text.rindex(")") + 2 :].split()
    user, system, child_user, child_system = (int(value) * TICK_SECONDS for value in fields[11:15])
    return ProcessStat(int(fields[1]), name, user + system, child_user + child_system)


def tree(root: int) -> dict[int, ProcessStat]:
    """Return `root` and its living descendants, by pid. PostgreSQL below another program is left out of its tree."""
    stats = {
        int(entry.name): read_stat(int(entry.name))
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit()
    }
    known = {pid: stat for pid, stat in stats.items() if stat is not None}
    if root not in known:
        return {}
    keep_postgres = known[root].name.startswith("postgres")
    found, frontier = {root: known[root]}, {root}
    while frontier:
        frontier = {
            pid
            for pid, stat in known.items()
            if stat.parent in frontier
            and pid not in found
            and (keep_postgres or not stat.name.startswith("postgres"))
        }
        found.update({pid: known[pid] for pid in frontier})
    return found


def cpu_seconds(root: int) -> float:
    """Return the CPU seconds used so far by `root`, its living descendants, and the children they have awaited."""
    return sum(stat.own_seconds + stat.reaped_seconds for stat in tree(root).values())


def resident_bytes(root: int) -> int:
    """Return the resident memory of the tree, shared pages counted once per process (so an upper bound)."""
    return sum(_status_kib(pid, "VmRSS") for pid in tree(root)) * 1024


def proportional_bytes(root: int) -> int:
    """Return the memory of the tree with shared pages divided among their users."""
    total = 0
    for pid in tree(root):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (OSError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total * 1024


def _status_kib(pid: int, field: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{field}:")), 0)
