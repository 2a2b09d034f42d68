"""What Linux tells of a process and its children: memory and processor time."""

import os
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
KIB_PER_MB = 1e6 / 1024


@dataclass(frozen=True)
class Memory:
    """Resident memory in MB of 1,000,000 bytes: now, and the most there was."""

    now_mb: float
    most_mb: float


def memory(pid: int) -> Memory:
    """Of one process."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    now, most = (int(lines[name].split()[0]) / KIB_PER_MB for name in ("VmRSS", "VmHWM"))
    return Memory(now, most)


def children(pid: int) -> list[int]:
    """Its children, theirs, and so on."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *children(child)]
    return found


def processor_s(pid: int) -> float:
    """Seconds of processor time that a process and its children have used, in steps of 10 ms."""
    total = 0.0
    for one in (pid, *children(pid)):
        after_name = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, after_name[11:13])) / TICKS_PER_S
    return total
