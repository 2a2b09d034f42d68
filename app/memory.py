"""How much memory there is, and what glibc keeps of what was freed."""

import contextlib
import ctypes
import os
from pathlib import Path

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # of glibc's mallopt
ARENAS = 2
LARGE_BYTES = 4 * 2**20
KEPT_BYTES = 32 * 2**20
CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")
MOUNTS = Path("/proc/self/mounts")
IN_MEMORY = {"tmpfs", "ramfs"}


def usable_memory() -> int:
    """How many bytes this process may use: in a container often fewer than the machine has."""
    found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for file in _limits():
        with contextlib.suppress(OSError, ValueError):  # "max" is no number
            found = min(found, int(file.read_text()))
    return found


def _limits() -> list[Path]:
    """Files that may hold a limit: of this process's control group, and of all above it."""
    found = [CGROUPS / "memory.max", CGROUPS / "memory" / "memory.limit_in_bytes"]
    with contextlib.suppress(OSError):
        for line in OWN_CGROUP.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            name = {"": "memory.max", "memory": "memory/memory.limit_in_bytes"}.get(controllers)
            if name is not None:
                root, _, file = name.rpartition("/")
                own = CGROUPS / root / path.lstrip("/")
                found += [folder / file for folder in (own, *own.parents) if folder.is_relative_to(CGROUPS)]
    return found


def lies_in_memory(folder: Path) -> bool:
    """Whether files in a folder take memory, not room on a disk; where the system does not say, they do not."""
    kinds: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in MOUNTS.read_text().splitlines():
            _, place, kind, *_ = line.split(" ")
            kinds[place.replace(r"\040", " ")] = kind  # a later one covers an earlier one
    whole = folder.resolve()
    return next((kinds[str(place)] for place in (whole, *whole.parents) if str(place) in kinds), "") in IN_MEMORY


def return_large_memory() -> None:
    """Have glibc give large blocks back as soon as they are freed, and small ones share few heaps.

    Left alone it raises its threshold with every large block it sees, and keeps hundreds of
    megabytes of a large photo for good; and each thread gets a heap that never shrinks. Of those
    few heaps it may keep what the next photo needs again: page by page from the kernel, that is
    a tenth of the time of a photo of 12 megapixels.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        libc.mallopt(M_ARENA_MAX, ARENAS)


def trim_memory() -> None:
    """Have glibc give back what the start needed and nobody needs any more: some tens of megabytes."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
